"""The warehouse keeps whole captures and whole days, whatever happens in between."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filelock import FileLock, Timeout

from auditor.errors import AuditorError, BadInput, Locked
from auditor.warehouse import FORMAT_VERSION, CaptureMark, Warehouse, files, tables

MONDAY, TUESDAY = date(2026, 11, 9), date(2026, 11, 10)
ONE = "a" * 64
TWO = "b" * 64
FINDINGS = pa.schema([("day", pa.string()), ("minutes", pa.int64())])


def mark(sha256: str = ONE, **changes: object) -> CaptureMark:
    fields = {
        "sha256": sha256, "path": "captures/north/0.pcap", "sensor": "north", "site": "High School",
        "size_bytes": 10, "first_ns": 5, "last_ns": 9, "frames": 2, "status": "whole", "notes": ("short",),
        "ledger": {"arp": 3}, "catalogue_version": "c1", "program_version": "0.1.0",
    }  # fmt: skip
    return CaptureMark(**(fields | changes))  # type: ignore[arg-type]


def row(day: date | str = MONDAY, **changes: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "day": str(day), "minute": 29730000, "site": "High School", "client_key": "c" * 16,
        "address_key": "d" * 16,
        "randomised": False, "platform": "instagram", "category": "photo", "evidence": "visit",
        "host": "www.instagram.com", "name_source": "tls", "bytes_up": 100, "bytes_down": 3000, "packets": 9,
        "flows": 1, "capture": ONE, "frame": 7, "reference": False, "seen_through": "10.9.0.2",
    }  # fmt: skip
    return fields | changes


def activity(*rows: dict[str, object]) -> pa.Table:
    schema = pa.schema([("day", pa.string()), *tables.ACTIVITY])
    return pa.Table.from_pylist(list(rows), schema=schema)


def lease(**changes: object) -> pa.Table:
    fields = {
        "address_key": "d" * 16, "client_key": "c" * 16, "from_minute": 100, "to_minute": 200, "source": ONE,
        "frame": 1, "kind": "arp", "seen_minute": 190, "since_minute": 90, "second": 7, "logged": True,
        "randomised": True, "person": "",
    }  # fmt: skip
    return pa.Table.from_pylist([fields | changes], schema=tables.LEASES)


LATER_OF_LEASES = ["kind", "seen_minute", "since_minute", "second", "logged", "randomised", "person"]
NO_LEASES = tables.LEASES.empty_table()
COUNTS = {MONDAY: {"frames": 10, "flows": 2}}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse.open(tmp_path / "warehouse", create=True)


def everything(store: Warehouse) -> tuple[object, ...]:
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    return (
        store.captures(), store.days(), store.activity(first, last).to_pylist(),
        store.leases(0, 10**9).to_pylist(), store.coverage(first, last).to_pylist(), store.audited_days(),
        store.audits(first, last),
        store.findings(first, last, FINDINGS).to_pylist(), store.minutes(first, last, FINDINGS).to_pylist(),
    )  # fmt: skip


def test_what_was_written_is_read(warehouse: Warehouse) -> None:
    assert not warehouse.has_capture(ONE)
    warehouse.write_capture(mark(), activity(row(MONDAY), row(TUESDAY)), COUNTS, lease())
    assert warehouse.has_capture(ONE)
    (written,) = warehouse.captures()
    assert replace(written, rows_sha256="") == mark()
    assert len(written.rows_sha256) == 64
    assert warehouse.days() == (MONDAY, TUESDAY)
    assert warehouse.activity(MONDAY, MONDAY).to_pylist() == [row(MONDAY) | {"sensor": "north"}]
    assert warehouse.activity(MONDAY, TUESDAY).num_rows == 2
    assert warehouse.leases(0, 10**9).equals(lease())
    assert warehouse.coverage(MONDAY, MONDAY).to_pylist() == [
        {"day": "2026-11-09", "sensor": "north", "measure": "flows", "value": 2},
        {"day": "2026-11-09", "sensor": "north", "measure": "frames", "value": 10},
    ]


def test_a_day_with_coverage_and_no_platform_is_a_day(warehouse: Warehouse) -> None:
    warehouse.write_capture(mark(), activity(), COUNTS, NO_LEASES)
    assert warehouse.days() == (MONDAY,)
    assert [known.sha256 for known in warehouse.captures_of(MONDAY)] == [ONE]
    assert warehouse.captures_of(TUESDAY) == ()


def test_coverage_is_summed_over_captures(warehouse: Warehouse) -> None:
    warehouse.write_capture(mark(ONE), activity(), COUNTS, NO_LEASES)
    warehouse.write_capture(mark(TWO), activity(), COUNTS, NO_LEASES)
    assert warehouse.coverage(MONDAY, MONDAY)["value"].to_pylist() == [4, 20]


def test_a_date_column_will_do_for_the_day(warehouse: Warehouse) -> None:
    table = activity(row(MONDAY))
    dates = table.set_column(0, "day", table["day"].cast(pa.date32()))
    warehouse.write_capture(mark(), dates, {}, NO_LEASES)
    assert warehouse.activity(MONDAY, MONDAY).num_rows == 1


@pytest.mark.parametrize(
    ("first", "last", "held"), [(0, 100, 0), (0, 101, 1), (199, 300, 1), (200, 300, 0), (150, 151, 1)]
)
def test_leases_hold_from_and_until(warehouse: Warehouse, first: int, last: int, held: int) -> None:
    warehouse.write_capture(mark(), activity(), COUNTS, lease())
    assert warehouse.leases(first, last).num_rows == held


def test_a_capture_is_taken_in_once(warehouse: Warehouse) -> None:
    warehouse.write_capture(mark(), activity(row()), COUNTS, NO_LEASES)
    before = {path: path.read_bytes() for path in warehouse.path.rglob("*") if path.is_file()}
    warehouse.write_capture(mark(), activity(row(), row(TUESDAY)), COUNTS, lease())
    assert {path: path.read_bytes() for path in warehouse.path.rglob("*") if path.is_file()} == before


def test_the_order_of_rows_does_not_change_the_files(tmp_path: Path) -> None:
    rows = [row(minute=minute, host=host) for minute in (3, 1, 2) for host in ("b", "a")]
    contents = []
    for name, order in (("one", rows), ("two", rows[::-1])):
        store = Warehouse.open(tmp_path / name, create=True)
        store.write_capture(mark(), activity(*order), COUNTS, NO_LEASES)
        contents.append([path.read_bytes() for path in store.observed_files("activity")])
    assert contents[0] == contents[1]


def test_a_sensor_may_have_any_name(warehouse: Warehouse) -> None:
    warehouse.write_capture(mark(sensor="../north = 1/2"), activity(row()), COUNTS, NO_LEASES)
    assert warehouse.activity(MONDAY, MONDAY)["sensor"].to_pylist() == ["../north = 1/2"]
    assert warehouse.observed_files("activity")[0].is_relative_to(warehouse.path)


def test_a_day_is_replaced_whole(warehouse: Warehouse) -> None:
    for minutes in (1, 2):
        table = pa.table({"day": ["2026-11-09"], "minutes": [minutes]}, schema=FINDINGS)
        warehouse.replace_day(MONDAY, table, table, {"enforce": ["wifi"], "run": minutes})
    assert warehouse.audited_days() == (MONDAY,)
    assert warehouse.findings(MONDAY, MONDAY, FINDINGS)["minutes"].to_pylist() == [2]
    assert warehouse.minutes(MONDAY, TUESDAY, FINDINGS)["minutes"].to_pylist() == [2]
    assert warehouse.findings(TUESDAY, TUESDAY, FINDINGS).num_rows == 0
    assert warehouse.audits(MONDAY, TUESDAY) == {MONDAY: {"enforce": ["wifi"], "run": 2}}


class Crash(BaseException):
    """The power went."""


def crash_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the step-th rename into place, and all after it, fail."""
    taken = iter(range(10**6))
    real = files.os.replace

    def replace(source: object, target: object) -> None:
        if next(taken) >= step:
            raise Crash
        real(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(files.os, "replace", replace)


@pytest.mark.parametrize("step", range(7))
def test_a_crash_while_taking_in_a_capture(
    warehouse: Warehouse, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.write_capture(mark(TWO, path="other"), activity(row(capture=TWO)), COUNTS, NO_LEASES)
    before = everything(warehouse)
    with monkeypatch.context() as patch:
        crash_at(step, patch)
        rows = activity(row(), row(TUESDAY), row("2027-01-01"))
        counts = COUNTS | {date(2027, 1, 1): {"frames": 1}}
        with pytest.raises(Crash):  # three days of activity, two of coverage, the leases, the mark
            warehouse.write_capture(mark(), rows, counts, lease())
    assert everything(warehouse) == before
    with warehouse.lock():
        warehouse.write_capture(mark(), activity(row()), COUNTS, NO_LEASES)  # now of one day only
    assert warehouse.activity(date(2026, 1, 1), date(2027, 12, 31)).num_rows == 2
    assert warehouse.leases(0, 10**9).num_rows == 0
    assert not (warehouse.path / "staging").exists()


@pytest.mark.parametrize("step", range(3))
def test_a_crash_while_replacing_a_day(
    warehouse: Warehouse, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = pa.table({"day": ["2026-11-09"], "minutes": [1]}, schema=FINDINGS)
    new = pa.table({"day": ["2026-11-09"], "minutes": [2]}, schema=FINDINGS)
    warehouse.replace_day(MONDAY, old, old, {"run": 1})
    with monkeypatch.context() as patch:
        crash_at(step, patch)
        with pytest.raises(Crash):
            warehouse.replace_day(MONDAY, new, new, {"run": 2})
    assert warehouse.audited_days() == ()  # to be decided again, never half of each
    assert warehouse.findings(MONDAY, MONDAY, FINDINGS).num_rows == 0
    warehouse.replace_day(MONDAY, new, new, {"run": 2})
    assert warehouse.findings(MONDAY, MONDAY, FINDINGS)["minutes"].to_pylist() == [2]


def test_a_day_that_can_not_be_staged_is_left_as_it_was(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = pa.table({"day": ["2026-11-09"], "minutes": [1]}, schema=FINDINGS)
    warehouse.replace_day(MONDAY, old, old, {"run": 1})
    before = everything(warehouse)

    def no_room(path: Path, content: bytes) -> Path:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(files, "write_bytes", no_room)
    with pytest.raises(BadInput, match=r"findings\.parquet: can't be written: no space left on device"):
        warehouse.replace_day(MONDAY, old, old, {"run": 2})
    assert everything(warehouse) == before


def test_only_the_owner_may_read_it(warehouse: Warehouse) -> None:
    warehouse.write_capture(mark(), activity(row()), COUNTS, lease())
    warehouse.replace_day(MONDAY, FINDINGS.empty_table(), FINDINGS.empty_table(), {})
    with warehouse.lock():
        paths = [warehouse.path, *warehouse.path.rglob("*")]
        assert (warehouse.path / "warehouse.lock") in paths
        for path in paths:
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_one_writer_at_a_time(warehouse: Warehouse) -> None:
    with FileLock(warehouse.path / "warehouse.lock"), pytest.raises(Locked, match="another run is writing"):  # noqa: SIM117
        with warehouse.lock():
            pass
    with warehouse.lock(), Warehouse.open(warehouse.path).lock():  # its own lock a run may take again
        assert not free(warehouse)
    assert free(warehouse)


def free(warehouse: Warehouse) -> bool:
    """Whether another run could take the lock."""
    lock = FileLock(warehouse.path / "warehouse.lock", timeout=0)
    try:
        with lock:
            return True
    except Timeout:
        return False


def test_no_warehouse_here(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no warehouse here"):
        Warehouse.open(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match="neither empty nor a warehouse"):
        Warehouse.open(tmp_path, create=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_another_format_names_both_and_what_to_do(warehouse: Warehouse) -> None:
    (warehouse.path / "warehouse.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(BadInput) as caught:
        Warehouse.open(warehouse.path, create=True)
    (problem,) = caught.value.problems
    assert "format 99" in problem.what
    assert f"format {FORMAT_VERSION}" in problem.what
    assert "ingest the captures again" in problem.hint


@pytest.mark.parametrize("text", ["", "[]", '{"form": 1}', "\x00"])
def test_a_damaged_format_mark(warehouse: Warehouse, text: str) -> None:
    (warehouse.path / "warehouse.json").write_text(text)
    with pytest.raises(AuditorError, match=r"warehouse\.json: is damaged"):
        Warehouse.open(warehouse.path)


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="can't be written: ") as caught:
        Warehouse.open(tmp_path / "file" / "warehouse", create=True)
    assert len(caught.value.problems) == 1


def test_a_damaged_file_is_named_with_what_to_do(warehouse: Warehouse) -> None:
    warehouse.write_capture(mark(), activity(row()), COUNTS, NO_LEASES)
    (path,) = warehouse.observed_files("activity")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(AuditorError, match="can't be read") as caught:
        warehouse.activity(MONDAY, MONDAY)
    assert caught.value.problems[0].where == str(path)
    assert "auditor ingest" in caught.value.problems[0].hint


def test_a_damaged_mark_is_named(warehouse: Warehouse) -> None:
    warehouse.write_capture(mark(), activity(row()), COUNTS, NO_LEASES)
    (warehouse.path / "captures" / f"{mark().key}.json").write_text("{")
    with pytest.raises(AuditorError, match="is damaged"):
        warehouse.captures()


def test_files_of_an_earlier_version_are_read(warehouse: Warehouse) -> None:
    """They lack columns that came later."""
    warehouse.write_capture(mark(), activity(row()), COUNTS, lease())
    for kind, lacking in (("leases", LATER_OF_LEASES), ("activity", ["seen_through"])):
        (path,) = (warehouse.path / kind).rglob("*.parquet")
        files.write_parquet(path, pq.read_table(path, partitioning=None).drop_columns(lacking))
    then = lease(kind="dhcp", seen_minute=100, since_minute=100, second=30, logged=False, randomised=False)
    assert warehouse.leases(0, 10**9).equals(then)
    (found,) = warehouse.activity(MONDAY, MONDAY).to_pylist()
    assert found["seen_through"] == ""


def test_leases_of_other_times_are_not_read(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, sha256 in enumerate((ONE, TWO)):
        times = {"from_minute": 1000 * number, "to_minute": 1000 * number + 100}
        warehouse.write_capture(mark(sha256), activity(row(capture=sha256)), COUNTS, lease(**times))
    opened: list[Path] = []
    read = files.read_parquet
    monkeypatch.setattr(
        files, "read_parquet", lambda path, *others: opened.append(path) or read(path, *others)
    )
    assert [row["from_minute"] for row in warehouse.leases(1050, 1060).to_pylist()] == [1000]
    assert [path.stem for path in opened] == [TWO[:16]]
    assert warehouse.leases(100, 1000).num_rows == 0
    warehouse.withdraw(mark(TWO))
    later = lease(from_minute=3000, to_minute=3100)
    warehouse.write_capture(mark(TWO), activity(row(capture=TWO)), COUNTS, later)
    assert warehouse.leases(3000, 3001).num_rows == 1, "read anew, with other leases"
    assert warehouse.leases(1050, 1060).num_rows == 0
