/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x87 control instructions: words, environment, whole state, waiting.  They
 * do not touch the instruction and data pointers but to load, store or clear
 * them.
 * SDM 325462, Vol 1, "x87 FPU Control Instructions"; Vol 2A,
 * "FSTENV/FNSTENV", "FSAVE/FNSAVE", "FLDENV", "FRSTOR", "FLDCW",
 * "WAIT/FWAIT". */
#include "sim/ia32/operand.h"
#include "sim/ia32/x87.h"

/* --- the environment in memory -------------------------------------------------- */

/* Vol 1, "Protected Mode x87 FPU State Image in Memory, 32-Bit Format", and
 * the three that follow it.  Words of operand size (w bytes each):
 *
 *             protected            real-address and virtual-8086
 *   0  control word
 *   1  status word
 *   2  tag word
 *   3  FIP                         FIP 15:0
 *   4  FCS, and FOP in 26:16 (32)  FIP 19:16 (31:16) from bit 12; FOP
 *   5  FDP                         FDP 15:0
 *   6  FDS                         FDP 19:16 (31:16) from bit 12
 *
 * Upper halves that have no meaning are written as ones. */
#define ENV_WORDS 7u

struct environment {
    uint32_t word[ENV_WORDS];
};

/* 64-bit mode has the 32-bit format, also with REX.W. */
static unsigned env_word_bytes(const struct ia32_insn *insn)
{
    return insn->opsize == 2 ? 2 : 4;
}

static bool real_format(const struct ia32_cpu *cpu)
{
    return !(cpu->cr0 & CR0_PE) || (cpu->rflags & FL_VM);
}

/* What real-address mode stores: a linear address. */
static uint32_t linear_pointer(uint64_t offset, uint16_t selector)
{
    return (uint32_t)offset + ((uint32_t)selector << 4);
}

static struct environment get_environment(const struct ia32_cpu *cpu)
{
    const struct ia32_fpu *fpu = &cpu->fpu;
    const uint32_t ones = UINT32_C(0xffff0000);
    bool selectors = !ia32_has(cpu, IA32_F_ZERO_FCS_FDS);
    struct environment e = {{ones | fpu->cw, ones | fpu->sw,
                             ones | ia32_x87_tag_word(cpu),
                             (uint32_t)fpu->fip,
                             (selectors ? fpu->fcs : 0u) |
                                 (uint32_t)fpu->fop << 16,
                             (uint32_t)fpu->fdp,
                             ones | (selectors ? fpu->fds : 0u)}};
    if (real_format(cpu)) {
        uint32_t ip = linear_pointer(fpu->fip, fpu->fcs);
        uint32_t dp = linear_pointer(fpu->fdp, fpu->fds);
        e.word[3] = ones | (ip & 0xffff);
        e.word[4] = ip >> 16 << 12 | fpu->fop;
        e.word[5] = ones | (dp & 0xffff);
        e.word[6] = dp >> 16 << 12;
    }
    return e;
}

/* w: bytes of a word; a pointer loaded in the format of real-address mode is
 * an offset from segment 0. */
static void set_environment(struct ia32_cpu *cpu,
                            const struct environment *e, unsigned w)
{
    struct ia32_fpu *fpu = &cpu->fpu;
    ia32_x87_set_words(cpu, (uint16_t)e->word[0], (uint16_t)e->word[1]);
    ia32_x87_set_tag_word(cpu, (uint16_t)e->word[2]);
    if (real_format(cpu)) {
        uint32_t upper = w == 2 ? 0xf : 0xffff;
        fpu->fip = (e->word[3] & 0xffff) |
                   (e->word[4] >> 12 & upper) << 16;
        fpu->fdp = (e->word[5] & 0xffff) |
                   (e->word[6] >> 12 & upper) << 16;
        fpu->fop = e->word[4] & 0x7ff;
        fpu->fcs = fpu->fds = 0;
        return;
    }
    fpu->fip = e->word[3];
    fpu->fcs = (uint16_t)e->word[4];
    fpu->fdp = e->word[5];
    fpu->fds = (uint16_t)e->word[6];
    fpu->fop = w == 4 ? e->word[4] >> 16 & 0x7ff : 0;
}

static void env_to_bytes(const struct environment *e, unsigned w,
                         uint8_t *bytes)
{
    for (unsigned i = 0; i < ENV_WORDS; i++)
        for (unsigned n = 0; n < w; n++)
            bytes[i * w + n] = (uint8_t)(e->word[i] >> (8 * n));
}

static struct environment env_from_bytes(const uint8_t *bytes, unsigned w)
{
    struct environment e = {{0}};
    for (unsigned i = 0; i < ENV_WORDS; i++)
        for (unsigned n = 0; n < w; n++)
            e.word[i] |= (uint32_t)bytes[i * w + n] << (8 * n);
    return e;
}

/* All exceptions are masked afterwards. */
enum ia32_status ia32_op_fnstenv(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn)
{
    uint8_t bytes[ENV_WORDS * 4];
    unsigned w = env_word_bytes(insn);
    struct environment e = get_environment(cpu);
    env_to_bytes(&e, w, bytes);
    IA32_TRY(ia32_write_wide(cpu, insn->seg, ia32_ea(cpu, insn),
                             ENV_WORDS * w, w, bytes));
    cpu->fpu.cw |= FP_ALL;
    ia32_x87_update_es(cpu);
    return IA32_OK;
}

enum ia32_status ia32_op_fldenv(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    uint8_t bytes[ENV_WORDS * 4];
    unsigned w = env_word_bytes(insn);
    IA32_TRY(ia32_read_wide(cpu, insn->seg, ia32_ea(cpu, insn),
                            ENV_WORDS * w, w, bytes));
    struct environment e = env_from_bytes(bytes, w);
    set_environment(cpu, &e, w);
    return IA32_OK;
}

/* --- environment and registers: ST(0) first ---------------------------------------- */

enum ia32_status ia32_op_fnsave(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    uint8_t bytes[ENV_WORDS * 4 + 80];
    unsigned w = env_word_bytes(insn);
    struct environment e = get_environment(cpu);
    env_to_bytes(&e, w, bytes);
    for (unsigned i = 0; i < 8; i++)
        ia32_x87_to_bytes(ia32_x87_st(cpu, i),
                          bytes + ENV_WORDS * w + 10 * i);
    IA32_TRY(ia32_write_wide(cpu, insn->seg, ia32_ea(cpu, insn),
                             ENV_WORDS * w + 80, w, bytes));
    ia32_x87_init(cpu);
    return IA32_OK;
}

enum ia32_status ia32_op_frstor(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    uint8_t bytes[ENV_WORDS * 4 + 80];
    unsigned w = env_word_bytes(insn);
    IA32_TRY(ia32_read_wide(cpu, insn->seg, ia32_ea(cpu, insn),
                            ENV_WORDS * w + 80, w, bytes));
    struct environment e = env_from_bytes(bytes, w);
    set_environment(cpu, &e, w);
    for (unsigned i = 0; i < 8; i++)
        cpu->fpu.r[ia32_x87_physical(cpu, i)] =
            ia32_x87_from_bytes(bytes + ENV_WORDS * w + 10 * i);
    return IA32_OK;
}

/* --- words --------------------------------------------------------------------------- */

enum ia32_status ia32_op_fldcw(struct ia32_cpu *cpu,
                               const struct ia32_insn *insn)
{
    uint64_t v;
    IA32_TRY(ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), 2, &v));
    ia32_x87_set_words(cpu, (uint16_t)v, cpu->fpu.sw);
    return IA32_OK;
}

enum ia32_status ia32_op_fnstcw(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    return ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), 2, cpu->fpu.cw);
}

enum ia32_status ia32_op_fnstsw(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    return ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), 2, cpu->fpu.sw);
}

enum ia32_status ia32_op_fnstsw_ax(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn)
{
    (void)insn;
    ia32_set_gpr(cpu, IA32_RAX, 2, cpu->fpu.sw);
    return IA32_OK;
}

/* The condition codes are undefined afterwards; they stay. */
enum ia32_status ia32_op_fnclex(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    (void)insn;
    cpu->fpu.sw &= (uint16_t)~(X87_B | X87_ES | X87_SF | FP_ALL);
    return IA32_OK;
}

enum ia32_status ia32_op_fninit(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    (void)insn;
    ia32_x87_init(cpu);
    return IA32_OK;
}

/* FNENI and FNDISI of the 8087, FNSETPM of the 287: nothing since the 387.
 * Vol 1, "Unsupported x87 FPU Instructions". */
enum ia32_status ia32_op_fnothing(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn)
{
    (void)cpu;
    (void)insn;
    return IA32_OK;
}

/* --- waiting, and what is no x87 instruction ------------------------------------------ */

/* #NM only when MP says that TS counts. */
enum ia32_status ia32_op_wait(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    (void)insn;
    if ((cpu->cr0 & (CR0_MP | CR0_TS)) == (CR0_MP | CR0_TS))
        return ia32_fault_noerr(cpu, IA32_NM);
    return ia32_x87_pending(cpu) ? ia32_x87_raise(cpu) : IA32_OK;
}

/* An ESC opcode that is no instruction, or any where there is no FPU: with
 * EM or TS #NM, as for all of them (with EM software means to emulate one),
 * else undefined.  Vol 3A, "Device Not Available Exception (#NM)". */
enum ia32_status ia32_op_esc(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    (void)insn;
    return ia32_fault_noerr(
        cpu, cpu->cr0 & (CR0_EM | CR0_TS) ? IA32_NM : IA32_UD);
}
