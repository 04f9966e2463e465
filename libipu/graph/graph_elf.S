/* SPDX-License-Identifier: MIT */
/* The resident tile program, as part of the library. */
	.section .rodata
	.balign	16
	.globl	graph_elf
	.hidden	graph_elf
graph_elf:
	.incbin	GRAPH_ELF
	.globl	graph_elf_end
	.hidden	graph_elf_end
graph_elf_end:
	.section .note.GNU-stack, "", %progbits
