"""Where the product and the second opinion say something else of a day."""

from __future__ import annotations

from typing import Any

import policy_slow as slow
import pyarrow as pa

from auditor.policy.decide import FINDINGS, MINUTES, Decision


def disagreement(decision: Decision, day: slow.Day) -> str:
    """The first thing of which both say something else; "" where there is none."""
    findings, minutes = day.decide()
    coverage, aside = dict(decision.coverage), day.set_aside()
    return (
        _unlike(decision.minutes, minutes, MINUTES)
        or _unlike(decision.findings, findings, FINDINGS)
        or ("" if coverage == aside else f"set aside: {coverage}, slowly {aside}")
    )


def _unlike(table: pa.Table, rows: list[dict[str, Any]], schema: pa.Schema) -> str:
    """The first row and the columns of it that differ; "" where none does."""
    for found, expected in zip(table.to_pylist(), rows, strict=False):
        columns = [name for name in schema.names if found[name] != expected[name]]
        if columns:
            both = ", ".join(f"{name} {found[name]!r}, slowly {expected[name]!r}" for name in columns)
            return f"{both}\nin {found}"
    return "" if table.num_rows == len(rows) else f"{table.num_rows} rows, slowly {len(rows)}"
