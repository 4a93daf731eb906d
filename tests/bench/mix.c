/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What compilers make of ordinary programs: calls, structures, pointers,
 * byte loops, switches, division.  One round sorts a table, looks words up
 * in a hash table and runs a little interpreter. */
#include "tests/bench/guest.h"

#define ITEMS 1024u
#define BUCKETS 256u

struct item {
    struct item *next;
    uint32_t key;
    char word[12];
};

static struct item items[ITEMS];
static struct item *bucket[BUCKETS];
static uint32_t state;

static uint32_t next_random(void)
{
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

static void make_word(char word[12], uint32_t n)
{
    unsigned i = 0;

    do
        word[i++] = (char)('a' + n % 26);
    while ((n /= 26) != 0);
    word[i] = '\0';
}

static uint32_t hash(const char *word)
{
    uint32_t h = 2166136261u;

    while (*word)
        h = (h ^ (uint8_t)*word++) * 16777619u;
    return h;
}

static bool same_word(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static void fill(void)
{
    for (unsigned i = 0; i < BUCKETS; i++)
        bucket[i] = NULL;
    for (unsigned i = 0; i < ITEMS; i++) {
        struct item **head;

        items[i].key = next_random();
        make_word(items[i].word, items[i].key);
        head = &bucket[hash(items[i].word) % BUCKETS];
        items[i].next = *head;
        *head = &items[i];
    }
}

static uint32_t find_all(void)
{
    uint32_t steps = 0;

    for (unsigned i = 0; i < ITEMS; i++) {
        const struct item *at = bucket[hash(items[i].word) % BUCKETS];

        while (at && !same_word(at->word, items[i].word))
            at = at->next, steps++;
    }
    return steps;
}

static void sort(uint32_t *key, int from, int to)
{
    while (from < to) {
        uint32_t pivot = key[(from + to) / 2];
        int i = from, j = to;

        while (i <= j) {
            while (key[i] < pivot)
                i++;
            while (key[j] > pivot)
                j--;
            if (i <= j) {
                uint32_t t = key[i];

                key[i++] = key[j];
                key[j--] = t;
            }
        }
        sort(key, from, j);
        from = i;
    }
}

static uint32_t sort_keys(void)
{
    static uint32_t key[ITEMS];
    uint32_t sum = 0;

    for (unsigned i = 0; i < ITEMS; i++)
        key[i] = items[i].key;
    sort(key, 0, ITEMS - 1);
    for (unsigned i = 0; i < ITEMS; i++)
        sum = sum * 31 + key[i];
    return sum;
}

static uint32_t interpret(void)
{
    static const uint8_t program[] = {0, 1, 2, 3, 4, 1, 5, 2, 6, 3, 0, 4};
    uint32_t a = 1, b = next_random();

    for (unsigned n = 0; n < 4096; n++)
        switch (program[n % sizeof program]) {
        case 0: a += b; break;
        case 1: b ^= a << 3; break;
        case 2: a = b >> (a & 7); break;
        case 3: a *= 40503u; break;
        case 4: b += a / (b % 97 + 1); break;
        case 5: a = ~b; break;
        default: b -= n; break;
        }
    return a ^ b;
}

void loop_mix(uint32_t count)
{
    uint32_t sum = 0;

    state = 1;
    while (count-- > 0) {
        fill();
        sum += find_all();
        sum ^= sort_keys();
        sum += interpret();
    }
    result = sum;
}
