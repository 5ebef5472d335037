"""Students and guests leave no row anywhere on disk, also where it turns out later that it was theirs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from auditor import pipeline, pseudonym
from auditor.district import load_district
from auditor.jobs.ingest import ingest
from auditor.shipped import shipped
from auditor.warehouse import Warehouse

SAMPLE = shipped("sample_pcaps") / "district"
DAYS = date(2026, 11, 1), date(2026, 11, 30)
MINORS_MAC = "00:00:5e:00:53:a7"
NOON = 1794247200  # 2026-11-09 18:00 UTC
# One address in each format, all of one student's device and of its user.
FORMATS = {
    "dnsmasq.leases": f"{NOON + 3600} {MINORS_MAC} 10.30.9.7 minors-host 01:{MINORS_MAC}\n",
    "dhcpd.leases": "lease 10.30.9.7 {\n  starts 1 2026/11/09 17:00:00;\n  ends 1 2026/11/09 19:00:00;\n"
    f"  binding state active;\n  hardware ethernet {MINORS_MAC};\n  client-hostname \"minors-host\";\n}}\n",
    "kea-leases4.csv": "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state\n"
    f"10.30.9.7,{MINORS_MAC},,7200,{NOON + 3600},1,0,0,minors-host,0\n",
    "DhcpSrvLog-Mon.log": "\t\tMicrosoft DHCP Service Activity Log\n\n\nEvent ID  Meaning\n"
    "10\tA new IP address was leased to a client.\n\nID,Date,Time,Description,IP Address,Host Name,MAC Address\n"
    "10,11/09/26,11:00:00,Assign,10.30.9.7,minors-host,00005E0053A7,\n",
    "syslog": f"Nov  9 11:00:00 gw dhcpd: DHCPACK on 10.30.9.7 to {MINORS_MAC} (minors-host) via eth0\n",
    "detail": "Mon Nov  9 11:00:00 2026\n\tAcct-Status-Type = Start\n\tUser-Name = \"minors-user\"\n"
    "\tAcct-Session-Id = \"s1\"\n\tNAS-IP-Address = 10.0.0.2\n\tCalling-Station-Id = \"00-00-5E-00-53-A7\"\n"
    f"\tFramed-IP-Address = 10.30.9.7\n\tTimestamp = {NOON - 3600}\n\n",
}  # fmt: skip


def sample(folder: Path) -> Path:
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("maker", "truth", "*.py"))
    return folder


def written(folder: Path) -> Iterator[bytes]:
    """Every byte below a folder; of Parquet files the values too, as they are before they are packed."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.read_bytes()
            if path.suffix == ".parquet":
                yield str(pq.read_table(path, partitioning=None).to_pydict()).encode()
        yield path.name.encode()


def spellings(mac: str) -> Iterator[bytes]:
    """A MAC in every spelling, and as six bytes."""
    raw = bytes.fromhex(mac.replace(":", ""))
    digits = raw.hex()
    yield raw
    for text in (mac, mac.replace(":", "-"), digits, f"{digits[:4]}.{digits[4:8]}.{digits[8:]}"):
        yield text.encode()
        yield text.upper().encode()


def test_nothing_of_students_and_guests_is_on_disk(tmp_path: Path) -> None:
    folder = sample(tmp_path / "d")
    with (folder / "devices.csv").open("a") as devices:
        devices.write(f"CB-MINOR,{MINORS_MAC},district,student,chromebook,,\n")
    for name, text in FORMATS.items():
        (folder / "leases" / name).write_text(text)
    district = load_district(folder)
    night = pipeline.nightly(district)
    assert not night.ingested.problems
    assert len(night.ingested.lease_files) == 2 + len(FORMATS)
    key = pseudonym.load_key(folder, create=False)
    minors = {row.mac for row in district.devices if row.assigned_to in ("student", "guest")} - {
        row.mac for row in district.devices if row.assigned_to not in ("student", "guest")
    }
    assert len(minors) > 5
    ids = {row.device_id for row in district.devices if row.mac in minors}
    needles = {pseudonym.client(key, mac).encode() for mac in minors}
    needles |= {spelt for mac in minors for spelt in spellings(mac)}
    needles |= {name.encode() for one in ids for name in (one, one.lower())}
    needles |= {b"minors-host", b"minors-user", b"10.30.9.7"}
    addresses = re.findall(
        r"\b10\.[23]0\.\d+\.\d+\b", "".join(p.read_text() for p in (folder / "leases").iterdir())
    )
    needles |= {address.encode() for address in addresses}
    hay = b"\n".join((*written(folder / "warehouse"), *written(folder / "reports")))
    assert sorted(needle for needle in needles if needle in hay) == []
    assert b"student" in hay


def rows(folder: Path) -> set[tuple[object, ...]]:
    table = Warehouse.open(folder / "warehouse").activity(*DAYS)
    return {(row["minute"], row["client_key"], row["address_key"], row["host"]) for row in table.to_pylist()}


def counted(folder: Path) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in Warehouse.open(folder / "warehouse").coverage(*DAYS).to_pylist():
        sums[row["measure"]] = sums.get(row["measure"], 0) + row["value"]
    return sums


@pytest.mark.parametrize("behind_router", [False, True])
def test_what_turns_out_to_be_a_students_is_taken_out(tmp_path: Path, behind_router: bool) -> None:
    """A warehouse that learns later holds what one holds that knew at once."""
    late, once = sample(tmp_path / "late"), sample(tmp_path / "once")
    for folder in (late, once):
        toml = folder / "auditor.toml"
        if behind_router:
            toml.write_text(toml.read_text().replace("sees_client_mac = true", "sees_client_mac = false"))
    text = (once / "devices.csv").read_text()
    changed = re.sub(r"^(HS-LT-03,[^,]*,district),E1004", r"\1,student", text, flags=re.MULTILINE)
    assert changed != text
    (once / "devices.csv").write_text(changed)
    ingest(load_district(once))
    pipeline.nightly(load_district(late))
    before = len(rows(late))
    (late / "devices.csv").write_text(changed)
    night = pipeline.nightly(load_district(late))
    assert night.ingested.set_aside == before - len(rows(late)) > 0
    assert rows(late) == rows(once)
    assert any("captures came, grew or were read anew" in day.anew for day in night.anew)
    for measure in ("flows_student", "bytes_student", "bytes_kept"):
        assert counted(late)[measure] > 0
    assert counted(late)["bytes_student"] == counted(once)["bytes_student"] - _unkept(late, once)
    key = pseudonym.client(pseudonym.load_key(late, create=False), "00:00:5e:00:53:12").encode()
    assert key not in b"\n".join(written(late / "warehouse"))
    assert not pipeline.nightly(load_district(late)).ingested.set_aside


def _unkept(late: Path, once: Path) -> int:
    """Bytes of the device that were never stored, so that they can't be counted anew."""
    then, now = counted(late), counted(once)
    return sum(then[f"bytes_{fate}"] - now[f"bytes_{fate}"] for fate in ("unlisted", "unnamed"))


def test_leases_that_come_later_take_out_what_was_theirs(tmp_path: Path) -> None:
    folder = sample(tmp_path / "d")
    toml = folder / "auditor.toml"
    toml.write_text(toml.read_text().replace("sees_client_mac = true", "sees_client_mac = false"))
    pipeline.nightly(load_district(folder))
    before = rows(folder)
    minute, _, _, _ = max(before)
    district = load_district(folder)
    minor = next(row.mac for row in district.devices if row.assigned_to == "student")
    start = int(str(minute)) * 60
    addresses = [f"10.{site}.{net}.{host}" for site in (20, 30) for net in range(4) for host in range(256)]
    lease = "".join(f"{start + 36_000} {minor} {address} x *\n" for address in addresses)
    (folder / "leases" / "late.leases").write_text(lease)
    night = pipeline.nightly(load_district(folder))
    assert night.ingested.set_aside > 0
    assert rows(folder) < before


def test_where_nothing_is_new_nothing_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sample(tmp_path / "d")
    ingest(load_district(folder))
    looked: list[Path] = []
    monkeypatch.setattr(Warehouse, "read_activity", lambda _, path: looked.append(path))
    ingest(load_district(folder))
    assert not looked
