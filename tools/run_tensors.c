// SPDX-License-Identifier: MIT
/* The tensors of ipu-run: between npy files and the tiles. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "npy.h"
#include "output.h"
#include "run_tensors.h"

/* How NumPy writes a type; a single byte has no order. */
static const char *descr_of(uint32_t dtype)
{
	switch (dtype) {
	case IPU_F32:
		return "<f4";
	case IPU_F16:
		return "<f2";
	case IPU_I32:
		return "<i4";
	case IPU_U32:
		return "<u4";
	case IPU_I16:
		return "<i2";
	case IPU_U16:
		return "<u2";
	case IPU_I8:
		return "|i1";
	case IPU_U8:
		return "|u1";
	/* Its bits: NumPy has no such type. */
	case IPU_BF16:
		return "<u2";
	default:
		return "";
	}
}

/* The byte order is meaningless for one byte, and for what other libraries add to NumPy. */
static bool same_type(const struct npy *npy, uint32_t dtype)
{
	const char *descr = descr_of(dtype);

	if (dtype == IPU_BF16 && !strcmp(npy->descr + 1, "V2"))
		return true;
	if (npy->item_bytes == 1)
		return !strcmp(npy->descr + 1, descr + 1);
	return (npy->descr[0] == '<' || npy->descr[0] == '=') && !strcmp(npy->descr + 1, descr + 1);
}

/* "(1000, 3)"; the first dimension in words when @rows is NULL. */
static const char *shape_text(char *text, size_t bytes, const char *rows, const uint64_t *shape,
			      uint32_t ndim)
{
	size_t used = 0;

	used += (size_t)snprintf(text, bytes, "(%s", rows ? rows : "");
	for (uint32_t i = rows ? 1 : 0; i < ndim && used < bytes; i++)
		used += (size_t)snprintf(text + used, bytes - used, "%s%llu", i ? ", " : "",
					 (unsigned long long)shape[i]);
	if (used < bytes)
		snprintf(text + used, bytes - used, "%s)", ndim == 1 ? "," : "");
	return text;
}

/* "(rows, 3)", or in a grid "(rows, columns, 3)": what a tensor wants. */
static const char *wanted_text(char *text, size_t bytes, const struct ipu_tensor_desc *desc)
{
	uint64_t shape[IPU_NOTE_MAX_DIMS] = { 0 };
	bool grid = desc->layout == IPU_GRID;
	uint32_t words = grid ? 2 : 1;

	for (uint32_t i = words; i < desc->ndim; i++)
		shape[i - words + 1] = desc->shape[i];
	return shape_text(text, bytes, grid ? "rows, columns" : "rows", shape,
			  desc->ndim - words + 1);
}

static int check_array(const char *path, const struct npy *npy, const struct ipu_tensor_desc *desc)
{
	const char *name = ipu_dtype_name(desc->dtype);
	char has[256], wants[256], type[32];
	const uint32_t first_fixed = desc->layout == IPU_GRID ? 2 : 1;
	bool same = npy->ndim == desc->ndim;

	if (!same_type(npy, desc->dtype) && desc->dtype == IPU_BF16)
		return cli_fail(CLI_INPUT,
				"%s holds %s, and tensor \"%s\" wants bfloat16, as bits in "
				"uint16: convert float32 in NumPy, "
				"(a.view(numpy.uint32) >> 16).astype(numpy.uint16).",
				path, npy_descr_name(npy->descr, type), desc->name);
	if (!same_type(npy, desc->dtype))
		return cli_fail(CLI_INPUT,
				"%s holds %s, and tensor \"%s\" wants %s: convert it in "
				"NumPy, a.astype(numpy.%s).",
				path, npy_descr_name(npy->descr, type), desc->name, name, name);
	for (uint32_t i = first_fixed; same && i < desc->ndim; i++)
		same = npy->shape[i] == desc->shape[i];
	if (same)
		return CLI_OK;
	return cli_fail(CLI_INPUT, "%s has the shape %s, and tensor \"%s\" wants %s.", path,
			shape_text(has, sizeof(has), NULL, npy->shape, npy->ndim), desc->name,
			wanted_text(wants, sizeof(wants), desc));
}

static bool is_given(const struct run_options *options, const char *name)
{
	for (size_t i = 0; i < options->input_count; i++)
		if (!strcmp(options->inputs[i].name, name))
			return true;
	return false;
}

static int check_direction(const struct ipu_program *prog, const struct run_file *file,
			   uint32_t direction)
{
	struct ipu_tensor_desc desc = { .size = sizeof(desc) };

	if (ipu_program_find_tensor(prog, file->name, &desc))
		return cli_fail(CLI_INPUT, "%s", ipu_error());
	if (desc.direction & IPU_TENSOR_STREAM)
		return cli_fail(CLI_INPUT,
				"\"%s\" is a stream of the program: use --stream-%s %s=%s, raw "
				"elements and no npy file.",
				file->name, desc.direction & IPU_TENSOR_IN ? "in" : "out",
				file->name, file->path);
	if (desc.direction & direction)
		return CLI_OK;
	if (direction == IPU_TENSOR_IN)
		return cli_fail(CLI_INPUT,
				"Tensor \"%s\" is an output of the program, not an input: "
				"use -o %s=%s to write it.",
				file->name, file->name, file->path);
	return cli_fail(CLI_INPUT,
			"Tensor \"%s\" is an input of the program, not an output: use "
			"-i %s=%s to give it.",
			file->name, file->name, file->path);
}

int run_check_names(const struct ipu_program *prog, const struct run_options *options)
{
	int status = CLI_OK;

	for (size_t i = 0; !status && i < options->input_count; i++)
		status = check_direction(prog, &options->inputs[i], IPU_TENSOR_IN);
	for (size_t i = 0; !status && i < options->output_count; i++)
		status = check_direction(prog, &options->outputs[i], IPU_TENSOR_OUT);

	for (size_t i = 0; !status && i < ipu_program_tensor_count(prog); i++) {
		struct ipu_tensor_desc desc = { .size = sizeof(desc) };
		char wants[256];

		ipu_program_tensor(prog, i, &desc);
		if (!(desc.direction & IPU_TENSOR_IN) || is_given(options, desc.name) ||
		    desc.direction & IPU_TENSOR_STREAM)
			continue;
		status = cli_fail(CLI_INPUT,
				  "Input \"%s\" has no file: give it with -i %s=FILE.npy, "
				  "%s of shape %s.",
				  desc.name, desc.name, ipu_dtype_name(desc.dtype),
				  wanted_text(wants, sizeof(wants), &desc));
	}
	return status;
}

int run_check_outputs(const struct run_options *options)
{
	for (size_t i = 0; i < options->output_count; i++) {
		const struct run_file *file = &options->outputs[i];
		char text[NPY_ERROR_SIZE];
		int err = output_check(file->path);

		if (err) {
			output_describe(err, text, sizeof(text));
			return cli_fail(CLI_OUTPUT, "%s %s.", file->path, text);
		}
		for (size_t j = 0; j < i; j++)
			if (output_same(file->path, options->outputs[j].path))
				return cli_fail(CLI_USAGE,
						"The outputs \"%s\" and \"%s\" go to one file, %s: "
						"give each its own.",
						options->outputs[j].name, file->name, file->path);
	}
	return CLI_OK;
}

int run_failed(struct ipu_context *ctx, int err, int otherwise)
{
	struct ipu_health health = { .size = sizeof(health) };

	if (err == -ENODEV)
		return CLI_DEVICE;
	if (err == -EIO && !ipu_get_health(ctx, &health) && health.state == IPU_LOST)
		return CLI_DEVICE;
	return otherwise;
}

int run_fail(struct ipu_context *ctx, int err, int otherwise, const char *path)
{
	char reason[1024];

	/* Asking how the context is replaces the message. */
	snprintf(reason, sizeof(reason), "%s", ipu_error());
	return cli_fail(run_failed(ctx, err, otherwise), "%s%s%s", path ? path : "",
			path ? ": " : "", reason);
}

static int set_input(struct ipu_context *ctx, const struct ipu_program *prog,
		     const struct run_file *file)
{
	struct ipu_tensor_desc desc = { .size = sizeof(desc) };
	char error[NPY_ERROR_SIZE];
	struct npy npy;
	int status, err;

	ipu_program_find_tensor(prog, file->name, &desc);
	if (npy_read(file->path, &npy, error))
		return cli_fail(CLI_INPUT, "%s %s.", file->path, error);
	status = check_array(file->path, &npy, &desc);
	if (!status) {
		err = ipu_tensor_set(ctx, file->name, npy.data, npy.bytes, npy.shape[0]);
		if (err)
			status = run_fail(ctx, err, err == -E2BIG ? CLI_INPUT : CLI_INTERNAL,
					  file->path);
	}
	npy_close(&npy);
	return status;
}

int run_set_inputs(struct ipu_context *ctx, const struct ipu_program *prog,
		   const struct run_options *options)
{
	int status = CLI_OK;

	for (size_t i = 0; !status && i < options->input_count; i++)
		status = set_input(ctx, prog, &options->inputs[i]);
	return status;
}

/* Bytes of a whole tensor. */
static size_t shape_bytes(const struct ipu_tensor_desc *desc, const uint64_t *shape)
{
	size_t bytes = ipu_dtype_size(desc->dtype);

	for (uint32_t i = 0; i < desc->ndim; i++)
		bytes *= shape[i];
	return bytes;
}

static int write_array(const struct run_file *file, const struct ipu_tensor_desc *desc, void *data,
		       const uint64_t *shape)
{
	struct npy npy = {
		.ndim = desc->ndim,
		.data = data,
		.bytes = shape_bytes(desc, shape),
	};
	char error[NPY_ERROR_SIZE];

	snprintf(npy.descr, sizeof(npy.descr), "%s", descr_of(desc->dtype));
	memcpy(npy.shape, shape, desc->ndim * sizeof(*shape));
	if (npy_write(file->path, &npy, error))
		return cli_fail(CLI_OUTPUT, "%s %s.", file->path, error);
	return CLI_OK;
}

static int get_output(struct ipu_context *ctx, const struct ipu_program *prog,
		      const struct run_file *file)
{
	struct ipu_tensor_desc desc = { .size = sizeof(desc) };
	uint64_t shape[IPU_NOTE_MAX_DIMS];
	size_t bytes;
	void *data;
	int status, err;

	ipu_program_find_tensor(prog, file->name, &desc);
	err = ipu_tensor_shape(ctx, file->name, shape);
	if (err)
		return run_fail(ctx, err, CLI_OUTPUT, NULL);
	bytes = shape_bytes(&desc, shape);
	data = malloc(bytes + 1);
	if (!data)
		return cli_fail(CLI_OUTPUT, "Out of memory for output \"%s\".", file->name);
	err = ipu_tensor_get(ctx, file->name, data, bytes, NULL);
	status = err ? run_fail(ctx, err, CLI_OUTPUT, NULL) : write_array(file, &desc, data, shape);
	free(data);
	return status;
}

int run_get_outputs(struct ipu_context *ctx, const struct ipu_program *prog,
		    const struct run_options *options)
{
	int status = CLI_OK;

	for (size_t i = 0; !status && i < options->output_count; i++)
		status = get_output(ctx, prog, &options->outputs[i]);
	return status;
}
