"""The columns of the warehouse's tables, as they lie in the files.

`day` and `sensor` are in the folders' names (`day=2026-11-09/sensor=north`) and are added on reading.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

_TEXT = pa.string()
_WHOLE = pa.int64()

ACTIVITY = pa.schema(
    [
        ("minute", _WHOLE),  # UTC epoch minute
        ("site", _TEXT),  # the sensor's
        ("client_key", _TEXT),  # pseudonym of the client's MAC; "" where none was seen
        ("address_key", _TEXT),  # pseudonym of the client's IP address
        ("randomised", pa.bool_()),  # the MAC is locally administered
        ("platform", _TEXT),
        ("category", _TEXT),
        ("evidence", _TEXT),
        ("host", _TEXT),
        ("name_source", _TEXT),  # tls quic http dns
        ("bytes_up", _WHOLE),  # client to server, frame lengths on the wire
        ("bytes_down", _WHOLE),
        ("packets", _WHOLE),
        ("flows", _WHOLE),  # connections
        ("capture", _TEXT),  # SHA-256 of the capture that holds `frame`
        ("frame", _WHOLE),  # the frame that gave the name, 1-based
        ("reference", pa.bool_()),
        (
            "seen_through",
            _TEXT,
        ),  # the access point or tunnel end that carried it; "" for none that may be named
    ]
)
ACTIVITY_ORDER = (
    "minute",
    "client_key",
    "address_key",
    "host",
    "name_source",
    "capture",
    "frame",
    "bytes_down",
)

LEASES = pa.schema(
    [
        ("address_key", _TEXT),
        ("client_key", _TEXT),  # or STUDENT, GUEST, NAMELESS
        ("from_minute", _WHOLE),
        ("to_minute", _WHOLE),  # exclusive
        ("source", _TEXT),  # SHA-256 of the capture or lease file
        ("frame", _WHOLE),  # frame or line number in it; 0 of a student's or guest's
        (
            "kind",
            _TEXT,
        ),  # dhcp dhcpv6 radius, or by the device's own claim: arp nd; LOGON: no address, a person
        ("seen_minute", _WHOLE),  # when it was last seen to hold: the grant, or the last claim
        (
            "since_minute",
            _WHOLE,
        ),  # when it began; `from_minute` is later where this row is a later part of it
        ("second", _WHOLE),  # within that minute; 30 where it isn't known
        ("logged", pa.bool_()),  # from a lease file or log, whose clock is not the sensors'
        ("randomised", pa.bool_()),  # the MAC is locally administered
        # of a log-on: pseudonym of the employee, "" where the user's name is no employee's; "" of all others
        ("person", _TEXT),
    ]
)
LEASES_ORDER = ("address_key", "from_minute", "to_minute", "client_key", "frame")

# In place of a client's pseudonym: students' and guests' devices can't be told from each other.
STUDENT, GUEST = "student", "guest"
NAMELESS = "unknown"  # somebody of whom the file names no MAC
LOGON = "logon"


def _calendar_files(table: pa.Table) -> pa.Array:
    """Before the column, only rows of calendar.csv named a schedule for a day."""
    lines = table["calendar_line"].to_pylist()
    return pa.array(["calendar.csv" if line else "" for line in lines], _TEXT)


# Columns that files of an earlier version lack: what stands there, the column it is copied from, or what makes it.
LATER: dict[str, pa.Scalar | str | Callable[[pa.Table], pa.Array]] = {
    "seen_through": pa.scalar(""),
    "kind": pa.scalar("dhcp"),
    "seen_minute": "from_minute",
    "school_hours": pa.scalar(None, pa.bool_()),
    "school_minutes": pa.scalar(None, _WHOLE),
    "enforced": pa.scalar(None, _TEXT),
    "calendar_file": _calendar_files,
    "school_line": pa.scalar(0),
    "inputs": pa.scalar(""),
    "since_minute": "from_minute",
    "second": pa.scalar(30, pa.int64()),
    "logged": pa.scalar(False),
    "randomised": pa.scalar(False),
    "person": pa.scalar(""),
    "unattributed_reason": pa.scalar(""),
}

COVERAGE = pa.schema([("measure", _TEXT), ("value", _WHOLE)])

PARTITION = pa.schema([("day", _TEXT), ("sensor", _TEXT)])


def partitioned(schema: pa.Schema) -> pa.Schema:
    """The schema of a table as read: `day` (YYYY-MM-DD) and `sensor` first."""
    return pa.schema([*PARTITION, *schema])


def coded(schema: pa.Schema) -> pa.Schema:
    """The schema with its texts as dictionaries: read so, a column of few texts takes little time and room."""
    kinds = {_TEXT: pa.dictionary(pa.int32(), _TEXT)}
    return pa.schema([(field.name, kinds.get(field.type, field.type)) for field in schema])


def sorted_to(schema: pa.Schema, order: tuple[str, ...], table: pa.Table) -> pa.Table:
    """The table with exactly the schema's columns, its rows in an order of their own."""
    keys = [(name, "ascending") for name in (*order, *(n for n in schema.names if n not in order))]
    return table.select(schema.names).cast(schema).sort_by(keys).combine_chunks()
