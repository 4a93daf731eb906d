/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A protected-mode system for tests of segmentation, transfers, delivery and
 * system instructions: GDT, LDT, IDT and a 32-bit TSS, everything flat, with
 * slots for the descriptors that a case is about.
 *
 * sys_exec runs one instruction's handler by itself and compares what a
 * fault left behind with what was there: "nothing was changed" is checked
 * for every case. */
#ifndef TEST_SYSRIG_H
#define TEST_SYSRIG_H

#include <stdio.h>
#include <stdlib.h>

#include <CUnit/Basic.h>

#include "sim/ia32/event.h"
#include "sim/ia32/exec.h"
#include "sim/ia32/flags.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/rows.h"
#include "sim/ia32/segment.h"
#include "sim/machine/machine.h"

#define SYS_CODE 0x1000u
#define SYS_GDT 0x10000u
#define SYS_IDT 0x11000u
#define SYS_TSS 0x12000u
#define SYS_LDT 0x13000u
#define SYS_STACK0 0x20000u /* top of the stack at CPL 0 */
#define SYS_STACK1 0x24000u
#define SYS_STACK3 0x28000u
#define SYS_DATA 0x30000u
#define SYS_HANDLER(vector) (0x40000u + (vector) * 16u)

/* Selectors without RPL. */
enum {
    CODE0 = 0x08, DATA0 = 0x10, CODE3 = 0x18, DATA3 = 0x20, TSS = 0x28,
    LDT = 0x30, CODE1 = 0x38, DATA1 = 0x40, CONF0 = 0x48, CONF3 = 0x50,
    SLOT_A = 0x80, SLOT_B = 0x88, SLOT_C = 0x90,
    GDT_BYTES = 0x98, LDT_BYTES = 0x20
};

/* Access rights as in struct ia32_seg. */
#define A_CODE(dpl) (0xc09bu | (dpl) << 5)
#define A_CODE_X(dpl) (0xc099u | (dpl) << 5) /* execute-only */
#define A_CONF(dpl) (0xc09fu | (dpl) << 5)
#define A_DATA(dpl) (0xc093u | (dpl) << 5)
#define A_RO(dpl) (0xc091u | (dpl) << 5)
#define A_SYS(type, dpl) (0x80u | (type) | (dpl) << 5)
#define A_ABSENT(ar) ((ar) & ~0x80u)

struct sys {
    struct vt_machine *m;
    struct vt_physmem *pm;
    struct ia32_cpu *cpu;
    struct vt_event first_fault;
    unsigned events[VT_EV_COUNT];
    struct vt_profile *profile;
};

static inline void sys_must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "sysrig: %s\n", what);
        exit(1);
    }
}

static inline uint64_t sys_descriptor(uint32_t base, uint32_t limit,
                                      uint32_t ar)
{
    return (limit & 0xffffu) | (uint64_t)(base & 0xffffffu) << 16 |
           (uint64_t)(ar & 0xf0ffu) << 40 |
           (uint64_t)(limit & 0xf0000u) << 32 |
           (uint64_t)(base & 0xff000000u) << 32;
}

static inline uint64_t sys_gate(unsigned type, unsigned dpl, bool present,
                                uint16_t selector, uint32_t offset,
                                unsigned parameters)
{
    return (offset & 0xffffu) | (uint64_t)selector << 16 |
           (uint64_t)parameters << 32 |
           (uint64_t)(type | dpl << 5 | (unsigned)present << 7) << 40 |
           (uint64_t)(offset & 0xffff0000u) << 32;
}

static inline void sys_put64(struct sys *s, uint32_t pa, uint64_t value)
{
    vt_physmem_write(s->pm, pa, value, 8);
}

static inline uint32_t sys_get32(struct sys *s, uint32_t pa)
{
    return (uint32_t)vt_physmem_read(s->pm, pa, 4);
}

static inline void sys_put32(struct sys *s, uint32_t pa, uint32_t value)
{
    vt_physmem_write(s->pm, pa, value, 4);
}

/* A flat descriptor (limit 4 GiB when ar has G) into the GDT. */
static inline void sys_gdt(struct sys *s, unsigned selector, uint32_t ar)
{
    sys_put64(s, SYS_GDT + (selector & 0xfff8u),
              sys_descriptor(0, 0xfffff, ar));
}

/* The same descriptor where no check may let it be used: slot 0 of the GDT,
 * just behind both tables, and in the LDT. */
static inline void sys_forbidden(struct sys *s, uint64_t raw)
{
    sys_put64(s, SYS_GDT, raw);
    sys_put64(s, SYS_GDT + GDT_BYTES, raw);
    sys_put64(s, SYS_LDT + 8, raw);
    sys_put64(s, SYS_LDT + LDT_BYTES, raw);
}

static inline void sys_listener(void *opaque, const struct vt_event *event)
{
    struct sys *s = opaque;
    if (event->kind == VT_EV_FAULT && s->events[VT_EV_FAULT] == 0)
        s->first_fault = *event;
    s->events[event->kind]++;
}

static inline void sys_tables(struct sys *s)
{
    sys_gdt(s, CODE0, A_CODE(0));
    sys_gdt(s, DATA0, A_DATA(0));
    sys_gdt(s, CODE1, A_CODE(1));
    sys_gdt(s, DATA1, A_DATA(1));
    sys_gdt(s, CODE3, A_CODE(3));
    sys_gdt(s, DATA3, A_DATA(3));
    sys_gdt(s, CONF0, A_CONF(0));
    sys_gdt(s, CONF3, A_CONF(3));
    sys_put64(s, SYS_GDT + TSS,
              sys_descriptor(SYS_TSS, 0x67, A_SYS(IA32_TSS32_BUSY, 0)));
    sys_put64(s, SYS_GDT + LDT,
              sys_descriptor(SYS_LDT, LDT_BYTES - 1, A_SYS(IA32_LDT, 0)));
    for (unsigned v = 0; v < 64; v++)
        sys_put64(s, SYS_IDT + v * 8,
                  sys_gate(IA32_INT_GATE32, v >= 32 ? 3 : 0, true, CODE0,
                           SYS_HANDLER(v), 0));
    vt_physmem_write(s->pm, SYS_TSS + 102, 0x68, 2); /* no I/O bit map */
    sys_put32(s, SYS_TSS + 4, SYS_STACK0);
    sys_put32(s, SYS_TSS + 8, DATA0);
    sys_put32(s, SYS_TSS + 12, SYS_STACK1);
    sys_put32(s, SYS_TSS + 16, DATA1 | 1);
}

static inline struct ia32_seg sys_seg(unsigned selector, uint32_t base,
                                      uint32_t limit, uint32_t ar)
{
    return (struct ia32_seg){.base = base,
                             .limit = limit,
                             .ar = ar,
                             .selector = (uint16_t)selector};
}

/* CPL 0 at SYS_CODE (or CPL 1, 3), tables loaded. */
static inline void sys_enter(struct sys *s, unsigned cpl)
{
    struct ia32_cpu *cpu = s->cpu;
    unsigned code = cpl == 0 ? CODE0 : cpl == 1 ? CODE1 : CODE3;
    struct ia32_seg cs =
        sys_seg(code | cpl, 0, 0xffffffff, A_CODE(cpl));
    struct ia32_seg ss =
        sys_seg((code + 8) | cpl, 0, 0xffffffff, A_DATA(cpl));
    cpu->gdtr = (struct ia32_dtr){SYS_GDT, GDT_BYTES - 1};
    cpu->idtr = (struct ia32_dtr){SYS_IDT, 64 * 8 - 1};
    ia32_set_seg(cpu, IA32_SS, &ss);
    ia32_set_seg(cpu, IA32_CS, &cs);
    static const enum ia32_seg_index data[] = {IA32_ES, IA32_DS, IA32_FS,
                                               IA32_GS};
    for (unsigned i = 0; i < 4; i++)
        cpu->seg[data[i]] = ss;
    cpu->seg[IA32_TR] =
        sys_seg(TSS, SYS_TSS, 0x67, A_SYS(IA32_TSS32_BUSY, 0));
    cpu->seg[IA32_LDTR] =
        sys_seg(LDT, SYS_LDT, LDT_BYTES - 1, A_SYS(IA32_LDT, 0));
    cpu->gpr[IA32_RSP] = cpl == 0   ? SYS_STACK0 - 0x100
                         : cpl == 1 ? SYS_STACK1 - 0x100
                                    : SYS_STACK3;
    cpu->rip = SYS_CODE;
    ia32_update_mode(cpu);
}

static const char sys_profile[] =
    "profile  test \"prices for tests\"\n"
    "clock    1000000 Hz A \"assumed\"\n"
    "cost     insn.alu      3 cycles A \"assumed\"\n"
    "cost     device.port 101 cycles A \"assumed\"\n"
    "cost     event.wake  211 cycles A \"assumed\"\n"
    "cost     event.delivery 53 cycles A \"assumed\"\n";

static inline void sys_init(struct sys *s, const char *model, unsigned cpl)
{
    struct vt_error err = {VT_OK, ""};
    memset(s, 0, sizeof *s);
    sys_must(vt_profile_parse(sys_profile, sizeof sys_profile - 1, "test",
                              &s->profile, &err) == VT_OK,
             err.text);
    s->m = vt_machine_new(s->profile);
    s->pm = vt_machine_physmem(s->m);
    sys_must(vt_physmem_add_ram(s->pm, 0, 1 << 20, &err) == VT_OK, err.text);
    sys_must(ia32_new(s->m, model, &s->cpu, &err) == VT_OK, err.text);
    vt_machine_add_cpu(s->m, &s->cpu->base);
    ia32_set_multiboot_state(s->cpu, SYS_CODE, 0, 0);
    vt_event_listen(vt_machine_bus(s->m), VT_EV_ALL & ~VT_EV_MASK(VT_EV_INSN),
                    sys_listener, s);
    sys_tables(s);
    sys_enter(s, cpl);
}

static inline void sys_done(struct sys *s)
{
    vt_machine_free(s->m);
    vt_profile_free(s->profile);
}

static inline void sys_code(struct sys *s, const void *bytes, size_t count)
{
    uint64_t la = s->cpu->seg[IA32_CS].base + s->cpu->rip;
    sys_must(vt_physmem_put(s->pm, la & 0xfffff, bytes, count),
             "code outside RAM");
}
#define SYS_CODE_BYTES(s, ...)                          \
    do {                                                \
        static const uint8_t bytes_[] = {__VA_ARGS__};  \
        sys_code(s, bytes_, sizeof bytes_);             \
    } while (0)

static inline bool sys_same_segment(const struct ia32_seg *a,
                                    const struct ia32_seg *b)
{
    return a->base == b->base && a->limit == b->limit && a->ar == b->ar &&
           a->selector == b->selector;
}

/* What a faulting instruction must leave alone. */
static inline bool sys_same_state(const struct ia32_cpu *a,
                                  const struct ia32_cpu *b)
{
    bool same = memcmp(a->gpr, b->gpr, 16 * sizeof a->gpr[0]) == 0 &&
                a->rip == b->rip &&
                ia32_get_rflags(a) == ia32_get_rflags(b) &&
                a->cr0 == b->cr0 && a->cr2 == b->cr2 && a->cr3 == b->cr3 &&
                a->cr4 == b->cr4 && memcmp(a->dr, b->dr, sizeof a->dr) == 0 &&
                a->cpl == b->cpl && a->gdtr.base == b->gdtr.base &&
                a->idtr.base == b->idtr.base;
    for (unsigned i = 0; i < IA32_SEG_COUNT; i++)
        same = same && sys_same_segment(&a->seg[i], &b->seg[i]);
    return same;
}

/* Run the handler of the instruction at RIP; nothing is delivered.  On a
 * fault, everything must be as before. */
static inline enum ia32_status sys_exec(struct sys *s)
{
    struct ia32_cpu *cpu = s->cpu;
    static struct ia32_insn insn;
    uint8_t bytes[15];
    memset(&insn, 0, sizeof insn);
    /* Whatever the mode: code is in the first megabyte, or an alias. */
    sys_must(vt_physmem_get(s->pm, (cpu->seg[IA32_CS].base + cpu->rip) &
                                       0xfffff,
                            bytes, 15),
             "no code");
    if (ia32_decode(bytes, 15, cpu->mode, cpu->features, &insn) != DECODE_OK)
        return ia32_fault_noerr(cpu, IA32_UD);
    ia32_begin_alone(cpu, &insn);
    struct ia32_cpu before = *cpu;
    enum ia32_status st = ia32_op_guarded(cpu, &insn);
    if (st == IA32_OK)
        cpu->rip = ia32_next_rip(cpu);
    cpu->insn = NULL;
    if (st == IA32_FAULT)
        CU_ASSERT(sys_same_state(&before, cpu));
    return st;
}

/* One case of a table failed: say which. */
static inline void sys_report(const char *name, bool ok)
{
    if (!ok)
        fprintf(stderr, "\n    failed: %s\n", name);
    CU_ASSERT(ok);
}

/* The fault a row of a test table expects: vector 0xff for none. */
#define NO_FAULT 0xffu
#define NO_CODE 0xffffffffu

static inline bool sys_faulted(const struct sys *s, enum ia32_status st,
                               unsigned vector, uint32_t error_code)
{
    const struct ia32_event *p = &s->cpu->pending;
    if (vector == NO_FAULT)
        return st == IA32_OK || st == IA32_JUMP;
    if (st != IA32_FAULT || p->vector != vector)
        return false;
    return error_code == NO_CODE
               ? !p->has_error_code
               : p->has_error_code && p->error_code == error_code;
}

struct sys_case {
    const char *name;
    CU_TestFunc fn;
};

static inline int sys_main(const char *suite, const struct sys_case *cases,
                           size_t count)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    CU_pSuite cu = CU_add_suite(suite, NULL, NULL);
    for (size_t i = 0; cu && i < count; i++)
        if (!CU_add_test(cu, cases[i].name, cases[i].fn))
            cu = NULL;
    if (!cu)
        return 1;
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures != 0;
}

#endif
