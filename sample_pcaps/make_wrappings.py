"""Makes wrappings/: one small capture for each link type and each tunnel, and what must be read from it.

    python sample_pcaps/make_wrappings.py

Every capture holds the same: a client asks DNS for www.instagram.com, then says a TLS hello with that name. The
captures are the same to the byte at each run. tests/golden/wrappings/ is written from what is sent, not from what
the program reads; docs/link-types.md lists all of it.
"""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from wire import wrap
from wire.wrap import Wrap

HERE = Path(__file__).resolve().parent
FOLDER, GOLDEN = HERE / "wrappings", HERE.parent / "tests" / "golden" / "wrappings"
START_S, STEP_MS = 1_794_232_800, 10  # 2026-11-09T14:00:00Z
HOST = "www.instagram.com"
CLIENT_MAC = wrap.CLIENT_MAC.hex(":")
ENDS = {  # by IP version: client, server, resolver
    4: ("10.20.1.16", "192.0.2.10", "10.20.0.53"),
    6: ("2001:db8:20:1::10", "2001:db8:c0de::10", "2001:db8:20::53"),
}
DNS_PORTS, TLS_PORTS = (50_002, 53), (50_000, 443)
SYN, PUSH, ACK = 2, 8, 16


@dataclass(frozen=True)
class Wrapping:
    """`shows_mac` says that the client's MAC stands in the frame."""

    name: str
    link: int
    wrap: Wrap
    shows_mac: bool = True
    version: int = 4


ETHERNET = 1
VLAN30, VLAN500 = wrap.words(0x8100, 30), wrap.words(0x88A8, 500)
WRAPPINGS = (
    # links
    Wrapping("ethernet", 1, wrap.ethernet),
    Wrapping("ethernet-llc", 1, wrap.llc),
    Wrapping("null", 0, partial(wrap.null, order="<"), False),
    Wrapping("null-6", 0, partial(wrap.null, order="<"), False, 6),
    Wrapping("loop", 108, partial(wrap.null, order=">"), False),
    Wrapping("ppp", 9, wrap.ppp, False),
    Wrapping("ppp-compressed", 9, partial(wrap.ppp, before=b"", short=True), False, 6),
    Wrapping("ppp-hdlc", 50, wrap.ppp, False),
    Wrapping("cisco-hdlc", 104, wrap.cisco_hdlc, False),
    Wrapping("pppd", 166, wrap.pppd, False),
    Wrapping("pppoe-link", 51, wrap.pppoe_session, False),
    Wrapping("fddi", 10, wrap.fddi),
    Wrapping("raw-12", 12, lambda packet, _: packet, False),
    Wrapping("raw-14", 14, lambda packet, _: packet, False, 6),
    Wrapping("raw", 101, lambda packet, _: packet, False),
    Wrapping("raw-ipv4", 228, lambda packet, _: packet, False),
    Wrapping("raw-ipv6", 229, lambda packet, _: packet, False, 6),
    Wrapping("cooked", 113, wrap.cooked),
    Wrapping("cooked-radiotap", 113, lambda packet, up: wrap.cooked(wrap.radiotap(packet, up), up, 803, 4)),
    Wrapping("cooked-2", 276, wrap.cooked2, version=6),
    Wrapping("dot11", 105, wrap.dot11),
    Wrapping("dot11-between-access-points", 105, partial(wrap.dot11, wds=True)),
    Wrapping("dot11-ht-control", 105, partial(wrap.dot11, ht=True), version=6),
    Wrapping("dot11-aggregate", 105, wrap.dot11_aggregate),
    Wrapping("radiotap", 127, wrap.radiotap),
    Wrapping("radiotap-aligned", 127, partial(wrap.radiotap, aligned=True)),
    Wrapping("prism", 119, wrap.prism),
    Wrapping("avs", 163, wrap.avs),
    Wrapping("ppi", 192, wrap.ppi),
    Wrapping("nflog", 239, wrap.nflog, False),
    Wrapping("pflog", 117, wrap.pflog, False),
    # tags and shims
    Wrapping("vlan", ETHERNET, partial(wrap.ethernet, tags=VLAN30)),
    Wrapping("vlan-stack", ETHERNET, partial(wrap.ethernet, tags=VLAN500 + wrap.words(0x9100, 7) + VLAN30)),
    Wrapping("vn-tag", ETHERNET, partial(wrap.ethernet, tags=wrap.words(0x8926, 0x8003, 0x0004))),
    Wrapping("e-tag", ETHERNET, partial(wrap.ethernet, tags=wrap.words(0x893F, 0, 0x1003, 0))),
    Wrapping("cisco-metadata", ETHERNET, partial(wrap.ethernet, tags=wrap.words(0x8909, 0x0101, 1, 7))),
    Wrapping("pbb", ETHERNET, wrap.pbb),
    Wrapping("mpls", ETHERNET, partial(wrap.mpls, labels=2)),
    Wrapping("mpls-pseudowire", ETHERNET, wrap.pseudowire),
    Wrapping("pppoe", ETHERNET, wrap.pppoe, version=6),
    # tunnels
    Wrapping("ip-in-ip", ETHERNET, wrap.ip_in_ip, False),
    Wrapping("6in4", ETHERNET, wrap.ip_in_ip, False, 6),
    Wrapping("4in6", ETHERNET, partial(wrap.ip_in_ip, ends=wrap.OUTER6), False),
    Wrapping("6in6", ETHERNET, partial(wrap.ip_in_ip, ends=wrap.OUTER6), False, 6),
    Wrapping("ah", ETHERNET, wrap.authenticated),
    Wrapping("gre", ETHERNET, wrap.gre, False),
    Wrapping("gre-all-fields", ETHERNET, partial(wrap.gre, flags=0xB000), False, 6),
    Wrapping("gre-ethernet", ETHERNET, partial(wrap.gre, kind=wrap.ETHERNET_BRIDGED, inner=wrap.ethernet)),
    Wrapping("gre-pptp", ETHERNET, wrap.gre_pptp, False),
    Wrapping("gre-aruba", ETHERNET, wrap.aruba),
    Wrapping("erspan-1", ETHERNET, partial(wrap.erspan, kind=1)),
    Wrapping("erspan-2", ETHERNET, partial(wrap.erspan, kind=2)),
    Wrapping("erspan-3", ETHERNET, partial(wrap.erspan, kind=3)),
    Wrapping("vxlan", ETHERNET, wrap.vxlan),
    Wrapping("geneve", ETHERNET, partial(wrap.geneve, bridged=True)),
    Wrapping("geneve-ip", ETHERNET, partial(wrap.geneve, bridged=False), False, 6),
    Wrapping("gtp-u", ETHERNET, partial(wrap.gtp_u, extended=False), False),
    Wrapping("gtp-u-5g", ETHERNET, partial(wrap.gtp_u, extended=True), False, 6),
    Wrapping("teredo", ETHERNET, wrap.teredo, False, 6),
    Wrapping("capwap", ETHERNET, partial(wrap.capwap, native=False)),
    Wrapping("capwap-dot11", ETHERNET, partial(wrap.capwap, native=True)),
    Wrapping("l2tp", ETHERNET, wrap.l2tp, False),
    Wrapping("tzsp", ETHERNET, wrap.tzsp),
    Wrapping("ayiya", ETHERNET, wrap.ayiya, False, 6),
)
REFUSED = (8, 107, 147, 187, 195, 249, 272)  # a few link types that are refused by name


class Sent(NamedTuple):
    """An IP packet, who sends it, and what it tells."""

    up: bool
    packet: bytes
    proto: str
    kind: str = ""


def conversation(version: int) -> Iterator[Sent]:
    client, server, resolver = ENDS[version]
    ask, answer = question(version), answered(version)
    yield datagram(True, ask, client, resolver, "dns_query")
    yield datagram(False, answer, client, resolver, "dns_answer")
    hello = client_hello(HOST)
    yield segment(True, b"", client, server, 1_000, 0, SYN)
    yield segment(False, b"", client, server, 9_000, 1_001, SYN | ACK)
    yield segment(True, b"", client, server, 1_001, 9_001, ACK)
    yield segment(True, hello, client, server, 1_001, 9_001, PUSH | ACK, "tls")
    reply = b"\x17\x03\x03\x00\x40" + b"\xa5" * 64
    yield segment(False, reply, client, server, 9_001, 1_001 + len(hello), PUSH | ACK)


def datagram(up: bool, data: bytes, client: str, server: str, kind: str) -> Sent:
    ends, ports = directed(up, client, server, DNS_PORTS)
    payload = wrap.udp(data, *ports)
    check = transport_checksum(payload, wrap.UDP, *ends)
    return Sent(up, wrap.ip_packet(payload[:6] + check + payload[8:], wrap.UDP, *ends), "udp", kind)


def segment(
    up: bool, data: bytes, client: str, server: str, seq: int, ack: int, flags: int, kind: str = ""
) -> Sent:
    ends, ports = directed(up, client, server, TLS_PORTS)
    payload = struct.pack(">HHIIBBHHH", *ports, seq, ack, 0x50, flags, 502, 0, 0) + data
    check = transport_checksum(payload, 6, *ends)
    return Sent(up, wrap.ip_packet(payload[:16] + check + payload[18:], 6, *ends), "tcp", kind)


def directed(
    up: bool, client: str, server: str, ports: tuple[int, int]
) -> tuple[tuple[str, str], tuple[int, int]]:
    return ((client, server), ports) if up else ((server, client), ports[::-1])


def transport_checksum(payload: bytes, protocol: int, source: str, target: str) -> bytes:
    """Over the pseudo header too (RFC 9293, 3.1; RFC 8200, 8.1); the field is 0 as yet."""
    ends = wrap.ip_packet(b"", protocol, source, target)
    ends = ends[12:20] if len(ends) == 20 else ends[8:40]
    pseudo = ends + struct.pack(">II", len(payload), protocol)
    return wrap.words(wrap.checksum(pseudo + payload + bytes(len(payload) % 2)))


def dns_name(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def question(version: int, flags: int = 0x0100, answers: int = 0) -> bytes:
    return wrap.words(7, flags, 1, answers, 0, 0) + dns_name(HOST) + wrap.words(1 if version == 4 else 28, 1)


def answered(version: int) -> bytes:
    address = wrap.ip_packet(b"", 6, ENDS[version][1], ENDS[version][0])
    address = address[12:16] if version == 4 else address[8:24]
    kind = 1 if version == 4 else 28
    record = wrap.words(0xC00C, kind, 1) + struct.pack(">IH", 300, len(address)) + address
    return question(version, 0x8180, 1) + record


def client_hello(name: str) -> bytes:
    """A small TLS 1.3 ClientHello (RFC 8446, 4.1.2), the same at each run."""
    host = name.encode()
    server_name = wrap.words(0, len(host) + 5, len(host) + 3) + b"\0" + wrap.words(len(host)) + host
    versions, groups = wrap.words(43, 3) + b"\x02\x03\x04", wrap.words(10, 4, 2, 29)
    key_share = wrap.words(51, 38, 36, 29, 32) + bytes(range(32))
    signatures = wrap.words(13, 4, 2, 0x0403)
    extensions = server_name + versions + groups + signatures + key_share
    body = b"\x03\x03" + bytes(range(32)) + b"\0" + wrap.words(2, 0x1301) + b"\x01\0"
    body += wrap.words(len(extensions)) + extensions
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + wrap.words(len(message)) + message


def pcap(link: int, frames: list[bytes]) -> bytes:
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, link)
    for number, frame in enumerate(frames):
        out += struct.pack("<IIII", START_S, number * STEP_MS * 1_000, len(frame), len(frame)) + frame
    return out


def capture(wrapping: Wrapping) -> bytes:
    return pcap(wrapping.link, framed(wrapping))


def framed(wrapping: Wrapping) -> list[bytes]:
    return [wrapping.wrap(sent.packet, sent.up) for sent in conversation(wrapping.version)]


def refused(link: int) -> bytes:
    return pcap(link, [bytes(range(64))])


def moment(number: int) -> str:
    return f"2026-11-09T14:00:00.{number * STEP_MS:03d}000000Z"


def names(wrapping: Wrapping) -> list[dict[str, object]]:
    """What `extract` must print: a row for each packet that tells a name."""
    client, server, resolver = ENDS[wrapping.version]
    made: list[dict[str, object]] = []
    for number, sent in enumerate(conversation(wrapping.version)):
        if sent.kind:
            dns = sent.proto == "udp"
            made.append({
                "file": f"{wrapping.name}.pcap", "frame": number + 1, "time": moment(number),
                "kind": sent.kind, "client_mac": CLIENT_MAC if wrapping.shows_mac else "", "client": client,
                "client_port": (DNS_PORTS if dns else TLS_PORTS)[0], "server": resolver if dns else server,
                "server_port": (DNS_PORTS if dns else TLS_PORTS)[1], "proto": sent.proto, "host": HOST,
                "ip": server if sent.kind == "dns_answer" else "", "mac": "", "ech": "" if dns else "false",
            })  # fmt: skip
    return made


def flows(wrapping: Wrapping) -> list[dict[str, object]]:
    """What `extract --what flows` must print, bytes being those of whole frames."""
    client, server, resolver = ENDS[wrapping.version]
    made: list[dict[str, object]] = []
    for proto, other, ports in (("udp", resolver, DNS_PORTS), ("tcp", server, TLS_PORTS)):
        frames = zip(conversation(wrapping.version), framed(wrapping), strict=True)
        mine = [(n, sent.up, len(frame)) for n, (sent, frame) in enumerate(frames) if sent.proto == proto]
        made.append({
            "file": f"{wrapping.name}.pcap", "minute": "2026-11-09T14:00:00Z", "first": moment(mine[0][0]),
            "last": moment(mine[-1][0]), "client_mac": CLIENT_MAC if wrapping.shows_mac else "",
            "client": client, "client_port": ports[0], "server": other, "server_port": ports[1],
            "proto": proto, "bytes_up": sum(size for _, up, size in mine if up),
            "bytes_down": sum(size for _, up, size in mine if not up),
            "packets_up": sum(up for _, up, _ in mine), "packets_down": sum(not up for _, up, _ in mine),
            "host": HOST if proto == "tcp" else "", "name_source": "tls" if proto == "tcp" else "none",
        })  # fmt: skip
    return made


def csv_text(rows: list[dict[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def files() -> dict[Path, bytes]:
    """Every file that this script makes."""
    made = {FOLDER / f"refused-{link}.pcap": refused(link) for link in REFUSED}
    for wrapping in WRAPPINGS:
        made[FOLDER / f"{wrapping.name}.pcap"] = capture(wrapping)
        made[GOLDEN / f"{wrapping.name}.csv"] = csv_text(names(wrapping)).encode()
        made[GOLDEN / f"{wrapping.name}.flows.csv"] = csv_text(flows(wrapping)).encode()
    return made


def main() -> None:
    for path, data in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    main()
