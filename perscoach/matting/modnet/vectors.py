"""LLVM's vector instructions for ``winograd``, by name: eight floats or integers of 32 bits, sixteen integers of 16.

Where this file changes, ``winograd.py`` must be touched too: numba renews its compiled loops when their own file changes.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils

LANES = 8
FLOAT, INT, SHORT, WORD = ir.FloatType(), ir.IntType(64), ir.IntType(16), ir.IntType(32)
FLOATS, WORDS = ir.VectorType(FLOAT, LANES), ir.VectorType(WORD, LANES)
SHORTS, HALF = ir.VectorType(SHORT, 2 * LANES), ir.VectorType(SHORT, LANES)


def pointer(context, builder, kind, value):
    """Where the numbers of an array begin."""
    return context.make_array(kind)(context, builder, value).data


def number(value: int) -> ir.Constant:
    return ir.Constant(INT, value)


def same(value: float, kind=FLOATS) -> ir.Constant:
    """A vector of one constant."""
    plain = float(value) if isinstance(kind.element, ir.FloatType) else int(value)
    return ir.Constant(kind, [plain] * kind.count)


def _bytes(kind) -> int:
    return 4 if isinstance(kind.element, ir.FloatType) else kind.element.width // 8


def load(builder, pointer, offset, kind=FLOATS):
    """``kind`` from ``offset`` of the array's own numbers on; no alignment is asked for."""
    place = builder.bitcast(builder.gep(pointer, [offset]), kind.as_pointer())
    return builder.load(place, align=_bytes(kind))


def store(builder, vector, pointer, offset) -> None:
    place = builder.bitcast(builder.gep(pointer, [offset]), vector.type.as_pointer())
    builder.store(vector, place, align=_bytes(vector.type))


def call(builder, name: str, result, *arguments):
    kind = ir.FunctionType(result, [a.type for a in arguments])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), arguments)


def fma(builder, x, y, z):
    """x * y + z, fused where the processor can."""
    return call(builder, "llvm.fmuladd.v8f32", FLOATS, x, y, z)


def pairs(builder, x, y):
    """Products of sixteen pairs of 16-bit integers, neighbours summed: eight of 32 bits. AVX2 only."""
    return call(builder, "llvm.x86.avx2.pmadd.wd", WORDS, x, y)


def splat(builder, scalar):
    """A vector of one number."""
    kind = ir.VectorType(scalar.type, LANES)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), scalar, ir.Constant(WORD, 0))
    return builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), ir.Constant(WORDS, [0] * LANES))


def larger(builder, x, y):
    return builder.select(builder.fcmp_ordered(">", x, y), x, y)


def smaller(builder, x, y):
    return builder.select(builder.fcmp_ordered("<", x, y), x, y)


def rounded(builder, x):
    """Eight floats to the nearest integers of 16 bits, which they must fit."""
    whole = call(builder, "llvm.rint.v8f32", FLOATS, x)
    return builder.trunc(builder.fptosi(whole, WORDS), HALF)


def loop(builder, count, body: Callable[[Any, Any, list[Any]], list[Any]], start: list[Any]) -> list[Any]:
    """Run ``body(builder, index, carried)`` for 0 <= index < count (at least once); returns what is carried at the end."""
    before, inside = builder.block, builder.append_basic_block("loop")
    after = builder.append_basic_block("after")
    builder.branch(inside)
    builder.position_at_end(inside)
    index = builder.phi(INT)
    index.add_incoming(number(0), before)
    carried = [builder.phi(value.type) for value in start]
    for phi, value in zip(carried, start, strict=True):
        phi.add_incoming(value, before)
    made = body(builder, index, carried)
    following = builder.add(index, number(1))
    index.add_incoming(following, inside)
    for phi, value in zip(carried, made, strict=True):
        phi.add_incoming(value, inside)
    builder.cbranch(builder.icmp_signed("<", following, count), inside, after)
    builder.position_at_end(after)
    return made


class Floats:
    """Sums and multiples of float vectors."""

    def __init__(self, builder) -> None:
        self._builder = builder
        self.add, self.sub = builder.fadd, builder.fsub

    def more(self, x, factor: float, y):
        """factor * x + y."""
        return fma(self._builder, x, same(factor), y)


class Shorts:
    """The same of 16-bit vectors."""

    def __init__(self, builder) -> None:
        self._builder = builder
        self.add, self.sub = builder.add, builder.sub

    def more(self, x, factor: int, y):
        wide = self._builder.mul(x, same(abs(factor), SHORTS))  # a power of two: LLVM shifts
        return self.add(y, wide) if factor > 0 else self.sub(y, wide)
