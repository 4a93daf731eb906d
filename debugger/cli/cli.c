/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command lines from a file or a pipe; with readline.c, from a terminal. */
#include "debugger/cli/cli.h"

#include <errno.h>
#include <stdlib.h>

#include "debugger/cli/cli_priv.h"

/* More than anybody types: a longer line means that this is no text. */
#define LINE_MAX_BYTES 65536u

/* One line without its newline; NULL at the end, also when reading failed or
 * the line has no end. */
static char *read_line(FILE *in)
{
    size_t size = 128, used = 0;
    char *line = vt_alloc(size, 1);
    int c;
    while ((c = fgetc(in)) != EOF && c != '\n') {
        if (used == LINE_MAX_BYTES) {
            errno = 0;
            free(line);
            return NULL;
        }
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

static bool plain_session(struct dbg *d, FILE *in, FILE *out, bool terminal)
{
    enum dbg_next next = DBG_GO_ON;
    while (next == DBG_GO_ON && !ferror(out)) {
        fputs(DBG_PROMPT, out);
        fflush(out);
        char *line = read_line(in);
        if (!line) {
            fputc('\n', out);
            return feof(in) != 0;
        }
        if (!terminal)
            fprintf(out, "%s\n", line);
        next = dbg_execute(d, line);
        free(line);
    }
    return true;
}

bool dbg_cli(struct dbg *d, FILE *in, FILE *out, bool terminal)
{
    return (terminal && dbg_readline_session(d, in, out)) ||
           plain_session(d, in, out, terminal);
}
