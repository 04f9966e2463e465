/* SPDX-License-Identifier: MIT */
/* A tile program that was read and checked. */
#ifndef IPU_PROGRAM_H
#define IPU_PROGRAM_H

#include <libelf.h>
#include <elfutils/libdw.h>
#include <stdatomic.h>

#include <ipu.h>

/**
 * struct ipu_segment - what a tile's SRAM holds at the start
 * @addr: tile address
 * @data: @file_bytes of the file
 * @file_bytes: they are copied
 * @bytes: the rest is zero
 * @executable: the file says so
 */
struct ipu_segment {
	uint32_t addr;
	const unsigned char *data;
	uint32_t file_bytes;
	uint32_t bytes;
	bool executable;
};

/**
 * struct ipu_tensor - a tensor
 * @desc: what callers see
 * @data: tile address of the elements
 * @rows: tile address of the rows word
 * @place: tile address of the struct ipu_place, 0 for none
 * @pitch: bytes from row to row on the tile
 */
struct ipu_tensor {
	struct ipu_tensor_desc desc;
	uint32_t data;
	uint32_t rows;
	uint32_t place;
	uint32_t pitch;
};

/**
 * struct ipu_entry - an entry point
 * @name: its name
 * @addr: what supervisors get in a0
 */
struct ipu_entry {
	char name[IPU_NOTE_NAME_SIZE];
	uint32_t addr;
};

/**
 * struct ipu_program - a program; all but @dwarf is constant
 * @refs: the handle and contexts
 * @name: path, for messages
 * @image: the file's bytes
 * @image_bytes: how many
 * @elf: libelf's view of it
 * @entry: where supervisors start
 * @sp: their stack pointer, with IPU_STACK_GAP zero bytes above it
 * @vlen: bits that a vector register must have, 0 if the program does not say
 * @segments: sorted by address, apart from one another, all inside SRAM
 * @tensors: in the order declared
 * @print: where it keeps what it prints; ring_bytes is 0 for a program that does not
 * @texts: of ipu_trap_text(), NULL without
 * @texts_bytes: how many
 * @regions: what fills SRAM, in the order of addresses
 * @entries: in the order declared
 * @dwarf: debug information, opened when first asked for, under the lock of ipu_source.c
 * @dwarf_tried: it was looked for
 */
struct ipu_program {
	atomic_uint refs;
	char *name;
	char *image;
	size_t image_bytes;
	Elf *elf;
	uint32_t entry;
	uint32_t sp;
	uint32_t vlen;
	struct ipu_segment *segments;
	size_t segment_count;
	struct ipu_tensor *tensors;
	size_t tensor_count;
	struct ipu_note_print print;
	const char *texts;
	size_t texts_bytes;
	struct ipu_region *regions;
	size_t region_count;
	struct ipu_entry *entries;
	size_t entry_count;
	Dwarf *dwarf;
	bool dwarf_tried;
};

/* Zero bytes above the first stack pointer: argc = 0 and the end of argv and envp. */
#define IPU_STACK_GAP 64

struct ipu_program *ipu_program_get(struct ipu_program *prog);

/** ipu_program_lookup - a tensor by name; NULL, and the message of ipu_error() lists them */
const struct ipu_tensor *ipu_program_lookup(const struct ipu_program *prog, const char *name);

/** ipu_elf_load - check @prog->image and find entry and segments; -ENOEXEC with a message */
int ipu_elf_load(struct ipu_program *prog);

/** ipu_elf_vlen - the vector registers' length that the program was compiled for, 0 if any */
uint32_t ipu_elf_vlen(struct ipu_program *prog);

/** ipu_elf_read_notes - read tensors and entry points; -ENOEXEC with a message */
int ipu_elf_read_notes(struct ipu_program *prog);

/** ipu_print_read_note - check the note of a program that prints; -ENOEXEC with a message */
int ipu_print_read_note(struct ipu_program *prog, const void *desc, size_t bytes);

/** ipu_elf_find_texts - find the texts of ipu_trap_text() */
void ipu_elf_find_texts(struct ipu_program *prog);

/** ipu_map_read - find what fills SRAM, once the tensors are known; -ENOMEM with a message */
int ipu_map_read(struct ipu_program *prog);

#endif /* IPU_PROGRAM_H */
