/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What writes of control registers do to paging: CR3 and the PDPTE registers
 * of PAE paging, and the flushes that go with CR0 and CR4 (control.c); and
 * INVPCID.
 *
 * SDM 325462, Vol 3A, "Paging-Mode Enabling", "PDPTE Registers",
 * "Process-Context Identifiers (PCIDs)", "Operations that Invalidate TLBs
 * and Paging-Structure Caches"; Vol 2A, "INVPCID"; Vol 2B,
 * "MOV--Move to/from Control Registers".
 * NOTE: flushes are the manual's, with two that it calls specific to
 * processors: a change of CR4.PSE drops everything, too; and what goes for
 * the current PCID goes with all others. */
#include "sim/ia32/event.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/ops.h"
#include "sim/ia32/paging.h"

#define PDPTE_P VT_BIT(0)
#define CR3_PCID UINT64_C(0xfff)
#define CR3_KEEP VT_BIT(63) /* of the operand: drop no translation */

/* --- PDPTE registers ---------------------------------------------------- */

static bool pdpte_good(const struct ia32_cpu *cpu, uint64_t pdpte)
{
    uint64_t reserved = VT_BITS(2, 1) | VT_BITS(8, 5) |
                        ~(VT_BIT(cpu->pa_bits) - 1);

    return !(pdpte & PDPTE_P) || !(pdpte & reserved);
}

static enum ia32_status read_pdptes(struct ia32_cpu *cpu, uint64_t cr3,
                                    uint64_t pdpte[IA32_PDPTES], bool *good)
{
    uint64_t table = cr3 & VT_BITS(31, 5);

    *good = true;
    for (unsigned i = 0; i < IA32_PDPTES; i++) {
        uint64_t pa;

        IA32_TRY(ia32_gpa_to_pa(cpu, table + 8 * i,
                                IA32_ACC_R | IA32_ACC_IMPLICIT, &pa));
        pdpte[i] = ia32_pa_read(cpu, pa, 8);
        *good = *good && pdpte_good(cpu, pdpte[i]);
    }
    return IA32_OK;
}

enum ia32_status ia32_check_pdptes(struct ia32_cpu *cpu, uint64_t cr3,
                                   bool *good)
{
    uint64_t pdpte[IA32_PDPTES];

    return read_pdptes(cpu, cr3, pdpte, good);
}

enum ia32_status ia32_load_pdptes(struct ia32_cpu *cpu, uint64_t cr3,
                                  bool *good)
{
    uint64_t pdpte[IA32_PDPTES];

    IA32_TRY(read_pdptes(cpu, cr3, pdpte, good));
    if (*good)
        memcpy(cpu->pdpte, pdpte, sizeof pdpte);
    return IA32_OK;
}

static enum ia32_status load_or_fault(struct ia32_cpu *cpu, uint64_t cr3)
{
    bool good;

    IA32_TRY(ia32_load_pdptes(cpu, cr3, &good));
    return good ? IA32_OK : ia32_fault(cpu, IA32_GP, 0);
}

/* --- CR0 and CR4 -------------------------------------------------------- */

enum ia32_status ia32_paging_prepare(struct ia32_cpu *cpu, uint64_t cr0,
                                     uint64_t cr4)
{
    uint64_t cr0_bits = CR0_CD | CR0_NW | CR0_PG;
    uint64_t cr4_bits = CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP;

    if (ia32_pae_paging(cpu, cr0, cr4) && (((cr0 ^ cpu->cr0) & cr0_bits) ||
                                           ((cr4 ^ cpu->cr4) & cr4_bits)))
        return load_or_fault(cpu, cpu->cr3);
    return IA32_OK;
}

void ia32_paging_changed(struct ia32_cpu *cpu, uint64_t old_cr0,
                         uint64_t old_cr4)
{
    uint64_t cr0 = old_cr0 ^ cpu->cr0, cr4 = old_cr4 ^ cpu->cr4;
    uint64_t cleared = old_cr4 & ~cpu->cr4, set = cpu->cr4 & ~old_cr4;

    if ((cr0 & CR0_PG) || (cr4 & (CR4_PSE | CR4_PGE | CR4_PAE)) ||
        (cleared & CR4_PCIDE) || (set & CR4_SMEP))
        ia32_tlb_flush_all(cpu);
    /* What an access needs depends on these, not what the TLB holds; only
     * the accelerator in front of it has the answer built in. */
    if ((cr0 & (CR0_PG | CR0_WP | CR0_AM)) ||
        (cr4 & (CR4_SMEP | CR4_SMAP | CR4_PCIDE)))
        ia32_tlb_drop_fast(cpu);
}

/* --- CR3 ---------------------------------------------------------------- */

/* Bits of MOV to CR3 that may be 1.  Operands of 32 bits have no others:
 * addresses are wider than that. */
static bool cr3_ok(const struct ia32_cpu *cpu, uint64_t value)
{
    if (cpu->cr4 & CR4_PCIDE)
        value &= ~CR3_KEEP;
    return !(value & ~(VT_BIT(cpu->pa_bits) - 1));
}

enum ia32_status ia32_write_cr3(struct ia32_cpu *cpu, uint64_t value)
{
    bool pcide = (cpu->cr4 & CR4_PCIDE) != 0;
    bool keep = pcide && (value & CR3_KEEP);

    if (!cr3_ok(cpu, value))
        return ia32_fault(cpu, IA32_GP, 0);
    if (ia32_pae_paging(cpu, cpu->cr0, cpu->cr4))
        IA32_TRY(load_or_fault(cpu, value));
    cpu->cr3 = value & ~(pcide ? CR3_KEEP : 0);
    if (keep)
        ia32_tlb_drop_fast(cpu); /* another PCID's translations count */
    else
        ia32_tlb_flush_nonglobal(cpu);
    ia32_end_block(cpu);
    return IA32_OK;
}

/* --- INVPCID -------------------------------------------------------------- */

enum { INDIVIDUAL_ADDRESS, SINGLE_CONTEXT, ALL_WITH_GLOBALS, ALL_CONTEXTS };

/* The descriptor: PCID in bits 11:0, zeros, linear address in bits 127:64. */
static bool invpcid_ok(const struct ia32_cpu *cpu, uint64_t type,
                       const uint64_t descriptor[2])
{
    if (type > ALL_CONTEXTS || (descriptor[0] & ~CR3_PCID))
        return false;
    if (type > SINGLE_CONTEXT)
        return true;
    if (!(cpu->cr4 & CR4_PCIDE) && (descriptor[0] & CR3_PCID))
        return false;
    return type == SINGLE_CONTEXT || ia32_canonical(descriptor[1]);
}

/* VMX non-root operation has it only with a control that vmx-model does not
 * offer ("enable INVPCID"): #UD, which comes before privilege. */
enum ia32_status ia32_op_invpcid(struct ia32_cpu *cpu,
                                 const struct ia32_insn *insn)
{
    uint64_t type = cpu->gpr[insn->reg], descriptor[2];
    uint16_t pcid;

    if (cpu->non_root)
        return ia32_fault_noerr(cpu, IA32_UD);
    if (cpu->cpl != 0)
        return ia32_fault(cpu, IA32_GP, 0);
    if (!(cpu->mode & IA32_MODE_LONG64))
        type = (uint32_t)type;
    IA32_TRY(ia32_read128(cpu, insn->seg, ia32_ea(cpu, insn), false,
                          descriptor));
    if (!invpcid_ok(cpu, type, descriptor))
        return ia32_fault(cpu, IA32_GP, 0);
    ia32_settle(cpu);
    pcid = (uint16_t)(descriptor[0] & CR3_PCID);
    switch (type) {
    case INDIVIDUAL_ADDRESS:
        ia32_tlb_flush_pcid_page(cpu, pcid, descriptor[1]);
        break;
    case SINGLE_CONTEXT:
        ia32_tlb_flush_pcid(cpu, pcid);
        break;
    case ALL_WITH_GLOBALS:
        ia32_tlb_flush_all(cpu);
        break;
    default:
        ia32_tlb_flush_all_nonglobal(cpu);
        break;
    }
    ia32_end_block(cpu);
    return IA32_OK;
}
