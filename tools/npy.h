/* SPDX-License-Identifier: MIT */
/* NumPy's file format for one array, versions 1.0 to 3.0, in C order and little endian. */
#ifndef IPU_NPY_H
#define IPU_NPY_H

#include <stddef.h>
#include <stdint.h>

#define NPY_MAX_DIMS 32
#define NPY_DESCR_SIZE 16
#define NPY_ERROR_SIZE 512

/**
 * struct npy - an array
 * @descr: type of an element as NumPy writes it, "<f4"
 * @item_bytes: bytes of one
 * @ndim: dimensions, 0..NPY_MAX_DIMS
 * @shape: their sizes
 * @data: the elements
 * @bytes: how many bytes of them; the product of @shape and @item_bytes
 * @file: what npy_close() frees
 */
struct npy {
	char descr[NPY_DESCR_SIZE];
	uint32_t item_bytes;
	uint32_t ndim;
	uint64_t shape[NPY_MAX_DIMS];
	const void *data;
	uint64_t bytes;
	void *file;
};

/**
 * npy_parse - parse a file in memory
 * @file: its bytes, which @npy will point into
 * @bytes: how many
 * @npy: out
 * @error: out: on failure, what is wrong, without the file's name and a full
 *	stop; NPY_ERROR_SIZE bytes
 *
 * Return: 0, or -EINVAL.
 */
int npy_parse(const void *file, size_t bytes, struct npy *npy, char *error);

/** npy_read - read and parse a file; free it with npy_close(). Return: 0 or a negative errno. */
int npy_read(const char *path, struct npy *npy, char *error);
void npy_close(struct npy *npy);

/**
 * npy_write - write an array as numpy.save() does
 * @path: written as output.h describes
 * @npy: all but @item_bytes and @file
 * @error: out: on failure, as above
 *
 * Return: 0 or a negative errno.
 */
int npy_write(const char *path, const struct npy *npy, char *error);

/** npy_descr_name - "float32" for "<f4"; the description itself if it has no such name */
const char *npy_descr_name(const char *descr, char text[32]);

#endif /* IPU_NPY_H */
