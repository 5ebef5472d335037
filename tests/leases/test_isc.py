"""dhcpd.leases of ISC's server."""

from __future__ import annotations

from pathlib import Path

from made_lease_files import SAMPLES, read_file, read_text

from auditor.records import Ledger


def test_a_log_of_leases() -> None:
    ledger = Ledger()
    found, said = read_file(SAMPLES / "dhcpd.leases", ledger=ledger)
    assert (found.format, found.time_base) == ("ISC dhcpd.leases", "UTC")
    assert said == [
        "18: 00:00:5e:00:53:0a 10.20.1.50: 11-18 14:00:00 > 11-18 14:45:12!, seen 11-18 14:30:00",
        "39: 00:00:5e:00:53:0b 10.20.1.51: 11-18 14:10:00 > ?, seen 11-18 14:10:00",
        "59: 00:00:5e:00:53:0b 10.20.1.50: 11-18 16:00:00 > 11-18 16:20:00!, seen 11-18 16:00:00",
        "65: 00:00:5e:00:53:0c 10.20.1.50: 11-18 16:20:00 > 11-18 17:20:00, seen 11-18 16:20:00",
        "71: 00:00:5e:00:53:0d 10.20.1.52: 11-18 14:00:00 > 11-18 15:00:00!, seen 11-18 14:00:00",
        "77: - 10.20.1.53: 11-18 14:00:00 > 11-18 14:00:00!, seen 11-18 14:00:00",
    ]
    assert not ledger.counts


def test_ipv6() -> None:
    assert read_file(SAMPLES / "dhcpd6.leases")[1] == [
        "6: 00:00:5e:00:53:0a 2001:db8::50: 11-18 14:00:00 > 11-18 15:00:00, seen 11-18 14:00:00",
        "12: 00:00:5e:00:53:0a 2001:db8::51: 11-18 14:00:00 > 11-18 14:10:00!, seen 11-18 14:00:00",
        "20: - 2001:db8::52: 11-18 14:00:00 > 11-18 15:00:00, seen 11-18 14:00:00",
    ]


def test_a_file_cut_anywhere_says_no_more_than_the_whole(tmp_path: Path) -> None:
    text = (SAMPLES / "dhcpd.leases").read_text()
    whole = {line.split(": ")[1] for line in read_text(tmp_path, text)}
    for cut in range(600, len(text), 7):
        assert {line.split(": ")[1] for line in read_text(tmp_path, text[:cut])} <= whole


def test_a_declaration_without_an_end_does_not_swallow_the_next(tmp_path: Path) -> None:
    ledger = Ledger()
    lease = "  starts 3 2026/11/18 14:00:00;\n  ends 3 2026/11/18 15:00:00;\n  hardware ethernet 00:00:5e:00:53:0a;\n"
    text = f'lease 10.0.0.1 {{\n{lease}  uid "cut {{\nlease 10.0.0.2 {{\n{lease}}}\n'
    assert [line.split()[2] for line in read_text(tmp_path, text, ledger=ledger)] == ["10.0.0.2:"]
    assert ledger.counts == {"lines of lease files not understood": 1}


def test_all_on_one_line_and_times_that_are_none(tmp_path: Path) -> None:
    ledger = Ledger()
    text = (
        "lease 10.0.0.1 { starts 3 2026/11/18 14:00:00; ends 3 2026/11/18 15:00:00; "
        "hardware ethernet 00:00:5e:00:53:0a; }\n"
        "lease 10.0.0.2 { starts 3 2026/13/18 14:00:00; ends 3 2026/11/18 15:00:00; binding state active; }\n"
    )
    assert len(read_text(tmp_path, text, ledger=ledger)) == 1
    assert ledger.counts == {"leases without a time that says when they held": 1}
