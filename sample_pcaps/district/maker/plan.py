"""Reads the plan: plan.toml (captures and sessions), hosts.csv (what a host is and where it lives)."""

from __future__ import annotations

import csv
import datetime
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CENTRAL_STANDARD = datetime.timezone(datetime.timedelta(hours=-6))  # all of the sample week
MINUTE_NS = 60_000_000_000
SERVERS = ("192.0.2.", "198.51.100.", "203.0.113.")  # RFC 5737


@dataclass(frozen=True)
class Host:
    name: str
    platform: str
    category: str
    evidence: str  # visit content embed ... ; empty where the catalogue should know nothing
    alias: str  # canonical name in DNS, or empty
    address: str
    address6: str

    @property
    def counts(self) -> bool:
        return self.evidence in ("visit", "content")


@dataclass(frozen=True)
class Connection:
    transport: str  # tls quic http ech nosni mid
    host: str
    minutes: tuple[int, ...]  # after the session's start
    tiny: frozenset[int]
    down: int  # payload bytes a minute
    up: int
    at: str  # sensor, empty where it is the session's
    also: str  # another name looked up before
    flags: frozenset[str]


@dataclass(frozen=True)
class Session:
    id: str
    shows: str
    device: str
    at: str
    start: int  # UTC epoch minute
    use: tuple[Connection, ...]
    expect: tuple[str, ...]


@dataclass(frozen=True)
class CaptureFile:
    sensor: str
    name: str
    start_ns: int
    form: str
    snaplen: int


@dataclass(frozen=True)
class Plan:
    hosts: dict[str, Host]
    sessions: tuple[Session, ...]
    files: tuple[CaptureFile, ...]


def read_plan() -> Plan:
    text = tomllib.loads((HERE / "plan.toml").read_text(encoding="utf-8"))
    files = tuple(
        CaptureFile(
            each["sensor"],
            each["name"],
            epoch_minute(each["from"]) * MINUTE_NS,
            each["form"],
            each.get("snaplen", 262_144),
        )
        for each in text["file"]
    )
    return Plan(read_hosts(), tuple(session(each) for each in text["session"]), files)


def read_hosts() -> dict[str, Host]:
    hosts: dict[str, Host] = {}
    with (HERE / "hosts.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            place = row["shares"] or row["host"]
            network, last = divmod(number, 200)
            address, address6 = f"{SERVERS[network]}{last + 10}", f"2001:db8:c0de::{number + 16:x}"
            if place in hosts:
                address, address6 = hosts[place].address, hosts[place].address6
            hosts[row["host"]] = Host(
                row["host"],
                row["platform"],
                row["category"],
                row["evidence"],
                row["alias"],
                address,
                address6,
            )
    return hosts


def session(each: dict[str, object]) -> Session:
    return Session(
        id=str(each["id"]),
        shows=str(each["shows"]),
        device=str(each["device"]),
        at=str(each["at"]),
        start=epoch_minute(str(each["start"])),
        use=tuple(connection(text) for text in each["use"]),  # type: ignore[attr-defined]
        expect=tuple(each["expect"]),  # type: ignore[arg-type]
    )


def connection(text: str) -> Connection:
    transport, host, minutes, *rest = text.split()
    options = dict(word.split("=", 1) for word in rest if "=" in word)
    return Connection(
        transport=transport,
        host=host,
        minutes=numbers(minutes),
        tiny=frozenset(numbers(options.get("tiny", ""))),
        down=int(options.get("down", 3000)),
        up=int(options.get("up", 300)),
        at=options.get("at", ""),
        also=options.get("also", ""),
        flags=frozenset(word for word in rest if "=" not in word),
    )


def numbers(text: str) -> tuple[int, ...]:
    """`0-2,8` is 0, 1, 2, 8."""
    found: list[int] = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


def epoch_minute(local: str) -> int:
    """UTC epoch minute of a local `YYYY-MM-DDTHH:MM` of the sample week."""
    return int(datetime.datetime.fromisoformat(local).replace(tzinfo=CENTRAL_STANDARD).timestamp()) // 60


def local(minute: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(minute * 60, CENTRAL_STANDARD)
