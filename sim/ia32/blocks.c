/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The decoded-block cache: two hash tables over one arena.
 *
 *   by_key   (physical address, mode) -> block      the run loop asks
 *   by_page  page -> all blocks of that page        a write to code asks
 *
 * Dropping a block only unlinks it.  Its memory stays until the arena is
 * full and everything is forgotten at once, which happens between blocks:
 * so a block that overwrites itself can run on to the end of its current
 * instruction.  Marks in physical memory are left behind by then; they cost
 * a look-up at the next write to that granule, never correctness.
 *
 * SDM Vol 3A, "Self-Modifying Code" and "Cross-Modifying Code": P6 family
 * and later processors check writes against the instructions that are in
 * flight, so a program sees its change at the next instruction; we do
 * that, whichever linear address was used. */
#include "sim/ia32/blocks.h"

#include <stdlib.h>

#include "sim/ia32/form.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/monitor.h"

#define KEY_SLOTS 32768u
#define PAGE_SLOTS 4096u
#define ARENA_BYTES ((size_t)32 << 20)
#define ARENA_ALIGN 64u /* an instruction of a block is a cache line */

/* Of a block with count instructions and its end. */
#define BLOCK_BYTES(count)                       \
    (sizeof(struct ia32_block) + ((count) + 1u) * sizeof(struct ia32_insn))

const struct ia32_block ia32_no_block = {.pa = UINT64_MAX,
                                         .toll = IA32_NO_ENTRY};

struct ia32_block_cache {
    struct ia32_cpu *cpu;
    struct vt_code_watcher watcher;
    struct ia32_block *by_key[KEY_SLOTS];
    struct ia32_block *by_page[PAGE_SLOTS];
    struct ia32_block *scratch; /* room for one instruction */
    const struct ia32_forms *forms;
    unsigned count;
    void *memory;
    uint8_t *arena; /* in memory, aligned */
    size_t arena_used; /* bytes */
};

static unsigned key_slot(uint64_t pa, unsigned mode)
{
    return (unsigned)(pa ^ pa >> 13 ^ mode * 97u) % KEY_SLOTS;
}

static unsigned page_slot(uint64_t pa)
{
    return (unsigned)(pa >> VT_PAGE_SHIFT) % PAGE_SLOTS;
}

/* Granules of one page that bytes at pa touch; they do not leave it. */
static uint64_t granules_of(uint64_t pa, unsigned bytes)
{
    unsigned offset = (unsigned)(pa & VT_PAGE_MASK);

    return VT_BITS((offset + bytes - 1) >> VT_CODE_GRANULE_SHIFT,
                   offset >> VT_CODE_GRANULE_SHIFT);
}

static void unlink_key(struct ia32_block_cache *cache,
                       const struct ia32_block *block)
{
    struct ia32_block **at = &cache->by_key[key_slot(block->pa, block->mode)];

    while (*at != block)
        at = &(*at)->next_of_key;
    *at = block->next_of_key;
    cache->count--;
}

/* Somebody is about to write to code.  If that is us, the running block may
 * be among the victims: it ends after this instruction. */
static void code_written(void *opaque, uint64_t page_pa, uint64_t granules)
{
    struct ia32_block_cache *cache = opaque;
    struct ia32_block **at = &cache->by_page[page_slot(page_pa)];

    while (*at) {
        struct ia32_block *block = *at;

        if ((block->pa & ~VT_PAGE_MASK) == page_pa &&
            (block->granules & granules)) {
            *at = block->next_of_page;
            block->toll = IA32_NO_ENTRY; /* for whoever links to it */
            unlink_key(cache, block);
        } else {
            at = &block->next_of_page;
        }
    }
    ia32_monitor_written(cache->cpu, page_pa, granules);
    ia32_end_block(cache->cpu);
}

/* Writes to this page must come to physical memory from now on. */
static void became_code(void *opaque, uint64_t page_pa)
{
    struct ia32_block_cache *cache = opaque;

    ia32_tlb_drop_fast_writes(cache->cpu, page_pa);
}

static uint8_t *align(uint8_t *p)
{
    return p + (0 - (uintptr_t)p) % ARENA_ALIGN;
}

struct ia32_block_cache *ia32_blocks_new(struct ia32_cpu *cpu)
{
    struct ia32_block_cache *cache = vt_alloc(1, sizeof(*cache));

    cache->cpu = cpu;
    cache->forms = ia32_forms_tail;
    cache->memory = vt_alloc(1, ARENA_BYTES + ARENA_ALIGN - 1);
    cache->arena = align(cache->memory);
    cache->scratch = vt_alloc(1, BLOCK_BYTES(1));
    cache->watcher = (struct vt_code_watcher){
        .code_written = code_written,
        .became_code = became_code,
        .opaque = cache,
    };
    vt_physmem_watch_code(cpu->base.physmem, &cache->watcher);
    return cache;
}

void ia32_blocks_free(struct ia32_block_cache *cache)
{
    if (!cache)
        return;
    free(cache->memory);
    free(cache->scratch);
    free(cache);
}

void ia32_blocks_flush(struct ia32_block_cache *cache)
{
    memset(cache->by_key, 0, sizeof(cache->by_key));
    memset(cache->by_page, 0, sizeof(cache->by_page));
    cache->arena_used = 0;
    cache->count = 0;
}

unsigned ia32_blocks_count(const struct ia32_block_cache *cache)
{
    return cache->count;
}

const struct ia32_block *ia32_blocks_find(const struct ia32_block_cache *cache,
                                          uint64_t pa, unsigned mode)
{
    const struct ia32_block *block = cache->by_key[key_slot(pa, mode)];

    while (block && (block->pa != pa || block->mode != mode))
        block = block->next_of_key;
    return block;
}

static struct ia32_block *allocate(struct ia32_block_cache *cache,
                                   unsigned count)
{
    size_t bytes = BLOCK_BYTES(count);
    void *at;

    bytes = (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (bytes > ARENA_BYTES - cache->arena_used)
        ia32_blocks_flush(cache);
    at = cache->arena + cache->arena_used;
    cache->arena_used += bytes;
    return at;
}

/* Places of the instructions and their forms. */
static void fill_insns(const struct ia32_forms *forms,
                       struct ia32_block *block, unsigned page_offset,
                       const struct ia32_insn *insn, unsigned count)
{
    unsigned offset = 0;

    for (unsigned i = 0; i < count; i++) {
        struct ia32_insn *at = &block->insn[i];

        *at = insn[i];
        at->offset = (uint16_t)offset;
        if (at->base == IA32_REG_RIP) /* relative to the block's RIP */
            at->disp += offset;
        offset += at->length;
        at->form = forms->choose(at, block->mode, page_offset);
    }
    block->bytes = (uint16_t)offset;
}

/* What stands behind the last instruction. */
static void fill_end(const struct ia32_forms *forms, struct ia32_block *block,
                     unsigned page_offset)
{
    struct ia32_insn *end = &block->insn[block->count];

    *end = (struct ia32_insn){.block = block,
                              .link = &ia32_no_block,
                              .offset = block->bytes};
    end->form =
        forms->choose_end(end, end - 1, block->mode, page_offset);
}

static void fill_prices(struct ia32_block *block)
{
    uint32_t cycles = 0;

    for (unsigned i = block->count; i-- > 0;) {
        cycles += block->insn[i].cycles;
        block->insn[i].cycles_left = cycles;
    }
    block->cycles = cycles;
    block->toll = cycles;
}

static void fill(const struct ia32_forms *forms, struct ia32_block *block,
                 uint64_t pa, unsigned mode, const struct ia32_insn *insn,
                 unsigned count)
{
    unsigned page_offset = (unsigned)(pa & VT_PAGE_MASK);

    block->pa = pa;
    block->mode = (uint8_t)mode;
    block->count = (uint8_t)count;
    fill_insns(forms, block, page_offset, insn, count);
    fill_end(forms, block, page_offset);
    fill_prices(block);
}

const struct ia32_block *ia32_blocks_add(struct ia32_block_cache *cache,
                                         uint64_t pa, unsigned mode,
                                         const struct ia32_insn *insn,
                                         unsigned count)
{
    struct ia32_block *block = allocate(cache, count);
    struct ia32_block **key = &cache->by_key[key_slot(pa, mode)];
    struct ia32_block **page = &cache->by_page[page_slot(pa)];

    vt_assert(count > 0 && count <= IA32_BLOCK_INSNS);
    fill(cache->forms, block, pa, mode, insn, count);
    block->granules = granules_of(pa, block->bytes);
    block->next_of_key = *key;
    *key = block;
    block->next_of_page = *page;
    *page = block;
    cache->count++;
    vt_physmem_mark_code(cache->cpu->base.physmem, pa, block->bytes);
    return block;
}

const struct ia32_block *ia32_blocks_scratch(struct ia32_block_cache *cache,
                                             const struct ia32_insn *insn)
{
    fill(cache->forms, cache->scratch, UINT64_MAX, 0, insn, 1);
    return cache->scratch;
}

/* The instruction is const for everybody else. */
void ia32_blocks_link(const struct ia32_block *from,
                      const struct ia32_insn *linked,
                      const struct ia32_block *to)
{
    struct ia32_block *block = (struct ia32_block *)from;

    block->insn[linked - from->insn].link = to;
}

void ia32_blocks_use(struct ia32_block_cache *cache,
                     const struct ia32_forms *forms)
{
    cache->forms = forms;
    ia32_blocks_flush(cache);
}
