/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Segment descriptors: finding, reading, and taking them apart; the stacks
 * of inner privilege levels.
 *
 *   63      56 55   52 51  48 47 46 45 44 43  40 39      32
 *   base 31:24 G D L A limit  P  DPL   S  type   base 23:16
 *   base 15:0          limit 15:0
 *
 * In IA-32e mode 8 bytes follow those of system descriptors: base 63:32 and
 * a type field that is 0.
 *
 * SDM 325462, Vol 3A, "Segment Descriptors", "Task-State Segment (TSS)". */
#include "sim/ia32/segment.h"

void ia32_parse_descriptor(struct ia32_desc *d, uint16_t selector)
{
    uint64_t raw = d->raw;
    uint32_t limit = (uint32_t)(raw & 0xffff) |
                     (uint32_t)(raw >> 32 & 0xf0000);
    d->seg.ar = (uint32_t)(raw >> 40) & 0xf0ff;
    d->seg.base = (raw >> 16 & 0xffffff) | (raw >> 32 & 0xff000000);
    d->seg.limit = d->seg.ar & AR_G ? limit << 12 | 0xfff : limit;
    d->seg.selector = selector;
}

/* The table that TI says.  false: there is no LDT. */
static bool find_table(const struct ia32_cpu *cpu, uint16_t selector,
                       uint64_t *base, uint64_t *limit)
{
    const struct ia32_seg *ldt = &cpu->seg[IA32_LDTR];
    *base = selector & 4 ? ldt->base : cpu->gdtr.base;
    *limit = selector & 4 ? ldt->limit : cpu->gdtr.limit;
    return !(selector & 4) || !(ldt->ar & AR_UNUSABLE);
}

/* bytes at an index's place: inside the table, and at canonical addresses. */
static bool find_bytes(const struct ia32_cpu *cpu, uint16_t selector,
                       unsigned first, unsigned bytes, uint64_t *la)
{
    uint64_t base, limit;
    unsigned offset = (selector & 0xfff8u) + first;
    if (!find_table(cpu, selector, &base, &limit) ||
        offset + bytes - 1 > limit)
        return false;
    *la = ia32_system_la(cpu, base + offset);
    return ia32_canonical(*la) && ia32_canonical(*la + bytes - 1);
}

bool ia32_find_descriptor(const struct ia32_cpu *cpu, uint16_t selector,
                          uint64_t *la)
{
    return find_bytes(cpu, selector, 0, 8, la);
}

enum ia32_status ia32_get_descriptor(struct ia32_cpu *cpu, uint16_t selector,
                                     enum ia32_vector vector, unsigned ext,
                                     struct ia32_desc *d)
{
    if (!ia32_find_descriptor(cpu, selector, &d->la))
        return ia32_fault(cpu, vector, ia32_selector_error(selector, ext));
    IA32_TRY(ia32_la_read(cpu, d->la, 8, IA32_ACC_R | IA32_ACC_IMPLICIT,
                          &d->raw));
    ia32_parse_descriptor(d, selector);
    return IA32_OK;
}

/* "A type field, used for consistency checking, is defined in bits 12:8 of
 * the 64-bit descriptor's highest dword (cleared to zero)": Vol 3A, "IA-32e
 * Mode Call Gates". */
enum ia32_status ia32_read_upper(struct ia32_cpu *cpu,
                                 const struct ia32_desc *d,
                                 enum ia32_vector vector, unsigned ext,
                                 uint64_t *upper)
{
    uint32_t error = ia32_selector_error(d->seg.selector, ext);
    uint64_t la;
    *upper = 0;
    if (!ia32_long(cpu) || (d->seg.ar & AR_S))
        return IA32_OK;
    if (!find_bytes(cpu, d->seg.selector, 8, 8, &la))
        return ia32_fault(cpu, vector, error);
    IA32_TRY(ia32_la_read(cpu, la, 8, IA32_ACC_R | IA32_ACC_IMPLICIT,
                          upper));
    if (*upper >> 40 & 0x1f)
        return ia32_fault(cpu, vector, error);
    *upper &= 0xffffffff;
    return IA32_OK;
}

/* Change the access byte, in memory and in the copy. */
static enum ia32_status set_rights(struct ia32_cpu *cpu, struct ia32_desc *d,
                                   uint32_t rights)
{
    IA32_TRY(ia32_la_write(cpu, ia32_system_la(cpu, d->la + 5), 1,
                           IA32_ACC_W | IA32_ACC_IMPLICIT, rights & 0xff));
    d->seg.ar = (d->seg.ar & ~0xffu) | (rights & 0xff);
    return IA32_OK;
}

enum ia32_status ia32_set_accessed(struct ia32_cpu *cpu, struct ia32_desc *d)
{
    if (d->seg.ar & AR_ACCESSED)
        return IA32_OK;
    return set_rights(cpu, d, d->seg.ar | AR_ACCESSED);
}

enum ia32_status ia32_set_busy(struct ia32_cpu *cpu, struct ia32_desc *d,
                               bool busy)
{
    uint32_t ar = d->seg.ar;
    return set_rights(cpu, d, busy ? ar | AR_TSS_BUSY : ar & ~AR_TSS_BUSY);
}

/* --- stacks ----------------------------------------------------------- */

static uint64_t stack_mask(const struct ia32_seg *ss)
{
    return ss->ar & AR_DB ? 0xffffffff : 0xffff;
}

static bool is_long(const struct ia32_stack *st)
{
    return st->mask == UINT64_MAX;
}

/* Are bytes at offset inside this stack?  An expand-down segment holds what
 * is above its limit. */
static bool in_stack(const struct ia32_stack *st, uint64_t offset,
                     unsigned bytes)
{
    uint64_t last = offset + bytes - 1;
    if (is_long(st))
        return ia32_canonical(offset) && ia32_canonical(last);
    if (st->seg.ar & AR_EXPAND_DOWN)
        return offset > st->seg.limit && last <= st->mask;
    return last <= st->seg.limit;
}

static uint64_t stack_la(const struct ia32_stack *st, uint64_t offset)
{
    return is_long(st) ? offset : (uint32_t)(st->seg.base + offset);
}

struct ia32_stack ia32_current_stack(const struct ia32_cpu *cpu, unsigned ext)
{
    struct ia32_stack st = {.seg = cpu->seg[IA32_SS],
                            .sp = cpu->gpr[IA32_RSP],
                            .mask = stack_mask(&cpu->seg[IA32_SS]),
                            .error_code = ext,
                            .acc = cpu->cpl == 3 ? IA32_ACC_USER : 0};
    if (cpu->mode & IA32_MODE_LONG64)
        st.mask = UINT64_MAX;
    return st;
}

void ia32_stack_make_long(struct ia32_stack *st, uint64_t sp)
{
    st->mask = UINT64_MAX;
    st->sp = sp;
    st->acc |= IA32_ACC_LONG;
}

/* Item i below the top, from 1. */
static uint64_t item_offset(const struct ia32_stack *st, unsigned i,
                            unsigned size_bytes)
{
    return (st->sp - (uint64_t)i * size_bytes) & st->mask;
}

enum ia32_status ia32_stack_room(struct ia32_cpu *cpu,
                                 const struct ia32_stack *st, unsigned count,
                                 unsigned size_bytes)
{
    for (unsigned i = 1; i <= count; i++)
        if (!in_stack(st, item_offset(st, i, size_bytes), size_bytes))
            return ia32_fault(cpu, IA32_SSF, st->error_code);
    return IA32_OK;
}

enum ia32_status ia32_stack_reserve(struct ia32_cpu *cpu,
                                    const struct ia32_stack *st,
                                    unsigned count, unsigned size_bytes)
{
    IA32_TRY(ia32_stack_room(cpu, st, count, size_bytes));
    for (unsigned i = 1; i <= count; i++)
        IA32_TRY(ia32_la_probe(cpu,
                               stack_la(st, item_offset(st, i, size_bytes)),
                               size_bytes, IA32_ACC_W | st->acc));
    return IA32_OK;
}

enum ia32_status ia32_stack_push(struct ia32_cpu *cpu, struct ia32_stack *st,
                                 unsigned size_bytes, uint64_t value)
{
    uint64_t offset = (st->sp - size_bytes) & st->mask;
    IA32_TRY(ia32_la_write(cpu, stack_la(st, offset), size_bytes,
                           IA32_ACC_W | st->acc, value));
    st->sp = (st->sp & ~st->mask) | offset;
    return IA32_OK;
}

void ia32_set_sp(struct ia32_cpu *cpu, const struct ia32_seg *ss,
                 uint64_t value)
{
    uint64_t mask = stack_mask(ss);
    uint64_t keep = mask == 0xffff ? cpu->gpr[IA32_RSP] & 0xffff0000 : 0;
    cpu->gpr[IA32_RSP] = keep | (value & mask);
}

/* ESP and SS of a privilege level, from a 32- or 16-bit TSS:
 *   32-bit: ESPn at 4 + 8n, SSn at 8 + 8n; 16-bit: SPn at 2 + 4n, then SSn */
static enum ia32_status read_tss_stack(struct ia32_cpu *cpu, unsigned dpl,
                                       unsigned ext, uint64_t *sp,
                                       uint16_t *ss)
{
    const struct ia32_seg *tr = &cpu->seg[IA32_TR];
    unsigned size = tr->ar & 8 ? 4 : 2;
    unsigned at = dpl * 2 * size + size;
    uint64_t selector;
    /* The whole SSn slot of a 32-bit TSS must be there, though only half of
     * it is read.  NOTE: up to edition 024 of Vol 2A the pseudocode of INT n
     * wants a byte more of a 16-bit TSS than is read (stack address + 4
     * against the limit); this does not. */
    if (at + 2 * size - 1 > tr->limit)
        return ia32_fault(cpu, IA32_TS,
                          ia32_selector_error(tr->selector, ext));
    IA32_TRY(ia32_la_read(cpu, (uint32_t)(tr->base + at), size,
                          IA32_ACC_R | IA32_ACC_IMPLICIT, sp));
    IA32_TRY(ia32_la_read(cpu, (uint32_t)(tr->base + at + size), 2,
                          IA32_ACC_R | IA32_ACC_IMPLICIT, &selector));
    *ss = (uint16_t)selector;
    return IA32_OK;
}

/* SDM Vol 2A, "CALL--Call Procedure", MORE-PRIVILEGE, and "INT n/INTO/INT3/
 * INT1--Call to Interrupt Procedure", INTER-PRIVILEGE-LEVEL-INTERRUPT. */
enum ia32_status ia32_inner_stack(struct ia32_cpu *cpu, unsigned dpl,
                                  unsigned ext, struct ia32_stack *st,
                                  struct ia32_desc *ss)
{
    uint16_t selector = 0;
    IA32_TRY(read_tss_stack(cpu, dpl, ext, &st->sp, &selector));
    uint32_t error = ia32_selector_error(selector, ext);
    if (ia32_selector_null(selector))
        return ia32_fault(cpu, IA32_TS, error);
    IA32_TRY(ia32_get_descriptor(cpu, selector, IA32_TS, ext, ss));
    if ((selector & 3u) != dpl || ia32_ar_dpl(ss->seg.ar) != dpl ||
        !ia32_ar_is_writable_data(ss->seg.ar))
        return ia32_fault(cpu, IA32_TS, error);
    if (!(ss->seg.ar & AR_P))
        return ia32_fault(cpu, IA32_SSF, error);
    IA32_TRY(ia32_set_accessed(cpu, ss));
    st->seg = ss->seg;
    st->mask = stack_mask(&ss->seg);
    st->error_code = error;
    st->acc = IA32_ACC_IMPLICIT; /* CPL is still the outer one */
    return IA32_OK;
}

/* 64-bit TSS: RSPn at 4 + 8n, ISTn at 28 + 8n.  SDM Vol 3A, "Task Management
 * in 64-bit Mode"; Vol 2A, "INT n/INTO/INT3/INT1". */
enum ia32_status ia32_long_stack(struct ia32_cpu *cpu, unsigned dpl,
                                 unsigned ist, unsigned ext,
                                 struct ia32_stack *st)
{
    const struct ia32_seg *tr = &cpu->seg[IA32_TR];
    unsigned at = ist ? 28 + 8 * ist : 4 + 8 * dpl;
    uint64_t sp;
    if (at + 7 > tr->limit)
        return ia32_fault(cpu, IA32_TS,
                          ia32_selector_error(tr->selector, ext));
    IA32_TRY(ia32_la_read(cpu, tr->base + at, 8,
                          IA32_ACC_R | IA32_ACC_IMPLICIT, &sp));
    *st = (struct ia32_stack){.error_code = ext,
                              .acc = IA32_ACC_IMPLICIT};
    ia32_stack_make_long(st, sp);
    return IA32_OK;
}
