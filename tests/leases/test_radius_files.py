"""Accounting files of FreeRADIUS and NPS."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_lease_files import SAMPLES, read_file, read_text

from auditor.records import Ledger


def test_freeradius_detail() -> None:
    ledger = Ledger()
    found, said = read_file(SAMPLES / "detail-20261118", ledger=ledger)
    assert (found.format, found.time_base) == ("FreeRADIUS detail", "UTC")
    seen = "seen 11-18 14:30:00"
    jdoe = "DISTRICT\\jdoe"
    assert [line.partition(": ")[2] for line in said] == [
        f"00:00:5e:00:53:0a 10.20.1.50 {jdoe}: 11-18 14:00:00 > 11-18 14:20:00!, {seen}",
        f"00:00:5e:00:53:0a 10.20.1.60 {jdoe}: 11-18 14:20:00 > 11-18 14:30:00!, {seen}",
        f"00:00:5e:00:53:0a 2001:db8::50 {jdoe}: 11-18 14:00:00 > 11-18 14:30:00!, {seen}",
        f"00:00:5e:00:53:0a fe80::1 {jdoe}: 11-18 14:05:00 > 11-18 14:30:00!, {seen}",
        "00:00:5e:00:53:0b 10.20.1.51 anna@district.example: "
        "11-18 14:10:00 > 11-18 15:10:00!, seen 11-18 14:10:00",
        "00:00:5e:00:53:0c 10.20.1.52: 11-18 12:40:00 > 11-18 14:40:00!, seen 11-18 14:40:00",
        "00:00:5e:00:53:0d -: 11-18 14:50:00 > 11-18 15:00:00!, seen 11-18 14:50:00",
        "00:00:5e:00:53:0d 10.20.1.54 ben: 11-18 15:00:00 > ?, seen 11-18 15:00:00",
    ]
    assert said[0].startswith("1: ")
    assert not ledger.counts


RECORD = """%s
\tAcct-Status-Type = %s
\tAcct-Session-Id = "1"
\tUser-Name = "jdoe"
\tCalling-Station-Id = "00-00-5E-00-53-0A"
\tFramed-IP-Address = 10.20.1.50
%s
"""


def test_detail_without_timestamps_is_read_by_its_local_times(tmp_path: Path) -> None:
    first, second = "Wed Nov 18 08:00:00 2026", "Wed Nov 18 08:30:00 2026"
    text = RECORD % (first, "Start", "") + RECORD % (second, "Stop", "")
    found, said = read_file(_written(tmp_path, text))
    assert found.time_base == "local time of the district"
    assert said[0].endswith("11-18 14:00:00 > 11-18 14:30:00!, seen 11-18 14:30:00")
    event = '\tEvent-Timestamp = "Nov 18 2026 08:10:00 CST"\n'
    text = RECORD % ("a line of their own", "Start", event) + RECORD % ("another", "Start", "")
    ledger = Ledger()
    assert len(read_text(tmp_path, text, ledger=ledger)) == 1
    assert ledger.counts == {"leases without a time that says when they held": 1}


def _written(folder: Path, text: str) -> Path:
    path = folder / "a-file"
    path.write_text(text)
    return path


def test_a_detail_file_cut_anywhere_says_nothing_else(tmp_path: Path) -> None:
    text = (SAMPLES / "detail-20261118").read_text()
    whole = {line.split(": ")[1].split(" ")[0:2].__str__() for line in read_text(tmp_path, text)}
    for cut in range(500, len(text), 11):
        told = {line.split(": ")[1].split(" ")[0:2].__str__() for line in read_text(tmp_path, text[:cut])}
        assert {each for each in told if "'-" not in each} <= whole


def test_a_session_without_a_number_is_counted(tmp_path: Path) -> None:
    ledger = Ledger()
    text = RECORD.replace('\tAcct-Session-Id = "1"\n', "") % ("x", "Start", "\tTimestamp = 1795010400\n")
    assert read_text(tmp_path, text, ledger=ledger) == []
    assert ledger.counts == {"lines of lease files not understood": 1}


def test_nps_xml() -> None:
    ledger = Ledger()
    found, said = read_file(SAMPLES / "nps-dts.log", ledger=ledger)
    assert (found.format, found.time_base) == ("NPS log (DTS, XML)", "local time of the district")
    assert said == [
        "2: 00:00:5e:00:53:0a 10.20.1.50 DISTRICT\\o'neil: 11-18 14:00:01 > 11-18 14:30:00!, seen 11-18 14:30:00"
    ]
    assert not ledger.counts


@pytest.mark.parametrize(
    ("name", "kind"), [("nps-odbc.log", "NPS log (ODBC)"), ("nps-ias.log", "NPS log (IAS)")]
)
def test_nps_with_commas(name: str, kind: str) -> None:
    ledger = Ledger()
    found, said = read_file(SAMPLES / name, ledger=ledger)
    assert (found.format, found.time_base) == (kind, "local time of the district")
    assert said == [
        "2: 00:00:5e:00:53:0b 10.20.1.51 DISTRICT\\anna: 11-18 14:00:00 > 11-18 14:45:00!, seen 11-18 14:45:00"
    ]
    assert not ledger.counts


@pytest.mark.parametrize("name", ["nps-dts.log", "nps-odbc.log", "nps-ias.log"])
def test_a_cut_line_says_nothing(tmp_path: Path, name: str) -> None:
    text = (SAMPLES / name).read_text()
    last = text.rindex("\n", 0, len(text) - 1) + 1
    before = read_text(tmp_path, text[:last])
    for cut in range(last, len(text) - 30, 5):
        assert read_text(tmp_path, text[:cut]) == before
