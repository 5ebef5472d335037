"""What holds for every format: it is recognised, spoilt files are data, and what is written is read back."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_lease_files import SAMPLES, ZONE, utc

from auditor.errors import BadInput
from auditor.leases import READERS, read_lease_file, recognise
from auditor.leases.values import mac_of, user_of
from auditor.records import LeaseEntry, Ledger

FORMATS = {
    "dhcpd.leases": "ISC dhcpd.leases",
    "dhcpd6.leases": "ISC dhcpd.leases",
    "kea-leases4.csv": "Kea lease file (CSV)",
    "kea-leases6.csv": "Kea lease file (CSV)",
    "dnsmasq.leases": "dnsmasq.leases",
    "DhcpSrvLog-Wed.log": "Windows DHCP audit log",
    "DhcpV6SrvLog-Wed.log": "Windows DHCP audit log",
    "dhcpd.syslog": "log of a DHCP server (dhcpd, dnsmasq, Kea)",
    "detail-20261118": "FreeRADIUS detail",
    "nps-dts.log": "NPS log (DTS, XML)",
    "nps-odbc.log": "NPS log (ODBC)",
    "nps-ias.log": "NPS log (IAS)",
}
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def test_there_is_a_sample_of_each() -> None:
    assert set(FORMATS) == {path.name for path in SAMPLES.iterdir()}
    assert set(FORMATS.values()) == {reader.format for reader in READERS}


@pytest.mark.parametrize("name", FORMATS)
def test_each_is_recognised_by_its_content_and_by_no_other_reader(name: str) -> None:
    head = (SAMPLES / name).read_bytes()
    reader = recognise(head)
    assert reader is not None
    assert reader.format == FORMATS[name]
    lines = [line for line in head.decode().split("\n") if line.strip()]
    assert [each.format for each in READERS if each.recognises(lines)] == [FORMATS[name]]


@pytest.mark.parametrize(
    "text",
    [
        "employee_id,name,email\n1,Ann,ann@district.example\n",
        'lease {\n  interface "eth0";\n  fixed-address 10.0.0.1;\n}\n',  # of a client, not of a server
        "Nov 18 14:00:00 a-host sshd[1]: Accepted publickey\n",
        "date,ip,mac\n2026-11-18,10.0.0.1,00:00:5e:00:53:0a\n",
        "<html><Event></html>\n",
        "1 2 3 4 5\n",
    ],
)
def test_nothing_else_is(text: str) -> None:
    assert recognise(text.encode()) is None


def entries(path: Path, data: bytes) -> list[LeaseEntry]:
    path.write_bytes(data)
    ledger = Ledger()
    try:
        found = list(read_lease_file(path, ZONE, ledger, modified_s=utc("2026-11-20")).entries)
    except BadInput:
        return []
    for each in found:
        sound(each)
    assert len(ledger.notes) < 20
    return found


def sound(each: LeaseEntry) -> None:
    assert each.line > 0
    assert each.kind in ("dhcp", "dhcpv6", "radius")
    assert each.mac == mac_of(each.mac)
    assert each.user == user_of(each.user)
    assert each.start_s is not None or each.end_s is not None
    if each.start_s is not None and each.end_s is not None:
        assert each.start_s <= each.end_s
    for second in (each.start_s, each.end_s, each.seen_s):
        assert second is None or -(1 << 34) < second < 1 << 35


@pytest.mark.parametrize("name", FORMATS)
@SHARED
@given(seed=st.integers(0, 1 << 32))
def test_spoilt_files_are_data(tmp_path: Path, name: str, seed: int) -> None:
    rng = random.Random(seed)
    data = bytearray((SAMPLES / name).read_bytes())
    for _ in range(rng.randrange(1, 12)):
        at = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                data[at] = rng.choice(b'0129/:.,;{}"\\\n\t -a\xff\0<>')
            case 1:
                del data[at : at + rng.randrange(1, 80)]
            case 2:
                data[at:at] = data[rng.randrange(len(data)) :][: rng.randrange(1, 200)]
            case _:
                data[at:at] = rng.randbytes(rng.randrange(1, 8))
        data = data or bytearray(b"\n")
    entries(tmp_path / name, bytes(data))


@SHARED
@given(st.binary(max_size=400))
def test_any_bytes_are_data(tmp_path: Path, data: bytes) -> None:
    entries(tmp_path / "a-file", data)


# Round trips: spans of one address, in order and apart, written in each format and read back.

IP = "10.20.1.50"
Span = tuple[int, int, int]  # client, start, end


def mac(client: int) -> str:
    return f"00:00:5e:00:53:{client:02x}"


def local(second: int, pattern: str) -> str:
    return datetime.fromtimestamp(second, ZoneInfo(ZONE)).strftime(pattern)


def isc(spans: list[Span]) -> str:
    def day(second: int) -> str:
        return datetime.fromtimestamp(second, UTC).strftime("%w %Y/%m/%d %H:%M:%S")

    return "".join(
        f"lease {IP} {{\n  starts {day(start)};\n  ends {day(end)};\n  binding state {state};\n"
        f"  hardware ethernet {mac(client)};\n}}\n"
        for client, start, end in spans
        for state in ("active", "free")
    )


def kea(spans: list[Span]) -> str:
    head = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n"
    return head + "".join(
        f"{IP},{mac(client)},,{end - start},{end},1,0,0,,{state},\n"
        for client, start, end in spans
        for state in (0, 2)
    )


def dhcpd(spans: list[Span]) -> str:
    return "".join(
        f"{local(start, '%b %e %H:%M:%S')} a-host dhcpd[1]: DHCPACK on {IP} to {mac(client)} via eth0\n"
        f"{local(end, '%b %e %H:%M:%S')} a-host dhcpd[1]: DHCPRELEASE of {IP} from {mac(client)} via eth0 (found)\n"
        for client, start, end in spans
    )


def windows(spans: list[Span]) -> str:
    return "".join(
        f"{kind},{local(second, '%m/%d/%y,%H:%M:%S')},x,{IP},a-host,{mac(client).replace(':', '')},,0,6\n"
        for client, start, end in spans
        for kind, second in (("10", start), ("12", end))
    )


def detail(spans: list[Span]) -> str:
    return "".join(
        f'x\n\tAcct-Status-Type = {status}\n\tAcct-Session-Id = "{number}"\n\tUser-Name = "u{client}"\n'
        f'\tCalling-Station-Id = "{mac(client)}"\n\tFramed-IP-Address = {IP}\n\tTimestamp = {second}\n\n'
        for number, (client, start, end) in enumerate(spans)
        for status, second in (("Start", start), ("Stop", end))
    )


def nps(spans: list[Span]) -> str:
    return "".join(
        f'<Event><Timestamp data_type="4">{local(second, "%m/%d/%Y %H:%M:%S")}.000</Timestamp>'
        f'<User-Name data_type="1">u{client}</User-Name><Calling-Station-Id data_type="1">{mac(client)}'
        f'</Calling-Station-Id><Framed-IP-Address data_type="3">{IP}</Framed-IP-Address>'
        f'<Acct-Status-Type data_type="0">{status}</Acct-Status-Type><Acct-Session-Id data_type="1">{number}'
        '</Acct-Session-Id><Packet-Type data_type="0">4</Packet-Type></Event>\n'
        for number, (client, start, end) in enumerate(spans)
        for status, second in ((1, start), (2, end))
    )


@st.composite
def made_spans(draw: st.DrawFn) -> list[Span]:
    """Holds around the day on which the clocks are set back (2026-11-01, 07:00 UTC)."""
    second, spans = utc("2026-10-31 12:00"), []
    for client in draw(st.lists(st.integers(0, 5), min_size=1, max_size=8)):
        start = second + draw(st.integers(1, 9000))
        second = start + draw(st.integers(1, 9000))
        spans.append((client, start, second))
    return spans


@pytest.mark.parametrize("write", [isc, kea, dhcpd, windows, detail, nps])
@SHARED
@given(spans=made_spans())
def test_what_is_written_is_read_back(
    tmp_path: Path, write: Callable[[list[Span]], str], spans: list[Span]
) -> None:
    """To the second; of what lies in the hour that comes twice, no more than was."""
    found = entries(tmp_path / "a-file", write(spans).encode())
    doubtful = range(utc("2026-11-01 06:00"), utc("2026-11-01 08:00"))
    assert [each.mac for each in found] == [mac(client) for client, *_ in spans if len(found) == len(spans)]
    for each, (client, start, end) in zip(found, spans, strict=True):
        assert each.start_s is not None
        assert each.end_s is not None
        assert (each.mac, each.ip, each.ended) == (mac(client), IP, True)
        assert start <= each.start_s <= each.end_s
        assert each.end_s <= end or each.start_s == each.end_s
        if start not in doubtful:
            assert each.start_s == start
        if end not in doubtful:
            assert each.end_s == end
