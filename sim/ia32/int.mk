ia32_int_sources = sim/ia32/insn.h
