"""The kernel's SHA-256, AES and GCM against the standard library and `cryptography`."""

from __future__ import annotations

import hashlib
import hmac as standard_hmac

import numba
import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.kernel import aes, gcm, sha256

# the kernel's inner functions can be called from compiled code only
compiled_key, compiled_hmac = sha256.hmac_key, sha256.hmac
compiled_expand, compiled_table, compiled_open = aes.expand_key, gcm.hash_table, gcm.open_sealed


@numba.njit(_nrt=False)
def run_hmac(key, message, size, out, states, words, block):
    compiled_key(key, len(key), states, words, block)
    compiled_hmac(states, message, size, out, words, block)


@numba.njit(_nrt=False)
def run_open(key, words, table, nonce, header, header_size, buf, plain):
    compiled_expand(key, words)
    compiled_table(words, table)
    return compiled_open(words, table, nonce, header, header_size, buf, 0, len(buf), plain)


def array(data: bytes) -> np.ndarray:
    """The bytes in an array of their own, never an empty one."""
    return np.frombuffer(data + b"\0", np.uint8).copy()[: max(len(data), 1)]


@settings(max_examples=60)
@given(key=st.binary(min_size=1, max_size=64), message=st.binary(max_size=sha256.LONGEST_MESSAGE))
def test_hmac_as_the_standard_library_has_it(key: bytes, message: bytes) -> None:
    out = np.zeros(32, np.uint8)
    room = np.zeros(16, np.int64), np.zeros(72, np.int64), np.zeros(64, np.uint8)
    run_hmac(array(key), array(message), len(message), out, *room)
    assert out.tobytes() == standard_hmac.new(key, message, hashlib.sha256).digest()


def opened(key: bytes, nonce: bytes, sealed: bytes, header: bytes) -> bytes | None:
    plain = np.zeros(4096, np.uint8)
    words, table = np.zeros(44, np.int64), np.zeros(32, np.uint64)
    numbers = np.frombuffer(nonce, ">u4").astype(np.int64)
    sound = run_open(array(key), words, table, numbers, array(header), len(header), array(sealed), plain)
    return plain[: len(sealed) - gcm.TAG].tobytes() if sound else None


@settings(max_examples=60)
@given(
    key=st.binary(min_size=16, max_size=16),
    nonce=st.binary(min_size=12, max_size=12),
    text=st.binary(max_size=200),
    header=st.binary(max_size=60),
)
def test_gcm_as_cryptography_has_it(key: bytes, nonce: bytes, text: bytes, header: bytes) -> None:
    sealed = AESGCM(key).encrypt(nonce, text, header)
    assert opened(key, nonce, sealed, header) == text


@pytest.mark.parametrize("place", [0, 20, -1])
def test_a_changed_byte_is_refused(place: int) -> None:
    sealed = bytearray(AESGCM(b"k" * 16).encrypt(b"n" * 12, b"t" * 40, b"h"))
    sealed[place] ^= 1
    assert opened(b"k" * 16, b"n" * 12, bytes(sealed), b"h") is None
    assert opened(b"k" * 16, b"n" * 12, AESGCM(b"k" * 16).encrypt(b"n" * 12, b"t" * 40, b"h"), b"x") is None
