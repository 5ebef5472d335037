from __future__ import annotations

import json
import random
import time
from collections import Counter

import pytest
import wire
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from hellos import extension, message, server_name
from hypothesis import given
from hypothesis import strategies as st
from initials import (
    HANDSHAKE,
    RETRY,
    V1,
    V2,
    ZERO_RTT,
    client_datagrams,
    crypto_frame,
    initial,
    long_header,
    varint,
)

from auditor.decode.quic import MAX_INITIALS, InitialReader, looks_initial
from auditor.decode.tls import Hello

NAME = "www.tiktok.com"
HELLO = message(server_name(NAME.encode()) + bytes.fromhex("fe0d0004") + bytes(4))
ID, OTHER_ID = bytes(range(8)), b"\xaa" * 12


def read(*payloads: bytes) -> Hello | None:
    """What the last payload gives; those before it must give nothing."""
    reader = InitialReader()
    for payload in payloads[:-1]:
        assert reader.feed(payload) is None
    return reader.feed(payloads[-1])


def names(hello: Hello | None) -> str | None:
    return None if hello is None else hello.sni


@pytest.mark.parametrize("version", [V1, V2])
def test_a_real_client(version: int) -> None:
    hello = read(*client_datagrams(NAME, version))
    assert hello == Hello(NAME, ech=False, esni=False, alpn=("h3",), version=0x0304)


@pytest.mark.parametrize("version", [V1, V2])
def test_a_real_client_whose_hello_takes_several_initials_in_any_order(version: int) -> None:
    datagrams = client_datagrams(NAME, version, alpn=tuple("h" * 200 + str(number) for number in range(12)))
    assert len(datagrams) == 3
    assert names(read(*datagrams)) == NAME
    assert names(read(*reversed(datagrams))) == NAME


def test_a_client_that_names_nobody() -> None:
    assert names(read(*client_datagrams(None))) == ""


# RFC 9001, A.1, A.2; RFC 9369, A.1, A.2: keys, header and last bytes of the client's Initial as printed there
HELLO_OF_THE_RFC = bytes.fromhex(
    "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c"
    "00000413011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006"
    "001d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa4"
    "7fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e040305"
    "0306030203080408050806002d00020101001c00024001003900320408ffffffffffffffff05048000ff"
    "ff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff"
)


@pytest.mark.parametrize(
    ("key", "iv", "hp", "plain_header", "header", "tag"),
    [
        (
            "1f369613dd76d5467730efcbe3b1a22d",
            "fa044b2f42a3fd3b46fb255c",
            "9f50449e04a0e810283a1e9933adedd2",
            "c300000001088394c8f03e5157080000449e00000002",
            "c000000001088394c8f03e5157080000449e7b9aec34",
            "e221af44860018ab0856972e194cd934",
        ),
        (
            "8b1a0bc121284290a29e0971b5cd045d",
            "91f73e2351d8fa91660e909f",
            "45b95e15235d6f45a6b19cbcb0294ba9",
            "d36b3343cf088394c8f03e5157080000449e00000002",
            "d76b3343cf088394c8f03e5157080000449ea0c95e82",
            "a18b2faa745b6fe189cf772a9f84cbfc",
        ),
        (  # draft-ietf-quic-tls-29, A.1; its packet holds another hello
            "175257a31eb09dea9366d8bb79ad80ba",
            "6b26114b9cba2b63a9e8dd4f",
            "9ddd12c994c0698b89374a9c077a3077",
            "c3ff00001d088394c8f03e5157080000449e00000002",
            "",
            "",
        ),
        (  # draft-ietf-quic-tls-27, A.1
            "af7fd7efebd21878ff66811248983694",
            "8681359410a70bb9c92f0420",
            "a980b8b4fb7d9fbc13e814c23164253d",
            "c3ff00001b088394c8f03e5157080000449e00000002",
            "",
            "",
        ),
    ],
)
def test_the_vectors_of_the_rfcs_and_drafts(
    key: str, iv: str, hp: str, plain_header: str, header: str, tag: str
) -> None:
    plain, number_at = bytes.fromhex(plain_header), 18
    nonce = (int(iv, 16) ^ 2).to_bytes(12)
    sealed = AESGCM(bytes.fromhex(key)).encrypt(nonce, HELLO_OF_THE_RFC.ljust(1162, b"\0"), plain)
    mask = Cipher(AES(bytes.fromhex(hp)), ECB()).encryptor().update(sealed[:16])
    number = bytes(a ^ b for a, b in zip(plain[number_at:], mask[1:], strict=False))
    packet = bytes([plain[0] ^ mask[0] & 15]) + plain[1:number_at] + number + sealed
    assert packet.startswith(bytes.fromhex(header))
    assert packet.endswith(bytes.fromhex(tag))
    assert read(packet) == Hello("example.com", ech=False, esni=False, alpn=("alpn",), version=0x0304)


@pytest.mark.parametrize("version", [V1, V2])
@given(st.data())
def test_pieces_in_any_order_and_overlapping(version: int, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(HELLO) - 1), max_size=8)))
    starts = [0, *cuts]
    ends = [min(len(HELLO), cut + data.draw(st.integers(0, 9))) for cut in [*cuts, len(HELLO)]]
    frames = [crypto_frame(start, HELLO[start:end]) for start, end in zip(starts, ends, strict=True)]
    random.Random(data.draw(st.integers(0, 99))).shuffle(frames)
    parts = data.draw(st.integers(1, 3))
    payloads = [
        initial(b"\0\1\0".join(frames[part::parts]), ID, version=version, number=part, keys_from=ID)
        for part in range(parts)
    ]
    reader = InitialReader()
    found = [hello for hello in map(reader.feed, payloads) if hello]
    assert [hello.sni for hello in found] == [NAME]
    assert found[0].ech
    assert reader.done


def test_a_gap_gives_nothing() -> None:
    frames = crypto_frame(0, HELLO[:20]) + crypto_frame(21, HELLO[21:])
    assert read(initial(frames, ID)) is None


@pytest.mark.parametrize(
    "before",
    [
        b"\x01",  # PING
        b"\x02" + varint(900) + varint(70000) + varint(1) + varint(2) + varint(0) + varint(4),  # ACK
        b"\x03" + varint(9) + varint(0) + varint(0) + varint(2) + varint(1) * 3,  # ACK with ECN counts
        b"\x1c" + varint(7) + varint(6) + varint(3) + b"why",  # CONNECTION_CLOSE
        b"\x1d" + varint(7) + varint(3) + b"why",
        b"\0" * 300,
    ],
)
def test_frames_that_are_passed_over(before: bytes) -> None:
    assert names(read(initial(before + crypto_frame(0, HELLO), ID))) == NAME


def test_an_unknown_frame_ends_the_reading() -> None:
    assert read(initial(b"\x06\x00\x00" + b"\x30" + crypto_frame(0, HELLO), ID)) is None


def test_a_token_and_a_coalesced_packet() -> None:
    hello = initial(crypto_frame(0, HELLO), ID, token=b"t" * 70)
    assert names(read(hello + b"\x40a short packet")) == NAME
    for kind in (ZERO_RTT, HANDSHAKE):
        other = long_header(V1, kind, ID) + varint(30) + bytes(30)
        assert names(read(other + hello)) == NAME


def test_after_a_retry_keys_come_from_the_servers_id() -> None:
    first = initial(crypto_frame(0, HELLO[:30]), ID)
    second = initial(crypto_frame(30, HELLO[30:]), OTHER_ID, number=1, token=b"retry")
    assert names(read(first, second)) == NAME


def test_without_a_retry_keys_stay_when_the_id_changes() -> None:
    first = initial(crypto_frame(0, HELLO[:30]), ID)
    second = initial(crypto_frame(30, HELLO[30:]), OTHER_ID, keys_from=ID, number=1)
    assert names(read(first, second)) == NAME


def test_the_keys_of_an_id_seen_before_are_tried() -> None:
    dirty = bytearray(initial(crypto_frame(0, HELLO), ID))
    dirty[-1] ^= 1
    assert names(read(bytes(dirty), initial(crypto_frame(0, HELLO), OTHER_ID, keys_from=ID))) == NAME


def test_an_initial_that_was_changed_gives_nothing() -> None:
    sound = initial(crypto_frame(0, HELLO), ID)
    for at in (7, 20, len(sound) // 2, len(sound) - 1):
        dirty = bytearray(sound)
        dirty[at] ^= 0x55
        assert read(bytes(dirty)) is None


def test_a_version_that_forces_negotiation_may_use_the_keys_of_version_1() -> None:
    assert names(read(initial(crypto_frame(0, HELLO), ID, version=0x1A2A3A4A, keys_version=V1))) == NAME


def test_after_version_negotiation_the_hello_begins_anew() -> None:
    refused = crypto_frame(30, bytes(len(HELLO) - 30))
    first = initial(refused, ID, version=0x1A2A3A4A, keys_version=V1)
    second = initial(crypto_frame(0, HELLO[:30]), ID, version=V2)
    third = initial(crypto_frame(30, HELLO[30:]), ID, version=V2, number=1)
    assert names(read(first, second, third)) == NAME


def test_the_bounds() -> None:
    reader = InitialReader()
    for number in range(MAX_INITIALS):
        assert not reader.done
        assert reader.feed(initial(b"\x01", ID, number=number)) is None
    assert reader.done
    assert reader.feed(initial(crypto_frame(0, HELLO), ID)) is None
    far = initial(crypto_frame(40_000, HELLO[:50]), ID)
    assert names(read(far, initial(crypto_frame(0, HELLO), ID, number=1))) == NAME


@pytest.mark.parametrize(("length", "expected"), [(30_000, NAME), (33_000, None)])
def test_the_bound_on_the_hello(length: int, expected: str | None) -> None:
    long = message(server_name(NAME.encode()) + extension(21, bytes(length)))
    size = 11_000
    frames = [crypto_frame(at, long[at : at + size]) for at in range(0, len(long), size)]
    assert (
        names(read(*(initial(frame, ID, number=number) for number, frame in enumerate(frames)))) == expected
    )


def test_a_retry_has_no_length_so_nothing_follows_it() -> None:
    retry = long_header(V1, RETRY, ID) + varint(30) + bytes(30)
    assert read(retry + initial(crypto_frame(0, HELLO), ID)) is None


def chlo(tags: dict[bytes, bytes]) -> bytes:
    """Google's CHLO message."""
    table, values = b"", b""
    for tag, value in sorted(tags.items()):
        values += value
        table += tag + len(values).to_bytes(4, "little")
    return b"CHLO" + len(tags).to_bytes(2, "little") + b"\0\0" + table + values


TAGS = {b"PAD\0": b"-" * 300, b"SNI\0": b"i.YTimg.com", b"VER\0": b"Q043"}


@pytest.mark.parametrize(
    "header",
    [
        b"\x0d" + bytes(8) + b"Q024" + b"\x01" + bytes(12) + b"\0\xa0\x01\x2c\x04",
        b"\x09" + bytes(8) + b"Q043" + b"\x01" + bytes(12) + b"\xa0\x01\x04\x2c",
        b"\xc3" + b"Q046" + b"\x50" + bytes(8) + b"\0\0\0\x01" + bytes(12) + b"\xa0\x01\x04\x2c",
    ],
)
def test_google_quic_in_the_clear(header: bytes) -> None:
    payload = header + chlo(TAGS)
    assert looks_initial(payload)
    assert names(read(payload)) == "i.ytimg.com"
    assert names(read(header + chlo({b"PAD\0": b"", b"VER\0": b""}))) == ""
    assert read(payload[: len(header) + 60]) is None
    assert read(header + b"no such message") is None


def test_what_looks_like_an_initial() -> None:
    assert looks_initial(client_datagrams(NAME)[0])
    assert looks_initial(client_datagrams(NAME, V2)[0])
    assert not looks_initial(long_header(V1, HANDSHAKE, ID) + bytes(50))
    assert not looks_initial(long_header(0, 0, ID) + bytes(50))  # version negotiation
    assert not looks_initial(b"\x40" + bytes(50))
    assert not looks_initial(b"")


@given(st.lists(st.binary(max_size=300), max_size=4), st.sampled_from([V1, V2, 0xFF00001D, 0x51303530]))
def test_arbitrary_bytes_never_raise(payloads: list[bytes], version: int) -> None:
    reader = InitialReader()
    for payload in payloads:
        for dressed in (
            payload,
            b"\xc0" + version.to_bytes(4) + payload,
            b"\x09" + bytes(8) + b"Q035CHLO" + payload,
        ):
            looks_initial(dressed)
            reader.feed(dressed)


@given(st.binary(max_size=200))
def test_arbitrary_frames_never_raise(frames: bytes) -> None:
    read(initial(frames, ID))


def test_an_initial_takes_well_under_a_millisecond() -> None:
    """A gross regression only; it takes some 60 to 90 microseconds on a quiet machine."""
    payload = client_datagrams(NAME)[0]
    began = time.process_time()
    for _ in range(200):
        InitialReader().feed(payload)
    assert (time.process_time() - began) / 200 < 0.001


@pytest.mark.skipif(not wire.PEER_CAPTURES.exists(), reason="the peers' captures are not here")
def test_the_peers_captures() -> None:
    """All names, of all versions, and none where the peers agree that there is none."""
    rows = [json.loads(line) for line in (wire.PEER_CAPTURES / "truth.jsonl").open(encoding="utf-8")]
    rows = [row for row in rows if row["kind"] == "quic"]
    silent = [json.loads(line) for line in (wire.PEER_CAPTURES / "no_sni.jsonl").open(encoding="utf-8")]
    captures = wire.Cached(lambda path: list(wire.udp_payloads(path)))
    missed: Counter[str] = Counter()
    for row in rows:
        hello = first_hello(captures(row), wire.ends(row))
        if hello is None or (hello.sni, hello.ech) != (row["host"], row["ech"]):
            missed[f"{row['file']} {row['host']}"] += 1
    assert not missed
    for row in silent:
        if row["kind"] == "quic":
            assert names(first_hello(captures(row), wire.ends(row))) == ""


def first_hello(packets: list[tuple[wire.Ends, bytes]], ends: wire.Ends) -> Hello | None:
    reader = InitialReader()
    hellos = (reader.feed(payload) for found, payload in packets if found == ends)
    return next((hello for hello in hellos if hello), None)
