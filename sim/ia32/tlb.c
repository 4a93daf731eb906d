/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The modelled TLBs: geometry from the CPU model, entries that stay until
 * software invalidates them or a fill needs their place, whatever the page
 * tables in memory say by then.
 *
 * A flush is a date: entries that were filled before it are gone.  So MOV to
 * CR3 costs the same whatever the size of the arrays.
 *
 * SDM Vol 3A, "Caching Translation Information", "Translation Lookaside
 * Buffers (TLBs)", "Global Pages", "Process-Context Identifiers (PCIDs)",
 * "Invalidation of TLBs and Paging-Structure Caches".
 *
 * NOTE: replacement is by age of the fill in each set; the manual leaves it
 * open.  There are no paging-structure caches: a walk reads every level. */
#include "sim/ia32/tlb.h"

#include <stdlib.h>

#include "sim/ia32/exec.h"
#include "sim/ia32/mem.h"

#define HUGE_BITS 30u  /* 1 GiB */
#define PIECE_BITS 21u /* what large arrays hold of it */

static struct ia32_tlb_array array_new(unsigned entries, unsigned ways)
{
    struct ia32_tlb_array array = {.ways = ways};

    if (entries == 0)
        return array;
    vt_assert(ways > 0 && entries % ways == 0);
    array.sets = entries / ways;
    vt_assert((array.sets & (array.sets - 1)) == 0);
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
    side[IA32_TLB_HUGE] =
        array_new(geometry->huge_entries, geometry->huge_ways);
}

struct ia32_tlb *ia32_tlb_new(const struct ia32_model *model)
{
    struct ia32_tlb *tlb = vt_alloc(1, sizeof(*tlb));

    side_new(tlb->array[IA32_TLB_DATA], &model->dtlb);
    side_new(tlb->array[IA32_TLB_CODE], &model->itlb);
    tlb->large_bits = PIECE_BITS;
    tlb->clock = 1;
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

/* --- entries -------------------------------------------------------------- */

static uint64_t page_of(uint64_t la, unsigned page_bits)
{
    return la >> page_bits << page_bits;
}

/* What an entry of an array covers: the whole page or, of a larger one for
 * which there is no array, a piece. */
static unsigned granule_bits(const struct ia32_tlb *tlb,
                             enum ia32_tlb_size size)
{
    return size == IA32_TLB_SMALL   ? VT_PAGE_SHIFT
           : size == IA32_TLB_LARGE ? tlb->large_bits
                                    : HUGE_BITS;
}

static struct ia32_tlb_entry *set_of(const struct ia32_tlb *tlb,
                                     enum ia32_tlb_side side,
                                     enum ia32_tlb_size size, uint64_t la)
{
    const struct ia32_tlb_array *array = &tlb->array[side][size];
    uint64_t index = la >> granule_bits(tlb, size) & (array->sets - 1);

    return &array->entry[index * array->ways];
}

/* Has no flush met this entry? */
static bool is_live(const struct ia32_tlb *tlb,
                    const struct ia32_tlb_entry *entry)
{
    if (entry->page_bits == 0 || entry->filled <= tlb->flushed)
        return false;
    return (entry->flags & IA32_TLB_G) ||
           (entry->filled > tlb->flushed_nonglobal &&
            entry->filled > tlb->flushed_pcid[entry->pcid]);
}

/* Does it serve this PCID? */
static bool serves(const struct ia32_tlb_entry *entry, unsigned pcid)
{
    return (entry->flags & IA32_TLB_G) || entry->pcid == pcid;
}

static struct ia32_tlb_entry *find(const struct ia32_tlb *tlb,
                                   enum ia32_tlb_side side,
                                   enum ia32_tlb_size size, unsigned pcid,
                                   uint64_t la)
{
    const struct ia32_tlb_array *array = &tlb->array[side][size];
    uint64_t first = page_of(la, granule_bits(tlb, size));
    struct ia32_tlb_entry *set;

    if (!(tlb->sizes >> size & 1) || array->sets == 0)
        return NULL;
    set = set_of(tlb, side, size, la);
    for (unsigned way = 0; way < array->ways; way++)
        if (set[way].la == first && serves(&set[way], pcid) &&
            is_live(tlb, &set[way]))
            return &set[way];
    return NULL;
}

const struct ia32_tlb_entry *ia32_tlb_lookup(const struct ia32_tlb *tlb,
                                             enum ia32_tlb_side side,
                                             unsigned pcid, uint64_t la)
{
    const struct ia32_tlb_entry *entry = NULL;

    for (unsigned size = 0; size < IA32_TLB_SIZES && !entry; size++)
        entry = find(tlb, side, size, pcid, la);
    return entry;
}

/* --- dropping entries --------------------------------------------------------- */

static void drop(struct ia32_tlb *tlb, enum ia32_tlb_side side,
                 enum ia32_tlb_size size, struct ia32_tlb_entry *entry)
{
    ia32_fast_drop_range(tlb, side, entry->la, granule_bits(tlb, size));
    entry->page_bits = 0;
}

/* Which translations of an address an invalidation means. */
struct target {
    uint64_t la;
    unsigned pcid;
    bool globals; /* those, too */
};

static bool hits(const struct ia32_tlb *tlb,
                 const struct ia32_tlb_entry *entry, const struct target *t)
{
    if ((entry->la ^ t->la) >> entry->page_bits != 0 || !is_live(tlb, entry))
        return false;
    return entry->flags & IA32_TLB_G ? t->globals : entry->pcid == t->pcid;
}

static void drop_hits(struct ia32_tlb *tlb, enum ia32_tlb_side side,
                      enum ia32_tlb_size size, struct ia32_tlb_entry *entry,
                      unsigned count, const struct target *t)
{
    for (unsigned i = 0; i < count; i++)
        if (hits(tlb, &entry[i], t))
            drop(tlb, side, size, &entry[i]);
}

/* Pieces of a page all go together: software cannot know that there are
 * pieces.  They may be in any set. */
static void drop_target(struct ia32_tlb *tlb, const struct target *t)
{
    for (unsigned side = 0; side < IA32_TLB_SIDES; side++)
        for (unsigned size = 0; size < IA32_TLB_SIZES; size++) {
            struct ia32_tlb_array *array = &tlb->array[side][size];

            if (!(tlb->sizes >> size & 1) || array->sets == 0)
                continue;
            if (tlb->pieces)
                drop_hits(tlb, side, size, array->entry,
                          array->sets * array->ways, t);
            else
                drop_hits(tlb, side, size, set_of(tlb, side, size, t->la),
                          array->ways, t);
        }
}

void ia32_tlb_drop_page(struct ia32_tlb *tlb, unsigned pcid, uint64_t la)
{
    const struct target t = {la, pcid, true};

    drop_target(tlb, &t);
}

/* --- filling -------------------------------------------------------------------- */

/* Place for a new entry: a free way, else the oldest fill. */
static struct ia32_tlb_entry *make_room(struct ia32_tlb *tlb,
                                        enum ia32_tlb_side side,
                                        enum ia32_tlb_size size, uint64_t la)
{
    struct ia32_tlb_array *array = &tlb->array[side][size];
    struct ia32_tlb_entry *set = set_of(tlb, side, size, la);
    uint16_t *oldest =
        &array->oldest[(size_t)(set - array->entry) / array->ways];
    struct ia32_tlb_entry *victim;

    for (unsigned way = 0; way < array->ways; way++)
        if (!is_live(tlb, &set[way]))
            return &set[way];
    victim = &set[*oldest];
    *oldest = (uint16_t)((*oldest + 1u) % array->ways);
    drop(tlb, side, size, victim);
    return victim;
}

/* The largest array whose entries are not larger than the page. */
static enum ia32_tlb_size size_for(const struct ia32_tlb *tlb,
                                   enum ia32_tlb_side side,
                                   unsigned page_bits)
{
    const struct ia32_tlb_array *arrays = tlb->array[side];

    if (page_bits == HUGE_BITS && arrays[IA32_TLB_HUGE].sets > 0)
        return IA32_TLB_HUGE;
    if (page_bits > VT_PAGE_SHIFT && arrays[IA32_TLB_LARGE].sets > 0)
        return IA32_TLB_LARGE;
    return IA32_TLB_SMALL;
}

/* Pages of 4 MiB and of 2 MiB belong to different paging modes; a change of
 * mode has flushed, but for virtualization models that change much at
 * once. */
static void hold_large_pages_of(struct ia32_tlb *tlb, unsigned bits)
{
    if (tlb->large_bits == bits)
        return;
    for (unsigned side = 0; side < IA32_TLB_SIDES; side++) {
        struct ia32_tlb_array *array = &tlb->array[side][IA32_TLB_LARGE];

        for (unsigned i = 0; i < array->sets * array->ways; i++)
            array->entry[i].page_bits = 0;
    }
    tlb->large_bits = (uint8_t)bits;
    ia32_fast_drop(tlb);
}

/* The same page again, for other rights, keeps its place; one of another
 * size must not linger beside it.  Returns that place, or NULL. */
static struct ia32_tlb_entry *make_way(struct ia32_tlb *tlb,
                                       enum ia32_tlb_side side,
                                       enum ia32_tlb_size size, unsigned pcid,
                                       uint64_t la)
{
    struct ia32_tlb_entry *place = NULL;

    for (unsigned other = 0; other < IA32_TLB_SIZES; other++) {
        struct ia32_tlb_entry *old = find(tlb, side, other, pcid, la);

        if (!old)
            continue;
        drop(tlb, side, other, old);
        if (other == size)
            place = old;
    }
    return place;
}

void ia32_tlb_insert(struct ia32_tlb *tlb, enum ia32_tlb_side side,
                     uint64_t la, const struct ia32_tlb_entry *walked,
                     bool missed)
{
    unsigned bits = walked->page_bits;
    enum ia32_tlb_size size = size_for(tlb, side, bits);
    struct ia32_tlb_entry *entry = NULL;
    uint64_t first;

    if (size == IA32_TLB_LARGE)
        hold_large_pages_of(tlb, bits == HUGE_BITS ? PIECE_BITS : bits);
    if (!missed)
        entry = make_way(tlb, side, size, walked->pcid, la);
    if (!entry)
        entry = make_room(tlb, side, size, la);
    first = page_of(la, granule_bits(tlb, size));
    *entry = *walked;
    entry->la = first;
    entry->gpa = walked->gpa + (first - walked->la);
    entry->filled = tlb->clock;
    tlb->pieces |= bits > granule_bits(tlb, size);
    tlb->sizes |= (uint8_t)(1u << size);
}

/* --- invalidation --------------------------------------------------------------- */

static void emit_flush(struct ia32_cpu *cpu, uint64_t la)
{
    struct vt_event event = {.kind = VT_EV_TLB_FLUSH};

    event.u.walk.la = la;
    ia32_emit(cpu, &event);
}

/* date: which of the TLB's dates of flushes this one is. */
static void flush(struct ia32_cpu *cpu, uint64_t *date)
{
    *date = cpu->tlb->clock++;
    ia32_fast_drop(cpu->tlb);
    emit_flush(cpu, UINT64_MAX);
}

void ia32_tlb_flush_all(struct ia32_cpu *cpu)
{
    cpu->tlb->pieces = false;
    cpu->tlb->sizes = 0;
    flush(cpu, &cpu->tlb->flushed);
}

void ia32_tlb_flush_all_nonglobal(struct ia32_cpu *cpu)
{
    flush(cpu, &cpu->tlb->flushed_nonglobal);
}

void ia32_tlb_flush_pcid(struct ia32_cpu *cpu, unsigned pcid)
{
    flush(cpu, &cpu->tlb->flushed_pcid[pcid]);
}

void ia32_tlb_flush_nonglobal(struct ia32_cpu *cpu)
{
    ia32_tlb_flush_pcid(cpu, ia32_pcid(cpu));
}

void ia32_tlb_flush_page(struct ia32_cpu *cpu, uint64_t la)
{
    ia32_tlb_drop_page(cpu->tlb, ia32_pcid(cpu), la);
    emit_flush(cpu, la);
}

void ia32_tlb_flush_pcid_page(struct ia32_cpu *cpu, unsigned pcid,
                              uint64_t la)
{
    const struct target t = {la, pcid, false};

    drop_target(cpu->tlb, &t);
    emit_flush(cpu, la);
}

/* --- snapshots --------------------------------------------------------------------- */

/* An entry in a snapshot: la u64, gpa u64, page_bits u8, flags u8, pcid u16;
 * all 0 when it is not live.  Dates only tell which are, so they are not
 * saved. */
#define SAVED_BYTES 20u

static void save_array(struct vt_writer *w, const struct ia32_tlb *tlb,
                       const struct ia32_tlb_array *array)
{
    unsigned count = array->sets * array->ways;
    uint8_t *bytes = vt_alloc(count * SAVED_BYTES + array->sets * 2 + 1, 1);
    uint8_t *at = bytes;

    for (unsigned i = 0; i < count; i++, at += SAVED_BYTES) {
        if (!is_live(tlb, &array->entry[i]))
            continue;
        vt_st64le(at, array->entry[i].la);
        vt_st64le(at + 8, array->entry[i].gpa);
        at[16] = array->entry[i].page_bits;
        at[17] = array->entry[i].flags;
        vt_st16le(at + 18, array->entry[i].pcid);
    }
    for (unsigned i = 0; i < array->sets; i++, at += 2)
        vt_st16le(at, array->oldest[i]);
    vt_save_bytes(w, "entries", bytes, (size_t)(at - bytes));
    free(bytes);
}

static bool is_page_size(unsigned bits, unsigned granule)
{
    return bits >= granule && (bits == VT_PAGE_SHIFT || bits == PIECE_BITS ||
                               bits == 22 || bits == HUGE_BITS);
}

static void load_entry(struct vt_reader *r, struct ia32_tlb *tlb,
                       enum ia32_tlb_size size, const uint8_t *at,
                       struct ia32_tlb_entry *entry)
{
    unsigned bits = at[16];

    if (size == IA32_TLB_LARGE && bits == 22)
        tlb->large_bits = 22;
    *entry = (struct ia32_tlb_entry){
        .la = vt_ld64le(at),
        .gpa = vt_ld64le(at + 8),
        .filled = tlb->clock,
        .page_bits = at[16],
        .flags = at[17],
        .pcid = vt_ld16le(at + 18) % IA32_PCIDS,
    };
    tlb->pieces |= bits > granule_bits(tlb, size);
    if (bits == 0 || is_page_size(bits, granule_bits(tlb, size)))
        return;
    vt_reader_reject(r, "a TLB entry has a page of 2^%u bytes", bits);
    entry->page_bits = 0;
}

static void load_array(struct vt_reader *r, struct ia32_tlb *tlb,
                       enum ia32_tlb_size size, struct ia32_tlb_array *array)
{
    unsigned count = array->sets * array->ways;
    size_t length = count * SAVED_BYTES + array->sets * 2;
    uint8_t *bytes = vt_alloc(length + 1, 1);
    const uint8_t *at = bytes;

    vt_load_bytes(r, "entries", bytes, length);
    for (unsigned i = 0; i < count; i++, at += SAVED_BYTES)
        load_entry(r, tlb, size, at, &array->entry[i]);
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
            save_array(w, cpu->tlb, &cpu->tlb->array[side][size]);
    ia32_fast_drop(cpu->tlb);
}

void ia32_tlb_load(struct ia32_cpu *cpu, struct vt_reader *r)
{
    struct ia32_tlb *tlb = cpu->tlb;

    tlb->pieces = false;
    tlb->sizes = (1u << IA32_TLB_SIZES) - 1;
    tlb->large_bits = PIECE_BITS; /* until an entry says 4 MiB */
    for (unsigned side = 0; side < IA32_TLB_SIDES; side++)
        for (unsigned size = 0; size < IA32_TLB_SIZES; size++)
            load_array(r, tlb, size, &tlb->array[side][size]);
    ia32_fast_drop(tlb);
}
