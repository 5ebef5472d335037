"""Google's QUIC before the IETF's: its first packet carries the name in the clear (Q024 to Q046).

"QUIC Crypto" and "QUIC Wire Layout Specification" (Google, 2013 to 2016): a CHLO message is a table of
four-letter tags and the ends of their values, then the values.
"""

from __future__ import annotations

import re

from auditor.decode.names import spell_host
from auditor.decode.tls import Hello

CHLO = b"CHLO"
MAX_TAGS = 128  # the specification's own bound

_FLAG_VERSION = 0x01
_FLAG_CONNECTION_ID = 0x08
_FLAG_LONG = 0x80  # Q044 and Q046 took the long header of their day
_CLEAR_VERSION = re.compile(rb"Q0(2[4-9]|3\d|4[0-6])")


def clear_version(payload: bytes) -> bool:
    """Whether a UDP payload is a client's packet of a version that doesn't hide its hello."""
    if len(payload) < 14:
        return False
    flags = payload[0]
    if flags & _FLAG_LONG:
        version_at = 1
    elif flags & _FLAG_VERSION:
        version_at = 9 if flags & _FLAG_CONNECTION_ID else 1
    else:
        return False
    return _CLEAR_VERSION.match(payload, version_at) is not None


def clear_hello(payload: bytes) -> Hello | None:
    """The hello of a packet that `clear_version` accepts.

    What stands before the message differs by version (packet number, hash, private flags, stream
    frame) and says nothing that is wanted here, so the message is looked for instead of walked to.
    """
    at = payload.find(CHLO)
    return chlo(payload[at:]) if at >= 0 else None


def chlo(message: bytes) -> Hello | None:
    """The name in a CHLO message; values that are cut off count as absent."""
    count = int.from_bytes(message[4:6], "little")
    values_at = 8 + 8 * count
    if message[:4] != CHLO or not 0 < count <= MAX_TAGS or len(message) < values_at:
        return None
    start = 0
    for entry in range(8, values_at, 8):
        end = int.from_bytes(message[entry + 4 : entry + 8], "little")
        if end < start or values_at + end > len(message):
            return None
        if message[entry : entry + 4] == b"SNI\0":
            return _hello(spell_host(message[values_at + start : values_at + end]))
        start = end
    return _hello("")


def _hello(sni: str) -> Hello:
    return Hello(sni, ech=False, esni=False, alpn=(), version=0)
