"""The kernel's SHA-256, AES and GCM, portable and by instructions, against vectors of the standards, the standard
library and `cryptography`."""

from __future__ import annotations

import ctypes
import hashlib
import hmac as standard_hmac
import mmap
import os
import subprocess
import sys
from types import SimpleNamespace

import numba
import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.kernel import aes, gcm, native_gcm, native_sha256, processor, quic, sha256


def callable_from_python(hashing, cipher, sealing) -> SimpleNamespace:
    """The kernel's inner functions can be called from compiled code only."""
    hmac_key, derive = hashing.hmac_key, hashing.derive
    expand_key, header_mask = cipher.expand_key, cipher.header_mask
    hash_table, open_sealed = sealing.hash_table, sealing.open_sealed

    @numba.njit(_nrt=False)
    def run_derive(salt, block, labels, states, out, room):
        hmac_key(salt, states, room)
        derive(states, block, labels, out, room)

    @numba.njit(_nrt=False)
    def run_mask(key, words, buf, at):
        expand_key(key, words)
        return header_mask(words, buf, at)

    @numba.njit(_nrt=False)
    def run_keys(key, words, table):
        expand_key(key, words)
        hash_table(words, table)

    @numba.njit(_nrt=False)
    def run_open(words, table, nonce, header, header_size, buf, at, end, plain):
        return open_sealed(words, table, nonce, header, header_size, buf, at, end, plain)

    return SimpleNamespace(derive=run_derive, mask=run_mask, keys=run_keys, open=run_open)


PORTABLE = callable_from_python(sha256, aes, gcm)
NATIVE = callable_from_python(native_sha256, native_gcm, native_gcm)

ways_to_hash = pytest.mark.parametrize(
    "way",
    [
        pytest.param(PORTABLE, id="portable"),
        pytest.param(
            NATIVE, id="native", marks=pytest.mark.skipif(not processor.HAS_SHA, reason="no SHA instructions")
        ),
    ],
)
needs_aes = pytest.mark.skipif(not processor.HAS_AES, reason="no AES instructions")
ways_to_open = pytest.mark.parametrize(
    "way", [pytest.param(PORTABLE, id="portable"), pytest.param(NATIVE, id="native", marks=needs_aes)]
)


def array(data: bytes, size: int = 0) -> np.ndarray:
    """The bytes in an array of their own, with zeros behind them up to `size`; never an empty one."""
    return np.frombuffer(data.ljust(max(size, 1), b"\0"), np.uint8).copy()


# --- keys ----------------------------------------------------------------------------------------------------------


def derived(way: SimpleNamespace, salt: bytes, connection_id: bytes, labels: bytes) -> tuple[bytes, ...]:
    out = np.zeros(96, np.uint8)
    room = np.zeros(sha256.STATES, np.uint32), out, np.zeros(sha256.ROOM, np.uint32)
    way.derive(array(salt, 32), array(sha256.padded(connection_id)), array(labels), *room)
    return tuple(out[start : start + 32].tobytes() for start in (0, 32, 64))


# RFC 9001, A.1; RFC 9369, A.1; draft-ietf-quic-tls-29, A.1
RFC_ID = bytes.fromhex("8394c8f03e515708")
RFC_KEYS = [
    (
        0,
        0,
        "1f369613dd76d5467730efcbe3b1a22d",
        "fa044b2f42a3fd3b46fb255c",
        "9f50449e04a0e810283a1e9933adedd2",
    ),
    (
        1,
        1,
        "8b1a0bc121284290a29e0971b5cd045d",
        "91f73e2351d8fa91660e909f",
        "45b95e15235d6f45a6b19cbcb0294ba9",
    ),
    (
        2,
        0,
        "175257a31eb09dea9366d8bb79ad80ba",
        "6b26114b9cba2b63a9e8dd4f",
        "9ddd12c994c0698b89374a9c077a3077",
    ),
]


@ways_to_hash
@pytest.mark.parametrize(("salt", "labels", "key", "iv", "header_key"), RFC_KEYS)
def test_keys_of_the_standards(
    way: SimpleNamespace, salt: int, labels: int, key: str, iv: str, header_key: str
) -> None:
    bytes_of_salt = quic.SALTS[quic.SALT_SIZE * salt : quic.SALT_SIZE * (salt + 1)].tobytes()
    found = derived(way, bytes_of_salt, RFC_ID, quic.LABELS[labels].tobytes())
    assert (found[0][:16].hex(), found[1][:12].hex(), found[2][:16].hex()) == (key, iv, header_key)


@ways_to_hash
@settings(max_examples=60)
@given(
    salt=st.binary(max_size=32),
    connection_id=st.binary(max_size=sha256.LONGEST_MESSAGE),
    infos=st.lists(st.binary(max_size=sha256.LONGEST_MESSAGE - 1), min_size=4, max_size=4),
)
def test_keys_as_others_derive_them(
    way: SimpleNamespace, salt: bytes, connection_id: bytes, infos: list[bytes]
) -> None:
    first = standard_hmac.new(salt, connection_id, hashlib.sha256).digest()
    client = HKDFExpand(SHA256(), 32, infos[0]).derive(first)
    expected = tuple(HKDFExpand(SHA256(), 32, info).derive(client) for info in infos[1:])
    labels = b"".join(sha256.padded(info + b"\x01") for info in infos)
    assert derived(way, salt, connection_id, labels) == expected


# --- AES -----------------------------------------------------------------------------------------------------------


def mask(way: SimpleNamespace, key: bytes, block: bytes, at: int = 0) -> bytes:
    number = way.mask(array(key), np.zeros(aes.KEY_WORDS, np.uint32), array(block), at)
    return int(number).to_bytes(5, "big")


@ways_to_open
def test_a_block_of_the_standard(way: SimpleNamespace) -> None:
    """FIPS 197, appendices B and C.1."""
    key, block = (
        bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"),
        bytes.fromhex("3243f6a8885a308d313198a2e0370734"),
    )
    assert mask(way, key, block).hex() == "3925841d02"
    key, block = bytes(range(16)), bytes.fromhex("00112233445566778899aabbccddeeff")
    assert mask(way, key, block).hex() == "69c4e0d86a"


@ways_to_open
@settings(max_examples=60)
@given(
    key=st.binary(min_size=16, max_size=16), block=st.binary(min_size=16, max_size=16), at=st.integers(0, 20)
)
def test_a_block_as_cryptography_has_it(way: SimpleNamespace, key: bytes, block: bytes, at: int) -> None:
    expected = Cipher(AES(key), ECB()).encryptor().update(block)
    assert mask(way, key, bytes(at) + block, at) == expected[:5]


# --- GCM -----------------------------------------------------------------------------------------------------------


def opened(
    way: SimpleNamespace, key: bytes, nonce: bytes, sealed: bytes, header: bytes, at: int = 0
) -> bytes | None:
    plain, room = np.zeros(4096, np.uint8), array(header, 512)
    words, table = np.zeros(aes.KEY_WORDS, np.uint32), np.zeros(quic.HASH_ROW, np.uint64)
    way.keys(array(key), words, table)
    numbers = np.frombuffer(nonce, ">u4").astype(np.uint32)
    buf = array(bytes(at) + sealed)
    sound = way.open(words, table, numbers, room, len(header), buf, at, len(buf), plain)
    return plain[: len(sealed) - gcm.TAG].tobytes() if sound else None


# McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 1, 2, 3 and 4
GCM_KEY, GCM_NONCE = "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888"
GCM_TEXT = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
)
GCM_SEALED = (
    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
    "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"
)
GCM_VECTORS = [
    ("00" * 16, "00" * 12, "", "", "58e2fccefa7e3061367f1d57a4e7455a"),
    ("00" * 16, "00" * 12, "00" * 16, "", "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"),
    (GCM_KEY, GCM_NONCE, GCM_TEXT, "", GCM_SEALED + "4d5c2af327cd64a62cf35abd2ba6fab4"),
    (
        GCM_KEY, GCM_NONCE, GCM_TEXT[:120], "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        GCM_SEALED[:120] + "5bc94fbc3221a5db94fae95ae7121a47",
    ),
]  # fmt: skip


@ways_to_open
@pytest.mark.parametrize("vector", GCM_VECTORS, ids=["1", "2", "3", "4"])
def test_gcm_of_its_authors(way: SimpleNamespace, vector: tuple[str, ...]) -> None:
    key, nonce, text, header, sealed = (bytes.fromhex(part) for part in vector)
    assert opened(way, key, nonce, sealed, header) == text


@ways_to_open
@settings(max_examples=100)
@given(
    key=st.binary(min_size=16, max_size=16),
    nonce=st.binary(min_size=12, max_size=12),
    text=st.binary(max_size=200),
    times=st.sampled_from([0, 1, 7]),
    header=st.binary(max_size=60),
    at=st.integers(0, 17),
)
def test_gcm_as_cryptography_has_it(
    way: SimpleNamespace, key: bytes, nonce: bytes, text: bytes, times: int, header: bytes, at: int
) -> None:
    sealed = AESGCM(key).encrypt(nonce, text * times, header)
    assert opened(way, key, nonce, sealed, header, at) == text * times


@ways_to_open
@pytest.mark.parametrize("size", [0, 1, 40, 64, 65, 200])
def test_any_changed_bit_is_refused(way: SimpleNamespace, size: int) -> None:
    key, nonce, header = b"k" * 16, b"n" * 12, b"h" * 17
    sealed = AESGCM(key).encrypt(nonce, b"t" * size, header)
    assert opened(way, key, nonce, sealed, header) == b"t" * size
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1 << place % 8
        assert opened(way, key, nonce, bytes(changed), header) is None
    assert opened(way, key, nonce, sealed, b"x" + header[1:]) is None
    assert opened(way, key, nonce, sealed, header[:-1]) is None
    assert opened(way, key, b"m" * 12, sealed, header) is None


# --- raw memory ----------------------------------------------------------------------------------------------------


def at_the_edge(data: np.ndarray) -> np.ndarray:
    """A copy whose end is the end of readable memory: one byte more and the process dies."""
    size = -(-data.nbytes // mmap.PAGESIZE) * mmap.PAGESIZE
    pages = mmap.mmap(-1, size + mmap.PAGESIZE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(pages))
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    assert protect(ctypes.c_void_p(start + size), ctypes.c_size_t(mmap.PAGESIZE), 0) == 0
    found = np.frombuffer(pages, data.dtype, len(data), size - data.nbytes)
    found[:] = data
    return found


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mprotect"), reason="no mprotect")
@ways_to_open
@pytest.mark.parametrize("size", [*range(18), 31, 32, 33, 63, 64, 65, 80, 127, 128, 129])
def test_opening_stays_within_its_arrays(way: SimpleNamespace, size: int) -> None:
    text, header = bytes(range(size)), bytes(size)
    whole = -(-size // 16) * 16
    words, table, nonce, block, room, plain = (
        at_the_edge(part)
        for part in (
            np.zeros(aes.KEY_WORDS, np.uint32), np.zeros(quic.HASH_ROW, np.uint64), np.zeros(3, np.uint32),
            array(b"k" * 16), array(header, whole), np.zeros(max(whole, 1), np.uint8),
        )
    )  # fmt: skip
    way.keys(block, words, table)
    buf = at_the_edge(array(AESGCM(b"k" * 16).encrypt(bytes(12), text, header)))
    assert way.open(words, table, nonce, room, size, buf, 0, len(buf), plain)
    assert plain[:size].tobytes() == text
    assert way.mask(block, words, block, 0) >= 0


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mprotect"), reason="no mprotect")
@ways_to_hash
def test_deriving_stays_within_its_arrays(way: SimpleNamespace) -> None:
    parts = (
        array(b"", 32), array(sha256.padded(RFC_ID)), quic.LABELS[0], np.zeros(sha256.STATES, np.uint32),
        np.zeros(96, np.uint8), np.zeros(sha256.ROOM, np.uint32),
    )  # fmt: skip
    salt, block, labels, states, out, room = (at_the_edge(part) for part in parts)
    way.derive(salt, block, labels, states, out, room)
    assert out.tobytes() == b"".join(derived(PORTABLE, b"", RFC_ID, quic.LABELS[0].tobytes()))


MOST = (1 << 63) - 1


@needs_aes
def test_instructions_refuse_what_does_not_lie_in_the_arrays() -> None:
    words, table = np.zeros(aes.KEY_WORDS, np.uint32), np.zeros(quic.HASH_ROW, np.uint64)
    NATIVE.keys(array(b"k" * 16), words, table)
    sealed = AESGCM(b"k" * 16).encrypt(bytes(12), b"t" * 40, b"h" * 20)
    buf, header, nonce = array(sealed), array(b"h" * 20, 32), np.zeros(3, np.uint32)

    def sound(words=words, table=table, nonce=nonce, header=header, size=20, buf=buf, at=0, end=56, room=48):
        plain = np.full(room, 7, np.uint8)
        found = NATIVE.open(words, table, nonce, header, size, buf, at, end, plain)
        assert found or (plain == 7).all()
        return found

    assert sound()
    for wrong in (
        {"words": words[:43]}, {"table": table[:7]}, {"nonce": nonce[:2]}, {"header": header[:31]}, {"size": -1},
        {"size": 33}, {"buf": buf[:55]}, {"at": -1}, {"at": 41}, {"at": 1 << 62}, {"at": MOST}, {"at": -MOST},
        {"end": 57}, {"end": 15},
        {"end": -1}, {"end": -MOST}, {"end": MOST}, {"size": MOST}, {"room": 47}, {"room": 0},
    ):  # fmt: skip
        assert not sound(**wrong), wrong
    for at in (-1, 41, MOST, -MOST):
        assert NATIVE.mask(array(b"k" * 16), words, buf, at) == 0
    untouched = np.zeros(aes.KEY_WORDS, np.uint32)
    assert NATIVE.mask(array(b"k" * 15), untouched, buf, 0) >= 0
    assert not untouched.any()


# --- which way is taken --------------------------------------------------------------------------------------------

MODES = [
    {"NUMBA_DISABLE_JIT": "1"},
    {"NUMBA_BOUNDSCHECK": "1"},
    {"NUMBA_CPU_FEATURES": ""},
    {"NUMBA_CPU_NAME": "generic"},
]


@pytest.mark.long
@pytest.mark.parametrize("mode", MODES, ids=["plain", "checked", "featureless", "generic"])
def test_other_modes_are_portable_and_right(mode: dict[str, str]) -> None:
    code = "from auditor.kernel import processor; assert not processor.HAS_AES and not processor.HAS_SHA"
    environment = {**os.environ, **mode}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    chosen = ["-k", "portable and not modes", "-p", "no:cacheprovider", __file__]
    command = [sys.executable, "-m", "pytest", *chosen]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert " passed" in run.stdout


def found(function: object) -> object:
    """The function itself where it stands for one of a module that is imported late."""
    return getattr(function, "found", function)


def test_what_the_processor_has_is_used() -> None:
    assert found(quic.open_sealed) is (native_gcm.open_sealed if processor.HAS_AES else gcm.open_sealed)
    assert found(quic.derive) is (native_sha256.derive if processor.HAS_SHA else sha256.derive)
