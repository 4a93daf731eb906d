/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events and returns through random tables: whatever stands in IDT, GDT, TSS
 * and on the stack, the processor ends in a state that could exist, or shuts
 * down.  Descriptors and frames are mostly right, with a bit or two wrong.
 * SDM Vol 3A, "Interrupt and Exception Handling", "Protection". */
#include "tests/ia32/longrig.h"
#include "tests/ia32/realrig.h"

#define PROGRAMS 4000u
#define STEPS 6u
#define EFLAGS_RESERVED UINT64_C(0xffffffffffc08028)

static uint32_t seed = 7;

static uint32_t any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

static uint32_t below(uint32_t n)
{
    return (any() >> 8) % n;
}

/* Flip a few bits of a table, or copy one entry over another. */
static void spoil(struct sys *s, uint32_t at, uint32_t bytes)
{
    for (unsigned i = below(4); i > 0; i--) {
        uint32_t entry = at + below(bytes / 8) * 8;
        uint64_t value = vt_physmem_read(s->pm, entry, 8);
        if (below(2))
            value ^= VT_BIT(40 + below(16)); /* access rights, limit */
        else if (below(2))
            value = vt_physmem_read(s->pm, at + below(bytes / 8) * 8, 8);
        else
            value ^= VT_BIT(below(64));
        sys_put64(s, entry, value);
    }
}

static void begin(struct sys *s)
{
    switch (below(7)) {
    case 0: real_init(s, LONG_MODEL); break;
    case 1: vm86_init(s, LONG_MODEL, any() & (FL_IOPL | FL_IF)); break;
    case 2: sys_init(s, LONG_MODEL, 0); break;
    case 3: sys_init(s, LONG_MODEL, 3); break;
    case 4: long_init(s, 0, 64); break;
    case 5: long_init(s, 3, 64); break;
    default: long_init(s, 3, 32); break;
    }
    s->cpu->features[IA32_F_VME / 64] |= VT_BIT(IA32_F_VME % 64);
    s->cpu->cr4 |= below(2) ? CR4_VME | CR4_PVI : 0;
    spoil(s, SYS_GDT, L_GDT_BYTES);
    spoil(s, SYS_IDT, 0x400);
    spoil(s, SYS_TSS, 0x68);
    if (below(4) == 0)
        s->cpu->idtr.limit = (uint16_t)below(0x400);
    if (below(4) == 0)
        s->cpu->seg[IA32_TR].limit = below(0x68);
}

/* A frame for a return, of the right shape. */
static void push_frame(struct sys *s)
{
    static const uint16_t selectors[] = {
        CODE0, DATA0, CODE3 | 3, DATA3 | 3, CODE1 | 1, CONF0, L_CODE3 | 3,
        L_DATA3 | 3, L_COMPAT3 | 3, L_COMPAT0, 0, 3, TSS, LDT, SLOT_A};
    struct ia32_cpu *cpu = s->cpu;
    unsigned size = cpu->mode & IA32_MODE_LONG64   ? 8
                    : cpu->mode & IA32_MODE_CODE32 ? 4
                                                   : 2;
    uint64_t la = (cpu->seg[IA32_SS].base + cpu->gpr[IA32_RSP]) & 0xfffff;
    for (unsigned i = 0; i < 9 && la + 9 * 8 < 0x100000; i++) {
        uint64_t value = below(2) ? selectors[below(ARRAY_SIZE(selectors))]
                                  : any() & 0xffff;
        if (i == 2)
            value = any() & (below(2) ? 0x3fffff : 0x1ffff);
        if (below(16) == 0)
            value |= (uint64_t)any() << 32 | any();
        vt_physmem_write(s->pm, la + i * size, value, size);
    }
}

static enum ia32_status event(struct sys *s)
{
    static const uint8_t types[] = {IA32_EXT_INT, IA32_EV_NMI, IA32_HW_EXC,
                                    IA32_SW_INT};
    struct ia32_event e = {.type = types[below(4)],
                           .vector = (uint8_t)below(64)};
    if (e.type == IA32_EV_NMI)
        e.vector = IA32_NMI;
    if (e.type == IA32_HW_EXC)
        e.vector = (uint8_t)(below(2) ? IA32_GP : IA32_UD);
    e.has_error_code = e.type == IA32_HW_EXC && e.vector == IA32_GP;
    e.insn_length = 2;
    return ia32_deliver(s->cpu, &e, below(8) == 0);
}

/* IRET, far RET, system calls and the like, through the decoder. */
static enum ia32_status instruction(struct sys *s)
{
    static const uint8_t code[][4] = {
        {0xcf},       {0x66, 0xcf}, {0x48, 0xcf},       {0xcb},
        {0x48, 0xcb}, {0xcd, 0x30}, {0xcc},             {0x0f, 0x34},
        {0x0f, 0x35}, {0x0f, 0x05}, {0x48, 0x0f, 0x07}, {0x9d},
        {0x9c},       {0xfb},       {0x0f, 0x0b}};
    struct ia32_insn insn;
    struct ia32_cpu *cpu = s->cpu;
    memset(&insn, 0, sizeof insn);
    if (ia32_decode(code[below(ARRAY_SIZE(code))], 4, cpu->mode,
                    cpu->features, &insn) != DECODE_OK)
        return IA32_OK;
    ia32_begin_alone(cpu, &insn);
    enum ia32_status st = ia32_op_guarded(cpu, &insn);
    cpu->insn = NULL;
    return st;
}

static bool could_exist(struct ia32_cpu *cpu)
{
    const struct ia32_seg *cs = &cpu->seg[IA32_CS], *ss = &cpu->seg[IA32_SS];
    unsigned mode = cpu->mode;
    bool vm86 = (cpu->rflags & FL_VM) != 0, prot = (cpu->cr0 & CR0_PE) != 0;
    uint64_t flags = ia32_get_rflags(cpu);
    ia32_update_mode(cpu);
    if (mode != cpu->mode || (flags & EFLAGS_RESERVED) ||
        !(flags & FL_FIXED1) || cpu->cpl != ia32_ar_dpl(ss->ar))
        return false;
    if (!prot)
        return cpu->cpl == 0 && !vm86;
    if (vm86)
        return !ia32_long(cpu) && cpu->cpl == 3 && cs->ar == 0xf3 &&
               ss->ar == 0xf3 && cs->base == cs->selector * 16u &&
               cs->limit == 0xffff;
    if (!ia32_ar_is_code(cs->ar) || (cs->selector & 3) != cpu->cpl ||
        !(cs->ar & AR_P))
        return false;
    if (!(mode & IA32_MODE_LONG64) && (ss->ar & AR_UNUSABLE))
        return false;
    return !(mode & IA32_MODE_LONG64) ||
           (ia32_canonical(cpu->rip) && !(cs->ar & AR_DB));
}

static void programs(void)
{
    unsigned jumps = 0, faults = 0, stops = 0;
    for (unsigned i = 0; i < PROGRAMS; i++) {
        struct sys s;
        begin(&s);
        for (unsigned step = 0; step < STEPS; step++) {
            push_frame(&s);
            enum ia32_status st = below(2) ? event(&s) : instruction(&s);
            jumps += st == IA32_JUMP;
            faults += st == IA32_FAULT;
            stops += st == IA32_STOP;
            if (!could_exist(s.cpu)) {
                fprintf(stderr, "\n    program %u, step %u\n", i, step);
                CU_FAIL("a state that cannot exist");
                break;
            }
            if (st == IA32_STOP)
                break;
        }
        CU_ASSERT_EQUAL(vt_ledger_total(&s.cpu->base.ledger),
                        s.cpu->base.now_cycles);
        sys_done(&s);
    }
    printf("\n  RESULT %u programs: %u transfers, %u faults, %u shutdowns\n",
           PROGRAMS, jumps, faults, stops);
    CU_ASSERT(jumps > PROGRAMS && faults > PROGRAMS / 4 && stops > 100);
}

int main(void)
{
    static const struct sys_case cases[] = {
        {"states that could exist", programs},
    };
    return sys_main("random events", cases, ARRAY_SIZE(cases));
}
