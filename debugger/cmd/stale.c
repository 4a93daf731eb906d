/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --warn-stale.  The processor compares (sim/ia32/stale.c); here it becomes
 * one line on standard error: what, where, which page. */
#include "debugger/cmd/stale.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct stale {
    struct board *board;
};

static const char *access_name(unsigned access)
{
    return access & 4 ? "a fetch" : access & 2 ? "a write" : "a read";
}

/* What the guest wrote before comes first where both go to one terminal. */
static void on_event(void *opaque, const struct vt_event *event)
{
    struct stale *stale = opaque;

    if (!vt_pc_flush(stale->board->pc))
        vt_machine_request_stop(stale->board->m, VT_STOP_OUTPUT, 0, 0, "%s",
                                "");
    fprintf(stderr,
            "vtsim: cycle %" PRIu64 ": stale translation: %s by the "
            "instruction at 0x%" PRIx64 " goes through the TLB from 0x%"
            PRIx64 " to 0x%" PRIx64 ", but %s",
            event->cycle, access_name(event->u.stale.access),
            event->u.stale.pc, event->u.stale.la, event->u.stale.old_pa,
            event->u.stale.text);
    if (event->u.stale.new_pa != UINT64_MAX &&
        event->u.stale.new_pa != event->u.stale.old_pa)
        fprintf(stderr, ", to 0x%" PRIx64, event->u.stale.new_pa);
    fputs("\n", stderr);
}

struct stale *stale_new(struct board *b)
{
    struct stale *stale = vt_alloc(1, sizeof(*stale));

    stale->board = b;
    vt_event_listen(vt_machine_bus(b->m), VT_EV_MASK(VT_EV_STALE), on_event,
                    stale);
    return stale;
}

void stale_free(struct stale *stale)
{
    if (!stale)
        return;
    vt_event_unlisten(vt_machine_bus(stale->board->m), on_event, stale);
    free(stale);
}
