/* SPDX-License-Identifier: MIT */
/* The PC's interrupt controllers (8259) and its timer (8254).
 * Intel 8259A and 82C54 data sheets. */
#include "labs/lib/timer.h"

#include "labs/lib/x86.h"

#define PIC1 0x20u /* command; data is one above */
#define PIC2 0xa0u
#define PIC_INIT 0x11u /* ICW1: edge triggered, cascaded, ICW4 follows */
#define PIC_EOI 0x20u
#define PIT_CHANNEL0 0x40u
#define PIT_CONTROL 0x43u
#define PIT_ONE_SHOT 0x30u /* channel 0, both bytes, mode 0 */

void timer_init(void)
{
    static const struct {
        uint16_t port;
        uint8_t value;
    } writes[] = {
        { PIT_CONTROL, PIT_ONE_SHOT },
        { PIC1, PIC_INIT }, { PIC2, PIC_INIT },
        { PIC1 + 1, TIMER_IRQ_VECTOR }, { PIC2 + 1, TIMER_IRQ_VECTOR + 8 },
        { PIC1 + 1, 1 << 2 }, { PIC2 + 1, 2 }, /* cascade on IRQ 2 */
        { PIC1 + 1, 1 }, { PIC2 + 1, 1 },      /* 8086 mode */
        { PIC1 + 1, 0xfe }, { PIC2 + 1, 0xff } /* masks: all but IRQ 0 */
    };

    for (unsigned i = 0; i < sizeof writes / sizeof *writes; i++)
        outb(writes[i].port, writes[i].value);
}

void timer_arm(uint16_t ticks)
{
    outb(PIT_CHANNEL0, (uint8_t)ticks);
    outb(PIT_CHANNEL0, (uint8_t)(ticks >> 8));
}

void timer_eoi(void)
{
    outb(PIC1, PIC_EOI);
}
