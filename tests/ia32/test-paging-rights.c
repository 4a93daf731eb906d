/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may do what to a page: the sentences of SDM Vol 3A, "Determination of
 * Access Rights" and "Page-Fault Exceptions", one row each, in every paging
 * mode and with every page size. */
#include "tests/ia32/pgrig.h"

enum { NO, YES, ANY }; /* ANY: either, the outcome is the same */
enum { R = IA32_ACC_R, W = IA32_ACC_W, X = IA32_ACC_X };
enum { SUPERVISOR, IMPLICIT, USER }; /* who */

static const struct sentence {
    const char *text;
    unsigned acc, who;
    int user_page; /* U/S is 1 at every level */
    int writable;  /* R/W is 1 at every level */
    int xd;        /* XD is 1 at some level; YES needs an XD bit */
    int wp, smap, ac, smep;
    bool allowed;
} sentences[] = {
    /* text, acc, who, page U, page W, XD, WP, SMAP, AC, SMEP, allowed */
    {"supervisor reads supervisor page", R, SUPERVISOR, NO, ANY, ANY, ANY,
     ANY, ANY, ANY, true},
    {"implicit read of supervisor page", R, IMPLICIT, NO, ANY, ANY, ANY, ANY,
     ANY, ANY, true},
    {"supervisor reads user page, no SMAP", R, SUPERVISOR, YES, ANY, ANY,
     ANY, NO, ANY, ANY, true},
    {"implicit read of user page, no SMAP", R, IMPLICIT, YES, ANY, ANY, ANY,
     NO, ANY, ANY, true},
    {"supervisor reads user page, SMAP, AC = 1", R, SUPERVISOR, YES, ANY,
     ANY, ANY, YES, YES, ANY, true},
    {"supervisor reads user page, SMAP, AC = 0", R, SUPERVISOR, YES, ANY,
     ANY, ANY, YES, NO, ANY, false},
    {"implicit read of user page, SMAP", R, IMPLICIT, YES, ANY, ANY, ANY,
     YES, ANY, ANY, false},
    {"supervisor writes supervisor page, WP = 0", W, SUPERVISOR, NO, ANY,
     ANY, NO, ANY, ANY, ANY, true},
    {"supervisor writes writable supervisor page, WP = 1", W, SUPERVISOR, NO,
     YES, ANY, YES, ANY, ANY, ANY, true},
    {"supervisor writes read-only supervisor page, WP = 1", W, SUPERVISOR,
     NO, NO, ANY, YES, ANY, ANY, ANY, false},
    {"implicit write to supervisor page, WP = 0", W, IMPLICIT, NO, ANY, ANY,
     NO, ANY, ANY, ANY, true},
    {"implicit write to writable supervisor page, WP = 1", W, IMPLICIT, NO,
     YES, ANY, YES, ANY, ANY, ANY, true},
    {"implicit write to read-only supervisor page, WP = 1", W, IMPLICIT, NO,
     NO, ANY, YES, ANY, ANY, ANY, false},
    {"implicit write to user page, WP = 0, no SMAP", W, IMPLICIT, YES, ANY,
     ANY, NO, NO, ANY, ANY, true},
    {"implicit write to writable user page, WP = 1, no SMAP", W, IMPLICIT,
     YES, YES, ANY, YES, NO, ANY, ANY, true},
    {"implicit write to read-only user page, WP = 1, no SMAP", W, IMPLICIT,
     YES, NO, ANY, YES, NO, ANY, ANY, false},
    {"supervisor writes user page, WP = 0, no SMAP", W, SUPERVISOR, YES, ANY,
     ANY, NO, NO, ANY, ANY, true},
    {"supervisor writes user page, WP = 0, SMAP, AC = 1", W, SUPERVISOR, YES,
     ANY, ANY, NO, YES, YES, ANY, true},
    {"supervisor writes user page, WP = 0, SMAP, AC = 0", W, SUPERVISOR, YES,
     ANY, ANY, NO, YES, NO, ANY, false},
    {"implicit write to user page, WP = 0, SMAP", W, IMPLICIT, YES, ANY, ANY,
     NO, YES, ANY, ANY, false},
    {"supervisor writes writable user page, WP = 1, no SMAP", W, SUPERVISOR,
     YES, YES, ANY, YES, NO, ANY, ANY, true},
    {"supervisor writes read-only user page, WP = 1, no SMAP", W, SUPERVISOR,
     YES, NO, ANY, YES, NO, ANY, ANY, false},
    {"supervisor writes writable user page, WP = 1, SMAP, AC = 1", W,
     SUPERVISOR, YES, YES, ANY, YES, YES, YES, ANY, true},
    {"supervisor writes read-only user page, WP = 1, SMAP, AC = 1", W,
     SUPERVISOR, YES, NO, ANY, YES, YES, YES, ANY, false},
    {"supervisor writes user page, WP = 1, SMAP, AC = 0", W, SUPERVISOR, YES,
     ANY, ANY, YES, YES, NO, ANY, false},
    {"implicit write to user page, WP = 1, SMAP", W, IMPLICIT, YES, ANY, ANY,
     YES, YES, ANY, ANY, false},
    {"supervisor fetches from supervisor page", X, SUPERVISOR, NO, ANY, NO,
     ANY, ANY, ANY, ANY, true},
    {"supervisor fetches from supervisor page with XD", X, SUPERVISOR, NO,
     ANY, YES, ANY, ANY, ANY, ANY, false},
    {"supervisor fetches from user page, no SMEP", X, SUPERVISOR, YES, ANY,
     NO, ANY, ANY, ANY, NO, true},
    {"supervisor fetches from user page with XD, no SMEP", X, SUPERVISOR,
     YES, ANY, YES, ANY, ANY, ANY, NO, false},
    {"supervisor fetches from user page, SMEP", X, SUPERVISOR, YES, ANY, ANY,
     ANY, ANY, ANY, YES, false},
    {"user reads user page", R, USER, YES, ANY, ANY, ANY, ANY, ANY, ANY,
     true},
    {"user reads supervisor page", R, USER, NO, ANY, ANY, ANY, ANY, ANY, ANY,
     false},
    {"user writes writable user page", W, USER, YES, YES, ANY, ANY, ANY, ANY,
     ANY, true},
    {"user writes read-only user page", W, USER, YES, NO, ANY, ANY, ANY, ANY,
     ANY, false},
    {"user writes supervisor page", W, USER, NO, ANY, ANY, ANY, ANY, ANY,
     ANY, false},
    {"user fetches from user page", X, USER, YES, ANY, NO, ANY, ANY, ANY,
     ANY, true},
    {"user fetches from user page with XD", X, USER, YES, ANY, YES, ANY, ANY,
     ANY, ANY, false},
    {"user fetches from supervisor page", X, USER, NO, ANY, ANY, ANY, ANY,
     ANY, ANY, false},
};

/* The seven conditions of a row, as bits of a number. */
enum { B_U, B_W, B_XD, B_WP, B_SMAP, B_AC, B_SMEP, CONDITIONS };

static bool row_covers(const struct sentence *s, unsigned bits)
{
    const int wanted[CONDITIONS] = {s->user_page, s->writable, s->xd, s->wp,
                                    s->smap, s->ac, s->smep};

    for (unsigned i = 0; i < CONDITIONS; i++)
        if (wanted[i] != ANY && (unsigned)wanted[i] != (bits >> i & 1))
            return false;
    return true;
}

/* Rights at one level, all rights at the others. */
static void set_path(struct pg *p, unsigned where, unsigned bits)
{
    for (unsigned level = 0; level < p->shape->depth; level++) {
        uint64_t entry = pg_plain(p, level);

        if (level == where) {
            entry &= ~(bits >> B_U & 1 ? 0 : E_U);
            entry &= ~(bits >> B_W & 1 ? 0 : E_W);
            entry |= bits >> B_XD & 1 ? E_XD : 0;
        }
        pg_put(p, level, entry);
    }
}

static void set_mode(struct pg *p, unsigned who, unsigned bits)
{
    struct ia32_cpu *cpu = p->cpu;

    cpu->cr0 = (cpu->cr0 & ~CR0_WP) | (bits >> B_WP & 1 ? CR0_WP : 0);
    cpu->cr4 = (cpu->cr4 & ~(CR4_SMAP | CR4_SMEP)) |
               (bits >> B_SMAP & 1 ? CR4_SMAP : 0) |
               (bits >> B_SMEP & 1 ? CR4_SMEP : 0);
    cpu->rflags = FL_FIXED1 | (bits >> B_AC & 1 ? FL_AC : 0);
    cpu->cpl = who == USER ? 3 : 0;
}

/* "Page-Fault Exceptions": P = 1, and what the access was; I/D is there with
 * NXE (which every shape but 32-bit has on) or SMEP. */
static int code_of(const struct pg *p, const struct sentence *s,
                   unsigned bits)
{
    bool has_id = p->shape->mode != PG_32BIT || (bits >> B_SMEP & 1);

    return (int)(PF_P | (s->acc == W ? PF_W : 0) |
                 (s->who == USER ? PF_U : 0) |
                 (s->acc == X && has_id ? PF_I : 0));
}

static unsigned run_sentence(struct pg *p, const struct sentence *s,
                             unsigned *wrong)
{
    unsigned cases = 0;

    for (unsigned bits = 0; bits < 1u << CONDITIONS; bits++) {
        if (!row_covers(s, bits) ||
            ((bits >> B_XD & 1) && p->shape->mode == PG_32BIT))
            continue;
        for (unsigned level = 0; level < p->shape->depth; level++) {
            unsigned acc =
                s->acc | (s->who == IMPLICIT ? IA32_ACC_IMPLICIT : 0);
            int got, expected = s->allowed ? -1 : code_of(p, s, bits);

            set_mode(p, s->who, bits);
            set_path(p, level, bits);
            got = pg_try(p, p->shape->la + 0x123, acc);
            cases++;
            if (got == expected)
                continue;
            printf("\n  %s, level %u, conditions %02x: %s: %d, not %d",
                   p->shape->name, level, bits, s->text, got, expected);
            ++*wrong;
        }
    }
    return cases;
}

static void access_rights(void)
{
    unsigned wrong = 0, cases = 0, covered = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(pg_shapes); i++) {
        struct pg p;

        pg_init(&p, &pg_shapes[i]);
        for (unsigned s = 0; s < ARRAY_SIZE(sentences); s++) {
            unsigned ran = run_sentence(&p, &sentences[s], &wrong);

            cases += ran;
            covered += ran > 0;
        }
        pg_done(&p);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(ARRAY_SIZE(sentences), 39);
    /* Each in each shape, but XD in the two of 32-bit paging. */
    CU_ASSERT_EQUAL(covered, 39 * 7 - 2 * 3);
    CU_ASSERT_TRUE(cases > 10000);
}

/* Every state of the conditions is some row's, and rows do not contradict
 * each other: the table is the manual's, whole. */
static void rows_are_complete(void)
{
    static const unsigned accesses[] = {R, W, X};

    for (unsigned a = 0; a < 3; a++)
        for (unsigned who = SUPERVISOR; who <= USER; who++)
            for (unsigned bits = 0; bits < 1u << CONDITIONS; bits++) {
                unsigned yes = 0, no = 0;

                if (who == IMPLICIT && accesses[a] == X)
                    continue; /* nobody fetches for the processor */
                for (unsigned s = 0; s < ARRAY_SIZE(sentences); s++)
                    if (sentences[s].acc == accesses[a] &&
                        sentences[s].who == who &&
                        row_covers(&sentences[s], bits)) {
                        yes += sentences[s].allowed;
                        no += !sentences[s].allowed;
                    }
                CU_ASSERT_TRUE((yes > 0) != (no > 0));
            }
}

/* The error code's other bits. */
static void error_codes(void)
{
    static const struct {
        const char *text;
        unsigned acc;
        bool user, nxe, smep;
        uint64_t entry; /* of the last level, besides its address */
        uint32_t code, code32; /* in 32-bit paging, where NXE means nothing */
    } rows[] = {
        {"not present: read", R, false, true, false, 0, 0, 0},
        {"not present: write", W, false, true, false, 0, PF_W, PF_W},
        {"not present: user", R, true, true, false, 0, PF_U, PF_U},
        {"not present: user writes", W, true, true, false, 0, PF_U | PF_W,
         PF_U | PF_W},
        {"not present: fetch, NXE", X, false, true, false, 0, PF_I, 0},
        {"not present: fetch, SMEP", X, false, false, true, 0, PF_I, PF_I},
        {"not present: fetch, both", X, true, true, true, 0, PF_I | PF_U,
         PF_I | PF_U},
        {"not present: fetch, neither", X, false, false, false, 0, 0, 0},
        {"not present, all else set", R, false, true, false, ~E_P, 0, 0},
        {"protected: user reads", R, true, true, false, E_P | E_W,
         PF_P | PF_U, PF_P | PF_U},
        {"protected: fetch, neither", X, true, false, false, E_P | E_W,
         PF_P | PF_U, PF_P | PF_U},
        {"protected: fetch, NXE", X, true, true, false, E_P | E_W,
         PF_P | PF_U | PF_I, PF_P | PF_U},
    };
    unsigned wrong = 0, cases = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(pg_shapes); i++)
        for (unsigned row = 0; row < ARRAY_SIZE(rows); row++) {
            struct pg p;
            unsigned last = pg_shapes[i].depth - 1;
            bool is32 = pg_shapes[i].mode == PG_32BIT;
            int got;

            pg_init(&p, &pg_shapes[i]);
            p.cpu->efer = (p.cpu->efer & ~EFER_NXE) |
                          (rows[row].nxe ? EFER_NXE : 0);
            p.cpu->cr4 |= rows[row].smep ? CR4_SMEP : 0;
            p.cpu->cpl = rows[row].user ? 3 : 0;
            pg_put(&p, last,
                   (pg_plain(&p, last) & ~E_PWU) | rows[row].entry);
            got = pg_try(&p, pg_shapes[i].la, rows[row].acc);
            if (got != (int)(is32 ? rows[row].code32 : rows[row].code)) {
                printf("\n  %s, %s: %d", pg_shapes[i].name, rows[row].text,
                       got);
                wrong++;
            }
            cases++;
            pg_done(&p);
        }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(cases, 12 * 7);
}

/* A reserved bit is told whatever the access, and outweighs its rights. */
static void reserved_outweighs_rights(void)
{
    struct pg p;

    pg_init(&p, &pg_shapes[4]);
    pg_put(&p, 3, (pg_plain(&p, 3) & ~(E_U | E_W)) | VT_BIT(50));
    p.cpu->cpl = 3;
    CU_ASSERT_EQUAL(pg_try(&p, p.shape->la, W),
                    PF_P | PF_W | PF_U | PF_RSVD);
    CU_ASSERT_EQUAL(pg_try(&p, p.shape->la, X),
                    PF_P | PF_U | PF_RSVD | PF_I);
    /* An entry that is not present ends the walk before it is seen. */
    pg_put(&p, 2, pg_plain(&p, 2) & ~E_P);
    CU_ASSERT_EQUAL(pg_try(&p, p.shape->la, R), PF_U);
    pg_done(&p);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"access rights, sentence by sentence", access_rights},
        {"the sentences cover every case once", rows_are_complete},
        {"error codes", error_codes},
        {"a reserved bit outweighs rights", reserved_outweighs_rights},
    };

    return run_suite("ia32 paging rights", cases, ARRAY_SIZE(cases));
}
