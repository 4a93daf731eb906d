/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Segment registers: loading and storing them, and the instructions that ask
 * whether a selector may be used (LAR, LSL, VERR, VERW, ARPL).
 *
 * SDM 325462, Vol 3A, "Protection"; Vol 2, pages of the instructions.
 * Left out: loads in real-address and virtual-8086 mode. */
#include "sim/ia32/segment.h"

#include "sim/ia32/boundary.h"
#include "sim/ia32/flags.h"
#include "sim/ia32/ops.h"

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
    cpu->seg[seg] =
        (struct ia32_seg){.ar = AR_UNUSABLE, .selector = selector};
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
    }
    ia32_set_seg(cpu, seg, &s);
}

static enum ia32_status load_stack(struct ia32_cpu *cpu, uint16_t selector)
{
    struct ia32_desc d;
    uint32_t error = ia32_selector_error(selector, 0);
    if (ia32_selector_null(selector))
        return ia32_fault(cpu, IA32_GP, 0);
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

/* Data and non-conforming code may be used by what is at least as
 * privileged as they are: both the CPL and the selector's RPL count. */
static bool may_access(const struct ia32_cpu *cpu, uint16_t selector,
                       uint32_t ar)
{
    unsigned dpl = ia32_ar_dpl(ar);
    if (ia32_ar_is_conforming(ar))
        return true;
    return (selector & 3u) <= dpl && cpu->cpl <= dpl;
}

static bool is_readable(uint32_t ar)
{
    return (ar & AR_S) && (!(ar & AR_CODE) || (ar & AR_READABLE));
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
    if (!is_readable(d.seg.ar) || !may_access(cpu, selector, d.seg.ar))
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

static enum ia32_status read_ew(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn, uint64_t *value)
{
    if (insn->is_reg) {
        *value = (uint16_t)cpu->gpr[insn->rm];
        return IA32_OK;
    }
    return ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), 2, value);
}

enum ia32_status ia32_op_mov_sw_ew(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn)
{
    uint64_t selector;
    IA32_TRY(read_ew(cpu, insn, &selector));
    IA32_TRY(ia32_load_selector(cpu, (enum ia32_seg_index)insn->reg,
                                (uint16_t)selector));
    if (insn->reg == IA32_SS)
        shadow_of_ss(cpu);
    return IA32_OK;
}

/* A register gets the selector zero-extended, memory always 16 bits. */
static enum ia32_status store_selector(struct ia32_cpu *cpu,
                                       const struct ia32_insn *insn,
                                       uint16_t selector)
{
    if (!insn->is_reg)
        return ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), 2, selector);
    ia32_set_reg(cpu, insn->rm, insn->opsize, selector);
    return IA32_OK;
}

enum ia32_status ia32_op_mov_ew_sw(struct ia32_cpu *cpu,
                                   const struct ia32_insn *insn)
{
    return store_selector(cpu, insn, cpu->seg[insn->reg].selector);
}

enum ia32_status ia32_op_sldt(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    return store_selector(cpu, insn, cpu->seg[IA32_LDTR].selector);
}

enum ia32_status ia32_op_str(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    return store_selector(cpu, insn, cpu->seg[IA32_TR].selector);
}

/* The stack pointer moves only when the load has succeeded. */
/* Of a 32-bit slot only the lower half is read, as by all processors but the
 * Pentium: SDM Vol 3B, "Selector Pushes and Pops". */
static enum ia32_status pop_seg(struct ia32_cpu *cpu,
                                const struct ia32_insn *insn,
                                enum ia32_seg_index seg)
{
    unsigned width = cpu->mode & IA32_MODE_STACK32 ? 4 : 2;
    uint64_t selector, sp = cpu->gpr[IA32_RSP];
    if (width == 2)
        sp = (uint16_t)sp;
    IA32_TRY(ia32_read(cpu, IA32_SS, sp, 2, &selector));
    IA32_TRY(ia32_load_selector(cpu, seg, (uint16_t)selector));
    ia32_set_reg(cpu, IA32_RSP, width, sp + insn->opsize);
    if (seg == IA32_SS)
        shadow_of_ss(cpu);
    return IA32_OK;
}

/* Offset first, then selector: m16:16 or m16:32. */
static enum ia32_status load_pointer(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     enum ia32_seg_index seg)
{
    uint64_t offset, selector, ea = ia32_ea(cpu, insn);
    uint64_t mask = insn->addrsize == 2 ? 0xffff : 0xffffffff;
    IA32_TRY(ia32_read(cpu, insn->seg, ea, insn->opsize, &offset));
    IA32_TRY(ia32_read(cpu, insn->seg, (ea + insn->opsize) & mask, 2,
                       &selector));
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

/* --- questions -------------------------------------------------------- */

static void set_zf(struct ia32_cpu *cpu, bool on)
{
    uint64_t flags = ia32_get_rflags(cpu) & ~FL_ZF;
    ia32_set_arith_flags(cpu, on ? flags | FL_ZF : flags);
}

/* Read the descriptor of a selector that software asks about.  *there is
 * false when there is none: no fault. */
static enum ia32_status look_up(struct ia32_cpu *cpu, uint16_t selector,
                                struct ia32_desc *d, bool *there)
{
    *there = !ia32_selector_null(selector) &&
             ia32_find_descriptor(cpu, selector, &d->la);
    if (!*there)
        return IA32_OK;
    return ia32_get_descriptor(cpu, selector, IA32_GP, 0, d);
}

/* System descriptors that LAR and LSL know.  SDM Vol 2A, "LAR--Load Access
 * Rights Byte" and "LSL--Load Segment Limit", tables of types. */
#define LAR_TYPES                                                    \
    (1u << IA32_TSS16 | 1u << IA32_LDT | 1u << IA32_TSS16_BUSY |     \
     1u << IA32_CALL_GATE16 | 1u << IA32_TASK_GATE | 1u << IA32_TSS32 | \
     1u << IA32_TSS32_BUSY | 1u << IA32_CALL_GATE32)
#define LSL_TYPES                                                \
    (1u << IA32_TSS16 | 1u << IA32_LDT | 1u << IA32_TSS16_BUSY | \
     1u << IA32_TSS32 | 1u << IA32_TSS32_BUSY)

static bool visible(const struct ia32_cpu *cpu, const struct ia32_desc *d,
                    uint16_t selector, unsigned system_types)
{
    if (!(d->seg.ar & AR_S) && !(system_types >> ia32_desc_type(d) & 1))
        return false;
    return may_access(cpu, selector, d->seg.ar);
}

enum ia32_status ia32_op_lar(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    struct ia32_desc d;
    uint64_t selector;
    bool there;
    IA32_TRY(read_ew(cpu, insn, &selector));
    IA32_TRY(look_up(cpu, (uint16_t)selector, &d, &there));
    there = there && visible(cpu, &d, (uint16_t)selector, LAR_TYPES);
    if (there)
        /* Bits 19:16 are undefined by the manual; here 0. */
        ia32_set_reg(cpu, insn->reg, insn->opsize,
                     d.raw >> 32 & 0x00f0ff00);
    set_zf(cpu, there);
    return IA32_OK;
}

enum ia32_status ia32_op_lsl(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    struct ia32_desc d;
    uint64_t selector;
    bool there;
    IA32_TRY(read_ew(cpu, insn, &selector));
    IA32_TRY(look_up(cpu, (uint16_t)selector, &d, &there));
    there = there && visible(cpu, &d, (uint16_t)selector, LSL_TYPES);
    if (there)
        ia32_set_reg(cpu, insn->reg, insn->opsize, d.seg.limit);
    set_zf(cpu, there);
    return IA32_OK;
}

static enum ia32_status verify(struct ia32_cpu *cpu,
                               const struct ia32_insn *insn, bool write)
{
    struct ia32_desc d;
    uint64_t selector;
    bool ok;
    IA32_TRY(read_ew(cpu, insn, &selector));
    IA32_TRY(look_up(cpu, (uint16_t)selector, &d, &ok));
    ok = ok &&
         (write ? ia32_ar_is_writable_data(d.seg.ar)
                : is_readable(d.seg.ar)) &&
         may_access(cpu, (uint16_t)selector, d.seg.ar);
    set_zf(cpu, ok);
    return IA32_OK;
}

enum ia32_status ia32_op_verr(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    return verify(cpu, insn, false);
}

enum ia32_status ia32_op_verw(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    return verify(cpu, insn, true);
}

/* The destination's RPL rises to the source's.  One that is high enough is
 * not written: memory need not be writable then. */
enum ia32_status ia32_op_arpl(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    uint64_t value, rpl = cpu->gpr[insn->reg] & 3;
    if (insn->is_reg)
        value = (uint16_t)cpu->gpr[insn->rm];
    else
        IA32_TRY(ia32_read(cpu, insn->seg, ia32_ea(cpu, insn), 2, &value));
    bool raise = (value & 3) < rpl;
    value = (value & ~UINT64_C(3)) | rpl;
    if (raise && insn->is_reg)
        ia32_set_reg(cpu, insn->rm, 2, value);
    else if (raise)
        IA32_TRY(ia32_write(cpu, insn->seg, ia32_ea(cpu, insn), 2, value));
    set_zf(cpu, raise);
    return IA32_OK;
}

/* --- LDTR and TR ------------------------------------------------------ */

enum ia32_status ia32_op_lldt(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn)
{
    struct ia32_desc d;
    uint64_t value;
    IA32_TRY(read_ew(cpu, insn, &value));
    uint16_t selector = (uint16_t)value;
    uint32_t error = ia32_selector_error(selector, 0);
    if (ia32_selector_null(selector)) {
        ia32_load_null(cpu, IA32_LDTR, selector);
        return IA32_OK;
    }
    if (selector & 4)
        return ia32_fault(cpu, IA32_GP, error);
    IA32_TRY(ia32_get_descriptor(cpu, selector, IA32_GP, 0, &d));
    if ((d.seg.ar & AR_S) || ia32_desc_type(&d) != IA32_LDT)
        return ia32_fault(cpu, IA32_GP, error);
    if (!(d.seg.ar & AR_P))
        return ia32_fault(cpu, IA32_NP, error);
    ia32_load_seg(cpu, IA32_LDTR, &d, selector);
    return IA32_OK;
}

enum ia32_status ia32_op_ltr(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    struct ia32_desc d;
    uint64_t value;
    IA32_TRY(read_ew(cpu, insn, &value));
    uint16_t selector = (uint16_t)value;
    uint32_t error = ia32_selector_error(selector, 0);
    if (ia32_selector_null(selector))
        return ia32_fault(cpu, IA32_GP, 0);
    if (selector & 4)
        return ia32_fault(cpu, IA32_GP, error);
    IA32_TRY(ia32_get_descriptor(cpu, selector, IA32_GP, 0, &d));
    unsigned type = ia32_desc_type(&d);
    if ((d.seg.ar & AR_S) || (type != IA32_TSS16 && type != IA32_TSS32))
        return ia32_fault(cpu, IA32_GP, error);
    if (!(d.seg.ar & AR_P))
        return ia32_fault(cpu, IA32_NP, error);
    /* Bit 1 of a TSS's type is "busy". */
    IA32_TRY(ia32_la_write(cpu, (uint32_t)(d.la + 5), 1,
                           IA32_ACC_W | IA32_ACC_IMPLICIT,
                           (d.raw >> 40 & 0xff) | 2));
    d.seg.ar |= 2;
    ia32_load_seg(cpu, IA32_TR, &d, selector);
    return IA32_OK;
}
