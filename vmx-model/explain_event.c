/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a VM entry failed, and why a VM exit happened, in words: what real
 * hardware knows and does not tell.
 * SDM 325462, Vol 3C, "VM Entries" and "Basic VM-Exit Information". */
#include "vmx-model/vmx.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* Text that is cut where the buffer ends; length counts all of it. */
struct text {
    char *to;
    size_t size, length;
};

static void add(struct text *t, const char *format, ...) VT_PRINTF(2, 3);

static void add(struct text *t, const char *format, ...)
{
    va_list args;
    bool room = t->length < t->size;
    va_start(args, format);
    int n = vsnprintf(room ? t->to + t->length : NULL,
                      room ? t->size - t->length : 0, format, args);
    va_end(args);
    if (n > 0)
        t->length += (size_t)n;
}

/* --- failures ---------------------------------------------------------------- */

static void add_bits(struct text *t, const char *what, uint64_t bits)
{
    if (!bits)
        return;
    add(t, "  %s:", what);
    for (unsigned i = 0; i < 64; i++)
        if (bits >> i & 1)
            add(t, " %u", i);
    add(t, "\n");
}

static void add_values(struct text *t, const struct vmx_failure *f,
                       bool intel64)
{
    for (unsigned i = 0; i < ARRAY_SIZE(f->values); i++) {
        unsigned id = f->check->fields[i];
        if (id >= VMX_FIELD_COUNT)
            continue;
        add(t, "  %s (%s) = %0*" PRIX64 "h\n", vmx_fields[id].name,
            vmx_fields[id].id, (int)vmx_field_bits(id, intel64) / 4,
            f->values[i]);
    }
    if (f->must_be_1 || f->may_be_1 != ~UINT64_C(0)) {
        add_bits(t, "bits that must be 1 and are 0",
                 f->must_be_1 & ~f->values[0]);
        add_bits(t, "bits that must be 0 and are 1",
                 f->values[0] & ~f->may_be_1);
    }
    if (strcmp(f->check->id, "guest.link.revision") == 0)
        add(t, "  the memory there begins with %08" PRIX64 "h\n", f->extra);
    if (f->check->gives == VMX_GIVES_EXIT_34)
        add(t, "  entry %" PRIu64 " of the area, MSR %" PRIX64 "h\n",
            f->qualification, f->extra);
}

/* The first line: what the instruction gave. */
static void add_outcome(struct text *t, const struct vmx_failure *f)
{
    const struct vmx_error *error = vmx_error(f->error);
    const struct vmx_reason *reason = vmx_reason(f->reason);
    add(t, "%s failed: ", f->instruction);
    if (f->reason)
        add(t, "%s, exit reason %08Xh, qualification %" PRIu64 "\n",
            reason ? reason->name : "VM-entry failure", (unsigned)f->reason,
            f->qualification);
    else if (f->no_vmcs)
        add(t, "VMfailInvalid (CF = 1)%s\n",
            f->error == 0 && f->guest_id == VMX_NO_POINTER
                ? ", there is no current VMCS or the pointer is no good"
                : "");
    else
        add(t, "VM-instruction error %u, %s\n", (unsigned)f->error,
            error ? error->words : "?");
    if (!f->check && error)
        add(t, "  %s\n", error->meaning);
}

size_t vmx_explain_failure(const struct ia32_cpu *cpu, char *to, size_t size)
{
    struct text t = {to, size, 0};
    struct vmx_failure f;
    if (!vmx_last_failure(cpu, &f))
        return 0;
    add_outcome(&t, &f);
    if (f.check) {
        add(&t, "  check %s: %s\n", f.check->id, f.check->rule);
        add_values(&t, &f, vmx_intel64(cpu));
        add(&t, "  SDM Vol 3C, \"%s\"\n", f.check->section);
    }
    return t.length;
}

/* --- qualifications ------------------------------------------------------------ */

static const char *register_name(uint64_t number)
{
    static const char *const names[] = {
        "EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI",
        "R8",  "R9",  "R10", "R11", "R12", "R13", "R14", "R15"};
    return names[number & 15];
}

static void add_cr(struct text *t, uint64_t q)
{
    unsigned cr = (unsigned)q & 15;
    const char *gpr = register_name(q >> 8);
    switch (q >> 4 & 3) {
    case 0: add(t, "MOV to CR%u from %s", cr, gpr); break;
    case 1: add(t, "MOV from CR%u to %s", cr, gpr); break;
    case 2: add(t, "CLTS"); break;
    default:
        add(t, "LMSW of %04Xh from %s", (unsigned)(q >> 16 & 0xffff),
            q >> 6 & 1 ? "memory" : "a register");
        break;
    }
}

static void add_io(struct text *t, uint64_t q)
{
    bool in = q >> 3 & 1;
    add(t, "%s%s%s %s port %04Xh, %u byte%s%s", q >> 5 & 1 ? "REP " : "",
        in ? "IN" : "OUT", q >> 4 & 1 ? "S" : "", in ? "from" : "to",
        (unsigned)(q >> 16 & 0xffff), (unsigned)(q & 7) + 1,
        q & 7 ? "s" : "", q >> 6 & 1 ? ", immediate port" : "");
}

static void add_task(struct text *t, uint64_t q)
{
    static const char *const sources[] = {"CALL", "IRET", "JMP",
                                          "a task gate in the IDT"};
    add(t, "to TSS selector %04Xh, by %s", (unsigned)(q & 0xffff),
        sources[q >> 30 & 3]);
}

static void add_entry(struct text *t, uint32_t reason, uint64_t q)
{
    if ((reason & 0xffff) == VMX_EXIT_MSR_LOADING)
        add(t, "entry %" PRIu64 " of the VM-entry MSR-load area", q);
    else if (q == 3)
        add(t, "NMI into a guest with blocking by STI");
    else if (q == 4)
        add(t, "VMCS link pointer");
}

static void add_qualification(struct text *t, uint32_t reason, uint64_t q)
{
    const struct vmx_reason *r = vmx_reason(reason);
    switch (r ? r->qualification : VMX_Q_NONE) {
    case VMX_Q_EVENT:
        if (q)
            add(t, "address %08" PRIX64 "h (#PF), DR6 bits (#DB)", q);
        break;
    case VMX_Q_LINEAR:
        add(t, "linear address %08" PRIX64 "h", q);
        break;
    case VMX_Q_SELECTOR: add_task(t, q); break;
    case VMX_Q_CR: add_cr(t, q); break;
    case VMX_Q_DR:
        add(t, q >> 4 & 1 ? "MOV from DR%u to %s" : "MOV to DR%u from %s",
            (unsigned)(q & 7), register_name(q >> 8));
        break;
    case VMX_Q_IO: add_io(t, q); break;
    case VMX_Q_DISPLACEMENT:
        if (q)
            add(t, "displacement %08" PRIX64 "h", q);
        break;
    case VMX_Q_ARMED:
        add(t, "the monitor is %sarmed", q & 1 ? "" : "not ");
        break;
    case VMX_Q_ENTRY: add_entry(t, reason, q); break;
    default: break;
    }
}

size_t vmx_explain_qualification(uint32_t reason, uint64_t qualification,
                                 char *to, size_t size)
{
    struct text t = {to, size, 0};
    if (size)
        to[0] = '\0';
    add_qualification(&t, reason, qualification);
    return t.length;
}

/* --- exits ----------------------------------------------------------------------- */

static void add_event(struct text *t, const char *what, uint32_t info,
                      uint32_t error)
{
    static const char *const types[] = {
        "external interrupt", "?", "NMI", "hardware exception",
        "software interrupt", "privileged software exception",
        "software exception", "?"};
    if (!(info >> 31))
        return;
    add(t, "  %s: %s, vector %u", what, types[info >> 8 & 7],
        (unsigned)(info & 0xff));
    if (info >> 11 & 1)
        add(t, ", error code %Xh", (unsigned)error);
    add(t, "\n");
}

/* Which control bit, or which field, asked for the exit. */
static void add_control(struct text *t, const struct vmx_exit_record *e)
{
    bool msr = e->reason == VMX_EXIT_RDMSR || e->reason == VMX_EXIT_WRMSR;
    if (e->control < VMX_CONTROL_COUNT)
        add(t, "  asked for by \"%s\" = 1\n", vmx_controls[e->control].name);
    else if (e->field < VMX_FIELD_COUNT)
        add(t, "  asked for by the %s\n", vmx_fields[e->field].name);
    else if (msr)
        add(t, "  always, because \"use MSR bitmaps\" = 0\n");
    else
        add(t, "  always: no control switches it off\n");
}

size_t vmx_explain_exit(const struct ia32_cpu *cpu, char *to, size_t size)
{
    struct text t = {to, size, 0};
    struct vmx_exit_record e;
    if (!vmx_last_exit(cpu, &e))
        return 0;
    const struct vmx_reason *r = vmx_reason(e.reason);
    add(&t, "VM exit %u, %s, at %08" PRIX64 "h\n", (unsigned)e.reason,
        r ? r->name : "?", e.guest_pc);
    add_control(&t, &e);
    char words[120];
    if (vmx_explain_qualification(e.reason, e.qualification, words,
                                  sizeof words))
        add(&t, "  qualification %08" PRIX64 "h: %s\n", e.qualification,
            words);
    add_event(&t, "event", e.intr_info, e.intr_error);
    add_event(&t, "during delivery of", e.vectoring_info, e.vectoring_error);
    return t.length;
}
