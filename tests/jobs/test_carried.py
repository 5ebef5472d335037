"""A capture cut anywhere, taken in in any number of runs, gives what the uncut one gives."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_captures import Stamped
from made_ingest import Rows, counted, new_district, put, rows, take_in
from made_traffic import cut, long_day, morning

from auditor.identify.catalogue import load_catalogue
from auditor.jobs import activity
from auditor.jobs.carried import UNLISTED_HOST, read_carried

TRAFFIC = {"morning": morning(), "long day": long_day()}


def whole_of(frames: list[Stamped], folder: Path) -> tuple[Rows, dict[str, int]]:
    new_district(folder)
    put(folder, 0, cut(frames, [])[0])
    take_in(folder)
    return rows(folder), counted(folder)


@pytest.fixture(scope="module")
def uncut(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Rows, dict[str, int]]]:
    made = {
        name: whole_of(frames, tmp_path_factory.mktemp("uncut") / "d") for name, frames in TRAFFIC.items()
    }
    return made.__getitem__


def test_the_morning_has_every_way_of_naming(uncut: Callable[[str], tuple[Rows, dict[str, int]]]) -> None:
    seen = {(key[-2], key[-1]) for key in uncut("morning")[0]}
    assert seen == {
        ("www.instagram.com", "tls"), ("www.vsco.co", "dns"), ("www.facebook.com", "tls"), ("x.com", "dns"),
        ("www.youtube.com", "quic"), ("www.flickr.com", "http"), ("www.reddit.com", "tls"),
    }  # fmt: skip


def test_rows_that_were_put_away_are_added_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uncut: Callable[[str], tuple[Rows, dict[str, int]]]
) -> None:
    monkeypatch.setattr(activity, "MOST_ROWS", 3)
    assert whole_of(TRAFFIC["morning"], tmp_path / "d") == uncut("morning")


def in_runs(folder: Path, captures: Sequence[bytes], runs: Sequence[int]) -> None:
    """Takes captures in, so many in a run, the rest in a last one."""
    left = iter(enumerate(captures))
    for count in [*runs, len(captures)]:
        for number, capture in [pair for _, pair in zip(range(count), left, strict=False)]:
            put(folder, number, capture)
        take_in(folder)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("name", TRAFFIC)
def test_cut_anywhere_and_taken_in_in_any_runs(
    name: str, data: st.DataObject, uncut: Callable[[str], tuple[Rows, dict[str, int]]]
) -> None:
    frames = TRAFFIC[name]
    captures = cut(frames, data.draw(st.lists(st.integers(1, len(frames) - 1), min_size=1, max_size=7)))
    runs = data.draw(st.lists(st.integers(1, 3), max_size=len(captures)), label="captures a run")
    with tempfile.TemporaryDirectory() as place:
        folder = new_district(Path(place) / "d")
        in_runs(folder, captures, runs)
        assert rows(folder) == uncut(name)[0]
        assert counted(folder) == uncut(name)[1]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("name", TRAFFIC)
def test_captures_that_come_late(
    name: str, data: st.DataObject, uncut: Callable[[str], tuple[Rows, dict[str, int]]]
) -> None:
    frames = TRAFFIC[name]
    captures = cut(frames, data.draw(st.lists(st.integers(1, len(frames) - 1), min_size=1, max_size=5)))
    order = data.draw(st.permutations(range(len(captures))), label="order of arrival")
    with tempfile.TemporaryDirectory() as place:
        folder = new_district(Path(place) / "d")
        for number in order:
            put(folder, number, captures[number])
            take_in(folder)
        assert rows(folder) == uncut(name)[0]
        assert counted(folder) == uncut(name)[1]


def test_names_outlive_the_files_they_came_from(
    tmp_path: Path, uncut: Callable[[str], tuple[Rows, dict[str, int]]]
) -> None:
    """Captures older than an hour or two are removed; connections opened in them keep their names."""
    folder = new_district(tmp_path / "d")
    frames = TRAFFIC["long day"]
    captures = cut(frames, list(range(8, len(frames), 4)))
    assert len(captures) > 15
    for number, capture in enumerate(captures):
        put(folder, number, capture)
        take_in(folder)
        for old in sorted((folder / "captures").iterdir())[:-10]:
            old.unlink()
    named = {key: counts for key, counts in uncut("long day")[0].items() if key[-2] == "www.instagram.com"}
    assert len(named) > 10
    assert {key: counts for key, counts in rows(folder).items() if key[-1] == "tls"} == named
    assert {key[-2] for key in rows(folder)} <= {"www.instagram.com", "www.vsco.co"}


def test_what_is_carried_names_nobody(tmp_path: Path) -> None:
    folder = new_district(tmp_path / "d")
    frames = TRAFFIC["long day"]
    put(folder, 0, cut(frames, [])[0])
    take_in(folder)
    (state,) = (folder / "warehouse" / "carried").iterdir()
    assert state.stat().st_mode & 0o777 == 0o600
    carried = read_carried(state.read_bytes(), load_catalogue().version)
    assert carried is not None
    hosts = {name.host for name in carried.flows.values()}
    assert {"www.instagram.com", UNLISTED_HOST, ""} <= hosts
    assert all(host in ("", UNLISTED_HOST) or load_catalogue().match(host) for host in hosts)
    text = repr(carried) + state.read_bytes().decode("latin-1")
    assert "10.1.2." not in text
    assert "192.0.2." not in text
    assert "example.org" not in text


def test_students_connections_are_not_carried(tmp_path: Path) -> None:
    folder = new_district(tmp_path / "d")
    (folder / "devices.csv").write_text(
        "device_id,mac,ownership,assigned_to\n"
        + "".join(f"d{number},00:00:5e:00:53:{number:02x},district,student\n" for number in (21, 22, 23))
    )
    put(folder, 0, cut(TRAFFIC["morning"], [])[0])
    take_in(folder)
    (state,) = (folder / "warehouse" / "carried").iterdir()
    carried = read_carried(state.read_bytes(), load_catalogue().version)
    assert carried is not None
    assert carried.flows == {}


@pytest.mark.parametrize("way", ["damaged", "gone", "of another version"])
def test_without_what_was_carried_the_captures_are_read_again(
    way: str, tmp_path: Path, uncut: Callable[[str], tuple[Rows, dict[str, int]]]
) -> None:
    folder = new_district(tmp_path / "d")
    for number, capture in enumerate(cut(TRAFFIC["long day"], [9, 20, 40])):
        put(folder, number, capture)
        take_in(folder)
        (state,) = (folder / "warehouse" / "carried").iterdir()
        content = state.read_bytes()
        if way == "gone":
            state.unlink()
        elif way == "damaged":
            state.write_bytes(content[:-20])
        else:
            state.write_bytes(content.replace(b'"format": 1', b'"format": 0'))
    assert rows(folder) == uncut("long day")[0]
