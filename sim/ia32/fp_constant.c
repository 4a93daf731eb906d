/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The constants that x87 can load.  "The x87 FPU has 66-bit constants in its
 * internal format", which RC rounds; here they have 128 bits.  Loading them
 * is never inexact.
 * SDM 325462, Vol 2A, "FLD1/FLDL2T/FLDL2E/FLDPI/FLDLG2/FLDLN2/FLDZ--Load
 * Constant". */
#include "sim/ia32/fp_priv.h"

static const struct {
    int32_t exp;
    uint64_t hi, lo; /* hi.lo from bit 127 down: 1.x * 2^exp */
} constants[] = {
    [FP_ONE] = {0, FP_TOP, 0},
    [FP_LOG2_10] = {1, UINT64_C(0xd49a784bcd1b8afe),
                    UINT64_C(0x492bf6ff4dafdb4c)},
    [FP_LOG2_E] = {0, UINT64_C(0xb8aa3b295c17f0bb),
                   UINT64_C(0xbe87fed0691d3e88)},
    [FP_PI] = {1, UINT64_C(0xc90fdaa22168c234),
               UINT64_C(0xc4c6628b80dc1cd1)},
    [FP_LOG10_2] = {-2, UINT64_C(0x9a209a84fbcff798),
                    UINT64_C(0x8f8959ac0b7c9178)},
    [FP_LN_2] = {-1, UINT64_C(0xb17217f7d1cf79ab),
                 UINT64_C(0xc9e3b39803f2f6af)},
};

struct ia32_f80 fp80_constant(enum fp_constant which, unsigned rounding)
{
    if (which == FP_ZERO_CONSTANT)
        return fp_together80(fp_zero(false));
    struct fp_cut c = fp_cut(rounding, false, constants[which].hi,
                             constants[which].lo, 64);
    struct fp_num n = {c.sig, constants[which].exp + c.carry, FPN_NORMAL,
                       false};
    return fp_together80(n);
}
