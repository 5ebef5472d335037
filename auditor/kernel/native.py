"""The x86-64 instructions for AES, GCM and SHA-256 as functions of compiled code.

numba has no such functions, but lets one write LLVM's instructions (`numba.extending.intrinsic`). All work on
a `Vector`, the 128 bits of a register; its bytes lie in it as in memory. Portable code does the same work where
an instruction is missing, where the JIT is off, and where numba checks indices: `load` and `store` reach raw
memory, so who calls them has compared offsets and lengths before.

Source: Intel's Software Developer's Manual, volume 2; LLVM's `IntrinsicsX86.td`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.errors import TypingError
from numba.extending import intrinsic, models, register_model
from numba.np import arrayobj

BYTES, LANES, HALVES = (ir.VectorType(ir.IntType(bits), 128 // bits) for bits in (8, 32, 64))
INT32 = ir.IntType(32)
_intrinsic: Any = intrinsic  # its annotations leave out that the first parameter goes


class VectorType(types.Type):
    """128 bits."""

    def __init__(self) -> None:
        super().__init__(name="Vector")


vector: Any = VectorType()


@register_model(VectorType)
class VectorModel(models.PrimitiveModel):
    """Kept as two 64-bit halves, the lower first."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, HALVES)  # type: ignore[no-untyped-call]


Vector = Any  # what a type checker sees of it


def _address(context: Any, builder: Any, array_type: Any, array: Any, at: Any) -> Any:
    """Pointer to byte `at` of an array."""
    make: Any = arrayobj.make_array
    data = make(array_type)(context, builder, array).data
    first = builder.bitcast(data, ir.IntType(8).as_pointer())
    return builder.bitcast(builder.gep(first, [at]), HALVES.as_pointer())


def _check(array: Any) -> None:
    if not (isinstance(array, types.Array) and array.layout == "C"):
        raise TypingError("a contiguous array is needed")


@_intrinsic
def load(_typing: Any, array: Any, at: Any) -> Any:
    """The 16 bytes from byte `at` of a contiguous array on. Not checked."""
    _check(array)

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load(_address(context, builder, signature.args[0], *values), align=1)

    return vector(array, types.intp), build


@_intrinsic
def store(_typing: Any, array: Any, at: Any, value: Any) -> Any:
    """Writes 16 bytes from byte `at` of a contiguous array on. Not checked."""
    _check(array)

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        address = _address(context, builder, signature.args[0], values[0], values[1])
        builder.store(values[2], address, align=1)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), build


@_intrinsic
def halves(_typing: Any, low: Any, high: Any) -> Any:
    """A vector of two 64-bit numbers."""

    def build(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        empty = ir.Constant(HALVES, ir.Undefined)
        first = builder.insert_element(empty, values[0], ir.Constant(INT32, 0))
        return builder.insert_element(first, values[1], ir.Constant(INT32, 1))

    return vector(types.uint64, types.uint64), build


def _half(number: int) -> Any:
    @_intrinsic
    def half(_typing: Any, value: Any) -> Any:
        def build(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
            return builder.extract_element(values[0], ir.Constant(INT32, number))

        return types.uint64(vector), build

    return half


def _function(count: int, lanes: Any, work: Callable[..., Any]) -> Any:
    """A function of one to three vectors, taken as `lanes`; `work(builder, a, ...)` writes the instructions."""

    def build(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        return builder.bitcast(work(builder, *[builder.bitcast(value, lanes) for value in values]), HALVES)

    def of_one(_typing: Any, _a: Any) -> Any:
        return vector(vector), build

    def of_two(_typing: Any, _a: Any, _b: Any) -> Any:
        return vector(vector, vector), build

    def of_three(_typing: Any, _a: Any, _b: Any, _c: Any) -> Any:
        return vector(vector, vector, vector), build

    return _intrinsic((of_one, of_two, of_three)[count - 1])


def _instruction(name: str, count: int, lanes: Any, *constants: Any) -> Any:
    """An instruction that LLVM knows by name; `constants` are operands behind the vectors."""

    def work(builder: Any, *values: Any) -> Any:
        arguments = [*values, *constants]
        insert: Any = cgutils.get_or_insert_function
        kind = ir.FunctionType(lanes, [argument.type for argument in arguments])
        return builder.call(insert(builder.module, kind, f"llvm.x86.{name}"), arguments)

    return _function(count, lanes, work)


def _product(upper_of_a: bool, upper_of_b: bool) -> Any:
    """The carryless product of two 64-bit halves."""
    return _instruction("pclmulqdq", 2, HALVES, ir.Constant(ir.IntType(8), upper_of_a | upper_of_b << 4))


def _shuffle(count: int, lanes: Any, *places: int) -> Any:
    """Lanes in another order; the second vector's (one of zeros where there is one only) are numbered on."""

    def work(builder: Any, first: Any, second: Any = None) -> Any:
        second = ir.Constant(lanes, None) if second is None else second
        mask = ir.Constant(ir.VectorType(INT32, lanes.count), list(places))
        return builder.shuffle_vector(first, second, mask)

    return _function(count, lanes, work)


low_half, high_half = _half(0), _half(1)  # as a 64-bit number
xor = _function(2, HALVES, lambda builder, a, b: builder.xor(a, b))
both = _function(2, HALVES, lambda builder, a, b: builder.and_(a, b))
add32 = _function(2, LANES, lambda builder, a, b: builder.add(a, b))

reversed_bytes = _shuffle(1, BYTES, *range(15, -1, -1))
swapped_halves = _shuffle(1, HALVES, 1, 0)
upper_from_lower, lower_from_upper = _shuffle(1, HALVES, 2, 0), _shuffle(1, HALVES, 1, 2)  # zeros besides

aes_round, aes_last_round = (
    _instruction("aesni.aesenc", 2, HALVES),
    _instruction("aesni.aesenclast", 2, HALVES),
)
turned_last_word = _shuffle(1, BYTES, *[13, 14, 15, 12] * 4)  # RotWord, in all four columns
one_word_up = _shuffle(1, LANES, 4, 0, 1, 2)

product_low, product_high = _product(False, False), _product(True, True)
product_low_high, product_high_low = _product(False, True), _product(True, False)

sha_rounds = _instruction("sha256rnds2", 3, LANES)
sha_message_1, sha_message_2 = _instruction("sha256msg1", 2, LANES), _instruction("sha256msg2", 2, LANES)
network_words = _shuffle(1, BYTES, *[4 * word + byte for word in range(4) for byte in (3, 2, 1, 0)])
last_three_and_first = _shuffle(2, LANES, 1, 2, 3, 4)
abef_of, cdgh_of = _shuffle(2, LANES, 5, 4, 1, 0), _shuffle(2, LANES, 7, 6, 3, 2)  # from abcd, efgh
abcd_of, efgh_of = _shuffle(2, LANES, 3, 2, 7, 6), _shuffle(2, LANES, 1, 0, 5, 4)  # and back
