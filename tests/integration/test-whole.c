/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of a whole run, shown on labs/01-hello-vmx: exact
 * boundaries, accounts that add up at every event, watching that changes
 * nothing, snapshots that continue as if nothing had happened, and machines
 * that do not know of each other. */
#include "config.h"

#include <CUnit/Basic.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef HAVE_PTHREAD
#include <pthread.h>
#endif

#include "tests/integration/whole.h"

#define MEMORY (UINT64_C(64) << 20)
#define STOPS 100 /* places at which runs are compared */

/* How a run ended, and what it looked like on the way. */
struct story {
    uint64_t hash, cycles;
    enum vt_stop_kind stop;
    uint64_t at[STOPS]; /* hash at the first boundary >= i/STOPS of it */
};

static void end_story(struct whole *w, const struct vt_stop *stop,
                      struct story *s)
{
    s->stop = stop->kind;
    s->cycles = vt_machine_now(w->machine);
    s->hash = vt_machine_hash(w->machine);
}

/* Run to the end; with length, look in at STOPS places on the way. */
static void run(const char *cpu, const char *profile, bool observed,
                uint64_t length, struct story *s)
{
    struct whole w;
    struct vt_stop stop;
    unsigned i;
    whole_build(&w, cpu, profile, "none", MEMORY);
    whole_boot(&w);
    for (i = 0; length && i < STOPS; i++) {
        stop = vt_machine_run(w.machine, length / STOPS * i, observed);
        CU_ASSERT_EQUAL(stop.kind, VT_STOP_LIMIT);
        CU_ASSERT_EQUAL(vt_ledger_total(&w.cpu->base.ledger),
                        w.cpu->base.now_cycles);
        s->at[i] = vt_machine_hash(w.machine);
    }
    stop = vt_machine_run(w.machine, UINT64_MAX, observed);
    end_story(&w, &stop, s);
    whole_free(&w);
}

static void same_end(const struct story *a, const struct story *b)
{
    CU_ASSERT_EQUAL(a->stop, b->stop);
    CU_ASSERT_EQUAL(a->cycles, b->cycles);
    CU_ASSERT_EQUAL(a->hash, b->hash);
}

/* The lab ends by switching the machine off. */
static void lab_powers_off(void)
{
    struct story s;
    run("merom", "merom", false, 0, &s);
    CU_ASSERT_EQUAL(s.stop, VT_STOP_POWER_OFF);
    CU_ASSERT(s.cycles > 100000);
}

static void stops_fall_at_the_same_place(void)
{
    static const char *const profiles[] = {"unit", "merom", "prescott"};
    unsigned i, p;
    for (p = 0; p < ARRAY_SIZE(profiles); p++) {
        struct story free_run, stopped, observed;
        run("merom", profiles[p], false, 0, &free_run);
        run("merom", profiles[p], false, free_run.cycles, &stopped);
        run("merom", profiles[p], true, free_run.cycles, &observed);
        same_end(&free_run, &stopped);
        same_end(&free_run, &observed);
        for (i = 0; i < STOPS; i++)
            CU_ASSERT_EQUAL(stopped.at[i], observed.at[i]);
    }
}

/* --- accounts --------------------------------------------------------- */

struct audit {
    struct whole *w;
    uint64_t events, unbalanced, late, disorder;
    uint64_t last_seq;
};

static void audit(void *opaque, const struct vt_event *event)
{
    struct audit *a = opaque;
    const struct vt_cpu *cpu = &a->w->cpu->base;
    a->unbalanced += vt_ledger_total(&cpu->ledger) != cpu->now_cycles;
    a->late += event->cycle != cpu->now_cycles;
    a->disorder += a->events && event->seq != a->last_seq + 1;
    a->last_seq = event->seq;
    a->events++;
}

static void accounts_balance_after_every_event(void)
{
    int observed;
    for (observed = 0; observed < 2; observed++) {
        struct whole w;
        struct audit a = {.w = &w};
        whole_build(&w, "prescott", "prescott", "none", MEMORY);
        whole_boot(&w);
        vt_event_listen(vt_machine_bus(w.machine), VT_EV_ALL, audit, &a);
        vt_machine_run(w.machine, UINT64_MAX, observed != 0);
        CU_ASSERT(a.events > 1000);
        CU_ASSERT_EQUAL(a.unbalanced, 0);
        CU_ASSERT_EQUAL(a.late, 0);
        CU_ASSERT_EQUAL(a.disorder, 0);
        whole_free(&w);
    }
}

static void ignore(void *opaque, const struct vt_event *event)
{
    (void)opaque;
    (void)event;
}

/* seq counts events that somebody listened to, so it is left out of the
 * comparison by comparing clock and CPU registers. */
static void watching_changes_nothing(void)
{
    struct story plain;
    struct whole w;
    struct vt_stop stop;
    run("merom", "merom", false, 0, &plain);
    whole_build(&w, "merom", "merom", "none", MEMORY);
    whole_boot(&w);
    vt_event_listen(vt_machine_bus(w.machine), VT_EV_ALL, ignore, NULL);
    stop = vt_machine_run(w.machine, UINT64_MAX, true);
    CU_ASSERT_EQUAL(stop.kind, plain.stop);
    CU_ASSERT_EQUAL(vt_machine_now(w.machine), plain.cycles);
    CU_ASSERT_EQUAL(vt_machine_hash(w.machine), plain.hash);
    whole_free(&w);
}

/* --- snapshots -------------------------------------------------------- */

static void snapshots_continue_as_if_never_stopped(void)
{
    struct story whole_run;
    unsigned i;
    run("merom", "merom", false, 0, &whole_run);
    for (i = 1; i < 40; i++) {
        struct whole a, b;
        struct vt_writer *writer = vt_writer_new();
        struct vt_error err = {0};
        struct vt_stop stop;
        struct story s;
        size_t bytes;
        const void *data;
        whole_build(&a, "merom", "merom", "none", MEMORY);
        whole_boot(&a);
        vt_machine_run(a.machine, whole_run.cycles / 40 * i, false);
        vt_machine_save(a.machine, writer);
        data = vt_writer_finish(writer, &bytes);
        whole_build(&b, "merom", "merom", "none", MEMORY);
        CU_ASSERT_EQUAL(vt_machine_load(b.machine, data, bytes, &err),
                        VT_OK);
        CU_ASSERT_EQUAL(vt_machine_hash(a.machine),
                        vt_machine_hash(b.machine));
        stop = vt_machine_run(b.machine, UINT64_MAX, false);
        end_story(&b, &stop, &s);
        same_end(&whole_run, &s);
        vt_writer_free(writer);
        whole_free(&a);
        whole_free(&b);
    }
}

/* --- threads ---------------------------------------------------------- */

#ifdef HAVE_PTHREAD
struct job {
    const char *cpu, *profile;
    struct story story;
};

static void *run_job(void *opaque)
{
    struct job *job = opaque;
    run(job->cpu, job->profile, false, 0, &job->story);
    return NULL;
}

static void machines_run_in_two_threads(void)
{
    struct job jobs[] = {{.cpu = "merom", .profile = "merom"},
                         {.cpu = "prescott", .profile = "prescott"}};
    pthread_t threads[ARRAY_SIZE(jobs)];
    unsigned i, round;
    for (round = 0; round < 5; round++) {
        for (i = 0; i < ARRAY_SIZE(jobs); i++)
            CU_ASSERT_EQUAL(
                pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0);
        for (i = 0; i < ARRAY_SIZE(jobs); i++)
            pthread_join(threads[i], NULL);
        for (i = 0; i < ARRAY_SIZE(jobs); i++) {
            struct story alone;
            run(jobs[i].cpu, jobs[i].profile, false, 0, &alone);
            same_end(&alone, &jobs[i].story);
        }
    }
}
#endif

/* The same work, whatever the memory behind it. */
static void four_gigabytes_of_memory_cost_nothing(void)
{
    struct whole w;
    struct vt_stop stop;
    whole_build(&w, "merom", "merom", "none", UINT64_C(3) << 30);
    whole_boot(&w);
    stop = vt_machine_run(w.machine, UINT64_MAX, false);
    CU_ASSERT_EQUAL(stop.kind, VT_STOP_POWER_OFF);
    whole_free(&w);
}

int main(void)
{
    CU_pSuite suite;
    unsigned failures;
    if (!whole_available()) {
        printf("SKIP: %s was not built\n", WHOLE_VMM);
        return 77;
    }
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    suite = CU_add_suite("whole runs", NULL, NULL);
    CU_ADD_TEST(suite, lab_powers_off);
    CU_ADD_TEST(suite, stops_fall_at_the_same_place);
    CU_ADD_TEST(suite, accounts_balance_after_every_event);
    CU_ADD_TEST(suite, watching_changes_nothing);
    CU_ADD_TEST(suite, snapshots_continue_as_if_never_stopped);
#ifdef HAVE_PTHREAD
    CU_ADD_TEST(suite, machines_run_in_two_threads);
#endif
    CU_ADD_TEST(suite, four_gigabytes_of_memory_cost_nothing);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures != 0;
}
