// SPDX-License-Identifier: MIT
/* Random shapes: see shapes.h. */
#include <math.h>
#include <stdio.h>

#include "shapes.h"

uint32_t random_extent(struct sheet *sheet, uint32_t most)
{
	/* As many of each order of magnitude. */
	const double part = random_below(sheet, 1 << 20) / (double)(1 << 20);
	const uint32_t n = (uint32_t)exp(part * log(most + 1.0));

	return n < 1 ? 1 : n > most ? most : n;
}

uint32_t random_shape(struct sheet *sheet, uint32_t size, uint32_t *shape)
{
	const uint32_t ndim = random_below(sheet, 5);
	uint32_t left = size;

	for (uint32_t i = 0; i < ndim; i++) {
		const uint32_t last = i + 1 == ndim;

		/* Half of the cases are as large as they may be. */
		shape[i] = last && random_below(sheet, 2) ? left : random_extent(sheet, left);
		left /= shape[i];
	}
	if (ndim && random_below(sheet, 20) == 0)
		shape[random_below(sheet, ndim)] = 0;
	return ndim;
}

const char *shape_text(uint32_t ndim, const uint32_t *shape)
{
	static char text[100];
	int used = snprintf(text, sizeof(text), "[");

	for (uint32_t i = 0; i < ndim; i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used, "%s%u", i ? ", " : "",
				 shape[i]);
	snprintf(text + used, sizeof(text) - (size_t)used, "]");
	return text;
}
