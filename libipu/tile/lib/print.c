/* SPDX-License-Identifier: MIT */
/*
 * stdout and stderr: each unit collects a line of its own, and puts it into the tile's
 * ring, which the host reads (<ipu/note.h>). A unit never waits for the host, nor does what
 * it does depend on it: a line takes the place of the oldest ones. There is nothing to read
 * from stdin.
 */
#include <stdio.h>
#include <string.h>

#include <ipu/print.h>

struct ipu_print_state ipu_print_state;

static void lock(void)
{
	while (__atomic_exchange_n(&ipu_print_state.lock, 1, __ATOMIC_ACQUIRE))
		;
}

static void unlock(void)
{
	__atomic_store_n(&ipu_print_state.lock, 0, __ATOMIC_RELEASE);
}

/* In two parts where the ring ends. */
static void put_bytes(uint32_t at, const void *from, uint32_t bytes)
{
	const uint32_t begin = at & (ipu_print_ring_bytes - 1);
	const uint32_t room = ipu_print_ring_bytes - begin;
	const uint32_t first = bytes < room ? bytes : room;

	memcpy(ipu_print_ring + begin, from, first);
	memcpy(ipu_print_ring, (const uint8_t *)from + first, bytes - first);
}

/* Whole bytes of the line that begins at @at, whose last word of the record has its length. */
static uint32_t line_bytes(uint32_t at)
{
	const uint32_t place = (at + 3 * sizeof(uint32_t)) & (ipu_print_ring_bytes - 1);
	uint32_t word;

	memcpy(&word, ipu_print_ring + place, sizeof(word));
	return sizeof(struct ipu_print_record) + (((word & 0xffff) + 3) & ~3u);
}

/* The head moves last: a line is there as a whole, or not at all. */
static void put_line(uint32_t unit, const char *text, uint32_t bytes)
{
	struct ipu_print_state *state = &ipu_print_state;
	struct ipu_print_record record = { .bytes = (uint16_t)bytes, .unit = (uint16_t)unit };
	const uint32_t padded = sizeof(record) + ((bytes + 3) & ~3u);
	uint64_t cycles;

	lock();
	cycles = ipu_cycles();
	record.cycles[0] = (uint32_t)cycles;
	record.cycles[1] = (uint32_t)(cycles >> 32);
	record.number = state->count++;
	while (padded > ipu_print_ring_bytes - (state->head - state->tail))
		state->tail += line_bytes(state->tail);
	put_bytes(state->head, &record, sizeof(record));
	put_bytes(state->head + sizeof(record), text, bytes);
	__atomic_store_n(&state->head, state->head + padded, __ATOMIC_RELEASE);
	unlock();
}

static void end_line(uint32_t unit)
{
	put_line(unit, ipu_print_state.lines[unit].text, ipu_print_state.lines[unit].used);
	ipu_print_state.lines[unit].used = 0;
}

/* A line that is too long goes on in another one. */
static int put(char c, FILE *file)
{
	const uint32_t unit = ipu_unit();
	uint32_t *used = &ipu_print_state.lines[unit].used;

	(void)file;
	if (c != '\n' && *used == IPU_PRINT_LINE_TEXT)
		end_line(unit);
	if (c == '\n')
		end_line(unit);
	else
		ipu_print_state.lines[unit].text[(*used)++] = c;
	return (unsigned char)c;
}

static int flush(FILE *file)
{
	const uint32_t unit = ipu_unit();

	(void)file;
	if (ipu_print_state.lines[unit].used)
		end_line(unit);
	return 0;
}

static int get(FILE *file)
{
	(void)file;
	return _FDEV_EOF;
}

static FILE output = FDEV_SETUP_STREAM(put, NULL, flush, _FDEV_SETUP_WRITE);
static FILE input = FDEV_SETUP_STREAM(NULL, get, NULL, _FDEV_SETUP_READ);

FILE *const stdout = &output;
FILE *const stderr = &output;
FILE *const stdin = &input;
