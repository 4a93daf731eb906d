/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instructions of the guest: which of them exit, with what qualification,
 * and what a guest sees of registers that the VMM owns in part.
 *
 * sim/ia32 asks after #UD and privilege, so a guest's user program that
 * executes HLT gets #GP, not a VM exit.  MOV DR is asked for before both.
 * SDM 325462, Vol 3C, "Instructions That Cause VM Exits", "Changes to
 * Instruction Behavior in VMX Non-Root Operation"; qualifications: "Basic
 * VM-Exit Information". */
#include "vmx-model/vmx_priv.h"

/* --- I/O ------------------------------------------------------------------ */

/* info of struct ia32_virt_ops.intercept */
#define IO_PORT(info) ((unsigned)(info) & 0xffff)
#define IO_SIZE(info) ((unsigned)((info) >> 16) & 0xff)
#define IO_IN VT_BIT(24)
#define IO_STRING VT_BIT(25)
#define IO_REP VT_BIT(26)
#define IO_IMMEDIATE VT_BIT(27)

/* Bitmap A covers ports 0000H to 7FFFH, B the rest: one bit a port. */
static bool io_bit(const struct vmx *vmx, unsigned port)
{
    uint64_t pa = vmx->field[port & 0x8000 ? VMX_F_IO_BITMAP_B
                                           : VMX_F_IO_BITMAP_A];
    unsigned bit = port & 0x7fff;
    uint64_t byte = ia32_pa_read(vmx_cpu(vmx), pa + bit / 8, 1);
    return byte >> (bit % 8) & 1;
}

/* An access that wraps around FFFFH exits; else any bit of its ports. */
static bool io_exits(const struct vmx *vmx, unsigned port, unsigned bytes)
{
    if (!vmx_on(vmx, VMX_C_USE_IO_BITMAPS))
        return vmx_on(vmx, VMX_C_UNCONDITIONAL_IO_EXITING);
    if (port + bytes > 0x10000)
        return true;
    for (unsigned i = 0; i < bytes; i++)
        if (io_bit(vmx, port + i))
            return true;
    return false;
}

/* Table "Exit Qualification for I/O Instructions":
 *    31:16    6          5    4       3        2:0
 *   | port | immediate | REP | string | 1 = IN | size - 1 | */
static enum ia32_status io(struct vmx *vmx, const struct ia32_insn *insn,
                           uint64_t info, uint64_t la)
{
    struct vmx_exit exit = {.reason = VMX_EXIT_IO,
                            .insn_length = insn->length};
    if (!io_exits(vmx, IO_PORT(info), IO_SIZE(info)))
        return IA32_OK;
    exit.control = vmx_on(vmx, VMX_C_USE_IO_BITMAPS)
                       ? VMX_C_USE_IO_BITMAPS
                       : VMX_C_UNCONDITIONAL_IO_EXITING;
    exit.qualification = (IO_SIZE(info) - 1) | (info & IO_IN ? 8u : 0) |
                         (info & IO_STRING ? 16u : 0) |
                         (info & IO_REP ? 32u : 0) |
                         (info & IO_IMMEDIATE ? 64u : 0) |
                         (uint64_t)IO_PORT(info) << 16;
    exit.guest_la = info & IO_STRING ? la : 0;
    return vmx_do_exit(vmx, &exit);
}

/* --- MSRs ----------------------------------------------------------------- */

/* The bitmap page: 1 KiB each for reads of MSRs 0 to 1FFFH, reads of
 * C0000000H to C0001FFFH, and writes of both. */
static bool msr_exits(const struct vmx *vmx, uint32_t msr, bool write)
{
    uint64_t pa = vmx->field[VMX_F_MSR_BITMAP] + (write ? 2048 : 0);
    uint32_t low = msr & 0x1fff;
    if (!vmx_on(vmx, VMX_C_USE_MSR_BITMAPS))
        return true;
    if (msr != low && msr != (0xc0000000u | low))
        return true;
    pa += msr == low ? 0 : 1024;
    return ia32_pa_read(vmx_cpu(vmx), pa + low / 8, 1) >> (low % 8) & 1;
}

static enum ia32_status msr(struct vmx *vmx, const struct ia32_insn *insn,
                            bool write)
{
    uint32_t index = (uint32_t)vmx_cpu(vmx)->gpr[IA32_RCX];
    if (!msr_exits(vmx, index, write))
        return IA32_OK;
    return vmx_insn_exit(vmx, write ? VMX_EXIT_WRMSR : VMX_EXIT_RDMSR,
                         vmx_on(vmx, VMX_C_USE_MSR_BITMAPS)
                             ? VMX_C_USE_MSR_BITMAPS
                             : VMX_C_ALWAYS,
                         insn, 0);
}

/* --- MOV DR --------------------------------------------------------------- */

/* Bits 2:0 debug register, 4 direction (1: from it), 11:8 register. */
static uint64_t mov_dr_qualification(const struct ia32_insn *insn)
{
    bool from = ia32_rows[insn->row].opcode == 0x21;
    return insn->reg | (from ? 16u : 0) | (uint64_t)insn->rm << 8;
}

/* --- the operation --------------------------------------------------------- */

/* Instructions with one control and a qualification that is simply info. */
static const struct {
    uint8_t reason;
    uint8_t control;
} simple[IA32_IX_COUNT] = {
    [IA32_IX_CPUID] = {VMX_EXIT_CPUID, VMX_C_ALWAYS},
    [IA32_IX_HLT] = {VMX_EXIT_HLT, VMX_C_HLT_EXITING},
    [IA32_IX_INVD] = {VMX_EXIT_INVD, VMX_C_ALWAYS},
    [IA32_IX_INVLPG] = {VMX_EXIT_INVLPG, VMX_C_INVLPG_EXITING},
    [IA32_IX_RDPMC] = {VMX_EXIT_RDPMC, VMX_C_RDPMC_EXITING},
    [IA32_IX_RDTSC] = {VMX_EXIT_RDTSC, VMX_C_RDTSC_EXITING},
    [IA32_IX_PAUSE] = {VMX_EXIT_PAUSE, VMX_C_PAUSE_EXITING},
    [IA32_IX_MONITOR] = {VMX_EXIT_MONITOR, VMX_C_MONITOR_EXITING},
    [IA32_IX_MWAIT] = {VMX_EXIT_MWAIT, VMX_C_MWAIT_EXITING},
    [IA32_IX_XSETBV] = {VMX_EXIT_XSETBV, VMX_C_ALWAYS},
};

enum ia32_status vmx_intercept(struct ia32_virt *virt, enum ia32_ix which,
                               const struct ia32_insn *insn, uint64_t info,
                               uint64_t la)
{
    struct vmx *vmx = vmx_from(virt);
    switch (which) {
    case IA32_IX_IN:
    case IA32_IX_OUT: return io(vmx, insn, info, la);
    case IA32_IX_RDMSR: return msr(vmx, insn, false);
    case IA32_IX_WRMSR: return msr(vmx, insn, true);
    case IA32_IX_MOV_DR:
        if (!vmx_on(vmx, VMX_C_MOV_DR_EXITING))
            return IA32_OK;
        return vmx_insn_exit(vmx, VMX_EXIT_MOV_DR, VMX_C_MOV_DR_EXITING,
                             insn, mov_dr_qualification(insn));
    default: break;
    }
    /* No exit for the rest in this generation: WBINVD, ... */
    if (!simple[which].reason)
        return IA32_OK;
    enum vmx_control_id control = (enum vmx_control_id)simple[which].control;
    if (control != VMX_C_ALWAYS && !vmx_on(vmx, control))
        return IA32_OK;
    return vmx_insn_exit(vmx, (enum vmx_exit_number)simple[which].reason,
                         control, insn,
                         which == IA32_IX_INVLPG || which == IA32_IX_MWAIT
                             ? info
                             : 0);
}

/* --- control registers ------------------------------------------------------ */

enum { CR_MOV_TO, CR_MOV_FROM, CR_CLTS, CR_LMSW };

/* Table "Exit Qualification for Control-Register Accesses":
 *   3:0 register, 5:4 kind, 6 LMSW from memory, 11:8 general register,
 *   31:16 LMSW source */
static enum ia32_status cr_exit(struct vmx *vmx, unsigned which,
                                unsigned kind, const struct ia32_insn *insn,
                                uint64_t source)
{
    struct ia32_cpu *cpu = vmx_cpu(vmx);
    struct vmx_exit exit = {.reason = VMX_EXIT_CR_ACCESS,
                            .control = VMX_C_ALWAYS,
                            .insn_length = insn->length};
    exit.field = which == 0   ? VMX_F_CR0_GUEST_HOST_MASK
                 : which == 4 ? VMX_F_CR4_GUEST_HOST_MASK
                              : exit.field;
    exit.qualification = which | kind << 4;
    if (kind == CR_MOV_TO || kind == CR_MOV_FROM)
        exit.qualification |= (uint64_t)insn->rm << 8;
    if (kind == CR_LMSW) {
        exit.qualification |= (source & 0xffff) << 16;
        if (!insn->is_reg) {
            exit.qualification |= 1u << 6;
            exit.guest_la = cpu->seg[insn->seg].base + ia32_ea(cpu, insn);
        }
    }
    if (which == 3)
        exit.control = kind == CR_MOV_TO ? VMX_C_CR3_LOAD_EXITING
                                         : VMX_C_CR3_STORE_EXITING;
    if (which == 8)
        exit.control = kind == CR_MOV_TO ? VMX_C_CR8_LOAD_EXITING
                                         : VMX_C_CR8_STORE_EXITING;
    return vmx_do_exit(vmx, &exit);
}

static bool is_cr3_target(const struct vmx *vmx, uint64_t value)
{
    uint64_t count = vmx->field[VMX_F_CR3_TARGET_COUNT];
    for (uint64_t i = 0; i < count && i < VMX_CR3_TARGETS; i++)
        if (vmx->field[VMX_F_CR3_TARGET_VALUE_0 + i] == value)
            return true;
    return false;
}

/* CLTS: exits when TS is the host's and the guest would see it change;
 * changes nothing when TS is the host's and the guest sees 0 already. */
static enum ia32_status clts(struct vmx *vmx, const struct ia32_insn *insn,
                             uint64_t *value)
{
    uint64_t mask = vmx->field[VMX_F_CR0_GUEST_HOST_MASK];
    uint64_t shadow = vmx->field[VMX_F_CR0_READ_SHADOW];
    uint64_t cr0 = vmx_cpu(vmx)->cr0;
    if (mask & shadow & CR0_TS)
        return cr_exit(vmx, 0, CR_CLTS, insn, 0);
    *value = mask & CR0_TS ? cr0 : cr0 & ~CR0_TS;
    return IA32_OK;
}

/* LMSW can set PE but not clear it, and reaches MP, EM and TS. */
static enum ia32_status lmsw(struct vmx *vmx, const struct ia32_insn *insn,
                             uint64_t *value)
{
    uint64_t mask = vmx->field[VMX_F_CR0_GUEST_HOST_MASK];
    uint64_t shadow = vmx->field[VMX_F_CR0_READ_SHADOW];
    uint64_t source = *value, low = CR0_MP | CR0_EM | CR0_TS;
    uint64_t cr0 = vmx_cpu(vmx)->cr0;
    if (((source ^ shadow) & mask & low) ||
        (source & ~shadow & mask & CR0_PE))
        return cr_exit(vmx, 0, CR_LMSW, insn, source);
    uint64_t writes = (low | (source & CR0_PE)) & ~mask;
    *value = (cr0 & ~writes) | (source & writes);
    return IA32_OK;
}

static enum ia32_status masked_write(struct vmx *vmx, unsigned which,
                                     const struct ia32_insn *insn,
                                     uint64_t *value)
{
    bool is_cr0 = which == 0;
    uint64_t mask = vmx->field[is_cr0 ? VMX_F_CR0_GUEST_HOST_MASK
                                      : VMX_F_CR4_GUEST_HOST_MASK];
    uint64_t shadow = vmx->field[is_cr0 ? VMX_F_CR0_READ_SHADOW
                                        : VMX_F_CR4_READ_SHADOW];
    uint64_t real = is_cr0 ? vmx_cpu(vmx)->cr0 : vmx_cpu(vmx)->cr4;
    if ((*value ^ shadow) & mask)
        return cr_exit(vmx, which, CR_MOV_TO, insn, 0);
    *value = (*value & ~mask) | (real & mask);
    return IA32_OK;
}

enum ia32_status vmx_cr_write(struct ia32_virt *virt, unsigned which,
                              unsigned kind, const struct ia32_insn *insn,
                              uint64_t *value)
{
    struct vmx *vmx = vmx_from(virt);
    if (kind == CR_CLTS)
        return clts(vmx, insn, value);
    if (kind == CR_LMSW)
        return lmsw(vmx, insn, value);
    if (which == 3) {
        if (is_cr3_target(vmx, *value))
            return IA32_OK;
        return cr_exit(vmx, 3, CR_MOV_TO, insn, 0);
    }
    if (which == 8)
        return vmx_on(vmx, VMX_C_CR8_LOAD_EXITING)
                   ? cr_exit(vmx, 8, CR_MOV_TO, insn, 0)
                   : IA32_OK;
    return masked_write(vmx, which, insn, value);
}

enum ia32_status vmx_cr_read(struct ia32_virt *virt, unsigned which,
                             unsigned kind, const struct ia32_insn *insn,
                             uint64_t *value)
{
    struct vmx *vmx = vmx_from(virt);
    if (which == 3)
        return kind == CR_MOV_FROM
                   ? cr_exit(vmx, 3, CR_MOV_FROM, insn, 0)
                   : IA32_OK;
    if (which == 8)
        return vmx_on(vmx, VMX_C_CR8_STORE_EXITING)
                   ? cr_exit(vmx, 8, CR_MOV_FROM, insn, 0)
                   : IA32_OK;
    uint64_t mask = vmx->field[which == 0 ? VMX_F_CR0_GUEST_HOST_MASK
                                          : VMX_F_CR4_GUEST_HOST_MASK];
    uint64_t shadow = vmx->field[which == 0 ? VMX_F_CR0_READ_SHADOW
                                            : VMX_F_CR4_READ_SHADOW];
    *value = (*value & ~mask) | (shadow & mask);
    return IA32_OK;
}

uint64_t vmx_tsc_offset(struct ia32_virt *virt)
{
    const struct vmx *vmx = vmx_from(virt);
    if (!virt->cpu->non_root || !vmx_on(vmx, VMX_C_USE_TSC_OFFSETTING))
        return 0;
    return vmx->field[VMX_F_TSC_OFFSET];
}
