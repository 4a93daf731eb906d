# SPDX-License-Identifier: GPL-3.0-or-later
# Engine: run loops, decoded blocks, memory, paging.
ia32_engine_sources = \
	sim/ia32/blocks.c \
	sim/ia32/blocks.h \
	sim/ia32/cr3.c \
	sim/ia32/exec.c \
	sim/ia32/exec.h \
	sim/ia32/fasttlb.c \
	sim/ia32/fetch.c \
	sim/ia32/form.h \
	sim/ia32/forms.h \
	sim/ia32/forms_choose.h \
	sim/ia32/forms_data.h \
	sim/ia32/forms_flow.h \
	sim/ia32/forms_loop.c \
	sim/ia32/forms_tail.c \
	sim/ia32/mem.c \
	sim/ia32/mem.h \
	sim/ia32/paging.c \
	sim/ia32/paging.h \
	sim/ia32/stale.c \
	sim/ia32/tlb.c \
	sim/ia32/tlb.h \
	sim/ia32/wide.c
