# SPDX-License-Identifier: GPL-3.0-or-later
# Stages of ./check full (sourced): everything, and the long runs, whose
# result file is committed before an issue is closed.
stage build-gcc 300 scripts/build build/gcc CC=gcc --enable-werror
stage test-gcc 900 make -C build/gcc check VERBOSE=1
stage labs 300 scripts/run-labs build/gcc
stage long-runs 3600 scripts/long-runs build/gcc tests/results/full.txt
