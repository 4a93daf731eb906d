# SPDX-License-Identifier: GPL-3.0-or-later
noinst_LIBRARIES += libia32.a
libia32_a_SOURCES = \
	sim/ia32/defs.h sim/ia32/flags.h sim/ia32/intercepts.def \
	$(ia32_int_sources) \
	$(ia32_simd_sources) \
	$(ia32_engine_sources) \
	$(ia32_ext_sources) \
	$(ia32_fp_sources) $(ia32_x87_sources) \
	$(ia32_system_sources) \
	$(ia32_event_sources) \
	$(ia32_segment_sources) \
	$(ia32_vmx_sources)
# Its parts: integer instructions, MMX and SSE, engine (blocks, memory), what
# hangs on features, floating point, system, events, tasks, VMX
# instructions.
include sim/ia32/int.mk
include sim/ia32/simd.mk
include sim/ia32/engine.mk
include sim/ia32/ext.mk
include sim/ia32/fp.mk
include sim/ia32/x87.mk
include sim/ia32/system.mk
include sim/ia32/vmx.mk
include sim/ia32/events.mk
include sim/ia32/segments.mk
