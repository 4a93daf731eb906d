/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exit table: what each kind of VM exit cost.  It is read from
 * differences of the cycle ledger at VM exits, so that its rows add up to
 * the clock exactly:
 *
 *   price of an exit = hardware exit
 *                    + what the VMM did until the next entry
 *                    + hardware entry
 *                    + TLB refills until the next exit
 *
 * The last part is what the flush on each transition costs on a processor
 * without VPIDs: the walks do happen afterwards, in the VMM and in the
 * guest.  NOTE: walks that the guest would have needed anyway (a page it
 * touches for the first time) are in that column as well. */
#ifndef TRC_EXITS_H
#define TRC_EXITS_H

#include <stdio.h>

#include "sim/machine/machine.h"

/* Columns of one row, all in cycles. */
struct trc_price {
    uint64_t hw_exit;
    uint64_t vmm_instruction, vmm_delivery, vmm_device;
    uint64_t hw_entry;
    uint64_t refill; /* both dimensions, VMM and guest */
};

struct trc_exit_row {
    uint32_t reason; /* basic exit reason; bit 31: VM-entry failure */
    uint64_t count;
    struct trc_price price;
};

/* A failed VMX instruction (VMfailInvalid: error 0; VMfailValid). */
struct trc_fail_row {
    uint32_t error;
    uint64_t count;
};

/* The whole account of a run.  rows are sorted by total, then reason. */
struct trc_exit_report {
    struct trc_exit_row *rows;
    unsigned row_count;
    struct trc_exit_row all;    /* sum of rows; reason is not used */
    struct trc_exit_row before; /* root operation that follows no exit, with
                                   the first entry and its refills; count is
                                   the number of first entries */
    struct trc_fail_row *fails;
    unsigned fail_count;
    uint64_t native;            /* outside VMX operation */
    uint64_t guest_instruction, guest_delivery, guest_device;
    uint64_t idle;
    uint64_t entries;           /* VM entries that succeeded */
    uint64_t total;             /* the clock's advance while watched */
    uint64_t unaccounted;       /* total minus all of the above: 0 */
};

struct trc_exits;

/* Start watching a machine that stands still; the table counts from now. */
struct trc_exits *trc_exits_new(struct vt_machine *m);
void trc_exits_free(struct trc_exits *x);
/* Forget everything and count from now (a snapshot was loaded). */
void trc_exits_restart(struct trc_exits *x);
/* The table so far; give the report to trc_exit_report_free. */
struct trc_exit_report *trc_exits_report(struct trc_exits *x);
void trc_exit_report_free(struct trc_exit_report *report);

uint64_t trc_price_vmm(const struct trc_price *price);
uint64_t trc_price_total(const struct trc_price *price);

/* "10 CPUID", "33 VM-entry failure: ...", from vmx-model's table. */
void trc_reason_name(uint32_t reason, char *to, size_t size);
/* "error 7, VM entry with ...", or "VMfailInvalid" for 0. */
void trc_error_name(uint32_t error, char *to, size_t size);

/* Write the report as aligned text or as one JSON object.  The caller looks
 * at ferror(to). */
void trc_exits_write_text(const struct trc_exit_report *report, FILE *to);
void trc_exits_write_json(const struct trc_exit_report *report, FILE *to);

#endif
