// SPDX-License-Identifier: MIT
/* Elements by their indices, tensors put together, sorting. */
#include <errno.h>

#include "job.h"

int it_embedding(const char *name, const struct it_tensor *to, const struct it_tensor *table,
		 const struct it_tensor *index)
{
	struct job job;

	if (!it_count(to))
		return 0;
	job_begin(&job, name);
	job_use(&job, to);
	job_use(&job, table);
	job_use(&job, index);
	if (job_is_new(&job)) {
		const uint32_t w = job_in(&job, 1), i = job_in(&job, 2), y = job_out(&job, 0);

		ipu_graph_embedding(job.graph, y, w, i);
	}
	return job_run(&job);
}

int it_embedding_grad(const struct it_tensor *to, const struct it_tensor *from,
		      const struct it_tensor *index, int32_t skip)
{
	struct job job;

	if (!it_count(from))
		return it_fill(to, 0);
	job_begin(&job, "embedding_dense_backward");
	job_use(&job, to);
	job_use(&job, from);
	job_use(&job, index);
	job_word(&job, (uint32_t)skip);
	if (job_is_new(&job)) {
		const uint32_t x = job_in(&job, 1), i = job_in(&job, 2), y = job_out(&job, 0);

		ipu_graph_fill(job.graph, y, 0);
		ipu_graph_scatter_add(job.graph, y, x, i, skip);
	}
	return job_run(&job);
}

/* Elements of one or two bytes are moved as those of four. */
int it_scatter(const struct it_tensor *to, const struct it_tensor *from,
	       const struct it_tensor *index)
{
	const uint32_t as = it_is_float(to->dtype) ? to->dtype : IPU_I32;
	struct job job;

	if (!it_count(from))
		return 0;
	if (to->dtype != from->dtype)
		return -EOPNOTSUPP;
	job_begin(&job, "scatter");
	job_use(&job, to);
	job_use(&job, from);
	job_use(&job, index);
	if (job_is_new(&job)) {
		const uint32_t x =
			job_cast(&job, job_in(&job, 1), from->dtype, from->ndim, from->size, as);
		const uint32_t i = job_in(&job, 2), y = job_change(&job, 0);
		const uint32_t there = job_cast(&job, y, to->dtype, to->ndim, to->size, as);

		ipu_graph_scatter(job.graph, there, x, i);
		if (there != y)
			ipu_graph_cast(job.graph, y, there);
	}
	return job_run(&job);
}

int it_take_along(const struct it_tensor *to, const struct it_tensor *from,
		  const struct it_tensor *index, uint32_t dim)
{
	struct job job;

	if (!it_count(to))
		return 0;
	job_begin(&job, "gather");
	job_use(&job, to);
	job_use(&job, from);
	job_use(&job, index);
	job_word(&job, dim);
	if (job_is_new(&job)) {
		const uint32_t x = job_in(&job, 1), i = job_in(&job, 2), y = job_out(&job, 0);

		ipu_graph_take_along(job.graph, y, x, i, dim);
	}
	return job_run(&job);
}

int it_cat(const struct it_tensor *to, const struct it_tensor *part, uint32_t parts, uint32_t dim)
{
	uint32_t order[IT_DIMS], at = 0, along = dim, y, x;
	struct it_tensor there;
	struct job job;

	if (!it_count(to))
		return 0;
	if (!it_order(to, order))
		return -EOPNOTSUPP;
	job_begin(&job, "cat");
	there = it_permuted(to, order);
	job_use(&job, &there);
	job_word(&job, dim);
	for (uint32_t i = 0; i < parts; i++) {
		const struct it_tensor t = it_permuted(&part[i], order);

		job_use(&job, &t);
	}
	for (uint32_t i = 0; i < to->ndim; i++)
		if (order[i] == dim)
			along = i;
	if (job_is_new(&job)) {
		y = job_out(&job, 0);
		for (uint32_t i = 0; i < parts; i++) {
			x = job_in(&job, 1 + i);
			x = job_cast(&job, x, part[i].dtype, to->ndim, job.use[1 + i].tensor.size,
				     to->dtype);
			ipu_graph_place(job.graph, y, x, along, at);
			at += part[i].size[dim];
		}
	}
	return job_run(&job);
}

int it_place(const struct it_tensor *to, const struct it_tensor *from, uint32_t dim,
	     uint32_t offset)
{
	struct job job;

	if (!it_count(to))
		return 0;
	job_begin(&job, "place");
	job_use(&job, to);
	job_use(&job, from);
	job_word(&job, dim);
	job_word(&job, offset);
	if (job_is_new(&job)) {
		const uint32_t x = job_in(&job, 1), y = job_out(&job, 0);

		ipu_graph_fill(job.graph, y, 0);
		ipu_graph_place(job.graph, y, x, dim, offset);
	}
	return job_run(&job);
}

int it_sort(const struct it_tensor *values, const struct it_tensor *indices,
	    const struct it_tensor *from, bool descending)
{
	struct job job;

	if (!it_count(values))
		return 0;
	job_begin(&job, "sort");
	job_use(&job, values);
	job_use(&job, indices);
	job_use(&job, from);
	job_word(&job, descending);
	if (job_is_new(&job)) {
		const uint32_t x = job_in(&job, 2), y = job_out(&job, 0), i = job_out(&job, 1);

		ipu_graph_sort(job.graph, y, i, x, descending);
	}
	return job_run(&job);
}
