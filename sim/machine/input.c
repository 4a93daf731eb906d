/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Input from outside, stamped with cycles.  Live input is polled at multiples
 * of a period by a timer; what a device accepts is recorded with the cycle
 * the timer was set to.  Replay sets the same timer to the recorded stamps,
 * so the bytes arrive at the same instruction boundary as they did live.
 *
 * The place in a recording is not state: it follows from the timer's cycle,
 * which snapshots hold.  So going back to a snapshot also rewinds replay. A
 * snapshot may come from a run with other input, or none: after loading one,
 * the timer is set to what this run needs next. */
#include "sim/machine/input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define HEADER "vtsim-input 1"
#define MAX_RECORDING_BYTES ((size_t)1 << 30)
#define BUFFER_BYTES 256u
#define END_WORD "end"

/* A device that takes bytes, and where they come from. */
struct sink {
    char *device;
    size_t (*take)(void *opaque, const uint8_t *bytes, size_t count);
    void *take_opaque;
    size_t (*poll)(void *opaque, uint8_t *bytes, size_t max);
    void *poll_opaque;
    uint8_t waiting[BUFFER_BYTES]; /* polled, not accepted yet */
    size_t waiting_count;
};

/* One line of a recording; sink is NULL for the end mark. */
struct entry {
    uint64_t cycle;
    unsigned sink;
    bool is_end;
    size_t first, count; /* in bytes[] */
};

struct vt_input {
    struct vt_machine *machine;
    struct vt_timer *timer;
    uint64_t period_cycles;
    void (*wait)(void *opaque);
    void *wait_opaque;
    struct sink *sinks;
    unsigned sink_count;
    bool any_taken;   /* in this poll */
    bool idle_before; /* since the last poll, all waited (on_wait) */
    bool in_vain;     /* so it was, and the poll changed nothing */

    FILE *record; /* NULL: not recording */
    char *record_path;
    int record_errno; /* the first write error */

    bool is_replay;
    struct entry *entries;
    size_t entry_count;
    uint8_t *bytes;
    size_t byte_count;
};

/* --- live --------------------------------------------------------------- */

static void note_write_error(struct vt_input *in)
{
    if (ferror(in->record) && in->record_errno == 0)
        in->record_errno = errno ? errno : EIO;
}

static void record_bytes(struct vt_input *in, uint64_t cycle,
                         const struct sink *sink, size_t count)
{
    if (!in->record || count == 0)
        return;
    errno = 0;
    fprintf(in->record, "%" PRIu64 " %s", cycle, sink->device);
    for (size_t i = 0; i < count; i++)
        fprintf(in->record, " %02x", sink->waiting[i]);
    fputc('\n', in->record);
    fflush(in->record); /* a killed run keeps what it had */
    note_write_error(in);
}

/* Ask the source for more, offer everything to the device. */
static void poll_sink(struct vt_input *in, struct sink *sink, uint64_t cycle)
{
    if (sink->poll && sink->waiting_count < BUFFER_BYTES)
        sink->waiting_count +=
            sink->poll(sink->poll_opaque, sink->waiting + sink->waiting_count,
                       BUFFER_BYTES - sink->waiting_count);
    if (sink->waiting_count == 0)
        return;
    size_t taken =
        sink->take(sink->take_opaque, sink->waiting, sink->waiting_count);
    vt_assert(taken <= sink->waiting_count);
    record_bytes(in, cycle, sink, taken);
    in->any_taken = in->any_taken || taken > 0;
    sink->waiting_count -= taken;
    memmove(sink->waiting, sink->waiting + taken, sink->waiting_count);
}

/* Can anything still come?  If not, polling would only keep a machine from
 * noticing that it waits for ever. */
static bool is_live(const struct vt_input *in)
{
    for (unsigned i = 0; i < in->sink_count; i++)
        if (in->sinks[i].poll || in->sinks[i].waiting_count > 0)
            return true;
    return false;
}

/* The first multiple of the period after cycle. */
static uint64_t next_poll(const struct vt_input *in, uint64_t cycle)
{
    return cycle - cycle % in->period_cycles + in->period_cycles;
}

/* --- replay ------------------------------------------------------------- */

/* Index of the first entry with a stamp >= cycle. */
static size_t find_entry(const struct vt_input *in, uint64_t cycle)
{
    size_t low = 0, high = in->entry_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (in->entries[mid].cycle < cycle)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Give the device what it got; if it cannot take it now, this is not the
 * run that was recorded. */
static void replay_entry(struct vt_input *in, const struct entry *e)
{
    const struct sink *sink = &in->sinks[e->sink];
    size_t taken =
        sink->take(sink->take_opaque, in->bytes + e->first, e->count);
    if (taken != e->count)
        vt_machine_request_stop(in->machine, VT_STOP_BREAK, 0, 0,
                                "the replay has left the recorded run: at "
                                "cycle %" PRIu64 " %s took %zu of %zu bytes",
                                e->cycle, sink->device, taken, e->count);
}

/* The next timer of a replay; none when the recording is over. */
static void arm_entry(struct vt_input *in, size_t i)
{
    if (i < in->entry_count)
        vt_timer_arm(in->timer, in->entries[i].cycle);
    else
        vt_timer_cancel(in->timer);
}

static void replay_at(struct vt_input *in, uint64_t cycle)
{
    size_t i = find_entry(in, cycle);
    for (; i < in->entry_count && in->entries[i].cycle == cycle; i++)
        if (!in->entries[i].is_end)
            replay_entry(in, &in->entries[i]);
    arm_entry(in, i);
}

/* --- the timer ---------------------------------------------------------- */

static void on_timer(void *opaque, uint64_t cycle)
{
    struct vt_input *in = opaque;
    if (in->is_replay) {
        replay_at(in, cycle);
        return;
    }
    in->any_taken = false;
    for (unsigned i = 0; i < in->sink_count; i++)
        poll_sink(in, &in->sinks[i], cycle);
    in->in_vain = in->idle_before && !in->any_taken;
    in->idle_before = false;
    if (is_live(in))
        vt_timer_arm(in->timer, next_poll(in, cycle));
}

/* An armed timer says what had not happened when the snapshot was saved,
 * also when it is due.  One that is not armed says that nothing was to come
 * any more: then what this run has begins after the present cycle. */
static void after_load(void *opaque)
{
    struct vt_input *in = opaque;
    uint64_t now = vt_machine_now(in->machine), due;
    bool armed = vt_timer_armed(in->timer, &due);
    if (in->is_replay)
        arm_entry(in, find_entry(in, armed ? due : now + 1));
    else if (!is_live(in))
        vt_timer_cancel(in->timer);
    else if (!armed || due > next_poll(in, now))
        vt_timer_arm(in->timer, next_poll(in, now));
}

/* A device that has refused its bytes in a poll between two of these calls,
 * with every CPU waiting and no timer of a device running, will refuse them
 * for ever: it is of no use to ask for more.  When that is so of all that
 * could bring input, polling ends, and the machine finds that it waits in
 * vain. */
static void on_wait(void *opaque)
{
    struct vt_input *in = opaque;
    bool any_open = false;
    if (in->is_replay || !in->wait)
        return;
    in->idle_before = true;
    for (unsigned i = 0; i < in->sink_count; i++) {
        const struct sink *sink = &in->sinks[i];
        if (sink->waiting_count > 0 && !in->in_vain)
            return; /* offered at the next poll */
        any_open = any_open || (sink->poll && sink->waiting_count == 0);
    }
    if (any_open)
        in->wait(in->wait_opaque);
    else
        vt_timer_cancel(in->timer);
}

static const struct vt_outside_ops timer_ops = {
    .fire = on_timer, .after_load = after_load, .wait = on_wait};

/* --- making ------------------------------------------------------------- */

struct vt_input *vt_input_new(struct vt_machine *m, uint64_t period_cycles)
{
    struct vt_input *in = vt_alloc(1, sizeof *in);
    in->machine = m;
    in->period_cycles = period_cycles ? period_cycles : 1;
    in->timer = vt_timer_new_outside(m, "input", &timer_ops, in);
    return in;
}

void vt_input_free(struct vt_input *in)
{
    if (!in)
        return;
    if (in->record)
        fclose(in->record);
    for (unsigned i = 0; i < in->sink_count; i++)
        free(in->sinks[i].device);
    free(in->sinks);
    free(in->record_path);
    free(in->entries);
    free(in->bytes);
    free(in);
}

static struct sink *find_sink(const struct vt_input *in, const char *device)
{
    for (unsigned i = 0; i < in->sink_count; i++)
        if (strcmp(in->sinks[i].device, device) == 0)
            return &in->sinks[i];
    return NULL;
}

void vt_input_add_sink(struct vt_input *in, const char *device,
                       size_t (*take)(void *opaque, const uint8_t *bytes,
                                      size_t count),
                       void *opaque)
{
    vt_assert(!find_sink(in, device) && !strchr(device, ' '));
    in->sinks = vt_realloc(in->sinks, in->sink_count + (size_t)1,
                           sizeof *in->sinks);
    struct sink *sink = &in->sinks[in->sink_count++];
    memset(sink, 0, sizeof *sink);
    sink->device = vt_strdup(device);
    sink->take = take;
    sink->take_opaque = opaque;
}

void vt_input_set_source(struct vt_input *in, const char *device,
                         size_t (*poll)(void *opaque, uint8_t *bytes,
                                        size_t max),
                         void *opaque)
{
    struct sink *sink = find_sink(in, device);
    vt_assert(sink);
    sink->poll = poll;
    sink->poll_opaque = opaque;
    if (poll && !in->is_replay && !vt_timer_armed(in->timer, NULL))
        vt_timer_arm(in->timer, next_poll(in, vt_machine_now(in->machine)));
}

void vt_input_set_wait(struct vt_input *in, void (*wait)(void *opaque),
                       void *opaque)
{
    in->wait = wait;
    in->wait_opaque = opaque;
}

enum vt_err vt_input_record(struct vt_input *in, const char *path,
                            struct vt_error *err)
{
    vt_assert(!in->record);
    errno = 0;
    in->record = fopen(path, "w");
    if (!in->record)
        return vt_fail(err, VT_ERR_OUTPUT, "cannot write recording %s: %s",
                       path, strerror(errno));
    in->record_path = vt_strdup(path);
    fprintf(in->record, HEADER "\n");
    fflush(in->record);
    note_write_error(in);
    return VT_OK;
}

enum vt_err vt_input_finish(struct vt_input *in, struct vt_error *err)
{
    if (!in->record)
        return VT_OK;
    errno = 0;
    /* The end mark keeps a replay going until the live run ended. */
    fprintf(in->record, "%" PRIu64 " " END_WORD "\n",
            vt_machine_now(in->machine));
    fflush(in->record);
    note_write_error(in);
    if (fclose(in->record) != 0 && in->record_errno == 0)
        in->record_errno = errno ? errno : EIO;
    in->record = NULL;
    if (in->record_errno == 0)
        return VT_OK;
    return vt_fail(err, VT_ERR_OUTPUT, "cannot write recording %s: %s",
                   in->record_path, strerror(in->record_errno));
}

/* --- reading a recording ------------------------------------------------ */

struct lines {
    const char *path;
    char *at; /* text, ended by 0; words are cut out in place */
    unsigned line;
    struct vt_error *err;
};

static enum vt_err bad(const struct lines *l, const char *what,
                       const char *word)
{
    char clean[41];
    size_t i = 0;
    for (; word[i] && i < sizeof clean - 1; i++)
        clean[i] = word[i] >= ' ' && word[i] <= '~' ? word[i] : '?';
    clean[i] = '\0';
    return vt_fail(l->err, VT_ERR_INPUT, "%s:%u: %s: \"%s\"", l->path,
                   l->line, what, clean);
}

/* Cut the next line off; NULL at the end of the text. */
static char *take_line(struct lines *l)
{
    if (!*l->at)
        return NULL;
    char *line = l->at;
    char *end = strchr(line, '\n');
    if (end)
        *end = '\0';
    l->at = end ? end + 1 : line + strlen(line);
    l->line++;
    size_t length = strlen(line);
    if (length > 0 && line[length - 1] == '\r')
        line[length - 1] = '\0';
    return line;
}

/* Cut the next word off *rest; NULL when there is none. */
static char *take_word(char **rest)
{
    char *word = *rest + strspn(*rest, " ");
    if (!*word)
        return NULL;
    char *end = word + strcspn(word, " ");
    *rest = end + (*end != '\0');
    *end = '\0';
    return word;
}

/* The bytes of one line go behind those of the lines before. */
static enum vt_err take_bytes(struct vt_input *in, const struct lines *l,
                              char *rest, struct entry *e)
{
    e->first = in->byte_count;
    for (char *word; (word = take_word(&rest)) != NULL;) {
        int high = vt_hex_digit(word[0]);
        int low = high < 0 ? -1 : vt_hex_digit(word[1]);
        if (low < 0 || word[2] != '\0')
            return bad(l, "not a byte of two hexadecimal digits", word);
        in->bytes[in->byte_count++] = (uint8_t)(high << 4 | low);
    }
    e->count = in->byte_count - e->first;
    return e->count ? VT_OK : bad(l, "no bytes follow the device",
                                  in->sinks[e->sink].device);
}

static enum vt_err take_entry(struct vt_input *in, const struct lines *l,
                              char *rest, struct entry *e)
{
    char *cycle = take_word(&rest);
    if (!cycle || !vt_parse_u64(cycle, &e->cycle))
        return bad(l, "not a cycle number", cycle ? cycle : "");
    size_t before = in->entry_count;
    if (before > 0 && e->cycle < in->entries[before - 1].cycle)
        return bad(l, "earlier than the line before", cycle);
    if (before > 0 && in->entries[before - 1].is_end)
        return bad(l, "a line after the end", cycle);
    char *device = take_word(&rest);
    if (!device)
        return bad(l, "no device follows the cycle", cycle);
    e->is_end = strcmp(device, END_WORD) == 0;
    if (e->is_end)
        return VT_OK;
    struct sink *sink = find_sink(in, device);
    if (!sink)
        return bad(l, "no device of this machine takes input by the name",
                   device);
    e->sink = (unsigned)(sink - in->sinks);
    return take_bytes(in, l, rest, e);
}

static enum vt_err take_recording(struct vt_input *in, struct lines *l)
{
    char *line = take_line(l);
    if (!line || strcmp(line, HEADER) != 0)
        return bad(l, "the first line is not \"" HEADER "\"",
                   line ? line : "");
    while ((line = take_line(l)) != NULL) {
        if (line[strspn(line, " ")] == '\0')
            continue;
        struct entry e = {0};
        enum vt_err status = take_entry(in, l, line, &e);
        if (status != VT_OK)
            return status;
        in->entries = vt_realloc(in->entries, in->entry_count + 1, sizeof e);
        in->entries[in->entry_count++] = e;
    }
    return VT_OK;
}

enum vt_err vt_input_replay(struct vt_input *in, const char *path,
                            struct vt_error *err)
{
    uint8_t *data;
    size_t bytes;
    enum vt_err e =
        vt_read_file(path, MAX_RECORDING_BYTES, &data, &bytes, err);
    if (e != VT_OK)
        return e;
    char *text = vt_alloc(bytes + 1, 1);
    memcpy(text, data, bytes);
    free(data);
    in->entry_count = in->byte_count = 0;
    in->bytes = vt_realloc(in->bytes, bytes / 2 + 1, 1);
    struct lines l = {.path = path, .at = text, .err = err};
    if (strlen(text) != bytes)
        e = bad(&l, "a zero byte, so not a recording", "");
    else
        e = take_recording(in, &l);
    free(text);
    if (e != VT_OK)
        return e;
    in->is_replay = true;
    arm_entry(in, find_entry(in, vt_machine_now(in->machine)));
    return VT_OK;
}
