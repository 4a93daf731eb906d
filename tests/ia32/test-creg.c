/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What CR0 and CR4 may become, and what that does to IA-32e mode: one row a
 * rule of the manual.  SDM Vol 2B, "MOV--Move to/from Control Registers",
 * exceptions; Vol 3A, "Control Registers", "IA-32e Mode Initialization",
 * "Enabling of PCIDs by CR4.PCIDE". */
#include "sim/ia32/ops.h"
#include "tests/ia32/sysrig.h"

#define LONG_SPEC                                                       \
    "merom,+fpu,+mmx,+fxsr,+sse,+sse2,+pae,+nx,+lm,+syscall,+pcid,+vme," \
    "+mce,+umip,+fsgsbase,+xsave,+smep,+smap"

enum { CS_L = 1, CS_32 = 2, TSS_16 = 4 };

struct state {
    uint64_t cr0, cr3, cr4, efer;
    unsigned flags;
};

/* Set up without any check, as if software had come here. */
static void enter(struct sys *s, const struct state *at)
{
    sys_init(s, LONG_SPEC, 0);
    s->cpu->cr0 = at->cr0 | CR0_PE | CR0_ET;
    s->cpu->cr3 = at->cr3;
    s->cpu->cr4 = at->cr4;
    s->cpu->efer = at->efer;
    if (at->flags & CS_L) {
        s->cpu->seg[IA32_CS].ar |= AR_L;
        s->cpu->seg[IA32_CS].ar &= ~AR_DB;
    }
    if (at->flags & TSS_16)
        s->cpu->seg[IA32_TR].ar = A_SYS(IA32_TSS16_BUSY, 0);
    ia32_update_mode(s->cpu);
}

#define OFF {0, 0, CR4_PAE, EFER_LME, 0}
#define ACTIVE(flags) {CR0_PG, 0, CR4_PAE, EFER_LME | EFER_LMA, flags}
#define ACTIVE_PCID(flags) \
    {CR0_PG, 0, CR4_PAE | CR4_PCIDE, EFER_LME | EFER_LMA, flags}
#define LEGACY {CR0_PG, 0, CR4_PAE, 0, 0}
#define BASE0 (CR0_PE | CR0_ET)
#define HIGH VT_BIT(32)

static const struct {
    const char *name;
    struct state at;
    unsigned which;
    uint64_t value;
    bool ok;
    uint64_t efer; /* afterwards */
} rules[] = {
    {"CR0.PG with LME and PAE: LMA", OFF, 0, BASE0 | CR0_PG, true,
     EFER_LME | EFER_LMA},
    {"CR0.PG with LME without PAE", {0, 0, 0, EFER_LME, 0}, 0,
     BASE0 | CR0_PG, false, 0},
    {"CR0.PG without LME: no LMA", {0, 0, CR4_PAE, 0, 0}, 0, BASE0 | CR0_PG,
     true, 0},
    {"CR0.PG with LME while CS.L", {0, 0, CR4_PAE, EFER_LME, CS_L}, 0,
     BASE0 | CR0_PG, false, 0},
    {"CR0.PG with LME and a 16-bit TSS", {0, 0, CR4_PAE, EFER_LME, TSS_16},
     0, BASE0 | CR0_PG, false, 0},
    {"CR0.PG without LME and a 16-bit TSS", {0, 0, CR4_PAE, 0, TSS_16}, 0,
     BASE0 | CR0_PG, true, 0},
    {"CR0.WP in IA-32e mode leaves LMA", ACTIVE(CS_L), 0,
     BASE0 | CR0_PG | CR0_WP, true, EFER_LME | EFER_LMA},
    {"CR0.PG cleared in 64-bit mode", ACTIVE(CS_L), 0, BASE0, false, 0},
    {"CR0.PG cleared in compatibility mode: no LMA", ACTIVE(CS_32), 0, BASE0,
     true, EFER_LME},
    {"CR0.PG cleared with PCIDE", ACTIVE_PCID(CS_32), 0, BASE0, false, 0},
    {"CR0.PG and PE cleared in 64-bit mode", ACTIVE(CS_L), 0, CR0_ET, false,
     0},
    {"CR0: an upper bit", ACTIVE(CS_L), 0, BASE0 | CR0_PG | HIGH, false, 0},
    {"CR4.PAE cleared in IA-32e mode", ACTIVE(CS_L), 4, 0, false, 0},
    {"CR4.PAE cleared in compatibility mode", ACTIVE(CS_32), 4, 0, false, 0},
    {"CR4.PAE cleared in PAE paging", LEGACY, 4, 0, true, 0},
    {"CR4.PAE cleared with LME, paging off", OFF, 4, 0, true, EFER_LME},
    {"CR4.PCIDE in IA-32e mode", ACTIVE(CS_L), 4, CR4_PAE | CR4_PCIDE, true,
     EFER_LME | EFER_LMA},
    {"CR4.PCIDE outside IA-32e mode", LEGACY, 4, CR4_PAE | CR4_PCIDE, false,
     0},
    {"CR4.PCIDE with LME, paging off", OFF, 4, CR4_PAE | CR4_PCIDE, false,
     0},
    {"CR4.PCIDE with a PCID in CR3",
     {CR0_PG, 1, CR4_PAE, EFER_LME | EFER_LMA, CS_L}, 4,
     CR4_PAE | CR4_PCIDE, false, 0},
    {"CR4.PCIDE with bit 11 of CR3",
     {CR0_PG, 0x800, CR4_PAE, EFER_LME | EFER_LMA, CS_L}, 4,
     CR4_PAE | CR4_PCIDE, false, 0},
    {"CR4.PCIDE with bit 12 of CR3",
     {CR0_PG, 0x1000, CR4_PAE, EFER_LME | EFER_LMA, CS_L}, 4,
     CR4_PAE | CR4_PCIDE, true, EFER_LME | EFER_LMA},
    {"CR4.PCIDE stays with a PCID in CR3",
     {CR0_PG, 5, CR4_PAE | CR4_PCIDE, EFER_LME | EFER_LMA, CS_L}, 4,
     CR4_PAE | CR4_PCIDE | CR4_PGE, true, EFER_LME | EFER_LMA},
    {"CR4: an upper bit", ACTIVE(CS_L), 4, CR4_PAE | HIGH, false, 0},
    {"CR8: 15", ACTIVE(CS_L), 8, 15, true, EFER_LME | EFER_LMA},
    {"CR8: 16", ACTIVE(CS_L), 8, 16, false, 0},
    {"CR8: bit 63", ACTIVE(CS_L), 8, VT_BIT(63), false, 0},
};

static void rules_of_the_manual(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(rules); i++) {
        struct sys s;
        enter(&s, &rules[i].at);
        uint64_t efer = s.cpu->efer;
        struct ia32_insn insn = {.reg = (uint8_t)rules[i].which,
                                 .rm = IA32_RAX, .opsize = 8};
        s.cpu->gpr[IA32_RAX] = rules[i].value;
        ia32_begin_alone(s.cpu, &insn);
        if (!(rules[i].at.flags & CS_L) && rules[i].value >> 32)
            sys_must(false, "upper bits exist in 64-bit mode only");
        uint64_t before[] = {s.cpu->cr0, s.cpu->cr4, s.cpu->cr8};
        enum ia32_status st = ia32_op_mov_cd_rd(s.cpu, &insn);
        s.cpu->insn = NULL;
        bool ok = sys_faulted(&s, st, rules[i].ok ? NO_FAULT : IA32_GP, 0);
        uint64_t now = rules[i].which == 0   ? s.cpu->cr0
                       : rules[i].which == 4 ? s.cpu->cr4
                                             : s.cpu->cr8;
        ok = ok && s.cpu->efer == (rules[i].ok ? rules[i].efer : efer);
        if (rules[i].ok)
            ok = ok && now == rules[i].value;
        else
            ok = ok && s.cpu->cr0 == before[0] && s.cpu->cr4 == before[1] &&
                 s.cpu->cr8 == before[2];
        sys_report(rules[i].name, ok);
        sys_done(&s);
    }
}

/* Outside 64-bit mode the operand is 32 bits wide, both ways. */
static void operand_sizes(void)
{
    struct sys s;
    enter(&s, &(struct state)LEGACY);
    struct ia32_insn insn = {.reg = 2, .rm = IA32_RBX, .opsize = 4};
    s.cpu->gpr[IA32_RBX] = UINT64_C(0x123456789abcdef0);
    CU_ASSERT_EQUAL(ia32_op_mov_cd_rd(s.cpu, &insn), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->cr2, 0x9abcdef0);
    sys_done(&s);
    enter(&s, &(struct state)ACTIVE(CS_L));
    insn.opsize = 8;
    s.cpu->gpr[IA32_RBX] = UINT64_C(0x123456789abcdef0);
    CU_ASSERT_EQUAL(ia32_op_mov_cd_rd(s.cpu, &insn), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->cr2, UINT64_C(0x123456789abcdef0));
    insn.rm = IA32_RDX;
    CU_ASSERT_EQUAL(ia32_op_mov_rd_cd(s.cpu, &insn), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RDX], UINT64_C(0x123456789abcdef0));
    insn.reg = 8;
    s.cpu->cr8 = 9;
    CU_ASSERT_EQUAL(ia32_op_mov_rd_cd(s.cpu, &insn), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RDX], 9);
    sys_done(&s);
}

/* Each bit of CR4 by itself, with and without the feature that brings it. */
static void cr4_follows_the_features(void)
{
    static const struct {
        enum ia32_feature feature;
        uint64_t bits;
    } items[] = {
        {IA32_F_VME, CR4_VME | CR4_PVI}, {IA32_F_TSC, CR4_TSD},
        {IA32_F_DE, CR4_DE},             {IA32_F_PSE, CR4_PSE},
        {IA32_F_PAE, CR4_PAE},           {IA32_F_MCE, CR4_MCE},
        {IA32_F_PGE, CR4_PGE},           {IA32_F_UD2, CR4_PCE},
        {IA32_F_FXSR, CR4_OSFXSR},       {IA32_F_SSE, CR4_OSXMMEXCPT},
        {IA32_F_UMIP, CR4_UMIP},         {IA32_F_FSGSBASE, CR4_FSGSBASE},
        {IA32_F_PCID, CR4_PCIDE},        {IA32_F_XSAVE, CR4_OSXSAVE},
        {IA32_F_SMEP, CR4_SMEP},         {IA32_F_SMAP, CR4_SMAP},
    };
    struct sys s;
    enter(&s, &(struct state)LEGACY);
    uint64_t all = ia32_cr4_allowed(s.cpu), known = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        unsigned f = items[i].feature;
        known |= items[i].bits;
        s.cpu->features[f / 64] &= ~VT_BIT(f % 64);
        CU_ASSERT_EQUAL(ia32_cr4_allowed(s.cpu), all & ~items[i].bits);
        CU_ASSERT(sys_faulted(&s, ia32_write_cr4(s.cpu, items[i].bits),
                              IA32_GP, 0));
        s.cpu->features[f / 64] |= VT_BIT(f % 64);
    }
    CU_ASSERT_EQUAL(all, known);
    for (unsigned bit = 0; bit < 64; bit++) {
        bool ok = (known & ~CR4_PCIDE) >> bit & 1; /* PCIDE: see above */
        s.cpu->cr4 = 0;
        CU_ASSERT(sys_faulted(&s, ia32_write_cr4(s.cpu, VT_BIT(bit)),
                              ok ? NO_FAULT : IA32_GP, 0));
        CU_ASSERT_EQUAL(s.cpu->cr4, ok ? VT_BIT(bit) : 0);
    }
    sys_done(&s);
}

static const struct sys_case cases[] = {
    {"CR0, CR4, CR8: rules of the manual", rules_of_the_manual},
    {"MOV CR: operand sizes", operand_sizes},
    {"CR4: each bit hangs on its feature", cr4_follows_the_features},
};

int main(void)
{
    return sys_main("creg", cases, ARRAY_SIZE(cases));
}
