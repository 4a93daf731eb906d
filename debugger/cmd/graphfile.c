/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing the exit graph; see graphfile.h. */
#include "debugger/cmd/graphfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "traces/graph.h"

struct graph_file {
    struct board *board;
    struct trc_graph *graph;
    const char *path, *image;
    FILE *file;
    bool svg;
};

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), k = strlen(end);
    return n > k && strcmp(text + n - k, end) == 0;
}

int graph_file_check(const char *path)
{
    if (ends_with(path, ".dot") || ends_with(path, ".svg"))
        return CMD_OK;
    return cmd_usage_error("--graph: '%s' is neither FILE.dot nor FILE.svg",
                           path);
}

static int cannot_write(const struct graph_file *g, const char *why)
{
    cmd_usage_error("--graph: %s could not be written: %s", g->path, why);
    return CMD_OUTPUT;
}

int graph_file_open(const char *path, struct board *b, const char *image,
                    struct graph_file **to)
{
    struct graph_file *g = vt_alloc(1, sizeof(*g));
    struct vt_error err;
    *to = g;
    g->board = b;
    g->path = path;
    g->image = image;
    g->svg = ends_with(path, ".svg");
    g->graph = trc_graph_new(b->m, b->places);
    if (g->svg && trc_svg_check(&err) != VT_OK)
        return cmd_usage_error("--graph: %s: %s", path, err.text);
    g->file = fopen(path, "w");
    return g->file ? CMD_OK : cannot_write(g, strerror(errno));
}

static void write_dot(struct graph_file *g, FILE *to)
{
    char title[400];
    const char *slash = strrchr(g->image, '/');
    snprintf(title, sizeof(title),
             "VM exits of %s: %s priced as %s, %" PRIu64 " cycles",
             slash ? slash + 1 : g->image, g->board->cpu->model->name,
             g->board->profile->name, g->board->cpu->base.now_cycles);
    trc_graph_write_dot(g->graph, title, to);
}

/* The DOT text in memory, by way of a temporary file: open_memstream and
 * its like are not everywhere. */
static char *dot_text(struct graph_file *g)
{
    FILE *file = tmpfile();
    char *text = NULL;
    long bytes;
    if (!file)
        return NULL;
    write_dot(g, file);
    if (!ferror(file) && (bytes = ftell(file)) > 0 &&
        fseek(file, 0, SEEK_SET) == 0) {
        text = vt_alloc((size_t)bytes + 1, 1);
        if (fread(text, 1, (size_t)bytes, file) != (size_t)bytes) {
            free(text);
            text = NULL;
        }
    }
    fclose(file);
    return text;
}

static int write_svg(struct graph_file *g)
{
    struct vt_error err = {.kind = VT_OK};
    char *dot = dot_text(g);
    if (!dot)
        return cannot_write(g, strerror(errno));
    enum vt_err failed = trc_dot_to_svg(dot, g->file, &err);
    free(dot);
    if (failed == VT_ERR_OUTPUT)
        return cannot_write(g, err.text);
    return failed ? cmd_usage_error("--graph: %s: %s", g->path, err.text)
                  : CMD_OK;
}

int graph_file_write(struct graph_file *g)
{
    int status = CMD_OK;
    errno = 0;
    if (g->svg)
        status = write_svg(g);
    else
        write_dot(g, g->file);
    bool bad = ferror(g->file) != 0;
    bad = fclose(g->file) != 0 || bad;
    g->file = NULL;
    if (status == CMD_OK && bad)
        status = cannot_write(g, strerror(errno ? errno : EIO));
    return status;
}

void graph_file_free(struct graph_file *g)
{
    if (!g)
        return;
    if (g->file)
        fclose(g->file);
    trc_graph_free(g->graph);
    free(g);
}
