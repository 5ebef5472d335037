"""How host names from the wire are spelled: one way for every parser, safe to print and to compare.

Lower case, no trailing dot; a byte outside printable ASCII is spelled \\DDD in decimal and a dot inside a
DNS label is spelled \\. (RFC 4343, 2.1), so two names that differ on the wire never read the same.
"""

from __future__ import annotations

import re

MAX_HOST = 255  # RFC 1035, 2.3.4

_PLAIN = re.compile(rb"[!-\[\]-~]*")  # printable ASCII but the space and the backslash
_CONTROL = re.compile(rb"[\x00-\x20\x7f]")
_LABEL_SPELLING = tuple(
    f"\\{chr(byte)}" if byte in b".\\" else chr(byte).lower() if 0x21 <= byte <= 0x7E else f"\\{byte:03d}"
    for byte in range(256)
)
_HOST_SPELLING = (*_LABEL_SPELLING[: ord(".")], ".", *_LABEL_SPELLING[ord(".") + 1 :])


def spell_label(raw: bytes) -> str:
    """One DNS label in text."""
    if b"." not in raw and _PLAIN.fullmatch(raw):
        return raw.decode("ascii").lower()
    return "".join(_LABEL_SPELLING[byte] for byte in raw)


def spell_host(raw: bytes) -> str:
    """A host as TLS and HTTP carry it; "" where it can't be one: empty, too long, spaces, control bytes."""
    raw = raw.rstrip(b".")
    return "" if len(raw) > MAX_HOST or _CONTROL.search(raw) else spell_text(raw)


def spell_text(raw: bytes) -> str:
    """A name that may hold any byte, its dots being separators."""
    if _PLAIN.fullmatch(raw):
        return raw.decode("ascii").lower()
    return "".join(_HOST_SPELLING[byte] for byte in raw)
