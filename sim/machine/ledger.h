/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cycle ledger: every cycle of a CPU's clock is charged to exactly one
 * account, so the accounts always add up to the clock.  An account is
 * (who) x (what), as in double-entry bookkeeping: who was running, and what
 * the cycle was spent on. */
#ifndef VT_LEDGER_H
#define VT_LEDGER_H

#include "sim/machine/vt.h"

enum vt_who_kind {
    VT_WHO_NATIVE, /* no virtual-machine operation */
    VT_WHO_VMM,    /* VMX root operation; PSR.vm = 0 */
    VT_WHO_GUEST   /* VMX non-root operation; PSR.vm = 1 */
};

/* X(enumerator, short name, what it means) */
#define VT_WHAT_TABLE(X)                                                     \
    X(INSTRUCTION, "instruction", "executing instructions")                  \
    X(REFILL, "refill", "TLB refill: the walk of the running software's own" \
                        " page tables")                                      \
    X(NESTED_REFILL, "nested-refill", "TLB refill: the nested dimension")    \
    X(VM_EXIT, "vm-exit", "the hardware part of a VM exit")                  \
    X(VM_ENTRY, "vm-entry", "the hardware part of a VM entry")               \
    X(DELIVERY, "delivery", "delivering an exception or interrupt")          \
    X(DEVICE, "device", "waiting for a device access")                       \
    X(IDLE, "idle", "halted, waiting for an event")

enum vt_what {
#define X(id, name, meaning) VT_WHAT_##id,
    VT_WHAT_TABLE(X)
#undef X
        VT_WHAT_COUNT
};

/* One row of accounts, all in cycles. */
struct vt_account_row {
    enum vt_who_kind kind;
    uint64_t guest_id; /* VMCS address or VPD address; 0 unless GUEST */
    uint64_t cycles[VT_WHAT_COUNT];
};

/* Rows 0 and 1 are NATIVE and VMM; guests follow as they first run. */
struct vt_ledger {
    struct vt_account_row *rows;
    unsigned row_count;
};

void vt_ledger_init(struct vt_ledger *ledger);
void vt_ledger_free(struct vt_ledger *ledger);
/* Row number of a guest, added when it is new; rows may move. */
unsigned vt_ledger_guest_row(struct vt_ledger *ledger, uint64_t guest_id);
/* Sum of all accounts; equals the CPU's clock (tested). */
uint64_t vt_ledger_total(const struct vt_ledger *ledger);
/* Sum of one column over a kind of who. */
uint64_t vt_ledger_sum(const struct vt_ledger *ledger, enum vt_who_kind kind,
                       enum vt_what what);
const char *vt_what_name(enum vt_what what);

#endif
