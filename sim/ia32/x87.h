/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The x87 FPU's registers as its instructions see them: the stack, the
 * status word, and what happens when an exception is found.
 * SDM 325462, Vol 1, "Programming with the x87 FPU".
 *
 * State is struct ia32_fpu (cpu.h).  TOP lives in sw; ES and B are kept in
 * sw too, and follow the flags and masks whenever either changes. */
#ifndef IA32_X87_H
#define IA32_X87_H

#include "sim/ia32/event.h"
#include "sim/ia32/fp.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/ops.h"

/* Status word; bits 5:0 are FP_IE..FP_PE. */
#define X87_SF 0x0040u
#define X87_ES 0x0080u
#define X87_C0 0x0100u
#define X87_C1 0x0200u
#define X87_C2 0x0400u
#define X87_TOP 0x3800u
#define X87_C3 0x4000u
#define X87_B 0x8000u
#define X87_CONDITION (X87_C0 | X87_C1 | X87_C2 | X87_C3)
#define X87_TOP_SHIFT 11

/* Control word: the bits that exist, and the one that is always set.
 * FNINIT's value. */
#define X87_CW_WRITABLE 0x1f3fu
#define X87_CW_FIXED1 0x0040u
#define X87_CW_INIT 0x037fu

/* --- registers ------------------------------------------------------------- */

static inline unsigned ia32_x87_top(const struct ia32_cpu *cpu)
{
    return cpu->fpu.sw >> X87_TOP_SHIFT & 7;
}

static inline void ia32_x87_set_top(struct ia32_cpu *cpu, unsigned top)
{
    cpu->fpu.sw = (uint16_t)((cpu->fpu.sw & ~X87_TOP) |
                             (top & 7) << X87_TOP_SHIFT);
}

/* Number of the register that is ST(i) now. */
static inline unsigned ia32_x87_physical(const struct ia32_cpu *cpu,
                                         unsigned i)
{
    return (ia32_x87_top(cpu) + i) & 7;
}

static inline bool ia32_x87_empty(const struct ia32_cpu *cpu, unsigned i)
{
    return !(cpu->fpu.valid >> ia32_x87_physical(cpu, i) & 1);
}

static inline struct ia32_f80 ia32_x87_st(const struct ia32_cpu *cpu,
                                          unsigned i)
{
    return cpu->fpu.r[ia32_x87_physical(cpu, i)];
}

static inline struct fp_num ia32_x87_num(const struct ia32_cpu *cpu,
                                         unsigned i)
{
    return fp_from80(ia32_x87_st(cpu, i));
}

static inline void ia32_x87_set_st(struct ia32_cpu *cpu, unsigned i,
                                   struct ia32_f80 v)
{
    unsigned n = ia32_x87_physical(cpu, i);
    cpu->fpu.r[n] = v;
    cpu->fpu.valid |= (uint8_t)(1u << n);
}

static inline void ia32_x87_free(struct ia32_cpu *cpu, unsigned i)
{
    cpu->fpu.valid &= (uint8_t)~(1u << ia32_x87_physical(cpu, i));
}

static inline void ia32_x87_pop(struct ia32_cpu *cpu)
{
    ia32_x87_free(cpu, 0);
    ia32_x87_set_top(cpu, ia32_x87_top(cpu) + 1);
}

static inline void ia32_x87_push(struct ia32_cpu *cpu, struct ia32_f80 v)
{
    ia32_x87_set_top(cpu, ia32_x87_top(cpu) - 1);
    ia32_x87_set_st(cpu, 0, v);
}

static inline struct ia32_f80 ia32_x87_indefinite(void)
{
    struct ia32_f80 v = {FP80_INDEFINITE_FRAC, FP80_INDEFINITE_SE};
    return v;
}

/* --- exceptions (x87.c) ----------------------------------------------------- */

/* Rounding, precision and masks of the control word; no flags yet. */
struct fp_env ia32_x87_env(const struct ia32_cpu *cpu);
/* Flags and masks have changed: ES and B. */
void ia32_x87_update_es(struct ia32_cpu *cpu);
/* Put the flags of an operation into the status word, and C1. */
void ia32_x87_report(struct ia32_cpu *cpu, const struct fp_env *env);
/* Stack fault: an operand is empty, or (overflow) a destination is not.
 * True: masked, the instruction goes on with indefinite values. */
bool ia32_x87_underflow(struct ia32_cpu *cpu);
bool ia32_x87_overflow(struct ia32_cpu *cpu);
/* Report, and write v to ST(i) unless an unmasked exception forbids it.
 * True: written; a pop may follow. */
bool ia32_x87_deliver(struct ia32_cpu *cpu, const struct fp_env *env,
                      unsigned i, struct ia32_f80 v);

/* An unmasked exception waits for the next waiting instruction. */
static inline bool ia32_x87_pending(const struct ia32_cpu *cpu)
{
    return (cpu->fpu.sw & X87_ES) != 0;
}

/* Raise the exception that is pending: #MF, or with CR0.NE = 0 what a PC
 * does with FERR# (not modelled). */
enum ia32_status ia32_x87_raise(struct ia32_cpu *cpu);

/* Pointers to a non-control instruction, once it cannot fault any more. */
void ia32_x87_note(struct ia32_cpu *cpu, const struct ia32_insn *insn);

/* --- images (x87.c): FSAVE, FXSAVE, XSAVE ------------------------------------ */

/* The full tag word, and setting what is empty from it.  The abridged one of
 * FXSAVE is cpu->fpu.valid itself. */
uint16_t ia32_x87_tag_word(const struct ia32_cpu *cpu);
void ia32_x87_set_tag_word(struct ia32_cpu *cpu, uint16_t tags);
/* Load CW and SW as FLDENV, FRSTOR, FXRSTOR and XRSTOR do: reserved bits
 * are dropped, ES and B follow from the rest. */
void ia32_x87_set_words(struct ia32_cpu *cpu, uint16_t cw, uint16_t sw);
/* The state after FNINIT (registers keep their contents). */
void ia32_x87_init(struct ia32_cpu *cpu);
/* Ten bytes of memory. */
void ia32_x87_to_bytes(struct ia32_f80 v, uint8_t bytes[10]);
struct ia32_f80 ia32_x87_from_bytes(const uint8_t bytes[10]);

/* A non-control instruction: ia32_op_name calls body(cpu, insn, ...) and
 * notes the pointers. */
#define X87_OP(name, body, ...)                                              \
    enum ia32_status ia32_op_##name(struct ia32_cpu *cpu,                    \
                                    const struct ia32_insn *insn)            \
    {                                                                        \
        IA32_TRY(body(cpu, insn, __VA_ARGS__));                              \
        ia32_x87_note(cpu, insn);                                            \
        return IA32_OK;                                                      \
    }

/* i of ST(i). */
static inline unsigned ia32_x87_rm(const struct ia32_insn *insn)
{
    return insn->modrm & 7;
}

#endif
