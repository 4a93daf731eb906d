/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Formats of page-table entries: which bits are reserved in which mode, with
 * which physical-address width; where a page is; which flags a walk sets.
 * SDM Vol 3A, "32-Bit Paging", "PAE Paging", "4-Level Paging", and the
 * figures with the formats of their entries. */
#include "tests/ia32/pgrig.h"

enum kind { ANY_ENTRY, PML4E, PDPTE, PDPTE_1G, PDE, PDE_LARGE, PTE };
enum { M = -1, M_19 = -2 }; /* MAXPHYADDR, and M - 19 of PSE-36 */
enum { ALWAYS, NO_NXE, NO_PAT, NO_1G }; /* when */

static const struct rule {
    const char *text;
    int mode; /* enum pg_mode */
    enum kind kind;
    int hi, lo;
    unsigned when;
} rules[] = {
    {"4-MiB PDE: bits 21:(M-19)", PG_32BIT, PDE_LARGE, 21, M_19, ALWAYS},
    {"4-MiB PDE: PAT", PG_32BIT, PDE_LARGE, 12, 12, NO_PAT},
    {"32-bit PTE: PAT", PG_32BIT, PTE, 7, 7, NO_PAT},
    {"PAE: bits 62:M", PG_PAE, ANY_ENTRY, 62, M, ALWAYS},
    {"PAE: XD", PG_PAE, ANY_ENTRY, 63, 63, NO_NXE},
    {"PAE 2-MiB PDE: bits 20:13", PG_PAE, PDE_LARGE, 20, 13, ALWAYS},
    {"PAE 2-MiB PDE: PAT", PG_PAE, PDE_LARGE, 12, 12, NO_PAT},
    {"PAE PTE: PAT", PG_PAE, PTE, 7, 7, NO_PAT},
    {"4-level: bits 51:M", PG_4LEVEL, ANY_ENTRY, 51, M, ALWAYS},
    {"4-level: XD", PG_4LEVEL, ANY_ENTRY, 63, 63, NO_NXE},
    {"PML4E: PS", PG_4LEVEL, PML4E, 7, 7, ALWAYS},
    {"PDPTE: PS", PG_4LEVEL, PDPTE, 7, 7, NO_1G},
    {"1-GiB PDPTE: bits 29:13", PG_4LEVEL, PDPTE_1G, 29, 13, ALWAYS},
    {"1-GiB PDPTE: PAT", PG_4LEVEL, PDPTE_1G, 12, 12, NO_PAT},
    {"4-level 2-MiB PDE: bits 20:13", PG_4LEVEL, PDE_LARGE, 20, 13, ALWAYS},
    {"4-level 2-MiB PDE: PAT", PG_4LEVEL, PDE_LARGE, 12, 12, NO_PAT},
    {"4-level PTE: PAT", PG_4LEVEL, PTE, 7, 7, NO_PAT},
};

static enum kind kind_of(const struct pg_shape *s, unsigned level)
{
    static const enum kind path[] = {PML4E, PDPTE, PDE, PTE};
    bool last = level + 1 == s->depth && s->page_bits > 12;
    enum kind kind = path[level + (s->mode == PG_4LEVEL ? 0 : 2)];

    if (!last)
        return kind;
    return kind == PDPTE ? PDPTE_1G : PDE_LARGE;
}

static bool holds(const struct pg *p, unsigned when)
{
    switch (when) {
    case NO_NXE: return !(p->cpu->efer & EFER_NXE);
    case NO_PAT: return !ia32_has(p->cpu, IA32_F_PAT);
    case NO_1G: return !ia32_has(p->cpu, IA32_F_PDPE1GB);
    default: return true;
    }
}

static int bit_number(const struct pg *p, int n)
{
    int m = p->cpu->pa_bits;

    if (n == M)
        return m;
    if (n != M_19)
        return n;
    if (!ia32_has(p->cpu, IA32_F_PSE36))
        return 13;
    return (m < 40 ? m : 40) - 19;
}

static bool is_reserved(const struct pg *p, unsigned level, int bit,
                        unsigned used[])
{
    bool reserved = false;

    for (unsigned i = 0; i < ARRAY_SIZE(rules); i++)
        if ((enum pg_mode)rules[i].mode == p->shape->mode &&
            (rules[i].kind == ANY_ENTRY ||
             rules[i].kind == kind_of(p->shape, level)) &&
            holds(p, rules[i].when) && bit <= bit_number(p, rules[i].hi) &&
            bit >= bit_number(p, rules[i].lo)) {
            reserved = true;
            used[i]++;
        }
    return reserved;
}

/* Was the walk stopped by a reserved bit of the entry at this level?  What
 * it charged says how far it came: an address bit can lead to a hole, whose
 * ones are reserved bits, too. */
static bool stopped_at(struct pg *p, unsigned level)
{
    uint64_t before = rig_charged(&p->r, VT_WHAT_REFILL);
    int code = pg_try(p, p->shape->la, IA32_ACC_R);

    return code == (int)(PF_P | PF_RSVD) &&
           rig_charged(&p->r, VT_WHAT_REFILL) - before == (level + 1) * 17;
}

/* Every bit of every entry. */
static unsigned check_bits(struct pg *p, unsigned used[])
{
    unsigned wrong = 0;

    for (unsigned level = 0; level < p->shape->depth; level++)
        for (int bit = 1; bit < (int)pg_entry_bytes(p->shape) * 8; bit++) {
            enum kind kind = kind_of(p->shape, level);
            bool expected = is_reserved(p, level, bit, used);

            if (bit == 7 && !expected && kind != PTE)
                continue; /* another page size: not a matter of one bit */
            pg_plain_path(p);
            pg_put(p, level, pg_plain(p, level) | VT_BIT(bit));
            if (stopped_at(p, level) != expected) {
                printf("\n  %s, level %u, bit %d, %u bits: reserved: %d",
                       p->shape->name, level, bit, p->cpu->pa_bits,
                       !expected);
                wrong++;
            }
            pg_put(p, level, (pg_plain(p, level) & ~E_P) | VT_BIT(bit));
            if (pg_try(p, p->shape->la, IA32_ACC_R) != 0)
                wrong++;
        }
    return wrong;
}

static void reserved_bits(void)
{
    static const char *const models[] = {
        PG_MODEL, PG_MODEL ",-pat", PG_MODEL ",-pdpe1gb,-pse36"};
    static const uint8_t widths[] = {36, 39, 40, 46, 52};
    unsigned used[ARRAY_SIZE(rules)] = {0};
    unsigned wrong = 0;

    for (unsigned m = 0; m < ARRAY_SIZE(models); m++)
        for (unsigned i = 0; i < ARRAY_SIZE(pg_shapes); i++)
            for (unsigned w = 0; w < 2 * ARRAY_SIZE(widths); w++) {
                struct pg p;

                if (m == 2 && pg_shapes[i].page_bits == 30)
                    continue; /* there is no such page */
                pg_init_model(&p, &pg_shapes[i], models[m]);
                p.cpu->pa_bits = widths[w / 2];
                if (w % 2)
                    p.cpu->efer &= ~EFER_NXE;
                wrong += check_bits(&p, used);
                pg_done(&p);
            }
    CU_ASSERT_EQUAL(wrong, 0);
    for (unsigned i = 0; i < ARRAY_SIZE(rules); i++) {
        if (used[i] == 0)
            printf("\n  not used: %s", rules[i].text);
        CU_ASSERT_TRUE(used[i] > 0);
    }
    CU_ASSERT_EQUAL(ARRAY_SIZE(rules), 17);
}

/* "With 32-bit paging, there are reserved bits only if CR4.PSE = 1", and PS
 * means nothing without it. */
static void no_reserved_bits_without_pse(void)
{
    struct pg p;

    pg_init_model(&p, &pg_shapes[0], PG_MODEL ",-pat");
    p.cpu->cr4 &= ~CR4_PSE;
    for (unsigned bit = 3; bit < 12; bit++)
        for (unsigned level = 0; level < 2; level++) {
            pg_plain_path(&p);
            pg_put(&p, level, pg_plain(&p, level) | VT_BIT(bit));
            CU_ASSERT_EQUAL(pg_try(&p, p.shape->la, IA32_ACC_W), -1);
        }
    pg_done(&p);
}

/* Where a page is: every address bit of the entry, and of the offset. */
static void translations(void)
{
    uint64_t pa, offset;

    for (unsigned i = 0; i < ARRAY_SIZE(pg_shapes); i++) {
        const struct pg_shape *s = &pg_shapes[i];
        unsigned last = s->depth - 1;
        struct pg p;

        pg_init(&p, s);
        offset = VT_BIT(s->page_bits) - 1;
        for (unsigned bit = s->page_bits;
             bit < (s->mode == PG_32BIT ? 32 : 46); bit++) {
            pg_put(&p, last,
                   E_PWU | VT_BIT(bit) | (s->page_bits > 12 ? E_PS : 0));
            CU_ASSERT_EQUAL(
                ia32_translate(p.cpu, s->la | offset, IA32_ACC_R, &pa),
                IA32_OK);
            CU_ASSERT_EQUAL(pa, VT_BIT(bit) | offset);
            offset = offset >> 1 ^ (offset & 1 ? 0x555 : 0);
            ia32_tlb_flush_all(p.cpu);
        }
        pg_done(&p);
    }
}

/* Bits 20:13 of a 4-MiB page's entry are bits 39:32 of its address. */
static void pse36(void)
{
    struct pg p;
    uint64_t pa;

    pg_init(&p, &pg_shapes[1]);
    for (unsigned bit = 13; bit <= 20; bit++) {
        pg_put(&p, 0, E_PWU | E_PS | 0xffc00000 | VT_BIT(bit));
        CU_ASSERT_EQUAL(ia32_translate(p.cpu, p.shape->la + 0x345678,
                                       IA32_ACC_R, &pa),
                        IA32_OK);
        CU_ASSERT_EQUAL(pa, (0xffc00000 + 0x345678) | VT_BIT(bit + 19));
        ia32_tlb_flush_all(p.cpu);
    }
    pg_done(&p);
}

/* PAT, PCD, PWT and ignored bits move no page. */
static void ignored_bits(void)
{
    static const struct {
        enum pg_mode mode;
        uint64_t bits; /* of every entry */
    } rows[] = {
        {PG_32BIT, VT_BITS(11, 9) | VT_BITS(4, 3)},
        {PG_PAE, VT_BITS(11, 9) | VT_BITS(4, 3)},
        {PG_4LEVEL, VT_BITS(62, 52) | VT_BITS(11, 9) | VT_BITS(4, 3)},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(pg_shapes); i++) {
        struct pg p;
        uint64_t pa;

        pg_init(&p, &pg_shapes[i]);
        for (unsigned level = 0; level < p.shape->depth; level++) {
            enum kind kind = kind_of(p.shape, level);

            pg_put(&p, level,
                   pg_plain(&p, level) | rows[p.shape->mode].bits |
                       (kind == PTE                        ? VT_BIT(7)
                        : level + 1 < p.shape->depth       ? VT_BIT(6)
                                                           : VT_BIT(12)));
        }
        CU_ASSERT_EQUAL(
            ia32_translate(p.cpu, p.shape->la + 5, IA32_ACC_R, &pa),
            IA32_OK);
        CU_ASSERT_EQUAL(pa, p.shape->pa + 5);
        pg_done(&p);
    }
}

/* Accessed at every level, dirty where the page is mapped, and only by a
 * write; nothing when the access is refused. */
static void accessed_and_dirty(void)
{
    static const struct {
        const char *text;
        unsigned acc;
        bool read_only, user;
        bool accessed, dirty;
    } rows[] = {
        {"read", IA32_ACC_R, false, false, true, false},
        {"write", IA32_ACC_W, false, false, true, true},
        {"fetch", IA32_ACC_X, false, false, true, false},
        {"user writes", IA32_ACC_W, false, true, true, true},
        {"refused write", IA32_ACC_W, true, true, false, false},
        {"read of a read-only page", IA32_ACC_R, true, true, true, false},
    };
    unsigned wrong = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(pg_shapes); i++)
        for (unsigned row = 0; row < ARRAY_SIZE(rows); row++) {
            struct pg p;
            unsigned last = pg_shapes[i].depth - 1;

            pg_init(&p, &pg_shapes[i]);
            if (rows[row].read_only)
                pg_put(&p, last, pg_plain(&p, last) & ~E_W);
            p.cpu->cpl = rows[row].user ? 3 : 0;
            (void)pg_try(&p, p.shape->la, rows[row].acc);
            for (unsigned level = 0; level <= last; level++) {
                uint64_t expected =
                    pg_plain(&p, level) |
                    (rows[row].accessed ? E_A : 0) |
                    (rows[row].dirty && level == last ? E_D : 0);

                if (rows[row].read_only && level == last)
                    expected &= ~E_W;
                wrong += pg_get(&p, level) != expected;
            }
            pg_done(&p);
        }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* Two entries of 8 bytes side by side: setting a flag in one leaves the
 * other, and the upper half of the one, alone. */
static void flags_keep_the_rest(void)
{
    struct pg p;

    pg_init(&p, &pg_shapes[4]);
    pg_put(&p, 3, pg_plain(&p, 3) | E_XD | VT_BIT(58));
    vt_physmem_write(p.r.pm, pg_entry_at(&p, 3) + 8, UINT64_MAX, 8);
    CU_ASSERT_EQUAL(pg_try(&p, p.shape->la, IA32_ACC_W), -1);
    CU_ASSERT_EQUAL(pg_get(&p, 3),
                    pg_plain(&p, 3) | E_XD | VT_BIT(58) | E_A | E_D);
    CU_ASSERT_EQUAL(vt_physmem_read(p.r.pm, pg_entry_at(&p, 3) + 8, 8),
                    UINT64_MAX);
    pg_done(&p);
}

/* The debugger sees the same, and leaves no trace. */
static void debugger_agrees(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(pg_shapes); i++) {
        struct pg p;
        unsigned last = pg_shapes[i].depth - 1;
        bool xd = pg_shapes[i].mode != PG_32BIT;
        struct vt_translation to;

        pg_init(&p, &pg_shapes[i]);
        pg_put(&p, last, (pg_plain(&p, last) & ~E_W) | (xd ? E_XD : 0));
        CU_ASSERT_TRUE(
            ia32_debug_translate(&p.cpu->base, p.shape->la + 9, &to));
        CU_ASSERT_EQUAL(to.pa, p.shape->pa + 9);
        CU_ASSERT_TRUE(to.user);
        CU_ASSERT_FALSE(to.writable);
        CU_ASSERT_EQUAL(to.executable, !xd);
        CU_ASSERT_EQUAL(rig_charged(&p.r, VT_WHAT_REFILL), 0);
        CU_ASSERT_FALSE(pg_get(&p, last) & E_A);
        pg_put(&p, 0, pg_plain(&p, 0) & ~E_P);
        CU_ASSERT_FALSE(
            ia32_debug_translate(&p.cpu->base, p.shape->la, &to));
        /* No address at all. */
        CU_ASSERT_FALSE(
            ia32_debug_translate(&p.cpu->base, VT_BIT(47), &to));
        pg_done(&p);
    }
}

int main(void)
{
    static const struct test_case cases[] = {
        {"reserved bits, one at a time", reserved_bits},
        {"32-bit paging without PSE reserves none",
         no_reserved_bits_without_pse},
        {"every address bit moves the page", translations},
        {"PSE-36", pse36},
        {"what is ignored moves nothing", ignored_bits},
        {"accessed and dirty flags", accessed_and_dirty},
        {"setting a flag keeps the rest of the entry", flags_keep_the_rest},
        {"the debugger's translation", debugger_agrees},
    };

    return run_suite("ia32 paging entries", cases, ARRAY_SIZE(cases));
}
