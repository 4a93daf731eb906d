/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Segment loads, far transfers, returns and task switches with random
 * descriptors, selectors and stacks.  What a processor accepts must leave the
 * segment registers in a state that VM entry accepts, too: its checks say
 * what software can bring about (Vol 3C, "Checks on Guest Segment Registers");
 * and what it refuses must change nothing (sys_exec looks).
 * The numbers are the same in every run. */
#include "tests/ia32/longrig.h"

static uint64_t state;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static unsigned below(unsigned n)
{
    return (unsigned)(next() >> 33) % n;
}

/* --- what must hold ---------------------------------------------------- */

static bool granular(const struct ia32_seg *s)
{
    if (s->ar & AR_G)
        return (s->limit & 0xfff) == 0xfff;
    return (s->limit & 0xfff00000) == 0;
}

static bool usable(const struct ia32_seg *s)
{
    return !(s->ar & AR_UNUSABLE);
}

static const char *code_and_stack(const struct ia32_cpu *cpu)
{
    const struct ia32_seg *cs = &cpu->seg[IA32_CS];
    const struct ia32_seg *ss = &cpu->seg[IA32_SS];
    unsigned type = cs->ar & AR_TYPE, dpl = ia32_ar_dpl(cs->ar);
    if ((cs->ar & (AR_S | AR_P | AR_CODE | AR_ACCESSED | AR_UNUSABLE)) !=
        (AR_S | AR_P | AR_CODE | AR_ACCESSED))
        return "CS: S, P, type";
    if (type & AR_CONFORMING ? dpl > cpu->cpl : dpl != cpu->cpl)
        return "CS: DPL";
    if (ia32_long(cpu) && (cs->ar & (AR_L | AR_DB)) == (AR_L | AR_DB))
        return "CS: L and D";
    if ((cs->selector & 3u) != cpu->cpl || ia32_ar_dpl(ss->ar) != cpu->cpl)
        return "CPL";
    if ((ss->selector & 3u) != cpu->cpl)
        return "SS: RPL";
    if (!usable(ss) && !ia32_long(cpu))
        return "SS: unusable";
    if (usable(ss) && (ss->ar & (AR_S | AR_P | AR_CODE | AR_WRITABLE |
                                 AR_ACCESSED)) !=
                          (AR_S | AR_P | AR_WRITABLE | AR_ACCESSED))
        return "SS: S, P, type";
    return NULL;
}

static const char *data(const struct ia32_cpu *cpu,
                        const struct ia32_seg *s)
{
    if (!usable(s))
        return NULL;
    if ((s->ar & (AR_S | AR_P | AR_ACCESSED)) !=
        (AR_S | AR_P | AR_ACCESSED))
        return "data: S, P, accessed";
    if ((s->ar & AR_CODE) && !(s->ar & AR_READABLE))
        return "data: execute-only";
    if (!ia32_ar_is_conforming(s->ar) &&
        (ia32_ar_dpl(s->ar) < (s->selector & 3u) ||
         ia32_ar_dpl(s->ar) < cpu->cpl))
        return "data: DPL";
    return NULL;
}

static const char *system_segments(const struct ia32_cpu *cpu)
{
    const struct ia32_seg *tr = &cpu->seg[IA32_TR];
    const struct ia32_seg *ldt = &cpu->seg[IA32_LDTR];
    unsigned type = tr->ar & AR_TYPE;
    bool busy32 = type == IA32_TSS32_BUSY;
    if ((tr->ar & (AR_S | AR_P | AR_UNUSABLE)) != AR_P ||
        !(busy32 || (type == IA32_TSS16_BUSY && !ia32_long(cpu))))
        return "TR";
    if (tr->selector & 4)
        return "TR: TI";
    if (usable(ldt) && ((ldt->ar & (AR_S | AR_P)) != AR_P ||
                        (ldt->ar & AR_TYPE) != IA32_LDT ||
                        (ldt->selector & 4)))
        return "LDTR";
    if (!ia32_canonical(tr->base) || !ia32_canonical(ldt->base))
        return "TR, LDTR: canonical";
    return NULL;
}

/* What is wrong, or NULL. */
static const char *wrong(const struct ia32_cpu *cpu)
{
    static const enum ia32_seg_index list[] = {IA32_DS, IA32_ES, IA32_FS,
                                               IA32_GS};
    const char *what = code_and_stack(cpu);
    for (unsigned i = 0; !what && i < ARRAY_SIZE(list); i++)
        what = data(cpu, &cpu->seg[list[i]]);
    if (!what)
        what = system_segments(cpu);
    for (unsigned i = 0; !what && i < IA32_SEG_COUNT; i++) {
        if (usable(&cpu->seg[i]) && !granular(&cpu->seg[i]))
            what = "granularity";
        if (i < IA32_LDTR && cpu->seg[i].base >> 32)
            what = "base above 4 GiB";
    }
    return what;
}

/* --- chance --------------------------------------------------------------- */

/* Descriptors that are nearly right, most of them. */
static uint64_t any_descriptor(void)
{
    static const uint32_t kinds[] = {0x9b, 0x93, 0x9f, 0x97, 0x99, 0x91, 0x9d,
                                     0x92, 0x98, 0x89, 0x8b, 0x82, 0x8c, 0x84,
                                     0x81, 0x83, 0x85};
    uint32_t ar = kinds[below(ARRAY_SIZE(kinds))];
    ar |= below(4) << AR_DPL_SHIFT;
    ar |= below(2) ? AR_DB : 0;
    ar |= below(3) == 0 ? AR_L : 0;
    ar |= below(2) ? AR_G : 0;
    if (below(12) == 0)
        ar &= ~AR_P;
    if (below(16) == 0)
        ar ^= (uint32_t)next() & 0xf0ff;
    if (!(ar & AR_S) && (ar & AR_TYPE) != IA32_LDT && (ar & 4)) /* a gate */
        return sys_gate(ar & AR_TYPE, (ar >> 5) & 3, (ar & AR_P) != 0,
                        (uint16_t)(below(24) * 8 | below(4)),
                        below(0x10000), below(4));
    return sys_descriptor(below(4) ? 0 : (uint32_t)next() & 0xfffff,
                          below(3) ? 0xfffff : below(0x100000), ar);
}

/* Code and stack of a level, as the tables of the rigs have them. */
static uint16_t good_code(bool is_long, unsigned level)
{
    static const uint16_t legacy[] = {CODE0, CODE1, CODE1, CODE3};
    return (uint16_t)((is_long ? L_CODE0 + 16 * level : legacy[level]) |
                      level);
}

static uint16_t any_selector(bool is_long)
{
    unsigned index = below(26); /* two beyond the tables */
    if (below(2))
        return (uint16_t)(good_code(is_long, below(4)) + below(2) * 8);
    return (uint16_t)(index * 8 | (below(5) == 0 ? 4 : 0) | below(4));
}

#define TSS_AT (SYS_DATA + 0x100)
enum { RANDOM_TSS = 0xb8 }; /* the last slot */

static void put_tss(struct sys *s)
{
    unsigned level = below(4);
    for (unsigned at = 0x20; at < 0x64; at += 4)
        sys_put32(s, TSS_AT + at, below(0x8000));
    for (unsigned at = 0x48; at < 0x64; at += 4)
        sys_put32(s, TSS_AT + at,
                  below(3) ? 0 : any_selector(false));
    sys_put32(s, TSS_AT + 0x24, below(4) ? FL_FIXED1 : (uint32_t)next());
    sys_put32(s, TSS_AT + 0x4c, good_code(false, level));
    sys_put32(s, TSS_AT + 0x50, good_code(false, level) + 8u);
    sys_put64(s, SYS_GDT + RANDOM_TSS,
              sys_descriptor(TSS_AT, 0x67, A_SYS(IA32_TSS32, 3)));
}

/* What far RET and IRET pop, in items of this size. */
static void put_frame(struct sys *s, bool is_long, unsigned size, bool iret)
{
    unsigned level = s->cpu->cpl + below(4 - s->cpu->cpl), n = 0;
    uint64_t item[5], at = s->cpu->gpr[IA32_RSP] & 0xfffff;
    bool good = below(3) != 0;
    item[n++] = below(0x8000);
    item[n++] = good ? good_code(is_long, level) : any_selector(is_long);
    if (iret)
        item[n++] = FL_FIXED1;
    item[n++] = below(0x8000);
    item[n++] = below(3) ? good_code(is_long, level) + 8u
                         : any_selector(is_long);
    for (unsigned i = 0; i < n; i++)
        vt_physmem_write(s->pm, at + i * size, item[i], size);
}

static void scatter(struct sys *s, bool is_long)
{
    for (unsigned i = 1; i < 24; i++)
        if (below(5) == 0)
            sys_put64(s, SYS_GDT + i * 8, any_descriptor());
    for (unsigned i = 0; i < LDT_BYTES / 8; i++)
        sys_put64(s, SYS_LDT + i * 8, any_descriptor());
    if (!is_long && below(4) == 0)
        put_tss(s);
}

/* Bytes of an instruction; memory operands are at SYS_DATA.  What else it
 * needs: a frame of items of a size, or a far pointer. */
enum need { NOTHING, RETF, IRET, FAR };
static const struct {
    uint8_t bytes[9];
    enum need need;
    unsigned size;
    bool only_64; /* the same without REX.W elsewhere */
} code[] = {
    {{0x8e, 0xd8}, NOTHING, 0, false},
    {{0x8e, 0xc0}, NOTHING, 0, false},
    {{0x8e, 0xe0}, NOTHING, 0, false},
    {{0x8e, 0xe8}, NOTHING, 0, false},
    {{0x8e, 0xd0}, NOTHING, 0, false},
    {{0x0f, 0xa1}, RETF, 8, false}, /* POP FS */
    {{0x17}, RETF, 4, false},       /* POP SS */
    {{0xff, 0x2d, 0, 0, 3, 0}, FAR, 4, false},
    {{0xff, 0x1d, 0, 0, 3, 0}, FAR, 4, false},
    {{0x48, 0xff, 0x1c, 0x25, 0, 0, 3, 0}, FAR, 8, true},
    {{0x66, 0xff, 0x1d, 0, 0, 3, 0}, FAR, 2, false},
    {{0xcb}, RETF, 4, false},
    {{0xca, 8, 0}, RETF, 4, false},
    {{0x66, 0xcb}, RETF, 2, false},
    {{0x48, 0xcb}, RETF, 8, true},
    {{0xcf}, IRET, 4, false},
    {{0x48, 0xcf}, IRET, 8, true},
    {{0x0f, 0x00, 0xd0}, NOTHING, 0, false}, /* LLDT */
    {{0x0f, 0x00, 0xd8}, NOTHING, 0, false}, /* LTR */
    {{0x0f, 0xb2, 0x0d, 0, 0, 3, 0}, FAR, 4, false}, /* LSS */
    {{0x0f, 0xb4, 0x0d, 0, 0, 3, 0}, FAR, 4, false}, /* LFS */
};

/* Absolute addresses need a SIB byte in 64-bit mode. */
static void put_code(struct sys *s, unsigned which)
{
    uint8_t bytes[10] = {0};
    unsigned n = 0;
    bool long64 = (s->cpu->mode & IA32_MODE_LONG64) != 0;
    for (unsigned i = 0; i < sizeof code[which].bytes; i++) {
        uint8_t b = code[which].bytes[i];
        bool modrm = code[which].need == FAR && !code[which].only_64 &&
                     (b & 0xc7) == 5 && i > 0 && n == i;
        bytes[n++] = modrm && long64 ? (uint8_t)(b - 1) : b;
        if (modrm && long64 && n < sizeof bytes)
            bytes[n++] = 0x25;
    }
    sys_code(s, bytes, sizeof bytes);
}

static void put_pointer(struct sys *s, bool is_long, unsigned size)
{
    uint16_t selector = any_selector(is_long);
    if (!is_long && below(4) == 0)
        selector = RANDOM_TSS;
    if (below(4) == 0) { /* a gate to somewhere inward */
        unsigned level = below(s->cpu->cpl + 1u);
        selector = is_long ? L_SLOT_A : SLOT_A;
        selector = (uint16_t)(selector | s->cpu->cpl);
        sys_put64(s, SYS_GDT + (selector & 0xfff8u),
                  sys_gate(IA32_CALL_GATE32, 3, true,
                           good_code(is_long, level), below(0x8000),
                           below(4)));
        if (is_long)
            sys_put64(s, SYS_GDT + (selector & 0xfff8u) + 8, 0);
    }
    vt_physmem_write(s->pm, SYS_DATA, below(0x8000), size);
    vt_physmem_write(s->pm, SYS_DATA + size, selector, 2);
}

static void prepare(struct sys *s, unsigned which)
{
    bool is_long = ia32_long(s->cpu);
    scatter(s, is_long);
    s->cpu->gpr[IA32_RAX] = any_selector(is_long);
    if (code[which].need == FAR)
        put_pointer(s, is_long, code[which].size);
    else if (code[which].need != NOTHING)
        put_frame(s, is_long, code[which].size, code[which].need == IRET);
    put_code(s, which);
}

/* What was reached, so that luck cannot hide that it was not. */
static unsigned inward, outward, tasks;

/* One instruction; true when it went through. */
static bool one_try(struct sys *s)
{
    unsigned which = below(ARRAY_SIZE(code)), cpl = s->cpu->cpl;
    uint16_t tr = s->cpu->seg[IA32_TR].selector;
    if (code[which].only_64 && !(s->cpu->mode & IA32_MODE_LONG64))
        return false;
    prepare(s, which);
    enum ia32_status st = sys_exec(s);
    /* exceptions of a new task were delivered: nothing to look at */
    if (s->events[VT_EV_FAULT] || (st != IA32_OK && st != IA32_JUMP) ||
        (s->cpu->rflags & FL_VM))
        return false;
    inward += s->cpu->cpl < cpl;
    outward += s->cpu->cpl > cpl;
    tasks += st == IA32_JUMP && s->cpu->seg[IA32_TR].selector != tr;
    const char *what = wrong(s->cpu);
    if (what) {
        fprintf(stderr, "\n    after instruction %u: %s\n", which, what);
        CU_FAIL("segment registers");
    }
    return true;
}

static unsigned many(unsigned count, unsigned bits)
{
    unsigned done = 0;
    struct sys s;
    long_init(&s, 0, 64); /* a machine; its state is set for each try */
    for (unsigned i = 0; i < count; i++) {
        ia32_set_rflags(s.cpu, FL_FIXED1); /* a task may have run anywhere */
        sys_tables(&s);
        if (bits == 0) {
            s.cpu->efer = 0;
            sys_enter(&s, below(2) ? 0 : 3);
        } else {
            long_tables(&s);
            long_enter(&s, bits == 64 ? below(4) : below(2) * 3, bits);
        }
        s.cpu->gdtr.limit = 24 * 8 - 1;
        s.cpu->base.activity = VT_ACTIVE;
        memset(s.events, 0, sizeof s.events);
        done += one_try(&s);
    }
    sys_done(&s);
    return done;
}

#define TRIES 30000u

static void run(uint64_t seed, unsigned bits)
{
    state = seed;
    inward = outward = tasks = 0;
    CU_ASSERT(many(TRIES, bits) > TRIES / 10);
    CU_ASSERT(inward > 50);
    CU_ASSERT(outward > 50);
    CU_ASSERT(bits || tasks > 50);
}

static void protected_mode(void)
{
    run(0x9e3779b97f4a7c15, 0);
}

static void mode_64(void)
{
    run(0xbf58476d1ce4e5b9, 64);
}

static void compatibility_mode(void)
{
    run(0x94d049bb133111eb, 32);
}

static const struct sys_case cases[] = {
    {"protected mode", protected_mode},
    {"64-bit mode", mode_64},
    {"compatibility mode", compatibility_mode},
};

int main(void)
{
    return sys_main("segment-random", cases, ARRAY_SIZE(cases));
}
