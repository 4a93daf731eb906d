/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recording and replaying input from outside. */
#include "sim/machine/input.h"
#include "tests/machine/small_machine.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>

#define RECORDING "test-input.tmp"

static const struct vt_profile profile = {.hz = 1000000};

/* A machine with an input; what arrives goes to memory, so that it is part
 * of the hash. */
struct bench {
    struct small_machine s;
    struct vt_input *in;
    const char *typed; /* what the user has still to type */
    unsigned per_poll, room; /* bytes a poll gives, a take accepts */
    uint64_t taken_at[64];
    unsigned taken;
    bool log_takes;
};

static size_t take(void *opaque, const uint8_t *bytes, size_t count)
{
    struct bench *b = opaque;
    size_t n = count < b->room ? count : b->room;
    struct vt_physmem *pm = vt_machine_physmem(b->s.m);
    for (size_t i = 0; i < n; i++) {
        if (b->taken < 64)
            b->taken_at[b->taken] = vt_machine_now(b->s.m);
        vt_physmem_write(pm, 0x5000 + b->taken++, bytes[i], 1);
    }
    return n;
}

static size_t poll_user(void *opaque, uint8_t *bytes, size_t max)
{
    struct bench *b = opaque;
    size_t n = strlen(b->typed);
    n = n < b->per_poll ? n : b->per_poll;
    n = n < max ? n : max;
    memcpy(bytes, b->typed, n);
    b->typed += n;
    return n;
}

static void open_bench(struct bench *b)
{
    memset(b, 0, sizeof *b);
    small_machine_open(&b->s, &profile, 1);
    b->in = vt_input_new(b->s.m, 100);
    b->typed = "Hello, world";
    b->per_poll = 3;
    b->room = 2; /* slower than the user types */
    vt_input_add_sink(b->in, "uart0", take, b);
    vt_input_add_sink(b->in, "kbd", take, b);
}

static void close_bench(struct bench *b)
{
    vt_input_free(b->in);
    small_machine_close(&b->s);
}

static uint64_t record_run(struct vt_error *err)
{
    struct bench b;
    open_bench(&b);
    CU_ASSERT_EQUAL_FATAL(vt_input_record(b.in, RECORDING, err), VT_OK);
    vt_input_set_source(b.in, "uart0", poll_user, &b);
    vt_machine_run(b.s.m, 3001, false);
    CU_ASSERT_EQUAL(b.taken, 12);
    CU_ASSERT_EQUAL(vt_input_finish(b.in, err), VT_OK);
    CU_ASSERT_EQUAL(vt_input_finish(b.in, err), VT_OK); /* twice is fine */
    uint64_t hash = vt_machine_hash(b.s.m);
    close_bench(&b);
    return hash;
}

static void a_replay_is_the_same_run(void)
{
    struct vt_error err;
    struct bench b;
    uint64_t hash = record_run(&err);
    open_bench(&b);
    b.room = 64;
    CU_ASSERT_EQUAL_FATAL(vt_input_replay(b.in, RECORDING, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_machine_run(b.s.m, 3001, false).kind, VT_STOP_LIMIT);
    CU_ASSERT_EQUAL(b.taken, 12);
    CU_ASSERT_TRUE(b.taken_at[0] >= 100 && b.taken_at[0] < 110);
    CU_ASSERT_TRUE(b.taken_at[11] >= 600 && b.taken_at[11] < 610);
    CU_ASSERT_EQUAL(vt_machine_hash(b.s.m), hash);
    close_bench(&b);
    remove(RECORDING);
}

static void the_recording_is_text(void)
{
    struct vt_error err;
    char text[256] = "";
    record_run(&err);
    FILE *file = fopen(RECORDING, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    CU_ASSERT_EQUAL(strncmp(text,
                            "vtsim-input 1\n"
                            "100 uart0 48 65\n"
                            "200 uart0 6c 6c\n",
                            46),
                    0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " end\n"));
    remove(RECORDING);
}

static void write_file(const char *text)
{
    FILE *file = fopen(RECORDING, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    fclose(file);
}

static void bytes_arrive_at_their_cycles(void)
{
    struct vt_error err;
    struct bench b;
    open_bench(&b);
    b.room = 64;
    write_file("vtsim-input 1\n150 kbd 0a\n150 uart0 FF 00\n\n1000 kbd 1\n");
    CU_ASSERT_EQUAL(vt_input_replay(b.in, RECORDING, &err), VT_ERR_INPUT);
    write_file("vtsim-input 1\n150 kbd 0a\n150 uart0 FF 00\n\n1000 kbd 01");
    CU_ASSERT_EQUAL_FATAL(vt_input_replay(b.in, RECORDING, &err), VT_OK);
    vt_machine_run(b.s.m, 2000, false);
    CU_ASSERT_EQUAL(b.taken, 4);
    CU_ASSERT_EQUAL(vt_physmem_read(vt_machine_physmem(b.s.m), 0x5000, 4),
                    0x0100ff0a);
    CU_ASSERT_TRUE(b.taken_at[0] >= 150 && b.taken_at[0] < 160);
    CU_ASSERT_EQUAL(b.taken_at[2], b.taken_at[0]);
    CU_ASSERT_TRUE(b.taken_at[3] >= 1000 && b.taken_at[3] < 1010);
    close_bench(&b);
    remove(RECORDING);
}

static void going_back_rewinds_the_replay(void)
{
    struct vt_error err;
    struct bench b;
    open_bench(&b);
    b.room = 64;
    write_file("vtsim-input 1\n100 kbd 01\n200 kbd 02\n300 kbd 03\n");
    CU_ASSERT_EQUAL_FATAL(vt_input_replay(b.in, RECORDING, &err), VT_OK);
    vt_machine_run(b.s.m, 150, false);
    struct vt_writer *w = vt_writer_new();
    vt_machine_save(b.s.m, w);
    size_t bytes;
    const void *data = vt_writer_finish(w, &bytes);
    vt_machine_run(b.s.m, 1000, false);
    uint64_t hash = vt_machine_hash(b.s.m);
    CU_ASSERT_EQUAL(b.taken, 3);
    CU_ASSERT_EQUAL(vt_machine_load(b.s.m, data, bytes, &err), VT_OK);
    b.taken = 1; /* the bench's own memory of it */
    vt_machine_run(b.s.m, 1000, false);
    CU_ASSERT_EQUAL(b.taken, 3);
    CU_ASSERT_EQUAL(vt_machine_hash(b.s.m), hash);
    vt_writer_free(w);
    close_bench(&b);
    remove(RECORDING);
}

/* A snapshot of a machine whose input came from where source says. */
static struct vt_writer *save_at_250(const char *recording, bool live)
{
    struct vt_error err;
    struct bench b;
    struct vt_writer *w = vt_writer_new();
    open_bench(&b);
    b.room = 64;
    if (recording) {
        write_file(recording);
        CU_ASSERT_EQUAL(vt_input_replay(b.in, RECORDING, &err), VT_OK);
    }
    if (live)
        vt_input_set_source(b.in, "uart0", poll_user, &b);
    vt_machine_run(b.s.m, 250, false);
    vt_machine_save(b.s.m, w);
    close_bench(&b);
    return w;
}

static void load(struct bench *b, struct vt_writer *w)
{
    struct vt_error err = {.text = ""};
    size_t bytes;
    const void *data = vt_writer_finish(w, &bytes);
    CU_ASSERT_EQUAL(vt_machine_load(b->s.m, data, bytes, &err), VT_OK);
    CU_ASSERT_STRING_EQUAL(err.text, "");
}

/* Whatever input the saved run had, live input is polled on from there. */
static void live_input_goes_on_after_a_snapshot(void)
{
    static const struct {
        const char *recording;
        bool live;
    } saved[] = {{NULL, false},
                 {NULL, true},
                 {"vtsim-input 1\n9000 kbd 01\n", false}};
    for (size_t i = 0; i < ARRAY_SIZE(saved); i++) {
        struct vt_writer *w = save_at_250(saved[i].recording, saved[i].live);
        struct bench b;
        open_bench(&b);
        b.room = 64;
        vt_input_set_source(b.in, "uart0", poll_user, &b);
        load(&b, w);
        vt_machine_run(b.s.m, 1000, false);
        CU_ASSERT_EQUAL(b.taken, 12);
        CU_ASSERT_TRUE(b.taken_at[0] >= 300 && b.taken_at[0] < 310);
        close_bench(&b);
        vt_writer_free(w);
    }
    remove(RECORDING);
}

static void a_replay_goes_on_after_a_snapshot(void)
{
    static const struct {
        const char *recording;
        bool live;
    } saved[] = {{NULL, false},
                 {NULL, true},
                 {"vtsim-input 1\n100 kbd 01\n350 kbd 02\n", false}};
    for (size_t i = 0; i < ARRAY_SIZE(saved); i++) {
        struct vt_writer *w = save_at_250(saved[i].recording, saved[i].live);
        struct vt_error err;
        struct bench b;
        open_bench(&b);
        b.room = 64;
        write_file("vtsim-input 1\n100 kbd 01\n350 kbd 02\n450 kbd 03\n");
        CU_ASSERT_EQUAL(vt_input_replay(b.in, RECORDING, &err), VT_OK);
        load(&b, w);
        vt_machine_run(b.s.m, 1000, false);
        CU_ASSERT_EQUAL(b.taken, 2);
        CU_ASSERT_TRUE(b.taken_at[0] >= 350 && b.taken_at[0] < 360);
        close_bench(&b);
        vt_writer_free(w);
    }
    remove(RECORDING);
}

/* --- a machine that has nothing but input to hope for --------------------- */

struct idler {
    struct vt_machine *m;
    struct fake_cpu *cpu;
    struct vt_input *in;
    unsigned polls, waits, taken;
    unsigned silent_waits; /* so many end without input, as by a signal */
    bool byte_is_there, has_ended, refuses;
};

static size_t idler_take(void *opaque, const uint8_t *bytes, size_t count)
{
    struct idler *idler = opaque;
    (void)bytes;
    if (idler->refuses)
        return 0;
    idler->taken += (unsigned)count;
    return count;
}

static size_t idler_poll(void *opaque, uint8_t *bytes, size_t max)
{
    struct idler *idler = opaque;
    (void)max;
    idler->polls++;
    if (idler->has_ended)
        vt_input_set_source(idler->in, "kbd", NULL, NULL);
    bytes[0] = 'k';
    return idler->byte_is_there;
}

/* One byte comes, then the end. */
static void idler_wait(void *opaque)
{
    struct idler *idler = opaque;
    if (idler->waits++ < idler->silent_waits)
        return;
    idler->has_ended = idler->byte_is_there;
    idler->byte_is_there = !idler->byte_is_there;
}

static void open_idler(struct idler *idler, bool live)
{
    static const struct fake_insn halted[] = {{FAKE_STI, 1, 0, NULL},
                                              {FAKE_HALT, 1, 0, NULL}};
    memset(idler, 0, sizeof *idler);
    idler->m = vt_machine_new(&profile);
    idler->cpu = fake_cpu_new(idler->m, halted);
    idler->in = vt_input_new(idler->m, 100);
    vt_input_add_sink(idler->in, "kbd", idler_take, idler);
    vt_input_set_wait(idler->in, idler_wait, idler);
    if (live)
        vt_input_set_source(idler->in, "kbd", idler_poll, idler);
}

static void close_idler(struct idler *idler)
{
    vt_input_free(idler->in);
    vt_machine_free(idler->m);
}

static void the_host_sleeps_while_only_input_can_wake(void)
{
    struct idler idler;
    open_idler(&idler, true);
    idler.silent_waits = 2;
    CU_ASSERT_EQUAL(vt_machine_run(idler.m, UINT64_MAX, false).kind,
                    VT_STOP_DEADLOCK);
    CU_ASSERT_EQUAL(idler.taken, 1);
    CU_ASSERT_EQUAL(idler.waits, 4); /* one before each poll */
    CU_ASSERT_EQUAL(idler.polls, 4);
    CU_ASSERT_EQUAL(vt_machine_now(idler.m), 400);
    close_idler(&idler);
}

/* A halted guest that does not read its full device. */
static void input_that_nobody_takes_is_no_hope(void)
{
    struct idler idler;
    open_idler(&idler, true);
    idler.refuses = true;
    CU_ASSERT_EQUAL(vt_machine_run(idler.m, UINT64_MAX, false).kind,
                    VT_STOP_DEADLOCK);
    CU_ASSERT_EQUAL(idler.taken, 0);
    CU_ASSERT_EQUAL(vt_machine_now(idler.m), 100);
    close_idler(&idler);
}

static void take_from_now_on(void *opaque, uint64_t cycle)
{
    struct idler *idler = opaque;
    (void)cycle;
    idler->refuses = idler->byte_is_there = false;
}

/* A refusal is no reason to give up once the device may have changed. */
static void refused_input_is_offered_again(void)
{
    struct idler idler;
    open_idler(&idler, true);
    idler.refuses = idler.byte_is_there = true;
    struct vt_timer *t =
        vt_timer_new(idler.m, "device", take_from_now_on, &idler);
    vt_timer_arm(t, 150);
    CU_ASSERT_EQUAL(vt_machine_run(idler.m, UINT64_MAX, false).kind,
                    VT_STOP_DEADLOCK);
    CU_ASSERT_EQUAL(idler.taken, 2); /* that one, and one waited for */
    close_idler(&idler);
}

static void a_limit_is_reached_without_input(void)
{
    struct idler idler;
    open_idler(&idler, true);
    CU_ASSERT_EQUAL(vt_machine_run(idler.m, 1000, false).kind,
                    VT_STOP_LIMIT);
    CU_ASSERT_EQUAL(idler.waits, 0);
    CU_ASSERT_EQUAL(idler.polls, 10);
    close_idler(&idler);
}

static void do_nothing(void *opaque, uint64_t cycle)
{
    (void)opaque, (void)cycle;
}

static void no_sleep_while_a_timer_runs(void)
{
    struct idler idler;
    open_idler(&idler, true);
    struct vt_timer *t =
        vt_timer_new(idler.m, "device", do_nothing, NULL);
    vt_timer_arm(t, 350);
    vt_machine_run(idler.m, UINT64_MAX, false);
    CU_ASSERT_EQUAL(idler.waits, 2);
    CU_ASSERT_EQUAL(idler.polls, 5); /* 3 without having waited */
    close_idler(&idler);
}

/* Saved with live input, going on without: nothing to hope for. */
static void without_input_a_snapshot_does_not_hope(void)
{
    struct idler saved, idler;
    struct vt_error err;
    size_t bytes;
    struct vt_writer *w = vt_writer_new();
    open_idler(&saved, true);
    vt_machine_run(saved.m, 250, false);
    vt_machine_save(saved.m, w);
    open_idler(&idler, false);
    const void *data = vt_writer_finish(w, &bytes);
    CU_ASSERT_EQUAL(vt_machine_load(idler.m, data, bytes, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_machine_run(idler.m, UINT64_MAX, false).kind,
                    VT_STOP_DEADLOCK);
    CU_ASSERT_EQUAL(vt_machine_now(idler.m), 250);
    vt_writer_free(w);
    close_idler(&saved);
    close_idler(&idler);
}

static void leaving_the_recorded_run_stops(void)
{
    struct vt_error err;
    struct bench b;
    open_bench(&b);
    b.room = 1;
    write_file("vtsim-input 1\n150 kbd 0a 0b\n");
    CU_ASSERT_EQUAL_FATAL(vt_input_replay(b.in, RECORDING, &err), VT_OK);
    struct vt_stop stop = vt_machine_run(b.s.m, 2000, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_BREAK);
    CU_ASSERT_STRING_EQUAL(stop.text,
                           "the replay has left the recorded run: at cycle "
                           "150 kbd took 1 of 2 bytes");
    close_bench(&b);
    remove(RECORDING);
}

static void bad_recordings_are_told_by_line(void)
{
    static const struct {
        const char *text, *want;
    } bad[] = {
        {"", ":0: the first line is not \"vtsim-input 1\": \"\""},
        {"vtsim-input 2\n",
         ":1: the first line is not \"vtsim-input 1\": \"vtsim-input 2\""},
        {"vtsim-input 1\nx kbd 00\n", ":2: not a cycle number: \"x\""},
        {"vtsim-input 1\n99999999999999999999 kbd 00\n",
         ":2: not a cycle number: \"99999999999999999999\""},
        {"vtsim-input 1\n5\n", ":2: no device follows the cycle: \"5\""},
        {"vtsim-input 1\n5 mouse 00\n",
         ":2: no device of this machine takes input by the name: "
         "\"mouse\""},
        {"vtsim-input 1\n5 kbd\n",
         ":2: no bytes follow the device: \"kbd\""},
        {"vtsim-input 1\n5 kbd 0\n",
         ":2: not a byte of two hexadecimal digits: \"0\""},
        {"vtsim-input 1\n5 kbd 000\n",
         ":2: not a byte of two hexadecimal digits: \"000\""},
        {"vtsim-input 1\n5 kbd 0g\n",
         ":2: not a byte of two hexadecimal digits: \"0g\""},
        {"vtsim-input 1\n\n5 kbd 00\n4 kbd 00\n",
         ":4: earlier than the line before: \"4\""},
        {"vtsim-input 1\n5 end\n6 kbd 00\n",
         ":3: a line after the end: \"6\""},
        {"vtsim-input 1\n5 \033[2J 00\n",
         ":2: no device of this machine takes input by the name: "
         "\"?[2J\""},
    };
    struct bench b;
    open_bench(&b);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct vt_error err = {.text = ""};
        write_file(bad[i].text);
        CU_ASSERT_EQUAL(vt_input_replay(b.in, RECORDING, &err),
                        VT_ERR_INPUT);
        char want[200];
        snprintf(want, sizeof want, "%s%s", RECORDING, bad[i].want);
        CU_ASSERT_STRING_EQUAL(err.text, want);
    }
    remove(RECORDING);
    struct vt_error err;
    CU_ASSERT_EQUAL(vt_input_replay(b.in, RECORDING, &err), VT_ERR_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, RECORDING));
    close_bench(&b);
}

static void a_recording_that_cannot_be_written_is_told(void)
{
    struct vt_error err;
    struct bench b;
    open_bench(&b);
    CU_ASSERT_EQUAL(vt_input_record(b.in, "no/such/dir/x", &err),
                    VT_ERR_OUTPUT);
    FILE *full = fopen("/dev/full", "w");
    if (full) {
        fclose(full);
        CU_ASSERT_EQUAL(vt_input_record(b.in, "/dev/full", &err), VT_OK);
        vt_input_set_source(b.in, "kbd", poll_user, &b);
        vt_machine_run(b.s.m, 1000, false);
        CU_ASSERT_TRUE(b.taken > 0); /* the run goes on */
        CU_ASSERT_EQUAL(vt_input_finish(b.in, &err), VT_ERR_OUTPUT);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/dev/full"));
    } else {
        printf("SKIP: no /dev/full here\n");
    }
    close_bench(&b);
}

static const struct test_case cases[] = {
    {"a replay is the same run", a_replay_is_the_same_run},
    {"the recording is text, stamped with cycles", the_recording_is_text},
    {"bytes arrive at their cycles", bytes_arrive_at_their_cycles},
    {"going back to a snapshot rewinds the replay",
     going_back_rewinds_the_replay},
    {"live input goes on after a snapshot",
     live_input_goes_on_after_a_snapshot},
    {"a replay goes on after a snapshot", a_replay_goes_on_after_a_snapshot},
    {"the host sleeps while only input can wake the machine",
     the_host_sleeps_while_only_input_can_wake},
    {"input that nobody takes is no hope", input_that_nobody_takes_is_no_hope},
    {"refused input is offered again when a device may have changed",
     refused_input_is_offered_again},
    {"a limit is reached without input", a_limit_is_reached_without_input},
    {"the host does not sleep while a device's timer runs",
     no_sleep_while_a_timer_runs},
    {"without input a snapshot does not hope for any",
     without_input_a_snapshot_does_not_hope},
    {"leaving the recorded run stops it", leaving_the_recorded_run_stops},
    {"bad recordings are told by file and line",
     bad_recordings_are_told_by_line},
    {"a recording that cannot be written is told",
     a_recording_that_cannot_be_written_is_told},
};

int main(void)
{
    return run_suite("input", cases, ARRAY_SIZE(cases));
}
