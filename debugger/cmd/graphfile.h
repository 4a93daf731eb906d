/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --graph: the file that the exit graph is written to. */
#ifndef CMD_GRAPHFILE_H
#define CMD_GRAPHFILE_H

#include "debugger/cmd/board.h"

struct graph_file;

/* Does the name end in .dot or .svg?  CMD_OK or CMD_USAGE with a line. */
int graph_file_check(const char *path);
/* Make the file (so that a bad path is known before a long run) and start
 * watching. */
int graph_file_open(const char *path, struct board *b, const char *image,
                    struct graph_file **to);
/* Draw.  CMD_OK, or a status whose line has been printed. */
int graph_file_write(struct graph_file *g);
void graph_file_free(struct graph_file *g);

#endif
