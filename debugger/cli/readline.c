/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines from a terminal through GNU readline.
 *
 * NOTE: readline calls completion functions without a context, so this file
 * holds the one exception to "no mutable state outside structs": which
 * session completes, thread-local and set only while readline() runs.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "debugger/cli/cli_priv.h"

#ifdef HAVE_READLINE
#include <readline/history.h>
#include <readline/readline.h>
#include <stdlib.h>

/* What the completion callback needs; set only while readline() runs. */
static _Thread_local struct {
    struct dbg *session;
    unsigned candidate;
} completing;

static char *generate(const char *word, int state)
{
    if (state == 0)
        completing.candidate = 0;
    return dbg_complete(completing.session, rl_line_buffer, word,
                        completing.candidate++);
}

static char **complete(const char *word, int start, int end)
{
    (void)start, (void)end;
    return rl_completion_matches(word, generate);
}

bool dbg_cli_has_readline(void)
{
    return true;
}

bool dbg_readline_session(struct dbg *d, FILE *in, FILE *out)
{
    enum dbg_next next = DBG_GO_ON;
    rl_readline_name = "vtsim";
    rl_instream = in;
    rl_outstream = out;
    rl_attempted_completion_function = complete;
    using_history();
    while (next == DBG_GO_ON && !ferror(out)) {
        completing.session = d;
        char *line = readline(DBG_PROMPT);
        completing.session = NULL;
        if (!line) {
            fputc('\n', out);
            break;
        }
        if (*line)
            add_history(line);
        next = dbg_execute(d, line);
        fflush(out);
        free(line);
    }
    clear_history();
    return true;
}

#else

bool dbg_cli_has_readline(void)
{
    return false;
}

bool dbg_readline_session(struct dbg *d, FILE *in, FILE *out)
{
    (void)d, (void)in, (void)out;
    return false;
}
#endif
