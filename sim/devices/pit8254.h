/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The timer of a PC: an 8254 with three counters, and port 61h, which gates
 * the third one and the speaker. */
#ifndef VT_PIT8254_H
#define VT_PIT8254_H

#include "sim/machine/device.h"
#include "sim/machine/machine.h"

/* Frequency of the CLK inputs. */
#define VT_PIT_HZ 1193182u

struct vt_pit;

/* Make it and add it to the machine, which owns it.
 *   irq0  what the output of counter 0 drives */
enum vt_err vt_pit_add(struct vt_machine *m, const struct vt_irq *irq0,
                       struct vt_pit **pit,
                       struct vt_error *err) VT_MUST_CHECK;

#endif
