"""Asks the processor to fetch a row of a table before it is needed; says nothing about what is in it.

The tables are larger than the caches, and which row a packet needs is known some packets ahead.
"""

from __future__ import annotations

from typing import Any

import numba
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.extending import intrinsic

from auditor.kernel.jit import compiled
from auditor.kernel.types import Ints, Records

LINE_BYTES = 64  # of a processor's cache


@intrinsic
def _fetch(context: Any, array: Any, number: Any, at: Any) -> Any:
    """LLVM's `llvm.prefetch` (llvm.org/docs/LangRef.html): a hint to read, for all cache levels."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        view = context.make_array(kind)(context, builder, arguments[0])
        size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
        bytes_at = builder.bitcast(view.data, ir.IntType(8).as_pointer())
        place = builder.add(builder.mul(arguments[1], ir.IntType(64)(size)), arguments[2])
        hint = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer(), *[ir.IntType(32)] * 3])
        name = "llvm.prefetch.p0i8"
        fetch = cgutils.get_or_insert_function(builder.module, hint, name)  # type: ignore[no-untyped-call]
        builder.call(fetch, [builder.gep(bytes_at, [place]), *(ir.IntType(32)(n) for n in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64), generate


if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]

    def fetch_row(table: Records | Ints, number: int, lines: int) -> None:
        """Nothing to do where Python runs."""

else:

    @compiled
    def fetch_row(table: Records | Ints, number: int, lines: int) -> None:
        """Fetches the first `lines` cache lines of row `number`; a row that isn't there does no harm."""
        for line in range(lines):
            _fetch(table, number, line * LINE_BYTES)  # type: ignore[call-arg]
