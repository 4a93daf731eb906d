/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The modelled TLB's geometry and replacement, and its snapshot. */
#include "tests/ia32/rig.h"

static struct ia32_tlb *tlb_with(struct ia32_tlb_geometry geometry)
{
    struct ia32_model model = {.itlb = geometry, .dtlb = geometry};

    return ia32_tlb_new(&model);
}

static void insert(struct ia32_tlb *tlb, uint64_t la, unsigned page_bits)
{
    uint64_t first = la >> page_bits << page_bits;
    struct ia32_tlb_entry entry = {.la = first,
                                   .gpa = first + 0x40000000,
                                   .page_bits = (uint8_t)page_bits,
                                   .flags = IA32_TLB_W};

    ia32_tlb_insert(tlb, IA32_TLB_DATA, la, &entry, false);
}

/* Where la goes; 0 when it is not there. */
static uint64_t target(const struct ia32_tlb *tlb, uint64_t la)
{
    const struct ia32_tlb_entry *entry =
        ia32_tlb_lookup(tlb, IA32_TLB_DATA, 0, la);

    return entry ? entry->gpa + (la - entry->la) : 0;
}

static bool holds(const struct ia32_tlb *tlb, uint64_t la)
{
    return target(tlb, la) == la + 0x40000000;
}

static void oldest_fill_goes(void)
{
    /* 4 sets of 2 ways: pages 0, 4, 8 share set 0. */
    struct ia32_tlb *tlb =
        tlb_with((struct ia32_tlb_geometry){8, 2, 0, 0, 0, 0});

    insert(tlb, 0x0000, 12);
    insert(tlb, 0x4000, 12);
    insert(tlb, 0x1000, 12); /* another set */
    for (unsigned i = 0; i < 10; i++)
        CU_ASSERT_TRUE(holds(tlb, 0x0000)); /* use changes nothing */
    insert(tlb, 0x8000, 12);
    CU_ASSERT_FALSE(holds(tlb, 0x0000));
    CU_ASSERT_TRUE(holds(tlb, 0x4000));
    CU_ASSERT_TRUE(holds(tlb, 0x8fff));
    CU_ASSERT_TRUE(holds(tlb, 0x1000));
    insert(tlb, 0x0000, 12);
    CU_ASSERT_FALSE(holds(tlb, 0x4000));
    ia32_tlb_free(tlb);
}

static void refill_keeps_its_place(void)
{
    struct ia32_tlb *tlb =
        tlb_with((struct ia32_tlb_geometry){2, 2, 0, 0, 0, 0});

    insert(tlb, 0x0000, 12);
    insert(tlb, 0x1000, 12);
    insert(tlb, 0x0000, 12); /* D set later, say */
    insert(tlb, 0x2000, 12);
    CU_ASSERT_FALSE(holds(tlb, 0x0000)); /* still the oldest */
    CU_ASSERT_TRUE(holds(tlb, 0x1000));
    ia32_tlb_free(tlb);
}

static void capacity(void)
{
    static const struct ia32_tlb_geometry geometries[] = {
        {64, 64, 0, 0, 0, 0}, {128, 4, 4, 4, 0, 0},
        {256, 4, 32, 4, 0, 0}, {32, 4, 2, 2, 0, 0}};

    for (unsigned g = 0; g < ARRAY_SIZE(geometries); g++) {
        struct ia32_tlb *tlb = tlb_with(geometries[g]);
        unsigned held = 0;

        for (unsigned i = 0; i < 1000; i++)
            insert(tlb, i * UINT64_C(0x1000), 12);
        for (unsigned i = 0; i < 1000; i++)
            held += holds(tlb, i * UINT64_C(0x1000));
        CU_ASSERT_EQUAL(held, geometries[g].small_entries);
        held = 0;
        for (unsigned i = 0; i < 100; i++)
            insert(tlb, i * UINT64_C(0x400000), 22);
        for (unsigned i = 0; i < 100; i++)
            held += holds(tlb, i * UINT64_C(0x400000));
        if (geometries[g].large_entries)
            CU_ASSERT_EQUAL(held, geometries[g].large_entries);
        ia32_tlb_free(tlb);
    }
}

static void large_array(void)
{
    struct ia32_tlb *tlb =
        tlb_with((struct ia32_tlb_geometry){8, 2, 4, 4, 0, 0});

    insert(tlb, 0x412345, 22);
    CU_ASSERT_TRUE(holds(tlb, 0x400000));
    CU_ASSERT_TRUE(holds(tlb, 0x7fffff));
    CU_ASSERT_FALSE(holds(tlb, 0x3fffff));
    CU_ASSERT_FALSE(holds(tlb, 0x800000));
    /* The page is small now: the large entry must not linger beside it. */
    insert(tlb, 0x412345, 12);
    CU_ASSERT_TRUE(holds(tlb, 0x412345));
    CU_ASSERT_FALSE(holds(tlb, 0x400000));
    ia32_tlb_free(tlb);
}

static void pieces_of_large_pages(void)
{
    struct ia32_tlb *tlb =
        tlb_with((struct ia32_tlb_geometry){8, 8, 0, 0, 0, 0});

    insert(tlb, 0x400000, 22);
    insert(tlb, 0x7ff000, 22);
    insert(tlb, 0x800000, 22);
    CU_ASSERT_TRUE(holds(tlb, 0x400fff));
    CU_ASSERT_TRUE(holds(tlb, 0x7ff000));
    CU_ASSERT_FALSE(holds(tlb, 0x500000)); /* a piece nobody filled */
    ia32_tlb_drop_page(tlb, 0, 0x7ff123);
    CU_ASSERT_FALSE(holds(tlb, 0x7ff000));
    CU_ASSERT_FALSE(holds(tlb, 0x400000)); /* the whole page goes */
    CU_ASSERT_TRUE(holds(tlb, 0x800000));
    ia32_tlb_free(tlb);
}

/* What the modelled TLB loses, the fast one must not keep. */
static void fast_entries_die_with_theirs(void)
{
    struct rig r;
    uint64_t value;

    rig_init_model(&r, "prescott"); /* 64 entries, fully associative */
    rig_paging(&r, 0, 0);
    rig_put32(&r, 0x200000, 0x1111);
    rig_put32(&r, 0x201000, 0x2222);
    rig_pte(&r, 0x800000, 0x200000 | PTE_RW);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, 0x800000, 4, &value), IA32_OK);
    rig_pte(&r, 0x800000, 0x201000 | PTE_RW);
    for (unsigned i = 1; i <= 64; i++) {
        CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, 0x800000, 4, &value),
                        IA32_OK);
        CU_ASSERT_EQUAL(value, 0x1111);
        CU_ASSERT_EQUAL(
            ia32_read(r.cpu, IA32_DS, i * 0x1000, 4, &value), IA32_OK);
    }
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, 0x800000, 4, &value), IA32_OK);
    CU_ASSERT_EQUAL(value, 0x2222);
    rig_done(&r);
}

/* A program must not be able to tell whether the fast TLB is there: same
 * values, same clock. */
static void fast_is_invisible(void)
{
    uint64_t clock[2], sum[2];

    for (unsigned sealed = 0; sealed < 2; sealed++) {
        struct rig r;
        uint64_t value = 0, seed = 1;

        rig_init_model(&r, "pentium-pro");
        rig_paging(&r, CR0_WP, 0);
        r.cpu->tlb->sealed = sealed;
        sum[sealed] = 0;
        for (unsigned i = 0; i < 20000; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1;
            uint64_t la = 0x200000 + (seed >> 33) % 0x100000;
            unsigned size = 1u << (seed >> 30 & 3);
            enum ia32_status status;

            r.cpu->cpl = seed >> 29 & 1 ? 3 : 0;
            status = seed >> 28 & 1
                         ? ia32_read(r.cpu, IA32_DS, la, size, &value)
                         : ia32_write(r.cpu, IA32_DS, la, size, value = seed);
            sum[sealed] = sum[sealed] * 31 + value + status;
            if ((seed >> 40) % 100 == 0)
                ia32_tlb_flush_page(r.cpu, la);
            if ((seed >> 40) % 100 == 1)
                rig_pte(&r, (uint32_t)la,
                        (uint32_t)(0x200000 + (seed >> 20 & 0xff000)) |
                            (seed >> 50 & 7));
        }
        clock[sealed] = r.cpu->base.now_cycles;
        CU_ASSERT_TRUE(rig_balanced(&r));
        rig_done(&r);
    }
    CU_ASSERT_EQUAL(clock[0], clock[1]);
    CU_ASSERT_EQUAL(sum[0], sum[1]);
    CU_ASSERT_TRUE(clock[0] > 0);
}

static void snapshot_keeps_stale_entries(void)
{
    struct rig r;
    struct vt_writer *w = vt_writer_new();
    struct vt_reader *reader;
    struct vt_error err;
    const void *data;
    size_t bytes;
    uint64_t value;

    rig_init(&r);
    rig_paging(&r, 0, 0);
    rig_put32(&r, 0x200000, 0x1111);
    rig_pte(&r, 0x800000, 0x200000 | PTE_RW);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, 0x800000, 4, &value), IA32_OK);
    vt_writer_begin(w, "tlb");
    ia32_tlb_save(r.cpu, w);
    vt_writer_end(w);
    data = vt_writer_finish(w, &bytes);
    rig_pte(&r, 0x800000, 0);
    ia32_tlb_flush_all(r.cpu);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, 0x800000, 4, &value),
                    IA32_FAULT);
    CU_ASSERT_EQUAL(vt_reader_open(data, bytes, &reader, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_reader_section(reader, "tlb", &err), VT_OK);
    ia32_tlb_load(r.cpu, reader);
    CU_ASSERT_EQUAL(vt_reader_close_section(reader, &err), VT_OK);
    CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, 0x800000, 4, &value), IA32_OK);
    CU_ASSERT_EQUAL(value, 0x1111);
    vt_reader_free(reader);
    vt_writer_free(w);
    rig_done(&r);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"the oldest fill of a set is replaced, used or not",
         oldest_fill_goes},
        {"filling a page again keeps its age", refill_keeps_its_place},
        {"holds as many pages as the model says", capacity},
        {"large pages in an array of their own", large_array},
        {"large pages in pieces of 4 KiB", pieces_of_large_pages},
        {"an eviction kills the fast entry", fast_entries_die_with_theirs},
        {"the fast TLB changes no value and no clock", fast_is_invisible},
        {"a snapshot keeps stale entries", snapshot_keeps_stale_entries},
    };

    return run_suite("ia32 TLB", cases, ARRAY_SIZE(cases));
}
