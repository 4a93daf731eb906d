/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The segments of a new task: descriptors are loaded and qualified when the
 * task is there already, so what is wrong with them is an exception of the
 * new task.  In virtual-8086 mode there is nothing to qualify but the LDT.
 *
 * SDM 325462, Vol 3A, "Task Switching", step "the descriptors associated
 * with the segment selectors are loaded and qualified".
 * NOTE: until the LDT is known to be present, selectors with TI = 1 are not
 * valid. */
#include "sim/ia32/task.h"

enum check {
#define X(id, vector, condition) id,
#include "sim/ia32/task_checks.def"
#undef X
};

static const enum ia32_vector vector_of[] = {
#define X(id, vector, condition) vector,
#include "sim/ia32/task_checks.def"
#undef X
};

/* A selector of the new task and what it leads to. */
struct found {
    uint16_t selector;
    bool null, there; /* there: inside its table */
    struct ia32_desc d;
};

static enum ia32_status find(struct ia32_cpu *cpu, uint16_t selector,
                             struct found *f)
{
    *f = (struct found){.selector = selector,
                        .null = ia32_selector_null(selector)};
    f->there = !f->null && ia32_find_descriptor(cpu, selector, &f->d.la);
    if (!f->there)
        return IA32_OK;
    return ia32_get_descriptor(cpu, selector, IA32_TS, 0, &f->d);
}

static bool is_ldt(const struct found *f)
{
    return f->there && !(f->selector & 4) && !(f->d.seg.ar & AR_S) &&
           ia32_desc_type(&f->d) == IA32_LDT;
}

/* A conforming segment may be more privileged than its task. */
static bool code_dpl_ok(const struct found *f)
{
    unsigned dpl = ia32_ar_dpl(f->d.seg.ar), rpl = f->selector & 3u;
    if (!f->there || !ia32_ar_is_code(f->d.seg.ar))
        return true; /* something else is wrong with it */
    return ia32_ar_is_conforming(f->d.seg.ar) ? dpl <= rpl : dpl == rpl;
}

static bool holds(const struct ia32_cpu *cpu, enum check check,
                  const struct found *f)
{
    uint32_t ar = f->d.seg.ar;
    switch (check) {
    case LDT_VALID: return f->null || is_ldt(f);
    case CS_DPL: return code_dpl_ok(f);
    case SS_VALID: return f->there && ia32_ar_is_writable_data(ar);
    case SS_DPL: return ia32_ar_dpl(ar) == cpu->cpl;
    case CS_VALID: return f->there && ia32_ar_is_code(ar);
    case SS_RPL: return ia32_ar_dpl(ar) == (f->selector & 3u);
    case DATA_VALID: return f->null || (f->there && (ar & AR_S));
    case DATA_READABLE: return f->null || ia32_ar_is_readable(ar);
    case DATA_DPL:
        return f->null || ia32_may_access(cpu, f->selector, ar);
    default: return f->null || (ar & AR_P); /* present */
    }
}

static enum ia32_status check(struct ia32_cpu *cpu, enum check which,
                              const struct found *f, unsigned ext)
{
    if (holds(cpu, which, f))
        return IA32_OK;
    return ia32_fault(cpu, vector_of[which],
                      ia32_selector_error(f->selector, ext));
}

static enum ia32_status load(struct ia32_cpu *cpu, enum ia32_seg_index seg,
                             struct found *f)
{
    if (f->null)
        return IA32_OK; /* unusable as it is */
    IA32_TRY(ia32_set_accessed(cpu, &f->d));
    ia32_load_seg(cpu, seg, &f->d, f->selector);
    return IA32_OK;
}

static enum ia32_status load_ldt(struct ia32_cpu *cpu, uint16_t selector,
                                 struct found *ldt, unsigned ext)
{
    IA32_TRY(find(cpu, selector, ldt));
    IA32_TRY(check(cpu, LDT_VALID, ldt, ext));
    if (!ldt->null && (ldt->d.seg.ar & AR_P))
        ia32_load_seg(cpu, IA32_LDTR, &ldt->d, selector);
    return IA32_OK;
}

/* The table has these three interleaved. */
static enum ia32_status load_code_and_stack(struct ia32_cpu *cpu,
                                            const struct ia32_task_image *t,
                                            const struct found *ldt,
                                            unsigned ext)
{
    struct found cs, ss;
    IA32_TRY(find(cpu, t->selector[IA32_CS], &cs));
    IA32_TRY(check(cpu, CS_DPL, &cs, ext));
    IA32_TRY(find(cpu, t->selector[IA32_SS], &ss));
    IA32_TRY(check(cpu, SS_VALID, &ss, ext));
    IA32_TRY(check(cpu, SS_PRESENT, &ss, ext));
    IA32_TRY(check(cpu, SS_DPL, &ss, ext));
    IA32_TRY(check(cpu, LDT_PRESENT, ldt, ext));
    IA32_TRY(check(cpu, CS_VALID, &cs, ext));
    IA32_TRY(check(cpu, CS_PRESENT, &cs, ext));
    IA32_TRY(check(cpu, SS_RPL, &ss, ext));
    IA32_TRY(load(cpu, IA32_SS, &ss));
    return load(cpu, IA32_CS, &cs);
}

static enum ia32_status load_data(struct ia32_cpu *cpu,
                                  enum ia32_seg_index seg, uint16_t selector,
                                  unsigned ext)
{
    struct found f;
    IA32_TRY(find(cpu, selector, &f));
    IA32_TRY(check(cpu, DATA_VALID, &f, ext));
    IA32_TRY(check(cpu, DATA_READABLE, &f, ext));
    IA32_TRY(check(cpu, DATA_PRESENT, &f, ext));
    IA32_TRY(check(cpu, DATA_DPL, &f, ext));
    return load(cpu, seg, &f);
}

void ia32_task_selectors(struct ia32_cpu *cpu,
                         const struct ia32_task_image *t)
{
    bool vm86 = (t->rflags & FL_VM) != 0;
    uint32_t cpl = vm86 ? 3 : t->selector[IA32_CS] & 3;
    for (unsigned i = IA32_ES; i <= IA32_GS; i++) {
        struct ia32_seg s = {.ar = AR_UNUSABLE, .selector = t->selector[i]};
        if (i == IA32_SS)
            s.ar |= cpl << AR_DPL_SHIFT;
        ia32_set_seg(cpu, (enum ia32_seg_index)i, &s);
    }
    ia32_load_null(cpu, IA32_LDTR, t->ldt);
}

enum ia32_status ia32_task_segments(struct ia32_cpu *cpu,
                                    const struct ia32_task_image *t,
                                    unsigned ext)
{
    static const enum ia32_seg_index data[] = {IA32_DS, IA32_ES, IA32_FS,
                                               IA32_GS};
    struct found ldt;
    IA32_TRY(load_ldt(cpu, t->ldt, &ldt, ext));
    if (t->rflags & FL_VM) {
        IA32_TRY(check(cpu, LDT_PRESENT, &ldt, ext));
        for (unsigned i = IA32_ES; i <= IA32_GS; i++)
            ia32_load_real_seg(cpu, (enum ia32_seg_index)i, t->selector[i]);
        return IA32_OK;
    }
    IA32_TRY(load_code_and_stack(cpu, t, &ldt, ext));
    for (unsigned i = 0; i < ARRAY_SIZE(data); i++)
        IA32_TRY(load_data(cpu, data[i], t->selector[data[i]], ext));
    return IA32_OK;
}
