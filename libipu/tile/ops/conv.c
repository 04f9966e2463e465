/* SPDX-License-Identifier: MIT */
/*
 * Convolutions over the tiles, <ipu/op_conv.h>. The positions' operand "a" is the input, or for
 * the input's gradient that of the output; "b" is the weights, or for their gradient that of
 * the output; "c" is the result, of which this tile computes a block.
 */
#include <string.h>

#include "box.h"
#include "conv_kernel.h"
#include "floats.h"
#include "share.h"

/**
 * struct window - positions of an operand that a tile needs, along one axis
 * @local: extent of the buffer
 * @base: position of the operand that its first one is: can be in the padding
 * @step: from one in the buffer to the next
 * @skip: ones before the first one that is in the operand
 * @count: ones that are
 * @result_step: from what one position of the result sees first to what the next one does
 */
struct window {
	uint32_t local;
	int32_t base;
	uint32_t step;
	uint32_t skip;
	uint32_t count;
	uint32_t result_step;
};

/**
 * struct conv_tile - what a tile does; kept
 * @block: for the kernels
 * @a: operands
 * @b: of @block
 * @y: rows of the first one
 * @x: positions in each
 * @pitch: bytes from a position to the next
 * @weights: as they were pulled, if they are transposed
 * @row_taps: ipu_conv_row_taps() of them
 * @weight_rows: how many
 * @weight_columns: of each of the kernel's elements
 * @gather: partial sums, and their sum in the first
 * @slice: elements of each
 * @sums: how many
 * @got: the elements of the result that this tile has, in f32
 * @bias: for each of them; or NULL
 * @to: where they go
 * @count: how many
 * @dtype: float_index() of the result's type
 */
struct conv_tile {
	struct conv_block block;
	struct box a;
	struct box b;
	struct window y;
	struct window x;
	uint32_t pitch;
	const void *weights;
	uint32_t row_taps;
	uint32_t weight_rows;
	uint32_t weight_columns;
	float *gather;
	uint32_t slice;
	uint32_t sums;
	const float *got;
	const void *bias;
	void *to;
	uint32_t count;
	uint32_t dtype;
};

/** struct making - a convolution that is being made */
struct making {
	struct ipu_ops *ops;
	enum ipu_conv_pass pass;
	struct ipu_conv_shape shape;
	struct ipu_conv_plan plan;
	const struct ipu_array *to;
	const struct ipu_array *a;
	const struct ipu_array *b;
	const struct ipu_array *bias;
	uint32_t begin[IPU_CONV_DIMS];
	uint32_t count[IPU_CONV_DIMS];
	bool idle;
	struct conv_tile *tile;
};

enum { N = IPU_CONV_N, Y, X, G, C, K };

/* ---- Work ------------------------------------------------------------------------ */

static bool has_border(const struct window *window)
{
	return window->count < window->local;
}

/* Of the positions, those that are outside of their operand. */
static void clear_border(void *args)
{
	const struct conv_tile *tile = args;
	const struct window *y = &tile->y, *x = &tile->x;
	const uint32_t row_bytes = x->local * tile->pitch, end = x->skip + x->count;
	const struct ipu_range share = ipu_worker_range(tile->block.images * y->local);
	char *row = (char *)tile->block.a + share.begin * row_bytes;

	for (uint32_t i = share.begin; i < share.end; i++, row += row_bytes) {
		if (i % y->local - y->skip >= y->count) {
			memset(row, 0, row_bytes);
			continue;
		}
		memset(row, 0, x->skip * tile->pitch);
		memset(row + end * tile->pitch, 0, (x->local - end) * tile->pitch);
	}
}

static void place(void *args)
{
	const struct conv_tile *tile = args;

	if (tile->a.stage)
		box_place(&tile->a);
	if (tile->b.stage)
		box_place(&tile->b);
}

/*
 * Where in its row element @k of the kernel goes. Of those that a position of the gradient sees, the one with
 * the highest number sees the first position of the operand: they are put in that order, side by side.
 */
static uint32_t turned(const struct conv_block *block, uint32_t row_taps, uint32_t k)
{
	const uint32_t kernel = block->kernel_x, kind = k % row_taps;
	const uint32_t extra = kernel % row_taps, alike = kernel / row_taps + (kind < extra);

	return kind * (kernel / row_taps) + (kind < extra ? kind : extra) + alike - 1 -
	       k / row_taps;
}

/* Each row of the result is a column of the weights, for all elements of the kernel. */
#define TRANSPOSE(type, bits)                                                                   \
	do {                                                                                    \
		const type *from_ = (const type *)tile->weights + k * rows * columns + column;  \
		type *to_ = (type *)tile->block.b + (place * columns + column) * rows;          \
                                                                                                \
		for (uint32_t at = 0, vl; at < rows; at += vl) {                                \
			vl = (uint32_t)__riscv_vsetvl_e##bits##m4(rows - at);                   \
			__riscv_vse##bits(                                                      \
				to_ + at,                                                       \
				__riscv_vlse##bits##_v_u##bits##m4(from_ + at * columns,        \
								   columns * sizeof(type), vl), \
				vl);                                                            \
		}                                                                               \
	} while (0)

static uint32_t turned_element(const struct conv_tile *tile, uint32_t k)
{
	const uint32_t x = k % tile->block.kernel_x;

	return k - x + turned(&tile->block, tile->row_taps, x);
}

static void transpose(void *args)
{
	const struct conv_tile *tile = args;
	const uint32_t rows = tile->weight_rows, columns = tile->weight_columns;
	const struct ipu_range share =
		ipu_worker_range(tile->block.kernel_y * tile->block.kernel_x * columns);
	uint32_t k = share.begin / columns, column = share.begin % columns;
	uint32_t place = turned_element(tile, k);

	for (uint32_t item = share.begin; item < share.end; item++) {
		if (tile->block.halves)
			TRANSPOSE(uint16_t, 16);
		else
			TRANSPOSE(uint32_t, 32);
		if (++column == columns) {
			column = 0;
			place = turned_element(tile, ++k);
		}
	}
}

static void add_sums(void *args)
{
	const struct conv_tile *tile = args;
	const struct ipu_range share = share_of(tile->slice);

	for (uint32_t at = share.begin, vl; at < share.end; at += vl) {
		const float *from = tile->gather + at;
		vfloat32m4_t sum;

		vl = (uint32_t)__riscv_vsetvl_e32m4(share.end - at);
		sum = __riscv_vle32_v_f32m4(from, vl);
		for (uint32_t i = 1; i < tile->sums; i++) {
			from += tile->slice;
			sum = __riscv_vfadd(sum, __riscv_vle32_v_f32m4(from, vl), vl);
		}
		__riscv_vse32(tile->gather + at, sum, vl);
	}
}

#define FINISH(type)                                                                           \
	static void finish_##type(const struct conv_tile *tile, uint32_t at, uint32_t end)     \
	{                                                                                      \
		for (uint32_t vl; at < end; at += vl) {                                        \
			vl = (uint32_t)__riscv_vsetvl_e32m4(end - at);                         \
			vfloat32m4_t sum = load_f32(tile->got, at, vl);                        \
                                                                                               \
			if (tile->bias)                                                        \
				sum = __riscv_vfadd(sum, load_##type(tile->bias, at, vl), vl); \
			store_##type(tile->to, at, sum, vl);                                   \
		}                                                                              \
	}

FINISH(f32)
FINISH(f16)
FINISH(bf16)

static void finish(void *args)
{
	static void (*const kernels[FLOATS])(const struct conv_tile *tile, uint32_t at,
					     uint32_t end) = { finish_f32, finish_f16,
							       finish_bf16 };
	const struct conv_tile *tile = args;
	const struct ipu_range share = share_of(tile->count);

	kernels[tile->dtype](tile, share.begin, share.end);
}

static void clear_result(void *args)
{
	const struct ipu_array *to = args;
	const struct ipu_range own = ipu_array_own(to);

	if (ipu_worker_id() == 0)
		memset(to->data, 0, (own.end - own.begin) * ipu_dtype_bytes(to->dtype));
}

/* ---- Shapes ----------------------------------------------------------------------- */

static struct ipu_conv_axis axis_of(struct ipu_ops *ops, const struct ipu_conv *conv, uint32_t d,
				    const struct ipu_array *x, const struct ipu_array *y,
				    const struct ipu_array *w)
{
	static const char *const names[] = { "rows", "positions in a row" };
	const struct ipu_conv_axis axis = {
		.in = x->shape[1 + d],
		.out = y->shape[1 + d],
		.kernel = w->shape[d],
		.stride = conv->stride[d],
		.padding = conv->padding[d],
		.dilation = conv->dilation[d],
	};
	uint32_t span, want;

	if (!axis.stride || !axis.dilation || !axis.kernel || !axis.in)
		ipu_ops_refuse(ops,
			       "along %s the stride, the dilation, the kernel or the input is 0",
			       names[d]);
	span = (axis.kernel - 1) * axis.dilation + 1;
	if (axis.in + 2 * axis.padding < span)
		ipu_ops_refuse(
			ops, "the input has %lu %s with its padding, and the kernel spans %lu",
			(unsigned long)(axis.in + 2 * axis.padding), names[d], (unsigned long)span);
	want = (axis.in + 2 * axis.padding - span) / axis.stride + 1;
	if (axis.out != want)
		ipu_ops_refuse(ops, "the output has %lu %s, and %lu follow from the input's %lu",
			       (unsigned long)axis.out, names[d], (unsigned long)want,
			       (unsigned long)axis.in);
	return axis;
}

static void check_types(const struct making *making)
{
	const enum ipu_dtype dtype = making->to->dtype;

	if (making->a->dtype != dtype || making->b->dtype != dtype ||
	    (making->bias && making->bias->dtype != dtype))
		ipu_ops_refuse(making->ops, "its operands and its result are of different types");
}

static void read_shape(struct making *making, const struct ipu_conv *conv,
		       const struct ipu_array *x, const struct ipu_array *y,
		       const struct ipu_array *w)
{
	struct ipu_ops *ops = making->ops;
	const uint32_t groups = conv->groups;

	if (x->ndim != 4 || y->ndim != 4 || w->ndim != 4)
		ipu_ops_refuse(ops, "input, output and weights must have 4 dimensions");
	if (!groups || !w->shape[2] || !w->shape[3] || w->shape[3] % groups ||
	    x->shape[3] != groups * w->shape[2] || y->shape[3] != w->shape[3] ||
	    x->shape[0] != y->shape[0])
		ipu_ops_refuse(ops,
			       "%lu images of %lu channels, %lu groups and weights of %lu x %lu "
			       "channels do not give %lu images of %lu channels",
			       (unsigned long)x->shape[0], (unsigned long)x->shape[3],
			       (unsigned long)groups, (unsigned long)w->shape[2],
			       (unsigned long)w->shape[3], (unsigned long)y->shape[0],
			       (unsigned long)y->shape[3]);
	if (making->bias && (making->bias->ndim != 1 || making->bias->count != w->shape[3]))
		ipu_ops_refuse(ops, "the bias has %lu elements, and there are %lu output channels",
			       (unsigned long)making->bias->count, (unsigned long)w->shape[3]);
	check_types(making);
	making->shape = (struct ipu_conv_shape){
		.images = x->shape[0],
		.y = axis_of(ops, conv, 0, x, y, w),
		.x = axis_of(ops, conv, 1, x, y, w),
		.groups = groups,
		.in = w->shape[2],
		.out = w->shape[3] / groups,
		.bytes = ipu_dtype_bytes(y->dtype),
		.halves = float_index(ops, y->dtype) == 1,
	};
	ipu_conv_fold(&making->shape);
}

/* ---- The tile's block --------------------------------------------------------------- */

static void choose_plan(struct making *making, const struct ipu_conv *conv)
{
	static const char *const a_names[] = { "the input", "the output's gradient", "the input" };
	static const char *const b_names[] = { "the weights", "the weights",
					       "the output's gradient" };
	const uint32_t room = making->ops->memory->scratch_bytes;
	struct ipu_conv_plan *plan = &making->plan;

	if (conv->plan)
		*plan = *conv->plan;
	else
		ipu_conv_choose(plan, &making->shape, making->pass, ipu_tile_count(), room,
				conv->host);
	if (!plan->sums)
		ipu_ops_refuse(making->ops, "a tile's part is more than its SRAM: use more tiles");
	if (plan->scratch > room)
		ipu_ops_refuse(
			making->ops,
			"a tile needs %lu bytes for its part of %s, %lu for %s and %lu for the "
			"result; with sums that is %lu bytes of scratch memory, and there are "
			"%lu: %lu too few",
			(unsigned long)plan->a_bytes, a_names[making->pass],
			(unsigned long)plan->b_bytes, b_names[making->pass],
			(unsigned long)plan->c_bytes, (unsigned long)plan->scratch,
			(unsigned long)room, (unsigned long)(plan->scratch - room));
}

static void find_block(struct making *making)
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

/* Elements from a position to the next, in the buffer of the operand. */
static uint32_t a_width(const struct making *making)
{
	return making->count[G] * making->count[K];
}

/* The same of the result's channels. */
static uint32_t b_width(const struct making *making)
{
	return making->count[G] * making->count[C];
}

/* ---- Operands ---------------------------------------------------------------------- */

static void get_positions(struct making *making)
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

static void get_weights(struct making *making)
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

static void get_output(struct making *making)
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

/* ---- What is computed ---------------------------------------------------------------- */

/* One phase: all positions see all weights. Neighbours in a row of the kernel are one tap. */
static void make_forward(struct making *making)
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
static void add_taps(const struct making *making, uint32_t at_y, uint32_t at_x, struct phase *phase,
		     struct tap *tap)
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
				.b = (ky * x->kernel + turned(&tile->block, row_taps, kx)) * width *
				     making->count[C],
			};
		}
	}
}

static void make_input_grad(struct making *making)
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

static void make_weight_grad(struct making *making)
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

static void describe_block(struct making *making)
{
	struct conv_block *block = &making->tile->block;
	const uint32_t *whole = making->plan.block, width = a_width(making);

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

/* ---- Steps -------------------------------------------------------------------------- */

static void add_compute(struct making *making)
{
	static void (*const kernels[])(void *args) = { conv_taps, conv_depthwise_taps, conv_weights,
						       conv_depthwise_weights };
	const bool weights = making->pass == IPU_CONV_WEIGHT_GRAD;
	struct conv_tile *tile = making->tile;
	struct ipu_ops *ops = making->ops;

	if (!making->idle) {
		get_positions(making);
		if (weights)
			get_output(making);
		else
			get_weights(making);
		describe_block(making);
		if (has_border(&tile->y) || has_border(&tile->x))
			ipu_add_work(ops, clear_border, tile);
	}
	ipu_add_exchange(ops);
	if (making->idle)
		return;
	box_pull(ops, &tile->a);
	box_pull(ops, &tile->b);
	if (tile->a.stage || tile->b.stage)
		ipu_add_work(ops, place, tile);
	if (tile->weights)
		ipu_add_work(ops, transpose, tile);
	ipu_add_work(ops, kernels[2 * weights + ipu_conv_depthwise(&making->shape)], &tile->block);
}

/* Tiles from one that has a part of a sum to the next. */
static uint32_t member_step(const struct making *making)
{
	const uint32_t *parts = making->plan.parts;

	return making->pass == IPU_CONV_WEIGHT_GRAD ? parts[G] * parts[C] * parts[K] : 1;
}

static void add_reduction(struct making *making)
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
	ipu_add_work(making->ops, add_sums, tile);
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

static struct layout layout_of(const struct making *making)
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
static void pull_result(struct making *making, float *to)
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

static void add_finish(struct making *making)
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
		ipu_add_work(ops, finish, tile);
}

/* What is made is known: add the steps. */
static void make(struct making *making, const struct ipu_conv *conv)
{
	struct ipu_ops *ops = making->ops;
	uint32_t scratch;

	if (!making->to->count)
		return;
	if (!making->shape.images || !making->a->count) {
		struct ipu_array *to = ipu_ops_keep(ops, sizeof(*to));

		*to = *making->to;
		ipu_add_work(ops, clear_result, to);
		return;
	}
	choose_plan(making, conv);
	find_block(making);
	making->tile = ipu_ops_keep(ops, sizeof(*making->tile));
	*making->tile = (struct conv_tile){
		.y = window_of(making->pass, &making->shape.y, making->begin[Y], making->count[Y]),
		.x = window_of(making->pass, &making->shape.x, making->begin[X], making->count[X]),
	};
	making->tile->block.c = ipu_ops_scratch(ops, making->plan.c_bytes);
	scratch = ops->memory->scratch_used;
	add_compute(making);
	/* Operands are not needed any more; what other tiles pull from is at one place on all. */
	ops->memory->scratch_used = scratch;
	add_reduction(making);
	add_finish(making);
}

void ipu_make_conv2d(struct ipu_ops *ops, const struct ipu_array *y, const struct ipu_array *x,
		     const struct ipu_array *w, const struct ipu_array *bias,
		     const struct ipu_conv *conv)
{
	struct making making = {
		.ops = ops, .pass = IPU_CONV_FORWARD, .to = y, .a = x, .b = w, .bias = bias
	};

	ipu_ops_begin(ops, "conv2d");
	read_shape(&making, conv, x, y, w);
	make(&making, conv);
}

void ipu_make_conv2d_input_grad(struct ipu_ops *ops, const struct ipu_array *dx,
				const struct ipu_array *dy, const struct ipu_array *w,
				const struct ipu_conv *conv)
{
	struct making making = {
		.ops = ops, .pass = IPU_CONV_INPUT_GRAD, .to = dx, .a = dy, .b = w
	};

	ipu_ops_begin(ops, "conv2d_input_grad");
	read_shape(&making, conv, dx, dy, w);
	make(&making, conv);
}

void ipu_make_conv2d_weight_grad(struct ipu_ops *ops, const struct ipu_array *dw,
				 const struct ipu_array *x, const struct ipu_array *dy,
				 const struct ipu_conv *conv)
{
	struct making making = {
		.ops = ops, .pass = IPU_CONV_WEIGHT_GRAD, .to = dw, .a = x, .b = dy
	};

	ipu_ops_begin(ops, "conv2d_weight_grad");
	read_shape(&making, conv, x, dy, dw);
	make(&making, conv);
}
