"""From a report's name and its inputs to text or a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from auditor.report import aggregate
from auditor.report.definition import READING, Definition, check_format, load
from auditor.report.inputs import ReportInputs
from auditor.report.page import render_page
from auditor.report.tables import Tables, run
from auditor.report.write import csv_text, json_text, write_text


def render(name: str, fmt: str, inputs: ReportInputs) -> str:
    """The report `name` as text: `html` a page, `csv` its main table, `json` all of its tables.

    BadInput for an unknown name or format.
    """
    check_format(fmt)
    definition = load(name)
    tables, columns = _tables(definition, inputs)
    if fmt == "html":
        return render_page(definition, tables, inputs)
    if fmt == "csv":
        return csv_text(tables[definition.main], columns)
    return json_text(_document(definition, tables, inputs))


def write(name: str, fmt: str, inputs: ReportInputs, out: Path) -> Path:
    """Writes the report and returns its path.

    `out` is the file, or a folder (one that exists, or a name without a suffix) in which it is then called
    `NAME_FIRSTDAY_LASTDAY.FMT`. BadInput if it can't be written.
    """
    text = render(name, fmt, inputs)
    folder = out.is_dir() or not out.suffix
    path = out / f"{name}_{inputs.first_day}_{inputs.last_day}.{fmt}" if folder else out
    write_text(path, text)
    return path


def _tables(definition: Definition, inputs: ReportInputs) -> tuple[Tables, list[str]]:
    """The report's tables, and the columns of its main one (known even when it has no row)."""
    results = run(definition.queries, inputs)
    tables = {name: table.to_pylist() for name, table in results.items()}
    if definition.name == "aggregate":
        return aggregate.build(tables, inputs), aggregate.LINE_COLUMNS
    return tables, results[definition.main].column_names


def _document(definition: Definition, tables: Tables, inputs: ReportInputs) -> dict[str, Any]:
    return {
        "report": definition.name,
        "title": definition.title,
        "district": inputs.district_name,
        "first_day": inputs.first_day.isoformat(),
        "last_day": inputs.last_day.isoformat(),
        "enforce": list(inputs.enforce),
        "time_prong": inputs.time_prong,
        "enforced": " ".join(inputs.reading),
        "other_readings": inputs.other_readings,
        "school_hours_unknown": list(inputs.school_hours_unknown),
        "decided_anew": inputs.decided_anew,
        "minimum_cell": inputs.minimum_cell,
        "generated_at": inputs.generated_at,
        "reading": READING,
        "tables": tables,
    }
