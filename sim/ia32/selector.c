/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions about selectors: LAR, LSL, VERR, VERW say whether one may be
 * used, without a fault, and ARPL adjusts its RPL.
 * SDM 325462, Vol 3A, "Pointer Validation"; Vol 2, pages of the
 * instructions. */
#include "sim/ia32/flags.h"
#include "sim/ia32/ops.h"
#include "sim/ia32/segment.h"

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
    /* IA-32e mode has neither task gates nor anything of 16 bits but LDTs. */
    if (ia32_long(cpu))
        system_types &= 1u << IA32_LDT | 1u << IA32_TSS32 |
                        1u << IA32_TSS32_BUSY | 1u << IA32_CALL_GATE32;
    if (!(d->seg.ar & AR_S) && !(system_types >> ia32_desc_type(d) & 1))
        return false;
    return ia32_may_access(cpu, selector, d->seg.ar);
}

enum ia32_status ia32_op_lar(struct ia32_cpu *cpu,
                             const struct ia32_insn *insn)
{
    struct ia32_desc d;
    uint16_t selector;
    bool there;
    IA32_TRY(ia32_read_ew(cpu, insn, &selector));
    IA32_TRY(look_up(cpu, selector, &d, &there));
    there = there && visible(cpu, &d, selector, LAR_TYPES);
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
    uint16_t selector;
    bool there;
    IA32_TRY(ia32_read_ew(cpu, insn, &selector));
    IA32_TRY(look_up(cpu, selector, &d, &there));
    there = there && visible(cpu, &d, selector, LSL_TYPES);
    if (there)
        ia32_set_reg(cpu, insn->reg, insn->opsize, d.seg.limit);
    set_zf(cpu, there);
    return IA32_OK;
}

static enum ia32_status verify(struct ia32_cpu *cpu,
                               const struct ia32_insn *insn, bool write)
{
    struct ia32_desc d;
    uint16_t selector;
    bool ok;
    IA32_TRY(ia32_read_ew(cpu, insn, &selector));
    IA32_TRY(look_up(cpu, selector, &d, &ok));
    ok = ok &&
         (write ? ia32_ar_is_writable_data(d.seg.ar)
                : ia32_ar_is_readable(d.seg.ar)) &&
         ia32_may_access(cpu, selector, d.seg.ar);
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
