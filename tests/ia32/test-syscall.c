/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SYSENTER, SYSEXIT, SYSCALL and SYSRET in every mode, a row for each line
 * of their pseudocode.
 * SDM Vol 2B, "SYSENTER--Fast System Call", "SYSEXIT--Fast Return from Fast
 * System Call", "SYSCALL--Fast System Call", "SYSRET--Return From Fast
 * System Call". */
#include "tests/ia32/longrig.h"
#include "tests/ia32/realrig.h"

#define HIGH(n) (UINT64_C(0xffff800000000000) + (n))
#define NONCANONICAL UINT64_C(0x0000800000000000)
#define STAR_CS 0x63u  /* kernel's, with RPL bits */
#define STAR_RET 0xa3u /* user's */
#define FLAT_CODE64(dpl) (0xa09bu | (dpl) << 5)
#define FLAT_CODE32(dpl) (0xc09bu | (dpl) << 5)
#define FLAT_DATA(dpl) (0xc093u | (dpl) << 5)

/* R real-address, V virtual-8086; P protected, L 64-bit and C compatibility
 * mode with their CPL */
enum where { R, V, P0, P3, L0, L3, C0, C3 };

static void begin(struct sys *s, enum where where)
{
    switch (where) {
    case R: real_init(s, "merom"); break;
    case V: vm86_init(s, "merom", FL_IF); break;
    case P0: sys_init(s, LONG_MODEL, 0); break;
    case P3: sys_init(s, LONG_MODEL, 3); break;
    case L0: long_init(s, 0, 64); break;
    case L3: long_init(s, 3, 64); break;
    case C0: long_init(s, 0, 32); break;
    case C3: long_init(s, 3, 32); break;
    }
    s->cpu->star = (uint64_t)STAR_RET << 48 | (uint64_t)STAR_CS << 32;
    s->cpu->lstar = HIGH(0x5000);
    s->cpu->fmask = FL_IF | FL_DF | FL_AC;
    s->cpu->sysenter_cs = 0x63;
    s->cpu->sysenter_eip = HIGH(0x6000);
    s->cpu->sysenter_esp = HIGH(0x7000);
}

static bool flat(const struct ia32_cpu *cpu, unsigned cs, unsigned ss,
                 uint32_t code)
{
    unsigned dpl = cpu->cpl;
    struct ia32_seg want_cs = sys_seg(cs, 0, 0xffffffff, code);
    struct ia32_seg want_ss = sys_seg(ss, 0, 0xffffffff, FLAT_DATA(dpl));
    return sys_same_segment(&cpu->seg[IA32_CS], &want_cs) &&
           sys_same_segment(&cpu->seg[IA32_SS], &want_ss);
}

/* --- SYSENTER ----------------------------------------------------------------- */

static const struct {
    const char *name;
    enum where where;
    uint64_t msr_cs, rip, rsp; /* 0: #GP(0) */
    uint32_t code;
} enters[] = {
    {"protected mode: low halves", P3, 0x63, 0x6000, 0x7000, FLAT_CODE32(0)},
    {"from CPL 0", P0, 0x60, 0x6000, 0x7000, FLAT_CODE32(0)},
    {"virtual-8086 mode", V, 0x60, 0x6000, 0x7000, FLAT_CODE32(0)},
    {"64-bit mode", L3, 0x60, HIGH(0x6000), HIGH(0x7000), FLAT_CODE64(0)},
    {"compatibility mode: to 64-bit", C3, 0x60, HIGH(0x6000), HIGH(0x7000),
     FLAT_CODE64(0)},
    {"real-address mode", R, 0x60, 0, 0, 0},
    {"null selector", P3, 3, 0, 0, 0},
    {"null selector, upper bits set", P3, 0x10000, 0, 0, 0},
    {"null selector, 64-bit mode", L3, 0, 0, 0, 0},
};

static bool sysenter(unsigned row)
{
    struct sys s;
    begin(&s, enters[row].where);
    s.cpu->sysenter_cs = enters[row].msr_cs;
    ia32_set_rflags(s.cpu, (s.cpu->rflags & FL_VM) | FL_IF | FL_TF | FL_DF |
                               FL_NT);
    SYS_CODE_BYTES(&s, 0x0f, 0x34);
    enum ia32_status st = sys_exec(&s);
    const struct ia32_cpu *cpu = s.cpu;
    bool ok;
    if (enters[row].rip == 0)
        ok = sys_faulted(&s, st, IA32_GP, 0);
    else
        ok = st == IA32_JUMP && cpu->cpl == 0 &&
             cpu->rip == enters[row].rip &&
             cpu->gpr[IA32_RSP] == enters[row].rsp &&
             flat(cpu, 0x60, 0x68, enters[row].code) &&
             ia32_get_rflags(cpu) == (FL_TF | FL_DF | FL_NT | FL_FIXED1) &&
             !(cpu->mode & IA32_MODE_VM86);
    sys_done(&s);
    return ok;
}

static void sysenter_table(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(enters); i++)
        sys_report(enters[i].name, sysenter(i));
}

/* --- SYSEXIT ------------------------------------------------------------------ */

static const struct {
    const char *name;
    enum where where;
    bool rex_w;
    uint64_t msr_cs, rdx, rcx;
    uint64_t rip, rsp; /* 0: #GP(0) */
    unsigned cs;
    uint32_t code;
} exits[] = {
    {"protected mode", P0, false, 0x63, 0x5000, 0x7000, 0x5000, 0x7000,
     0x73, FLAT_CODE32(3)},
    {"64-bit to 64-bit mode", L0, true, 0x63, HIGH(0x5000), HIGH(0x7000),
     HIGH(0x5000), HIGH(0x7000), 0x83, FLAT_CODE64(3)},
    {"64-bit to compatibility mode", L0, false, 0x63, HIGH(0x5000),
     HIGH(0x7000), 0x5000, 0x7000, 0x73, FLAT_CODE32(3)},
    {"compatibility mode", C0, false, 0x60, NONCANONICAL | 0x5000,
     NONCANONICAL | 0x7000, 0x5000, 0x7000, 0x73, FLAT_CODE32(3)},
    {"RDX not canonical", L0, true, 0x60, NONCANONICAL, 0x7000, 0, 0, 0, 0},
    {"RCX not canonical", L0, true, 0x60, 0x5000, NONCANONICAL, 0, 0, 0, 0},
    {"CPL 3", P3, false, 0x60, 0x5000, 0x7000, 0, 0, 0, 0},
    {"CPL 3, 64-bit mode", L3, true, 0x60, 0x5000, 0x7000, 0, 0, 0, 0},
    {"virtual-8086 mode", V, false, 0x60, 0x5000, 0x7000, 0, 0, 0, 0},
    {"real-address mode", R, false, 0x60, 0x5000, 0x7000, 0, 0, 0, 0},
    {"null selector", P0, false, 3, 0x5000, 0x7000, 0, 0, 0, 0},
    {"null selector, 64-bit mode", L0, true, 0x10000, 0x5000, 0x7000, 0, 0,
     0, 0},
};

static bool sysexit(unsigned row)
{
    static const uint8_t code[] = {0x48, 0x0f, 0x35};
    struct sys s;
    bool rex = exits[row].rex_w;
    begin(&s, exits[row].where);
    s.cpu->sysenter_cs = exits[row].msr_cs;
    s.cpu->gpr[IA32_RDX] = exits[row].rdx;
    s.cpu->gpr[IA32_RCX] = exits[row].rcx;
    sys_code(&s, code + !rex, 2u + rex);
    uint64_t flags = ia32_get_rflags(s.cpu);
    enum ia32_status st = sys_exec(&s);
    const struct ia32_cpu *cpu = s.cpu;
    bool ok;
    if (exits[row].rip == 0)
        ok = sys_faulted(&s, st, IA32_GP, 0);
    else
        ok = st == IA32_JUMP && cpu->cpl == 3 &&
             cpu->rip == exits[row].rip &&
             cpu->gpr[IA32_RSP] == exits[row].rsp &&
             flat(cpu, exits[row].cs, exits[row].cs + 8, exits[row].code) &&
             ia32_get_rflags(cpu) == flags;
    sys_done(&s);
    return ok;
}

static void sysexit_table(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(exits); i++)
        sys_report(exits[i].name, sysexit(i));
}

/* --- SYSCALL ------------------------------------------------------------------ */

static void syscall_from(enum where where)
{
    struct sys s;
    begin(&s, where);
    uint64_t flags = FL_IF | FL_DF | FL_AC | FL_CF | FL_NT | FL_ID |
                     FL_FIXED1;
    ia32_set_rflags(s.cpu, flags);
    uint64_t rsp = s.cpu->gpr[IA32_RSP];
    SYS_CODE_BYTES(&s, 0x0f, 0x05);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->rip, HIGH(0x5000));
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RCX], SYS_CODE + 2);
    CU_ASSERT_EQUAL(s.cpu->gpr[11], flags);
    CU_ASSERT_EQUAL(ia32_get_rflags(s.cpu),
                    FL_CF | FL_NT | FL_ID | FL_FIXED1);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], rsp);
    CU_ASSERT_EQUAL(s.cpu->cpl, 0);
    /* RPL of CS is cleared; SS is whatever is 8 further */
    CU_ASSERT(flat(s.cpu, STAR_CS & 0xfffc, STAR_CS + 8, FLAT_CODE64(0)));
    sys_done(&s);
}

static void syscall_enters(void)
{
    syscall_from(L3);
    syscall_from(L0);
}

/* Only in 64-bit mode, and only while EFER.SCE allows it. */
static void syscall_is_undefined(void)
{
    static const enum where elsewhere[] = {R, V, P0, P3, C0, C3};
    for (unsigned op = 0x05; op <= 0x07; op += 2) {
        const uint8_t code[] = {0x0f, (uint8_t)op};
        for (unsigned i = 0; i < ARRAY_SIZE(elsewhere); i++) {
            struct sys s;
            begin(&s, elsewhere[i]);
            s.cpu->efer |= EFER_SCE;
            sys_code(&s, code, 2);
            CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_UD, NO_CODE));
            sys_done(&s);
        }
        for (unsigned cpl = 0; cpl <= 3; cpl += 3) {
            struct sys s;
            begin(&s, cpl ? L3 : L0);
            s.cpu->efer &= ~EFER_SCE;
            sys_code(&s, code, 2);
            CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_UD, NO_CODE));
            sys_done(&s);
        }
    }
}

/* --- SYSRET ------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum where where;
    bool rex_w;
    uint64_t rcx, r11;
    uint64_t rip, flags; /* rip 0: #GP(0) */
} rets[] = {
    {"to 64-bit mode", L0, true, HIGH(0x5000), FL_IF | FL_CF, HIGH(0x5000),
     FL_IF | FL_CF},
    {"to compatibility mode", L0, false, NONCANONICAL | 0x5000, FL_ZF,
     0x5000, FL_ZF},
    {"flags: not VM, RF, reserved ones", L0, true, 0x5000, UINT64_MAX,
     0x5000, 0x3c7fd5},
    {"flags: cleared", L0, true, 0x5000, 0, 0x5000, 0},
    {"RCX not canonical: faults at CPL 0", L0, true, NONCANONICAL, 0, 0, 0},
    {"CPL 3", L3, true, 0x5000, 0, 0, 0},
};

static bool sysret(unsigned row)
{
    static const uint8_t code[] = {0x48, 0x0f, 0x07};
    struct sys s;
    bool rex = rets[row].rex_w;
    begin(&s, rets[row].where);
    ia32_set_rflags(s.cpu, FL_DF);
    s.cpu->gpr[IA32_RCX] = rets[row].rcx;
    s.cpu->gpr[11] = rets[row].r11;
    uint64_t rsp = s.cpu->gpr[IA32_RSP];
    sys_code(&s, code + !rex, 2u + rex);
    enum ia32_status st = sys_exec(&s);
    const struct ia32_cpu *cpu = s.cpu;
    unsigned cs = (STAR_RET + (rex ? 16 : 0)) | 3;
    bool ok;
    if (rets[row].rip == 0)
        ok = sys_faulted(&s, st, IA32_GP, 0);
    else
        ok = st == IA32_JUMP && cpu->cpl == 3 && cpu->rip == rets[row].rip &&
             cpu->gpr[IA32_RSP] == rsp &&
             flat(cpu, cs, (STAR_RET + 8) | 3,
                  rex ? FLAT_CODE64(3) : FLAT_CODE32(3)) &&
             ia32_get_rflags(cpu) == (rets[row].flags | FL_FIXED1);
    sys_done(&s);
    return ok;
}

static void sysret_table(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(rets); i++)
        sys_report(rets[i].name, sysret(i));
}

/* There and back leaves all but RCX and R11 as it was. */
static void there_and_back(void)
{
    struct sys s;
    begin(&s, L3);
    s.cpu->star = (uint64_t)(L_CODE3 - 16) << 48 | (uint64_t)L_CODE0 << 32;
    s.cpu->lstar = 0x5000;
    ia32_set_rflags(s.cpu, FL_IF | FL_DF);
    struct ia32_seg cs = s.cpu->seg[IA32_CS];
    SYS_CODE_BYTES(&s, 0x0f, 0x05);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
    SYS_CODE_BYTES(&s, 0x48, 0x0f, 0x07);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 2);
    CU_ASSERT(sys_same_segment(&cs, &s.cpu->seg[IA32_CS]));
    CU_ASSERT_EQUAL(ia32_get_rflags(s.cpu), FL_IF | FL_DF | FL_FIXED1);
    sys_done(&s);
}

/* --- tracing ------------------------------------------------------------------- */

/* TF that IA32_FMASK clears traces nothing; TF that stays traps on the first
 * instruction of the kernel; SYSRET that sets it traps one instruction
 * later. */
static void tracing_over_syscall(void)
{
    for (unsigned masked = 0; masked < 2; masked++) {
        struct sys s;
        begin(&s, L3);
        s.cpu->lstar = 0x5000;
        s.cpu->fmask = masked ? FL_TF : 0;
        ia32_set_rflags(s.cpu, FL_TF);
        SYS_CODE_BYTES(&s, 0x0f, 0x05);
        ia32_step(&s.cpu->base);
        CU_ASSERT_EQUAL(s.cpu->rip, 0x5000);
        CU_ASSERT_EQUAL(s.cpu->pending_debug, masked ? 0 : DR6_BS);
        if (masked) {
            SYS_CODE_BYTES(&s, 0x48, 0x0f, 0x07);
            ia32_step(&s.cpu->base);
            CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 2);
            CU_ASSERT(s.cpu->rflags & FL_TF);
            CU_ASSERT_EQUAL(s.cpu->pending_debug, 0);
            SYS_CODE_BYTES(&s, 0x90);
            ia32_step(&s.cpu->base);
            CU_ASSERT_EQUAL(s.cpu->pending_debug, DR6_BS);
        }
        sys_done(&s);
    }
}

/* A trap that MOV SS holds back arrives in the kernel when the next
 * instruction is a system call. */
static void a_trap_held_back_by_mov_ss(void)
{
    struct sys s;
    begin(&s, L3);
    s.cpu->lstar = 0x5000;
    s.cpu->dr[0] = SYS_DATA;
    s.cpu->dr[7] = DR7_FIXED1 | 1 | 0x70000; /* 2 bytes, read or written */
    vt_physmem_write(s.pm, SYS_DATA, L_DATA3 | 3, 2);
    s.cpu->gpr[IA32_RBX] = SYS_DATA;
    ia32_attend(s.cpu);
    SYS_CODE_BYTES(&s, 0x8e, 0x13, 0x0f, 0x05); /* MOV SS, [RBX]; SYSCALL */
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 2);
    CU_ASSERT(s.cpu->pending_debug & DR6_B0);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, 0x5000);
    ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_DB));
    CU_ASSERT_EQUAL(long_stack(&s, 0), 0x5000);
    CU_ASSERT_EQUAL(s.cpu->dr[6] & 0xf, 1);
    sys_done(&s);
}

int main(void)
{
    static const struct sys_case cases[] = {
        {"SYSENTER", sysenter_table},
        {"SYSEXIT", sysexit_table},
        {"SYSCALL", syscall_enters},
        {"SYSCALL and SYSRET are undefined", syscall_is_undefined},
        {"SYSRET", sysret_table},
        {"SYSCALL and SYSRET: there and back", there_and_back},
        {"tracing over SYSCALL", tracing_over_syscall},
        {"a trap held back by MOV SS", a_trap_held_back_by_mov_ss},
    };
    return sys_main("fast system calls", cases, ARRAY_SIZE(cases));
}
