// SPDX-License-Identifier: MIT
/* What of a program is where in SRAM. */
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "dump_program.h"
#include "isa/ipu_isa.h"

bool dump_program_open(const char *path, struct dump_program *program)
{
	*program = (struct dump_program){ .fd = -1 };
	if (ipu_program_open(path, &program->prog)) {
		cli_fail(CLI_INPUT, "%s", ipu_error());
		return false;
	}
	elf_version(EV_CURRENT);
	program->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (program->fd >= 0)
		program->elf = elf_begin(program->fd, ELF_C_READ, NULL);
	if (!program->elf) {
		cli_fail(CLI_INPUT, "%s: cannot read it again: %s.", path, elf_errmsg(-1));
		dump_program_close(program);
		return false;
	}
	program->dwarf = dwarf_begin_elf(program->elf, DWARF_C_READ, NULL);
	return true;
}

void dump_program_close(struct dump_program *program)
{
	if (program->dwarf)
		dwarf_end(program->dwarf);
	if (program->elf)
		elf_end(program->elf);
	if (program->fd >= 0)
		close(program->fd);
	ipu_program_close(program->prog);
	*program = (struct dump_program){ .fd = -1 };
}

const char *dump_where(const struct dump_program *program, uint32_t pc, char text[DUMP_TEXT * 2])
{
	struct ipu_source source = { .size = sizeof(source) };

	text[0] = '\0';
	if (!program || ipu_program_source(program->prog, pc, &source))
		return text;
	if (source.line)
		snprintf(text, DUMP_TEXT * 2, "%.120s, %.250s:%u", source.function, source.file,
			 source.line);
	else
		snprintf(text, DUMP_TEXT * 2, "%.120s+0x%x", source.function, source.offset);
	return text;
}

/* What a place had at first, @contents or zeros, and what it has in the dump. */
static void compare(const struct dump *dump, uint32_t tile, const void *contents,
		    struct dump_place *place)
{
	uint8_t *now = malloc(place->bytes);

	place->has_contents = contents;
	place->read = now && dump_sram(dump, tile, place->addr, now, place->bytes);
	for (uint32_t i = 0; place->read && i < place->bytes; i++) {
		if (now[i] == (contents ? ((const uint8_t *)contents)[i] : 0))
			continue;
		if (!place->differs++)
			place->first = place->addr + i;
	}
	free(now);
}

/* Is this in SRAM, so that it does not take more memory than that? */
static bool in_sram(uint64_t addr, uint64_t bytes)
{
	return bytes && addr >= IPU_SRAM_BASE && addr < IPU_SRAM_END &&
	       bytes <= IPU_SRAM_END - addr;
}

struct list {
	struct dump_place *place;
	size_t count;
	size_t room;
};

static struct dump_place *add(struct list *list, const char *name, uint64_t addr, uint64_t bytes)
{
	struct dump_place *more = list->place;

	if (!name || !in_sram(addr, bytes))
		return NULL;
	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 64;
		more = realloc(list->place, list->room * sizeof(*more));
	}
	if (!more)
		return NULL;
	list->place = more;
	list->place[list->count] = (struct dump_place){
		.name = name,
		.addr = (uint32_t)addr,
		.bytes = (uint32_t)bytes,
	};
	return &list->place[list->count++];
}

static void add_variables(const struct dump *dump, Elf *elf, Elf_Scn *table, uint32_t tile,
			  struct list *list)
{
	Elf_Data *data = elf_getdata(table, NULL);
	GElf_Shdr header;
	GElf_Sym symbol;

	if (!gelf_getshdr(table, &header))
		return;
	for (int i = 0; data && gelf_getsym(data, i, &symbol); i++) {
		struct dump_place *place;

		if (GELF_ST_TYPE(symbol.st_info) != STT_OBJECT)
			continue;
		place = add(list, elf_strptr(elf, header.sh_link, symbol.st_name), symbol.st_value,
			    symbol.st_size);
		if (place) {
			place->is_variable = true;
			compare(dump, tile, NULL, place);
		}
	}
}

static void add_section(const struct dump *dump, Elf *elf, size_t names, Elf_Scn *section,
			const GElf_Shdr *header, uint32_t tile, struct list *list)
{
	bool has_contents = header->sh_type != SHT_NOBITS;
	Elf_Data *data = has_contents ? elf_rawdata(section, NULL) : NULL;
	struct dump_place *place;

	place = add(list, elf_strptr(elf, names, header->sh_name), header->sh_addr,
		    header->sh_size);
	if (place && (!has_contents || (data && data->d_buf && data->d_size == header->sh_size)))
		compare(dump, tile, data ? data->d_buf : NULL, place);
}

static int by_address(const void *a, const void *b)
{
	const struct dump_place *left = a, *right = b;

	if (left->is_variable != right->is_variable)
		return left->is_variable ? 1 : -1;
	if (left->addr != right->addr)
		return left->addr < right->addr ? -1 : 1;
	return strcmp(left->name, right->name);
}

size_t dump_places(const struct dump *dump, const struct dump_program *program, uint32_t tile,
		   struct dump_place **places)
{
	struct list list = { 0 };
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(program->elf, &names))
		return 0;
	while ((section = elf_nextscn(program->elf, section))) {
		GElf_Shdr header;

		if (!gelf_getshdr(section, &header))
			continue;
		if (header.sh_type == SHT_SYMTAB)
			add_variables(dump, program->elf, section, tile, &list);
		else if (header.sh_flags & SHF_ALLOC)
			add_section(dump, program->elf, names, section, &header, tile, &list);
	}
	if (list.count)
		qsort(list.place, list.count, sizeof(*list.place), by_address);
	*places = list.place;
	return list.count;
}
