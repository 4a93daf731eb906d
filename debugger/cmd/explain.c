/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vtsim explain TOPIC: what the model's tables know of a word of the
 * manual.  A few topics are whole lists; the others are vmx-model's, and the
 * features and costs of sim/ia32. */
#include <stdio.h>
#include <strings.h>

#include "debugger/cmd/cmd.h"
#include "sim/ia32/model.h"
#include "sim/machine/event.h"
#include "sim/machine/ledger.h"
#include "vmx-model/vmx.h"

static void list_reasons(void)
{
    for (size_t i = 0; i < vmx_reason_count; i++) {
        const struct vmx_reason *r = &vmx_reasons[i];
        printf("%3u  %-22s %s%s\n", r->number, r->id, r->name,
               r->here ? "" : " (not on this processor)");
    }
}

static void list_fields(void)
{
    for (unsigned i = 0; i < VMX_FIELD_COUNT; i++)
        printf("0x%04x  %-34s %2u  %s\n", vmx_fields[i].encoding,
               vmx_fields[i].id, vmx_field_bits((enum vmx_field_id)i, true),
               vmx_fields[i].name);
}

static void list_controls(void)
{
    static const char *const capability[] = {
        [VMX_CTL_OFFERED] = "offered",
        [VMX_CTL_FORCED] = "always 1",
        [VMX_CTL_ABSENT] = "absent"};
    for (unsigned i = 0; i < VMX_CONTROL_COUNT; i++)
        printf("%-9s %s, bit %u: %s\n",
               capability[vmx_controls[i].capability],
               vmx_words[vmx_controls[i].word].name, vmx_controls[i].bit,
               vmx_controls[i].name);
}

static void list_checks(void)
{
    for (unsigned i = 0; i < vmx_check_count(); i++)
        printf("%-28s %s\n", vmx_check_at(i)->id, vmx_check_at(i)->rule);
}

static void list_errors(void)
{
    for (size_t i = 0; i < vmx_error_count; i++)
        printf("%3u  %s%s\n", vmx_errors[i].number, vmx_errors[i].words,
               vmx_errors[i].here ? "" : " (not on this processor)");
}

static void list_features(void)
{
#define X(id, name, leaf, subleaf, reg, bit, models, meaning) \
    printf("%-15s %s\n", name, meaning);
#include "sim/ia32/features.def"
#undef X
}

static void list_costs(void)
{
#define X(id, key, fallback, meaning) printf("%-18s %s\n", key, meaning);
#include "sim/ia32/cost.def"
#undef X
}

static void list_accounts(void)
{
#define X(id, name, meaning) printf("%-14s %s\n", name, meaning);
    VT_WHAT_TABLE(X)
#undef X
}

static void list_events(void)
{
#define X(id, name, member, meaning) printf("%-10s %s\n", name, meaning);
    VT_EVENT_TABLE(X)
#undef X
}

static void print_line(void *opaque, const char *line)
{
    (void)opaque;
    puts(line);
}

static void list_topics(void)
{
    vmx_explain_topics(print_line, NULL);
}

static const struct list_topic {
    const char *name, *what;
    void (*list)(void);
} lists[] = {
    {"exit-reasons", "the basic exit reasons", list_reasons},
    {"fields", "the fields of the VMCS", list_fields},
    {"controls", "the VMX controls, and which this processor offers",
     list_controls},
    {"checks", "what VM entry checks", list_checks},
    {"errors", "the VM-instruction errors", list_errors},
    {"features", "the features of processors", list_features},
    {"costs", "the keys of cost profiles", list_costs},
    {"accounts", "the accounts of the cycle ledger", list_accounts},
    {"events", "the events that a debugger sees", list_events},
    {"topics", "all other topics: one field, control, exit, check, error",
     list_topics},
};

/* Rows of the tables outside vmx-model. */
static bool explain_row(const char *topic)
{
    static const struct {
        const char *kind, *name, *meaning;
    } rows[] = {
#define X(id, name, leaf, subleaf, reg, bit, models, meaning) \
    {"a feature of processors", name, meaning},
#include "sim/ia32/features.def"
#undef X
#define X(id, key, fallback, meaning) {"a key of cost profiles", key, meaning},
#include "sim/ia32/cost.def"
#undef X
#define X(id, name, meaning) {"an account of the cycle ledger", name, meaning},
        VT_WHAT_TABLE(X)
#undef X
    };
    bool any = false;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (strcasecmp(rows[i].name, topic) == 0) {
            printf("%s: %s\n  %s\n", rows[i].name, rows[i].kind,
                   rows[i].meaning);
            any = true;
        }
    return any;
}

static void print_indented(void *opaque, const char *line)
{
    unsigned *count = opaque;
    if (!(*count)++)
        puts("These topics have it in their names:");
    printf("  %s\n", line);
}

static int unknown(const char *topic)
{
    char names[200];
    unsigned count = 0;
    if (vmx_explain_containing(topic, print_indented, &count))
        return cmd_finish_output(CMD_OK);
    if (vmx_explain_similar(topic, names, sizeof(names)))
        return cmd_usage_error("explain: nothing is known of '%s'; spelt "
                               "like it: %s", topic, names);
    return cmd_usage_error("explain: nothing is known of '%s'; 'vtsim "
                           "explain' lists the topics", topic);
}

static int explain_command(const struct cmd_args *args)
{
    char topic[200] = "";
    size_t used = 0;
    if (!args->operand_count) {
        puts("usage: vtsim explain TOPIC\nLists:");
        for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
            printf("  %-14s %s\n", lists[i].name, lists[i].what);
        puts("Single topics, for example: GUEST_RIP, HLT exiting, exit 12, "
             "error 7.");
        return cmd_finish_output(CMD_OK);
    }
    for (unsigned i = 0; i < args->operand_count; i++) {
        int n = snprintf(topic + used, sizeof(topic) - used, "%s%s",
                         i ? " " : "", args->operands[i]);
        used += n > 0 ? (size_t)n : 0;
        if (used >= sizeof(topic))
            return cmd_usage_error("explain: the topic is too long");
    }
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        if (strcasecmp(lists[i].name, topic) == 0) {
            lists[i].list();
            return cmd_finish_output(CMD_OK);
        }
    bool row = explain_row(topic);
    if (!vmx_explain(topic, print_line, NULL) && !row)
        return unknown(topic);
    return cmd_finish_output(CMD_OK);
}

const struct cmd_command cmd_explain = {
    .name = "explain",
    .operands = "[TOPIC]",
    .least = 0,
    .most = CMD_OPERANDS_MAX,
    .summary = "Say what the tables know of a topic; without one, list what "
               "there is.",
    .run = explain_command,
};
