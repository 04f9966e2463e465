// SPDX-License-Identifier: MIT
/* ipu-plan's command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "plan_request.h"

#define MOST 0x7fffffffu
#define MOST_TILES 65536

static const char help[] =
	"Usage: ipu-plan --matmul MxNxK [OPTION]...\n"
	"       ipu-plan --conv NxHxWxC --kernel HxWxO [OPTION]...\n"
	"Show how a product of matrices, or a convolution, lies over the tiles, and what that is\n"
	"expected to take. No card is needed.\n"
	"\n"
	"  --matmul MxNxK     [M, N] = [M, K] @ [K, N]\n"
	"  --batches N        so many products (default 1)\n"
	"  --shared-b         all of them have the same second operand\n"
	"  --trans-a          the first operand is given as [K, M]\n"
	"  --trans-b          the second operand is given as [N, K]\n"
	"  --accumulate       the product is added to what the result holds\n"
	"  --in-place         the second operand was brought to the tiles before\n"
	"  --to-dtype TYPE    type of the result (default: that of the operands)\n"
	"  --keep BYTES       of a tile for tables, and with --in-place for the second operand\n"
	"                     (default 114688)\n"
	"  --grid BxMxNxKxS   estimate this grid: parts of the batches, rows, columns and sums,\n"
	"                     and serial steps\n"
	"\n"
	"  --conv NxHxWxC     N images of H x W positions and C channels\n"
	"  --kernel HxWxO     the weights' extent, and O output channels\n"
	"  --stride N         or NxN, for rows and positions in a row (default 1)\n"
	"  --padding N        the same; zeros on each side (default 0)\n"
	"  --dilation N       the same (default 1)\n"
	"  --groups N         of channels (default 1)\n"
	"  --pass PASS        forward (default), input-grad or weight-grad\n"
	"\n"
	"  -t, --tiles N      of the run (default 1472)\n"
	"      --dtype TYPE   of the operands: f32 (default), f16 or bf16\n"
	"      --scratch BYTES\n"
	"                     scratch memory of a tile (default 352256)\n"
	"      --host         the least time on the host that emulates the card, instead of the\n"
	"                     fewest card cycles\n"
	"      --svg FILE     draw the blocks into FILE; - is standard output\n"
	"      --tile N       outline tile N in it (default: one in the middle)\n"
	"  -j, --json         print JSON\n"
	"      --help         print this and exit\n"
	"      --version      print the version and exit\n"
	"\n"
	"Exit status: 0; 120 wrong command line; 122 there is no plan, because it does not fit or\n"
	"has too many elements; 126 the output could not be written; 127 something else.\n";

enum option_key {
	MATMUL = 256,
	BATCHES,
	SHARED_B,
	TRANS_A,
	TRANS_B,
	ACCUMULATE,
	IN_PLACE,
	TO_DTYPE,
	KEEP,
	GRID,
	CONV,
	KERNEL,
	STRIDE,
	PADDING,
	DILATION,
	GROUPS,
	PASS,
	DTYPE,
	SCRATCH,
	HOST,
	SVG,
	TILE,
};

static const struct option known[] = {
	{ "matmul", required_argument, NULL, MATMUL },
	{ "batches", required_argument, NULL, BATCHES },
	{ "shared-b", no_argument, NULL, SHARED_B },
	{ "trans-a", no_argument, NULL, TRANS_A },
	{ "trans-b", no_argument, NULL, TRANS_B },
	{ "accumulate", no_argument, NULL, ACCUMULATE },
	{ "in-place", no_argument, NULL, IN_PLACE },
	{ "to-dtype", required_argument, NULL, TO_DTYPE },
	{ "keep", required_argument, NULL, KEEP },
	{ "grid", required_argument, NULL, GRID },
	{ "conv", required_argument, NULL, CONV },
	{ "kernel", required_argument, NULL, KERNEL },
	{ "stride", required_argument, NULL, STRIDE },
	{ "padding", required_argument, NULL, PADDING },
	{ "dilation", required_argument, NULL, DILATION },
	{ "groups", required_argument, NULL, GROUPS },
	{ "pass", required_argument, NULL, PASS },
	{ "tiles", required_argument, NULL, 't' },
	{ "dtype", required_argument, NULL, DTYPE },
	{ "scratch", required_argument, NULL, SCRATCH },
	{ "host", no_argument, NULL, HOST },
	{ "svg", required_argument, NULL, SVG },
	{ "tile", required_argument, NULL, TILE },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'v' },
	{ 0 },
};

/**
 * struct parsed - options that only make sense together
 * @request: to be filled in
 * @given: bit i: option MATMUL + i was given
 * @conv: images, rows, positions, channels
 * @kernel: rows, positions, output channels
 */
struct parsed {
	struct plan_request *request;
	uint32_t given;
	uint32_t conv[4];
	uint32_t kernel[3];
	uint32_t stride[2];
	uint32_t padding[2];
	uint32_t dilation[2];
};

static const char *name_of(int c)
{
	const struct option *option = known;

	while (option->val != c)
		option++;
	return option->name;
}

/* @count numbers with an x between them. */
static bool split(const char *arg, uint32_t *numbers, int count, uint32_t least, uint32_t most)
{
	for (int i = 0; i < count; i++) {
		char number[16];
		const size_t length = strcspn(arg, "x");

		if (length >= sizeof(number) || (arg[length] == 'x') != (i + 1 < count))
			return false;
		memcpy(number, arg, length);
		number[length] = '\0';
		if (!cli_parse_number(number, least, most, &numbers[i]))
			return false;
		arg += length + 1;
	}
	return true;
}

static bool take_numbers(int c, uint32_t *numbers, int count, uint32_t least, uint32_t most)
{
	if (split(optarg, numbers, count, least, most))
		return true;
	cli_fail(CLI_USAGE,
		 count == 1 ? "--%s wants a whole number from %u to %u, not \"%s\"; " CLI_SEE_HELP
			      "." :
			      "--%s wants whole numbers from %u to %u with an x between them, "
			      "not \"%s\"; " CLI_SEE_HELP ".",
		 name_of(c), least, most, optarg);
	return false;
}

/* For both axes, or one number for each. */
static bool take_axes(int c, uint32_t *axes, uint32_t least)
{
	if (!split(optarg, axes, 1, least, UINT16_MAX))
		return take_numbers(c, axes, 2, least, UINT16_MAX);
	axes[1] = axes[0];
	return true;
}

static bool take_dtype(int c, uint32_t *dtype)
{
	static const struct {
		const char *name;
		uint32_t dtype;
	} names[] = { { "f32", IPU_F32 }, { "f16", IPU_F16 }, { "bf16", IPU_BF16 } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(optarg, names[i].name)) {
			*dtype = names[i].dtype;
			return true;
		}
	cli_fail(CLI_USAGE, "--%s wants f32, f16 or bf16, not \"%s\"; " CLI_SEE_HELP ".",
		 name_of(c), optarg);
	return false;
}

static bool take_pass(struct plan_request *request)
{
	static const char *const names[] = { "forward", "input-grad", "weight-grad" };

	for (uint32_t i = 0; i < 3; i++)
		if (!strcmp(optarg, names[i])) {
			request->pass = (enum ipu_conv_pass)i;
			return true;
		}
	cli_fail(CLI_USAGE,
		 "--pass wants forward, input-grad or weight-grad, not \"%s\"; " CLI_SEE_HELP ".",
		 optarg);
	return false;
}

static bool take_product(int c, struct plan_request *request)
{
	struct ipu_product *product = &request->product;
	uint32_t n[5];

	switch (c) {
	case MATMUL:
		if (!take_numbers(c, n, 3, 0, MOST))
			return false;
		product->m = n[0];
		product->n = n[1];
		product->k = n[2];
		return true;
	case GRID:
		request->has_grid = true;
		if (!take_numbers(c, n, 5, 1, MOST))
			return false;
		request->plan = (struct ipu_plan){
			.pb = n[0], .pm = n[1], .pn = n[2], .pk = n[3], .ks = n[4]
		};
		return true;
	case BATCHES:
		return take_numbers(c, &product->batches, 1, 1, MOST);
	case KEEP:
		return take_numbers(c, &product->keep, 1, 0, MOST);
	case TO_DTYPE:
		return take_dtype(c, &product->to_dtype);
	case SHARED_B:
		product->flags |= IPU_SHARED_B;
		return true;
	case TRANS_A:
		product->flags |= IPU_TRANS_A;
		return true;
	case TRANS_B:
		product->flags |= IPU_TRANS_B;
		return true;
	case ACCUMULATE:
		product->flags |= IPU_ACCUMULATE;
		return true;
	default: /* IN_PLACE */
		product->flags |= IPU_IN_PLACE;
		return true;
	}
}

static bool take_conv(int c, struct parsed *parsed)
{
	struct plan_request *request = parsed->request;

	switch (c) {
	case CONV:
		return take_numbers(c, parsed->conv, 4, 1, 1u << 24);
	case KERNEL:
		return take_numbers(c, parsed->kernel, 3, 1, UINT16_MAX);
	case STRIDE:
		return take_axes(c, parsed->stride, 1);
	case PADDING:
		return take_axes(c, parsed->padding, 0);
	case DILATION:
		return take_axes(c, parsed->dilation, 1);
	case GROUPS:
		return take_numbers(c, &request->shape.groups, 1, 1, UINT16_MAX);
	default: /* PASS */
		return take_pass(request);
	}
}

static bool take_option(int c, char **argv, struct parsed *parsed)
{
	struct plan_request *request = parsed->request;

	if (c >= MATMUL)
		parsed->given |= 1u << (c - MATMUL);
	if (c >= MATMUL && c <= GRID)
		return take_product(c, request);
	if (c >= CONV && c <= PASS)
		return take_conv(c, parsed);
	switch (c) {
	case 't':
		return take_numbers(c, &request->product.tiles, 1, 1, MOST_TILES);
	case DTYPE:
		return take_dtype(c, &request->product.dtype);
	case SCRATCH:
		return take_numbers(c, &request->product.scratch, 1, 0, MOST);
	case HOST:
		request->objective = IPU_PLAN_HOST;
		return true;
	case SVG:
		request->svg = optarg;
		return true;
	case TILE:
		request->has_tile = true;
		return take_numbers(c, &request->tile, 1, 0, MOST_TILES - 1);
	case 'j':
		request->json = true;
		return true;
	default:
		return cli_refuse_option(c, argv);
	}
}

/* The axis of a convolution; false if the kernel is longer than the input. */
static bool set_axis(struct ipu_conv_axis *axis, const struct parsed *parsed, int d)
{
	const uint32_t in = parsed->conv[1 + d], kernel = parsed->kernel[d];
	const uint64_t padded = in + 2 * (uint64_t)parsed->padding[d];
	const uint64_t span = (uint64_t)(kernel - 1) * parsed->dilation[d] + 1;

	if (span > padded) {
		cli_fail(CLI_USAGE,
			 "The kernel spans %llu %s, and the input has %llu with its padding.",
			 (unsigned long long)span, d ? "positions in a row" : "rows",
			 (unsigned long long)padded);
		return false;
	}
	*axis = (struct ipu_conv_axis){ in,
					(uint32_t)((padded - span) / parsed->stride[d] + 1),
					kernel,
					parsed->stride[d],
					parsed->padding[d],
					parsed->dilation[d] };
	return true;
}

static bool set_shape(const struct parsed *parsed)
{
	struct plan_request *request = parsed->request;
	struct ipu_conv_shape *shape = &request->shape;

	if (parsed->conv[3] % shape->groups || parsed->kernel[2] % shape->groups) {
		cli_fail(CLI_USAGE,
			 "%u input channels and %u output channels are not divided by %u groups.",
			 parsed->conv[3], parsed->kernel[2], shape->groups);
		return false;
	}
	request->is_conv = true;
	shape->images = parsed->conv[0];
	shape->in = parsed->conv[3] / shape->groups;
	shape->out = parsed->kernel[2] / shape->groups;
	shape->bytes = request->product.dtype == IPU_F32 ? 4 : 2;
	shape->halves = request->product.dtype == IPU_F16;
	return set_axis(&shape->y, parsed, 0) && set_axis(&shape->x, parsed, 1);
}

static bool was_given(const struct parsed *parsed, int first, int last)
{
	const uint32_t all = (2u << (last - MATMUL)) - 1, before = (1u << (first - MATMUL)) - 1;

	return parsed->given & all & ~before;
}

/* One of the two, and only what belongs to it. */
static bool complete(const struct parsed *parsed)
{
	struct ipu_product *product = &parsed->request->product;
	const bool conv = was_given(parsed, CONV, CONV);
	const char *wrong = NULL;

	if (conv == was_given(parsed, MATMUL, MATMUL))
		wrong = "Give either --matmul or --conv";
	else if (conv && !was_given(parsed, KERNEL, KERNEL))
		wrong = "--conv needs --kernel";
	else if (conv && was_given(parsed, MATMUL, GRID))
		wrong = "An option of --matmul is given with --conv";
	else if (!conv && was_given(parsed, CONV, PASS))
		wrong = "An option of --conv is given with --matmul";
	else if (parsed->request->has_tile && !parsed->request->svg)
		wrong = "--tile is for a drawing: give --svg, too";
	else if (parsed->request->json && parsed->request->svg &&
		 !strcmp(parsed->request->svg, "-"))
		wrong = "--json and --svg - both print on standard output";
	if (wrong) {
		cli_fail(CLI_USAGE, "%s; " CLI_SEE_HELP ".", wrong);
		return false;
	}
	if (!product->to_dtype)
		product->to_dtype = product->dtype;
	return !conv || set_shape(parsed);
}

bool plan_options_parse(int argc, char **argv, struct plan_request *request, int *status)
{
	struct parsed parsed = { .request = request, .stride = { 1, 1 }, .dilation = { 1, 1 } };
	int c;

	*request = (struct plan_request){
		.product = { .batches = 1,
			     .dtype = IPU_F32,
			     .tiles = 1472,
			     .scratch = 352256,
			     .keep = 114688 },
		.shape.groups = 1,
	};
	*status = CLI_OK;
	while ((c = getopt_long(argc, argv, ":t:j", known, NULL)) != -1) {
		if (cli_answer(c, help))
			return false;
		if (!take_option(c, argv, &parsed)) {
			*status = CLI_USAGE;
			return false;
		}
	}
	*status = CLI_USAGE;
	if (optind < argc)
		return cli_refuse_argument(argv[optind]);
	return complete(&parsed);
}
