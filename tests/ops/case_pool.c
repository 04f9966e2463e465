// SPDX-License-Identifier: MIT
/* Pooling, and its gradients. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "families.h"
#include "shapes.h"

/* Along one axis. */
struct axis {
	uint32_t in;
	uint32_t out;
	uint32_t kernel;
	uint32_t stride;
	uint32_t padding;
	uint32_t dilation;
};

/**
 * struct pool - pooling that is tested
 * @axis: rows, positions in a row
 * @max: of the largest
 * @include_padding: in means
 */
struct pool {
	uint32_t n;
	struct axis axis[2];
	uint32_t channels;
	bool max;
	bool include_padding;
};

static void random_axis(struct sheet *sheet, struct axis *axis, bool max)
{
	uint32_t span, up;

	axis->kernel = 1 + random_below(sheet, 4);
	axis->stride = random_below(sheet, 2) ? axis->kernel : 1 + random_below(sheet, 4);
	axis->dilation = max && random_below(sheet, 4) == 0 ? 2 : 1;
	span = (axis->kernel - 1) * axis->dilation + 1;
	axis->padding = random_below(sheet, 2) ? 0 : random_below(sheet, span / 2 + 1);
	axis->in = span + random_extent(sheet, 30) - 1;
	up = random_below(sheet, 2) ? axis->stride - 1 : 0;
	axis->out = (axis->in + 2 * axis->padding - span + up) / axis->stride + 1;
	if ((axis->out - 1) * axis->stride >= axis->in + axis->padding)
		axis->out--;
}

static void random_pool(struct sheet *sheet, struct pool *pool, uint32_t size)
{
	pool->max = random_below(sheet, 2);
	pool->include_padding = random_below(sheet, 2);
	do {
		pool->n = random_extent(sheet, 5);
		random_axis(sheet, &pool->axis[0], pool->max);
		random_axis(sheet, &pool->axis[1], pool->max);
		pool->channels = random_extent(sheet, 150);
	} while ((double)pool->n * pool->axis[0].in * pool->axis[1].in * pool->channels > size);
	if (random_below(sheet, 30) == 0)
		pool->n = 0;
}

/* Element @k of a window: the position along an axis, or one outside of it. */
static uint32_t seen(const struct axis *axis, uint32_t at, uint32_t k)
{
	return at * axis->stride + k * axis->dilation - axis->padding;
}

/* By how much a mean is divided along an axis. */
static uint32_t extent(const struct axis *axis, uint32_t at, bool include_padding)
{
	uint32_t count = 0;

	for (uint32_t k = 0; k < axis->kernel; k++)
		count += include_padding ? at * axis->stride + k < axis->in + 2 * axis->padding :
					   seen(axis, at, k) < axis->in;
	return count;
}

/**
 * struct values - where results are computed
 * @dy: gradient of the output
 * @y: the output
 * @size: magnitudes that each element of it is a mean of
 * @index: where the largest one is
 * @dx: gradient of the input
 * @dx_size: magnitudes
 */
struct values {
	double *dy;
	double *y;
	double *size;
	double *index;
	double *dx;
	double *dx_size;
};

/* One window: element @at of the output. */
static void pool_window(const struct pool *pool, const double *x, uint32_t at,
			struct values *values)
{
	const struct axis *rows = &pool->axis[0], *cols = &pool->axis[1];
	const uint32_t c = at % pool->channels, ox = at / pool->channels % cols->out;
	const uint32_t oy = at / pool->channels / cols->out % rows->out;
	const uint32_t n = at / pool->channels / cols->out / rows->out;
	const double count =
		extent(rows, oy, pool->include_padding) * extent(cols, ox, pool->include_padding);
	const double grad = pool->max ? values->dy[at] : values->dy[at] / count;
	const size_t plane = (size_t)n * rows->in * cols->in;
	double best = -INFINITY, index = -1;

	for (uint32_t k = 0; k < rows->kernel * cols->kernel; k++) {
		const uint32_t iy = seen(rows, oy, k / cols->kernel);
		const uint32_t ix = seen(cols, ox, k % cols->kernel);
		const size_t from = (plane + iy * cols->in + ix) * pool->channels + c;

		if (iy >= rows->in || ix >= cols->in)
			continue;
		if (pool->max && x[from] > best) {
			best = x[from];
			index = iy * cols->in + ix;
		}
		if (pool->max)
			continue;
		values->y[at] += x[from] / count;
		values->size[at] += fabs(x[from] / count);
		values->dx[from] += grad;
		values->dx_size[from] += fabs(grad);
	}
	if (pool->max) {
		const size_t from = (plane + (size_t)index) * pool->channels + c;

		values->y[at] = best;
		values->index[at] = index;
		values->dx[from] += grad;
		values->dx_size[from] += fabs(grad);
	}
}

static double *numbers(uint32_t count)
{
	double *number = calloc(count + 1, sizeof(*number));

	if (!number) {
		fprintf(stderr, "no memory for %u numbers\n", count);
		exit(1);
	}
	return number;
}

static struct values compute(const struct pool *pool, const double *x, double *dy, uint32_t in,
			     uint32_t out)
{
	struct values values = { .dy = dy,
				 .y = numbers(out),
				 .size = numbers(out),
				 .index = numbers(out),
				 .dx = numbers(in),
				 .dx_size = numbers(in) };

	for (uint32_t i = 0; i < out; i++)
		pool_window(pool, x, i, &values);
	return values;
}

static double loss(const struct values *values, uint32_t out)
{
	double sum = 0;

	for (uint32_t i = 0; i < out; i++)
		sum += values->y[i] * values->dy[i];
	return sum;
}

static void free_values(struct values *values)
{
	free(values->y);
	free(values->size);
	free(values->index);
	free(values->dx);
	free(values->dx_size);
}

/* The gradient of sum(dy * pool(x)) by moving some elements; equal ones of f16 have none. */
static void check_differences(struct sheet *sheet, const struct pool *pool, double *x,
			      const struct values *values, uint32_t in, uint32_t out)
{
	for (uint32_t i = 0; i < 2 && in; i++) {
		const uint32_t at = random_below(sheet, in);
		const double old = x[at], step = pool->max ? 1e-9 : 0.5;
		double sum[2];

		for (int up = 0; up < 2; up++) {
			struct values moved;

			x[at] = old + (up ? step : -step);
			moved = compute(pool, x, values->dy, in, out);
			sum[up] = loss(&moved, out);
			free_values(&moved);
		}
		x[at] = old;
		if (fabs((sum[1] - sum[0]) / (2 * step) - values->dx[at]) <
		    (pool->max ? 1e-3 : 1e-9))
			continue;
		fprintf(stderr, "%s: a gradient is %g by its formula and %g by differences\n",
			sheet->what, values->dx[at], (sum[1] - sum[0]) / (2 * step));
		exit(1);
	}
}

static uint32_t add_plane(struct sheet *sheet, uint32_t dtype, const struct pool *pool, bool in,
			  bool random)
{
	const uint32_t shape[] = { pool->n, in ? pool->axis[0].in : pool->axis[0].out,
				   in ? pool->axis[1].in : pool->axis[1].out, pool->channels };

	return random ? array_random(sheet, dtype, 4, shape) : array_add(sheet, dtype, 4, shape);
}

static void add_script(struct sheet *sheet, const struct pool *pool, enum script code, uint32_t x,
		       uint32_t y, uint32_t index)
{
	const struct axis *rows = &pool->axis[0], *cols = &pool->axis[1];

	SCRIPT(sheet, code, x, y, index, rows->kernel, cols->kernel, rows->stride, cols->stride,
	       rows->padding, cols->padding, rows->dilation, cols->dilation, pool->include_padding);
}

static void expect(struct sheet *sheet, uint32_t to, const double *want, const double *size,
		   double errors)
{
	const struct array *array = &sheet->array[to];

	for (uint32_t i = 0; i < array->count; i++)
		array_expect(sheet, to, i, want[i],
			     errors > 0 ? errors * size[i] + tolerance(array->dtype, want[i]) : 0);
}

static void add_pool(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	uint32_t x, y, dx, dy, index = NO_ARRAY;
	struct values values;
	struct pool pool;

	random_pool(sheet, &pool, size);
	x = add_plane(sheet, dtype, &pool, true, true);
	y = add_plane(sheet, dtype, &pool, false, false);
	dy = add_plane(sheet, dtype, &pool, false, true);
	dx = add_plane(sheet, dtype, &pool, true, false);
	if (pool.max)
		index = add_plane(sheet, IPU_I32, &pool, false, false);
	snprintf(
		sheet->what, sizeof(sheet->what),
		"%s pool: %u x [%u, %u] x %u, window %u, %u, stride %u, %u, padding %u, %u, dilation "
		"%u, %u",
		pool.max ? "max" : "mean", pool.n, pool.axis[0].in, pool.axis[1].in, pool.channels,
		pool.axis[0].kernel, pool.axis[1].kernel, pool.axis[0].stride, pool.axis[1].stride,
		pool.axis[0].padding, pool.axis[1].padding, pool.axis[0].dilation,
		pool.axis[1].dilation);
	add_script(sheet, &pool, pool.max ? DO_MAX_POOL : DO_AVG_POOL, x, y, index);
	add_script(sheet, &pool, pool.max ? DO_MAX_POOL_GRAD : DO_AVG_POOL_GRAD, dx, dy, index);
	values = compute(&pool, sheet->array[x].value, sheet->array[dy].value,
			 sheet->array[x].count, sheet->array[y].count);
	expect(sheet, y, values.y, values.size, pool.max ? 0 : 17 * 0x1p-24);
	expect(sheet, dx, values.dx, values.dx_size, 17 * 0x1p-24);
	if (pool.max)
		expect(sheet, index, values.index, NULL, 0);
	if (!pool.max || dtype == IPU_F32)
		check_differences(sheet, &pool, sheet->array[x].value, &values,
				  sheet->array[x].count, sheet->array[y].count);
	free_values(&values);
}

const struct family family_pool = { "pool",
				    { IPU_F32, IPU_F16, IPU_BF16 },
				    add_pool,
				    .alike = true };
