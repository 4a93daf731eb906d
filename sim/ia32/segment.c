/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Segment registers: loading and storing them with MOV, POP and far
 * pointers, in every mode.
 *
 *   real-address    base = selector * 16; rights and limit stay as they are
 *   virtual-8086    the same, with fixed rights and limit
 *   protected       descriptor, all checks
 *   64-bit          the same checks; SS may be null below CPL 3; a load of FS
 *                   or GS sets 32 bits of base, a null selector clears it
 *
 * SDM 325462, Vol 3A, "Protection", "Segment Loading Instructions in IA-32e
 * Mode"; Vol 3B, "8086 Emulation"; Vol 2, pages of the instructions. */
#include "sim/ia32/segment.h"

#include "sim/ia32/boundary.h"
#include "sim/ia32/operand.h"

/* --- loading ---------------------------------------------------------- */

void ia32_load_seg(struct ia32_cpu *cpu, enum ia32_seg_index seg,
                   const struct ia32_desc *d, uint16_t selector)
{
    struct ia32_seg s = d->seg;
    s.selector = selector;
    ia32_set_seg(cpu, seg, &s);
}

void ia32_load_null(struct ia32_cpu *cpu, enum ia32_seg_index seg,
                    uint16_t selector)
{
    struct ia32_seg null = {.ar = AR_UNUSABLE, .selector = selector};
    ia32_set_seg(cpu, seg, &null);
}

void ia32_load_null_ss(struct ia32_cpu *cpu, unsigned rpl)
{
    struct ia32_seg ss = {.ar = AR_UNUSABLE | rpl << AR_DPL_SHIFT,
                          .selector = (uint16_t)rpl};
    ia32_set_seg(cpu, IA32_SS, &ss);
}

/* Access rights of virtual-8086 mode: writable data of DPL 3, code too.  SDM
 * Vol 3B, "8086 Emulation"; Vol 3C, "Checks on Guest Segment Registers". */
#define AR_VM86 (AR_P | 3u << AR_DPL_SHIFT | AR_S | AR_WRITABLE | AR_ACCESSED)
#define AR_REAL_DATA (AR_P | AR_S | AR_WRITABLE | AR_ACCESSED)

void ia32_load_real_seg(struct ia32_cpu *cpu, enum ia32_seg_index seg,
                        uint16_t selector)
{
    struct ia32_seg s = cpu->seg[seg];
    s.selector = selector;
    s.base = (uint32_t)selector << 4;
    if (cpu->rflags & FL_VM) {
        s.ar = AR_VM86;
        s.limit = 0xffff;
    } else if (s.ar & AR_UNUSABLE) { /* was null in protected mode */
        s.ar = AR_REAL_DATA;
        s.limit = 0xffff;
    } else if (seg == IA32_CS) {
        s.ar = (s.ar & (AR_G | AR_DB)) | AR_REAL_DATA;
    }
    ia32_set_seg(cpu, seg, &s);
}

/* A null SS is for 64-bit mode below CPL 3: "Stack Switching in IA-32e
 * Mode". */
static enum ia32_status load_null_stack(struct ia32_cpu *cpu,
                                        uint16_t selector)
{
    if (!(cpu->mode & IA32_MODE_LONG64) || cpu->cpl == 3 ||
        selector != cpu->cpl)
        return ia32_fault(cpu, IA32_GP, 0);
    ia32_load_null_ss(cpu, cpu->cpl);
    return IA32_OK;
}

static enum ia32_status load_stack(struct ia32_cpu *cpu, uint16_t selector)
{
    struct ia32_desc d;
    uint32_t error = ia32_selector_error(selector, 0);
    if (ia32_selector_null(selector))
        return load_null_stack(cpu, selector);
    IA32_TRY(ia32_get_descriptor(cpu, selector, IA32_GP, 0, &d));
    if ((selector & 3) != cpu->cpl || ia32_ar_dpl(d.seg.ar) != cpu->cpl ||
        !ia32_ar_is_writable_data(d.seg.ar))
        return ia32_fault(cpu, IA32_GP, error);
    if (!(d.seg.ar & AR_P))
        return ia32_fault(cpu, IA32_SSF, error);
    IA32_TRY(ia32_set_accessed(cpu, &d));
    ia32_load_seg(cpu, IA32_SS, &d, selector);
    return IA32_OK;
}

static enum ia32_status load_data(struct ia32_cpu *cpu,
                                  enum ia32_seg_index seg, uint16_t selector)
{
    struct ia32_desc d;
    uint32_t error = ia32_selector_error(selector, 0);
    if (ia32_selector_null(selector)) {
        ia32_load_null(cpu, seg, selector);
        return IA32_OK;
    }
    IA32_TRY(ia32_get_descriptor(cpu, selector, IA32_GP, 0, &d));
    if (!ia32_ar_is_readable(d.seg.ar) ||
        !ia32_may_access(cpu, selector, d.seg.ar))
        return ia32_fault(cpu, IA32_GP, error);
    if (!(d.seg.ar & AR_P))
        return ia32_fault(cpu, IA32_NP, error);
    IA32_TRY(ia32_set_accessed(cpu, &d));
    ia32_load_seg(cpu, seg, &d, selector);
    return IA32_OK;
}

/* SDM Vol 2B, "MOV--Move", Operation. */
enum ia32_status ia32_load_selector(struct ia32_cpu *cpu,
                                    enum ia32_seg_index seg,
                                    uint16_t selector)
{
    if (!ia32_has_descriptors(cpu)) {
        ia32_load_real_seg(cpu, seg, selector);
        return IA32_OK;
    }
    return seg == IA32_SS ? load_stack(cpu, selector)
                          : load_data(cpu, seg, selector);
}

/* SDM Vol 2, "RET" and "IRET", RETURN-TO-OUTER-PRIVILEGE-LEVEL. */
void ia32_drop_inner_segments(struct ia32_cpu *cpu)
{
    static const enum ia32_seg_index data[] = {IA32_ES, IA32_FS, IA32_GS,
                                               IA32_DS};
    for (unsigned i = 0; i < ARRAY_SIZE(data); i++) {
        uint32_t ar = cpu->seg[data[i]].ar;
        if (!(ar & AR_UNUSABLE) && !ia32_ar_is_conforming(ar) &&
            ia32_ar_dpl(ar) < cpu->cpl)
            ia32_load_null(cpu, data[i], 0);
    }
}

/* Events are held back for one instruction after SS changes, so that the
 * stack pointer can follow.  SDM Vol 3A, "Masking Exceptions and Interrupts
 * When Switching Stacks". */
static void shadow_of_ss(struct ia32_cpu *cpu)
{
    cpu->blocking |= IA32_BLOCK_MOV_SS;
    ia32_attend(cpu);
}

/* --- MOV, POP, far pointers -------------------------------------------- */

enum ia32_status ia32_read_ew(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn, uint16_t *value)
{
    uint64_t v = cpu->gpr[insn->rm];
    if (!insn->is_reg)
        IA32_TRY(ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), 2, &v));
    *value = (uint16_t)v;
    return IA32_OK;
}

enum ia32_status ia32_write_selector(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     uint16_t selector)
{
    if (!insn->is_reg)
        return ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), 2, selector);
    ia32_set_reg(cpu, insn->rm, insn->opsize, selector);
    return IA32_OK;
}

enum ia32_status ia32_op_mov_sw_ew(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn)
{
    uint16_t selector;
    IA32_TRY(ia32_read_ew(cpu, insn, &selector));
    IA32_TRY(ia32_load_selector(cpu, (enum ia32_seg_index)insn->reg,
                                selector));
    if (insn->reg == IA32_SS)
        shadow_of_ss(cpu);
    return IA32_OK;
}

enum ia32_status ia32_op_mov_ew_sw(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn)
{
    return ia32_write_selector(cpu, insn, cpu->seg[insn->reg].selector);
}

/* The stack pointer moves only when the load has succeeded.  Of a 32-bit
 * slot only the lower half is read, as by all processors but the Pentium:
 * SDM Vol 3B, "Selector Pushes and Pops".  A 64-bit slot is read whole. */
static enum ia32_status pop_seg(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn,
                                enum ia32_seg_index seg)
{
    unsigned width = ia32_stack_size(cpu);
    uint64_t selector, sp = cpu->gpr[IA32_RSP] & ia32_mask(width);
    IA32_TRY(ia32_read(cpu, IA32_SS, sp, insn->opsize == 8 ? 8 : 2,
                       &selector));
    IA32_TRY(ia32_load_selector(cpu, seg, (uint16_t)selector));
    ia32_set_reg(cpu, IA32_RSP, width, sp + insn->opsize);
    if (seg == IA32_SS)
        shadow_of_ss(cpu);
    return IA32_OK;
}

/* Offset first, then selector: m16:16, m16:32 or m16:64. */
static enum ia32_status load_pointer(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     enum ia32_seg_index seg)
{
    uint64_t offset, selector, ea = ia32_ea(cpu, insn);
    uint64_t second = (ea + insn->opsize) & ia32_mask(insn->addrsize);
    IA32_TRY(ia32_read(cpu, insn->seg, ea, insn->opsize, &offset));
    IA32_TRY(ia32_read(cpu, insn->seg, second, 2, &selector));
    IA32_TRY(ia32_load_selector(cpu, seg, (uint16_t)selector));
    ia32_set_reg(cpu, insn->reg, insn->opsize, offset);
    return IA32_OK;
}

#define SEG_HANDLER(name, body, seg)                                     \
    enum ia32_status ia32_op_##name(struct ia32_cpu *cpu,                \
                                    const struct ia32_insn *insn)        \
    {                                                                    \
        return body(cpu, insn, seg);                                     \
    }
SEG_HANDLER(pop_es, pop_seg, IA32_ES)
SEG_HANDLER(pop_ss, pop_seg, IA32_SS)
SEG_HANDLER(pop_ds, pop_seg, IA32_DS)
SEG_HANDLER(pop_fs, pop_seg, IA32_FS)
SEG_HANDLER(pop_gs, pop_seg, IA32_GS)
SEG_HANDLER(les, load_pointer, IA32_ES)
SEG_HANDLER(lds, load_pointer, IA32_DS)
SEG_HANDLER(lss, load_pointer, IA32_SS)
SEG_HANDLER(lfs, load_pointer, IA32_FS)
SEG_HANDLER(lgs, load_pointer, IA32_GS)
