// SPDX-License-Identifier: MIT
/* ipu-plan: how a product of matrices or a convolution lies over the tiles. */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "plan_request.h"

uint32_t plan_tiles(const struct plan_request *request)
{
	const struct ipu_plan *plan = &request->plan;
	uint32_t tiles = 1;

	if (!request->is_conv)
		return plan->pb * plan->pm * plan->pn * plan->pk;
	for (int d = 0; d < IPU_CONV_DIMS; d++)
		tiles *= request->conv.parts[d];
	return tiles;
}

void plan_extents(const struct plan_request *request, uint32_t *extents)
{
	const struct ipu_conv_shape *shape = &request->folded;
	const bool grad = request->pass == IPU_CONV_INPUT_GRAD;

	extents[IPU_CONV_N] = shape->images;
	extents[IPU_CONV_Y] = grad ? shape->y.in : shape->y.out;
	extents[IPU_CONV_X] = grad ? shape->x.in : shape->x.out;
	extents[IPU_CONV_G] = shape->groups;
	extents[IPU_CONV_C] = grad ? shape->in : shape->out;
	extents[IPU_CONV_K] = grad ? shape->out : shape->in;
}

double plan_peak(const struct plan_request *request)
{
	const struct ipu_product *product = &request->product;
	const struct ipu_conv_shape *s = &request->shape;
	const double rate = (product->dtype == IPU_F16 ? 64 : 16) * (double)product->tiles;

	if (!request->is_conv)
		return (double)product->batches * product->m * product->n * product->k / rate;
	return (double)s->images * s->y.out * s->x.out * s->y.kernel * s->x.kernel * s->groups *
	       s->in * s->out / rate;
}

/* ---- Finding a plan ----------------------------------------------------------------- */

/* The message of what does not fit is cli_last_message(). */
static int fail_fit(const struct plan_request *request)
{
	static const char *const names[][2] = { { "the input", "the weights" },
						{ "the output's gradient", "the weights" },
						{ "the input", "the output's gradient" } };
	const struct ipu_conv_plan *plan = &request->conv;

	if (!plan->sums)
		return cli_fail(CLI_INPUT, "However it is divided, a tile's part is more than its "
					   "SRAM: use more tiles.");
	return cli_fail(
		CLI_INPUT,
		"It does not fit: a tile needs %u bytes for its part of %s, %u for %s and "
		"%u for the result; with sums that is %u bytes of scratch memory, and there "
		"are %u: %u too few. Give it more with --scratch, or use more tiles.",
		plan->a_bytes, names[request->pass][0], plan->b_bytes, names[request->pass][1],
		plan->c_bytes, plan->scratch, request->product.scratch,
		plan->scratch - request->product.scratch);
}

static bool is_too_large(double a, double b, double c)
{
	return a > INT32_MAX || b > INT32_MAX || c > INT32_MAX;
}

static int plan_convolution(struct plan_request *request)
{
	const struct ipu_conv_shape *s = &request->shape;
	const double channels = (double)s->groups * s->in;

	if (is_too_large((double)s->images * s->y.in * s->x.in * channels,
			 (double)s->images * s->y.out * s->x.out * s->groups * s->out,
			 (double)s->y.kernel * s->x.kernel * channels * s->out))
		return cli_fail(CLI_INPUT, "The input, the output or the weights have 2^31 "
					   "elements or more; divide the convolution.");
	request->folded = *s;
	ipu_conv_fold(&request->folded);
	if (ipu_conv_choose(&request->conv, &request->folded, request->pass, request->product.tiles,
			    request->product.scratch, request->objective == IPU_PLAN_HOST))
		return CLI_OK;
	return fail_fit(request);
}

static int find_plan(struct plan_request *request)
{
	int err;

	if (request->is_conv)
		return plan_convolution(request);
	err = request->has_grid ?
		      ipu_plan_estimate(&request->product, &request->plan) :
		      ipu_plan_matmul(&request->product, request->objective, &request->plan);
	return err ? cli_fail(CLI_INPUT, "%s.", ipu_error()) : CLI_OK;
}

/* One in the middle of each dimension. */
static uint32_t middle(const struct plan_request *request)
{
	const struct ipu_plan *plan = &request->plan;
	uint32_t tile = 0;

	if (!request->is_conv)
		return ((plan->pb / 2 * plan->pm + plan->pm / 2) * plan->pn + plan->pn / 2) *
			       plan->pk +
		       plan->pk / 2;
	for (int d = 0; d < IPU_CONV_DIMS; d++)
		tile = tile * request->conv.parts[d] + request->conv.parts[d] / 2;
	return tile;
}

static int check_tile(struct plan_request *request)
{
	const uint32_t tiles = plan_tiles(request);

	if (!request->has_tile)
		request->tile = middle(request);
	if (!request->svg || !tiles || request->tile < tiles)
		return CLI_OK;
	return cli_fail(CLI_INPUT, "Tile %u has no block: there are %u, from 0.", request->tile,
			tiles);
}

int main(int argc, char **argv)
{
	struct plan_request request;
	int status;

	cli_start("ipu-plan");
	if (!plan_options_parse(argc, argv, &request, &status))
		return status ? status : cli_flush();
	status = find_plan(&request);
	if (!status)
		status = check_tile(&request);
	if (!status && request.svg)
		status = plan_draw(&request);
	if (request.json)
		plan_print_json(&request, status ? cli_last_message() : NULL);
	else if (!status && (!request.svg || strcmp(request.svg, "-")))
		plan_print(&request);
	return cli_flush() ? CLI_OUTPUT : status;
}
