"""What was decided: findings, minutes and provenance by day, and the history of each day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from auditor.warehouse import files
from auditor.warehouse.ground import Ground
from auditor.warehouse.layout import day_of, parse_audit, read_json

_AUDIT_AGAIN = "run `auditor audit` for that day again"
_HISTORY = "history.ndjson"


class DecidedStore(Ground):
    """The part of a warehouse that holds what the policy says."""

    def replace_day(
        self,
        day: date,
        findings: pa.Table,
        minutes: pa.Table,
        audit: Mapping[str, Any],
        history_line: str = "",
    ) -> None:
        """Replaces all that was decided about the day, and adds a line to its history. Needs the lock.

        The day's `audit.json` goes first and comes back last: findings and minutes without it are not read,
        so a crash in between leaves the day undecided, never half of one audit and half of another.
        """
        folder = f"day={day.isoformat()}"
        with files.writing(self.path), self._staging(folder) as staging:
            staged = [
                files.write_parquet(staging / "findings.parquet", findings),
                files.write_parquet(staging / "minutes.parquet", minutes),
                files.write_bytes(staging / "audit.json", (json.dumps(audit, indent=1) + "\n").encode()),
            ]
            self._audit_path(day).unlink(missing_ok=True)
            if history_line:
                files.append(
                    files.private_folder(self._history_path(day).parent) / _HISTORY, history_line.encode()
                )
            for path, kind in zip(staged, ("findings", "minutes", "audits"), strict=True):
                files.publish(path, self.path / kind / folder / path.name)

    def audited_days(self) -> tuple[date, ...]:
        """The local days that have been decided."""
        folders = self._day_folders("audits", date.min, date.max)
        return tuple(day_of(folder / "audit.json") for folder in folders if (folder / "audit.json").is_file())

    def audits(self, first: date, last: date) -> dict[date, dict[str, Any]]:
        """The provenance of each day decided from `first` to `last`."""
        found = {}
        for day in self.audited_days():
            if first <= day <= last:
                found[day] = read_json(self._audit_path(day), _AUDIT_AGAIN, parse_audit)
        return found

    def history(self, day: date) -> list[dict[str, Any]]:
        """The lines of a day's history in their order; one that a crash has cut is left out."""
        path = self._history_path(day)
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
        return [entry for entry in map(_entry, lines) if entry]

    def decided_files(self, kind: str, first: date, last: date) -> list[Path]:
        """The files of `findings` or `minutes` of the days decided from `first` to `last`."""
        days = (day for day in self.audited_days() if first <= day <= last)
        return [self.path / kind / f"day={day.isoformat()}" / f"{kind}.parquet" for day in days]

    def findings(self, first: date, last: date, schema: pa.Schema) -> pa.Table:
        """The findings of the days decided, with the columns of `schema`, which the policy stage gives."""
        return self._decided("findings", first, last, schema)

    def minutes(self, first: date, last: date, schema: pa.Schema) -> pa.Table:
        """The minutes of the days decided, with the columns of `schema`, which the policy stage gives."""
        return self._decided("minutes", first, last, schema)

    def _decided(self, kind: str, first: date, last: date, schema: pa.Schema) -> pa.Table:
        paths = self.decided_files(kind, first, last)
        read = [files.read_parquet(path, schema, _AUDIT_AGAIN) for path in paths]
        return pa.concat_tables([schema.empty_table(), *read])

    def _audit_path(self, day: date) -> Path:
        return self.path / "audits" / f"day={day.isoformat()}" / "audit.json"

    def _history_path(self, day: date) -> Path:
        return self._audit_path(day).with_name(_HISTORY)


def _entry(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
        return {"decided_at": str(entry["decided_at"]), "changed": [str(one) for one in entry["changed"]]}
    except (ValueError, TypeError, KeyError):
        return {}
