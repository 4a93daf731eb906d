# SPDX-License-Identifier: GPL-3.0-or-later
ia32_system_sources = \
	sim/ia32/boundary.c \
	sim/ia32/boundary.h \
	sim/ia32/breakpoint.c \
	sim/ia32/breakpoint.h \
	sim/ia32/control.c \
	sim/ia32/cpu.c \
	sim/ia32/cpu.h \
	sim/ia32/cost.def \
	sim/ia32/cpuid.c \
	sim/ia32/decode_sys.def \
	sim/ia32/deliver.c \
	sim/ia32/descriptor.c \
	sim/ia32/dr.c \
	sim/ia32/event.h \
	sim/ia32/features.def \
	sim/ia32/model.c \
	sim/ia32/model.h \
	sim/ia32/models.def \
	sim/ia32/msr.c \
	sim/ia32/msr.h \
	sim/ia32/msrs.def \
	sim/ia32/portio.c \
	sim/ia32/regs.c \
	sim/ia32/regs.h \
	sim/ia32/return.c \
	sim/ia32/segment.c \
	sim/ia32/segment.h \
	sim/ia32/softint.c \
	sim/ia32/sysenter.c \
	sim/ia32/sysinsn.c \
	sim/ia32/time.c \
	sim/ia32/transfer.c \
	sim/ia32/virt.h \
	sim/ia32/virt_sites.def \
	sim/ia32/xsave.h
