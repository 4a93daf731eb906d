# SPDX-License-Identifier: GPL-3.0-or-later
noinst_LIBRARIES += libvmxmodel.a
libvmxmodel_a_SOURCES = \
	vmx-model/vmx.h vmx-model/vmx_priv.h \
	vmx-model/fields.def vmx-model/controls.def vmx-model/reasons.def \
	vmx-model/errors.def vmx-model/entry_checks.def \
	vmx-model/tables.c vmx-model/capability.c vmx-model/region.c \
	vmx-model/vmx.c vmx-model/insn.c \
	vmx-model/entry_checks.c vmx-model/check_control.c \
	vmx-model/check_segment.c vmx-model/check_guest.c \
	vmx-model/entry.c vmx-model/exit.c vmx-model/state.c \
	vmx-model/msr_area.c vmx-model/intercept.c vmx-model/event.c \
	vmx-model/explain.c vmx-model/explain_event.c vmx-model/explain_near.c
