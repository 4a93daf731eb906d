# SPDX-License-Identifier: GPL-3.0-or-later
noinst_LIBRARIES += libia32.a
libia32_a_SOURCES = \
	$(ia32_int_sources) \
	$(ia32_engine_sources) \
	$(ia32_system_sources)
# Three parts: instructions, engine (blocks, memory), system.
include sim/ia32/int.mk
include sim/ia32/engine.mk
include sim/ia32/system.mk
