/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What floating-point instructions of SSE have in common: they compute all
 * their elements first, then either raise an exception and write nothing, or
 * write the result.
 * SDM 325462, Vol 1, "SSE, SSE2, and SSE3 Exceptions", "Generating SIMD
 * Floating-Point Exceptions". */
#ifndef IA32_SSE_FP_H
#define IA32_SSE_FP_H

#include "sim/ia32/fp.h"
#include "sim/ia32/simd.h"

/* The flags of what was computed go into MXCSR, also when one of them is
 * unmasked: #XM, or #UD when the operating system has not said that it knows
 * of it. */
IA32_INLINE enum ia32_status sse_finish(struct ia32_cpu *cpu,
                                        const struct fp_env *env)
{
    cpu->mxcsr |= fp_simd_flags(env);
    if (VT_LIKELY(fp_unmasked(env) == 0))
        return IA32_OK;
    return ia32_fault_noerr(cpu, cpu->cr4 & CR4_OSXMMEXCPT ? IA32_XM
                                                           : IA32_UD);
}

/* Single-precision lane i of a register; double-precision lanes are its
 * words. */
IA32_INLINE uint32_t sse_single(const struct ia32_xmm *v, unsigned i)
{
    return (uint32_t)(v->q[i / 2] >> 32 * (i % 2));
}

IA32_INLINE void sse_set_single(struct ia32_xmm *v, unsigned i, uint32_t lane)
{
    unsigned at = 32 * (i % 2);
    v->q[i / 2] = (v->q[i / 2] & ~(UINT64_C(0xffffffff) << at)) |
                  (uint64_t)lane << at;
}

#endif
