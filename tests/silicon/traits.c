/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every row of the decode table, looked at once. */
#include "tests/silicon/traits.h"

#include "sim/ia32/rows.h"

struct sil_traits sil_traits[IA32_ROW_COUNT];

static const char *const group_names[G_COUNT] = {
#define X(name, mnemonics) mnemonics,
    SIL_GROUPS(X)
#undef X
};

static bool named(const char *mnemonic, const char *names)
{
    size_t length = strlen(mnemonic);
    for (const char *p = names; (p = strstr(p, mnemonic)) != NULL; p++)
        if ((p == names || p[-1] == ' ') &&
            (p[length] == ' ' || p[length] == '\0'))
            return true;
    return false;
}

void sil_learn_rows(void)
{
    static const char *const segments[] = { "ES", "CS", "SS", "DS", "FS",
                                            "GS" };
    for (unsigned i = 0; i < IA32_ROW_COUNT; i++) {
        const char *o = ia32_rows[i].operands;
        struct sil_traits *t = &sil_traits[i];
        char letter, size;
        for (const char *p = o;
             (p = ia32_next_operand(p, &letter, &size)) != NULL;)
            if (letter)
                t->operands |= 1u << (letter - 'A');
        for (unsigned g = 0; g < G_COUNT; g++)
            if (named(ia32_rows[i].mnemonic, group_names[g]))
                t->groups |= 1u << g;
        for (unsigned s = 0; s < ARRAY_SIZE(segments); s++)
            t->selector = t->selector || strstr(o, segments[s]);
        t->shift_by_cl = strstr(o, "CL") != NULL;
        t->byte_operand = strstr(o, "Eb") != NULL;
        t->jz = strstr(o, "Jz") != NULL;
        t->f80 = strstr(o, "Mt") != NULL;
    }
}
