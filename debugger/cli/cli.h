/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line-by-line face of the debugger. */
#ifndef DBG_CLI_H
#define DBG_CLI_H

#include <stdio.h>

#include "debugger/core/dbg.h"

/* Read command lines from `in` until quit or its end.  On a terminal with
 * GNU readline: editing, history, completion.  Otherwise plain lines, each
 * shown after the prompt, so that a session from a file reads like one that
 * was typed.  The session ends early when `out` cannot be written.
 * Returns false when `in` could not be read to its end: see errno, 0 when it
 * is no text. */
bool dbg_cli(struct dbg *d, FILE *in, FILE *out, bool terminal);
/* Was vtsim built with GNU readline? */
bool dbg_cli_has_readline(void);

#endif
