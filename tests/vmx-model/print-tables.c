/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Print the tables of docs/vmx.md from the model's own. */
#include <stdio.h>

#include "vmx-model/vmx.h"

static void controls(void)
{
    static const char *const capability[] = {"0 or 1", "must be 1",
                                             "must be 0"};
    printf("| word | bit | control | here |\n|---|---:|---|---|\n");
    for (unsigned i = 0; i < VMX_CONTROL_COUNT; i++) {
        const struct vmx_control *c = &vmx_controls[i];
        bool intel64 = c->feature == IA32_F_LM;
        printf("| %s | %u | %s | %s%s |\n", vmx_words[c->word].name, c->bit,
               c->name, capability[c->capability],
               intel64 ? "; must be 0 without Intel 64" : "");
    }
}

static void reasons(void)
{
    printf("\n| exit reason | name | Linux | when |\n|---:|---|---|---|\n");
    for (size_t i = 0; i < vmx_reason_count; i++)
        if (vmx_reasons[i].here)
            printf("| %u | %s | %s | %s |\n", vmx_reasons[i].number,
                   vmx_reasons[i].name, vmx_reasons[i].linux_name,
                   vmx_reasons[i].when);
}

static void errors(void)
{
    printf("\n| error | VM-instruction error |\n|---:|---|\n");
    for (size_t i = 0; i < vmx_error_count; i++)
        if (vmx_errors[i].here)
            printf("| %u | %s |\n", vmx_errors[i].number,
                   vmx_errors[i].words);
}

static void checks(void)
{
    static const char *const gives[] = {
        "error 7", "error 8", "exit 33", "exit 33, qualification 2",
        "exit 33, qualification 3",
        "exit 33, qualification 4", "exit 34", "exit 41"};
    const char *section = "";
    for (unsigned i = 0; i < vmx_check_count(); i++) {
        const struct vmx_check *c = vmx_check_at(i);
        if (strcmp(section, c->section) != 0)
            printf("\n%s:\n\n| check | must hold | else |\n|---|---|---|\n",
                   c->section);
        section = c->section;
        printf("| `%s` | %s | %s |\n", c->id, c->rule, gives[c->gives]);
    }
}

static void fields(void)
{
    static const char *const areas[] = {"control", "exit information",
                                        "guest", "host"};
    printf("\n| encoding | field | bits | area | offset in the region |\n"
           "|---|---|---:|---|---:|\n");
    for (unsigned i = 0; i < VMX_FIELD_COUNT; i++)
        printf("| %04XH | %s (`%s`) | %u | %s | %u |\n",
               vmx_fields[i].encoding, vmx_fields[i].name, vmx_fields[i].id,
               vmx_field_bits((enum vmx_field_id)i, true),
               areas[vmx_fields[i].area], 16 + 8 * i);
}

int main(void)
{
    controls();
    reasons();
    errors();
    checks();
    fields();
    return fflush(stdout) == 0 ? 0 : 1;
}
