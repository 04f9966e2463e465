// SPDX-License-Identifier: MIT
/* The sections of a dump, and what is in them. */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump_file.h"

static uint32_t read_u32(const uint8_t *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return le32toh(value);
}

static uint64_t read_u64(const uint8_t *from)
{
	uint64_t value;

	memcpy(&value, from, sizeof(value));
	return le64toh(value);
}

static bool fail(char *why, size_t bytes, const char *text)
{
	snprintf(why, bytes, "%s", text);
	return false;
}

/* A member of the header; 0 for one that a shorter header lacks. */
#define HEADER(data, bytes, member)                                                \
	(offsetof(struct ipu_dump_header, member) +                                \
				 sizeof(((struct ipu_dump_header *)0)->member) >   \
			 (bytes) ?                                                 \
		 0 :                                                               \
		 read_u64_or_32((data) + offsetof(struct ipu_dump_header, member), \
				sizeof(((struct ipu_dump_header *)0)->member)))

static uint64_t read_u64_or_32(const uint8_t *from, size_t bytes)
{
	return bytes == 8 ? read_u64(from) : read_u32(from);
}

/* Returns the length of the header, 0 if it is none. */
static size_t parse_header(const uint8_t *data, size_t size, struct dump *dump, char *why,
			   size_t why_bytes)
{
	const size_t least = offsetof(struct ipu_dump_header, kind);
	uint32_t bytes, version;
	uint64_t said;

	if (size < least || memcmp(data, IPU_DUMP_MAGIC, sizeof(IPU_DUMP_MAGIC)))
		return fail(why, why_bytes, "it is not a dump of the ipu driver");
	version = read_u32(data + offsetof(struct ipu_dump_header, major));
	dump->major = version & 0xffff;
	dump->minor = version >> 16;
	if (dump->major != IPU_DUMP_MAJOR) {
		snprintf(why, why_bytes,
			 "it has format %u.%u, and this ipu-dump knows %u: use a %s one",
			 dump->major, dump->minor, IPU_DUMP_MAJOR,
			 dump->major > IPU_DUMP_MAJOR ? "newer" : "older");
		return 0;
	}
	bytes = read_u32(data + offsetof(struct ipu_dump_header, bytes));
	said = read_u64(data + offsetof(struct ipu_dump_header, size));
	if (bytes < least || bytes > size || bytes % IPU_DUMP_ALIGN)
		return fail(why, why_bytes, "its header is damaged");
	if (said != size) {
		snprintf(why, why_bytes, "it should have %llu bytes and has %zu: copy it again",
			 (unsigned long long)said, size);
		return 0;
	}
	dump->kind = (uint32_t)HEADER(data, bytes, kind);
	dump->flags = (uint32_t)HEADER(data, bytes, flags);
	dump->time_ns = HEADER(data, bytes, time_ns);
	dump->boot_ns = HEADER(data, bytes, boot_ns);
	dump->took_us = (uint32_t)HEADER(data, bytes, took_us);
	dump->error = (int32_t)HEADER(data, bytes, error);
	return bytes;
}

/* The section at @at; returns where the next one is, 0 if this one ends outside of the dump. */
static size_t parse_section(const uint8_t *data, size_t size, size_t at,
			    struct dump_section *section)
{
	const uint8_t *head = data + at;
	size_t left = size - at;

	if (left < sizeof(struct ipu_dump_section))
		return 0;
	left -= sizeof(struct ipu_dump_section);
	*section = (struct dump_section){
		.type = read_u32(head + offsetof(struct ipu_dump_section, type)),
		.slot = read_u32(head + offsetof(struct ipu_dump_section, slot)),
		.tile = read_u32(head + offsetof(struct ipu_dump_section, tile)),
		.unit = read_u32(head + offsetof(struct ipu_dump_section, unit)),
		.addr = read_u64(head + offsetof(struct ipu_dump_section, addr)),
		.bytes = read_u64(head + offsetof(struct ipu_dump_section, bytes)),
		.data = head + sizeof(struct ipu_dump_section),
	};
	if (section->bytes > left)
		return 0;
	/* The last one may lack its padding, where memory ran out. */
	if (left - section->bytes < IPU_DUMP_ALIGN)
		return size;
	return at + sizeof(struct ipu_dump_section) +
	       ((section->bytes + IPU_DUMP_ALIGN - 1) & ~(IPU_DUMP_ALIGN - 1ull));
}

bool dump_parse(const void *data, size_t size, struct dump *dump, char *why, size_t why_bytes)
{
	struct dump_section *more;
	size_t at, room = 0;

	*dump = (struct dump){ 0 };
	at = parse_header(data, size, dump, why, why_bytes);
	if (!at)
		return false;
	while (at < size) {
		if (dump->count == DUMP_MAX_SECTIONS) {
			dump_free(dump);
			return fail(why, why_bytes, "it has more sections than a dump can have");
		}
		if (dump->count == room) {
			room = room ? room * 2 : 64;
			more = realloc(dump->sections, room * sizeof(*more));
			if (!more) {
				dump_free(dump);
				return fail(why, why_bytes, "there is no memory to read it");
			}
			dump->sections = more;
		}
		at = parse_section(data, size, at, &dump->sections[dump->count]);
		if (!at) {
			snprintf(why, why_bytes, "its section %zu is damaged", dump->count);
			dump_free(dump);
			return false;
		}
		dump->count++;
	}
	return true;
}

void dump_free(struct dump *dump)
{
	free(dump->sections);
	*dump = (struct dump){ 0 };
}

uint32_t dump_u32(const struct dump_section *section, uint64_t at)
{
	if (!section || at > section->bytes || section->bytes - at < 4)
		return 0;
	return read_u32(section->data + at);
}

uint64_t dump_u64(const struct dump_section *section, uint64_t at)
{
	if (!section || at > section->bytes || section->bytes - at < 8)
		return 0;
	return read_u64(section->data + at);
}

const char *dump_text(const struct dump_section *section, uint64_t at, char *text, size_t bytes)
{
	size_t i;

	for (i = 0; section && i < bytes - 1 && at + i < section->bytes; i++) {
		uint8_t c = section->data[at + i];

		if (!c)
			break;
		text[i] = c < ' ' || c > '~' ? '?' : (char)c;
	}
	text[i] = '\0';
	return text;
}

const struct dump_section *dump_find(const struct dump *dump, uint32_t type, uint32_t slot)
{
	for (size_t i = 0; i < dump->count; i++)
		if (dump->sections[i].type == type && dump->sections[i].slot == slot)
			return &dump->sections[i];
	return NULL;
}

const struct dump_section *dump_find_unit(const struct dump *dump, uint32_t tile, uint32_t unit)
{
	for (size_t i = 0; i < dump->count; i++)
		if (dump->sections[i].type == IPU_DUMP_UNIT && dump->sections[i].tile == tile &&
		    dump->sections[i].unit == unit)
			return &dump->sections[i];
	return NULL;
}

bool dump_reg(const struct dump_section *section, uint32_t number, uint32_t *value)
{
	const size_t size = sizeof(struct ipu_dump_reg);

	for (uint64_t i = 0; i < dump_count(section, size); i++) {
		if (dump_u32(section, i * size) != number)
			continue;
		*value = dump_u32(section, i * size + offsetof(struct ipu_dump_reg, value));
		return true;
	}
	return false;
}

/* Was all of this read? */
static bool was_read(const struct dump *dump, uint32_t tile, uint64_t addr, size_t bytes)
{
	for (size_t i = 0; i < dump->count; i++) {
		const struct dump_section *section = &dump->sections[i];
		uint64_t base = dump_u32(section, offsetof(struct ipu_dump_tile, base));
		uint64_t there = dump_u32(section, offsetof(struct ipu_dump_tile, bytes));

		if (section->type == IPU_DUMP_TILE && section->tile == tile && addr >= base &&
		    addr - base <= there && bytes <= there - (addr - base))
			return true;
	}
	return false;
}

bool dump_sram(const struct dump *dump, uint32_t tile, uint64_t addr, void *to, size_t bytes)
{
	if (!was_read(dump, tile, addr, bytes))
		return false;
	memset(to, 0, bytes);
	for (size_t i = 0; i < dump->count; i++) {
		const struct dump_section *section = &dump->sections[i];
		uint64_t skip = addr > section->addr ? addr - section->addr : 0;
		uint64_t at = section->addr > addr ? section->addr - addr : 0;
		uint64_t part;

		if (section->type != IPU_DUMP_SRAM || section->tile != tile ||
		    skip >= section->bytes || at >= bytes)
			continue;
		part = section->bytes - skip;
		memcpy((uint8_t *)to + at, section->data + skip,
		       part < bytes - at ? part : bytes - at);
	}
	return true;
}
