/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FXSAVE, FXRSTOR, MXCSR and the XSAVE feature set: layouts, headers, init
 * optimization, faults.  SDM Vol 1, "Managing State Using the XSAVE Feature
 * Set"; Vol 2, the instructions' pages. */
#include "sim/ia32/x87.h"
#include "sim/ia32/xsave.h"
#include "tests/ia32/longrig.h"

#define AREA SYS_DATA

/* A system with everything, at CPL 3 unless said otherwise. */
static void begin(struct sys *s, unsigned bits, unsigned cpl)
{
    long_init(s, cpl, bits);
    memset(s->cpu->features, 0xff, sizeof s->cpu->features);
    s->cpu->features[IA32_F_ZERO_FCS_FDS / 64] &=
        ~VT_BIT(IA32_F_ZERO_FCS_FDS % 64);
    s->cpu->cr4 |= CR4_OSFXSR | CR4_OSXSAVE;
    s->cpu->xcr0 = 3;
    s->cpu->gpr[IA32_RBX] = AREA;
    s->cpu->gpr[IA32_RAX] = s->cpu->gpr[IA32_RDX] = 0xffffffff;
    for (unsigned i = 0; i < 0x400; i += 8)
        sys_put64(s, AREA + i, UINT64_C(0xeeeeeeeeeeeeeeee));
}

/* Recognizable state in every register. */
static void fill(struct ia32_cpu *cpu)
{
    struct ia32_fpu *fpu = &cpu->fpu;
    fpu->cw = 0x027f;
    fpu->sw = 3u << 11 | X87_C2;
    fpu->valid = 0x5a;
    fpu->fop = 0x5ab;
    fpu->fip = UINT64_C(0x1122334455667788);
    fpu->fdp = UINT64_C(0x99aabbccddeeff00);
    fpu->fcs = 0x1234;
    fpu->fds = 0x5678;
    for (unsigned i = 0; i < 8; i++)
        fpu->r[i] = (struct ia32_f80){VT_BIT(63) | i, (uint16_t)(0x4000 + i)};
    for (unsigned i = 0; i < 16; i++)
        cpu->xmm[i] = (struct ia32_xmm){{0x100 + i, 0x200 + i}};
    cpu->mxcsr = 0x9fc0;
}

static void clear(struct ia32_cpu *cpu)
{
    memset(&cpu->fpu, 0, sizeof cpu->fpu);
    ia32_x87_init(cpu);
    memset(cpu->xmm, 0, sizeof cpu->xmm);
    cpu->mxcsr = MXCSR_INIT;
}

static enum ia32_status run(struct sys *s, const uint8_t *code)
{
    s->cpu->rip = SYS_CODE;
    sys_code(s, code, 5);
    return sys_exec(s);
}

static uint64_t at(struct sys *s, unsigned offset, unsigned bytes)
{
    return vt_physmem_read(s->pm, AREA + offset, bytes);
}

#define EE(n) (UINT64_C(0xeeeeeeeeeeeeeeee) >> (64 - 8 * (n)))

static const uint8_t fxsave[] = {0x0f, 0xae, 0x03, 0x90, 0x90};
static const uint8_t fxsave64[] = {0x48, 0x0f, 0xae, 0x03, 0x90};
static const uint8_t fxrstor[] = {0x0f, 0xae, 0x0b, 0x90, 0x90};
static const uint8_t fxrstor64[] = {0x48, 0x0f, 0xae, 0x0b, 0x90};
static const uint8_t ldmxcsr[] = {0x0f, 0xae, 0x13, 0x90, 0x90};
static const uint8_t stmxcsr[] = {0x0f, 0xae, 0x1b, 0x90, 0x90};
static const uint8_t xsave[] = {0x0f, 0xae, 0x23, 0x90, 0x90};
static const uint8_t xrstor[] = {0x0f, 0xae, 0x2b, 0x90, 0x90};
static const uint8_t xsaveopt[] = {0x0f, 0xae, 0x33, 0x90, 0x90};
static const uint8_t xrstors[] = {0x0f, 0xc7, 0x1b, 0x90, 0x90};
static const uint8_t xsavec[] = {0x0f, 0xc7, 0x23, 0x90, 0x90};
static const uint8_t xsaves[] = {0x0f, 0xc7, 0x2b, 0x90, 0x90};
static const uint8_t xgetbv[] = {0x0f, 0x01, 0xd0, 0x90, 0x90};
static const uint8_t xsetbv[] = {0x0f, 0x01, 0xd1, 0x90, 0x90};

/* --- layout ------------------------------------------------------------------ */

static const struct {
    unsigned offset, bytes;
    uint64_t legacy, wide; /* without and with REX.W */
} layout[] = {
    {0, 2, 0x027f, 0x027f},
    {2, 2, 0x1c00, 0x1c00},
    {4, 1, 0x5a, 0x5a},
    {5, 1, 0, 0},
    {6, 2, 0x5ab, 0x5ab},
    {8, 4, 0x55667788, 0x55667788},
    {12, 2, 0x1234, 0x3344},
    {14, 2, 0, 0x1122},
    {16, 4, 0xddeeff00, 0xddeeff00},
    {20, 2, 0x5678, 0xbbcc},
    {22, 2, 0, 0x99aa},
    {24, 4, 0x9fc0, 0x9fc0},
    {28, 4, 0xffff, 0xffff},
    {32, 8, VT_BIT(63) | 3, VT_BIT(63) | 3}, /* ST(0) is R3 */
    {40, 2, 0x4003, 0x4003},
    {42, 4, 0, 0},
    {144, 8, VT_BIT(63) | 2, VT_BIT(63) | 2}, /* ST(7) is R2 */
    {160, 8, 0x100, 0x100},
    {168, 8, 0x200, 0x200},
    {272, 8, 0x107, 0x107},
    {464, 8, EE(8), EE(8)},
    {504, 8, EE(8), EE(8)},
};

static void fxsave_layout(void)
{
    for (unsigned wide = 0; wide < 2; wide++)
        for (unsigned bits = wide ? 64 : 32; bits <= 64; bits += 32) {
            struct sys s;
            begin(&s, bits, 3);
            fill(s.cpu);
            CU_ASSERT_EQUAL(run(&s, wide ? fxsave64 : fxsave), IA32_OK);
            for (unsigned i = 0; i < ARRAY_SIZE(layout); i++)
                CU_ASSERT_EQUAL(at(&s, layout[i].offset, layout[i].bytes),
                                wide ? layout[i].wide : layout[i].legacy);
            CU_ASSERT_EQUAL(at(&s, 288, 8), bits == 64 ? 0x108 : EE(8));
            CU_ASSERT_EQUAL(at(&s, 408, 8), bits == 64 ? 0x20f : EE(8));
            sys_done(&s);
        }
}

static bool same_state(const struct ia32_cpu *a, const struct ia32_cpu *b,
                       unsigned xmms)
{
    bool same = a->fpu.cw == b->fpu.cw && a->fpu.sw == b->fpu.sw &&
                a->fpu.valid == b->fpu.valid && a->fpu.fop == b->fpu.fop &&
                a->mxcsr == b->mxcsr &&
                memcmp(a->xmm, b->xmm, xmms * sizeof a->xmm[0]) == 0;
    for (unsigned i = 0; i < 8; i++)
        same = same && a->fpu.r[i].frac == b->fpu.r[i].frac &&
               a->fpu.r[i].se == b->fpu.r[i].se;
    return same;
}

static void what_is_saved_comes_back(void)
{
    static const struct {
        const uint8_t *save, *restore;
    } pairs[] = {{fxsave, fxrstor}, {fxsave64, fxrstor64}, {xsave, xrstor},
                 {xsaveopt, xrstor}, {xsavec, xrstor}, {xsaves, xrstors}};
    for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++)
        for (unsigned bits = i == 1 ? 64 : 32; bits <= 64; bits += 32) {
            struct sys s;
            begin(&s, bits, 0);
            for (unsigned j = 512; j < 576; j += 8)
                sys_put64(&s, AREA + j, 0);
            fill(s.cpu);
            struct ia32_cpu before = *s.cpu;
            CU_ASSERT_EQUAL(run(&s, pairs[i].save), IA32_OK);
            clear(s.cpu);
            CU_ASSERT_EQUAL(run(&s, pairs[i].restore), IA32_OK);
            unsigned xmms = bits == 64 ? 16 : 8;
            CU_ASSERT(same_state(&before, s.cpu, xmms));
            for (unsigned j = xmms; j < 16; j++)
                CU_ASSERT_EQUAL(s.cpu->xmm[j].q[0], 0);
            if (pairs[i].save == fxsave64) {
                CU_ASSERT_EQUAL(s.cpu->fpu.fip, before.fpu.fip);
                CU_ASSERT_EQUAL(s.cpu->fpu.fcs, 0);
            } else {
                CU_ASSERT_EQUAL(s.cpu->fpu.fip, (uint32_t)before.fpu.fip);
                CU_ASSERT_EQUAL(s.cpu->fpu.fcs, before.fpu.fcs);
                CU_ASSERT_EQUAL(s.cpu->fpu.fds, before.fpu.fds);
            }
            sys_done(&s);
        }
}

/* Without CR4.OSFXSR the SSE state stays out of it. */
static void fxsave_without_osfxsr(void)
{
    struct sys s;
    begin(&s, 32, 3);
    s.cpu->cr4 &= ~CR4_OSFXSR;
    fill(s.cpu);
    CU_ASSERT_EQUAL(run(&s, fxsave), IA32_OK);
    CU_ASSERT_EQUAL(at(&s, 0, 2), 0x027f);
    CU_ASSERT_EQUAL(at(&s, 24, 8), EE(8));
    CU_ASSERT_EQUAL(at(&s, 144, 8), VT_BIT(63) | 2);
    CU_ASSERT_EQUAL(at(&s, 160, 8), EE(8));
    clear(s.cpu);
    CU_ASSERT_EQUAL(run(&s, fxrstor), IA32_OK); /* MXCSR would be #GP */
    CU_ASSERT_EQUAL(s.cpu->fpu.cw, 0x027f);
    CU_ASSERT_EQUAL(s.cpu->mxcsr, MXCSR_INIT);
    CU_ASSERT_EQUAL(s.cpu->xmm[0].q[0], 0);
    sys_done(&s);
}

static void selectors_that_are_deprecated(void)
{
    struct sys s;
    begin(&s, 32, 3);
    s.cpu->features[IA32_F_ZERO_FCS_FDS / 64] |=
        VT_BIT(IA32_F_ZERO_FCS_FDS % 64);
    fill(s.cpu);
    CU_ASSERT_EQUAL(run(&s, fxsave), IA32_OK);
    CU_ASSERT_EQUAL(at(&s, 8, 8), 0x55667788);
    CU_ASSERT_EQUAL(at(&s, 16, 8), 0xddeeff00);
    sys_done(&s);
}

/* --- MXCSR ------------------------------------------------------------------- */

static void mxcsr_bits(void)
{
    for (unsigned sse2 = 0; sse2 < 2; sse2++)
        for (unsigned bit = 0; bit < 32; bit++) {
            struct sys s;
            begin(&s, 32, 3);
            if (!sse2)
                s.cpu->features[IA32_F_SSE2 / 64] &=
                    ~VT_BIT(IA32_F_SSE2 % 64);
            bool ok = bit < 16 && (sse2 || bit != 6);
            sys_put32(&s, AREA, UINT32_C(1) << bit);
            CU_ASSERT(sys_faulted(&s, run(&s, ldmxcsr),
                                  ok ? NO_FAULT : IA32_GP, 0));
            CU_ASSERT_EQUAL(s.cpu->mxcsr,
                            ok ? UINT32_C(1) << bit : MXCSR_INIT);
            s.cpu->mxcsr = 0x1234;
            CU_ASSERT_EQUAL(run(&s, stmxcsr), IA32_OK);
            CU_ASSERT_EQUAL(at(&s, 0, 8), 0x1234 | EE(4) << 32);
            sys_done(&s);
        }
}

/* --- headers ----------------------------------------------------------------- */

enum { X87_USED = 1, SSE_USED = 2, MXCSR_SET = 4 };

/* What the header says and which parts are written.  XSTATE_BV was
 * EEEEEEEEEEEEEEEEH: bits 0 and 1 of that are 0 and 1. */
static const struct {
    const char *name;
    const uint8_t *code;
    unsigned used, mask;
    uint64_t xstate_bv, xcomp_bv;
    bool x87, mxcsr, xmm; /* written */
} saves[] = {
    {"XSAVE: all in use", xsave, 7, 3, EE(8) | 3, EE(8), true, true, true},
    {"XSAVE: nothing in use, all written", xsave, 0, 3, EE(8) & ~UINT64_C(3),
     EE(8), true, true, true},
    {"XSAVE: x87 alone", xsave, 7, 1, EE(8) | 1, EE(8), true, false, false},
    {"XSAVE: SSE alone", xsave, 7, 2, EE(8), EE(8), false, true, true},
    {"XSAVE: nothing", xsave, 7, 0, EE(8), EE(8), false, false, false},
    {"XSAVEOPT: what is in use", xsaveopt, X87_USED, 3, (EE(8) | 1) & ~UINT64_C(2),
     EE(8), true, true, false},
    {"XSAVEOPT: MXCSR is always saved", xsaveopt, MXCSR_SET, 3,
     EE(8) & ~UINT64_C(3), EE(8), false, true, false},
    {"XSAVEC: all in use", xsavec, 7, 3, 3, VT_BIT(63) | 3, true, true, true},
    {"XSAVEC: x87 in use", xsavec, X87_USED, 3, 1, VT_BIT(63) | 3, true,
     false, false},
    {"XSAVEC: MXCSR makes SSE be in use", xsavec, MXCSR_SET, 3, 2,
     VT_BIT(63) | 3, false, true, true},
    {"XSAVEC: MXCSR without SSE", xsavec, MXCSR_SET, 1, 0, VT_BIT(63) | 1,
     false, false, false},
    {"XSAVES: SSE in use", xsaves, SSE_USED, 3, 2, VT_BIT(63) | 3, false,
     true, true},
};

static void headers_written(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(saves); i++) {
        struct sys s;
        begin(&s, 32, 0);
        clear(s.cpu);
        if (saves[i].used & X87_USED)
            s.cpu->fpu.cw = 0x27f;
        if (saves[i].used & SSE_USED)
            s.cpu->xmm[7].q[1] = 1;
        if (saves[i].used & MXCSR_SET)
            s.cpu->mxcsr = 0x1fa0;
        s.cpu->xmm[8].q[0] = 1; /* of no account outside 64-bit mode */
        s.cpu->gpr[IA32_RAX] = saves[i].mask;
        s.cpu->gpr[IA32_RDX] = 0;
        bool ok = run(&s, saves[i].code) == IA32_OK;
        ok = ok && at(&s, 512, 8) == saves[i].xstate_bv &&
             at(&s, 520, 8) == saves[i].xcomp_bv && at(&s, 528, 8) == EE(8) &&
             (at(&s, 0, 2) != EE(2)) == saves[i].x87 &&
             (at(&s, 32, 8) != EE(8)) == saves[i].x87 &&
             (at(&s, 24, 4) != EE(4)) == saves[i].mxcsr &&
             (at(&s, 160, 8) != EE(8)) == saves[i].xmm &&
             at(&s, 288, 8) == EE(8);
        sys_report(saves[i].name, ok);
        sys_done(&s);
    }
}

/* What XRSTOR makes of a header; the area holds filled state. */
static const struct {
    const char *name;
    bool supervisor;
    uint64_t xcr0, mask, xstate_bv, xcomp_bv, reserved[6];
    uint32_t mxcsr;
    bool ok;
    enum { KEPT, LOADED, CLEARED } x87, xmm;
    uint32_t mxcsr_after;
} loads[] = {
#define SET 0x9fc0
#define OLD 0x1fa0
    {"standard: both", false, 3, 3, 3, 0, {0}, SET, true, LOADED, LOADED, SET},
    {"standard: init x87", false, 3, 3, 2, 0, {0}, SET, true, CLEARED, LOADED,
     SET},
    {"standard: init SSE, MXCSR from memory", false, 3, 3, 1, 0, {0}, SET,
     true, LOADED, CLEARED, SET},
    {"standard: x87 requested", false, 3, 1, 3, 0, {0}, SET, true, LOADED,
     KEPT, OLD},
    {"standard: SSE requested", false, 3, 2, 3, 0, {0}, SET, true, KEPT,
     LOADED, SET},
    {"standard: illegal MXCSR", false, 3, 3, 3, 0, {0}, 0x10000, false, KEPT,
     KEPT, OLD},
    {"standard: illegal MXCSR, SSE init", false, 3, 3, 1, 0, {0}, 0x10000,
     false, KEPT, KEPT, OLD},
    {"standard: illegal MXCSR, SSE not requested", false, 3, 1, 3, 0, {0},
     0x10000, true, LOADED, KEPT, OLD},
    {"standard: XSTATE_BV beyond XCR0", false, 1, 1, 3, 0, {0}, SET, false,
     KEPT, KEPT, OLD},
    {"standard: XSTATE_BV bit 2", false, 3, 3, 7, 0, {0}, SET, false, KEPT,
     KEPT, OLD},
    {"standard: XCOMP_BV not 0", false, 3, 3, 3, 1, {0}, SET, false, KEPT,
     KEPT, OLD},
    {"standard: bytes 23:16 not 0", false, 3, 3, 3, 0, {1}, SET, false, KEPT,
     KEPT, OLD},
    {"standard: bytes 31:24 do not matter", false, 3, 3, 3, 0, {0, 1}, SET,
     true, LOADED, LOADED, SET},
    {"compacted: both", false, 3, 3, 3, VT_BIT(63) | 3, {0}, SET, true,
     LOADED, LOADED, SET},
    {"compacted: init SSE, MXCSR too", false, 3, 3, 1, VT_BIT(63) | 3, {0},
     0x10000, true, LOADED, CLEARED, MXCSR_INIT},
    {"compacted: init what XCOMP_BV lacks", false, 3, 3, 1, VT_BIT(63) | 1,
     {0}, SET, true, LOADED, CLEARED, MXCSR_INIT},
    {"compacted: XSTATE_BV beyond XCOMP_BV", false, 3, 3, 3, VT_BIT(63) | 1,
     {0}, SET, false, KEPT, KEPT, OLD},
    {"compacted: XCOMP_BV beyond XCR0", false, 1, 1, 1, VT_BIT(63) | 3, {0},
     SET, false, KEPT, KEPT, OLD},
    {"compacted: bit 63 of XSTATE_BV", false, 3, 3, VT_BIT(63) | 1,
     VT_BIT(63) | 3, {0}, SET, false, KEPT, KEPT, OLD},
    {"compacted: a reserved byte", false, 3, 3, 3, VT_BIT(63) | 3,
     {0, 0, 0, 0, 0, VT_BIT(63)}, SET, false, KEPT, KEPT, OLD},
    {"XRSTORS: compacted", true, 3, 3, 3, VT_BIT(63) | 3, {0}, SET, true,
     LOADED, LOADED, SET},
    {"XRSTORS: standard", true, 3, 3, 3, 0, {0}, SET, false, KEPT, KEPT,
     OLD},
};

static bool x87_is(const struct ia32_cpu *cpu, int what)
{
    uint16_t cw = what == KEPT ? 0x77f : what == LOADED ? 0x27f : 0x37f;
    uint64_t frac = what == KEPT ? 9 : what == LOADED ? VT_BIT(63) | 3 : 0;
    return cpu->fpu.cw == cw && ia32_x87_st(cpu, 0).frac == frac &&
           (what != CLEARED || (cpu->fpu.valid == 0 && cpu->fpu.fip == 0));
}

static void headers_read(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(loads); i++) {
        struct sys s;
        begin(&s, 32, 0);
        fill(s.cpu);
        CU_ASSERT_EQUAL(run(&s, fxsave), IA32_OK);
        sys_put64(&s, AREA + 512, loads[i].xstate_bv);
        sys_put64(&s, AREA + 520, loads[i].xcomp_bv);
        for (unsigned j = 0; j < 6; j++)
            sys_put64(&s, AREA + 528 + 8 * j, loads[i].reserved[j]);
        sys_put32(&s, AREA + 24, loads[i].mxcsr);
        clear(s.cpu);
        s.cpu->xcr0 = loads[i].xcr0;
        s.cpu->fpu.cw = 0x77f;
        s.cpu->fpu.r[0].frac = s.cpu->xmm[0].q[0] = 9;
        s.cpu->mxcsr = OLD;
        s.cpu->gpr[IA32_RAX] = loads[i].mask;
        s.cpu->gpr[IA32_RDX] = 0;
        bool ok = sys_faulted(
            &s, run(&s, loads[i].supervisor ? xrstors : xrstor),
            loads[i].ok ? NO_FAULT : IA32_GP, 0);
        uint64_t xmm = loads[i].xmm == KEPT     ? 9
                       : loads[i].xmm == LOADED ? 0x100
                                                : 0;
        ok = ok && x87_is(s.cpu, (int)loads[i].x87) &&
             s.cpu->xmm[0].q[0] == xmm && s.cpu->mxcsr == loads[i].mxcsr_after;
        sys_report(loads[i].name, ok);
        sys_done(&s);
    }
}

static void compacted_form_needs_xsavec(void)
{
    struct sys s;
    begin(&s, 32, 0);
    CU_ASSERT_EQUAL(run(&s, xsavec), IA32_OK);
    for (unsigned i = 528; i < 576; i += 8)
        sys_put64(&s, AREA + i, 0);
    CU_ASSERT_EQUAL(run(&s, xrstor), IA32_OK);
    s.cpu->features[IA32_F_XSAVEC / 64] &= ~VT_BIT(IA32_F_XSAVEC % 64);
    CU_ASSERT(sys_faulted(&s, run(&s, xrstor), IA32_GP, 0));
    sys_done(&s);
}

/* --- faults ------------------------------------------------------------------ */

static const struct {
    const char *name;
    const uint8_t *code;
    unsigned cpl;
    uint64_t cr0, cr4_off, address;
    int without;
    unsigned vector;
    uint32_t error;
} faults[] = {
#define F(v, e) IA32_##v, e
    {"FXSAVE: CR0.EM", fxsave, 3, CR0_EM, 0, AREA, -1, F(UD, NO_CODE)},
    {"FXSAVE: CR0.TS", fxsave, 3, CR0_TS, 0, AREA, -1, F(NM, NO_CODE)},
    {"FXSAVE: EM before TS", fxsave, 3, CR0_EM | CR0_TS, 0, AREA, -1,
     F(UD, NO_CODE)},
    {"FXSAVE: 8 bytes off", fxsave, 3, 0, 0, AREA + 8, -1, F(GP, 0)},
    {"FXSAVE: 16 bytes off is fine", fxsave, 3, 0, 0, AREA + 16, -1,
     NO_FAULT, 0},
    {"FXRSTOR: CR0.TS", fxrstor, 3, CR0_TS, 0, AREA, -1, F(NM, NO_CODE)},
    {"FXRSTOR: not aligned", fxrstor, 3, 0, 0, AREA + 1, -1, F(GP, 0)},
    {"FXSAVE without it", fxsave, 3, 0, 0, AREA, IA32_F_FXSR, F(UD, NO_CODE)},
    {"LDMXCSR: CR0.TS", ldmxcsr, 3, CR0_TS, 0, AREA, -1, F(NM, NO_CODE)},
    {"LDMXCSR: CR0.EM", ldmxcsr, 3, CR0_EM, 0, AREA, -1, F(UD, NO_CODE)},
    {"STMXCSR: CR4.OSFXSR = 0", stmxcsr, 3, 0, CR4_OSFXSR, AREA, -1,
     F(UD, NO_CODE)},
    {"XSAVE: CR4.OSXSAVE = 0", xsave, 3, 0, CR4_OSXSAVE, AREA, -1,
     F(UD, NO_CODE)},
    {"XSAVE: CR0.TS", xsave, 3, CR0_TS, 0, AREA, -1, F(NM, NO_CODE)},
    {"XSAVE: CR0.EM does not matter", xsave, 3, CR0_EM, 0, AREA, -1,
     NO_FAULT, 0},
    {"XSAVE: 32 bytes off", xsave, 3, 0, 0, AREA + 32, -1, F(GP, 0)},
    {"XRSTOR: 16 bytes off", xrstor, 3, 0, 0, AREA + 16, -1, F(GP, 0)},
    {"XSAVEOPT without it", xsaveopt, 3, 0, 0, AREA, IA32_F_XSAVEOPT,
     F(UD, NO_CODE)},
    {"XSAVEC without it", xsavec, 3, 0, 0, AREA, IA32_F_XSAVEC,
     F(UD, NO_CODE)},
    {"XSAVES at CPL 3", xsaves, 3, 0, 0, AREA, -1, F(GP, 0)},
    {"XSAVES at CPL 3: OSXSAVE first", xsaves, 3, 0, CR4_OSXSAVE, AREA, -1,
     F(UD, NO_CODE)},
    {"XSAVES without it", xsaves, 0, 0, 0, AREA, IA32_F_XSAVES,
     F(UD, NO_CODE)},
    {"XRSTORS at CPL 3", xrstors, 3, 0, 0, AREA, -1, F(GP, 0)},
    {"XGETBV: CR4.OSXSAVE = 0", xgetbv, 3, 0, CR4_OSXSAVE, AREA, -1,
     F(UD, NO_CODE)},
    {"XSETBV at CPL 3", xsetbv, 3, 0, 0, AREA, -1, F(GP, 0)},
    {"XSETBV: CR4.OSXSAVE = 0", xsetbv, 0, 0, CR4_OSXSAVE, AREA, -1,
     F(UD, NO_CODE)},
};

static void faults_of_each(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(faults); i++) {
        struct sys s;
        begin(&s, 32, faults[i].cpl);
        s.cpu->cr0 |= faults[i].cr0;
        s.cpu->cr4 &= ~faults[i].cr4_off;
        s.cpu->gpr[IA32_RBX] = faults[i].address;
        s.cpu->gpr[IA32_RCX] = 0;
        if (faults[i].without >= 0)
            s.cpu->features[faults[i].without / 64] &=
                ~VT_BIT(faults[i].without % 64);
        sys_report(faults[i].name,
                   sys_faulted(&s, run(&s, faults[i].code), faults[i].vector,
                               faults[i].error));
        sys_done(&s);
    }
}

/* An area across a page that is not there: nothing is written. */
static void page_faults(void)
{
    static const uint8_t *const codes[] = {fxsave, xsave, xsavec, fxrstor,
                                           xrstor};
    for (unsigned i = 0; i < ARRAY_SIZE(codes); i++) {
        struct sys s;
        begin(&s, 32, 3);
        long_paging(&s);
        long_pte(&s, AREA + 0x1000, 0);
        s.cpu->gpr[IA32_RBX] = AREA + 0x1000 - 64;
        fill(s.cpu);
        struct ia32_cpu before = *s.cpu;
        CU_ASSERT(sys_faulted(&s, run(&s, codes[i]), IA32_PF,
                              i < 3 ? PF_U | PF_W : PF_U));
        CU_ASSERT_EQUAL(s.cpu->pending.cr2, AREA + 0x1000);
        CU_ASSERT(same_state(&before, s.cpu, 16));
        CU_ASSERT_EQUAL(vt_physmem_read(s.pm, AREA + 0xfc0, 8), 0);
        sys_done(&s);
    }
}

/* --- XCR0 -------------------------------------------------------------------- */

static void xcr0_values(void)
{
    static const struct { uint64_t ecx, value; bool ok; } items[] = {
        {0, 1, true}, {0, 3, true}, {0, 2, false}, {0, 0, false},
        {0, 7, false}, {0, VT_BIT(63) | 1, false}, {0, VT_BIT(32) | 3, false},
        {1, 1, false}, {VT_BIT(32), 1, true},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
        struct sys s;
        begin(&s, 64, 0);
        s.cpu->xcr0 = 1;
        s.cpu->gpr[IA32_RCX] = items[i].ecx;
        s.cpu->gpr[IA32_RAX] = items[i].value & 0xffffffff;
        s.cpu->gpr[IA32_RDX] = items[i].value >> 32;
        CU_ASSERT(sys_faulted(&s, run(&s, xsetbv),
                              items[i].ok ? NO_FAULT : IA32_GP, 0));
        CU_ASSERT_EQUAL(s.cpu->xcr0, items[i].ok ? items[i].value : 1);
        sys_done(&s);
    }
}

/* XGETBV(0) is XCR0, XGETBV(1) what of it is in use; there is no other. */
static void xgetbv_values(void)
{
    struct sys s;
    begin(&s, 64, 3);
    clear(s.cpu);
    s.cpu->xmm[15].q[0] = 1;
    s.cpu->gpr[IA32_RCX] = 0;
    CU_ASSERT_EQUAL(run(&s, xgetbv), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RAX], 3);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RDX], 0);
    s.cpu->gpr[IA32_RCX] = 1;
    CU_ASSERT_EQUAL(run(&s, xgetbv), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RAX], 2);
    s.cpu->fpu.fop = 1;
    s.cpu->gpr[IA32_RCX] = 1;
    CU_ASSERT_EQUAL(run(&s, xgetbv), IA32_OK);
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RAX], 3);
    s.cpu->gpr[IA32_RCX] = 2;
    CU_ASSERT(sys_faulted(&s, run(&s, xgetbv), IA32_GP, 0));
    s.cpu->features[IA32_F_XGETBV1 / 64] &= ~VT_BIT(IA32_F_XGETBV1 % 64);
    s.cpu->gpr[IA32_RCX] = 1;
    CU_ASSERT(sys_faulted(&s, run(&s, xgetbv), IA32_GP, 0));
    sys_done(&s);
}

static const struct sys_case cases[] = {
    {"FXSAVE: layout, without and with REX.W", fxsave_layout},
    {"what is saved comes back", what_is_saved_comes_back},
    {"FXSAVE, FXRSTOR: CR4.OSFXSR = 0", fxsave_without_osfxsr},
    {"FXSAVE: deprecated selectors are 0", selectors_that_are_deprecated},
    {"MXCSR: reserved bits", mxcsr_bits},
    {"XSAVE and its like: headers and parts written", headers_written},
    {"XRSTOR, XRSTORS: headers read", headers_read},
    {"XRSTOR: the compacted form needs XSAVEC", compacted_form_needs_xsavec},
    {"faults of each", faults_of_each},
    {"page faults change nothing", page_faults},
    {"XSETBV: values", xcr0_values},
    {"XGETBV: values", xgetbv_values},
};

int main(void)
{
    return sys_main("xsave", cases, ARRAY_SIZE(cases));
}
