/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The debug console, as Bochs and QEMU have it: a byte written to port E9h
 * is a character for the host, with no status to wait for.  A read returns
 * E9h, by which a guest finds out that the port is there.
 * Source: QEMU, device "isa-debugcon". */
#include "sim/devices/pcports.h"

#include <stdlib.h>

struct debugcon {
    struct vt_device dev;
    struct vt_machine *machine;
    bool (*put)(void *opaque, uint8_t byte);
    void *put_opaque;
};

static uint32_t debugcon_read(void *opaque, uint16_t port, unsigned size)
{
    (void)opaque, (void)port, (void)size;
    return VT_DEBUGCON_PORT;
}

static void debugcon_write(void *opaque, uint16_t port, uint32_t value,
                           unsigned size)
{
    struct debugcon *d = opaque;
    (void)port, (void)size;
    if (d->put && !d->put(d->put_opaque, (uint8_t)value))
        vt_machine_request_stop(d->machine, VT_STOP_OUTPUT, 0, 0,
                                "%s: the output could not be written",
                                d->dev.name);
}

static void debugcon_reset(struct vt_device *dev)
{
    (void)dev; /* it holds nothing */
}

static void debugcon_free(struct vt_device *dev)
{
    free(dev);
}

enum vt_err vt_debugcon_add(struct vt_machine *m,
                            bool (*put)(void *opaque, uint8_t byte),
                            void *put_opaque, struct vt_error *err)
{
    static const struct vt_device_ops ops = {.reset = debugcon_reset,
                                             .free = debugcon_free};
    static const struct vt_port_ops ports = {
        .read = debugcon_read, .write = debugcon_write, .sizes = 1};
    struct debugcon *d = vt_alloc(1, sizeof *d);
    d->dev = (struct vt_device){.ops = &ops, .name = "debugcon"};
    d->machine = m;
    d->put = put;
    d->put_opaque = put_opaque;
    vt_machine_add_device(m, &d->dev);
    return vt_ports_add(vt_machine_ports(m), d->dev.name, VT_DEBUGCON_PORT, 1,
                        &ports, d, err);
}
