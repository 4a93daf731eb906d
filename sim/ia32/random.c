/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RDRAND and RDSEED.  Every run must give the same numbers, so they come
 * from a generator whose state is the processor's and goes into snapshots;
 * it always has a number, so CF is always 1.
 *
 * The generator is SplitMix64: a counter in steps of the golden ratio, mixed
 * (G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number
 * Generators", OOPSLA 2014).
 * SDM 325462, Vol 2B, "RDRAND" and "RDSEED"; Vol 1, "Random Number Generator
 * Instructions". */
#include "sim/ia32/operand.h"

static uint64_t next_number(struct ia32_cpu *cpu)
{
    uint64_t z = cpu->random += UINT64_C(0x9e3779b97f4a7c15);
    z ^= (uint64_t)cpu->base.id << 56; /* each processor has its own */
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

IA32_INLINE enum ia32_status random_number(struct ia32_cpu *cpu,
                                           const struct ia32_insn *insn,
                                           unsigned size)
{
    ia32_set_gpr(cpu, insn->rm, size, next_number(cpu) & ia32_mask(size));
    ia32_set_arith_flags(cpu, FL_CF);
    return IA32_OK;
}

IA32_OP_SIZED(rdrand, random_number)
