/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cycle ledger of one CPU: rows of accounts, and sums over them.
 * Charging itself is vt_cpu_charge (cpu.h), which moves clock and account
 * together so that they cannot drift apart. */
#include "sim/machine/ledger.h"

#include <stdlib.h>

/* Rows that every ledger has before any guest runs. */
enum { ROW_NATIVE, ROW_VMM, FIRST_GUEST_ROW };

static struct vt_account_row *add_row(struct vt_ledger *ledger,
                                      enum vt_who_kind kind,
                                      uint64_t guest_id)
{
    ledger->rows = vt_realloc(ledger->rows, ledger->row_count + (size_t)1,
                              sizeof *ledger->rows);
    struct vt_account_row *row = &ledger->rows[ledger->row_count++];
    memset(row, 0, sizeof *row);
    row->kind = kind;
    row->guest_id = guest_id;
    return row;
}

void vt_ledger_init(struct vt_ledger *ledger)
{
    ledger->rows = NULL;
    ledger->row_count = 0;
    add_row(ledger, VT_WHO_NATIVE, 0);
    add_row(ledger, VT_WHO_VMM, 0);
}

void vt_ledger_free(struct vt_ledger *ledger)
{
    free(ledger->rows);
    ledger->rows = NULL;
    ledger->row_count = 0;
}

unsigned vt_ledger_guest_row(struct vt_ledger *ledger, uint64_t guest_id)
{
    for (unsigned i = FIRST_GUEST_ROW; i < ledger->row_count; i++)
        if (ledger->rows[i].guest_id == guest_id)
            return i;
    add_row(ledger, VT_WHO_GUEST, guest_id);
    return ledger->row_count - 1;
}

uint64_t vt_ledger_total(const struct vt_ledger *ledger)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < ledger->row_count; i++)
        for (unsigned what = 0; what < VT_WHAT_COUNT; what++)
            total += ledger->rows[i].cycles[what];
    return total;
}

uint64_t vt_ledger_sum(const struct vt_ledger *ledger, enum vt_who_kind kind,
                       enum vt_what what)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < ledger->row_count; i++)
        if (ledger->rows[i].kind == kind)
            sum += ledger->rows[i].cycles[what];
    return sum;
}

const char *vt_what_name(enum vt_what what)
{
    static const char *const names[] = {
#define X(id, name, meaning) name,
        VT_WHAT_TABLE(X)
#undef X
    };
    return (unsigned)what < VT_WHAT_COUNT ? names[what] : "?";
}
