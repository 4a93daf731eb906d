/* SPDX-License-Identifier: MIT */
/* The PC's interrupt controllers (8259) and its timer (8254). */
#ifndef LAB_TIMER_H
#define LAB_TIMER_H

#include <stdint.h>

#define TIMER_IRQ_VECTOR 0x20u /* what IRQ 0 becomes */

/* Silence everything but IRQ 0, and the timer until it is armed. */
void timer_init(void);
/* One interrupt after ticks (1 to 65535) of 838 ns. */
void timer_arm(uint16_t ticks);
/* Tell the 8259 that its interrupt has been taken care of. */
void timer_eoi(void);

#endif
