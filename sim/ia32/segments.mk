# SPDX-License-Identifier: GPL-3.0-or-later
# Task switches.
ia32_segment_sources = \
	sim/ia32/task.c \
	sim/ia32/task.h \
	sim/ia32/task_checks.def \
	sim/ia32/task_load.c
