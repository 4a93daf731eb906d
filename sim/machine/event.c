/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The event bus: a list of listeners with masks.  A listener may add or
 * remove listeners (itself too) while an event is handed out: those added
 * hear the next event, those removed hear nothing more. */
#include "sim/machine/event.h"

#include <stdlib.h>

struct listener {
    uint32_t mask;
    vt_listener_fn *fn; /* NULL: removed during a hand-out */
    void *opaque;
};

struct vt_event_bus {
    struct listener *listeners;
    size_t count;
    unsigned depth; /* hand-outs under way; the array shrinks only at 0 */
    bool has_holes; /* some fn is NULL */
    uint32_t mask;  /* union of the listeners' masks */
    uint64_t seq;   /* of the next event */
};

struct vt_event_bus *vt_event_bus_new(void)
{
    return vt_alloc(1, sizeof(struct vt_event_bus));
}

void vt_event_bus_free(struct vt_event_bus *bus)
{
    if (!bus)
        return;
    free(bus->listeners);
    free(bus);
}

void vt_event_listen(struct vt_event_bus *bus, uint32_t mask,
                     vt_listener_fn *fn, void *opaque)
{
    bus->listeners = vt_realloc(bus->listeners, bus->count + 1,
                                sizeof *bus->listeners);
    bus->listeners[bus->count++] = (struct listener){mask, fn, opaque};
    bus->mask |= mask;
}

/* Drop removed listeners and work out the mask anew. */
static void compact(struct vt_event_bus *bus)
{
    size_t kept = 0;
    bus->mask = 0;
    for (size_t i = 0; i < bus->count; i++) {
        if (!bus->listeners[i].fn)
            continue;
        bus->mask |= bus->listeners[i].mask;
        bus->listeners[kept++] = bus->listeners[i];
    }
    bus->count = kept;
    bus->has_holes = false;
}

void vt_event_unlisten(struct vt_event_bus *bus, vt_listener_fn *fn,
                       void *opaque)
{
    for (size_t i = 0; i < bus->count; i++) {
        struct listener *l = &bus->listeners[i];
        if (l->fn == fn && l->opaque == opaque) {
            l->fn = NULL;
            bus->has_holes = true;
            break;
        }
    }
    if (bus->depth == 0)
        compact(bus);
}

uint32_t vt_event_mask(const struct vt_event_bus *bus)
{
    return bus->mask;
}

void vt_event_emit(struct vt_event_bus *bus, struct vt_event *event)
{
    event->seq = bus->seq++;
    size_t count = bus->count; /* later comers hear the next event */
    bus->depth++;
    for (size_t i = 0; i < count; i++) {
        /* A copy: the array may move while fn adds a listener. */
        struct listener l = bus->listeners[i];
        if (l.fn && (l.mask & VT_EV_MASK(event->kind)))
            l.fn(l.opaque, event);
    }
    if (--bus->depth == 0 && bus->has_holes)
        compact(bus);
}

const char *vt_event_name(enum vt_event_kind kind)
{
    static const char *const names[] = {
#define X(id, name, member, meaning) name,
        VT_EVENT_TABLE(X)
#undef X
    };
    return (unsigned)kind < VT_EV_COUNT ? names[kind] : "?";
}

uint64_t vt_event_seq(const struct vt_event_bus *bus)
{
    return bus->seq;
}

void vt_event_set_seq(struct vt_event_bus *bus, uint64_t seq)
{
    bus->seq = seq;
}
