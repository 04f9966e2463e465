// SPDX-License-Identifier: MIT
/*
 * Executables in files: a header, the tensors, the labels, and the script, with a checksum of all.
 * Their format belongs to one version of libipu: a file names its resident program by a checksum.
 * What a file says is not trusted: the host only uses the tensors, which are checked, and the
 * script is followed by tiles, which can harm nobody but their own context.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "graph.h"

#define MAGIC "IPUGRAPH"
#define MOST (1u << 20) /* tensors, operations, labels, words */

/**
 * struct file_header - how a file begins
 * @magic: MAGIC
 * @program: checksum of the resident program
 * @sum: of all that follows the header
 * @tensors: struct graph_tensor
 * @labels: of 128 bytes
 * @ops: a label's number and a code each
 * @words: of the script
 * @tiles: that it uses
 * @bytes: of a tile's memory, for tensors
 * @keep: of these, that are kept
 * @name: ended by a zero byte
 */
struct file_header {
	char magic[8];
	uint64_t program;
	uint64_t sum;
	uint32_t tensors;
	uint32_t labels;
	uint32_t ops;
	uint32_t words;
	uint32_t tiles;
	uint32_t bytes;
	uint32_t keep;
	uint32_t reserved;
	char name[128];
};

/* FNV-1a, of 8 bytes at a time where there are so many. */
static uint64_t checksum(uint64_t sum, const void *data, size_t bytes)
{
	const unsigned char *at = data;
	uint64_t word;

	for (; bytes >= sizeof(word); bytes -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sum = (sum ^ word) * 0x100000001b3;
		sum ^= sum >> 29;
	}
	while (bytes--)
		sum = (sum ^ *at++) * 0x100000001b3;
	return sum;
}

static uint64_t program_sum(void)
{
	return checksum(0xcbf29ce484222325, graph_elf, (size_t)(graph_elf_end - graph_elf));
}

/* ---- Writing -------------------------------------------------------------- */

/* The parts of a file behind its header, one after the other. */
struct part {
	void *data;
	size_t bytes;
};

#define PARTS 5

static void parts_of(const struct ipu_executable *exe, struct part part[PARTS])
{
	part[0] = (struct part){ exe->tensor, exe->tensors * sizeof(*exe->tensor) };
	part[1] = (struct part){ exe->label, exe->labels * sizeof(*exe->label) };
	part[2] = (struct part){ exe->op_label, exe->ops * sizeof(*exe->op_label) };
	part[3] = (struct part){ exe->op_code, exe->ops * sizeof(*exe->op_code) };
	part[4] = (struct part){ exe->word, exe->words * sizeof(*exe->word) };
}

static bool write_all(FILE *file, const struct ipu_executable *exe)
{
	struct file_header header = {
		.magic = MAGIC,
		.program = program_sum(),
		.sum = 0xcbf29ce484222325,
		.tensors = exe->tensors,
		.labels = exe->labels,
		.ops = exe->ops,
		.words = exe->words,
		.tiles = exe->tiles,
		.bytes = exe->bytes,
		.keep = exe->keep,
	};
	struct part part[PARTS];
	bool good;

	memcpy(header.name, exe->name, sizeof(header.name));
	parts_of(exe, part);
	for (size_t i = 0; i < PARTS; i++)
		header.sum = checksum(header.sum, part[i].data, part[i].bytes);
	good = fwrite(&header, sizeof(header), 1, file) == 1;
	for (size_t i = 0; i < PARTS; i++)
		good = good &&
		       (!part[i].bytes || fwrite(part[i].data, part[i].bytes, 1, file) == 1);
	return good;
}

/* Under another name first: who loads it never sees half of it. */
int ipu_executable_save(const struct ipu_executable *exe, const char *path)
{
	char other[4096];
	FILE *file;
	bool good;
	int err, fd;

	if (exe->op_cycles)
		return ipu_fail(-EINVAL, "%s is profiled: compile it without that to save it.",
				exe->name);
	if (snprintf(other, sizeof(other), "%s.XXXXXX", path) >= (int)sizeof(other))
		return ipu_fail(-ENAMETOOLONG, "The name of a file is too long: %.100s...", path);
	fd = mkostemp(other, 02000000 /* O_CLOEXEC */);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file) {
		err = -errno;
		if (fd >= 0) {
			close(fd);
			unlink(other);
		}
		return ipu_fail(err, "Cannot write an executable to %s: %s.", path, strerror(-err));
	}
	good = write_all(file, exe);
	good = !fclose(file) && good;
	if (good && !rename(other, path))
		return 0;
	err = errno ? -errno : -EIO;
	unlink(other);
	return ipu_fail(err, "Cannot write an executable to %s: %s.", path, strerror(-err));
}

/* ---- Reading -------------------------------------------------------------- */

static int not_one(const char *path, const char *why)
{
	return ipu_fail(-ENOEXEC,
			"%s is not an executable that can be used here: %s. Compile it "
			"again.",
			path, why);
}

static int check_header(const struct file_header *header, const char *path)
{
	if (memcmp(header->magic, MAGIC, sizeof(header->magic)))
		return not_one(path, "it does not begin as one");
	if (header->program != program_sum())
		return not_one(path, "it was made by another version of libipu");
	if (header->tensors > MOST || header->labels > MOST || header->ops > MOST ||
	    header->words > MOST || !header->words || !header->tiles || header->tiles > 0xffff ||
	    header->bytes > TENSORS_ROOM || header->keep > header->bytes ||
	    header->name[sizeof(header->name) - 1])
		return not_one(path, "its header has numbers that cannot be");
	return 0;
}

/* Is a tensor as ipu_compile() would have made it? */
static bool is_good(const struct ipu_executable *exe, uint32_t number)
{
	const struct graph_tensor *tensor = &exe->tensor[number];
	struct graph_tensor again = *tensor;

	if (!ipu_dtype_size(tensor->dtype) || tensor->ndim > IPU_GRAPH_DIMS ||
	    tensor->base > number || exe->tensor[tensor->base].base != tensor->base ||
	    tensor->name[sizeof(tensor->name) - 1])
		return false;
	if (tensor->count != count_of(tensor->ndim, tensor->shape) || tensor->count > INT32_MAX)
		return false;
	if (tensor->base != number)
		return !tensor->role && !tensor->upper;
	if (tensor->upper &&
	    (tensor->upper >= exe->tensors || exe->tensor[tensor->upper].base != tensor->upper ||
	     exe->tensor[tensor->upper].count != tensor->count ||
	     !(tensor->role & exe->tensor[tensor->upper].role & IPU_GRAPH_WIDE)))
		return false;
	lay_out_tensor(&again, exe->tiles);
	return again.chunk == tensor->chunk && again.bytes == tensor->bytes &&
	       tensor->bytes <= exe->bytes && tensor->offset <= exe->bytes - tensor->bytes &&
	       (!(tensor->role & IPU_GRAPH_KEEP) ||
		(tensor->role & IPU_GRAPH_IN && tensor->chunk && tensor->offset <= exe->keep &&
		 tensor->bytes <= exe->keep - tensor->offset));
}

static int check_parts(struct ipu_executable *exe, const char *path)
{
	for (uint32_t i = 0; i < exe->tensors; i++)
		if (!is_good(exe, i))
			return not_one(path, "one of its tensors cannot be");
	for (uint32_t i = 0; i < exe->labels; i++)
		exe->label[i][sizeof(*exe->label) - 1] = '\0';
	for (uint32_t i = 0; i < exe->ops; i++)
		if (exe->op_label[i] > exe->labels)
			return not_one(path, "one of its labels is missing");
	if (exe->word[exe->words - 1])
		return not_one(path, "its script has no end");
	return 0;
}

static int read_parts(FILE *file, struct ipu_executable *exe, const struct file_header *header,
		      const char *path)
{
	uint64_t sum = 0xcbf29ce484222325;
	struct part part[PARTS];
	int err = 0;

	exe->tensor = calloc(exe->tensors + 1, sizeof(*exe->tensor));
	exe->label = calloc(exe->labels + 1, sizeof(*exe->label));
	exe->op_label = calloc(exe->ops + 1, sizeof(*exe->op_label));
	exe->op_code = calloc(exe->ops + 1, sizeof(*exe->op_code));
	exe->word = calloc(exe->words + 1, sizeof(*exe->word));
	exe->bound = calloc(exe->tensors + 1, sizeof(*exe->bound));
	if (!exe->tensor || !exe->label || !exe->op_label || !exe->op_code || !exe->word ||
	    !exe->bound)
		return ipu_fail_nomem("an executable");
	parts_of(exe, part);
	for (size_t i = 0; !err && i < PARTS; i++) {
		if (part[i].bytes && fread(part[i].data, part[i].bytes, 1, file) != 1)
			err = not_one(path, "it is shorter than its header says");
		sum = checksum(sum, part[i].data, part[i].bytes);
	}
	if (!err && sum != header->sum)
		err = not_one(path, "its checksum is wrong");
	return err ? err : check_parts(exe, path);
}

static int read_file(FILE *file, struct ipu_engine *engine, const char *path,
		     struct ipu_executable **out)
{
	struct file_header header;
	struct ipu_executable *exe;
	int err;

	if (fread(&header, sizeof(header), 1, file) != 1)
		return not_one(path, "it is too short");
	err = check_header(&header, path);
	if (err)
		return err;
	if (header.tiles > ipu_engine_tiles(engine))
		return ipu_fail(-ENOSPC, "%s was compiled for %u tiles, and the engine has %u.",
				path, header.tiles, ipu_engine_tiles(engine));
	exe = calloc(1, sizeof(*exe));
	if (!exe)
		return ipu_fail_nomem("an executable");
	exe->engine = engine;
	exe->slot = NO_SLOT;
	exe->tensors = header.tensors;
	exe->labels = header.labels;
	exe->ops = header.ops;
	exe->words = header.words;
	exe->tiles = header.tiles;
	exe->bytes = header.bytes;
	exe->keep = header.keep;
	memcpy(exe->name, header.name, sizeof(exe->name));
	err = read_parts(file, exe, &header, path);
	if (err)
		executable_destroy(exe);
	else
		*out = exe;
	return err;
}

int ipu_executable_load(struct ipu_engine *engine, const char *path, struct ipu_executable **out)
{
	int err = ipu_check_process(engine->pool->dev);
	FILE *file;

	*out = NULL;
	if (err)
		return err;
	file = fopen(path, "re");
	if (!file)
		return ipu_fail(-errno, "Cannot read an executable from %s: %s.", path,
				strerror(errno));
	err = read_file(file, engine, path, out);
	fclose(file);
	if (!err)
		err = executable_enter(*out);
	if (err)
		*out = NULL;
	return err;
}
