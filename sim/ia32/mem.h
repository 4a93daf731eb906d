/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory as instructions see it: segment:offset -> linear -> guest-physical
 * -> host-physical, with every check on the way.
 *
 *   ia32_read/ia32_write      segmented; what instructions use
 *   ia32_la_read/...          linear; implicit accesses say supervisor
 *   ia32_gpa_to_pa            the one place where A20 and, later, EPT live
 *
 * All check before they change anything: on IA32_FAULT (with #PF, #SS, #GP
 * or #AC pending) memory and registers are as they were. */
#ifndef IA32_MEM_H
#define IA32_MEM_H

#include "sim/ia32/insn.h"
#include "sim/ia32/tlb.h"

#define IA32_ACC_R 1u
#define IA32_ACC_W 2u
#define IA32_ACC_X 4u
#define IA32_ACC_USER 8u     /* as CPL 3 would */
#define IA32_ACC_IMPLICIT 16u /* descriptor tables, TSS: always supervisor;
                                 in IA-32e mode linear addresses have 64
                                 bits also while compatibility mode runs */
#define IA32_ACC_LONG 32u    /* 64-bit linear address whatever runs: stacks
                                of handlers in IA-32e mode */

/* Offset of the memory operand, address size applied. */
static inline uint64_t ia32_ea(const struct ia32_cpu *cpu,
                               const struct ia32_insn *insn)
{
    uint64_t ea = cpu->gpr[insn->base] +
                  (cpu->gpr[insn->index] << insn->scale) +
                  (uint64_t)insn->disp;
    if (insn->addrsize == 4)
        return (uint32_t)ea;
    return insn->addrsize == 2 ? (uint16_t)ea : ea;
}

/* Segmented accesses, size_bytes 1, 2, 4 or 8; *value is zero-extended.
 * ia32_read_for_write reads an operand that will be written back: it needs
 * write permission now, so that the ia32_write that follows cannot fault.
 * There is a function for each size: where the size is a constant, as in
 * most handlers, it is chosen at compile time. */
#define IA32_BY_SIZE(function, ...)                     \
    do {                                                \
        switch (size_bytes) {                           \
        case 1: return function##_1(__VA_ARGS__);       \
        case 2: return function##_2(__VA_ARGS__);       \
        case 4: return function##_4(__VA_ARGS__);       \
        default: return function##_8(__VA_ARGS__);      \
        }                                               \
    } while (0)
typedef enum ia32_status ia32_read_fn(struct ia32_cpu *cpu, unsigned seg,
                                      uint64_t offset, uint64_t *value);
typedef enum ia32_status ia32_write_fn(struct ia32_cpu *cpu, unsigned seg,
                                       uint64_t offset, uint64_t value);
ia32_read_fn ia32_read_1, ia32_read_2, ia32_read_4, ia32_read_8;
ia32_write_fn ia32_write_1, ia32_write_2, ia32_write_4, ia32_write_8;
ia32_read_fn ia32_read_for_write_1, ia32_read_for_write_2,
    ia32_read_for_write_4, ia32_read_for_write_8;

static inline IA32_MUST_CHECK enum ia32_status
ia32_read(struct ia32_cpu *cpu, unsigned seg, uint64_t offset,
          unsigned size_bytes, uint64_t *value)
{
    IA32_BY_SIZE(ia32_read, cpu, seg, offset, value);
}

static inline IA32_MUST_CHECK enum ia32_status
ia32_write(struct ia32_cpu *cpu, unsigned seg, uint64_t offset,
           unsigned size_bytes, uint64_t value)
{
    IA32_BY_SIZE(ia32_write, cpu, seg, offset, value);
}

static inline IA32_MUST_CHECK enum ia32_status
ia32_read_for_write(struct ia32_cpu *cpu, unsigned seg, uint64_t offset,
                    unsigned size_bytes, uint64_t *value)
{
    IA32_BY_SIZE(ia32_read_for_write, cpu, seg, offset, value);
}

/* Would a write succeed?  bytes up to 4096. */
enum ia32_status ia32_probe_write(struct ia32_cpu *cpu, unsigned seg,
                                  uint64_t offset,
                                  unsigned bytes) IA32_MUST_CHECK;
/* Segment part only: limit, type, null, canonical; gives the linear
 * address.  acc: IA32_ACC_R and/or IA32_ACC_W. */
enum ia32_status ia32_linear(struct ia32_cpu *cpu, unsigned seg,
                             uint64_t offset, unsigned bytes, unsigned acc,
                             uint64_t *la) IA32_MUST_CHECK;

/* Base of a segment in 64-bit mode, where only FS and GS have one. */
static inline uint64_t ia32_base64(const struct ia32_cpu *cpu, unsigned seg)
{
    return seg == IA32_FS || seg == IA32_GS ? cpu->seg[seg].base : 0;
}

/* Width of the stack pointer in bytes. */
static inline unsigned ia32_stack_size(const struct ia32_cpu *cpu)
{
    if (cpu->mode & IA32_MODE_LONG64)
        return 8;
    return cpu->mode & IA32_MODE_STACK32 ? 4 : 2;
}

/* Operands of more than 8 bytes (wide.c): x87 numbers and environments, XMM
 * registers, save areas.  bytes up to 4096; unit (1, 2, 4 or 8) is the size
 * of the accesses they are made of, the last ones may be smaller.  Writes
 * are checked as a whole before the first byte changes. */
enum ia32_status ia32_read_wide(struct ia32_cpu *cpu, unsigned seg,
                                uint64_t offset, unsigned bytes,
                                unsigned unit, uint8_t *to) IA32_MUST_CHECK;
enum ia32_status ia32_write_wide(struct ia32_cpu *cpu, unsigned seg,
                                 uint64_t offset, unsigned bytes,
                                 unsigned unit,
                                 const uint8_t *from) IA32_MUST_CHECK;
/* 16 bytes; aligned: #GP(0) when the linear address is no multiple of 16. */
enum ia32_status ia32_read128(struct ia32_cpu *cpu, unsigned seg,
                              uint64_t offset, bool aligned,
                              uint64_t q[2]) IA32_MUST_CHECK;
enum ia32_status ia32_write128(struct ia32_cpu *cpu, unsigned seg,
                               uint64_t offset, bool aligned,
                               const uint64_t q[2]) IA32_MUST_CHECK;

/* Stack with SS and its B bit; push and pop move RSP only on success. */
enum ia32_status ia32_push(struct ia32_cpu *cpu, unsigned size_bytes,
                           uint64_t value) IA32_MUST_CHECK;
enum ia32_status ia32_pop(struct ia32_cpu *cpu, unsigned size_bytes,
                          uint64_t *value) IA32_MUST_CHECK;

/* Linear accesses.  acc: IA32_ACC_IMPLICIT for supervisor whatever CPL,
 * IA32_ACC_USER for user whatever CPL, 0 for the privilege of CPL. */
enum ia32_status ia32_la_read(struct ia32_cpu *cpu, uint64_t la,
                              unsigned size_bytes, unsigned acc,
                              uint64_t *value) IA32_MUST_CHECK;
enum ia32_status ia32_la_write(struct ia32_cpu *cpu, uint64_t la,
                               unsigned size_bytes, unsigned acc,
                               uint64_t value) IA32_MUST_CHECK;
enum ia32_status ia32_la_probe(struct ia32_cpu *cpu, uint64_t la,
                               unsigned bytes,
                               unsigned acc) IA32_MUST_CHECK;

/* #AC for an access of this size at this address?  The accesses above ask by
 * themselves; a place that is only looked at, or larger than what is written,
 * does not. */
enum ia32_status ia32_check_alignment(struct ia32_cpu *cpu, uint64_t la,
                                      unsigned size_bytes,
                                      unsigned acc) IA32_MUST_CHECK;

/* Translate one linear address with the TLB and, on a miss, a walk (which
 * charges cycles, sets A and D bits and emits VT_EV_WALK). */
enum ia32_status ia32_translate(struct ia32_cpu *cpu, uint64_t la,
                                unsigned acc, uint64_t *pa) IA32_MUST_CHECK;

/* Guest-physical to host-physical: A20, and whatever the virtualization
 * model puts there.  acc as above. */
enum ia32_status ia32_gpa_to_pa_elsewhere(struct ia32_cpu *cpu, uint64_t gpa,
                                          unsigned acc,
                                          uint64_t *pa) IA32_MUST_CHECK;

static inline enum ia32_status ia32_gpa_to_pa(struct ia32_cpu *cpu,
                                              uint64_t gpa, unsigned acc,
                                              uint64_t *pa)
{
    if (VT_UNLIKELY(!cpu->a20 || cpu->non_root))
        return ia32_gpa_to_pa_elsewhere(cpu, gpa, acc, pa);
    *pa = gpa;
    return IA32_OK;
}

/* Physical accesses of the CPU itself: page tables, VMCS areas.  pa is
 * host-physical. */
uint64_t ia32_pa_read(struct ia32_cpu *cpu, uint64_t pa, unsigned size_bytes);
void ia32_pa_write(struct ia32_cpu *cpu, uint64_t pa, unsigned size_bytes,
                   uint64_t value);

/* The bus as instructions reach it: RAM at once; a device or hole settles,
 * charges DEVICE, emits VT_EV_MMIO and ends the block.  Not across pages. */
uint64_t ia32_bus_read(struct ia32_cpu *cpu, uint64_t pa,
                       unsigned size_bytes);
void ia32_bus_write(struct ia32_cpu *cpu, uint64_t pa, unsigned size_bytes,
                    uint64_t value);

/* Host memory of 16 aligned bytes, if the fast TLB knows it; else NULL. */
uint8_t *ia32_find_16(const struct ia32_cpu *cpu, bool write, unsigned seg,
                      uint64_t offset);

/* Host memory from seg:offset on, to use without any further check: *bytes
 * says how many, at least 1 and at most what was asked for, all in one page.
 * Only what the fast TLB knows already; NULL when it does not, when the
 * access would fault or reach a device, while data breakpoints are armed or
 * alignment is checked, and for writes to decoded code.  The caller then
 * makes one ordinary access, after which asking again may help.  Nothing is
 * charged or told.  The pointer is good until anything else happens. */
const uint8_t *ia32_host_read(struct ia32_cpu *cpu, unsigned seg,
                              uint64_t offset, unsigned wanted,
                              unsigned *bytes);
uint8_t *ia32_host_write(struct ia32_cpu *cpu, unsigned seg, uint64_t offset,
                         unsigned wanted, unsigned *bytes);

/* TLB contract (tlb.c).  The modelled TLB is the architectural one: an
 * entry stays until one of these drops it or a fill evicts it. */
void ia32_tlb_flush_all(struct ia32_cpu *cpu);       /* global ones too */
void ia32_tlb_flush_nonglobal(struct ia32_cpu *cpu); /* MOV to CR3 */
void ia32_tlb_flush_page(struct ia32_cpu *cpu, uint64_t la); /* INVLPG */
/* Of one PCID, of all; global ones stay. */
void ia32_tlb_flush_pcid_page(struct ia32_cpu *cpu, unsigned pcid,
                              uint64_t la);
void ia32_tlb_flush_pcid(struct ia32_cpu *cpu, unsigned pcid);
void ia32_tlb_flush_all_nonglobal(struct ia32_cpu *cpu);
/* The fast TLB is an invisible accelerator in front of it: drop it when
 * its meaning changed (A20, EFER.NXE, a page became code), which takes no
 * time.  CR0.WP, EFLAGS.AC and CPL may change without it; CR0.PG needs
 * ia32_tlb_flush_all. */
void ia32_tlb_drop_fast(struct ia32_cpu *cpu);
void ia32_tlb_drop_fast_writes(struct ia32_cpu *cpu, uint64_t page_pa);

/* Register operands.  Byte registers as struct ia32_insn numbers them. */
static inline uint8_t ia32_get8(const struct ia32_cpu *cpu, unsigned r)
{
    return r >= IA32_REG_HIGH8 ? (uint8_t)(cpu->gpr[r - IA32_REG_HIGH8] >> 8)
                               : (uint8_t)cpu->gpr[r];
}

static inline void ia32_set8(struct ia32_cpu *cpu, unsigned r, uint8_t v)
{
    if (r >= IA32_REG_HIGH8)
        cpu->gpr[r - IA32_REG_HIGH8] =
            (cpu->gpr[r - IA32_REG_HIGH8] & ~UINT64_C(0xff00)) |
            (uint64_t)v << 8;
    else
        cpu->gpr[r] = (cpu->gpr[r] & ~UINT64_C(0xff)) | v;
}

/* size_bytes 2, 4 or 8; a 4-byte write clears the upper half. */
static inline void ia32_set_reg(struct ia32_cpu *cpu, unsigned r,
                                unsigned size_bytes, uint64_t v)
{
    if (size_bytes == 4)
        cpu->gpr[r] = (uint32_t)v;
    else if (size_bytes == 2)
        cpu->gpr[r] = (cpu->gpr[r] & ~UINT64_C(0xffff)) | (uint16_t)v;
    else
        cpu->gpr[r] = v;
}

#endif
