"""What fuzzing begins with where no corpus is kept yet: sound inputs of every kind."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from pathlib import Path

import lz4.frame
from feed import packed
from initials import V1, V2, client_datagrams, crypto_frame
from made_captures import enhanced, evenly, interface, old_packet, pcap, section, simple
from made_frames import datagrams, hello, payloads
from made_mutants import PRELUDES, dhcp, dhcpv6, initials_of_some
from made_packets import dns_query, ipv4, ipv6, tcp, udp, udp_frame
from made_wrappings import wrappings

from auditor.shipped import shipped

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FRAME = udp_frame(dns_query("i.instagram.com"))
LEASES = Path(__file__).resolve().parents[1] / "leases" / "samples"
DISTRICT = Path(shipped("sample_pcaps")) / "district"


def seeds() -> dict[str, list[bytes]]:
    """Inputs by target."""
    streams = [*payloads().values(), *(prelude + payloads()["tls"] for prelude in PRELUDES)]
    messages = list(datagrams().values())
    halves = [(each[: len(each) // 2], each[len(each) // 2 :]) for each in streams]
    message = hello(b"www.youtube.com")
    chlo = b"CHLO\2\0\0\0SNI\0\x09\0\0\0VER\0\x0d\0\0\0a.exampleQ039"
    captures = _captures()
    return {
        "tls": streams,
        "http": streams,
        "dns": messages + [len(each).to_bytes(2) + each for each in messages],
        "dhcp": list(dhcp()),
        "dhcpv6": [dhcpv6()],
        "quic": [packed(*client_datagrams("www.youtube.com", version)) for version in (V1, V2)]
        + [packed(*each) for each in initials_of_some()[:8]],
        "quic_frames": [
            b"\0" + packed(crypto_frame(0, message)),
            b"\0" + packed(b"\2\1\0\0\0" + crypto_frame(40, message[40:]), crypto_frame(0, message[:40])),
            b"\1" + packed(b"\x08\0" + (0x4000 | len(chlo)).to_bytes(2) + chlo),
        ],
        "quic_google": [b"\x09" + bytes(8) + b"Q039" + b"\1" + bytes(12) + chlo, chlo],
        "streams": [
            bytes(4) + packed(b"\0\4" + each[0], (4 + len(each[0])).to_bytes(2) + each[1]) for each in halves
        ],
        "fragments": [packed(*each) for each in _fragments()],
        "capture": captures,
        "packed": [pack(each) for each in captures[:3] for pack in _packers()],
        "toml": [(DISTRICT / "auditor.toml").read_bytes()],
        "csv": [
            bytes([number]) + (DISTRICT / f"{name}.csv").read_bytes()[:1500]
            for number, name in enumerate(("staff", "devices", "schedules", "exceptions"))
        ],
        "ics": [
            b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:No School\r\n"
            b"DTSTART;VALUE=DATE:20261126\r\nDTEND;VALUE=DATE:20261128\r\nRRULE:FREQ=YEARLY;COUNT=2\r\n"
            b"EXDATE;VALUE=DATE:20271126\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        ],
        "leases": [path.read_bytes()[:4096] for path in sorted(LEASES.iterdir())],
        "frames": [bytes([_link_byte(made.link)]) + packed(made.frame) for made in wrappings().values()],
        "segments": [b"\0" + packed(b"\0\0" + each[0], b"\0\0" + each[1]) for each in halves],
        "one_segment": streams,
        "one_datagram": messages,
    }


def _link_byte(link: int) -> int:
    from frame_targets import LINKS

    return LINKS.index(link)


def _packers() -> tuple[Callable[[bytes], bytes], ...]:
    return (gzip.compress, zstd.compress, lz4.frame.compress)


def _blocks(order: str) -> bytes:
    return (
        interface(order=order, resolution=9, offset_s=3)
        + interface(order=order, resolution=0x8A)
        + enhanced(7 << 40, FRAME, order)
        + simple(FRAME, order)
        + old_packet(9, FRAME, order, 1)
    )


def _captures() -> list[bytes]:
    made = [pcap(evenly([FRAME] * 2), magic) for magic in (0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34)]
    made.append(pcap(evenly([FRAME]), order=">"))
    made += (section(order) + _blocks(order) for order in "<>")
    return made


def _fragments() -> list[tuple[bytes, ...]]:
    whole = udp(dns_query("www.vsco.co"), 4000, 53)
    v4 = [
        ipv4(
            whole[at : at + 16], "10.0.0.1", "192.0.2.1", 17, fragment=at // 8 | (at + 16 < len(whole)) << 13
        )
        for at in range(0, len(whole), 16)
    ]
    v6 = [
        ipv6(b"\x11\0" + (at | (at + 16 < len(whole))).to_bytes(2) + bytes(4) + whole[at : at + 16],
             "2001:db8::1", "2001:db8::2", 44)
        for at in range(0, len(whole), 16)
    ]  # fmt: skip
    return [tuple(v4), tuple(v4[::-1]), tuple(v6), (ipv4(tcp(b"", 1, 2), "10.0.0.1", "10.0.0.2", 6),)]
