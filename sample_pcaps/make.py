"""Makes the small captures of this folder: one oddity each, one function each.

    python sample_pcaps/make.py

Hellos are random, lengths and times are not. What a reader must see is in tests/golden/, written from what
stands here: a client 10.20.1.16 asks a server at 192.0.2.10 or a resolver at 10.20.0.53 from 14:00 UTC on.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from wire import dhcp, dns, quic, tls
from wire.files import Interface, section, write_pcap
from wire.frames import MS, Ends, Frame, TcpTalk, UdpTalk

HERE = Path(__file__).resolve().parent
START = 1_794_232_800_000_000_000  # 2026-11-09T14:00:00Z
CLIENT_MAC, GATEWAY_MAC = "00:00:5e:00:53:10", "00:00:5e:00:53:01"
WEB = Ends(CLIENT_MAC, GATEWAY_MAC, "10.20.1.16", "192.0.2.10", 50_000, 443)
CLEAR = Ends(CLIENT_MAC, GATEWAY_MAC, "10.20.1.16", "192.0.2.10", 50_001, 80)
RESOLVER = Ends(CLIENT_MAC, GATEWAY_MAC, "10.20.1.16", "10.20.0.53", 50_002, 53)
NETWORK_HEADER = 14  # where an untagged frame's IP header begins
IPV6_HEADER = 40
HOP_BY_HOP, TCP, DESTINATION = 0, 6, 60  # next header numbers


def conversation(
    name: str, ends: Ends = WEB, *, start: int = START, ech: bool = False, cut_name: bool = False
) -> list[Frame]:
    """SYN, SYN-ACK, ACK, hello, ACK, 900 bytes up, ACK, 5,000 down in four segments, ACK, FIN, FIN-ACK, ACK.

    With `cut_name` the hello comes in two segments, the cut in the middle of the name.
    """
    talk = TcpTalk(ends)
    hello = tls.handshake(name, ech=ech).hello
    now = talk.open(start)
    now = talk.send(now, True, hello, cuts=[middle_of_name(hello, name)] if cut_name else [])
    now = talk.send(now, True, tls.application_data(900))
    now = talk.send(now, False, tls.application_data(5_000))
    talk.close(now)
    return talk.frames


def middle_of_name(hello: bytes, name: str) -> int:
    return hello.index(name.encode()) + len(name) // 2


def at(path: Path, frames: list[Frame], order: list[int]) -> None:
    """Writes `frames` in another order (numbers from 0), the times in their first order."""
    times = [frame.time_ns for frame in frames]
    moved = [frames[old] for old in order]
    write_pcap(path, [Frame(time, each.data, each.up) for time, each in zip(times, moved, strict=False)])


def hello_two_segments(path: Path) -> None:
    write_pcap(path, conversation("www.instagram.com", cut_name=True))


def hello_out_of_order(path: Path) -> None:
    """The hello's second segment overtakes the first."""
    frames = conversation("www.instagram.com", cut_name=True)
    at(path, frames, [0, 1, 2, 4, 3, *range(5, len(frames))])


def hello_retransmitted(path: Path) -> None:
    """Both halves of the hello come twice: 1, 1, 2, 2. One name all the same."""
    talk = TcpTalk(WEB)
    hello = tls.handshake("www.instagram.com").hello
    now = talk.open(START)
    middle = middle_of_name(hello, "www.instagram.com")
    now = talk.send(now, True, hello[:middle], twice=True)
    now = talk.send(now, True, hello[middle:], twice=True)
    talk.close(now)
    write_pcap(path, talk.frames)


def vlan(path: Path) -> None:
    write_pcap(path, conversation("www.facebook.com", tagged(WEB, (30,))))


def qinq(path: Path) -> None:
    write_pcap(path, conversation("www.facebook.com", tagged(WEB, (500, 30))))


def tagged(ends: Ends, vlans: tuple[int, ...]) -> Ends:
    return Ends(**{**vars(ends), "vlans": vlans})


def ipv6_extension_headers(path: Path) -> None:
    """A hop-by-hop header and destination options stand before TCP in every frame (RFC 8200, 4.3 and 4.6)."""
    ends = Ends(CLIENT_MAC, GATEWAY_MAC, "2001:db8:20:1::10", "2001:db8:c0de::10", 50_000, 443)
    write_pcap(path, [with_extension_headers(frame) for frame in conversation("en.wikipedia.org", ends)])


def with_extension_headers(frame: Frame) -> Frame:
    padding = bytes([1, 4, 0, 0, 0, 0])  # a PadN option that fills the eight bytes
    headers = bytes([DESTINATION, 0]) + padding + bytes([TCP, 0]) + padding
    payload = NETWORK_HEADER + IPV6_HEADER
    data = bytearray(frame.data[:payload] + headers + frame.data[payload:])
    length = int.from_bytes(data[NETWORK_HEADER + 4 : NETWORK_HEADER + 6], "big") + len(headers)
    data[NETWORK_HEADER + 4 : NETWORK_HEADER + 6] = length.to_bytes(2, "big")
    data[NETWORK_HEADER + 6] = HOP_BY_HOP
    return Frame(frame.time_ns, bytes(data), frame.up)


def quic_two_initials(path: Path) -> None:
    """A hello too large for one Initial; the second, without the name, comes first."""
    talk = UdpTalk(WEB)
    first, second = quic.handshake("www.youtube.com", large=True).first
    talk.send(START, True, second)
    talk.send(START + MS, True, first)
    talk.send(START + 20 * MS, False, quic.short_packet(b"", 1_250))
    write_pcap(path, talk.frames)


def dns_over_tcp(path: Path) -> None:
    """Question and answer over TCP; the answer's length field is torn in two."""
    talk = TcpTalk(RESOLVER)
    now = talk.open(START)
    now = talk.send(now, True, dns.over_tcp(dns.question(7, "www.pinterest.com", dns.A)))
    records = dns.addresses("www.pinterest.com", ["192.0.2.10", "192.0.2.11"], 300, "pins.cdn.example")
    now = talk.send(now, False, dns.over_tcp(dns.answer(7, "www.pinterest.com", dns.A, records)), cuts=[1])
    talk.close(now)
    write_pcap(path, talk.frames)


def http_pipelined(path: Path) -> None:
    """Two requests and half of a third in one segment, then the rest; one host has capitals and a port."""
    talk = TcpTalk(CLEAR)
    two = tls.clear_request("news.tumblr.com") + tls.clear_request("WWW.Tumblr.COM:80", "/dashboard")
    third = tls.clear_request("static.example")
    now = talk.open(START)
    now = talk.send(now, True, two + third, cuts=[len(two) + third.index(b"static") + 3])
    now = talk.send(now, False, tls.clear_answer(10) * 3)
    talk.close(now)
    write_pcap(path, talk.frames)


def pcap_bigendian(path: Path) -> None:
    write_pcap(path, conversation("www.reddit.com", start=START + 123_456_000), order=">")


def pcap_nanosecond(path: Path) -> None:
    write_pcap(path, conversation("www.reddit.com", start=START + 123_456_789), nano=True)


def pcapng_two_interfaces(path: Path) -> None:
    """One interface counts microseconds, the other nanoseconds; their frames alternate by conversation."""
    second = Ends(**{**vars(WEB), "client_port": 50_010})
    coarse = conversation("www.linkedin.com", start=START + 111_111_000)
    fine = conversation("vsco.co", second, start=START + 222_222_222)
    frames = [(0, frame) for frame in coarse] + [(1, frame) for frame in fine]
    path.write_bytes(section([Interface(None, name="eth0"), Interface(9, name="eth1")], frames))


def pcapng_two_sections(path: Path) -> None:
    """The second section has the other byte order and counts interfaces from 0 again."""
    second = Ends(**{**vars(WEB), "client_port": 50_010})
    first_frames = [(0, frame) for frame in conversation("www.linkedin.com")]
    later = [(0, frame) for frame in conversation("vsco.co", second, start=START + 1_000 * MS)]
    path.write_bytes(section([Interface(6)], first_frames) + section([Interface(9)], later, order=">"))


def pcapng_tsresol_2pow(path: Path) -> None:
    """Ticks of 1/1024 s; times are rounded up to whole ticks, so the hello's 1 + 14 ms become 16 ticks."""
    frames = conversation("www.flickr.com", start=START + MS)
    path.write_bytes(section([Interface(0x80 | 10)], [(0, frame) for frame in frames]))


def truncated_in_mid_packet(path: Path) -> None:
    """The file ends inside its ninth record; the eight before it stand."""
    frames = conversation("www.snapchat.com")[:9]
    write_pcap(path, frames)
    path.write_bytes(path.read_bytes()[:-400])


def dhcp_ack(path: Path) -> None:
    server = "10.20.0.53"
    frames = dhcp.exchange(START, CLIENT_MAC, "10.20.1.16", GATEWAY_MAC, server, "Room-12-Laptop")
    write_pcap(path, frames)


def ech_real(path: Path) -> None:
    """DNS gives discord.com an HTTPS record with ech= and an address; the hello says cloudflare-ech.com."""
    asked = lookup("discord.com", "192.0.2.10", https="cloudflare-ech.com")
    write_pcap(path, asked + conversation("cloudflare-ech.com", start=START + 40 * MS, ech=True))


def ech_grease(path: Path) -> None:
    """The hello has an ECH extension that means nothing; its name is the true one."""
    asked = lookup("www.threads.com", "192.0.2.10")
    write_pcap(path, asked + conversation("www.threads.com", start=START + 40 * MS, ech=True))


def lookup(name: str, address: str, https: str = "") -> list[Frame]:
    talk = UdpTalk(RESOLVER)
    if https:
        talk.send(START, True, dns.question(1, name, dns.HTTPS))
        answer = dns.answer(1, name, dns.HTTPS, [dns.https_record(name, 300, https)])
        talk.send(START + 5 * MS, False, answer)
    talk.send(START + 10 * MS, True, dns.question(2, name, dns.A))
    talk.send(START + 15 * MS, False, dns.answer(2, name, dns.A, dns.addresses(name, [address], 300)))
    return talk.frames


def ethernet_padding(path: Path) -> None:
    """The hello's first byte comes alone, in a frame filled up to 60 bytes: the filling is not data."""
    talk = TcpTalk(WEB)
    now = talk.open(START)
    now = talk.send(now, True, tls.handshake("www.tiktok.com").hello, cuts=[1])
    now = talk.send(now, False, tls.application_data(3_000))
    talk.close(now)
    write_pcap(path, talk.frames)


def midstream(path: Path) -> None:
    """The capture begins inside a connection, the server speaking: the higher port is the client's."""
    talk = TcpTalk(WEB, up_seq=40_000, down_seq=90_000)
    now = talk.send(START + 40 * MS, False, tls.application_data(3_000))
    now = talk.send(now, True, tls.application_data(500))
    talk.send(now + 60_000 * MS, False, tls.application_data(3_000))
    write_pcap(path, lookup("www.tumblr.com", "192.0.2.10") + talk.frames)


MAKERS: tuple[tuple[str, Callable[[Path], None]], ...] = (
    ("hello-two-segments.pcap", hello_two_segments),
    ("hello-out-of-order.pcap", hello_out_of_order),
    ("hello-retransmitted.pcap", hello_retransmitted),
    ("vlan.pcap", vlan),
    ("qinq.pcap", qinq),
    ("ipv6-extension-headers.pcap", ipv6_extension_headers),
    ("quic-two-initials.pcap", quic_two_initials),
    ("dns-over-tcp.pcap", dns_over_tcp),
    ("http-pipelined.pcap", http_pipelined),
    ("pcap-bigendian.pcap", pcap_bigendian),
    ("pcap-nanosecond.pcap", pcap_nanosecond),
    ("pcapng-two-interfaces.pcapng", pcapng_two_interfaces),
    ("pcapng-two-sections.pcapng", pcapng_two_sections),
    ("pcapng-tsresol-2pow.pcapng", pcapng_tsresol_2pow),
    ("truncated-in-mid-packet.pcap", truncated_in_mid_packet),
    ("dhcp-ack.pcap", dhcp_ack),
    ("ech-real.pcap", ech_real),
    ("ech-grease.pcap", ech_grease),
    ("ethernet-padding.pcap", ethernet_padding),
    ("midstream.pcap", midstream),
)


def main() -> None:
    for name, make in MAKERS:
        make(HERE / name)


if __name__ == "__main__":
    main()
