"""Events folded into holds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from made_lease_files import A, B

from auditor.leases import fold as module
from auditor.leases.doubts import Doubts
from auditor.leases.fold import Event, fold
from auditor.records import LeaseEntry

IP = "10.0.0.5"
HOUR = 3600


def holds(*events: Event) -> list[tuple[int, str, int | None, int | None, int | None, bool]]:
    return [
        (each.line, each.mac, each.start_s, each.end_s, each.seen_s, each.ended)
        for each in fold(events, Doubts(), HOUR)
    ]


def test_a_renewal_goes_on_with_the_hold() -> None:
    assert holds(Event(1, IP, A, 1000, 2000), Event(2, IP, A, 1500, 2500)) == [
        (1, A, 1000, 2500, 1500, False)
    ]


def test_what_lapsed_begins_anew() -> None:
    found = holds(Event(1, IP, A, 1000, 2000), Event(2, IP, A, 2100, 3100))
    assert found == [(1, A, 1000, 2000, 1000, False), (2, A, 2100, 3100, 2100, False)]


def test_without_an_end_a_renewal_goes_on_for_as_long_as_leases_are_taken_to_last() -> None:
    assert holds(Event(1, IP, A, 0), Event(2, IP, A, HOUR)) == [(1, A, 0, None, HOUR, False)]
    assert holds(Event(1, IP, A, 0), Event(2, IP, A, HOUR + 1)) == [
        (1, A, 0, None, 0, False),
        (2, A, HOUR + 1, None, HOUR + 1, False),
    ]


def test_another_client_ends_the_hold_of_the_one_before() -> None:
    assert holds(Event(1, IP, A, 1000, 9000), Event(2, IP, B, 4000, 8000)) == [
        (1, A, 1000, 4000, 1000, True),
        (2, B, 4000, 8000, 4000, False),
    ]


def test_another_client_after_the_end_changes_nothing() -> None:
    assert holds(Event(1, IP, A, 1000, 2000), Event(2, IP, B, 4000, 8000))[0] == (
        1,
        A,
        1000,
        2000,
        1000,
        False,
    )


def test_a_release_ends_it_and_an_end_of_another_client_does_not() -> None:
    assert holds(Event(1, IP, A, 1000, 9000), Event(2, IP, B, 3000, is_end=True)) == [
        (1, A, 1000, 9000, 1000, False)
    ]
    assert holds(Event(1, IP, A, 1000, 9000), Event(2, IP, A, 3000, is_end=True)) == [
        (1, A, 1000, 3000, 1000, True)
    ]
    assert holds(Event(1, IP, A, 1000, 9000), Event(2, IP, "", 3000, is_end=True)) == [
        (1, A, 1000, 3000, 1000, True)
    ]


def test_a_release_of_what_was_never_granted_is_an_entry_without_length() -> None:
    assert holds(Event(1, IP, A, 3000, is_end=True)) == [(1, A, 3000, 3000, 3000, True)]
    assert holds(Event(1, IP, "", 3000, is_end=True)) == []


def test_a_grant_that_comes_late_ends_where_the_younger_begins() -> None:
    assert holds(Event(1, IP, B, 4000, 8000), Event(2, IP, A, 1000, 9000)) == [
        (2, A, 1000, 4000, 1000, True),
        (1, B, 4000, 8000, 4000, False),
    ]


def test_in_the_hour_that_comes_twice_the_address_is_nobodys() -> None:
    handed = Event(2, IP, B, 4000 + HOUR, 90000, earliest_s=4000)
    assert holds(Event(1, IP, A, 1000, 99000), handed) == [
        (1, A, 1000, 4000, 1000, True),
        (2, B, 4000 + HOUR, 90000, 4000 + HOUR, False),
    ]


def test_the_table_has_a_bound(monkeypatch: object) -> None:
    setattr_ = monkeypatch.setattr  # type: ignore[attr-defined]
    setattr_(module, "MOST_ADDRESSES", 2)
    doubts = Doubts()
    found = list(fold((Event(n, f"10.0.0.{n}", A, 1000) for n in range(1, 6)), doubts, HOUR))
    assert [each.ip for each in found] == [f"10.0.0.{n}" for n in range(1, 6)]
    assert doubts._counts == {"addresses in lease files let go early, the table being full": 3}


EVENTS = st.builds(
    Event,
    line=st.integers(1, 99),
    ip=st.sampled_from([IP, "10.0.0.6", "2001:db8::5"]),
    mac=st.sampled_from(["", A, B]),
    at_s=st.integers(0, 100),
    until_s=st.none() | st.integers(0, 150),
    is_end=st.booleans(),
    earliest_s=st.none(),
)


@given(st.lists(EVENTS, max_size=30), st.integers(1, 50))
def test_in_order_no_two_clients_have_an_address_at_once(events: list[Event], assumed_s: int) -> None:
    ordered = sorted(events, key=lambda event: event.at_s)
    sound = [
        event._replace(until_s=None if event.until_s is None else max(event.until_s, event.at_s))
        for event in ordered
    ]
    found = list(fold(sound, Doubts(), assumed_s))
    for each in found:
        assert each.end_s is None or each.start_s is None or each.start_s <= each.end_s
    for second in range(0, 101, 7):
        for ip in {each.ip for each in found}:
            macs = {each.mac for each in found if each.ip == ip and _holds(each, second)}
            assert len(macs) <= 1


def _holds(each: LeaseEntry, second: int) -> bool:
    assert each.start_s is not None
    end_s = each.end_s if each.end_s is not None else each.seen_s
    assert end_s is not None
    return each.start_s <= second < end_s
