/* SPDX-License-Identifier: MIT */
/* What the tiles of a context have printed: fetching it, and handing it on. */
#ifndef LIBIPU_PRINT_H
#define LIBIPU_PRINT_H

#include "ipu_internal.h"

struct ipu_line;

/**
 * struct ipu_lines - lines on their way to who asked for them; zeroed at first
 * @fn: who, and
 * @data: its argument
 * @texts: the rings that they are from
 * @line: in their order
 * @count: how many
 */
struct ipu_lines {
	ipu_print_fn fn;
	void *data;
	unsigned char *texts;
	struct ipu_line *line;
	size_t count;
};

/**
 * ipu_print_fetch - take from the tiles what they have printed; the lock is held
 * @ended: the run is over, so lines that have not ended are taken, too
 * @lines: out, for ipu_print_deliver()
 * Return: 0, or as ipu_submit() and ipu_wait(), -ENOMEM: then the tiles keep it.
 */
int ipu_print_fetch(struct ipu_context *ctx, bool ended, struct ipu_lines *lines);

/** ipu_print_deliver - hand lines on and free them; no lock is held */
void ipu_print_deliver(struct ipu_lines *lines);

/** ipu_print_free - for a context that has been destroyed; NULL is allowed */
void ipu_print_free(struct ipu_print *print);

#endif /* LIBIPU_PRINT_H */
