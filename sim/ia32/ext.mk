# SPDX-License-Identifier: GPL-3.0-or-later
# Instructions that hang on features, besides SIMD.
ia32_ext_sources = \
	sim/ia32/bmi.c \
	sim/ia32/cacheinsn.c \
	sim/ia32/fxsave.c \
	sim/ia32/monitor.c \
	sim/ia32/monitor.h \
	sim/ia32/random.c \
	sim/ia32/segbase.c \
	sim/ia32/xsave.c \
	sim/ia32/xsave.h
