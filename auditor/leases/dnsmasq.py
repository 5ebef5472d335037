"""`dnsmasq.leases`: a snapshot of the leases that hold, each with the second of its end (dnsmasq(8)).

    1794615560 00:00:5e:00:53:32 10.20.1.50 el-lt-03 01:00:00:5e:00:53:32
    duid 00:01:00:01:2c:...
    1794615560 1577106 2001:db8::5 el-lt-03 00:01:00:01:...

Beginnings are not written. A server built for machines without a clock writes how long a lease lasts in the place of
its end: such lines, and leases for ever (0), say nothing of when they held.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.leases.doubts import NO_TIME, NOT_UNDERSTOOD, Doubts
from auditor.leases.lines import Lines
from auditor.leases.reader import UTC_TIMES, Place, Reader, Reading
from auditor.leases.values import ip_of, mac_of, mac_of_hex_duid
from auditor.records import LeaseEntry

_LINE = re.compile(r"(\d{1,19}) (\S+) (\S+) (\S+) (\S+)")
_HARDWARE_TYPE = re.compile(r"[0-9a-f]{2}-(?=[0-9a-f]{2}:)", re.IGNORECASE)  # of what is not Ethernet: 06-
_FIRST_TIME, _LAST_TIME = 1_000_000_000, 1 << 33  # 2001, 2242: a smaller number is how long, not until when


def recognises(head: list[str]) -> bool:
    found = (_LINE.fullmatch(line.rstrip()) for line in head)
    return any(each and ip_of(each[3]) and int(each[1]) < _LAST_TIME for each in found)


def read(lines: Lines, place: Place, doubts: Doubts) -> Reading:
    return Reading(UTC_TIMES, _entries(lines, doubts))


def _entries(lines: Lines, doubts: Doubts) -> Iterator[LeaseEntry]:
    for number, line in lines:
        found = _LINE.fullmatch(line.rstrip())
        ip = ip_of(found[3]) if found else ""
        if not found or not ip:
            if line.strip() and not line.startswith("duid "):
                doubts.add(NOT_UNDERSTOOD, number)
            continue
        end_s = int(found[1])
        if not _FIRST_TIME <= end_s < _LAST_TIME:
            doubts.add(NO_TIME, number)
        elif ":" in ip:
            yield LeaseEntry(number, "dhcpv6", mac_of_hex_duid(found[5]), ip, None, end_s, None)
        else:
            mac = mac_of(_HARDWARE_TYPE.sub("", found[2], count=1))
            yield LeaseEntry(number, "dhcp", mac, ip, None, end_s, None)


DNSMASQ_LEASES = Reader("dnsmasq.leases", recognises, read)
