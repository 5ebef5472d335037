"""dnsmasq.leases."""

from __future__ import annotations

from pathlib import Path

from made_lease_files import ZONE, read_file, read_text

from auditor.leases import read_lease_file
from auditor.records import Ledger

DISTRICT = Path(__file__).resolve().parents[2] / "sample_pcaps" / "district" / "leases"


def test_the_leases_of_the_sample_district() -> None:
    for name in ("elementary", "high"):
        path = DISTRICT / f"{name}.dnsmasq.leases"
        ledger = Ledger()
        found = read_lease_file(path, ZONE, ledger)
        entries = list(found.entries)
        assert (found.format, found.time_base) == ("dnsmasq.leases", "UTC")
        assert len(entries) == len(path.read_text().splitlines())
        assert not ledger.counts
        first = path.read_text().split()
        assert (entries[0].end_s, entries[0].mac, entries[0].ip) == (int(first[0]), first[1], first[2])


def test_every_kind_of_line(tmp_path: Path) -> None:
    ledger = Ledger()
    text = """1794615560 00:00:5e:00:53:0a 10.20.1.50 a-name 01:00:00:5e:00:53:0a
0 00:00:5e:00:53:0b 10.20.1.51 * *
43200 00:00:5e:00:53:0c 10.20.1.52 * *
1794615560 06-00:00:5e:00:53:0d 10.20.1.53 * *
1794615560 20-01:02:03:04:05:06:07:08 10.20.1.54 * *
1794615560 00:00:5e:00:53:0e 10.20.1.300 * *
duid 00:01:00:01:2c:aa:bb:cc:00:00:5e:00:53:01
1794615560 1577106 2001:db8:0::5 a-name 00:01:00:01:2c:aa:bb:cc:00:00:5e:00:53:0f
1794615560 T1577106 2001:db8::6 * 00:04:a3:44:73:bf:c2:7f
"""
    end = "11-14 00:19:20"
    assert read_text(tmp_path, text, ledger=ledger) == [
        f"1: 00:00:5e:00:53:0a 10.20.1.50: ? > {end}, seen ?",
        f"4: 00:00:5e:00:53:0d 10.20.1.53: ? > {end}, seen ?",
        f"5: - 10.20.1.54: ? > {end}, seen ?",
        f"8: 00:00:5e:00:53:0f 2001:db8::5: ? > {end}, seen ?",
        f"9: - 2001:db8::6: ? > {end}, seen ?",
    ]
    assert ledger.counts == {
        "leases without a time that says when they held": 2,
        "lines of lease files not understood": 1,
    }
    path = tmp_path / "a-file"
    assert f"{path}:2: leases without a time that says when they held: 2, this is the first" in ledger.notes


def test_a_line_that_is_being_written_is_left_out(tmp_path: Path) -> None:
    whole = "1794615560 00:00:5e:00:53:0a 10.20.1.50 a-name *\n"
    for cut in range(len(whole) - 2):
        assert len(read_text(tmp_path, whole + whole[:cut])) == 1


def test_a_file_is_read_as_far_as_it_is_told(tmp_path: Path) -> None:
    whole = "1794615560 00:00:5e:00:53:0a 10.20.1.50 a-name *\n"
    path = tmp_path / "a-file"
    path.write_text(whole * 2)
    assert len(read_file(path, size=len(whole))[1]) == 1
