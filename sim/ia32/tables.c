/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the tables are: GDTR, IDTR, LDTR and TR, loaded and stored.
 *
 * In IA-32e mode descriptors of LDT and TSS have 16 bytes, and GDTR and IDTR
 * take 10 bytes of memory in 64-bit mode.  CR4.UMIP keeps all of it from
 * CPL 1 to 3.
 *
 * SDM 325462, Vol 3A, "Memory-Management Registers", "Segment Descriptor
 * Tables in IA-32e Mode", "TSS Descriptor in 64-bit mode"; Vol 2, pages of
 * the instructions.
 * NOTE: Intel says that system descriptors have 16 bytes in IA-32e mode, AMD
 * that LLDT and LTR in compatibility mode read 8.  This is Intel's. */
#include "sim/ia32/operand.h"
#include "sim/ia32/segment.h"

enum ia32_status ia32_check_umip(struct ia32_cpu *cpu)
{
    if ((cpu->cr4 & CR4_UMIP) && cpu->cpl > 0)
        return ia32_fault(cpu, IA32_GP, 0);
    return IA32_OK;
}

/* --- GDTR and IDTR ---------------------------------------------------- */

/* The base follows the limit. */
static uint64_t base_at(const struct ia32_cpu *cpu,
                        const struct ia32_insn *insn)
{
    return (ia32_ea(cpu, insn) + 2) & ia32_mask(insn->addrsize);
}

/* Bytes of a base in memory. */
static unsigned base_size(const struct ia32_insn *insn)
{
    return insn->opsize == 8 ? 8 : 4;
}

/* Limit, then base; with a 16-bit operand size the base's top byte is taken
 * as 0. */
static enum ia32_status load_table(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn,
                                   struct ia32_dtr *table)
{
    uint64_t limit, base;
    IA32_TRY(ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), 2, &limit));
    IA32_TRY(ia32_read(cpu, insn->seg, base_at(cpu, insn), base_size(insn),
                       &base));
    if (!ia32_canonical(base))
        return ia32_fault(cpu, IA32_GP, 0);
    table->limit = (uint16_t)limit;
    table->base = insn->opsize == 2 ? base & 0xffffff : base;
    return IA32_OK;
}

/* The whole base is stored whatever the operand size. */
static enum ia32_status store_table(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn,
                                    const struct ia32_dtr *table)
{
    unsigned size = base_size(insn);
    IA32_TRY(ia32_check_umip(cpu));
    IA32_TRY(ia32_probe_write(cpu, insn->seg, base_at(cpu, insn), size));
    IA32_TRY(ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), 2,
                        table->limit));
    return ia32_write(cpu, insn->seg, base_at(cpu, insn), size,
                      table->base & ia32_mask(size));
}

enum ia32_status ia32_op_lgdt(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    return load_table(cpu, insn, &cpu->gdtr);
}

enum ia32_status ia32_op_lidt(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    return load_table(cpu, insn, &cpu->idtr);
}

enum ia32_status ia32_op_sgdt(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    return store_table(cpu, insn, &cpu->gdtr);
}

enum ia32_status ia32_op_sidt(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    return store_table(cpu, insn, &cpu->idtr);
}

/* --- LDTR and TR ------------------------------------------------------ */

enum ia32_status ia32_op_sldt(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    IA32_TRY(ia32_check_umip(cpu));
    return ia32_write_selector(cpu, insn, cpu->seg[IA32_LDTR].selector);
}

enum ia32_status ia32_op_str(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    IA32_TRY(ia32_check_umip(cpu));
    return ia32_write_selector(cpu, insn, cpu->seg[IA32_TR].selector);
}

/* A system descriptor of the GDT, whole; types: those that will do.
 * SDM Vol 2A, "LLDT", "LTR", Operation. */
static enum ia32_status get_system(struct ia32_cpu *cpu, uint16_t selector,
                                   unsigned types, struct ia32_desc *d)
{
    uint32_t error = ia32_selector_error(selector, 0);
    uint64_t upper;
    if (selector & 4)
        return ia32_fault(cpu, IA32_GP, error);
    IA32_TRY(ia32_get_descriptor(cpu, selector, IA32_GP, 0, d));
    IA32_TRY(ia32_read_upper(cpu, d, IA32_GP, 0, &upper));
    if ((d->seg.ar & AR_S) || !(types >> ia32_desc_type(d) & 1))
        return ia32_fault(cpu, IA32_GP, error);
    if (!(d->seg.ar & AR_P))
        return ia32_fault(cpu, IA32_NP, error);
    d->seg.base |= upper << 32;
    if (!ia32_canonical(d->seg.base))
        return ia32_fault(cpu, IA32_GP, error);
    return IA32_OK;
}

enum ia32_status ia32_op_lldt(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    struct ia32_desc d;
    uint16_t selector;
    IA32_TRY(ia32_read_ew(cpu, insn, &selector));
    if (ia32_selector_null(selector)) {
        ia32_load_null(cpu, IA32_LDTR, selector);
        return IA32_OK;
    }
    IA32_TRY(get_system(cpu, selector, 1u << IA32_LDT, &d));
    ia32_load_seg(cpu, IA32_LDTR, &d, selector);
    return IA32_OK;
}

enum ia32_status ia32_op_ltr(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    struct ia32_desc d;
    uint16_t selector;
    unsigned types = 1u << IA32_TSS32;
    if (!ia32_long(cpu))
        types |= 1u << IA32_TSS16;
    IA32_TRY(ia32_read_ew(cpu, insn, &selector));
    if (ia32_selector_null(selector))
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(get_system(cpu, selector, types, &d));
    IA32_TRY(ia32_set_busy(cpu, &d, true));
    ia32_load_seg(cpu, IA32_TR, &d, selector);
    return IA32_OK;
}
