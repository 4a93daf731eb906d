/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arithmetic flags in three words, computed only when somebody asks.
 *
 *   cc_z  ZF = (cc_z == 0)
 *   cc_s  SF = bit 63, PF = even parity of bits 7:0
 *   cc_c  carries: CF = bit 63, OF = bit 63 ^ bit 62, AF = bit 3; the others
 *         are of no account
 *
 * An operation on n bits stores its result, sign-extended to 64 bits, in
 * cc_z and cc_s, and its vector of carries (bit i: carry out of bit i)
 * moved up so that the carry out of bit n-1 lands in bit 63; OF is the carry
 * into the top bit against the carry out of it.  Three words, not two,
 * because POPF may ask for ZF and SF together, which no result gives.
 * SDM Vol 1, "EFLAGS Register". */
#ifndef IA32_FLAGS_H
#define IA32_FLAGS_H

#include "sim/ia32/cpu.h"

static inline bool ia32_zf(const struct ia32_cpu *cpu)
{
    return cpu->cc_z == 0;
}

static inline bool ia32_sf(const struct ia32_cpu *cpu)
{
    return cpu->cc_s >> 63;
}

static inline bool ia32_cf(const struct ia32_cpu *cpu)
{
    return cpu->cc_c >> 63;
}

static inline bool ia32_of(const struct ia32_cpu *cpu)
{
    return (cpu->cc_c ^ cpu->cc_c << 1) >> 63;
}

static inline bool ia32_af(const struct ia32_cpu *cpu)
{
    return cpu->cc_c >> 3 & 1;
}

static inline bool ia32_pf(const struct ia32_cpu *cpu)
{
    unsigned b = (unsigned)cpu->cc_s & 0xff;
    b ^= b >> 4;
    return 0x9669u >> (b & 15) & 1;
}

/* The low bits of v as a signed number. */
static inline uint64_t ia32_widen(uint64_t v, unsigned bits)
{
    switch (bits) { /* compilers make one instruction of each */
    case 8: return (uint64_t)(int64_t)(int8_t)(uint8_t)v;
    case 16: return (uint64_t)(int64_t)(int16_t)(uint16_t)v;
    case 32: return (uint64_t)(int64_t)(int32_t)(uint32_t)v;
    default: return v;
    }
}

/* Result and carries of an operation on bits (8, 16, 32 or 64) wide. */
static inline void ia32_set_result(struct ia32_cpu *cpu, uint64_t result,
                                   unsigned bits)
{
    cpu->cc_z = cpu->cc_s = ia32_widen(result, bits);
}

static inline void ia32_set_carries(struct ia32_cpu *cpu, uint64_t carries,
                                    unsigned bits)
{
    cpu->cc_c = carries << (64 - bits) | (carries & 8);
}

/* Carry vectors: carries of a + b (+ carry in) = r, borrows of a - b. */
static inline uint64_t ia32_carries_add(uint64_t a, uint64_t b, uint64_t r)
{
    return (a & b) | ((a | b) & ~r);
}

static inline uint64_t ia32_carries_sub(uint64_t a, uint64_t b, uint64_t r)
{
    return (~a & b) | ((~a | b) & r);
}

/* Whole EFLAGS image, and back. */
static inline uint64_t ia32_get_rflags(const struct ia32_cpu *cpu)
{
    return (cpu->rflags & ~FL_ARITH) | FL_FIXED1 |
           (ia32_cf(cpu) ? FL_CF : 0) | (ia32_pf(cpu) ? FL_PF : 0) |
           (ia32_af(cpu) ? FL_AF : 0) | (ia32_zf(cpu) ? FL_ZF : 0) |
           (ia32_sf(cpu) ? FL_SF : 0) | (ia32_of(cpu) ? FL_OF : 0);
}

static inline void ia32_set_arith_flags(struct ia32_cpu *cpu, uint64_t fl)
{
    bool cf = (fl & FL_CF) != 0, of = (fl & FL_OF) != 0;
    cpu->cc_z = !(fl & FL_ZF);
    cpu->cc_s = (fl & FL_SF ? VT_BIT(63) : 0) | (fl & FL_PF ? 0 : 1);
    cpu->cc_c = (cf ? VT_BIT(63) : 0) | (cf != of ? VT_BIT(62) : 0) |
                (fl & FL_AF ? VT_BIT(3) : 0);
}

/* Replaces everything; callers mask what may change first. */
static inline void ia32_set_rflags(struct ia32_cpu *cpu, uint64_t fl)
{
    cpu->rflags = (fl & ~FL_ARITH) | FL_FIXED1;
    ia32_set_arith_flags(cpu, fl);
}

#endif
