"""Who held an address: the book against a slow one, spells of claims, and what is too much."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import pseudonym
from auditor.district import DeviceRow, District, Settings, StaffRow
from auditor.jobs.holdings import MOST_A_MINUTE, Evidence, Holdings
from auditor.jobs.holds import MOST_ADDRESSES, Lease
from auditor.jobs.leases import CLAIM_HOLDS_MINUTES, DAY_MINUTES, MOST_DAYS, LeaseBook
from auditor.policy.decide import day_evaluated
from auditor.warehouse import tables

KEY = bytes(range(32))
MACS = {"teacher": "00:00:5e:00:53:01", "student": "00:00:5e:00:53:02", "guest": "00:00:5e:00:53:03"}
KEYS = {name: pseudonym.client(KEY, mac) for name, mac in MACS.items()} | {"unknown": "u" * 16}
WORDS = {"student": "student", "guest": "guest", "unknown": ""}  # in place of a client's pseudonym
ONE_EACH = (*KEYS.values(), "unknown")  # what may stand for others; `student` and `guest` are many devices
START = 20_000 * DAY_MINUTES  # a UTC day's first minute
TYPES = [(column.name, column.type) for column in tables.ACTIVITY]
ONE = "1" * 64
SKEW = 2  # minutes that the clock of a log may be off: the default


def district() -> District:
    rows = [
        DeviceRow(line, f"D{line}", mac, "personal", "E1" if name == "teacher" else name, "", None, None)
        for line, (name, mac) in enumerate(MACS.items(), start=2)
    ]
    staff = StaffRow(2, "E1", "", "", "high", "teacher", "", "", None, None)
    return District(Path(), Settings(), (staff,), tuple(rows), (), (), (), ())


class Stored:
    """The leases of a warehouse, and which spans were asked for."""

    def __init__(self, *leases: Lease) -> None:
        self.leases = leases
        self.asked: list[tuple[int, int]] = []

    def __call__(self, first: int, last: int) -> pa.Table:
        self.asked.append((first, last))
        rows = [row.row() for row in self.leases if row.from_minute < last and row.to_minute > first]
        return pa.Table.from_pylist(rows, schema=tables.LEASES)


def book(*stored: Lease) -> LeaseBook:
    return LeaseBook(district(), KEY, Stored(*stored))


def lease(
    name: str,
    first: int,
    last: int,
    kind: str = "dhcp",
    seen: int | None = None,
    address: str = "a",
    frame: int = 1,
) -> Lease:
    """`first`, `last` and `seen` are minutes after START."""
    times = START + first, START + last
    return Lease(*times, KEYS[name], address, ONE, frame, kind, START + (first if seen is None else seen))


def owner(known: LeaseBook, minute: int, address: str = "a") -> str:
    return known.owner("", address, START + minute)


def off(row: Lease) -> int:
    return SKEW if row.logged else 0


def apart(one: Lease, other: Lease) -> int:
    return (off(one) + off(other)) * (one.source != other.source)


def followers(row: Lease, told: list[Lease]) -> list[Lease]:
    leases = [other for other in told if other.kind not in ("arp", "nd")]
    return [other for other in leases if told_as(other) != told_as(row) and other.to_minute > row.since]


def told_as(row: Lease) -> str:
    """Students' devices are not told apart, nor are guests'."""
    minors = {KEYS["student"]: "student", KEYS["guest"]: "guest"}
    return minors.get(row.client_key, row.client_key)


def naive_owner(leases: list[Lease], minute: int) -> str:
    """What `owner` says of address `a`, from the words of its docstring and of the SQL."""
    claims = [row for row in leases if row.kind in ("arp", "nd")]
    many = {
        client
        for client in ONE_EACH
        if len({row.address_key for row in claims if row.client_key == client}) > MOST_ADDRESSES
    }
    now = START + minute
    told = [
        row for row in leases if row.address_key == "a" and not (row in claims and row.client_key in many)
    ]
    held = [
        row
        for row in told
        if row.from_minute - off(row) <= now < row.to_minute + off(row)
        and not any(
            other.since > row.seen_minute + apart(row, other) and now >= other.since + off(other) + off(row)
            for other in followers(row, told)
        )
    ]
    standing = {
        row.client_key
        for row in held
        if row.from_minute <= now < row.to_minute
        and not any(
            now < row.since + off(row)
            or other.seen_minute + apart(row, other) >= row.since
            or (row in claims and other not in claims)
            for other in held
            if told_as(other) != told_as(row)
        )
        and not any(
            now >= other.since and other.since + apart(row, other) >= row.seen_minute
            for other in followers(row, told)
        )
    }
    who = {KEYS["teacher"]: "E1", KEYS["student"]: "student", KEYS["guest"]: "guest"} | WORDS
    if standing:
        return who.get(standing.pop(), "")
    owners = {who.get(row.client_key, "") for row in held}
    return "student" if "student" in owners else "guest" if "guest" in owners else ""


@st.composite
def many_leases(draw: st.DrawFn) -> list[Lease]:
    made = []
    for frame in range(draw(st.integers(0, 9))):
        first, lasts = draw(st.integers(0, 30)), draw(st.integers(1, 20))
        kind = draw(st.sampled_from(["dhcp", "dhcpv6", "arp", "nd"]))
        seen = first + (draw(st.integers(0, lasts - 1)) if kind in ("arp", "nd") else 0)
        address = draw(st.sampled_from(["a", "a", "b"]))
        name = draw(st.sampled_from(sorted(KEYS)))
        one = lease(name, first, first + lasts, kind, seen, address, frame)
        if kind not in ("arp", "nd") and draw(st.booleans()):
            one = one._replace(logged=True, source=draw(st.sampled_from("23")) * 64)
        if draw(st.integers(0, 3)) == 0:
            one = one._replace(client_key=draw(st.sampled_from(sorted(WORDS))))
        if draw(st.integers(0, 3)) == 0:  # in two parts
            made.append(one._replace(from_minute=one.from_minute - 2, to_minute=one.from_minute))
            one = one._replace(since_minute=one.from_minute - 2)
        made.append(one)
    if made and draw(st.booleans()):
        claim = made[0]._replace(kind="arp")
        made += [claim._replace(address_key=f"x{number}") for number in range(draw(st.integers(14, 17)))]
    return made


@settings(max_examples=400)
@given(many_leases(), st.lists(st.integers(0, 52), min_size=1, max_size=8), st.randoms())
def test_the_book_says_what_a_slow_one_says(leases: list[Lease], minutes: list[int], chance: Any) -> None:
    """Whether leases come from the warehouse, before the day is first asked for, or after."""
    stored = [row for row in leases if chance.random() < 0.3]
    known = LeaseBook(district(), KEY, Stored(*stored))
    for row in leases:
        if chance.random() < 0.2:
            owner(known, 0)
        if row not in stored:
            known.add(row)
    for minute in minutes:
        assert owner(known, minute) == naive_owner(leases, minute)


def policy_owner(leases: list[Lease], minutes: list[int]) -> dict[int, str]:
    """What the policy's SQL says of address `a`."""
    day = date(2024, 10, 3)  # in Chicago
    seen = {"address_key": "a", "client_key": "", "host": "x.com", "platform": "x", "evidence": "visit"}
    rows = [
        {name: False if kind == pa.bool_() else 0 if kind == pa.int64() else "" for name, kind in TYPES}
        | seen
        | {"minute": START + minute}
        for minute in minutes
    ]
    activity = pa.Table.from_pylist(rows, schema=tables.ACTIVITY)
    held = pa.Table.from_pylist([row.row() for row in leases], schema=tables.LEASES)
    query = "SELECT minute, standing, person, staff_line FROM laid_traffic"
    with day_evaluated(district(), day, activity, held, KEY) as views:
        found = views.execute(query).fetchall()
    person = pseudonym.person(KEY, "E1")
    assert all(who in ("", person) for _, _, who, _ in found)
    return {
        minute - START: "E1" if who else standing if standing in ("student", "guest") else ""
        for minute, standing, who, _ in found
    }


@settings(max_examples=100, deadline=None)
@given(many_leases(), st.lists(st.integers(0, 52), min_size=1, max_size=8))
def test_ingest_and_policy_say_the_same(leases: list[Lease], minutes: list[int]) -> None:
    """Of every address and minute, so that what is stored is what is decided on."""
    known = LeaseBook(district(), KEY, Stored(*leases))
    said = {minute: owner(known, minute) for minute in minutes}
    claimed = {(row.client_key, row.address_key) for row in leases if row.kind in ("arp", "nd")}
    many = {
        client for client in ONE_EACH if sum(key == client for key, _ in claimed) > MOST_ADDRESSES
    }  # speak for others: of those no claims are stored
    stored = known.kept(row for row in leases if row.kind not in ("arp", "nd") or row.client_key not in many)
    assert said == policy_owner(stored, minutes)
    later = LeaseBook(district(), KEY, Stored(*stored))
    again = {minute: owner(later, minute) for minute in minutes}
    assert again == said, "also where students' devices are no longer told apart"


def test_of_a_student_the_device_is_not_told() -> None:
    kept = book().kept(
        [lease("student", 0, 10), lease("guest", 5, 15, "arp", frame=2), lease("teacher", 20, 30)]
    )
    assert [(row.client_key, row.frame) for row in kept] == [
        ("student", 0), ("guest", 0), (KEYS["teacher"], 1),
    ]  # fmt: skip


def test_a_lease_is_cut_where_its_device_becomes_a_students() -> None:
    rows = [
        DeviceRow(2, "D", MACS["teacher"], "district", "E1", "", None, START + 10),
        DeviceRow(3, "D", MACS["teacher"], "district", "student", "", START + 10, START + 20),
        DeviceRow(4, "D", MACS["teacher"], "district", "E1", "", START + 20, None),
    ]
    made = District(Path(), Settings(), (), tuple(rows), (), (), (), ())
    kept = LeaseBook(made, KEY, Stored()).kept([lease("teacher", 0, 40)])
    assert [(row.from_minute - START, row.to_minute - START, row.client_key) for row in kept] == [
        (0, 10, KEYS["teacher"]), (10, 20, "student"), (20, 40, KEYS["teacher"]),
    ]  # fmt: skip
    assert {row.since - START for row in kept} == {0}


def test_a_device_known_by_its_mac_needs_no_lease() -> None:
    stored = Stored(lease("student", 0, 100))
    known = LeaseBook(district(), KEY, stored)
    assert known.owner(KEYS["teacher"], "a", START) == "E1"
    assert not stored.asked, "nothing is read for that"
    assert known.owner("", "a", START) == "student"


def test_only_the_days_asked_for_are_read_and_few_are_held() -> None:
    stored = Stored(*(lease("teacher", day * DAY_MINUTES, day * DAY_MINUTES + 10) for day in range(9)))
    known = LeaseBook(district(), KEY, stored)
    for day in range(9):
        assert [owner(known, day * DAY_MINUTES + minute) for minute in (0, 5, 9, 10)] == [
            "E1",
            "E1",
            "E1",
            "",
        ]
    days = [START + day * DAY_MINUTES for day in range(9)]
    asked = [(first, last) for first, last in stored.asked if last - first >= DAY_MINUTES]
    assert asked == [(day - SKEW, day + DAY_MINUTES + SKEW) for day in days], "a log may be off"
    before = [(day - 2 * SKEW, day - SKEW) for day in days]
    assert sorted(set(stored.asked) - set(asked)) == before, "who had the address just before"
    stored.asked.clear()
    owner(known, 8 * DAY_MINUTES)
    owner(known, (9 - MOST_DAYS) * DAY_MINUTES)
    assert not stored.asked
    owner(known, 0)
    assert (START - SKEW, START + DAY_MINUTES + SKEW) in stored.asked


def test_what_a_capture_says_of_days_to_come() -> None:
    known = book()
    known.add(lease("teacher", 0, 3 * DAY_MINUTES))
    assert owner(known, 2 * DAY_MINUTES + 7) == "E1"
    known.begin_capture()
    assert owner(known, 2 * DAY_MINUTES + 8) == "E1", "the day has been read by now"
    assert owner(known, DAY_MINUTES) == "", "this one is read from the warehouse, where nothing was written"


@pytest.mark.parametrize(("other", "expected"), [("student", "student"), ("guest", "guest"), ("unknown", "")])
def test_what_may_be_a_minors_counts_as_theirs(other: str, expected: str) -> None:
    known = book(lease("teacher", 0, 100), lease(other, 10, 16, "arp"))
    assert [owner(known, minute) for minute in (9, 10, 15, 16)] == ["E1", expected, expected, "E1"]


@pytest.mark.parametrize("way", ["in one day", "over midnight", "of one capture"])
def test_a_lease_that_was_only_foretold_is_over_once_the_address_was_another_devices(way: str) -> None:
    """Also where that one gave it back before the day that is asked for."""
    later = DAY_MINUTES if way == "over midnight" else 300
    first = lease("teacher", 0, 2 * DAY_MINUTES)._replace(source="2" * 64)
    second, third = lease("unknown", 120, 180), lease("student", 240, 250)
    known = book(first, second, third)
    if way == "of one capture":
        known = book()
        for row in (third, first, second):
            known.add(row)
    assert [owner(known, minute) for minute in (119, 120, 180, 245, later)] == ["E1", "", "", "student", ""]


def test_a_students_lease_does_not_come_back_either() -> None:
    known = book(lease("student", 0, 900), lease("teacher", 120, 180, frame=2))
    assert [owner(known, minute) for minute in (119, 120, 180)] == ["student", "E1", ""]


def test_a_lease_that_was_seen_again_goes_on() -> None:
    known = book(lease("teacher", 0, 900, seen=200), lease("unknown", 120, 180, frame=2))
    assert [owner(known, minute) for minute in (119, 120, 179, 180)] == ["E1", "", "", "E1"]


def test_where_clocks_leave_doubt_who_was_the_last_nobody_is() -> None:
    one = lease("teacher", 0, 900)._replace(logged=True, source="2" * 64)
    other = lease("unknown", 3, 60)._replace(logged=True, source="3" * 64)
    assert owner(book(one, other), 100) == ""
    earlier = other._replace(from_minute=START - 60, to_minute=START, seen_minute=START - 1)
    assert owner(book(one, earlier), 100) == "E1", "that one was over before"


def held(*said: tuple[int, str, str, str], known: LeaseBook | None = None) -> list[Lease]:
    """The leases of a capture in which (minute, kind, device, address) were said."""
    holdings = Holdings(known or book())
    say(holdings, *said)
    return holdings.leases(lambda address: True)


def say(holdings: Holdings, *said: tuple[int, str, str, str]) -> None:
    for frame, (minute, kind, name, address) in enumerate(said, start=1):
        evidence = Evidence(ONE, frame, kind)
        if kind in ("arp", "nd"):
            holdings.claim(START + minute, KEYS[name], address, evidence)
        else:
            holdings.grant(START + minute, 3600, KEYS[name], address, evidence)


def spells(*said: tuple[int, str, str, str]) -> list[tuple[int, int, int, str, int]]:
    """(from, to, seen, device, frame) of each."""
    names = {key: name for name, key in KEYS.items()}
    return [
        (
            row.from_minute - START,
            row.to_minute - START,
            row.seen_minute - START,
            names[row.client_key],
            row.frame,
        )
        for row in held(*said)
    ]


def test_a_claim_holds_for_some_minutes_and_grows_with_the_next() -> None:
    end = CLAIM_HOLDS_MINUTES + 1
    assert spells((3, "arp", "teacher", "a")) == [(3, 3 + end, 3, "teacher", 1)]
    said = [(minute, "arp", "teacher", "a") for minute in (0, 0, 2, end + 1, 100)]
    assert spells(*said) == [(0, 2 * end + 1, end + 1, "teacher", 1), (100, 100 + end, 100, "teacher", 5)]


def test_another_devices_claim_ends_a_spell() -> None:
    said = [(0, "arp", "teacher", "a"), (1, "arp", "unknown", "a"), (2, "arp", "teacher", "a")]
    assert [(first, name) for first, _, _, name, _ in spells(*said)] == [
        (0, "teacher"), (1, "unknown"), (2, "teacher"),
    ]  # fmt: skip


def test_the_book_knows_a_claim_at_once() -> None:
    known = book()
    holdings = Holdings(known)
    assert owner(known, 0) == ""
    say(holdings, (0, "arp", "student", "a"), (4, "arp", "student", "a"))
    last = 4 + CLAIM_HOLDS_MINUTES
    assert [owner(known, minute) for minute in (0, last, last + 1)] == ["student", "student", ""]


def test_a_lease_seen_twice_is_one() -> None:
    """On both sides of a relay."""
    said = (0, "dhcp", "teacher", "a")
    assert spells(said, said, (1, "dhcp", "teacher", "a")) == [
        (0, 61, 0, "teacher", 1),
        (1, 62, 1, "teacher", 3),
    ]


def test_a_device_that_claims_many_addresses_speaks_for_others() -> None:
    for count, kept in ((MOST_ADDRESSES, MOST_ADDRESSES), (MOST_ADDRESSES + 1, 0)):
        known = book()
        holdings = Holdings(known)
        say(
            holdings,
            *((0, "arp", "teacher", f"a{number}") for number in range(count)),
            (0, "dhcp", "teacher", "b"),
        )
        assert len(holdings.leases(lambda address: True)) == kept + 1, "its lease counts all the same"
        assert holdings.stand_ins == (0 if kept else 1)
        assert owner(known, 0, "a0") == ("E1" if kept else "")
        assert owner(known, 0, "b") == "E1"


def test_a_crowd_on_one_address_is_passed_over() -> None:
    known = book()
    holdings = Holdings(known)
    for number in range(100):
        holdings.claim(START, f"{number:016}", "a", Evidence(ONE, number, "arp"))
        holdings.grant(START, 60, f"{number:016}", "b", Evidence(ONE, number, "dhcp"))
    assert len(holdings.leases(lambda address: True)) == 2 * MOST_A_MINUTE
    assert holdings.passed_over == 2 * (100 - MOST_A_MINUTE)
    holdings.claim(START + 1, KEYS["teacher"], "a", Evidence(ONE, 100, "arp"))
    assert holdings.passed_over == 2 * (100 - MOST_A_MINUTE)


def test_too_many_in_one_capture_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.jobs.holdings.MOST_HOLDINGS", 5)
    holdings = Holdings(book())
    say(holdings, *((0, "arp", "unknown", f"a{number}") for number in range(9)))
    assert len(holdings.leases(lambda address: True)) == 5
    assert holdings.passed_over == 4


def test_only_claims_that_are_wanted_are_given() -> None:
    holdings = Holdings(book())
    say(holdings, (0, "arp", "teacher", "a"), (0, "nd", "teacher", "b"), (0, "dhcp", "teacher", "c"))
    assert [row.address_key for row in holdings.leases(lambda address: address == "b")] == ["c", "b"]
