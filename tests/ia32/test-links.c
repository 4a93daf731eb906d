/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links between blocks are never seen: whatever changes under a link (code,
 * page tables, the TLB, privilege) is noticed when it is noticed without
 * links, and so is every boundary of a linked loop.  SDM Vol 3A,
 * "Self-Modifying Code", "Invalidation of TLBs and Paging-Structure
 * Caches". */
#include "sim/ia32/form.h"
#include "tests/ia32/rig.h"

#define CODE 0x1000u
#define CALLED 0x402000u /* linear address of a function; a page of its own */
#define OLD_PAGE 0x6000u
#define NEW_PAGE 0x7000u

enum way { TAIL, LOOP, SEALED, STEPPED, WAYS };

static void start(struct rig *r, enum way way, const uint8_t *code,
                  unsigned bytes, uint32_t count)
{
    static const uint8_t old_code[] = {0x40, 0xc3}; /* INC EAX; RET */
    static const uint8_t new_code[] = {0x43, 0xc3}; /* INC EBX; RET */

    rig_init(r);
    rig_paging(r, CR0_WP, 0);
    rig_pte(r, CALLED, OLD_PAGE | PTE_RW);
    rig_put(r, OLD_PAGE, old_code, sizeof old_code);
    rig_put(r, NEW_PAGE, new_code, sizeof new_code);
    rig_put(r, CODE, code, bytes);
    ia32_blocks_use(r->cpu->blocks,
                    way == LOOP ? &ia32_forms_loop : ia32_forms_tail);
    r->cpu->tlb->sealed = way == SEALED;
    for (unsigned i = 0; i < 8; i++)
        r->cpu->gpr[i] = 0;
    r->cpu->gpr[IA32_RCX] = count;
    r->cpu->gpr[IA32_RSP] = 0x9000;
}

static void run(struct rig *r, enum way way, uint64_t until)
{
    if (way != STEPPED) {
        (void)vt_machine_run(r->m, until, false);
        return;
    }
    while (r->cpu->base.now_cycles < until &&
           r->cpu->base.activity == VT_ACTIVE)
        ia32_step(&r->cpu->base);
}

static void check_counts(const uint8_t *code, unsigned bytes, uint64_t eax,
                         uint64_t ebx)
{
    for (unsigned way = 0; way < WAYS; way++) {
        struct rig r;

        start(&r, (enum way)way, code, bytes, 10);
        run(&r, (enum way)way, 5000);
        CU_ASSERT_EQUAL(r.cpu->base.activity, VT_HALTED);
        CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], eax);
        CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RBX], ebx);
        CU_ASSERT_TRUE(rig_balanced(&r));
        rig_done(&r);
    }
}

/* What the loops have in common: CALL 402000H at the start. */
#define CALL_IT 0xe8, 0xfb, 0x0f, 0x40, 0

static void code_changes(void)
{
    static const uint8_t code[] = {
        CALL_IT,
        0x49,                               /* DEC ECX */
        0x83, 0xf9, 5,                      /* CMP ECX,5 */
        0x75, 7,                            /* JNZ +7 */
        0xc6, 0x05, 0x00, 0x60, 0, 0, 0x43, /* MOV BYTE [6000H],43H */
        0x85, 0xc9,                         /* TEST ECX,ECX */
        0x75, 0xea,                         /* JNZ 1000H */
        0xf4};

    check_counts(code, sizeof code, 5, 5);
}

/* The new page is there only after INVLPG. */
static void page_is_remapped(void)
{
    static const uint8_t code[] = {
        CALL_IT,
        0x49,
        0x83, 0xf9, 6,
        0x75, 10,
        0xc7, 0x05, 0x08, 0x20, 0x10, 0, 0x03, 0x70, 0, 0, /* the PTE */
        0x83, 0xf9, 3,
        0x75, 7,
        0x0f, 0x01, 0x3d, 0x00, 0x20, 0x40, 0, /* INVLPG [402000H] */
        0x85, 0xc9,
        0x75, 0xdb,
        0xf4};

    check_counts(code, sizeof code, 7, 3);
}

/* The same with a write to CR3 in place of INVLPG. */
static void address_space_changes(void)
{
    static const uint8_t code[] = {
        CALL_IT,
        0x49,
        0x83, 0xf9, 6,
        0x75, 10,
        0xc7, 0x05, 0x08, 0x20, 0x10, 0, 0x03, 0x70, 0, 0,
        0x83, 0xf9, 3,
        0x75, 6,
        0x0f, 0x20, 0xda, 0x0f, 0x22, 0xda, /* reload CR3 */
        0x85, 0xc9,
        0x75, 0xdc,
        0xf4};

    check_counts(code, sizeof code, 7, 3);
}

/* Two pages that jump to each other three times, so that they are linked,
 * and then more pages than the code TLB holds: whoever comes back is walked
 * and charged. */
static void evictions_are_charged(void)
{
    uint64_t cycles[WAYS], walks[WAYS];

    for (unsigned way = 0; way < WAYS; way++) {
        static const uint8_t none[] = {0xf4};
        struct rig r;

        start(&r, (enum way)way, none, sizeof none, 5);
        for (uint32_t i = 0; i < 400; i++) { /* JMP to the next page */
            uint8_t jump[] = {0xe9, 0xfb, 0x0f, 0, 0};

            rig_put(&r, 0x200000 + i * 0x1000, jump, sizeof jump);
        }
        /* The second: DEC EDX; JNZ to the first; JMP to the third. */
        rig_put(&r, 0x201000,
                "\x4a\x0f\x85\xf9\xef\xff\xff\xe9\xf4\x0f\0\0", 12);
        /* The last: MOV EDX,3; DEC ECX; JNZ to the first; HLT. */
        rig_put(&r, 0x200000 + 400 * 0x1000,
                "\xba\x03\0\0\0\x49\x0f\x85\xf4\xff\xe6\xff\xf4", 13);
        r.cpu->gpr[IA32_RDX] = 3;
        r.cpu->rip = 0x200000;
        run(&r, (enum way)way, 1000000);
        CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 0);
        cycles[way] =
            r.cpu->base.now_cycles - rig_charged(&r, VT_WHAT_IDLE);
        walks[way] = rig_charged(&r, VT_WHAT_REFILL);
        rig_done(&r);
    }
    CU_ASSERT_TRUE(walks[STEPPED] > 3 * 400 * 2 * 17);
    for (unsigned way = 0; way < STEPPED; way++) {
        CU_ASSERT_EQUAL(walks[way], walks[STEPPED]);
        CU_ASSERT_EQUAL(cycles[way], cycles[STEPPED]);
    }
}

static void set_level(struct rig *r, unsigned cpl)
{
    struct ia32_seg cs = r->cpu->seg[IA32_CS], ss = r->cpu->seg[IA32_SS];

    cs.ar = (cs.ar & ~AR_DPL) | cpl << AR_DPL_SHIFT;
    ss.ar = (ss.ar & ~AR_DPL) | cpl << AR_DPL_SHIFT;
    cs.selector = (uint16_t)((cs.selector & ~3u) | cpl);
    ss.selector = (uint16_t)((ss.selector & ~3u) | cpl);
    ia32_set_seg(r->cpu, IA32_SS, &ss);
    ia32_set_seg(r->cpu, IA32_CS, &cs);
}

/* What CPL 0 linked is a page fault at CPL 3, whose blocks are the same. */
static void privilege_changes(void)
{
    static const uint8_t code[] = {0xe9, 0xfb, 0x0f, 0x40, 0}; /* JMP */
    /* INC EAX; JMP 1000H */
    static const uint8_t called[] = {0x40, 0xe9, 0xfa, 0xef, 0xbf, 0xff};

    for (unsigned way = 0; way < WAYS; way++) {
        struct rig r;

        start(&r, (enum way)way, code, sizeof code, 0);
        rig_put(&r, OLD_PAGE, called, sizeof called);
        run(&r, (enum way)way, 2000);
        /* The first page has code entries for CPL 3 as well. */
        set_level(&r, 3);
        r.cpu->rip = CODE;
        CU_ASSERT_EQUAL(ia32_translate(r.cpu, CODE, IA32_ACC_X,
                                       &(uint64_t){0}), IA32_OK);
        set_level(&r, 0);
        CU_ASSERT_TRUE(r.cpu->gpr[IA32_RAX] > 10);
        CU_ASSERT_EQUAL(r.cpu->base.activity, VT_ACTIVE);
        set_level(&r, 3);
        r.cpu->rip = CODE;
        r.cpu->gpr[IA32_RAX] = 0;
        /* Nothing to deliver it to: the CPU shuts down. */
        run(&r, (enum way)way, r.cpu->base.now_cycles + 2000);
        CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 0);
        CU_ASSERT_EQUAL(r.cpu->cr2, CALLED);
        rig_done(&r);
    }
}

/* A loop of several linked blocks stopped at every boundary, and by a limit
 * at every cycle, stands where steps lead. */
static void every_boundary(void)
{
    static const uint8_t code[] = {
        CALL_IT,
        0x89, 0x05, 0x00, 0x30, 0, 0, /* MOV [3000H],EAX */
        0xa8, 1,                      /* TEST AL,1 */
        0x74, 1,                      /* JZ +1 */
        0x46,                         /* INC ESI */
        0x03, 0x3d, 0x00, 0x30, 0, 0, /* ADD EDI,[3000H] */
        0xeb, 0xe8};
    struct rig stepped;

    start(&stepped, STEPPED, code, sizeof code, 0);
    for (uint64_t limit = 1; limit < 700; limit++) {
        run(&stepped, STEPPED, limit);
        for (unsigned way = TAIL; way <= LOOP; way++) {
            struct rig r;

            start(&r, (enum way)way, code, sizeof code, 0);
            run(&r, (enum way)way, limit);
            CU_ASSERT_EQUAL(r.cpu->rip, stepped.cpu->rip);
            CU_ASSERT_EQUAL(r.cpu->base.now_cycles,
                            stepped.cpu->base.now_cycles);
            CU_ASSERT_EQUAL(memcmp(r.cpu->gpr, stepped.cpu->gpr,
                                   8 * sizeof r.cpu->gpr[0]), 0);
            CU_ASSERT_TRUE(rig_balanced(&r));
            rig_done(&r);
        }
    }
    rig_done(&stepped);
}

/* A timer ends a linked loop at the same cycle for every time it is armed
 * for: what is asked from inside a chain is seen at the next boundary. */
static void on_time(void *opaque, uint64_t cycle)
{
    struct rig *r = opaque;

    (void)cycle;
    vt_machine_request_stop(r->m, VT_STOP_BREAK, 0, 0, "%s", "");
}

static void every_timer(void)
{
    static const uint8_t code[] = {CALL_IT, 0x46, 0x47, 0xeb, 0xf7};
    struct rig stepped;

    start(&stepped, STEPPED, code, sizeof code, 0);
    for (uint64_t at = 1; at < 400; at++) {
        struct rig r;
        struct vt_timer *timer;

        run(&stepped, STEPPED, at);
        start(&r, TAIL, code, sizeof code, 0);
        timer = vt_timer_new(r.m, "test", on_time, &r);
        vt_timer_arm(timer, at);
        (void)vt_machine_run(r.m, 100000, false);
        CU_ASSERT_EQUAL(r.cpu->rip, stepped.cpu->rip);
        CU_ASSERT_EQUAL(r.cpu->base.now_cycles,
                        stepped.cpu->base.now_cycles);
        rig_done(&r);
    }
    rig_done(&stepped);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"code changes under a link", code_changes},
        {"a page is remapped under a link: after INVLPG", page_is_remapped},
        {"a write to CR3 has the same effect", address_space_changes},
        {"a link to an evicted page is a walk", evictions_are_charged},
        {"a link of CPL 0 does not serve CPL 3", privilege_changes},
        {"a linked loop stops at every boundary", every_boundary},
        {"a timer is met at every cycle of a linked loop", every_timer},
    };

    return run_suite("ia32 links", cases, ARRAY_SIZE(cases));
}
