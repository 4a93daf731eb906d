/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command lines from a file or a pipe; with readline.c, from a terminal. */
#include "debugger/cli/cli.h"

#include <stdlib.h>

#include "debugger/cli/cli_priv.h"

/* One line of any length without its newline; NULL at the end. */
static char *read_line(FILE *in)
{
    size_t size = 128, used = 0;
    char *line = vt_alloc(size, 1);
    int c;
    while ((c = fgetc(in)) != EOF && c != '\n') {
        if (used + 1 == size) {
            size *= 2;
            line = vt_realloc(line, size, 1);
        }
        line[used++] = (char)c;
    }
    line[used] = '\0';
    if (c == EOF && used == 0) {
        free(line);
        return NULL;
    }
    return line;
}

static void plain_session(struct dbg *d, FILE *in, FILE *out, bool terminal)
{
    enum dbg_next next = DBG_GO_ON;
    while (next == DBG_GO_ON) {
        fputs(DBG_PROMPT, out);
        fflush(out);
        char *line = read_line(in);
        if (!line) {
            fputc('\n', out);
            return;
        }
        if (!terminal)
            fprintf(out, "%s\n", line);
        next = dbg_execute(d, line);
        free(line);
    }
}

void dbg_cli(struct dbg *d, FILE *in, FILE *out, bool terminal)
{
    if (!terminal || !dbg_readline_session(d, in, out))
        plain_session(d, in, out, terminal);
}
