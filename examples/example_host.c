// SPDX-License-Identifier: MIT
/* What the host's programs of the examples have in common. */
#include "example_host.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void fail(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void array_read(const char *path, const char *descr, uint32_t ndim, struct npy *npy)
{
	char error[NPY_ERROR_SIZE];

	if (npy_read(path, npy, error))
		fail("%s %s", path, error);
	if (strcmp(npy->descr, descr) || npy->ndim != ndim)
		fail("%s holds %s in %u dimensions, not %s in %u", path, npy->descr, npy->ndim,
		     descr, ndim);
}

void array_write(const char *path, const char *descr, const void *data, uint64_t rows,
		 uint64_t columns)
{
	struct npy npy = {
		.ndim = columns ? 2 : 1,
		.shape = { rows, columns },
		.data = data,
		.bytes = 4 * rows * (columns ? columns : 1),
	};
	char error[NPY_ERROR_SIZE];

	snprintf(npy.descr, sizeof(npy.descr), "%s", descr);
	if (npy_write(path, &npy, error))
		fail("%s %s", path, error);
}

uint32_t number(const char *text, uint32_t most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || !value || value > most)
		fail("\"%s\" is no number from 1 to %u", text, most);
	return (uint32_t)value;
}

void *allocate(size_t count, size_t bytes)
{
	void *memory = calloc(count ? count : 1, bytes);

	if (!memory)
		fail("out of memory");
	return memory;
}

uint32_t random_word(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 32);
}
