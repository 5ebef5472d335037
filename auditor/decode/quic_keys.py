"""Keys of QUIC Initial packets: they follow from the version and a connection ID, both in the clear.

RFC 9001, 5.2 to 5.4 (version 1), RFC 9369, 3.3 (version 2), the drafts of both, and Google's Q050, T050 and
T051, which took the drafts' way with salts of their own.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

_MAX_NUMBER_LENGTH = 4
_SAMPLE_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Scheme:
    """What tells one family of versions from another."""

    salt: bytes
    label: bytes = b"quic"
    initial_type: int = 0  # the packet type bits of an Initial
    google_frames: bool = False  # frames numbered as in Google's QUIC, not as in RFC 9000


V1 = Scheme(bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"))  # and drafts 33, 34
V2 = Scheme(bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"), b"quicv2", initial_type=1)
V2_DRAFT = Scheme(bytes.fromhex("a707c203a59b47184a1d62ca570406ea7ae3e5d3"), b"quicv2", initial_type=1)
DRAFT_29 = Scheme(bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899"))  # drafts 29 to 32
DRAFT_23 = Scheme(bytes.fromhex("c3eef712c72ebb5a11a7d2432bb46365bef9f502"))  # drafts 23 to 28
DRAFT_22 = Scheme(bytes.fromhex("7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a"))
Q050 = Scheme(bytes.fromhex("504574efd066fe2f9d945cfcdbd3a7f0d3b56b45"), google_frames=True)
T050 = Scheme(bytes.fromhex("7ff579e5acd072915580304c43a2367c60488310"), google_frames=True)
T051 = Scheme(bytes.fromhex("7a4edef4e7ccee5fa4506c19124fc8ccda6e033d"), google_frames=True)

_BY_VERSION: dict[int, Scheme] = {
    0x00000001: V1,
    0x6B3343CF: V2,
    0x709A50C4: V2_DRAFT,  # version 2 in its drafts
    0xFACEB001: DRAFT_22,  # mvfst, Facebook's
    0xFACEB002: DRAFT_23,
    0x51303530: Q050,
    0x54303530: T050,
    0x54303531: T051,
}
_BY_DRAFT = (  # first and last draft
    (22, 22, DRAFT_22),
    (23, 28, DRAFT_23),
    (29, 32, DRAFT_29),
    (33, 34, V1),
)


def schemes(version: int) -> tuple[Scheme, ...]:
    """How an Initial of this version may be protected, likeliest first; () where the version is unknown."""
    if version in _BY_VERSION:
        return (_BY_VERSION[version],)
    if version & 0xFFFFFF00 == 0xFF000000:
        return tuple(scheme for first, last, scheme in _BY_DRAFT if first <= version & 0xFF <= last)
    if version & 0xFFFFFF00 == 0xFACEB000:
        return (DRAFT_23, DRAFT_29, V1)  # mvfst's experiments don't say which draft they follow
    if version & 0x0F0F0F0F == 0x0A0A0A0A:
        return (
            V1,
            DRAFT_29,
            DRAFT_23,
        )  # forces version negotiation (RFC 9000, 15), keyed as the sender likes
    return ()


class ClientKeys:
    """What opens the Initials that a client sends under one scheme and connection ID."""

    __slots__ = ("_aead", "_iv", "_mask")

    def __init__(self, scheme: Scheme, connection_id: bytes) -> None:
        initial = hmac.digest(scheme.salt, connection_id, "sha256")  # HKDF-Extract
        secret = _expand_label(initial, b"client in", 32)
        self._aead = AESGCM(_expand_label(secret, scheme.label + b" key", 16))
        self._iv = int.from_bytes(_expand_label(secret, scheme.label + b" iv", 12))
        protection = AES(_expand_label(secret, scheme.label + b" hp", 16))
        self._mask = Cipher(protection, ECB()).encryptor()

    def open(self, packet: bytes, number_at: int) -> bytes | None:
        """The frames of one whole Initial; None where these are not its keys.

        `number_at` is where its packet number begins. Packet numbers this early are sent in full
        (RFC 9000, 17.1), so nothing is added to what the packet carries.
        """
        sample_at = number_at + _MAX_NUMBER_LENGTH
        sample = packet[sample_at : sample_at + _SAMPLE_LENGTH]
        if len(sample) < _SAMPLE_LENGTH:
            return None
        mask = self._mask.update(sample)
        first = packet[0] ^ mask[0] & 0x0F
        payload_at = number_at + 1 + (first & 3)
        number = bytes(a ^ b for a, b in zip(packet[number_at:payload_at], mask[1:], strict=False))
        header = bytes([first]) + packet[1:number_at] + number
        nonce = (self._iv ^ int.from_bytes(number)).to_bytes(12)
        try:
            return self._aead.decrypt(nonce, packet[payload_at:], header)
        except InvalidTag:
            return None


def _expand_label(secret: bytes, label: bytes, length: int) -> bytes:
    """HKDF-Expand-Label with an empty context (RFC 8446, 7.1)."""
    label = b"tls13 " + label
    info = length.to_bytes(2) + bytes([len(label)]) + label + b"\0"
    return HKDFExpand(SHA256(), length, info).derive(secret)
