/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a row of the decode table is like, as far as operands that make sense
 * depend on it (traits.c). */
#ifndef TESTS_SILICON_TRAITS_H
#define TESTS_SILICON_TRAITS_H

#include "tests/silicon/silicon.h"

/* Instructions whose operands mean something; X(name, "mnemonics"). */
#define SIL_GROUPS(X)                                                        \
    X(NEAR, "JMP CALL") X(RET, "RET") X(FAR_RETURN, "RETF IRET")             \
    X(IRET, "IRET") X(POPF, "POPF") X(POP, "POP")                            \
    X(ASKS, "LAR LSL VERR VERW ARPL LLDT LTR")                               \
    X(POINTER, "LDS LES LSS LFS LGS") X(FRAME, "ENTER LEAVE")                \
    X(ENTER, "ENTER") X(DIVIDE, "DIV IDIV") X(XLAT, "XLAT")                  \
    X(BIT, "BT BTS BTR BTC") X(INT3, "INT3") X(INT, "INT")                   \
    X(COUNTED, "LOOP LOOPE LOOPNE JCXZ JECXZ JRCXZ")                         \
    X(MASKMOV, "MASKMOVQ MASKMOVDQU")                                        \
    X(FBLD, "FBLD") X(LDMXCSR, "LDMXCSR")                                    \
    X(IMAGE, "FXSAVE FXRSTOR FXSAVE64 FXRSTOR64 FLDENV FRSTOR FNSTENV "      \
             "FNSAVE XSAVE XSAVE64 XRSTOR XRSTOR64 XSAVEC XSAVEC64 "         \
             "XSAVEOPT XSAVEOPT64 XSAVES XSAVES64 XRSTORS XRSTORS64")        \
    X(UNDEFINED, "UD0 UD1 UD2")                                              \
    X(BASES, "RDFSBASE RDGSBASE WRFSBASE WRGSBASE")
enum group {
#define X(name, mnemonics) G_##name,
    SIL_GROUPS(X)
#undef X
    G_COUNT
};
/* What is asked again and again, found once. */
struct sil_traits {
    uint32_t groups;    /* bit: enum group */
    uint32_t operands;  /* bit: letter - 'A' */
    bool selector;      /* names a segment register */
    bool shift_by_cl, byte_operand, jz;
    bool f80;           /* a memory operand of ten bytes */
};
extern struct sil_traits sil_traits[IA32_ROW_COUNT];

static inline const struct sil_traits *traits_of(const struct ia32_row *row)
{
    return &sil_traits[row - ia32_rows];
}

static inline bool is(const struct ia32_row *row, enum group group)
{
    return traits_of(row)->groups >> group & 1;
}

static inline bool has_operand(const struct ia32_row *row, const char *letters)
{
    for (; *letters; letters++)
        if (traits_of(row)->operands >> (*letters - 'A') & 1)
            return true;
    return false;
}

static inline bool is_string(const struct ia32_row *row)
{
    return has_operand(row, "XY");
}

#endif
