/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing but the program decides what happens and when: random programs
 * (arithmetic, memory, page faults, self-modifying code, string
 * instructions, interrupts, flushes, breakpoints of the debug registers,
 * single step, jumps into the middle of instructions; every fourth is
 * nothing but random bytes) run in six ways and must agree on all state,
 * all memory and the clock at every one of a list of random deadlines.
 * tests/asked.h says how to ask for other programs and more. */
#include "sim/ia32/form.h"
#include "tests/ia32/rig.h"
#include "tests/asked.h"

#define CODE 0x8000u
#define CODE_BYTES 0x1800u /* one and a half pages */
#define GDT 0x500u
#define IDT 0x600u
#define HANDLERS 0x4000u
#define STACK 0x7000u
#define DATA 0x20000u      /* 8 pages; what they allow is random */
#define DATA_BYTES 0x8000u
#define STANDARD_COUNT 60u /* programs */
#define DEADLINES 60u

static uint32_t random32(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*seed >> 32);
}

struct program {
    uint8_t code[CODE_BYTES + 64];
    unsigned bytes;
    uint64_t seed;
};

static void emit(struct program *p, const void *bytes, unsigned count)
{
    memcpy(p->code + p->bytes, bytes, count);
    p->bytes += count;
}

static void emit8(struct program *p, unsigned byte)
{
    p->code[p->bytes++] = (uint8_t)byte;
}

static void emit32(struct program *p, uint32_t value)
{
    vt_st32le(p->code + p->bytes, value);
    p->bytes += 4;
}

static uint32_t data_address(struct program *p)
{
    return DATA + random32(&p->seed) % DATA_BYTES;
}

static uint32_t code_address(struct program *p)
{
    return CODE + random32(&p->seed) % CODE_BYTES;
}

static void emit_alu(struct program *p)
{
    emit8(p, (random32(&p->seed) & 7) * 8 + 1); /* ADD .. CMP Ev,Gv */
    emit8(p, 0xc0 | (random32(&p->seed) & 0x1b)); /* EAX..EBX */
}

static void emit_memory(struct program *p)
{
    static const uint8_t opcodes[] = {0x89, 0x8b, 0x01, 0x03, 0x88,
                                      0x8a, 0x31, 0x87};

    emit8(p, opcodes[random32(&p->seed) % sizeof opcodes]);
    emit8(p, 0x05 | (random32(&p->seed) & 3) << 3);
    emit32(p, data_address(p));
}

/* MOV BYTE [code], imm8: anywhere, or a little ahead in the same block. */
static void emit_patch(struct program *p)
{
    uint32_t ahead = CODE + p->bytes + 7 + random32(&p->seed) % 16;

    emit(p, "\xc6\x05", 2);
    emit32(p, random32(&p->seed) & 1 ? ahead : code_address(p));
    emit8(p, 0x40 + (random32(&p->seed) & 3));
}

static void emit_string(struct program *p)
{
    bool over_code = random32(&p->seed) % 4 == 0;

    emit8(p, 0xb9); /* MOV ECX */
    emit32(p, random32(&p->seed) % 20);
    emit8(p, 0xbf); /* MOV EDI */
    emit32(p, over_code ? code_address(p) : data_address(p));
    emit8(p, 0xbe); /* MOV ESI */
    emit32(p, code_address(p));
    emit8(p, 0xf3);
    emit8(p, random32(&p->seed) & 1 ? 0xa4 : 0xab); /* MOVSB, STOSD */
}

static void emit_rare(struct program *p)
{
    static const struct {
        uint8_t bytes[7], count;
    } rare[] = {
        {{0x0f, 0x31}, 2},                   /* RDTSC */
        {{0xfb}, 1},                         /* STI */
        {{0xfb, 0xf4}, 2},                   /* STI; HLT */
        {{0xfa}, 1},                         /* CLI */
        {{0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8}, 6}, /* reload CR3 */
        {{0x0f, 0x01, 0x3d, 0, 0, 2, 0}, 7}, /* INVLPG [DATA] */
        {{0x0f, 0x0b}, 2},                   /* UD2 */
        {{0xcd, 0x21}, 2},                   /* INT 21h */
        {{0x9c, 0x9d}, 2},                   /* PUSHF; POPF */
        {{0x16, 0x17, 0x40}, 3},             /* PUSH SS; POP SS; INC EAX */
        {{0xe4, 0x80}, 2},                   /* IN AL,80h */
        {{0x0f, 0x23, 0xfd}, 3},             /* MOV DR7,EBP */
    };
    unsigned i = random32(&p->seed) % ARRAY_SIZE(rare);

    emit(p, rare[i].bytes, rare[i].count);
}

/* Breakpoint n with its address and DR7 (EBP). */
static void emit_breakpoint(struct program *p, unsigned n, uint32_t address,
                            uint32_t dr7)
{
    emit8(p, 0xbd); /* MOV EBP */
    emit32(p, address);
    emit(p, "\x0f\x23", 2); /* MOV DRn,EBP */
    emit8(p, 0xc5 | n << 3);
    emit8(p, 0xbd);
    emit32(p, dr7);
    emit(p, "\x0f\x23\xfd", 3); /* MOV DR7,EBP */
}

/* Breakpoints for code, data and ports, and what meets them soon; now and
 * then whatever random bits of DR7 make of it, or single step. */
static void emit_debug(struct program *p)
{
    static const uint8_t popf_tf[] = {0x9c, 0x80, 0x4c, 0x24, 1, 1, 0x9d};
    uint32_t r = random32(&p->seed), data = data_address(p);
    unsigned n = r & 3, kind = r >> 2 & 3, bytes = r >> 4 & 3;
    uint32_t dr7 = 1u << 2 * n | (kind | bytes << 2) << (16 + 4 * n);

    if (r >> 6 & 1)
        dr7 |= random32(&p->seed) & 0xffff03ff;
    if ((r >> 7 & 15) == 0) {
        emit(p, popf_tf, sizeof popf_tf); /* PUSHF; OR [ESP+1],1; POPF */
    } else if (kind == 0) {
        emit_breakpoint(p, n, CODE + p->bytes + 16 + (r >> 12 & 7), dr7);
        emit(p, "\x40\x41\x42\x43\xf3\xa4\x40\x41", 8);
    } else if (kind == 2) {
        emit_breakpoint(p, n, 0x80, dr7);
        emit(p, "\xe4\x80", 2); /* IN AL,80h */
    } else {
        emit_breakpoint(p, n, data, dr7);
        emit(p, r >> 12 & 1 ? "\x89\x05" : "\x03\x05", 2);
        emit32(p, data + (r >> 13 & 3)); /* MOV [data],EAX; ADD EAX,[data] */
    }
}

/* Forward mostly, so that programs get somewhere; backward now and then. */
static void emit_jump(struct program *p)
{
    uint32_t r = random32(&p->seed);

    emit8(p, 0x70 | (r & 15));
    emit8(p, r >> 8 & 15 ? r >> 16 & 31 : 0x100 - (r >> 16 & 63));
}

static void make_program(struct program *p, uint64_t seed)
{
    p->seed = seed;
    p->bytes = 0;
    while (seed % 4 == 0 && p->bytes < CODE_BYTES)
        emit8(p, random32(&p->seed) & 0xff); /* whatever it may mean */
    while (p->bytes < CODE_BYTES) {
        uint32_t kind = random32(&p->seed) % 100;

        if (kind < 3 && seed % 3 == 0)
            emit_debug(p);
        else if (kind < 40)
            emit_alu(p);
        else if (kind < 65)
            emit_memory(p);
        else if (kind < 80)
            emit_jump(p);
        else if (kind < 86)
            emit(p, "\x50\x5b", 2); /* PUSH EAX; POP EBX */
        else if (kind < 90)
            emit_patch(p);
        else if (kind < 94)
            emit_string(p);
        else
            emit_rare(p);
    }
    emit8(p, 0xe9); /* JMP CODE */
    emit32(p, 0u - (p->bytes + 4));
}

/* Exceptions reset the stack and go on somewhere else in the program; most
 * programs let #DB return with RF set. */
static void make_handler(struct rig *r, unsigned vector, uint32_t to)
{
    uint32_t at = HANDLERS + vector * 16;
    uint8_t code[10] = {0xbc, 0, 0, 0, 0, 0xe9};

    vt_st32le(code + 1, STACK);
    vt_st32le(code + 6, to - (at + 10));
    if (vector == 0x20 || vector == 0x21)
        code[0] = 0xcf; /* IRET */
    if (vector == IA32_DB && to % 4) /* OR BYTE [ESP+10],1 (RF); IRET */
        memcpy(code, "\x80\x4c\x24\x0a\x01\xcf", 6);
    rig_put(r, at, code, sizeof code);
    rig_put32(r, IDT + vector * 8, 0x80000 | at);
    rig_put32(r, IDT + vector * 8 + 4, 0x8e00);
}

/* --- one run ---------------------------------------------------------------- */

struct world {
    struct rig r;
    struct vt_timer *timer;
    uint64_t seed;
};

static void on_timer(void *opaque, uint64_t cycle)
{
    struct world *w = opaque;

    w->r.cpu->base.ops->set_intr(&w->r.cpu->base, true);
    vt_timer_arm(w->timer, cycle + 1 + random32(&w->seed) % 3000);
}

static unsigned acknowledge(void *opaque)
{
    struct world *w = opaque;

    w->r.cpu->base.ops->set_intr(&w->r.cpu->base, false);
    return 0x20;
}

static void make_world(struct world *w, const struct program *p)
{
    struct rig *r = &w->r;
    uint64_t seed = p->seed;

    rig_init_model(r, seed & 1 ? "merom" : "pentium-pro");
    vt_physmem_write(r->pm, GDT + 8, UINT64_C(0x00cf9b000000ffff), 8);
    vt_physmem_write(r->pm, GDT + 16, UINT64_C(0x00cf93000000ffff), 8);
    r->cpu->gdtr = (struct ia32_dtr){GDT, 23};
    r->cpu->idtr = (struct ia32_dtr){IDT, 48 * 8 - 1};
    for (unsigned v = 0; v < 48; v++)
        make_handler(r, v, CODE + random32(&seed) % 0x400);
    rig_put(r, CODE, p->code, p->bytes);
    rig_paging(r, CR0_WP, 0);
    for (uint32_t la = DATA; la < DATA + DATA_BYTES; la += 0x1000)
        rig_pte(r, la, la | (random32(&seed) % 8 ? 3 : random32(&seed) & 3));
    if (seed & 2)
        r->cpu->cr4 |= CR4_DE;
    r->cpu->rip = CODE;
    r->cpu->gpr[IA32_RSP] = STACK;
    r->cpu->base.int_ack = acknowledge;
    r->cpu->base.int_ack_opaque = w;
    w->seed = seed;
    w->timer = vt_timer_new(r->m, "line", on_timer, w);
    vt_timer_arm(w->timer, 500);
}

enum way { WARM, COLD, STEPPED, OBSERVED, LOOPED, UNINTERRUPTED, WAYS };
static const char *const way_names[] = {"warm", "cold", "stepped", "observed",
                                        "looped", "uninterrupted"};

/* Everything that must agree at a deadline. */
struct state {
    uint64_t hash;    /* of the whole machine */
    uint64_t program; /* what the program can see, and the ledger */
    uint64_t now;
    enum vt_stop_kind stop;
    bool balanced;
};

static uint64_t mix(uint64_t hash, const void *from, size_t bytes)
{
    const uint8_t *b = from;

    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ b[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* A step fires the timers that are due after it, a run before it goes on, so
 * between the two only this much is the same, not the interrupt line. */
static uint64_t program_state(const struct rig *r, bool with_memory)
{
    const struct ia32_cpu *cpu = r->cpu;
    const struct vt_ledger *ledger = &cpu->base.ledger;
    uint64_t more[] = {cpu->rip, ia32_get_rflags(cpu), cpu->cr2,
                       cpu->dr[6], cpu->dr[7], cpu->blocking,
                       cpu->repeating, cpu->pending_debug,
                       cpu->base.now_cycles};
    uint64_t hash = mix(UINT64_C(0xcbf29ce484222325), more, sizeof more);
    uint8_t page[VT_PAGE_BYTES];

    hash = mix(hash, cpu->gpr, 16 * sizeof cpu->gpr[0]);
    for (uint64_t pa = 0; with_memory && pa < 0x30000; pa += sizeof page) {
        rig_must(vt_physmem_get(r->pm, pa, page, sizeof page), "read RAM");
        hash = mix(hash, page, sizeof page);
    }
    for (unsigned i = 0; i < ledger->row_count; i++)
        hash = mix(hash, ledger->rows[i].cycles,
                   sizeof ledger->rows[i].cycles);
    return hash;
}

static enum vt_stop_kind advance(struct world *w, enum way way,
                                 uint64_t deadline)
{
    struct vt_stop stop = {.kind = VT_STOP_NONE};

    if (way == COLD) {
        ia32_blocks_flush(w->r.cpu->blocks);
        w->r.cpu->tlb->sealed = true;
    }
    if (way != STEPPED)
        return vt_machine_run(w->r.m, deadline, way == OBSERVED).kind;
    /* A step knows no deadline: a sleeping CPU is left to the run. */
    while (w->r.cpu->base.now_cycles < deadline &&
           w->r.cpu->base.activity == VT_ACTIVE && stop.kind == VT_STOP_NONE)
        stop = vt_machine_step(w->r.m, 0);
    return stop.kind == VT_STOP_NONE
               ? vt_machine_run(w->r.m, deadline, false).kind
               : stop.kind;
}

struct told {
    unsigned events, debug; /* #DB among them */
};

static void count_event(void *opaque, const struct vt_event *event)
{
    struct told *told = opaque;

    told->events++;
    told->debug +=
        event->kind == VT_EV_FAULT && event->u.intr.vector == IA32_DB;
}

static void run_way(const struct program *p, enum way way,
                    const uint64_t deadlines[DEADLINES],
                    struct state state[DEADLINES], unsigned *debug)
{
    struct world w;
    struct told told = {0, 0};
    bool over = false;

    make_world(&w, p);
    if (way == LOOPED)
        ia32_blocks_use(w.r.cpu->blocks, &ia32_forms_loop);
    if (way == OBSERVED)
        vt_event_listen(vt_machine_bus(w.r.m), VT_EV_ALL, count_event, &told);
    for (unsigned i = 0; i < DEADLINES; i++) {
        state[i] = (struct state){.stop = VT_STOP_NONE, .balanced = true};
        if (over || (way == UNINTERRUPTED && i + 1 < DEADLINES))
            continue;
        state[i].stop = advance(&w, way, deadlines[i]);
        over = state[i].stop != VT_STOP_LIMIT;
        state[i].now = w.r.cpu->base.now_cycles;
        state[i].balanced = rig_balanced(&w.r);
        vt_event_set_seq(vt_machine_bus(w.r.m), 0);
        state[i].hash = way == STEPPED ? 0 : vt_machine_hash(w.r.m);
        state[i].program = program_state(&w.r, over || i % 10 == 9);
    }
    if (way == OBSERVED)
        CU_ASSERT_TRUE(told.events > 0);
    *debug += told.debug;
    rig_done(&w.r);
}

static bool same(const struct state *a, const struct state *b, bool stepped)
{
    return (stepped || a->hash == b->hash) && a->program == b->program &&
           a->now == b->now && a->stop == b->stop;
}

/* Index of the first deadline where a and b differ, DEADLINES for none. */
static unsigned first_difference(const struct state *a, const struct state *b,
                                 bool stepped)
{
    unsigned i = 0;

    while (i < DEADLINES && same(&a[i], &b[i], stepped))
        i++;
    return i;
}

static bool program_agrees(uint64_t seed, unsigned *stops, unsigned *debug)
{
    struct program *p = vt_alloc(1, sizeof *p);
    uint64_t deadlines[DEADLINES], at = 0;
    struct state state[WAYS][DEADLINES];
    bool agrees = true;

    make_program(p, seed);
    for (unsigned i = 0; i < DEADLINES; i++)
        deadlines[i] = at += 1 + random32(&p->seed) % (i % 4 ? 300 : 8);
    for (unsigned way = 0; way < WAYS; way++)
        run_way(p, way, deadlines, state[way], debug);
    for (unsigned i = 0; i < DEADLINES; i++)
        for (unsigned way = 0; way < WAYS; way++)
            agrees = agrees && state[way][i].balanced;
    *stops += state[WARM][DEADLINES - 1].stop != VT_STOP_LIMIT;
    for (unsigned way = COLD; way < UNINTERRUPTED; way++) {
        unsigned i = first_difference(state[WARM], state[way],
                                      way == STEPPED);

        if (i == DEADLINES)
            continue;
        printf("\n  seed %u: %s differs at deadline %u (cycle %u): clock %u "
               "and %u, stop %d and %d\n",
               (unsigned)seed, way_names[way], i, (unsigned)deadlines[i],
               (unsigned)state[WARM][i].now, (unsigned)state[way][i].now,
               (int)state[WARM][i].stop, (int)state[way][i].stop);
        agrees = false;
    }
    if (state[WARM][DEADLINES - 1].stop == VT_STOP_LIMIT &&
        !same(&state[WARM][DEADLINES - 1],
              &state[UNINTERRUPTED][DEADLINES - 1], false)) {
        printf("\n  seed %u: uninterrupted differs\n", (unsigned)seed);
        agrees = false;
    }
    free(p);
    return agrees;
}

static void six_ways_agree(void)
{
    unsigned failures = 0, stops = 0, debug = 0;
    uint32_t first = asked_seed(1), count = asked_count(STANDARD_COUNT);

    for (uint32_t i = 0; i < count; i++)
        failures += !program_agrees((uint64_t)first + i, &stops, &debug);
    CU_ASSERT_EQUAL(failures, 0);
    /* Most programs must get to the end, or this tests nothing. */
    CU_ASSERT_TRUE(count < STANDARD_COUNT || stops < count / 2);
    CU_ASSERT_TRUE(count < STANDARD_COUNT || debug > 50);
    printf("\nRESULT %u programs in six ways, %u stopped early, %u #DB, "
           "%u differ, seeds from %u\n", (unsigned)count, stops, debug,
           failures, (unsigned)first);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"warm, cold, stepped, observed, looped and uninterrupted runs agree",
         six_ways_agree},
    };

    return run_suite("ia32 replay", cases, ARRAY_SIZE(cases));
}
