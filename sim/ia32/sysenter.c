/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fast system calls: SYSENTER and SYSEXIT, SYSCALL and SYSRET.  To CPL 0 and
 * back without a look at any descriptor: the segments are flat by
 * definition, only their selectors come from an MSR, and the code is 64-bit
 * or 32-bit as the instruction says.
 *
 *                 there and back from         selectors            saved
 *   SYSENTER      protected, IA-32e, VM86     IA32_SYSENTER_CS     nothing
 *   SYSCALL       64-bit mode, EFER.SCE       IA32_STAR            RIP, RFLAGS
 *
 * SDM 325462, Vol 2B, "SYSENTER--Fast System Call", "SYSEXIT--Fast Return
 * from Fast System Call", "SYSCALL--Fast System Call", "SYSRET--Return From
 * Fast System Call". */
#include "sim/ia32/event.h"
#include "sim/ia32/flags.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/ops.h"

#define FLAT_CODE32 (AR_G | AR_DB | AR_P | AR_S | 11u)
#define FLAT_CODE64 (AR_G | AR_L | AR_P | AR_S | 11u)
#define FLAT_DATA (AR_G | AR_DB | AR_P | AR_S | 3u)

/* RFLAGS has changed already: VM says what segments mean. */
static void load_flat(struct ia32_cpu *cpu, unsigned code_selector,
                      unsigned stack_selector, unsigned cpl, bool is_long)
{
    uint32_t code = is_long ? FLAT_CODE64 : FLAT_CODE32;
    struct ia32_seg cs = {.limit = 0xffffffff,
                          .ar = code | cpl << AR_DPL_SHIFT,
                          .selector = (uint16_t)(code_selector | cpl)};
    struct ia32_seg ss = {.limit = 0xffffffff,
                          .ar = FLAT_DATA | cpl << AR_DPL_SHIFT,
                          .selector = (uint16_t)(stack_selector | cpl)};
    ia32_set_seg(cpu, IA32_SS, &ss);
    ia32_set_seg(cpu, IA32_CS, &cs);
}

/* --- SYSENTER and SYSEXIT --------------------------------------------------- */

static enum ia32_status check_sysenter(struct ia32_cpu *cpu)
{
    if (!(cpu->cr0 & CR0_PE) || (cpu->sysenter_cs & 0xfffc) == 0)
        return ia32_fault(cpu, IA32_GP, 0);
    return IA32_OK;
}

enum ia32_status ia32_op_sysenter(struct ia32_cpu *cpu,
                                  const struct ia32_insn *insn)
{
    unsigned cs = (unsigned)cpu->sysenter_cs & 0xfffc;
    bool is_long = ia32_long(cpu);
    (void)insn;
    IA32_TRY(check_sysenter(cpu));
    ia32_settle(cpu);
    cpu->rflags &= ~(FL_VM | FL_IF | FL_RF);
    ia32_set_reg(cpu, IA32_RSP, is_long ? 8 : 4, cpu->sysenter_esp);
    cpu->rip = is_long ? cpu->sysenter_eip : (uint32_t)cpu->sysenter_eip;
    load_flat(cpu, cs, cs + 8, 0, is_long);
    return IA32_JUMP;
}

enum ia32_status ia32_op_sysexit(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn)
{
    unsigned cs = (unsigned)cpu->sysenter_cs & 0xfffc;
    bool is_long = insn->opsize == 8;
    uint64_t rip = cpu->gpr[IA32_RDX], rsp = cpu->gpr[IA32_RCX];
    IA32_TRY(check_sysenter(cpu));
    if (is_long && (!ia32_canonical(rip) || !ia32_canonical(rsp)))
        return ia32_fault(cpu, IA32_GP, 0);
    ia32_settle(cpu);
    cs += is_long ? 32 : 16;
    ia32_set_reg(cpu, IA32_RSP, is_long ? 8 : 4, rsp);
    cpu->rip = is_long ? rip : (uint32_t)rip;
    load_flat(cpu, cs, cs + 8, 3, is_long);
    return IA32_JUMP;
}

/* --- SYSCALL and SYSRET ------------------------------------------------------ */

/* IA32_FMASK may clear TF: then nothing is traced, since the trap would come
 * in the kernel, on the user's stack. */
enum ia32_status ia32_op_syscall(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn)
{
    unsigned base = (unsigned)(cpu->star >> 32) & 0xffff;
    (void)insn;
    if (!(cpu->efer & EFER_SCE))
        return ia32_fault_noerr(cpu, IA32_UD);
    ia32_settle(cpu);
    uint64_t flags = ia32_get_rflags(cpu);
    cpu->gpr[IA32_RCX] = ia32_next_rip(cpu);
    cpu->gpr[11] = flags;
    cpu->rip = cpu->lstar;
    ia32_set_rflags(cpu, flags & ~cpu->fmask);
    if (!(cpu->rflags & FL_TF))
        cpu->single_step = false;
    load_flat(cpu, base & 0xfffc, base + 8, 0, true);
    return IA32_JUMP;
}

/* What comes back from R11: not RF, not VM. */
#define SYSRET_FLAGS UINT64_C(0x3c7fd7)

/* A return address that is not canonical faults at CPL 0, with the stack
 * that is there: Intel's way. */
enum ia32_status ia32_op_sysret(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    unsigned base = (unsigned)(cpu->star >> 48);
    bool is_long = insn->opsize == 8;
    uint64_t rip = cpu->gpr[IA32_RCX];
    if (!(cpu->efer & EFER_SCE))
        return ia32_fault_noerr(cpu, IA32_UD);
    if (cpu->cpl != 0 || (is_long && !ia32_canonical(rip)))
        return ia32_fault(cpu, IA32_GP, 0);
    ia32_settle(cpu);
    cpu->rip = is_long ? rip : (uint32_t)rip;
    ia32_set_rflags(cpu, cpu->gpr[11] & SYSRET_FLAGS);
    load_flat(cpu, base + (is_long ? 16 : 0), base + 8, 3, is_long);
    return IA32_JUMP;
}
