ia32_system_sources = \
	sim/ia32/boundary.c sim/ia32/boundary.h \
	sim/ia32/deliver.c \
	sim/ia32/descriptor.c sim/ia32/segment.h \
	sim/ia32/event.h \
	sim/ia32/model.c sim/ia32/model.h sim/ia32/models.def \
	sim/ia32/features.def sim/ia32/cost.def \
	sim/ia32/regs.c sim/ia32/regs.h \
	sim/ia32/virt.h sim/ia32/virt_sites.def \
	sim/ia32/cpu.h
