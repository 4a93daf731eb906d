/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instruction fetch: from CS:RIP to a block of decoded instructions.
 *
 * The fast way ends at a cached block.  Decoding ahead never faults and
 * costs nothing: a block simply stops before the first instruction that is
 * undefined, too long, or not wholly inside the page.  Only when such an
 * instruction is reached, as the first of its block, is it fetched byte by
 * byte as the processor would, with every check, and run uncached: so an
 * instruction across two pages faults on the second page exactly when the
 * program gets there, and notices when that page changes.
 *
 * SDM Vol 3A, "Limit Checking", "Page-Fault Exceptions"; Vol 2A,
 * "Instruction Format" (15 bytes at most).
 * NOTE: instructions in devices and holes are fetched byte by byte, too;
 * real processors fetch more than they need. */
#include "sim/ia32/blocks.h"
#include "sim/ia32/event.h"
#include "sim/ia32/mem.h"
#include "sim/ia32/tlb.h"

#define INSN_MAX_BYTES 15u

static enum ia32_status op_undefined(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn)
{
    (void)insn;
    return ia32_fault_noerr(cpu, IA32_UD);
}

static enum ia32_status op_too_long(struct ia32_cpu *cpu,
                                    const struct ia32_insn *insn)
{
    (void)insn;
    return ia32_fault(cpu, IA32_GP, 0);
}

static uint32_t price(const struct ia32_cpu *cpu, enum ia32_cost cost)
{
    return cpu->cost[cost] ? cpu->cost[cost] : 1; /* no loop is free */
}

/* Does the instruction read or write memory through its ModRM byte?  LEA (M
 * alone) and NOP only name an address. */
static bool has_memory_operand(const struct ia32_insn *insn)
{
    const struct ia32_row *row = &ia32_rows[insn->row];

    if (insn->is_reg || strcmp(row->mnemonic, "NOP") == 0)
        return false;
    for (const char *c = row->operands; *c; c++)
        if ((c[0] == 'E' || c[0] == 'M') && c[1] >= 'a' && c[1] <= 'z')
            return true;
    return false;
}

/* The row's price; plain ones cost more when they go to memory. */
static uint32_t insn_price(const struct ia32_cpu *cpu,
                           const struct ia32_insn *insn)
{
    enum ia32_cost cost = (enum ia32_cost)ia32_rows[insn->row].cost;

    if (cost == IA32_COST_ALU && has_memory_operand(insn))
        cost = IA32_COST_MEM;
    return price(cpu, cost);
}

uint32_t ia32_undefined_cycles(const struct ia32_cpu *cpu)
{
    return price(cpu, IA32_COST_ALU);
}

/* --- one page ------------------------------------------------------------ */

static uint64_t linear(const struct ia32_cpu *cpu, uint64_t rip)
{
    if (cpu->mode & IA32_MODE_LONG64)
        return rip;
    return (uint32_t)(cpu->seg[IA32_CS].base + rip);
}

/* The last offset that code may be fetched from, as far as the segment is
 * concerned: in 64-bit mode the end of the address space. */
static uint64_t code_limit(const struct ia32_cpu *cpu)
{
    return cpu->mode & IA32_MODE_LONG64 ? UINT64_MAX
                                        : cpu->seg[IA32_CS].limit;
}

static bool inside_code(const struct ia32_cpu *cpu, uint64_t rip)
{
    return cpu->mode & IA32_MODE_LONG64 ? ia32_canonical(rip)
                                        : rip <= cpu->seg[IA32_CS].limit;
}

/* Where the code at la is.  *bytes is NULL when it is not RAM. */
static enum ia32_status translate_code(struct ia32_cpu *cpu, uint64_t la,
                                       uint64_t *pa, const uint8_t **bytes)
{
    bool user = cpu->cpl == 3;
    const struct ia32_fast_code *fast =
        ia32_fast_find_code(cpu->tlb, user, la);
    const struct vt_page *page;

    if (VT_LIKELY(fast != NULL)) {
        *pa = fast->pa | (la & VT_PAGE_MASK);
        *bytes = fast->host + (la & VT_PAGE_MASK);
        return IA32_OK;
    }
    IA32_TRY(ia32_translate(cpu, la, IA32_ACC_X, pa));
    page = vt_physmem_page(cpu->base.physmem, *pa);
    *bytes = page ? page->data + (*pa & VT_PAGE_MASK) : NULL;
    if (page)
        ia32_fast_fill_code(cpu->tlb, user, la, *pa, page);
    return IA32_OK;
}

/* --- one instruction, every check ----------------------------------------- */

/* Append what can be had at once to bytes: the rest of a RAM page, or one
 * byte from elsewhere; never past the limit. */
static enum ia32_status fetch_some(struct ia32_cpu *cpu,
                                   uint8_t bytes[INSN_MAX_BYTES],
                                   unsigned *have)
{
    uint64_t rip = cpu->rip + *have;
    uint64_t limit = code_limit(cpu);
    uint64_t pa, room = INSN_MAX_BYTES - *have;
    const uint8_t *from;

    if (!(cpu->mode & IA32_MODE_LONG64))
        rip = (uint32_t)rip;
    if (!inside_code(cpu, rip))
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(translate_code(cpu, linear(cpu, rip), &pa, &from));
    if (room > limit - rip)
        room = limit - rip + 1;
    if (room > VT_PAGE_BYTES - (pa & VT_PAGE_MASK))
        room = VT_PAGE_BYTES - (pa & VT_PAGE_MASK);
    if (from) {
        memcpy(bytes + *have, from, (size_t)room);
        *have += (unsigned)room;
    } else {
        bytes[(*have)++] = (uint8_t)ia32_bus_read(cpu, pa, 1);
    }
    return IA32_OK;
}

static void make_faulting(const struct ia32_cpu *cpu, struct ia32_insn *insn,
                          ia32_handler *handler)
{
    *insn = (struct ia32_insn){
        .handler = handler,
        .cycles = ia32_undefined_cycles(cpu),
    };
}

/* Fetch and decode until the decoder has enough. */
static enum ia32_status fetch_one(struct ia32_cpu *cpu,
                                  struct ia32_insn *insn)
{
    uint8_t bytes[INSN_MAX_BYTES];
    enum ia32_decode result = DECODE_MORE;
    unsigned have = 0;

    while (result == DECODE_MORE && have < INSN_MAX_BYTES) {
        IA32_TRY(fetch_some(cpu, bytes, &have));
        result = ia32_decode(bytes, have, cpu->mode, cpu->features, insn);
    }
    if (result == DECODE_OK)
        insn->cycles = insn_price(cpu, insn);
    else if (result == DECODE_UD)
        make_faulting(cpu, insn, op_undefined);
    else
        make_faulting(cpu, insn, op_too_long);
    return IA32_OK;
}

/* --- blocks ----------------------------------------------------------------- */

/* Decode ahead inside the page, as long as the block's price fits its 32
 * bits.  Returns how many instructions were good. */
static unsigned decode_ahead(const struct ia32_cpu *cpu, const uint8_t *bytes,
                             unsigned available,
                             struct ia32_insn insn[IA32_BLOCK_INSNS])
{
    unsigned count = 0;
    uint32_t cycles = 0;

    while (count < IA32_BLOCK_INSNS && available > 0) {
        struct ia32_insn *at = &insn[count];

        if (ia32_decode(bytes, available, cpu->mode, cpu->features, at) !=
            DECODE_OK)
            break;
        at->cycles = insn_price(cpu, at);
        if (at->cycles > UINT32_MAX - cycles)
            break;
        cycles += at->cycles;
        count++;
        if (ia32_rows[at->row].ends_block)
            break;
        bytes += at->length;
        available -= at->length;
    }
    return count;
}

/* A block for the code at pa, NULL when its first instruction needs the
 * long way. */
static const struct ia32_block *make_block(struct ia32_cpu *cpu, uint64_t pa,
                                           const uint8_t *bytes)
{
    struct ia32_insn insn[IA32_BLOCK_INSNS];
    unsigned available = VT_PAGE_BYTES - (unsigned)(pa & VT_PAGE_MASK);
    unsigned count = decode_ahead(cpu, bytes, available, insn);

    if (count == 0)
        return NULL;
    return ia32_blocks_add(cpu->blocks, pa, cpu->mode, insn, count);
}

/* The segment limit is no part of the key: a block that goes past it is
 * run one checked instruction at a time. */
static bool inside_limit(const struct ia32_cpu *cpu,
                         const struct ia32_block *block)
{
    uint64_t limit = code_limit(cpu);

    return cpu->rip <= limit && block->bytes - 1u <= limit - cpu->rip;
}

enum ia32_status ia32_fetch_block(struct ia32_cpu *cpu,
                                  const struct ia32_block **block)
{
    struct ia32_insn insn;
    const uint8_t *bytes;
    uint64_t pa;

    if (!inside_code(cpu, cpu->rip))
        return ia32_fault(cpu, IA32_GP, 0);
    IA32_TRY(translate_code(cpu, linear(cpu, cpu->rip), &pa, &bytes));
    if (bytes) {
        *block = ia32_blocks_find(cpu->blocks, pa, cpu->mode);
        if (!*block)
            *block = make_block(cpu, pa, bytes);
        if (VT_LIKELY(*block && inside_limit(cpu, *block)))
            return IA32_OK;
    }
    IA32_TRY(fetch_one(cpu, &insn));
    *block = ia32_blocks_scratch(cpu->blocks, &insn);
    return IA32_OK;
}
