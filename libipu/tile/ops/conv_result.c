/* SPDX-License-Identifier: MIT */
/* A convolution's result: partial sums are added, and elements go where their array has them. */
#include "conv.h"
#include "floats.h"

/* Tiles from one that has a part of a sum to the next. */
static uint32_t member_step(const struct conv_making *making)
{
	const uint32_t *parts = making->plan.parts;

	return making->pass == IPU_CONV_WEIGHT_GRAD ? parts[G] * parts[C] * parts[K] : 1;
}

void conv_add_reduction(struct conv_making *making)
{
	const struct ipu_conv_plan *plan = &making->plan;
	const uint32_t step = member_step(making), member = ipu_tile_id() / step % plan->sums;
	struct conv_tile *tile = making->tile;

	tile->slice = plan->slice;
	tile->sums = plan->sums;
	if (plan->sums == 1)
		return;
	tile->gather = ipu_ops_scratch(making->ops, plan->slice * plan->sums * 4);
	ipu_add_exchange(making->ops);
	if (making->idle)
		return;
	for (uint32_t i = 0; i < plan->sums; i++)
		ipu_pull_add(making->ops, ipu_tile_id() - member * step + i * step,
			     tile->block.c + member * plan->slice, tile->gather + i * plan->slice,
			     plan->slice * 4);
	ipu_add_work(making->ops, conv_add_sums, tile);
}

/**
 * struct layout - where the elements of the result are, which has five dimensions here
 * @extent: of the result
 * @block: that a tile has
 * @step: tiles from a part of the dimension to the next
 */
struct layout {
	uint32_t extent[5];
	uint32_t block[5];
	uint32_t step[5];
};

static struct layout layout_of(const struct conv_making *making)
{
	const struct ipu_conv_shape *shape = &making->shape;
	const uint32_t *parts = making->plan.parts, *block = making->plan.block;
	const bool grad = making->pass == IPU_CONV_INPUT_GRAD;
	const uint32_t kernel = shape->y.kernel * shape->x.kernel;
	const uint32_t c = parts[K], g = c * parts[C], x = g * parts[G], y = x * parts[X];

	if (making->pass == IPU_CONV_WEIGHT_GRAD)
		return (struct layout){
			.extent = { 1, kernel, shape->in, shape->groups, shape->out },
			.block = { 1, kernel, block[K], block[G], block[C] },
			.step = { 0, 0, 1, g, c },
		};
	return (struct layout){
		.extent = { shape->images, grad ? shape->y.in : shape->y.out,
			    grad ? shape->x.in : shape->x.out, shape->groups,
			    grad ? shape->in : shape->out },
		.block = { block[N], block[Y], block[X], block[G], block[C] },
		.step = { y * parts[Y], y, x, g, c },
	};
}

/* Elements of the result from number @at on that are together: their tile and their place. */
static uint32_t find_run(const struct layout *layout, uint32_t at, uint32_t *tile, uint32_t *place)
{
	const uint32_t last = layout->extent[4], column = at % last;
	uint32_t size = 1, run = layout->block[4] - column % layout->block[4];

	*tile = *place = 0;
	for (uint32_t d = 5; d-- > 0;) {
		const uint32_t index = at % layout->extent[d], part = index / layout->block[d];

		at /= layout->extent[d];
		*tile += part * layout->step[d];
		*place += (index - part * layout->block[d]) * size;
		size *= layout->block[d];
	}
	return run < last - column ? run : last - column;
}

/* Bring the elements that this tile has of the result. */
static void pull_result(struct conv_making *making, float *to)
{
	const struct conv_tile *tile = making->tile;
	const struct ipu_range own = ipu_array_own(making->to);
	const struct layout layout = layout_of(making);
	uint32_t from, place, run;

	for (uint32_t at = own.begin; at < own.end; at += run) {
		run = find_run(&layout, at, &from, &place);
		if (run > own.end - at)
			run = own.end - at;
		if (tile->sums > 1) {
			const uint32_t left = tile->slice - place % tile->slice;

			if (run > left)
				run = left;
			from += place / tile->slice * member_step(making);
			place %= tile->slice;
		}
		ipu_pull_add(making->ops, from,
			     (tile->sums > 1 ? tile->gather : tile->block.c) + place,
			     to + (at - own.begin), run * 4);
	}
}

void conv_add_finish(struct conv_making *making)
{
	const struct ipu_array *to = making->to, *bias = making->bias;
	const struct ipu_range own = ipu_array_own(to);
	struct conv_tile *tile = making->tile;
	struct ipu_ops *ops = making->ops;
	const bool direct = to->dtype == IPU_F32 && !bias;
	struct ipu_fetch *fetch = NULL;
	const uint32_t bytes = (to->chunk ? to->chunk : to->count) * 4;
	float *got = to->data;

	if (!direct)
		got = ipu_ops_scratch(ops, bytes);
	if (bias) {
		const struct ipu_view view = ipu_view_broadcast(ops, bias, 4, to->shape);
		void *each = ipu_ops_scratch(ops, bytes);

		tile->bias = each;
		fetch = ipu_fetch_init(ops, bias, &view, own.begin, own.end, each);
	}
	tile->got = got;
	tile->to = to->data;
	tile->count = own.end - own.begin;
	tile->dtype = float_index(ops, to->dtype);
	ipu_add_exchange(ops);
	pull_result(making, got);
	if (fetch) {
		ipu_fetch_pull(ops, fetch);
		ipu_fetch_finish(ops, fetch);
	}
	if (!direct && tile->count)
		ipu_add_work(ops, conv_finish, tile);
}
