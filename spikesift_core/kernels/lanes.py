"""Two loops over rows of LANES channels that must stay in the processor's vector registers.

Numba's loops over 16 lanes with a running state are not turned into vector instructions (measured: 8 times slower), so
these two are written as LLVM vectors. LLVM cuts them into what the processor has: AVX-512, AVX2, SSE or NEON.
"""

from __future__ import annotations

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import impl_ret_untracked
from numba.extending import intrinsic

from spikesift_core.kernels.compiling import kernel

LANES = 16  # channels in a group: one cache line of float32
LINE = 64  # bytes


@kernel()
def from_line(room):
    """The part of a flat array from its first cache line on, up to LANES values less: rows of LANES values that lie
    across two lines are loaded in two parts."""
    return room[(-room.ctypes.data % LINE) // room.itemsize :]


def _vector_at(builder, pointer, index, vector):
    """Pointer to the vector that starts at element `index`."""
    return builder.bitcast(builder.gep(pointer, [index]), vector.as_pointer())


def _load(builder, pointer, index, vector, size):
    return builder.load(_vector_at(builder, pointer, index, vector), align=size)


def _store(builder, value, pointer, index, size):
    builder.store(value, _vector_at(builder, pointer, index, value.type), align=size)


def _data(context, builder, kind, value):
    return context.make_array(kind)(context, builder, value).data


@intrinsic
def sum_rows(typingctx, raw, start, stride, count, state, sums, into):
    """Four running sums in a row over `count` rows.

    Row k is raw[start + k * stride :][:LANES] (flat array of integers); its fourth sum goes to
    sums[into + k * LANES :][:LANES]. state : (4 * LANES,) the sums so far, same type as `sums`; updated.
    """
    index = types.int64
    signature = types.void(raw, index, index, index, state, sums, index)

    def codegen(context, builder, signature, args):
        raw_type, sums_type = signature.args[0], signature.args[5]
        narrow = ir.VectorType(context.get_value_type(raw_type.dtype), LANES)
        wide = ir.VectorType(context.get_value_type(sums_type.dtype), LANES)
        size = sums_type.dtype.bitwidth // 8
        raw_data = _data(context, builder, raw_type, args[0])
        state_data = _data(context, builder, signature.args[4], args[4])
        sums_data = _data(context, builder, sums_type, args[5])
        places = [ir.Constant(ir.IntType(64), k * LANES) for k in range(4)]
        running = []
        for place in places:
            slot = cgutils.alloca_once(builder, wide)
            builder.store(_load(builder, state_data, place, wide, size), slot)
            running.append(slot)
        with cgutils.for_range(builder, args[3]) as loop:
            at = builder.add(args[1], builder.mul(loop.index, args[2]))
            row = _load(builder, raw_data, at, narrow, raw_type.dtype.bitwidth // 8)
            value = row if narrow == wide else builder.sext(row, wide)
            for slot in running:
                value = builder.add(builder.load(slot), value)
                builder.store(value, slot)
            at = builder.add(args[6], builder.mul(loop.index, ir.Constant(ir.IntType(64), LANES)))
            _store(builder, value, sums_data, at, size)
        for place, slot in zip(places, running, strict=True):
            _store(builder, builder.load(slot), state_data, place, size)
        return impl_ret_untracked(context, builder, signature.return_type, context.get_dummy_value())

    return signature, codegen


@intrinsic
def band_rows(typingctx, sums, newest, narrow_lag, boxes, gains, signal, start, count, lowest, place):
    """Difference of two Gaussians from their shared running sums, and the lowest of the rows.

    Row k of the result goes to signal[start + k * LANES :][:LANES]. It is gains[0] times the fourth difference of the
    running sums over boxes[0] rows, less gains[1] times the one over boxes[1] rows. The newest sum of the wide one is
    row `newest` + k of `sums` (flat), of the narrow one `narrow_lag` rows before.

    Sums of 64 bits are compared in float64: samples may lie far from zero.

    gains : (2,) float64, boxes : (2,) int64. lowest : (LANES,) float32 and place : (LANES,) int32, written: the lowest
    of the `count` rows and which row it is (the first one if tied).
    """
    index = types.int64
    signature = types.void(sums, index, index, boxes, gains, signal, index, index, lowest, place)

    def codegen(context, builder, signature, args):
        sums_type = signature.args[0]
        whole = ir.VectorType(context.get_value_type(sums_type.dtype), LANES)
        floats = ir.VectorType(ir.FloatType(), LANES)
        integers = ir.VectorType(ir.IntType(32), LANES)
        size = sums_type.dtype.bitwidth // 8
        exact = ir.VectorType(ir.DoubleType(), LANES) if size == 8 else floats
        data = [_data(context, builder, signature.args[k], args[k]) for k in (0, 3, 4, 5, 8, 9)]
        sums_data, box_data, gain_data, signal_data, lowest_data, place_data = data

        def constant(value):
            return ir.Constant(ir.IntType(64), value)

        def spread(value, vector):
            one = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
            zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
            return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), zeros)

        def number(pointer, place):
            return builder.load(builder.gep(pointer, [constant(place)]))

        def fourth_difference(row, box):
            rows = [builder.sub(row, builder.mul(box, constant(k))) for k in range(5)]
            s = [_load(builder, sums_data, builder.mul(at, constant(LANES)), whole, size) for at in rows]
            four, six = (ir.Constant(whole, [n] * LANES) for n in (4, 6))
            ends = builder.add(s[0], s[4])
            inner = builder.mul(builder.add(s[1], s[3]), four)
            return builder.sitofp(builder.add(builder.sub(ends, inner), builder.mul(s[2], six)), exact)

        narrow_box, wide_box = number(box_data, 0), number(box_data, 1)
        narrow_gain, wide_gain = (
            spread(gain if size == 8 else builder.fptrunc(gain, ir.FloatType()), exact)
            for gain in (number(gain_data, 0), number(gain_data, 1))
        )
        best, where, now = (cgutils.alloca_once(builder, kind) for kind in (floats, integers, integers))
        builder.store(ir.Constant(floats, [float("inf")] * LANES), best)
        builder.store(ir.Constant(integers, [0] * LANES), where)
        builder.store(ir.Constant(integers, [0] * LANES), now)
        with cgutils.for_range(builder, args[7]) as loop:
            row = builder.add(args[1], loop.index)
            narrow = builder.fmul(fourth_difference(builder.sub(row, args[2]), narrow_box), narrow_gain)
            wide = builder.fmul(fourth_difference(row, wide_box), wide_gain)
            value = builder.fsub(narrow, wide)
            value = builder.fptrunc(value, floats) if size == 8 else value
            at = builder.add(args[6], builder.mul(loop.index, constant(LANES)))
            _store(builder, value, signal_data, at, 4)
            lower = builder.fcmp_ordered("<", value, builder.load(best))
            builder.store(builder.select(lower, value, builder.load(best)), best)
            builder.store(builder.select(lower, builder.load(now), builder.load(where)), where)
            builder.store(builder.add(builder.load(now), ir.Constant(integers, [1] * LANES)), now)
        _store(builder, builder.load(best), lowest_data, constant(0), 4)
        _store(builder, builder.load(where), place_data, constant(0), 4)
        return impl_ret_untracked(context, builder, signature.return_type, context.get_dummy_value())

    return signature, codegen
