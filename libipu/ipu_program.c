// SPDX-License-Identifier: MIT
/* Programs: reading the file, and describing a program. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipu_internal.h"
#include "ipu_program.h"

/* Far above what a tile holds, for the sake of debug information. */
#define MAX_FILE_BYTES (1024u * 1024 * 1024)

static void release(struct ipu_program *prog)
{
	dwarf_end(prog->dwarf);
	elf_end(prog->elf);
	free(prog->regions);
	free(prog->tensors);
	free(prog->entries);
	free(prog->segments);
	free(prog->image);
	free(prog->name);
	free(prog);
}

/* Takes ownership of @image, whether it succeeds or not. */
static int open_image(char *image, size_t bytes, const char *name, struct ipu_program **out)
{
	struct ipu_program *prog = calloc(1, sizeof(*prog));
	int err;

	if (!prog) {
		free(image);
		return ipu_fail_nomem("a program");
	}
	prog->refs = 1;
	prog->image = image;
	prog->image_bytes = bytes;
	prog->name = strdup(name);
	err = prog->name ? ipu_process_init() : ipu_fail_nomem("a program");
	if (!err)
		err = ipu_elf_load(prog);
	if (!err)
		err = ipu_elf_read_notes(prog);
	if (!err)
		err = ipu_map_read(prog);
	if (!err) {
		prog->vlen = ipu_elf_vlen(prog);
		ipu_elf_find_texts(prog);
	}
	if (err) {
		release(prog);
		return err;
	}
	*out = prog;
	return 0;
}

static int read_all(int fd, char *to, size_t bytes, const char *path)
{
	for (size_t done = 0; done < bytes;) {
		ssize_t got = read(fd, to + done, bytes - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ipu_fail(-errno, "Cannot read %s: %s.", path, strerror(errno));
		if (!got)
			return ipu_fail(-EIO, "Cannot read %s: it became shorter meanwhile.", path);
		done += (size_t)got;
	}
	return 0;
}

static int read_file(const char *path, char **image, size_t *bytes)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return ipu_fail(-errno, "Cannot open %s: %s.", path, strerror(errno));
	if (fstat(fd, &st))
		err = ipu_fail(-errno, "Cannot read %s: %s.", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		err = ipu_fail(-ENOEXEC, "%s is not a regular file.", path);
	else if (st.st_size > MAX_FILE_BYTES)
		err = ipu_fail(-ENOEXEC, "%s is too large for a tile program: %lld bytes.", path,
			       (long long)st.st_size);
	if (!err) {
		*bytes = (size_t)st.st_size;
		*image = malloc(*bytes + 1);
		err = *image ? read_all(fd, *image, *bytes, path) : ipu_fail_nomem("a program");
		if (err)
			free(*image);
	}
	close(fd);
	return err;
}

int ipu_program_open(const char *path, struct ipu_program **prog)
{
	char *image = NULL;
	size_t bytes = 0;
	int err;

	*prog = NULL;
	err = read_file(path, &image, &bytes);
	if (err)
		return err;
	return open_image(image, bytes, path, prog);
}

int ipu_program_open_memory(const void *elf, size_t bytes, const char *name,
			    struct ipu_program **prog)
{
	char *image;

	*prog = NULL;
	if (bytes > MAX_FILE_BYTES)
		return ipu_fail(-ENOEXEC, "%s is too large for a tile program: %zu bytes.", name,
				bytes);
	image = malloc(bytes + 1);
	if (!image)
		return ipu_fail_nomem("a program");
	memcpy(image, elf, bytes);
	return open_image(image, bytes, name, prog);
}

struct ipu_program *ipu_program_get(struct ipu_program *prog)
{
	atomic_fetch_add(&prog->refs, 1);
	return prog;
}

void ipu_program_close(struct ipu_program *prog)
{
	if (prog && atomic_fetch_sub(&prog->refs, 1) == 1)
		release(prog);
}

uint32_t ipu_program_entry(const struct ipu_program *prog)
{
	return prog->entry;
}

size_t ipu_program_entry_count(const struct ipu_program *prog)
{
	return prog->entry_count;
}

const char *ipu_program_entry_name(const struct ipu_program *prog, size_t index)
{
	return index < prog->entry_count ? prog->entries[index].name : NULL;
}

size_t ipu_program_tensor_count(const struct ipu_program *prog)
{
	return prog->tensor_count;
}

int ipu_program_tensor(const struct ipu_program *prog, size_t index, struct ipu_tensor_desc *desc)
{
	int err = IPU_STRUCT_CHECK(desc, ipu_tensor_desc, row_bytes);

	if (err)
		return err;
	if (index >= prog->tensor_count)
		return ipu_fail(-EINVAL, "There is no tensor %zu: %s has %zu.", index, prog->name,
				prog->tensor_count);
	ipu_struct_out(desc, &prog->tensors[index].desc, sizeof(*desc));
	return 0;
}

const struct ipu_tensor *ipu_program_lookup(const struct ipu_program *prog, const char *name)
{
	static const char *const directions[] = {
		[IPU_TENSOR_IN] = "input",
		[IPU_TENSOR_OUT] = "output",
		[IPU_TENSOR_IN | IPU_TENSOR_OUT] = "input and output",
		[IPU_TENSOR_IN | IPU_TENSOR_STREAM] = "input stream",
		[IPU_TENSOR_OUT | IPU_TENSOR_STREAM] = "output stream",
	};
	char known[600] = "";
	size_t used = 0;

	for (size_t i = 0; i < prog->tensor_count; i++)
		if (!strcmp(prog->tensors[i].desc.name, name))
			return &prog->tensors[i];

	for (size_t i = 0; i < prog->tensor_count && used < sizeof(known); i++) {
		const struct ipu_tensor_desc *desc = &prog->tensors[i].desc;
		const char *direction = directions[desc->direction];

		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s (%s)",
					 i ? ", " : "", desc->name, direction);
	}
	if (prog->tensor_count)
		ipu_fail(-ENOENT, "%s has no tensor \"%s\"; it has %s.", prog->name, name, known);
	else
		ipu_fail(-ENOENT, "%s has no tensor \"%s\": it declares none at all.", prog->name,
			 name);
	return NULL;
}

int ipu_program_find_tensor(const struct ipu_program *prog, const char *name,
			    struct ipu_tensor_desc *desc)
{
	const struct ipu_tensor *tensor;
	int err = IPU_STRUCT_CHECK(desc, ipu_tensor_desc, row_bytes);

	if (err)
		return err;
	tensor = ipu_program_lookup(prog, name);
	if (!tensor)
		return -ENOENT;
	ipu_struct_out(desc, &tensor->desc, sizeof(*desc));
	return 0;
}
