/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PUSHF, POPF, CLI and STI: a row for each line of the manual's tables.
 * SDM Vol 2B, "POPF/POPFD/POPFQ", table "Effect of POPF/POPFD on the EFLAGS
 * Register", "PUSHF/PUSHFD/PUSHFQ", "STI"; Vol 2A, "CLI"; Vol 3B,
 * "Protected-Mode Virtual Interrupts". */
#include "tests/ia32/longrig.h"
#include "tests/ia32/realrig.h"

#define IOPL(n) ((uint64_t)(n) << FL_IOPL_SHIFT)
#define MODEL "merom,+vme"
#define ALL_ONES 0xffffffffu
#define PLAIN (FL_ARITH | FL_TF | FL_DF | FL_NT)

/* R real-address, P protected, V virtual-8086, L 64-bit mode */
enum where { R, P0, P1, P3, V, L0, L3 };

static void begin(struct sys *s, enum where where, uint64_t flags,
                  uint64_t cr4)
{
    switch (where) {
    case R: real_init(s, MODEL); break;
    case V: vm86_init(s, MODEL, 0); flags |= FL_VM; break;
    case P0: sys_init(s, MODEL, 0); break;
    case P1: sys_init(s, MODEL, 1); break;
    case P3: sys_init(s, MODEL, 3); break;
    case L0: long_init(s, 0, 64); break;
    case L3: long_init(s, 3, 64); break;
    }
    ia32_set_rflags(s->cpu, flags);
    s->cpu->cr4 |= cr4;
}

static uint64_t stack_la(const struct sys *s)
{
    return s->cpu->seg[IA32_SS].base + s->cpu->gpr[IA32_RSP];
}

/* --- POPF ------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum where where;
    uint64_t cr4;
    unsigned size;
    uint64_t before, image;
    uint64_t after; /* NO_CODE: #GP(0) */
} pops[] = {
    {"real, 16", R, 0, 2, 0, ALL_ONES, PLAIN | FL_IF | FL_IOPL},
    {"real, 32: not VIF, VIP, VM, RF", R, 0, 4, FL_VIF, ALL_ONES,
     PLAIN | FL_IF | FL_IOPL | FL_AC | FL_ID | FL_VIF},
    {"CPL 0, 16", P0, 0, 2, FL_AC, ALL_ONES, PLAIN | FL_IF | FL_IOPL | FL_AC},
    {"CPL 0, 32", P0, 0, 4, FL_VIP, ALL_ONES,
     PLAIN | FL_IF | FL_IOPL | FL_AC | FL_ID | FL_VIP},
    {"CPL 0, 32: clears", P0, 0, 4,
     PLAIN | FL_IF | FL_IOPL | FL_AC | FL_ID | FL_VIF, 0, FL_VIF},
    {"CPL 3, IOPL 0: not IF, IOPL", P3, 0, 4, FL_IF, IOPL(3),
     FL_IF},
    {"CPL 3, IOPL 2", P3, 0, 4, IOPL(2), ALL_ONES,
     PLAIN | IOPL(2) | FL_AC | FL_ID},
    {"CPL 3, IOPL 3: IF, not IOPL", P3, 0, 4, IOPL(3) | FL_IF, 0, IOPL(3)},
    {"CPL 3, IOPL 3, 16", P3, 0, 2, IOPL(3), ALL_ONES,
     PLAIN | FL_IF | IOPL(3)},
    {"PVI changes nothing", P3, CR4_PVI, 4, FL_VIP, FL_IF | FL_VIF, FL_VIP},

    {"VM86, IOPL 3, 16", V, 0, 2, IOPL(3), ALL_ONES, PLAIN | FL_IF | IOPL(3)},
    {"VM86, IOPL 3, 32", V, 0, 4, IOPL(3) | FL_VIF, ALL_ONES & ~FL_VIF,
     PLAIN | FL_IF | IOPL(3) | FL_AC | FL_ID | FL_VIF},
    {"VM86, IOPL 2, 16", V, 0, 2, IOPL(2), 0, NO_CODE},
    {"VM86, IOPL 0, 32", V, 0, 4, 0, 0, NO_CODE},
    {"VME, IOPL 3, 16", V, CR4_VME, 2, IOPL(3) | FL_VIP, FL_IF,
     FL_IF | IOPL(3) | FL_VIP},
    {"VME, IOPL 2, 16: IF to VIF", V, CR4_VME, 2, IOPL(2), ALL_ONES,
     PLAIN | IOPL(2) | FL_VIF},
    {"VME, IOPL 0, 16: VIF cleared, IF stays", V, CR4_VME, 2,
     FL_VIF | FL_VIP | FL_IF, 0, FL_VIP | FL_IF},
    {"VME, IOPL 0, 16: VIP and IF", V, CR4_VME, 2, FL_VIP, FL_IF, NO_CODE},
    {"VME, IOPL 2, 32", V, CR4_VME, 4, IOPL(2), 0, NO_CODE},
    {"PVI is nothing in VM86", V, CR4_PVI, 2, IOPL(2), 0, NO_CODE},

    {"64-bit, CPL 0", L0, 0, 8, FL_VIF, ALL_ONES,
     PLAIN | FL_IF | FL_IOPL | FL_AC | FL_ID | FL_VIF},
    {"64-bit, CPL 0, 16", L0, 0, 2, 0, ALL_ONES, PLAIN | FL_IF | FL_IOPL},
    {"64-bit, CPL 3, IOPL 1", L3, 0, 8, IOPL(1) | FL_IF, ALL_ONES & ~FL_IF,
     PLAIN | IOPL(1) | FL_AC | FL_ID | FL_IF},
};

/* The byte 9D, with 66 where it takes another size. */
static void put_insn(struct sys *s, uint8_t opcode, unsigned size)
{
    bool is_16 = !(s->cpu->mode & (IA32_MODE_CODE32 | IA32_MODE_LONG64));
    const uint8_t code[] = {0x66, opcode};
    bool prefix = (size == 2) != is_16;
    sys_code(s, code + !prefix, 1u + prefix);
}

static bool popf(unsigned row)
{
    struct sys s;
    unsigned size = pops[row].size;
    begin(&s, pops[row].where, pops[row].before, pops[row].cr4);
    uint64_t vm = s.cpu->rflags & FL_VM, rsp = s.cpu->gpr[IA32_RSP];
    put_insn(&s, 0x9d, size);
    vt_physmem_write(s.pm, stack_la(&s), pops[row].image, size);
    enum ia32_status st = sys_exec(&s);
    bool ok;
    if (pops[row].after == NO_CODE)
        ok = sys_faulted(&s, st, IA32_GP, 0);
    else
        ok = st == IA32_OK && s.cpu->gpr[IA32_RSP] == rsp + size &&
             ia32_get_rflags(s.cpu) == (pops[row].after | vm | FL_FIXED1);
    sys_done(&s);
    return ok;
}

static void popf_table(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(pops); i++)
        sys_report(pops[i].name, popf(i));
}

/* --- PUSHF ------------------------------------------------------------------ */

static const struct {
    const char *name;
    enum where where;
    uint64_t cr4;
    unsigned size;
    uint64_t flags, pushed; /* NO_CODE: #GP(0) */
} pushes[] = {
    {"real, 16", R, 0, 2, FL_IF | FL_IOPL | FL_NT | FL_AC,
     FL_IF | FL_IOPL | FL_NT},
    {"real, 32: without RF", R, 0, 4, FL_IF | FL_RF | FL_AC | FL_ID,
     FL_IF | FL_AC | FL_ID},
    {"CPL 3, 32", P3, 0, 4, FL_IF | FL_VIF | FL_VIP | FL_CF,
     FL_IF | FL_VIF | FL_VIP | FL_CF},
    {"PVI changes nothing", P3, CR4_PVI, 4, FL_VIF, FL_VIF},
    {"VM86, IOPL 3, 32: without VM", V, 0, 4, IOPL(3) | FL_IF | FL_AC,
     IOPL(3) | FL_IF | FL_AC},
    {"VM86, IOPL 2, 16", V, 0, 2, IOPL(2), NO_CODE},
    {"VM86, IOPL 0, 32", V, 0, 4, 0, NO_CODE},
    {"VME, IOPL 3, 16", V, CR4_VME, 2, IOPL(3) | FL_VIF, IOPL(3)},
    {"VME, IOPL 0, 16: VIF as IF", V, CR4_VME, 2, FL_VIF | FL_CF,
     FL_IF | FL_CF | IOPL(3)},
    {"VME, IOPL 2, 16: IF is hidden", V, CR4_VME, 2, FL_IF | IOPL(2),
     IOPL(3)},
    {"VME, IOPL 2, 32", V, CR4_VME, 4, IOPL(2), NO_CODE},
    {"64-bit", L3, 0, 8, FL_IF | FL_RF | FL_ID, FL_IF | FL_ID},
    {"64-bit, 16", L3, 0, 2, FL_IF | FL_RF | FL_ID, FL_IF},
};

static bool pushf(unsigned row)
{
    struct sys s;
    unsigned size = pushes[row].size;
    begin(&s, pushes[row].where, pushes[row].flags, pushes[row].cr4);
    uint64_t before = stack_la(&s);
    put_insn(&s, 0x9c, size);
    for (unsigned i = 1; i <= 8; i++)
        vt_physmem_write(s.pm, before - i, 0xff, 1);
    enum ia32_status st = sys_exec(&s);
    bool ok;
    if (pushes[row].pushed == NO_CODE)
        ok = sys_faulted(&s, st, IA32_GP, 0);
    else
        ok = st == IA32_OK && stack_la(&s) == before - size &&
             vt_physmem_read(s.pm, before - size, size) ==
                 (pushes[row].pushed | FL_FIXED1);
    sys_done(&s);
    return ok;
}

static void pushf_table(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(pushes); i++)
        sys_report(pushes[i].name, pushf(i));
}

/* --- CLI and STI ------------------------------------------------------------- */

static const struct {
    const char *name;
    enum where where;
    uint64_t cr4;
    uint64_t before, cli, sti; /* NO_CODE: #GP(0) */
} ifs[] = {
    {"real", R, 0, IOPL(0), 0, FL_IF},
    {"CPL 0, IOPL 0", P0, 0, 0, 0, FL_IF},
    {"CPL 0: IF set before", P0, 0, FL_IF, 0, FL_IF},
    {"CPL 3, IOPL 3", P3, 0, IOPL(3), IOPL(3), IOPL(3) | FL_IF},
    {"CPL 3, IOPL 2", P3, 0, IOPL(2), NO_CODE, NO_CODE},
    {"PVI, IOPL 3", P3, CR4_PVI, IOPL(3) | FL_VIP | FL_VIF,
     IOPL(3) | FL_VIP | FL_VIF, IOPL(3) | FL_VIP | FL_VIF | FL_IF},
    {"PVI, IOPL 2, VIP 0", P3, CR4_PVI, IOPL(2) | FL_IF, IOPL(2) | FL_IF,
     IOPL(2) | FL_IF | FL_VIF},
    {"PVI, IOPL 0, VIF 1", P3, CR4_PVI, FL_VIF, 0, FL_VIF},
    {"PVI, IOPL 0, VIP 1", P3, CR4_PVI, FL_VIP, FL_VIP, NO_CODE},
    {"PVI is for CPL 3", P1, CR4_PVI, 0, NO_CODE, NO_CODE},
    {"VME is nothing outside VM86", P3, CR4_VME, 0, NO_CODE, NO_CODE},
    {"VM86, IOPL 3", V, 0, IOPL(3), IOPL(3), IOPL(3) | FL_IF},
    {"VM86, IOPL 2", V, 0, IOPL(2), NO_CODE, NO_CODE},
    {"PVI is nothing in VM86", V, CR4_PVI, IOPL(2), NO_CODE, NO_CODE},
    {"VME, IOPL 3", V, CR4_VME, IOPL(3) | FL_VIP, IOPL(3) | FL_VIP,
     IOPL(3) | FL_VIP | FL_IF},
    {"VME, IOPL 2, VIP 0", V, CR4_VME, IOPL(2), IOPL(2), IOPL(2) | FL_VIF},
    {"VME, IOPL 0, VIP 1", V, CR4_VME, FL_VIP, FL_VIP, NO_CODE},
    {"64-bit, CPL 3, IOPL 0", L3, 0, 0, NO_CODE, NO_CODE},
    {"64-bit, PVI, IOPL 0", L3, CR4_PVI, FL_VIF, 0, FL_VIF},
    {"64-bit, CPL 0", L0, 0, 0, 0, FL_IF},
};

/* STI that sets IF, and only that, casts its shadow. */
static bool set_or_clear(unsigned row, bool set)
{
    struct sys s;
    uint64_t after = set ? ifs[row].sti : ifs[row].cli;
    begin(&s, ifs[row].where, ifs[row].before, ifs[row].cr4);
    uint64_t vm = s.cpu->rflags & FL_VM;
    const uint8_t code[] = {set ? 0xfb : 0xfa};
    sys_code(&s, code, 1);
    enum ia32_status st = sys_exec(&s);
    bool raised = !(ifs[row].before & FL_IF) && (after & FL_IF);
    bool ok = after == NO_CODE
                  ? sys_faulted(&s, st, IA32_GP, 0)
                  : st == IA32_OK &&
                        ia32_get_rflags(s.cpu) == (after | vm | FL_FIXED1) &&
                        s.cpu->blocking == (raised ? IA32_BLOCK_STI : 0);
    sys_done(&s);
    return ok;
}

static void cli_and_sti_table(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(ifs); i++) {
        sys_report(ifs[i].name, set_or_clear(i, false));
        sys_report(ifs[i].name, set_or_clear(i, true));
    }
}

int main(void)
{
    static const struct sys_case cases[] = {
        {"POPF", popf_table},
        {"PUSHF", pushf_table},
        {"CLI and STI", cli_and_sti_table},
    };
    return sys_main("EFLAGS", cases, ARRAY_SIZE(cases));
}
