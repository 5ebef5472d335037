"""What turns out to be a student's or guest's after it was stored is taken out again, and counted.

It turns out when devices.csv says so later, or a lease file or capture shows later who had an address.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor import pseudonym
from auditor.district import District
from auditor.jobs.holds import Lease
from auditor.jobs.leases import LeaseBook
from auditor.warehouse import Warehouse
from auditor.warehouse.tables import GUEST, LEASES, LOGON, STUDENT

_WORDS = (STUDENT, GUEST)


def set_aside(district: District, key: bytes, warehouse: Warehouse) -> Counter[str]:
    """Takes out of the warehouse what is a student's or guest's as far as is known now; returns what was counted.

    Looks at everything where other devices are students' or guests' than the last time, else only at the time of
    which new leases tell. Needs the lock.
    """
    text = warehouse.scope()
    before = json.loads(text) if text else {"devices": "", "leases": []}
    devices, paths = _devices(district, key), warehouse.lease_paths()
    counts = Counter[str]()
    if before["devices"] != devices:
        counts += _leases(district, key, warehouse, paths)
        files = warehouse.observed_files("activity")
    else:
        span = _span([path for path in paths if path.stem not in set(before["leases"])], warehouse)
        files = warehouse.activity_within(*span) if span else []
    counts += _activity(LeaseBook(district, key, warehouse.leases), district, key, warehouse, files)
    if counts:
        warehouse.forget_carried()  # names of connections: it can't be told whose
    now = {"devices": devices, "leases": sorted(path.stem for path in paths)}
    if now != before:
        warehouse.keep_scope(json.dumps(now))
    return counts


def _devices(district: District, key: bytes) -> str:
    """A hash of which devices are students' and guests', and when."""
    rows = sorted(
        (row.mac, row.assigned_to, row.from_minute or 0, row.to_minute or 0)
        for row in district.devices
        if row.assigned_to in _WORDS
    )
    return hmac.new(key, json.dumps(rows).encode(), hashlib.sha256).hexdigest()


def _span(paths: Iterable[Path], warehouse: Warehouse) -> tuple[int, int] | None:
    """The first and last minute of which these files tell of students' and guests' leases; None for none."""
    first, last = 1 << 62, -1
    for path in paths:
        table = warehouse.read_leases(path)
        theirs = table.filter(pc.is_in(table["client_key"], pa.array(_WORDS)))
        if theirs.num_rows:
            first = min(first, pc.min(theirs["from_minute"]).as_py())
            last = max(last, pc.max(theirs["to_minute"]).as_py())
    return (first - 60, last + 60) if last >= 0 else None


def _leases(district: District, key: bytes, warehouse: Warehouse, paths: Iterable[Path]) -> Counter[str]:
    """Leases of devices that are students' or guests' now lose their pseudonym; their log-ons go."""
    book, counts = LeaseBook(district, key, warehouse.leases), Counter[str]()
    devices = {pseudonym.client(key, row.mac) for row in district.devices if row.assigned_to in _WORDS}
    wanted = pa.array(sorted(devices), pa.string())
    for path in paths:
        table = warehouse.read_leases(path)
        theirs = np.isin(table["client_key"].to_numpy(zero_copy_only=False), wanted.to_pylist())
        if not theirs.any():
            continue
        leases = [Lease(**row) for row in table.filter(pa.array(theirs)).to_pylist()]
        kept = [one for one in book.kept(leases) if one.kind != LOGON or one.client_key not in _WORDS]
        if kept == leases:
            continue
        now = pa.Table.from_pylist([one.row() for one in kept], schema=LEASES)
        warehouse.replace_leases(path, pa.concat_tables([table.filter(pa.array(~theirs)), now]))
        counts["leases"] += sum(one.client_key in _WORDS for one in kept)
    return counts


def _activity(
    book: LeaseBook, district: District, key: bytes, warehouse: Warehouse, paths: Iterable[Path]
) -> Counter[str]:
    """Rows of use of students and guests are taken out and counted as they would have been at first."""
    devices = {pseudonym.client(key, row.mac) for row in district.devices if row.assigned_to in _WORDS}
    counts = Counter[str]()
    for path in paths:
        table = warehouse.read_activity(path)
        clients = table["client_key"].to_numpy(zero_copy_only=False)
        asked = np.flatnonzero(np.isin(clients, [*devices, ""]))
        addresses = table["address_key"].take(pa.array(asked)).to_pylist()
        minutes = table["minute"].to_numpy()[asked].tolist()
        whose = [
            book.owner(client, address, minute)
            for client, address, minute in zip(clients[asked].tolist(), addresses, minutes, strict=True)
        ]
        out = np.zeros(table.num_rows, bool)
        out[asked] = [owner in _WORDS for owner in whose]
        if not out.any():
            continue
        of_file = Counter[str]()
        octets = table["bytes_up"].to_numpy() + table["bytes_down"].to_numpy()
        flows = table["flows"].to_numpy()
        for number, owner in zip(asked.tolist(), whose, strict=True):
            if owner in _WORDS:
                of_file[f"flows_{owner}"] += int(flows[number])
                of_file[f"bytes_{owner}"] += int(octets[number])
        of_file["flows_kept"] -= int(flows[out].sum())
        of_file["bytes_kept"] -= int(octets[out].sum())
        warehouse.set_aside(path, table.filter(pa.array(~out)), of_file)
        counts["rows"] += int(out.sum())
    return counts
