# SPDX-License-Identifier: GPL-3.0-or-later
# MMX and SSE instructions.
ia32_simd_sources = \
	sim/ia32/simd.h \
	sim/ia32/simd_arith.c \
	sim/ia32/simd_logic.c \
	sim/ia32/simd_move.c \
	sim/ia32/simd_pack.c \
	sim/ia32/simd_shuffle.c \
	sim/ia32/sse_compare.c \
	sim/ia32/sse_convert.c \
	sim/ia32/sse_fp.c \
	sim/ia32/sse_fp.h \
	sim/ia32/sse_string.c
