/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forms of frequent integer instructions, lint: template (see forms.h): the
 * ALU's operations, TEST, MOV, LEA, INC, DEC, shifts, SETcc, CMOVcc.
 *
 * For registers they need no more than the decoder said.  For memory they
 * need flat segments and the mode's own address size, and go to what the
 * fast TLB knows; on a miss (a page's first use, a misaligned or a device
 * access, decoded code) nothing has happened yet, and the handler does it
 * all.  SDM 325462, Vol 1, "General-Purpose Instructions". */

/* --- memory operands -------------------------------------------------------- */

static inline uint8_t *find_data(const struct ia32_cpu *cpu,
                                 enum ia32_fast_kind kind, uint64_t la,
                                 unsigned size)
{
    return ia32_fast_find(cpu->tlb, kind,
                          cpu->cpl == 3 ? IA32_FAST_USER
                                        : IA32_FAST_SUPERVISOR,
                          la, size);
}

static inline uint64_t flat_ea(const struct ia32_cpu *cpu,
                               const struct ia32_insn *insn, bool indexed)
{
    uint64_t ea = cpu->gpr[insn->base] + (uint64_t)insn->disp;

    if (indexed)
        ea += cpu->gpr[insn->index] << insn->scale;
    return ea & cpu->la_mask;
}

static inline uint64_t load(const uint8_t *p, unsigned size)
{
    switch (size) {
    case 1: return *p;
    case 2: return vt_ld16le(p);
    case 4: return vt_ld32le(p);
    default: return vt_ld64le(p);
    }
}

static inline void store(uint8_t *p, unsigned size, uint64_t value)
{
    switch (size) {
    case 1: *p = (uint8_t)value; break;
    case 2: vt_st16le(p, (uint16_t)value); break;
    case 4: vt_st32le(p, (uint32_t)value); break;
    default: vt_st64le(p, value); break;
    }
}

/* p: host memory of E for this kind of access, or the handler does it. */
#define FIND_E(p, kind, size, indexed)                                      \
    uint8_t *p = find_data(cpu, IA32_FAST_##kind,                           \
                           flat_ea(cpu, insn, indexed), size);              \
    if (VT_UNLIKELY(!p))                                                    \
        GO_TO(any)
#define NEXT()                                                              \
    do {                                                                    \
        insn++;                                                             \
        GO(insn);                                                           \
    } while (0)

/* What an instruction's operands can be; a table of forms for each size. */
struct data_forms {
    ia32_form *reg, *base, *index;
};
#define DATA_FORMS(name) {name##_reg, name##_base, name##_index}
#define BY_SIZE(name)                                                       \
    {DATA_FORMS(name##_1), DATA_FORMS(name##_2), DATA_FORMS(name##_4),      \
     DATA_FORMS(name##_8)}

/* --- two operands -------------------------------------------------------------- */

/* E op= b, where b is an expression; `keep': the result is written. */
#define TO_E(name, size, b, keep, operation)                                \
    FORM(name##_reg)                                                        \
    {                                                                       \
        uint64_t a_ = ia32_get_gpr(cpu, insn->rm, size), b_ = (b), r_;      \
        r_ = operation(cpu, a_, b_, size);                                  \
        if (keep)                                                           \
            ia32_set_gpr(cpu, insn->rm, size, r_);                          \
        NEXT();                                                             \
    }                                                                       \
    TO_MEMORY(name##_base, size, b, keep, operation, false)                 \
    TO_MEMORY(name##_index, size, b, keep, operation, true)
#define TO_MEMORY(name, size, b, keep, operation, indexed)                  \
    FORM(name)                                                              \
    {                                                                       \
        uint8_t *p_ =                                                       \
            find_data(cpu, (keep) ? IA32_FAST_WRITE : IA32_FAST_READ,       \
                      flat_ea(cpu, insn, indexed), size);                   \
        if (VT_UNLIKELY(!p_))                                               \
            GO_TO(any);                                                     \
        uint64_t b_ = (b), r_ = operation(cpu, load(p_, size), b_, size);   \
        if (keep)                                                           \
            store(p_, size, r_);                                            \
        NEXT();                                                             \
    }
/* G op= E. */
#define FROM_E(name, size, keep, operation)                                 \
    FORM(name##_reg)                                                        \
    {                                                                       \
        uint64_t r_ = operation(cpu, ia32_get_g(cpu, insn, size),           \
                                ia32_get_gpr(cpu, insn->rm, size), size);   \
        if (keep)                                                           \
            ia32_set_g(cpu, insn, size, r_);                                \
        NEXT();                                                             \
    }                                                                       \
    FROM_MEMORY(name##_base, size, keep, operation, false)                  \
    FROM_MEMORY(name##_index, size, keep, operation, true)
#define FROM_MEMORY(name, size, keep, operation, indexed)                   \
    FORM(name)                                                              \
    {                                                                       \
        FIND_E(p_, READ, size, indexed);                                    \
        uint64_t r_ = operation(cpu, ia32_get_g(cpu, insn, size),           \
                                load(p_, size), size);                      \
        if (keep)                                                           \
            ia32_set_g(cpu, insn, size, r_);                                \
        NEXT();                                                             \
    }
/* AL, eAX op= immediate. */
#define TO_ACCUMULATOR(name, size, keep, operation)                         \
    FORM(name)                                                              \
    {                                                                       \
        uint64_t r_ = operation(cpu, ia32_get_gpr(cpu, IA32_RAX, size),     \
                                insn->imm, size);                           \
        if (keep)                                                           \
            ia32_set_gpr(cpu, IA32_RAX, size, r_);                          \
        NEXT();                                                             \
    }

#define SOURCE_G(size) ia32_get_g(cpu, insn, size)
#define TWO_OPERANDS(op, size, keep, operation)                             \
    TO_E(op##_e_g_##size, size, SOURCE_G(size), keep, operation)            \
    TO_E(op##_e_i_##size, size, insn->imm, keep, operation)                 \
    FROM_E(op##_g_e_##size, size, keep, operation)                          \
    TO_ACCUMULATOR(op##_a_i_##size, size, keep, operation)

#define ALU_OPERATIONS(X)                                                   \
    X(add, IA32_ADD) X(or, IA32_OR) X(adc, IA32_ADC) X(sbb, IA32_SBB)       \
    X(and, IA32_AND) X(sub, IA32_SUB) X(xor, IA32_XOR) X(cmp, IA32_CMP)
#define ALU_FORMS(op, id)                                                   \
    IA32_INLINE uint64_t do_##op(struct ia32_cpu *cpu, uint64_t a,          \
                                 uint64_t b, unsigned size)                 \
    {                                                                       \
        return ia32_alu(cpu, id, a, b, size);                               \
    }                                                                       \
    TWO_OPERANDS(op, 1, id != IA32_CMP, do_##op)                            \
    TWO_OPERANDS(op, 2, id != IA32_CMP, do_##op)                            \
    TWO_OPERANDS(op, 4, id != IA32_CMP, do_##op)                            \
    TWO_OPERANDS(op, 8, id != IA32_CMP, do_##op)
ALU_OPERATIONS(ALU_FORMS)

IA32_INLINE uint64_t do_test(struct ia32_cpu *cpu, uint64_t a, uint64_t b,
                             unsigned size)
{
    ia32_logic_flags(cpu, a & b, size);
    return 0;
}
TWO_OPERANDS(test, 1, false, do_test)
TWO_OPERANDS(test, 2, false, do_test)
TWO_OPERANDS(test, 4, false, do_test)
TWO_OPERANDS(test, 8, false, do_test)

/* In the order of the operations, TEST last; by size. */
struct two_operands {
    struct data_forms e_g[4], e_i[4], g_e[4];
    ia32_form *a_i[4];
};
static const struct two_operands two_operands[9] = {
#define TWO_ROW(op)                                                         \
    {BY_SIZE(op##_e_g), BY_SIZE(op##_e_i), BY_SIZE(op##_g_e),               \
     {op##_a_i_1, op##_a_i_2, op##_a_i_4, op##_a_i_8}},
#define ALU_ROW(op, id) TWO_ROW(op)
    ALU_OPERATIONS(ALU_ROW)
    TWO_ROW(test)
#undef ALU_ROW
#undef TWO_ROW
};

/* --- moves ------------------------------------------------------------------------ */

#define MOV_TO(name, size, b)                                               \
    FORM(name##_reg)                                                        \
    {                                                                       \
        ia32_set_gpr(cpu, insn->rm, size, (b));                             \
        NEXT();                                                             \
    }                                                                       \
    MOV_TO_MEMORY(name##_base, size, b, false)                              \
    MOV_TO_MEMORY(name##_index, size, b, true)
#define MOV_TO_MEMORY(name, size, b, indexed)                               \
    FORM(name)                                                              \
    {                                                                       \
        FIND_E(p_, WRITE, size, indexed);                                   \
        store(p_, size, (b));                                               \
        NEXT();                                                             \
    }
/* G = E of from bytes, extended to `to' bytes. */
#define MOV_FROM(name, from, to, extend)                                    \
    FORM(name##_reg)                                                        \
    {                                                                       \
        ia32_set_g(cpu, insn, to,                                           \
                   extend(ia32_get_gpr(cpu, insn->rm, from), from));        \
        NEXT();                                                             \
    }                                                                       \
    MOV_FROM_MEMORY(name##_base, from, to, extend, false)                   \
    MOV_FROM_MEMORY(name##_index, from, to, extend, true)
#define MOV_FROM_MEMORY(name, from, to, extend, indexed)                    \
    FORM(name)                                                              \
    {                                                                       \
        FIND_E(p_, READ, from, indexed);                                    \
        ia32_set_g(cpu, insn, to, extend(load(p_, from), from));            \
        NEXT();                                                             \
    }
#define ZERO_EXTEND(v, size) (v)

#define MOV_FORMS(size)                                                     \
    MOV_TO(mov_e_g_##size, size, SOURCE_G(size))                            \
    MOV_TO(mov_e_i_##size, size, insn->imm)                                 \
    MOV_FROM(mov_g_e_##size, size, size, ZERO_EXTEND)                       \
    FORM(mov_z_i_##size)                                                    \
    {                                                                       \
        ia32_set_g(cpu, insn, size, insn->imm);                             \
        NEXT();                                                             \
    }
MOV_FORMS(1)
MOV_FORMS(2)
MOV_FORMS(4)
MOV_FORMS(8)

static const struct data_forms mov_e_g[4] = BY_SIZE(mov_e_g),
                               mov_e_i[4] = BY_SIZE(mov_e_i),
                               mov_g_e[4] = BY_SIZE(mov_g_e);
static ia32_form *const mov_z_i[4] = {mov_z_i_1, mov_z_i_2, mov_z_i_4,
                                      mov_z_i_8};

MOV_FROM(movzx_1_4, 1, 4, ZERO_EXTEND)
MOV_FROM(movzx_2_4, 2, 4, ZERO_EXTEND)
MOV_FROM(movzx_1_8, 1, 8, ZERO_EXTEND)
MOV_FROM(movzx_2_8, 2, 8, ZERO_EXTEND)
MOV_FROM(movsx_1_4, 1, 4, ia32_sign_extend)
MOV_FROM(movsx_2_4, 2, 4, ia32_sign_extend)
MOV_FROM(movsx_1_8, 1, 8, ia32_sign_extend)
MOV_FROM(movsx_2_8, 2, 8, ia32_sign_extend)
MOV_FROM(movsx_4_8, 4, 8, ia32_sign_extend)

/* By size of the source, then of the destination: 4 or 8. */
static const struct data_forms movzx[2][2] = {
    {DATA_FORMS(movzx_1_4), DATA_FORMS(movzx_1_8)},
    {DATA_FORMS(movzx_2_4), DATA_FORMS(movzx_2_8)},
};
static const struct data_forms movsx[2][2] = {
    {DATA_FORMS(movsx_1_4), DATA_FORMS(movsx_1_8)},
    {DATA_FORMS(movsx_2_4), DATA_FORMS(movsx_2_8)},
};
static const struct data_forms movsxd = DATA_FORMS(movsx_4_8);

/* LEA, whatever the segment. */
#define LEA_FORMS(size)                                                     \
    FORM(lea_##size##_base)                                                 \
    {                                                                       \
        ia32_set_g(cpu, insn, size, flat_ea(cpu, insn, false));             \
        NEXT();                                                             \
    }                                                                       \
    FORM(lea_##size##_index)                                                \
    {                                                                       \
        ia32_set_g(cpu, insn, size, flat_ea(cpu, insn, true));              \
        NEXT();                                                             \
    }
LEA_FORMS(4)
LEA_FORMS(8)

FORM(nop)
{
    NEXT();
}

/* --- one operand ---------------------------------------------------------------------- */

IA32_INLINE uint64_t do_inc(struct ia32_cpu *cpu, uint64_t a, uint64_t one,
                            unsigned size)
{
    (void)one;
    return ia32_alu_step(cpu, IA32_ADD, a, size);
}

IA32_INLINE uint64_t do_dec(struct ia32_cpu *cpu, uint64_t a, uint64_t one,
                            unsigned size)
{
    (void)one;
    return ia32_alu_step(cpu, IA32_SUB, a, size);
}
#define STEP_FORMS(size)                                                    \
    TO_E(inc_##size, size, 1, true, do_inc)                                 \
    TO_E(dec_##size, size, 1, true, do_dec)
STEP_FORMS(1)
STEP_FORMS(2)
STEP_FORMS(4)
STEP_FORMS(8)
static const struct data_forms inc_e[4] = BY_SIZE(inc),
                               dec_e[4] = BY_SIZE(dec);

/* 40 to 4F, which 64-bit mode does not have. */
#define STEP_Z_FORM(op, size)                                               \
    FORM(op##_z_##size)                                                     \
    {                                                                       \
        ia32_set_g(cpu, insn, size,                                         \
                   do_##op(cpu, ia32_get_g(cpu, insn, size), 1, size));     \
        NEXT();                                                             \
    }
STEP_Z_FORM(inc, 2)
STEP_Z_FORM(inc, 4)
STEP_Z_FORM(dec, 2)
STEP_Z_FORM(dec, 4)

#define NOT_NEG_FORMS(size)                                                 \
    FORM(not_##size)                                                        \
    {                                                                       \
        ia32_set_gpr(cpu, insn->rm, size,                                   \
                     ~ia32_get_gpr(cpu, insn->rm, size));                   \
        NEXT();                                                             \
    }                                                                       \
    FORM(neg_##size)                                                        \
    {                                                                       \
        ia32_set_gpr(cpu, insn->rm, size,                                   \
                     ia32_alu(cpu, IA32_SUB, 0,                             \
                              ia32_get_gpr(cpu, insn->rm, size), size));    \
        NEXT();                                                             \
    }
NOT_NEG_FORMS(4)
NOT_NEG_FORMS(8)

/* --- shifts of registers ------------------------------------------------------------------ */

/* The count is not 0 when it is an immediate; CL may be. */
#define SHIFT_FORMS(op, size)                                               \
    FORM(op##_i_##size)                                                     \
    {                                                                       \
        uint64_t a_ = ia32_get_gpr(cpu, insn->rm, size);                    \
        unsigned n_ = (unsigned)insn->imm & ((size) == 8 ? 63 : 31);        \
        ia32_set_gpr(cpu, insn->rm, size, ia32_##op(cpu, a_, n_, size));    \
        NEXT();                                                             \
    }                                                                       \
    FORM(op##_1_##size)                                                     \
    {                                                                       \
        uint64_t a_ = ia32_get_gpr(cpu, insn->rm, size);                    \
        ia32_set_gpr(cpu, insn->rm, size, ia32_##op(cpu, a_, 1, size));     \
        NEXT();                                                             \
    }                                                                       \
    FORM(op##_cl_##size)                                                    \
    {                                                                       \
        uint64_t a_ = ia32_get_gpr(cpu, insn->rm, size);                    \
        unsigned n_ =                                                       \
            (unsigned)cpu->gpr[IA32_RCX] & ((size) == 8 ? 63 : 31);         \
        if (n_ != 0)                                                        \
            a_ = ia32_##op(cpu, a_, n_, size);                              \
        ia32_set_gpr(cpu, insn->rm, size, a_);                              \
        NEXT();                                                             \
    }
SHIFT_FORMS(shl, 4)
SHIFT_FORMS(shr, 4)
SHIFT_FORMS(sar, 4)
SHIFT_FORMS(shl, 8)
SHIFT_FORMS(shr, 8)
SHIFT_FORMS(sar, 8)

struct shift_forms {
    ia32_form *i, *one, *cl;
};
#define SHIFT_ROW(op)                                                       \
    {{op##_i_4, op##_1_4, op##_cl_4}, {op##_i_8, op##_1_8, op##_cl_8}}
/* SHL, SHR, SAR; by size 4, 8. */
static const struct shift_forms shift_forms[3][2] = {
    SHIFT_ROW(shl), SHIFT_ROW(shr), SHIFT_ROW(sar)};

/* --- conditions ---------------------------------------------------------------------------- */

#define CONDITION_FORMS(name, code)                                         \
    FORM(set##name)                                                         \
    {                                                                       \
        ia32_set_gpr(cpu, insn->rm, 1, ia32_condition(cpu, code));          \
        NEXT();                                                             \
    }                                                                       \
    FORM(cmov##name##_4)                                                    \
    {                                                                       \
        unsigned from_ = ia32_condition(cpu, code) ? insn->rm : insn->reg;  \
        ia32_set_g(cpu, insn, 4, ia32_get_gpr(cpu, from_, 4));              \
        NEXT();                                                             \
    }                                                                       \
    FORM(cmov##name##_8)                                                    \
    {                                                                       \
        if (ia32_condition(cpu, code))                                      \
            ia32_set_g(cpu, insn, 8, ia32_get_gpr(cpu, insn->rm, 8));       \
        NEXT();                                                             \
    }
IA32_CONDITIONS(CONDITION_FORMS)
struct condition_forms {
    ia32_form *set, *cmov[2];
};
static const struct condition_forms condition_forms[16] = {
#define CONDITION_ROW(name, code)                                           \
    [code] = {set##name, {cmov##name##_4, cmov##name##_8}},
    IA32_CONDITIONS(CONDITION_ROW)
#undef CONDITION_ROW
};
