/* SPDX-License-Identifier: MIT */
/* What the host's programs of the examples have in common: npy files, and ends. */
#ifndef EXAMPLE_HOST_H
#define EXAMPLE_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "npy.h"

/** fail - print why, with the program's name, and exit with 1 */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * array_read - read an npy file of elements of 4 bytes
 * @path: the file; a message and the end if it is not as expected
 * @descr: type of an element, "<f4"
 * @ndim: dimensions
 * @npy: out: its data must not be changed; it is never closed
 */
void array_read(const char *path, const char *descr, uint32_t ndim, struct npy *npy);

/** array_write - write one, of @columns columns; 0 for an array of one dimension */
void array_write(const char *path, const char *descr, const void *data, uint64_t rows,
		 uint64_t columns);

/** number - a whole number from 1 to @most; a message and the end if @text is none */
uint32_t number(const char *text, uint32_t most);

/** allocate - @count elements of @bytes, zero; a message and the end without memory */
void *allocate(size_t count, size_t bytes);

/** random_word - the next of a sequence of pseudo-random numbers that starts at @state */
uint32_t random_word(uint64_t *state);

#endif /* EXAMPLE_HOST_H */
