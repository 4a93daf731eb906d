/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 32-bit paging against the rules of SDM Vol 3A, chapter "Paging". */
#include "sim/ia32/virt.h"
#include "tests/ia32/rig.h"

#define LA 0x800000u  /* a page of table 2 */
#define PA 0x200000u  /* where it is mapped */

static enum ia32_status access_la(struct rig *r, uint64_t la, unsigned acc,
                                  bool user)
{
    uint64_t pa;

    r->cpu->cpl = user ? 3 : 0;
    return ia32_translate(r->cpu, la, acc, &pa);
}

/* Expect #PF with this error code and CR2. */
#define EXPECT_PF(status, code, la)                            \
    do {                                                       \
        CU_ASSERT_EQUAL(status, IA32_FAULT);                   \
        CU_ASSERT_EQUAL(r.cpu->pending.vector, IA32_PF);       \
        CU_ASSERT_EQUAL(r.cpu->pending.error_code, code);      \
        CU_ASSERT_EQUAL(r.cpu->pending.cr2, la);               \
    } while (0)

/* The manual's rule, written differently from the code under test: "Access
 * Rights" as four sentences. */
static bool manual_allows(bool user_page, bool writable, bool user_access,
                          bool write, bool wp)
{
    if (user_access)
        return user_page && (!write || writable);
    if (!write)
        return true;
    return !wp || writable;
}

static void permission_matrix(void)
{
    static const unsigned accesses[] = {IA32_ACC_R, IA32_ACC_W, IA32_ACC_X};
    unsigned wrong = 0, cases = 0;

    for (unsigned bits = 0; bits < 64; bits++)
        for (unsigned a = 0; a < 3; a++) {
            struct rig r;
            bool user = bits >> 4 & 1, wp = bits >> 5 & 1;
            uint32_t pde_rights = (bits & 3) << 1;
            uint32_t pte_rights = (bits >> 2 & 3) << 1;
            uint32_t both = pde_rights & pte_rights;
            bool write = accesses[a] == IA32_ACC_W;
            bool expected =
                manual_allows(both & 4, both & 2, user, write, wp);
            uint32_t code = PF_P | (write ? PF_W : 0) | (user ? PF_U : 0);
            enum ia32_status status;

            rig_init(&r);
            rig_paging(&r, wp ? CR0_WP : 0, 0);
            rig_put32(&r, RIG_PD + 8, RIG_PT(2) | 1 | pde_rights);
            rig_pte(&r, LA, PA | 1 | pte_rights);
            status = access_la(&r, LA + 0x123, accesses[a], user);
            if (status != (expected ? IA32_OK : IA32_FAULT) ||
                (!expected && (r.cpu->pending.error_code != code ||
                               r.cpu->pending.cr2 != LA + 0x123))) {
                printf("\n  pde %u pte %u user %d wp %d access %u\n",
                       pde_rights, pte_rights, user, wp, accesses[a]);
                wrong++;
            }
            cases++;
            rig_done(&r);
        }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(cases, 192);
}

static void not_present(void)
{
    struct rig r;

    rig_init(&r);
    rig_paging(&r, 0, 0);
    rig_pte(&r, LA, PA | 6); /* all but P */
    EXPECT_PF(access_la(&r, LA + 4, IA32_ACC_R, false), 0, LA + 4);
    EXPECT_PF(access_la(&r, LA, IA32_ACC_W, true), PF_W | PF_U, LA);
    EXPECT_PF(access_la(&r, LA, IA32_ACC_X, true), PF_U, LA);
    rig_put32(&r, RIG_PD + 8, 0);
    EXPECT_PF(access_la(&r, LA, IA32_ACC_R, false), 0, LA);
    CU_ASSERT_TRUE(rig_balanced(&r));
    rig_done(&r);
}

static void implicit_is_supervisor(void)
{
    struct rig r;
    uint64_t pa;

    rig_init(&r);
    rig_paging(&r, 0, 0);
    rig_pte(&r, LA, PA | PTE_RW);
    r.cpu->cpl = 3;
    CU_ASSERT_EQUAL(ia32_translate(r.cpu, LA, IA32_ACC_R | IA32_ACC_IMPLICIT,
                                   &pa),
                    IA32_OK);
    EXPECT_PF(ia32_translate(r.cpu, LA, IA32_ACC_R, &pa), PF_P | PF_U, LA);
    r.cpu->cpl = 0;
    EXPECT_PF(ia32_translate(r.cpu, LA, IA32_ACC_R | IA32_ACC_USER, &pa),
              PF_P | PF_U, LA);
    rig_done(&r);
}

static void accessed_and_dirty(void)
{
    struct rig r;
    uint32_t pde_at = RIG_PD + 8;

    rig_init(&r);
    rig_paging(&r, CR0_WP, 0);
    rig_pte(&r, LA, PA | PTE_RW);
    CU_ASSERT_EQUAL(access_la(&r, LA, IA32_ACC_R, false), IA32_OK);
    CU_ASSERT_EQUAL(rig_get_pte(&r, LA), PA | PTE_RW | 0x20);
    CU_ASSERT_EQUAL(rig_get32(&r, pde_at), RIG_PT(2) | PTE_RWU | 0x20);
    /* The entry is cached with D = 0: a write walks again and sets D. */
    CU_ASSERT_EQUAL(access_la(&r, LA, IA32_ACC_W, false), IA32_OK);
    CU_ASSERT_EQUAL(rig_get_pte(&r, LA), PA | PTE_RW | 0x60);
    CU_ASSERT_EQUAL(rig_get32(&r, pde_at), RIG_PT(2) | PTE_RWU | 0x20);
    /* And once it is cached with D = 1, nobody looks again. */
    rig_pte(&r, LA, PA | PTE_RW);
    CU_ASSERT_EQUAL(access_la(&r, LA, IA32_ACC_W, false), IA32_OK);
    CU_ASSERT_EQUAL(rig_get_pte(&r, LA), PA | PTE_RW);
    /* Entries that need no change are not written: a mark on the tables'
     * page, which a write would take off, stays. */
    rig_pte(&r, LA, PA | PTE_RW | 0x60);
    vt_physmem_mark_code(r.pm, RIG_PT(2), 8);
    vt_physmem_mark_code(r.pm, pde_at, 4);
    ia32_tlb_flush_all(r.cpu);
    CU_ASSERT_EQUAL(access_la(&r, LA, IA32_ACC_W, false), IA32_OK);
    CU_ASSERT_EQUAL(vt_physmem_page(r.pm, RIG_PT(2))->code_mask, 1);
    CU_ASSERT_EQUAL(vt_physmem_page(r.pm, pde_at)->code_mask, 1);
    /* A refused access leaves the tables alone. */
    rig_put32(&r, pde_at, RIG_PT(2) | PTE_RWU);
    rig_pte(&r, LA, PA | 1);
    ia32_tlb_flush_all(r.cpu);
    CU_ASSERT_EQUAL(access_la(&r, LA, IA32_ACC_W, false), IA32_FAULT);
    CU_ASSERT_EQUAL(rig_get_pte(&r, LA), PA | 1);
    CU_ASSERT_EQUAL(rig_get32(&r, pde_at), RIG_PT(2) | PTE_RWU);
    rig_done(&r);
}

static void large_pages(void)
{
    struct rig r;
    uint64_t pa;

    rig_init(&r);
    rig_paging(&r, 0, CR4_PSE);
    rig_put32(&r, RIG_PD + 8, 0x800000 | 0x80 | PTE_RW);
    CU_ASSERT_EQUAL(ia32_translate(r.cpu, LA + 0x3abcde, IA32_ACC_W, &pa),
                    IA32_OK);
    CU_ASSERT_EQUAL(pa, 0x800000 + 0x3abcde);
    CU_ASSERT_EQUAL(rig_get32(&r, RIG_PD + 8),
                    0x800000 | 0x80 | PTE_RW | 0x60);
    CU_ASSERT_EQUAL(rig_charged(&r, VT_WHAT_REFILL), 17);
    /* Without CR4.PSE, PS is ignored and the entry points to a table. */
    r.cpu->cr4 = 0;
    rig_put32(&r, RIG_PD + 8, RIG_PT(2) | 0x80 | PTE_RW);
    rig_pte(&r, LA, PA | PTE_RW);
    ia32_tlb_flush_all(r.cpu);
    CU_ASSERT_EQUAL(ia32_translate(r.cpu, LA + 8, IA32_ACC_R, &pa), IA32_OK);
    CU_ASSERT_EQUAL(pa, PA + 8);
    rig_done(&r);
}

/* One reserved bit at a time. */
static void reserved_bits(void)
{
    struct rig r;

    rig_init_model(&r, "merom,-pse36");
    rig_paging(&r, 0, CR4_PSE);
    for (unsigned bit = 12; bit <= 21; bit++) {
        enum ia32_status status;

        rig_put32(&r, RIG_PD + 8, 0x80 | PTE_RW | 1u << bit);
        ia32_tlb_flush_all(r.cpu);
        status = access_la(&r, LA, IA32_ACC_W, true);
        if (bit == 12) /* PAT */
            CU_ASSERT_EQUAL(r.cpu->pending.error_code, PF_P | PF_W | PF_U);
        if (bit > 12)
            EXPECT_PF(status, PF_P | PF_W | PF_U | PF_RSVD, LA);
    }
    /* With P = 0 nothing is reserved. */
    rig_put32(&r, RIG_PD + 8, 0x80 | 0x3ff000);
    EXPECT_PF(access_la(&r, LA, IA32_ACC_R, false), 0, LA);
    rig_done(&r);
    rig_init_model(&r, "merom,-pat");
    rig_paging(&r, 0, CR4_PSE);
    rig_pte(&r, LA, PA | 0x80 | PTE_RW);
    EXPECT_PF(access_la(&r, LA, IA32_ACC_R, false), PF_P | PF_RSVD, LA);
    rig_put32(&r, RIG_PD + 8, 0x80 | PTE_RW | 1u << 12);
    EXPECT_PF(access_la(&r, LA, IA32_ACC_R, false), PF_P | PF_RSVD, LA);
    r.cpu->cr4 = 0; /* 32-bit paging without PSE has no reserved bits */
    rig_put32(&r, RIG_PD + 8, RIG_PT(2) | PTE_RW);
    CU_ASSERT_EQUAL(access_la(&r, LA, IA32_ACC_R, false), IA32_OK);
    rig_done(&r);
}

static void stale_until_invalidated(void)
{
    struct rig r;
    uint64_t value;

    rig_init(&r);
    rig_paging(&r, 0, CR4_PGE);
    rig_pte(&r, LA, PA | PTE_RW);
    rig_put32(&r, PA, 0x11111111);
    rig_put32(&r, PA + 0x1000, 0x22222222);
    for (unsigned sealed = 0; sealed < 2; sealed++) {
        r.cpu->tlb->sealed = sealed; /* the same without the fast TLB */
        for (unsigned how = 0; how < 4; how++) {
            rig_pte(&r, LA, PA | PTE_RW);
            ia32_tlb_flush_all(r.cpu);
            for (unsigned i = 0; i < 3; i++)
                CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, LA, 4, &value),
                                IA32_OK);
            rig_pte(&r, LA, (PA + 0x1000) | PTE_RW);
            CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, LA, 4, &value),
                            IA32_OK);
            CU_ASSERT_EQUAL(value, 0x11111111);
            if (how == 0)
                ia32_tlb_flush_all(r.cpu);
            else if (how == 1)
                ia32_tlb_flush_nonglobal(r.cpu);
            else if (how == 2)
                ia32_tlb_flush_page(r.cpu, LA + 0xabc);
            else
                ia32_tlb_flush_page(r.cpu, LA + 0x1000); /* another page */
            CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, LA, 4, &value),
                            IA32_OK);
            CU_ASSERT_EQUAL(value, how == 3 ? 0x11111111 : 0x22222222);
        }
    }
    rig_done(&r);
}

static void global_pages(void)
{
    struct rig r;
    uint64_t value;

    rig_init(&r);
    rig_paging(&r, 0, CR4_PGE);
    rig_put32(&r, PA, 1);
    rig_put32(&r, PA + 0x1000, 2);
    rig_pte(&r, LA, PA | PTE_RW | 0x100);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, LA, 4, &value), IA32_OK);
    rig_pte(&r, LA, (PA + 0x1000) | PTE_RW | 0x100);
    ia32_tlb_flush_nonglobal(r.cpu);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, LA, 4, &value), IA32_OK);
    CU_ASSERT_EQUAL(value, 1);
    ia32_tlb_flush_page(r.cpu, LA);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, LA, 4, &value), IA32_OK);
    CU_ASSERT_EQUAL(value, 2);
    /* Without CR4.PGE the G bit means nothing. */
    r.cpu->cr4 = 0;
    ia32_tlb_flush_all(r.cpu);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, LA, 4, &value), IA32_OK);
    rig_pte(&r, LA, PA | PTE_RW | 0x100);
    ia32_tlb_flush_nonglobal(r.cpu);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, LA, 4, &value), IA32_OK);
    CU_ASSERT_EQUAL(value, 1);
    rig_done(&r);
}

/* Rights that were added are seen at once; rights that were taken away only
 * after an invalidation; and a page fault drops what it stumbled over. */
static void changed_rights(void)
{
    struct rig r;

    rig_init(&r);
    rig_paging(&r, CR0_WP, 0);
    rig_pte(&r, LA, PA | 1);
    CU_ASSERT_EQUAL(access_la(&r, LA, IA32_ACC_R, false), IA32_OK);
    rig_pte(&r, LA, PA | PTE_RW);
    CU_ASSERT_EQUAL(access_la(&r, LA, IA32_ACC_W, false), IA32_OK);
    rig_pte(&r, LA, PA | 1);
    CU_ASSERT_EQUAL(access_la(&r, LA, IA32_ACC_W, false), IA32_OK);
    EXPECT_PF(access_la(&r, LA, IA32_ACC_R, true), PF_P | PF_U, LA);
    EXPECT_PF(access_la(&r, LA, IA32_ACC_W, false), PF_P | PF_W, LA);
    rig_done(&r);
}

static void wp_needs_no_flush(void)
{
    struct rig r;

    rig_init(&r);
    rig_paging(&r, 0, 0);
    rig_pte(&r, LA, PA | 1);
    for (unsigned i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(ia32_write(r.cpu, IA32_DS, LA, 4, i), IA32_OK);
    r.cpu->cr0 |= CR0_WP;
    EXPECT_PF(ia32_write(r.cpu, IA32_DS, LA, 4, 9), PF_P | PF_W, LA);
    CU_ASSERT_EQUAL(rig_get32(&r, PA), 2);
    rig_done(&r);
}

static void crossing_pages(void)
{
    struct rig r;
    uint64_t value;

    rig_init(&r);
    rig_paging(&r, CR0_WP, 0);
    rig_pte(&r, LA, PA | PTE_RW);
    rig_pte(&r, LA + 0x1000, (PA + 0x5000) | PTE_RW);
    CU_ASSERT_EQUAL(ia32_write(r.cpu, IA32_DS, LA + 0xffd, 4, 0x44332211),
                    IA32_OK);
    CU_ASSERT_EQUAL(rig_get32(&r, PA + 0xffc), 0x33221100);
    CU_ASSERT_EQUAL(rig_get32(&r, PA + 0x5000), 0x44);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, LA + 0xffd, 4, &value),
                    IA32_OK);
    CU_ASSERT_EQUAL(value, 0x44332211);
    /* The second page refuses: CR2 is its first byte, nothing is written. */
    rig_pte(&r, LA + 0x1000, (PA + 0x5000) | 1);
    ia32_tlb_flush_all(r.cpu);
    EXPECT_PF(ia32_write(r.cpu, IA32_DS, LA + 0xffd, 4, 0), PF_P | PF_W,
              LA + 0x1000);
    CU_ASSERT_EQUAL(rig_get32(&r, PA + 0xffc), 0x33221100);
    /* The first page refuses: CR2 is the access. */
    rig_pte(&r, LA, 0);
    ia32_tlb_flush_all(r.cpu);
    EXPECT_PF(ia32_read(r.cpu, IA32_DS, LA + 0xffd, 4, &value), 0,
              LA + 0xffd);
    EXPECT_PF(ia32_probe_write(r.cpu, IA32_DS, LA + 0x1ffe, 4),
              PF_P | PF_W, LA + 0x1ffe);
    rig_done(&r);
}

static void walk_is_charged(void)
{
    struct rig r;
    uint64_t value;

    rig_init(&r);
    rig_paging(&r, 0, 0);
    rig_pte(&r, LA, PA | PTE_RW);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, LA, 4, &value), IA32_OK);
    CU_ASSERT_EQUAL(rig_charged(&r, VT_WHAT_REFILL), 2 * 17);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, LA + 4, 4, &value), IA32_OK);
    CU_ASSERT_EQUAL(rig_charged(&r, VT_WHAT_REFILL), 2 * 17);
    CU_ASSERT_EQUAL(ia32_write(r.cpu, IA32_DS, LA + 4, 4, 1), IA32_OK);
    CU_ASSERT_EQUAL(rig_charged(&r, VT_WHAT_REFILL), 4 * 17);
    rig_put32(&r, RIG_PD + 12, 0);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, 0xc00000, 4, &value),
                    IA32_FAULT);
    CU_ASSERT_EQUAL(rig_charged(&r, VT_WHAT_REFILL), 5 * 17);
    CU_ASSERT_TRUE(rig_balanced(&r));
    rig_done(&r);
}

struct walks {
    unsigned count;
    struct vt_event last;
};

static void on_walk(void *opaque, const struct vt_event *event)
{
    struct walks *w = opaque;

    w->count++;
    w->last = *event;
}

static void walk_is_told(void)
{
    struct rig r;
    struct walks w = {0};
    uint64_t value;

    rig_init(&r);
    rig_paging(&r, 0, 0);
    rig_pte(&r, LA, PA | PTE_RWU);
    vt_event_listen(vt_machine_bus(r.m), VT_EV_MASK(VT_EV_WALK), on_walk, &w);
    r.cpu->cpl = 3;
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, LA + 0x34, 4, &value), IA32_OK);
    CU_ASSERT_EQUAL(w.count, 1);
    CU_ASSERT_EQUAL(w.last.cycle, r.cpu->base.now_cycles);
    CU_ASSERT_EQUAL(w.last.u.walk.la, LA + 0x34);
    CU_ASSERT_EQUAL(w.last.u.walk.pa, PA + 0x34);
    CU_ASSERT_EQUAL(w.last.u.walk.access, IA32_ACC_R | IA32_ACC_USER);
    CU_ASSERT_EQUAL(w.last.u.walk.levels, 2);
    CU_ASSERT_EQUAL(w.last.u.walk.cycles, 34);
    rig_done(&r);
}

static void debugger_changes_nothing(void)
{
    struct rig r;
    struct vt_translation to;
    uint64_t before;

    rig_init(&r);
    rig_paging(&r, 0, 0);
    rig_pte(&r, LA, PA | 1);
    before = r.cpu->base.now_cycles;
    CU_ASSERT_TRUE(ia32_debug_translate(&r.cpu->base, LA + 5, &to));
    CU_ASSERT_EQUAL(to.pa, PA + 5);
    CU_ASSERT_FALSE(to.writable);
    CU_ASSERT_FALSE(to.user);
    CU_ASSERT_EQUAL(rig_get_pte(&r, LA), PA | 1);
    CU_ASSERT_EQUAL(r.cpu->base.now_cycles, before);
    CU_ASSERT_PTR_NULL(ia32_tlb_lookup(r.cpu->tlb, IA32_TLB_DATA, 0, LA));
    CU_ASSERT_FALSE(ia32_debug_translate(&r.cpu->base, LA + 0x1000, &to));
    rig_done(&r);
}

static void a20_masks_last(void)
{
    struct rig r;
    uint64_t value;

    rig_init(&r);
    rig_put32(&r, 0x200000, 2);
    rig_put32(&r, 0x300000, 3);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, 0x300000, 4, &value), IA32_OK);
    CU_ASSERT_EQUAL(value, 3);
    r.cpu->a20 = false;
    ia32_tlb_drop_fast(r.cpu);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, 0x300000, 4, &value), IA32_OK);
    CU_ASSERT_EQUAL(value, 2);
    /* Walks go through it as well: the tables at 1 MiB are out of reach. */
    rig_put32(&r, 8, 0x3000 | PTE_RW);
    rig_put32(&r, 0x3000, 0x300000 | PTE_RW);
    r.cpu->cr3 = RIG_PD;
    r.cpu->cr0 |= CR0_PG;
    ia32_tlb_flush_all(r.cpu);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, LA, 4, &value), IA32_OK);
    CU_ASSERT_EQUAL(value, 2);
    rig_done(&r);
}

/* A second dimension: everything lies 4 MiB higher, and one page exits. */
#define NESTED 0x400000u
#define EXITING_GPA 0x3ff000u

static enum ia32_status nested(struct ia32_virt *virt, uint64_t gpa,
                               unsigned acc, uint64_t *pa)
{
    (void)acc;
    if (gpa >> 12 == EXITING_GPA >> 12) {
        ia32_settle(virt->cpu);
        virt->cpu->insn = NULL;
        return IA32_VMEXIT;
    }
    *pa = gpa + NESTED;
    return IA32_OK;
}

static void no_op(struct ia32_virt *virt)
{
    (void)virt;
}

static enum ia32_status no_boundary(struct ia32_virt *virt)
{
    virt->cpu->base.attention &= ~VT_ATT_MODEL;
    return IA32_OK;
}

static bool no_exits(const struct ia32_virt *virt)
{
    (void)virt;
    return false;
}

static void nested_dimension(void)
{
    static const struct ia32_virt_ops ops = {
        .reset = no_op, .free = no_op, .gpa_to_pa = nested,
        .boundary = no_boundary, .external_interrupt_exits = no_exits};
    struct ia32_virt virt = {.ops = &ops};
    struct rig r;
    uint64_t value;

    rig_init(&r);
    rig_paging(&r, 0, 0);
    ia32_attach_virt(r.cpu, &virt);
    r.cpu->non_root = true;
    ia32_tlb_flush_all(r.cpu);
    ia32_update_mode(r.cpu);
    /* The guest's tables, data and code are all 4 MiB higher. */
    rig_put32(&r, NESTED + RIG_PD + 8, 0x3000 | PTE_RW);
    rig_put32(&r, NESTED + 0x3000, PA | PTE_RW);
    rig_put32(&r, NESTED + 0x3004, EXITING_GPA | PTE_RW);
    rig_put32(&r, NESTED + PA, 0xebfe4341); /* INC ECX; INC EBX; FE EB */
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, LA, 4, &value), IA32_OK);
    CU_ASSERT_EQUAL(value, 0xebfe4341);
    CU_ASSERT_EQUAL(rig_get32(&r, NESTED + 0x3000), PA | PTE_RW | 0x20);
    r.cpu->rip = LA;
    rig_step(&r, 2);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RCX], 1);
    CU_ASSERT_EQUAL(r.cpu->gpr[IA32_RBX], 1);
    CU_ASSERT_PTR_NOT_NULL(
        ia32_blocks_find(r.cpu->blocks, NESTED + PA, r.cpu->mode));
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, LA + 0x1000, 4, &value),
                    IA32_VMEXIT);
    CU_ASSERT_EQUAL(ia32_write(r.cpu, IA32_DS, LA + 0xffe, 4, 0),
                    IA32_VMEXIT);
    CU_ASSERT_EQUAL(rig_get32(&r, NESTED + PA + 0xffc), 0);
    CU_ASSERT_TRUE(rig_balanced(&r));
    r.cpu->virt = NULL;
    r.cpu->non_root = false;
    rig_done(&r);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"rights: 192 combinations as the manual's rule", permission_matrix},
        {"not present: error code and CR2", not_present},
        {"implicit accesses are supervisor's", implicit_is_supervisor},
        {"A and D are set when used, and only then", accessed_and_dirty},
        {"4-MiB pages with CR4.PSE", large_pages},
        {"reserved bits give RSVD", reserved_bits},
        {"entries are stale until invalidated", stale_until_invalidated},
        {"global pages survive MOV to CR3", global_pages},
        {"changed rights", changed_rights},
        {"CR0.WP works at once", wp_needs_no_flush},
        {"an access across pages is whole or nothing", crossing_pages},
        {"a walk costs its levels, a hit nothing", walk_is_charged},
        {"a walk is told with its addresses", walk_is_told},
        {"the debugger's translation leaves no trace",
         debugger_changes_nothing},
        {"A20 is the last step", a20_masks_last},
        {"the model's dimension is under all accesses", nested_dimension},
    };

    return run_suite("ia32 paging", cases, ARRAY_SIZE(cases));
}
