/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --explain; the words are vmx-model's.  Every failure is explained, exits
 * once for each reason: a guest has thousands of them. */
#include "debugger/cmd/why.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "vmx-model/vmx.h"

#define REASONS 128 /* basic exit reasons are fewer */

struct why {
    struct board *board;
    bool seen[REASONS];
};

typedef size_t explain_fn(const struct ia32_cpu *cpu, char *to, size_t size);

/* What the guest wrote before comes first where both go to one terminal. */
static void print(struct why *why, explain_fn *explain, uint64_t cycle)
{
    const struct ia32_cpu *cpu = why->board->cpu;
    size_t length = explain(cpu, NULL, 0);
    if (!length)
        return;
    char *text = vt_alloc(length + 1, 1);
    explain(cpu, text, length + 1);
    if (!vt_pc_flush(why->board->pc))
        vt_machine_request_stop(why->board->m, VT_STOP_OUTPUT, 0, 0, "%s",
                                "");
    fprintf(stderr, "vtsim: cycle %" PRIu64 ":\n%s%s", cycle, text,
            text[length - 1] == '\n' ? "" : "\n");
    free(text);
}

static void on_event(void *opaque, const struct vt_event *event)
{
    struct why *why = opaque;
    uint32_t reason = event->u.vm.reason;
    uint32_t number = reason & UINT32_C(0xffff);

    if (event->kind == VT_EV_VM_FAIL || reason >> 31) {
        print(why, vmx_explain_failure, event->cycle);
    } else if (number < REASONS && !why->seen[number]) {
        why->seen[number] = true;
        print(why, vmx_explain_exit, event->cycle);
    }
}

struct why *why_new(struct board *b)
{
    struct why *why = vt_alloc(1, sizeof(*why));
    why->board = b;
    vt_event_listen(vt_machine_bus(b->m),
                    VT_EV_MASK(VT_EV_VM_EXIT) | VT_EV_MASK(VT_EV_VM_FAIL),
                    on_event, why);
    return why;
}

void why_free(struct why *why)
{
    if (!why)
        return;
    vt_event_unlisten(vt_machine_bus(why->board->m), on_event, why);
    free(why);
}
