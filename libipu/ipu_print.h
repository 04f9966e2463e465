/* SPDX-License-Identifier: MIT */
/* What the tiles of a context have printed: fetching it, and handing it on. */
#ifndef LIBIPU_PRINT_H
#define LIBIPU_PRINT_H

#include "ipu_internal.h"

/**
 * struct ipu_line - a line
 * @cycles: when it ended; UINT64_MAX if it has not
 * @tile: of the context
 * @unit: of the tile
 * @dropped: lines lost before it
 * @bytes: its length
 * @at: where its text is, which a zero byte ends
 */
struct ipu_line {
	uint64_t cycles;
	uint32_t tile;
	uint32_t unit;
	uint32_t dropped;
	uint32_t bytes;
	size_t at;
};

/**
 * struct ipu_position - how far a tile's ring has been read since its program was loaded
 * @taken: where the next line begins
 * @number: its number
 */
struct ipu_position {
	uint32_t taken;
	uint32_t number;
};

/**
 * struct ipu_lines - lines; empty when zeroed
 * @line: an array of @count, with room for @room
 * @texts: their texts, @used bytes with room for @size
 */
struct ipu_lines {
	struct ipu_line *line;
	size_t count;
	size_t room;
	char *texts;
	size_t used;
	size_t size;
};

/**
 * struct ipu_print - who is given what tiles print, and how it is fetched
 * @fn: who, NULL for nobody
 * @data: its argument
 * @positions: of all tiles
 * @pending: lines of the run that is under way, which were fetched too early to be handed on
 * @cmds: NULL until first used, as is
 * @bo: where it is fetched to: the words of all tiles, and then rings or lines of some
 * @va: where that is mapped
 * @ahead: the run that is under way copies the words of all tiles there
 */
struct ipu_print {
	ipu_print_fn fn;
	void *data;
	struct ipu_position *positions;
	struct ipu_lines pending;
	struct ipu_cmds *cmds;
	struct ipu_bo *bo;
	uint64_t va;
	bool ahead;
};

/** ipu_prints - is somebody given what the loaded program prints? the lock is held */
bool ipu_prints(const struct ipu_context *ctx);

/**
 * ipu_print_ahead - have the job of a run copy, behind it, how much the tiles have printed
 *
 * So that ipu_print_fetch() needs another one only if they have. The lock is held. Return: 0;
 * -ENOMEM or -EDQUOT, and then nothing is to be submitted.
 */
int ipu_print_ahead(struct ipu_context *ctx);

/**
 * ipu_print_fetch - take from the tiles what they have printed; the lock is held
 * @status: of the run's job
 * @ended: the run is over, so lines that have not ended are taken, too
 * @lines: out: with what was pending, for ipu_print_deliver()
 * Return: 0, or as ipu_submit() and ipu_wait(), -ENOMEM: then some are lost.
 */
int ipu_print_fetch(struct ipu_context *ctx, int status, bool ended, struct ipu_lines *lines);

/** ipu_print_deliver - hand lines on and free them; no lock is held */
void ipu_print_deliver(struct ipu_lines *lines, ipu_print_fn fn, void *data);

/**
 * ipu_print_wait - ipu_wait_status() for a run that prints, whose lines are handed on
 * meanwhile, as far as the others cannot come before them; no lock is held
 */
int ipu_print_wait(struct ipu_context *ctx, uint64_t seqno, int64_t deadline_ns, int *status);

/** ipu_print_restart - a program is loaded: its tiles have printed nothing; NULL is allowed */
void ipu_print_restart(struct ipu_print *print, uint32_t tiles);

/** ipu_print_free - for a context that has been destroyed; NULL is allowed */
void ipu_print_free(struct ipu_print *print);

/* ---- ipu_lines.c ---- */

/** ipu_lines_add - append a line whose text is @from; -ENOMEM without a message */
int ipu_lines_add(struct ipu_lines *lines, const struct ipu_line *line, const void *from);

/** ipu_position_begin - where to go on in a ring: where it was read to, or at its @tail */
uint32_t ipu_position_begin(const struct ipu_position *position, uint32_t head, uint32_t tail);

/**
 * ipu_lines_add_ring - append the lines of a tile's ring
 * @head: of the tile's state, the program's, and not to be trusted
 * @begin: ipu_position_begin()
 * @position: moved to @head
 * Return: 0 or -ENOMEM, without a message.
 */
int ipu_lines_add_ring(struct ipu_lines *lines, uint32_t tile, const unsigned char *ring,
		       uint32_t ring_bytes, uint32_t head, uint32_t begin,
		       struct ipu_position *position);

/** ipu_lines_sort - by time, tile, unit */
void ipu_lines_sort(struct ipu_lines *lines);

/** ipu_lines_split - move the first @count lines to @to, which is empty; -ENOMEM */
int ipu_lines_split(struct ipu_lines *lines, size_t count, struct ipu_lines *to);

void ipu_lines_free(struct ipu_lines *lines);

#endif /* LIBIPU_PRINT_H */
