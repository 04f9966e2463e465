// SPDX-License-Identifier: MIT
/* Lines that tiles have printed: reading them from a ring (<ipu/note.h>), and their order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_print.h"

/* Make room for @more; it grows by doubling. */
static int grow(void *array, size_t used, size_t more, size_t *room, size_t item)
{
	size_t size = *room ? *room : 64;
	void **memory = array;
	void *larger;

	if (more <= *room - used)
		return 0;
	while (size - used < more)
		size *= 2;
	larger = realloc(*memory, size * item);
	if (!larger)
		return -ENOMEM;
	*memory = larger;
	*room = size;
	return 0;
}

int ipu_lines_add(struct ipu_lines *lines, const struct ipu_line *line, const void *from)
{
	int err = grow(&lines->line, lines->count, 1, &lines->room, sizeof(*lines->line));

	if (!err)
		err = grow(&lines->texts, lines->used, line->bytes + 1, &lines->size, 1);
	if (err)
		return err;
	lines->line[lines->count] = *line;
	lines->line[lines->count++].at = lines->used;
	memcpy(lines->texts + lines->used, from, line->bytes);
	lines->used += line->bytes;
	lines->texts[lines->used++] = '\0';
	return 0;
}

static void copy_from_ring(const unsigned char *ring, uint32_t ring_bytes, uint32_t at, void *to,
			   uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		((unsigned char *)to)[i] = ring[(at + i) & (ring_bytes - 1)];
}

/* The line at @at; false when what is there is none. */
static bool read_record(const unsigned char *ring, uint32_t ring_bytes, uint32_t at, uint32_t left,
			struct ipu_line *line, uint32_t *number, char *text)
{
	struct ipu_print_record record;

	if (left < sizeof(record))
		return false;
	copy_from_ring(ring, ring_bytes, at, &record, sizeof(record));
	if (record.bytes > IPU_PRINT_LINE_TEXT || record.bytes > left - sizeof(record) ||
	    record.unit >= IPU_PRINT_UNITS)
		return false;
	line->cycles = (uint64_t)record.cycles[1] << 32 | record.cycles[0];
	line->unit = record.unit;
	*number = record.number;
	line->bytes = record.bytes;
	copy_from_ring(ring, ring_bytes, at + (uint32_t)sizeof(record), text, line->bytes);
	return true;
}

uint32_t ipu_position_begin(const struct ipu_position *position, uint32_t head, uint32_t tail)
{
	return position->taken - tail <= head - tail ? position->taken : tail;
}

int ipu_lines_add_ring(struct ipu_lines *lines, uint32_t tile, const unsigned char *ring,
		       uint32_t ring_bytes, uint32_t head, uint32_t begin,
		       struct ipu_position *position)
{
	static const char damaged[] = "(the program has overwritten what it printed here)";
	char text[IPU_PRINT_LINE_TEXT];
	uint32_t left = head - begin;
	int err = 0;

	position->taken = head;
	while (!err && left) {
		struct ipu_line line = { .tile = tile, .unit = IPU_SUPERVISOR };
		uint32_t bytes, number;

		if (left > ring_bytes ||
		    !read_record(ring, ring_bytes, begin, left, &line, &number, text)) {
			line.bytes = sizeof(damaged) - 1;
			return ipu_lines_add(lines, &line, damaged);
		}
		line.dropped = number - position->number;
		position->number = number + 1;
		err = ipu_lines_add(lines, &line, text);
		bytes = (uint32_t)sizeof(struct ipu_print_record) + ((line.bytes + 3) & ~3u);
		begin += bytes;
		left -= left < bytes ? left : bytes;
	}
	return err;
}

/* A unit's clock differs from line to line, but for those that were made up; these keep their order. */
static int by_time(const void *a, const void *b)
{
	const struct ipu_line *left = a, *right = b;

	if (left->cycles != right->cycles)
		return left->cycles < right->cycles ? -1 : 1;
	if (left->tile != right->tile)
		return left->tile < right->tile ? -1 : 1;
	if (left->unit != right->unit)
		return left->unit < right->unit ? -1 : 1;
	return left->at < right->at ? -1 : left->at > right->at;
}

void ipu_lines_sort(struct ipu_lines *lines)
{
	if (lines->count)
		qsort(lines->line, lines->count, sizeof(*lines->line), by_time);
}

int ipu_lines_split(struct ipu_lines *lines, size_t count, struct ipu_lines *to)
{
	struct ipu_lines rest = { 0 };
	int err = 0;

	for (size_t i = count; !err && i < lines->count; i++)
		err = ipu_lines_add(&rest, &lines->line[i], lines->texts + lines->line[i].at);
	if (err) {
		ipu_lines_free(&rest);
		return err;
	}
	*to = *lines;
	to->count = count;
	*lines = rest;
	return 0;
}

void ipu_lines_free(struct ipu_lines *lines)
{
	free(lines->line);
	free(lines->texts);
	*lines = (struct ipu_lines){ 0 };
}
