/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pages of both halves: equal before a case, and to be equal after it. */
#include "tests/silicon/run.h"

#include <inttypes.h>
#include <stdio.h>

void fill_memory(struct run *run, unsigned m, uint64_t batch)
{
    struct sil_random r = { mix(run->seed, ~batch) };
    uint8_t content[SIL_PAGE_BYTES];
    sil_fill(&r, content, sizeof content);
    for (unsigned i = 0; i < SIL_PAGES; i++) {
        if (sil_pages[i].rights & SIL_X)
            continue;
        content[sil_below(&r, SIL_PAGE_BYTES)] ^= 0xff;
        memcpy(sil_sim_page(run->sim[m], i), content, sizeof content);
        if (run->host.page[i])
            memcpy(run->host.page[i], content, sizeof content);
    }
}

bool memory_differs(const struct run *run, unsigned m, char *why,
                           size_t size)
{
    for (unsigned i = 0; i < SIL_PAGES && !run->no_host; i++) {
        const uint8_t *here = sil_sim_page(run->sim[m], i);
        const uint8_t *there = run->host.page[i];
        if ((sil_pages[i].rights & SIL_X) ||
            memcmp(here, there, SIL_PAGE_BYTES) == 0)
            continue;
        unsigned at = 0;
        while (here[at] == there[at])
            at++;
        snprintf(why, size, "memory at %" PRIx64 ": simulator %02x, host %02x",
                 sil_pages[i].la + at, here[at], there[at]);
        return true;
    }
    return false;
}

void take_hosts_memory(const struct run *run, unsigned m)
{
    for (unsigned i = 0; i < SIL_PAGES && !run->no_host; i++)
        if (!(sil_pages[i].rights & SIL_X))
            memcpy(sil_sim_page(run->sim[m], i), run->host.page[i],
                   SIL_PAGE_BYTES);
}

static void poke_byte(const struct run *run, unsigned m, uint64_t la,
                      uint8_t byte)
{
    int page = sil_find_page(la);
    if (page < 0 || (sil_pages[page].rights & SIL_X))
        return;
    sil_sim_page(run->sim[m], (enum sil_page_id)page)[la & 0xfff] = byte;
    if (run->host.page[page])
        run->host.page[page][la & 0xfff] = byte;
}

void poke_all(const struct run *run, unsigned m,
                     const struct sil_case *c)
{
    for (unsigned b = 0; b < c->image_length; b++)
        poke_byte(run, m, c->image_la + b, c->image[b]);
    for (unsigned i = 0; i < c->pokes; i++)
        for (unsigned b = 0; b < c->poke[i].length; b++)
            poke_byte(run, m, c->poke[i].la + b, c->poke[i].bytes[b]);
}

/* Lay the host's bytes into the simulator where they are undefined. */
static void accept_bytes(const struct run *run, unsigned m, uint64_t from,
                         uint64_t to)
{
    for (uint64_t la = from; la != to; la++) {
        int page = sil_find_page(la);
        if (page >= 0 && !(sil_pages[page].rights & SIL_X))
            sil_sim_page(run->sim[m], (enum sil_page_id)page)[la & 0xfff] =
                run->host.page[page][la & 0xfff];
    }
}

/* Single-stepping traps after the instruction. */
static bool has_completed(const struct sil_outcome *there)
{
    return there->result == SIL_DONE ||
           (there->result == SIL_FAULT && there->vector == IA32_DB);
}

void accept_undefined(const struct run *run, unsigned m,
                             const struct sil_case *c,
                             const struct sil_outcome *there)
{
    unsigned pushed = sil_free_push(c);
    uint64_t sp = there->after.gpr[IA32_RSP];
    if (sil_free_result(c, &run->host))
        accept_bytes(run, m, c->target - 64, c->target + 64);
    unsigned first, end;
    for (unsigned i = 0; has_completed(there) &&
                         sil_free_memory(c, &run->host, i, &first, &end); i++)
        accept_bytes(run, m, c->target + first, c->target + end);
    if (pushed > 2 && has_completed(there))
        accept_bytes(run, m, sp + 2, sp + pushed);
}
