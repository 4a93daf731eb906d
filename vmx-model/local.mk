# SPDX-License-Identifier: GPL-3.0-or-later
noinst_LIBRARIES += libvmxmodel.a
libvmxmodel_a_SOURCES = sim/ia32/virt.h
