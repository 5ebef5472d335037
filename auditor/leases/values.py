"""MAC addresses, IP addresses and user names as lease files spell them. Text in, text out; '' for none."""

from __future__ import annotations

import ipaddress
import re
import socket

_MAC = re.compile(
    r"[0-9a-f]{12}|[0-9a-f]{1,2}(?:([:-])[0-9a-f]{1,2})(?:\1[0-9a-f]{1,2}){4}"
    r"|[0-9a-f]{4}([.-])[0-9a-f]{4}\2[0-9a-f]{4}|[0-9a-f]{6}[-:][0-9a-f]{6}"
)
_BETWEEN = re.compile("[:.-]")
_DUID_HEAD = {1: 8, 3: 4}  # bytes before the MAC in a DUID-LLT and a DUID-LL (RFC 8415, 11)
_ETHERNET = (1, 6)  # hardware types whose addresses are MACs: Ethernet, IEEE 802
_NOBODY = re.compile(r"(?:anon|anonymous|anonymus|none|unknown|)", re.IGNORECASE)


def mac_of(text: str) -> str:
    """A MAC in any common spelling as `aa:bb:cc:dd:ee:ff`; '' for anything else, and for group addresses."""
    spelt = text.lower()
    if not _MAC.fullmatch(spelt):
        return ""
    if 10 < len(spelt) < 17 and len(parts := _BETWEEN.split(spelt)) == 6:  # 0:0:5e:0:53:1
        spelt = "".join(part.zfill(2) for part in parts)
    digits = _BETWEEN.sub("", spelt)
    if len(digits) != 12 or int(digits[1], 16) & 1 or digits == "000000000000":
        return ""
    return f"{digits[:2]}:{digits[2:4]}:{digits[4:6]}:{digits[6:8]}:{digits[8:10]}:{digits[10:]}"


def mac_of_bytes(data: bytes) -> str:
    """Six bytes as a MAC; '' for anything else."""
    return mac_of(data.hex()) if len(data) == 6 else ""


def mac_of_duid(duid: bytes) -> str:
    """The MAC that a DHCPv6 client's identifier was made from, of whichever interface (RFC 8415, 11.2, 11.4)."""
    head = _DUID_HEAD.get(int.from_bytes(duid[:2]), 0)
    if not head or int.from_bytes(duid[2:4]) not in _ETHERNET:
        return ""
    return mac_of_bytes(duid[head:])


def mac_of_hex_duid(text: str) -> str:
    """The same for `00:01:00:01:...`, with colons or without."""
    try:
        return mac_of_duid(bytes.fromhex(text.replace(":", "").replace("-", "")))
    except ValueError:
        return ""


def ip_of(text: str) -> str:
    """An address that a client may have, in its canonical spelling; '' for anything else."""
    try:
        first = socket.inet_pton(socket.AF_INET, text)[0]
        return text if 0 < first < 224 and first != 127 else ""
    except (OSError, ValueError):
        pass
    try:
        address = ipaddress.IPv6Address(text.partition("%")[0])
    except ValueError:
        return ""
    if address.ipv4_mapped:
        return ip_of(str(address.ipv4_mapped))
    return "" if address.is_multicast or address.is_unspecified or address.is_loopback else str(address)


def user_of(text: str) -> str:
    """A User-Name as it was sent; '' where it names no person: a computer, a MAC, an anonymous outer name.

    `host/PC.example.org` and `PC$` are computers (Windows machine authentication), a MAC is MAC authentication
    bypass, `anonymous` is the outer name of a tunnelled method (RFC 7542, 2.4; RFC 5281, 7.3).
    """
    name = text.strip()
    local = name.rpartition("\\")[2].partition("@")[0].strip()
    computer = name.lower().startswith("host/") or local.endswith("$")
    return "" if computer or _NOBODY.fullmatch(local) or mac_of(local) else name
