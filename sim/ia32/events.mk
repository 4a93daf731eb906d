# SPDX-License-Identifier: GPL-3.0-or-later
# Events and their returns.
ia32_event_sources = \
	sim/ia32/eflags.c \
	sim/ia32/eflags.h \
	sim/ia32/gate.c \
	sim/ia32/gate.h \
	sim/ia32/ivt.c
