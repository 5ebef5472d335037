"""Logs of DHCP servers."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_lease_files import SAMPLES, ZONE, read_file, read_text, utc

from auditor.leases import read_lease_file
from auditor.records import Ledger

MAC, IP = "00:00:5e:00:53:0a", "10.20.1.50"
DUID = "00:01:00:01:2c:aa:bb:cc:00:00:5e:00:53:0a"


def test_dhcpd() -> None:
    ledger = Ledger()
    found, said = read_file(SAMPLES / "dhcpd.syslog", ledger=ledger, modified_s=utc("2026-01-01 12:00"))
    assert found.format == "log of a DHCP server (dhcpd, dnsmasq, Kea)"
    assert found.time_base == (
        "local time of the district, no year is written: taken for 2025 to 2026, by when the file was last written"
    )
    assert said == [
        "5: 00:00:5e:00:53:0a 10.20.1.50: 01-01 05:30:01 > 01-01 06:20:00!, seen 01-01 05:30:01",
        "7: 00:00:5e:00:53:0b 10.20.1.51: 01-01 06:10:00 > 01-01 06:32:00!, seen 01-01 06:10:00",
        "8: 00:00:5e:00:53:0c 10.20.1.50: 01-01 06:20:00 > 01-01 06:30:00!, seen 01-01 06:20:00",
        "14: 00:00:5e:00:53:0a 2001:db8::50: 01-01 06:40:00 > 01-01 06:45:00!, seen 01-01 06:40:00",
    ]
    assert not ledger.counts


LOCAL, UTC_ = "11-18 14:00:00", "11-18 20:00:00"  # what "14:00:00" is in UTC, as written and as local time
ACK = f"DHCPACK on {IP} to {MAC} via eth0"


@pytest.mark.parametrize(
    ("line", "start"),
    [
        (f"Nov 18 14:00:00 a-host dhcpd[1]: {ACK}", UTC_),
        (f"<30>Nov 18 14:00:00 a-host dhcpd: {ACK}", UTC_),
        (f"Nov 18 14:00:00 dhcpd[1]: {ACK}", UTC_),
        (f"Nov 18 2026 14:00:00 a-host dhcpd[1]: {ACK}", UTC_),
        (f"Wed Nov 18 14:00:00 2026 daemon.info dhcpd[1]: {ACK}", UTC_),
        (f"2026-11-18T14:00:00.123456+00:00 a-host dhcpd[1]: {ACK}", LOCAL),
        (f"2026-11-18T14:00:00Z fe80::1 dhcpd[1]: {ACK}", LOCAL),
        (f"2026-11-18T08:00:00-0600 a-host dhcpd[1]: {ACK}", LOCAL),
        (f"<30>1 2026-11-18T14:00:00.1Z a-host dhcpd 17 - - {ACK}", LOCAL),
        (f'<30>1 2026-11-18T14:00:00Z a-host dhcpd 17 ID [x@1 a="b c"][y@1] \ufeff{ACK}', LOCAL),
        (f"2026-11-18 14:00:00 a-host dhcpd[1]: {ACK}", UTC_),
        (f"Nov 18 14:00:00 a-host dnsmasq-dhcp[9]: DHCPACK(br-lan) {IP} {MAC} a-name", UTC_),
        (f"Nov 18 14:00:00 a-host dnsmasq-dhcp[9]: 1234567 DHCPACK(br0) {IP} {MAC}", UTC_),
        (
            f"2026-11-18 14:00:00.123 INFO  [kea-dhcp4.leases/17.1404] DHCP4_LEASE_ALLOC [hwtype=1 {MAC}], "
            f"cid=[01:{MAC}], tid=0x7656713f: lease {IP} has been allocated for 3600 seconds",
            UTC_,
        ),
        (
            f"Nov 18 14:00:00 a-host kea-dhcp4[17]: INFO DHCP4_LEASE_ALLOC [hwtype=1 {MAC}], cid=[no info], tid=0x1: "
            f"lease {IP} has been allocated for 3600 seconds",
            UTC_,
        ),
        (
            f"Nov 18 14:00:00 a-host kea-dhcp4[17]: INFO  [kea-dhcp4.leases] DHCP4_LEASE_REUSE [hwtype=1 {MAC}], "
            f"cid=[no info], tid=0x1: lease {IP} has been reused for 3600 seconds",
            UTC_,
        ),
    ],
)
def test_every_stamp_and_server(tmp_path: Path, line: str, start: str) -> None:
    (said,) = read_text(tmp_path, line + "\n", modified_s=utc("2026-11-20"))
    assert said.startswith(f"1: {MAC} {IP}: {start} > ")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (f"dnsmasq-dhcp[9]: DHCPREPLY(br0) 2001:db8::50 {DUID} a-name", "?"),
        (f"kea-dhcp6: INFO DHCP6_LEASE_ALLOC duid=[{DUID}], [hwtype=1 {MAC}], tid=0x1: lease for "
         "address 2001:db8::50 and iaid=7 has been allocated for 600 seconds", "11-18 20:10:00"),
        (f"kea-dhcp6: INFO DHCP6_LEASE_RENEW duid=[{DUID}], tid=0x1: lease for address 2001:db8::50 "
         "and iaid=7 has been allocated", "?"),
        (f"kea-dhcp6: INFO DHCP6_RELEASE_NA duid=[{DUID}], tid=0x1: binding for address 2001:db8::50 and iaid=7 was "
         "released properly", "11-18 20:00:00!"),
        (f"dnsmasq-dhcp[9]: DHCPRELEASE(br0) 2001:db8::50 {DUID}", "11-18 20:00:00!"),
    ],
)  # fmt: skip
def test_ipv6(tmp_path: Path, line: str, what: str) -> None:
    (said,) = read_text(tmp_path, f"Nov 18 14:00:00 a-host {line}\n", modified_s=utc("2026-11-20"))
    assert said == f"1: {MAC} 2001:db8::50: 11-18 20:00:00 > {what}, seen 11-18 20:00:00"


@pytest.mark.parametrize(
    "end",
    [
        f"dhcpd: DHCPRELEASE of {IP} from {MAC} (a-name) via eth0 (found)",
        f"dhcpd: DHCPDECLINE of {IP} from {MAC} via eth0: abandoned",
        f"dnsmasq-dhcp[9]: DHCPRELEASE(br0) {IP} {MAC}",
        f"kea-dhcp4: INFO DHCP4_RELEASE [hwtype=1 {MAC}], cid=[no info], tid=0x1: address {IP} was released",
        f"kea-dhcp4: INFO DHCP4_RELEASE_EXPIRED [hwtype=1 {MAC}], cid=[], tid=0x1: address {IP} expired on release",
        f"kea-dhcp4: INFO DHCP4_DECLINE_LEASE Received DHCPDECLINE for addr {IP} from client [hwtype=1 {MAC}], "
        "cid=[no info], tid=0x1. The lease will be unavailable for 86400 seconds.",
    ],
)  # fmt: skip
def test_every_end(tmp_path: Path, end: str) -> None:
    text = f"Nov 18 14:00:00 a-host dhcpd: {ACK}\nNov 18 14:10:00 a-host {end}\n"
    (said,) = read_text(tmp_path, text, modified_s=utc("2026-11-20"))
    assert said.endswith("> 11-18 20:10:00!, seen 11-18 20:00:00")


def test_lines_that_say_nothing_of_leases(tmp_path: Path) -> None:
    ledger = Ledger()
    text = f"""Nov 18 14:00:00 a-host dhcpd: {ACK}
Nov 18 14:00:00 a-host dhcpd: DHCPACK on 10.20.1.300 to {MAC} via eth0
DHCPACK on {IP} to 00:00:5e:00:53:0b via eth0
Feb 30 14:00:00 a-host dhcpd: DHCPACK on {IP} to 00:00:5e:00:53:0b via eth0
Nov 18 14:00:00 a-host sshd[1]: login of DHCPACK on {IP} to 00:00:5e:00:53:0b via eth0
Nov 18 14:00:00 a-host dnsmasq-dhcp: x: DHCPACK(br0) {IP} 00:00:5e:00:53:0b
"""
    assert len(read_text(tmp_path, text, ledger=ledger, modified_s=utc("2026-11-20"))) == 1
    assert ledger.counts == {"lines of lease files not understood": 2}


def test_the_hour_that_comes_twice(tmp_path: Path) -> None:
    clocks = ("Nov  1 01:40:00", "Nov  1 01:20:00", "Nov  1 02:00:00")
    lines = (
        f"{clock} a-host dhcpd: DHCPACK on {IP} to {MAC[:-1]}{n} via eth0\n" for n, clock in enumerate(clocks)
    )
    text = "".join(lines)
    starts = [line.split()[4] for line in read_text(tmp_path, text, modified_s=utc("2026-11-20"))]
    assert starts == ["06:40:00", "07:20:00", "08:00:00"]


def test_a_log_cut_anywhere(tmp_path: Path) -> None:
    text = (SAMPLES / "dhcpd.syslog").read_text()
    modified_s = utc("2026-01-01 12:00")
    whole = {line.split(": ")[1] for line in read_text(tmp_path, text, modified_s=modified_s)}
    for cut in range(text.index("DHCPACK") + 60, len(text), 3):
        assert {
            line.split(": ")[1] for line in read_text(tmp_path, text[:cut], modified_s=modified_s)
        } <= whole


def test_the_file_systems_time_is_the_default(tmp_path: Path) -> None:
    path = tmp_path / "a-log"
    path.write_text(f"Nov 18 14:00:00 a-host dhcpd: {ACK}\n")
    assert "no year is written" in read_lease_file(path, ZONE, Ledger()).time_base
