"""LLVM's `llvm.prefetch` as a function of compiled code (llvm.org/docs/LangRef.html)."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from auditor.kernel.jit import compiled
from auditor.kernel.prefetch import LINE_BYTES
from auditor.kernel.types import Ints, Records

BYTE, INT32, INT64 = (ir.IntType(bits) for bits in (8, 32, 64))
READ, ALL_CACHES, DATA = 0, 3, 1  # arguments of the instruction

_intrinsic: Any = intrinsic  # its annotations leave out that the first parameter goes


@_intrinsic
def _fetch(typing: Any, array: Any, number: Any, at: Any) -> Any:
    """Fetches the line with byte `at` of row `number`: a hint, which no address makes fail."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        rows = builder.bitcast(
            context.make_array(kind)(context, builder, arguments[0]).data, BYTE.as_pointer()
        )
        size = INT64(context.get_abi_sizeof(context.get_data_type(kind.dtype)))
        place = builder.gep(rows, [builder.add(builder.mul(arguments[1], size), arguments[2])])
        shape = ir.FunctionType(ir.VoidType(), [BYTE.as_pointer(), INT32, INT32, INT32])
        insert: Any = cgutils.get_or_insert_function
        hint = insert(builder.module, shape, "llvm.prefetch.p0i8")
        builder.call(hint, [place, INT32(READ), INT32(ALL_CACHES), INT32(DATA)])
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64), generate


@compiled
def fetch_row(table: Records | Ints, number: int, lines: int) -> None:
    """Fetches the first `lines` cache lines of row `number`; a row that isn't there does no harm."""
    for line in range(lines):
        _fetch(table, number, line * LINE_BYTES)
