/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Descriptors, and stacks that are not yet in SS: what segment loads, far
 * transfers and event delivery have in common.
 * SDM 325462, Vol 3A, "Segment Descriptors" and "Task-State Segment". */
#ifndef IA32_SEGMENT_H
#define IA32_SEGMENT_H

#include "sim/ia32/event.h"
#include "sim/ia32/mem.h"

/* struct ia32_seg.ar & AR_TYPE of code and data segments. */
#define AR_ACCESSED 1u
#define AR_WRITABLE 2u   /* data */
#define AR_READABLE 2u   /* code */
#define AR_EXPAND_DOWN 4u /* data */
#define AR_CONFORMING 4u /* code */
#define AR_CODE 8u
#define AR_TSS_BUSY 2u   /* TSS */

/* Types of system descriptors.  SDM Vol 3A, "System Descriptor Types". */
enum ia32_system_type {
    IA32_TSS16 = 1, IA32_LDT = 2, IA32_TSS16_BUSY = 3, IA32_CALL_GATE16 = 4,
    IA32_TASK_GATE = 5, IA32_INT_GATE16 = 6, IA32_TRAP_GATE16 = 7,
    IA32_TSS32 = 9, IA32_TSS32_BUSY = 11, IA32_CALL_GATE32 = 12,
    IA32_INT_GATE32 = 14, IA32_TRAP_GATE32 = 15
};

/* A descriptor as it lies in a table, and what it says. */
struct ia32_desc {
    uint64_t raw;
    uint64_t la;         /* where it lies */
    struct ia32_seg seg; /* with its selector; base and limit mean nothing
                            for a gate */
};

static inline unsigned ia32_desc_type(const struct ia32_desc *d)
{
    return d->seg.ar & AR_TYPE;
}

static inline unsigned ia32_ar_dpl(uint32_t ar)
{
    return (ar & AR_DPL) >> AR_DPL_SHIFT;
}

static inline bool ia32_ar_is_code(uint32_t ar)
{
    return (ar & (AR_S | AR_CODE)) == (AR_S | AR_CODE);
}

static inline bool ia32_ar_is_writable_data(uint32_t ar)
{
    return (ar & (AR_S | AR_CODE | AR_WRITABLE)) == (AR_S | AR_WRITABLE);
}

static inline bool ia32_ar_is_conforming(uint32_t ar)
{
    return ia32_ar_is_code(ar) && (ar & AR_CONFORMING);
}

/* Gate fields. */
static inline uint16_t ia32_gate_selector(const struct ia32_desc *d)
{
    return (uint16_t)(d->raw >> 16);
}

static inline uint32_t ia32_gate_offset(const struct ia32_desc *d)
{
    uint32_t low = (uint32_t)d->raw & 0xffff;
    /* Types 8 and up are the 32-bit ones. */
    if (ia32_desc_type(d) & 8)
        return low | (uint32_t)(d->raw >> 32 & 0xffff0000);
    return low;
}

/* Error code of a selector: index and TI bit, and EXT. */
static inline uint32_t ia32_selector_error(uint16_t selector, unsigned ext)
{
    return (selector & 0xfffcu) | ext;
}

static inline bool ia32_selector_null(uint16_t selector)
{
    return (selector & 0xfffc) == 0;
}

/* Protected mode, with or without IA-32e: selectors mean descriptors.  Not so
 * in real-address and virtual-8086 mode. */
static inline bool ia32_has_descriptors(const struct ia32_cpu *cpu)
{
    return (cpu->mode & (IA32_MODE_PROT | IA32_MODE_VM86)) == IA32_MODE_PROT;
}

/* Data and non-conforming code may be used by what is at least as
 * privileged as they are: both the CPL and the selector's RPL count. */
static inline bool ia32_may_access(const struct ia32_cpu *cpu,
                                   uint16_t selector, uint32_t ar)
{
    unsigned dpl = ia32_ar_dpl(ar);
    if (ia32_ar_is_conforming(ar))
        return true;
    return (selector & 3u) <= dpl && cpu->cpl <= dpl;
}

static inline bool ia32_ar_is_readable(uint32_t ar)
{
    return (ar & AR_S) && (!(ar & AR_CODE) || (ar & AR_READABLE));
}

/* Code for 64-bit mode; with D set as well it is no code at all. */
static inline bool ia32_is_code64(const struct ia32_cpu *cpu, uint32_t ar)
{
    return ia32_long(cpu) && (ar & (AR_L | AR_DB)) == AR_L;
}

static inline bool ia32_is_bad_code64(const struct ia32_cpu *cpu, uint32_t ar)
{
    return ia32_long(cpu) && (ar & (AR_L | AR_DB)) == (AR_L | AR_DB);
}

/* May a transfer to this code segment go to this offset? */
static inline bool ia32_code_offset_ok(const struct ia32_cpu *cpu,
                                       const struct ia32_seg *cs,
                                       uint64_t offset)
{
    return ia32_is_code64(cpu, cs->ar) ? ia32_canonical(offset)
                                       : offset <= cs->limit;
}

/* Linear addresses of tables and TSS: 64 bits in IA-32e mode, whatever code
 * runs. */
static inline uint64_t ia32_system_la(const struct ia32_cpu *cpu, uint64_t la)
{
    return ia32_long(cpu) ? la : (uint32_t)la;
}

/* Split raw into d->seg. */
void ia32_parse_descriptor(struct ia32_desc *d, uint16_t selector);

/* Is selector within its table?  Where the descriptor lies. */
bool ia32_find_descriptor(const struct ia32_cpu *cpu, uint16_t selector,
                          uint64_t *la);

/* Read the descriptor of a selector that is not null.
 * IA32_FAULT: vector(selector, EXT) when it is outside its table; #PF. */
enum ia32_status ia32_get_descriptor(struct ia32_cpu *cpu, uint16_t selector,
                                     enum ia32_vector vector, unsigned ext,
                                     struct ia32_desc *d) IA32_MUST_CHECK;

/* The processor sets the accessed bit of a segment it loads: in memory, and
 * in the copy.  The last thing that may fault before a load. */
enum ia32_status ia32_set_accessed(struct ia32_cpu *cpu,
                                   struct ia32_desc *d) IA32_MUST_CHECK;

/* Set or clear the busy bit of a TSS in the same way. */
enum ia32_status ia32_set_busy(struct ia32_cpu *cpu, struct ia32_desc *d,
                               bool busy) IA32_MUST_CHECK;

/* The upper half of a system descriptor in IA-32e mode, where it has 16
 * bytes: *upper is bits 63:32 of base or offset.  Nothing to read elsewhere:
 * 0.  IA32_FAULT: vector(selector, EXT) when it is outside its table or when
 * its type field is not 0; #PF. */
enum ia32_status ia32_read_upper(struct ia32_cpu *cpu,
                                 const struct ia32_desc *d,
                                 enum ia32_vector vector, unsigned ext,
                                 uint64_t *upper) IA32_MUST_CHECK;

/* Put a checked descriptor into a segment register. */
void ia32_load_seg(struct ia32_cpu *cpu, enum ia32_seg_index seg,
                   const struct ia32_desc *d, uint16_t selector);
void ia32_load_null(struct ia32_cpu *cpu, enum ia32_seg_index seg,
                    uint16_t selector);
/* SS in IA-32e mode may be null; its DPL is still the CPL: rpl. */
void ia32_load_null_ss(struct ia32_cpu *cpu, unsigned rpl);
/* A selector without a descriptor: in real-address mode base = selector * 16
 * and the rest stays as it is ("unreal" limits too), in virtual-8086 mode
 * all of it is fixed. */
void ia32_load_real_seg(struct ia32_cpu *cpu, enum ia32_seg_index seg,
                        uint16_t selector);
/* MOV, POP and far-pointer loads of ES, SS, DS, FS, GS, with all checks. */
enum ia32_status ia32_load_selector(struct ia32_cpu *cpu,
                                    enum ia32_seg_index seg,
                                    uint16_t selector) IA32_MUST_CHECK;
/* A return to an outer level leaves no segment that the new CPL may not
 * use. */
void ia32_drop_inner_segments(struct ia32_cpu *cpu);

/* CR4.UMIP: #GP(0) outside CPL 0 for SGDT, SIDT, SLDT, SMSW, STR. */
enum ia32_status ia32_check_umip(struct ia32_cpu *cpu) IA32_MUST_CHECK;
/* A 16-bit source operand; a selector as destination: zero-extended to a
 * register, 16 bits in memory. */
enum ia32_status ia32_read_ew(struct ia32_cpu *cpu,
                              const struct ia32_insn *insn,
                              uint16_t *value) IA32_MUST_CHECK;
enum ia32_status ia32_write_selector(struct ia32_cpu *cpu,
                                     const struct ia32_insn *insn,
                                     uint16_t selector) IA32_MUST_CHECK;

/* A stack under construction: the current one or one that is about to
 * replace it.  Reserve checks room and pages for whole frames; after that
 * pushing cannot fail. */
struct ia32_stack {
    struct ia32_seg seg;
    uint64_t sp;
    uint64_t mask;       /* bits of sp that count: all, 32 or 16 of them; all
                            means 64-bit mode, without base and limit */
    uint32_t error_code; /* of #SS */
    unsigned acc;        /* IA32_ACC_USER, IA32_ACC_IMPLICIT, IA32_ACC_LONG */
};

struct ia32_stack ia32_current_stack(const struct ia32_cpu *cpu,
                                     unsigned ext);
/* The first half of reserving: limits, canonical addresses. */
enum ia32_status ia32_stack_room(struct ia32_cpu *cpu,
                                 const struct ia32_stack *st, unsigned count,
                                 unsigned size_bytes) IA32_MUST_CHECK;
enum ia32_status ia32_stack_reserve(struct ia32_cpu *cpu,
                                    const struct ia32_stack *st,
                                    unsigned count,
                                    unsigned size_bytes) IA32_MUST_CHECK;
enum ia32_status ia32_stack_push(struct ia32_cpu *cpu, struct ia32_stack *st,
                                 unsigned size_bytes,
                                 uint64_t value) IA32_MUST_CHECK;
/* The same stack for a handler in 64-bit mode: sp, all bits. */
void ia32_stack_make_long(struct ia32_stack *st, uint64_t sp);
/* RSP from a 64-bit TSS: RSP0 to RSP2 by privilege level, or with ist 1 to 7
 * an IST entry.  ext as below.  The stack is not yet in SS:RSP. */
enum ia32_status ia32_long_stack(struct ia32_cpu *cpu, unsigned dpl,
                                 unsigned ist, unsigned ext,
                                 struct ia32_stack *st) IA32_MUST_CHECK;
/* RSP = value as a stack of this size writes it. */
void ia32_set_sp(struct ia32_cpu *cpu, const struct ia32_seg *ss,
                 uint64_t value);

/* Read and check the stack of privilege level dpl in the current TSS.
 * ext  EXT bit of the error codes.  Accessed bit set; SS not yet loaded. */
enum ia32_status ia32_inner_stack(struct ia32_cpu *cpu, unsigned dpl,
                                  unsigned ext, struct ia32_stack *st,
                                  struct ia32_desc *ss) IA32_MUST_CHECK;

#endif
