"""Kea's lease files (memfile backend), DHCPv4 and DHCPv6: CSV, a log to which each change of a lease is appended.

    address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id
    10.20.1.50,00:00:5e:00:53:0a,01:00:00:5e:00:53:0a,3600,1794615560,1,0,0,el-lt-03,0,,0

The server heard of the client last at `expire - valid_lifetime`. Kea's manual, 8.2.3:
`.completed`, `.1` and `.2` are earlier parts of the same log. Commas inside a value are written `&#x2c`.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.leases.doubts import NO_TIME, NOT_UNDERSTOOD, Doubts
from auditor.leases.fold import Event, fold
from auditor.leases.lines import Lines, cells_of
from auditor.leases.reader import UTC_TIMES, Place, Reader, Reading
from auditor.leases.values import ip_of, mac_of, mac_of_hex_duid

_INFINITE = 0xFFFFFFFF  # RFC 2131, 3.3
_DEFAULT, _DECLINED = "0", "1"  # states; 2 is expired and reclaimed, 3 released
_PREFIX = "2"  # lease_type of DHCPv6: a prefix, no address
_FIRST_TIME, _LAST_TIME = 1_000_000_000, 1 << 33  # 2001, 2242


def recognises(head: list[str]) -> bool:
    return (
        head[0].startswith(("address,hwaddr,client_id,", "address,duid,valid_lifetime,")) if head else False
    )


def read(lines: Lines, place: Place, doubts: Doubts) -> Reading:
    return Reading(UTC_TIMES, fold(_events(lines, doubts), doubts, place.assumed_lease_s))


def _events(lines: Lines, doubts: Doubts) -> Iterator[Event]:
    columns: dict[str, int] = {}
    width, newest = 0, 0  # newest: the latest second at which the server wrote
    for number, line in lines:
        cells = cells_of(line) if ',"' in line else line.split(",")
        if cells[:1] == ["address"]:
            columns = {name: place for place, name in enumerate(cells)}
            width = len(cells) if {"valid_lifetime", "expire", "state"} <= columns.keys() else 0
            continue
        if not width or len(cells) < width:  # the last row may be cut
            doubts.add(NOT_UNDERSTOOD, number)
            continue
        ip = ip_of(cells[0])
        lifetime, expire = _number(cells[columns["valid_lifetime"]]), _number(cells[columns["expire"]])
        if not ip or lifetime is None or expire is None or not cells[columns["state"]]:
            doubts.add(NOT_UNDERSTOOD, number)
            continue
        if _cell(cells, columns, "lease_type") == _PREFIX:
            continue
        mac = mac_of(_cell(cells, columns, "hwaddr")) or mac_of_hex_duid(_cell(cells, columns, "duid"))
        heard = expire - lifetime
        if lifetime == _INFINITE and heard < 0:  # an expiry beyond 32 bits, cut to them by older versions
            heard += 1 << 32
        if heard < _FIRST_TIME:
            doubts.add(NO_TIME, number)
            continue
        newest = max(newest, heard)
        state = cells[columns["state"]]
        if lifetime == 0:  # it was deleted, after everything that was written before
            yield Event(number, ip, mac, newest, is_end=True)
        elif state == _DECLINED:
            yield Event(number, ip, "", heard, is_end=True)
        else:
            yield Event(number, ip, mac, heard, None if lifetime == _INFINITE else expire)
            if state != _DEFAULT:
                yield Event(number, ip, mac, expire, is_end=True)


def _cell(cells: list[str], columns: dict[str, int], name: str) -> str:
    place = columns.get(name, -1)
    return cells[place] if 0 <= place < len(cells) else ""


def _number(text: str) -> int | None:
    if not text.isdecimal() or not text.isascii() or len(text) > 11:
        return None
    number = int(text)
    return number if number < _LAST_TIME else None


KEA_LEASES = Reader("Kea lease file (CSV)", recognises, read)
