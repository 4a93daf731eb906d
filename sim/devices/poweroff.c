/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The power switch in software's hand: PM1a_CNT at port 604h, laid out as
 * ACPI has it and placed where QEMU's PIIX4 puts it.
 *
 *     15 14 13 12   10 9         3   2     1      0
 *    | 0  0 |SLP_EN|SLP_TYP| 0    |GBL_RLS|BM_RLD|SCI_EN|
 *
 * Writing SLP_EN = 1 with SLP_TYP = 0 (soft off, S5) ends the run.  Other
 * sleep types do nothing: there are no other sleep states.  SCI_EN is stored;
 * there is no SCI and the ACPI tables come with a later machine.
 * Source: ACPI Specification 6.4, "PM1 Control Registers". */
#include "sim/devices/pcports.h"

#include <stdlib.h>

#define PM1_SCI_EN 0x0001u
#define PM1_BM_RLD 0x0002u
#define PM1_SLP_TYP 0x1c00u
#define PM1_SLP_EN 0x2000u /* write-only: reads as 0 */

struct poweroff {
    struct vt_device dev;
    struct vt_machine *machine;
    uint16_t pm1_cnt;
};

static const struct vt_reg poweroff_regs[] = {
    VT_REG(struct poweroff, pm1_cnt, "PM1a_CNT", 16, "acpi", VT_FMT_HEX, 0,
           "ACPI 6.4, \"PM1 Control Registers\""),
};

static uint32_t poweroff_read(void *opaque, uint16_t port, unsigned size)
{
    const struct poweroff *p = opaque;
    uint32_t value = p->pm1_cnt >> 8 * (port & 1);
    return size == 1 ? value & 0xff : value;
}

/* A byte access changes its half of the register. */
static void poweroff_write(void *opaque, uint16_t port, uint32_t value,
                           unsigned size)
{
    struct poweroff *p = opaque;
    if (size == 1 && (port & 1))
        value = (value & 0xff) << 8 | (p->pm1_cnt & 0xffu);
    else if (size == 1)
        value = (value & 0xff) | (p->pm1_cnt & 0xff00u);
    p->pm1_cnt = (uint16_t)(value & (PM1_SCI_EN | PM1_BM_RLD | PM1_SLP_TYP));
    if ((value & (PM1_SLP_EN | PM1_SLP_TYP)) == PM1_SLP_EN)
        vt_machine_request_stop(p->machine, VT_STOP_POWER_OFF, 0, 0, "%s",
                                "");
}

static void poweroff_reset(struct vt_device *dev)
{
    struct poweroff *p = (struct poweroff *)dev;
    p->pm1_cnt = 0;
}

static void poweroff_free(struct vt_device *dev)
{
    free(dev);
}

enum vt_err vt_poweroff_add(struct vt_machine *m, struct vt_error *err)
{
    static const struct vt_device_ops ops = {.reset = poweroff_reset,
                                             .free = poweroff_free};
    static const struct vt_port_ops ports = {
        .read = poweroff_read, .write = poweroff_write, .sizes = 3};
    struct poweroff *p = vt_alloc(1, sizeof *p);
    p->dev = (struct vt_device){.ops = &ops,
                                .name = "poweroff",
                                .regs = poweroff_regs,
                                .reg_rows = ARRAY_SIZE(poweroff_regs)};
    p->machine = m;
    vt_machine_add_device(m, &p->dev);
    return vt_ports_add(vt_machine_ports(m), p->dev.name, VT_PM1A_CNT_PORT, 2,
                        &ports, p, err);
}
