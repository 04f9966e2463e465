/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Instructions in words: standard ones as LLVM writes them without aliases, and
 * Xipu's, which other disassemblers do not know.
 */
#ifndef IPU_DISASM_H
#define IPU_DISASM_H

#include <stddef.h>
#include <stdint.h>

/* room for the text of any instruction */
#define IPU_DISASM_TEXT		96

/**
 * ipu_disasm - one instruction as text
 * @bits: the instruction; of a compressed one the upper half does not matter
 * @pc: its address, for the targets of jumps
 * @text: becomes the mnemonic, a tab and the operands, or .word or .half and
 *	the bits of what is no instruction
 *
 * Return: how many bytes it takes, 2 or 4. Thread safe.
 */
unsigned int ipu_disasm(uint32_t bits, uint32_t pc, char text[IPU_DISASM_TEXT]);

#endif /* IPU_DISASM_H */
