/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two machines in two threads are the same as one after the other: there is
 * no state outside of a machine.  And the same on every host: the hash of one
 * run is written here. */
#include "config.h"
#include "tests/machine/small_machine.h"

#include <inttypes.h>
#include <stdio.h>

#ifdef HAVE_PTHREAD
#include <pthread.h>

#define ROUNDS 40
/* After 3000 cycles with two CPUs, whatever the host's word size and byte
 * order.  It changes when the snapshot format or the fake CPU does. */
#define KNOWN_HASH UINT64_C(0x22134b513af01ea1)

struct job {
    unsigned cpus;
    uint64_t end;
    uint64_t hash[ROUNDS];
};

/* Build, run in pieces, save and load, hash; many times. */
static void *work(void *opaque)
{
    struct job *job = opaque;
    static const struct vt_profile profile = {.hz = 1000000};
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct small_machine s;
        size_t bytes;
        small_machine_open(&s, &profile, job->cpus);
        vt_machine_run(s.m, job->end + i, false);
        struct vt_writer *w = vt_writer_new();
        vt_machine_save(s.m, w);
        const void *data = vt_writer_finish(w, &bytes);
        vt_machine_run(s.m, 2 * job->end, false);
        if (vt_machine_load(s.m, data, bytes, NULL) != VT_OK)
            return NULL;
        vt_machine_run(s.m, 3 * job->end, false);
        job->hash[i] = vt_machine_hash(s.m);
        vt_writer_free(w);
        small_machine_close(&s);
    }
    return job;
}

static bool same_as_on_other_hosts(void)
{
    static const struct vt_profile profile = {.hz = 1000000};
    struct small_machine s;
    small_machine_open(&s, &profile, 2);
    vt_machine_run(s.m, 3000, false);
    uint64_t hash = vt_machine_hash(s.m);
    small_machine_close(&s);
    printf("hash after 3000 cycles: %016" PRIx64 "\n", hash);
    return hash == KNOWN_HASH;
}

int main(void)
{
    struct job alone[2] = {{.cpus = 1, .end = 2000}, {.cpus = 2, .end = 3000}};
    struct job side[2] = {{.cpus = 1, .end = 2000}, {.cpus = 2, .end = 3000}};
    pthread_t thread[2];
    bool good = same_as_on_other_hosts();
    for (unsigned i = 0; i < 2; i++)
        good = work(&alone[i]) && good;
    for (unsigned i = 0; i < 2; i++)
        if (pthread_create(&thread[i], NULL, work, &side[i]) != 0) {
            printf("cannot make a thread\n");
            return 1;
        }
    for (unsigned i = 0; i < 2; i++) {
        void *result;
        pthread_join(thread[i], &result);
        good = result && good;
    }
    for (unsigned i = 0; i < 2; i++)
        for (unsigned k = 0; k < ROUNDS; k++)
            good = good && alone[i].hash[k] != 0 &&
                   alone[i].hash[k] == side[i].hash[k];
    printf("two machines in two threads: %s\n",
           good ? "the same hashes" : "DIFFERENT hashes, or not the known one");
    return good ? 0 : 1;
}
#else
int main(void)
{
    printf("SKIP: no POSIX threads here\n");
    return 77;
}
#endif
