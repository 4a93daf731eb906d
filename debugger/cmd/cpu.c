/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vtsim cpu list | show NAME: the processors that can be simulated. */
#include <inttypes.h>
#include <stdio.h>

#include "debugger/cmd/cmd.h"
#include "sim/ia32/model.h"

static bool has(const uint64_t *features, unsigned feature)
{
    return features[feature / 64] >> (feature % 64) & 1;
}

static int list(void)
{
    const struct ia32_model *model;
    for (unsigned i = 0; (model = ia32_model_at(i)); i++)
        printf("%-20s %s\n", model->name, model->title);
    puts("'vtsim cpu show NAME' says what one has.");
    return CMD_OK;
}

static void show_tlb(const char *name, const struct ia32_tlb_geometry *tlb)
{
    printf("%-12s %u entries, ", name, tlb->small_entries);
    if (tlb->small_ways == tlb->small_entries)
        printf("fully associative");
    else
        printf("%u ways", tlb->small_ways);
    if (tlb->large_entries)
        printf("; large pages %u entries, %u ways", tlb->large_entries,
               tlb->large_ways);
    else
        printf("; large pages share them");
    if (tlb->huge_entries)
        printf("; 1-GiB pages %u", tlb->huge_entries);
    puts("");
}

static int show(const char *spec)
{
    static const char *const meanings[] = {
#define X(id, name, leaf, subleaf, reg, bit, models, meaning) meaning,
#include "sim/ia32/features.def"
#undef X
    };
    const struct ia32_model *model;
    uint64_t features[IA32_FEATURE_WORDS];
    struct vt_error err = {.kind = VT_OK};

    if (ia32_model_parse(spec, &model, features, &err) != VT_OK)
        return cmd_fail(&err);
    printf("%-12s %s\n", "name", model->name);
    printf("%-12s %s\n", "part", model->title);
    printf("%-12s %s\n", "vendor", model->vendor);
    printf("%-12s 0x%08" PRIx32 "\n", "signature", model->signature);
    if (model->brand)
        printf("%-12s %s\n", "brand",
               model->brand + strspn(model->brand, " "));
    printf("%-12s %u bits of physical address, %u of linear address\n",
           "memory", model->pa_bits,
           has(features, IA32_F_LM) ? model->la_bits : 32u);
    show_tlb("code TLB", &model->itlb);
    show_tlb("data TLB", &model->dtlb);
    printf("%-12s %s\n", "source", model->cite);
    puts("features (+NAME and -NAME after a comma change them)");
    for (unsigned i = 0; i < IA32_FEATURE_COUNT; i++)
        if (has(features, i))
            printf("  %-15s %s\n", ia32_feature_name((enum ia32_feature)i),
                   meanings[i]);
    return CMD_OK;
}

static int cpu_command(const struct cmd_args *args)
{
    const char *verb = args->operands[0];
    int status;
    if (strcmp(verb, "list") == 0 && args->operand_count == 1)
        status = list();
    else if (strcmp(verb, "show") == 0 && args->operand_count == 2)
        status = show(args->operands[1]);
    else if (strcmp(verb, "show") == 0)
        return cmd_usage_error("cpu show: NAME is missing; 'vtsim cpu list' "
                               "has the names");
    else if (strcmp(verb, "list") == 0)
        return cmd_usage_error("cpu list: unexpected operand '%s'",
                               args->operands[1]);
    else
        return cmd_usage_error("cpu: '%s' is neither list nor show", verb);
    return cmd_finish_output(status);
}

const struct cmd_command cmd_cpu = {
    .name = "cpu",
    .operands = "list|show NAME",
    .least = 1,
    .most = 2,
    .summary = "List the processor models, or show one.",
    .run = cpu_command,
};
