/* SPDX-License-Identifier: MIT */
/* The program that a dump is of: what of it is where in SRAM, and who called whom. */
#ifndef IPU_DUMP_PROGRAM_H
#define IPU_DUMP_PROGRAM_H

#include <elfutils/libdw.h>

#include "dump_event.h"

/**
 * struct dump_program - a program's file
 * @prog: as the library has it
 * @elf, @dwarf: of the same file; @dwarf is NULL without debug information
 */
struct dump_program {
	struct ipu_program *prog;
	int fd;
	Elf *elf;
	Dwarf *dwarf;
};

/** dump_program_open - open it; returns false with a message printed */
bool dump_program_open(const char *path, struct dump_program *program);
void dump_program_close(struct dump_program *program);

/** dump_where - "work, vadd.c:12" or "work+0x10"; "" if it is not known, or without a program */
const char *dump_where(const struct dump_program *program, uint32_t pc, char text[DUMP_TEXT * 2]);

#define DUMP_FRAMES 32

/**
 * dump_backtrace - where a unit was, and where each function was called
 * @dump: the dump
 * @program: the program; without debug information there is one frame
 * @tile, @unit: the unit
 * @pc: out: its pc, and from the second on return addresses
 * Return: how many, at most DUMP_FRAMES.
 */
size_t dump_backtrace(const struct dump *dump, const struct dump_program *program, uint32_t tile,
		      uint32_t unit, uint32_t pc[DUMP_FRAMES]);

/**
 * struct dump_place - a section or a variable of a program, in SRAM
 * @name: its name
 * @is_variable: or else a section
 * @read: the dump has all of it
 * @has_contents: the program's file has contents for it, which it had at first
 * @differs: bytes that differ from these, or else are not 0
 * @first: address of the first of those
 */
struct dump_place {
	const char *name;
	uint32_t addr;
	uint32_t bytes;
	bool is_variable;
	bool read;
	bool has_contents;
	uint32_t differs;
	uint32_t first;
};

/**
 * dump_places - sections, and then variables, each by their addresses
 * @places: out: free() it
 * Return: how many.
 */
size_t dump_places(const struct dump *dump, const struct dump_program *program, uint32_t tile,
		   struct dump_place **places);

#endif /* IPU_DUMP_PROGRAM_H */
