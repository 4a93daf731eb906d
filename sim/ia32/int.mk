# SPDX-License-Identifier: GPL-3.0-or-later
ia32_int_sources = \
	sim/ia32/decode.def sim/ia32/decode_int.def \
	sim/ia32/insn.h sim/ia32/ops.h
