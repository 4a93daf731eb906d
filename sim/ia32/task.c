/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hardware task switches, up to the point where the new task's segments are
 * loaded (task_load.c):
 *
 *   check the TSS -> the VMM's wish -> can everything be read and written? ->
 *   save the old state -> busy flags, link -> TR, CR0.TS, CR3, registers ->
 *   segments -> error code
 *
 * Up to "can everything" a fault is one of the old task, in which nothing has
 * changed; behind it the new task is there, and its exceptions are delivered
 * in it.
 *
 * SDM 325462, Vol 3A, "Task Switching", "Task Linking", "16-Bit Task-State
 * Segment (TSS)"; Vol 3B, "Debug Registers".  Left out: IA-32e mode, which
 * has no task switches, and shadow stacks.
 * NOTE: of registers loaded from a 16-bit TSS the upper halves are "modified
 * and not maintained"; here they become 0.  Of the selector fields of a TSS
 * 16 bits are written.  A reserved bit in the new page-directory-pointer
 * table is #GP(0) in the old task. */
#include "sim/ia32/task.h"

#include "sim/ia32/boundary.h"
#include "sim/ia32/flags.h"
#include "sim/ia32/gate.h"
#include "sim/ia32/paging.h"
#include "sim/ia32/virt.h"

/* Offsets of fields.  General registers and selectors lie in the order of
 * their numbers. */
struct format {
    unsigned unit;         /* bytes of a field */
    unsigned cr3;          /* 0: it has none */
    unsigned ip, flags, gpr, selectors, selector_count, ldt;
    unsigned trap;         /* 0: it has none */
    unsigned saved_last;   /* last byte that a switch writes */
    unsigned limit;        /* smallest allowed */
};

static const struct format format16 = {
    .unit = 2, .ip = 0x0e, .flags = 0x10, .gpr = 0x12, .selectors = 0x22,
    .selector_count = 4, .ldt = 0x2a, .saved_last = 0x29, .limit = 0x2b};
static const struct format format32 = {
    .unit = 4, .cr3 = 0x1c, .ip = 0x20, .flags = 0x24, .gpr = 0x28,
    .selectors = 0x48, .selector_count = 6, .ldt = 0x60, .trap = 0x64,
    .saved_last = 0x5d, .limit = 0x67};

/* One switch on its way. */
struct switching {
    enum ia32_task_source source;
    unsigned ext;                   /* EXT bit of error codes */
    struct ia32_desc old, tss;      /* descriptors of the two TSSs */
    const struct format *old_format, *format;
    uint64_t rip, rflags;           /* to save */
    struct ia32_task_image image;   /* to load */
};

static bool is_nested(const struct switching *t)
{
    return t->source == IA32_TASK_CALL || t->source == IA32_TASK_GATE_IDT;
}

static const struct format *format_of(uint32_t ar)
{
    return ar & 8 ? &format32 : &format16;
}

static uint64_t field_la(const struct ia32_seg *tss, unsigned at)
{
    return (uint32_t)(tss->base + at);
}

static enum ia32_status get(struct ia32_cpu *cpu, const struct ia32_seg *tss,
                            unsigned at, unsigned bytes, uint64_t *v)
{
    return ia32_la_read(cpu, field_la(tss, at), bytes,
                        IA32_ACC_R | IA32_ACC_IMPLICIT, v);
}

static enum ia32_status put(struct ia32_cpu *cpu, const struct ia32_seg *tss,
                            unsigned at, unsigned bytes, uint64_t v)
{
    return ia32_la_write(cpu, field_la(tss, at), bytes,
                         IA32_ACC_W | IA32_ACC_IMPLICIT, v);
}

static enum ia32_status probe(struct ia32_cpu *cpu, uint64_t la,
                              unsigned bytes, unsigned acc)
{
    return ia32_la_probe(cpu, la, bytes, acc | IA32_ACC_IMPLICIT);
}

/* --- checks ------------------------------------------------------------ */

/* The first rows of the table: selector, type, busy, present, limit. */
static enum ia32_status check_tss(struct ia32_cpu *cpu, uint16_t selector,
                                  struct switching *t)
{
    bool iret = t->source == IA32_TASK_IRET;
    enum ia32_vector vector = iret ? IA32_TS : IA32_GP;
    uint32_t error = ia32_selector_error(selector, t->ext);
    unsigned types = iret ? 1u << IA32_TSS16_BUSY | 1u << IA32_TSS32_BUSY
                          : 1u << IA32_TSS16 | 1u << IA32_TSS32;
    if (ia32_selector_null(selector) || (selector & 4))
        return ia32_fault(cpu, vector, error);
    IA32_TRY(ia32_get_descriptor(cpu, selector, vector, t->ext, &t->tss));
    uint32_t ar = t->tss.seg.ar;
    if ((ar & AR_S) || !(types >> (ar & AR_TYPE) & 1))
        return ia32_fault(cpu, vector, error);
    if (!(ar & AR_P))
        return ia32_fault(cpu, IA32_NP, error);
    t->format = format_of(ar);
    if (t->tss.seg.limit < t->format->limit)
        return ia32_fault(cpu, IA32_TS, error);
    return IA32_OK;
}

/* The TSS of the old task: room for its state, and a descriptor whose busy
 * flag can be cleared. */
static enum ia32_status check_old(struct ia32_cpu *cpu, struct switching *t)
{
    const struct ia32_seg *tr = &cpu->seg[IA32_TR];
    t->old_format = format_of(tr->ar);
    if (tr->limit < t->old_format->saved_last)
        return ia32_fault(cpu, IA32_TS,
                          ia32_selector_error(tr->selector, t->ext));
    IA32_TRY(probe(cpu, field_la(tr, t->old_format->ip),
                   t->old_format->saved_last - t->old_format->ip + 1,
                   IA32_ACC_W));
    if (is_nested(t))
        return IA32_OK;
    IA32_TRY(ia32_get_descriptor(cpu, tr->selector, IA32_TS, t->ext,
                                 &t->old));
    return probe(cpu, (uint32_t)(t->old.la + 5), 1, IA32_ACC_W);
}

static enum ia32_status check_new(struct ia32_cpu *cpu, struct switching *t)
{
    const struct ia32_seg *tss = &t->tss.seg;
    IA32_TRY(probe(cpu, field_la(tss, 0), t->format->limit + 1, IA32_ACC_R));
    if (is_nested(t))
        IA32_TRY(probe(cpu, field_la(tss, 0), 2, IA32_ACC_W));
    if (t->source == IA32_TASK_IRET)
        return IA32_OK;
    return probe(cpu, (uint32_t)(t->tss.la + 5), 1, IA32_ACC_W);
}

/* CR3 is loaded while paging is on; PAE paging takes four entries with it. */
static enum ia32_status check_cr3(struct ia32_cpu *cpu, struct switching *t)
{
    bool good = true;
    t->image.cr3 = cpu->cr3;
    if (!ia32_paging_on(cpu) || !t->format->cr3)
        return IA32_OK;
    IA32_TRY(get(cpu, &t->tss.seg, t->format->cr3, 4, &t->image.cr3));
    if (ia32_pae_paging(cpu, cpu->cr0, cpu->cr4))
        IA32_TRY(ia32_check_pdptes(cpu, t->image.cr3, &good));
    return good ? IA32_OK : ia32_fault(cpu, IA32_GP, 0);
}

/* --- the old task leaves ----------------------------------------------- */

static enum ia32_status save(struct ia32_cpu *cpu, const struct switching *t)
{
    const struct ia32_seg *tr = &cpu->seg[IA32_TR];
    const struct format *f = t->old_format;
    IA32_TRY(put(cpu, tr, f->ip, f->unit, t->rip));
    IA32_TRY(put(cpu, tr, f->flags, f->unit, t->rflags));
    for (unsigned i = 0; i < 8; i++)
        IA32_TRY(put(cpu, tr, f->gpr + i * f->unit, f->unit, cpu->gpr[i]));
    for (unsigned i = 0; i < f->selector_count; i++)
        IA32_TRY(put(cpu, tr, f->selectors + i * f->unit, 2,
                     cpu->seg[i].selector));
    return IA32_OK;
}

/* Table "Effect of a Task Switch on Busy Flag, NT Flag, Previous Task Link
 * Field, and TS Flag". */
static enum ia32_status mark(struct ia32_cpu *cpu, struct switching *t)
{
    if (is_nested(t))
        IA32_TRY(put(cpu, &t->tss.seg, 0, 2, cpu->seg[IA32_TR].selector));
    else
        IA32_TRY(ia32_set_busy(cpu, &t->old, false));
    if (t->source != IA32_TASK_IRET)
        IA32_TRY(ia32_set_busy(cpu, &t->tss, true));
    return IA32_OK;
}

/* --- the new task comes ------------------------------------------------ */

/* Flags that this processor has. */
static uint64_t known_flags(const struct ia32_cpu *cpu)
{
    uint64_t known = FL_ARITH | FL_TF | FL_IF | FL_DF | FL_IOPL | FL_NT |
                     FL_RF | FL_VM;
    if (ia32_has(cpu, IA32_F_I486))
        known |= FL_AC;
    if (ia32_has(cpu, IA32_F_CPUID))
        known |= FL_ID;
    if (ia32_has(cpu, IA32_F_VME))
        known |= FL_VIF | FL_VIP;
    return known;
}

static enum ia32_status read_image(struct ia32_cpu *cpu, struct switching *t)
{
    const struct ia32_seg *tss = &t->tss.seg;
    const struct format *f = t->format;
    struct ia32_task_image *to = &t->image;
    uint64_t v;
    IA32_TRY(get(cpu, tss, f->ip, f->unit, &to->rip));
    IA32_TRY(get(cpu, tss, f->flags, f->unit, &v));
    to->rflags = (v & known_flags(cpu)) | FL_FIXED1;
    if (is_nested(t))
        to->rflags |= FL_NT;
    for (unsigned i = 0; i < 8; i++)
        IA32_TRY(get(cpu, tss, f->gpr + i * f->unit, f->unit, &to->gpr[i]));
    for (unsigned i = 0; i < f->selector_count; i++) {
        IA32_TRY(get(cpu, tss, f->selectors + i * f->unit, 2, &v));
        to->selector[i] = (uint16_t)v;
    }
    IA32_TRY(get(cpu, tss, f->ldt, 2, &v));
    to->ldt = (uint16_t)v;
    if (!f->trap)
        return IA32_OK;
    IA32_TRY(get(cpu, tss, f->trap, 2, &v));
    to->trap = v & 1;
    return IA32_OK;
}

#define DR7_LOCAL (VT_BIT(0) | VT_BIT(2) | VT_BIT(4) | VT_BIT(6))

static enum ia32_status load_cr3(struct ia32_cpu *cpu,
                                 const struct switching *t)
{
    bool good;
    if (!ia32_paging_on(cpu) || !t->format->cr3)
        return IA32_OK;
    if (ia32_pae_paging(cpu, cpu->cr0, cpu->cr4))
        IA32_TRY(ia32_load_pdptes(cpu, t->image.cr3, &good));
    cpu->cr3 = t->image.cr3;
    ia32_tlb_flush_nonglobal(cpu);
    return IA32_OK;
}

/* From here on the new task runs.  The page tables are the last thing whose
 * absence could be met on the way, and were there a moment ago. */
static enum ia32_status load_registers(struct ia32_cpu *cpu,
                                       const struct switching *t)
{
    IA32_TRY(load_cr3(cpu, t));
    ia32_load_seg(cpu, IA32_TR, &t->tss, t->tss.seg.selector);
    cpu->cr0 |= CR0_TS;
    cpu->dr[7] &= ~DR7_LOCAL;
    memcpy(cpu->gpr, t->image.gpr, sizeof t->image.gpr);
    cpu->rip = t->image.rip;
    ia32_set_rflags(cpu, t->image.rflags);
    cpu->repeating = false;
    ia32_task_selectors(cpu, &t->image);
    ia32_update_mode(cpu);
    ia32_end_block(cpu);
    return IA32_OK;
}

/* Everything up to the new task's first doubtful step. */
static enum ia32_status commit(struct ia32_cpu *cpu, struct switching *t)
{
    IA32_TRY(check_old(cpu, t));
    IA32_TRY(check_new(cpu, t));
    IA32_TRY(check_cr3(cpu, t));
    IA32_TRY(save(cpu, t));
    IA32_TRY(mark(cpu, t));
    IA32_TRY(read_image(cpu, t));
    return load_registers(cpu, t);
}

/* "This exception is generated after program control has passed to the new
 * task and prior to the execution of the first instruction": Vol 3B,
 * "Task-Switch Exception Condition". */
static void set_trap(struct ia32_cpu *cpu, const struct switching *t)
{
    if (t->image.trap)
        cpu->pending_debug |= DR6_BT;
    ia32_attend(cpu);
}

static enum ia32_status check_rip(struct ia32_cpu *cpu, unsigned ext)
{
    if (cpu->rip > cpu->seg[IA32_CS].limit)
        return ia32_fault(cpu, IA32_GP, ext);
    return IA32_OK;
}

/* --- CALL, JMP, IRET --------------------------------------------------- */

static enum ia32_status begin_task(struct ia32_cpu *cpu, struct switching *t)
{
    IA32_TRY(ia32_task_segments(cpu, &t->image, 0));
    set_trap(cpu, t);
    return check_rip(cpu, 0);
}

static enum ia32_status ask_model(struct ia32_cpu *cpu, uint16_t selector,
                                  enum ia32_task_source source,
                                  const struct ia32_insn *insn)
{
    if (!cpu->non_root)
        return IA32_OK;
    return cpu->virt->ops->task_switch(cpu->virt, selector, source, insn);
}

enum ia32_status ia32_task_switch(struct ia32_cpu *cpu, uint16_t selector,
                                  enum ia32_task_source source,
                                  const struct ia32_insn *insn)
{
    struct switching t = {.source = source,
                          .rip = ia32_next_rip(cpu),
                          .rflags = ia32_get_rflags(cpu)};
    if (source == IA32_TASK_IRET)
        t.rflags &= ~FL_NT;
    ia32_settle(cpu);
    IA32_TRY(check_tss(cpu, selector, &t));
    IA32_TRY(ask_model(cpu, selector, source, insn));
    IA32_TRY(commit(cpu, &t));
    enum ia32_status st = begin_task(cpu, &t);
    if (st == IA32_OK)
        return IA32_JUMP;
    if (st != IA32_FAULT)
        return st;
    struct ia32_event fault = cpu->pending;
    return ia32_deliver(cpu, &fault, false);
}

/* --- task gates in the IDT --------------------------------------------- */

/* An error code goes on the new task's stack, in fields of its TSS's size. */
static enum ia32_status push_error_code(struct ia32_cpu *cpu,
                                        const struct switching *t,
                                        uint32_t error_code)
{
    struct ia32_stack st = ia32_current_stack(cpu, t->ext);
    IA32_TRY(ia32_stack_reserve(cpu, &st, 1, t->format->unit));
    IA32_TRY(ia32_stack_push(cpu, &st, t->format->unit, error_code));
    cpu->gpr[IA32_RSP] = st.sp;
    return IA32_OK;
}

enum ia32_status ia32_task_event(struct ia32_cpu *cpu, uint16_t selector,
                                 const struct ia32_event *event,
                                 bool injected)
{
    struct switching t = {.source = IA32_TASK_GATE_IDT,
                          .ext = !ia32_is_software(event),
                          .rip = ia32_event_rip(cpu, event),
                          .rflags = ia32_event_flags(cpu, event, injected)};
    IA32_TRY(check_tss(cpu, selector, &t));
    IA32_TRY(ask_model(cpu, selector, IA32_TASK_GATE_IDT, cpu->insn));
    IA32_TRY(commit(cpu, &t));
    IA32_TRY(ia32_task_segments(cpu, &t.image, t.ext));
    set_trap(cpu, &t);
    if (event->has_error_code)
        IA32_TRY(push_error_code(cpu, &t, event->error_code));
    return check_rip(cpu, t.ext);
}
