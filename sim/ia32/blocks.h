/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decoded-block cache (blocks.c) and instruction fetch (fetch.c).
 *
 * A block is up to 32 decoded instructions that follow each other inside one
 * page.  Its key is the host-physical address of its first byte and the
 * CPU's mode bits, so neither an alias nor a change of the page tables can
 * make it wrong; only a write to its bytes can, and physical memory tells
 * us of those whoever makes them (struct vt_code_watcher). */
#ifndef IA32_BLOCKS_H
#define IA32_BLOCKS_H

#include "sim/ia32/insn.h"

#define IA32_BLOCK_INSNS 32

struct ia32_block {
    uint64_t pa;       /* host-physical address of the first byte */
    uint64_t granules; /* of the page that its bytes touch, as in struct
                          vt_page.code_mask */
    struct ia32_block *next_of_key, *next_of_page;
    uint64_t toll;     /* what entering it takes from the time that is left:
                          cycles, or IA32_NO_ENTRY once it is dropped */
    uint32_t cycles;   /* price of the whole block */
    uint16_t bytes;
    uint8_t mode;      /* IA32_MODE_* it was decoded for */
    uint8_t count;
    struct ia32_insn insn[]; /* count of them, and the block's end */
};

struct ia32_block_cache;
struct ia32_forms;

/* The cache registers itself as code watcher with cpu->base.physmem, which
 * must be set; it must live as long as that memory is written to. */
struct ia32_block_cache *ia32_blocks_new(struct ia32_cpu *cpu);
void ia32_blocks_free(struct ia32_block_cache *cache);
/* Forget everything (a snapshot was loaded).  Not from inside a handler. */
void ia32_blocks_flush(struct ia32_block_cache *cache);
/* Blocks that are cached now, for tests and statistics. */
unsigned ia32_blocks_count(const struct ia32_block_cache *cache);

/* Block with this key, or NULL. */
const struct ia32_block *ia32_blocks_find(const struct ia32_block_cache *cache,
                                          uint64_t pa, unsigned mode);
/* Keep count instructions as a block and mark its bytes as code. */
const struct ia32_block *ia32_blocks_add(struct ia32_block_cache *cache,
                                         uint64_t pa, unsigned mode,
                                         const struct ia32_insn *insn,
                                         unsigned count);
/* Remember in an instruction of `from', or in its end, where it led. */
void ia32_blocks_link(const struct ia32_block *from,
                      const struct ia32_insn *linked,
                      const struct ia32_block *to);
/* Which of two ways of dispatch the blocks of this cache use (form.h); it is
 * the faster one by itself.  Forgets everything. */
void ia32_blocks_use(struct ia32_block_cache *cache,
                     const struct ia32_forms *forms);
/* A block of one instruction that is never found again. */
const struct ia32_block *ia32_blocks_scratch(struct ia32_block_cache *cache,
                                             const struct ia32_insn *insn);

/* The block at CS:RIP, decoded if need be.
 * Returns IA32_FAULT with #GP(0) or #PF pending when the first instruction
 * cannot be fetched, IA32_VMEXIT from the guest-physical dimension.  An
 * undefined or overlong instruction is a block whose handler faults. */
enum ia32_status
ia32_fetch_block(struct ia32_cpu *cpu,
                 const struct ia32_block **block) IA32_MUST_CHECK;
/* What an instruction costs that cannot be decoded or fetched. */
uint32_t ia32_undefined_cycles(const struct ia32_cpu *cpu);

#endif
