/* SPDX-License-Identifier: MIT */
/*
 * Pooling, <ipu/op_pool.h>. A tile computes its own elements of the result. Each position of it
 * sees a few positions of the other array: a window of the input, or for the gradient the
 * outputs whose windows the position is in.
 */
#include "floats.h"

/**
 * struct axis - pooling along one axis
 * @seen: extent of the array that is read
 * @own: extent of the result
 */
struct axis {
	uint32_t seen;
	uint32_t own;
	uint32_t kernel;
	uint32_t stride;
	uint32_t padding;
	uint32_t dilation;
};

/** struct seen - positions along an axis: @count of them from @first on, each @step further */
struct seen {
	uint32_t first;
	uint32_t count;
	uint32_t step;
};

/**
 * struct pool - what a tile does; kept
 * @axis: rows, positions in a row
 * @channels: of each position
 * @grad: the result is the gradient of the input
 * @max: of the largest elements, not of means
 * @include_padding: as of struct ipu_pool
 * @dtype: float_index() of the arrays
 * @own: elements of the result
 * @to: where they go
 * @index_to: where indices go, or NULL
 * @first: number of the first position
 * @positions: how many
 * @rows: most rows that a position sees
 * @seen: what was received: for each row and position
 * @pitch: words from one to the next
 * @index: the same of the indices
 * @index_pitch: words
 */
struct pool {
	struct axis axis[2];
	uint32_t channels;
	bool grad;
	bool max;
	bool include_padding;
	uint32_t dtype;
	struct ipu_range own;
	void *to;
	int32_t *index_to;
	uint32_t first;
	uint32_t positions;
	uint32_t rows;
	uint32_t *seen;
	uint32_t pitch;
	uint32_t *index;
	uint32_t index_pitch;
};

/* ---- Windows -------------------------------------------------------------------------- */

static struct seen input_seen(const struct axis *axis, uint32_t at)
{
	const int32_t start = (int32_t)(at * axis->stride) - (int32_t)axis->padding;
	const uint32_t skip =
		start < 0 ? ((uint32_t)-start + axis->dilation - 1) / axis->dilation : 0;
	const uint32_t first = (uint32_t)(start + (int32_t)(skip * axis->dilation));
	struct seen seen = { first, 0, axis->dilation };

	if (skip < axis->kernel && first < axis->seen) {
		seen.count = (axis->seen - first + axis->dilation - 1) / axis->dilation;
		if (seen.count > axis->kernel - skip)
			seen.count = axis->kernel - skip;
	}
	return seen;
}

/* All that can have seen it. With dilation, some have not. */
static struct seen outputs_seen(const struct axis *axis, uint32_t at)
{
	const int32_t low =
		(int32_t)(at + axis->padding) - (int32_t)((axis->kernel - 1) * axis->dilation);
	const uint32_t first = low > 0 ? ((uint32_t)low + axis->stride - 1) / axis->stride : 0;
	uint32_t end = (at + axis->padding) / axis->stride + 1;

	if (end > axis->seen)
		end = axis->seen;
	return (struct seen){ first, end > first ? end - first : 0, 1 };
}

static struct seen seen_from(const struct pool *pool, uint32_t d, uint32_t at)
{
	return pool->grad ? outputs_seen(&pool->axis[d], at) : input_seen(&pool->axis[d], at);
}

/* Most positions that one sees along an axis. */
static uint32_t most_seen(const struct pool *pool, const struct axis *axis)
{
	return pool->grad ? (axis->kernel - 1) * axis->dilation / axis->stride + 1 : axis->kernel;
}

/** struct view - what a position of the result sees: and where it is */
struct view {
	uint32_t image;
	uint32_t at[2];
	struct seen y;
	struct seen x;
};

static struct view view_of(const struct pool *pool, uint32_t position)
{
	const uint32_t rows = pool->axis[0].own, cols = pool->axis[1].own;
	struct view view = { .image = position / cols / rows,
			     .at = { position / cols % rows, position % cols } };

	view.y = seen_from(pool, 0, view.at[0]);
	view.x = seen_from(pool, 1, view.at[1]);
	if (!view.x.count)
		view.y.count = 0;
	return view;
}

/* Number of the first element that is seen in a row. */
static uint32_t element(const struct pool *pool, const struct view *view, uint32_t row)
{
	const uint32_t y = view->image * pool->axis[0].seen + view->y.first + row * view->y.step;

	return (y * pool->axis[1].seen + view->x.first) * pool->channels;
}

/* What an average is divided by. */
static float divisor(const struct pool *pool, const uint32_t *at)
{
	uint32_t count = 1;

	for (uint32_t d = 0; d < 2; d++) {
		struct axis axis = pool->axis[d];
		uint32_t end = at[d] * axis.stride + axis.kernel;
		uint32_t part;

		if (pool->grad)
			axis.seen = axis.own;
		if (end > axis.seen + 2 * axis.padding)
			end = axis.seen + 2 * axis.padding;
		part = end - at[d] * axis.stride;
		count *= pool->include_padding ? part : input_seen(&axis, at[d]).count;
	}
	return (float)count;
}

/* ---- Work ----------------------------------------------------------------------------- */

static vfloat32m4_t load(const struct pool *pool, const void *from, uint32_t at, size_t vl)
{
	return pool->dtype == 0 ? load_f32(from, at, vl) :
	       pool->dtype == 1 ? load_f16(from, at, vl) :
				  load_bf16(from, at, vl);
}

static void store(const struct pool *pool, uint32_t at, vfloat32m4_t value, size_t vl)
{
	if (pool->dtype == 0)
		store_f32(pool->to, at, value, vl);
	else if (pool->dtype == 1)
		store_f16(pool->to, at, value, vl);
	else
		store_bf16(pool->to, at, value, vl);
}

/**
 * struct item - some channels of a position
 * @view: of the position
 * @number: of the position, on this tile
 * @channel: the first one
 * @vl: how many
 * @at: where they go, in the tile's elements
 */
struct item {
	struct view view;
	uint32_t number;
	uint32_t channel;
	uint32_t vl;
	uint32_t at;
};

/* A row that was received: its first element. What is f16 can begin within a word. */
static const void *row_of(const struct pool *pool, const struct item *item, uint32_t row)
{
	const uint32_t *at = pool->seen + (row * pool->positions + item->number) * pool->pitch;
	const uint32_t odd = element(pool, &item->view, row) % 2;

	return (const char *)at + (pool->dtype && odd ? 2 : 0);
}

static void max_item(const struct pool *pool, const struct item *item)
{
	const struct view *view = &item->view;
	const size_t vl = item->vl;
	vfloat32m4_t best = __riscv_vfmv_v_f_f32m4(-__builtin_inff(), vl);
	vint32m4_t index = __riscv_vmv_v_x_i32m4(
		(int32_t)(view->y.first * pool->axis[1].seen + view->x.first), vl);

	for (uint32_t y = 0; y < view->y.count; y++) {
		const void *row = row_of(pool, item, y);
		const uint32_t line = (view->y.first + y * view->y.step) * pool->axis[1].seen;

		for (uint32_t x = 0; x < view->x.count; x++) {
			const uint32_t col = x * view->x.step;
			const vfloat32m4_t value =
				load(pool, row, col * pool->channels + item->channel, vl);
			const vbool8_t better = __riscv_vmor(__riscv_vmfgt(value, best, vl),
							     __riscv_vmfne(value, value, vl), vl);

			best = __riscv_vmerge(best, value, better, vl);
			index = __riscv_vmerge(index, (int32_t)(line + view->x.first + col), better,
					       vl);
		}
	}
	store(pool, item->at, best, vl);
	if (pool->index_to)
		__riscv_vse32(pool->index_to + item->at, index, vl);
}

static void max_grad_item(const struct pool *pool, const struct item *item)
{
	const struct view *view = &item->view;
	const int32_t here = (int32_t)(view->at[0] * pool->axis[1].own + view->at[1]);
	const size_t vl = item->vl;
	vfloat32m4_t sum = __riscv_vfmv_v_f_f32m4(0, vl);

	for (uint32_t y = 0; y < view->y.count; y++) {
		const void *row = row_of(pool, item, y);
		const uint32_t *index =
			pool->index + (y * pool->positions + item->number) * pool->index_pitch;

		for (uint32_t x = 0; x < view->x.count; x++) {
			const uint32_t at = x * pool->channels + item->channel;
			const vbool8_t mine = __riscv_vmseq(
				__riscv_vle32_v_i32m4((const int32_t *)index + at, vl), here, vl);

			sum = __riscv_vfadd_mu(mine, sum, sum, load(pool, row, at, vl), vl);
		}
	}
	store(pool, item->at, sum, vl);
}

static void avg_item(const struct pool *pool, const struct item *item)
{
	const struct view *view = &item->view;
	const size_t vl = item->vl;
	vfloat32m4_t sum = __riscv_vfmv_v_f_f32m4(0, vl);

	for (uint32_t y = 0; y < view->y.count; y++) {
		const void *row = row_of(pool, item, y);

		for (uint32_t x = 0; x < view->x.count; x++) {
			const vfloat32m4_t value =
				load(pool, row, x * pool->channels + item->channel, vl);
			const uint32_t at[2] = { view->y.first + y, view->x.first + x };

			sum = pool->grad ?
				      __riscv_vfadd(sum,
						    __riscv_vfdiv(value, divisor(pool, at), vl),
						    vl) :
				      __riscv_vfadd(sum, value, vl);
		}
	}
	if (!pool->grad)
		sum = __riscv_vfdiv(sum, divisor(pool, view->at), vl);
	store(pool, item->at, sum, vl);
}

/* Channels of a position from a multiple of a vector on, as far as they are this tile's. */
static void work_item(const struct pool *pool, uint32_t number, uint32_t channel, uint32_t most)
{
	const uint32_t first = (pool->first + number) * pool->channels;
	uint32_t begin = first + channel, end = first + pool->channels;
	struct item item = { .number = number };

	if (end > begin + most)
		end = begin + most;
	if (begin < pool->own.begin)
		begin = pool->own.begin;
	if (end > pool->own.end)
		end = pool->own.end;
	if (begin >= end)
		return;
	item.view = view_of(pool, pool->first + number);
	item.channel = begin - first;
	item.vl = end - begin;
	item.at = begin - pool->own.begin;
	if (!pool->max)
		avg_item(pool, &item);
	else if (pool->grad)
		max_grad_item(pool, &item);
	else
		max_item(pool, &item);
}

static void work(void *args)
{
	const struct pool *pool = args;
	const uint32_t most = (uint32_t)__riscv_vsetvlmax_e32m4();
	const uint32_t parts = (pool->channels + most - 1) / most;
	const struct ipu_range share = ipu_worker_range(pool->positions * parts);

	for (uint32_t i = share.begin; i < share.end; i++)
		work_item(pool, i / parts, i % parts * most, most);
}

/* ---- Making one ------------------------------------------------------------------------ */

/* @d: rows or positions in a row. @own is the result, which sees @seen. */
static struct axis axis_of(struct ipu_ops *ops, const struct ipu_pool *params, uint32_t d,
			   const struct ipu_array *x, const struct ipu_array *y, bool grad)
{
	const uint32_t kernel = params->kernel[d], stride = params->stride[d];
	const uint32_t padding = params->padding[d], dilation = params->dilation[d];
	const uint32_t in = x->shape[1 + d], out = y->shape[1 + d];
	const uint32_t span = (kernel - 1) * dilation + 1;
	uint32_t down, up;

	if (!kernel || !stride || !dilation || padding > span / 2 || in + 2 * padding < span)
		ipu_ops_refuse(
			ops,
			"a window of %lu elements, stride %lu, dilation %lu and padding %lu do "
			"not go with an input of %lu: padding is at most half of the window",
			(unsigned long)kernel, (unsigned long)stride, (unsigned long)dilation,
			(unsigned long)padding, (unsigned long)in);
	down = (in + 2 * padding - span) / stride + 1;
	up = (in + 2 * padding - span + stride - 1) / stride + 1;
	if ((up - 1) * stride >= in + padding)
		up--;
	if (out != down && out != up)
		ipu_ops_refuse(ops,
			       "along axis %lu the output has %lu elements instead of %lu or %lu",
			       (unsigned long)(1 + d), (unsigned long)out, (unsigned long)down,
			       (unsigned long)up);
	return (struct axis){ .seen = grad ? out : in,
			      .own = grad ? in : out,
			      .kernel = kernel,
			      .stride = stride,
			      .padding = padding,
			      .dilation = dilation };
}

static void check_arrays(struct ipu_ops *ops, const struct ipu_array *x, const struct ipu_array *y,
			 const struct ipu_array *index)
{
	if (x->ndim != 4 || y->ndim != 4 || x->shape[0] != y->shape[0] ||
	    x->shape[3] != y->shape[3])
		ipu_ops_refuse(ops,
			       "input and output must have 4 dimensions, as many images and as "
			       "many channels");
	if (x->dtype != y->dtype)
		ipu_ops_refuse(ops, "its input and its output are of different types");
	if (!index)
		return;
	if (index->dtype != IPU_I32 || index->ndim != 4 || index->chunk != y->chunk)
		ipu_ops_refuse(ops, "the indices must be i32 and have the shape of the output");
	for (uint32_t d = 0; d < 4; d++)
		if (index->shape[d] != y->shape[d])
			ipu_ops_refuse(ops, "the indices have not the shape of the output");
}

/* Pull what the positions see of an array. */
static void pull_seen(struct ipu_ops *ops, const struct pool *pool, const struct ipu_array *array,
		      uint32_t *stage, uint32_t pitch)
{
	const uint32_t unit = 4 / ipu_dtype_bytes(array->dtype);

	for (uint32_t row = 0; row < pool->rows; row++)
		for (uint32_t i = 0; i < pool->positions; i++) {
			const struct view view = view_of(pool, pool->first + i);
			const uint32_t from = element(pool, &view, row), shift = from % unit;
			const uint32_t cols = (view.x.count - 1) * view.x.step + 1;

			if (row < view.y.count)
				ipu_pull_range(ops, array, from - shift,
					       cols * pool->channels + shift,
					       stage + (row * pool->positions + i) * pitch);
		}
}

/* Words of a row that a position sees, which can begin within one. */
static uint32_t pitch_of(const struct pool *pool, const struct ipu_array *array)
{
	const uint32_t unit = 4 / ipu_dtype_bytes(array->dtype);
	const struct axis *x = &pool->axis[1];
	const uint32_t most = most_seen(pool, x);
	const uint32_t cols = pool->grad ? most : (most - 1) * x->dilation + 1;
	const uint32_t count = cols * pool->channels;

	return (count + (pool->channels % unit ? 2 * unit - 2 : unit - 1)) / unit;
}

/* Of all that the positions see, which can be more than 2^32. */
static uint32_t stage_bytes(const struct pool *pool, uint32_t pitch)
{
	const uint64_t rows = (uint64_t)pool->rows * pool->positions;

	return rows && pitch > UINT32_MAX / 4 / rows ? UINT32_MAX : (uint32_t)rows * pitch * 4;
}

static void make(struct ipu_ops *ops, const struct pool *what, const struct ipu_pool *params,
		 const struct ipu_array *x, const struct ipu_array *y,
		 const struct ipu_array *index)
{
	const struct ipu_array *to = what->grad ? x : y, *from = what->grad ? y : x;
	struct pool *pool;

	check_arrays(ops, x, y, index);
	if (!to->count)
		return;
	pool = ipu_ops_keep(ops, sizeof(*pool));
	*pool = *what;
	pool->include_padding = params->include_padding;
	pool->channels = x->shape[3];
	pool->dtype = float_index(ops, to->dtype);
	for (uint32_t d = 0; d < 2; d++)
		pool->axis[d] = axis_of(ops, params, d, x, y, pool->grad);
	pool->own = ipu_array_own(to);
	pool->to = to->data;
	pool->first = pool->own.begin / pool->channels;
	pool->positions = (pool->own.end + pool->channels - 1) / pool->channels - pool->first;
	pool->rows = most_seen(pool, &pool->axis[0]);
	pool->pitch = pitch_of(pool, from);
	pool->seen = ipu_ops_scratch(ops, stage_bytes(pool, pool->pitch));
	if (index && pool->grad) {
		pool->index_pitch = pitch_of(pool, index);
		pool->index = ipu_ops_scratch(ops, stage_bytes(pool, pool->index_pitch));
	} else if (index) {
		pool->index_to = index->data;
	}
	ipu_add_exchange(ops);
	pull_seen(ops, pool, from, pool->seen, pool->pitch);
	if (pool->index)
		pull_seen(ops, pool, index, pool->index, pool->index_pitch);
	if (pool->positions)
		ipu_add_work(ops, work, pool);
}

void ipu_make_max_pool2d(struct ipu_ops *ops, const struct ipu_array *y,
			 const struct ipu_array *index, const struct ipu_array *x,
			 const struct ipu_pool *pool)
{
	ipu_ops_begin(ops, "max_pool2d");
	make(ops, &(struct pool){ .max = true }, pool, x, y, index);
}

void ipu_make_max_pool2d_grad(struct ipu_ops *ops, const struct ipu_array *dx,
			      const struct ipu_array *dy, const struct ipu_array *index,
			      const struct ipu_pool *pool)
{
	ipu_ops_begin(ops, "max_pool2d_grad");
	make(ops, &(struct pool){ .max = true, .grad = true }, pool, dx, dy, index);
}

static void refuse_dilation(const struct ipu_ops *ops, const struct ipu_pool *pool)
{
	if (pool->dilation[0] != 1 || pool->dilation[1] != 1)
		ipu_ops_refuse(ops, "the dilation must be 1");
}

void ipu_make_avg_pool2d(struct ipu_ops *ops, const struct ipu_array *y, const struct ipu_array *x,
			 const struct ipu_pool *pool)
{
	ipu_ops_begin(ops, "avg_pool2d");
	refuse_dilation(ops, pool);
	make(ops, &(struct pool){ 0 }, pool, x, y, NULL);
}

void ipu_make_avg_pool2d_grad(struct ipu_ops *ops, const struct ipu_array *dx,
			      const struct ipu_array *dy, const struct ipu_pool *pool)
{
	ipu_ops_begin(ops, "avg_pool2d_grad");
	refuse_dilation(ops, pool);
	make(ops, &(struct pool){ .grad = true }, pool, dx, dy, NULL);
}
