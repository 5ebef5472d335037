"""Logs of DHCP servers, by syslog or of their own: ISC dhcpd, dnsmasq, Kea.

    Nov 18 14:00:00 a-host dhcpd[17]: DHCPACK on 10.20.1.50 to 00:00:5e:00:53:0a (el-lt-03) via eth0
    2026-11-18T14:00:00-06:00 a-host dnsmasq-dhcp[9]: DHCPACK(br0) 10.20.1.50 00:00:5e:00:53:0a el-lt-03

Other lines may stand between. Stamps of RFC 3164 name no zone and no year (`wallclock`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from auditor.leases.doubts import NOT_UNDERSTOOD, Doubts
from auditor.leases.fold import Event, fold
from auditor.leases.lines import Lines
from auditor.leases.messages import may_say, said
from auditor.leases.reader import LOCAL_TIMES, OFFSETS, TWICE, Place, Reader, Reading
from auditor.leases.seconds import day_seconds
from auditor.leases.stamps import Stamp, stamp_of
from auditor.leases.wallclock import Moment, WallClock, Years


def recognises(head: list[str]) -> bool:
    for line in head:
        stamp = stamp_of(line) if may_say(line) else None
        if stamp and said(line, stamp.end, stamp.is_structured):
            return True
    return False


def read(lines: Lines, place: Place, doubts: Doubts) -> Reading:
    clock, years = WallClock(place.zone), Years()
    has_local = has_offset = False
    for number, line in lines:
        stamp = stamp_of(line) if may_say(line) else None
        if stamp and stamp.offset_s is None:
            clock.watch(number, _day(stamp, years), stamp.clock_s)
            has_local = True
        has_offset |= bool(stamp and stamp.offset_s is not None)
    years.settle(place.modified_s)
    bases = [OFFSETS] * has_offset + [LOCAL_TIMES] * has_local
    if years.first:
        span = str(years.first) if years.first == years.last else f"{years.first} to {years.last}"
        bases.append(f"no year is written: taken for {span}, by when the file was last written")
    entries = fold(_events(lines, clock, years, doubts), doubts, place.assumed_lease_s)
    return Reading(", ".join(bases), entries)


def _events(lines: Lines, clock: WallClock, years: Years, doubts: Doubts) -> Iterator[Event]:
    for number, line in lines:
        if not may_say(line) or not lines.ended:  # a last line without end is being written
            continue
        stamp = stamp_of(line)
        if stamp is None:
            doubts.add(NOT_UNDERSTOOD, number)
            continue
        day = None if stamp.offset_s is not None else _day(stamp, years)
        found = said(line, stamp.end, stamp.is_structured)
        if found is None:
            continue
        when = _moment(stamp, number, day, clock, years)
        if when is None:
            doubts.add(NOT_UNDERSTOOD, number)
            continue
        if when.earliest_s != when.latest_s:
            doubts.add(TWICE, number)
        until_s = None if found.lease_s is None else when.latest_s + found.lease_s
        yield Event(number, found.ip, found.mac, when.latest_s, until_s, found.is_end, when.earliest_s)


def _day(stamp: Stamp, years: Years) -> Hashable:
    """A key by which the days of local stamps are told apart."""
    return (stamp.year, stamp.month, stamp.day) if stamp.year else years.watch(stamp.month, stamp.day)


def _moment(stamp: Stamp, line: int, day: Hashable, clock: WallClock, years: Years) -> Moment | None:
    if stamp.year:
        day_s = day_seconds(stamp.year, stamp.month, stamp.day)
    else:
        day_s = years.day_seconds(stamp.month, stamp.day)
    if day_s is None:
        return None
    if stamp.offset_s is None:
        return clock.utc(line, day, day_s, stamp.clock_s)
    second = day_s + stamp.clock_s - stamp.offset_s
    return Moment(second, second)


DHCP_SYSLOG = Reader("log of a DHCP server (dhcpd, dnsmasq, Kea)", recognises, read)
