# SPDX-License-Identifier: GPL-3.0-or-later
# Stages of ./check guests (sourced): whole guests on every CPU model that
# can run them and under every cost profile.
stage build-gcc 300 scripts/build build/gcc CC=gcc --enable-werror
stage labs 300 scripts/run-labs build/gcc
