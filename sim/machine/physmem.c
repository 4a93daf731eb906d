/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host-physical memory: a sorted list of regions.  RAM is a directory of
 * chunks of page structs; a chunk exists once one of its pages was touched,
 * and a page's 4 KiB of data once that page was touched.  So 4 GiB of RAM
 * start as 2048 null pointers.
 *
 *   region -> chunk[2 MiB each] -> page[512] -> data[4096]
 *
 * Left out: caching attributes (they change no value here) and bus errors
 * (a PC chipset answers every address). */
#include "sim/machine/physmem.h"

#include <inttypes.h>
#include <stdlib.h>

#define CHUNK_SHIFT 21
#define CHUNK_PAGES (1u << (CHUNK_SHIFT - VT_PAGE_SHIFT))
#define MAX_WATCHERS 8u

struct chunk {
    struct vt_page pages[CHUNK_PAGES];
};

struct region {
    uint64_t pa, bytes;
    char *name;
    struct chunk **chunks; /* RAM only */
    size_t chunk_count;
    const struct vt_mmio_ops *ops; /* devices only */
    void *opaque;
};

struct vt_physmem {
    struct region *regions; /* by ascending pa, no two overlap */
    unsigned region_count;
    uint64_t ram_bytes;
    size_t page_count; /* pages that have data */
    const struct vt_code_watcher *watchers[MAX_WATCHERS];
    unsigned watcher_count;
};

/* --- regions ------------------------------------------------------------ */

struct vt_physmem *vt_physmem_new(void)
{
    return vt_alloc(1, sizeof(struct vt_physmem));
}

static void free_region(struct region *r)
{
    for (size_t i = 0; i < r->chunk_count; i++) {
        for (unsigned k = 0; r->chunks[i] && k < CHUNK_PAGES; k++)
            free(r->chunks[i]->pages[k].data);
        free(r->chunks[i]);
    }
    free(r->chunks);
    free(r->name);
}

void vt_physmem_free(struct vt_physmem *pm)
{
    if (!pm)
        return;
    for (unsigned i = 0; i < pm->region_count; i++)
        free_region(&pm->regions[i]);
    free(pm->regions);
    free(pm);
}

/* The region that holds pa, or NULL. */
static struct region *find_region(const struct vt_physmem *pm, uint64_t pa)
{
    unsigned low = 0, high = pm->region_count;
    while (low < high) {
        unsigned mid = low + (high - low) / 2;
        struct region *r = &pm->regions[mid];
        if (pa < r->pa)
            high = mid;
        else if (pa - r->pa >= r->bytes)
            low = mid + 1;
        else
            return r;
    }
    return NULL;
}

/* The region that shares a byte with pa..pa+bytes-1, or NULL. */
static const struct region *find_overlap(const struct vt_physmem *pm,
                                         uint64_t pa, uint64_t bytes)
{
    for (unsigned i = 0; i < pm->region_count; i++) {
        const struct region *r = &pm->regions[i];
        if (pa <= r->pa + (r->bytes - 1) && r->pa <= pa + (bytes - 1))
            return r;
    }
    return NULL;
}

/* Check a new region and make room for it at its place in the order. */
static enum vt_err add_region(struct vt_physmem *pm, const char *name,
                              uint64_t pa, uint64_t bytes,
                              struct region **added, struct vt_error *err)
{
    if (bytes == 0 || bytes - 1 > UINT64_MAX - pa)
        return vt_fail(err, VT_ERR_INPUT,
                       "%s: 0x%" PRIx64 " bytes at 0x%" PRIx64
                       " do not fit the physical address space",
                       name, bytes, pa);
    const struct region *other = find_overlap(pm, pa, bytes);
    if (other)
        return vt_fail(err, VT_ERR_INPUT,
                       "%s at 0x%" PRIx64 "-0x%" PRIx64
                       " overlaps %s at 0x%" PRIx64 "-0x%" PRIx64,
                       name, pa, pa + (bytes - 1), other->name, other->pa,
                       other->pa + (other->bytes - 1));
    pm->regions = vt_realloc(pm->regions, pm->region_count + (size_t)1,
                             sizeof *pm->regions);
    unsigned at = pm->region_count++;
    for (; at > 0 && pm->regions[at - 1].pa > pa; at--)
        pm->regions[at] = pm->regions[at - 1];
    pm->regions[at] = (struct region){
        .pa = pa, .bytes = bytes, .name = vt_strdup(name)};
    *added = &pm->regions[at];
    return VT_OK;
}

enum vt_err vt_physmem_add_ram(struct vt_physmem *pm, uint64_t pa,
                               uint64_t bytes, struct vt_error *err)
{
    if ((pa | bytes) & VT_PAGE_MASK)
        return vt_fail(err, VT_ERR_INPUT,
                       "RAM: 0x%" PRIx64 " bytes at 0x%" PRIx64
                       " are not whole 4 KiB pages",
                       bytes, pa);
    if (bytes > VT_RAM_MAX_BYTES - pm->ram_bytes)
        return vt_fail(err, VT_ERR_INPUT,
                       "RAM: more than %u GiB are asked for",
                       (unsigned)(VT_RAM_MAX_BYTES >> 30));
    struct region *r;
    enum vt_err e = add_region(pm, "RAM", pa, bytes, &r, err);
    if (e != VT_OK)
        return e;
    r->chunk_count = (size_t)((bytes - 1) >> CHUNK_SHIFT) + 1;
    r->chunks = vt_alloc(r->chunk_count, sizeof *r->chunks);
    pm->ram_bytes += bytes;
    return VT_OK;
}

enum vt_err vt_physmem_add_mmio(struct vt_physmem *pm, const char *name,
                                uint64_t pa, uint64_t bytes,
                                const struct vt_mmio_ops *ops, void *opaque,
                                struct vt_error *err)
{
    struct region *r;
    enum vt_err e = add_region(pm, name, pa, bytes, &r, err);
    if (e != VT_OK)
        return e;
    r->ops = ops;
    r->opaque = opaque;
    return VT_OK;
}

uint64_t vt_physmem_ram_bytes(const struct vt_physmem *pm)
{
    return pm->ram_bytes;
}

size_t vt_physmem_page_count(const struct vt_physmem *pm)
{
    return pm->page_count;
}

unsigned vt_physmem_ram_regions(const struct vt_physmem *pm)
{
    unsigned count = 0;
    for (unsigned k = 0; k < pm->region_count; k++)
        count += pm->regions[k].chunks != NULL;
    return count;
}

bool vt_physmem_ram_region(const struct vt_physmem *pm, unsigned i,
                           uint64_t *pa, uint64_t *bytes)
{
    for (unsigned k = 0; k < pm->region_count; k++) {
        const struct region *r = &pm->regions[k];
        if (!r->chunks || i-- > 0)
            continue;
        *pa = r->pa;
        *bytes = r->bytes;
        return true;
    }
    return false;
}

/* --- pages -------------------------------------------------------------- */

static struct vt_page *touch_page(struct vt_physmem *pm, struct region *r,
                                  uint64_t pa)
{
    uint64_t offset = pa - r->pa;
    struct chunk **chunk = &r->chunks[offset >> CHUNK_SHIFT];
    if (!*chunk)
        *chunk = vt_alloc(1, sizeof **chunk);
    struct vt_page *page =
        &(*chunk)->pages[offset >> VT_PAGE_SHIFT & (CHUNK_PAGES - 1)];
    if (!page->data) {
        page->data = vt_alloc(VT_PAGE_BYTES, 1);
        pm->page_count++;
    }
    return page;
}

static const struct vt_page *peek(const struct region *r, uint64_t pa)
{
    uint64_t offset = pa - r->pa;
    const struct chunk *chunk = r->chunks[offset >> CHUNK_SHIFT];
    if (!chunk)
        return NULL;
    const struct vt_page *page =
        &chunk->pages[offset >> VT_PAGE_SHIFT & (CHUNK_PAGES - 1)];
    return page->data ? page : NULL;
}

struct vt_page *vt_physmem_page(struct vt_physmem *pm, uint64_t pa)
{
    struct region *r = find_region(pm, pa);
    return r && r->chunks ? touch_page(pm, r, pa) : NULL;
}

const struct vt_page *vt_physmem_peek_page(const struct vt_physmem *pm,
                                           uint64_t pa)
{
    const struct region *r = find_region(pm, pa);
    return r && r->chunks ? peek(r, pa) : NULL;
}

bool vt_physmem_is_ram(const struct vt_physmem *pm, uint64_t pa)
{
    const struct region *r = find_region(pm, pa);
    return r && r->chunks;
}

/* --- code marks --------------------------------------------------------- */

/* Granule bits of bytes first..first+bytes-1 of a page; bytes > 0. */
static uint64_t granules_of(unsigned first, size_t bytes)
{
    unsigned low = first >> VT_CODE_GRANULE_SHIFT;
    unsigned high =
        (unsigned)(first + (bytes - 1)) >> VT_CODE_GRANULE_SHIFT;
    return VT_BITS(high, low);
}

/* Tell the watchers and take the marks off, so that only the first write
 * after a decode pays for this. */
static void tell_written(struct vt_physmem *pm, struct vt_page *page,
                         uint64_t page_pa, uint64_t granules)
{
    granules &= page->code_mask;
    if (VT_LIKELY(!granules))
        return;
    for (unsigned i = 0; i < pm->watcher_count; i++)
        pm->watchers[i]->code_written(pm->watchers[i]->opaque, page_pa,
                                      granules);
    page->code_mask &= ~granules;
}

void vt_physmem_watch_code(struct vt_physmem *pm,
                           const struct vt_code_watcher *watcher)
{
    vt_assert(pm->watcher_count < MAX_WATCHERS);
    pm->watchers[pm->watcher_count++] = watcher;
}

void vt_physmem_mark_code(struct vt_physmem *pm, uint64_t pa, size_t bytes)
{
    while (bytes > 0) {
        unsigned first = (unsigned)(pa & VT_PAGE_MASK);
        size_t piece = VT_PAGE_BYTES - first;
        if (piece > bytes)
            piece = bytes;
        struct vt_page *page = vt_physmem_page(pm, pa);
        if (page) {
            bool is_first_mark = page->code_mask == 0;
            page->code_mask |= granules_of(first, piece);
            for (unsigned i = 0; is_first_mark && i < pm->watcher_count; i++)
                pm->watchers[i]->became_code(pm->watchers[i]->opaque,
                                             pa & ~VT_PAGE_MASK);
        }
        pa += piece;
        bytes -= piece;
    }
}

/* --- accesses ----------------------------------------------------------- */

/* Write bytes that lie in one RAM page. */
static void put_in_page(struct vt_physmem *pm, struct region *r, uint64_t pa,
                        const void *from, size_t bytes)
{
    struct vt_page *page = touch_page(pm, r, pa);
    unsigned first = (unsigned)(pa & VT_PAGE_MASK);
    tell_written(pm, page, pa & ~VT_PAGE_MASK, granules_of(first, bytes));
    page->dirty = true;
    memcpy(page->data + first, from, bytes);
}

static bool fits_bus(unsigned size_bytes)
{
    return size_bytes == 1 || size_bytes == 2 || size_bytes == 4 ||
           size_bytes == 8;
}

/* Does the whole access lie in r (NULL: a hole) and suit a device? */
static bool is_mmio(const struct region *r, uint64_t pa, unsigned size_bytes)
{
    return r && r->ops && fits_bus(size_bytes) &&
           size_bytes <= r->bytes - (pa - r->pa);
}

static uint64_t low_bytes(uint64_t value, unsigned size_bytes)
{
    return value & (UINT64_MAX >> (64 - 8 * size_bytes));
}

/* Read 1..8 bytes that lie in one page. */
static uint64_t read_piece(struct vt_physmem *pm, uint64_t pa,
                           unsigned size_bytes)
{
    struct region *r = find_region(pm, pa);
    if (r && r->chunks) {
        const struct vt_page *page = peek(r, pa);
        return page ? vt_ldle(page->data + (pa & VT_PAGE_MASK), size_bytes)
                    : 0;
    }
    if (is_mmio(r, pa, size_bytes))
        return low_bytes(
            r->ops->read(r->opaque, pa - r->pa, size_bytes), size_bytes);
    if (size_bytes == 1)
        return 0xff;
    uint64_t value = 0;
    for (unsigned i = 0; i < size_bytes; i++)
        value |= read_piece(pm, pa + i, 1) << (8 * i);
    return value;
}

static void write_piece(struct vt_physmem *pm, uint64_t pa, uint64_t value,
                        unsigned size_bytes)
{
    struct region *r = find_region(pm, pa);
    uint8_t bytes[8];
    if (r && r->chunks) {
        vt_stle(bytes, value, size_bytes);
        put_in_page(pm, r, pa, bytes, size_bytes);
    } else if (is_mmio(r, pa, size_bytes)) {
        r->ops->write(r->opaque, pa - r->pa, low_bytes(value, size_bytes),
                      size_bytes);
    } else if (size_bytes > 1) {
        for (unsigned i = 0; i < size_bytes; i++)
            write_piece(pm, pa + i, value >> (8 * i) & 0xff, 1);
    }
}

/* How many of size_bytes lie in pa's page. */
static unsigned bytes_in_page(uint64_t pa, unsigned size_bytes)
{
    unsigned left = VT_PAGE_BYTES - (unsigned)(pa & VT_PAGE_MASK);
    return left < size_bytes ? left : size_bytes;
}

uint64_t vt_physmem_read(struct vt_physmem *pm, uint64_t pa,
                         unsigned size_bytes)
{
    unsigned low = bytes_in_page(pa, size_bytes);
    uint64_t value = read_piece(pm, pa, low);
    if (VT_UNLIKELY(low < size_bytes))
        value |= read_piece(pm, pa + low, size_bytes - low) << (8 * low);
    return value;
}

void vt_physmem_write(struct vt_physmem *pm, uint64_t pa, uint64_t value,
                      unsigned size_bytes)
{
    unsigned low = bytes_in_page(pa, size_bytes);
    write_piece(pm, pa, value, low);
    if (VT_UNLIKELY(low < size_bytes))
        write_piece(pm, pa + low, value >> (8 * low), size_bytes - low);
}

bool vt_physmem_get(const struct vt_physmem *pm, uint64_t pa, void *to,
                    size_t bytes)
{
    uint8_t *at = to;
    while (bytes > 0) {
        const struct region *r = find_region(pm, pa);
        if (!r || !r->chunks)
            return false;
        size_t piece = VT_PAGE_BYTES - (size_t)(pa & VT_PAGE_MASK);
        if (piece > bytes)
            piece = bytes;
        const struct vt_page *page = peek(r, pa);
        if (page)
            memcpy(at, page->data + (pa & VT_PAGE_MASK), piece);
        else
            memset(at, 0, piece);
        at += piece;
        pa += piece;
        bytes -= piece;
    }
    return true;
}

bool vt_physmem_put(struct vt_physmem *pm, uint64_t pa, const void *from,
                    size_t bytes)
{
    const uint8_t *at = from;
    while (bytes > 0) {
        struct region *r = find_region(pm, pa);
        if (!r || !r->chunks)
            return false;
        size_t piece = VT_PAGE_BYTES - (size_t)(pa & VT_PAGE_MASK);
        if (piece > bytes)
            piece = bytes;
        put_in_page(pm, r, pa, at, piece);
        at += piece;
        pa += piece;
        bytes -= piece;
    }
    return true;
}

/* --- all pages ---------------------------------------------------------- */

/* The k-th page of a chunk when it has data, else NULL. */
static struct vt_page *touched(struct chunk *chunk, unsigned k)
{
    return chunk && chunk->pages[k].data ? &chunk->pages[k] : NULL;
}

void vt_physmem_each_page(const struct vt_physmem *pm,
                          void (*visit)(void *opaque, uint64_t pa,
                                        const struct vt_page *page),
                          void *opaque)
{
    for (unsigned i = 0; i < pm->region_count; i++) {
        const struct region *r = &pm->regions[i];
        for (size_t c = 0; c < r->chunk_count; c++)
            for (unsigned k = 0; r->chunks[c] && k < CHUNK_PAGES; k++) {
                const struct vt_page *page = touched(r->chunks[c], k);
                uint64_t offset = ((uint64_t)c << CHUNK_SHIFT) +
                                  ((uint64_t)k << VT_PAGE_SHIFT);
                if (page)
                    visit(opaque, r->pa + offset, page);
            }
    }
}

void vt_physmem_clear(struct vt_physmem *pm)
{
    for (unsigned i = 0; i < pm->region_count; i++) {
        struct region *r = &pm->regions[i];
        for (size_t c = 0; c < r->chunk_count; c++)
            for (unsigned k = 0; r->chunks[c] && k < CHUNK_PAGES; k++) {
                struct vt_page *page = touched(r->chunks[c], k);
                if (!page)
                    continue;
                uint64_t offset = ((uint64_t)c << CHUNK_SHIFT) +
                                  ((uint64_t)k << VT_PAGE_SHIFT);
                tell_written(pm, page, r->pa + offset, UINT64_MAX);
                memset(page->data, 0, VT_PAGE_BYTES);
                page->dirty = true; /* a write like any other */
            }
    }
}
