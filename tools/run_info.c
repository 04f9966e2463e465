// SPDX-License-Identifier: MIT
/* What ipu-run --info says of a program: its tensors, and what fills a tile's SRAM. */
#include <stdio.h>

#include <ipu.h>

#include "cli.h"
#include "json.h"
#include "run_info.h"

static const char *layout_name(uint32_t layout)
{
	switch (layout) {
	case IPU_SHARDED:
		return "sharded";
	case IPU_BROADCAST:
		return "broadcast";
	case IPU_GRID:
		return "grid";
	default:
		return "?";
	}
}

static const char *direction_name(uint32_t direction)
{
	switch (direction) {
	case IPU_TENSOR_IN:
		return "input";
	case IPU_TENSOR_OUT:
		return "output";
	default:
		return "in and out";
	}
}

/* "64 x 1024", what one tile can hold */
static const char *shape_text(const struct ipu_tensor_desc *desc, char *text, size_t bytes)
{
	size_t used = 0;

	for (uint32_t i = 0; i < desc->ndim && used < bytes; i++)
		used += (size_t)snprintf(text + used, bytes - used, "%s%u", i ? " x " : "",
					 desc->shape[i]);
	return text;
}

static void print_tensors(const struct ipu_program *prog)
{
	char shape[96];

	if (!ipu_program_tensor_count(prog))
		return;
	printf("\n  %-16s %-8s %-20s %-10s %s\n", "tensor", "type", "on a tile, at most", "layout",
	       "direction");
	for (size_t i = 0; i < ipu_program_tensor_count(prog); i++) {
		struct ipu_tensor_desc desc = { .size = sizeof(desc) };

		ipu_program_tensor(prog, i, &desc);
		printf("  %-16s %-8s %-20s %-10s %s\n", desc.name, ipu_dtype_name(desc.dtype),
		       shape_text(&desc, shape, sizeof(shape)), layout_name(desc.layout),
		       direction_name(desc.direction));
	}
}

static void print_regions(const struct ipu_program *prog)
{
	printf("\n  %-8s %8s  %s\n", "address", "bytes", "what");
	for (size_t i = 0; i < ipu_program_region_count(prog); i++) {
		struct ipu_region region = { .size = sizeof(region) };

		ipu_program_region(prog, i, &region);
		printf("  0x%-6x %8u  %s%s%s\n", region.addr, region.bytes,
		       ipu_region_name(region.kind), region.name[0] ? " " : "", region.name);
	}
}

/* Bytes of each kind; the sum is a tile's SRAM. */
static uint32_t add_up(const struct ipu_program *prog, uint32_t sums[IPU_REGION_KINDS])
{
	uint32_t total = 0;

	for (size_t i = 0; i < ipu_program_region_count(prog); i++) {
		struct ipu_region region = { .size = sizeof(region) };

		ipu_program_region(prog, i, &region);
		sums[region.kind] += region.bytes;
		total += region.bytes;
	}
	return total;
}

static void print_sums(const struct ipu_program *prog)
{
	uint32_t sums[IPU_REGION_KINDS] = { 0 };
	uint32_t total = add_up(prog, sums);

	putchar('\n');
	for (uint32_t kind = 0; kind < IPU_REGION_KINDS; kind++)
		printf("  %-10s %8u  %5.1f %%\n", ipu_region_name(kind), sums[kind],
		       100.0 * sums[kind] / total);
	printf("  %-10s %8u\n", "all", total);
}

static void add_tensors(struct json *json, const struct ipu_program *prog)
{
	json_array(json, "tensors");
	for (size_t i = 0; i < ipu_program_tensor_count(prog); i++) {
		struct ipu_tensor_desc desc = { .size = sizeof(desc) };

		ipu_program_tensor(prog, i, &desc);
		json_object(json, NULL);
		json_string(json, "name", desc.name);
		json_string(json, "dtype", ipu_dtype_name(desc.dtype));
		json_string(json, "layout", layout_name(desc.layout));
		json_bool(json, "input", desc.direction & IPU_TENSOR_IN);
		json_bool(json, "output", desc.direction & IPU_TENSOR_OUT);
		json_array(json, "shape");
		for (uint32_t dim = 0; dim < desc.ndim; dim++)
			json_count(json, NULL, desc.shape[dim]);
		json_close(json);
		json_close(json);
	}
	json_close(json);
}

static void add_regions(struct json *json, const struct ipu_program *prog)
{
	json_array(json, "regions");
	for (size_t i = 0; i < ipu_program_region_count(prog); i++) {
		struct ipu_region region = { .size = sizeof(region) };

		ipu_program_region(prog, i, &region);
		json_object(json, NULL);
		json_string(json, "kind", ipu_region_name(region.kind));
		json_string(json, "name", region.name[0] ? region.name : NULL);
		json_hex(json, "address", region.addr, 1);
		json_count(json, "bytes", region.bytes);
		json_close(json);
	}
	json_close(json);
}

static void print_json(const char *path, const struct ipu_program *prog, int status)
{
	uint32_t sums[IPU_REGION_KINDS] = { 0 };
	struct json json;

	json_begin(&json, "ipu-run-info");
	json_string(&json, "program", path);
	json_count(&json, "status", (uint64_t)status);
	if (status)
		json_string(&json, "error", cli_last_message());
	if (prog) {
		json_hex(&json, "entry", ipu_program_entry(prog), 1);
		json_count(&json, "sram_bytes", add_up(prog, sums));
		json_object(&json, "bytes");
		for (uint32_t kind = 0; kind < IPU_REGION_KINDS; kind++)
			json_count(&json, ipu_region_name(kind), sums[kind]);
		json_close(&json);
		add_tensors(&json, prog);
		add_regions(&json, prog);
	}
	json_end(&json);
}

int run_info(const char *path, bool json)
{
	struct ipu_program *prog;
	int status = CLI_OK;

	if (ipu_program_open(path, &prog))
		status = cli_fail(CLI_INPUT, "%s", ipu_error());
	if (json) {
		print_json(path, prog, status);
	} else if (prog) {
		printf("%s\n", path);
		print_tensors(prog);
		print_regions(prog);
		print_sums(prog);
	}
	ipu_program_close(prog);
	return cli_flush() ? CLI_OUTPUT : status;
}
