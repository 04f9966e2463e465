// SPDX-License-Identifier: GPL-2.0-only

#include <linux/gfp.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "ipu_dump.h"
#include "ipu_dump_put.h"

static_assert(sizeof(struct ipu_dump_section) % IPU_DUMP_ALIGN == 0);
static_assert(sizeof(struct ipu_dump_header) % IPU_DUMP_ALIGN == 0);

/* One more page, of memory that is free. */
static bool ipu_dump_grow(struct ipu_dump *dump)
{
	struct page *page = NULL;

	if (dump->count < IPU_DUMP_PAGES)
		page = alloc_page(GFP_NOWAIT | __GFP_NOWARN);
	if (!page) {
		dump->flags |= IPU_DUMP_NO_MEMORY;
		return false;
	}
	dump->pages[dump->count++] = page;

	return true;
}

/**
 * ipu_dump_put() - append bytes
 * @dump: dump that was begun
 * @from: the bytes; NULL for zeros
 * @bytes: how many; without memory they are dropped, and all that would come after them
 */
void ipu_dump_put(struct ipu_dump *dump, const void *from, size_t bytes)
{
	while (bytes && !(dump->flags & IPU_DUMP_NO_MEMORY)) {
		size_t offset = offset_in_page(dump->size);
		size_t part = min(bytes, PAGE_SIZE - offset);
		void *to;

		if (!offset && !ipu_dump_grow(dump))
			return;
		to = page_address(dump->pages[dump->count - 1]) + offset;
		if (from) {
			memcpy(to, from, part);
			from += part;
		} else {
			memset(to, 0, part);
		}
		dump->size += part;
		bytes -= part;
	}
}

/**
 * ipu_dump_reserve() - append room for what is written later
 * @dump: dump that was begun
 * @bytes: how many
 */
void ipu_dump_reserve(struct ipu_dump *dump, size_t bytes)
{
	ipu_dump_put(dump, NULL, bytes);
}

/**
 * ipu_dump_free() - free the memory of a dump
 * @dump: dump that is not handed over
 */
void ipu_dump_free(struct ipu_dump *dump)
{
	while (dump->count)
		__free_page(dump->pages[--dump->count]);
}

/**
 * ipu_dump_open_unit() - begin a section
 * @dump: dump that was begun
 * @type: what will be in it
 * @slot: context of the card, or IPU_DUMP_NONE
 * @tile: tile of it, or IPU_DUMP_NONE
 * @unit: unit of that, or IPU_DUMP_NONE
 * @addr: as the type has it, or 0
 *
 * ipu_dump_close() ends it.
 */
void ipu_dump_open_unit(struct ipu_dump *dump, enum ipu_dump_type type, u32 slot, u32 tile,
			u32 unit, u64 addr)
{
	const struct ipu_dump_section section = {
		.type = cpu_to_le32(type),
		.slot = cpu_to_le32(slot),
		.tile = cpu_to_le32(tile),
		.unit = cpu_to_le32(unit),
		.addr = cpu_to_le64(addr),
	};

	dump->section = dump->size;
	ipu_dump_put(dump, &section, sizeof(section));
}

/**
 * ipu_dump_open() - begin a section that is of no tile
 * @dump: dump that was begun
 * @type: what will be in it
 * @slot: context of the card, or IPU_DUMP_NONE
 * @addr: as the type has it, or 0
 */
void ipu_dump_open(struct ipu_dump *dump, enum ipu_dump_type type, u32 slot, u64 addr)
{
	ipu_dump_open_unit(dump, type, slot, IPU_DUMP_NONE, IPU_DUMP_NONE, addr);
}

/**
 * ipu_dump_close() - end a section
 * @dump: dump with an open section
 *
 * One whose head there was no memory for is taken back.
 */
void ipu_dump_close(struct ipu_dump *dump)
{
	size_t begin = dump->section + sizeof(struct ipu_dump_section);
	size_t at = dump->section + offsetof(struct ipu_dump_section, bytes);

	if (dump->size < begin) {
		dump->size = dump->section;
		return;
	}
	/* As it is aligned to its size, it is in one page. */
	*(__le64 *)(page_address(dump->pages[at / PAGE_SIZE]) + offset_in_page(at)) =
		cpu_to_le64(dump->size - begin);
	ipu_dump_put(dump, NULL, round_up(dump->size, IPU_DUMP_ALIGN) - dump->size);
}

/**
 * ipu_dump_section() - append a section
 * @dump: dump that was begun
 * @type: what is in it
 * @slot: context of the card, or IPU_DUMP_NONE
 * @addr: as the type has it, or 0
 * @from: its contents
 * @bytes: how many
 */
void ipu_dump_section(struct ipu_dump *dump, enum ipu_dump_type type, u32 slot, u64 addr,
		      const void *from, size_t bytes)
{
	ipu_dump_open(dump, type, slot, addr);
	ipu_dump_put(dump, from, bytes);
	ipu_dump_close(dump);
}

/**
 * ipu_dump_reg() - append a register to a section of these
 * @dump: dump with an open section
 * @number: which one, as the section's type has it
 * @value: what was read
 */
void ipu_dump_reg(struct ipu_dump *dump, u32 number, u32 value)
{
	const struct ipu_dump_reg reg = {
		.number = cpu_to_le32(number),
		.value = cpu_to_le32(value),
	};

	ipu_dump_put(dump, &reg, sizeof(reg));
}
