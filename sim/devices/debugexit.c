/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The debug-exit port, as QEMU's isa-debug-exit with iobase=0xf4,iosize=4: a
 * write of any size ends the run, and the program's exit status tells the
 * value: (value << 1) | 1, so a test in a guest can pass or fail.  No real
 * PC has it.  Reads give all ones, as where nobody answers.
 * Source: QEMU, docs of the device "isa-debug-exit". */
#include "sim/devices/pcports.h"

#include <stdlib.h>

struct debug_exit {
    struct vt_device dev;
    struct vt_machine *machine;
};

static uint32_t debug_exit_read(void *opaque, uint16_t port, unsigned size)
{
    (void)opaque, (void)port;
    return size == 4 ? UINT32_MAX : (UINT32_C(1) << 8 * size) - 1;
}

static void debug_exit_write(void *opaque, uint16_t port, uint32_t value,
                             unsigned size)
{
    struct debug_exit *d = opaque;
    (void)port, (void)size;
    vt_machine_request_stop(d->machine, VT_STOP_DEBUG_EXIT, 0, value, "%s",
                            "");
}

static void debug_exit_reset(struct vt_device *dev)
{
    (void)dev; /* it holds nothing */
}

static void debug_exit_free(struct vt_device *dev)
{
    free(dev);
}

enum vt_err vt_debug_exit_add(struct vt_machine *m, struct vt_error *err)
{
    static const struct vt_device_ops ops = {.reset = debug_exit_reset,
                                             .free = debug_exit_free};
    static const struct vt_port_ops ports = {
        .read = debug_exit_read, .write = debug_exit_write, .sizes = 7};
    struct debug_exit *d = vt_alloc(1, sizeof *d);
    d->dev = (struct vt_device){.ops = &ops, .name = "debug-exit"};
    d->machine = m;
    vt_machine_add_device(m, &d->dev);
    return vt_ports_add(vt_machine_ports(m), d->dev.name, VT_DEBUG_EXIT_PORT,
                        4, &ports, d, err);
}
