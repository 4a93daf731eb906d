/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is checked in a task switch, condition by condition, and on which side
 * of the commit point its exception is.  SDM Vol 3A, "Task Switching", table
 * "Exception Conditions Checked During a Task Switch"; "Interrupt 10--Invalid
 * TSS Exception (#TS)". */
#include "tests/ia32/taskrig.h"

/* --- before the commit point ------------------------------------------- */

struct old_case {
    const char *name;
    enum way way;
    struct setting before[4];
    unsigned vector;
    uint32_t error;
};

static const struct old_case old_cases[] = {
    {"JMP: null is no TSS", JMP, {{M8(SYS_CODE + 5), 0}}, IA32_GP, 0},
    {"CALL: in the LDT", CALL,
     {{M8(SYS_CODE + 5), 8 | 4}, {M64(SYS_LDT + 8), TSS32_AT(NEW_TSS, 0x67)}},
     IA32_GP, 8 | 4},
    {"CALL: outside the GDT", CALL, {{GDT_LIMIT, SLOT_A + 6}}, IA32_GP,
     SLOT_A},
    {"CALL: busy", CALL, {{M8(RIGHTS(SLOT_A)), 0x8b}}, IA32_GP, SLOT_A},
    {"JMP: busy, before absent", JMP, {{M8(RIGHTS(SLOT_A)), 0x0b}}, IA32_GP,
     SLOT_A},
    {"JMP: absent", JMP, {{M8(RIGHTS(SLOT_A)), 0x09}}, IA32_NP, SLOT_A},
    {"JMP: absent, before its limit", JMP,
     {{GDT(SLOT_A), DESC(NEW_TSS, 0x66, 0x09)}}, IA32_NP, SLOT_A},
    {"JMP: 32-bit TSS with limit 66h", JMP,
     {{GDT(SLOT_A), TSS32_AT(NEW_TSS, 0x66)}}, IA32_TS, SLOT_A},
    {"JMP: 16-bit TSS with limit 2Ah", JMP,
     {{GDT(SLOT_A), DESC(NEW_TSS, 0x2a, A_SYS(IA32_TSS16, 0))}}, IA32_TS,
     SLOT_A},
    {"IRET: link beyond the old TSS", IRET, {{LIMIT(TR), 0}}, IA32_TS, TSS},
    {"IRET: null link", IRET, {{OLD(LINK), 0}}, IA32_TS, 0},
    {"IRET: link in the LDT", IRET, {{OLD(LINK), 8 | 4}}, IA32_TS, 8 | 4},
    {"IRET: link outside the GDT", IRET, {{OLD(LINK), GDT_BYTES}}, IA32_TS,
     GDT_BYTES},
    {"IRET: link to what is not busy", IRET, {{M8(RIGHTS(SLOT_A)), 0x89}},
     IA32_TS, SLOT_A},
    {"IRET: link to an absent TSS", IRET, {{M8(RIGHTS(SLOT_A)), 0x0b}},
     IA32_NP, SLOT_A},
    {"IRET: link to a short TSS", IRET,
     {{GDT(SLOT_A), DESC(NEW_TSS, 0x66, A_SYS(IA32_TSS32_BUSY, 0))}},
     IA32_TS, SLOT_A},
    {"INT: busy", GATE_INT, {{M8(RIGHTS(SLOT_A)), 0x8b}}, IA32_GP, SLOT_A},
    {"INT: short TSS", GATE_INT, {{GDT(SLOT_A), TSS32_AT(NEW_TSS, 0x66)}},
     IA32_TS, SLOT_A},
    {"old TSS too short for GS", JMP, {{LIMIT(TR), 0x5c}}, IA32_TS, TSS},
    {"old 16-bit TSS too short for DS", CALL,
     {{LIMIT(TR), 0x28}, {AR(TR), A_SYS(IA32_TSS16_BUSY, 0)}}, IA32_TS, TSS},
    {"old TSS descriptor outside the GDT", JMP,
     {{SEL(TR), GDT_BYTES}}, IA32_TS, GDT_BYTES},
};

static void apply(struct sys *s, const struct setting *set, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned bytes = thing_bytes(set[i].thing);
        if (bytes)
            put(s, set[i].thing & 0xffffff, set[i].value, bytes);
        else
            thing_set(s->cpu, set[i].thing, set[i].value);
    }
    ia32_update_mode(s->cpu);
}

static void faults_in_the_old_task(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(old_cases); i++) {
        const struct old_case *c = &old_cases[i];
        struct snapshot before;
        struct sys s;
        sys_init(&s, "merom", 0);
        new_task32(&s);
        prepare(&s, c->way);
        apply(&s, c->before, ARRAY_SIZE(c->before));
        take(&s, &before);
        enum ia32_status st = go(&s, c->way);
        bool ok = c->way == GATE_INT
                      ? s.first_fault.u.intr.vector == c->vector &&
                            s.first_fault.u.intr.error_code == c->error
                      : sys_faulted(&s, st, c->vector, c->error);
        sys_report(c->name, ok && untouched(&s, &before) &&
                                !(s.cpu->cr0 & CR0_TS));
        sys_done(&s);
    }
}

static const char *const way_names[] = {"JMP", "CALL", "IRET", "#UD",
                                        "#GP", "INT"};

/* --- behind it --------------------------------------------------------- */

/* The rows of task_checks.def; EIP has none there. */
enum row {
#define X(id, vector, condition) ROW_##id,
#include "sim/ia32/task_checks.def"
#undef X
    ROW_COUNT, ROW_EIP = ROW_COUNT
};

struct new_case {
    enum row row;
    const char *name;
    struct setting before[4];
    unsigned vector;
    uint32_t error;
};

#define IN_C(ar) {GDT(SLOT_C), FLAT(ar)}

static const struct new_case new_cases[] = {
    {ROW_LDT_VALID, "LDT: in the LDT", {{NEW(F_LDT), 8 | 4}}, IA32_TS, 8 | 4},
    {ROW_LDT_VALID, "LDT: outside", {{NEW(F_LDT), GDT_BYTES}}, IA32_TS,
     GDT_BYTES},
    {ROW_LDT_VALID, "LDT: data", {{NEW(F_LDT), DATA0}}, IA32_TS, DATA0},
    {ROW_LDT_VALID, "LDT: a TSS", {{NEW(F_LDT), TSS}}, IA32_TS, TSS},
    {ROW_LDT_VALID, "LDT: before CS", {{NEW(F_LDT), DATA0}, {NEW(F_CS), 0}},
     IA32_TS, DATA0},
    {ROW_CS_DPL, "CS: DPL not RPL", {{NEW(F_CS), CODE0 | 3}}, IA32_TS, CODE0},
    {ROW_CS_DPL, "CS: conforming with DPL above RPL", {{NEW(F_CS), CONF3}},
     IA32_TS, CONF3},
    {ROW_CS_DPL, "CS: its DPL before SS",
     {{NEW(F_CS), CODE0 | 3}, {NEW(F_SS), 0}}, IA32_TS, CODE0},
    {ROW_SS_VALID, "SS: null", {{NEW(F_SS), 0}}, IA32_TS, 0},
    {ROW_SS_VALID, "SS: outside", {{NEW(F_SS), GDT_BYTES}}, IA32_TS,
     GDT_BYTES},
    {ROW_SS_VALID, "SS: code", {{NEW(F_SS), CODE0}}, IA32_TS, CODE0},
    {ROW_SS_VALID, "SS: read-only", {IN_C(A_RO(0)), {NEW(F_SS), SLOT_C}},
     IA32_TS, SLOT_C},
    {ROW_SS_VALID, "SS: before CS", {{NEW(F_SS), 0}, {NEW(F_CS), DATA0}},
     IA32_TS, 0},
    {ROW_SS_PRESENT, "SS: absent",
     {IN_C(A_ABSENT(A_DATA(0))), {NEW(F_SS), SLOT_C}}, IA32_SSF, SLOT_C},
    {ROW_SS_PRESENT, "SS: absent, before its DPL",
     {IN_C(A_ABSENT(A_DATA(3))), {NEW(F_SS), SLOT_C}}, IA32_SSF, SLOT_C},
    {ROW_SS_DPL, "SS: DPL not CPL", {{NEW(F_SS), DATA3}}, IA32_TS, DATA3},
    {ROW_LDT_PRESENT, "LDT: absent", {{M8(RIGHTS(L_LDT)), 0x02}}, IA32_TS,
     L_LDT},
    {ROW_LDT_PRESENT, "LDT: absent, behind SS",
     {{M8(RIGHTS(L_LDT)), 0x02}, {NEW(F_SS), DATA3}}, IA32_TS, DATA3},
    {ROW_LDT_PRESENT, "LDT: absent, before CS",
     {{M8(RIGHTS(L_LDT)), 0x02}, {NEW(F_CS), DATA0}}, IA32_TS, L_LDT},
    {ROW_CS_VALID, "CS: null", {{NEW(F_CS), 0}}, IA32_TS, 0},
    {ROW_CS_VALID, "CS: outside", {{NEW(F_CS), GDT_BYTES}}, IA32_TS,
     GDT_BYTES},
    {ROW_CS_VALID, "CS: data", {{NEW(F_CS), DATA0}}, IA32_TS, DATA0},
    {ROW_CS_VALID, "CS: a TSS", {{NEW(F_CS), TSS}}, IA32_TS, TSS},
    {ROW_CS_PRESENT, "CS: absent",
     {IN_C(A_ABSENT(A_CODE(0))), {NEW(F_CS), SLOT_C}}, IA32_NP, SLOT_C},
    {ROW_SS_RPL, "SS: RPL not DPL", {{NEW(F_SS), DATA0 | 1}}, IA32_TS,
     DATA0},
    {ROW_SS_RPL, "SS: RPL, behind CS",
     {{NEW(F_SS), DATA0 | 1}, {NEW(F_CS), DATA0}}, IA32_TS, DATA0},
    {ROW_DATA_VALID, "DS: outside", {{NEW(F_DS), GDT_BYTES}}, IA32_TS,
     GDT_BYTES},
    {ROW_DATA_VALID, "ES: a system segment", {{NEW(F_ES), TSS}}, IA32_TS,
     TSS},
    {ROW_DATA_VALID, "FS: outside the LDT", {{NEW(F_FS), LDT_BYTES | 4}},
     IA32_TS, LDT_BYTES | 4},
    {ROW_DATA_READABLE, "GS: execute-only",
     {IN_C(A_CODE_X(0)), {NEW(F_GS), SLOT_C}}, IA32_TS, SLOT_C},
    {ROW_DATA_READABLE, "GS: execute-only, before absent",
     {IN_C(A_ABSENT(A_CODE_X(0))), {NEW(F_GS), SLOT_C}}, IA32_TS, SLOT_C},
    {ROW_DATA_PRESENT, "DS: absent",
     {IN_C(A_ABSENT(A_DATA(0))), {NEW(F_DS), SLOT_C}}, IA32_NP, SLOT_C},
    {ROW_DATA_DPL, "ES: RPL above DPL", {{NEW(F_ES), DATA0 | 3}}, IA32_TS,
     DATA0},
    {ROW_DATA_DPL, "FS: absent comes before DPL",
     {IN_C(A_ABSENT(A_DATA(0))), {NEW(F_FS), SLOT_C | 3}}, IA32_NP, SLOT_C},
    {ROW_EIP, "EIP beyond CS",
     {{GDT(SLOT_C), DESC(0, 0x6fff, 0x409b)}, {NEW(F_CS), SLOT_C}}, IA32_GP,
     0},
};

/* The new task is there; the old one was left in order. */
static bool switched(struct sys *s, enum way way)
{
    return s->cpu->seg[IA32_TR].selector == SLOT_A &&
           s->cpu->seg[IA32_TR].base == NEW_TSS &&
           (s->cpu->seg[IA32_TR].ar & 0xff) == 0x8b &&
           peek(s, SYS_TSS + F_EIP, 4) == return_to(way) &&
           (s->cpu->cr0 & CR0_TS);
}

static void one_new_case(const struct new_case *c, enum way way)
{
    /* The event that met the gate is told first; it is external. */
    unsigned n = way == GATE_UD;
    uint32_t error = c->error | (way == GATE_UD);
    struct faults f = {.count = 0};
    struct sys s;
    char name[80];
    sys_init(&s, "merom", 0);
    vt_event_listen(vt_machine_bus(s.m), VT_EV_MASK(VT_EV_FAULT), on_fault,
                    &f);
    new_task32(&s);
    apply(&s, c->before, ARRAY_SIZE(c->before));
    prepare(&s, way);
    enum ia32_status st = go(&s, way);
    snprintf(name, sizeof name, "%s, %s: %u(%x)", way_names[way], c->name,
             f.vector[n], (unsigned)f.error[n]);
    sys_report(name, st != IA32_FAULT && f.count > n &&
                         f.vector[n] == c->vector && f.error[n] == error &&
                         switched(&s, way));
    sys_done(&s);
}

static void faults_in_the_new_task(void)
{
    static const enum way ways[] = {JMP, CALL, IRET, GATE_INT, GATE_UD};
    bool seen[ROW_COUNT + 1] = {false};
    for (unsigned i = 0; i < ARRAY_SIZE(new_cases); i++) {
        seen[new_cases[i].row] = true;
        for (unsigned w = 0; w < ARRAY_SIZE(ways); w++)
            one_new_case(&new_cases[i], ways[w]);
    }
    for (unsigned row = 0; row < ROW_COUNT; row++)
        CU_ASSERT(seen[row]);
}

/* A handler that runs in the new task: DS is refused, SS and CS are there. */
static void handlers_run_in_the_new_task(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    new_task32(&s);
    put(&s, NEW_TSS + F_DS, GDT_BYTES, 2);
    prepare(&s, JMP);
    CU_ASSERT_EQUAL(go(&s, JMP), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->rip, SYS_HANDLER(IA32_TS));
    CU_ASSERT_EQUAL(s.cpu->gpr[IA32_RSP], NEW_STACK - 16);
    CU_ASSERT_EQUAL(sys_get32(&s, NEW_STACK - 16), GDT_BYTES);
    CU_ASSERT_EQUAL(sys_get32(&s, NEW_STACK - 12), NEW_EIP);
    CU_ASSERT_EQUAL(sys_get32(&s, NEW_STACK - 8), CODE0);
    CU_ASSERT_EQUAL(sys_get32(&s, NEW_STACK - 4), NEW_FLAGS | FL_RF);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_DS].selector, GDT_BYTES);
    CU_ASSERT(s.cpu->seg[IA32_DS].ar & AR_UNUSABLE);
    CU_ASSERT(s.cpu->seg[IA32_ES].ar & AR_UNUSABLE); /* not yet loaded */
    sys_done(&s);
}

/* --- paging ------------------------------------------------------------ */

#define PAGE_DIR 0x80000u
#define PAGE_TABLE 0x81000u
#define NEW_DIR 0x82000u

static void map(struct sys *s, uint32_t la, uint32_t bits)
{
    put(s, PAGE_TABLE + (la >> 12) * 4, la | bits, 4);
}

static void page_tables(struct sys *s)
{
    put(s, PAGE_DIR, PAGE_TABLE | 7, 4);
    put(s, NEW_DIR, PAGE_TABLE | 7, 4);
    for (uint32_t la = 0; la < 0x100000; la += 0x1000)
        map(s, la, 7);
    s->cpu->cr3 = PAGE_DIR;
    s->cpu->cr0 |= CR0_PG | CR0_WP;
    ia32_tlb_flush_all(s->cpu);
    put(s, NEW_TSS + F_CR3, NEW_DIR, 4);
}

struct page_case {
    const char *name;
    enum way way;
    uint32_t la, bits;
    uint32_t error; /* of #PF, or NO_FAULT */
};

static const struct page_case page_cases[] = {
    {"old TSS absent", JMP, SYS_TSS, 0, PF_W},
    {"old TSS read-only", JMP, SYS_TSS, 1, PF_W | PF_P},
    {"new TSS absent", JMP, NEW_TSS, 0, 0},
    {"new TSS read-only: JMP does not mind", JMP, NEW_TSS, 1, NO_FAULT},
    {"new TSS read-only: CALL writes the link", CALL, NEW_TSS, 1,
     PF_W | PF_P},
    {"GDT read-only: JMP marks the old TSS", JMP, SYS_GDT, 1, PF_W | PF_P},
    {"GDT read-only: CALL marks the new one", CALL, SYS_GDT, 1, PF_W | PF_P},
};

static void page_faults_in_the_old_task(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(page_cases); i++) {
        const struct page_case *c = &page_cases[i];
        struct snapshot before;
        struct sys s;
        sys_init(&s, "merom", 0);
        new_task32(&s);
        prepare(&s, c->way);
        page_tables(&s);
        map(&s, c->la, c->bits);
        take(&s, &before);
        enum ia32_status st = go(&s, c->way);
        bool ok = c->error == NO_FAULT
                      ? st == IA32_JUMP
                      : sys_faulted(&s, st, IA32_PF, c->error) &&
                            untouched(&s, &before) &&
                            s.cpu->pending.cr2 >> 12 == c->la >> 12;
        sys_report(c->name, ok);
        sys_done(&s);
    }
}

static void cr3_comes_with_the_task(void)
{
    struct sys s;
    sys_init(&s, "merom", 0);
    new_task32(&s);
    prepare(&s, CALL);
    page_tables(&s);
    CU_ASSERT_EQUAL(go(&s, CALL), IA32_JUMP);
    CU_ASSERT_EQUAL(s.cpu->cr3, NEW_DIR);
    CU_ASSERT_EQUAL(peek(&s, SYS_TSS + F_CR3, 4), 0); /* not saved */
    sys_done(&s);
}

/* The descriptors of the new task are looked up through its page tables. */
static void segments_come_through_the_new_page_tables(void)
{
    struct faults f = {.count = 0};
    struct sys s;
    sys_init(&s, "merom", 0);
    vt_event_listen(vt_machine_bus(s.m), VT_EV_MASK(VT_EV_FAULT), on_fault,
                    &f);
    new_task32(&s);
    prepare(&s, JMP);
    page_tables(&s);
    put(&s, NEW_DIR, 0, 4);
    (void)!go(&s, JMP);
    CU_ASSERT(f.count > 0);
    CU_ASSERT_EQUAL(f.vector[0], IA32_PF);
    CU_ASSERT_EQUAL(s.cpu->cr3, NEW_DIR);
    CU_ASSERT_EQUAL(s.cpu->seg[IA32_TR].selector, SLOT_A);
    sys_done(&s);
}

/* PAE paging: the four entries are loaded with CR3, and checked. */
static void pdptes_come_with_the_task(void)
{
    for (unsigned bad = 0; bad < 2; bad++) {
        struct sys s;
        sys_init(&s, "merom,+pae", 0);
        new_task32(&s);
        prepare(&s, JMP);
        sys_put64(&s, PAGE_DIR, 0x83000 | 1);  /* PDPT */
        sys_put64(&s, NEW_DIR, 0x84000 | 1 | (bad ? 2 : 0));
        for (uint32_t pd = 0x83000; pd <= 0x84000; pd += 0x1000)
            sys_put64(&s, pd, 0x85000 | 7);
        for (uint64_t la = 0; la < 0x100000; la += 0x1000)
            sys_put64(&s, (uint32_t)(0x85000 + (la >> 12) * 8), la | 7);
        put(&s, NEW_TSS + F_CR3, NEW_DIR, 4);
        s.cpu->cr4 |= CR4_PAE;
        s.cpu->cr3 = PAGE_DIR;
        CU_ASSERT_EQUAL(ia32_write_cr0(s.cpu, s.cpu->cr0 | CR0_PG), IA32_OK);
        enum ia32_status st = go(&s, JMP);
        if (bad) {
            CU_ASSERT(sys_faulted(&s, st, IA32_GP, 0));
            CU_ASSERT_EQUAL(s.cpu->seg[IA32_TR].selector, TSS);
        } else {
            CU_ASSERT_EQUAL(st, IA32_JUMP);
            CU_ASSERT_EQUAL(s.cpu->cr3, NEW_DIR);
            CU_ASSERT_EQUAL(s.cpu->pdpte[0], 0x84000 | 1);
        }
        sys_done(&s);
    }
}

static const struct sys_case cases[] = {
    {"before the commit point: faults in the old task",
     faults_in_the_old_task},
    {"behind it: every row, every way, in the new task",
     faults_in_the_new_task},
    {"handlers of these run in the new task", handlers_run_in_the_new_task},
    {"paging: #PF in the old task", page_faults_in_the_old_task},
    {"paging: CR3", cr3_comes_with_the_task},
    {"paging: descriptors through the new tables",
     segments_come_through_the_new_page_tables},
    {"PAE paging: page-directory-pointer entries", pdptes_come_with_the_task},
};

int main(void)
{
    return sys_main("task", cases, ARRAY_SIZE(cases));
}
