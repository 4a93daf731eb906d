/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random tables, modes and accesses against a second walker, written here
 * from SDM Vol 3A, "Paging", without the tables of the one under test: a
 * function for each mode, with the manual's numbers.  What comes out, the
 * error code, and every byte of the tables afterwards must agree. */
#include <inttypes.h>

#include "tests/ia32/pgrig.h"

#define CASES 200000u
#define TABLES 0x100000u /* 16 pages of random entries */
#define TABLE_PAGES 16u

static uint64_t seed = 20070101;

static uint64_t rnd(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * UINT64_C(2685821657736338717);
}

static unsigned below(unsigned n)
{
    return (unsigned)(rnd() >> 32) % n;
}

/* --- the second walker ---------------------------------------------------- */

struct expect {
    bool fault;
    uint32_t code;
    uint64_t pa;
};

/* What is known of the way down. */
struct way {
    struct rig *r;
    bool user, write, fetch, implicit;
    bool all_user, all_writable, any_xd;
    uint64_t at[4];   /* the entries used */
    unsigned bytes;   /* of each */
    unsigned count;
};

static bool bit(uint64_t value, unsigned n)
{
    return value >> n & 1;
}

static uint64_t field(uint64_t value, unsigned hi, unsigned lo)
{
    return value >> lo & (~UINT64_C(0) >> (63 - (hi - lo)));
}

static uint64_t entry(struct way *w, uint64_t at)
{
    uint64_t e = vt_physmem_read(w->r->pm, at, w->bytes);

    w->at[w->count++] = at;
    if (bit(e, 0)) {
        w->all_user = w->all_user && bit(e, 2);
        w->all_writable = w->all_writable && bit(e, 1);
        w->any_xd = w->any_xd || bit(e, 63);
    }
    return e;
}

static struct expect refuse(const struct way *w, bool present, bool reserved)
{
    const struct ia32_cpu *cpu = w->r->cpu;
    bool nxe = (cpu->efer & EFER_NXE) && (cpu->cr4 & CR4_PAE);

    return (struct expect){
        .fault = true,
        .code = present * 1u + w->write * 2u + w->user * 4u + reserved * 8u +
                (w->fetch && (nxe || (cpu->cr4 & CR4_SMEP))) * 16u};
}

/* The page is found: is the access right? */
static struct expect arrive(struct way *w, uint64_t pa)
{
    const struct ia32_cpu *cpu = w->r->cpu;
    bool supervisor = !w->user, right;

    if (w->user && !w->all_user)
        right = false;
    else if (w->fetch)
        right = !w->any_xd &&
                !(supervisor && w->all_user && bit(cpu->cr4, 20));
    else if (supervisor && w->all_user && bit(cpu->cr4, 21) &&
             (w->implicit || !bit(cpu->rflags, 18)))
        right = false;
    else
        right = !w->write || w->all_writable ||
                (supervisor && !bit(cpu->cr0, 16));
    if (!right)
        return refuse(w, true, false);
    for (unsigned i = 0; i < w->count; i++) { /* A; D in the last */
        uint64_t e = vt_physmem_read(w->r->pm, w->at[i], w->bytes);
        uint64_t used =
            e | 0x20 | (w->write && i + 1 == w->count ? 0x40 : 0);

        if (used != e)
            vt_physmem_write(w->r->pm, w->at[i], used, w->bytes);
    }
    return (struct expect){.pa = pa};
}

static struct expect walk_32bit(struct way *w, uint64_t la)
{
    const struct ia32_cpu *cpu = w->r->cpu;
    bool pse = bit(cpu->cr4, 4), pat = ia32_has(cpu, IA32_F_PAT);
    uint64_t pde = entry(w, field(cpu->cr3, 31, 12) << 12 |
                                field(la, 31, 22) << 2);
    uint64_t pte;

    if (!bit(pde, 0))
        return refuse(w, false, false);
    if (pse && bit(pde, 7)) {
        uint64_t high = 0;

        if (ia32_has(cpu, IA32_F_PSE36)) {
            high = field(pde, 20, 13);
            if (bit(pde, 21) || high >> (cpu->pa_bits < 40
                                             ? cpu->pa_bits - 32
                                             : 8))
                return refuse(w, true, true);
        } else if (field(pde, 21, 13)) {
            return refuse(w, true, true);
        }
        if (!pat && bit(pde, 12))
            return refuse(w, true, true);
        return arrive(w, high << 32 | field(pde, 31, 22) << 22 |
                             field(la, 21, 0));
    }
    pte = entry(w, field(pde, 31, 12) << 12 | field(la, 21, 12) << 2);
    if (!bit(pte, 0))
        return refuse(w, false, false);
    if (pse && !pat && bit(pte, 7))
        return refuse(w, true, true);
    return arrive(w, field(pte, 31, 12) << 12 | field(la, 11, 0));
}

/* Bits of an 8-byte entry that are reserved whatever it is. */
static bool bad(const struct way *w, uint64_t e, unsigned highest)
{
    const struct ia32_cpu *cpu = w->r->cpu;

    if (cpu->pa_bits <= highest && field(e, highest, cpu->pa_bits))
        return true;
    return bit(e, 63) && !(cpu->efer & EFER_NXE);
}

/* A page directory and what is below it: PAE and 4-level are the same but
 * for bits 62:52. */
static struct expect walk_directory(struct way *w, uint64_t directory,
                                    uint64_t la, unsigned highest)
{
    bool pat = ia32_has(w->r->cpu, IA32_F_PAT);
    uint64_t pde = entry(w, directory | field(la, 29, 21) << 3), pte;

    if (!bit(pde, 0))
        return refuse(w, false, false);
    if (bad(w, pde, highest))
        return refuse(w, true, true);
    if (bit(pde, 7)) {
        if (field(pde, 20, 13) || (!pat && bit(pde, 12)))
            return refuse(w, true, true);
        return arrive(w, field(pde, 51, 21) << 21 | field(la, 20, 0));
    }
    pte = entry(w, field(pde, 51, 12) << 12 | field(la, 20, 12) << 3);
    if (!bit(pte, 0))
        return refuse(w, false, false);
    if (bad(w, pte, highest) || (!pat && bit(pte, 7)))
        return refuse(w, true, true);
    return arrive(w, field(pte, 51, 12) << 12 | field(la, 11, 0));
}

static struct expect walk_pae(struct way *w, uint64_t la)
{
    uint64_t pdpte = w->r->cpu->pdpte[field(la, 31, 30)];

    if (!bit(pdpte, 0))
        return refuse(w, false, false);
    return walk_directory(w, field(pdpte, 51, 12) << 12, la, 62);
}

static struct expect walk_4level(struct way *w, uint64_t la)
{
    const struct ia32_cpu *cpu = w->r->cpu;
    uint64_t pml4e = entry(w, field(cpu->cr3, 51, 12) << 12 |
                                  field(la, 47, 39) << 3);
    uint64_t pdpte;

    if (!bit(pml4e, 0))
        return refuse(w, false, false);
    if (bad(w, pml4e, 51) || bit(pml4e, 7))
        return refuse(w, true, true);
    pdpte = entry(w, field(pml4e, 51, 12) << 12 | field(la, 38, 30) << 3);
    if (!bit(pdpte, 0))
        return refuse(w, false, false);
    if (bad(w, pdpte, 51))
        return refuse(w, true, true);
    if (bit(pdpte, 7)) {
        if (!ia32_has(cpu, IA32_F_PDPE1GB) || field(pdpte, 29, 13) ||
            (!ia32_has(cpu, IA32_F_PAT) && bit(pdpte, 12)))
            return refuse(w, true, true);
        return arrive(w, field(pdpte, 51, 30) << 30 | field(la, 29, 0));
    }
    return walk_directory(w, field(pdpte, 51, 12) << 12, la, 51);
}

static struct expect second_walk(struct rig *r, enum pg_mode mode,
                                 uint64_t la, unsigned acc)
{
    struct way w = {.r = r,
                    .user = r->cpu->cpl == 3 && !(acc & IA32_ACC_IMPLICIT),
                    .write = (acc & IA32_ACC_W) != 0,
                    .fetch = (acc & IA32_ACC_X) != 0,
                    .implicit = (acc & IA32_ACC_IMPLICIT) != 0,
                    .all_user = true,
                    .all_writable = true,
                    .bytes = mode == PG_32BIT ? 4 : 8};

    return mode == PG_32BIT ? walk_32bit(&w, la)
           : mode == PG_PAE ? walk_pae(&w, la)
                            : walk_4level(&w, la);
}

/* --- the random part ---------------------------------------------------------- */

/* Mostly present, mostly pointing to one of the tables, seldom with a bit
 * that should not be there. */
static uint64_t random_entry(void)
{
    uint64_t e = TABLES + below(TABLE_PAGES) * UINT64_C(0x1000);

    e |= below(8) ? E_P : 0;
    e |= rnd() & (E_W | E_U | E_A | E_D | E_G | VT_BITS(11, 9) |
                  VT_BITS(4, 3));
    e |= below(4) ? E_W | E_U : 0;
    if (below(6) == 0) /* large, at a place that is right for most sizes */
        e = (e & 0xf7f) | E_PS | (uint64_t)below(64) << 22;
    if (below(8) == 0)
        e |= E_XD;
    if (below(16) == 0)
        e |= VT_BIT(below(64));
    if (below(16) == 0)
        e |= VT_BIT(12 + below(12));
    return e;
}

static void random_tables(struct rig *r)
{
    for (uint64_t pa = TABLES; pa < TABLES + TABLE_PAGES * 0x1000u; pa += 8)
        vt_physmem_write(r->pm, pa, random_entry(), 8);
}

static void random_mode(struct ia32_cpu *cpu, enum pg_mode mode)
{
    uint64_t any = rnd();

    cpu->cr0 = CR0_PE | CR0_PG | (any & CR0_WP);
    cpu->cr4 = (any >> 8 & (CR4_PSE | CR4_PGE | CR4_SMEP | CR4_SMAP)) |
               (mode == PG_32BIT ? 0 : CR4_PAE);
    cpu->efer = (any >> 24 & EFER_NXE) |
                (mode == PG_4LEVEL ? EFER_LME | EFER_LMA : 0);
    cpu->rflags = FL_FIXED1 | (any >> 32 & FL_AC);
    cpu->cpl = bit(any, 60) ? 3 : 0;
    cpu->cr3 = TABLES + below(TABLE_PAGES) * UINT64_C(0x1000);
    for (unsigned i = 0; i < 4; i++)
        cpu->pdpte[i] = (TABLES + below(TABLE_PAGES) * UINT64_C(0x1000)) |
                        (below(8) ? E_P : 0);
}

static uint64_t random_address(enum pg_mode mode)
{
    uint64_t la = rnd();

    if (mode != PG_4LEVEL)
        return (uint32_t)la;
    la &= VT_BITS(47, 0);
    return bit(la, 47) ? la | VT_BITS(63, 48) : la;
}

static unsigned random_access(void)
{
    static const unsigned accesses[] = {
        IA32_ACC_R, IA32_ACC_W, IA32_ACC_R | IA32_ACC_W, IA32_ACC_X,
        IA32_ACC_R | IA32_ACC_IMPLICIT, IA32_ACC_W | IA32_ACC_IMPLICIT};

    return accesses[below(ARRAY_SIZE(accesses))];
}

/* One case, on two machines with the same memory. */
static bool agree(struct rig *ours, struct rig *theirs, enum pg_mode mode,
                  unsigned *faults)
{
    uint64_t la = random_address(mode), pa = 0;
    unsigned acc = random_access();
    struct expect expected = second_walk(theirs, mode, la, acc);
    enum ia32_status status;
    bool same;

    ia32_tlb_flush_all(ours->cpu);
    status = ia32_translate(ours->cpu, la, acc, &pa);
    *faults += expected.fault;
    if (expected.fault)
        same = status == IA32_FAULT &&
               ours->cpu->pending.vector == IA32_PF &&
               ours->cpu->pending.error_code == expected.code &&
               ours->cpu->pending.cr2 == la;
    else
        same = status == IA32_OK && pa == expected.pa;
    if (!same)
        printf("\n  mode %d la %" PRIx64 " acc %u: pa %" PRIx64
               " code %u; expected %" PRIx64 " code %u",
               mode, la, acc, pa, ours->cpu->pending.error_code,
               expected.pa, expected.code);
    return same;
}

static bool same_tables(struct rig *a, struct rig *b)
{
    for (unsigned i = 0; i < TABLE_PAGES; i++)
        if (memcmp(vt_physmem_page(a->pm, TABLES + i * 0x1000u)->data,
                   vt_physmem_page(b->pm, TABLES + i * 0x1000u)->data,
                   VT_PAGE_BYTES) != 0)
            return false;
    return true;
}

static void second_walker_agrees(void)
{
    static const char *const models[] = {
        PG_MODEL, PG_MODEL ",-pat", PG_MODEL ",-pdpe1gb,-pse36"};
    static const uint8_t widths[] = {36, 40, 46, 52};
    unsigned wrong = 0, faults = 0, cases = 0;

    for (unsigned round = 0; round < 24; round++) {
        struct rig ours, theirs;
        uint64_t start;

        rig_init_model(&ours, models[round % 3]);
        rig_init_model(&theirs, models[round % 3]);
        ours.cpu->pa_bits = theirs.cpu->pa_bits = widths[round % 4];
        start = seed;
        random_tables(&ours);
        seed = start;
        random_tables(&theirs);
        for (unsigned i = 0; i < CASES / 24 && wrong < 10; i++, cases++) {
            enum pg_mode mode = (enum pg_mode)below(3);

            start = seed;
            random_mode(ours.cpu, mode);
            seed = start;
            random_mode(theirs.cpu, mode);
            wrong += !agree(&ours, &theirs, mode, &faults);
            if (i % 64 == 0) { /* fresh tables: flags have filled up */
                wrong += !same_tables(&ours, &theirs);
                start = seed;
                random_tables(&ours);
                seed = start;
                random_tables(&theirs);
            }
        }
        rig_done(&ours);
        rig_done(&theirs);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    /* The cases are worth something: many of either outcome. */
    CU_ASSERT_TRUE(faults > cases / 5 && faults < cases / 5 * 4);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"a second walker agrees, down to the flags in memory",
         second_walker_agrees},
    };

    return run_suite("ia32 paging, random", cases, ARRAY_SIZE(cases));
}
