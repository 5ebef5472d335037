"""Payloads that carry names, and those that answer them, made from a seed: the same bytes on every machine.

The hellos have the shape of a current browser's. With a post-quantum key share they take two TCP segments or
two QUIC Initials, as Chromium's and Firefox's do.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from aioquic.quic.crypto import CryptoPair
from aioquic.quic.packet import QuicProtocolVersion

SEGMENT = 1400  # payload bytes of one TCP segment
INITIAL = 1250  # bytes of an Initial's datagram, as Chromium pads it

WELL_KNOWN = (
    "facebook.com", "fbcdn.net", "instagram.com", "cdninstagram.com", "tiktokcdn.com", "youtube.com",
    "googlevideo.com", "ytimg.com", "x.com", "twimg.com", "snapchat.com", "reddit.com", "redd.it",
    "discord.com", "pinterest.com", "pinimg.com", "whatsapp.net", "wikipedia.org", "wikimedia.org",
    "linkedin.com",
)  # fmt: skip
WORDS = ("static", "api", "cdn", "img", "www", "login", "edge", "media", "assets", "portal", "mail", "app")
OTHERS = (
    "classwork",
    "district",
    "lessons",
    "textbook",
    "vendor",
    "updates",
    "telemetry",
    "ads",
    "news",
    "shop",
)


def host_names(count: int) -> list[str]:
    """`count` names; a quarter of them belong to well-known platforms."""
    names = []
    for number in range(count):
        word = WORDS[number % len(WORDS)]
        if number % 4 == 0:
            domain = WELL_KNOWN[number // 4 % len(WELL_KNOWN)]
        else:
            domain = f"{OTHERS[number % len(OTHERS)]}{number % 997}.{('com', 'net', 'org', 'io')[number % 4]}"
        names.append(f"{word}-{number}.{domain}")
    return names


def extension(kind: int, body: bytes) -> bytes:
    return struct.pack(">HH", kind, len(body)) + body


def sized(width: int, body: bytes) -> bytes:
    """The body behind its length in `width` bytes."""
    return len(body).to_bytes(width, "big") + body


def client_hello(name: str, rng: np.random.Generator, post_quantum: bool, quic: bool) -> bytes:
    """The handshake message (RFC 8446, 4.1.2)."""
    shares = struct.pack(">H", 0x001D) + sized(2, rng.bytes(32))  # X25519
    groups = [0x0A0A, 0x001D, 0x0017, 0x0018]
    if post_quantum:
        shares = struct.pack(">H", 0x11EC) + sized(2, rng.bytes(1216)) + shares  # X25519MLKEM768
        groups.insert(1, 0x11EC)
    alpn = (b"h3",) if quic else (b"h2", b"http/1.1")
    extensions = [
        extension(0x1A1A, b""),
        extension(23, b""),
        extension(0xFF01, b"\0"),
        extension(10, sized(2, struct.pack(f">{len(groups)}H", *groups))),
        extension(11, b"\1\0"),
        extension(35, b""),
        extension(16, sized(2, b"".join(sized(1, each) for each in alpn))),
        extension(5, b"\1\0\0\0\0"),
        extension(13, sized(2, bytes.fromhex("0403080404010503080505010806060102010203"))),
        extension(51, sized(2, shares)),
        extension(45, b"\1\1"),
        extension(43, sized(1, bytes.fromhex("7a7a0304") + (b"" if quic else b"\3\3"))),
        extension(27, b"\2\0\2"),
        extension(0, sized(2, b"\0" + sized(2, name.encode()))),
    ]
    if quic:
        extensions.append(extension(57, bytes.fromhex("01048000ea60040480600000050480600000080240640f00")))
    ciphers = bytes.fromhex("1a1a130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035")
    body = b"\3\3" + rng.bytes(32) + sized(1, b"" if quic else rng.bytes(32)) + sized(2, ciphers) + b"\1\0"
    return b"\1" + sized(3, body + sized(2, b"".join(extensions)))


def tls_record(message: bytes) -> bytes:
    return b"\x16\3\1" + sized(2, message)


def server_flight(rng: np.random.Generator) -> bytes:
    """ServerHello, change_cipher_spec and the start of what is encrypted (RFC 8446, 4.1.3 and D.4)."""
    extensions = extension(43, b"\3\4") + extension(51, struct.pack(">H", 0x001D) + sized(2, rng.bytes(32)))
    body = b"\3\3" + rng.bytes(32) + sized(1, rng.bytes(32)) + b"\x13\1\0" + sized(2, extensions)
    hello = b"\x16\3\3" + sized(2, b"\2" + sized(3, body))
    return hello + b"\x14\3\3\0\1\1" + b"\x17\3\3" + sized(2, rng.bytes(1100))


def initials(name: str, rng: np.random.Generator, post_quantum: bool) -> list[bytes]:
    """The client's first datagrams of QUIC version 1 (RFC 9000, 17.2.2): one, or two with a long hello.

    The hello is cut into four CRYPTO frames which are not in order, as Chromium's are not.
    """
    hello = client_hello(name, rng, post_quantum, quic=True)
    destination, pair = rng.bytes(8), CryptoPair()
    pair.setup_initial(destination, is_client=True, version=QuicProtocolVersion.VERSION_1)
    edges = [len(hello) * part // 4 for part in range(5)]
    pieces = [
        b"\6" + variable(first) + variable(last - first) + hello[first:last]
        for first, last in pairwise(edges)
    ]
    pieces = [pieces[at] for at in (1, 0, 3, 2)]
    datagrams = [pieces[:2], pieces[2:]] if post_quantum else [pieces]
    return [_initial(destination, number, b"".join(each), pair) for number, each in enumerate(datagrams)]


def _initial(destination: bytes, number: int, frames: bytes, pair: CryptoPair) -> bytes:
    head = b"\xc3" + struct.pack(">I", 1) + sized(1, destination) + b"\0\0"
    size = INITIAL - len(head) - 2
    head += struct.pack(">H", 0x4000 | size) + struct.pack(">I", number)
    frames = frames.ljust(INITIAL - len(head) - 16, b"\0")
    encrypted: bytes = pair.encrypt_packet(head, frames, number)
    return encrypted


def variable(number: int) -> bytes:
    """A variable-length integer of two bytes (RFC 9000, 16)."""
    return struct.pack(">H", 0x4000 | number)


def dns_name(name: str) -> bytes:
    return b"".join(sized(1, label.encode()) for label in name.split(".")) + b"\0"


def dns_question(name: str, kind: int) -> bytes:
    return (
        b"\0\0\1\0\0\1\0\0\0\0\0\1"
        + dns_name(name)
        + struct.pack(">HH", kind, 1)
        + b"\0\0\x29\4\xd0"
        + b"\0" * 6
    )


def dns_answer(name: str, kind: int, found: list[bytes], alias: bool) -> bytes:
    """An answer with the addresses, through a CNAME where there is an `alias`."""
    count = len(found) + alias
    out = struct.pack(">HHHHHH", 0, 0x8180, 1, count, 0, 0) + dns_name(name) + struct.pack(">HH", kind, 1)
    owner = b"\xc0\x0c"
    if alias:
        target = dns_name(f"lb.{name}")
        pointer = 0xC000 | (len(out) + 12)
        out += owner + struct.pack(">HHI", 5, 1, 300) + sized(2, target)
        owner = struct.pack(">H", pointer)
    for address in found:
        out += owner + struct.pack(">HHI", kind, 1, 120) + sized(2, address)
    return out


def http_request(name: str, number: int) -> bytes:
    return (
        f"GET /page/{number}?view=full HTTP/1.1\r\nHost: {name}\r\nConnection: keep-alive\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)\r\n"
        "Accept: text/html,application/xhtml+xml,image/webp,*/*;q=0.8\r\nAccept-Encoding: gzip, deflate\r\n"
        "Accept-Language: en-US,en;q=0.9\r\n\r\n"
    ).encode()


def http_response() -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 900000\r\n\r\n"


@dataclass(frozen=True)
class Hosts:
    """Addresses of the hosts: row i is host i's. Hosts of one group share addresses, as behind a CDN."""

    names: list[str]
    v4: np.ndarray  # uint32, (hosts, 2)
    v6: np.ndarray  # uint64 halves, (hosts, 2)


def hosts(count: int, rng: np.random.Generator) -> Hosts:
    """Two thirds of the hosts have addresses of their own, the rest share one between about six."""
    v4 = (np.uint32(0x5DB80000) + rng.permutation(count * 2).astype(np.uint32)).reshape(count, 2)
    shared = np.flatnonzero(rng.random(count) < 1 / 3)
    v4[shared] = v4[shared[rng.integers(0, len(shared), len(shared)) // 6]]
    v6 = np.empty((count, 2), np.uint64)
    v6[:, 0] = 0x2001_0DB8_0000_0000
    v6[:, 1] = v4[:, 0]
    return Hosts(host_names(count), v4, v6)


class Arena:
    """Byte strings behind one another; string i is data[offset[i] : offset[i + 1]]."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def add(self, part: bytes) -> int:
        self._parts.append(part)
        return len(self._parts) - 1

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """(data, offset)"""
        offset = np.zeros(len(self._parts) + 1, np.int64)
        np.cumsum([len(part) for part in self._parts], out=offset[1:])
        return np.frombuffer(b"".join(self._parts), np.uint8), offset
