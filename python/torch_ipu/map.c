// SPDX-License-Identifier: MIT
/* Operations on each element: arithmetic, comparisons, copies, casts, random numbers. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "job.h"

uint32_t it_bits_of(double value, uint32_t dtype)
{
	const float real = (float)value;
	uint32_t bits;

	if (!it_is_float(dtype))
		return value >= 2147483648.0 ? (uint32_t)value : (uint32_t)(int32_t)value;
	memcpy(&bits, &real, sizeof(bits));
	return bits;
}

/* Numbers that do not change from step to step, as far as one can know: these are made in. */
static bool is_plain(double value)
{
	return fabs(value) <= 16 && value * 8 == floor(value * 8);
}

static bool is_test(uint32_t op)
{
	return op >= IPU_MAP_EQ && op <= IPU_MAP_ISFINITE;
}

/* An operand in the type that the operation takes. */
static uint32_t operand(struct job *job, const struct it_map *map, uint32_t i, uint32_t use)
{
	const struct it_tensor *t = map->operand[i];
	const uint32_t number = job_shrunk(job, use);
	uint32_t shape[IT_DIMS];

	if (t->dtype == map->dtype || (map->op == IPU_MAP_SELECT && !i) ||
	    (it_is_float(t->dtype) && it_is_float(map->dtype) && !is_test(map->op)))
		return number;
	for (uint32_t k = 0; k < t->ndim; k++)
		shape[k] = t->stride[k] ? t->size[k] : 1;
	return job_cast(job, number, t->dtype, t->ndim, shape, map->dtype);
}

void job_convert(struct job *job, const struct it_tensor *to, uint32_t number, uint32_t from)
{
	if (to->truth)
		ipu_graph_map(job->graph, &(struct ipu_graph_map){
						  .op = IPU_MAP_NE,
						  .to = number,
						  .operand = { from, IPU_NO_TENSOR, IPU_NO_TENSOR },
						  .given = IPU_NO_TENSOR,
					  });
	else
		ipu_graph_cast(job->graph, number, from);
}

static void make_map(struct job *job, const struct it_map *map, const uint32_t *use, bool given)
{
	const struct it_tensor *to = map->to;
	const bool floats = it_is_float(map->dtype) && it_is_float(to->dtype);
	const uint32_t result = is_test(map->op) ? IPU_U8 : floats ? to->dtype : map->dtype;
	const bool same = result == to->dtype && (!to->truth || result == IPU_U8);
	struct ipu_graph_map how = {
		.op = map->op,
		.operand = { IPU_NO_TENSOR, IPU_NO_TENSOR, IPU_NO_TENSOR },
		.given = IPU_NO_TENSOR,
		.scalar = it_bits_of(map->scalar, map->dtype),
		.alpha = it_bits_of(map->alpha, map->dtype),
		.beta = it_bits_of(map->beta, map->dtype),
	};
	uint32_t number;

	for (uint32_t i = 0; i < map->operands; i++)
		if (map->operand[i])
			how.operand[i] = operand(job, map, i, use[1 + i]);
	if (given)
		how.given = job_copies(job, use[4]);
	number = job_out(job, use[0]);
	how.to = same ? number : job_temp(job, result, to->ndim, to->size);
	ipu_graph_map(job->graph, &how);
	if (!same)
		job_convert(job, to, number, how.to);
}

int it_map(const struct it_map *map)
{
	const bool given = !is_plain(map->scalar) || !is_plain(map->alpha) || !is_plain(map->beta);
	const uint32_t numbers[3] = {
		it_bits_of(map->scalar, map->dtype),
		it_bits_of(map->alpha, map->dtype),
		it_bits_of(map->beta, map->dtype),
	};
	uint32_t use[5];
	struct job job;

	if (!it_count(map->to))
		return 0;
	job_begin(&job, map->name);
	job_word(&job, map->op);
	job_word(&job, map->dtype);
	use[0] = job_use(&job, map->to);
	for (uint32_t i = 0; i < 3; i++)
		use[1 + i] = job_use(&job, i < map->operands ? map->operand[i] : NULL);
	job_word(&job, given);
	if (given)
		use[4] = job_numbers(&job, numbers, it_is_float(map->dtype) ? IPU_F32 : IPU_I32, 3);
	for (uint32_t i = 0; i < 3 && !given; i++)
		job_word(&job, numbers[i]);
	if (job_is_new(&job))
		make_map(&job, map, use, given);
	return job_run(&job);
}

/* ---- Copies ------------------------------------------------------------------- */

int it_copy(const struct it_tensor *to, const struct it_tensor *from)
{
	uint32_t use[2];
	struct job job;

	if (!it_count(to))
		return 0;
	job_begin(&job, "copy");
	use[0] = job_use(&job, to);
	use[1] = job_use(&job, from);
	if (job_is_new(&job)) {
		const uint32_t a = job_in(&job, use[1]), y = job_out(&job, use[0]);
		const uint32_t count = it_count(to);

		if (to->truth && !from->truth)
			job_convert(&job, to, y, a);
		else if (to->dtype != from->dtype)
			ipu_graph_cast(job.graph, y, a);
		else
			ipu_graph_copy(job.graph, y, a, 0, 1, &count, (const int32_t[]){ 1 });
	}
	return job_run(&job);
}

int it_fill(const struct it_tensor *to, double value)
{
	struct job job;

	if (!it_count(to))
		return 0;
	job_begin(&job, "fill");
	job_use(&job, to);
	job_double(&job, value);
	if (job_is_new(&job)) {
		const uint32_t y = job_out(&job, 0);

		ipu_graph_fill(job.graph, y, it_bits_of(value, to->dtype));
	}
	return job_run(&job);
}

int it_arange(const struct it_tensor *to, double start, double step)
{
	struct job job;

	if (!it_count(to))
		return 0;
	job_begin(&job, "arange");
	job_use(&job, to);
	job_double(&job, start);
	job_double(&job, step);
	if (job_is_new(&job))
		ipu_graph_arange(job.graph, job_out(&job, 0), it_bits_of(start, to->dtype),
				 it_bits_of(step, to->dtype));
	return job_run(&job);
}

/* ---- Random numbers ------------------------------------------------------------ */

int it_random(uint32_t kind, const struct it_tensor *to, const uint32_t *generator, double a,
	      double b)
{
	struct job job;

	if (!it_count(to))
		return 0;
	job_begin(&job, "random");
	job_use(&job, to);
	job_numbers(&job, generator, IPU_U32, 4);
	job_word(&job, kind);
	job_double(&job, a);
	job_double(&job, b);
	if (job_is_new(&job)) {
		const uint32_t y = job_out(&job, 0), g = job_copies(&job, 1);

		ipu_graph_random(job.graph, kind, y, g, (float)a, (float)b);
	}
	return job_run(&job);
}

int it_dropout(const struct it_tensor *to, const struct it_tensor *mask,
	       const struct it_tensor *from, const uint32_t *generator, double p)
{
	struct job job;

	if (!it_count(to))
		return 0;
	job_begin(&job, "native_dropout");
	job_use(&job, to);
	job_use(&job, mask);
	job_use(&job, from);
	job_numbers(&job, generator, IPU_U32, 4);
	job_double(&job, p);
	if (job_is_new(&job)) {
		const uint32_t x = job_in(&job, 2), g = job_copies(&job, 3);
		const uint32_t y = job_out(&job, 0), m = job_out(&job, 1);

		ipu_graph_dropout(job.graph, y, m, x, g, (float)p);
	}
	return job_run(&job);
}

int it_dropout_grad(const struct it_tensor *to, const struct it_tensor *grad,
		    const struct it_tensor *mask, double scale)
{
	struct job job;

	if (!it_count(to))
		return 0;
	job_begin(&job, "native_dropout_backward");
	job_use(&job, to);
	job_use(&job, grad);
	job_use(&job, mask);
	job_double(&job, scale);
	if (job_is_new(&job)) {
		const uint32_t dy = job_in(&job, 1), m = job_in(&job, 2), dx = job_out(&job, 0);

		ipu_graph_dropout_grad(job.graph, dx, dy, m,
				       scale > 0 ? (float)(1 - 1 / scale) : 1);
	}
	return job_run(&job);
}
