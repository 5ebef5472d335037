"""Kea's lease files."""

from __future__ import annotations

from pathlib import Path

from made_lease_files import SAMPLES, read_file, read_text

from auditor.records import Ledger


def test_ipv4() -> None:
    ledger = Ledger()
    found, said = read_file(SAMPLES / "kea-leases4.csv", ledger=ledger)
    assert (found.format, found.time_base) == ("Kea lease file (CSV)", "UTC")
    assert said == [
        "2: 00:00:5e:00:53:0a 10.20.1.50: 11-18 14:00:00 > 11-18 14:30:00!, seen 11-18 14:30:00",
        "4: 00:00:5e:00:53:0b 10.20.1.51: 11-18 14:00:00 > ?, seen 11-18 14:00:00",
        "5: 00:00:5e:00:53:0c 10.20.1.52: 11-18 14:00:00 > ?, seen 11-18 14:00:00",
        "7: 00:00:5e:00:53:0d 10.20.1.53: 11-18 14:00:00 > 11-18 15:00:00!, seen 11-18 14:00:00",
        "9: 00:00:5e:00:53:0e 10.20.1.54: 11-18 14:00:00 > 11-18 14:30:00!, seen 11-18 14:00:00",
    ]
    assert ledger.counts == {"lines of lease files not understood": 1}


def test_ipv6() -> None:
    assert read_file(SAMPLES / "kea-leases6.csv")[1] == [
        "2: 00:00:5e:00:53:0a 2001:db8::50: 11-18 14:00:00 > 11-18 15:00:00, seen 11-18 14:00:00",
        "3: 00:00:5e:00:53:0b 2001:db8::51: 11-18 14:00:00 > 11-18 15:00:00, seen 11-18 14:00:00",
    ]


def test_a_deleted_lease_held_at_least_until_the_row_before_was_written(tmp_path: Path) -> None:
    head = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n"
    text = head + (
        "10.20.1.50,00:00:5e:00:53:0a,,3600,1795014000,1,0,0,,0,\n"
        "10.20.1.99,00:00:5e:00:53:0b,,3600,1795015000,1,0,0,,0,\n"
        "10.20.1.50,00:00:5e:00:53:0a,,0,1795010400,1,0,0,,0,\n"
    )
    assert read_text(tmp_path, text)[0].endswith("14:00:00 > 11-18 14:16:40!, seen 11-18 14:00:00")


def test_a_header_that_lacks_columns_and_a_row_that_is_cut(tmp_path: Path) -> None:
    ledger = Ledger()
    assert read_text(tmp_path, "address,hwaddr,client_id,expire\n10.0.0.1,x,y,1\n", ledger=ledger) == []
    assert ledger.counts == {"lines of lease files not understood": 1}
    text = (SAMPLES / "kea-leases4.csv").read_text()
    whole = {line.split(": ")[1] for line in read_text(tmp_path, text)}
    for cut in range(110, len(text)):
        assert {line.split(": ")[1] for line in read_text(tmp_path, text[:cut])} <= whole
