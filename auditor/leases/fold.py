"""What a server did, event by event, folded into who held which address from when until when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from auditor.leases.doubts import Doubts
from auditor.records import LeaseEntry

MOST_ADDRESSES = 1 << 18  # held at once; the one that was silent longest goes


class Event(NamedTuple):
    """Something a server noted: a grant (or renewal), or that an address is nobody's any more."""

    line: int
    ip: str
    mac: str  # '' where none is named; of an end: whoever has it
    at_s: int  # UTC; where the clock came twice and nothing tells which it was, the later
    until_s: int | None = None  # of a grant: when it will lapse, exclusive; None where nothing says
    is_end: bool = False
    earliest_s: int | None = None  # where the clock came twice: the earlier


@dataclass(slots=True)
class _Hold:
    line: int
    mac: str
    start_s: int
    end_s: int | None
    seen_s: int
    over: bool = False  # and told: kept so that the same is not told again

    def entry(self, ip: str, cut_s: int | None = None) -> LeaseEntry:
        """As far as it was known, or as far as `cut_s`, where it was seen to end."""
        end_s, ended = self.end_s, cut_s is not None and (self.end_s is None or cut_s <= self.end_s)
        if ended and cut_s is not None:
            end_s = max(cut_s, self.start_s)
        return LeaseEntry(self.line, _kind(ip), self.mac, ip, self.start_s, end_s, self.seen_s, ended)


def fold(events: Iterable[Event], doubts: Doubts, assumed_lease_s: int) -> Iterator[LeaseEntry]:
    """Holds, each as soon as it is over; those that are not at the end of the file come last.

    A renewal goes on with the hold it renews, unless that had lapsed before: by its own end, or where no end was
    named `assumed_lease_s` after it was last seen. A hold ends where another client is given the address. A client
    that gives back what the file doesn't show it got makes an entry without length.
    """
    held: dict[str, _Hold] = {}  # by address, the one silent longest first
    for event in events:
        ip = event.ip
        hold = held.get(ip)
        if event.is_end:
            if hold is None:
                if event.mac:
                    yield _hold_of(event).entry(ip, event.at_s)
            elif event.mac in ("", hold.mac) and event.at_s >= hold.start_s and not hold.over:
                hold.over = True
                yield hold.entry(ip, _earliest(event))
            continue
        if hold is None:
            if len(held) >= MOST_ADDRESSES:
                doubts.add("addresses in lease files let go early, the table being full", event.line)
                oldest = next(iter(held))
                gone = held.pop(oldest)
                if not gone.over:
                    yield gone.entry(oldest)
        elif event.at_s < hold.start_s:  # lines in disorder, as of two servers that log into one file
            yield _hold_of(event).entry(ip, hold.start_s)
            continue
        elif hold.over:
            if hold.mac == event.mac and hold.seen_s == event.at_s:
                continue
            del held[ip]
        elif hold.mac == event.mac and event.at_s <= _lapse(hold, assumed_lease_s):
            if event.at_s >= hold.seen_s:
                hold.seen_s, hold.end_s = event.at_s, event.until_s
                held[ip] = held.pop(ip)
            continue
        else:
            del held[ip]
            if hold.mac == event.mac:
                yield hold.entry(ip)
            elif _earliest(event) > hold.start_s:
                yield hold.entry(ip, _earliest(event))
        held[ip] = _hold_of(event)
    for ip, hold in held.items():
        if not hold.over:
            yield hold.entry(ip)


def _hold_of(event: Event) -> _Hold:
    return _Hold(event.line, event.mac, event.at_s, event.until_s, event.at_s)


def _earliest(event: Event) -> int:
    return event.at_s if event.earliest_s is None else event.earliest_s


def _lapse(hold: _Hold, assumed_lease_s: int) -> int:
    return hold.seen_s + assumed_lease_s if hold.end_s is None else hold.end_s


def _kind(ip: str) -> str:
    return "dhcpv6" if ":" in ip else "dhcp"
