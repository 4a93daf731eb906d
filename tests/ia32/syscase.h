/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cases of one instruction as lines of a table: its bytes, what was before,
 * the fault or what has changed.  Whatever a case does not mention must be as
 * it was: registers, segment registers with their hidden parts, CR0, CPL,
 * tables, flags; memory is compared where a case mentions it. */
#ifndef TEST_SYSCASE_H
#define TEST_SYSCASE_H

#include "tests/ia32/sysrig.h"

/* Things that have a value.  Of memory the low 24 bits are its address. */
enum thing_kind {
    T_END, T_GPR, T_SELECTOR, T_BASE, T_LIMIT, T_AR, T_RIP, T_CPL, T_FLAGS,
    T_CR0, T_CR3, T_CR4, T_GDT_BASE, T_GDT_LIMIT, T_IDT_BASE, T_IDT_LIMIT,
    T_M8, T_M16, T_M32, T_M64
};
#define THING(kind, n) ((uint32_t)(kind) << 24 | (uint32_t)(n))
#define GPR(r) THING(T_GPR, IA32_##r)
#define SEL(s) THING(T_SELECTOR, IA32_##s)
#define BASE(s) THING(T_BASE, IA32_##s)
#define LIMIT(s) THING(T_LIMIT, IA32_##s)
#define AR(s) THING(T_AR, IA32_##s)
#define RIP THING(T_RIP, 0)
#define CPL THING(T_CPL, 0)
#define FLAGS THING(T_FLAGS, 0)
#define CR0 THING(T_CR0, 0)
#define CR3 THING(T_CR3, 0)
#define CR4 THING(T_CR4, 0)
#define GDT_BASE THING(T_GDT_BASE, 0)
#define GDT_LIMIT THING(T_GDT_LIMIT, 0)
#define IDT_BASE THING(T_IDT_BASE, 0)
#define IDT_LIMIT THING(T_IDT_LIMIT, 0)
#define M8(at) THING(T_M8, at)
#define M16(at) THING(T_M16, at)
#define M32(at) THING(T_M32, at)
#define M64(at) THING(T_M64, at)

struct setting {
    uint32_t thing;
    uint64_t value;
};

struct insn_case {
    const char *name;
    uint8_t code[12];
    struct setting before[8];
    unsigned vector; /* NO_FAULT: after says what has changed */
    uint32_t error;
    struct setting after[12];
};

#define OK NO_FAULT, 0
#define NONE {{0, 0}} /* nothing before, or after */
#define GP0 IA32_GP, 0
#define SS0 IA32_SSF, 0
#define UD IA32_UD, NO_CODE

/* Descriptors as constants. */
#define DESC(base, limit, ar)                                               \
    ((uint64_t)((limit) & 0xffffu) |                                        \
     (uint64_t)((base) & 0xffffffu) << 16 |                                 \
     (uint64_t)((ar) & 0xf0ffu) << 40 |                                     \
     (uint64_t)((limit) & 0xf0000u) << 32 |                                 \
     (uint64_t)((base) & 0xff000000u) << 32)
#define FLAT(ar) DESC(0u, 0xfffffu, ar)
#define GATE(type, dpl, selector, offset)                                   \
    ((uint64_t)((offset) & 0xffffu) | (uint64_t)(selector) << 16 |          \
     (uint64_t)A_SYS(type, dpl) << 40 |                                     \
     (uint64_t)((offset) & 0xffff0000u) << 32)

/* Registers of a state; memory is not in here. */
static inline void thing_set(struct ia32_cpu *cpu, uint32_t thing, uint64_t v)
{
    unsigned n = thing & 0xffffff;
    switch ((enum thing_kind)(thing >> 24)) {
    case T_GPR: cpu->gpr[n] = v; break;
    case T_SELECTOR: cpu->seg[n].selector = (uint16_t)v; break;
    case T_BASE: cpu->seg[n].base = v; break;
    case T_LIMIT: cpu->seg[n].limit = (uint32_t)v; break;
    case T_AR: cpu->seg[n].ar = (uint32_t)v; break;
    case T_RIP: cpu->rip = v; break;
    case T_CPL: cpu->cpl = (uint8_t)v; break;
    case T_FLAGS: ia32_set_rflags(cpu, v); break;
    case T_CR0: cpu->cr0 = v; break;
    case T_CR3: cpu->cr3 = v; break;
    case T_CR4: cpu->cr4 = v; break;
    case T_GDT_BASE: cpu->gdtr.base = v; break;
    case T_GDT_LIMIT: cpu->gdtr.limit = (uint16_t)v; break;
    case T_IDT_BASE: cpu->idtr.base = v; break;
    case T_IDT_LIMIT: cpu->idtr.limit = (uint16_t)v; break;
    default: break;
    }
}

static inline unsigned thing_bytes(uint32_t thing)
{
    unsigned kind = thing >> 24;
    return kind < T_M8 ? 0 : 1u << (kind - T_M8);
}

static inline void case_before(struct sys *s, const struct insn_case *c)
{
    for (unsigned i = 0; i < ARRAY_SIZE(c->before); i++) {
        const struct setting *b = &c->before[i];
        unsigned bytes = thing_bytes(b->thing);
        if (bytes)
            vt_physmem_write(s->pm, b->thing & 0xffffff, b->value, bytes);
        else
            thing_set(s->cpu, b->thing, b->value);
    }
    ia32_update_mode(s->cpu);
}

/* The state that must result, from the one before. */
static inline bool case_after(struct sys *s, const struct insn_case *c,
                              struct ia32_cpu *want)
{
    bool ok = true;
    for (unsigned i = 0; i < ARRAY_SIZE(c->after); i++) {
        const struct setting *a = &c->after[i];
        unsigned bytes = thing_bytes(a->thing);
        if (bytes)
            ok = ok && vt_physmem_read(s->pm, a->thing & 0xffffff, bytes) ==
                           a->value;
        else
            thing_set(want, a->thing, a->value);
    }
    return ok;
}

static inline bool same_tables(const struct ia32_cpu *a,
                               const struct ia32_cpu *b)
{
    return a->gdtr.limit == b->gdtr.limit && a->idtr.limit == b->idtr.limit;
}

static inline void case_show(const struct ia32_cpu *got,
                             const struct ia32_cpu *want)
{
    fprintf(stderr, "\n    rip %llx/%llx rsp %llx/%llx rax %llx/%llx fl "
                    "%llx/%llx cpl %u/%u",
            (unsigned long long)got->rip, (unsigned long long)want->rip,
            (unsigned long long)got->gpr[IA32_RSP],
            (unsigned long long)want->gpr[IA32_RSP],
            (unsigned long long)got->gpr[IA32_RAX],
            (unsigned long long)want->gpr[IA32_RAX],
            (unsigned long long)ia32_get_rflags(got),
            (unsigned long long)ia32_get_rflags(want), got->cpl, want->cpl);
    for (unsigned i = 0; i < IA32_SEG_COUNT; i++)
        if (!sys_same_segment(&got->seg[i], &want->seg[i]))
            fprintf(stderr,
                    "\n    seg %u: %04x %llx %x %x / %04x %llx %x %x", i,
                    got->seg[i].selector,
                    (unsigned long long)got->seg[i].base, got->seg[i].limit,
                    got->seg[i].ar, want->seg[i].selector,
                    (unsigned long long)want->seg[i].base,
                    want->seg[i].limit, want->seg[i].ar);
    fprintf(stderr, "\n    pending %u(%x)", got->pending.vector,
            (unsigned)got->pending.error_code);
}

/* Run one case on a system that stands ready. */
static inline void case_run(struct sys *s, const struct insn_case *c)
{
    case_before(s, c);
    sys_code(s, c->code, sizeof c->code);
    static struct ia32_cpu want;
    want = *s->cpu;
    enum ia32_status st = sys_exec(s);
    bool ok = sys_faulted(s, st, c->vector, c->error);
    if (ok && c->vector == NO_FAULT) {
        if (st == IA32_OK)
            want.rip = s->cpu->rip; /* the next instruction */
        ok = case_after(s, c, &want);
        ok = sys_same_state(s->cpu, &want) && same_tables(s->cpu, &want) &&
             ok;
    }
    if (!ok)
        case_show(s->cpu, &want);
    sys_report(c->name, ok);
}

#endif
