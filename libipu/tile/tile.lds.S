/* SPDX-License-Identifier: MIT */
/*
 * Linker script of tile programs, run through the preprocessor: everything in
 * the tile's SRAM.
 *
 *	text	code and constants		loaded
 *	tensors	IPU_INPUT, IPU_OUTPUT, ...	not loaded: the host writes the inputs
 *	stack	the supervisor's, then one for	not loaded
 *		each worker
 *	data	variables			loaded, the rest zeroed
 *	heap	malloc()'s: the rest		not loaded
 *
 * A section that is not named here is placed by the linker behind the last one with
 * the same flags that is not empty, and goes into its segment. So what is not loaded
 * comes before .data and .bss, and crt0.o has a word for .rodata, .data and .bss each:
 * whatever a program's sections are called, they are loaded. What cannot be is an
 * error, see the end.
 *
 * The stacks' sizes, multiples of 16, can be set when linking:
 *	ipu-cc -Wl,--defsym=__ipu_stack_size=32768 \
 *	       -Wl,--defsym=__ipu_worker_stack_size=8192 ...
 */
#include <ipu/isa.h>
#include <ipu/trap.h>

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
	.note.ipu : {
		KEEP(*(.note.ipu))
	} >SRAM :text :note
	.rodata : {
		KEEP(*crt0.o(.rodata))
		*(.rodata .rodata.* .srodata .srodata.*)
	} >SRAM :text

	/*
	 * What follows differs from tile to tile, and code does not: the card's model
	 * decodes a page of 1 KiB once for all tiles on which the whole page is the same.
	 */
	.tensors (NOLOAD) : ALIGN(1024) {
		*(.bss..ipu_tensor.*)
	} >SRAM :NONE
	.stack (NOLOAD) : ALIGN(16) {
		__ipu_stack = .;
		. += __ipu_stack_size;
		__ipu_stack_top = .;
		__ipu_worker_stacks = .;
		. += IPU_WORKERS * __ipu_worker_stack_size;
	} >SRAM :NONE

	/* What crt0.o calls before and after main(). */
	.init_array : ALIGN(16) {
		__ipu_init_start = .;
		KEEP(*(.preinit_array))
		KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*) SORT_BY_INIT_PRIORITY(.ctors.*)))
		KEEP(*(.init_array .ctors))
		__ipu_init_end = .;
	} >SRAM :data
	.fini_array : {
		__ipu_fini_start = .;
		KEEP(*(SORT_BY_INIT_PRIORITY(.fini_array.*) SORT_BY_INIT_PRIORITY(.dtors.*)))
		KEEP(*(.fini_array .dtors))
		__ipu_fini_end = .;
	} >SRAM :data
	.got : {
		*(.got .got.plt)
	} >SRAM :data
	.data : {
		KEEP(*crt0.o(.data))
		*(.data .data.*)
		. = ALIGN(8);
		__global_pointer$ = . + 0x800;
		*(.sdata .sdata.*)
	} >SRAM :data
	.bss : {
		KEEP(*crt0.o(.bss))
		*(.sbss .sbss.*)
		*(.bss .bss.[0-9a-zA-Z_]* COMMON)
	} >SRAM :data

	/* crt0.o's is read-only, or sections that are not named would be placed behind it. */
	.heap (NOLOAD) : ALIGN(16) {
		__heap_start = .;
		KEEP(*crt0.o(.heap.start))
	} >SRAM :NONE
	__heap_end = ORIGIN(SRAM) + LENGTH(SRAM);

	/* For the host: the texts of ipu_trap_text(). */
	IPU_TRAP_TEXT_SECTION 0 (INFO) : {
		*(IPU_TRAP_TEXT_SECTION)
	} :NONE

	/* Refused below. */
	.tdata : {
		*(.tdata .tdata.*)
	} >SRAM :data
	.tbss : {
		*(.tbss .tbss.* .tcommon)
	} >SRAM :data
	.rela.dyn : {
		*(.rela.dyn .rela.plt .rela.iplt)
	} >SRAM :data
	.dynamic : {
		*(.dynamic)
	} >SRAM :data

	/DISCARD/ : {
		*(.eh_frame .eh_frame.*)
	}
}

ASSERT(__ipu_stack_size % 16 == 0 && __ipu_worker_stack_size % 16 == 0,
       "__ipu_stack_size and __ipu_worker_stack_size must be multiples of 16")
ASSERT(SIZEOF(IPU_TRAP_TEXT_SECTION) < IPU_TRAP_TEXT_SIZE,
       "the texts of assert() and ipu_trap_text() are larger than 61440 bytes in all: use ipu_assert() for some")
ASSERT(SIZEOF(.tdata) + SIZEOF(.tbss) == 0,
       "a tile has no thread-local variables (_Thread_local, __thread): use an array with an element for each worker, and ipu_worker_id()")
ASSERT(SIZEOF(.rela.dyn) + SIZEOF(.dynamic) == 0,
       "nothing relocates a program on a tile: link it without -shared and -pie, and use no ifunc")
