/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Control registers: MOV CR, CLTS, LMSW, SMSW, and the cache and TLB
 * instructions that go with them.  What they do to paging, and CR3: cr3.c.
 *
 * In VMX non-root operation the model is asked first (masks and read
 * shadows, exits); what it lets through is checked and written here, by the
 * same functions in every mode.
 *
 * SDM 325462, Vol 3A, "Control Registers", "Invalidation of TLBs and
 * Paging-Structure Caches"; Vol 2, pages of the instructions.  Left out:
 * caches (INVD and WBINVD have nothing to do).
 *
 * A change of CR0.PE changes what segment registers are loaded with from then
 * on; what is in them stays. */
#include "sim/ia32/event.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/ops.h"
#include "sim/ia32/paging.h"
#include "sim/ia32/segment.h"
#include "sim/ia32/virt.h"

#define CR0_KNOWN                                                       \
    (CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP |     \
     CR0_AM | CR0_NW | CR0_CD | CR0_PG)

static bool fixed_bits_ok(struct ia32_cpu *cpu, unsigned which,
                          uint64_t value)
{
    return !cpu->in_vmx ||
           cpu->virt->ops->cr_fixed_ok(cpu->virt, which, value);
}

/* --- writes ----------------------------------------------------------- */

/* In 64-bit mode bits 63:32 of CR0 and CR4 must be 0; elsewhere the operand
 * has none.  Other reserved bits of CR0 keep their value (0) and raise
 * nothing; ET is always 1.  SDM Vol 3A, "Control Registers"; Vol 2B,
 * "MOV--Move to/from Control Registers". */
static bool cr0_bits_ok(const struct ia32_cpu *cpu, uint64_t value)
{
    if (value >> 32 || ((value & CR0_PG) && !(value & CR0_PE)))
        return false;
    if ((value & CR0_NW) && !(value & CR0_CD))
        return false;
    if ((value & CR0_PG) || !(cpu->cr0 & CR0_PG))
        return true;
    /* Paging is switched off. */
    return !(cpu->mode & IA32_MODE_LONG64) && !(cpu->cr4 & CR4_PCIDE);
}

/* Switching paging on with LME = 1 activates IA-32e mode.  SDM Vol 3A,
 * "IA-32e Mode System Data Structures" and "IA-32e Mode Initialization". */
static bool can_activate_long_mode(const struct ia32_cpu *cpu)
{
    unsigned tss = cpu->seg[IA32_TR].ar & AR_TYPE;
    return (cpu->cr4 & CR4_PAE) && !(cpu->seg[IA32_CS].ar & AR_L) &&
           tss != IA32_TSS16 && tss != IA32_TSS16_BUSY;
}

enum ia32_status ia32_write_cr0(struct ia32_cpu *cpu, uint64_t value)
{
    uint64_t changed = cpu->cr0 ^ ((value & CR0_KNOWN) | CR0_ET);
    bool paging_on = (changed & value & CR0_PG) != 0;
    if (!cr0_bits_ok(cpu, value) ||
        (paging_on && (cpu->efer & EFER_LME) && !can_activate_long_mode(cpu)))
        return ia32_fault(cpu, IA32_GP, 0);
    value = (value & CR0_KNOWN) | CR0_ET;
    if (!fixed_bits_ok(cpu, 0, value))
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(ia32_paging_prepare(cpu, value, cpu->cr4));
    uint64_t before = cpu->cr0;
    cpu->cr0 = value;
    cpu->efer &= ~EFER_LMA;
    if ((value & CR0_PG) && (cpu->efer & EFER_LME))
        cpu->efer |= EFER_LMA;
    ia32_paging_changed(cpu, before, cpu->cr4);
    ia32_update_mode(cpu);
    ia32_end_block(cpu);
    return IA32_OK;
}

/* Which bits of CR4 a feature brings. */
static const struct {
    enum ia32_feature feature;
    uint64_t bits;
} cr4_bits[] = {
    {IA32_F_VME, CR4_VME | CR4_PVI},
    {IA32_F_TSC, CR4_TSD},
    {IA32_F_DE, CR4_DE},
    {IA32_F_PSE, CR4_PSE},
    {IA32_F_PAE, CR4_PAE},
    {IA32_F_MCE, CR4_MCE},
    {IA32_F_PGE, CR4_PGE},
    {IA32_F_UD2, CR4_PCE},
    {IA32_F_FXSR, CR4_OSFXSR},
    {IA32_F_SSE, CR4_OSXMMEXCPT},
    {IA32_F_UMIP, CR4_UMIP},
    {IA32_F_FSGSBASE, CR4_FSGSBASE},
    {IA32_F_PCID, CR4_PCIDE},
    {IA32_F_XSAVE, CR4_OSXSAVE},
    {IA32_F_SMEP, CR4_SMEP},
    {IA32_F_SMAP, CR4_SMAP},
};

uint64_t ia32_cr4_allowed(const struct ia32_cpu *cpu)
{
    uint64_t allowed = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(cr4_bits); i++)
        if (ia32_has(cpu, cr4_bits[i].feature))
            allowed |= cr4_bits[i].bits;
    if (cpu->virt && ia32_has(cpu, IA32_F_VMX))
        allowed |= CR4_VMXE;
    return allowed;
}

/* IA-32e mode needs PAE; PCIDE can be set there only, with PCID 0 current. */
static bool cr4_bits_ok(const struct ia32_cpu *cpu, uint64_t value)
{
    uint64_t set = value & ~cpu->cr4;
    bool long_mode = (cpu->efer & EFER_LMA) != 0;
    if ((value & ~ia32_cr4_allowed(cpu)) ||
        (long_mode && !(value & CR4_PAE)))
        return false;
    return !(set & CR4_PCIDE) || (long_mode && (cpu->cr3 & 0xfff) == 0);
}

enum ia32_status ia32_write_cr4(struct ia32_cpu *cpu, uint64_t value)
{
    if (!cr4_bits_ok(cpu, value) || !fixed_bits_ok(cpu, 4, value))
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(ia32_paging_prepare(cpu, cpu->cr0, value));
    uint64_t before = cpu->cr4;
    cpu->cr4 = value;
    ia32_paging_changed(cpu, cpu->cr0, before);
    ia32_attend(cpu); /* CR4.DE */
    ia32_end_block(cpu);
    return IA32_OK;
}

/* kind as in struct ia32_virt_ops.cr_write */
enum { MOV_TO_CR, MOV_FROM_CR, CLTS, LMSW, SMSW };

static enum ia32_status ask_write(struct ia32_cpu *cpu, unsigned which,
                                  unsigned kind,
                                  const struct ia32_insn *insn,
                                  uint64_t *value)
{
    if (!cpu->non_root)
        return IA32_OK;
    return cpu->virt->ops->cr_write(cpu->virt, which, kind, insn, value);
}

static enum ia32_status ask_read(struct ia32_cpu *cpu, unsigned which,
                                 unsigned kind, const struct ia32_insn *insn,
                                 uint64_t *value)
{
    if (!cpu->non_root)
        return IA32_OK;
    return cpu->virt->ops->cr_read(cpu->virt, which, kind, insn, value);
}

/* No control of the VMM is about CR2. */
static bool vmm_may_ask(unsigned which)
{
    return which != 2;
}

/* CR8 is the upper half of the local APIC's task-priority register, whose
 * lower half it clears; nothing looks at the priority without an APIC. */
static enum ia32_status write_cr8(struct ia32_cpu *cpu, uint64_t value)
{
    if (value & ~UINT64_C(15))
        return ia32_fault(cpu, IA32_GP, 0);
    cpu->cr8 = value;
    ia32_end_block(cpu);
    return IA32_OK;
}

enum ia32_status ia32_op_mov_cd_rd(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn)
{
    bool wide = (cpu->mode & IA32_MODE_LONG64) != 0;
    uint64_t value = cpu->gpr[insn->rm];
    if (!wide)
        value = (uint32_t)value;
    ia32_settle(cpu);
    if (vmm_may_ask(insn->reg))
        IA32_TRY(ask_write(cpu, insn->reg, MOV_TO_CR, insn, &value));
    switch (insn->reg) {
    case 0:
        return ia32_write_cr0(cpu, value);
    case 2:
        cpu->cr2 = value;
        return IA32_OK;
    case 3:
        return ia32_write_cr3(cpu, value);
    case 4:
        return ia32_write_cr4(cpu, value);
    default: /* 8: the decoder knows no others */
        return write_cr8(cpu, value);
    }
}

static uint64_t control_register(const struct ia32_cpu *cpu, unsigned which)
{
    switch (which) {
    case 0: return cpu->cr0;
    case 2: return cpu->cr2;
    case 3: return cpu->cr3;
    case 4: return cpu->cr4;
    default: return cpu->cr8;
    }
}

enum ia32_status ia32_op_mov_rd_cd(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn)
{
    unsigned size = cpu->mode & IA32_MODE_LONG64 ? 8 : 4;
    uint64_t value = control_register(cpu, insn->reg);
    if (vmm_may_ask(insn->reg))
        IA32_TRY(ask_read(cpu, insn->reg, MOV_FROM_CR, insn, &value));
    ia32_set_reg(cpu, insn->rm, size, value);
    return IA32_OK;
}

enum ia32_status ia32_op_clts(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    uint64_t value = cpu->cr0 & ~CR0_TS;
    ia32_settle(cpu);
    IA32_TRY(ask_write(cpu, 0, CLTS, insn, &value));
    return ia32_write_cr0(cpu, value);
}

/* LMSW writes PE, MP, EM and TS, but cannot clear PE. */
enum ia32_status ia32_op_lmsw(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    uint64_t low = CR0_PE | CR0_MP | CR0_EM | CR0_TS;
    uint64_t source = (uint16_t)cpu->gpr[insn->rm];
    ia32_settle(cpu);
    if (!insn->is_reg)
        IA32_TRY(ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), 2, &source));
    uint64_t value =
        (cpu->cr0 & ~(low & ~CR0_PE)) | (source & low);
    if (cpu->non_root) {
        value = source;
        IA32_TRY(ask_write(cpu, 0, LMSW, insn, &value));
    }
    return ia32_write_cr0(cpu, value);
}

/* To a 32-bit register the manual leaves the upper half undefined; it is
 * CR0's, as on every processor since the P6. */
enum ia32_status ia32_op_smsw(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    uint64_t value = cpu->cr0;
    IA32_TRY(ia32_check_umip(cpu));
    IA32_TRY(ask_read(cpu, 0, SMSW, insn, &value));
    if (!insn->is_reg)
        return ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), 2,
                          (uint16_t)value);
    ia32_set_reg(cpu, insn->rm, insn->opsize, value);
    return IA32_OK;
}

/* --- TLB and caches --------------------------------------------------- */

/* No segment check: the address need not be mapped, nor inside a limit; one
 * that is not canonical makes the instruction a NOP. */
enum ia32_status ia32_op_invlpg(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn)
{
    uint64_t la = ia32_ea(cpu, insn);
    if (!(cpu->mode & IA32_MODE_LONG64))
        la = (uint32_t)(cpu->seg[insn->seg].base + la);
    else if (insn->seg == IA32_FS || insn->seg == IA32_GS)
        la += cpu->seg[insn->seg].base;
    ia32_settle(cpu);
    if (cpu->non_root)
        IA32_TRY(cpu->virt->ops->intercept(cpu->virt, IA32_IX_INVLPG, insn,
                                           la, 0));
    if (!ia32_canonical(la))
        return IA32_OK;
    ia32_tlb_flush_page(cpu, la);
    ia32_end_block(cpu);
    return IA32_OK;
}

/* No caches: nothing to write back, nothing to lose. */
enum ia32_status ia32_op_invd(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    (void)cpu;
    (void)insn;
    return IA32_OK;
}
