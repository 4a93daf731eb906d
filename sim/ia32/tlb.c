/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The modelled TLBs: geometry from the CPU model, entries that stay until
 * software invalidates them or a fill needs their place, whatever the page
 * tables in memory say by then.  And the fast TLB in front of them.
 *
 * SDM Vol 3A, "Caching Translation Information", "Translation Lookaside
 * Buffers (TLBs)", "Invalidation of TLBs and Paging-Structure Caches".
 *
 * NOTE: replacement is by age of the fill in each set; the manual leaves it
 * open.  There are no paging-structure caches: a walk reads every level. */
#include "sim/ia32/tlb.h"

#include <stdlib.h>

#include "sim/ia32/exec.h"
#include "sim/ia32/mem.h"

static struct ia32_tlb_array array_new(unsigned entries, unsigned ways)
{
    struct ia32_tlb_array array = {.ways = ways};

    if (entries == 0)
        return array;
    vt_assert(ways > 0 && entries % ways == 0);
    array.sets = entries / ways;
    array.entry = vt_alloc(entries, sizeof(*array.entry));
    array.oldest = vt_alloc(array.sets, sizeof(*array.oldest));
    return array;
}

static void side_new(struct ia32_tlb_array side[IA32_TLB_SIZES],
                     const struct ia32_tlb_geometry *geometry)
{
    vt_assert(geometry->small_entries > 0);
    side[IA32_TLB_SMALL] =
        array_new(geometry->small_entries, geometry->small_ways);
    side[IA32_TLB_LARGE] =
        array_new(geometry->large_entries, geometry->large_ways);
}

struct ia32_tlb *ia32_tlb_new(const struct ia32_model *model)
{
    struct ia32_tlb *tlb = vt_alloc(1, sizeof(*tlb));

    side_new(tlb->array[IA32_TLB_DATA], &model->dtlb);
    side_new(tlb->array[IA32_TLB_CODE], &model->itlb);
    ia32_fast_drop(tlb);
    return tlb;
}

void ia32_tlb_free(struct ia32_tlb *tlb)
{
    if (!tlb)
        return;
    for (unsigned side = 0; side < IA32_TLB_SIDES; side++)
        for (unsigned size = 0; size < IA32_TLB_SIZES; size++) {
            free(tlb->array[side][size].entry);
            free(tlb->array[side][size].oldest);
        }
    free(tlb);
}

/* --- fast part ------------------------------------------------------------ */

void ia32_fast_drop(struct ia32_tlb *tlb)
{
    for (unsigned kind = 0; kind < IA32_FAST_KINDS; kind++)
        for (unsigned user = 0; user < 2; user++)
            for (unsigned i = 0; i < IA32_FAST_ENTRIES; i++)
                tlb->fast[kind][user][i].tag = IA32_FAST_FREE;
}

void ia32_tlb_drop_fast(struct ia32_cpu *cpu)
{
    ia32_fast_drop(cpu->tlb);
}

void ia32_tlb_drop_fast_writes(struct ia32_cpu *cpu, uint64_t page_pa)
{
    struct ia32_fast_entry(*writes)[IA32_FAST_ENTRIES] =
        cpu->tlb->fast[IA32_FAST_WRITE];

    for (unsigned user = 0; user < 2; user++)
        for (unsigned i = 0; i < IA32_FAST_ENTRIES; i++)
            if (writes[user][i].pa == page_pa)
                writes[user][i].tag = IA32_FAST_FREE;
}

/* A modelled entry goes: nothing fast may outlive it. */
static void kill_fast(struct ia32_tlb *tlb, enum ia32_tlb_side side,
                      const struct ia32_tlb_entry *entry)
{
    static const struct {
        enum ia32_fast_kind first, last;
    } kinds[IA32_TLB_SIDES] = {
        [IA32_TLB_DATA] = {IA32_FAST_READ, IA32_FAST_BESIDE_CODE},
        [IA32_TLB_CODE] = {IA32_FAST_FETCH, IA32_FAST_FETCH},
    };
    uint64_t pages = VT_BIT(entry->page_bits - VT_PAGE_SHIFT);
    unsigned kind;

    if (pages > IA32_FAST_ENTRIES)
        pages = IA32_FAST_ENTRIES; /* each slot once */
    for (kind = kinds[side].first; kind <= kinds[side].last; kind++)
        for (uint64_t i = 0; i < pages; i++) {
            uint64_t la = entry->la + (i << VT_PAGE_SHIFT);

            ia32_fast_entry(tlb, kind, false, la)->tag = IA32_FAST_FREE;
            ia32_fast_entry(tlb, kind, true, la)->tag = IA32_FAST_FREE;
        }
}

/* --- modelled part ----------------------------------------------------------- */

static uint64_t page_of(uint64_t la, unsigned page_bits)
{
    return la >> page_bits << page_bits;
}

/* Small arrays hold pieces of 4 KiB, also of large pages where the model has
 * no array for those; large arrays hold whole pages. */
static unsigned granule_bits(enum ia32_tlb_size size)
{
    return size == IA32_TLB_SMALL ? VT_PAGE_SHIFT : IA32_LARGE_PAGE_BITS;
}

static struct ia32_tlb_entry *find(const struct ia32_tlb_array *array,
                                   enum ia32_tlb_size size, uint64_t la)
{
    unsigned bits = granule_bits(size);
    struct ia32_tlb_entry *set;

    if (array->sets == 0)
        return NULL;
    set = &array->entry[(la >> bits) % array->sets * array->ways];
    for (unsigned way = 0; way < array->ways; way++)
        if (set[way].page_bits && set[way].la == page_of(la, bits))
            return &set[way];
    return NULL;
}

const struct ia32_tlb_entry *ia32_tlb_lookup(const struct ia32_tlb *tlb,
                                             enum ia32_tlb_side side,
                                             uint64_t la)
{
    const struct ia32_tlb_array *arrays = tlb->array[side];
    const struct ia32_tlb_entry *entry =
        find(&arrays[IA32_TLB_SMALL], IA32_TLB_SMALL, la);

    return entry ? entry : find(&arrays[IA32_TLB_LARGE], IA32_TLB_LARGE, la);
}

static void drop(struct ia32_tlb *tlb, enum ia32_tlb_side side,
                 struct ia32_tlb_entry *entry)
{
    kill_fast(tlb, side, entry);
    entry->page_bits = 0;
}

/* Place for a new entry: a free way, else the oldest fill. */
static struct ia32_tlb_entry *make_room(struct ia32_tlb *tlb,
                                        enum ia32_tlb_side side,
                                        enum ia32_tlb_size size, uint64_t la)
{
    struct ia32_tlb_array *array = &tlb->array[side][size];
    unsigned index = (unsigned)((la >> granule_bits(size)) % array->sets);
    struct ia32_tlb_entry *set = &array->entry[index * array->ways];
    struct ia32_tlb_entry *victim;

    for (unsigned way = 0; way < array->ways; way++)
        if (set[way].page_bits == 0)
            return &set[way];
    victim = &set[array->oldest[index]];
    array->oldest[index] =
        (uint16_t)((array->oldest[index] + 1u) % array->ways);
    drop(tlb, side, victim);
    return victim;
}

/* Drop the translations of la on one side.  Pieces of a large page all go
 * together: software cannot know that there are pieces. */
static void drop_side(struct ia32_tlb *tlb, enum ia32_tlb_side side,
                      uint64_t la)
{
    for (unsigned size = 0; size < IA32_TLB_SIZES; size++) {
        struct ia32_tlb_array *array = &tlb->array[side][size];
        struct ia32_tlb_entry *entry = find(array, size, la);
        unsigned bits;

        if (!entry)
            continue;
        bits = entry->page_bits;
        drop(tlb, side, entry);
        if (bits == granule_bits(size))
            continue;
        for (unsigned i = 0; i < array->sets * array->ways; i++) {
            entry = &array->entry[i];
            if (entry->page_bits == bits &&
                page_of(entry->la, bits) == page_of(la, bits))
                drop(tlb, side, entry);
        }
    }
}

void ia32_tlb_drop_page(struct ia32_tlb *tlb, uint64_t la)
{
    drop_side(tlb, IA32_TLB_DATA, la);
    drop_side(tlb, IA32_TLB_CODE, la);
}

void ia32_tlb_insert(struct ia32_tlb *tlb, enum ia32_tlb_side side,
                     uint64_t la, const struct ia32_tlb_entry *walked)
{
    bool whole = walked->page_bits > VT_PAGE_SHIFT &&
                 tlb->array[side][IA32_TLB_LARGE].sets > 0;
    enum ia32_tlb_size size = whole ? IA32_TLB_LARGE : IA32_TLB_SMALL;
    struct ia32_tlb_entry *entry = find(&tlb->array[side][size], size, la);
    uint64_t first = page_of(la, granule_bits(size));

    if (entry) { /* the same page again, for other rights: keeps its place */
        drop(tlb, side, entry);
    } else {
        drop_side(tlb, side, la);
        entry = make_room(tlb, side, size, la);
    }
    *entry = *walked;
    entry->la = first;
    entry->gpa = walked->gpa + (first - walked->la);
}

/* --- invalidation --------------------------------------------------------------- */

static void emit_flush(struct ia32_cpu *cpu, uint64_t la)
{
    struct vt_event event = {.kind = VT_EV_TLB_FLUSH};

    event.u.walk.la = la;
    ia32_emit(cpu, &event);
}

static void flush(struct ia32_tlb *tlb, uint8_t keep)
{
    for (unsigned side = 0; side < IA32_TLB_SIDES; side++)
        for (unsigned size = 0; size < IA32_TLB_SIZES; size++) {
            struct ia32_tlb_array *array = &tlb->array[side][size];

            for (unsigned i = 0; i < array->sets * array->ways; i++)
                if (!(array->entry[i].flags & keep))
                    array->entry[i].page_bits = 0;
        }
    ia32_fast_drop(tlb);
}

void ia32_tlb_flush_all(struct ia32_cpu *cpu)
{
    flush(cpu->tlb, 0);
    emit_flush(cpu, UINT64_MAX);
}

void ia32_tlb_flush_nonglobal(struct ia32_cpu *cpu)
{
    flush(cpu->tlb, IA32_TLB_G);
    emit_flush(cpu, UINT64_MAX);
}

void ia32_tlb_flush_page(struct ia32_cpu *cpu, uint64_t la)
{
    ia32_tlb_drop_page(cpu->tlb, la);
    emit_flush(cpu, la);
}

/* --- snapshots --------------------------------------------------------------------- */

/* An entry in a snapshot: la u64, gpa u64, page_bits u8, flags u8. */
#define SAVED_BYTES 18u

static void save_array(struct vt_writer *w, const struct ia32_tlb_array *array)
{
    unsigned count = array->sets * array->ways;
    uint8_t *bytes = vt_alloc(count * SAVED_BYTES + array->sets * 2 + 1, 1);
    uint8_t *at = bytes;

    for (unsigned i = 0; i < count; i++, at += SAVED_BYTES) {
        vt_st64le(at, array->entry[i].la);
        vt_st64le(at + 8, array->entry[i].gpa);
        at[16] = array->entry[i].page_bits;
        at[17] = array->entry[i].flags;
    }
    for (unsigned i = 0; i < array->sets; i++, at += 2)
        vt_st16le(at, array->oldest[i]);
    vt_save_bytes(w, "entries", bytes, (size_t)(at - bytes));
    free(bytes);
}

static void load_array(struct vt_reader *r, struct ia32_tlb_array *array)
{
    unsigned count = array->sets * array->ways;
    size_t length = count * SAVED_BYTES + array->sets * 2;
    uint8_t *bytes = vt_alloc(length + 1, 1);
    const uint8_t *at = bytes;

    vt_load_bytes(r, "entries", bytes, length);
    for (unsigned i = 0; i < count; i++, at += SAVED_BYTES) {
        array->entry[i] = (struct ia32_tlb_entry){
            .la = vt_ld64le(at),
            .gpa = vt_ld64le(at + 8),
            .page_bits = at[16],
            .flags = at[17],
        };
        if (at[16] != 0 && at[16] != VT_PAGE_SHIFT &&
            at[16] != IA32_LARGE_PAGE_BITS) {
            vt_reader_reject(r, "a TLB entry has a page of 2^%u bytes",
                             (unsigned)at[16]);
            array->entry[i].page_bits = 0;
        }
    }
    for (unsigned i = 0; i < array->sets; i++, at += 2) {
        array->oldest[i] = vt_ld16le(at);
        if (array->oldest[i] >= array->ways) {
            vt_reader_reject(r, "a TLB set has no way %u",
                             (unsigned)array->oldest[i]);
            array->oldest[i] = 0;
        }
    }
    free(bytes);
}

/* Saving drops the fast entries as well: those for writing rely on dirty
 * marks of pages, which taking a snapshot may clear. */
void ia32_tlb_save(struct ia32_cpu *cpu, struct vt_writer *w)
{
    for (unsigned side = 0; side < IA32_TLB_SIDES; side++)
        for (unsigned size = 0; size < IA32_TLB_SIZES; size++)
            save_array(w, &cpu->tlb->array[side][size]);
    ia32_fast_drop(cpu->tlb);
}

void ia32_tlb_load(struct ia32_cpu *cpu, struct vt_reader *r)
{
    for (unsigned side = 0; side < IA32_TLB_SIDES; side++)
        for (unsigned size = 0; size < IA32_TLB_SIZES; size++)
            load_array(r, &cpu->tlb->array[side][size]);
    ia32_fast_drop(cpu->tlb);
}
