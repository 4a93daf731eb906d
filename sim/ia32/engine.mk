ia32_engine_sources = sim/ia32/mem.h
