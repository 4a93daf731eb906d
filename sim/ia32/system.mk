ia32_system_sources = sim/ia32/cpu.h
