/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DBG_CLI_PRIV_H
#define DBG_CLI_PRIV_H

#include "debugger/cli/cli.h"

#define DBG_PROMPT "(vtsim) "

/* The session with GNU readline; false at once when vtsim was built without
 * it. */
bool dbg_readline_session(struct dbg *d, FILE *in, FILE *out);

#endif
