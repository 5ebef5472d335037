"""Calls the kernel's functions as bare machine code, without numba: made once, kept in files, quickly loaded.

numba compiles a function for the types of its arguments and has it called through Python's machinery. Here it
compiles a small function beside it that takes one array of integers: numbers as they are, arrays as address and
lengths, named tuples as what they hold, one behind the other. Whatever that code might still want of Python or
numba, to raise an error above all, is dead once LLVM has seen the whole: nothing in the kernel raises. What is left
refers to nothing outside itself. Code of which that isn't true is not kept, and numba calls it as usual.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import weakref
from collections.abc import Callable, Iterator
from functools import cached_property, update_wrapper
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from llvmlite import binding

Jit = Callable[..., Any]  # a function -> what numba makes of it

LARGEST_INT = (1 << 63) - 1
SYMBOL = "auditor_entry"
OUTSIDE = frozenset(
    {"memcpy", "memmove", "memset", "memcmp", "bcmp"}
)  # of the C library, which is always there
DIGEST = hashlib.sha256().digest_size


class Inner:
    """A function that only compiled code calls; numba sees its own in its place."""

    def __init__(self, function: Any, jit: Jit, options: dict[str, Any]) -> None:
        self._function, self._jit, self._options = function, jit, options

    @cached_property
    def jitted(self) -> Any:
        """The function as numba makes it."""
        return self._jit(self._function, **self._options)

    @property
    def _numba_type_(self) -> Any:
        return self.jitted._numba_type_


class Late:
    """A function of a module that is imported only where the function is to be compiled."""

    def __init__(self, module: str, function: str) -> None:
        self._module, self._function = module, function

    @property
    def found(self) -> Any:
        """The function itself."""
        return getattr(import_module(self._module), self._function)

    @property
    def _numba_type_(self) -> Any:
        return self.found._numba_type_


class Entry:
    """A function that Python calls: through machine code from the folder, which is made where it isn't there."""

    def __init__(self, function: Any, jit: Jit, folder: Path) -> None:
        update_wrapper(self, function)
        self._function, self._jit, self._folder = function, jit, folder
        self._results = _results(function.__annotations__["return"])
        self._native: dict[tuple[Any, ...], Callable[[Any], None] | None] = {}
        self._held: dict[int, _Held] = {}  # by place among the words
        self._array_kinds: dict[tuple[Any, int], int] = {}

    @cached_property
    def jitted(self) -> Any:
        """The function as numba makes it."""
        return self._jit(self._function)

    @property
    def _numba_type_(self) -> Any:
        return self.jitted._numba_type_

    def __call__(self, *arguments: Any) -> Any:
        words: list[int] = [0] * self._results
        kinds: list[Any] = []
        for value in arguments:
            self._flatten(value, words, kinds)
        key = tuple(kinds)
        if key not in self._native:
            self._native[key] = self._find(arguments)
        native = self._native[key]
        if native is None:
            return self.jitted(*arguments)
        room = (ctypes.c_int64 * len(words))(*words)
        native(room)
        if self._results < 2:
            return room[0] if self._results else None
        return tuple(room[: self._results])

    def _flatten(self, value: Any, words: list[int], kinds: list[Any]) -> None:
        """Appends an argument's integers, and what they are."""
        if isinstance(value, np.ndarray):
            held = self._held.get(len(words))  # most arrays stay the same from call to call
            if held is None or held.array() is not value:
                held = self._held[len(words)] = self._hold(value)
            words += held.words
            kinds.append(held.kind)
        elif isinstance(value, tuple):
            kinds.append(type(value))
            for inner in value:
                self._flatten(inner, words, kinds)
        else:
            words.append(value)
            kinds.append(_number_kind(value))

    def _hold(self, array: Any) -> _Held:
        if not array.flags.c_contiguous:
            raise TypeError(f"{self._function.__name__}: an array with gaps, of {array.dtype}")
        kind = self._array_kinds.setdefault((array.dtype, array.ndim), len(self._array_kinds))
        return _Held(weakref.ref(array), (array.ctypes.data, *array.shape), kind)

    def _find(self, arguments: tuple[Any, ...]) -> Callable[[Any], None] | None:
        """Machine code for arguments of these kinds, from its file or made now; None where it can't be had."""
        where = f"{self._function.__module__.rpartition('.')[2]}.{self._function.__name__}"
        path = self._folder / f"{where}-{hashlib.sha256(_described(arguments).encode()).hexdigest()[:16]}"
        code = _read(path)
        if code is None:
            code = _make(self.jitted, arguments, self._results)
            _write(path, code)
        return _load(code) if code else None


class _Held(NamedTuple):
    """What an array was flattened to."""

    array: weakref.ref[Any]
    words: tuple[int, ...]  # address and shape
    kind: int  # of element type and dimensions


def _described(value: Any) -> str:
    """What kinds of arguments these are, the same in every run."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype!r} {value.ndim}"
    if isinstance(value, tuple):
        return f"{type(value)}({', '.join([_described(inner) for inner in value])})"
    return _number_kind(value)


def _number_kind(value: Any) -> str:
    """As numba has it: a Python integer that is too large for a signed one is unsigned."""
    if isinstance(value, bool | np.bool_):
        return "bool"
    if not isinstance(value, int | np.integer):
        raise TypeError(f"{type(value)} is none of the kernel's types")
    return "unsigned" if isinstance(value, np.uint64) or value > LARGEST_INT else "signed"


def _results(annotation: str) -> int:
    """How many integers a function returns: `None`, `int` or `tuple[int, ...]`."""
    if not re.fullmatch(r"None|int|tuple\[int(, int)+\]", annotation):
        raise TypeError(f"an entry returns integers or nothing, not {annotation}")
    return annotation.count("int")


def _read(path: Path) -> bytes | None:
    """Code that was kept; None where it is not there or not whole."""
    try:
        kept = path.read_bytes()
    except OSError:
        return None
    code = kept[DIGEST:]
    return code if hashlib.sha256(code).digest() == kept[:DIGEST] else None


def _write(path: Path, code: bytes) -> None:
    """Keeps code; where that fails it is made again the next time."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(hashlib.sha256(code).digest() + code)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)


def _load(code: bytes) -> Callable[[Any], None]:
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), _processor())
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    call = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(engine.get_function_address(SYMBOL))
    call.engine = engine  # type: ignore[attr-defined]  # it owns the code
    return call


def _processor() -> Any:
    """This machine's, with all that it can do."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding.Target.from_default_triple().create_target_machine(
        cpu=binding.get_host_cpu_name(),
        features=binding.get_host_cpu_features().flatten(),
        opt=3,
        codemodel="jitdefault",
        jit=True,
    )


def _make(jitted: Any, arguments: tuple[Any, ...], results: int) -> bytes:
    """An object file in which SYMBOL calls the function; empty where the code would need Python, or a compiler of
    another version works in another way."""
    from numba import carray, cfunc, types  # type: ignore[attr-defined]

    names: dict[str, Any] = {"jitted": jitted, "array": carray, "pointer": _pointer(), "uint64": np.uint64}
    words = iter(range(results, 1 << 20))
    call = ", ".join([_expression(value, words, names) for value in arguments])
    source = f"def call(words):\n    result = jitted({call})\n"
    for number in range(results):
        source += f"    words[{number}] = result{f'[{number}]' if results > 1 else ''}\n"
    exec(source, names)
    signature = types.void(types.CPointer(types.int64))  # type: ignore[no-untyped-call]
    try:
        made = cfunc(signature, error_model="numpy")(names["call"])
        return _object_file(made.inspect_llvm())
    except Exception:  # whatever it is, numba's own way is still there
        return b""


def _expression(value: Any, words: Iterator[int], names: dict[str, Any]) -> str:
    """An argument, made from the integers that `Entry._flatten` makes of it."""
    if isinstance(value, np.ndarray):
        name = f"type{len(names)}"
        names[name] = value.dtype
        at = next(words)
        shape = "".join(f"words[{next(words)}], " for _ in value.shape)
        return f"array(pointer(words[{at}]), ({shape}), {name})"
    if isinstance(value, tuple):
        name = f"type{len(names)}"
        names[name] = type(value)
        return f"{name}({', '.join([_expression(inner, words, names) for inner in value])})"
    word = f"words[{next(words)}]"
    return {"bool": f"({word} != 0)", "unsigned": f"uint64({word})", "signed": word}[_number_kind(value)]


def _pointer() -> Any:
    """A function of compiled code that makes a pointer of an address."""
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    def pointer(typing: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

        return types.voidptr(types.int64), generate

    return intrinsic(pointer)


def _object_file(assembly: str) -> bytes:
    """The machine code of LLVM's assembly as numba leaves it; empty where it refers to something outside."""
    module = binding.parse_assembly(assembly)
    defined = [each for each in (*module.functions, *module.global_variables) if not each.is_declaration]
    called = next(each for each in defined if each.name.startswith("cfunc."))
    for each in defined:
        if each.name != called.name:
            each.linkage = "internal"
    called.name = SYMBOL
    processor = _processor()
    passes = binding.create_new_module_pass_manager()
    for _ in range(
        2
    ):  # no function fails, so nobody need ask whether one did, so nothing is left that raises
        passes.add_ipsccp_pass()
        passes.add_simplify_cfg_pass()
        passes.add_global_dead_code_eliminate_pass()
    tuning = binding.create_pipeline_tuning_options(speed_level=3)
    builder = binding.create_pass_builder(processor, tuning)
    passes.run(module, builder)
    # numba optimises function by function; a function that is called at one place alone goes into it only here,
    # and the hundreds of integers that the tables are handed over as need not be copied for each packet
    builder.getModulePassManager().run(module, builder)
    outside = {each.name for each in (*module.functions, *module.global_variables) if each.is_declaration}
    if any(not name.startswith("llvm.") and name not in OUTSIDE for name in outside):
        return b""
    return bytes(processor.emit_object(module))
