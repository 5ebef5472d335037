"""RADIUS accounting, folded into sessions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_lease_files import A, B, by_line

from auditor.leases import accounting as module
from auditor.leases.accounting import INTERIM, OFF, ON, START, STOP, Request, sessions
from auditor.leases.doubts import Doubts

IP, OTHER, V6 = "10.0.0.5", "10.0.0.6", "2001:db8::5"


def asked(
    line: int,
    at_s: int,
    status: int,
    ips: tuple[str, ...] = (),
    session: str = "1",
    mac: str = A,
    user: str | None = "jdoe",
    session_s: int | None = None,
    nas: str = "nas",
) -> Request:
    return Request(line, at_s, at_s, status, nas, session, mac, ips, user, session_s)


def told(*requests: Request) -> list[str]:
    """`line mac ip user start-end`, `!` where the end was seen."""
    return [
        f"{each.line} {each.mac[-2:]} {each.ip or '-'} {each.user or '-'} "
        f"{each.start_s}-{'' if each.end_s is None else each.end_s}{'!' if each.ended else ''}"
        for each in by_line(sessions(requests, Doubts()))
    ]


def test_the_address_is_told_after_the_beginning_and_holds_from_it() -> None:
    assert told(asked(1, 100, START), asked(2, 200, INTERIM, (IP,)), asked(3, 900, STOP)) == [
        f"1 0a {IP} jdoe 100-900!"
    ]


def test_a_second_address_ends_the_first_and_holds_from_where_it_is_told() -> None:
    found = told(asked(1, 100, START, (IP,)), asked(2, 300, INTERIM, (OTHER,)), asked(3, 900, STOP, (OTHER,)))
    assert found == [f"1 0a {IP} jdoe 100-300!", f"1 0a {OTHER} jdoe 300-900!"]


def test_ipv6_stands_beside_ipv4() -> None:
    found = told(
        asked(1, 100, START, (IP, V6)), asked(2, 300, INTERIM, (IP, "2001:db8::6")), asked(3, 900, STOP)
    )
    assert found == [f"1 0a {IP} jdoe 100-900!", f"1 0a {V6} jdoe 100-900!", "1 0a 2001:db8::6 jdoe 300-900!"]


def test_an_address_that_comes_back() -> None:
    found = told(asked(1, 100, START, (IP,)), asked(2, 300, INTERIM, (OTHER,)), asked(3, 500, INTERIM, (IP,)))
    assert found == [
        f"1 0a {IP} jdoe 100-300!",
        f"1 0a {IP} jdoe 500-",
        f"1 0a {OTHER} jdoe 300-500!",
    ]


def test_without_start_the_session_time_gives_the_beginning() -> None:
    assert told(asked(1, 900, STOP, (IP,), session_s=600)) == [f"1 0a {IP} jdoe 300-900!"]
    assert told(asked(1, 900, INTERIM, (IP,))) == [f"1 0a {IP} jdoe 900-"]
    assert told(asked(1, 900, STOP, (IP,))) == [f"1 0a {IP} jdoe 900-900!"]


def test_no_address_at_all() -> None:
    assert told(asked(1, 100, START), asked(2, 900, STOP)) == ["1 0a - jdoe 100-900!"]


@pytest.mark.parametrize("status", [ON, OFF])
def test_a_server_that_starts_or_stops_ends_its_sessions(status: int) -> None:
    found = told(
        asked(1, 100, START, (IP,)),
        asked(2, 100, START, (OTHER,), session="2", mac=B, nas="another"),
        asked(3, 500, status, session=""),
    )
    assert found == [f"1 0a {IP} jdoe 100-500!", f"2 0b {OTHER} jdoe 100-"]


def test_a_request_that_comes_again() -> None:
    start, stop = asked(1, 100, START, (IP,)), asked(3, 900, STOP, (IP,), session_s=800)
    again = start._replace(line=2, at_s=105, earliest_s=105), stop._replace(line=4, at_s=905, earliest_s=905)
    assert told(start, again[0], stop, again[1]) == [f"1 0a {IP} jdoe 100-900!"]


def test_a_number_that_is_used_anew() -> None:
    found = told(asked(1, 100, START, (IP,)), asked(2, 900, STOP), asked(3, 5000, START, (IP,)))
    assert found == [f"1 0a {IP} jdoe 100-900!", f"3 0a {IP} jdoe 5000-"]
    found = told(asked(1, 100, START, (IP,)), asked(3, 5000, START, (OTHER,), mac=B))
    assert found == [f"1 0a {IP} jdoe 100-5000!", f"3 0b {OTHER} jdoe 5000-"]


def test_another_user_in_the_same_session() -> None:
    found = told(asked(1, 100, START, (IP,), user=""), asked(2, 500, INTERIM, (IP,), session_s=400))
    assert found == [f"1 0a {IP} - 100-500!", f"2 0a {IP} jdoe 500-"]


def test_a_request_that_leaves_user_and_device_out_is_of_the_same_session() -> None:
    found = told(asked(1, 100, START, user="jdoe"), asked(2, 500, STOP, (IP,), mac="", user=None))
    assert found == [f"1 0a {IP} jdoe 100-500!"]


def test_another_user_at_the_same_device_whose_stop_is_lost_or_late() -> None:
    one, other = asked(1, 100, START, (IP,)), asked(2, 500, START, (OTHER,), session="2", user="anna")
    cut = [f"1 0a {IP} jdoe 100-500!", f"2 0a {OTHER} anna 500-"]
    assert told(one, other) == cut
    assert told(one, other, asked(3, 700, STOP)) == cut
    roaming = other._replace(user="jdoe")
    assert told(one, roaming, asked(3, 700, STOP)) == [f"1 0a {IP} jdoe 100-700!", f"2 0a {OTHER} jdoe 500-"]


def test_the_table_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SESSIONS", 2)
    doubts = Doubts()
    requests = [asked(n, 100 * n, START, (f"10.0.0.{n}",), session=str(n), mac="") for n in range(1, 6)]
    assert [each.line for each in sessions(requests, doubts)] == [1, 2, 3, 4, 5]
    assert doubts._counts == {"accounting sessions let go early, the table being full": 3}


REQUESTS = st.builds(
    asked,
    line=st.integers(1, 99),
    at_s=st.integers(0, 2000),
    status=st.sampled_from([START, STOP, INTERIM, ON, OFF]),
    ips=st.lists(st.sampled_from([IP, OTHER, V6]), max_size=2).map(tuple),
    session=st.sampled_from(["1", "2"]),
    mac=st.sampled_from(["", A, B]),
    user=st.sampled_from([None, "", "jdoe", "anna"]),
    session_s=st.none() | st.integers(0, 5000),
    nas=st.sampled_from(["nas", "another"]),
)


@given(st.lists(REQUESTS, max_size=20))
def test_whatever_comes_no_entry_ends_before_it_begins(requests: list[Request]) -> None:
    for each in sessions(requests, Doubts()):
        assert each.start_s is not None
        assert each.end_s is None or each.start_s <= each.end_s
        assert each.ended == (each.end_s is not None)


@given(st.lists(REQUESTS, max_size=20))
def test_in_order_a_device_has_one_known_user_at_a_time_and_server(requests: list[Request]) -> None:
    """Servers that tell all in order: no two people are logged on at one device through sessions that are open."""
    ordered = [
        each._replace(session_s=None, nas="nas", user=each.user or "", mac=each.mac or A)
        for each in sorted(requests, key=lambda each: each.at_s)
    ]
    found = list(sessions(ordered, Doubts()))
    open_users = {(each.mac, each.user) for each in found if each.end_s is None}
    assert len({mac for mac, _ in open_users}) == len(open_users)


def test_a_device_with_many_open_sessions_takes_no_longer() -> None:
    """Servers that lose every Stop: each session of the user before ends where another user's begins."""
    requests = [
        asked(n, n, START, session=str(n), user="anna" if n == 30_000 else "jdoe") for n in range(1, 30_001)
    ]
    ends = {each.end_s for each in sessions(requests, Doubts()) if each.user == "jdoe"}
    assert ends == {30_000}
