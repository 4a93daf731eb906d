# SPDX-License-Identifier: GPL-3.0-or-later
# Decoder and integer instructions.
ia32_int_sources = \
	sim/ia32/decode.def sim/ia32/decode_int.def \
	sim/ia32/decode_ext.def sim/ia32/decode_mmx.def \
	sim/ia32/decode_sse.def sim/ia32/decode_x87.def \
	sim/ia32/insn.h sim/ia32/ops.h \
	sim/ia32/rows.c sim/ia32/rows.h \
	sim/ia32/decode.c sim/ia32/guard.c sim/ia32/disasm.c \
	sim/ia32/operand.h \
	sim/ia32/alu.c sim/ia32/alu.h \
	sim/ia32/move.c sim/ia32/shift.c sim/ia32/shift.h sim/ia32/muldiv.c sim/ia32/bit.c \
	sim/ia32/stack.c sim/ia32/branch.c \
	sim/ia32/string.c sim/ia32/string.h
