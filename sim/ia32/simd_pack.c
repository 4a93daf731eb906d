/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lanes made narrower (PACK), interleaved (PUNPCK, UNPCK) and wider (PMOVSX,
 * PMOVZX).
 * SDM 325462, Vol 1, "MMX Conversion Instructions", "MMX Unpack
 * Instructions", "Packed Integer Format Conversions", "Packed Integer
 * Unpack and Shuffle". */
#include "sim/ia32/simd.h"

/* --- narrower ---------------------------------------------------------- */

/* Signed lanes z, twice as wide as those of the result, of both words. */
#define PACK(name, bits, result)                                            \
    IA32_INLINE uint64_t name(uint64_t a, uint64_t b)                       \
    {                                                                       \
        uint64_t word = 0;                                                  \
        for (unsigned at = 0; at < 64; at += (bits)) {                      \
            const int64_t z = simd_signed_lane(at < 32 ? a : b,             \
                                               2 * at & 63, 2 * (bits));    \
            word |= simd_low(result, bits) << at;                           \
        }                                                                   \
        return word;                                                        \
    }
#define BOTH_PACK(name, bits, result)                                       \
    PACK(name, bits, result)                                                \
    SIMD_MMX(name, name)                                                    \
    SIMD_XMM_FOLD(name, name)

BOTH_PACK(packsswb, 8, simd_saturate_s(z, 8))
BOTH_PACK(packssdw, 16, simd_saturate_s(z, 16))
BOTH_PACK(packuswb, 8, simd_saturate_u(z, 8))
PACK(packusdw, 16, simd_saturate_u(z, 16))
SIMD_XMM_FOLD(packusdw, packusdw)

/* --- interleaved ---------------------------------------------------------- */

/* Lanes of the lower or upper halves in turn, a's first. */
IA32_INLINE uint64_t interleave(uint64_t a, uint64_t b, bool upper,
                                unsigned bits)
{
    uint64_t word = 0;
    for (unsigned at = 0; at < 32; at += bits) {
        unsigned from = at + (upper ? 32 : 0);
        word |= (simd_lane(a, from, bits) | simd_lane(b, from, bits) << bits)
                << 2 * at;
    }
    return word;
}

/* The lower halves are all that is needed, and all that is read. */
IA32_INLINE enum ia32_status unpack_mmx(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn,
                                        bool upper, unsigned bits)
{
    uint64_t b;
    IA32_TRY(simd_read_q(cpu, insn, upper ? 8 : 4, &b));
    simd_set_mm(cpu, insn->reg,
                interleave(simd_p(cpu, insn), b, upper, bits));
    return IA32_OK;
}

/* Memory is read whole and must be aligned, whichever half is used. */
IA32_INLINE enum ia32_status unpack_xmm(struct ia32_cpu *cpu,
                                        const struct ia32_insn *insn,
                                        unsigned half, unsigned bits)
{
    struct ia32_xmm b, *v = simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    uint64_t from_a = v->q[half], from_b = b.q[half];
    v->q[0] = interleave(from_a, from_b, false, bits);
    v->q[1] = interleave(from_a, from_b, true, bits);
    return IA32_OK;
}

#define UNPACK(suffix, bits)                                                \
    IA32_OP(punpckl##suffix##_pq_qd, unpack_mmx, false, bits)               \
    IA32_OP(punpckh##suffix##_pq_qq, unpack_mmx, true, bits)                \
    IA32_OP(punpckl##suffix##_vx_wx, unpack_xmm, 0, bits)                   \
    IA32_OP(punpckh##suffix##_vx_wx, unpack_xmm, 1, bits)

UNPACK(bw, 8)
UNPACK(wd, 16)
UNPACK(dq, 32)

IA32_INLINE enum ia32_status unpack_words(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn,
                                          unsigned half)
{
    struct ia32_xmm b, *v = simd_v(cpu, insn);
    IA32_TRY(simd_read_w(cpu, insn, &b));
    *v = (struct ia32_xmm){ { v->q[half], b.q[half] } };
    return IA32_OK;
}

IA32_OP(punpcklqdq_vx_wx, unpack_words, 0)
IA32_OP(punpckhqdq_vx_wx, unpack_words, 1)

/* --- wider ---------------------------------------------------------------- */

/* The low lanes of the source, as many as fill the register. */
IA32_INLINE enum ia32_status extend(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    bool is_signed, unsigned from,
                                    unsigned to)
{
    uint64_t b;
    IA32_TRY(simd_read_low(cpu, insn, 16 * from / to, &b));
    struct ia32_xmm wide = { { 0, 0 } };
    for (unsigned i = 0; i < 128 / to; i++) {
        uint64_t v = is_signed
                         ? (uint64_t)simd_signed_lane(b, i * from, from)
                         : simd_lane(b, i * from, from);
        wide.q[i * to / 64] |= simd_low(v, to) << i * to % 64;
    }
    *simd_v(cpu, insn) = wide;
    return IA32_OK;
}

#define EXTEND(suffix, source, from, to)                                    \
    IA32_OP(pmovsx##suffix##_vx_##source, extend, true, from, to)           \
    IA32_OP(pmovzx##suffix##_vx_##source, extend, false, from, to)

EXTEND(bw, wq, 8, 16)
EXTEND(bd, wd, 8, 32)
EXTEND(bq, ww, 8, 64)
EXTEND(wd, wq, 16, 32)
EXTEND(wq, wd, 16, 64)
EXTEND(dq, wq, 32, 64)
