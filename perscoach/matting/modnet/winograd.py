"""3x3 convolutions by Winograd's minimal filtering, on the CPU, in vectors: F(4x4, 3x3), a quarter of the products.

Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016): a tile of 4x4 results comes from 6x6
inputs as A'[(G w G') * (B' x B)]A. Summed over input channels, the products of one tile position are a matrix product.
OpenVINO and onnxruntime do not have this for AVX2; here it is written in LLVM's vector instructions through numba.

A convolution reads its inputs as they came out of the one before and normalises them on the way in (one multiply-add
and a floor per channel), enlarges them on the way in where the network does, and sums its results and their squares
on the way out, which is what the next instance norm needs: no pass over memory is made for anything but convolutions.

The same loops work in floats and, twice as fast, in integers (``integers``): inputs of nine bits, for which B' x B is
exact in 16 bits, products of 16 bits summed in 32. Which of them is decided by the type of ``v``.

All pictures are (H, W, C) float32 with the channels side by side. The instructions and the loops that use them stand in
one file, because numba's cache of compiled code is renewed when the file of a loop changes.
"""

# mypy: disable-error-code="no-untyped-def, call-arg"

from __future__ import annotations

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from perscoach.matting.modnet.vectors import (
    FLOATS,
    LANES,
    SHORTS,
    WORD,
    WORDS,
    Floats,
    Shorts,
    fma,
    larger,
    load,
    loop,
    number,
    pairs,
    pointer,
    rounded,
    same,
    smaller,
    splat,
    store,
)

TILES = 12  # go through the three steps together: what they need fits into half of a second-level cache
PAD = 16  # numbers between positions: without them all 36 share a few lines of the first-level cache, 15 % slower
PANEL = 16  # results computed together: two vectors


def _whole(kind) -> bool:
    """Whether an array holds integers."""
    return isinstance(kind.dtype, types.Integer)


def _inputs(do, x):
    """Six vectors times B': what a line of a tile needs of six neighbours."""
    a, b = do.more(x[2], -4, x[4]), do.more(x[1], -4, x[3])
    c, d = do.sub(x[4], x[2]), do.sub(x[3], x[1])
    e = do.add(d, d)
    first, last = do.more(do.sub(x[0], x[2]), 4, c), do.more(e, -2, do.sub(x[5], x[3]))
    return [first, do.add(a, b), do.sub(a, b), do.add(c, e), do.sub(c, e), last]


def _outputs(do, m, whole: bool):
    """Six vectors times A': four results of a line. For integers the positions are scaled (``integers.EVEN``)."""
    s, t = do.add(m[1], m[2]), do.sub(m[1], m[2])
    u, w = do.add(m[3], m[4]), do.sub(m[3], m[4])
    first = do.add(m[0], s)
    if whole:
        return [do.more(u, 0.5, first), do.add(t, w), do.more(u, 2, s), do.more(do.add(w, m[5]), 4, t)]
    return [do.add(first, u), do.more(w, 2, t), do.more(u, 4, s), do.more(w, 8, do.add(t, m[5]))]


# -- instructions: numba calls these, LLVM inlines them ---------------------------------------------------------


def _products(rows: int):
    """An instruction: ``rows`` x 16 results m[t] = sum over k of v[t, k] * u[k], held in registers all along.

    ``count`` counts channels, or pairs of channels where ``v`` and ``u`` are integers.
    """

    @intrinsic
    def products(context, v, v_at, v_step, u, u_at, m, m_at, m_step, count):
        n = types.int64
        signature = types.void(v, n, n, u, n, m, n, n, n)

        def code(context, builder, signature, arguments):
            pv, pu, pm = (pointer(context, builder, signature.args[i], arguments[i]) for i in (0, 3, 5))
            v_at, v_step, u_at, m_at, m_step, count = (arguments[i] for i in (1, 2, 4, 6, 7, 8))
            starts = [builder.gep(pv, [builder.add(v_at, builder.mul(v_step, number(r)))]) for r in range(rows)]
            filters, whole = builder.gep(pu, [u_at]), _whole(v)
            if whole:
                starts = [builder.bitcast(start, WORD.as_pointer()) for start in starts]

            def float_body(builder, k, carried):
                at = builder.mul(k, number(PANEL))
                u = [load(builder, filters, builder.add(at, number(half))) for half in (0, LANES)]
                made = []
                for r in range(rows):
                    x = splat(builder, builder.load(builder.gep(starts[r], [k])))
                    made += [fma(builder, x, u[half], carried[2 * r + half]) for half in (0, 1)]
                return made

            def whole_body(builder, k, carried):
                at = builder.mul(k, number(2 * PANEL))
                u = [load(builder, filters, builder.add(at, number(half)), SHORTS) for half in (0, 2 * LANES)]
                made = []
                for r in range(rows):
                    x = splat(builder, builder.load(builder.gep(starts[r], [k]), align=2))
                    x = builder.bitcast(x, SHORTS)
                    made += [builder.add(pairs(builder, x, u[half]), carried[2 * r + half]) for half in (0, 1)]
                return made

            body, zero = (whole_body, same(0, WORDS)) if whole else (float_body, same(0))
            for i, value in enumerate(loop(builder, count, body, [zero] * (2 * rows))):
                offset = builder.add(m_at, builder.mul(m_step, number(i // 2)))
                store(builder, value, pm, builder.add(offset, number(i % 2 * LANES)))
            return context.get_dummy_value()

        return signature, code

    return products


_products6, _products4, _products2 = map(_products, (6, 4, 2))


@intrinsic
def _tile_in(context, x, x_at, row, column, v, v_at, v_step):
    """B' x B of 6x6 vectors at ``x_at``, to 36 places ``v_step`` apart."""
    n = types.int64
    signature = types.void(x, n, n, n, v, n, n)

    def code(context, builder, signature, arguments):
        px, pv = (pointer(context, builder, signature.args[i], arguments[i]) for i in (0, 4))
        x_at, row, column, v_at, v_step = (arguments[i] for i in (1, 2, 3, 5, 6))
        kind, do = (SHORTS, Shorts(builder)) if _whole(x) else (FLOATS, Floats(builder))
        across = []
        for i in range(6):
            start = builder.add(x_at, builder.mul(row, number(i)))
            places = [builder.add(start, builder.mul(column, number(j))) for j in range(6)]
            across.append(_inputs(do, [load(builder, px, place, kind) for place in places]))
        for j in range(6):
            for i, value in enumerate(_inputs(do, [line[j] for line in across])):
                store(builder, value, pv, builder.add(v_at, builder.mul(v_step, number(6 * i + j))))
        return context.get_dummy_value()

    return signature, code


@intrinsic
def _tile_out(context, m, m_at, m_step, back, bias, bias_at, y, y_at, row, column, sums, sums_at, step):
    """A' m A * back + bias of 36 vectors, to 4x4 places of ``y``; ``back`` counts for integers only.

    ``sums`` has three lines ``step`` apart: the sum, the sum of squares and, for integers, the largest value follow.
    """
    n = types.int64
    signature = types.void(m, n, n, back, bias, n, y, n, n, n, sums, n, n)

    def code(context, builder, signature, arguments):
        pm, pk, pb, py, ps = (pointer(context, builder, signature.args[i], arguments[i]) for i in (0, 3, 4, 6, 10))
        m_at, m_step, bias_at, y_at, row, column, sums_at, step = (arguments[i] for i in (1, 2, 5, 7, 8, 9, 11, 12))
        do, whole, bias = Floats(builder), _whole(m), load(builder, pb, bias_at)
        down = []
        for j in range(6):
            places = [builder.add(m_at, builder.mul(m_step, number(6 * i + j))) for i in range(6)]
            line = [load(builder, pm, place, WORDS if whole else FLOATS) for place in places]
            down.append(_outputs(do, [builder.sitofp(x, FLOATS) for x in line] if whole else line, whole))
        held = [builder.add(sums_at, builder.mul(step, number(k))) for k in range(3 if whole else 2)]
        total, squares, *tops = (load(builder, ps, place) for place in held)
        back = load(builder, pk, bias_at) if whole else None
        for i in range(4):
            for j, value in enumerate(_outputs(do, [down[k][i] for k in range(6)], whole)):
                value = fma(builder, value, back, bias) if whole else builder.fadd(value, bias)
                total, squares = builder.fadd(total, value), fma(builder, value, value, squares)
                tops = [larger(builder, value, top) for top in tops]
                place = builder.add(builder.mul(row, number(i)), builder.mul(column, number(j)))
                store(builder, value, py, builder.add(y_at, place))
        for value, place in zip((total, squares, *tops), held, strict=True):
            store(builder, value, ps, place)
        return context.get_dummy_value()

    return signature, code


def _normal(builder, pointer, offset, scale, shift, floor):
    return larger(builder, fma(builder, load(builder, pointer, offset), scale, shift), floor)


def _put(builder, value, kind, place, offset, top) -> None:
    """Store in the array's own kind; integers are levels, ``top`` at the most."""
    store(builder, rounded(builder, smaller(builder, value, top)) if _whole(kind) else value, place, offset)


@intrinsic
def _fill(context, x, x_at, x_step, count, norm, norm_at, norm_step, p, p_at, p_step):
    """``count`` vectors of ``x`` to ``p``, each as max(x * norm[0] + norm[1], norm[2]); integers are norm[3] at the most."""
    n = types.int64
    signature = types.void(x, n, n, n, norm, n, n, p, n, n)

    def code(context, builder, signature, arguments):
        px, pn, pp = (pointer(context, builder, signature.args[i], arguments[i]) for i in (0, 4, 7))
        x_at, x_step, count, norm_at, norm_step, p_at, p_step = (arguments[i] for i in (1, 2, 3, 5, 6, 8, 9))
        lines = [builder.add(norm_at, builder.mul(norm_step, number(i))) for i in range(4 if _whole(p) else 3)]
        norm = [load(builder, pn, line) for line in lines]

        def body(builder, j, _):
            value = _normal(builder, px, builder.add(x_at, builder.mul(j, x_step)), *norm[:3])
            _put(builder, value, p, pp, builder.add(p_at, builder.mul(j, p_step)), norm[-1])
            return []

        loop(builder, count, body, [])
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
    n = types.int64
    signature = types.void(x, n, n, types.float32, n, n, n, n, norm, n, n, p, n, n)

    def code(context, builder, signature, arguments):
        px, pn, pp = (pointer(context, builder, signature.args[i], arguments[i]) for i in (0, 8, 11))
        row0, row1, share1, x_step, first, last, pairs = arguments[1:8]
        norm_at, norm_step, p_at, p_step = (arguments[i] for i in (9, 10, 12, 13))
        lines = [builder.add(norm_at, builder.mul(norm_step, number(i))) for i in range(4 if _whole(p) else 3)]
        norm = [load(builder, pn, line) for line in lines]
        share = splat(builder, share1)

        def column(builder, j):
            j = builder.select(builder.icmp_signed("<", j, number(0)), number(0), j)
            j = builder.select(builder.icmp_signed(">", j, last), last, j)
            at = builder.mul(j, x_step)
            above = _normal(builder, px, builder.add(row0, at), *norm[:3])
            below = _normal(builder, px, builder.add(row1, at), *norm[:3])
            return fma(builder, share, builder.fsub(below, above), above)

        def body(builder, i, carried):
            left, right = carried[0], column(builder, builder.add(builder.add(first, i), number(1)))
            quarter = builder.fmul(builder.fsub(right, left), same(0.25))
            at = builder.add(p_at, builder.mul(builder.mul(i, number(2)), p_step))
            _put(builder, builder.fadd(left, quarter), p, pp, at, norm[-1])
            _put(builder, builder.fsub(right, quarter), p, pp, builder.add(at, p_step), norm[-1])
            return [right]

        loop(builder, pairs, body, [column(builder, first)])
        return context.get_dummy_value()

    return signature, code


# -- the convolution --------------------------------------------------------------------------------------------


@njit(nogil=True, cache=True, boundscheck=False)
def _patch(x, x2, enlarge, repeat, norm, patch, top, left, tiles, height, width):
    """Six normalised rows from (top, left) on; outside is zero, or with ``repeat`` the edge (first input only)."""
    depth, columns, channels = patch.shape[2], 4 * tiles + 2, norm.shape[1]
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
        for k in range(0, channels, LANES):
            if k >= first:
                if inside:
                    c = x2.shape[2]
                    at = (row * width + left + begin) * c + k - first
                    _fill(flat2, at, c, end - begin, flat_norm, k, channels, out, line + begin * depth + k, depth)
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
                        channels,
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
                _fill(flat, at, first, end - begin, flat_norm, k, channels, out, line + begin * depth + k, depth)
                if repeat and begin:
                    out[line + k : line + k + LANES] = out[line + depth + k : line + depth + k + LANES]
                if repeat and end < columns:
                    after = line + end * depth + k
                    out[after : after + LANES] = out[after - depth : after - depth + LANES]


@njit(nogil=True, cache=True, boundscheck=False)
def convolve(x, x2, enlarge, repeat, norm, filters, back, bias, y, sums, patch, v, m):
    """``y`` = the 3x3 convolution (stride 1, zeros around) of ``x`` and ``x2`` side by side, normalised first.

    Args:
        x: (H, W, C1), or (H / 2, W / 2, C1) with ``enlarge``; C1 a multiple of 8.
        x2: (H, W, C2), C2 a multiple of 8 (0 for none).
        repeat: around ``x`` its edge stands in place of zeros.
        norm: (3, C1 + C2): scale, shift and floor of every channel; (4, C1 + C2) with the largest level for integers.
        filters: from ``pack`` or ``integers``; may have fewer inputs than C1 + C2, the last ones then count for nothing.
        back: (outputs,): what one is worth in a result of integers; not read for floats.
        bias: (outputs,).
        y: (H, W, outputs), H and W multiples of 4.
        sums: (2, outputs) float64; the sum and the sum of squares of every channel are added. (3, outputs): the largest
            value of every channel is kept in the third line.
        patch, v, m: working memory, from ``working_memory``.
    """
    height, width, outputs = y.shape
    depth, count, y_flat = patch.shape[2], filters.shape[2], y.reshape(-1)
    patch_flat, v_flat, m_flat, filters_flat = patch.reshape(-1), v.reshape(-1), m.reshape(-1), filters.reshape(-1)
    part = np.zeros(3 * outputs, np.float32)
    span, v_step, m_step = patch.shape[1] * depth, TILES * depth + PAD, TILES * outputs + PAD
    panels, size, lanes = outputs // PANEL, count * filters.shape[3], 32 // v.itemsize
    for top in range(0, height, 4):
        part[: 2 * outputs] = 0
        part[2 * outputs :] = -np.inf
        for left in range(0, width, 4 * TILES):
            tiles = min(TILES, (width - left) // 4)
            _patch(x, x2, enlarge, repeat, norm, patch, top - 1, left - 1, tiles, height, width)
            for t in range(tiles):
                for k in range(0, depth, lanes):
                    _tile_in(patch_flat, 4 * t * depth + k, span, depth, v_flat, t * depth + k, v_step)
            for position in range(36):
                for panel in range(panels):
                    u = (position * panels + panel) * size
                    t = 0
                    while t < tiles:  # what is computed past the last tile is overwritten or lies in the margin
                        at, to = position * v_step + t * depth, position * m_step + t * outputs + panel * PANEL
                        if tiles - t > 4:
                            _products6(v_flat, at, depth, filters_flat, u, m_flat, to, outputs, count)
                            t += 6
                        elif tiles - t > 2:
                            _products4(v_flat, at, depth, filters_flat, u, m_flat, to, outputs, count)
                            t += 4
                        else:
                            _products2(v_flat, at, depth, filters_flat, u, m_flat, to, outputs, count)
                            t += 2
            row = width * outputs
            for t in range(tiles):
                at = top * row + (left + 4 * t) * outputs
                for k in range(0, outputs, LANES):
                    begin = t * outputs + k
                    _tile_out(m_flat, begin, m_step, back, bias, k, y_flat, at + k, row, outputs, part, k, outputs)
        for k in range(outputs):
            sums[0, k] += part[k]
            sums[1, k] += part[outputs + k]
            if sums.shape[0] > 2:
                sums[2, k] = max(sums[2, k], part[2 * outputs + k])
