/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two tasks for tests, on the system of sysrig.h: the old one is sysrig's,
 * the new one has a TSS of 32 or 16 bits and segments of its own; and all ways
 * from one to the other. */
#ifndef TEST_TASKRIG_H
#define TEST_TASKRIG_H

#include "sim/ia32/boundary.h"
#include "sim/ia32/task.h"
#include "tests/ia32/syscase.h"

/* The old task is sysrig's, TSS at SYS_TSS.  The new one: */
#define NEW_TSS 0x14000u
#define NEW_LDT 0x15000u
#define NEW_STACK 0x2c000u
#define NEW_EIP 0x7000u
#define NEW_FLAGS 0x3646u /* IOPL 3, IF, DF, PF, ZF */
enum { L_LDT = SLOT_B }; /* LDT of the new task */

/* Fields of a 32-bit TSS. */
enum { LINK = 0, F_CR3 = 0x1c, F_EIP = 0x20, F_EFLAGS = 0x24, F_GPR = 0x28,
       F_ES = 0x48, F_CS = 0x4c, F_SS = 0x50, F_DS = 0x54, F_FS = 0x58,
       F_GS = 0x5c, F_LDT = 0x60, F_T = 0x64 };
/* And of a 16-bit one. */
enum { W_IP = 0x0e, W_FLAGS = 0x10, W_GPR = 0x12, W_ES = 0x22, W_LDT = 0x2a };

#define NEW(field) M16(NEW_TSS + (field))
#define OLD(field) M16(SYS_TSS + (field))
#define GDT(selector) M64(SYS_GDT + (selector))
#define RIGHTS(selector) (SYS_GDT + (selector) + 5)
#define TSS32_AT(base, limit) DESC(base, limit, A_SYS(IA32_TSS32, 0))

static inline void put(struct sys *s, uint32_t at, uint64_t v, unsigned bytes)
{
    vt_physmem_write(s->pm, at, v, bytes);
}

static inline uint64_t peek(struct sys *s, uint32_t at, unsigned bytes)
{
    return vt_physmem_read(s->pm, at, bytes);
}

/* A task that runs at CPL 0 with segments of its own. */
static inline void new_task32(struct sys *s)
{
    sys_put64(s, SYS_GDT + SLOT_A, TSS32_AT(NEW_TSS, 0x67));
    sys_put64(s, SYS_GDT + L_LDT,
              DESC(NEW_LDT, LDT_BYTES - 1, A_SYS(IA32_LDT, 0)));
    for (unsigned at = 0; at < 0x68; at += 4)
        put(s, NEW_TSS + at, 0, 4);
    put(s, NEW_TSS + F_EIP, NEW_EIP, 4);
    put(s, NEW_TSS + F_EFLAGS, NEW_FLAGS, 4);
    for (unsigned i = 0; i < 8; i++)
        put(s, NEW_TSS + F_GPR + 4 * i, 0x11111111u * (i + 1), 4);
    put(s, NEW_TSS + F_GPR + 4 * IA32_RSP, NEW_STACK, 4);
    static const uint16_t selector[] = {DATA3, CODE0, DATA0, DATA0, 8 | 4,
                                        0};
    for (unsigned i = 0; i < 6; i++)
        put(s, NEW_TSS + F_ES + 4 * i, selector[i], 2);
    put(s, NEW_TSS + F_LDT, L_LDT, 2);
    sys_put64(s, NEW_LDT + 8, FLAT(A_DATA(0)));
}

static inline void new_task16(struct sys *s)
{
    sys_put64(s, SYS_GDT + SLOT_A,
              DESC(NEW_TSS, 0x2b, A_SYS(IA32_TSS16, 0)));
    for (unsigned at = 0; at < 0x2c; at += 2)
        put(s, NEW_TSS + at, 0, 2);
    put(s, NEW_TSS + W_IP, NEW_EIP, 2);
    put(s, NEW_TSS + W_FLAGS, NEW_FLAGS, 2);
    for (unsigned i = 0; i < 8; i++)
        put(s, NEW_TSS + W_GPR + 2 * i, 0x1111u * (i + 1), 2);
    put(s, NEW_TSS + W_GPR + 2 * IA32_RSP, 0x9000, 2);
    static const uint16_t selector[] = {DATA3, CODE0, DATA0, DATA0};
    for (unsigned i = 0; i < 4; i++)
        put(s, NEW_TSS + W_ES + 2 * i, selector[i], 2);
}

/* --- ways to switch ---------------------------------------------------- */

enum way { JMP, CALL, IRET, GATE_UD, GATE_GP, GATE_INT };

/* The instruction, or the event, and what it needs to get there. */
static inline void prepare(struct sys *s, enum way way)
{
    uint8_t far_call[] = {0x9a, 0, 0, 0, 0, SLOT_A, 0};
    uint8_t iret = 0xcf, int33[] = {0xcd, 33};
    uint64_t gate = sys_gate(IA32_TASK_GATE, 3, true, SLOT_A, 0, 0);
    far_call[0] = way == JMP ? 0xea : 0x9a;
    if (way == IRET) {
        sys_code(s, &iret, 1);
        s->cpu->rflags |= FL_NT;
        put(s, SYS_TSS + LINK, SLOT_A, 2);
        put(s, RIGHTS(SLOT_A), peek(s, RIGHTS(SLOT_A), 1) | 2, 1);
    } else if (way == GATE_INT) {
        sys_code(s, int33, 2);
        sys_put64(s, SYS_IDT + 33 * 8, gate);
    } else if (way == JMP || way == CALL) {
        sys_code(s, far_call, 7);
    } else {
        sys_put64(s, SYS_IDT + IA32_UD * 8, gate);
        sys_put64(s, SYS_IDT + IA32_GP * 8, gate);
    }
}

static inline enum ia32_status go(struct sys *s, enum way way)
{
    struct ia32_event ud = {.vector = IA32_UD, .type = IA32_HW_EXC};
    struct ia32_event gp = {.vector = IA32_GP,
                            .type = IA32_HW_EXC,
                            .has_error_code = true,
                            .error_code = 0xbeef};
    if (way == GATE_UD || way == GATE_GP)
        return ia32_deliver(s->cpu, way == GATE_UD ? &ud : &gp, false);
    return sys_exec(s);
}

/* Where RIP of the old task must be found. */
static inline uint32_t return_to(enum way way)
{
    static const uint32_t length[] = {7, 7, 1, 0, 0, 2};
    return SYS_CODE + length[way];
}

static inline bool is_nested(enum way way)
{
    return way != JMP && way != IRET;
}

/* --- to look at ------------------------------------------------------- */

/* Both TSSs and the GDT, to see that nothing was written. */
struct snapshot {
    uint8_t old[0x68], new[0x68], gdt[GDT_BYTES];
};

static inline void take(struct sys *s, struct snapshot *to)
{
    sys_must(vt_physmem_get(s->pm, SYS_TSS, to->old, sizeof to->old) &&
                 vt_physmem_get(s->pm, NEW_TSS, to->new, sizeof to->new) &&
                 vt_physmem_get(s->pm, SYS_GDT, to->gdt, sizeof to->gdt),
             "no RAM");
}

static inline bool untouched(struct sys *s, const struct snapshot *before)
{
    struct snapshot now;
    take(s, &now);
    return memcmp(&now, before, sizeof now) == 0;
}

/* Exceptions as they are raised. */
struct faults {
    unsigned vector[8];
    uint32_t error[8];
    unsigned count;
};

static inline void on_fault(void *opaque, const struct vt_event *event)
{
    struct faults *f = opaque;
    if (f->count == ARRAY_SIZE(f->vector))
        return;
    f->vector[f->count] = event->u.intr.vector;
    f->error[f->count++] = event->u.intr.error_code;
}

#endif
