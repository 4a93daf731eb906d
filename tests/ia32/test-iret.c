/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IRET, IRETD and IRETQ: from every mode, to every mode it may go to.  Far
 * RET's checks, which it shares, and protected mode: test-transfer.c.
 * SDM Vol 2A, "IRET/IRETD/IRETQ--Interrupt Return". */
#include "tests/ia32/longrig.h"
#include "tests/ia32/realrig.h"

#define IOPL(n) ((uint64_t)(n) << FL_IOPL_SHIFT)
#define MODEL "merom,+vme"
/* All that IRET might change, and 1 in bits that do not exist. */
#define ALL_ONES 0xffffffffu

/* --- real-address and virtual-8086 mode -------------------------------------- */

static const struct {
    const char *name;
    bool vm86, vme;
    unsigned size;
    uint64_t before, image;
    uint64_t rip;
    unsigned fault;
    uint64_t after;
} flat[] = {
    /* "EFLAGS[15:0] <- Pop()" */
    {"real, 16 bits: all", .size = 2, .image = ALL_ONES, .rip = 0x1234,
     .fault = NO_FAULT,
     .after = FL_ARITH | FL_TF | FL_IF | FL_DF | FL_IOPL | FL_NT},
    {"real, 16 bits: none", .size = 2,
     .before = FL_ARITH | FL_TF | FL_IF | FL_DF | FL_IOPL | FL_NT | FL_AC |
               FL_ID,
     .rip = 0xffff, .fault = NO_FAULT, .after = FL_AC | FL_ID},
    /* "EFLAGS <- (tempEFLAGS AND 257FD5H) OR (EFLAGS AND 1A0000H)" */
    {"real, 32 bits: all", .size = 4, .image = ALL_ONES, .rip = 0x1234,
     .fault = NO_FAULT, .after = 0x257fd5},
    {"real, 32 bits: VIF and VIP stay", .size = 4,
     .before = FL_VIF | FL_VIP | FL_ID, .rip = 0x1234, .fault = NO_FAULT,
     .after = FL_VIF | FL_VIP},
    {"real: EIP outside the segment", .size = 4, .rip = 0x10000,
     .fault = IA32_GP},

    {"VM86, IOPL 3, 16 bits: all but IOPL", .vm86 = true, .size = 2,
     .before = IOPL(3), .image = ALL_ONES, .rip = 1, .fault = NO_FAULT,
     .after = FL_ARITH | FL_TF | FL_IF | FL_DF | FL_NT | IOPL(3)},
    {"VM86, IOPL 3, 16 bits: none", .vm86 = true, .size = 2,
     .before = IOPL(3) | FL_IF | FL_VIF | FL_VIP, .rip = 1,
     .fault = NO_FAULT, .after = IOPL(3) | FL_VIF | FL_VIP},
    {"VM86, IOPL 3, 32 bits: not VM, IOPL, VIF, VIP", .vm86 = true,
     .size = 4, .before = IOPL(3), .image = ALL_ONES & ~FL_VM, .rip = 1,
     .fault = NO_FAULT,
     .after = FL_ARITH | FL_TF | FL_IF | FL_DF | FL_NT | IOPL(3) | FL_RF |
              FL_AC | FL_ID},
    {"VM86, IOPL 3: EIP outside the segment", .vm86 = true, .size = 4,
     .before = IOPL(3), .rip = 0x10000, .fault = IA32_GP},
    {"VM86, IOPL 2, 16 bits: to the monitor", .vm86 = true, .size = 2,
     .before = IOPL(2), .fault = IA32_GP},
    {"VM86, IOPL 0, 32 bits: to the monitor", .vm86 = true, .size = 4,
     .before = IOPL(0), .fault = IA32_GP},

    {"VME, IOPL 2, 16 bits: VIF for IF", .vm86 = true, .vme = true,
     .size = 2, .before = IOPL(2), .image = ALL_ONES, .rip = 1,
     .fault = NO_FAULT,
     .after = FL_ARITH | FL_TF | FL_VIF | FL_DF | FL_NT | IOPL(2)},
    {"VME, IOPL 0, 16 bits: IF stays, VIF goes", .vm86 = true, .vme = true,
     .size = 2, .before = FL_IF | FL_VIF | FL_VIP, .rip = 1,
     .fault = NO_FAULT, .after = FL_IF | FL_VIP},
    {"VME, IOPL 0, VIP and IF in the image", .vm86 = true, .vme = true,
     .size = 2, .before = FL_VIP, .image = FL_IF, .fault = IA32_GP},
    {"VME, IOPL 0, 32 bits: to the monitor", .vm86 = true, .vme = true,
     .size = 4, .fault = IA32_GP},
    {"VME, IOPL 3: as without it", .vm86 = true, .vme = true, .size = 4,
     .before = IOPL(3) | FL_VIP, .image = FL_IF, .rip = 1,
     .fault = NO_FAULT, .after = FL_IF | IOPL(3) | FL_VIP},
};

static bool flat_return(unsigned row)
{
    static const uint8_t code[] = {0x66, 0xcf};
    unsigned size = flat[row].size;
    struct sys s;
    if (flat[row].vm86)
        vm86_init(&s, MODEL, flat[row].before);
    else
        real_init(&s, MODEL);
    ia32_set_rflags(s.cpu,
                    flat[row].before | (flat[row].vm86 ? FL_VM : 0));
    s.cpu->cr4 = flat[row].vme ? CR4_VME : 0;
    s.cpu->blocking = IA32_BLOCK_NMI;
    unsigned skip = size == 2; /* 66 makes it IRETD */
    s.cpu->rip = skip;
    sys_code(&s, code + skip, sizeof code - skip);
    uint32_t at = REAL_STACK * 16 + REAL_SP;
    vt_physmem_write(s.pm, at, flat[row].rip, size);
    vt_physmem_write(s.pm, at + size, 0xabcd0250, size);
    vt_physmem_write(s.pm, at + 2 * size, flat[row].image, size);
    enum ia32_status st = sys_exec(&s);
    const struct ia32_cpu *cpu = s.cpu;
    bool ok = sys_faulted(&s, st, flat[row].fault, 0) &&
              !(cpu->blocking & IA32_BLOCK_NMI);
    if (flat[row].fault == NO_FAULT)
        ok = ok && cpu->rip == flat[row].rip &&
             cpu->gpr[IA32_RSP] == REAL_SP + 3 * size &&
             cpu->seg[IA32_CS].selector == 0x250 &&
             cpu->seg[IA32_CS].base == 0x2500 &&
             ia32_get_rflags(cpu) ==
                 (flat[row].after | FL_FIXED1 |
                  (flat[row].vm86 ? FL_VM : 0)) &&
             s.events[VT_EV_IRET] == 1;
    sys_done(&s);
    return ok;
}

static void without_descriptors(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(flat); i++)
        sys_report(flat[i].name, flat_return(i));
}

/* --- to virtual-8086 mode ------------------------------------------------------ */

static const uint32_t vm86_frame[] = {
    0x1234, REAL_CODE, 0, 0x89abcdef, REAL_STACK, REAL_DATA, REAL_DATA + 1,
    REAL_DATA + 2, REAL_DATA + 3};

static void push_vm86_frame(struct sys *s, uint64_t image)
{
    uint32_t at = (uint32_t)s->cpu->gpr[IA32_RSP];
    for (unsigned i = 0; i < ARRAY_SIZE(vm86_frame); i++)
        sys_put32(s, at + 4 * i,
                  i == 2 ? (uint32_t)image
                         : vm86_frame[i] | (i == 0 || i == 3 ? 0
                                                             : 0x55550000u));
}

/* All of EFLAGS comes from the image; six segments as such programs have
 * them. */
static void to_virtual_8086_mode(void)
{
    static const enum ia32_seg_index order[] = {IA32_CS, IA32_SS, IA32_ES,
                                                IA32_DS, IA32_FS, IA32_GS};
    static const unsigned item[] = {1, 4, 5, 6, 7, 8};
    uint64_t image = FL_VM | FL_IF | IOPL(2) | FL_VIF | FL_AC | FL_ID |
                     FL_RF | FL_CF | FL_FIXED1;
    struct sys s;
    sys_init(&s, MODEL, 0);
    ia32_set_rflags(s.cpu, FL_ZF | FL_VIP);
    SYS_CODE_BYTES(&s, 0xcf);
    push_vm86_frame(&s, image);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
    CU_ASSERT_EQUAL(ia32_get_rflags(s.cpu), image);
    CU_ASSERT_EQUAL(s.cpu->rip, 0x1234);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], 0x89abcdef);
    CU_ASSERT_EQUAL(s.cpu->cpl, 3);
    CU_ASSERT(s.cpu->mode & IA32_MODE_VM86);
    CU_ASSERT_FALSE(s.cpu->mode & IA32_MODE_CODE32);
    for (unsigned i = 0; i < 6; i++) {
        const struct ia32_seg *seg = &s.cpu->seg[order[i]];
        CU_ASSERT_EQUAL(seg->selector, vm86_frame[item[i]]);
        CU_ASSERT_EQUAL(seg->base, vm86_frame[item[i]] << 4);
        CU_ASSERT_EQUAL(seg->limit, 0xffff);
        CU_ASSERT_EQUAL(seg->ar, 0xf3);
    }
    sys_done(&s);
}

/* VM in the image counts at CPL 0 and with 32 bits only. */
static void vm_counts_at_cpl_0_only(void)
{
    static const struct {
        unsigned cpl, opsize;
    } cases[] = {{3, 4}, {1, 4}, {0, 2}};
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        static const uint8_t code[] = {0x66, 0xcf};
        struct sys s;
        unsigned size = cases[i].opsize;
        sys_init(&s, MODEL, cases[i].cpl);
        sys_code(&s, size == 2 ? code : code + 1, size == 2 ? 2 : 1);
        uint32_t at = (uint32_t)s.cpu->gpr[IA32_RSP];
        vt_physmem_write(s.pm, at, 0x5000, size);
        vt_physmem_write(s.pm, at + size, s.cpu->seg[IA32_CS].selector,
                         size);
        sys_put32(&s, at + 2 * size, (uint32_t)FL_VM);
        CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
        CU_ASSERT_EQUAL(s.cpu->rip, 0x5000);
        CU_ASSERT_EQUAL(s.cpu->rflags & FL_VM, 0);
        CU_ASSERT_EQUAL(s.cpu->cpl, cases[i].cpl);
        sys_done(&s);
    }
}

/* EIP beyond 64 KiB: #GP(0).  24 more bytes of stack must be there. */
static void to_virtual_8086_mode_refused(void)
{
    struct sys s;
    sys_init(&s, MODEL, 0);
    SYS_CODE_BYTES(&s, 0xcf);
    push_vm86_frame(&s, FL_VM);
    sys_put32(&s, (uint32_t)s.cpu->gpr[IA32_RSP], 0x10000);
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, 0));
    push_vm86_frame(&s, FL_VM);
    s.cpu->seg[IA32_SS].limit = (uint32_t)s.cpu->gpr[IA32_RSP] + 34;
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_SSF, 0));
    s.cpu->seg[IA32_SS].limit++;
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
    sys_done(&s);
}

/* There and back: what an interrupt pushes, IRET takes. */
static void interrupt_and_return(void)
{
    static const struct ia32_event irq = {.vector = 0x30,
                                          .type = IA32_EXT_INT};
    struct sys s;
    vm86_init(&s, MODEL, IOPL(1) | FL_IF | FL_VIF | FL_DF);
    s.cpu->rip = 0x77;
    struct ia32_cpu before = *s.cpu;
    CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &irq, false), IA32_JUMP);
    SYS_CODE_BYTES(&s, 0xcf);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
    struct ia32_seg tr = before.seg[IA32_TR];
    CU_ASSERT(sys_same_segment(&tr, &s.cpu->seg[IA32_TR]));
    CU_ASSERT(sys_same_state(&before, s.cpu));
    sys_done(&s);
}

/* --- IA-32e mode ------------------------------------------------------------------ */

#define NONCANONICAL UINT64_C(0x0000800000000000)

static const struct {
    const char *name;
    unsigned cpl, bits, size; /* before; of an operand */
    uint64_t before;          /* flags */
    uint64_t rip, cs, image, rsp, ss;
    unsigned fault;
    uint32_t error;
    uint64_t new_rsp, after; /* 0: rsp */
    bool null_ss;
} longs[] = {
    {"64 to 64, CPL 0", 0, 64, 8, 0, UINT64_C(0xffff800000005000), L_CODE0,
     0, UINT64_C(0xffff800000028123), L_DATA0, NO_FAULT, 0, 0, 0, false},
    {"64 to 64, CPL 0, null SS", 0, 64, 8, 0, 0x5000, L_CODE0, 0, 0x28123, 0,
     NO_FAULT, 0, 0, 0, true},
    {"64 to 64, CPL 0 to 1, null SS", 0, 64, 8, 0, 0x5000, L_CODE1 | 1, 0,
     0x28123, 1, NO_FAULT, 0, 0, 0, true},
    {"null SS: its RPL is the new CPL", 0, 64, 8, 0, 0x5000, L_CODE1 | 1, 0,
     0x28123, 2, IA32_GP, 0, 0, 0, false},
    {"null SS: not for CPL 3", 0, 64, 8, 0, 0x5000, L_CODE3 | 3, 0, 0x28123,
     3, IA32_GP, 0, 0, 0, false},
    {"null SS: not for compatibility mode", 0, 64, 8, 0, 0x5000, L_COMPAT0,
     0, 0x28123, 0, IA32_GP, 0, 0, 0, false},
    {"64 to 64, CPL 3", 0, 64, 8, 0, 0x5000, L_CODE3 | 3, 0,
     UINT64_C(0xffff800000028123), L_DATA3 | 3, NO_FAULT, 0, 0, 0, false},
    {"64 to compatibility, CPL 3", 0, 64, 8, 0, 0x5000, L_COMPAT3 | 3, 0,
     UINT64_C(0xffff800000028123), L_DATA3 | 3, NO_FAULT, 0, 0x28123, 0,
     false},
    {"64 to compatibility, CPL 0", 0, 64, 8, 0, 0x5000, L_COMPAT0, 0, 0x28123,
     L_DATA0, NO_FAULT, 0, 0, 0, false},
    {"64-bit items of 32 bits", 0, 64, 4, 0, 0x5000, L_CODE0, 0, 0x28123,
     L_DATA0, NO_FAULT, 0, 0, 0, false},
    {"64-bit items of 16 bits", 0, 64, 2, 0, 0x5000, L_CODE0, 0, 0x8123,
     L_DATA0, NO_FAULT, 0, 0, 0, false},
    {"compatibility, same level: no SS:RSP", 3, 32, 4, 0, 0x5000,
     L_COMPAT3 | 3, 0, 0, 0, NO_FAULT, 0, SYS_STACK3 + 12, 0, false},
    {"compatibility, CPL 0 to 3", 0, 32, 4, 0, 0x5000, L_COMPAT3 | 3, 0,
     0x28123, L_DATA3 | 3, NO_FAULT, 0, 0, 0, false},
    {"compatibility to 64, CPL 0 to 3", 0, 32, 4, 0, 0x5000, L_CODE3 | 3, 0,
     0x28123, L_DATA3 | 3, NO_FAULT, 0, 0, 0, false},

    {"NT", 0, 64, 8, FL_NT, 0x5000, L_CODE0, 0, 0x28123, L_DATA0, IA32_GP, 0,
     0, 0, false},
    {"NT in compatibility mode", 0, 32, 4, FL_NT, 0x5000, L_COMPAT0, 0, 0, 0,
     IA32_GP, 0, 0, 0, false},
    {"null CS", 0, 64, 8, 0, 0x5000, 3, 0, 0x28123, L_DATA0, IA32_GP, 0, 0, 0,
     false},
    {"RIP not canonical", 0, 64, 8, 0, NONCANONICAL, L_CODE0, 0, 0x28123,
     L_DATA0, IA32_GP, 0, 0, 0, false},
    {"EIP outside the segment", 0, 64, 8, 0, UINT64_C(0x100000000),
     L_COMPAT3 | 3, 0, 0x28123, L_DATA3 | 3, IA32_GP, 0, 0, 0, false},
    {"CS outside the GDT", 0, 64, 8, 0, 0x5000, L_GDT_BYTES, 0, 0x28123,
     L_DATA0, IA32_GP, L_GDT_BYTES, 0, 0, false},
    {"no code segment", 0, 64, 8, 0, 0x5000, L_DATA0, 0, 0x28123, L_DATA0,
     IA32_GP, L_DATA0, 0, 0, false},
    {"CS with L and D", 0, 64, 8, 0, 0x5000, L_SLOT_A, 0, 0x28123, L_DATA0,
     IA32_GP, L_SLOT_A, 0, 0, false},
    {"to an inner level", 3, 64, 8, 0, 0x5000, L_CODE0, 0, 0x28123, L_DATA0,
     IA32_GP, L_CODE0, 0, 0, false},
    {"SS of another level", 0, 64, 8, 0, 0x5000, L_CODE0, 0, 0x28123,
     L_DATA3 | 3, IA32_GP, L_DATA3, 0, 0, false},
    {"SS outside the GDT", 0, 64, 8, 0, 0x5000, L_CODE0, 0, 0x28123,
     L_GDT_BYTES, IA32_GP, L_GDT_BYTES, 0, 0, false},

    {"flags: CPL 0 takes all but VM", 0, 64, 8, 0, 0x5000, L_CODE0, ALL_ONES,
     0x28123, L_DATA0, NO_FAULT, 0, 0, 0x3d7fd5, false},
    {"flags: CPL 3, IOPL 0", 3, 64, 8, FL_IF, 0x5000, L_CODE3 | 3, ALL_ONES,
     0x28123, L_DATA3 | 3, NO_FAULT, 0, 0,
     0x254dd5 | FL_IF, false},
    {"flags: CPL 3, IOPL 3", 3, 64, 8, IOPL(3), 0x5000, L_CODE3 | 3, 0,
     0x28123, L_DATA3 | 3, NO_FAULT, 0, 0, IOPL(3), false},
    {"flags: the old CPL counts", 0, 64, 8, FL_IF, 0x5000, L_CODE3 | 3,
     IOPL(3), 0x28123, L_DATA3 | 3, NO_FAULT, 0, 0, IOPL(3), false},
    {"flags: 32 bits, no VM", 0, 32, 4, 0, 0x5000, L_COMPAT3 | 3, ALL_ONES,
     0x28123, L_DATA3 | 3, NO_FAULT, 0, 0, 0x3d7fd5, false},
    {"flags: 16 bits", 0, 64, 2, FL_AC | FL_ID, 0x5000, L_CODE0, ALL_ONES,
     0x8123, L_DATA0, NO_FAULT, 0, 0, 0x7fd5 | FL_AC | FL_ID, false},
};

static bool long_return(unsigned row)
{
    static const uint8_t code64[] = {0x48, 0xcf}, code16[] = {0x66, 0xcf},
                         code32[] = {0xcf};
    unsigned size = longs[row].size;
    struct sys s;
    long_init(&s, longs[row].cpl, longs[row].bits);
    s.cpu->features[IA32_F_VME / 64] |= VT_BIT(IA32_F_VME % 64);
    long_gdt(&s, L_SLOT_A,
             sys_descriptor(0, 0xfffff, A_LONG(0) | AR_DB), 0);
    sys_code(&s,
             size == 8   ? code64
             : size == 2 ? code16
                         : code32,
             size == 4 ? 1 : 2);
    ia32_set_rflags(s.cpu, longs[row].before);
    s.cpu->blocking = IA32_BLOCK_NMI;
    const uint64_t frame[] = {longs[row].rip, longs[row].cs,
                              longs[row].image, longs[row].rsp,
                              longs[row].ss};
    for (unsigned i = 0; i < 5; i++)
        vt_physmem_write(s.pm, s.cpu->gpr[IA32_RSP] + i * size, frame[i],
                         size);
    enum ia32_status st = sys_exec(&s);
    const struct ia32_cpu *cpu = s.cpu;
    bool ok = sys_faulted(&s, st, longs[row].fault, longs[row].error) &&
              !(cpu->blocking & IA32_BLOCK_NMI);
    if (longs[row].fault == NO_FAULT)
        ok = ok && cpu->rip == longs[row].rip &&
             cpu->seg[IA32_CS].selector == longs[row].cs &&
             cpu->cpl == (longs[row].cs & 3) &&
             cpu->gpr[IA32_RSP] == (longs[row].new_rsp ? longs[row].new_rsp
                                                       : longs[row].rsp) &&
             ia32_get_rflags(cpu) == (longs[row].after | FL_FIXED1) &&
             (cpu->seg[IA32_SS].ar & AR_UNUSABLE) ==
                 (longs[row].null_ss ? AR_UNUSABLE : 0);
    sys_done(&s);
    return ok;
}

static void ia_32e_mode(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(longs); i++)
        sys_report(longs[i].name, long_return(i));
}

/* Data segments too privileged for the new CPL are made null. */
static void inner_segments_are_dropped(void)
{
    struct sys s;
    long_init(&s, 0, 64);
    s.cpu->seg[IA32_ES] = sys_seg(L_DATA3 | 3, 0, 0xffffffff, A_DATA(3));
    SYS_CODE_BYTES(&s, 0x48, 0xcf);
    const uint64_t frame[] = {0x5000, L_CODE3 | 3, 0, 0x28000, L_DATA3 | 3};
    for (unsigned i = 0; i < 5; i++)
        sys_put64(&s, (uint32_t)s.cpu->gpr[IA32_RSP] + 8 * i, frame[i]);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_DS].selector, 0);
    CU_ASSERT(s.cpu->seg[IA32_DS].ar & AR_UNUSABLE);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_ES].selector, L_DATA3 | 3);
    sys_done(&s);
}

/* From every level and mode: what an interrupt pushes, IRET takes. */
static void long_interrupt_and_return(void)
{
    static const struct ia32_event irq = {.vector = 0x30,
                                          .type = IA32_EXT_INT};
    static const struct {
        unsigned cpl, bits, ist;
    } cases[] = {{0, 64, 0}, {1, 64, 0}, {2, 64, 1}, {3, 64, 0}, {0, 32, 0},
                 {3, 32, 2}, {3, 16, 0}, {0, 64, 3}};
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sys s;
        long_init(&s, cases[i].cpl, cases[i].bits);
        long_idt(&s, 0x30, IA32_INT_GATE32, 0, true, L_CODE0,
                 SYS_HANDLER(0x30), cases[i].ist);
        ia32_set_rflags(s.cpu, FL_IF | FL_DF | FL_AC);
        s.cpu->gpr[IA32_RSP] -= 5;
        struct ia32_cpu before = *s.cpu;
        CU_ASSERT_EQUAL(ia32_deliver(s.cpu, &irq, false), IA32_JUMP);
        SYS_CODE_BYTES(&s, 0x48, 0xcf);
        CU_ASSERT_EQUAL(sys_exec(&s), IA32_JUMP);
        CU_ASSERT(sys_same_state(&before, s.cpu));
        CU_ASSERT_EQUAL(before.mode, s.cpu->mode);
        sys_done(&s);
    }
}

int main(void)
{
    static const struct sys_case cases[] = {
        {"real-address and virtual-8086 mode", without_descriptors},
        {"to virtual-8086 mode", to_virtual_8086_mode},
        {"VM counts at CPL 0 only", vm_counts_at_cpl_0_only},
        {"to virtual-8086 mode: refused", to_virtual_8086_mode_refused},
        {"virtual-8086 mode: interrupt and return", interrupt_and_return},
        {"IA-32e mode", ia_32e_mode},
        {"IA-32e mode: inner segments", inner_segments_are_dropped},
        {"IA-32e mode: interrupt and return", long_interrupt_and_return},
    };
    return sys_main("IRET", cases, ARRAY_SIZE(cases));
}
