/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coherence of decoded blocks: whoever changes code, through whatever
 * address, the next instruction is the changed one.
 * SDM Vol 3A, "Self-Modifying Code". */
#include "tests/ia32/rig.h"

#define CODE 0x1000u

/* MOV BYTE [at], 41h; INC EAX; JMP $.  at points to the INC EAX (40h), which
 * becomes INC ECX (41h): in its own block, one instruction ahead. */
static const uint8_t patcher[] = {0xc6, 0x05, 0, 0, 0, 0, 0x41,
                                  0x40, 0xeb, 0xfe};
#define PATCHED 7u /* offset of the INC */

static void load_patcher(struct rig *r, uint32_t at)
{
    uint8_t code[sizeof patcher];

    memcpy(code, patcher, sizeof code);
    vt_st32le(code + 2, at);
    rig_put(r, CODE, code, sizeof code);
    r->cpu->rip = CODE;
    r->cpu->gpr[IA32_RAX] = r->cpu->gpr[IA32_RCX] = 0;
}

static void run_for(struct rig *r, uint64_t cycles)
{
    (void)vt_machine_run(r->m, r->cpu->base.now_cycles + cycles, false);
}

static void own_block(void)
{
    for (unsigned way = 0; way < 4; way++) {
        struct rig r;
        bool observed = way & 1;

        rig_init(&r);
        r.cpu->tlb->sealed = way >> 1;
        /* The second time everything is warm, and 41h is written over 41h's
         * successor 40h again. */
        for (unsigned i = 0; i < 3; i++) {
            load_patcher(&r, CODE + PATCHED);
            (void)vt_machine_run(r.m, r.cpu->base.now_cycles + 50, observed);
            CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 0);
            CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 1);
            CU_ASSERT_TRUE(rig_balanced(&r));
        }
        rig_done(&r);
    }
}

static void through_an_alias(void)
{
    struct rig r;

    rig_init(&r);
    rig_paging(&r, 0, 0);
    rig_pte(&r, 0x800000, CODE | PTE_RW);
    for (unsigned i = 0; i < 3; i++) {
        load_patcher(&r, 0x800000 + PATCHED);
        run_for(&r, 300);
        CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 0);
        CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 1);
    }
    rig_done(&r);
}

/* Data beside code, in its page: written fast until it is code itself. */
static void data_beside_code_becomes_code(void)
{
    static const uint8_t code[] = {
        0xc6, 0x05, 0x00, 0x12, 0, 0, 0x40, /* MOV BYTE [1200h],40h */
        0xc6, 0x05, 0x01, 0x12, 0, 0, 0xc3, /* MOV BYTE [1201h],C3h */
        0xe8, 0xed, 0x01, 0, 0,             /* CALL 1200h: INC EAX; RET */
        0xc6, 0x05, 0x00, 0x12, 0, 0, 0x41, /* MOV BYTE [1200h],41h */
        0xe8, 0xe1, 0x01, 0, 0,             /* CALL 1200h: INC ECX; RET */
        0xeb, 0xfe};
    struct rig r;

    rig_init(&r);
    rig_put(&r, CODE, code, sizeof code);
    r.cpu->gpr[IA32_RSP] = 0x8000;
    r.cpu->gpr[IA32_RAX] = r.cpu->gpr[IA32_RCX] = 0;
    for (unsigned i = 1; i <= 3; i++) {
        r.cpu->rip = CODE;
        run_for(&r, 300);
        CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], i);
        CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], i);
    }
    CU_ASSERT_PTR_NOT_NULL(
        ia32_fast_beside_code(r.cpu->tlb, false, CODE + 0x300, 4));
    CU_ASSERT_PTR_NULL(ia32_fast_beside_code(r.cpu->tlb, false, CODE, 4));
    rig_done(&r);
}

/* The data page was written to, so the fast TLB knows it, before it became
 * code. */
static void page_becomes_code(void)
{
    static const uint8_t inc_eax_loop[] = {0x40, 0xeb, 0xfe};
    struct rig r;

    rig_init(&r);
    for (unsigned i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(ia32_write(r.cpu, IA32_DS, CODE + 0x800, 4, i),
                        IA32_OK);
    rig_put(&r, CODE, inc_eax_loop, sizeof inc_eax_loop);
    run_for(&r, 20);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 1);
    CU_ASSERT_EQUAL(ia32_write(r.cpu, IA32_DS, CODE, 1, 0x41), IA32_OK);
    r.cpu->rip = CODE;
    run_for(&r, 20);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 1);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 1);
    rig_done(&r);
}

/* REP STOSB over the instruction that follows it, and over itself. */
static void string_over_code(void)
{
    /* INC EDX; REP STOSB; INC EAX x4; JMP $ */
    static const uint8_t code[] = {0x42, 0xf3, 0xaa, 0x40, 0x40,
                                   0x40, 0x40, 0xeb, 0xfe};
    struct rig r;

    rig_init(&r);
    for (unsigned i = 0; i < 3; i++) {
        rig_put(&r, CODE, code, sizeof code);
        r.cpu->rip = CODE;
        r.cpu->gpr[IA32_RAX] = 0x43; /* INC EBX */
        r.cpu->gpr[IA32_RBX] = 0;
        r.cpu->gpr[IA32_RCX] = 3;
        r.cpu->gpr[IA32_RDI] = CODE + 3;
        run_for(&r, 100);
        CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RBX], 3);
        CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 0x44);
        CU_ASSERT_TRUE(rig_balanced(&r));
    }
    /* Its own REP prefix becomes a NOP: one iteration, then a plain
     * STOSB. */
    rig_put(&r, CODE, code, sizeof code);
    r.cpu->rip = CODE;
    r.cpu->gpr[IA32_RAX] = 0x90;
    r.cpu->gpr[IA32_RCX] = 9;
    r.cpu->gpr[IA32_RDI] = CODE + 1;
    run_for(&r, 100);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 8);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RDI], CODE + 3);
    rig_done(&r);
}

static const uint8_t count_loop[] = {0x40, 0xeb, 0xfd}; /* INC EAX; JMP -3 */

static void patch_by_device(void *opaque, uint64_t cycle)
{
    struct rig *r = opaque;

    (void)cycle;
    vt_physmem_write(r->pm, CODE, 0x41, 1);
}

/* The loop runs from one warm block when the device writes. */
static void by_a_device(void)
{
    struct rig r;
    struct vt_timer *timer;

    rig_init(&r);
    timer = vt_timer_new(r.m, "patch", patch_by_device, &r);
    rig_put(&r, CODE, count_loop, sizeof count_loop);
    vt_timer_arm(timer, 1000);
    run_for(&r, 2000);
    /* An iteration is 10 cycles; the loop turned at 1000. */
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 100);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 100);
    rig_done(&r);
}

static void by_the_debugger(void)
{
    struct rig r;

    rig_init(&r);
    rig_put(&r, CODE, count_loop, sizeof count_loop);
    run_for(&r, 1000);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 100);
    rig_put(&r, CODE, "\x41", 1);
    run_for(&r, 1000);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 100);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 100);
    rig_done(&r);
}

static void by_another_cpu(void)
{
    struct rig r;
    struct ia32_cpu *other;
    struct vt_error err;

    rig_init(&r);
    rig_must(ia32_new(r.m, "merom", &other, &err) == VT_OK, err.text);
    vt_machine_add_cpu(r.m, &other->base);
    ia32_set_multiboot_state(other, 0x3000, 0, 0);
    rig_put(&r, CODE, count_loop, sizeof count_loop);
    rig_put(&r, 0x3000, "\xeb\xfe", 2); /* the other one waits */
    run_for(&r, 5000);
    CU_ASSERT_TRUE(r.cpu->gpr[IA32_RAX] > 400);
    CU_ASSERT_EQUAL(ia32_write(other, IA32_DS, CODE, 1, 0x41), IA32_OK);
    r.cpu->gpr[IA32_RAX] = 0;
    run_for(&r, 5000);
    CU_ASSERT_TRUE(r.cpu->gpr[IA32_RAX] <= 1);
    CU_ASSERT_TRUE(r.cpu->gpr[IA32_RCX] > 400);
    rig_done(&r);
}

static void only_what_was_hit(void)
{
    struct rig r;

    rig_init(&r);
    rig_put(&r, CODE, count_loop, sizeof count_loop);
    rig_put(&r, CODE + 0x100, count_loop, sizeof count_loop);
    run_for(&r, 100);
    r.cpu->rip = CODE + 0x100;
    run_for(&r, 100);
    CU_ASSERT_EQUAL(ia32_blocks_count(r.cpu->blocks), 2);
    rig_put(&r, CODE + 0x80, "\x90", 1); /* code page, but no code there */
    CU_ASSERT_EQUAL(ia32_blocks_count(r.cpu->blocks), 2);
    rig_put(&r, CODE + 2, "\xfd", 1);
    CU_ASSERT_EQUAL(ia32_blocks_count(r.cpu->blocks), 1);
    CU_ASSERT_PTR_NULL(ia32_blocks_find(r.cpu->blocks, CODE, r.cpu->mode));
    CU_ASSERT_PTR_NOT_NULL(
        ia32_blocks_find(r.cpu->blocks, CODE + 0x100, r.cpu->mode));
    rig_done(&r);
}

/* The page tables put other code at the same address. */
static void remapped_code(void)
{
    struct rig r;

    rig_init(&r);
    rig_paging(&r, 0, 0);
    rig_put(&r, 0x200000, count_loop, sizeof count_loop);
    rig_put(&r, 0x201000, "\x41\xeb\xfd", 3); /* INC ECX; JMP -3 */
    rig_pte(&r, 0x800000, 0x200000 | PTE_RW);
    r.cpu->rip = 0x800000;
    run_for(&r, 1000);
    rig_pte(&r, 0x800000, 0x201000 | PTE_RW);
    run_for(&r, 1000); /* the I-TLB still says the old page */
    CU_ASSERT_TRUE(r.cpu->gpr[IA32_RAX] > 150);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 0);
    ia32_tlb_flush_page(r.cpu, 0x800000);
    r.cpu->gpr[IA32_RAX] = 0;
    run_for(&r, 1000);
    CU_ASSERT_TRUE(r.cpu->gpr[IA32_RAX] <= 1);
    CU_ASSERT_TRUE(r.cpu->gpr[IA32_RCX] > 50);
    rig_done(&r);
}

/* MOV EAX, imm32 with two bytes on each side of a page end, in a loop. */
static void across_pages(void)
{
    static const uint8_t code[] = {0xb8, 0x11, 0x22, 0x33, 0x44,
                                   0xeb, 0xf9}; /* JMP -7 */
    struct rig r;

    rig_init(&r);
    rig_paging(&r, 0, 0);
    rig_put(&r, 0x200ffd, code, 3);
    rig_put(&r, 0x203000, code + 3, 4);
    rig_put(&r, 0x204000, "\x55\x66\xeb\xf9", 4);
    rig_pte(&r, 0x800000, 0x200000 | PTE_RW);
    rig_pte(&r, 0x801000, 0x203000 | PTE_RW);
    r.cpu->rip = 0x800ffd;
    run_for(&r, 200);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 0x44332211);
    rig_put(&r, 0x203000, "\x77", 1); /* the second page is written */
    run_for(&r, 200);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 0x44772211);
    rig_put(&r, 0x200ffe, "\x88", 1); /* and the first */
    run_for(&r, 200);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 0x44772288);
    rig_pte(&r, 0x801000, 0x204000 | PTE_RW); /* remapped */
    ia32_tlb_flush_page(r.cpu, 0x801000);
    run_for(&r, 200);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], 0x66552288);
    CU_ASSERT_TRUE(rig_balanced(&r));
    rig_done(&r);
}

/* More code than the arena holds: everything is forgotten, nothing lost. */
static void arena_overflow(void)
{
    struct rig r;
    uint8_t *code = vt_alloc(1, 0x400000);
    uint32_t bytes = 0x300000;

    rig_init(&r);
    memset(code, 0x40, bytes); /* INC EAX, three million times */
    code[bytes] = 0xeb;
    code[bytes + 1] = 0xfe;
    rig_put(&r, 0x200000, code, bytes + 2);
    r.cpu->rip = 0x200000;
    run_for(&r, bytes * 3);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RAX], bytes);
    CU_ASSERT_TRUE(ia32_blocks_count(r.cpu->blocks) < bytes / 32);
    CU_ASSERT_TRUE(rig_balanced(&r));
    free(code);
    rig_done(&r);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a store into its own block is seen at once", own_block},
        {"through another linear address", through_an_alias},
        {"a page of data becomes code", page_becomes_code},
        {"data beside code becomes code", data_beside_code_becomes_code},
        {"REP STOSB over the code around it", string_over_code},
        {"a device writes into a running loop", by_a_device},
        {"the debugger writes between two runs", by_the_debugger},
        {"another CPU writes", by_another_cpu},
        {"only blocks that were hit are dropped", only_what_was_hit},
        {"page tables change under the code", remapped_code},
        {"an instruction across two pages", across_pages},
        {"the arena is full", arena_overflow},
    };

    return run_suite("ia32 code coherence", cases, ARRAY_SIZE(cases));
}
