/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One case: made, run by the simulator, then (if it is safe) by the host, and
 * compared. */
#include "tests/silicon/run.h"

/* Whether an access over the end of 4 GiB wraps is left open. */
static bool is_top(uint64_t la)
{
    return (uint32_t)(la + 0x100) < 0x200;
}

/* May the host be let go where the simulator says that it will go? */
static bool is_safe(const struct sil_case *c, const struct sil_outcome *here)
{
    uint64_t rip = here->after.rip, start = c->before.rip;
    if (here->result == SIL_HANG || here->result == SIL_LOST ||
        (here->after.rflags & ~c->before.rflags & FL_TF))
        return false;
    if (c->mode == 32 && here->result == SIL_FAULT &&
        (is_top(c->before.gpr[IA32_RSP]) ||
         (here->vector == IA32_PF && is_top(here->cr2))))
        return false;
    if (here->result == SIL_FAULT && here->vector == IA32_PF)
        return sil_find_page(here->cr2) >= 0 ||
               sil_host_unmapped(here->cr2 & ~UINT64_C(63), 128);
    if (here->result == SIL_FAULT)
        return true;
    if (rip - start < c->length)
        return false;
    int page = sil_find_page(rip);
    return page >= 0 ? (sil_pages[page].rights & SIL_X) != 0
                     : sil_host_unmapped(rip, 16);
}

static bool make_case(struct run *run, unsigned m, uint64_t number,
                      const struct ia32_row *row, const uint8_t fx[512],
                      struct sil_case *c, struct sil_outcome *here)
{
    struct sil_random r = { mix(run->seed ^ m, number) };
    for (unsigned tries = 0; tries < 30; tries++) {
        memcpy(c->before.fx, fx, 512);
        c->nx = sil_sim_has_nx(run->sim[m]);
        if (!sil_generate(&r, row, mode_of[m],
                          sil_sim_mode_bits(run->sim[m]),
                          sil_sim_features(run->sim[m]), &run->host, c) ||
            sil_no_judge(&ia32_rows[c->row], mode_of[m], &run->host) ||
            sil_no_case(c, &run->host))
            continue;
        poke_all(run, m, c);
        sil_sim_code(run->sim[m], c->before.rip, c->bytes, c->length);
        sil_sim_run(run->sim[m], c, here);
        static const uint8_t int3[16] = { 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
                                          0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
                                          0xcc, 0xcc, 0xcc, 0xcc };
        sil_sim_code(run->sim[m], c->before.rip, int3, c->length);
        if (is_safe(c, here))
            return true;
        run->not_run++;
        take_hosts_memory(run, m);
    }
    return false;
}

static void report(struct run *run, unsigned m, uint64_t number,
                   const struct sil_case *c, const struct sil_outcome *here,
                   const struct sil_outcome *there, bool differs,
                   const char *why)
{
    bool wanted = run->only_case == (int64_t)number;
    struct row_counts *counts = &run->counts[m][c->row];
    if (differs)
        run->hash = mix(run->hash, mix(number, c->row));
    if (wanted || (run->only_case < 0 && differs && run->printed < 40 &&
                   counts->differ < (run->wanted_rows ? 5 : 1))) {
        run->printed++;
        say(run, m, number, c, here, there, differs ? why : "agrees");
    }
}

struct done run_case(struct run *run, unsigned m, uint64_t number,
                     const struct ia32_row *row, const uint8_t fx[512],
                     bool careful)
{
    struct sil_case c;
    struct sil_outcome here, there;
    char why[200] = "";
    if (!make_case(run, m, number, row, fx, &c, &here))
        return (struct done){ .ran = false };
    struct done done = { .row = (uint16_t)c.row, .ran = true,
                         .defined = !c.undefined,
                         .fault = here.result == SIL_FAULT };
    if (run->no_host)
        return done;
    sil_host_run(&run->host, &c, here.after.rip, &there);
    accept_undefined(run, m, &c, &there);
    done.differs = sil_compare(&c, &run->host, &here, &there, why,
                               sizeof why) == SIL_DIFFER;
    if (!careful)
        return done;
    if (!done.differs)
        done.differs = memory_differs(run, m, why, sizeof why);
    report(run, m, number, &c, &here, &there, done.differs, why);
    if (done.differs)
        take_hosts_memory(run, m);
    return done;
}
