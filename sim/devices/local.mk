# SPDX-License-Identifier: GPL-3.0-or-later
noinst_LIBRARIES += libvtdevices.a
libvtdevices_a_SOURCES = sim/machine/device.h
