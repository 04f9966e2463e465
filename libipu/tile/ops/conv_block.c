/* SPDX-License-Identifier: MIT */
/* What a tile computes of a convolution: its block, the operands for it, and their taps. */
#include "conv.h"

static void find_part(struct conv_making *making)
{
	const struct ipu_conv_plan *plan = &making->plan;
	const struct ipu_conv_shape *shape = &making->shape;
	const bool grad = making->pass == IPU_CONV_INPUT_GRAD;
	const uint32_t extent[IPU_CONV_DIMS] = {
		shape->images, grad ? shape->y.in : shape->y.out, grad ? shape->x.in : shape->x.out,
		shape->groups, grad ? shape->in : shape->out,	  grad ? shape->out : shape->in,
	};
	uint32_t left = ipu_tile_id(), tiles = 1;

	for (uint32_t d = IPU_CONV_DIMS; d-- > 0; left /= plan->parts[d]) {
		const uint32_t block = plan->block[d];
		uint32_t begin;

		if (!block || plan->parts[d] != (extent[d] + block - 1) / block)
			ipu_ops_refuse(making->ops, "the plan is not of this shape and pass");
		tiles *= plan->parts[d];
		begin = left % plan->parts[d] * block;
		making->begin[d] = begin;
		making->count[d] = extent[d] - begin < block ? extent[d] - begin : block;
	}
	making->idle = left > 0;
	if (tiles > ipu_tile_count())
		ipu_ops_refuse(making->ops, "the plan is for %lu tiles, and there are %lu",
			       (unsigned long)tiles, (unsigned long)ipu_tile_count());
}

static int32_t floor_div(int32_t n, int32_t by)
{
	return n >= 0 ? n / by : -((-n + by - 1) / by);
}

static struct window window_of(enum ipu_conv_pass pass, const struct ipu_conv_axis *axis,
			       uint32_t begin, uint32_t count)
{
	const bool grad = pass == IPU_CONV_INPUT_GRAD, point = axis->kernel == 1;
	const int32_t stride = (int32_t)axis->stride;
	const int32_t extent = (int32_t)(grad ? axis->out : axis->in);
	const int32_t span = (int32_t)((axis->kernel - 1) * axis->dilation);
	struct window window = {
		.local = ipu_conv_local(pass, axis, count),
		.step = !grad && point ? axis->stride : 1,
		.result_step = grad || point ? 1 : axis->stride,
	};
	int32_t end;

	if (grad)
		window.base =
			floor_div((int32_t)(begin + axis->padding) - span + stride - 1, stride);
	else
		window.base = (int32_t)(begin * axis->stride) - (int32_t)axis->padding;
	if (window.base < 0)
		window.skip = ((uint32_t)-window.base + window.step - 1) / window.step;
	if (window.skip > window.local)
		window.skip = window.local;
	end = floor_div(extent - window.base + (int32_t)window.step - 1, (int32_t)window.step);
	if (end > (int32_t)window.local)
		end = (int32_t)window.local;
	window.count = end > (int32_t)window.skip ? (uint32_t)end - window.skip : 0;
	return window;
}

void conv_find_block(struct conv_making *making)
{
	find_part(making);
	making->tile = ipu_ops_keep(making->ops, sizeof(*making->tile));
	*making->tile = (struct conv_tile){
		.y = window_of(making->pass, &making->shape.y, making->begin[Y], making->count[Y]),
		.x = window_of(making->pass, &making->shape.x, making->begin[X], making->count[X]),
	};
}

/* Elements from a position to the next, in the buffer of the operand. */
static uint32_t a_width(const struct conv_making *making)
{
	return making->count[G] * making->count[K];
}

/* The same of the result's channels. */
static uint32_t b_width(const struct conv_making *making)
{
	return making->count[G] * making->count[C];
}

static void get_positions(struct conv_making *making)
{
	const struct ipu_conv_shape *shape = &making->shape;
	const bool grad = making->pass == IPU_CONV_INPUT_GRAD;
	struct conv_tile *tile = making->tile;
	const struct window *y = &tile->y, *x = &tile->x;
	const uint32_t per_group = grad ? shape->out : shape->in;
	const uint32_t channels = shape->groups * per_group, width = a_width(making);
	const uint32_t row = channels * (grad ? shape->x.out : shape->x.in);
	const uint32_t image = row * (grad ? shape->y.out : shape->y.in);
	const uint32_t bytes = shape->halves ? 2 : 4;
	const uint32_t count = making->count[N] * y->local * x->local * width;
	char *buffer =
		ipu_ops_scratch(making->ops, (count + 8 * x->result_step * width + 64) * bytes);

	tile->block.a = buffer;
	tile->pitch = width * bytes;
	tile->a = (struct box){
		.array = *making->a,
		.from = making->begin[N] * image +
			(uint32_t)(y->base + (int32_t)(y->skip * y->step)) * row +
			(uint32_t)(x->base + (int32_t)(x->skip * x->step)) * channels +
			making->begin[G] * per_group + making->begin[K],
		.n = { making->count[N], y->count, x->count },
		.from_step = { image, y->step * row, x->step * channels },
		.to_step = { y->local * x->local * width, x->local * width, width },
		.count = width,
		.to = buffer + (y->skip * x->local + x->skip) * width * bytes,
	};
	box_init(making->ops, &tile->a);
}

static void get_weights(struct conv_making *making)
{
	const struct ipu_conv_shape *shape = &making->shape;
	const bool grad = making->pass == IPU_CONV_INPUT_GRAD;
	const uint32_t kernel = shape->y.kernel * shape->x.kernel;
	const uint32_t channels = shape->groups * shape->out;
	const uint32_t in = grad ? C : K, out = grad ? K : C;
	const uint32_t width = making->count[G] * making->count[out];
	const uint32_t bytes = (kernel * making->count[in] * width + 64) * (shape->halves ? 2 : 4);
	struct conv_tile *tile = making->tile;
	void *buffer = ipu_ops_scratch(making->ops, bytes);

	tile->block.b = buffer;
	/* Transposing a single channel changes nothing. */
	if (grad && making->count[in] > 1) {
		tile->weights = tile->block.c;
		tile->weight_rows = making->count[in];
		tile->weight_columns = width;
		tile->row_taps = ipu_conv_row_taps(making->pass, shape, making->count);
	}
	tile->b = (struct box){
		.array = *making->b,
		.from = making->begin[in] * channels + making->begin[G] * shape->out +
			making->begin[out],
		.n = { 1, kernel, making->count[in] },
		.from_step = { 0, shape->in * channels, channels },
		.to_step = { 0, making->count[in] * width, width },
		.count = width,
		.to = tile->weights ? tile->block.c : buffer,
	};
	box_init(making->ops, &tile->b);
}

static void get_output(struct conv_making *making)
{
	const struct ipu_conv_shape *shape = &making->shape;
	const uint32_t channels = shape->groups * shape->out, width = b_width(making);
	const uint32_t row = channels * shape->x.out, image = row * shape->y.out;
	const uint32_t *count = making->count, *begin = making->begin;
	struct conv_tile *tile = making->tile;
	void *buffer = ipu_ops_scratch(making->ops, (count[N] * count[Y] * count[X] * width + 64) *
							    (shape->halves ? 2 : 4));

	tile->block.b = buffer;
	tile->b = (struct box){
		.array = *making->b,
		.from = begin[N] * image + begin[Y] * row + begin[X] * channels +
			begin[G] * shape->out + begin[C],
		.n = { count[N], count[Y], count[X] },
		.from_step = { image, row, channels },
		.to_step = { count[Y] * count[X] * width, count[X] * width, width },
		.count = width,
		.to = buffer,
	};
	box_init(making->ops, &tile->b);
}

/* One phase: all positions see all weights. Neighbours in a row of the kernel are one tap. */
static void make_forward(struct conv_making *making)
{
	const struct ipu_conv_axis *y = &making->shape.y, *x = &making->shape.x;
	struct conv_block *block = &making->tile->block;
	const uint32_t width = a_width(making), row = making->tile->x.local * width;
	const uint32_t kx = ipu_conv_row_taps(making->pass, &making->shape, making->count);
	const uint32_t taps = y->kernel * kx, depth = making->count[K] * (x->kernel / kx);
	struct phase *phase = ipu_ops_keep(making->ops, sizeof(*phase));
	struct tap *tap = ipu_ops_keep(making->ops, taps * sizeof(*tap));

	for (uint32_t t = 0; t < taps; t++)
		tap[t] = (struct tap){ .a = t / kx * y->dilation * row +
					    t % kx * x->dilation * width,
				       .b = t * depth * b_width(making) };
	*phase = (struct phase){ .rows = making->count[Y],
				 .cols = making->count[X],
				 .depth = depth,
				 .taps = taps,
				 .tap = tap };
	block->phase = phase;
	block->phases = 1;
	block->b_row = b_width(making);
	block->b_group = making->count[C];
}

/* Can position @at of the input be seen through element @k of the kernel? From where? */
static bool sees(const struct ipu_conv_axis *axis, const struct window *window, uint32_t at,
		 uint32_t k, uint32_t *from)
{
	const int32_t distance = (int32_t)(at + axis->padding) - (int32_t)(k * axis->dilation);
	const int32_t output = floor_div(distance, (int32_t)axis->stride);

	*from = (uint32_t)(output - window->base);
	return output * (int32_t)axis->stride == distance;
}

/* The taps of the phase that begins at a position of the block: of a row of the kernel, what it sees is one. */
static void add_taps(const struct conv_making *making, uint32_t at_y, uint32_t at_x,
		     struct phase *phase, struct tap *tap)
{
	const struct ipu_conv_axis *y = &making->shape.y, *x = &making->shape.x;
	const struct conv_tile *tile = making->tile;
	const uint32_t width = a_width(making);
	const uint32_t row_taps = ipu_conv_row_taps(making->pass, &making->shape, making->count);
	uint32_t from_y, from_x;

	phase->tap = tap;
	for (uint32_t ky = 0; ky < y->kernel; ky++) {
		if (!sees(y, &tile->y, making->begin[Y] + at_y, ky, &from_y))
			continue;
		for (uint32_t kx = x->kernel - row_taps; kx < x->kernel; kx++) {
			if (!sees(x, &tile->x, making->begin[X] + at_x, kx, &from_x))
				continue;
			phase->depth = (kx / row_taps + 1) * making->count[K];
			tap[phase->taps++] = (struct tap){
				.a = (from_y * tile->x.local + from_x) * width,
				.b = (ky * x->kernel + conv_turned(&tile->block, row_taps, kx)) *
				     width * making->count[C],
			};
		}
	}
}

static void make_input_grad(struct conv_making *making)
{
	const struct ipu_conv_axis *y = &making->shape.y, *x = &making->shape.x;
	struct conv_block *block = &making->tile->block;
	const uint32_t *count = making->count;
	const uint32_t sy = y->stride < count[Y] ? y->stride : count[Y];
	const uint32_t sx = x->stride < count[X] ? x->stride : count[X];
	struct phase *phase = ipu_ops_keep(making->ops, sy * sx * sizeof(*phase));
	struct tap *tap = ipu_ops_keep(making->ops, y->kernel * x->kernel * sizeof(*tap));

	block->kernel_y = y->kernel;
	block->kernel_x = x->kernel;
	block->phase = phase;
	block->phases = sy * sx;
	for (uint32_t i = 0; i < sy * sx; i++, phase++) {
		const uint32_t at_y = i / sx, at_x = i % sx;

		*phase = (struct phase){
			.rows = (count[Y] - at_y + y->stride - 1) / y->stride,
			.cols = (count[X] - at_x + x->stride - 1) / x->stride,
			.c = at_y * block->c_row + at_x * block->c_col,
		};
		add_taps(making, at_y, at_x, phase, tap);
		tap += phase->taps;
	}
	block->c_row *= y->stride;
	block->c_col *= x->stride;
	block->b_row = count[C];
	block->b_group = count[K] * count[C];
}

static void make_weight_grad(struct conv_making *making)
{
	const struct ipu_conv_axis *y = &making->shape.y, *x = &making->shape.x;
	struct conv_block *block = &making->tile->block;
	const uint32_t *whole = making->plan.block;
	const uint32_t row_taps = ipu_conv_row_taps(making->pass, &making->shape, making->count);
	const bool together = making->count[K] == whole[K] && row_taps == 1;

	block->b_row = b_width(making);
	block->b_group = making->count[C];
	block->rows = making->count[Y];
	block->cols = making->count[X];
	block->depth = making->count[K] * (together ? x->kernel : 1);
	block->kernel_y = y->kernel;
	block->kernel_x = together ? 1 : x->kernel;
	block->a_kernel_y = y->dilation * making->tile->x.local * a_width(making);
	block->a_kernel_x = x->dilation * a_width(making);
	block->c_col = whole[G] * whole[C];
	block->c_kernel_x = whole[K] * block->c_col;
	block->c_kernel_y = x->kernel * block->c_kernel_x;
}

void conv_describe_block(struct conv_making *making)
{
	struct conv_block *block = &making->tile->block;
	const uint32_t *whole = making->plan.block, width = a_width(making);

	get_positions(making);
	if (making->pass == IPU_CONV_WEIGHT_GRAD)
		get_output(making);
	else
		get_weights(making);
	block->halves = making->shape.halves;
	block->images = making->count[N];
	block->groups = making->count[G];
	block->columns = making->count[C];
	block->a_col = making->tile->x.result_step * width;
	block->a_row = making->tile->y.result_step * making->tile->x.local * width;
	block->a_image = making->tile->y.local * making->tile->x.local * width;
	block->a_group = making->count[K];
	block->c_group = whole[C];
	block->c_col = whole[G] * whole[C];
	block->c_row = whole[X] * block->c_col;
	block->c_image = whole[Y] * block->c_row;
	if (ipu_conv_depthwise(&making->shape))
		block->columns = making->count[G];
	if (making->pass == IPU_CONV_FORWARD)
		make_forward(making);
	else if (making->pass == IPU_CONV_INPUT_GRAD)
		make_input_grad(making);
	else
		make_weight_grad(making);
}
