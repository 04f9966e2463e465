// SPDX-License-Identifier: MIT
/* Where a program counter is in the source: DWARF, or else the symbol table. */
#include <dwarf.h>
#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_internal.h"
#include "ipu_program.h"

/* libdw and libelf read on demand: one thread at a time, and none while the process forks. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void ipu_source_lock(void)
{
	pthread_mutex_lock(&lock);
}

void ipu_source_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

/*
 * The compilation unit that has @pc. Clang writes no .debug_aranges, so that
 * dwarf_addrdie() finds nothing.
 */
static bool find_unit(Dwarf *dwarf, uint32_t pc, Dwarf_Die *unit)
{
	Dwarf_Off offset = 0, next;
	size_t header;

	while (!dwarf_nextcu(dwarf, offset, &next, &header, NULL, NULL, NULL)) {
		if (dwarf_offdie(dwarf, offset + header, unit) && dwarf_haspc(unit, pc) > 0)
			return true;
		offset = next;
	}
	return false;
}

static void copy_text(char *to, size_t bytes, const char *from)
{
	snprintf(to, bytes, "%s", from ? from : "");
}

/* The innermost function, one that was inlined included. */
static void find_function(Dwarf_Die *unit, uint32_t pc, struct ipu_source *source)
{
	Dwarf_Die *scopes = NULL;
	int count = dwarf_getscopes(unit, pc, &scopes);

	for (int i = 0; i < count; i++) {
		int tag = dwarf_tag(&scopes[i]);
		Dwarf_Addr start;

		if (tag != DW_TAG_subprogram && tag != DW_TAG_inlined_subroutine)
			continue;
		copy_text(source->function, sizeof(source->function), dwarf_diename(&scopes[i]));
		if (!dwarf_entrypc(&scopes[i], &start))
			source->offset = pc - (uint32_t)start;
		break;
	}
	free(scopes);
}

static bool find_in_dwarf(struct ipu_program *prog, uint32_t pc, struct ipu_source *source)
{
	Dwarf_Line *line;
	Dwarf_Die unit;
	int number;

	if (!prog->dwarf_tried)
		prog->dwarf = dwarf_begin_elf(prog->elf, DWARF_C_READ, NULL);
	prog->dwarf_tried = true;
	if (!prog->dwarf || !find_unit(prog->dwarf, pc, &unit))
		return false;

	find_function(&unit, pc, source);
	line = dwarf_getsrc_die(&unit, pc);
	if (line && !dwarf_lineno(line, &number) && number > 0) {
		copy_text(source->file, sizeof(source->file), dwarf_linesrc(line, NULL, NULL));
		source->line = (uint32_t)number;
	}
	return source->function[0] || source->line;
}

/* The symbol that contains @pc or, for those without a size, the last one before it. */
static bool find_in_table(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, uint32_t pc,
			  struct ipu_source *source)
{
	Elf_Data *data = elf_getdata(section, NULL);
	uint64_t best = UINT64_MAX;
	GElf_Sym symbol;

	for (int i = 0; data && gelf_getsym(data, i, &symbol); i++) {
		const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
		int type = GELF_ST_TYPE(symbol.st_info);

		/* RISC-V objects are full of local labels and mapping symbols, $x and $d. */
		if ((type != STT_FUNC && type != STT_NOTYPE) || symbol.st_shndx == SHN_UNDEF ||
		    symbol.st_shndx == SHN_ABS || !name || !*name || *name == '$' || *name == '.')
			continue;
		if (symbol.st_value > pc ||
		    (symbol.st_size && pc - symbol.st_value >= symbol.st_size))
			continue;
		if (pc - symbol.st_value >= best)
			continue;
		best = pc - symbol.st_value;
		copy_text(source->function, sizeof(source->function), name);
		source->offset = (uint32_t)best;
	}
	return best != UINT64_MAX;
}

static bool find_in_symbols(struct ipu_program *prog, uint32_t pc, struct ipu_source *source)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(prog->elf, section))) {
		GElf_Shdr header;

		if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB)
			return find_in_table(prog->elf, section, &header, pc, source);
	}
	return false;
}

static bool in_code(const struct ipu_program *prog, uint32_t pc)
{
	for (size_t i = 0; i < prog->segment_count; i++)
		if (prog->segments[i].executable && pc >= prog->segments[i].addr &&
		    pc - prog->segments[i].addr < prog->segments[i].bytes)
			return true;
	return false;
}

int ipu_program_source(struct ipu_program *prog, uint32_t pc, struct ipu_source *source)
{
	struct ipu_source found = { .size = sizeof(found) };
	bool known = false;
	int err = IPU_STRUCT_CHECK(source, ipu_source, offset);

	if (err)
		return err;
	if (in_code(prog, pc)) {
		ipu_source_lock();
		known = find_in_dwarf(prog, pc, &found);
		if (!found.function[0])
			known |= find_in_symbols(prog, pc, &found);
		ipu_source_unlock();
	}
	if (!known)
		return ipu_fail(-ENOENT,
				"%s does not know what is at 0x%x: compile it with -g, or "
				"do not strip it.",
				prog->name, pc);
	ipu_struct_out(source, &found, sizeof(found));
	return 0;
}
