/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forms do what handlers do.  Random straight and branching code made of the
 * instructions that have forms of their own, with all prefixes, addressing
 * forms and alignments, and of repeated string instructions, runs in chains
 * of both kinds and one instruction (or iteration) at a time; registers,
 * flags, memory and clock must agree, in 32-bit and in 64-bit mode, cold and
 * with everything linked and cached.  tests/asked.h says how to ask for other
 * programs and more. */
#include "sim/ia32/blocks.h"
#include "sim/ia32/form.h"
#include "tests/asked.h"
#include "tests/ia32/longrig.h"

#define STUBS 0x3000u    /* another page of code */
#define DATA 0x30000u    /* two pages */
#define DATA_BYTES 0x2000u
#define STANDARD_COUNT 1500u
#define ROUNDS 3u        /* first use, first links, everything warm */

enum way { TAIL, LOOP, STEPPED, WAYS };
static const char *const way_names[WAYS] = {"tail", "loop", "stepped"};

static uint32_t random32(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*seed >> 32);
}

struct program {
    uint8_t code[0x800];
    unsigned bytes;
    bool long64;
    uint64_t seed;
};

static unsigned pick(struct program *p, unsigned below)
{
    return random32(&p->seed) % below;
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

static void emit_imm(struct program *p, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        emit8(p, pick(p, 256));
}

/* MOV r32,imm32 for one of the first eight registers. */
static void set_register(struct program *p, unsigned r, uint32_t value)
{
    emit8(p, 0xb8 + r);
    emit32(p, value);
}

static uint32_t data_address(struct program *p)
{
    uint32_t at = DATA + pick(p, DATA_BYTES - 16);

    return pick(p, 8) ? at & ~7u : at;
}

/* What the operands of an instruction will be; prefixes come first. */
struct shape {
    unsigned opsize, rex;
    unsigned modrm, sib, base, index;
};

/* Choose operands, give base and index sensible values, emit prefixes. */
static struct shape begin_modrm(struct program *p, unsigned reg)
{
    struct shape s = {.opsize = 4};
    unsigned mod = pick(p, 5), rm = pick(p, 8);

    mod = mod > 3 ? 3 : mod;
    s.modrm = mod << 6 | reg << 3 | rm;
    s.sib = pick(p, 256);
    s.base = rm == 4 ? s.sib & 7 : rm;
    s.index = s.sib >> 3 & 7;
    if (mod != 3 && s.base != IA32_RSP)
        set_register(p, s.base, data_address(p));
    if (mod != 3 && rm == 4 && s.index != IA32_RSP && s.index != s.base)
        set_register(p, s.index, pick(p, 200));
    if (pick(p, 6) == 0) {
        emit8(p, 0x66);
        s.opsize = 2;
    }
    if (p->long64 && pick(p, 2)) { /* W alone: the others stay themselves */
        s.rex = 0x40 | (pick(p, 2) << 3);
        if (mod == 3)
            s.rex |= pick(p, 8);
        emit8(p, s.rex);
        s.opsize = s.rex & 8 ? 8 : s.opsize;
    }
    return s;
}

static void end_modrm(struct program *p, const struct shape *s,
                      unsigned imm_bytes)
{
    unsigned mod = s->modrm >> 6, rm = s->modrm & 7;
    bool sib = mod != 3 && rm == 4;
    bool absolute = mod == 0 && (sib ? (s->sib & 7) == 5 : rm == 5);

    emit8(p, s->modrm);
    if (sib)
        emit8(p, s->sib);
    if (absolute && !sib && p->long64)
        emit32(p, data_address(p) - (SYS_CODE + p->bytes + 4 + imm_bytes));
    else if (absolute)
        emit32(p, data_address(p));
    else if (mod == 1)
        emit8(p, pick(p, 2) ? pick(p, 16) * 8 : pick(p, 256));
    else if (mod == 2)
        emit32(p, pick(p, 64) * 4);
    emit_imm(p, imm_bytes);
}

/* ADD .. CMP between register and E. */
static void emit_alu(struct program *p)
{
    struct shape s = begin_modrm(p, pick(p, 8));

    emit8(p, pick(p, 8) << 3 | pick(p, 4));
    end_modrm(p, &s, 0);
}

static void emit_alu_imm(struct program *p)
{
    unsigned opcode = 0x80 + pick(p, 4);
    struct shape s;

    if (opcode == 0x82)
        opcode = 0x83;
    s = begin_modrm(p, pick(p, 8));
    emit8(p, opcode);
    end_modrm(p, &s, opcode == 0x81 ? (s.opsize == 2 ? 2 : 4) : 1);
}

/* Opcodes with ModRM alone, of both maps (0F00H: the second). */
static void emit_plain(struct program *p)
{
    static const uint16_t opcodes[] = {
        0x84, 0x85, 0x88, 0x89, 0x8a, 0x8b, 0x8b, 0x89, 0xd1, 0xd3,
        0x0fb6, 0x0fb7, 0x0fbe, 0x0fbf, 0x0f40, 0x0f90, 0x63, 0xfe, 0xff,
        0xf6, 0xf7, 0x0faf, 0x87};
    unsigned opcode = opcodes[pick(p, ARRAY_SIZE(opcodes))];
    unsigned reg = pick(p, 8);
    struct shape s;

    if (opcode == 0x63 && !p->long64)
        opcode = 0x8b;
    if (opcode == 0xfe || opcode == 0xff)
        reg &= 1;
    if (opcode == 0xf6 || opcode == 0xf7)
        reg = 2 + (reg & 1);
    if (opcode == 0x0f40 || opcode == 0x0f90)
        opcode |= pick(p, 16);
    s = begin_modrm(p, reg);
    if (opcode > 0xff)
        emit8(p, 0x0f);
    emit8(p, opcode & 0xff);
    end_modrm(p, &s, 0);
}

/* And with an immediate. */
static void emit_with_imm(struct program *p)
{
    static const uint8_t opcodes[] = {0xc0, 0xc1, 0xc6, 0xc7, 0xf6, 0xf7};
    unsigned opcode = opcodes[pick(p, ARRAY_SIZE(opcodes))];
    struct shape s = begin_modrm(p, opcode < 0xc2 ? pick(p, 8) : 0);
    unsigned wide = s.opsize == 2 ? 2 : 4;

    emit8(p, opcode);
    end_modrm(p, &s, opcode == 0xc7 || opcode == 0xf7 ? wide : 1);
}

static void emit_lea(struct program *p)
{
    struct shape s = begin_modrm(p, pick(p, 8));

    if (s.modrm >> 6 == 3)
        s.modrm &= 0x3f;
    emit8(p, 0x8d);
    end_modrm(p, &s, 0);
}

/* Without ModRM: INC, DEC, MOV, the accumulator's operations, NOP. */
static void emit_short(struct program *p)
{
    unsigned opcode;

    switch (pick(p, 5)) {
    case 0:
        emit8(p, 0xb0 + pick(p, 8));
        emit_imm(p, 1);
        break;
    case 1:
        opcode = pick(p, 8) << 3 | 4;
        emit8(p, pick(p, 4) ? opcode : 0xa8);
        emit_imm(p, 1);
        break;
    case 2:
        emit8(p, pick(p, 8) << 3 | 5);
        emit_imm(p, 4);
        break;
    case 3:
        if (!p->long64)
            emit8(p, 0x40 + pick(p, 16));
        break;
    default:
        emit8(p, 0x90);
        break;
    }
}

/* PUSH and POP; ESP itself too, but then it is put right again. */
static void emit_stack(struct program *p)
{
    emit8(p, 0x50 + pick(p, 8));
    if (pick(p, 3) == 0) {
        emit8(p, pick(p, 2) ? 0x6a : 0x68);
        emit_imm(p, p->code[p->bytes - 1] == 0x6a ? 1 : 4);
    }
    emit8(p, 0x58 + pick(p, 8));
    set_register(p, IA32_RSP, SYS_STACK0 - 0x100 - 8 * pick(p, 8));
}

/* A frame and LEAVE. */
static void emit_leave(struct program *p)
{
    set_register(p, IA32_RBP, SYS_STACK0 - 0x200);
    emit8(p, 0xc9);
}

/* Jcc over a little, or JMP. */
static void emit_jump(struct program *p)
{
    unsigned kind = pick(p, 4), over = pick(p, 3) * 3;

    if (kind == 0) {
        emit8(p, 0xeb);
        emit8(p, over);
    } else if (kind == 1) {
        emit8(p, 0x0f);
        emit8(p, 0x80 + pick(p, 16));
        emit32(p, over);
    } else {
        emit8(p, 0x70 + pick(p, 16));
        emit8(p, over);
    }
    for (unsigned i = 0; i < over; i++)
        emit8(p, p->long64 ? 0x90 : 0x40 + pick(p, 4));
}

/* CALL of a stub in the other page, in all ways: the first is RET, the second
 * at 16 INC EBX; RET 4, the third at 32 JMP to the first, the fourth at 48
 * JNC to the second and RET. */
static void emit_call(struct program *p)
{
    unsigned stub = STUBS + pick(p, 4) * 16, r = pick(p, 2);

    switch (pick(p, 3)) {
    case 0:
        emit8(p, 0xe8);
        emit32(p, stub - (SYS_CODE + p->bytes + 4));
        break;
    case 1:
        set_register(p, r, stub);
        emit8(p, 0xff);
        emit8(p, 0xd0 | r);
        break;
    default:
        set_register(p, r, DATA + DATA_BYTES); /* the stubs' addresses */
        emit8(p, 0xff);
        emit8(p, 0x50 | r); /* CALL [r+disp8] */
        emit8(p, (stub - STUBS) / 16 * 8);
        break;
    }
}

/* A repeated string instruction of any size, operands overlapping now and
 * then, in either direction. */
static void emit_string(struct program *p)
{
    static const uint8_t opcodes[] = {0xa4, 0xaa, 0xac, 0xa6, 0xae};
    uint32_t from = data_address(p);
    uint32_t to = pick(p, 3) ? data_address(p) : from + pick(p, 24) - 8;
    bool down = pick(p, 5) == 0;

    set_register(p, IA32_RSI, from);
    set_register(p, IA32_RDI, to);
    set_register(p, IA32_RCX, pick(p, 4) ? pick(p, 60) : pick(p, 600));
    if (down)
        emit8(p, 0xfd);
    if (pick(p, 4) == 0)
        emit8(p, 0x66);
    emit8(p, 0xf2 + pick(p, 2));
    if (p->long64 && pick(p, 3) == 0)
        emit8(p, 0x48);
    emit8(p, opcodes[pick(p, ARRAY_SIZE(opcodes))] + pick(p, 2));
    if (down)
        emit8(p, 0xfc);
}

static void emit_one(struct program *p)
{
    static void (*const kinds[])(struct program *) = {
        emit_alu,      emit_alu,   emit_alu,  emit_alu_imm, emit_alu_imm,
        emit_plain,    emit_plain, emit_plain, emit_with_imm, emit_lea,
        emit_short,    emit_stack, emit_leave, emit_jump,    emit_jump,
        emit_call,     emit_string,
    };

    kinds[pick(p, ARRAY_SIZE(kinds))](p);
}

static void make_program(struct program *p, uint64_t seed, bool long64)
{
    unsigned count;

    memset(p, 0, sizeof *p);
    p->seed = seed * 2 + long64;
    p->long64 = long64;
    count = 4 + pick(p, 36);
    for (unsigned i = 0; i < count; i++)
        emit_one(p);
    emit8(p, 0xf4);
}

/* --- running ------------------------------------------------------------------- */

struct state {
    uint64_t gpr[16], rip, rflags, now;
    enum vt_activity activity;
    uint8_t data[DATA_BYTES], stack[0x1000], code[0x800];
};

static void load(struct sys *s, const struct program *p)
{
    static const uint8_t stubs[64] = {
        [0] = 0xc3,
        [16] = 0xff, [17] = 0xc3, [18] = 0xc2, [19] = 4, [20] = 0,
        [32] = 0xeb, [33] = 0xde,
        [48] = 0x73, [49] = 0xde, [50] = 0xc3,
    };
    uint8_t bytes[256];

    sys_must(vt_physmem_put(s->pm, SYS_CODE, p->code, p->bytes), "code");
    sys_must(vt_physmem_put(s->pm, STUBS, stubs, sizeof stubs), "stubs");
    for (unsigned i = 0; i < 4; i++)
        sys_put64(s, DATA + DATA_BYTES + 8 * i, STUBS + 16 * i);
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + 11);
    for (unsigned at = 0; at < DATA_BYTES; at += sizeof bytes)
        sys_must(vt_physmem_put(s->pm, DATA + at, bytes, sizeof bytes),
                 "data");
    for (unsigned v = 0; v < 64; v++)
        sys_must(vt_physmem_put(s->pm, SYS_HANDLER(v), "\xf4", 1), "HLT");
}

static void make_world(struct sys *s, const struct program *p, enum way way)
{
    if (p->long64) {
        long_init(s, 0, 64);
        long_paging(s);
    } else {
        sys_init(s, LONG_MODEL, 0);
    }
    ia32_blocks_use(s->cpu->blocks,
                    way == LOOP ? &ia32_forms_loop : ia32_forms_tail);
    load(s, p);
}

static void start_round(struct sys *s, const struct program *p,
                        unsigned round)
{
    uint64_t seed = p->seed + round;

    for (unsigned r = 0; r < 16; r++) {
        s->cpu->gpr[r] = random32(&seed);
        if (p->long64)
            s->cpu->gpr[r] |= (uint64_t)random32(&seed) << 32;
    }
    s->cpu->gpr[IA32_RSP] = SYS_STACK0 - 0x100;
    ia32_set_rflags(s->cpu, random32(&seed) & FL_ARITH);
    s->cpu->rip = SYS_CODE;
    s->cpu->base.activity = VT_ACTIVE;
    if (s->cpu->cpl != 0 || s->cpu->seg[IA32_CS].selector != CODE0)
        sys_must(false, "a handler left its level");
}

static void run(struct sys *s, enum way way)
{
    struct vt_cpu *base = &s->cpu->base;
    uint64_t limit = base->now_cycles + 3000;

    if (way == STEPPED)
        while (base->now_cycles < limit && base->activity == VT_ACTIVE)
            if (vt_machine_step(s->m, 0).kind != VT_STOP_NONE)
                return; /* what is not modelled stops the others, too */
    (void)vt_machine_run(s->m, limit, false);
}

static void take_state(struct sys *s, struct state *to)
{
    struct ia32_cpu *cpu = s->cpu;

    memset(to, 0, sizeof *to);
    memcpy(to->gpr, cpu->gpr, sizeof to->gpr);
    to->rip = cpu->rip;
    to->rflags = ia32_get_rflags(cpu);
    to->now = cpu->base.now_cycles;
    to->activity = cpu->base.activity;
    sys_must(vt_physmem_get(s->pm, DATA, to->data, sizeof to->data) &&
                 vt_physmem_get(s->pm, SYS_STACK0 - sizeof to->stack,
                                to->stack, sizeof to->stack) &&
                 vt_physmem_get(s->pm, SYS_CODE, to->code, sizeof to->code),
             "memory");
}

static void say_difference(const struct state *a, const struct state *b)
{
    for (unsigned r = 0; r < 16; r++)
        if (a->gpr[r] != b->gpr[r])
            printf("    r%u %llx %llx\n", r, (unsigned long long)a->gpr[r],
                   (unsigned long long)b->gpr[r]);
    printf("    rip %llx %llx flags %llx %llx clock %llu %llu\n",
           (unsigned long long)a->rip, (unsigned long long)b->rip,
           (unsigned long long)a->rflags, (unsigned long long)b->rflags,
           (unsigned long long)a->now, (unsigned long long)b->now);
}

static bool program_agrees(uint64_t seed, bool long64, unsigned *ended)
{
    static struct state state[WAYS][ROUNDS];
    struct program p;
    bool agrees = true;

    make_program(&p, seed, long64);
    for (unsigned way = 0; way < WAYS; way++) {
        struct sys s;

        make_world(&s, &p, (enum way)way);
        for (unsigned round = 0; round < ROUNDS; round++) {
            start_round(&s, &p, round);
            run(&s, (enum way)way);
            take_state(&s, &state[way][round]);
        }
        *ended += s.cpu->rip == SYS_CODE + p.bytes;
        sys_done(&s);
    }
    for (unsigned way = LOOP; way < WAYS; way++)
        for (unsigned round = 0; round < ROUNDS && agrees; round++)
            if (memcmp(&state[TAIL][round], &state[way][round],
                       sizeof state[0][0]) != 0) {
                printf("\n  seed %u, %s: %s differs in round %u\n",
                       (unsigned)seed, long64 ? "64 bits" : "32 bits",
                       way_names[way], round);
                say_difference(&state[TAIL][round], &state[way][round]);
                agrees = false;
            }
    return agrees;
}

static void three_ways_agree(void)
{
    uint32_t first = asked_seed(1), count = asked_count(STANDARD_COUNT);
    unsigned failures = 0, ended = 0;

    for (uint32_t i = 0; i < count; i++)
        for (unsigned long64 = 0; long64 < 2; long64++)
            failures += !program_agrees((uint64_t)first + i, long64, &ended);
    CU_ASSERT_EQUAL(failures, 0);
    /* Most programs must come to their end. */
    CU_ASSERT_TRUE(count < STANDARD_COUNT || ended > count * 2 * WAYS / 2);
    printf("\nRESULT %u programs in three ways and two modes, %u of %u runs "
           "to the end, %u differ, seeds from %u\n", (unsigned)count, ended,
           (unsigned)count * 2 * WAYS, failures, (unsigned)first);
}

/* A chain takes no stack, however long it is: 3 million branches in one, where
 * the smallest frame would make 48 MiB. */
static void chains_take_no_stack(void)
{
    struct sys s;
    struct program p = {.long64 = false};

    set_register(&p, IA32_RCX, 3000000);
    emit8(&p, 0xe8); /* CALL +0; POP EAX; DEC ECX; JNZ -10 */
    emit32(&p, 0);
    emit8(&p, 0x58);
    emit8(&p, 0x49);
    emit8(&p, 0x75);
    emit8(&p, 0xf7);
    emit8(&p, 0xf4);
    make_world(&s, &p, TAIL);
    s.cpu->gpr[IA32_RSP] = SYS_STACK0 - 0x100;
    s.cpu->rip = SYS_CODE;
    (void)vt_machine_run(s.m, 100000000, false);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RCX], 0);
    CU_ASSERT_EQUAL(s.cpu->base.activity, VT_HALTED);
    sys_done(&s);
}

/* PUSH EBX; POP DS; MOV [DATA],ECX; HLT with this selector; did it store? */
static bool stores_with(struct sys *s, unsigned selector, uint32_t value)
{
    s->cpu->rip = SYS_CODE;
    s->cpu->base.activity = VT_ACTIVE;
    s->cpu->gpr[IA32_RSP] = SYS_STACK0 - 0x100;
    s->cpu->gpr[IA32_RBX] = selector;
    s->cpu->gpr[IA32_RCX] = value;
    (void)vt_machine_run(s->m, s->cpu->base.now_cycles + 2000, false);
    return sys_get32(s, DATA) == value;
}

/* A segment with a limit in place of a flat one is noticed by the next
 * instruction of the same block, and the flat one is when it is back. */
static void segments_stay_checked(void)
{
    static const uint8_t code[] = {0x53, 0x1f, 0x89, 0x0d, 0,
                                   0,    3,    0,    0xf4};
    struct sys s;

    sys_init(&s, LONG_MODEL, 0);
    sys_put64(&s, SYS_GDT + SLOT_A, sys_descriptor(0, 0xfff, 0x4093));
    sys_must(vt_physmem_put(s.pm, SYS_CODE, code, sizeof code), "code");
    sys_must(vt_physmem_put(s.pm, SYS_HANDLER(IA32_GP), "\xf4", 1), "HLT");
    for (uint32_t i = 1; i < 20; i += 5) {
        CU_ASSERT(stores_with(&s, DATA0, i));
        CU_ASSERT(stores_with(&s, DATA0, i + 1));
        CU_ASSERT(!stores_with(&s, SLOT_A, i + 2));
        CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_GP) + 1);
        CU_ASSERT(!stores_with(&s, SLOT_A, i + 3));
        CU_ASSERT(stores_with(&s, DATA0, i + 4));
    }
    sys_done(&s);
}

int main(void)
{
    static const struct sys_case cases[] = {
        {"chains and single steps agree", three_ways_agree},
        {"a chain takes no stack", chains_take_no_stack},
        {"a segment that has become limited is checked at once",
         segments_stay_checked},
    };

    printf("dispatch: %s\n", ia32_forms_tail->name);
    return sys_main("ia32 forms", cases, ARRAY_SIZE(cases));
}
