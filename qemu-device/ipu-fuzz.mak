# SPDX-License-Identifier: GPL-2.0-or-later
#
# The devices that QEMU's generic fuzzer has around the card: what is not fuzzed would
# only be compiled.

CONFIG_Q35=y
CONFIG_VTD=y
CONFIG_IPU=y
