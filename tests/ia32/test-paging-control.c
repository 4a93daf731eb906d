/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Control registers and paging: when PDPTE registers are loaded, what MOV to
 * CR3 takes, INVPCID.  SDM Vol 3A, "PDPTE Registers", "Process-Context
 * Identifiers (PCIDs)"; Vol 2A, "INVPCID"; Vol 2B, "MOV--Move to/from
 * Control Registers". */
#include "sim/ia32/virt.h"
#include "tests/ia32/pgrig.h"

#define PAE_4K (&pg_shapes[2])
#define LONG_4K (&pg_shapes[4])

/* --- PDPTE registers ---------------------------------------------------- */

#define IN_MEMORY(i) (PG_ROOT | E_P | 8 | ((i) + 1) << 9) /* PWT, ignored */

static void put_pdpt(struct pg *p)
{
    for (uint64_t i = 0; i < 4; i++)
        vt_physmem_write(p->r.pm, PG_PDPT + 8 * i, IN_MEMORY(i), 8);
}

static unsigned loaded(const struct pg *p)
{
    unsigned count = 0;

    for (uint64_t i = 0; i < 4; i++)
        count += p->cpu->pdpte[i] == IN_MEMORY(i);
    return count;
}

static enum ia32_status write_cr(struct ia32_cpu *cpu, unsigned which,
                                 uint64_t value)
{
    return which == 0   ? ia32_write_cr0(cpu, value)
           : which == 3 ? ia32_write_cr3(cpu, value)
                        : ia32_write_cr4(cpu, value);
}

static uint64_t get_cr(const struct ia32_cpu *cpu, unsigned which)
{
    return which == 0 ? cpu->cr0 : which == 3 ? cpu->cr3 : cpu->cr4;
}

static void pdpte_loads(void)
{
    static const struct {
        const char *text;
        unsigned which;    /* register written */
        uint64_t cr0, cr4; /* set before */
        uint64_t off4;     /* clear in CR4 before */
        uint64_t toggle;
        bool loads;
    } rows[] = {
        {"CR3, the same value", 3, 0, 0, 0, 0, true},
        {"CR3, another value", 3, 0, 0, 0, 8, true},
        {"CR3, 32-bit paging", 3, 0, 0, CR4_PAE, 0, false},
        {"CR0, the same value", 0, 0, 0, 0, 0, false},
        {"CR0.CD set", 0, 0, 0, 0, CR0_CD, true},
        {"CR0.CD cleared", 0, CR0_CD, 0, 0, CR0_CD, true},
        {"CR0.NW cleared", 0, CR0_CD | CR0_NW, 0, 0, CR0_NW, true},
        {"CR0.NW set", 0, CR0_CD, 0, 0, CR0_NW, true},
        {"CR0.CD, 32-bit paging", 0, 0, 0, CR4_PAE, CR0_CD, false},
        {"CR0.WP", 0, 0, 0, 0, CR0_WP, false},
        {"CR0.TS", 0, 0, 0, 0, CR0_TS, false},
        {"CR0.MP, EM, NE, AM", 0, 0, 0, 0, CR0_MP | CR0_EM | CR0_NE | CR0_AM,
         false},
        {"CR0.PG cleared", 0, 0, 0, 0, CR0_PG, false},
        {"CR4, the same value", 4, 0, 0, 0, 0, false},
        {"CR4.PAE set", 4, 0, 0, CR4_PAE, CR4_PAE, true},
        {"CR4.PAE cleared", 4, 0, 0, 0, CR4_PAE, false},
        {"CR4.PGE set", 4, 0, 0, 0, CR4_PGE, true},
        {"CR4.PGE cleared", 4, 0, CR4_PGE, 0, CR4_PGE, true},
        {"CR4.PGE, 32-bit paging", 4, 0, 0, CR4_PAE, CR4_PGE, false},
        {"CR4.PSE", 4, 0, 0, 0, CR4_PSE, true},
        {"CR4.SMEP set", 4, 0, 0, 0, CR4_SMEP, true},
        {"CR4.SMEP cleared", 4, 0, CR4_SMEP, 0, CR4_SMEP, true},
        {"CR4.SMAP", 4, 0, 0, 0, CR4_SMAP, false},
        {"CR4.TSD, DE, PCE", 4, 0, 0, 0, CR4_TSD | CR4_DE | CR4_PCE, false},
    };
    unsigned wrong = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pg p;
        uint64_t value;

        pg_init(&p, PAE_4K);
        put_pdpt(&p);
        p.cpu->cr0 |= rows[i].cr0;
        p.cpu->cr4 = (p.cpu->cr4 | rows[i].cr4) & ~rows[i].off4;
        value = get_cr(p.cpu, rows[i].which) ^ rows[i].toggle;
        if (write_cr(p.cpu, rows[i].which, value) != IA32_OK ||
            get_cr(p.cpu, rows[i].which) != value ||
            loaded(&p) != (rows[i].loads ? 4 : 0)) {
            printf("\n  %s: %u loaded", rows[i].text, loaded(&p));
            wrong++;
        }
        pg_done(&p);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(ARRAY_SIZE(rows), 24);
}

/* Switching paging on loads them as well; in IA-32e mode there are none. */
static void pdptes_and_pg(void)
{
    for (unsigned lme = 0; lme < 2; lme++) {
        struct pg p;

        pg_init(&p, PAE_4K);
        put_pdpt(&p);
        p.cpu->cr0 &= ~CR0_PG;
        p.cpu->efer = lme ? EFER_LME : 0;
        CU_ASSERT_EQUAL(ia32_write_cr0(p.cpu, p.cpu->cr0 | CR0_PG), IA32_OK);
        CU_ASSERT_EQUAL(loaded(&p), lme ? 0 : 4);
        pg_done(&p);
    }
}

/* Bits 2:1, 8:5 and 63:MAXPHYADDR of a present entry: #GP(0), and nothing
 * has changed. */
static void pdpte_reserved(void)
{
    static const struct {
        unsigned which;
        uint64_t toggle;
    } ways[] = {{3, 0}, {0, CR0_CD}, {4, CR4_PGE}};
    unsigned wrong = 0;

    for (unsigned way = 0; way < ARRAY_SIZE(ways); way++)
        for (unsigned bit = 1; bit < 64; bit++)
            for (unsigned present = 0; present < 2; present++) {
                bool bad = present && ((bit >= 1 && bit <= 2) ||
                                       (bit >= 5 && bit <= 8) || bit >= 46);
                unsigned which = ways[way].which;
                enum ia32_status status;
                uint64_t before;
                struct pg p;

                pg_init(&p, PAE_4K);
                put_pdpt(&p);
                vt_physmem_write(p.r.pm, PG_PDPT + 8 * (bit & 3),
                                 present | VT_BIT(bit), 8);
                before = get_cr(p.cpu, which);
                status = write_cr(p.cpu, which, before ^ ways[way].toggle);
                wrong += status != (bad ? IA32_FAULT : IA32_OK);
                if (bad)
                    wrong += get_cr(p.cpu, which) != before ||
                             loaded(&p) != 0 ||
                             p.cpu->pending.vector != IA32_GP ||
                             p.cpu->pending.error_code != 0;
                else
                    wrong += loaded(&p) != 3;
                pg_done(&p);
            }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* The walk uses the registers, not memory, and each for its own gigabyte. */
static void walk_uses_the_registers(void)
{
    struct pg p;
    uint64_t la = PAE_4K->la & VT_BITS(29, 0);

    pg_init(&p, PAE_4K);
    for (uint64_t i = 0; i < 4; i++) {
        for (unsigned k = 0; k < 4; k++)
            p.cpu->pdpte[k] = k == i ? PG_ROOT | E_P : 0;
        for (uint64_t k = 0; k < 4; k++)
            CU_ASSERT_EQUAL(pg_try(&p, k << 30 | la, IA32_ACC_W),
                            k == i ? -1 : (int)PF_W);
    }
    /* An entry that is not present costs no read: none was made. */
    CU_ASSERT_EQUAL(rig_charged(&p.r, VT_WHAT_REFILL), 4 * 2 * 17);
    pg_done(&p);
}

/* --- CR3 ------------------------------------------------------------------ */

static void cr3_values(void)
{
    static const struct {
        const char *text;
        bool pcide;
        uint64_t value;
        bool good;
        uint64_t after;
    } rows[] = {
        {"address, PWT, PCD", false, 0x12345018, true, 0x12345018},
        {"low bits stay", false, 0x12345fff, true, 0x12345fff},
        {"highest address bit", false, VT_BIT(45), true, VT_BIT(45)},
        {"bit MAXPHYADDR", false, VT_BIT(46), false, 0},
        {"bit 62", false, VT_BIT(62), false, 0},
        {"bit 63 without PCIDE", false, VT_BIT(63), false, 0},
        {"PCID", true, 0x12345678, true, 0x12345678},
        {"bit 63 with PCIDE is not kept", true, VT_BIT(63) | 0x12345678,
         true, 0x12345678},
        {"bit 62 with PCIDE", true, VT_BIT(62), false, 0},
        {"bit MAXPHYADDR with PCIDE", true, VT_BIT(63) | VT_BIT(46), false,
         0},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pg p;
        enum ia32_status status;

        pg_init(&p, LONG_4K);
        p.cpu->cr4 |= rows[i].pcide ? CR4_PCIDE : 0;
        status = ia32_write_cr3(p.cpu, rows[i].value);
        CU_ASSERT_EQUAL(status, rows[i].good ? IA32_OK : IA32_FAULT);
        CU_ASSERT_EQUAL(p.cpu->cr3, rows[i].good ? rows[i].after : PG_ROOT);
        if (!rows[i].good)
            CU_ASSERT_TRUE(p.cpu->pending.vector == IA32_GP &&
                           p.cpu->pending.error_code == 0);
        pg_done(&p);
    }
}

/* --- INVPCID --------------------------------------------------------------- */

/* INVPCID RAX,[RSI]; the descriptor is in the shape's page. */
static enum ia32_status invpcid(struct pg *p, uint64_t type, uint64_t low,
                                uint64_t high)
{
    static const uint8_t bytes[] = {0x66, 0x0f, 0x38, 0x82, 0x06};
    struct ia32_insn insn;

    rig_must(ia32_decode(bytes, sizeof bytes, p->cpu->mode,
                         p->cpu->features, &insn) == DECODE_OK,
             "INVPCID is not decoded");
    p->cpu->gpr[IA32_RAX] = type;
    p->cpu->gpr[IA32_RSI] = p->shape->la + 8;
    vt_physmem_write(p->r.pm, p->shape->pa + 8, low, 8);
    vt_physmem_write(p->r.pm, p->shape->pa + 16, high, 8);
    return insn.handler(p->cpu, &insn);
}

static void invpcid_operands(void)
{
    static const struct {
        const char *text;
        bool pcide, long64, user, non_root;
        uint64_t type, low, high;
        int vector; /* -1: none */
    } rows[] = {
        {"type 0", true, true, false, false, 0, 0xfff, 0x1000, -1},
        {"type 1", true, true, false, false, 1, 0xfff, 0, -1},
        {"type 2", true, true, false, false, 2, 0, 0, -1},
        {"type 3", true, true, false, false, 3, 0, 0, -1},
        {"type 4", true, true, false, false, 4, 0, 0, IA32_GP},
        {"type of 64 bits", true, true, false, false, VT_BIT(32), 0, 0,
         IA32_GP},
        {"type of 32 bits", false, false, false, false, VT_BIT(32), 0, 0,
         -1},
        {"type 0, reserved bit 12", true, true, false, false, 0, 0x1000, 0,
         IA32_GP},
        {"type 2, reserved bit 63", true, true, false, false, 2, VT_BIT(63),
         0, IA32_GP},
        {"type 3, reserved bit 12", true, true, false, false, 3, 0x1000, 0,
         IA32_GP},
        {"type 0, PCID 1 without PCIDE", false, true, false, false, 0, 1, 0,
         IA32_GP},
        {"type 1, PCID 1 without PCIDE", false, true, false, false, 1, 1, 0,
         IA32_GP},
        {"type 2, PCID 1 without PCIDE", false, true, false, false, 2, 1, 0,
         -1},
        {"type 3, PCID 1 without PCIDE", false, true, false, false, 3, 1, 0,
         -1},
        {"type 0, PCID 0 without PCIDE", false, true, false, false, 0, 0, 0,
         -1},
        {"type 0, address not canonical", true, true, false, false, 0, 0,
         VT_BIT(47), IA32_GP},
        {"the same outside 64-bit mode", false, false, false, false, 0, 0,
         VT_BIT(47), IA32_GP},
        {"type 1 ignores the address", true, true, false, false, 1, 0,
         VT_BIT(47), -1},
        {"CPL 3", true, true, true, false, 2, 0, 0, IA32_GP},
        {"non-root, control off", true, true, false, true, 2, 0, 0,
         IA32_UD},
        {"non-root at CPL 3", true, true, true, true, 2, 0, 0, IA32_UD},
    };
    unsigned wrong = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pg p;
        enum ia32_status status;
        int vector = -1;

        pg_init(&p, rows[i].long64 ? LONG_4K : PAE_4K);
        p.cpu->cr4 |= rows[i].pcide ? CR4_PCIDE : 0;
        p.cpu->cpl = rows[i].user ? 3 : 0;
        p.cpu->mode = rows[i].long64 ? IA32_MODE_LONG64 | IA32_MODE_PROT
                                     : IA32_MODE_CODE32 | IA32_MODE_PROT;
        p.cpu->non_root = rows[i].non_root;
        status =
            invpcid(&p, rows[i].type, rows[i].low, rows[i].high);
        if (status == IA32_FAULT)
            vector = p.cpu->pending.vector;
        if (vector != rows[i].vector || (vector < 0 && status != IA32_OK)) {
            printf("\n  %s: vector %d", rows[i].text, vector);
            wrong++;
        }
        p.cpu->non_root = false;
        pg_done(&p);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(ARRAY_SIZE(rows), 21);
}

/* --- what is invalidated ------------------------------------------------------- */

/* Pages beside the shape's, and the translations that are cached at first:
 * PCID 5 is the current one. */
#define PAGE(n) (LONG_4K->la + (n) * UINT64_C(0x1000))
enum { HERE = 1, OTHER_PAGE = 2, OTHER_PCID = 4, GLOBAL = 8, CODE = 16,
       ALL = 31 };

static void cache_translations(struct pg *p)
{
    uint64_t pa;

    p->cpu->cr4 |= CR4_PCIDE | CR4_PGE;
    for (unsigned n = 1; n <= 3; n++)
        vt_physmem_write(p->r.pm, pg_entry_at(p, 3) + 8 * n,
                         (0x300000 + n * 0x1000) | E_PWU |
                             (n == 2 ? E_G : 0),
                         8);
    p->cpu->cr3 = PG_ROOT | 9;
    ia32_tlb_flush_all(p->cpu);
    rig_must(ia32_translate(p->cpu, PAGE(1), IA32_ACC_R, &pa) == IA32_OK,
             "PCID 9");
    p->cpu->cr3 = PG_ROOT | 5;
    for (unsigned n = 1; n <= 3; n++)
        rig_must(ia32_translate(p->cpu, PAGE(n), IA32_ACC_R, &pa) == IA32_OK,
                 "PCID 5");
    rig_must(ia32_translate(p->cpu, PAGE(1), IA32_ACC_X, &pa) == IA32_OK,
             "code");
}

static unsigned cached(const struct pg *p)
{
    static const struct {
        unsigned which, side, pcid, page;
    } places[] = {{HERE, IA32_TLB_DATA, 5, 1},
                  {OTHER_PAGE, IA32_TLB_DATA, 5, 3},
                  {OTHER_PCID, IA32_TLB_DATA, 9, 1},
                  {GLOBAL, IA32_TLB_DATA, 77, 2},
                  {CODE, IA32_TLB_CODE, 5, 1}};
    unsigned held = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(places); i++)
        if (ia32_tlb_lookup(p->cpu->tlb, places[i].side, places[i].pcid,
                            PAGE(places[i].page)))
            held |= places[i].which;
    return held;
}

enum op { INVLPG, INVPCID0, INVPCID1, INVPCID2, INVPCID3, CR0, CR3, CR4,
          FAULT };

static void invalidate(struct pg *p, enum op op, uint64_t arg, uint64_t la)
{
    enum ia32_status status = IA32_OK;

    switch (op) {
    case INVLPG: ia32_tlb_flush_page(p->cpu, la); break;
    case CR0: status = ia32_write_cr0(p->cpu, p->cpu->cr0 ^ arg); break;
    case CR3: status = ia32_write_cr3(p->cpu, arg); break;
    case CR4: status = ia32_write_cr4(p->cpu, p->cpu->cr4 ^ arg); break;
    case FAULT:
        p->cpu->cpl = 3;
        vt_physmem_write(p->r.pm, pg_entry_at(p, 3) + 8, 0, 8);
        vt_physmem_write(p->r.pm, pg_entry_at(p, 3) + 16, 0, 8);
        status = ia32_translate(p->cpu, la, IA32_ACC_W, &arg) == IA32_FAULT
                     ? IA32_OK
                     : IA32_FAULT;
        break;
    default:
        status = invpcid(p, op - INVPCID0, arg, la);
        break;
    }
    CU_ASSERT_EQUAL(status, IA32_OK);
}

static void invalidations(void)
{
    static const struct {
        const char *text;
        enum op op;
        uint64_t arg;
        unsigned page;
        unsigned gone;
    } rows[] = {
        {"INVLPG", INVLPG, 0, 1, HERE | CODE},
        {"INVLPG of another page", INVLPG, 0, 7, 0},
        {"INVLPG of a global page", INVLPG, 0, 2, GLOBAL},
        {"INVPCID 0, current PCID", INVPCID0, 5, 1, HERE | CODE},
        {"INVPCID 0, other PCID", INVPCID0, 9, 1, OTHER_PCID},
        {"INVPCID 0, PCID of nobody", INVPCID0, 7, 1, 0},
        {"INVPCID 0 keeps global pages", INVPCID0, 5, 2, 0},
        {"INVPCID 1, current PCID", INVPCID1, 5, 0,
         HERE | OTHER_PAGE | CODE},
        {"INVPCID 1, other PCID", INVPCID1, 9, 0, OTHER_PCID},
        {"INVPCID 2", INVPCID2, 0, 0, ALL},
        {"INVPCID 3", INVPCID3, 0, 0, ALL & ~GLOBAL},
        {"CR3, same PCID", CR3, PG_ROOT | 5, 0, HERE | OTHER_PAGE | CODE},
        {"CR3, other PCID", CR3, PG_ROOT | 9, 0, OTHER_PCID},
        {"CR3, bit 63, same PCID", CR3, VT_BIT(63) | PG_ROOT | 5, 0, 0},
        {"CR3, bit 63, other PCID", CR3, VT_BIT(63) | PG_ROOT | 9, 0, 0},
        {"CR4.PGE", CR4, CR4_PGE, 0, ALL},
        {"CR4.PCIDE cleared", CR4, CR4_PCIDE, 0, ALL},
        {"CR4.SMEP set", CR4, CR4_SMEP, 0, ALL},
        {"CR4.SMAP set", CR4, CR4_SMAP, 0, 0},
        {"CR4.PSE", CR4, CR4_PSE, 0, ALL},
        {"CR4.TSD", CR4, CR4_TSD, 0, 0},
        {"CR0.WP", CR0, CR0_WP, 0, 0},
        {"CR0.CD", CR0, CR0_CD, 0, 0},
        {"page fault", FAULT, 0, 1, HERE | CODE},
        {"page fault on a global page", FAULT, 0, 2, GLOBAL},
    };
    unsigned wrong = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pg p;

        pg_init(&p, LONG_4K);
        p.cpu->mode = IA32_MODE_LONG64 | IA32_MODE_PROT;
        cache_translations(&p);
        CU_ASSERT_EQUAL(cached(&p), ALL);
        invalidate(&p, rows[i].op, rows[i].arg,
                   PAGE(rows[i].page) + 0x10);
        if ((cached(&p) & ALL) != (ALL & ~rows[i].gone)) {
            printf("\n  %s: left %02x", rows[i].text, cached(&p));
            wrong++;
        }
        pg_done(&p);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(ARRAY_SIZE(rows), 25);
}

/* Each PCID has translations of its own; a global page serves all. */
static void pcids_see_their_own(void)
{
    struct pg p;
    uint64_t value;

    pg_init(&p, LONG_4K);
    p.cpu->mode = IA32_MODE_LONG64 | IA32_MODE_PROT;
    cache_translations(&p);
    for (unsigned n = 1; n <= 3; n++)
        rig_put32(&p.r, 0x300000 + n * 0x1000, n);
    /* Now PCID 9 has old translations, and so has PCID 5. */
    for (unsigned n = 1; n <= 3; n++)
        vt_physmem_write(p.r.pm, pg_entry_at(&p, 3) + 8 * n,
                         0x308000 | E_PWU, 8);
    rig_put32(&p.r, 0x308000, 8);
    static const struct {
        uint64_t cr3;
        unsigned page, value;
    } rows[] = {
        {VT_BIT(63) | 5, 1, 1}, {VT_BIT(63) | 9, 1, 1},
        {VT_BIT(63) | 9, 2, 2}, /* global */
        {VT_BIT(63) | 9, 3, 8}, /* had none */
        {VT_BIT(63) | 5, 3, 3}, {VT_BIT(63) | 6, 1, 8},
        {VT_BIT(63) | 5, 1, 1}, {5, 1, 8},
        {VT_BIT(63) | 9, 1, 1}, {9, 1, 8},
        {9, 2, 2},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        CU_ASSERT_EQUAL(ia32_write_cr3(p.cpu, PG_ROOT | rows[i].cr3),
                        IA32_OK);
        for (unsigned again = 0; again < 2; again++) {
            CU_ASSERT_EQUAL(ia32_read(p.cpu, IA32_DS, PAGE(rows[i].page), 4,
                                      &value),
                            IA32_OK);
            CU_ASSERT_EQUAL(value, rows[i].value);
        }
    }
    pg_done(&p);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"when PDPTE registers are loaded", pdpte_loads},
        {"PDPTE registers and CR0.PG", pdptes_and_pg},
        {"reserved bits of PDPTEs: #GP, nothing changed", pdpte_reserved},
        {"the walk uses the PDPTE registers", walk_uses_the_registers},
        {"values of CR3", cr3_values},
        {"INVPCID: operands and faults", invpcid_operands},
        {"what an invalidation drops, and no more", invalidations},
        {"a PCID sees its own translations and global ones",
         pcids_see_their_own},
    };

    return run_suite("ia32 paging and control registers", cases,
                     ARRAY_SIZE(cases));
}
