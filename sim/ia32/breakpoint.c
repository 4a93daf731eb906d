/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breakpoints of the debug registers: for instructions, data and ports.
 *
 *   31 30 29 28 27 26 25 24 23 22 21 20 19 18 17 16   DR7, upper half
 *  | LEN3| R/W3| LEN2| R/W2| LEN1| R/W1| LEN0| R/W0|
 *   13        9  8  7  6  5  4  3  2  1  0            lower half
 *  | GD |...|GE|LE|G3|L3|G2|L2|G1|L1|G0|L0|
 *
 *   R/W  00 execution  01 writes  10 ports (CR4.DE = 1)  11 reads, writes
 *   LEN  00 1 byte     01 2       10 8                   11 4
 *
 * An instruction breakpoint is a fault before the instruction and is looked
 * for at the boundary before it (boundary.c); the others are traps after
 * the instruction.  What an instruction touches collects in
 * cpu->debug_hits, in the form of the VMCS field for pending debug
 * exceptions: B0-B3, and bit 12 once one of them is enabled.
 *
 * While anything is armed the processor runs one instruction at a time
 * (ia32_attend), and while data breakpoints are, without the fast TLB.
 *
 * SDM 325462, Vol 3B, "Debug Registers", "Breakpoint Field Recognition",
 * "Debug Exceptions".  Where the manual leaves a choice:
 * - B bits of disabled breakpoints are set when their condition is met
 *   together with that of an enabled one.
 * - LEN = 10 means 8 bytes on all models (undefined before Prescott and
 *   Merom).  LEN is ignored for instructions (must be 00).
 * - R/W = 10 without CR4.DE never triggers (undefined).
 * - GE and LE do nothing, as on all processors since the 80486: data
 *   breakpoints are always exact.  So they are for REP MOVS and STOS, where
 *   P6 processors are an iteration late. */
#include "sim/ia32/breakpoint.h"

#include "sim/ia32/boundary.h"
#include "sim/ia32/tlb.h"

#define BREAKPOINTS 4u
#define HIT_ENABLED VT_BIT(12)

enum kind { EXECUTION, WRITES, PORTS, ACCESSES }; /* the R/W field */

static enum kind kind_of(uint64_t dr7, unsigned n)
{
    return (enum kind)(dr7 >> (16 + 4 * n) & 3);
}

static unsigned bytes_of(uint64_t dr7, unsigned n)
{
    static const uint8_t bytes[] = {1, 2, 8, 4};
    return bytes[dr7 >> (18 + 4 * n) & 3];
}

static bool is_enabled(uint64_t dr7, unsigned n)
{
    return (dr7 >> (2 * n) & 3) != 0; /* Ln or Gn */
}

#define DR7_ENABLES UINT64_C(0xff) /* L0 G0 .. L3 G3 */

void ia32_arm(struct ia32_cpu *cpu)
{
    unsigned armed = 0;
    if (!(cpu->dr[7] & DR7_ENABLES) && cpu->armed == 0)
        return;
    for (unsigned n = 0; n < BREAKPOINTS; n++)
        if (is_enabled(cpu->dr[7], n))
            armed |= 1u << kind_of(cpu->dr[7], n);
    if (!(cpu->cr4 & CR4_DE))
        armed &= ~IA32_ARMED_IO;
    if ((armed & ~cpu->armed) & IA32_ARMED_DATA)
        ia32_fast_drop(cpu->tlb);
    cpu->armed = (uint8_t)armed;
}

/* Do [a, a + a_bytes) and [b, b + b_bytes) share a byte?  Both may go over
 * the top of the address space, which in IA-32e mode has 64 bits also while
 * compatibility mode runs. */
static bool overlap(const struct ia32_cpu *cpu, uint64_t a, unsigned a_bytes,
                    uint64_t b, unsigned b_bytes)
{
    uint64_t mask = ia32_long(cpu) ? UINT64_MAX : UINT32_MAX;
    return ((a - b) & mask) < b_bytes || ((b - a) & mask) < a_bytes;
}

/* Ranges are aligned to their length: the low bits of DRn do not count.
 * kinds: 1 << enum kind. */
static uint64_t matches(const struct ia32_cpu *cpu, unsigned kinds,
                        uint64_t first, unsigned size_bytes)
{
    uint64_t dr7 = cpu->dr[7], hits = 0;
    for (unsigned n = 0; n < BREAKPOINTS; n++) {
        enum kind kind = kind_of(dr7, n);
        unsigned bytes = kind == EXECUTION ? 1 : bytes_of(dr7, n);
        uint64_t from = cpu->dr[n] & ~(uint64_t)(bytes - 1);
        if (!(kinds >> kind & 1) ||
            !overlap(cpu, first, size_bytes, from, bytes))
            continue;
        hits |= VT_BIT(n);
        if (is_enabled(dr7, n))
            hits |= HIT_ENABLED;
    }
    return hits;
}

uint64_t ia32_code_breakpoints(const struct ia32_cpu *cpu)
{
    uint64_t hits = matches(cpu, 1u << EXECUTION, ia32_place(cpu), 1);
    return hits & HIT_ENABLED ? hits & ~HIT_ENABLED : 0;
}

void ia32_break_data(struct ia32_cpu *cpu, uint64_t la, unsigned size_bytes,
                     bool is_write)
{
    unsigned kinds = 1u << ACCESSES | (is_write ? 1u << WRITES : 0);
    cpu->debug_hits |= matches(cpu, kinds, la, size_bytes);
}

/* Port numbers are zero-extended for the comparison. */
void ia32_break_io(struct ia32_cpu *cpu, uint16_t port, unsigned size_bytes)
{
    if (cpu->armed & IA32_ARMED_IO)
        cpu->debug_hits |= matches(cpu, 1u << PORTS, port, size_bytes);
}

bool ia32_collect_hits(struct ia32_cpu *cpu)
{
    bool any = (cpu->debug_hits & HIT_ENABLED) != 0;
    if (any) {
        cpu->pending_debug |= cpu->debug_hits;
        cpu->base.attention |= VT_ATT_MODEL;
    }
    cpu->debug_hits = 0;
    return any;
}
