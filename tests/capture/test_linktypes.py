"""Link types: those that can be read are the kernel's; the others are refused by name."""

from __future__ import annotations

import struct
from pathlib import Path

import numba
import pytest

from auditor.capture.linktypes import READABLE, called
from auditor.capture.read import read_capture
from auditor.errors import BadInput
from auditor.kernel import link as kernel_link
from auditor.kernel.layers import UNKNOWN
from auditor.records import Ledger

first_layer = kernel_link.layer_of_linktype


@numba.njit(_nrt=False)
def layer(link):
    return first_layer(link)


def test_the_list_is_the_kernels() -> None:
    assert {link for link in range(400) if layer(link) != UNKNOWN} == READABLE


def pcap(link: int) -> bytes:
    return (
        struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
        + struct.pack("<IIII", 0, 0, 4, 4)
        + b"abcd"
    )


def block(kind: int, body: bytes) -> bytes:
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def pcapng(*links: int) -> bytes:
    section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    interfaces = b"".join(block(1, struct.pack("<HHI", link, 0, 0)) for link in links)
    return section + interfaces + block(6, struct.pack("<IIIII", 0, 0, 0, 4, 4) + b"abcd")


@pytest.mark.parametrize("data", [pcap(147), pcapng(147), pcapng(249, 147)], ids=["pcap", "pcapng", "two"])
def test_refused_by_name(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(data)
    with pytest.raises(BadInput, match=r"link type (USER0 \(147\)|USBPCAP \(249\)), which can't be read"):
        list(read_capture(path, Ledger()))


def test_beside_a_readable_interface_it_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng"
    path.write_bytes(pcapng(147, 1))
    (frames,) = read_capture(path, Ledger())
    assert frames.link.tolist() == [147]


def test_names() -> None:
    assert called(8) == "SLIP (8)"
    assert called(161) == "USER14 (161)"
    assert called(9999) == "9999"
