/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operands of integer instructions, by the letters of decode.def, and the
 * macros that make a handler for each operand size from one function.
 * Sizes are in bytes and constants wherever a handler is made, so that the
 * compiler leaves only the code of that size. */
#ifndef IA32_OPERAND_H
#define IA32_OPERAND_H

#include "sim/ia32/event.h"
#include "sim/ia32/flags.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/ops.h"

#if defined(__GNUC__) || defined(__clang__)
#define IA32_INLINE static inline __attribute__((always_inline))
#else
#define IA32_INLINE static inline
#endif

/* ia32_op_name: calls body(cpu, insn, ...). */
#define IA32_OP(name, body, ...)                                            \
    enum ia32_status ia32_op_##name(struct ia32_cpu *cpu,                   \
                                    const struct ia32_insn *insn)           \
    {                                                                       \
        return body(cpu, insn, __VA_ARGS__);                                \
    }
/* ia32_op_name_16, _32 and _64: the same with the size as last argument;
 * LEGACY without the last, for what 64-bit mode does not have. */
#define IA32_OP_LEGACY(name, body)                                          \
    IA32_OP(name##_16, body, 2)                                             \
    IA32_OP(name##_32, body, 4)
#define IA32_OP_LEGACY_WITH(name, body, with)                               \
    IA32_OP(name##_16, body, with, 2)                                       \
    IA32_OP(name##_32, body, with, 4)
#define IA32_OP_SIZED(name, body)                                           \
    IA32_OP_LEGACY(name, body)                                              \
    IA32_OP(name##_64, body, 8)
#define IA32_OP_SIZED_WITH(name, body, with)                                \
    IA32_OP_LEGACY_WITH(name, body, with)                                   \
    IA32_OP(name##_64, body, with, 8)

/* All bits of an operand. */
IA32_INLINE uint64_t ia32_mask(unsigned size)
{
    return ~UINT64_C(0) >> (64 - 8 * size);
}

IA32_INLINE uint64_t ia32_sign_extend(uint64_t v, unsigned size)
{
    uint64_t sign = VT_BIT(8 * size - 1);
    return ((v & ia32_mask(size)) ^ sign) - sign;
}

/* A register by the number that the decoder gave it. */
IA32_INLINE uint64_t ia32_get_gpr(const struct ia32_cpu *cpu, unsigned r,
                                  unsigned size)
{
    return size == 1 ? ia32_get8(cpu, r) : cpu->gpr[r] & ia32_mask(size);
}

IA32_INLINE void ia32_set_gpr(struct ia32_cpu *cpu, unsigned r,
                              unsigned size, uint64_t v)
{
    if (size == 1)
        ia32_set8(cpu, r, (uint8_t)v);
    else
        ia32_set_reg(cpu, r, size, v);
}

/* G (or Z): the operand in insn->reg. */
IA32_INLINE uint64_t ia32_get_g(const struct ia32_cpu *cpu,
                                const struct ia32_insn *insn, unsigned size)
{
    return ia32_get_gpr(cpu, insn->reg, size);
}

IA32_INLINE void ia32_set_g(struct ia32_cpu *cpu,
                            const struct ia32_insn *insn, unsigned size,
                            uint64_t v)
{
    ia32_set_gpr(cpu, insn->reg, size, v);
}

/* E: register or memory. */
IA32_INLINE enum ia32_status ia32_read_e(struct ia32_cpu *cpu,
                                         const struct ia32_insn *insn,
                                         unsigned size, uint64_t *v)
{
    if (!insn->is_reg)
        return ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), size, v);
    *v = ia32_get_gpr(cpu, insn->rm, size);
    return IA32_OK;
}

/* E that will be written back: a later ia32_write_e cannot fault. */
IA32_INLINE enum ia32_status ia32_modify_e(struct ia32_cpu *cpu,
                                           const struct ia32_insn *insn,
                                           unsigned size, uint64_t *v)
{
    if (!insn->is_reg)
        return ia32_read_for_write(cpu, insn->seg, ia32_ea(cpu, insn), size,
                                   v);
    *v = ia32_get_gpr(cpu, insn->rm, size);
    return IA32_OK;
}

IA32_INLINE enum ia32_status ia32_write_e(struct ia32_cpu *cpu,
                                          const struct ia32_insn *insn,
                                          unsigned size, uint64_t v)
{
    if (!insn->is_reg)
        return ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), size,
                          v & ia32_mask(size));
    ia32_set_gpr(cpu, insn->rm, size, v);
    return IA32_OK;
}

/* CF alone, OF alone: the others keep their values. */
IA32_INLINE void ia32_set_cf_of(struct ia32_cpu *cpu, bool cf, bool of)
{
    cpu->cc_c = (cpu->cc_c & ~(UINT64_C(3) << 62)) | (cf ? VT_BIT(63) : 0) |
                (cf != of ? VT_BIT(62) : 0);
}

IA32_INLINE void ia32_set_cf(struct ia32_cpu *cpu, bool cf)
{
    ia32_set_cf_of(cpu, cf, ia32_of(cpu));
}

/* Condition codes 0..15 as Jcc, SETcc and CMOVcc encode them.
 * SDM Vol 1, Appendix B, "EFLAGS Condition Codes". */
IA32_INLINE bool ia32_condition(const struct ia32_cpu *cpu, unsigned code)
{
    bool holds = false;
    switch (code >> 1) {
    case 0: holds = ia32_of(cpu); break;                          /* O */
    case 1: holds = ia32_cf(cpu); break;                          /* B */
    case 2: holds = ia32_zf(cpu); break;                          /* Z */
    case 3: holds = ia32_cf(cpu) || ia32_zf(cpu); break;          /* BE */
    case 4: holds = ia32_sf(cpu); break;                          /* S */
    case 5: holds = ia32_pf(cpu); break;                          /* P */
    case 6: holds = ia32_sf(cpu) != ia32_of(cpu); break;          /* L */
    case 7:                                                       /* LE */
        holds = ia32_zf(cpu) || ia32_sf(cpu) != ia32_of(cpu);
        break;
    default: break;
    }
    return holds != (code & 1);
}

/* The sixteen names, in the order of their codes. */
#define IA32_CONDITIONS(X)                                                   \
    X(o, 0) X(no, 1) X(b, 2) X(nb, 3) X(z, 4) X(nz, 5) X(be, 6) X(nbe, 7)    \
    X(s, 8) X(ns, 9) X(p, 10) X(np, 11) X(l, 12) X(nl, 13) X(le, 14)         \
    X(nle, 15)

#endif
