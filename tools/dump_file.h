/* SPDX-License-Identifier: MIT */
/*
 * A dump of the driver, <drm/ipu_dump.h>, as sections that are known to be inside of it.
 * What a dump says is not to be trusted: it may have been damaged, or made up.
 */
#ifndef IPU_DUMP_FILE_H
#define IPU_DUMP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <drm/ipu_dump.h>

/* More than any dump has. */
#define DUMP_MAX_BYTES (16u << 20)
#define DUMP_MAX_SECTIONS 8192

/**
 * struct dump_section - one of its sections
 * @type: enum ipu_dump_type, or one that is not known
 * @data: @bytes bytes, in the dump's memory
 */
struct dump_section {
	uint32_t type;
	uint32_t slot;
	uint32_t tile;
	uint32_t unit;
	uint64_t addr;
	uint64_t bytes;
	const uint8_t *data;
};

/**
 * struct dump - a dump
 * @error: errno that the job ended with, 0 or negative
 * @sections: in their order
 */
struct dump {
	uint32_t major;
	uint32_t minor;
	uint32_t kind;
	uint32_t flags;
	uint64_t time_ns;
	uint64_t boot_ns;
	uint32_t took_us;
	int32_t error;
	struct dump_section *sections;
	size_t count;
};

/**
 * dump_parse - find the sections of a dump
 * @data: the bytes, which are kept until dump_free()
 * @size: how many
 * @dump: out
 * @why: out: what is wrong with it, in words; @why_bytes of room
 *
 * Return: false if it is not a dump, is not complete, or of another major version; then
 * there is nothing to free.
 */
bool dump_parse(const void *data, size_t size, struct dump *dump, char *why, size_t why_bytes);
void dump_free(struct dump *dump);

/* Numbers in a section; 0 beyond its end. @section may be NULL. */
uint32_t dump_u32(const struct dump_section *section, uint64_t at);
uint64_t dump_u64(const struct dump_section *section, uint64_t at);

/** dump_text - text in a section, with what is not printable as ?; @text has room for @bytes */
const char *dump_text(const struct dump_section *section, uint64_t at, char *text, size_t bytes);

/** dump_find - the first section of a type and a slot, IPU_DUMP_NONE for one of none */
const struct dump_section *dump_find(const struct dump *dump, uint32_t type, uint32_t slot);

/** dump_find_unit - the section of a unit's registers, or NULL */
const struct dump_section *dump_find_unit(const struct dump *dump, uint32_t tile, uint32_t unit);

/** dump_reg - a register of a section of these; false if it is not in there */
bool dump_reg(const struct dump_section *section, uint32_t number, uint32_t *value);

/**
 * dump_sram - SRAM of the tile that was read
 * Return: false if not all of it was.
 */
bool dump_sram(const struct dump *dump, uint32_t tile, uint64_t addr, void *to, size_t bytes);

/* How many there are of an array's elements of @bytes each. */
static inline uint64_t dump_count(const struct dump_section *section, size_t bytes)
{
	return section ? section->bytes / bytes : 0;
}

#endif /* IPU_DUMP_FILE_H */
