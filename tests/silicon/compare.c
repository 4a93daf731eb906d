/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must agree between the host and the simulator.  Exceptions stand in
 * judge.def; those that are about no single instruction, here. */
#include "tests/silicon/judge.h"

#include <stdio.h>

static bool differ(char *why, size_t size, const char *what, uint64_t here,
                   uint64_t there)
{
    if (here == there)
        return false;
    snprintf(why, size, "%s: simulator %llx, host %llx", what,
             (unsigned long long)here, (unsigned long long)there);
    return true;
}

static bool general_differ(const struct sil_case *c, uint64_t free_bits,
                           const struct sil_state *here,
                           const struct sil_state *there, char *why,
                           size_t size)
{
    static const char *const names[16] = {
        "RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI",
        "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15"
    };
    for (unsigned i = 0; i < (c->mode == 64 ? 16u : 8u); i++) {
        uint64_t mask = c->mode == 64 ? ~UINT64_C(0) : UINT32_MAX;
        if (i == c->insn.reg)
            mask &= ~free_bits;
        if (differ(why, size, names[i], here->gpr[i] & mask,
                   there->gpr[i] & mask))
            return true;
    }
    return false;
}

static bool segments_differ(const struct sil_case *c,
                            const struct sil_host *host,
                            const struct sil_state *here,
                            const struct sil_state *there, char *why,
                            size_t size)
{
    static const char *const names[6] = { "ES", "CS", "SS", "DS", "FS",
                                          "GS" };
    /* When the kernel returns to CPL 3, null selectors become 0. */
    for (unsigned i = 0; i < 6; i++)
        if ((here->sel[i] > 3 || there->sel[i] > 3) &&
            differ(why, size, names[i], here->sel[i], there->sel[i]))
            return true;
    if (c->mode != 64)
        return false;
    /* AMD's keep the base when a null selector is loaded. */
    bool fs = !host->amd || there->sel[IA32_FS] > 3 || here->fs_base != 0;
    bool gs = !host->amd || there->sel[IA32_GS] > 3 || here->gs_base != 0;
    return (fs && differ(why, size, "FS.base", here->fs_base,
                         there->fs_base)) ||
           (gs && differ(why, size, "GS.base", here->gs_base,
                         there->gs_base));
}

/* An operand that begins in the last page below the hole: #PF for its
 * beginning or #GP for its end. */
static bool leaves_canonical(const struct sil_outcome *here,
                             const struct sil_outcome *there)
{
    uint64_t cr2 = here->vector == IA32_PF ? here->cr2 : there->cr2;
    return here->vector != there->vector &&
           cr2 >> 12 == UINT64_C(0x7fffffffffff) >> 12;
}

/* A store that the host refuses for its address, where the simulator has
 * found an unmasked exception that prevents it anyhow. */
static bool prevented(const struct sil_outcome *here,
                      const struct sil_outcome *there)
{
    bool done = here->result == SIL_DONE || here->vector == IA32_DB;
    return done && there->result == SIL_FAULT &&
           (here->after.fx[2] & 0x80) &&
           (there->vector == IA32_PF || there->vector == IA32_GP ||
            there->vector == IA32_SSF || there->vector == IA32_AC);
}

static bool fault_differs(const struct sil_case *c, uint64_t freedoms,
                          const struct sil_outcome *here,
                          const struct sil_outcome *there, char *why,
                          size_t size)
{
    uint32_t mask = ~0u;
    /* #AC stands in one class with #PF; the order within is not said:
     * "Priority Among Simultaneous Exceptions and Interrupts". */
    bool checked = here->vector == IA32_AC || there->vector == IA32_AC;
    bool paged = here->vector == IA32_PF || there->vector == IA32_PF;
    if ((freedoms & FAULT_WHICH) || (checked && paged) ||
        leaves_canonical(here, there))
        return false;
    if (differ(why, size, "vector", here->vector, there->vector))
        return true;
    if (here->vector == IA32_PF) {
        uint64_t cr2 = freedoms & FAULT_CR2 ? ~UINT64_C(0xfff)
                                            : ~UINT64_C(0);
        if (differ(why, size, "CR2", here->cr2 & cr2, there->cr2 & cr2))
            return true;
        /* Linux tells of a fault in the kernel's half that the page was
         * there. */
        if (here->cr2 >> 47)
            mask &= ~PF_P;
        if (!c->nx)
            mask &= ~PF_I;
    }
    return differ(why, size, "error code", here->error_code & mask,
                  there->error_code & mask);
}

static void say_results(const struct sil_outcome *here,
                        const struct sil_outcome *there, char *why,
                        size_t size)
{
    static const char *const results[] = { "completes", "faults", "hangs",
                                           "is lost" };
    snprintf(why, size,
             "simulator %s (vector %u, error %x, at %llx), host %s (vector "
             "%u, error %x, at %llx)", results[here->result], here->vector,
             here->error_code, (unsigned long long)here->after.rip,
             results[there->result], there->vector, there->error_code,
             (unsigned long long)there->after.rip);
}

enum sil_verdict sil_compare(const struct sil_case *c,
                             const struct sil_host *host,
                             const struct sil_outcome *here,
                             const struct sil_outcome *there, char *why,
                             size_t size)
{
    uint64_t flags = FL_ARITH | FL_DF | FL_TF | FL_IF | FL_IOPL | FL_NT |
                     FL_AC | FL_ID;
    bool any, faults = here->result == SIL_FAULT;
    uint64_t of_fault = sil_freedom(c, host, K_FAULT, &any);
    if ((of_fault & FAULT_INSTEAD) && prevented(here, there))
        return SIL_AGREE;
    unsigned fx = (unsigned)sil_freedom(c, host, K_FX, &any);
    if (faults && (of_fault & FAULT_FPU))
        fx |= FX_TOP;
    if (here->result != there->result) {
        say_results(here, there, why, size);
        return SIL_DIFFER;
    }
    if (faults)
        flags |= FL_RF;
    if ((faults && fault_differs(c, of_fault, here, there, why, size)) ||
        differ(why, size, "RIP", here->after.rip, there->after.rip))
        return SIL_DIFFER;
    if (sil_free_result(c, host))
        return SIL_AGREE;
    if (!faults || here->vector == IA32_DB) /* of a single step, a trap */
        flags &= ~sil_freedom(c, host, K_FLAGS, &any);
    if ((!(faults && (of_fault & FAULT_REGISTERS)) &&
         general_differ(c, sil_freedom(c, host, K_BITS, &any), &here->after,
                        &there->after, why, size)) ||
        segments_differ(c, host, &here->after, &there->after, why,
                        size) ||
        differ(why, size, "RFLAGS", here->after.rflags & flags,
               there->after.rflags & flags) ||
        sil_fx_differ((uint16_t)sil_freedom(c, host, K_FSW, &any), fx,
                      &here->after, &there->after, why, size))
        return SIL_DIFFER;
    return SIL_AGREE;
}
