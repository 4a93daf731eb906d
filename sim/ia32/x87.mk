# SPDX-License-Identifier: GPL-3.0-or-later
# The x87 FPU.
ia32_x87_sources = \
	sim/ia32/x87.h \
	sim/ia32/x87.c \
	sim/ia32/x87_arith.c \
	sim/ia32/x87_control.c \
	sim/ia32/x87_move.c \
	sim/ia32/x87_special.c
