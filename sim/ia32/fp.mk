# SPDX-License-Identifier: GPL-3.0-or-later
# Floating point as functions over integers.
ia32_fp_sources = \
	sim/ia32/fp.h sim/ia32/fp_bits.h sim/ia32/fp_priv.h sim/ia32/fp_tables.def \
	sim/ia32/fp_wide.h \
	sim/ia32/fp_arith.c \
	sim/ia32/fp_compare.c \
	sim/ia32/fp_constant.c \
	sim/ia32/fp_convert.c \
	sim/ia32/fp_log.c \
	sim/ia32/fp_partial.c \
	sim/ia32/fp_round.c \
	sim/ia32/fp_trig.c \
	sim/ia32/fp_wide.c
