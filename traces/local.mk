# SPDX-License-Identifier: GPL-3.0-or-later
noinst_LIBRARIES += libtraces.a
libtraces_a_SOURCES = sim/machine/event.h
