/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices, I/O ports and interrupt lines. */
#ifndef VT_DEVICE_H
#define VT_DEVICE_H

#include "sim/machine/regtab.h"
#include "sim/machine/snapshot.h"
#include "sim/machine/vt.h"

struct vt_device;

struct vt_device_ops {
    /* Any may be NULL.  load rejects what it cannot be (vt_reader_reject)
     * after the register table has been loaded. */
    void (*reset)(struct vt_device *dev);
    void (*free)(struct vt_device *dev);
    /* State beyond the register table; may be NULL. */
    void (*save)(struct vt_device *dev, struct vt_writer *w);
    void (*load)(struct vt_device *dev, struct vt_reader *r);
};

/* A device struct begins with this. */
struct vt_device {
    const struct vt_device_ops *ops;
    const char *name;          /* unique in the machine: "uart0" */
    const struct vt_reg *regs; /* saved, shown and compared from here */
    size_t reg_rows;
};

/* An interrupt line: whoever drives it calls vt_irq_set. */
struct vt_irq {
    void (*set)(void *opaque, unsigned line, bool level);
    void *opaque;
    unsigned line;
};

static inline void vt_irq_set(const struct vt_irq *irq, bool level)
{
    if (irq->set)
        irq->set(irq->opaque, irq->line, level);
}

/* The port space of a PC: 64 Ki ports.  A port that nobody owns reads as
 * all ones and loses writes. */
struct vt_port_ops {
    uint32_t (*read)(void *opaque, uint16_t port, unsigned size_bytes);
    void (*write)(void *opaque, uint16_t port, uint32_t value,
                  unsigned size_bytes);
    /* Bits 0, 1, 2: the device takes accesses of 1, 2, 4 bytes whole.
     * Wider accesses are split into bytes as the bus does. */
    unsigned sizes;
};

struct vt_ports;
struct vt_ports *vt_ports_new(void);
void vt_ports_free(struct vt_ports *ports);
/* Give count ports from first to a device.  ops must live as long as ports;
 * ops->read or ops->write may be NULL (all ones, lost).
 * Returns VT_ERR_INPUT when they pass FFFFh or belong to another already. */
enum vt_err vt_ports_add(struct vt_ports *ports, const char *name,
                         uint16_t first, unsigned count,
                         const struct vt_port_ops *ops, void *opaque,
                         struct vt_error *err) VT_MUST_CHECK;
/* size_bytes is 1, 2 or 4; the bytes of a wider access that passes FFFFh
 * are nobody's. */
uint32_t vt_ports_read(struct vt_ports *ports, uint16_t port,
                       unsigned size_bytes);
void vt_ports_write(struct vt_ports *ports, uint16_t port, uint32_t value,
                    unsigned size_bytes);
/* Name of the device at a port, or NULL. */
const char *vt_ports_name(const struct vt_ports *ports, uint16_t port);

#endif
