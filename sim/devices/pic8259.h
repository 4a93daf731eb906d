/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interrupt controllers of a PC: two 8259As, the second on input 2 of
 * the first, and the ELCR that makes inputs level-triggered. */
#ifndef VT_PIC8259_H
#define VT_PIC8259_H

#include "sim/machine/device.h"
#include "sim/machine/machine.h"

struct vt_pic;

/* Make the pair and add it to the machine, which owns it.
 *   intr  the INT output of the first controller: the CPU's INTR pin */
enum vt_err vt_pic_add(struct vt_machine *m, const struct vt_irq *intr,
                       struct vt_pic **pic,
                       struct vt_error *err) VT_MUST_CHECK;
/* Input line 0..15 (2 is the cascade and not to be driven); pass these as
 * vt_irq.set and vt_irq.opaque. */
void vt_pic_set_irq(void *pic, unsigned line, bool level);
/* The answer to a CPU's INTA cycles: a vector. */
unsigned vt_pic_int_ack(void *pic);

#endif
