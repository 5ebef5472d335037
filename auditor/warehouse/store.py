"""A warehouse on disk: what was observed, by capture, and what was decided, by day.

    activity/day=YYYY-MM-DD/sensor=NAME/<sha16>.parquet    captures/<sha16>.json   (the mark, written last)
    coverage/day=YYYY-MM-DD/sensor=NAME/<sha16>.parquet    captures/<sha16>.again  (to be read anew)
        and <sha16>.open.parquet (of the capture's last    leases/<sha16>.parquet
        minute, until the next one goes on with it)        lease_files/<sha16>.json, carried/<sensor>.parquet
    findings/day=YYYY-MM-DD/findings.parquet               minutes/day=YYYY-MM-DD/minutes.parquet
    audits/day=YYYY-MM-DD/audit.json (written last)        warehouse.json, access.log, scope.json
        and history.ndjson (when it was decided)
    staging/ (what is being written)                       warehouse.lock, key.json

One process writes at a time (`lock`); others may read meanwhile.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import quote

from auditor.warehouse import files
from auditor.warehouse.decided import DecidedStore
from auditor.warehouse.observed import ObservedStore


class Warehouse(ObservedStore, DecidedStore):
    """One warehouse folder. Days are local days; minutes are UTC epoch minutes."""

    def keep_carried(self, sensor: str, content: bytes) -> None:
        """Keeps what the sensor's next capture needs to know of those before it. Needs the lock."""
        path = self._carried_path(sensor)
        with files.writing(self.path), self._staging("carried") as staging:
            files.publish(files.write_bytes(staging / path.name, content), path)

    def carried(self, sensor: str) -> bytes:
        """What `keep_carried` kept last; b"" where there is nothing."""
        path = self._carried_path(sensor)
        return path.read_bytes() if path.is_file() else b""

    def _carried_path(self, sensor: str) -> Path:
        return self.path / "carried" / f"{quote(sensor, safe='')}.parquet"

    def forget_carried(self) -> None:
        """Removes what was kept for the next captures of all sensors. Needs the lock."""
        with files.writing(self.path):
            shutil.rmtree(self.path / "carried", ignore_errors=True)

    def scope(self) -> str:
        """What `keep_scope` kept last; "" where there is nothing."""
        path = self.path / "scope.json"
        return path.read_text(encoding="ascii") if path.is_file() else ""

    def keep_scope(self, known: str) -> None:
        """Notes what is known of whose use is not to be stored. Needs the lock."""
        with files.writing(self.path), self._staging("scope") as staging:
            files.publish(files.write_bytes(staging / "scope.json", known.encode()), self.path / "scope.json")
