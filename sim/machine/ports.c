/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port space of a PC: 64 Ki byte-wide addresses, each owned by at most
 * one device.  An access that its device does not take whole is split into
 * bytes, lowest address first, as the bus bridge does; bytes that nobody
 * owns read as FFh.
 * Intel 64 and IA-32 SDM, Vol 1, "Input/Output", "I/O Port Addressing". */
#include "sim/machine/device.h"

#include <stdlib.h>

#define PORT_COUNT 65536u
#define MAX_RANGES 255u

struct port_range {
    char *name;
    const struct vt_port_ops *ops;
    void *opaque;
    uint32_t first, count;
};

struct vt_ports {
    uint8_t owner[PORT_COUNT]; /* index into ranges + 1; 0 is nobody */
    struct port_range ranges[MAX_RANGES];
    unsigned range_count;
};

struct vt_ports *vt_ports_new(void)
{
    return vt_alloc(1, sizeof(struct vt_ports));
}

void vt_ports_free(struct vt_ports *ports)
{
    if (!ports)
        return;
    for (unsigned i = 0; i < ports->range_count; i++)
        free(ports->ranges[i].name);
    free(ports);
}

static const struct port_range *range_at(const struct vt_ports *ports,
                                         uint32_t port)
{
    unsigned owner = port < PORT_COUNT ? ports->owner[port] : 0;
    return owner ? &ports->ranges[owner - 1] : NULL;
}

enum vt_err vt_ports_add(struct vt_ports *ports, const char *name,
                         uint16_t first, unsigned count,
                         const struct vt_port_ops *ops, void *opaque,
                         struct vt_error *err)
{
    if (count == 0 || count > PORT_COUNT - first)
        return vt_fail(err, VT_ERR_INPUT,
                       "%s: %u ports from %xh do not fit the port space",
                       name, count, (unsigned)first);
    for (uint32_t port = first; port < first + count; port++) {
        const struct port_range *other = range_at(ports, port);
        if (other)
            return vt_fail(err, VT_ERR_INPUT,
                           "%s: port %xh already belongs to %s", name,
                           (unsigned)port, other->name);
    }
    if (ports->range_count == MAX_RANGES)
        return vt_fail(err, VT_ERR_INPUT, "%s: more than %u port ranges",
                       name, MAX_RANGES);
    ports->ranges[ports->range_count++] =
        (struct port_range){vt_strdup(name), ops, opaque, first, count};
    memset(ports->owner + first, (int)ports->range_count, count);
    return VT_OK;
}

/* The range that takes an access of size_bytes at port in one piece. */
static const struct port_range *whole(const struct vt_ports *ports,
                                      uint32_t port, unsigned size_bytes)
{
    const struct port_range *r = range_at(ports, port);
    unsigned bit = size_bytes == 4 ? 2 : size_bytes - 1;
    if (!r || !(r->ops->sizes >> bit & 1) ||
        port + size_bytes > r->first + r->count)
        return NULL;
    return r;
}

static uint32_t all_ones(unsigned size_bytes)
{
    return UINT32_MAX >> (32 - 8 * size_bytes);
}

uint32_t vt_ports_read(struct vt_ports *ports, uint16_t port,
                       unsigned size_bytes)
{
    const struct port_range *r = whole(ports, port, size_bytes);
    if (r && r->ops->read)
        return r->ops->read(r->opaque, port, size_bytes) &
               all_ones(size_bytes);
    if (size_bytes == 1)
        return 0xff;
    uint32_t value = 0;
    for (unsigned i = 0; i < size_bytes; i++) {
        /* Past FFFFh there is nobody. */
        uint32_t byte = (uint32_t)port + i < PORT_COUNT
                            ? vt_ports_read(ports, (uint16_t)(port + i), 1)
                            : 0xff;
        value |= byte << (8 * i);
    }
    return value;
}

void vt_ports_write(struct vt_ports *ports, uint16_t port, uint32_t value,
                    unsigned size_bytes)
{
    const struct port_range *r = whole(ports, port, size_bytes);
    if (r && r->ops->write) {
        r->ops->write(r->opaque, port, value & all_ones(size_bytes),
                      size_bytes);
        return;
    }
    for (unsigned i = 0; size_bytes > 1 && i < size_bytes; i++)
        if ((uint32_t)port + i < PORT_COUNT)
            vt_ports_write(ports, (uint16_t)(port + i),
                           value >> (8 * i) & 0xff, 1);
}

const char *vt_ports_name(const struct vt_ports *ports, uint16_t port)
{
    const struct port_range *r = range_at(ports, port);
    return r ? r->name : NULL;
}
