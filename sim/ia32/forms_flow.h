/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forms of near branches and of what moves the stack, lint: template (see forms.h).  In blocks of
 * FLAT_CODE only, with the operand size that the mode has by itself; those
 * that touch memory in flat segments only, with a stack pointer of that size.
 * SDM 325462, Vol 1, "Control Transfer Instructions" and "Stacks". */

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
    if (VT_UNLIKELY(!ia32_canonical(rip)))
        GO_TO(any);
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

/* --- the stack --------------------------------------------------------------- */

/* Host memory of the slot below the stack pointer, and at it. */
#define FIND_PUSH(p, sp, size)                                              \
    uint64_t sp = (cpu->gpr[IA32_RSP] - (size)) & cpu->la_mask;             \
    uint8_t *p = find_data(cpu, IA32_FAST_WRITE, sp, size);                 \
    if (VT_UNLIKELY(!p))                                                    \
        GO_TO(any)
#define FIND_POP(p, size)                                                   \
    uint8_t *p = find_data(cpu, IA32_FAST_READ,                             \
                           cpu->gpr[IA32_RSP] & cpu->la_mask, size);        \
    if (VT_UNLIKELY(!p))                                                    \
        GO_TO(any)
#define AFTER_POP(size) ((cpu->gpr[IA32_RSP] + (size)) & cpu->la_mask)

#define STACK_FORMS(size)                                                   \
    FORM(push_z_##size)                                                     \
    {                                                                       \
        FIND_PUSH(p_, sp_, size);                                           \
        store(p_, size, ia32_get_g(cpu, insn, size));                       \
        cpu->gpr[IA32_RSP] = sp_;                                           \
        NEXT();                                                             \
    }                                                                       \
    FORM(push_i_##size)                                                     \
    {                                                                       \
        FIND_PUSH(p_, sp_, size);                                           \
        store(p_, size, insn->imm);                                         \
        cpu->gpr[IA32_RSP] = sp_;                                           \
        NEXT();                                                             \
    }                                                                       \
    FORM(pop_z_##size)                                                      \
    {                                                                       \
        FIND_POP(p_, size);                                                 \
        cpu->gpr[IA32_RSP] = AFTER_POP(size);                               \
        ia32_set_g(cpu, insn, size, load(p_, size));                        \
        NEXT();                                                             \
    }                                                                       \
    FORM(leave_##size)                                                      \
    {                                                                       \
        uint64_t frame_ = cpu->gpr[IA32_RBP] & cpu->la_mask;                \
        uint8_t *p_ = find_data(cpu, IA32_FAST_READ, frame_, size);         \
        if (VT_UNLIKELY(!p_))                                               \
            GO_TO(any);                                                     \
        cpu->gpr[IA32_RSP] = (frame_ + (size)) & cpu->la_mask;              \
        ia32_set_gpr(cpu, IA32_RBP, size, load(p_, size));                  \
        NEXT();                                                             \
    }
STACK_FORMS(4)
STACK_FORMS(8)

struct stack_forms {
    ia32_form *push_z, *push_i, *pop_z, *leave;
};
static const struct stack_forms stack_forms[2] = {
    {push_z_4, push_i_4, pop_z_4, leave_4},
    {push_z_8, push_i_8, pop_z_8, leave_8},
};

/* --- calls and returns ---------------------------------------------------------- */

/* To a target found at run time: what the block's end remembers, or a
 * look-up. */
FORM(go_indirect)
{
    const struct ia32_block *to = insn[1].link;
    uint64_t rip = cpu->rip;

    if (VT_LIKELY(is_at(cpu, to, rip) && enter(cpu, to, rip))) {
        insn = to->insn;
        GO(insn);
    }
    GO_TO(look_up_next_far);
}

static inline uint64_t return_address(const struct ia32_cpu *cpu,
                                      const struct ia32_insn *insn)
{
    return (cpu->gpr[IA32_REG_RIP] + insn->offset + insn->length) &
           cpu->la_mask;
}

#define CALL_FORMS(size)                                                    \
    FORM(call_near_##size)                                                  \
    {                                                                       \
        FIND_PUSH(p_, sp_, size);                                           \
        store(p_, size, return_address(cpu, insn));                         \
        cpu->gpr[IA32_RSP] = sp_;                                           \
        GO_TO(jmp_near);                                                    \
    }                                                                       \
    FORM(call_far_##size)                                                   \
    {                                                                       \
        if (VT_UNLIKELY(!ia32_canonical(far_target(cpu, insn))))            \
            GO_TO(any);                                                     \
        FIND_PUSH(p_, sp_, size);                                           \
        store(p_, size, return_address(cpu, insn));                         \
        cpu->gpr[IA32_RSP] = sp_;                                           \
        GO_TO(jmp_far);                                                     \
    }                                                                       \
    FORM(ret_##size)                                                        \
    {                                                                       \
        FIND_POP(p_, size);                                                 \
        uint64_t rip_ = load(p_, size);                                     \
        if (VT_UNLIKELY(!ia32_canonical(rip_)))                             \
            GO_TO(any);                                                     \
        cpu->gpr[IA32_RSP] = AFTER_POP((size) + insn->imm);                 \
        cpu->rip = rip_;                                                    \
        GO_TO(go_indirect);                                                 \
    }                                                                       \
    FORM(jmp_reg_##size)                                                    \
    {                                                                       \
        uint64_t rip_ = ia32_get_gpr(cpu, insn->rm, size);                  \
        if (VT_UNLIKELY(!ia32_canonical(rip_)))                             \
            GO_TO(any);                                                     \
        cpu->rip = rip_;                                                    \
        GO_TO(go_indirect);                                                 \
    }                                                                       \
    FORM(jmp_mem_##size)                                                    \
    {                                                                       \
        FIND_E(p_, READ, size, true);                                       \
        uint64_t rip_ = load(p_, size);                                     \
        if (VT_UNLIKELY(!ia32_canonical(rip_)))                             \
            GO_TO(any);                                                     \
        cpu->rip = rip_;                                                    \
        GO_TO(go_indirect);                                                 \
    }                                                                       \
    FORM(call_reg_##size)                                                   \
    {                                                                       \
        uint64_t rip_ = ia32_get_gpr(cpu, insn->rm, size);                  \
        if (VT_UNLIKELY(!ia32_canonical(rip_)))                             \
            GO_TO(any);                                                     \
        FIND_PUSH(p_, sp_, size);                                           \
        store(p_, size, return_address(cpu, insn));                         \
        cpu->gpr[IA32_RSP] = sp_;                                           \
        cpu->rip = rip_;                                                    \
        GO_TO(go_indirect);                                                 \
    }                                                                       \
    FORM(call_mem_##size)                                                   \
    {                                                                       \
        FIND_E(e_, READ, size, true);                                       \
        uint64_t rip_ = load(e_, size);                                     \
        if (VT_UNLIKELY(!ia32_canonical(rip_)))                             \
            GO_TO(any);                                                     \
        FIND_PUSH(p_, sp_, size);                                           \
        store(p_, size, return_address(cpu, insn));                         \
        cpu->gpr[IA32_RSP] = sp_;                                           \
        cpu->rip = rip_;                                                    \
        GO_TO(go_indirect);                                                 \
    }
CALL_FORMS(4)
CALL_FORMS(8)

struct call_forms {
    ia32_form *call_near, *call_far, *ret, *jmp_reg, *jmp_mem, *call_reg,
        *call_mem;
};
static const struct call_forms call_forms[2] = {
    {call_near_4, call_far_4, ret_4, jmp_reg_4, jmp_mem_4, call_reg_4,
     call_mem_4},
    {call_near_8, call_far_8, ret_8, jmp_reg_8, jmp_mem_8, call_reg_8,
     call_mem_8},
};
