/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prototypes of all handlers, made from the rows of decode.def: a handler
 * that no row names, or that has another type, does not compile. */
#ifndef IA32_OPS_H
#define IA32_OPS_H

#include "sim/ia32/insn.h"

#define OPS_ONE(name) ia32_handler ia32_op_##name
#define OPS_SIZED(name)                                                        \
    ia32_handler ia32_op_##name##_16, ia32_op_##name##_32, ia32_op_##name##_64
#define OPS_LEGACY(name) ia32_handler ia32_op_##name##_16, ia32_op_##name##_32
#define ROW(id, map, opcode, prefix, ext, mod, rm, mnemonic, operands, checks, \
            intercept, stage, ends, cost, feature, handlers, cite)             \
    OPS_##handlers;
#include "sim/ia32/decode.def"
#undef ROW
#undef OPS_ONE
#undef OPS_SIZED
#undef OPS_LEGACY

#endif
