"""Lines of files plain and packed, in the encodings that servers and their admins use."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Callable
from pathlib import Path

import lz4.frame
import pytest

from auditor.errors import BadInput
from auditor.leases import lines as module
from auditor.leases import read_lease_file
from auditor.leases.lines import Lines, cells_of
from auditor.records import Ledger

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = "".join(
    f"1794615560 00:00:5e:00:53:{n % 256:02x} 10.20.{n // 200}.{n % 200 + 1} ä *\n" for n in range(3000)
)
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "zstd": zstd.compress,
    "lz4": lz4.frame.compress,
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom", "latin-1"])
@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_every_way_to_write_a_file(tmp_path: Path, packer: str, encoding: str, ending: str) -> None:
    text = TEXT.replace("\n", ending)
    data = ("\ufeff" + text).encode("utf-16-be") if encoding == "utf-16-be-bom" else text.encode(encoding)
    path = tmp_path / "leases"
    path.write_bytes(PACKERS[packer](data))
    ledger = Ledger()
    entries = list(read_lease_file(path, "UTC", ledger).entries)
    assert [entry.line for entry in entries] == list(range(1, 3001))
    assert not ledger.counts


@pytest.mark.parametrize("packer", ["gzip", "zstd", "lz4"])
def test_a_damaged_packed_file_is_read_as_far_as_it_goes(tmp_path: Path, packer: str) -> None:
    noisy = "".join(line[:-1] + os.urandom(40).hex() + "\n" for line in TEXT.splitlines(keepends=True))
    packed = PACKERS[packer](noisy.encode())
    path = tmp_path / "leases"
    path.write_bytes(packed[: len(packed) * 3 // 4])
    ledger = Ledger()
    entries = list(read_lease_file(path, "UTC", ledger).entries)
    assert 0 < len(entries) < 3000
    assert ledger.counts["lease files cut short or damaged"] == 1
    assert "what is before it was used" in ledger.notes[-1]


def test_a_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "bound", lambda size: 1 << 18)
    path = tmp_path / "leases"
    path.write_bytes(gzip.compress(TEXT.encode() * 100))
    lines = Lines(path)
    assert sum(len(line) for _, line in lines) <= 1 << 18
    assert "unpacks to more" in lines.damage


def test_a_line_without_end_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "leases"
    path.write_text("x" * 1_000_000 + "\n" + "y\n")
    lines = Lines(path)
    found = list(lines)
    assert [(number, len(line)) for number, line in found] == [(1, module.LONGEST_LINE), (2, 1)]
    assert lines.too_long == 1


def test_nothing_in_it_and_nothing_known(tmp_path: Path) -> None:
    path = tmp_path / "leases"
    path.write_bytes(b"\n")
    found = read_lease_file(path, "UTC", Ledger())
    assert (found.format, list(found.entries)) == ("empty file", [])
    path.write_bytes(b"Dear diary\n")
    with pytest.raises(BadInput, match=r"is no lease file that is known \(known are: .*dnsmasq"):
        read_lease_file(path, "UTC", Ledger())
    path.write_bytes(gzip.compress(TEXT.encode())[:5])
    with pytest.raises(BadInput, match="ends early"):
        read_lease_file(path, "UTC", Ledger())
    with pytest.raises(BadInput, match="no such file"):
        read_lease_file(tmp_path / "absent", "UTC", Ledger())
    with pytest.raises(BadInput, match="is a directory"):
        read_lease_file(tmp_path, "UTC", Ledger())


def test_cells() -> None:
    assert cells_of('a,"b, ""c""",') == ["a", 'b, "c"', ""]
    assert cells_of('"a\rb",c\rd') == []
    assert cells_of("") == []
