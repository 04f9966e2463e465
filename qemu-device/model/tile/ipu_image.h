/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * State on its way out of a card or into one. Each structure is described once, by a function
 * that works in both directions, so that both are of the same form.
 *
 * What goes in may be anybody's: numbers that something relies on are checked, and after the
 * first that is wrong nothing more is read. Each function returns false from then on.
 */
#ifndef IPU_IMAGE_H
#define IPU_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct ipu_image - the stream
 * @loading: into a card
 * @move: move @bytes of it from or to @data. Return: false if that failed
 * @arg: for @move
 * @error: what is wrong, "" as long as nothing is
 */
struct ipu_image {
	bool loading;
	bool (*move)(void *arg, void *data, size_t bytes);
	void *arg;
	char error[160];
};

/** ipu_image_refuse - the stream is wrong. Return: false */
__attribute__((format(printf, 2, 3)))
bool ipu_image_refuse(struct ipu_image *image, const char *format, ...);

/** ipu_image_bytes - numbers of any values, in the order of little-endian memory */
bool ipu_image_bytes(struct ipu_image *image, void *data, size_t bytes);

/** ipu_image_flag - a bool */
bool ipu_image_flag(struct ipu_image *image, bool *flag);

/** ipu_image_below - a number, which must be less than @end; @what names it if it is not */
bool ipu_image_below(struct ipu_image *image, uint32_t *value, uint32_t end, const char *what);

/**
 * ipu_image_memory - memory of which the pages that are all 0 are left out
 * @bytes: a multiple of the page size, IPU_HOST_PAGE
 *
 * When loading it is 0 before.
 */
bool ipu_image_memory(struct ipu_image *image, uint8_t *base, size_t bytes);

/** IPU_IMAGE - a variable of any value, see ipu_image_bytes() */
#define IPU_IMAGE(image, variable)	ipu_image_bytes(image, &(variable), sizeof(variable))

#endif /* IPU_IMAGE_H */
