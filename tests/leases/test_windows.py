"""Audit logs of Windows DHCP servers."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_lease_files import SAMPLES, ZONE, read_file, read_text, utc

from auditor.leases import read_lease_file
from auditor.records import Ledger


def test_a_day() -> None:
    ledger = Ledger()
    found, said = read_file(SAMPLES / "DhcpSrvLog-Wed.log", ledger=ledger)
    assert found.format == "Windows DHCP audit log"
    assert found.time_base == "local time of the district, dates are month/day by their numbers"
    assert said == [
        "18: 00:00:5e:00:53:0a 10.20.1.50: 11-18 14:00:00 > ?, seen 11-18 18:00:00",
        "22: 00:00:5e:00:53:0b 10.20.1.51: 11-18 19:00:00 > 11-18 19:10:00!, seen 11-18 19:00:00",
        "24: 00:00:5e:00:53:0c 10.20.1.51: 11-18 19:20:00 > 11-18 19:40:00!, seen 11-18 19:20:00",
        "25: 00:00:5e:00:53:0d 10.20.1.51: 11-18 19:40:00 > 11-18 20:00:00!, seen 11-18 19:40:00",
        "26: - 10.20.1.52: 11-18 19:45:00 > ?, seen 11-18 19:45:00",
        "28: 00:00:5e:00:53:0e 10.20.1.60: 11-18 20:10:00 > 11-18 20:10:00!, seen 11-18 20:10:00",
    ]
    assert not ledger.counts


def test_ipv6() -> None:
    assert read_file(SAMPLES / "DhcpV6SrvLog-Wed.log")[1] == [
        "10: 00:00:5e:00:53:0a 2001:db8::50: 11-18 14:00:00 > 11-18 15:00:00!, seen 11-18 14:30:00"
    ]


def row(date: str, clock: str = "08:00:00", kind: str = "10", mac: str = "00005E00530A") -> str:
    return f"{kind},{date},{clock},Assign,10.20.1.50,a-host,{mac},,1,0,,,,,,,,,0\n"


@pytest.mark.parametrize(
    ("dates", "name", "modified", "month_day", "why"),
    [
        (["18/11/26"], "x.log", "2026-11-19", "11-18", "dates are day/month by their numbers"),
        (["18.11.2026"], "x.log", "2026-11-19", "11-18", "dates are day/month by their numbers"),
        (["05.11.26"], "x.log", "2026-11-19", "11-05", "dates are day.month as they are written with dots"),
        (["2026-11-05"], "x.log", "2026-11-19", "11-05", "dates are year-month-day"),
        (["11/05/26"], "DhcpSrvLog-Thu.log", "2027-01-01", "11-05", "by the weekday in the file's name"),
        (
            ["05/11/26"],
            "DhcpSrvLog-Thu.log",
            "2027-01-01",
            "11-05",
            "day/month by the weekday in the file's name",
        ),
        (
            ["05/11/26"],
            "copy.log",
            "2026-11-05 20:00",
            "11-05",
            "day/month by when the file was last written",
        ),
        (
            ["11/05/26"],
            "copy.log",
            "2026-11-05 20:00",
            "11-05",
            "month/day by when the file was last written",
        ),
        (
            ["11/05/26"],
            "copy.log",
            "2027-05-05",
            "11-05",
            "dates are taken for month/day, as Microsoft documents",
        ),
        (["05/05/26"], "DhcpSrvLog-Tue.log", "2027-05-05", "05-05", "dates are taken for month/day"),
    ],
)
def test_the_order_of_day_and_month(
    tmp_path: Path, dates: list[str], name: str, modified: str, month_day: str, why: str
) -> None:
    path = tmp_path / name
    path.write_text("".join(row(date) for date in dates))
    found = read_lease_file(path, ZONE, Ledger(), modified_s=utc(modified))
    assert why in found.time_base
    entry = next(found.entries)
    assert entry.start_s is not None
    assert entry.start_s % 86400 in (13 * 3600, 14 * 3600)
    assert read_text(tmp_path, path.read_text(), name, modified_s=utc(modified))[0].split()[3] == month_day


def test_the_hour_that_comes_twice(tmp_path: Path) -> None:
    a, b = "00005E00530A", "00005E00530B"
    twice = [
        row("11/01/26", clock, mac=mac) for clock, mac in (("00:30:00", a), ("01:40:00", a), ("01:20:00", b))
    ]
    assert read_text(tmp_path, "".join(twice), "DhcpSrvLog-Sun.log") == [
        "1: 00:00:5e:00:53:0a 10.20.1.50: 11-01 05:30:00 > 11-01 07:20:00!, seen 11-01 06:40:00",
        "3: 00:00:5e:00:53:0b 10.20.1.50: 11-01 07:20:00 > ?, seen 11-01 07:20:00",
    ]
    ledger = Ledger()
    assert read_text(tmp_path, twice[0] + twice[2], "DhcpSrvLog-Sun.log", ledger=ledger) == [
        "1: 00:00:5e:00:53:0a 10.20.1.50: 11-01 05:30:00 > 11-01 06:20:00!, seen 11-01 05:30:00",
        "2: 00:00:5e:00:53:0b 10.20.1.50: 11-01 07:20:00 > ?, seen 11-01 07:20:00",
    ]
    assert sum(ledger.counts.values()) == 1


def test_what_is_odd_or_cut(tmp_path: Path) -> None:
    ledger = Ledger()
    text = (
        row("11/18/26")
        + row("13/32/26")
        + row("11/18/26", "25:00:00")
        + "10,11/18/26,08:00:00,x,300.1.1.1,,00005E00530A,\n"
    )
    assert len(read_text(tmp_path, text, ledger=ledger)) == 1
    assert ledger.counts == {"lines of lease files not understood": 3}
    text = (SAMPLES / "DhcpSrvLog-Wed.log").read_text()
    whole = {line.split(": ")[1] for line in read_text(tmp_path, text)}
    for cut in range(text.index("10,11/18/26") + 30, len(text), 3):
        assert {line.split(": ")[1] for line in read_text(tmp_path, text[:cut])} <= whole


def test_a_log_in_another_language(tmp_path: Path) -> None:
    text = "Microsoft-DHCP-Dienstaktivitätsprotokoll\nID,Datum,Uhrzeit,Beschreibung,IP-Adresse,Hostname,MAC-Adresse\n"
    for encoding in ("latin-1", "utf-16", "utf-8"):
        assert len(read_text(tmp_path, (text + row("18.11.26")).encode(encoding))) == 1
