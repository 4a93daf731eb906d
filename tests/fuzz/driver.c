/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Run a fuzz target on mutated inputs, with no coverage feedback and no
 * randomness but a seed, so that a failure comes again.
 *
 *   fuzz-TARGET [COUNT [SEED [FILE...]]]
 *
 * Inputs start from the target's own seeds and from the files.  Prints the
 * number of executions.  When the target crashes, run it again with the same
 * COUNT and SEED in a debugger. */
#include "tests/fuzz/fuzz.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INPUT_BYTES ((size_t)1 << 16)
#define MAX_SEEDS 64u
#define MAX_MUTATIONS 6u

struct input {
    uint8_t data[MAX_INPUT_BYTES];
    size_t bytes;
};

struct fuzzer {
    uint64_t random; /* never 0 */
    struct input *seeds[MAX_SEEDS];
    unsigned seed_count;
    struct input now;
};

/* xorshift64*, G. Marsaglia 2003, S. Vigna 2014. */
static uint64_t next_random(struct fuzzer *f)
{
    f->random ^= f->random >> 12;
    f->random ^= f->random << 25;
    f->random ^= f->random >> 27;
    return f->random * UINT64_C(2685821657736338717);
}

/* 0..limit-1; 0 when limit is 0. */
static size_t below(struct fuzzer *f, size_t limit)
{
    return limit ? (size_t)((next_random(f) >> 11) % limit) : 0;
}

/* --- mutations ------------------------------------------------------------- */

static void flip_bit(struct fuzzer *f)
{
    if (f->now.bytes)
        f->now.data[below(f, f->now.bytes)] ^= (uint8_t)(1u << below(f, 8));
}

static void set_byte(struct fuzzer *f)
{
    if (f->now.bytes)
        f->now.data[below(f, f->now.bytes)] = (uint8_t)next_random(f);
}

/* Numbers at which code that counts goes wrong, little-endian. */
static void set_number(struct fuzzer *f)
{
    static const uint64_t numbers[] = {
        0,          1,          2,          0x7f,       0x80,
        0xff,       0x7fff,     0x8000,     0xffff,     0x10000,
        0x7fffffff, 0x80000000, 0xffffffff, 0xfffff000, UINT64_MAX,
        INT64_MAX,  4096,       4095,
    };
    static const size_t sizes[] = {1, 2, 4, 8};
    size_t size = sizes[below(f, 4)];
    uint64_t value = numbers[below(f, sizeof numbers / sizeof numbers[0])];
    if (f->now.bytes < size)
        return;
    uint8_t *at = f->now.data + below(f, f->now.bytes - size + 1);
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static void cut_end(struct fuzzer *f)
{
    f->now.bytes = below(f, f->now.bytes + 1);
}

static void remove_piece(struct fuzzer *f)
{
    size_t at = below(f, f->now.bytes);
    size_t bytes = below(f, f->now.bytes - at + 1);
    if (bytes > 64)
        bytes = 1 + bytes % 64;
    memmove(f->now.data + at, f->now.data + at + bytes,
            f->now.bytes - at - bytes);
    f->now.bytes -= bytes;
}

/* Repeat a piece of the input at another place of it. */
static void repeat_piece(struct fuzzer *f)
{
    size_t from = below(f, f->now.bytes);
    size_t bytes = 1 + below(f, 64);
    if (bytes > f->now.bytes - from)
        bytes = f->now.bytes - from;
    if (bytes > MAX_INPUT_BYTES - f->now.bytes)
        return;
    uint8_t piece[64];
    size_t to = below(f, f->now.bytes + 1);
    memcpy(piece, f->now.data + from, bytes);
    memmove(f->now.data + to + bytes, f->now.data + to, f->now.bytes - to);
    memcpy(f->now.data + to, piece, bytes);
    f->now.bytes += bytes;
}

/* Go on as another seed does from the same place. */
static void splice(struct fuzzer *f)
{
    const struct input *other = f->seeds[below(f, f->seed_count)];
    size_t at = below(f, f->now.bytes + 1);
    if (at > other->bytes)
        return;
    memcpy(f->now.data + at, other->data + at, other->bytes - at);
    f->now.bytes = other->bytes;
}

static void mutate(struct fuzzer *f)
{
    static void (*const ways[])(struct fuzzer *f) = {
        flip_bit, flip_bit,     set_byte,     set_byte, set_number,
        set_number, set_number, remove_piece, repeat_piece, splice,
        cut_end,
    };
    size_t count = 1 + below(f, MAX_MUTATIONS);
    for (size_t i = 0; i < count; i++)
        ways[below(f, sizeof ways / sizeof ways[0])](f);
}

/* --- running ---------------------------------------------------------------- */

/* A copy of exactly its size, so that a sanitizer sees a read past it. */
static void execute(const uint8_t *data, size_t bytes)
{
    uint8_t *copy = malloc(bytes ? bytes : 1);
    if (!copy) {
        fprintf(stderr, "no memory\n");
        exit(2);
    }
    memcpy(copy, data, bytes);
    LLVMFuzzerTestOneInput(copy, bytes);
    free(copy);
}

static struct input *new_seed(struct fuzzer *f)
{
    if (f->seed_count == MAX_SEEDS)
        return NULL;
    struct input *seed = calloc(1, sizeof *seed);
    if (seed)
        f->seeds[f->seed_count++] = seed;
    return seed;
}

static void take_seeds(struct fuzzer *f, int files, char **paths)
{
    struct input *seed;
    for (unsigned i = 0; (seed = new_seed(f)) != NULL; i++) {
        seed->bytes = fuzz_seed(i, seed->data, MAX_INPUT_BYTES);
        if (seed->bytes == SIZE_MAX)
            break;
    }
    if (seed) {
        free(seed);
        f->seed_count--;
    }
    for (int i = 0; i < files && (seed = new_seed(f)) != NULL; i++) {
        FILE *file = fopen(paths[i], "rb");
        if (!file) {
            fprintf(stderr, "cannot read %s\n", paths[i]);
            exit(2);
        }
        seed->bytes = fread(seed->data, 1, MAX_INPUT_BYTES, file);
        fclose(file);
    }
}

static unsigned long long number(int argc, char **argv, int i,
                                 unsigned long long fallback)
{
    if (i >= argc)
        return fallback;
    char *end;
    unsigned long long value = strtoull(argv[i], &end, 0);
    if (!*argv[i] || *end) {
        fprintf(stderr, "usage: %s [COUNT [SEED [FILE...]]]\n", argv[0]);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    struct fuzzer *f = calloc(1, sizeof *f);
    if (!f)
        return 2;
    unsigned long long count = number(argc, argv, 1, fuzz_default_count);
    unsigned long long seed = number(argc, argv, 2, 1);
    /* Neighbouring seeds should not give neighbouring runs. */
    f->random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
    take_seeds(f, argc > 3 ? argc - 3 : 0, argv + 3);
    if (f->seed_count == 0) {
        fprintf(stderr, "the target has no seeds\n");
        return 2;
    }
    unsigned long long done = 0;
    for (unsigned i = 0; i < f->seed_count && done < count; i++, done++)
        execute(f->seeds[i]->data, f->seeds[i]->bytes);
    for (; done < count; done++) {
        f->now = *f->seeds[below(f, f->seed_count)];
        mutate(f);
        execute(f->now.data, f->now.bytes);
    }
    printf("RESULT %llu executions, seed %llu, %u starting inputs\n", done, seed,
           f->seed_count);
    for (unsigned i = 0; i < f->seed_count; i++)
        free(f->seeds[i]);
    free(f);
    return 0;
}
