/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The modelled TLB's geometry and replacement, its snapshot, and the fast TLB
 * in front of it. */
#include "tests/ia32/pgrig.h"

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

/* The same in 64-bit mode, with everything that can change what an access may
 * do: PCIDs, EFLAGS.AC under SMAP, CR0.WP, CPL, pages of three sizes, and
 * every kind of invalidation. */
struct fast_run {
    struct pg p;
    uint64_t seed, sum;
};

static uint64_t next(struct fast_run *f)
{
    f->seed ^= f->seed << 13;
    f->seed ^= f->seed >> 7;
    f->seed ^= f->seed << 17;
    return f->seed;
}

static uint64_t some_address(struct fast_run *f)
{
    uint64_t any = next(f), offset = any >> 20 & 0xfff;

    switch (any & 7) {
    case 0: /* 2-MiB pages */
        return f->p.shape->la - (f->p.shape->la & 0x3fffffff) +
               ((any >> 3 & 3) << 21) + (any >> 5 & 0x1ff000) + offset;
    case 1: /* the 1-GiB page */
        return (f->p.shape->la & ~VT_BITS(38, 0)) +
               (any >> 5 & 0xfff000) + offset;
    default:
        return f->p.shape->la + (any >> 5 & 0x7f000) + offset;
    }
}

static void change_tables(struct fast_run *f)
{
    uint64_t any = next(f);
    uint64_t rights = E_P | (any & (E_W | E_U)) | (any & E_D) |
                      (any >> 8 & 3 ? 0 : E_G);
    uint64_t slot = any >> 10 & 0x7f;

    switch (any >> 20 & 7) {
    case 0:
        vt_physmem_write(f->p.r.pm, PG_ROOT + 0x2000 + (slot & 3) * 8,
                         (any >> 30 & 7) << 21 | rights | E_PS, 8);
        break;
    case 1:
        vt_physmem_write(f->p.r.pm, PG_ROOT + 0x1000, rights | E_PS, 8);
        break;
    default:
        vt_physmem_write(f->p.r.pm,
                         PG_ROOT + 0x3000 +
                             ((f->p.shape->la >> 12 & 511) + slot) * 8,
                         (0x200 + (any >> 30 & 0xff)) << 12 | rights, 8);
        break;
    }
}

static void change_mode(struct fast_run *f)
{
    struct ia32_cpu *cpu = f->p.cpu;
    uint64_t any = next(f), la = some_address(f);

    switch (any % 16) {
    case 0: ia32_tlb_flush_page(cpu, la); break;
    case 1: ia32_tlb_flush_pcid_page(cpu, any >> 8 & 3, la); break;
    case 2: ia32_tlb_flush_pcid(cpu, any >> 8 & 3); break;
    case 3: ia32_tlb_flush_all_nonglobal(cpu); break;
    case 4: ia32_tlb_flush_all(cpu); break;
    case 5: f->sum += ia32_write_cr0(cpu, cpu->cr0 ^ CR0_WP); break;
    case 6: f->sum += ia32_write_cr4(cpu, cpu->cr4 ^ CR4_SMAP); break;
    case 7: f->sum += ia32_write_cr4(cpu, cpu->cr4 ^ CR4_SMEP); break;
    case 8:
    case 9:
        f->sum += ia32_write_cr3(cpu, PG_ROOT | (any >> 8 & 3) |
                                          (any >> 12 & 1) << 63);
        break;
    case 10:
    case 11: cpu->rflags ^= FL_AC; break;
    default: cpu->cpl = any >> 8 & 1 ? 3 : 0; break;
    }
}

static void one_access(struct fast_run *f)
{
    struct ia32_cpu *cpu = f->p.cpu;
    uint64_t any = next(f), la = some_address(f), value = any, pa;
    unsigned size = 1u << (any & 3);
    enum ia32_status status;

    if (any >> 4 & 1)
        la &= ~(uint64_t)(size - 1);
    switch (any >> 8 & 7) {
    case 0: status = ia32_translate(cpu, la, IA32_ACC_X, &pa); break;
    case 1:
        status = ia32_la_read(cpu, la, size, IA32_ACC_R | IA32_ACC_IMPLICIT,
                              &value);
        break;
    case 2: status = ia32_la_probe(cpu, la, size, IA32_ACC_W); break;
    case 3:
    case 4:
    case 5: status = ia32_read(cpu, IA32_DS, la, size, &value); break;
    default: status = ia32_write(cpu, IA32_DS, la, size, any); break;
    }
    f->sum = f->sum * 31 + value + status +
             (status == IA32_FAULT ? cpu->pending.error_code : 0);
}

static void fast_is_invisible_in_64bit_mode(void)
{
    static const char *const models[] = {
        "prescott,+fpu,+mmx,+fxsr,+sse,+sse2,+pae,+nx,+syscall,+lm,+pcid,"
        "+pdpe1gb,+smep,+smap",
        "merom,+fpu,+mmx,+fxsr,+sse,+sse2,+pae,+nx,+syscall,+lm,+pcid,"
        "+pdpe1gb,+smep,+smap",
        PG_MODEL};

    for (unsigned m = 0; m < ARRAY_SIZE(models); m++) {
        uint64_t clock[2], sum[2];

        for (unsigned sealed = 0; sealed < 2; sealed++) {
            struct fast_run f = {.seed = 4711 + m};

            pg_init_model(&f.p, &pg_shapes[4], models[m]);
            f.p.cpu->mode = IA32_MODE_LONG64 | IA32_MODE_PROT;
            f.p.cpu->cr4 |= CR4_PCIDE | CR4_PGE;
            f.p.cpu->tlb->sealed = sealed;
            for (unsigned i = 0; i < 100; i++)
                change_tables(&f);
            for (unsigned i = 0; i < 40000; i++) {
                if (next(&f) % 16 == 0)
                    change_tables(&f);
                if (next(&f) % 16 == 0)
                    change_mode(&f);
                for (unsigned k = 0; k < 4; k++)
                    one_access(&f);
            }
            sum[sealed] = f.sum;
            clock[sealed] = f.p.cpu->base.now_cycles;
            pg_done(&f.p);
        }
        CU_ASSERT_EQUAL(clock[0], clock[1]);
        CU_ASSERT_EQUAL(sum[0], sum[1]);
    }
}

/* The numbers of generations come round; an entry from the last round must
 * not live again. */
static void generations_come_round(void)
{
    uint64_t value;
    struct rig r;

    rig_init(&r);
    rig_paging(&r, 0, 0);
    rig_put32(&r, 0x200000, 0x1111);
    rig_put32(&r, 0x201000, 0x2222);
    for (unsigned flushes = 1; flushes <= 600; flushes++) {
        rig_pte(&r, 0x800000, 0x200000 | PTE_RW);
        ia32_tlb_flush_all(r.cpu);
        for (unsigned k = 0; k < 2; k++)
            CU_ASSERT_EQUAL(
                ia32_read(r.cpu, IA32_DS, 0x800000, 4, &value), IA32_OK);
        CU_ASSERT_EQUAL(value, 0x1111);
        rig_pte(&r, 0x800000, 0x201000 | PTE_RW);
        for (unsigned i = 0; i < flushes; i++)
            ia32_tlb_flush_nonglobal(r.cpu);
        CU_ASSERT_EQUAL(ia32_read(r.cpu, IA32_DS, 0x800000, 4, &value),
                        IA32_OK);
        CU_ASSERT_EQUAL(value, 0x2222);
    }
    rig_done(&r);
}

/* --- sizes and PCIDs ----------------------------------------------------------- */

static void fill(struct ia32_tlb *tlb, uint64_t la, unsigned page_bits,
                 unsigned pcid, unsigned flags)
{
    uint64_t first = la >> page_bits << page_bits;
    struct ia32_tlb_entry entry = {.la = first,
                                   .gpa = first + 0x40000000,
                                   .page_bits = (uint8_t)page_bits,
                                   .pcid = (uint16_t)pcid,
                                   .flags = (uint8_t)flags};

    ia32_tlb_insert(tlb, IA32_TLB_DATA, la, &entry, false);
}

/* A page is held in the largest array there is for it. */
static void page_sizes(void)
{
    static const struct {
        struct ia32_tlb_geometry geometry;
        unsigned page_bits;
        uint64_t held; /* bytes of the page that one fill brings */
    } rows[] = {
        {{8, 2, 4, 4, 4, 4}, 12, 0x1000},
        {{8, 2, 4, 4, 4, 4}, 21, 0x200000},
        {{8, 2, 4, 4, 4, 4}, 22, 0x400000},
        {{8, 2, 4, 4, 4, 4}, 30, 0x40000000},
        {{8, 2, 4, 4, 0, 0}, 30, 0x200000},
        {{8, 2, 0, 0, 0, 0}, 21, 0x1000},
        {{8, 2, 0, 0, 0, 0}, 30, 0x1000},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct ia32_tlb *tlb = tlb_with(rows[i].geometry);
        uint64_t la = UINT64_C(0x5c0000000) + VT_BIT(rows[i].page_bits) -
                      0x1000;
        uint64_t first = la & ~(rows[i].held - 1);

        fill(tlb, la, rows[i].page_bits, 0, 0);
        CU_ASSERT_TRUE(holds(tlb, first));
        CU_ASSERT_TRUE(holds(tlb, first + rows[i].held - 1));
        CU_ASSERT_FALSE(holds(tlb, first - 1));
        CU_ASSERT_FALSE(holds(tlb, first + rows[i].held));
        ia32_tlb_drop_page(tlb, 0, la & ~(VT_BIT(rows[i].page_bits) - 1));
        CU_ASSERT_FALSE(holds(tlb, la)); /* whichever piece was named */
        ia32_tlb_free(tlb);
    }
}

/* Pages of 4 MiB and of 2 MiB never share the arrays. */
static void large_pages_of_one_mode(void)
{
    struct ia32_tlb *tlb = tlb_with((struct ia32_tlb_geometry){8, 2, 4, 4, 0,
                                                               0});

    fill(tlb, 0x400000, 22, 0, 0);
    CU_ASSERT_TRUE(holds(tlb, 0x7fffff));
    fill(tlb, 0x1000000, 21, 0, 0);
    CU_ASSERT_FALSE(holds(tlb, 0x400000));
    CU_ASSERT_TRUE(holds(tlb, 0x11fffff));
    CU_ASSERT_FALSE(holds(tlb, 0x1200000));
    ia32_tlb_free(tlb);
}

/* Bytes of a snapshot of the TLB; the caller frees w. */
static const void *saved(struct rig *r, struct vt_writer *w, size_t *bytes)
{
    vt_writer_begin(w, "tlb");
    ia32_tlb_save(r->cpu, w);
    vt_writer_end(w);
    return vt_writer_finish(w, bytes);
}

/* What a snapshot holds does not depend on how a TLB came to hold it: flushed
 * entries leave nothing behind, and a restored TLB is saved as it was. */
static void snapshot_is_what_lives(void)
{
    struct vt_writer *w[3];
    const void *data[3];
    size_t bytes[3];
    struct rig r[3];

    for (unsigned i = 0; i < 3; i++) {
        rig_init_model(&r[i], "ivybridge-ep");
        w[i] = vt_writer_new();
    }
    /* The first has a past. */
    fill(r[0].cpu->tlb, 0x1000, 12, 3, IA32_TLB_G);
    ia32_tlb_flush_all(r[0].cpu);
    fill(r[0].cpu->tlb, 0x1000, 12, 7, IA32_TLB_W);
    fill(r[0].cpu->tlb, 0x2000, 12, 9, 0);
    ia32_tlb_flush_pcid(r[0].cpu, 7);
    ia32_tlb_flush_all_nonglobal(r[0].cpu);
    for (unsigned i = 0; i < 2; i++) {
        fill(r[i].cpu->tlb, 0x1000, 12, 5, IA32_TLB_W);
        fill(r[i].cpu->tlb, UINT64_C(0xffff800040000000), 30, 0, IA32_TLB_G);
        fill(r[i].cpu->tlb, 0x600000, 21, 4095, IA32_TLB_U);
        data[i] = saved(&r[i], w[i], &bytes[i]);
    }
    CU_ASSERT_TRUE(bytes[0] == bytes[1] &&
                   memcmp(data[0], data[1], bytes[0]) == 0);
    /* The third is restored from the second. */
    struct vt_reader *reader;
    struct vt_error err;
    CU_ASSERT_EQUAL(vt_reader_open(data[1], bytes[1], &reader, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_reader_section(reader, "tlb", &err), VT_OK);
    ia32_tlb_load(r[2].cpu, reader);
    CU_ASSERT_EQUAL(vt_reader_close_section(reader, &err), VT_OK);
    vt_reader_free(reader);
    CU_ASSERT_PTR_NOT_NULL(
        ia32_tlb_lookup(r[2].cpu->tlb, IA32_TLB_DATA, 4095, 0x6fffff));
    CU_ASSERT_PTR_NULL(
        ia32_tlb_lookup(r[2].cpu->tlb, IA32_TLB_DATA, 0, 0x6fffff));
    CU_ASSERT_PTR_NOT_NULL(ia32_tlb_lookup(
        r[2].cpu->tlb, IA32_TLB_DATA, 1, UINT64_C(0xffff800040000000)));
    data[2] = saved(&r[2], w[2], &bytes[2]);
    CU_ASSERT_TRUE(bytes[2] == bytes[1] &&
                   memcmp(data[2], data[1], bytes[1]) == 0);
    for (unsigned i = 0; i < 3; i++) {
        vt_writer_free(w[i]);
        rig_done(&r[i]);
    }
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
        {"nor does it in 64-bit mode", fast_is_invisible_in_64bit_mode},
        {"generations come round", generations_come_round},
        {"pages of all sizes", page_sizes},
        {"4-MiB and 2-MiB pages do not mix", large_pages_of_one_mode},
        {"a snapshot is what lives", snapshot_is_what_lives},
        {"a snapshot keeps stale entries", snapshot_keeps_stale_entries},
    };

    return run_suite("ia32 TLB", cases, ARRAY_SIZE(cases));
}
