include tests/machine/local.mk
include tests/ia32/local.mk
include tests/devices/local.mk
include tests/vmx-model/local.mk
include tests/traces/local.mk
include tests/debugger/local.mk
include tests/labs/local.mk
