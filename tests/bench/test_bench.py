"""The benchmark's own code, on tiny captures: nothing is timed here."""

from __future__ import annotations

import os
import tempfile
import xml.etree.ElementTree as ElementTree
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from auditor.capture.read import read_capture
from auditor.decode.decoder import Decoder
from auditor.district import load_district
from auditor.kernel import table
from auditor.records import Ledger
from bench import (
    decisions,
    history,
    made_activity,
    made_district,
    made_warehouse,
    measures,
    picture,
    tables,
    traps,
)
from bench.measures import Capture, Compared, Size, Trapped
from bench.tools import NDPI, TSHARK, US, Run, Tool


@pytest.mark.parametrize("trap", traps.TRAPS, ids=lambda trap: trap.make.__name__)
def test_a_trap_is_read_to_its_end(trap: traps.Trap, tmp_path: Path) -> None:
    path, ledger = tmp_path / "trap.pcap", Ledger()
    traps.write(trap.make(), 3_000, path)
    decoder = Decoder(ledger)
    count = 0
    for frames in read_capture(path, ledger):
        count += len(frames.offset)
        for _ in decoder.feed(frames):
            pass
    decoder.end_capture()
    assert count == 3_000
    assert not ledger.notes


def test_flows_chosen_to_collide_do_without_the_key() -> None:
    kernels = getattr(table.mix, "_function", table.mix)
    ports = 1000 << 24 | 2000 << 8 | 17

    def digest(a_lo: int, b_lo: int, key: int) -> int:
        return traps.mix(traps.mix(traps.mix(key, a_lo), b_lo), ports)

    pairs = list(islice(traps.colliding_ends(), 50))
    assert len(set(pairs)) == 50
    assert len({digest(*pair, key=0) for pair in pairs}) == 1
    assert len({digest(*pair, key=1) & 0xFFFF for pair in pairs}) > 40
    with np.errstate(over="ignore"):
        for a_lo, b_lo in pairs:
            assert int(kernels(np.uint64(a_lo), np.uint64(b_lo))) == traps.mix(a_lo, b_lo)


def compared(mix: str = "small", seconds: float = 1.0) -> Compared:
    large, small = (Capture(mix, size, Path(), 10**6, 10**9, 5, 6, 320.0) for size in (4, 1.5))
    done = Compared(large, [0.25])
    done.captures = {US.name: large, NDPI.name: large, TSHARK.name: small}
    ours = Run(seconds, seconds, 300_000_000)
    done.runs = {US.name: [ours], NDPI.name: [Run(10, 9, 10**8)], TSHARK.name: [Run(100, 99, 10**9)]}
    done.ours_there = {name: [ours] for name in done.runs}
    return done


SIZES = [Size(1.5, 2.0, 300_000_000), Size(15, 10.0, 310_000_000)]


def test_the_page_says_what_was_measured() -> None:
    text = tables.page([compared()], SIZES, 1.9, 3)
    assert "| 10.00 x | 9.00 x | 10.00 x |" in text
    assert "Of the bound (record headers only): 25.0 %" in text
    assert "| 15.0 GB | 10.00 s | 0.67 s | 0.50 x | 310 MB |" in text
    assert "1.90 times" in text
    assert "not installed" in text or "failed" in text  # nfstream has no run here
    trap = Trapped(traps.TRAPS[0], [100, 400], [1e-4, 8e-4], [1, 2_000_000])
    assert "| 100 | 1.00 | 2.00 | 2.00 x | 2 MB |" in tables.trap_page([trap])


def test_the_picture_is_svg() -> None:
    root = ElementTree.fromstring(picture.draw(SIZES))
    assert root.tag.endswith("svg")
    assert len(root.findall("{*}circle")) == 4


def test_a_fall_is_said_and_a_line_a_run_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "HISTORY", tmp_path / "history.csv")
    assert history.last() is None
    history.append(history.line([compared(), compared("bulk")], SIZES, 1.9))
    before = history.last()
    assert before is not None
    assert before["small_times_ndpireader"] == "10.00"
    assert before["largest_cost_growth"] == "0.50"
    assert not history.fallen(before, history.line([compared(seconds=1.1)], SIZES, 1.7))
    falls = history.fallen(before, history.line([compared(seconds=1.3)], [], 1.5))
    assert [fall.split()[0] for fall in falls] == [
        "small_times_ndpireader", "small_times_tshark", "small_times_ndpireader_cpu", "small_of_bound",
        "two_workers",
    ]  # fmt: skip
    history.append(history.line([compared()], [], None))
    assert history.HISTORY.read_text().count("\n") == 3


def test_the_kept_history_has_these_columns() -> None:
    assert tuple(history.last() or ()) == history.COLUMNS


@pytest.mark.long
def test_tiny_captures_go_through_the_whole_bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "DATA", tmp_path)
    monkeypatch.setattr(measures, "PEERS", (Tool("cat", ("cat",)), Tool("slow cat", ("cat",), slow=True)))
    said: list[str] = []
    done = measures.compare("small", 0.004, 0.002, 2, 0, said.append)
    assert [len(done.runs[name]) for name in (US.name, "cat", "slow cat")] == [2, 2, 1]
    assert done.captures["slow cat"].size < done.captures["cat"].size
    assert 0 < done.of_bound < 1
    assert measures.two_workers("small", 0.002, 1, (0, 0)) > 0
    sizes = measures.growth("small", [0.002, 0.004], 1, 0, keep_gigabytes=0.003)
    assert [each.gigabytes for each in sizes] == pytest.approx([0.002, 0.004], rel=0.1)
    assert (tmp_path / "small-0.002.pcap").exists()
    assert not (tmp_path / "small-0.004.pcap").exists()
    trap = measures.trapped(traps.TRAPS[0], 0.01, 1, 0)
    assert trap.frames == [1_000, 2_000, 4_000]
    assert len(said) == 2


def test_decisions_are_measured_on_a_made_district(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "DATA", tmp_path)
    cores = tuple(sorted(os.sched_getaffinity(0))[:2])
    done = decisions.decisions([1, 2], 2_000, 40, 1, cores, lambda text: None)
    assert [each.rows for each in done] == [2_000, 4_000]
    assert 0 < done[0].findings < done[1].findings
    assert done[0].findings < done[0].minutes
    text = decisions.page(done, 1, 2)
    assert "| 0.004 million | 80 |" in text
    now = decisions.line(done)
    assert list(now) == list(decisions.COLUMNS)
    assert not decisions.risen(now, now)
    assert decisions.risen(now, now | {"peak_mb": "100000"})
    assert not decisions.risen(now, now | {"peak_mb": "100000", "rows": "1"})
    monkeypatch.setattr(decisions, "HISTORY", tmp_path / "history.csv")
    assert decisions.last() is None
    decisions.append(now)
    assert decisions.last() == now


def test_a_made_day_has_its_rows_in_the_warehouses_columns() -> None:
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        clients = made_activity.all_clients(made_district.write_district(Path(folder), 60, rng))
        assert len(load_district(Path(folder)).exceptions) == 24
    day = made_warehouse.school_days(1)[0]
    seen = list(made_activity.activity_of(day, 3_000, made_activity.listed_hosts(), clients, rng))
    assert sum(each.activity.num_rows for each in seen) == 3_000
    assert {each.site for each in seen if each.leases.num_rows} <= set(made_district.WITHOUT_MAC)
    rows = pa.concat_tables([each.activity for each in seen]).to_pylist()
    assert len({(row["minute"], row["client_key"], row["address_key"], row["host"]) for row in rows}) == 3_000
    assert {row["evidence"] for row in rows} == {"visit", "content", "embed", "tracker"}
