"""What the sensors of the made-up district saw on a school day, in the columns of the warehouse.

What is in it, so that a reader can judge whether the benchmark is fair:

- A row a minute, client and host, as `auditor ingest` writes them. Of a hundred rows some 47 are of sites and apps
  themselves (visit), 33 of their media and API hosts (content), 20 of widgets and trackers, which count for nothing.
- Use comes in sessions of some eight minutes on one platform, nine minutes of ten active, with one to four hosts a
  minute; platforms and hosts by Zipf's law. One session in nine has media alone and is none; two minutes in a
  hundred stay under the bytes that count as use.
- Nine in ten sessions lie between 06:30 and 17:00. All devices of devices.csv are seen, and 300 others.
- Two of ten schools see addresses only. There every device holds a lease, renewed every four hours; one address in
  fifty is passed on to another device at noon.
- Ten sensors, four captures a day each.
- The same for the same seed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from auditor import pseudonym
from auditor.identify.catalogue import load_catalogue
from auditor.policy import clock
from auditor.warehouse import tables
from bench.made_district import KEY, SITES, WITHOUT_MAC, Devices

STRANGERS = 300  # devices that are not in devices.csv, a third of them with randomised MACs
CAPTURES_A_DAY = 4  # a sensor
ROWS_A_SESSION = 24.0  # on average, with its widgets


@dataclass(frozen=True)
class Hosts:
    """The hosts that are seen: columns by host number, and of each platform's classes the host numbers."""

    names: pa.Array
    platforms: pa.Array
    categories: pa.Array
    evidence: pa.Array
    of: list[dict[str, np.ndarray]]  # by platform


@dataclass(frozen=True)
class Clients:
    """The devices by number."""

    keys: pa.Array
    addresses: pa.Array
    sites: np.ndarray
    hidden: np.ndarray  # behind a router: no MAC is seen
    randomised: np.ndarray


@dataclass(frozen=True)
class Seen:
    """What one capture saw of a day."""

    site: str
    part: int  # of the day
    sha256: str
    start_minute: int  # of the day
    end_minute: int
    activity: pa.Table  # the columns of tables.ACTIVITY, and `day`
    leases: pa.Table


_SCHEMA = pa.schema([("day", pa.string()), *tables.ACTIVITY])


def listed_hosts() -> Hosts:
    """Hosts of the shipped catalogue, platforms with both visit and content hosts first by name."""
    by_platform: dict[str, dict[str, list[str]]] = {}
    catalogue = load_catalogue()
    for host, match in catalogue.rules.items():
        if match.category != "tunnel" and not match.reference:
            by_platform.setdefault(match.platform, {}).setdefault(match.evidence, []).append(host)
    first = ["youtube", "facebook", "instagram", "x", "reddit", "linkedin", "pinterest", "tiktok", "vimeo"]
    usable = {name: of for name, of in by_platform.items() if "visit" in of and "content" in of}
    order = [name for name in first if name in usable] + sorted(usable.keys() - set(first))
    names: list[str] = []
    of: list[dict[str, np.ndarray]] = []
    for platform in order[:60]:
        numbers = {}
        for kind in ("visit", "content", "embed", "tracker"):
            hosts = [
                f"{under}{host}" for host in usable[platform].get(kind, ())[:4] for under in ("", "www.")
            ]
            numbers[kind] = np.arange(len(names), len(names) + len(hosts))
            names += hosts
        of.append(numbers)
    matches = [match for match in map(catalogue.match, names) if match]
    columns = ([getattr(match, name) for match in matches] for name in ("platform", "category", "evidence"))
    return Hosts(pa.array(names), *map(pa.array, columns), of)


def all_clients(devices: Devices) -> Clients:
    """The devices of the district and those that it doesn't know."""
    known = len(devices.macs)
    strange = [
        f"{'02' if number % 3 == 0 else '00'}:00:5f:00:{number >> 8:02x}:{number & 255:02x}"
        for number in range(STRANGERS)
    ]
    macs = [*devices.macs, *strange]
    sites = np.concatenate([devices.sites, np.arange(STRANGERS) % (len(SITES) - len(WITHOUT_MAC))])
    addresses = [f"10.{20 + site}.{number >> 8}.{number & 255}" for number, site in enumerate(sites.tolist())]
    hidden = np.isin(sites, [SITES.index(name) for name in WITHOUT_MAC])
    keys = [pseudonym.client(KEY, mac) for mac in macs]
    randomised = np.array([mac.startswith("02") for mac in macs]) & ~hidden
    assert len(macs) == known + STRANGERS
    return Clients(
        pa.array(keys), pa.array([pseudonym.address(KEY, ip) for ip in addresses]), sites, hidden, randomised
    )


def capture_sha(day: date, site: int, part: int) -> str:
    """The SHA-256 of a capture that nobody has made."""
    return hashlib.sha256(f"{day} {site} {part}".encode()).hexdigest()


def activity_of(
    day: date, rows: int, hosts: Hosts, clients: Clients, rng: np.random.Generator
) -> Iterator[Seen]:
    """What each sensor's captures saw of a day, `rows` in all, in the order of sites and captures."""
    start, end = clock.day_bounds(day, "America/Chicago")
    device, minute, host, thin = _trimmed(
        _traffic(rows, end - start, hosts, len(clients.keys), rng), rows, rng
    )
    octets = np.where(thin, 500, np.maximum(rng.lognormal(10, 1.6, rows).astype(np.int64), 2200))
    source = rng.choice(np.array(["tls", "quic", "dns"]), rows, p=[0.75, 0.15, 0.1])
    site, part = (
        clients.sites[device],
        np.minimum(minute * CAPTURES_A_DAY // (end - start), CAPTURES_A_DAY - 1),
    )
    for place in range(len(SITES)):
        for number in range(CAPTURES_A_DAY):
            chosen = np.flatnonzero((site == place) & (part == number))
            who, what = pa.array(device[chosen]), pa.array(host[chosen])
            hidden = SITES[place] in WITHOUT_MAC
            sha = capture_sha(day, place, number)
            columns = {
                "day": pa.repeat(day.isoformat(), len(chosen)),
                "minute": pa.array(start + minute[chosen]),
                "site": pa.repeat(SITES[place], len(chosen)),
                "client_key": pa.repeat("", len(chosen)) if hidden else clients.keys.take(who),
                "address_key": clients.addresses.take(who),
                "randomised": pa.array(clients.randomised[device[chosen]]),
                "platform": hosts.platforms.take(what),
                "category": hosts.categories.take(what),
                "evidence": hosts.evidence.take(what),
                "host": hosts.names.take(what),
                "name_source": pa.array(source[chosen]),
                "bytes_up": pa.array(octets[chosen] // 10),
                "bytes_down": pa.array(octets[chosen] - octets[chosen] // 10),
                "packets": pa.array(octets[chosen] // 700 + 2),
                "flows": pa.array(1 + octets[chosen] % 3),
                "capture": pa.repeat(sha, len(chosen)),
                "frame": pa.array(1 + np.arange(len(chosen)) * 40),
                "reference": pa.repeat(False, len(chosen)),
                "seen_through": pa.repeat("", len(chosen)),
            }
            table = pa.table([columns[field.name] for field in _SCHEMA], schema=_SCHEMA)
            leases = (
                _leases(day, place, start, end, clients)
                if number == 0 and hidden
                else tables.LEASES.empty_table()
            )
            yield Seen(SITES[place], number, sha, start, end, table, leases)


def _traffic(
    rows: int, day_minutes: int, hosts: Hosts, devices: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Somewhat more than enough: device, minute of the day, host, and whether the bytes are too few."""
    sessions = int(rows * 1.1 / ROWS_A_SESSION) + 50
    device = rng.integers(0, devices, sessions)
    weights = 1 / (1 + np.arange(len(hosts.of))) ** 1.1
    platform = rng.choice(len(hosts.of), sessions, p=weights / weights.sum())
    at_work = rng.random(sessions) < 0.9
    begins = np.where(at_work, rng.integers(390, 1020, sessions), rng.integers(0, 1430, sessions))
    length = np.minimum(rng.geometric(1 / 8, sessions), 120)
    media_only = rng.random(sessions) < 1 / 9
    session = np.repeat(np.arange(sessions), length)
    minute = begins[session] + np.arange(len(session)) - np.repeat(np.cumsum(length) - length, length)
    kept = (rng.random(len(session)) < 0.9) & (minute < day_minutes)
    session, minute = session[kept], minute[kept]
    thin = rng.random(len(session)) < 0.02
    parts: list[list[np.ndarray]] = [[], [], [], []]
    for kind, share in (
        ("visit", 0.9),
        ("visit", 0.6),
        ("content", 0.9),
        ("content", 0.8),
        ("content", 0.5),
        ("widget", 0.9),
        ("widget", 0.5),
    ):
        chosen = rng.random(len(session)) < share
        if kind == "visit":
            chosen &= ~media_only[session]
        told = session[chosen]
        which = platform[told] if kind != "widget" else rng.integers(0, len(hosts.of), len(told))
        host = _pick(hosts, which, kind, rng)
        there = host >= 0
        for part, column in zip(parts, (device[told], minute[chosen], host, thin[chosen]), strict=True):
            part.append(column[there])
    return [np.concatenate(part) for part in parts]


def _pick(hosts: Hosts, platform: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """A host of the class of each platform, the first ones more often; -1 where it has none."""
    host = np.full(len(platform), -1)
    for number, of in enumerate(hosts.of):
        choice = np.concatenate([of["embed"], of["tracker"]]) if kind == "widget" else of[kind]
        mine = np.flatnonzero(platform == number)
        if len(choice):
            host[mine] = choice[np.minimum(rng.geometric(0.45, len(mine)) - 1, len(choice) - 1)]
    return host


def _trimmed(traffic: list[np.ndarray], rows: int, rng: np.random.Generator) -> list[np.ndarray]:
    """A row each minute, device and host, and so many in all."""
    device, minute, host, _ = traffic
    _, first = np.unique((device.astype(np.int64) * 1600 + minute) * 4096 + host, return_index=True)
    assert len(first) >= rows, "made too little traffic"
    kept = np.sort(rng.choice(first, rows, replace=False))
    return [column[kept] for column in traffic]


def _leases(day: date, place: int, start: int, end: int, clients: Clients) -> pa.Table:
    """Each device's lease for every four hours; one address in fifty goes to the next device at noon."""
    devices = np.flatnonzero(clients.sites == place)
    rows = []
    for number, device in enumerate(devices.tolist()):
        for begins in range(start, end, 240):
            passed_on = number % 50 == 7 and begins >= start + 720
            holder = int(devices[(number + 1) % len(devices)]) if passed_on else device
            until = min(begins + 240, end)
            rows.append((device, holder, begins, until))
    address, holder, begins, until = (np.array(column) for column in zip(*rows, strict=True))
    sha = capture_sha(day, place, 0)
    return pa.table({
        "address_key": clients.addresses.take(pa.array(address)), "client_key": clients.keys.take(pa.array(holder)),
        "from_minute": begins, "to_minute": until, "source": pa.repeat(sha, len(rows)),
        "frame": 1 + np.arange(len(rows)), "kind": pa.repeat("dhcp", len(rows)), "seen_minute": begins,
        "since_minute": begins, "second": np.zeros(len(rows), np.int64), "logged": np.zeros(len(rows), bool),
        "randomised": np.zeros(len(rows), bool), "person": pa.repeat("", len(rows)),
    }).cast(tables.LEASES)  # fmt: skip
