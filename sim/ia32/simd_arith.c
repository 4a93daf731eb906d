/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packed integer arithmetic and comparisons of MMX, SSE, SSE2, SSSE3 and
 * SSE4: one line an instruction, for MMX registers, XMM registers or both.
 * SDM 325462, Vol 1, "MMX Arithmetic Instructions", "SSSE3 Instructions",
 * "Packed Integer MIN/MAX Instructions"; each instruction's page of Vol 2.
 *
 * A line: name, bits of a lane, the lane's result from x (destination) and y
 * (source).  No flags, no exceptions but those of memory. */
#include "sim/ia32/simd.h"

#define BOTH_U(name, bits, result)                                          \
    SIMD_LANES_U(name, bits, result)                                        \
    SIMD_MMX(name, name)                                                    \
    SIMD_XMM(name, name)
#define BOTH_S(name, bits, result)                                          \
    SIMD_LANES_S(name, bits, result)                                        \
    SIMD_MMX(name, name)                                                    \
    SIMD_XMM(name, name)
#define XMM_U(name, bits, result)                                           \
    SIMD_LANES_U(name, bits, result)                                        \
    SIMD_XMM(name, name)
#define XMM_S(name, bits, result)                                           \
    SIMD_LANES_S(name, bits, result)                                        \
    SIMD_XMM(name, name)

#define MIN(x, y) ((x) < (y) ? (x) : (y))
#define MAX(x, y) ((x) > (y) ? (x) : (y))

/* --- sums and differences ------------------------------------------------ */

BOTH_U(paddb, 8, x + y)
BOTH_U(paddw, 16, x + y)
BOTH_U(paddd, 32, x + y)
BOTH_U(paddq, 64, x + y)
BOTH_U(psubb, 8, x - y)
BOTH_U(psubw, 16, x - y)
BOTH_U(psubd, 32, x - y)
BOTH_U(psubq, 64, x - y)
BOTH_S(paddsb, 8, simd_saturate_s(x + y, 8))
BOTH_S(paddsw, 16, simd_saturate_s(x + y, 16))
BOTH_S(psubsb, 8, simd_saturate_s(x - y, 8))
BOTH_S(psubsw, 16, simd_saturate_s(x - y, 16))
BOTH_U(paddusb, 8, MIN(x + y, 0xff))
BOTH_U(paddusw, 16, MIN(x + y, 0xffff))
BOTH_U(psubusb, 8, x > y ? x - y : 0)
BOTH_U(psubusw, 16, x > y ? x - y : 0)
BOTH_U(pavgb, 8, (x + y + 1) >> 1)
BOTH_U(pavgw, 16, (x + y + 1) >> 1)

/* Neighbours: the two halves of a lane twice as wide. */
#define LOW(v, bits) simd_signed(v, bits)
#define HIGH(v, bits) simd_signed((v) >> (bits), bits)

/* One result a pair of lanes of both words together. */
#define FOLD(name, bits, result)                                            \
    IA32_INLINE uint64_t name(uint64_t a, uint64_t b)                       \
    {                                                                       \
        uint64_t word = 0;                                                  \
        for (unsigned at = 0; at < 64; at += (bits)) {                      \
            const uint64_t pair = (at < 32 ? a : b) >> (2 * at & 63);       \
            const int64_t x = LOW(pair, bits), y = HIGH(pair, bits);        \
            word |= simd_low((uint64_t)(result), bits) << at;               \
        }                                                                   \
        return word;                                                        \
    }                                                                       \
    SIMD_MMX(name, name)                                                    \
    SIMD_XMM_FOLD(name, name)

FOLD(phaddw, 16, x + y)
FOLD(phaddd, 32, x + y)
FOLD(phaddsw, 16, simd_saturate_s(x + y, 16))
FOLD(phsubw, 16, x - y)
FOLD(phsubd, 32, x - y)
FOLD(phsubsw, 16, simd_saturate_s(x - y, 16))

/* --- products ------------------------------------------------------------- */

BOTH_U(pmullw, 16, x * y)
BOTH_S(pmulhw, 16, (uint64_t)(x * y) >> 16)
BOTH_U(pmulhuw, 16, x * y >> 16)
/* Bits 30:15 of the product, rounded. */
BOTH_S(pmulhrsw, 16, ((uint64_t)(x * y) + 0x4000) >> 15)
XMM_U(pmulld, 32, x * y)

/* The low lane of two, to the width of both. */
BOTH_U(pmuludq, 64, simd_low(x, 32) * simd_low(y, 32))
XMM_S(pmuldq, 64, LOW((uint64_t)x, 32) * LOW((uint64_t)y, 32))

/* Sums of two products.  PMADDWD alone can overflow, and wraps: all four
 * numbers 8000H.  PMADDUBSW takes its destination as unsigned. */
BOTH_U(pmaddwd, 32,
       (uint64_t)(LOW(x, 16) * LOW(y, 16) + HIGH(x, 16) * HIGH(y, 16)))
BOTH_U(pmaddubsw, 16,
       simd_saturate_s((int64_t)(x & 0xff) * LOW(y, 8) +
                           (int64_t)(x >> 8) * HIGH(y, 8), 16))

/* Sum of the eight absolute differences of a word. */
IA32_INLINE uint64_t psadbw(uint64_t a, uint64_t b)
{
    uint64_t sum = 0;
    for (unsigned at = 0; at < 64; at += 8) {
        uint64_t x = simd_lane(a, at, 8), y = simd_lane(b, at, 8);
        sum += x > y ? x - y : y - x;
    }
    return sum;
}
SIMD_MMX(psadbw, psadbw)
SIMD_XMM(psadbw, psadbw)

/* --- the larger, the smaller, the sign ------------------------------------ */

BOTH_U(pminub, 8, MIN(x, y))
BOTH_U(pmaxub, 8, MAX(x, y))
BOTH_S(pminsw, 16, MIN(x, y))
BOTH_S(pmaxsw, 16, MAX(x, y))
XMM_S(pminsb, 8, MIN(x, y))
XMM_S(pmaxsb, 8, MAX(x, y))
XMM_U(pminuw, 16, MIN(x, y))
XMM_U(pmaxuw, 16, MAX(x, y))
XMM_U(pminud, 32, MIN(x, y))
XMM_U(pmaxud, 32, MAX(x, y))
XMM_S(pminsd, 32, MIN(x, y))
XMM_S(pmaxsd, 32, MAX(x, y))
BOTH_S(pabsb, 8, y < 0 ? -y : y)
BOTH_S(pabsw, 16, y < 0 ? -y : y)
BOTH_S(pabsd, 32, y < 0 ? -y : y)
BOTH_S(psignb, 8, y < 0 ? -x : y == 0 ? 0 : x)
BOTH_S(psignw, 16, y < 0 ? -x : y == 0 ? 0 : x)
BOTH_S(psignd, 32, y < 0 ? -x : y == 0 ? 0 : x)

/* --- comparisons ----------------------------------------------------------- */

BOTH_U(pcmpeqb, 8, simd_truth(x == y))
BOTH_U(pcmpeqw, 16, simd_truth(x == y))
BOTH_U(pcmpeqd, 32, simd_truth(x == y))
XMM_U(pcmpeqq, 64, simd_truth(x == y))
BOTH_S(pcmpgtb, 8, simd_truth(x > y))
BOTH_S(pcmpgtw, 16, simd_truth(x > y))
BOTH_S(pcmpgtd, 32, simd_truth(x > y))
XMM_S(pcmpgtq, 64, simd_truth(x > y))

/* --- across the whole register ---------------------------------------------- */

/* PHMINPOSUW: the smallest of eight words, and the first place where it
 * stands. */
enum ia32_status ia32_op_phminposuw_vx_wx(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn)
{
    struct ia32_xmm b;
    IA32_TRY(simd_read_w(cpu, insn, &b));
    uint64_t least = 0x10000, place = 0;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t v = simd_lane(b.q[i / 4], i % 4 * 16, 16);
        if (v < least) {
            least = v;
            place = i;
        }
    }
    *simd_v(cpu, insn) = (struct ia32_xmm){ { least | place << 16, 0 } };
    return IA32_OK;
}

/* A byte of a register that may be as far as byte 15. */
IA32_INLINE int64_t byte_of(const struct ia32_xmm *v, unsigned i)
{
    return (int64_t)simd_lane(v->q[i / 8], i % 8 * 8, 8);
}

/* MPSADBW: four bytes of the source, chosen by bits 1:0 of the immediate,
 * against the destination's eleven from byte 0 or 4 (bit 2), each step one
 * byte further. */
enum ia32_status ia32_op_mpsadbw_vx_wx_ib(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn)
{
    struct ia32_xmm b, a = *simd_v(cpu, insn), sums = { { 0, 0 } };
    IA32_TRY(simd_read_w(cpu, insn, &b));
    const unsigned from_b = (unsigned)insn->imm % 4 * 4;
    const unsigned from_a = (unsigned)insn->imm & 4;
    for (unsigned i = 0; i < 8; i++) {
        int64_t sum = 0;
        for (unsigned k = 0; k < 4; k++) {
            int64_t d = byte_of(&a, from_a + i + k) - byte_of(&b, from_b + k);
            sum += d < 0 ? -d : d;
        }
        sums.q[i / 4] |= (uint64_t)sum << i % 4 * 16;
    }
    *simd_v(cpu, insn) = sums;
    return IA32_OK;
}
