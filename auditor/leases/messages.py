"""What DHCP servers write into their logs: ISC dhcpd, dnsmasq and Kea, DHCPv4 and DHCPv6.

Only what stands at a message's beginning counts: host names come from clients, and one may be written so as to look
like another message.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from auditor.leases.values import ip_of, mac_of, mac_of_hex_duid

_TAG = re.compile(r"(?:[^\s()\[\]]*[^\s()\[\]:] ){0,3}?[^\s()\[\]:]+(?:\[\d+\])?: ")  # "a-host dhcpd[17]: "
_STRUCTURED = re.compile(r"\S+ \S+ \S+ \S+ (?:-|(?:\[[^\]]*\])+) \ufeff?")  # RFC 5424: host, application, ids
_LEVEL = re.compile(r"(?:FATAL|ERROR|WARN|INFO|DEBUG) +(?:\[[^\]\s]*\] )?")  # Kea's logger
_TRANSACTION = re.compile(r"\d+ (?=DHCP)")  # dnsmasq with log-dhcp

_ISC = re.compile(
    r"DHCP(?:(ACK) on|(RELEASE|DECLINE) of|EXPIRE (?:on|of)) (\S+) (?:to|from) ([0-9A-Fa-f:]+)(?: |$)"
)
_ISC_LEASE_TIME = re.compile(r" lease-duration (\d{1,10})\b")
_ISC_V6 = re.compile(
    r"Reply NA: address (\S+) to client with duid (\S+) iaid = \S+ valid for (\d{1,10}) seconds"
)
_ISC_V6_RELEASE = re.compile(r"Client (\S+) releases address ([0-9A-Fa-f:.]+)(?! *,)")
_DNSMASQ = re.compile(r"DHCP(ACK|REPLY|RELEASE|DECLINE)\([^()\s]+\) (\S+) ([0-9A-Fa-f:-]+)(?: |$)")
_KEA = re.compile(
    r"DHCP[46]_(LEASE_ALLOC|LEASE_REUSE|LEASE_RENEW|RELEASE|RELEASE_NA|RELEASE_EXPIRED|DECLINE_LEASE) "
)
_KEA_CLIENT = re.compile(r"hwtype=1 ([0-9a-fA-F:]{17})\b")
_KEA_DUID = re.compile(r"duid=\[?([0-9a-fA-F:]+)")
_KEA_ADDRESS = re.compile(r"(?:address|lease|addr) ([0-9a-fA-F]*[.:][0-9a-fA-F.:]*[0-9a-fA-F:])(?=[ ,.]|$)")
_KEA_LEASE_TIME = re.compile(r" (?:allocated|reused|renewed) for (\d{1,10}) seconds")
_SIGNS = ("DHCP", "Reply NA: ", " releases address ")
_FOREVER = 0xFFFFFFFF  # RFC 2131, 3.3


class Said(NamedTuple):
    """What a server said of an address."""

    ip: str
    mac: str  # '' where the client is known by no MAC
    lease_s: int | None = None  # of a grant; None where it isn't said, or is for ever
    is_end: bool = False


def may_say(line: str) -> bool:
    """Whether a line is worth a closer look."""
    return any(sign in line for sign in _SIGNS)


def said(line: str, at: int, is_structured: bool) -> Said | None:
    """What the line says behind its stamp, which ends at `at`; None where it is no grant and no end."""
    found = (_STRUCTURED if is_structured else _TAG).match(line, at)
    at = found.end() if found else at
    for prefix in (_LEVEL, _TRANSACTION):
        found = prefix.match(line, at)
        at = found.end() if found else at
    answer = _dhcpd(line, at) or _dnsmasq(line, at) or _kea(line, at)
    return answer if answer and answer.ip else None


def _dhcpd(line: str, at: int) -> Said | None:
    found = _ISC.match(line, at)
    if found:
        if line.endswith("(not found)"):  # a release of what the client didn't have
            return None
        lease = _ISC_LEASE_TIME.search(line, found.end(4)) if found[1] else None
        return Said(ip_of(found[3]), mac_of(found[4]), _lasting(lease[1]) if lease else None, not found[1])
    found = _ISC_V6.match(line, at)
    if found:
        return Said(ip_of(found[1]), mac_of_hex_duid(found[2]), _lasting(found[3]))
    found = _ISC_V6_RELEASE.match(line, at)
    return Said(ip_of(found[2]), mac_of_hex_duid(found[1]), is_end=True) if found else None


def _dnsmasq(line: str, at: int) -> Said | None:
    found = _DNSMASQ.match(line, at)
    if not found:
        return None
    ip = ip_of(found[2])
    mac = mac_of_hex_duid(found[3]) if ":" in ip else mac_of(found[3])
    return Said(ip, mac, is_end=found[1] in ("RELEASE", "DECLINE"))


def _kea(line: str, at: int) -> Said | None:
    found = _KEA.match(line, at)
    if not found:
        return None
    address = _KEA_ADDRESS.search(line, found.end())
    client, duid = _KEA_CLIENT.search(line, found.end()), _KEA_DUID.search(line, found.end())
    mac = mac_of(client[1]) if client else mac_of_hex_duid(duid[1]) if duid else ""
    lease = _KEA_LEASE_TIME.search(line, found.end())
    is_end = not found[1].startswith("LEASE_")
    return Said(ip_of(address[1]), mac, _lasting(lease[1]) if lease else None, is_end) if address else None


def _lasting(text: str) -> int | None:
    seconds = int(text)
    return None if seconds >= _FOREVER else seconds
