# SPDX-License-Identifier: GPL-3.0-or-later
noinst_LIBRARIES += libtraces.a
libtraces_a_SOURCES = \
	traces/places.h traces/places.c \
	traces/exits.h traces/exits.c traces/report.c traces/reason.c \
	traces/graph.h traces/graph_priv.h traces/graph.c \
	traces/handlers.c traces/dot.c traces/svg.c
libtraces_a_CFLAGS = $(AM_CFLAGS) $(GRAPHVIZ_CFLAGS)
