"""Two loops over rows of LANES channels that must stay in the processor's vector registers.

Numba's loops over 16 lanes with a running state are not turned into vector instructions (measured: 8 times slower), so
these two are written as LLVM vectors. LLVM cuts them into what the processor has: AVX-512, AVX2, SSE or NEON.
"""

from __future__ import annotations

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import impl_ret_untracked
from numba.extending import intrinsic

LANES = 16  # channels in a group: one 64-byte cache line of float32


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
def lowest_rows(typingctx, signal, start, count, lowest, place):
    """For each lane the lowest of `count` rows and which row it is (the first one if tied).

    Row k is signal[start + k * LANES :][:LANES] (flat float32). lowest : (LANES,) float32, place : (LANES,) int32, written.
    """
    index = types.int64
    signature = types.void(signal, index, index, lowest, place)

    def codegen(context, builder, signature, args):
        floats = ir.VectorType(ir.FloatType(), LANES)
        integers = ir.VectorType(ir.IntType(32), LANES)
        data, lowest_data, place_data = (_data(context, builder, signature.args[k], args[k]) for k in (0, 3, 4))
        best, where, now = (cgutils.alloca_once(builder, kind) for kind in (floats, integers, integers))
        builder.store(_load(builder, data, args[1], floats, 4), best)
        builder.store(ir.Constant(integers, [0] * LANES), where)
        builder.store(ir.Constant(integers, [0] * LANES), now)
        with cgutils.for_range(builder, args[2]) as loop:
            at = builder.add(args[1], builder.mul(loop.index, ir.Constant(ir.IntType(64), LANES)))
            row = _load(builder, data, at, floats, 4)
            lower = builder.fcmp_ordered("<", row, builder.load(best))
            builder.store(builder.select(lower, row, builder.load(best)), best)
            builder.store(builder.select(lower, builder.load(now), builder.load(where)), where)
            builder.store(builder.add(builder.load(now), ir.Constant(integers, [1] * LANES)), now)
        zero = ir.Constant(ir.IntType(64), 0)
        _store(builder, builder.load(best), lowest_data, zero, 4)
        _store(builder, builder.load(where), place_data, zero, 4)
        return impl_ret_untracked(context, builder, signature.return_type, context.get_dummy_value())

    return signature, codegen
