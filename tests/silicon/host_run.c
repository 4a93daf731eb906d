/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One case on the host's processor, from bytes to outcome.
 *
 * What follows an instruction.  Both code pages are full of INT3.  Behind the
 * instruction, and where it is expected to jump, stands a jump to a stub
 * ("pad"), so that the common case needs no signal.  Control that arrives
 * anywhere else is told by the trap's RIP, or by the page fault of the fetch.
 *
 * Left out: code of 16 bits; the processor is always left through 64-bit
 * code. */
#include "tests/silicon/host_enter.h"

#if SILICON_HOST

static struct host_page *const page = (void *)(uintptr_t)HOST_PAGE;

/* Our view of code at la; NULL when its length bytes are not all there. */
static uint8_t *code_at(const struct sil_host *h, uint64_t la, unsigned length)
{
    uint64_t base = sil_pages[SIL_CODE0].la;
    if (la < base || la + length > base + 2 * SIL_PAGE_BYTES)
        return NULL;
    return h->page[SIL_CODE0] + (la - base); /* the two follow each other */
}

#define PAD_BYTES 7u

static bool put_pad(const struct sil_host *h, const struct sil_case *c,
                    uint64_t at, const char *stub)
{
    uint8_t *p = code_at(h, at, PAD_BYTES);
    if (!p)
        return false;
    uint64_t to = HOST_STUBS + (uint64_t)(stub - host_stub_sequential);
    if (c->mode == 64) {
        uint32_t distance = (uint32_t)(to - (at + 5));
        p[0] = 0xe9; /* JMP rel32 */
        memcpy(p + 1, &distance, 4);
    } else {
        uint32_t low = (uint32_t)to;
        p[0] = 0xea; /* JMP ptr16:32 */
        memcpy(p + 1, &low, 4);
        p[5] = SIL_CS64;
        p[6] = 0;
    }
    return true;
}

static void clear_pad(const struct sil_host *h, uint64_t at)
{
    memset(code_at(h, at, PAD_BYTES), 0xcc, PAD_BYTES);
}

static bool apart(uint64_t a, unsigned a_bytes, uint64_t b, unsigned b_bytes)
{
    return a + a_bytes <= b || b + b_bytes <= a;
}

static void load_state(const struct sil_host *h, const struct sil_case *c)
{
    const struct sil_state *s = &c->before;
    memcpy(page->gpr, s->gpr, sizeof page->gpr);
    page->rip = s->rip;
    page->rflags = s->rflags;
    page->cs = s->sel[IA32_CS];
    page->ss = s->sel[IA32_SS];
    page->ds = s->sel[IA32_DS];
    page->es = s->sel[IA32_ES];
    page->fs = s->sel[IA32_FS];
    page->gs = s->sel[IA32_GS];
    page->fs_base = s->fs_base;
    page->gs_base = s->gs_base;
    memcpy(page->fx, s->fx, sizeof page->fx);
    page->load = !c->uses_fs      ? HOST_LOAD_NONE
                 : c->mode == 32  ? HOST_LOAD_SELECTORS
                 : h->fsgsbase    ? HOST_LOAD_BASES
                                  : HOST_LOAD_BY_KERNEL;
}

static void store_state(const struct sil_case *c, struct sil_state *s)
{
    memcpy(s->gpr, page->gpr, sizeof s->gpr);
    s->rip = page->rip;
    s->rflags = page->rflags;
    s->sel[IA32_CS] = (uint16_t)page->cs;
    s->sel[IA32_SS] = (uint16_t)page->ss;
    s->sel[IA32_DS] = (uint16_t)page->ds;
    s->sel[IA32_ES] = (uint16_t)page->es;
    s->sel[IA32_FS] = c->uses_fs ? (uint16_t)page->fs : c->before.sel[IA32_FS];
    s->sel[IA32_GS] = (uint16_t)page->gs;
    s->fs_base = page->load == HOST_LOAD_BASES ? page->fs_base
                                               : c->before.fs_base;
    s->gs_base = page->load == HOST_LOAD_BASES ? page->gs_base
                                               : c->before.gs_base;
    memcpy(s->fx, page->fx, sizeof s->fx);
}

static bool is_code(uint64_t la)
{
    int found = sil_find_page(la);
    return found >= 0 && (sil_pages[found].rights & SIL_X);
}

static uint64_t next_rip(const struct sil_case *c)
{
    uint64_t next = c->before.rip + c->length;
    return c->mode == 64 ? next : (uint32_t)next;
}

static void signalled(const struct sil_case *c, struct sil_outcome *out)
{
    out->after.rip = page->rip;
    out->result = SIL_FAULT;
    out->vector = (unsigned)page->trap;
    out->error_code = (uint32_t)page->error;
    out->cr2 = page->trap == IA32_PF ? page->cr2 : 0;
    if (page->trap == IA32_BP && is_code(page->rip - 1) &&
        !(c->traps && page->rip == next_rip(c))) {
        out->result = SIL_DONE; /* it arrived at an INT3 */
        out->after.rip = page->rip - 1;
    } else if (page->trap == IA32_PF && page->rip == page->cr2 &&
               page->rip != c->before.rip) {
        out->result = SIL_DONE; /* nothing can be fetched where it went */
    }
}

void sil_host_run(const struct sil_host *h, const struct sil_case *c,
                  uint64_t expected_rip, struct sil_outcome *out)
{
    uint64_t start = c->before.rip, next = next_rip(c);
    uint8_t *code = code_at(h, start, 1);
    unsigned room = (unsigned)(sil_pages[SIL_CODE0].la + 2 * SIL_PAGE_BYTES -
                               start);
    unsigned length = c->length < room ? c->length : room;
    bool wants_target = !c->leaves_cs && expected_rip != next &&
                        apart(expected_rip, PAD_BYTES, start,
                              c->length + PAD_BYTES);
    bool shared = expected_rip != next && !wants_target;
    memcpy(code, c->bytes, length);
    bool sequential = !c->leaves_cs && !shared &&
                      put_pad(h, c, next, host_stub_sequential);
    bool target = wants_target &&
                  put_pad(h, c, expected_rip, host_stub_target);
    load_state(h, c);
    page->cases++;
    page->exit = HOST_EXIT_WATCHDOG;
    host_enter();
    out->vector = 0;
    out->error_code = 0;
    out->cr2 = 0;
    out->result = SIL_DONE;
    store_state(c, &out->after);
    switch (page->exit) {
    case HOST_EXIT_SEQUENTIAL: out->after.rip = next; break;
    case HOST_EXIT_TARGET: out->after.rip = expected_rip; break;
    case HOST_EXIT_SIGNAL: signalled(c, out); break;
    default: out->result = SIL_HANG; break;
    }
    memset(code, 0xcc, length);
    if (sequential)
        clear_pad(h, next);
    if (target)
        clear_pad(h, expected_rip);
    if (page->load != HOST_LOAD_NONE || page->ds != SIL_DS ||
        page->es != SIL_DS)
        sil_host_mode(h, c->mode);
}

#else

void sil_host_run(const struct sil_host *h, const struct sil_case *c,
                  uint64_t expected_rip, struct sil_outcome *out)
{
    (void)h;
    (void)expected_rip;
    memset(out, 0, sizeof *out);
    out->after = c->before;
    out->result = SIL_LOST;
}

#endif
