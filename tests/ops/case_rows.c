// SPDX-License-Identifier: MIT
/* Operations on rows: softmax, norms and losses, and their gradients. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <ipu/op_numbers.h>

#include "families.h"
#include "shapes.h"

#define LONGEST 2000 /* row: a few of its kind must fit a tile's scratch memory */

/* Rows of a few lengths: short ones, odd ones, and longer than a tile has. */
static uint32_t random_rows(struct sheet *sheet, uint32_t size, uint32_t *shape)
{
	const uint32_t ndim = 1 + random_below(sheet, 3);
	uint32_t left = size;

	shape[ndim - 1] = random_extent(sheet, size < LONGEST ? size : LONGEST);
	left /= shape[ndim - 1];
	for (uint32_t d = 0; d + 1 < ndim; d++) {
		shape[d] = d + 2 == ndim ? left : random_extent(sheet, left);
		left /= shape[d];
	}
	return ndim;
}

static double *room(uint32_t count)
{
	double *data = calloc(count + 1, sizeof(double));

	if (!data)
		exit(1);
	return data;
}

/* A formula of a gradient against differences of the function itself. */
static void check_gradient(const char *what, double formula, double more, double less, double step)
{
	const double difference = (more - less) / (2 * step);

	if (fabs(formula - difference) <= 1e-5 * (1 + fabs(formula)))
		return;
	fprintf(stderr, "%s: the reference's gradient is %g, and differences give %g\n", what,
		formula, difference);
	exit(1);
}

/* ---- Softmax ---------------------------------------------------------------------- */

static void softmax(const double *x, uint32_t n, double scale, bool log_of, double *y)
{
	double most = -INFINITY, sum = 0;

	for (uint32_t i = 0; i < n; i++)
		most = fmax(most, scale * x[i]);
	for (uint32_t i = 0; i < n; i++)
		sum += exp(scale * x[i] - most);
	for (uint32_t i = 0; i < n; i++)
		y[i] = log_of ? scale * x[i] - most - log(sum) : exp(scale * x[i] - most) / sum;
}

static double weighted(const double *y, const double *w, uint32_t n)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += y[i] * w[i];
	return sum;
}

/* Of exact results, of one element of a row. */
static void check_softmax(struct sheet *sheet, const double *x, const double *dy, uint32_t n,
			  double scale, bool log_of)
{
	const uint32_t at = random_below(sheet, n);
	double *row = room(n), *y = room(n), sum = 0, more, less, formula;

	for (uint32_t i = 0; i < n; i++)
		row[i] = x[i];
	softmax(row, n, scale, log_of, y);
	for (uint32_t i = 0; i < n; i++)
		sum += log_of ? dy[i] : dy[i] * y[i];
	formula = scale * (log_of ? dy[at] - exp(y[at]) * sum : y[at] * (dy[at] - sum));
	row[at] = x[at] + 1e-5;
	softmax(row, n, scale, log_of, y);
	more = weighted(y, dy, n);
	row[at] = x[at] - 1e-5;
	softmax(row, n, scale, log_of, y);
	less = weighted(y, dy, n);
	check_gradient("softmax", formula, more, less, 1e-5);
	free(row);
	free(y);
}

static void expect_softmax(struct sheet *sheet, uint32_t to, const double *x, uint32_t first,
			   uint32_t n, double scale, bool log_of)
{
	double *y = room(n), most = 0;

	softmax(x, n, scale, log_of, y);
	for (uint32_t i = 0; i < n; i++)
		most = fmax(most, fabs(scale * x[i]));
	for (uint32_t i = 0; i < n; i++) {
		const double size = (1 + 2 * most) * (log_of ? 1 : y[i]);

		array_expect(sheet, to, first + i, y[i],
			     0x1p-22 * size + tolerance(sheet->array[to].dtype, y[i]));
	}
	free(y);
}

static void expect_softmax_grad(struct sheet *sheet, uint32_t to, const double *y, const double *dy,
				uint32_t first, uint32_t n, double scale, bool log_of)
{
	double sum = 0, sizes = 0, want, most;

	for (uint32_t i = 0; i < n; i++) {
		sum += dy[i] * (log_of ? 1 : y[i]);
		sizes += fabs(dy[i] * (log_of ? 1 : y[i]));
	}
	for (uint32_t i = 0; i < n; i++) {
		if (log_of) {
			want = dy[i] - exp(y[i]) * sum;
			most = fabs(dy[i]) + exp(y[i]) * (1 + fabs(y[i])) * sizes;
		} else {
			want = y[i] * (dy[i] - sum);
			most = fabs(y[i]) * (fabs(dy[i]) + sizes);
		}
		array_expect(sheet, to, first + i, scale * want,
			     0x1p-22 * fabs(scale) * most * 2 +
				     tolerance(sheet->array[to].dtype, scale * want));
	}
}

static void add_softmax(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	const bool log_of = random_below(sheet, 2), grad = random_below(sheet, 2);
	uint32_t shape[DIMS], ndim = random_rows(sheet, size, shape), queries = 0, x, dy = 0, to;
	const uint32_t columns = shape[ndim - 1];
	const double scale = log_of ? 1 : 0.375;

	if (!log_of && ndim > 1 && shape[ndim - 2] <= columns && random_below(sheet, 2))
		queries = shape[ndim - 2];
	snprintf(sheet->what, sizeof(sheet->what), "%s%ssoftmax of %s, %s, %u queries",
		 grad ? "gradient of " : "", log_of ? "log " : "", type_name(dtype),
		 shape_text(ndim, shape), queries);
	x = array_random(sheet, dtype, ndim, shape);
	to = array_add(sheet, dtype, ndim, shape);
	if (grad)
		dy = array_random(sheet, dtype, ndim, shape);
	SCRIPT(sheet, DO_SOFTMAX, log_of | grad << 1, to, x, dy, float_bits(scale), queries);
	for (uint32_t at = 0, r = 0; at < sheet->array[to].count; at += columns, r++) {
		const uint32_t seen = columns - (queries ? queries - 1 - r % queries : 0);
		const double *row = sheet->array[x].value + at;

		for (uint32_t i = seen; i < columns; i++)
			array_expect(sheet, to, at + i, 0, 0);
		if (grad) {
			expect_softmax_grad(sheet, to, row, sheet->array[dy].value + at, at, seen,
					    scale, log_of);
			check_softmax(sheet, row, sheet->array[dy].value + at, seen, scale, log_of);
		} else {
			expect_softmax(sheet, to, row, at, seen, scale, log_of);
		}
	}
}

const struct family family_softmax = { "softmax",
				       { IPU_F32, IPU_F16, IPU_BF16 },
				       add_softmax,
				       .alike = false };

/* ---- Norms ------------------------------------------------------------------------ */

#define EPSILON 1e-5

/* One row of a layer norm, or a channel of a batch norm. */
struct line {
	uint32_t n;
	uint32_t first; /* its elements in the arrays */
	uint32_t step;
	double mean;
	double var;
	double rstd;
	double largest;
};

static struct line line_of(const double *x, uint32_t first, uint32_t step, uint32_t n)
{
	struct line line = { .n = n, .first = first, .step = step };

	for (uint32_t i = 0; i < n; i++) {
		line.mean += x[first + i * step] / n;
		line.largest = fmax(line.largest, fabs(x[first + i * step]));
	}
	for (uint32_t i = 0; i < n; i++)
		line.var += pow(x[first + i * step] - line.mean, 2) / n;
	line.rstd = 1 / sqrt(line.var + (double)(float)EPSILON);
	return line;
}

/* Means that gradients consist of: @g are the gradients times gamma. */
struct sums {
	double g;
	double gh;
	double sizes;
};

static struct sums sums_of(const struct line *line, const double *x, const double *g)
{
	struct sums sums = { 0 };

	for (uint32_t i = 0; i < line->n; i++) {
		const double h = (x[line->first + i * line->step] - line->mean) * line->rstd;

		sums.g += g[i] / line->n;
		sums.gh += g[i] * h / line->n;
		sums.sizes += fabs(g[i]) / line->n;
	}
	return sums;
}

static double norm_grad(const struct line *line, const struct sums *sums, double x, double g,
			double *most)
{
	const double h = (x - line->mean) * line->rstd;

	*most = line->rstd * (fabs(g) + sums->sizes * (1 + fabs(h)) * 4) *
		(1 + line->largest * line->rstd);
	return line->rstd * (g - sums->g - h * sums->gh);
}

static double norm_loss(const double *x, const double *g, const struct line *old)
{
	const struct line line = line_of(x, old->first, old->step, old->n);
	double loss = 0;

	for (uint32_t i = 0; i < line.n; i++)
		loss += g[i] * (x[line.first + i * line.step] - line.mean) * line.rstd;
	return loss;
}

static void check_norm(struct sheet *sheet, const struct line *line, double *x, const double *g)
{
	const uint32_t i = random_below(sheet, line->n), at = line->first + i * line->step;
	const struct sums sums = sums_of(line, x, g);
	double most, more, less, old = x[at];
	const double formula = norm_grad(line, &sums, old, g[i], &most);
	const double step = 1e-5 * sqrt(line->var + EPSILON);

	x[at] = old + step;
	more = norm_loss(x, g, line);
	x[at] = old - step;
	less = norm_loss(x, g, line);
	x[at] = old;
	check_gradient("norm", formula * step, more * step, less * step, step);
}

struct norm_arrays {
	uint32_t to, x, gamma, beta, mean, rstd, running_mean, running_var, dy, dgamma, dbeta;
};

static void expect_line(struct sheet *sheet, const struct norm_arrays *a, const struct line *line,
			uint32_t number, bool batch)
{
	const uint32_t dtype = sheet->array[a->to].dtype;
	const double *x = sheet->array[a->x].value;

	array_expect(sheet, a->mean, number, line->mean, 0x1p-20 * line->largest);
	array_expect(sheet, a->rstd, number, line->rstd,
		     0x1p-20 * line->rstd * (1 + line->largest * line->rstd));
	for (uint32_t i = 0; i < line->n; i++) {
		const uint32_t at = line->first + i * line->step;
		const double gamma = sheet->array[a->gamma].value[batch ? number : i];
		const double beta = sheet->array[a->beta].value[batch ? number : i];
		const double want = (x[at] - line->mean) * line->rstd * gamma + beta;
		const double size = line->largest * line->rstd * fabs(gamma) + fabs(beta);

		array_expect(sheet, a->to, at, want,
			     0x1p-19 * size * (1 + line->largest * line->rstd) +
				     tolerance(dtype, want));
	}
}

static void expect_running(struct sheet *sheet, const struct norm_arrays *a,
			   const struct line *line, uint32_t c)
{
	const double mean = sheet->array[a->running_mean].value[c] * 0.875 + line->mean * 0.125;
	const double var = sheet->array[a->running_var].value[c] * 0.875 +
			   line->var * 0.125 * line->n / (line->n - 1.0);

	array_expect(sheet, a->running_mean, c, mean,
		     0x1p-20 * (line->largest + fabs(sheet->array[a->running_mean].value[c])));
	if (line->n > 1)
		array_expect(sheet, a->running_var, c, var,
			     0x1p-19 * (pow(line->largest, 2) +
					fabs(sheet->array[a->running_var].value[c])));
	else
		array_expect(sheet, a->running_var, c, (double)NAN, 0);
}

static void expect_grad_line(struct sheet *sheet, const struct norm_arrays *a,
			     const struct line *line, uint32_t number, bool batch)
{
	const uint32_t dtype = sheet->array[a->to].dtype;
	double *g = room(line->n), most, want;
	struct sums sums;

	for (uint32_t i = 0; i < line->n; i++)
		g[i] = sheet->array[a->dy].value[line->first + i * line->step] *
		       sheet->array[a->gamma].value[batch ? number : i];
	sums = sums_of(line, sheet->array[a->x].value, g);
	for (uint32_t i = 0; i < line->n; i++) {
		const uint32_t at = line->first + i * line->step;

		want = norm_grad(line, &sums, sheet->array[a->x].value[at], g[i], &most);
		array_expect(sheet, a->to, at, want, 0x1p-19 * most + tolerance(dtype, want));
	}
	check_norm(sheet, line, sheet->array[a->x].value, g);
	free(g);
}

/* dgamma and dbeta are sums over all rows. */
static void expect_sums(struct sheet *sheet, const struct norm_arrays *a, const struct line *lines,
			uint32_t rows, uint32_t columns, bool batch)
{
	for (uint32_t c = 0; c < columns; c++) {
		double sum = 0, dot = 0, sizes = 0, size = 0;

		for (uint32_t r = 0; r < rows; r++) {
			const struct line *line = &lines[batch ? c : r];
			const double x = sheet->array[a->x].value[r * columns + c];
			const double dy = sheet->array[a->dy].value[r * columns + c];

			sum += dy;
			dot += dy * (x - line->mean) * line->rstd;
			size += fabs(dy);
			sizes += fabs(dy) * line->largest * line->rstd *
				 (1 + line->largest * line->rstd);
		}
		array_expect(sheet, a->dbeta, c, sum, 0x1p-20 * size);
		array_expect(sheet, a->dgamma, c, dot, 0x1p-19 * sizes);
	}
}

static struct norm_arrays norm_arrays(struct sheet *sheet, uint32_t dtype, uint32_t ndim,
				      const uint32_t *shape, uint32_t stats)
{
	const uint32_t *columns = &shape[ndim - 1];
	struct norm_arrays a = {
		.to = array_add(sheet, dtype, ndim, shape),
		.x = array_random(sheet, dtype, ndim, shape),
		.gamma = array_random(sheet, dtype, 1, columns),
		.beta = array_random(sheet, dtype, 1, columns),
		.mean = array_add(sheet, IPU_F32, 1, &stats),
		.rstd = array_add(sheet, IPU_F32, 1, &stats),
		.running_mean = array_random(sheet, IPU_F32, 1, columns),
		.running_var = array_random(sheet, IPU_F32, 1, columns),
		.dy = array_random(sheet, dtype, ndim, shape),
		.dgamma = array_add(sheet, IPU_F32, 1, columns),
		.dbeta = array_add(sheet, IPU_F32, 1, columns),
	};
	const double offset = random_below(sheet, 2) * 3;

	for (uint32_t i = 0; i < sheet->array[a.x].count; i++)
		array_set(sheet, a.x, i, sheet->array[a.x].value[i] + offset);
	return a;
}

static void add_norm(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	const bool batch = random_below(sheet, 2);
	const uint32_t kind = random_below(sheet, batch ? 3 : 2);
	/* There are many arrays, and scratch memory for sums. */
	uint32_t shape[DIMS], ndim = random_rows(sheet, size / 3, shape), rows, columns, count,
			      number;
	struct norm_arrays a;
	struct line *lines;

	columns = shape[ndim - 1];
	rows = 1;
	for (uint32_t d = 0; d + 1 < ndim; d++)
		rows *= shape[d];
	number = batch ? columns : rows;
	snprintf(sheet->what, sizeof(sheet->what), "%s norm, kind %u, of %s, %s",
		 batch ? "batch" : "layer", kind, type_name(dtype), shape_text(ndim, shape));
	a = norm_arrays(sheet, dtype, ndim, shape, number);
	lines = calloc(number + 1, sizeof(*lines));
	count = sheet->array[a.x].count;
	for (uint32_t i = 0; lines && i < number && count; i++) {
		lines[i] = batch ? line_of(sheet->array[a.x].value, i, columns, rows) :
				   line_of(sheet->array[a.x].value, i * columns, 1, columns);
		if (kind) {
			/* Given as they were rounded. */
			array_set(sheet, a.mean, i, lines[i].mean);
			array_set(sheet, a.rstd, i, kind == 2 ? lines[i].var : lines[i].rstd);
		}
	}
	SCRIPT(sheet, DO_NORM, batch, kind, a.to, a.x, a.gamma, a.beta, a.mean, a.rstd,
	       a.running_mean, a.running_var, a.dy, a.dgamma, a.dbeta, float_bits(0.125),
	       float_bits(EPSILON));
	for (uint32_t i = 0; lines && i < number; i++) {
		if (kind == 1)
			expect_grad_line(sheet, &a, &lines[i], i, batch);
		else
			expect_line(sheet, &a, &lines[i], i, batch);
		if (kind == 2)
			array_expect(sheet, a.rstd, i, sheet->array[a.rstd].value[i], 0);
		if (batch && !kind)
			expect_running(sheet, &a, &lines[i], i);
	}
	if (kind == 1)
		expect_sums(sheet, &a, lines, rows, columns, batch);
	free(lines);
}

const struct family family_norm = { "norm",
				    { IPU_F32, IPU_F16, IPU_BF16 },
				    add_norm,
				    .no_copies = true };

/* ---- Losses ----------------------------------------------------------------------- */

/* Loss of a row, and its gradient, with respect to dloss 1. */
static double row_loss(const double *x, uint32_t n, uint32_t label, bool logs, double *dx)
{
	double *y = room(n), loss;

	if (logs) {
		for (uint32_t i = 0; i < n; i++)
			dx[i] = -(double)(i == label);
		loss = -x[label];
	} else {
		softmax(x, n, 1, true, y);
		for (uint32_t i = 0; i < n; i++)
			dx[i] = exp(y[i]) - (i == label);
		loss = -y[label];
	}
	free(y);
	return loss;
}

static void check_loss(struct sheet *sheet, double *x, uint32_t n, uint32_t label, bool logs)
{
	const uint32_t at = random_below(sheet, n);
	double *dx = room(n), *other = room(n), old = x[at], more, less;

	row_loss(x, n, label, logs, dx);
	x[at] = old + 1e-5;
	more = row_loss(x, n, label, logs, other);
	x[at] = old - 1e-5;
	less = row_loss(x, n, label, logs, other);
	x[at] = old;
	check_gradient("cross entropy", dx[at], more, less, 1e-5);
	free(dx);
	free(other);
}

static void add_cross_entropy(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	const uint32_t reduction = random_below(sheet, 3),
		       columns = random_extent(sheet, size < LONGEST ? size : LONGEST);
	const uint32_t rows = random_extent(sheet, size / columns);
	const bool logs = random_below(sheet, 2);
	const uint32_t x = array_random(sheet, dtype, 2, (const uint32_t[]){ rows, columns });
	const uint32_t dx = array_add(sheet, dtype, 2, (const uint32_t[]){ rows, columns });
	const uint32_t labels = array_add(sheet, IPU_I32, 1, &rows);
	const uint32_t loss = array_add(sheet, IPU_F32, reduction == IPU_LOSS_NONE, &rows);
	const uint32_t dloss = array_random(sheet, IPU_F32, reduction == IPU_LOSS_NONE, &rows);
	const uint32_t total = array_add(sheet, IPU_F32, 0, NULL);
	double sum = 0, sizes = 0, valid = 0, *d = room(columns);

	snprintf(sheet->what, sizeof(sheet->what), "%s of %s, [%u, %u], reduction %u",
		 logs ? "nll loss" : "cross entropy", type_name(dtype), rows, columns, reduction);
	for (uint32_t r = 0; r < rows; r++) {
		array_set(sheet, labels, r,
			  random_below(sheet, 6) ? random_below(sheet, columns) : -100.0);
		valid += sheet->array[labels].value[r] >= 0;
	}
	SCRIPT(sheet, DO_LOSS, logs, reduction, -100u, loss, total, x, labels, NO_ARRAY);
	SCRIPT(sheet, DO_LOSS, logs | 2, reduction, -100u, dloss, total, logs ? NO_ARRAY : x,
	       labels, dx);
	for (uint32_t r = 0; r < rows; r++) {
		double *row = sheet->array[x].value + r * columns, one = 0, g, size_of = 8;
		const double label = sheet->array[labels].value[r];

		g = sheet->array[dloss].value[reduction == IPU_LOSS_NONE ? r : 0];
		g /= reduction == IPU_LOSS_MEAN ? valid : 1;
		for (uint32_t i = 0; i < columns; i++)
			d[i] = 0;
		if (label >= 0) {
			one = row_loss(row, columns, (uint32_t)label, logs, d);
			size_of += fabs(row[(uint32_t)label]) + fabs(one);
			check_loss(sheet, row, columns, (uint32_t)label, logs);
		}
		for (uint32_t i = 0; i < columns; i++)
			array_expect(sheet, dx, r * columns + i, label < 0 ? 0 : d[i] * g,
				     label < 0 ? 0 :
						 0x1p-21 * fabs(g) * 8 * (fabs(d[i]) + 0x1p-3) +
							 tolerance(dtype, d[i] * g));
		if (reduction == IPU_LOSS_NONE)
			array_expect(sheet, loss, r, one, 0x1p-21 * size_of);
		sum += one;
		sizes += size_of;
	}
	array_expect(sheet, total, 0, valid, 0);
	if (reduction == IPU_LOSS_MEAN)
		array_expect(sheet, loss, 0, valid > 0 ? sum / valid : (double)NAN,
			     0x1p-20 * sizes / valid);
	if (reduction == IPU_LOSS_SUM)
		array_expect(sheet, loss, 0, sum, 0x1p-20 * sizes);
	free(d);
}

static void add_mse(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	const uint32_t reduction = random_below(sheet, 3);
	const bool none = reduction == IPU_LOSS_NONE;
	uint32_t shape[DIMS], ndim = random_shape(sheet, size, shape), a, b, da, loss, dloss;
	const uint32_t type = none ? dtype : IPU_F32, loss_ndim = none ? ndim : 0;
	double sum = 0, count;

	a = array_random(sheet, dtype, ndim, shape);
	b = array_random(sheet, dtype, ndim, shape);
	da = array_add(sheet, dtype, ndim, shape);
	loss = array_add(sheet, type, loss_ndim, shape);
	dloss = array_random(sheet, type, loss_ndim, shape);
	count = sheet->array[a].count;
	snprintf(sheet->what, sizeof(sheet->what), "mse loss of %s, %s, reduction %u",
		 type_name(dtype), shape_text(ndim, shape), reduction);
	SCRIPT(sheet, DO_MSE, false, reduction, loss, a, b, NO_ARRAY);
	SCRIPT(sheet, DO_MSE, true, reduction, dloss, a, b, da);
	for (uint32_t i = 0; i < sheet->array[a].count; i++) {
		const double d = sheet->array[a].value[i] - sheet->array[b].value[i];
		double g = 2 * d * sheet->array[dloss].value[none ? i : 0];

		g /= reduction == IPU_LOSS_MEAN ? count : 1;
		sum += d * d;
		array_expect(sheet, da, i, g, 0x1p-21 * fabs(g) + tolerance(dtype, g));
		if (none)
			array_expect(sheet, loss, i, d * d,
				     0x1p-22 * d * d + tolerance(dtype, d * d));
	}
	if (!none)
		array_expect(sheet, loss, 0, reduction == IPU_LOSS_MEAN ? sum / count : sum,
			     0x1p-20 * sum / (reduction == IPU_LOSS_MEAN ? fmax(count, 1) : 1));
}

static void add_loss(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	if (random_below(sheet, 3))
		add_cross_entropy(sheet, dtype, size);
	else
		add_mse(sheet, dtype, size);
}

const struct family family_loss = { "loss",
				    { IPU_F32, IPU_F16, IPU_BF16 },
				    add_loss,
				    .alike = false };
