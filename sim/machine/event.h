/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The event bus: what happened in the machine, told to whoever listens.
 * Listeners get const pointers and return nothing, so that watching a
 * machine cannot change it; asking it to stop is a separate call
 * (vt_machine_request_stop).
 *
 * Numbers with a meaning in one architecture (vectors, exit reasons) travel
 * as numbers: sim/machine knows no instruction set. */
#ifndef VT_EVENT_H
#define VT_EVENT_H

#include "sim/machine/vt.h"

/* X(enumerator, name, payload member or _, meaning).
 * INSN and BRANCH come from the observed loop only; the others come from
 * both loops.  Listening to STALE makes a CPU slow: every use of a cached
 * translation is compared with the tables. */
#define VT_EVENT_TABLE(X)                                                   \
    X(INSN, "insn", insn, "an instruction is about to run")                 \
    X(FAULT, "fault", intr, "an exception was raised")                      \
    X(DELIVER, "deliver", intr, "an event goes through the IDT or IVT")     \
    X(IRET, "iret", intr, "return from an event handler")                   \
    X(VM_EXIT, "vm-exit", vm, "a VM exit is complete")                      \
    X(VM_ENTRY, "vm-entry", vm, "a VM entry is complete")                   \
    X(VM_FAIL, "vm-fail", vm, "a virtualization instruction failed")        \
    X(WALK, "walk", walk, "a page walk filled the TLB")                     \
    X(TLB_FLUSH, "tlb-flush", walk, "TLB entries were dropped")             \
    X(PORT, "port", io, "a port was read or written")                       \
    X(MMIO, "mmio", io, "a memory-mapped device was read or written")       \
    X(IRQ, "irq", io, "a device's interrupt line changed")                  \
    X(HALT, "halt", insn, "the CPU halted")                                 \
    X(WAKE, "wake", insn, "the CPU left the halted state")                  \
    X(DIAG, "diag", diag, "software did something that will bite it later") \
    X(STALE, "stale", stale, "a translation was used that no table holds")

enum vt_event_kind {
#define X(id, name, member, meaning) VT_EV_##id,
    VT_EVENT_TABLE(X)
#undef X
        VT_EV_COUNT
};
#define VT_EV_MASK(kind) (1u << (kind))
#define VT_EV_ALL ((1u << VT_EV_COUNT) - 1)

struct vt_event {
    uint64_t cycle; /* the CPU's clock; accounts are settled to it */
    uint64_t seq;   /* 0, 1, 2, ... over the whole machine */
    unsigned cpu;
    enum vt_event_kind kind;
    union {
        struct {
            uint64_t pc; /* linear address of the instruction */
        } insn;
        struct {
            unsigned vector;
            unsigned type; /* as in VM-exit interruption information */
            bool has_error_code;
            uint32_t error_code;
            uint64_t address; /* CR2 for a page fault, else 0 */
            uint64_t pc;
        } intr;
        struct {
            uint32_t reason; /* whole exit-reason field, or error number */
            uint64_t qualification;
            uint64_t guest_id;  /* VMCS address */
            uint64_t guest_pc;  /* linear address */
            uint64_t host_pc;   /* linear address the VMM continues at, or
                                   comes from */
            unsigned insn_bytes;
            uint64_t hardware_cycles; /* what the transition itself cost */
            bool is_launch;           /* VM_ENTRY by VMLAUNCH */
            const char *check;        /* VM_FAIL: identifier of the failed
                                         row, or NULL */
        } vm;
        struct {
            uint64_t la;
            uint64_t pa;
            unsigned access; /* 1 read, 2 write, 4 fetch, 8 user */
            unsigned levels; /* table entries read */
            uint64_t cycles;
        } walk;
        struct {
            uint64_t address; /* port, physical address or line number */
            uint64_t value;
            unsigned size_bytes;
            bool is_write;
        } io;
        struct {
            uint64_t la;
            uint64_t old_pa; /* guest-physical, as the TLB says */
            uint64_t new_pa; /* as the tables say; UINT64_MAX: not mapped */
            unsigned access; /* as in walk */
            uint64_t pc;     /* linear address of the instruction */
            const char *text; /* what is wrong, a few words */
        } stale;
        struct {
            const char *id;   /* stable identifier, e.g. "vmcs-edited" */
            const char *text; /* one sentence */
            uint64_t a, b;
        } diag;
    } u;
};

struct vt_event_bus;
typedef void vt_listener_fn(void *opaque, const struct vt_event *event);

struct vt_event_bus *vt_event_bus_new(void);
void vt_event_bus_free(struct vt_event_bus *bus);
/* mask: VT_EV_MASK bits.  Listeners are called in the order they came. */
void vt_event_listen(struct vt_event_bus *bus, uint32_t mask,
                     vt_listener_fn *fn, void *opaque);
void vt_event_unlisten(struct vt_event_bus *bus, vt_listener_fn *fn,
                       void *opaque);
/* Kinds that anybody listens to. */
uint32_t vt_event_mask(const struct vt_event_bus *bus);
/* Give event its seq and hand it out. */
void vt_event_emit(struct vt_event_bus *bus, struct vt_event *event);
const char *vt_event_name(enum vt_event_kind kind);
/* seq counts on in a restored machine as if it had never stopped. */
uint64_t vt_event_seq(const struct vt_event_bus *bus);
void vt_event_set_seq(struct vt_event_bus *bus, uint64_t seq);

#endif
