/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Explanations by topic: whatever name the manual, Linux or this program has
 * for a thing of VMX, say what it is and where the manual says so.
 * `vtsim explain TOPIC`.  All text is rows of the tables; section titles are
 * those of SDM 325462, Vol 3C, "Virtual Machine Control Structures" and "VM
 * Entries". */
#include "vmx-model/vmx.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Where lines go, and whether there were any. */
struct out {
    vmx_line_fn *line;
    void *opaque;
    bool any;
};

static void say(struct out *out, const char *format, ...) VT_PRINTF(2, 3);

static void say(struct out *out, const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    out->any = true;
    out->line(out->opaque, text);
}

/* Case does not count; '-', '_' and ' ' are the same. */
static bool same(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        int x = toupper((unsigned char)*a), y = toupper((unsigned char)*b);
        x = x == '-' || x == ' ' ? '_' : x;
        y = y == '-' || y == ' ' ? '_' : y;
        if (x != y)
            return false;
    }
    return *a == *b;
}

/* "prefix NUMBER" with any base C knows; -1 otherwise. */
static long number_after(const char *topic, const char *prefix)
{
    size_t n = strlen(prefix);
    char head[16], *end;
    snprintf(head, sizeof head, "%.*s", (int)n, topic);
    if (!same(head, prefix) || !topic[n])
        return -1;
    unsigned long value = strtoul(topic + n, &end, 0);
    return *end || value > 0xffff ? -1 : (long)value;
}

/* --- fields ------------------------------------------------------------- */

static const char *area_name(unsigned area)
{
    static const char *const names[] = {
        "control", "VM-exit information (read-only)", "guest state",
        "host state"};
    return names[area];
}

static void explain_field(struct out *out, const struct vmx_field *f)
{
    unsigned id = (unsigned)(f - vmx_fields);
    say(out, "%s (%s): VMCS field %04Xh", f->name, f->id, f->encoding);
    say(out, "  %u bits%s, %s; first generation (2005)",
        vmx_field_bits(id, true),
        f->width ? "" : " (natural width: 32 without Intel 64)",
        area_name(f->area));
    if (f->width == 64)
        say(out, "  32-bit software reaches the high half at %04Xh",
            f->encoding + 1u);
    say(out, "  SDM Vol 3C, \"%s\"; Appendix B, \"Field Encoding in VMCS\"",
        f->cite);
    for (unsigned i = 0; i < VMX_CONTROL_COUNT; i++)
        if (vmx_words[vmx_controls[i].word].field == id)
            say(out, "  bit %2u  %s", vmx_controls[i].bit,
                vmx_controls[i].name);
    for (unsigned i = 0; i < vmx_check_count(); i++)
        if (vmx_check_at(i)->fields[0] == id)
            say(out, "  check %s: %s", vmx_check_at(i)->id,
                vmx_check_at(i)->rule);
}

/* "0x681e": an encoding; -1 otherwise. */
static long encoding_of(const char *topic)
{
    char *end;
    if (topic[0] != '0' || (topic[1] != 'x' && topic[1] != 'X'))
        return -1;
    unsigned long value = strtoul(topic, &end, 16);
    return *end || value > 0xffff ? -1 : (long)value;
}

static void try_fields(struct out *out, const char *topic)
{
    long encoding = encoding_of(topic);
    for (unsigned i = 0; i < VMX_FIELD_COUNT; i++)
        if (same(topic, vmx_fields[i].id) || same(topic, vmx_fields[i].name) ||
            encoding == vmx_fields[i].encoding)
            explain_field(out, &vmx_fields[i]);
}

/* --- controls ------------------------------------------------------------ */

static void explain_control(struct out *out, const struct vmx_control *c)
{
    static const char *const offers[] = {
        "software chooses", "always 1 on this processor",
        "not offered by this processor: must be 0"};
    const struct vmx_word *w = &vmx_words[c->word];
    say(out, "\"%s\" (%s): bit %u of the %s", c->name, c->id, c->bit,
        w->name);
    say(out, "  1: %s", c->what);
    say(out, "  %s (capability MSR %Xh)", offers[c->capability],
        (unsigned)w->msr);
    say(out, "  SDM Vol 3C, \"%s\"", c->cite);
    for (size_t i = 0; i < vmx_reason_count; i++)
        if (vmx_reasons[i].control == (unsigned)(c - vmx_controls))
            say(out, "  asks for exit reason %u, %s", vmx_reasons[i].number,
                vmx_reasons[i].name);
}

static void try_controls(struct out *out, const char *topic)
{
    for (unsigned i = 0; i < VMX_CONTROL_COUNT; i++)
        if (same(topic, vmx_controls[i].id) ||
            same(topic, vmx_controls[i].name))
            explain_control(out, &vmx_controls[i]);
}

/* --- reasons, errors, checks ---------------------------------------------- */

static const char *const qualifications[] = {
    [VMX_Q_NONE] = "0",
    [VMX_Q_EVENT] = "#PF: the linear address; #DB: bits as in DR6; else 0",
    [VMX_Q_LINEAR] = "the linear address",
    [VMX_Q_SELECTOR] = "15:0 selector of the TSS; 31:30 source: 0 CALL, "
                       "1 IRET, 2 JMP, 3 task gate",
    [VMX_Q_CR] = "3:0 register; 5:4 0 MOV to, 1 MOV from, 2 CLTS, 3 LMSW; "
                 "6 LMSW from memory; 11:8 general register; 31:16 LMSW data",
    [VMX_Q_DR] = "2:0 register; 4 1 = MOV from it; 11:8 general register",
    [VMX_Q_IO] = "2:0 size - 1; 3 1 = IN; 4 string; 5 REP; 6 immediate port; "
                 "31:16 port",
    [VMX_Q_DISPLACEMENT] = "displacement of the memory operand, or 0",
    [VMX_Q_ARMED] = "0 1 = the monitor is armed",
    [VMX_Q_ENTRY] = "33: 3 NMI with blocking by STI, 4 VMCS link pointer, "
                    "else 0; 34: which entry of the area",
};

static void explain_reason(struct out *out, const struct vmx_reason *r)
{
    say(out, "%s: exit reason %u (Linux: %s)", r->name, r->number,
        r->linux_name);
    say(out, "  when %s", r->when);
    if (r->control == VMX_C_ALWAYS)
        say(out, "  no control switches it off");
    else
        say(out, "  control: \"%s\"", vmx_controls[r->control].name);
    say(out, "  qualification: %s", qualifications[r->qualification]);
    if (!r->here)
        say(out, "  cannot happen on this processor");
    say(out, "  SDM Vol 3C, Appendix C, \"VMX Basic Exit Reasons\"");
}

static void try_reasons(struct out *out, const char *topic)
{
    long number = number_after(topic, "exit ");
    for (size_t i = 0; i < vmx_reason_count; i++) {
        const struct vmx_reason *r = &vmx_reasons[i];
        if (number == r->number || same(topic, r->id) ||
            same(topic, r->name) || same(topic, r->linux_name))
            explain_reason(out, r);
    }
}

static void try_errors(struct out *out, const char *topic)
{
    long number = number_after(topic, "error ");
    for (size_t i = 0; i < vmx_error_count; i++) {
        const struct vmx_error *e = &vmx_errors[i];
        if (number != e->number && !same(topic, e->id))
            continue;
        say(out, "VM-instruction error %u: %s", e->number, e->words);
        say(out, "  %s", e->meaning);
        if (!e->here)
            say(out, "  cannot happen on this processor");
        say(out, "  SDM Vol 3C, \"VM Instruction Error Numbers\"");
    }
}

static const char *const gives[] = {
    [VMX_GIVES_ERROR_7] = "VMfailValid, VM-instruction error 7",
    [VMX_GIVES_ERROR_8] = "VMfailValid, VM-instruction error 8",
    [VMX_GIVES_EXIT_33] = "VM-entry failure: exit reason 80000021h (33)",
    [VMX_GIVES_EXIT_33_NMI] =
        "VM-entry failure: exit reason 80000021h (33), qualification 3",
    [VMX_GIVES_EXIT_33_LINK] =
        "VM-entry failure: exit reason 80000021h (33), qualification 4",
    [VMX_GIVES_EXIT_34] = ("VM-entry failure: exit reason 80000022h (34), "
                           "qualification: which entry"),
    [VMX_GIVES_EXIT_41] = "VM-entry failure: exit reason 80000029h (41)",
};

static void try_checks(struct out *out, const char *topic)
{
    for (unsigned i = 0; i < vmx_check_count(); i++) {
        const struct vmx_check *c = vmx_check_at(i);
        if (!same(topic, c->id))
            continue;
        say(out, "%s: a check of VM entries", c->id);
        say(out, "  must hold: %s", c->rule);
        for (unsigned f = 0; f < ARRAY_SIZE(c->fields); f++)
            if (c->fields[f] < VMX_FIELD_COUNT)
                say(out, "  looks at %s (%s)", vmx_fields[c->fields[f]].name,
                    vmx_fields[c->fields[f]].id);
        say(out, "  else %s", gives[c->gives]);
        say(out, "  SDM Vol 3C, \"%s\"", c->section);
    }
}

/* --- instructions and MSRs ------------------------------------------------- */

static const struct {
    const char *name, *text, *cite;
} others[] = {
    {"VMXON", "enters VMX root operation; its memory operand points to the VMXON region. "
              "#GP(0) unless CPL is 0, CR0 and CR4 have their fixed bits, A20 is on and "
              "IA32_FEATURE_CONTROL is locked with bit 2 set",
     "VMXON--Enter VMX Operation"},
    {"VMXOFF", "leaves VMX operation", "VMXOFF--Leave VMX Operation"},
    {"VMCLEAR", "writes a VMCS back to its region and makes its launch state clear",
     "VMCLEAR--Clear Virtual-Machine Control Structure"},
    {"VMPTRLD", "makes a VMCS the current one",
     "VMPTRLD--Load Pointer to Virtual-Machine Control Structure"},
    {"VMPTRST", "stores the current-VMCS pointer; all ones when there is none",
     "VMPTRST--Store Pointer to Virtual-Machine Control Structure"},
    {"VMREAD", "reads a field of the current VMCS",
     "VMREAD--Read Field from Virtual-Machine Control Structure"},
    {"VMWRITE", "writes a field of the current VMCS",
     "VMWRITE--Write Field to Virtual-Machine Control Structure"},
    {"VMLAUNCH", "enters the guest of the current VMCS, whose launch state is clear",
     "VMLAUNCH/VMRESUME--Launch/Resume Virtual Machine"},
    {"VMRESUME", "enters the guest of the current VMCS, whose launch state is launched",
     "VMLAUNCH/VMRESUME--Launch/Resume Virtual Machine"},
    {"VMCALL", "from a guest: a call to its VMM (exit reason 18); in root operation: error 1",
     "VMCALL--Call to VM Monitor"},
    {"IA32_VMX_BASIC", "MSR 480h: revision identifier, size and memory type of the regions",
     "Basic VMX Information"},
    {"IA32_VMX_PINBASED_CTLS", "MSR 481h: 31:0 bits that must be 1, 63:32 bits that may be 1",
     "Pin-Based VM-Execution Controls"},
    {"IA32_VMX_PROCBASED_CTLS", "MSR 482h: 31:0 bits that must be 1, 63:32 bits that may be 1",
     "Primary Processor-Based VM-Execution Controls"},
    {"IA32_VMX_EXIT_CTLS", "MSR 483h: 31:0 bits that must be 1, 63:32 bits that may be 1",
     "VM-Exit Controls"},
    {"IA32_VMX_ENTRY_CTLS", "MSR 484h: 31:0 bits that must be 1, 63:32 bits that may be 1",
     "VM-Entry Controls"},
    {"IA32_VMX_MISC", "MSR 485h: activity states, CR3-target values, length of MSR lists",
     "Miscellaneous Data"},
    {"IA32_VMX_CR0_FIXED0", "MSR 486h: bits of CR0 that are 1 in VMX operation",
     "VMX-Fixed Bits in CR0"},
    {"IA32_VMX_CR0_FIXED1", "MSR 487h: bits of CR0 that may be 1 in VMX operation",
     "VMX-Fixed Bits in CR0"},
    {"IA32_VMX_CR4_FIXED0", "MSR 488h: bits of CR4 that are 1 in VMX operation",
     "VMX-Fixed Bits in CR4"},
    {"IA32_VMX_CR4_FIXED1", "MSR 489h: bits of CR4 that may be 1 in VMX operation",
     "VMX-Fixed Bits in CR4"},
    {"IA32_VMX_VMCS_ENUM", "MSR 48Ah: the highest index of a VMCS field encoding",
     "VMCS Enumeration"},
};

static void try_others(struct out *out, const char *topic)
{
    for (unsigned i = 0; i < ARRAY_SIZE(others); i++)
        if (same(topic, others[i].name)) {
            say(out, "%s: %s", others[i].name, others[i].text);
            say(out, "  SDM Vol 3C, \"%s\"", others[i].cite);
        }
}

/* --- topics ----------------------------------------------------------------- */

bool vmx_explain(const char *topic, vmx_line_fn *line, void *opaque)
{
    struct out out = {.line = line, .opaque = opaque};
    try_others(&out, topic);
    try_fields(&out, topic);
    try_controls(&out, topic);
    try_reasons(&out, topic);
    try_errors(&out, topic);
    try_checks(&out, topic);
    return out.any;
}

void vmx_explain_topics(vmx_line_fn *line, void *opaque)
{
    struct out out = {.line = line, .opaque = opaque};
    for (unsigned i = 0; i < ARRAY_SIZE(others); i++)
        line(opaque, others[i].name);
    for (unsigned i = 0; i < VMX_FIELD_COUNT; i++)
        line(opaque, vmx_fields[i].id);
    for (unsigned i = 0; i < VMX_CONTROL_COUNT; i++)
        line(opaque, vmx_controls[i].id);
    for (size_t i = 0; i < vmx_reason_count; i++)
        say(&out, "exit %u", vmx_reasons[i].number);
    for (size_t i = 0; i < vmx_error_count; i++)
        say(&out, "error %u", vmx_errors[i].number);
    for (unsigned i = 0; i < vmx_check_count(); i++)
        line(opaque, vmx_check_at(i)->id);
}
