/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DOT to SVG: through the Graphviz library when vtsim was built with it,
 * else through the program dot, as a child with files for both ends (no
 * pipe, so no deadlock).  dot does not notice a full disk, so its output is
 * copied and checked here. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "traces/graph.h"

#include <errno.h>
#include <string.h>

#ifdef HAVE_GRAPHVIZ
#include <graphviz/gvc.h>

enum vt_err trc_dot_to_svg(const char *dot, FILE *to, struct vt_error *err)
{
    char *svg = NULL;
    unsigned bytes = 0;
    GVC_t *gvc = gvContext();
    Agraph_t *graph = gvc ? agmemread(dot) : NULL;
    enum vt_err result = VT_OK;

    if (!graph || gvLayout(gvc, graph, "dot") != 0)
        result = vt_fail(err, VT_ERR_INPUT,
                         "Graphviz could not lay the graph out");
    else if (gvRenderData(gvc, graph, "svg", &svg, &bytes) != 0 || !svg)
        result = vt_fail(err, VT_ERR_INPUT, "Graphviz cannot write SVG");
    else if (fwrite(svg, 1, bytes, to) != bytes)
        result = vt_fail(err, VT_ERR_OUTPUT, "%s", strerror(errno));
    if (svg)
        gvFreeRenderData(svg);
    if (graph) {
        gvFreeLayout(gvc, graph);
        agclose(graph);
    }
    if (gvc)
        gvFreeContext(gvc);
    return result;
}

enum vt_err trc_svg_check(struct vt_error *err)
{
    (void)err;
    return VT_OK;
}

#else
#include <sys/wait.h>
#include <unistd.h>

/* The child: text on standard input, SVG on standard output. */
static void run_dot(int in, int out)
{
    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        execlp("dot", "dot", "-Tsvg", (char *)NULL);
    _exit(127);
}

static enum vt_err wait_for_dot(pid_t child, struct vt_error *err)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return VT_OK;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return vt_fail(err, VT_ERR_INPUT,
                       "SVG needs Graphviz: vtsim was built without its "
                       "library and there is no program dot; write a .dot "
                       "file instead");
    return vt_fail(err, VT_ERR_OUTPUT, "the program dot failed");
}

/* False when to cannot be written. */
static bool copy_file(FILE *from, FILE *to)
{
    char buffer[4096];
    size_t n;
    rewind(from);
    while ((n = fread(buffer, 1, sizeof(buffer), from)) > 0)
        if (fwrite(buffer, 1, n, to) != n)
            return false;
    return !ferror(from) && fflush(to) == 0;
}

static enum vt_err convert(FILE *text, FILE *svg, FILE *to,
                           struct vt_error *err)
{
    pid_t child = fork();
    if (child == 0)
        run_dot(fileno(text), fileno(svg));
    if (child < 0)
        return vt_fail(err, VT_ERR_OUTPUT, "%s", strerror(errno));
    enum vt_err failed = wait_for_dot(child, err);
    if (!failed && !copy_file(svg, to))
        return vt_fail(err, VT_ERR_OUTPUT, "%s", strerror(errno));
    return failed;
}

enum vt_err trc_dot_to_svg(const char *dot, FILE *to, struct vt_error *err)
{
    FILE *text = tmpfile(), *svg = tmpfile();
    enum vt_err result;
    if (text && svg && fputs(dot, text) != EOF && fflush(text) == 0 &&
        fseek(text, 0, SEEK_SET) == 0)
        result = convert(text, svg, to, err);
    else
        result = vt_fail(err, VT_ERR_OUTPUT, "%s", strerror(errno));
    if (text)
        fclose(text);
    if (svg)
        fclose(svg);
    return result;
}

/* Whether there is a program dot is known when it has drawn something. */
enum vt_err trc_svg_check(struct vt_error *err)
{
    FILE *nowhere = tmpfile();
    if (!nowhere)
        return vt_fail(err, VT_ERR_OUTPUT, "%s", strerror(errno));
    enum vt_err result = trc_dot_to_svg("digraph {}", nowhere, err);
    fclose(nowhere);
    return result;
}
#endif
