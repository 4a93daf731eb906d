/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/machine/physmem.h"
#include "tests/suite.h"

#include <stdlib.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static struct vt_physmem *with_ram(uint64_t pa, uint64_t bytes)
{
    struct vt_error err;
    struct vt_physmem *pm = vt_physmem_new();
    CU_ASSERT_EQUAL_FATAL(vt_physmem_add_ram(pm, pa, bytes, &err), VT_OK);
    return pm;
}

static void four_gib_cost_nothing(void)
{
    struct vt_physmem *pm = with_ram(0, 4 * GIB);
    CU_ASSERT_EQUAL(vt_physmem_ram_bytes(pm), 4 * GIB);
    CU_ASSERT_EQUAL(vt_physmem_page_count(pm), 0);
    /* Reading does not make pages. */
    CU_ASSERT_EQUAL(vt_physmem_read(pm, 3 * GIB, 8), 0);
    CU_ASSERT_EQUAL(vt_physmem_page_count(pm), 0);
    CU_ASSERT_PTR_NULL(vt_physmem_peek_page(pm, 3 * GIB));
    vt_physmem_write(pm, 3 * GIB, 1, 1);
    vt_physmem_write(pm, 3 * GIB + 4095, 1, 1);
    CU_ASSERT_EQUAL(vt_physmem_page_count(pm), 1);
    vt_physmem_write(pm, 4 * GIB - 1, 1, 1);
    CU_ASSERT_EQUAL(vt_physmem_page_count(pm), 2);
    vt_physmem_free(pm);
}

static void sixty_four_gib_is_the_limit(void)
{
    struct vt_error err;
    struct vt_physmem *pm = with_ram(0, VT_RAM_MAX_BYTES);
    vt_physmem_write(pm, VT_RAM_MAX_BYTES - 4, 7, 4);
    CU_ASSERT_EQUAL(vt_physmem_read(pm, VT_RAM_MAX_BYTES - 4, 4), 7);
    CU_ASSERT_EQUAL(vt_physmem_page_count(pm), 1);
    CU_ASSERT_EQUAL(vt_physmem_add_ram(pm, VT_RAM_MAX_BYTES, 4096, &err),
                    VT_ERR_INPUT);
    vt_physmem_free(pm);
}

static void bad_regions_are_refused(void)
{
    struct vt_error err;
    struct vt_physmem *pm = with_ram(MIB, MIB);
    const uint64_t bad[][2] = {
        {MIB + 1, 4096},    {4 * MIB, 100},  {4 * MIB, 0},
        {0, MIB + 4096},    {MIB, 4096},     {2 * MIB - 4096, 8192},
        {0, 64 * MIB},      {UINT64_MAX - 4095, 8192},
        {MIB + 8192, 4096},
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        err.text[0] = '\0';
        CU_ASSERT_EQUAL(vt_physmem_add_ram(pm, bad[i][0], bad[i][1], &err),
                        VT_ERR_INPUT);
        CU_ASSERT_NOT_EQUAL(err.text[0], '\0');
        CU_ASSERT_PTR_NULL(strchr(err.text, '\n'));
    }
    CU_ASSERT_EQUAL(vt_physmem_ram_bytes(pm), MIB);
    CU_ASSERT_EQUAL(vt_physmem_add_ram(pm, 0, MIB, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_physmem_add_ram(pm, 2 * MIB, MIB, &err), VT_OK);
    vt_physmem_free(pm);
}

static void overlap_names_both(void)
{
    struct vt_error err;
    struct vt_physmem *pm = with_ram(0, MIB);
    static const struct vt_mmio_ops ops = {NULL, NULL};
    CU_ASSERT_EQUAL(
        vt_physmem_add_mmio(pm, "vga", 0xa0000, 0x20000, &ops, NULL, &err),
        VT_ERR_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "vga at 0xa0000-0xbffff"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "RAM at 0x0-0xfffff"));
    vt_physmem_free(pm);
}

static void regions_come_in_address_order(void)
{
    struct vt_error err;
    struct vt_physmem *pm = with_ram(8 * MIB, MIB);
    uint64_t pa, bytes, last = 0;
    CU_ASSERT_EQUAL(vt_physmem_add_ram(pm, 2 * MIB, MIB, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_physmem_add_ram(pm, 4 * MIB, MIB, &err), VT_OK);
    unsigned i = 0;
    for (; vt_physmem_ram_region(pm, i, &pa, &bytes); i++) {
        CU_ASSERT_TRUE(pa > last);
        CU_ASSERT_EQUAL(bytes, MIB);
        last = pa;
    }
    CU_ASSERT_EQUAL(i, 3);
    CU_ASSERT_TRUE(vt_physmem_is_ram(pm, 5 * MIB - 1));
    CU_ASSERT_FALSE(vt_physmem_is_ram(pm, 5 * MIB));
    CU_ASSERT_FALSE(vt_physmem_is_ram(pm, 2 * MIB - 1));
    vt_physmem_free(pm);
}

static void holes_read_ones(void)
{
    struct vt_physmem *pm = with_ram(MIB, 4096);
    CU_ASSERT_EQUAL(vt_physmem_read(pm, 0, 1), 0xff);
    CU_ASSERT_EQUAL(vt_physmem_read(pm, 0x5000, 8), UINT64_MAX);
    vt_physmem_write(pm, 0x5000, 0, 8);
    CU_ASSERT_EQUAL(vt_physmem_read(pm, 0x5000, 4), 0xffffffff);
    /* From RAM into the hole behind it, and from the hole into RAM. */
    vt_physmem_write(pm, MIB + 4094, 0x11223344, 4);
    CU_ASSERT_EQUAL(vt_physmem_read(pm, MIB + 4094, 4), 0xffff3344);
    vt_physmem_write(pm, MIB - 2, 0x55667788, 4);
    CU_ASSERT_EQUAL(vt_physmem_read(pm, MIB - 2, 4), 0x5566ffff);
    CU_ASSERT_EQUAL(vt_physmem_read(pm, UINT64_MAX, 2), 0xffff);
    CU_ASSERT_PTR_NULL(vt_physmem_page(pm, 0));
    vt_physmem_free(pm);
}

static void every_size_and_alignment(void)
{
    struct vt_physmem *pm = with_ram(0, 16384);
    static const unsigned sizes[] = {1, 2, 4, 8};
    uint8_t want[16384] = {0}, got[16384];
    uint64_t value = UINT64_C(0x0123456789abcdef);
    for (unsigned s = 0; s < ARRAY_SIZE(sizes); s++)
        for (uint64_t pa = 4080; pa < 4112; pa++) {
            value = value * 6364136223846793005u + 1442695040888963407u;
            vt_physmem_write(pm, pa, value, sizes[s]);
            vt_stle(want + pa, value, sizes[s]);
            CU_ASSERT_EQUAL(vt_physmem_read(pm, pa, sizes[s]),
                            vt_ldle(want + pa, sizes[s]));
        }
    CU_ASSERT_TRUE(vt_physmem_get(pm, 0, got, sizeof got));
    CU_ASSERT_EQUAL(memcmp(got, want, sizeof got), 0);
    vt_physmem_free(pm);
}

static void put_and_get_stop_at_the_end(void)
{
    struct vt_physmem *pm = with_ram(0, 8192);
    uint8_t data[10000], back[10000];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    CU_ASSERT_TRUE(vt_physmem_put(pm, 100, data, 8092));
    CU_ASSERT_TRUE(vt_physmem_get(pm, 100, back, 8092));
    CU_ASSERT_EQUAL(memcmp(data, back, 8092), 0);
    CU_ASSERT_FALSE(vt_physmem_put(pm, 100, data, 8093));
    CU_ASSERT_FALSE(vt_physmem_get(pm, 100, back, 8093));
    CU_ASSERT_TRUE(vt_physmem_get(pm, 8192, back, 0));
    vt_physmem_free(pm);
}

static void pointers_never_move(void)
{
    struct vt_error err;
    struct vt_physmem *pm = with_ram(16 * MIB, MIB);
    struct vt_page *page = vt_physmem_page(pm, 16 * MIB + 5);
    uint8_t *data = page->data;
    for (uint64_t i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(vt_physmem_add_ram(pm, i * MIB, MIB, &err), VT_OK);
    for (uint64_t pa = 0; pa < 8 * MIB; pa += 4096)
        vt_physmem_write(pm, pa, pa, 8);
    vt_physmem_clear(pm);
    CU_ASSERT_PTR_EQUAL(vt_physmem_page(pm, 16 * MIB), page);
    CU_ASSERT_PTR_EQUAL(page->data, data);
    vt_physmem_free(pm);
}

static void only_writes_make_dirty(void)
{
    struct vt_physmem *pm = with_ram(0, MIB);
    struct vt_page *page = vt_physmem_page(pm, 4096);
    vt_physmem_read(pm, 4096, 4);
    CU_ASSERT_FALSE(page->dirty);
    vt_physmem_write(pm, 8190, 0, 4);
    CU_ASSERT_TRUE(page->dirty);
    CU_ASSERT_TRUE(vt_physmem_page(pm, 8192)->dirty);
    uint8_t byte = 0;
    CU_ASSERT_TRUE(vt_physmem_put(pm, 0x5000, &byte, 1));
    CU_ASSERT_TRUE(vt_physmem_page(pm, 0x5000)->dirty);
    vt_physmem_free(pm);
}

/* --- devices ------------------------------------------------------------- */

struct mmio_log {
    unsigned count;
    struct {
        uint64_t offset, value;
        unsigned size_bytes;
        bool is_write;
    } e[16];
};

static void log_access(void *opaque, uint64_t offset, uint64_t value,
                       unsigned size_bytes, bool is_write)
{
    struct mmio_log *log = opaque;
    CU_ASSERT_FATAL(log->count < 16);
    log->e[log->count].offset = offset;
    log->e[log->count].value = value;
    log->e[log->count].size_bytes = size_bytes;
    log->e[log->count++].is_write = is_write;
}

static uint64_t mmio_read(void *opaque, uint64_t offset, unsigned size_bytes)
{
    log_access(opaque, offset, 0, size_bytes, false);
    return UINT64_C(0x8877665544332211) >> (8 * (offset & 7));
}

static void mmio_write(void *opaque, uint64_t offset, uint64_t value,
                       unsigned size_bytes)
{
    log_access(opaque, offset, value, size_bytes, true);
}

static const struct vt_mmio_ops mmio_ops = {mmio_read, mmio_write};

static void devices_see_whole_accesses(void)
{
    struct vt_error err;
    struct mmio_log log = {0};
    struct vt_physmem *pm = with_ram(0, 4096);
    CU_ASSERT_EQUAL_FATAL(
        vt_physmem_add_mmio(pm, "dev", 4096, 0x104, &mmio_ops, &log, &err),
        VT_OK);
    CU_ASSERT_EQUAL(vt_physmem_read(pm, 4096, 4), 0x44332211);
    vt_physmem_write(pm, 4096 + 8, UINT64_C(0x1ffffffff), 4);
    CU_ASSERT_EQUAL(log.count, 2);
    CU_ASSERT_EQUAL(log.e[0].size_bytes, 4);
    CU_ASSERT_EQUAL(log.e[1].offset, 8);
    CU_ASSERT_EQUAL(log.e[1].value, 0xffffffff);
    CU_ASSERT_FALSE(vt_physmem_is_ram(pm, 4096));
    CU_ASSERT_PTR_NULL(vt_physmem_page(pm, 4096));
    /* Over the region's end: bytes, the last two in the hole. */
    log.count = 0;
    CU_ASSERT_EQUAL(vt_physmem_read(pm, 4096 + 0x102, 4), 0xffff4433);
    CU_ASSERT_EQUAL(log.count, 2);
    CU_ASSERT_EQUAL(log.e[0].size_bytes, 1);
    CU_ASSERT_EQUAL(log.e[1].offset, 0x103);
    /* From RAM into the device: three bytes are no bus access. */
    log.count = 0;
    vt_physmem_write(pm, 4095, 0xddccbbaa, 4);
    CU_ASSERT_EQUAL(vt_physmem_read(pm, 4095, 1), 0xaa);
    CU_ASSERT_EQUAL(log.count, 3);
    CU_ASSERT_EQUAL(log.e[2].value, 0xdd);
    vt_physmem_free(pm);
}

/* --- code marks ------------------------------------------------------------ */

struct watch_log {
    struct vt_physmem *pm;
    unsigned written, became;
    uint64_t page_pa, granules;
    uint64_t before; /* what memory held when the call came */
};

static void code_written(void *opaque, uint64_t page_pa, uint64_t granules)
{
    struct watch_log *log = opaque;
    log->written++;
    log->page_pa = page_pa;
    log->granules = granules;
    log->before = vt_physmem_read(log->pm, 0x1080, 4);
}

static void became_code(void *opaque, uint64_t page_pa)
{
    struct watch_log *log = opaque;
    log->became++;
    log->page_pa = page_pa;
}

static void writes_to_code_are_told(void)
{
    struct watch_log log = {0};
    struct vt_physmem *pm = log.pm = with_ram(0, MIB);
    const struct vt_code_watcher w = {code_written, became_code, &log};
    vt_physmem_watch_code(pm, &w);
    vt_physmem_write(pm, 0x1080, 0x11, 4);
    CU_ASSERT_EQUAL(log.written, 0);
    vt_physmem_mark_code(pm, 0x1080, 65); /* granules 2 and 3 */
    CU_ASSERT_EQUAL(log.became, 1);
    CU_ASSERT_EQUAL(log.page_pa, 0x1000);
    vt_physmem_mark_code(pm, 0x1200, 1); /* granule 8: not the first mark */
    CU_ASSERT_EQUAL(log.became, 1);
    CU_ASSERT_EQUAL(vt_physmem_page(pm, 0x1000)->code_mask, 0x10c);
    vt_physmem_write(pm, 0x107c, 1, 4); /* granule 1 is data */
    vt_physmem_write(pm, 0x1100, 1, 4); /* granule 4 too */
    CU_ASSERT_EQUAL(log.written, 0);
    vt_physmem_write(pm, 0x1080, 0x22, 4);
    CU_ASSERT_EQUAL(log.written, 1);
    CU_ASSERT_EQUAL(log.granules, 4);
    CU_ASSERT_EQUAL(log.before, 0x11); /* told before the write lands */
    CU_ASSERT_EQUAL(vt_physmem_page(pm, 0x1000)->code_mask, 0x108);
    vt_physmem_write(pm, 0x1080, 0x33, 4); /* no mark, no call */
    CU_ASSERT_EQUAL(log.written, 1);
    uint8_t many[0x1000] = {0};
    CU_ASSERT_TRUE(vt_physmem_put(pm, 0x0f00, many, sizeof many));
    CU_ASSERT_EQUAL(log.written, 2);
    CU_ASSERT_EQUAL(log.granules, 0x108);
    vt_physmem_free(pm);
}

static void marks_and_writes_cross_pages(void)
{
    struct watch_log log = {0};
    struct vt_physmem *pm = log.pm = with_ram(0, MIB);
    const struct vt_code_watcher w = {code_written, became_code, &log};
    vt_physmem_watch_code(pm, &w);
    vt_physmem_mark_code(pm, 0x1ffe, 4);
    CU_ASSERT_EQUAL(log.became, 2);
    CU_ASSERT_EQUAL(vt_physmem_page(pm, 0x1000)->code_mask, VT_BIT(63));
    CU_ASSERT_EQUAL(vt_physmem_page(pm, 0x2000)->code_mask, 1);
    vt_physmem_write(pm, 0x1fff, 0, 8);
    CU_ASSERT_EQUAL(log.written, 2);
    vt_physmem_mark_code(pm, 0x3000, 1);
    vt_physmem_clear(pm);
    CU_ASSERT_EQUAL(log.written, 3);
    CU_ASSERT_EQUAL(log.page_pa, 0x3000);
    CU_ASSERT_EQUAL(vt_physmem_page(pm, 0x3000)->code_mask, 0);
    vt_physmem_mark_code(pm, 8 * MIB, 64); /* a hole: nothing to mark */
    vt_physmem_free(pm);
}

static void count_visits(void *opaque, uint64_t pa,
                         const struct vt_page *page)
{
    uint64_t *sum = opaque;
    CU_ASSERT_TRUE(pa > sum[1] || sum[0] == 0);
    CU_ASSERT_EQUAL(vt_ldle(page->data, 8), pa);
    sum[0]++;
    sum[1] = pa;
}

static void touched_pages_are_visited_in_order(void)
{
    struct vt_error err;
    uint64_t sum[2] = {0, 0};
    struct vt_physmem *pm = with_ram(0, 8 * MIB);
    CU_ASSERT_EQUAL(vt_physmem_add_ram(pm, 4 * GIB, MIB, &err), VT_OK);
    static const uint64_t at[] = {4 * GIB + 4096, 0x7ff000, 0, 0x200000};
    for (size_t i = 0; i < ARRAY_SIZE(at); i++)
        vt_physmem_write(pm, at[i], at[i], 8);
    vt_physmem_each_page(pm, count_visits, sum);
    CU_ASSERT_EQUAL(sum[0], 4);
    CU_ASSERT_EQUAL(sum[1], 4 * GIB + 4096);
    vt_physmem_free(pm);
}

static const struct test_case cases[] = {
    {"4 GiB of RAM cost only the pages that are written",
     four_gib_cost_nothing},
    {"64 GiB of RAM is the limit", sixty_four_gib_is_the_limit},
    {"bad regions are refused and change nothing", bad_regions_are_refused},
    {"an overlap is told with both regions", overlap_names_both},
    {"regions come in address order", regions_come_in_address_order},
    {"holes read as ones and lose writes", holes_read_ones},
    {"every size at every alignment round a page end",
     every_size_and_alignment},
    {"put and get stop where RAM ends", put_and_get_stop_at_the_end},
    {"page pointers never move", pointers_never_move},
    {"writes and only writes make a page dirty", only_writes_make_dirty},
    {"devices see whole accesses; odd ones come as bytes",
     devices_see_whole_accesses},
    {"a write to marked code is told before it lands",
     writes_to_code_are_told},
    {"marks and writes cross pages", marks_and_writes_cross_pages},
    {"touched pages are visited in address order",
     touched_pages_are_visited_in_order},
};

int main(void)
{
    return run_suite("physmem", cases, ARRAY_SIZE(cases));
}
