/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that look at the virtualization hardware: the current VMCS, the
 * exit table, and why something happened. */
#include "debugger/core/dbg_priv.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "vmx-model/vmx.h"

/* Letter case does not count, nor which of blank, dash and underscore. */
static int folded(char c)
{
    return c == '-' || c == ' ' ? '_' : tolower((unsigned char)c);
}

/* Is pattern in text? */
static bool matches(const char *text, const char *pattern)
{
    for (; *text; text++) {
        size_t i = 0;
        while (pattern[i] && folded(text[i]) == folded(pattern[i]))
            i++;
        if (!pattern[i])
            return true;
    }
    return !*pattern;
}

/* False after having said why there is no current VMCS. */
static bool say_view(struct dbg *d, const struct ia32_cpu *cpu)
{
    struct vmx_view view;
    if (!vmx_get_view(cpu, &view)) {
        dbg_error(d, "this CPU has no VMX");
        return false;
    }
    if (view.current_vmcs == VMX_NO_POINTER) {
        dbg_error(d, "there is no current VMCS (%s)",
                  view.in_vmx ? "no VMPTRLD yet" : "not in VMX operation");
        return false;
    }
    dbg_say(d, "VMCS 0x%08" PRIx64 ", %s, %s operation\n",
            view.current_vmcs, view.launched ? "launched" : "clear",
            view.non_root ? "non-root" : "root");
    return true;
}

DBG_COMMAND(dbg_vmcs)
{
    const struct ia32_cpu *cpu = ia32_from(dbg_cpu(d));
    const char *pattern = argc > 1 ? argv[1] : "";
    unsigned shown = 0;
    if (!say_view(d, cpu))
        return DBG_GO_ON;
    for (unsigned i = 0; i < VMX_FIELD_COUNT; i++) {
        const struct vmx_field *field = &vmx_fields[i];
        uint64_t value;
        if ((!matches(field->id, pattern) &&
             !matches(field->name, pattern)) ||
            !vmx_field_value(cpu, (enum vmx_field_id)i, &value))
            continue;
        dbg_say(d, "%-34s 0x%0*" PRIx64 "\n", field->id,
                (int)vmx_field_bits((enum vmx_field_id)i, vmx_intel64(cpu)) /
                    4,
                value);
        shown++;
    }
    if (!shown)
        return dbg_error(d, "no field has '%s' in its name", pattern);
    return DBG_GO_ON;
}

DBG_COMMAND(dbg_exits)
{
    (void)argc, (void)argv;
    struct trc_exit_report *report = trc_exits_report(d->exits);
    trc_exits_write_text(report, d->setup.out);
    trc_exit_report_free(report);
    return DBG_GO_ON;
}

static void say_line(void *opaque, const char *line)
{
    dbg_say(opaque, "%s\n", line);
}

static enum dbg_next explain_topic(struct dbg *d, int argc, char **argv)
{
    char topic[200] = "", names[200];
    size_t used = 0;
    for (int i = 1; i < argc && used + 1 < sizeof(topic); i++) {
        int n = snprintf(topic + used, sizeof(topic) - used, "%s%s",
                         i > 1 ? " " : "", argv[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    if (vmx_explain(topic, say_line, d) ||
        vmx_explain_containing(topic, say_line, d))
        return DBG_GO_ON;
    if (vmx_explain_similar(topic, names, sizeof(names)))
        return dbg_error(d, "nothing is known of '%s'; spelt like it: %s",
                         topic, names);
    return dbg_error(d, "nothing is known of '%s'; 'vtsim explain' lists "
                        "the topics", topic);
}

DBG_COMMAND(dbg_explain)
{
    const struct ia32_cpu *cpu = ia32_from(dbg_cpu(d));
    if (argc > 1)
        return explain_topic(d, argc, argv);
    size_t (*explain)(const struct ia32_cpu *, char *, size_t) =
        d->has_failed ? vmx_explain_failure : vmx_explain_exit;
    size_t length = explain(cpu, NULL, 0);
    if (!length)
        return dbg_error(d, "no VM exit and no failure yet (snapshots do not "
                            "keep them)");
    char *text = vt_alloc(length + 1, 1);
    explain(cpu, text, length + 1);
    dbg_say(d, "%s%s", text, text[length - 1] == '\n' ? "" : "\n");
    free(text);
    return DBG_GO_ON;
}
