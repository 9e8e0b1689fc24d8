"""3x3 convolutions by Winograd's minimal filtering, on the CPU, in 8-lane vectors: F(4x4, 3x3), a quarter of the products.

Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016): a tile of 4x4 results comes from 6x6
inputs as A'[(G w G') * (B' x B)]A. Summed over input channels, the products of one tile position are a matrix product.
OpenVINO and onnxruntime do not have this for AVX2; here it is written in LLVM's vector instructions through numba.

A convolution reads its inputs as they came out of the one before and normalises them on the way in (one multiply-add
and a floor per channel), enlarges them on the way in where the network does, and sums its results and their squares
on the way out, which is what the next instance norm needs: no pass over memory is made for anything but convolutions.

All pictures are (H, W, C) float32 with the channels side by side. The instructions and the loops that use them stand in
one file, because numba's cache of compiled code is renewed when the file of a loop changes.
"""

# mypy: disable-error-code="no-untyped-def, call-arg"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

TILES = 24  # go through the three steps together: their 36 positions fit into the second-level cache
PAD = 16  # numbers between positions: without them all 36 share a few lines of the first-level cache, 15 % slower
PANEL = 16  # results computed together: two vectors
LANES = 8

_B = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
_A = ((1, 1, 1, 1, 1, 0), (0, 1, -1, 2, -2, 0), (0, 1, 1, 4, 4, 0), (0, 1, -1, 8, -8, 1))
_FLOAT, _INT = ir.FloatType(), ir.IntType(64)
_VECTOR = ir.VectorType(_FLOAT, LANES)


# -- instructions: numba calls these, LLVM inlines them ---------------------------------------------------------


def _pointer(context, builder, kind, value):
    return context.make_array(kind)(context, builder, value).data


def _number(value: int) -> ir.Constant:
    return ir.Constant(_INT, value)


def _same(value: float) -> ir.Constant:
    """A vector of one constant."""
    return ir.Constant(_VECTOR, [float(value)] * LANES)


def _load(builder, pointer, offset):
    return builder.load(builder.bitcast(builder.gep(pointer, [offset]), _VECTOR.as_pointer()), align=4)


def _store(builder, vector, pointer, offset) -> None:
    builder.store(vector, builder.bitcast(builder.gep(pointer, [offset]), _VECTOR.as_pointer()), align=4)


def _fma(builder, x, y, z):
    """x * y + z, fused where the processor can."""
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.fmuladd.v8f32"), [x, y, z])


def _splat(builder, scalar):
    first = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(first, ir.Constant(_VECTOR, ir.Undefined), mask)


def _weighted(builder, factors, vectors):
    """The sum of constants times vectors, ones first."""
    total = None
    pairs = [pair for pair in zip(factors, vectors, strict=True) if pair[0]]
    for factor, vector in sorted(pairs, key=lambda pair: abs(pair[0]) != 1):
        if total is None:
            total = vector if factor == 1 else builder.fmul(vector, _same(factor))
        elif factor in (1, -1):
            total = (builder.fadd if factor == 1 else builder.fsub)(total, vector)
        else:
            total = _fma(builder, vector, _same(factor), total)
    return total


def _loop(builder, count, body: Callable[[Any, Any, list[Any]], list[Any]], start: list[Any]) -> list[Any]:
    """Run ``body(builder, index, carried)`` for 0 <= index < count (at least once); returns what is carried at the end."""
    before, inside = builder.block, builder.append_basic_block("loop")
    after = builder.append_basic_block("after")
    builder.branch(inside)
    builder.position_at_end(inside)
    index = builder.phi(_INT)
    index.add_incoming(_number(0), before)
    carried = [builder.phi(_VECTOR) for _ in start]
    for phi, value in zip(carried, start, strict=True):
        phi.add_incoming(value, before)
    made = body(builder, index, carried)
    following = builder.add(index, _number(1))
    index.add_incoming(following, inside)
    for phi, value in zip(carried, made, strict=True):
        phi.add_incoming(value, inside)
    builder.cbranch(builder.icmp_signed("<", following, count), inside, after)
    builder.position_at_end(after)
    return made


def _products(rows: int):
    """An instruction: ``rows`` x 16 results m[t] = sum over k of v[t, k] * u[k], held in registers all along."""

    @intrinsic
    def products(context, v, v_at, v_step, u, u_at, m, m_at, m_step, count):
        number = types.int64
        signature = types.void(v, number, number, u, number, m, number, number, number)

        def code(context, builder, signature, arguments):
            pv, pu, pm = (_pointer(context, builder, signature.args[i], arguments[i]) for i in (0, 3, 5))
            v_at, v_step, u_at, m_at, m_step, count = (arguments[i] for i in (1, 2, 4, 6, 7, 8))
            starts = [builder.gep(pv, [builder.add(v_at, builder.mul(v_step, _number(r)))]) for r in range(rows)]
            filters = builder.gep(pu, [u_at])

            def body(builder, k, carried):
                at = builder.mul(k, _number(PANEL))
                u = [_load(builder, filters, builder.add(at, _number(half))) for half in (0, LANES)]
                made = []
                for r in range(rows):
                    x = _splat(builder, builder.load(builder.gep(starts[r], [k])))
                    made += [_fma(builder, x, u[half], carried[2 * r + half]) for half in (0, 1)]
                return made

            for i, value in enumerate(_loop(builder, count, body, [_same(0)] * (2 * rows))):
                offset = builder.add(m_at, builder.mul(m_step, _number(i // 2)))
                _store(builder, value, pm, builder.add(offset, _number(i % 2 * LANES)))
            return context.get_dummy_value()

        return signature, code

    return products


_products6, _products4, _products2 = map(_products, (6, 4, 2))


@intrinsic
def _tile_in(context, x, x_at, row, column, v, v_at, v_step):
    """B' x B of 6x6 vectors at ``x_at``, to 36 places ``v_step`` apart."""
    number = types.int64
    signature = types.void(x, number, number, number, v, number, number)

    def code(context, builder, signature, arguments):
        px, pv = (_pointer(context, builder, signature.args[i], arguments[i]) for i in (0, 4))
        x_at, row, column, v_at, v_step = (arguments[i] for i in (1, 2, 3, 5, 6))
        across = []
        for i in range(6):
            start = builder.add(x_at, builder.mul(row, _number(i)))
            line = [_load(builder, px, builder.add(start, builder.mul(column, _number(j)))) for j in range(6)]
            across.append([_weighted(builder, _B[j], line) for j in range(6)])
        for j in range(6):
            for i in range(6):
                value = _weighted(builder, _B[i], [across[k][j] for k in range(6)])
                _store(builder, value, pv, builder.add(v_at, builder.mul(v_step, _number(6 * i + j))))
        return context.get_dummy_value()

    return signature, code


@intrinsic
def _tile_out(context, m, m_at, m_step, bias, bias_at, y, y_at, row, column, sums, sums_at, squares_at):
    """A' m A + bias of 36 vectors, to 4x4 places of ``y``; adds to the sums and to the sums of squares."""
    number = types.int64
    place = (number, number, number)
    signature = types.void(m, number, number, bias, number, y, *place, sums, number, number)

    def code(context, builder, signature, arguments):
        pm, pb, py, ps = (_pointer(context, builder, signature.args[i], arguments[i]) for i in (0, 3, 5, 9))
        m_at, m_step, bias_at, y_at, row, column, sums_at, squares_at = (
            arguments[i] for i in (1, 2, 4, 6, 7, 8, 10, 11)
        )
        bias = _load(builder, pb, bias_at)
        down = []
        for j in range(6):
            line = [_load(builder, pm, builder.add(m_at, builder.mul(m_step, _number(6 * i + j)))) for i in range(6)]
            down.append([_weighted(builder, _A[i], line) for i in range(4)])
        total, squares = _load(builder, ps, sums_at), _load(builder, ps, squares_at)
        for i in range(4):
            for j in range(4):
                value = builder.fadd(_weighted(builder, _A[j], [down[k][i] for k in range(6)]), bias)
                total, squares = builder.fadd(total, value), _fma(builder, value, value, squares)
                place = builder.add(builder.mul(row, _number(i)), builder.mul(column, _number(j)))
                _store(builder, value, py, builder.add(y_at, place))
        _store(builder, total, ps, sums_at)
        _store(builder, squares, ps, squares_at)
        return context.get_dummy_value()

    return signature, code


def _normal(builder, pointer, offset, scale, shift, floor):
    value = _fma(builder, _load(builder, pointer, offset), scale, shift)
    return builder.select(builder.fcmp_ordered(">", value, floor), value, floor)


@intrinsic
def _fill(context, x, x_at, x_step, count, norm, norm_at, norm_step, p, p_at, p_step):
    """``count`` vectors of ``x`` to ``p``, each as max(x * norm[0] + norm[1], norm[2])."""
    number = types.int64
    signature = types.void(x, number, number, number, norm, number, number, p, number, number)

    def code(context, builder, signature, arguments):
        px, pn, pp = (_pointer(context, builder, signature.args[i], arguments[i]) for i in (0, 4, 7))
        x_at, x_step, count, norm_at, norm_step, p_at, p_step = (arguments[i] for i in (1, 2, 3, 5, 6, 8, 9))
        norm = [_load(builder, pn, builder.add(norm_at, builder.mul(norm_step, _number(i)))) for i in range(3)]

        def body(builder, j, _):
            value = _normal(builder, px, builder.add(x_at, builder.mul(j, x_step)), *norm)
            _store(builder, value, pp, builder.add(p_at, builder.mul(j, p_step)))
            return []

        _loop(builder, count, body, [])
        return context.get_dummy_value()

    return signature, code


@intrinsic
def _fill_enlarged(
    context, x, row0, row1, share1, x_step, first, last, pairs, norm, norm_at, norm_step, p, p_at, p_step
):
    """The same from an input of half the size, enlarged bilinearly (edges repeated): ``pairs`` pairs of vectors.

    Pair i lies between the input's columns ``first + i`` and the next one; ``row0`` and ``row1`` are the offsets of the
    two rows, ``share1`` is the weight of the second.
    """
    number = types.int64
    rows = (number, number, types.float32, number, number, number, number)
    signature = types.void(x, *rows, norm, number, number, p, number, number)

    def code(context, builder, signature, arguments):
        px, pn, pp = (_pointer(context, builder, signature.args[i], arguments[i]) for i in (0, 8, 11))
        row0, row1, share1, x_step, first, last, pairs = arguments[1:8]
        norm_at, norm_step, p_at, p_step = (arguments[i] for i in (9, 10, 12, 13))
        norm = [_load(builder, pn, builder.add(norm_at, builder.mul(norm_step, _number(i)))) for i in range(3)]
        share = _splat(builder, share1)

        def column(builder, j):
            j = builder.select(builder.icmp_signed("<", j, _number(0)), _number(0), j)
            j = builder.select(builder.icmp_signed(">", j, last), last, j)
            at = builder.mul(j, x_step)
            above = _normal(builder, px, builder.add(row0, at), *norm)
            below = _normal(builder, px, builder.add(row1, at), *norm)
            return _fma(builder, share, builder.fsub(below, above), above)

        def body(builder, i, carried):
            left, right = carried[0], column(builder, builder.add(builder.add(first, i), _number(1)))
            quarter = builder.fmul(builder.fsub(right, left), _same(0.25))
            at = builder.add(p_at, builder.mul(builder.mul(i, _number(2)), p_step))
            _store(builder, builder.fadd(left, quarter), pp, at)
            _store(builder, builder.fsub(right, quarter), pp, builder.add(at, p_step))
            return [right]

        _loop(builder, pairs, body, [column(builder, first)])
        return context.get_dummy_value()

    return signature, code


# -- the convolution --------------------------------------------------------------------------------------------


@njit(nogil=True, cache=True, boundscheck=False)
def _patch(x, x2, enlarge, repeat, norm, patch, top, left, tiles, height, width):
    """Six normalised rows from (top, left) on; outside is zero, or with ``repeat`` the edge (first input only)."""
    depth, columns = patch.shape[2], 4 * tiles + 2
    first = x.shape[2]
    flat, flat2, flat_norm, out = x.reshape(-1), x2.reshape(-1), norm.reshape(-1), patch.reshape(-1)
    begin, end = int(left < 0), columns - int(left + columns > width)
    for i in range(6):
        row = top + i
        line = i * patch.shape[1] * depth
        inside = 0 <= row < height
        if not inside or begin:
            out[line : line + (depth if inside else columns * depth)] = 0
        if end < columns:
            out[line + end * depth : line + columns * depth] = 0
        near = min(max(row, 0), height - 1)
        for k in range(0, depth, LANES):
            if k >= first:
                if inside:
                    c = x2.shape[2]
                    at = (row * width + left + begin) * c + k - first
                    _fill(flat2, at, c, end - begin, flat_norm, k, depth, out, line + begin * depth + k, depth)
            elif enlarge:
                if inside:
                    low = (row - 1) // 2 if row % 2 == 0 else row // 2
                    share = np.float32(0.75) if row % 2 == 0 else np.float32(0.25)
                    rows, span = x.shape[0], x.shape[1] * first
                    row0, row1 = max(low, 0) * span + k, min(low + 1, rows - 1) * span + k
                    start, last = (left - 1) // 2, x.shape[1] - 1
                    _fill_enlarged(
                        flat,
                        row0,
                        row1,
                        share,
                        first,
                        start,
                        last,
                        columns // 2,
                        flat_norm,
                        k,
                        depth,
                        out,
                        line + k,
                        depth,
                    )
                    if begin:
                        out[line + k : line + k + LANES] = 0
                    if end < columns:
                        out[line + end * depth + k : line + end * depth + k + LANES] = 0
            elif inside or repeat:
                at = (near * width + left + begin) * first + k
                _fill(flat, at, first, end - begin, flat_norm, k, depth, out, line + begin * depth + k, depth)
                if repeat and begin:
                    out[line + k : line + k + LANES] = out[line + depth + k : line + depth + k + LANES]
                if repeat and end < columns:
                    after = line + end * depth + k
                    out[after : after + LANES] = out[after - depth : after - depth + LANES]


@njit(nogil=True, cache=True, boundscheck=False)
def convolve(x, x2, enlarge, repeat, norm, filters, bias, y, sums, patch, v, m):
    """``y`` = the 3x3 convolution (stride 1, zeros around) of ``x`` and ``x2`` side by side, normalised first.

    Args:
        x: (H, W, C1), or (H / 2, W / 2, C1) with ``enlarge``; C1 a multiple of 8.
        x2: (H, W, C2), C2 a multiple of 8 (0 for none).
        repeat: around ``x`` its edge stands in place of zeros.
        norm: (3, C1 + C2): scale, shift and floor of every channel.
        filters: from ``pack``; may have fewer inputs than C1 + C2, the last ones then count for nothing.
        bias: (outputs,).
        y: (H, W, outputs), H and W multiples of 4.
        sums: (2, outputs) float64; the sum and the sum of squares of every channel are added.
        patch, v, m: working memory, from ``working_memory``.
    """
    height, width, outputs = y.shape
    depth, inputs, y_flat = patch.shape[2], filters.shape[2], y.reshape(-1)
    patch_flat, v_flat, m_flat, filters_flat = patch.reshape(-1), v.reshape(-1), m.reshape(-1), filters.reshape(-1)
    part = np.zeros(2 * outputs, np.float32)
    span, v_step, m_step = patch.shape[1] * depth, TILES * depth + PAD, TILES * outputs + PAD
    for top in range(0, height, 4):
        part[:] = 0
        for left in range(0, width, 4 * TILES):
            tiles = min(TILES, (width - left) // 4)
            _patch(x, x2, enlarge, repeat, norm, patch, top - 1, left - 1, tiles, height, width)
            for t in range(tiles):
                for k in range(0, depth, LANES):
                    _tile_in(patch_flat, 4 * t * depth + k, span, depth, v_flat, t * depth + k, v_step)
            for position in range(36):
                for panel in range(outputs // PANEL):
                    u = (position * (outputs // PANEL) + panel) * inputs * PANEL
                    t = 0
                    while t < tiles:  # what is computed past the last tile is overwritten or lies in the margin
                        at, to = position * v_step + t * depth, position * m_step + t * outputs + panel * PANEL
                        if tiles - t > 4:
                            _products6(v_flat, at, depth, filters_flat, u, m_flat, to, outputs, inputs)
                            t += 6
                        elif tiles - t > 2:
                            _products4(v_flat, at, depth, filters_flat, u, m_flat, to, outputs, inputs)
                            t += 4
                        else:
                            _products2(v_flat, at, depth, filters_flat, u, m_flat, to, outputs, inputs)
                            t += 2
            for t in range(tiles):
                at = (top * width + left + 4 * t) * outputs
                for k in range(0, outputs, LANES):
                    _tile_out(
                        m_flat,
                        t * outputs + k,
                        m_step,
                        bias,
                        k,
                        y_flat,
                        at + k,
                        width * outputs,
                        outputs,
                        part,
                        k,
                        k + outputs,
                    )
        for k in range(outputs):
            sums[0, k] += part[k]
            sums[1, k] += part[outputs + k]
