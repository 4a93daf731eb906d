/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The eight operations of the ALU, results and flags, in the order of their
 * opcodes.  Carries are computed as a vector, one bit an adder cell; flags.h
 * says how flags follow.
 *
 * AF after AND, OR and XOR is undefined in the manual; processors clear it,
 * and so does this. */
#ifndef IA32_ALU_H
#define IA32_ALU_H

#include "sim/ia32/operand.h"

enum ia32_alu { IA32_ADD, IA32_OR, IA32_ADC, IA32_SBB,
                IA32_AND, IA32_SUB, IA32_XOR, IA32_CMP };

/* a op b with flags; bits above the operand's size are of no account. */
IA32_INLINE uint64_t ia32_alu(struct ia32_cpu *cpu, enum ia32_alu op,
                              uint64_t a, uint64_t b, unsigned size)
{
    uint64_t r = 0, carries = 0;
    switch (op) {
    case IA32_ADD:
        r = a + b;
        carries = ia32_carries_add(a, b, r);
        break;
    case IA32_ADC:
        r = a + b + ia32_cf(cpu);
        carries = ia32_carries_add(a, b, r);
        break;
    case IA32_SBB:
        r = a - b - ia32_cf(cpu);
        carries = ia32_carries_sub(a, b, r);
        break;
    case IA32_SUB: case IA32_CMP:
        r = a - b;
        carries = ia32_carries_sub(a, b, r);
        break;
    case IA32_OR: r = a | b; break;
    case IA32_AND: r = a & b; break;
    case IA32_XOR: r = a ^ b; break;
    }
    ia32_set_result(cpu, r, 8 * size);
    ia32_set_carries(cpu, carries, 8 * size);
    return r;
}

/* Flags of a logical result: CF = OF = AF = 0. */
IA32_INLINE void ia32_logic_flags(struct ia32_cpu *cpu, uint64_t r,
                                  unsigned size)
{
    ia32_set_result(cpu, r, 8 * size);
    cpu->cc_c = 0;
}

/* INC and DEC: ADD and SUB of 1 that keep CF. */
IA32_INLINE uint64_t ia32_alu_step(struct ia32_cpu *cpu, enum ia32_alu op,
                                   uint64_t a, unsigned size)
{
    bool cf = ia32_cf(cpu);
    uint64_t r = ia32_alu(cpu, op, a, 1, size);
    ia32_set_cf(cpu, cf);
    return r;
}

#endif
