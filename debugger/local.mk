# SPDX-License-Identifier: GPL-3.0-or-later
noinst_LIBRARIES += libdebugger.a
libdebugger_a_SOURCES = sim/machine/machine.h
