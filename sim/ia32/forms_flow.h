/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forms of near branches, lint: template (see forms.h).  In blocks of
 * FLAT_CODE only, with the operand size that the mode has by itself.  SDM
 * 325462, Vol 1, "Control Transfer Instructions". */

/* Target of a relative branch. */
static inline uint64_t far_target(const struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn)
{
    return (cpu->gpr[IA32_REG_RIP] + insn->offset + insn->length +
            insn->imm) & cpu->la_mask;
}

FORM(jmp_near)
{
    const struct ia32_block *to = insn->link;
    uint64_t rip = cpu->gpr[IA32_REG_RIP] + (uint64_t)insn->near_delta;

    if (VT_LIKELY(enter(cpu, to, rip))) {
        insn = to->insn;
        GO(insn);
    }
    cpu->rip = rip;
    GO_TO(look_up_near);
}

FORM(jmp_far)
{
    const struct ia32_block *to = insn->link;
    uint64_t rip = far_target(cpu, insn);

    if (VT_LIKELY(is_at(cpu, to, rip) && enter(cpu, to, rip))) {
        insn = to->insn;
        GO(insn);
    }
    cpu->rip = rip;
    GO_TO(look_up_far);
}

/* Jcc: taken as JMP, and otherwise the end of the block. */
#define JCC_FORMS(name, code)                 \
    FORM(j##name##_near)                      \
    {                                         \
        if (ia32_condition(cpu, code))        \
            GO_TO(jmp_near);                  \
        insn++;                               \
        GO_TO(end_near);                      \
    }                                         \
    FORM(j##name##_far)                       \
    {                                         \
        if (ia32_condition(cpu, code))        \
            GO_TO(jmp_far);                   \
        insn++;                               \
        GO(insn);                             \
    }
IA32_CONDITIONS(JCC_FORMS)

static ia32_form *const jcc_forms[16][2] = {
#define JCC_ROW(name, code) [code] = {j##name##_near, j##name##_far},
    IA32_CONDITIONS(JCC_ROW)
#undef JCC_ROW
};
