/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IN, OUT, INS, OUTS: permission, devices, repetition, faults, in every
 * mode.  SDM Vol 1, "Input/Output". */
#include "tests/ia32/longrig.h"
#include "tests/ia32/realrig.h"

/* A device at 60h..63h that counts and remembers. */
struct box {
    uint32_t last_value;
    unsigned last_size, reads, writes;
};

static uint32_t box_read(void *opaque, uint16_t port, unsigned size_bytes)
{
    struct box *b = opaque;
    (void)port;
    b->last_size = size_bytes;
    return 0x11223344u + b->reads++;
}

static void box_write(void *opaque, uint16_t port, uint32_t value,
                      unsigned size_bytes)
{
    struct box *b = opaque;
    (void)port;
    b->last_value = value;
    b->last_size = size_bytes;
    b->writes++;
}

static const struct vt_port_ops box_ops = {box_read, box_write, 7};

static void add_box(struct sys *s, struct box *b)
{
    struct vt_error err;
    memset(b, 0, sizeof *b);
    sys_must(vt_ports_add(vt_machine_ports(s->m), "box", 0x60, 4, &box_ops, b,
                          &err) == VT_OK,
             "ports");
}

static void start(struct sys *s, struct box *b, unsigned cpl)
{
    sys_init(s, "merom", cpl);
    add_box(s, b);
}

static void in_and_out_by_size(void)
{
    static const struct {
        const char *name;
        uint8_t code[3];
        bool in;
        unsigned size;
        uint32_t value; /* EAX after, or what the device got */
    } items[] = {
        {"IN AL", {0xe4, 0x60}, true, 1, 0xaabbcc44},
        {"IN AX", {0x66, 0xe5, 0x60}, true, 2, 0xaabb3344},
        {"IN EAX", {0xe5, 0x60}, true, 4, 0x11223344},
        {"IN AL,DX", {0xec}, true, 1, 0xaabbcc44},
        {"IN EAX,DX", {0xed}, true, 4, 0x11223344},
        {"OUT AL", {0xe6, 0x60}, false, 1, 0xdd},
        {"OUT AX", {0x66, 0xe7, 0x60}, false, 2, 0xccdd},
        {"OUT EAX", {0xe7, 0x60}, false, 4, 0xaabbccdd},
        {"OUT DX,AL", {0xee}, false, 1, 0xdd},
        {"OUT DX,AX", {0x66, 0xef}, false, 2, 0xccdd},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        struct box b;
        start(&s, &b, 0);
        sys_code(&s, items[i].code, 3);
        s.cpu->gpr[IA32_RAX] = 0xaabbccdd;
        s.cpu->gpr[IA32_RDX] = 0x60;
        enum ia32_status st = sys_exec(&s);
        uint64_t got = items[i].in ? s.cpu->gpr[IA32_RAX] : b.last_value;
        sys_report(items[i].name, st == IA32_OK && got == items[i].value &&
                                      b.last_size == items[i].size &&
                                      s.events[VT_EV_PORT] == 1 &&
                                      s.cpu->base.now_cycles == 101);
        sys_done(&s);
    }
}

/* --- permission -------------------------------------------------------- */

struct map_case {
    const char *name;
    unsigned iopl;
    uint32_t tr_ar, limit, base;
    uint16_t bits;      /* of ports 60h.. */
    unsigned size;
    bool ok;
};

#define TSS32_AR A_SYS(IA32_TSS32_BUSY, 0)

static const struct map_case maps[] = {
    {"IOPL 3", 3, TSS32_AR, 0x67, 0, 0xffff, 4, true},
    {"allowed by the map", 0, TSS32_AR, 0x100, 0x68, 0, 1, true},
    {"four ports allowed", 0, TSS32_AR, 0x100, 0x68, 0xfff0, 4, true},
    {"forbidden by the map", 0, TSS32_AR, 0x100, 0x68, 1, 1, false},
    {"one of four forbidden", 0, TSS32_AR, 0x100, 0x68, 8, 4, false},
    {"the map ends before the port", 0, TSS32_AR, 0x68 + 12, 0x68, 0, 1,
     false},
    {"the second byte is just there", 0, TSS32_AR, 0x68 + 13, 0x68, 0, 1,
     true},
    {"no map", 0, TSS32_AR, 0x67, 0x68, 0, 1, false},
    {"TSS too short for the map base", 0, TSS32_AR, 0x66, 0x40, 0, 1, false},
    {"16-bit TSS has none", 0, A_SYS(IA32_TSS16_BUSY, 0), 0x100, 0x68, 0, 1,
     false},
};

static void permission(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(maps); i++) {
        const struct map_case *c = &maps[i];
        struct sys s;
        struct box b;
        start(&s, &b, 3);
        uint8_t code = c->size == 1 ? 0xec : 0xed;
        sys_code(&s, &code, 1);
        s.cpu->gpr[IA32_RDX] = 0x60;
        s.cpu->rflags |= (uint64_t)c->iopl << FL_IOPL_SHIFT;
        s.cpu->seg[IA32_TR].ar = c->tr_ar;
        s.cpu->seg[IA32_TR].limit = c->limit;
        vt_physmem_write(s.pm, SYS_TSS + 102, c->base, 2);
        vt_physmem_write(s.pm, SYS_TSS + c->base + 12, c->bits, 2);
        enum ia32_status st = sys_exec(&s);
        sys_report(c->name,
                   sys_faulted(&s, st, c->ok ? NO_FAULT : IA32_GP, 0) &&
                       b.reads == c->ok);
        sys_done(&s);
    }
}

/* In virtual-8086 mode IOPL is about something else. */
static void vm86_asks_the_map_alone(void)
{
    static const struct {
        uint64_t iopl;
        uint16_t bits;
        bool ok;
    } items[] = {{0, 0, true}, {FL_IOPL, 0, true}, {FL_IOPL, 1, false}};
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        struct box b;
        vm86_init(&s, "merom", items[i].iopl);
        add_box(&s, &b);
        SYS_CODE_BYTES(&s, 0xe4, 0x60); /* in al, 60h */
        vt_physmem_write(s.pm, SYS_TSS + VM86_IO_MAP + 12, items[i].bits, 2);
        enum ia32_status st = sys_exec(&s);
        CU_ASSERT(sys_faulted(&s, st, items[i].ok ? NO_FAULT : IA32_GP, 0));
        CU_ASSERT_EQUAL(b.reads, items[i].ok);
        sys_done(&s);
    }
}

static void real_mode_needs_no_map(void)
{
    struct sys s;
    struct box b;
    real_init(&s, "merom");
    add_box(&s, &b);
    SYS_CODE_BYTES(&s, 0x6d); /* insw */
    s.cpu->gpr[IA32_RDX] = 0x60;
    s.cpu->gpr[IA32_RDI] = 0xabcd0010;
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(sys_get32(&s, (REAL_DATA << 4) + 0x10), 0x3344);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RDI], 0xabcd0012);
    sys_done(&s);
}

/* --- 64-bit mode ------------------------------------------------------- */

/* REX.W makes no 64-bit port; what EAX gets clears the rest of RAX. */
static void rex_w_changes_nothing(void)
{
    struct sys s;
    struct box b;
    long_init(&s, 0, 64);
    add_box(&s, &b);
    SYS_CODE_BYTES(&s, 0x48, 0xe5, 0x60, 0x48, 0xe7, 0x60, 0x48, 0x6d);
    s.cpu->gpr[IA32_RAX] = ~UINT64_C(0);
    s.cpu->gpr[IA32_RDX] = 0x60;
    s.cpu->gpr[IA32_RDI] = LONG_HIGH + SYS_DATA;
    long_paging(&s);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RAX], 0x11223344);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(b.last_value, 0x11223344);
    CU_ASSERT_EQUAL(b.last_size, 4);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(sys_get32(&s, SYS_DATA), 0x11223345);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RDI], LONG_HIGH + SYS_DATA + 4);
    sys_done(&s);
}

static void string_addresses_are_canonical(void)
{
    struct sys s;
    struct box b;
    long_init(&s, 0, 64);
    add_box(&s, &b);
    SYS_CODE_BYTES(&s, 0x6c); /* insb */
    s.cpu->gpr[IA32_RDX] = 0x60;
    s.cpu->gpr[IA32_RDI] = VT_BIT(47);
    CU_ASSERT(sys_faulted(&s, sys_exec(&s), IA32_GP, 0));
    CU_ASSERT_EQUAL(b.reads, 0);
    sys_done(&s);
}

/* A 64-bit TSS has its map at the same place, anywhere. */
static void map_of_a_64_bit_tss(void)
{
    for (unsigned forbidden = 0; forbidden < 2; forbidden++) {
        struct sys s;
        struct box b;
        long_init(&s, 3, 64);
        add_box(&s, &b);
        SYS_CODE_BYTES(&s, 0xec); /* in al, dx */
        s.cpu->gpr[IA32_RDX] = 0x60;
        s.cpu->seg[IA32_TR].base = LONG_HIGH + SYS_TSS;
        s.cpu->seg[IA32_TR].limit = 0x100;
        vt_physmem_write(s.pm, SYS_TSS + 0x68 + 12, forbidden, 2);
        long_paging(&s);
        enum ia32_status st = sys_exec(&s);
        CU_ASSERT(sys_faulted(&s, st, forbidden ? IA32_GP : NO_FAULT, 0));
        CU_ASSERT_EQUAL(b.reads, !forbidden);
        sys_done(&s);
    }
}

/* --- strings ----------------------------------------------------------- */

static void rep_ins_fills_memory(void)
{
    struct sys s;
    struct box b;
    start(&s, &b, 0);
    SYS_CODE_BYTES(&s, 0xf3, 0x6d, 0x90);
    s.cpu->gpr[IA32_RDX] = 0x60;
    s.cpu->gpr[IA32_RDI] = SYS_DATA;
    s.cpu->gpr[IA32_RCX] = 3;
    for (unsigned i = 0; i < 10 && s.cpu->rip == SYS_CODE; i++)
        ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_CODE + 2);
    CU_ASSERT_EQUAL(b.reads, 3);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RCX], 0);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RDI], SYS_DATA + 12);
    CU_ASSERT_EQUAL(sys_get32(&s, SYS_DATA + 8), 0x11223346);
    CU_ASSERT_EQUAL(vt_ledger_total(&s.cpu->base.ledger),
                    s.cpu->base.now_cycles);
    sys_done(&s);
}

/* The port must not be read when the element cannot be stored: the second
 * one is outside ES. */
static void ins_faults_before_the_port(void)
{
    struct sys s;
    struct box b;
    start(&s, &b, 0);
    SYS_CODE_BYTES(&s, 0xf3, 0x6c);
    s.cpu->gpr[IA32_RDX] = 0x60;
    s.cpu->gpr[IA32_RDI] = 0xfff;
    s.cpu->gpr[IA32_RCX] = 3;
    s.cpu->seg[IA32_ES].limit = 0xfff;
    for (unsigned i = 0; i < 5 && s.events[VT_EV_FAULT] == 0; i++)
        ia32_step(&s.cpu->base);
    CU_ASSERT_EQUAL(s.first_fault.u.intr.vector, IA32_GP);
    CU_ASSERT_EQUAL(b.reads, 1);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RCX], 2);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RDI], 0x1000);
    sys_done(&s);
}

static void outs_goes_down_with_df(void)
{
    struct sys s;
    struct box b;
    start(&s, &b, 0);
    SYS_CODE_BYTES(&s, 0x66, 0x6f); /* outsw */
    s.cpu->gpr[IA32_RDX] = 0x60;
    s.cpu->gpr[IA32_RSI] = SYS_DATA;
    s.cpu->rflags |= FL_DF;
    sys_put32(&s, SYS_DATA, 0xdeadbeef);
    CU_ASSERT_EQUAL(sys_exec(&s), IA32_OK);
    CU_ASSERT_EQUAL(b.last_value, 0xbeef);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSI], SYS_DATA - 2);
    sys_done(&s);
}

static const struct sys_case cases[] = {
    {"IN OUT: sizes, registers, events, cost", in_and_out_by_size},
    {"permission: IOPL and the bit map", permission},
    {"permission: virtual-8086 mode asks the map alone",
     vm86_asks_the_map_alone},
    {"permission: none needed in real-address mode", real_mode_needs_no_map},
    {"64-bit mode: REX.W changes nothing", rex_w_changes_nothing},
    {"64-bit mode: INS to an address that is not canonical",
     string_addresses_are_canonical},
    {"64-bit mode: the map of a 64-bit TSS", map_of_a_64_bit_tss},
    {"REP INS: fills memory", rep_ins_fills_memory},
    {"INS: faults before it reads the port", ins_faults_before_the_port},
    {"OUTS: 16 bits, downwards", outs_goes_down_with_df},
};

int main(void)
{
    return sys_main("portio", cases, ARRAY_SIZE(cases));
}
