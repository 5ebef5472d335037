"""Flow slices as CSV: the kernel writes the lines, each host is spelt once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from auditor.kernel.flow_lines import LONGEST_LINE, Cells, flow_lines
from auditor.records import ByteArray, FlowSlices, IntArray


class FlowLines:
    """The lines of one capture's flows."""

    def __init__(self, path: str) -> None:
        self._file: ByteArray = np.frombuffer(_cell(path), np.uint8)
        self._named, self._told = _HostCells(), _HostCells()

    def of(self, parts: Sequence[FlowSlices]) -> str:
        """The lines, in the order of the rows."""
        return "".join([self._lines(part) for part in parts])

    def _lines(self, flows: FlowSlices) -> str:
        named, told = self._named.of(flows.names), self._told.of(flows.told)
        longest = LONGEST_LINE + len(self._file) + max(self._named.longest, self._told.longest)
        out = np.empty(len(flows.rows) * longest, np.uint8)
        size = flow_lines(flows.rows.view(np.recarray), self._file, named, told, out)
        return str(out[:size].data, "utf-8")


class _HostCells:
    """The cells of a list of hosts that grows at its end, or is replaced by another list."""

    def __init__(self) -> None:
        self.longest = 0
        self._hosts: list[str] = []
        self._data: ByteArray = np.empty(0, np.uint8)
        self._offset: IntArray = np.zeros(1, np.int64)
        self._cells = Cells(self._data, self._offset)
        self._known = 0

    def of(self, hosts: list[str]) -> Cells:
        if hosts is not self._hosts:
            self._hosts, self._known = hosts, 0
        if self._known < len(hosts):
            self._add([_cell(host) for host in hosts[self._known :]])
        return self._cells

    def _add(self, cells: list[bytes]) -> None:
        data, count = b"".join(cells), self._known + len(cells)
        start = int(self._offset[self._known])
        self._data = _with_room(self._data, start + len(data))
        self._offset = _with_room(self._offset, count + 1)
        self._data[start : start + len(data)] = np.frombuffer(data, np.uint8)
        lengths = np.fromiter(map(len, cells), np.int64, len(cells))
        self._offset[self._known + 1 : count + 1] = start + np.cumsum(lengths)
        self.longest = max(self.longest, int(lengths.max()))
        self._known, self._cells = count, Cells(self._data, self._offset)


def _with_room(column: Any, size: int) -> Any:
    """The column, or a copy of it that is at least twice as long."""
    if size <= len(column):
        return column
    return np.concatenate([column, np.empty(max(size, len(column)), column.dtype)])


def _cell(text: str) -> bytes:
    """A cell as RFC 4180 has it."""
    if not {",", '"', "\n", "\r"}.isdisjoint(text):
        text = '"' + text.replace('"', '""') + '"'
    return text.encode()
