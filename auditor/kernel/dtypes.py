"""What the kernel hands over: numpy record types, a comment a field. Integers only; names are ids in a table.

Addresses are 128-bit numbers in two halves; an IPv4 address a.b.c.d is ::ffff:a.b.c.d (RFC 4291, 2.5.5.2).
MAC addresses are 48-bit numbers; 0 means not seen. Times are nanoseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

import numpy as np

# kinds of a sighting
TLS, QUIC, HTTP, DNS_QUERY, DNS_ANSWER, DHCP, DNS_ECH, DHCPV6, ARP_CLAIM, ND_CLAIM = range(1, 11)
DNS_ALIAS, DNS_HINT, DNS_DENIED = range(11, 14)
KIND_NAMES = (
    "", "tls", "quic", "http", "dns_query", "dns_answer", "dhcp", "dns_ech", "dhcpv6", "arp", "nd", "dns_alias",
    "dns_hint", "dns_denied",
)  # fmt: skip

# where a flow's name came from
SOURCE_NONE, SOURCE_TLS, SOURCE_QUIC, SOURCE_HTTP, SOURCE_DNS = range(5)
SOURCE_NAMES = ("none", "tls", "quic", "http", "dns")

NO_NAME = -1  # in `name`: no name
NO_FLOW = -1  # in `flow`: not part of a tabled flow

SIGHTING = np.dtype(
    [
        ("frame", "i8"),  # number of the frame that completed the name, 1-based in its capture
        ("time_ns", "i8"),
        ("flow", "i8"),  # serial number of the flow, or NO_FLOW
        ("client_hi", "u8"),
        ("client_lo", "u8"),
        ("server_hi", "u8"),
        ("server_lo", "u8"),
        ("ip_hi", "u8"),  # dns_answer, dns_hint: the address in the answer; dhcp: the leased address
        ("ip_lo", "u8"),
        ("client_mac", "u8"),
        ("mac", "u8"),  # dhcp, dhcpv6, arp, nd: the client's hardware address
        ("name", "i4"),  # id in the name table: the host, or NO_NAME
        ("other", "i4"),  # dns_alias: a name that `name` leads to; dns_ech: the keys' public name, or NO_NAME
        ("ttl_s", "u4"),  # dns_answer, dns_hint, dns_ech: smallest TTL of the chain; dhcp, dhcpv6: lease time
        ("client_port", "u2"),
        ("server_port", "u2"),
        ("kind", "u1"),
        ("proto", "u1"),  # IP protocol number: 6 or 17
        ("ech", "u1"),  # tls, quic: 1 where the hello carries an encrypted_client_hello extension
    ],
    align=True,
)

SLICE = np.dtype(
    [
        ("flow", "i8"),  # serial number of the flow
        ("minute", "i8"),  # UTC epoch minute
        ("first_ns", "i8"),  # first and last packet inside this minute
        ("last_ns", "i8"),
        ("client_hi", "u8"),
        ("client_lo", "u8"),
        ("server_hi", "u8"),
        ("server_lo", "u8"),
        ("client_mac", "u8"),
        ("outer_hi", "u8"),  # the tunnel's end on the client's side, 0 where IP wraps no other IP
        ("outer_lo", "u8"),
        ("bytes_up", "i8"),  # frame lengths on the wire, client to server
        ("bytes_down", "i8"),
        ("packets_up", "i8"),
        ("packets_down", "i8"),
        ("unseen", "i8"),  # TCP: bytes that were acknowledged and are not in the capture
        ("name_frame", "i8"),  # frame that gave the name, 0 where there is none
        ("name_capture", "i4"),  # which capture of this run held that frame (0, 1, ... in order of reading)
        ("name", "i4"),  # id in the name table, or NO_NAME
        ("client_port", "u2"),
        ("server_port", "u2"),
        ("proto", "u1"),
        ("name_source", "u1"),
        ("ech", "u1"),  # 1 where the hello that named the flow carries encrypted_client_hello
        ("begins", "u1"),  # 1 in the flow's first slice
        ("veil", "u1"),  # which tunnel it is, by its shape: a number of `veiled`, or 0
    ],
    align=True,
)

# what the name search of a flow is doing
LOOKING, ASSEMBLING, NAMED = range(3)

PACKET = np.dtype(
    [
        ("digest", "u8"),  # of the two ends and the protocol, keyed
        ("mark", "u8"),  # by which a copy of it is known, see `mirrored`
        ("a_hi", "u8"),  # the two ends in order of (address, port), not of direction; a: a DISCOVERY's sender
        ("a_lo", "u8"),
        ("b_hi", "u8"),
        ("b_lo", "u8"),
        ("mac", "u8"),  # of the sender on the innermost link
        (
            "header",
            "i8",
        ),  # offset of the TCP, UDP, ARP or ICMPv6 message; of a FRAGMENT its IP header's
        ("payload", "i8"),  # offset behind that header
        ("end", "i8"),  # of the payload, link padding left out
        ("outer", "i8"),  # offset of the outermost IP header where IP wraps another, else NO_OUTER
        ("a_port", "u2"),
        ("b_port", "u2"),
        ("layer", "u1"),  # TCP, UDP or the verdict that ended the unwrapping
        ("proto", "u1"),
        ("tcp_flags", "u1"),
        ("from_a", "u1"),
    ],
    align=True,
)

# The first 128 bytes are what every packet needs, two lines of a processor's cache.
FLOW = np.dtype(
    [
        ("a_hi", "u8"),  # the two ends in order of (address, port), not of direction
        ("a_lo", "u8"),
        ("b_hi", "u8"),
        ("b_lo", "u8"),
        ("minute_ns", "i8"),  # when the open slice's minute began
        ("first_ns", "i8"),
        ("last_ns", "i8"),
        ("a_port", "u2"),
        ("b_port", "u2"),
        ("proto", "u1"),
        ("client_is_a", "u1"),
        ("search", "u1"),  # LOOKING, ASSEMBLING or NAMED
        ("has_base", "u1"),  # 1: base_seq is known, nothing of the stream has been looked at; 2: it has
        ("bytes_a", "i8"),  # in the open slice, sent by each end
        ("bytes_b", "i8"),
        ("packets_a", "u4"),
        ("packets_b", "u4"),
        ("next_a", "u4"),  # TCP: behind the last byte seen of each end
        ("next_b", "u4"),
        ("mac_a", "u8"),  # sender on the link, of packets from each end
        ("mac_b", "u8"),
        ("base_seq", "u4"),  # sequence number of the client's first byte, where its SYN was seen
        ("body_size", "u4"),  # how much of a request's body comes in later segments
        ("body_end_seq", "u4"),  # where that body ends
        ("from_a", "u1"),  # direction under assembly
        ("closed", "u1"),  # a FIN or RST was seen
        ("tracked", "u1"),  # which of next_a and next_b are known: bits of `acked`
        ("looks", "u1"),  # packets that were looked at for a tunnel
        ("serial", "i8"),
        ("unseen", "i8"),  # bytes of the open slice that were acknowledged and not captured
        ("name_frame", "i8"),
        ("outer_hi", "u8"),  # as in SLICE
        ("outer_lo", "u8"),
        ("name", "i4"),
        ("name_capture", "i4"),
        ("pool_slot", "i4"),  # 1 + slot of the pool that holds the stream's beginning, or 0
        ("seen_seq", "u4"),  # of the last segment that held a request, to tell a repeated one
        ("handed", "u2"),  # packets handed over for assembly
        ("ech", "u1"),
        ("has_seen", "u1"),
        ("name_source", "u1"),
        ("sliced", "u1"),  # a slice was written
        ("veil", "u1"),  # which tunnel it is, by its shape: a number of `veiled`, or 0
    ],
    align=True,
)

# why a packet is handed over to plain Python
TO_STREAM, TO_QUIC, TO_DNS_STREAM, TO_DHCP, TO_FRAGMENTS, TO_DHCPV6 = range(1, 7)

HANDOVER = np.dtype(
    [
        ("frame", "i8"),
        ("time_ns", "i8"),
        ("slot", "i8"),  # row of the flow table, or NO_FLOW
        ("flow", "i8"),  # its serial
        ("at", "i8"),  # payload in the block's bytes
        ("end", "i8"),
        ("mac", "u8"),  # of the sender
        ("seq", "u4"),
        ("base_seq", "u4"),  # where the stream begins
        ("why", "u1"),
        ("from_a", "u1"),
        ("pooled", "u1"),  # 1 where `at` and `end` are of the pool's bytes
        ("last", "u1"),  # 1 where no more of this flow will be handed over for this name
    ],
    align=True,
)

# frames that ended in a verdict that is counted by the minute
COUNTED = np.dtype([("minute", "i8"), ("verdict", "i8"), ("frames", "i8"), ("bytes", "i8")])
