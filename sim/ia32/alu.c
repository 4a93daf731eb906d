/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ADD OR ADC SBB AND SUB XOR CMP in all their forms, TEST NOT NEG INC DEC.
 * SDM 325462, Vol 1, "Binary Arithmetic Instructions" and "Logical
 * Instructions"; each operation's page of Vol 2, "Instruction Set Reference".
 *
 * Each form is one function with operation and size as constants; a line of
 * FORMS or IA32_OP makes the handlers that decode_int.def names. */
#include "sim/ia32/alu.h"

/* E op= b; CMP only looks. */
IA32_INLINE enum ia32_status to_e(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn,
                                  enum ia32_alu op, uint64_t b, unsigned size)
{
    uint64_t a;
    if (op == IA32_CMP) {
        IA32_TRY(ia32_read_e(cpu, insn, size, &a));
        ia32_alu(cpu, op, a, b, size);
        return IA32_OK;
    }
    IA32_TRY(ia32_modify_e(cpu, insn, size, &a));
    return ia32_write_e(cpu, insn, size, ia32_alu(cpu, op, a, b, size));
}

IA32_INLINE enum ia32_status e_g(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn,
                                 enum ia32_alu op, unsigned size)
{
    return to_e(cpu, insn, op, ia32_get_g(cpu, insn, size), size);
}

IA32_INLINE enum ia32_status e_i(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn,
                                 enum ia32_alu op, unsigned size)
{
    return to_e(cpu, insn, op, insn->imm, size);
}

IA32_INLINE enum ia32_status g_e(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn,
                                 enum ia32_alu op, unsigned size)
{
    uint64_t b;
    IA32_TRY(ia32_read_e(cpu, insn, size, &b));
    uint64_t r = ia32_alu(cpu, op, ia32_get_g(cpu, insn, size), b, size);
    if (op != IA32_CMP)
        ia32_set_g(cpu, insn, size, r);
    return IA32_OK;
}

IA32_INLINE enum ia32_status ax_i(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn,
                                  enum ia32_alu op, unsigned size)
{
    uint64_t a = ia32_get_gpr(cpu, IA32_RAX, size);
    uint64_t r = ia32_alu(cpu, op, a, insn->imm, size);
    if (op != IA32_CMP)
        ia32_set_gpr(cpu, IA32_RAX, size, r);
    return IA32_OK;
}

#define FORMS(name, op)                                                      \
    IA32_OP(name##_eb_gb, e_g, op, 1)                                        \
    IA32_OP(name##_eb_ib, e_i, op, 1)                                        \
    IA32_OP(name##_gb_eb, g_e, op, 1)                                        \
    IA32_OP(name##_al_ib, ax_i, op, 1)                                       \
    IA32_OP_SIZED_WITH(name##_ev_gv, e_g, op)                                \
    IA32_OP_SIZED_WITH(name##_ev_i, e_i, op)                                 \
    IA32_OP_SIZED_WITH(name##_gv_ev, g_e, op)                                \
    IA32_OP_SIZED_WITH(name##_eax_iz, ax_i, op)

FORMS(add, IA32_ADD)
FORMS(or, IA32_OR)
FORMS(adc, IA32_ADC)
FORMS(sbb, IA32_SBB)
FORMS(and, IA32_AND)
FORMS(sub, IA32_SUB)
FORMS(xor, IA32_XOR)
FORMS(cmp, IA32_CMP)

/* --- TEST: AND that keeps only the flags ------------------------------- */

IA32_INLINE enum ia32_status test_e_g(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      unsigned size)
{
    uint64_t a;
    IA32_TRY(ia32_read_e(cpu, insn, size, &a));
    ia32_logic_flags(cpu, a & ia32_get_g(cpu, insn, size), size);
    return IA32_OK;
}

IA32_INLINE enum ia32_status test_e_i(struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn,
                                      unsigned size)
{
    uint64_t a;
    IA32_TRY(ia32_read_e(cpu, insn, size, &a));
    ia32_logic_flags(cpu, a & insn->imm, size);
    return IA32_OK;
}

IA32_INLINE enum ia32_status test_ax_i(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn,
                                       unsigned size)
{
    uint64_t a = ia32_get_gpr(cpu, IA32_RAX, size);
    ia32_logic_flags(cpu, a & insn->imm, size);
    return IA32_OK;
}

IA32_OP(test_eb_gb, test_e_g, 1)
IA32_OP(test_eb_ib, test_e_i, 1)
IA32_OP(test_al_ib, test_ax_i, 1)
IA32_OP_SIZED(test_ev_gv, test_e_g)
IA32_OP_SIZED(test_ev_iz, test_e_i)
IA32_OP_SIZED(test_eax_iz, test_ax_i)

/* --- one operand -------------------------------------------------------- */

/* NOT changes no flags. */
IA32_INLINE enum ia32_status not_e(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned size)
{
    uint64_t a;
    IA32_TRY(ia32_modify_e(cpu, insn, size, &a));
    return ia32_write_e(cpu, insn, size, ~a);
}

IA32_INLINE enum ia32_status neg_e(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   unsigned size)
{
    uint64_t a;
    IA32_TRY(ia32_modify_e(cpu, insn, size, &a));
    return ia32_write_e(cpu, insn, size,
                        ia32_alu(cpu, IA32_SUB, 0, a, size));
}

IA32_INLINE enum ia32_status step_e(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    enum ia32_alu op, unsigned size)
{
    uint64_t a;
    IA32_TRY(ia32_modify_e(cpu, insn, size, &a));
    return ia32_write_e(cpu, insn, size, ia32_alu_step(cpu, op, a, size));
}

IA32_INLINE enum ia32_status step_z(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    enum ia32_alu op, unsigned size)
{
    uint64_t a = ia32_get_g(cpu, insn, size);
    ia32_set_g(cpu, insn, size, ia32_alu_step(cpu, op, a, size));
    return IA32_OK;
}

IA32_OP(not_eb, not_e, 1)
IA32_OP(neg_eb, neg_e, 1)
IA32_OP(inc_eb, step_e, IA32_ADD, 1)
IA32_OP(dec_eb, step_e, IA32_SUB, 1)
IA32_OP_SIZED(not_ev, not_e)
IA32_OP_SIZED(neg_ev, neg_e)
IA32_OP_SIZED_WITH(inc_ev, step_e, IA32_ADD)
IA32_OP_SIZED_WITH(dec_ev, step_e, IA32_SUB)
IA32_OP_LEGACY_WITH(inc_zv, step_z, IA32_ADD)
IA32_OP_LEGACY_WITH(dec_zv, step_z, IA32_SUB)
