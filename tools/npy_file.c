// SPDX-License-Identifier: MIT
/* npy files on disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "npy.h"
#include "output.h"

#define HEADER_ALIGN 64 /* as in NumPy, so that elements can be mapped */
#define GROWTH_DIGITS 21 /* NumPy leaves room for the first dimension to grow in place */

static int failed(char *error, const char *what, int err)
{
	snprintf(error, NPY_ERROR_SIZE, "cannot be %s: %s", what, strerror(err));
	return -err;
}

static int read_all(int fd, unsigned char *to, size_t bytes, char *error)
{
	for (size_t done = 0; done < bytes;) {
		ssize_t got = read(fd, to + done, bytes - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return failed(error, "read", errno);
		if (!got)
			return failed(error, "read to its end", EIO);
		done += (size_t)got;
	}
	return 0;
}

int npy_read(const char *path, struct npy *npy, char *error)
{
	struct stat st;
	void *file = NULL;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int err = 0;

	*npy = (struct npy){ 0 };
	if (fd < 0)
		return failed(error, "opened", errno);
	if (fstat(fd, &st)) {
		err = failed(error, "read", errno);
	} else if (!S_ISREG(st.st_mode)) {
		snprintf(error, NPY_ERROR_SIZE,
			 "is not a regular file: save the array to one first");
		err = -EINVAL;
	} else {
		file = malloc((size_t)st.st_size + 1);
		err = file ? read_all(fd, file, (size_t)st.st_size, error) :
			     failed(error, "read", ENOMEM);
	}
	close(fd);
	if (!err)
		err = npy_parse(file, (size_t)st.st_size, npy, error);
	if (err) {
		free(file);
		*npy = (struct npy){ 0 };
		return err;
	}
	npy->file = file;
	return 0;
}

void npy_close(struct npy *npy)
{
	free(npy->file);
	*npy = (struct npy){ 0 };
}

/* Everything before the elements, byte for byte what numpy.save() writes. Returns its length. */
static size_t make_header(const struct npy *npy, unsigned char *to, size_t room)
{
	char *text = (char *)to + 10;
	size_t bytes = room - 10, used, header;
	int digits = 0;

	used = (size_t)snprintf(text, bytes, "{'descr': '%s', 'fortran_order': False, 'shape': (",
				npy->descr);
	for (uint32_t i = 0; i < npy->ndim; i++)
		used += (size_t)snprintf(text + used, bytes - used, "%s%llu", i ? ", " : "",
					 (unsigned long long)npy->shape[i]);
	used += (size_t)snprintf(text + used, bytes - used, "%s), }", npy->ndim == 1 ? "," : "");
	if (npy->ndim) {
		digits = snprintf(NULL, 0, "%llu", (unsigned long long)npy->shape[0]);
		used += (size_t)snprintf(text + used, bytes - used, "%*s", GROWTH_DIGITS - digits,
					 "");
	}

	/* At least the line feed and, as NumPy counts it, a whole block if nothing is missing. */
	header = HEADER_ALIGN - (10 + used + 1) % HEADER_ALIGN + used + 1;
	memset(text + used, ' ', header - used);
	text[header - 1] = '\n';
	memcpy(to, "\x93NUMPY\x01\x00", 8);
	to[8] = header & 0xff;
	to[9] = (unsigned char)(header >> 8);
	return 10 + header;
}

int npy_write(const char *path, const struct npy *npy, char *error)
{
	unsigned char header[NPY_MAX_DIMS * 24 + 256];
	struct output out;
	int err = output_open(path, &out);

	if (!err) {
		err = output_put(&out, header, make_header(npy, header, sizeof(header)));
		if (!err)
			err = output_put(&out, npy->data, npy->bytes);
		err = output_close(&out, err);
	}
	if (err)
		output_describe(err, error, NPY_ERROR_SIZE);
	return err;
}
