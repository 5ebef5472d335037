"""Small worlds made up by hypothesis: a district, a day, what was seen of it, and who had which address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st
from policy_given import HOSTS, KEY
from slow_clock import local_day
from world_district import (
    AFTER,
    BEFORE,
    MACS,
    PLACES,
    SITES,
    SUPERVISORS,
    UNKNOWN_MAC,
    Chance,
    DistrictMaker,
    change_of_clocks,
    day_bounds,
)

from auditor import pseudonym
from auditor.district import District
from auditor.policy.decide import Decision, decide_another
from auditor.policy.lasting import Lasting
from auditor.warehouse import tables

LISTS = ("staff", "devices", "schedules", "calendar", "exceptions", "approved_tools")
ADDRESSES = ("10.0.0.1", "10.0.0.2")
# Hosts that are seen together: a platform's, those of two platforms, media without a visit.
MEETING = (
    ("www.instagram.com", "scontent.cdninstagram.com"),
    ("i.instagram.com", "www.youtube.com", "rr1.googlevideo.com"),
    ("www.youtube.com", "m.youtube.com"),
    ("grade4.blogspot.com", "cats.blogspot.com", "notgrade4.blogspot.com"),
    ("www.reddit.com", "rr1.googlevideo.com", "connect.facebook.net"),
    ("vimeo.com", "vod.vimeocdn.com", "www.facebook.com", "connect.facebook.net"),
)


@dataclass(frozen=True)
class World:
    """What one local day is decided from."""

    seed: int
    district: District
    day: date
    activity: list[dict[str, Any]]
    leases: list[dict[str, Any]]

    def decided(self, threads: int = 1) -> Decision:
        """What the product says of it."""
        activity = pa.Table.from_pylist(self.activity, schema=tables.partitioned(tables.ACTIVITY))
        leases = pa.Table.from_pylist(self.leases, schema=tables.LEASES)
        return decide_another(Lasting(self.district, KEY), self.day, activity, leases, threads)


def worlds() -> st.SearchStrategy[World]:
    """All happens around one minute: midnight, a change of clocks, or some other.

    hypothesis gives the seed only: left to draw each cell, it repeats itself and seldom gets as far as a valid
    exception that ends in a session. `smallest` makes small what failed.
    """
    return st.integers(0, 2**64 - 1).map(made_world)


def made_world(seed: int) -> World:
    """The world of a seed, always the same."""
    chance = Chance(seed)
    zone, day = chance.choice(PLACES)
    start, end = day_bounds(zone, day)
    change = change_of_clocks(zone, day)
    turns = [start, start + 60, start + 690, end - BEFORE]
    if change is not None:
        turns += [change - BEFORE, change - AFTER, change + 60 - AFTER]
    anchor = chance.choice(turns)
    district = DistrictMaker(chance, zone, day, anchor).district()
    seen = _activity(chance, zone, anchor)
    return World(seed, district, day, seen, _leases(chance, anchor) + _logons(chance, anchor))


def smallest(world: World, fails: Callable[[World], bool]) -> World:
    """The world without all that is not needed for it to fail."""
    smaller = True
    while smaller:
        smaller = False
        for less in _with_one_row_less(world):
            if fails(less):
                world, smaller = less, True
                break
    return world


def _with_one_row_less(world: World) -> Iterator[World]:
    for name in LISTS:
        rows = getattr(world.district, name)
        for at in range(len(rows)):
            yield replace(world, district=replace(world.district, **{name: rows[:at] + rows[at + 1 :]}))
    for name in ("leases", "activity"):
        rows = getattr(world, name)
        for at in range(len(rows)):
            yield replace(world, **{name: rows[:at] + rows[at + 1 :]})


def _activity(chance: Chance, zone: str, anchor: int) -> list[dict[str, Any]]:
    some = [*MACS[:1] * 8, *MACS[:2], *MACS, UNKNOWN_MAC, "", "", "", ""]
    clients = [chance.choice(some) for _ in range(chance.randint(1, 3))]
    hosts = chance.choice(MEETING)
    rows = []
    for number in range(chance.randint(2, 10)):
        mac, start = chance.choice(clients), anchor + chance.randint(-BEFORE, AFTER)
        row = HOSTS[chance.choice(hosts)] | {
            "site": chance.choice(SITES), "client_key": pseudonym.client(KEY, mac) if mac else "",
            "address_key": pseudonym.address(KEY, chance.choice(ADDRESSES)),
            "randomised": mac.startswith("02"), "name_source": chance.choice(["tls", "dns", "quic"]),
            "bytes_up": chance.choice([300, 0]), "bytes_down": chance.choice([1700, 1700, 700]), "packets": 4,
            "flows": chance.choice([1, 2]), "capture": "5" * 64, "frame": number, "reference": False,
            "seen_through": "",
        }  # fmt: skip
        rows += [
            row | {"minute": minute, "day": local_day(minute, zone).isoformat(), "sensor": "s"}
            for minute in range(start, start + chance.choice([1, 2, 5, 9, 20]))
        ]
    return rows


def _leases(chance: Chance, anchor: int) -> list[dict[str, Any]]:
    rows = []
    often = anchor + chance.randint(-BEFORE, AFTER)  # when several begin at once
    for number in range(chance.randint(0, 6)):
        begin = chance.choice([often, anchor + chance.randint(-BEFORE, AFTER)])
        lasts = chance.choice([AFTER, AFTER, 1, 5])
        kind = chance.choice(["dhcp", "dhcp", "dhcpv6", "radius", "arp", "nd"])
        logged = kind == "radius" or (kind not in ("arp", "nd") and chance.random() < 0.4)
        seen = chance.randint(0, lasts - 1) if kind in ("arp", "nd") else 0
        mac = chance.choice([*MACS, *MACS[:2], UNKNOWN_MAC])
        client = pseudonym.client(KEY, mac)
        if chance.random() < 0.15:
            mac, client = "", chance.choice([tables.STUDENT, tables.GUEST, tables.NAMELESS])
        rows.append(
            {
                "address_key": pseudonym.address(KEY, chance.choice(ADDRESSES)),
                "client_key": client, "from_minute": begin, "to_minute": begin + lasts, "frame": number,
                "source": chance.choice("67") * 64 if logged else "5" * 64, "kind": kind,
                "seen_minute": begin + seen, "since_minute": begin - chance.choice([0, 0, 3]), "second": 0,
                "logged": logged, "randomised": mac.startswith("02"), "person": "",
            }
        )  # fmt: skip
    if rows and chance.random() < 0.3:  # a device that claims many addresses
        others = [pseudonym.address(KEY, f"10.9.0.{number}") for number in range(chance.randint(14, 17))]
        claim = rows[0] | {"kind": "arp"}
        rows += [claim | {"address_key": other, "frame": 9} for other in others]
    return rows


def _logons(chance: Chance, anchor: int) -> list[dict[str, Any]]:
    rows = []
    often = anchor + chance.randint(-BEFORE, AFTER)
    for number in range(chance.choice([0, 1, 2, 4])):
        begin = chance.choice([often, anchor + chance.randint(-BEFORE, AFTER)])
        lasts = chance.choice([AFTER, 1, 8])
        person = chance.choice([*SUPERVISORS, "E9", ""])
        rows.append(
            {
                "client_key": pseudonym.client(KEY, chance.choice([UNKNOWN_MAC, UNKNOWN_MAC, *MACS[:3]])),
                "person": pseudonym.person(KEY, person) if person else "", "from_minute": begin,
                "address_key": "", "kind": tables.LOGON, "since_minute": begin, "second": 0, "logged": True,
                "randomised": False,
                "to_minute": begin + lasts, "source": chance.choice("67") * 64, "frame": number,
                "seen_minute": begin + chance.randint(0, lasts - 1),
            }
        )  # fmt: skip
    return rows
