"""The whole job, run again, in other orders, with captures that come late, grow or are written over."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from made_run import SAMPLE, SMALL, run, sample, snapshot
from pyarrow import parquet

from auditor import pipeline
from auditor.district import load_district
from auditor.errors import BadInput
from auditor.jobs.ingest import ingest
from auditor.warehouse import Warehouse, files

LATE = "captures/high/2026-11-12-b.pcapng"
GROWS = "captures/high/2026-11-12-a.pcap"
SPELLINGS = ("", ":", "-", ".")


class Killed(BaseException):
    """The run was killed."""


def killed(*_: object) -> None:
    raise Killed


@pytest.fixture
def district(tmp_path: Path) -> Path:
    return sample(tmp_path / "d")


def nightly(folder: Path) -> pipeline.Night:
    return pipeline.nightly(load_district(folder))


def findings(folder: Path) -> str:
    ran = run("findings", "-d", folder)
    assert ran.code == 0
    return ran.out


def observed(folder: Path) -> dict[str, object]:
    """What is kept and read of the captures, whatever their files are called."""
    store = Warehouse.open(folder / "warehouse")
    whole = date(2026, 1, 1), date(2026, 12, 31)
    tables = {
        "activity": store.activity(*whole),
        "coverage": store.coverage(*whole),
        "leases": store.leases(0, 1 << 40),
    }
    return {name: sorted(map(repr, table.to_pylist())) for name, table in tables.items()}


def test_a_second_night_does_nothing_new(district: Path) -> None:
    first = nightly(district)
    assert (len(first.ingested.marks), first.audited is not None, len(first.reports)) == (3, True, 6)
    before = snapshot(district)
    second = nightly(district)
    assert (second.ingested.marks, second.ingested.known, second.audited, second.reports) == ([], 3, None, ())
    assert snapshot(district) == before


def test_a_late_capture_changes_its_day_only(district: Path) -> None:
    nightly(district)
    before = snapshot(district / "warehouse")
    shutil.copy(SAMPLE / LATE, district / LATE)
    night = nightly(district)
    assert night.audited is not None
    assert night.audited.days == (date(2026, 11, 12),)
    after = snapshot(district / "warehouse")
    gone = {name for name in before if after.get(name) != before[name]} - {
        "carried/high.parquet",
        "scope.json",
    }
    assert gone
    assert [name for name in gone if "day=2026-11-12" not in name] == []
    whole = sample(district.parent / "whole", (*SMALL, LATE))
    nightly(whole)
    for kind in ("activity", "leases"):  # connections go on from one capture to the next
        assert observed(district)[kind] == observed(whole)[kind]
    assert findings(district) == findings(whole)


def test_a_changed_district_file_has_its_days_decided_anew(district: Path) -> None:
    nightly(district)
    before = findings(district)
    with (district / "calendar.csv").open("a", encoding="utf-8") as file:
        file.write("2026-11-12,*,no_work,,snow day declared on the 13th\n")
    night = nightly(district)
    assert night.audited is not None
    assert night.audited.days == (date(2026, 11, 11), date(2026, 11, 12))
    assert {due.anew for due in night.anew} == {("calendar.csv changed",)}
    (page,) = (path for path in night.reports if path.name.startswith("nightly") and path.suffix == ".html")
    assert "Decided anew" in page.read_text()
    assert "calendar.csv changed" in page.read_text()
    assert findings(district) != before
    assert nightly(district).audited is None


def test_a_late_capture_says_why_its_day_is_decided_anew(district: Path) -> None:
    assert nightly(district).anew == ()
    shutil.copy(SAMPLE / LATE, district / LATE)
    (due,) = nightly(district).anew
    assert due.day == date(2026, 11, 12)
    assert due.anew[0] == "captures came, grew or were read anew"


def test_a_capture_before_that_has_gone_is_not_missed(district: Path) -> None:
    nightly(district)
    (district / GROWS).unlink()
    shutil.copy(SAMPLE / LATE, district / LATE)
    assert len(nightly(district).ingested.marks) == 1


@pytest.mark.parametrize("way", ["ingested by hand", "killed before the audit"])
def test_a_day_left_behind_is_decided_by_the_next_night(
    district: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nightly(district)
    shutil.copy(SAMPLE / LATE, district / LATE)
    if way == "ingested by hand":
        assert run("ingest", "-d", district).code == 0
    else:
        with monkeypatch.context() as patch:
            patch.setattr(pipeline, "_audit_days", killed)
            with pytest.raises(Killed):
                nightly(district)
    night = nightly(district)
    assert night.audited is not None
    assert night.audited.days == (date(2026, 11, 12),)


# captures that grow


def part(folder: Path, name: str, size: int | None) -> Path:
    """A capture as it was when it had that many bytes."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((SAMPLE / name).read_bytes()[:size])
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = sample(tmp_path_factory.mktemp("whole") / "d", (GROWS,))
    nightly(folder)
    return folder


@pytest.mark.parametrize("sizes", [[30_000], [24, 20_000, 60_001], [60_000]])
def test_a_capture_that_grows_counts_once(tmp_path: Path, whole: Path, sizes: list[int]) -> None:
    folder = sample(tmp_path / "d", ())
    for size in [*sizes, None]:
        part(folder, GROWS, size)
        nightly(folder)
    assert observed(folder) == observed(whole)
    assert findings(folder) == findings(whole)
    assert [mark.status for mark in Warehouse.open(folder / "warehouse").captures()] == ["whole"]
    kept = (folder / "warehouse").rglob("activity/*/*/*.parquet")
    assert len({path.name.partition(".")[0] for path in kept}) == 1


def test_the_person_is_told_of_it(tmp_path: Path) -> None:
    folder = sample(tmp_path / "d", ())
    for size, told in (
        (30_000, "1 new captures, 0 known"),
        (None, "1 new captures (1 in place of a shorter version)"),
    ):
        part(folder, GROWS, size)
        assert told in run("ingest", "-d", folder).err


def test_a_capture_that_has_grown_under_a_new_name(tmp_path: Path, whole: Path) -> None:
    folder = sample(tmp_path / "d", ())
    part(folder, GROWS, 30_000)
    nightly(folder)
    part(folder, GROWS, None).rename(folder / "captures" / "high" / "done.pcap")
    nightly(folder)
    assert observed(folder) == observed(whole)


def test_a_longer_copy_beside_the_shorter_one_is_another_capture(tmp_path: Path) -> None:
    folder = sample(tmp_path / "d", ())
    part(folder, GROWS, 30_000).rename(folder / "captures" / "high" / "copy.pcap")
    part(folder, GROWS, None)
    assert len(nightly(folder).ingested.marks) == 2
    assert nightly(folder).ingested.known == 2


def test_a_name_used_again_for_other_content_keeps_both(tmp_path: Path) -> None:
    folder = sample(tmp_path / "d", ())
    ring = part(folder, GROWS, None)
    nightly(folder)
    shutil.copy(SAMPLE / "captures" / "high" / "2026-11-11.pcap", ring)
    assert nightly(folder).ingested.withdrawn == []
    assert [mark.path for mark in Warehouse.open(folder / "warehouse").captures()] == [GROWS, GROWS]


def test_a_capture_written_to_while_it_is_read(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = sample(tmp_path / "d", ())
    path = part(folder, GROWS, 30_000)
    real = Warehouse.has_capture

    def grows(store: Warehouse, sha256: str) -> bool:
        part(folder, GROWS, None)  # behind the hash, before the reading
        return real(store, sha256)

    with monkeypatch.context() as patch:
        patch.setattr(Warehouse, "has_capture", grows)
        (mark,) = ingest(load_district(folder)).marks
    assert (mark.size_bytes, mark.status) == (30_000, "truncated")
    assert path.stat().st_size > 30_000
    nightly(folder)
    assert observed(folder) == observed(whole)


def steps(monkeypatch: pytest.MonkeyPatch, upto: int) -> None:
    """Lets the run be killed at the upto-th renaming or removal of a file of the warehouse."""
    left = iter(range(upto))

    def counted(real: object) -> object:
        def step(*arguments: object, **options: object) -> object:
            if next(left, None) is None:
                raise Killed
            return real(*arguments, **options)  # type: ignore[operator]

        return step

    monkeypatch.setattr(files.os, "replace", counted(os.replace))
    monkeypatch.setattr(Path, "unlink", counted(Path.unlink))


@pytest.mark.parametrize("step", range(8))
def test_killed_while_a_grown_capture_is_taken_in(
    tmp_path: Path, whole: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = sample(tmp_path / "d", ())
    part(folder, GROWS, 30_000)
    nightly(folder)
    part(folder, GROWS, None)
    with monkeypatch.context() as patch:
        steps(patch, step)
        with pytest.raises(Killed):
            ingest(load_district(folder))
    store = Warehouse.open(folder / "warehouse")
    assert len(store.captures()) <= 1  # never both
    nightly(folder)
    assert observed(folder) == observed(whole)
    assert findings(folder) == findings(whole)


# the same, whatever the order


def test_the_order_of_captures_does_not_matter(tmp_path: Path) -> None:
    names = [*SMALL, LATE]
    seen = []
    for number in range(3):
        folder = sample(tmp_path / str(number), names)
        order = random.Random(number).sample(names, len(names))
        assert run("ingest", "-d", folder, *(folder / name for name in order)).code == 0
        stored = snapshot(folder / "warehouse")
        seen.append({name: content for name, content in stored.items() if "captures" not in name})
    assert seen[0] == seen[1] == seen[2]


def test_the_same_captures_give_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        folder = sample(tmp_path / name)
        nightly(folder)
        (folder / "warehouse" / "captures").rename(folder / "marks")  # they hold the files' times
        for path in folder.glob("warehouse/audits/*/history.ndjson"):
            path.unlink()  # when it was decided
        made.append((snapshot(folder / "warehouse"), findings_bytes(folder)))
    assert made[0] == made[1]
    assert any("findings.parquet" in name for name in made[0][0])


def findings_bytes(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob("warehouse/findings/*/findings.parquet"))]


# the demonstration


@pytest.mark.long
def test_the_demonstration_twice_and_where_it_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for out in ("demo", "demo"):
        assert run("demo", "--out", out, "-q").code == 0
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    assert run("demo", "--out", "link", "-q").code == 0
    assert run("demo", "--out", "link", "-q").code == 0
    assert findings(Path("demo")) == findings(Path("empty"))
    monkeypatch.chdir(tmp_path / "empty")
    assert run("demo", "--out", ".", "-q").code == 0


def test_a_folder_with_something_in_it_is_not_the_demonstrations(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match="holds something else"):
        pipeline.demo(tmp_path)
    assert snapshot(tmp_path).keys() == {"thesis.txt"}


# what is not to be found anywhere


@pytest.fixture(scope="module")
def whole_week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = [str(path.relative_to(SAMPLE)) for path in SAMPLE.glob("captures/*/*")]
    folder = sample(tmp_path_factory.mktemp("week") / "d", names)
    nightly(folder)
    for name in ("exceptions", "coverage"):
        for form in ("html", "csv", "json"):
            assert run("report", name, "-d", folder, "--format", form, "--out", folder / "reports").code == 0
    assert run("findings", "-d", folder, "--identify", "--reason", "a test").code == 0
    return folder


def texts(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file's bytes and, of Parquet, the values too: they may be packed."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield path, path.read_bytes().decode("latin-1")
        if path.suffix == ".parquet":
            table: pa.Table = parquet.read_table(path, partitioning=None)
            yield path, "\n".join(map(str, table.to_pylist()))


def macs(folder: Path) -> set[str]:
    plain = {row.mac.replace(":", "") for row in load_district(folder).devices}
    spelt = set()
    for mac in plain:
        pairs = [mac[at : at + 2] for at in range(0, 12, 2)]
        spelt |= {mark.join(pairs) for mark in SPELLINGS} | {".".join(mac[at : at + 4] for at in (0, 4, 8))}
        spelt.add(str(int(mac, 16)))
    return spelt | {mac.upper() for mac in spelt}


def found(secrets: set[str], folder: Path) -> list[tuple[str, str]]:
    pattern = re.compile("|".join(re.escape(secret) for secret in sorted(secrets)))
    return [(path.name, hit.group()) for path, text in texts(folder) if (hit := pattern.search(text))]


def test_no_address_is_stored_or_reported(whole_week: Path) -> None:
    addresses = {"10.20.", "10.30.", "2001:db8:30:"}
    for folder in (whole_week / "warehouse", whole_week / "reports"):
        assert found(macs(whole_week) | addresses, folder) == []


def test_nobody_is_stored_or_reported_by_name(whole_week: Path) -> None:
    staff = load_district(whole_week).staff
    people = {text for row in staff for text in (row.employee_id, row.name, row.email)}
    for folder in (whole_week / "warehouse", whole_week / "reports"):
        assert found(people, folder) == []


def test_students_devices_are_nowhere(whole_week: Path) -> None:
    devices = load_district(whole_week).devices
    theirs = {row.device_id for row in devices if row.assigned_to in ("student", "guest")}
    theirs -= {
        row.device_id for row in devices if row.assigned_to not in ("student", "guest")
    }  # lent out once
    assert theirs
    for folder in (whole_week / "warehouse", whole_week / "reports"):
        assert found(theirs, folder) == []


def test_the_aggregate_names_no_device_person_or_host(whole_week: Path) -> None:
    rows = [line.split(",") for line in findings(whole_week).splitlines()[1:]]
    secrets = {row[0] for row in rows} | {row[2] for row in rows} | {row[3] for row in rows} - {""}
    secrets |= {host for row in rows for host in row[-1].split()}
    secrets |= {row.device_id for row in load_district(whole_week).devices}
    reports = whole_week.parent / "aggregate"
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir()
    for path in (whole_week / "reports").glob("aggregate_*"):
        shutil.copy(path, reports)
    assert len(list(reports.iterdir())) == 3
    assert found(secrets - {""}, reports) == []


def test_the_access_log_says_who_and_why_and_names_nobody(whole_week: Path) -> None:
    line = (whole_week / "warehouse" / "access.log").read_text(encoding="utf-8")
    assert "a test" in line
    assert not re.search(r"E1\d\d\d", line)


def test_what_an_audit_was_made_from_can_be_followed(whole_week: Path) -> None:
    for path in (whole_week / "warehouse" / "audits").rglob("audit.json"):
        audit = json.loads(path.read_text())
        assert {"auditor.toml", "staff.csv", "devices.csv"} <= audit["files"].keys()
        assert all((whole_week / name).is_file() for name in audit["captures"].values())
