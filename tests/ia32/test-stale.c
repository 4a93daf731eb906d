/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VT_EV_STALE: what is told, when, and that listening changes nothing.
 * SDM Vol 3A, "Recommended Invalidation", "Optional Invalidation". */
#include "tests/ia32/pgrig.h"

#define LONG_4K (&pg_shapes[4])

struct told {
    unsigned count;
    struct vt_event last;
};

static void on_stale(void *opaque, const struct vt_event *event)
{
    struct told *told = opaque;

    told->count++;
    told->last = *event;
}

static void listen(struct pg *p, struct told *told)
{
    memset(told, 0, sizeof *told);
    vt_event_listen(vt_machine_bus(p->r.m), VT_EV_MASK(VT_EV_STALE),
                    on_stale, told);
    ia32_tlb_watch(p->cpu);
}

/* Change the entry of a level without telling the TLB. */
static void change(struct pg *p, unsigned level, uint64_t entry)
{
    vt_physmem_write(p->r.pm, pg_entry_at(p, level), entry,
                     pg_entry_bytes(p->shape));
}

static bool touch(struct pg *p, unsigned acc)
{
    uint64_t pa;

    return ia32_translate(p->cpu, p->shape->la + 0x10, acc, &pa) == IA32_OK;
}

enum { R = IA32_ACC_R, W = IA32_ACC_W, X = IA32_ACC_X };

static void what_is_told(void)
{
    static const struct {
        const char *text;
        unsigned first, then; /* accesses before and after the change */
        unsigned level;
        uint64_t clear, set;
        const char *said;     /* a word of it, or NULL: nothing */
        bool mapped;
    } rows[] = {
        {"no change", R, R, 3, 0, 0, NULL, true},
        {"page moved", R, R, 3, 0, 0x8000, "elsewhere", true},
        {"page moved, write", W, W, 3, 0, 0x8000, "elsewhere", true},
        {"page moved, fetch", X, X, 3, 0, 0x8000, "elsewhere", true},
        {"page taken away", R, R, 3, E_P, 0, "not map", false},
        {"table taken away", R, R, 2, E_P, 0, "not map", false},
        {"top table taken away", R, R, 0, E_P, 0, "not map", false},
        {"reserved bit", R, R, 3, 0, VT_BIT(50), "not map", false},
        {"write-protected, write", W, W, 3, E_W, 0, "not allow", true},
        {"write-protected, read", W, R, 3, E_W, 0, NULL, true},
        {"write-protected above, write", W, W, 1, E_W, 0, "not allow", true},
        {"execute-disabled, fetch", X, X, 3, 0, E_XD, "not allow", true},
        {"execute-disabled, read", R, R, 3, 0, E_XD, NULL, true},
        {"dirty flag cleared, write", W, W, 3, E_D, 0, "dirty", true},
        {"dirty flag cleared, read", W, R, 3, E_D, 0, NULL, true},
        {"accessed flag cleared", R, R, 3, E_A, 0, NULL, true},
        {"ignored bit", R, R, 3, 0, VT_BIT(58), NULL, true},
        {"global flag", R, R, 3, 0, E_G, NULL, true},
        /* A miss is a walk: what is new is seen, nothing is stale. */
        {"moved, first write", R, W, 3, 0, 0x8000, NULL, true},
        {"moved, the other side", R, X, 3, 0, 0x8000, NULL, true},
    };
    unsigned wrong = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct told told;
        struct pg p;
        bool said;

        pg_init(&p, LONG_4K);
        listen(&p, &told);
        CU_ASSERT_TRUE(touch(&p, rows[i].first));
        CU_ASSERT_EQUAL(told.count, 0);
        change(&p, rows[i].level,
               (pg_get(&p, rows[i].level) & ~rows[i].clear) | rows[i].set);
        CU_ASSERT_TRUE(touch(&p, rows[i].then));
        said = told.count == 1 && rows[i].said &&
               strstr(told.last.u.stale.text, rows[i].said) &&
               told.last.u.stale.la == p.shape->la + 0x10 &&
               told.last.u.stale.old_pa == p.shape->pa + 0x10 &&
               told.last.u.stale.access == rows[i].then &&
               told.last.u.stale.new_pa ==
                   (rows[i].mapped ? p.shape->pa + 0x10 +
                                         (rows[i].set & 0x8000)
                                   : UINT64_MAX);
        if (told.count != (rows[i].said ? 1 : 0) ||
            (rows[i].said && !said)) {
            printf("\n  %s: told %u: %s", rows[i].text, told.count,
                   told.count ? told.last.u.stale.text : "");
            wrong++;
        }
        /* The same again is no news. */
        CU_ASSERT_TRUE(touch(&p, rows[i].then));
        CU_ASSERT_EQUAL(told.count, rows[i].said ? 1 : 0);
        pg_done(&p);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(ARRAY_SIZE(rows), 20);
}

/* A user page whose U/S is cleared; an invalidation ends it; a second change
 * is told again once the first was taken back. */
static void once_until_mended(void)
{
    struct told told;
    struct pg p;
    uint64_t plain;

    pg_init(&p, LONG_4K);
    listen(&p, &told);
    p.cpu->cpl = 3;
    CU_ASSERT_TRUE(touch(&p, R));
    plain = pg_get(&p, 3);
    change(&p, 3, plain & ~E_U);
    CU_ASSERT_TRUE(touch(&p, R));
    CU_ASSERT_EQUAL(told.count, 1);
    CU_ASSERT_EQUAL(told.last.u.stale.access, R | IA32_ACC_USER);
    change(&p, 3, plain);
    CU_ASSERT_TRUE(touch(&p, R));
    CU_ASSERT_EQUAL(told.count, 1);
    change(&p, 3, plain & ~E_U);
    CU_ASSERT_TRUE(touch(&p, R));
    CU_ASSERT_EQUAL(told.count, 2);
    ia32_tlb_flush_page(p.cpu, p.shape->la);
    CU_ASSERT_FALSE(touch(&p, R)); /* now it is a page fault */
    CU_ASSERT_EQUAL(told.count, 2);
    pg_done(&p);
}

/* Entries of the fast TLB from before somebody listened do not hide it. */
static void late_listener(void)
{
    struct told told;
    uint64_t value;
    struct pg p;

    pg_init(&p, &pg_shapes[0]);
    for (unsigned i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(
            ia32_read(p.cpu, IA32_DS, p.shape->la, 4, &value), IA32_OK);
    change(&p, 1, 0);
    listen(&p, &told);
    CU_ASSERT_EQUAL(ia32_read(p.cpu, IA32_DS, p.shape->la, 4, &value),
                    IA32_OK);
    CU_ASSERT_EQUAL(told.count, 1);
    /* And when nobody listens any more, it is fast again. */
    vt_event_unlisten(vt_machine_bus(p.r.m), on_stale, &told);
    ia32_tlb_watch(p.cpu);
    for (unsigned i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(
            ia32_write(p.cpu, IA32_DS, p.shape->la, 4, 1), IA32_FAULT);
    pg_done(&p);
}

/* Random accesses, changes and invalidations, watched and not: the same
 * values, clock, tables and TLB. */
static void watching_changes_nothing(void)
{
    uint64_t sum[2], clock[2], tables[2];
    unsigned count[2];

    for (unsigned watched = 0; watched < 2; watched++) {
        struct told told = {0};
        uint64_t seed = 99, value = 0;
        struct pg p;

        pg_init(&p, LONG_4K);
        p.cpu->mode = IA32_MODE_LONG64 | IA32_MODE_PROT;
        if (watched)
            listen(&p, &told);
        sum[watched] = 0;
        for (unsigned i = 0; i < 20000; i++) {
            uint64_t la, pte;
            enum ia32_status status;

            seed = seed * UINT64_C(6364136223846793005) + 1;
            la = p.shape->la + (seed >> 33 & 0x7fff);
            pte = PG_ROOT + 0x3000 + (la >> 12 & 511) * 8;
            p.cpu->cpl = seed >> 28 & 1 ? 3 : 0;
            status = seed >> 29 & 1
                         ? ia32_read(p.cpu, IA32_DS, la, 4, &value)
                         : ia32_write(p.cpu, IA32_DS, la, 4, seed >> 20);
            sum[watched] = sum[watched] * 31 + value + status;
            if ((seed >> 40) % 8 == 0)
                vt_physmem_write(p.r.pm, pte,
                                 0x300000 + (seed >> 44 & 0xf000) +
                                     (seed >> 60 ? 7 : 3),
                                 8);
            if ((seed >> 40) % 32 == 1)
                ia32_tlb_flush_page(p.cpu, la);
        }
        tables[watched] = 0;
        for (uint64_t at = 0; at < 0x1000; at += 8)
            tables[watched] =
                tables[watched] * 31 +
                vt_physmem_read(p.r.pm, PG_ROOT + 0x3000 + at, 8);
        clock[watched] = p.cpu->base.now_cycles;
        count[watched] = told.count;
        pg_done(&p);
    }
    CU_ASSERT_EQUAL(sum[0], sum[1]);
    CU_ASSERT_EQUAL(clock[0], clock[1]);
    CU_ASSERT_EQUAL(tables[0], tables[1]);
    CU_ASSERT_EQUAL(count[0], 0);
    CU_ASSERT_TRUE(count[1] > 100);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"what is told of a stale translation", what_is_told},
        {"once, until tables and TLB agree again", once_until_mended},
        {"a listener that comes late", late_listener},
        {"listening changes nothing", watching_changes_nothing},
    };

    return run_suite("ia32 stale translations", cases, ARRAY_SIZE(cases));
}
