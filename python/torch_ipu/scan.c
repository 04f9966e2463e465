// SPDX-License-Identifier: MIT
/* Sums and products while they grow. */
#include "job.h"

/*
 * One round: @from, [rows, n], with each element but the first @by of a row combined with the one
 * that is @by before it. After rounds of 1, 2, 4 and so on an element has all that come before.
 */
static uint32_t add_round(struct job *job, uint32_t op, uint32_t dtype, uint32_t from,
			  const uint32_t *size, uint32_t by)
{
	const uint32_t rest[2] = { size[0], size[1] - by };
	const int32_t stride[2] = { (int32_t)size[1], 1 };
	const uint32_t before = job_temp(job, dtype, 2, rest);
	const uint32_t here = job_temp(job, dtype, 2, rest);
	const uint32_t both = job_temp(job, dtype, 2, rest);
	const uint32_t to = job_temp(job, dtype, 2, size);

	ipu_graph_copy(job->graph, to, from, 0, 2, size, stride);
	ipu_graph_copy(job->graph, before, from, 0, 2, rest, stride);
	ipu_graph_copy(job->graph, here, from, by, 2, rest, stride);
	ipu_graph_map(job->graph, &(struct ipu_graph_map){
					  .op = op,
					  .to = both,
					  .operand = { here, before, IPU_NO_TENSOR },
					  .given = IPU_NO_TENSOR,
				  });
	ipu_graph_place(job->graph, to, both, 1, by);
	return to;
}

static void make_scan(struct job *job, uint32_t op, const struct it_tensor *to,
		      const struct it_tensor *from)
{
	const uint32_t dtype = it_is_float(to->dtype) ? IPU_F32 : IPU_I32;
	const uint32_t columns = from->size[from->ndim - 1], count = it_count(from);
	const uint32_t size[2] = { count / columns, columns };
	uint32_t now = job_cast(job, job_in(job, 1), from->dtype, from->ndim, from->size, dtype);
	uint32_t out;

	now = ipu_graph_view(job->graph, now, 2, size);
	for (uint32_t by = 1; by < columns; by *= 2)
		now = add_round(job, op, dtype, now, size, by);
	now = ipu_graph_view(job->graph, now, to->ndim, to->size);
	out = job_out(job, 0);
	if (to->dtype == dtype)
		ipu_graph_copy(job->graph, out, now, 0, 1, &count, (const int32_t[]){ 1 });
	else
		job_convert(job, to, out, now);
}

int it_scan(const char *name, uint32_t op, const struct it_tensor *to, const struct it_tensor *from,
	    uint32_t dim)
{
	struct it_tensor y, x;
	struct job job;

	if (!it_count(to))
		return 0;
	if (!to->ndim)
		return it_copy(to, from);
	y = it_with_last(to, dim);
	x = it_with_last(from, dim);
	job_begin(&job, name);
	job_use(&job, &y);
	job_use(&job, &x);
	job_word(&job, op);
	if (job_is_new(&job))
		make_scan(&job, op, &y, &x);
	return job_run(&job);
}
