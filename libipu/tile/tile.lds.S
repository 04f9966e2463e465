/* SPDX-License-Identifier: MIT */
/*
 * Linker script of tile programs, run through the preprocessor: everything in
 * the tile's SRAM.
 *
 *	text	code and constants		loaded
 *	data	variables			loaded, the rest zeroed
 *	tensors	IPU_INPUT, IPU_OUTPUT, ...	not loaded: the host writes the inputs
 *	stack	the supervisor's, then one for	not loaded
 *		each worker
 *
 * The stacks' sizes, multiples of 16, can be set when linking:
 *	ipu-cc -Wl,--defsym=__ipu_stack_size=32768 \
 *	       -Wl,--defsym=__ipu_worker_stack_size=8192 ...
 */
#include <ipu/isa.h>

ENTRY(_start)

MEMORY
{
	SRAM (rwx) : ORIGIN = IPU_SRAM_BASE, LENGTH = IPU_SRAM_SIZE
}

PHDRS
{
	text PT_LOAD FLAGS(5);
	data PT_LOAD FLAGS(6);
	note PT_NOTE FLAGS(4);
}

PROVIDE(__ipu_stack_size = 8192);
PROVIDE(__ipu_worker_stack_size = 4096);

SECTIONS
{
	.text : {
		KEEP(*(.text.start))
		*(.text .text.*)
	} >SRAM :text
	.rodata : {
		*(.rodata .rodata.* .srodata .srodata.*)
	} >SRAM :text
	.note.ipu : {
		KEEP(*(.note.ipu))
	} >SRAM :text :note

	/*
	 * Data differs from tile to tile, and code does not: the card's model decodes
	 * a page of 1 KiB once for all tiles on which the whole page is the same.
	 */
	.data : ALIGN(1024) {
		*(.data .data.*)
		. = ALIGN(8);
		__global_pointer$ = . + 0x800;
		*(.sdata .sdata.*)
	} >SRAM :data
	.bss : {
		*(.sbss .sbss.*)
		*(.bss .bss.[0-9a-zA-Z_]* COMMON)
	} >SRAM :data

	.tensors (NOLOAD) : ALIGN(64) {
		*(.bss..ipu_tensor.*)
	} >SRAM :NONE
	.stack (NOLOAD) : ALIGN(16) {
		__ipu_stack = .;
		. += __ipu_stack_size;
		__ipu_stack_top = .;
		__ipu_worker_stacks = .;
		. += IPU_WORKERS * __ipu_worker_stack_size;
	} >SRAM :NONE

	/DISCARD/ : {
		*(.eh_frame .eh_frame.*)
	}
}

ASSERT(__ipu_stack_size % 16 == 0 && __ipu_worker_stack_size % 16 == 0,
       "__ipu_stack_size and __ipu_worker_stack_size must be multiples of 16")
