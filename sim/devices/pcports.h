/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small devices by which a guest ends a run or says a word: debug-exit
 * port, debug console, power-off register. */
#ifndef VT_PCPORTS_H
#define VT_PCPORTS_H

#include "sim/machine/device.h"
#include "sim/machine/machine.h"

#define VT_DEBUG_EXIT_PORT 0xf4
#define VT_DEBUGCON_PORT 0xe9
#define VT_PM1A_CNT_PORT 0x604

/* A write stops the machine with VT_STOP_DEBUG_EXIT and the value. */
enum vt_err vt_debug_exit_add(struct vt_machine *m,
                              struct vt_error *err) VT_MUST_CHECK;

/* A write is a character for put (see struct vt_uart_options). */
enum vt_err vt_debugcon_add(struct vt_machine *m,
                            bool (*put)(void *opaque, uint8_t byte),
                            void *put_opaque,
                            struct vt_error *err) VT_MUST_CHECK;

/* PM1a_CNT: SLP_EN with SLP_TYP 0 stops with VT_STOP_POWER_OFF. */
enum vt_err vt_poweroff_add(struct vt_machine *m,
                            struct vt_error *err) VT_MUST_CHECK;

#endif
