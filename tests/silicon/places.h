/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where operands, code and stacks are put (places.c). */
#ifndef TESTS_SILICON_PLACES_H
#define TESTS_SILICON_PLACES_H

#include "tests/silicon/silicon.h"

/* An address for an operand: mostly in a page of data, now and then where it
 * runs out of it, where it may not be written, or where nothing is. */
uint64_t sil_pick_address(struct sil_random *r, unsigned mode);
/* One to jump to. */
uint64_t sil_pick_code(struct sil_random *r, unsigned mode);
/* One for the stack pointer. */
uint64_t sil_pick_stack(struct sil_random *r);
/* A selector; one for CS is the current one most of the time. */
uint16_t sil_pick_selector(struct sil_random *r, unsigned mode, bool code);

#endif
