/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHL, SHR and SAR as operations: result and flags for a count that is not 0
 * and already taken modulo 32 or 64.  What is undefined in the manual:
 * shift.c.  SDM 325462, Vol 2, "SAL/SAR/SHL/SHR--Shift". */
#ifndef IA32_SHIFT_H
#define IA32_SHIFT_H

#include "sim/ia32/alu.h"

IA32_INLINE bool ia32_top_bit(uint64_t v, unsigned size)
{
    return v >> (8 * size - 1) & 1;
}

/* OF of a move to the left by one: the sign changes. */
IA32_INLINE bool ia32_sign_changes_left(uint64_t a, unsigned size)
{
    return (a >> (8 * size - 1) ^ a >> (8 * size - 2)) & 1;
}

/* --- shifts: count 1..31, all flags ------------------------------------- */

IA32_INLINE void ia32_shift_flags(struct ia32_cpu *cpu, uint64_t r, bool cf,
                                  bool of, unsigned size)
{
    ia32_logic_flags(cpu, r, size);
    ia32_set_cf_of(cpu, cf, of);
}

/* An operand of up to 32 bits has room above it for 31 more. */
IA32_INLINE uint64_t ia32_shl(struct ia32_cpu *cpu, uint64_t a, unsigned count,
                              unsigned size)
{
    uint64_t r = a << count;
    uint64_t out = size == 8 ? a >> (64 - count) : r >> (8 * size & 63);
    ia32_shift_flags(cpu, r, out & 1, ia32_sign_changes_left(a, size), size);
    return r;
}

IA32_INLINE uint64_t ia32_shr(struct ia32_cpu *cpu, uint64_t a, unsigned count,
                              unsigned size)
{
    uint64_t r = a >> count;
    ia32_shift_flags(cpu, r, a >> (count - 1) & 1, ia32_top_bit(a, size), size);
    return r;
}

/* Bits shifted in are the sign's; C leaves >> of negative numbers to the
 * compiler, so they are put in by hand. */
IA32_INLINE uint64_t ia32_sar(struct ia32_cpu *cpu, uint64_t a, unsigned count,
                              unsigned size)
{
    uint64_t wide = ia32_sign_extend(a, size);
    uint64_t signs = ia32_top_bit(a, size) ? ~(~UINT64_C(0) >> count) : 0;
    uint64_t r = wide >> count | signs;
    ia32_shift_flags(cpu, r, wide >> (count - 1) & 1, false, size);
    return r;
}

#endif
