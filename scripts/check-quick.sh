# SPDX-License-Identifier: GPL-3.0-or-later
# Stages of ./check (sourced).
stage lint 60 scripts/lint
stage build-gcc 300 scripts/build build/gcc CC=gcc --enable-werror
stage test-gcc 700 make -C build/gcc check VERBOSE=1
stage build-clang 300 scripts/build build/clang CC=clang --enable-werror
stage docs 120 scripts/doc-commands build/gcc
