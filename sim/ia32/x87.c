/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The x87 FPU's status word, exceptions, tags and pointers.
 * SDM 325462, Vol 1, "x87 FPU Execution Environment", "x87 FPU
 * Floating-Point Exception Handling".
 *
 * An unmasked exception is not raised by the instruction that meets it: it
 * sets ES, and the next waiting x87, MMX or WAIT instruction raises #MF
 * (guard.c).
 *
 * Left out: FERR# and IGNNE#, the way of the PC/AT with CR0.NE = 0; an
 * exception that would go there stops the machine. */
#include "sim/ia32/x87.h"

#include "sim/ia32/rows.h"

struct fp_env ia32_x87_env(const struct ia32_cpu *cpu)
{
    static const uint8_t precision[] = {24, 64, 53, 64}; /* 01: reserved */
    unsigned cw = cpu->fpu.cw;
    struct fp_env env = {.rounding = cw >> 10 & 3,
                         .masks = cw & FP_ALL,
                         .precision = precision[cw >> 8 & 3]};
    return env;
}

void ia32_x87_update_es(struct ia32_cpu *cpu)
{
    struct ia32_fpu *fpu = &cpu->fpu;
    bool error = (fpu->sw & ~fpu->cw & FP_ALL) != 0;
    fpu->sw = (uint16_t)((fpu->sw & ~(X87_ES | X87_B)) |
                         (error ? X87_ES | X87_B : 0));
}

void ia32_x87_report(struct ia32_cpu *cpu, const struct fp_env *env)
{
    uint16_t *sw = &cpu->fpu.sw;
    *sw = (uint16_t)((*sw & ~X87_C1) | env->flags |
                     (env->rounded_up ? X87_C1 : 0));
    if (env->flags)
        ia32_x87_update_es(cpu);
}

static bool stack_fault(struct ia32_cpu *cpu, unsigned c1)
{
    uint16_t *sw = &cpu->fpu.sw;
    *sw = (uint16_t)((*sw & ~X87_C1) | FP_IE | X87_SF | c1);
    ia32_x87_update_es(cpu);
    return (cpu->fpu.cw & FP_IE) != 0;
}

bool ia32_x87_underflow(struct ia32_cpu *cpu)
{
    return stack_fault(cpu, 0);
}

bool ia32_x87_overflow(struct ia32_cpu *cpu)
{
    return stack_fault(cpu, X87_C1);
}

bool ia32_x87_deliver(struct ia32_cpu *cpu, const struct fp_env *env,
                      unsigned i, struct ia32_f80 v)
{
    ia32_x87_report(cpu, env);
    if (fp_blocked(env))
        return false;
    ia32_x87_set_st(cpu, i, v);
    return true;
}

enum ia32_status ia32_x87_raise(struct ia32_cpu *cpu)
{
    if (!(cpu->cr0 & CR0_NE))
        return ia32_unmodelled(
            cpu, "an unmasked x87 exception with CR0.NE = 0 (FERR#)");
    return ia32_fault_noerr(cpu, IA32_MF);
}

/* NOTE: the data pointer of an instruction without a memory operand is
 * undefined; it keeps its value.  Processors with FDP_EXCPTN_ONLY move it only
 * when an unmasked exception is found. */
void ia32_x87_note(struct ia32_cpu *cpu, const struct ia32_insn *insn)
{
    struct ia32_fpu *fpu = &cpu->fpu;
    unsigned opcode = ia32_rows[insn->row].opcode;
    fpu->fop = (uint16_t)((opcode & 7) << 8 | insn->modrm);
    fpu->fip = ia32_insn_rip(cpu);
    fpu->fcs = cpu->seg[IA32_CS].selector;
    if (ia32_has(cpu, IA32_F_FDP_EXCPTN_ONLY) && !ia32_x87_pending(cpu))
        return;
    if (insn->modrm >> 6 != 3) {
        fpu->fdp = ia32_ea(cpu, insn);
        fpu->fds = cpu->seg[insn->seg].selector;
    }
}

/* --- tags --------------------------------------------------------------------- */

/* 00 valid, 01 zero, 10 NaN, infinity, denormal or unsupported. */
static unsigned tag_of(struct ia32_f80 v)
{
    struct fp_num n = fp_from80(v);
    return n.cls == FPN_NORMAL ? 0 : n.cls == FPN_ZERO ? 1 : 2;
}

uint16_t ia32_x87_tag_word(const struct ia32_cpu *cpu)
{
    unsigned tags = 0;
    for (unsigned i = 0; i < 8; i++) {
        unsigned tag = cpu->fpu.valid >> i & 1 ? tag_of(cpu->fpu.r[i]) : 3;
        tags |= tag << (2 * i);
    }
    return (uint16_t)tags;
}

void ia32_x87_set_tag_word(struct ia32_cpu *cpu, uint16_t tags)
{
    cpu->fpu.valid = 0;
    for (unsigned i = 0; i < 8; i++)
        if ((tags >> (2 * i) & 3) != 3)
            cpu->fpu.valid |= (uint8_t)(1u << i);
}

/* --- images -------------------------------------------------------------------- */

void ia32_x87_set_words(struct ia32_cpu *cpu, uint16_t cw, uint16_t sw)
{
    cpu->fpu.cw = (uint16_t)((cw & X87_CW_WRITABLE) | X87_CW_FIXED1);
    cpu->fpu.sw = sw;
    ia32_x87_update_es(cpu);
}

void ia32_x87_init(struct ia32_cpu *cpu)
{
    struct ia32_fpu *fpu = &cpu->fpu;
    fpu->cw = X87_CW_INIT;
    fpu->sw = 0;
    fpu->valid = 0;
    fpu->fip = fpu->fdp = 0;
    fpu->fcs = fpu->fds = fpu->fop = 0;
}

void ia32_x87_to_bytes(struct ia32_f80 v, uint8_t bytes[10])
{
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(v.frac >> (8 * i));
    bytes[8] = (uint8_t)v.se;
    bytes[9] = (uint8_t)(v.se >> 8);
}

struct ia32_f80 ia32_x87_from_bytes(const uint8_t bytes[10])
{
    struct ia32_f80 v = {0, (uint16_t)(bytes[8] | bytes[9] << 8)};
    for (unsigned i = 0; i < 8; i++)
        v.frac |= (uint64_t)bytes[i] << (8 * i);
    return v;
}
