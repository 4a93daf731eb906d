# SPDX-License-Identifier: GPL-3.0-or-later
noinst_LIBRARIES += libvtmachine.a
libvtmachine_a_SOURCES = sim/machine/vt.h
