// SPDX-License-Identifier: MIT
/* A plan as text and as JSON. */
#include <stdio.h>

#include "cli.h"
#include "json.h"
#include "plan_request.h"

#define CLOCK_GHZ 1.33 /* of the card */

static const char *const passes[] = { "forward", "input-grad", "weight-grad" };

/* What the tiles of a convolution share, in the order of enum ipu_conv_dim. */
static const char *const dims[] = {
	"images", "rows", "positions", "groups", "channels", "other channels",
};
static const char *const dim_names[] = { "n", "y", "x", "g", "c", "k" };

static const char *dtype_name(uint32_t dtype)
{
	return dtype == IPU_F32 ? "f32" : dtype == IPU_F16 ? "f16" : "bf16";
}

/** struct phases - cycles, as both kinds of plans have them */
struct phases {
	uint32_t compute;
	uint32_t exchange;
	uint32_t reduce;
	uint32_t output;
	uint32_t sync;
	uint32_t cycles;
	uint32_t scratch;
};

static struct phases phases_of(const struct plan_request *request)
{
	const struct ipu_plan *p = &request->plan;
	const struct ipu_conv_plan *c = &request->conv;

	if (request->is_conv)
		return (struct phases){ c->compute, c->exchange, c->reduce, c->output,
					c->sync,    c->cycles,	 c->scratch };
	return (struct phases){ p->compute, p->exchange, p->reduce, p->output,
				p->sync,    p->cycles,	 p->scratch };
}

/* ---- Text --------------------------------------------------------------------------- */

static void print_product(const struct plan_request *request)
{
	const struct ipu_product *product = &request->product;
	const struct ipu_plan *plan = &request->plan;
	const uint32_t flags = product->flags;

	if (product->batches > 1)
		printf("%u products of ", product->batches);
	printf("%u x %u x %u, %s%s%s%s%s%s, on %u tiles\n", product->m, product->n, product->k,
	       dtype_name(product->dtype), flags & IPU_TRANS_A ? ", A transposed" : "",
	       flags & IPU_TRANS_B ? ", B transposed" : "",
	       flags & IPU_SHARED_B ? ", one B for all" : "",
	       flags & IPU_IN_PLACE ? ", B in place" : "",
	       flags & IPU_ACCUMULATE ? ", added to the result" : "", product->tiles);
	printf("  parts           ");
	if (plan->pb > 1)
		printf("%u of the batches, ", plan->pb);
	printf("%u of the rows, %u of the columns, %u of the sums: %u tiles\n", plan->pm, plan->pn,
	       plan->pk, plan_tiles(request));
	printf("  a tile's block  ");
	if (product->batches > 1)
		printf("%u of ", plan->batches);
	printf("%u x %u of the result, sums of %u in %u serial step%s\n", plan->m, plan->n, plan->k,
	       plan->ks, plan->ks == 1 ? "" : "s");
}

static void print_conv(const struct plan_request *request)
{
	const struct ipu_conv_shape *s = &request->shape;
	const struct ipu_conv_plan *plan = &request->conv;
	uint32_t extents[IPU_CONV_DIMS];

	printf("%u images of %u x %u, %u -> %u channels, kernel %u x %u, %s, %s, on %u tiles\n",
	       s->images, s->y.in, s->x.in, s->groups * s->in, s->groups * s->out, s->y.kernel,
	       s->x.kernel, dtype_name(request->product.dtype), passes[request->pass],
	       request->product.tiles);
	plan_extents(request, extents);
	for (int d = 0; d < IPU_CONV_DIMS; d++)
		if (extents[d] > 1)
			printf("  %-14s  %u in %u part%s of %u\n", dims[d], extents[d],
			       plan->parts[d], plan->parts[d] == 1 ? "" : "s", plan->block[d]);
	printf("  tiles           %u compute, %u have partial sums of the same elements\n",
	       plan_tiles(request), plan->sums > 1 ? plan->sums : 0);
}

static void print_phases(const struct plan_request *request)
{
	const struct phases phases = phases_of(request);
	char text[32];

	printf("  card cycles     %u (%s at 1.330 GHz)", phases.cycles,
	       cli_format_ns(phases.cycles / CLOCK_GHZ, text));
	if (phases.cycles && plan_peak(request) > 0)
		printf(", %.1f %% of the peak", 100 * plan_peak(request) / phases.cycles);
	printf("\n    computing     %u\n    operands      %u\n", phases.compute, phases.exchange);
	printf("    partial sums  %u\n    result        %u\n    barriers      %u\n", phases.reduce,
	       phases.output, phases.sync);
	printf("  scratch memory  %u of %u bytes\n", phases.scratch, request->product.scratch);
	if (!request->is_conv)
		printf("  kept memory     %u of %u bytes\n  host time       about %s\n",
		       request->plan.keep, request->product.keep,
		       cli_format_ns(1e3 * request->plan.host_us, text));
}

void plan_print(const struct plan_request *request)
{
	if (request->is_conv)
		print_conv(request);
	else
		print_product(request);
	print_phases(request);
}

/* ---- JSON --------------------------------------------------------------------------- */

static void put_axis(struct json *json, const char *name, const struct ipu_conv_axis *axis)
{
	json_object(json, name);
	json_count(json, "in", axis->in);
	json_count(json, "out", axis->out);
	json_count(json, "kernel", axis->kernel);
	json_count(json, "stride", axis->stride);
	json_count(json, "padding", axis->padding);
	json_count(json, "dilation", axis->dilation);
	json_close(json);
}

static void put_question(struct json *json, const struct plan_request *request)
{
	const struct ipu_product *product = &request->product;
	const struct ipu_conv_shape *shape = &request->shape;

	json_string(json, "operation", request->is_conv ? "conv" : "matmul");
	json_string(json, "dtype", dtype_name(product->dtype));
	json_count(json, "tiles", product->tiles);
	if (request->is_conv) {
		json_string(json, "pass", passes[request->pass]);
		json_count(json, "images", shape->images);
		put_axis(json, "y", &shape->y);
		put_axis(json, "x", &shape->x);
		json_count(json, "groups", shape->groups);
		json_count(json, "in", shape->in);
		json_count(json, "out", shape->out);
		return;
	}
	json_string(json, "to_dtype", dtype_name(product->to_dtype));
	json_count(json, "batches", product->batches);
	json_count(json, "m", product->m);
	json_count(json, "n", product->n);
	json_count(json, "k", product->k);
	json_bool(json, "trans_a", product->flags & IPU_TRANS_A);
	json_bool(json, "trans_b", product->flags & IPU_TRANS_B);
	json_bool(json, "shared_b", product->flags & IPU_SHARED_B);
	json_bool(json, "accumulate", product->flags & IPU_ACCUMULATE);
	json_bool(json, "in_place", product->flags & IPU_IN_PLACE);
}

static void put_product(struct json *json, const struct ipu_plan *plan)
{
	json_object(json, "parts");
	json_count(json, "batches", plan->pb);
	json_count(json, "m", plan->pm);
	json_count(json, "n", plan->pn);
	json_count(json, "k", plan->pk);
	json_close(json);
	json_object(json, "block");
	json_count(json, "batches", plan->batches);
	json_count(json, "m", plan->m);
	json_count(json, "n", plan->n);
	json_count(json, "k", plan->k);
	json_close(json);
	json_count(json, "serial_steps", plan->ks);
	json_count(json, "keep_bytes", plan->keep);
	json_count(json, "host_us", plan->host_us);
}

static void put_conv(struct json *json, const struct ipu_conv_plan *plan)
{
	json_object(json, "parts");
	for (int d = 0; d < IPU_CONV_DIMS; d++)
		json_count(json, dim_names[d], plan->parts[d]);
	json_close(json);
	json_object(json, "block");
	for (int d = 0; d < IPU_CONV_DIMS; d++)
		json_count(json, dim_names[d], plan->block[d]);
	json_close(json);
	json_count(json, "sums", plan->sums);
}

static void put_plan(struct json *json, const struct plan_request *request)
{
	const struct phases phases = phases_of(request);

	json_count(json, "tiles_used", plan_tiles(request));
	if (request->is_conv)
		put_conv(json, &request->conv);
	else
		put_product(json, &request->plan);
	json_count(json, "scratch_bytes", phases.scratch);
	json_object(json, "cycles");
	json_count(json, "compute", phases.compute);
	json_count(json, "exchange", phases.exchange);
	json_count(json, "reduce", phases.reduce);
	json_count(json, "output", phases.output);
	json_count(json, "sync", phases.sync);
	json_count(json, "total", phases.cycles);
	json_close(json);
	json_number(json, "peak_cycles", plan_peak(request));
}

void plan_print_json(const struct plan_request *request, const char *error)
{
	struct json json;

	json_begin(&json, "ipu-plan");
	put_question(&json, request);
	if (error)
		json_string(&json, "error", error);
	else
		put_plan(&json, request);
	json_end(&json);
}
