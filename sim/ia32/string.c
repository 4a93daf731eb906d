/* SPDX-License-Identifier: GPL-3.0-or-later */
/* String instructions: MOVS CMPS SCAS LODS STOS, alone and repeated.  INS
 * and OUTS are the system's and use ia32_repeat too.
 * SDM 325462, Vol 1, "String Operations"; Vol 2, "REP/REPE/REPZ/REPNE/REPNZ".
 *
 * Between two iterations there is an instruction boundary: registers are up
 * to date, and an interrupt that is taken there returns to the instruction.
 * What an iteration changes, it changes only once nothing can fault. */
#include "sim/ia32/string.h"

/* --- one iteration ---------------------------------------------------------- */

IA32_INLINE uint64_t source(const struct ia32_cpu *cpu,
                            const struct ia32_insn *insn)
{
    return cpu->gpr[IA32_RSI] & ia32_mask(insn->addrsize);
}

IA32_INLINE uint64_t destination(const struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn)
{
    return cpu->gpr[IA32_RDI] & ia32_mask(insn->addrsize);
}

/* Move on by one element in the direction of EFLAGS.DF. */
IA32_INLINE void advance(struct ia32_cpu *cpu, const struct ia32_insn *insn,
                         unsigned r, unsigned size)
{
    uint64_t v = cpu->gpr[r];
    ia32_set_reg(cpu, r, insn->addrsize,
                 cpu->rflags & FL_DF ? v - size : v + size);
}

IA32_INLINE enum ia32_status movs(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read(cpu, insn->seg, source(cpu, insn), size, &v));
    IA32_TRY(ia32_write(cpu, IA32_ES, destination(cpu, insn), size, v));
    advance(cpu, insn, IA32_RSI, size);
    advance(cpu, insn, IA32_RDI, size);
    return IA32_OK;
}

IA32_INLINE enum ia32_status stos(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, unsigned size)
{
    IA32_TRY(ia32_write(cpu, IA32_ES, destination(cpu, insn), size,
                        ia32_get_gpr(cpu, IA32_RAX, size)));
    advance(cpu, insn, IA32_RDI, size);
    return IA32_OK;
}

IA32_INLINE enum ia32_status lods(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, unsigned size)
{
    uint64_t v;
    IA32_TRY(ia32_read(cpu, insn->seg, source(cpu, insn), size, &v));
    ia32_set_gpr(cpu, IA32_RAX, size, v);
    advance(cpu, insn, IA32_RSI, size);
    return IA32_OK;
}

IA32_INLINE enum ia32_status cmps(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, unsigned size)
{
    uint64_t a, b;
    IA32_TRY(ia32_read(cpu, insn->seg, source(cpu, insn), size, &a));
    IA32_TRY(ia32_read(cpu, IA32_ES, destination(cpu, insn), size, &b));
    ia32_alu(cpu, IA32_CMP, a, b, size);
    advance(cpu, insn, IA32_RSI, size);
    advance(cpu, insn, IA32_RDI, size);
    return IA32_OK;
}

IA32_INLINE enum ia32_status scas(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn, unsigned size)
{
    uint64_t b;
    IA32_TRY(ia32_read(cpu, IA32_ES, destination(cpu, insn), size, &b));
    ia32_alu(cpu, IA32_CMP, ia32_get_gpr(cpu, IA32_RAX, size), b, size);
    advance(cpu, insn, IA32_RDI, size);
    return IA32_OK;
}

#define ITERATION(name, body)                                                \
    static enum ia32_status name##_b(struct ia32_cpu *cpu,                   \
                                     const struct ia32_insn *insn)           \
    {                                                                        \
        return body(cpu, insn, 1);                                           \
    }                                                                        \
    static enum ia32_status name##_16(struct ia32_cpu *cpu,                  \
                                      const struct ia32_insn *insn)          \
    {                                                                        \
        return body(cpu, insn, 2);                                           \
    }                                                                        \
    static enum ia32_status name##_32(struct ia32_cpu *cpu,                  \
                                      const struct ia32_insn *insn)          \
    {                                                                        \
        return body(cpu, insn, 4);                                           \
    }                                                                        \
    static enum ia32_status name##_64(struct ia32_cpu *cpu,                  \
                                      const struct ia32_insn *insn)          \
    {                                                                        \
        return body(cpu, insn, 8);                                           \
    }
ITERATION(movs1, movs)
ITERATION(stos1, stos)
ITERATION(lods1, lods)
ITERATION(cmps1, cmps)
ITERATION(scas1, scas)

/* --- repetition -------------------------------------------------------------- */

/* REPE and REPNE of the comparing ones end when ZF says so. */
static bool ends_by_zf(const struct ia32_cpu *cpu,
                       const struct ia32_insn *insn, bool compares)
{
    if (!compares)
        return false;
    return ia32_zf(cpu) != ((insn->prefixes & IA32_PFX_REP) != 0);
}

enum ia32_status ia32_repeat(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn,
                             ia32_handler *iteration, bool compares)
{
    if (!(insn->prefixes & (IA32_PFX_REP | IA32_PFX_REPNE)))
        return iteration(cpu, insn);
    uint64_t mask = ia32_mask(insn->addrsize);
    if ((cpu->gpr[IA32_RCX] & mask) == 0)
        return IA32_OK;
    for (;;) {
        IA32_TRY(iteration(cpu, insn));
        uint64_t left = (cpu->gpr[IA32_RCX] - 1) & mask;
        ia32_set_reg(cpu, IA32_RCX, insn->addrsize, left);
        if (left == 0 || ends_by_zf(cpu, insn, compares))
            return IA32_OK;
        if (!ia32_may_repeat(cpu)) {
            cpu->rip = ia32_insn_rip(cpu);
            cpu->repeating = true;
            return IA32_JUMP;
        }
        ia32_charge(cpu, VT_WHAT_INSTRUCTION, insn->cycles);
    }
}

#define REPEATED(name, compares)                                             \
    IA32_OP(name##_b, ia32_repeat, name##1_b, compares)                      \
    IA32_OP(name##_v_16, ia32_repeat, name##1_16, compares)                  \
    IA32_OP(name##_v_32, ia32_repeat, name##1_32, compares)                  \
    IA32_OP(name##_v_64, ia32_repeat, name##1_64, compares)
REPEATED(movs, false)
REPEATED(stos, false)
REPEATED(lods, false)
REPEATED(cmps, true)
REPEATED(scas, true)
