/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Instructions as text: standard ones as LLVM writes them without aliases, and
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
 * @bits: the instruction; the upper half of a compressed one does not matter
 * @pc: its address, for the targets of jumps
 * @text: becomes the mnemonic, a tab and the operands, or .word or .half and
 *	the bits if they are not an instruction
 *
 * Return: its length in bytes, 2 or 4. Thread safe.
 */
unsigned int ipu_disasm(uint32_t bits, uint32_t pc, char text[IPU_DISASM_TEXT]);

#endif /* IPU_DISASM_H */
