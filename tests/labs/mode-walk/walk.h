/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers that main.c and walk.S share. */
#ifndef MODE_WALK_H
#define MODE_WALK_H

#define LOW 0x8000      /* where the 16-bit code runs */
#define LOW_SEG 0x0800  /* the same as a segment of real-address mode */
#define IVT 0x7000
#define REAL_STACK_SEG 0x1800
#define BIG 0x200000    /* a place that 20 bits do not reach */
#define ALIAS 0x40000000 /* PAE paging: physical 0 again */

/* Selectors; those up to TSS_SEL are catch.S's. */
#define CODE32_SEL 0x08
#define DATA32_SEL 0x10
#define TSS_SEL 0x28
#define CODE16_SEL 0x30 /* base LOW */
#define DATA16_SEL 0x38 /* base LOW, limit FFFFH */
#define BIG_SEL 0x40    /* base 0, limit 4 GiB */
#define CODE64_SEL 0x48
#define TASK_SEL 0x50
#define GP_TASK_SEL 0x58
#define TASK16_SEL 0x60
#define GATE32_SEL 0x68
#define GATE64_SEL 0x70 /* two slots */
#define GDT_SLOTS 16

#define ALLOWED_PORT 0x3fd
#define FORBIDDEN_PORT 0x80

#endif
