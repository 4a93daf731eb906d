/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --warn-stale: a line for each translation that is used after the page
 * tables have changed without an invalidation. */
#ifndef CMD_STALE_H
#define CMD_STALE_H

#include "debugger/cmd/board.h"

struct stale;
struct stale *stale_new(struct board *b);
void stale_free(struct stale *stale);

#endif
