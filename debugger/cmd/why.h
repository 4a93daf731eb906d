/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --explain: why an exit happened, why an entry or VMX instruction failed,
 * at the moment it does. */
#ifndef CMD_WHY_H
#define CMD_WHY_H

#include "debugger/cmd/board.h"

struct why;
struct why *why_new(struct board *b);
void why_free(struct why *why);

#endif
