// SPDX-License-Identifier: MIT
/*
 * What fills a tile's SRAM: tensors and stacks, and around them what the file has in
 * sections, or without sections in segments. Everything is from a file that may be hostile,
 * so ranges may overlap or be anywhere; the map covers SRAM once, whatever they are.
 */
#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_internal.h"
#include "isa/ipu_isa.h"
#include "ipu_program.h"

/* So many symbols are looked at, for stacks and halos: far more than a program has. */
#define MAX_SYMBOLS 1000000

/**
 * struct ranges - ranges that something is in
 * @range: them, sorted by address before they are used
 * @count: how many
 * @room: for how many
 */
struct ranges {
	struct ipu_region *range;
	size_t count;
	size_t room;
};

/* The addresses that the linker script gives to stacks, 0 if the program has none. */
struct stacks {
	uint64_t begin;
	uint64_t top;
	uint64_t workers;
	uint64_t worker_bytes;
};

static int add(struct ranges *ranges, uint32_t kind, uint64_t addr, uint64_t bytes,
	       const char *name)
{
	struct ipu_region *range;

	if (addr >= IPU_SRAM_END || addr < IPU_SRAM_BASE || !bytes)
		return 0;
	if (bytes > IPU_SRAM_END - addr)
		bytes = IPU_SRAM_END - addr;
	if (ranges->count == ranges->room) {
		size_t room = ranges->room ? 2 * ranges->room : 32;

		range = realloc(ranges->range, room * sizeof(*range));
		if (!range)
			return ipu_fail_nomem("a map of a program");
		ranges->range = range;
		ranges->room = room;
	}
	range = &ranges->range[ranges->count++];
	*range = (struct ipu_region){
		.size = sizeof(*range),
		.kind = kind,
		.addr = (uint32_t)addr,
		.bytes = (uint32_t)bytes,
	};
	snprintf(range->name, sizeof(range->name), "%s", name);
	for (char *c = range->name; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return 0;
}

/* ---- Sections ------------------------------------------------------------------ */

static uint32_t kind_of(const GElf_Shdr *header, const char *name)
{
	/* What they hold is listed on its own. */
	if (!strcmp(name, ".tensors") || !strcmp(name, ".stack"))
		return IPU_REGION_PADDING;
	if (header->sh_flags & SHF_EXECINSTR)
		return IPU_REGION_CODE;
	return header->sh_flags & SHF_WRITE ? IPU_REGION_DATA : IPU_REGION_CONSTANTS;
}

static int add_sections(const struct ipu_program *prog, struct ranges *ranges)
{
	Elf_Scn *section = NULL;
	size_t names;
	int err = 0;

	if (elf_getshdrstrndx(prog->elf, &names))
		return 0;
	while (!err && (section = elf_nextscn(prog->elf, section))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(section, &header) || !(header.sh_flags & SHF_ALLOC))
			continue;
		name = elf_strptr(prog->elf, names, header.sh_name);
		if (!name)
			name = "?";
		if (kind_of(&header, name) != IPU_REGION_PADDING)
			err = add(ranges, kind_of(&header, name), header.sh_addr, header.sh_size,
				  name);
	}
	return err;
}

static int add_segments(const struct ipu_program *prog, struct ranges *ranges)
{
	int err = 0;

	for (size_t i = 0; !err && i < prog->segment_count; i++) {
		const struct ipu_segment *segment = &prog->segments[i];

		err = add(ranges, segment->executable ? IPU_REGION_CODE : IPU_REGION_DATA,
			  segment->addr, segment->bytes, "segment");
	}
	return err;
}

/* ---- Symbols: stacks, and the whole of an array that a tensor is a part of ----------- */

static int name_order(const void *name, const void *range)
{
	return strcmp(name, ((const struct ipu_region *)range)->name);
}

static int by_name(const void *a, const void *b)
{
	return name_order(((const struct ipu_region *)a)->name, b);
}

static void take_symbol(const GElf_Sym *symbol, const char *name, struct stacks *stacks,
			struct ranges *tensors)
{
	const uint64_t end = symbol->st_value + symbol->st_size;
	struct ipu_region *range;

	if (!strcmp(name, "__ipu_stack"))
		stacks->begin = symbol->st_value;
	else if (!strcmp(name, "__ipu_stack_top"))
		stacks->top = symbol->st_value;
	else if (!strcmp(name, "__ipu_worker_stacks"))
		stacks->workers = symbol->st_value;
	else if (!strcmp(name, "__ipu_worker_stack_size"))
		stacks->worker_bytes = symbol->st_value;
	if (GELF_ST_TYPE(symbol->st_info) != STT_OBJECT || !symbol->st_size || !tensors->count)
		return;
	range = bsearch(name, tensors->range, tensors->count, sizeof(*range), name_order);
	/* A halo is around what the note describes. */
	if (range && symbol->st_value >= IPU_SRAM_BASE && symbol->st_value <= range->addr &&
	    end >= range->addr + range->bytes && end <= IPU_SRAM_END) {
		range->addr = (uint32_t)symbol->st_value;
		range->bytes = (uint32_t)symbol->st_size;
	}
}

static void take_symbols(const struct ipu_program *prog, Elf_Scn *section, size_t strings,
			 struct stacks *stacks, struct ranges *tensors)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym symbol;

	for (int i = 0; data && i < MAX_SYMBOLS && gelf_getsym(data, i, &symbol); i++) {
		const char *name = elf_strptr(prog->elf, strings, symbol.st_name);

		if (name && *name)
			take_symbol(&symbol, name, stacks, tensors);
	}
}

static int add_tensors(const struct ipu_program *prog, struct ranges *ranges, struct stacks *stacks)
{
	Elf_Scn *section = NULL;
	int err = 0;

	for (size_t i = 0; !err && i < prog->tensor_count; i++) {
		const struct ipu_tensor *tensor = &prog->tensors[i];
		uint64_t bytes = (uint64_t)tensor->pitch * (tensor->desc.shape[0] - 1) +
				 tensor->desc.row_bytes;

		err = add(ranges, IPU_REGION_TENSOR, tensor->data, bytes, tensor->desc.name);
	}
	if (!err && ranges->count)
		qsort(ranges->range, ranges->count, sizeof(*ranges->range), by_name);
	while (!err && (section = elf_nextscn(prog->elf, section))) {
		GElf_Shdr header;

		if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB)
			take_symbols(prog, section, header.sh_link, stacks, ranges);
	}
	return err;
}

static int add_stacks(const struct stacks *stacks, struct ranges *ranges)
{
	int err = 0;

	if (stacks->begin && stacks->top > stacks->begin)
		err = add(ranges, IPU_REGION_STACK, stacks->begin, stacks->top - stacks->begin,
			  "supervisor");
	for (uint32_t i = 0; !err && stacks->workers && i < IPU_WORKERS; i++) {
		char name[32];

		snprintf(name, sizeof(name), "worker %u", i);
		if (stacks->worker_bytes < IPU_SRAM_SIZE)
			err = add(ranges, IPU_REGION_STACK,
				  stacks->workers + i * stacks->worker_bytes, stacks->worker_bytes,
				  name);
	}
	return err;
}

/* ---- The map -------------------------------------------------------------------- */

static int by_address(const void *a, const void *b)
{
	const struct ipu_region *left = a, *right = b;

	if (left->addr != right->addr)
		return left->addr < right->addr ? -1 : 1;
	return left->bytes < right->bytes ? -1 : left->bytes > right->bytes;
}

/* The first range that does not end before @addr; from @at on, which it moves. */
static const struct ipu_region *next(const struct ranges *ranges, size_t *at, uint32_t addr)
{
	while (*at < ranges->count && ranges->range[*at].addr + ranges->range[*at].bytes <= addr)
		(*at)++;
	return *at < ranges->count ? &ranges->range[*at] : NULL;
}

static uint32_t start_of(const struct ipu_region *range, uint32_t limit)
{
	return range && range->addr < limit ? range->addr : limit;
}

/* Ranges that are over others first, then those others, then what nothing is in. */
static int merge(const struct ranges *over, const struct ranges *under, struct ranges *map)
{
	uint32_t addr = IPU_SRAM_BASE;
	size_t i = 0, j = 0;
	int err = 0;

	while (!err && addr < IPU_SRAM_END) {
		const struct ipu_region *top = next(over, &i, addr), *low = next(under, &j, addr);
		uint32_t end = start_of(top, IPU_SRAM_END);

		if (top && top->addr <= addr) {
			end = top->addr + top->bytes;
			err = add(map, top->kind, addr, end - addr, top->name);
		} else if (low && low->addr <= addr) {
			if (low->addr + low->bytes < end)
				end = low->addr + low->bytes;
			err = add(map, low->kind, addr, end - addr, low->name);
		} else {
			end = start_of(low, end);
			err = add(map, end == IPU_SRAM_END ? IPU_REGION_FREE : IPU_REGION_PADDING,
				  addr, end - addr, "");
		}
		addr = end;
	}
	return err;
}

int ipu_map_read(struct ipu_program *prog)
{
	struct ranges over = { 0 }, under = { 0 }, map = { 0 };
	struct stacks stacks = { 0 };
	int err = add_tensors(prog, &over, &stacks);

	if (!err)
		err = add_stacks(&stacks, &over);
	if (!err)
		err = add_sections(prog, &under);
	if (!err && !under.count)
		err = add_segments(prog, &under);
	if (!err) {
		if (over.count)
			qsort(over.range, over.count, sizeof(*over.range), by_address);
		if (under.count)
			qsort(under.range, under.count, sizeof(*under.range), by_address);
		err = merge(&over, &under, &map);
	}
	free(over.range);
	free(under.range);
	prog->regions = map.range;
	prog->region_count = map.count;
	return err;
}

size_t ipu_program_region_count(const struct ipu_program *prog)
{
	return prog->region_count;
}

int ipu_program_region(const struct ipu_program *prog, size_t index, struct ipu_region *region)
{
	int err = IPU_STRUCT_CHECK(region, ipu_region, bytes);

	if (err)
		return err;
	if (index >= prog->region_count)
		return ipu_fail(-EINVAL, "There is no region %zu: %s has %zu.", index, prog->name,
				prog->region_count);
	ipu_struct_out(region, &prog->regions[index], sizeof(*region));
	return 0;
}

const char *ipu_region_name(uint32_t kind)
{
	static const char *const names[] = {
		[IPU_REGION_CODE] = "code",   [IPU_REGION_CONSTANTS] = "constants",
		[IPU_REGION_DATA] = "data",   [IPU_REGION_TENSOR] = "tensor",
		[IPU_REGION_STACK] = "stack", [IPU_REGION_PADDING] = "padding",
		[IPU_REGION_FREE] = "free",
	};

	return kind < ARRAY_SIZE(names) ? names[kind] : NULL;
}
