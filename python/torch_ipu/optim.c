// SPDX-License-Identifier: MIT
/* Steps of optimisers, for one parameter. */
#include <errno.h>

#include "job.h"

/* As one row in the order of the parameter's memory, or as it is if it lies otherwise. */
static struct it_tensor in_order(const struct it_tensor *t, const uint32_t *order)
{
	struct it_tensor to = it_permuted(t, order);

	if (!it_is_contiguous(&to))
		return to;
	to.size[0] = it_count(&to);
	to.stride[0] = 1;
	to.ndim = 1;
	return to;
}

static void key(struct job *job, const struct ipu_graph_optim *how)
{
	job_word(job, how->kind);
	job_double(job, how->weight_decay);
	job_double(job, how->momentum);
	job_double(job, how->dampening);
	job_double(job, how->epsilon);
	job_double(job, how->keep);
	job_double(job, how->keep2);
	job_word(job, how->flag);
}

int it_optim(const struct it_optim *optim)
{
	const float rate = (float)optim->rate, step = (float)optim->step;
	struct ipu_graph_optim how = optim->how;
	uint32_t order[IT_DIMS], use[5], numbers;
	struct it_tensor t[5];
	struct job job;

	if (!it_count(optim->param))
		return 0;
	if (!it_order(optim->param, order))
		return -EOPNOTSUPP;
	job_begin(&job, "optimiser");
	key(&job, &how);
	for (int i = 0; i < 5; i++) {
		const struct it_tensor *from = i == 0 ? optim->param :
					       i == 1 ? optim->grad :
							optim->state[i - 2];

		if (from)
			t[i] = in_order(from, order);
		use[i] = job_use(&job, from ? &t[i] : NULL);
	}
	numbers = job_numbers(&job, &rate, IPU_F32, 1);
	if (optim->step_at)
		job_use(&job, optim->step_at);
	else
		job_numbers(&job, &step, IPU_F32, 1);
	if (job_is_new(&job)) {
		how.param = job_change(&job, use[0]);
		how.grad = job_in(&job, use[1]);
		for (int i = 0; i < 3; i++)
			how.state[i] =
				optim->state[i] ? job_change(&job, use[2 + i]) : IPU_NO_TENSOR;
		if (optim->grad && t[1].ndim != t[0].ndim)
			how.grad = ipu_graph_view(job.graph, how.grad, t[0].ndim, t[0].size);
		how.rate = job_scalar(&job, numbers);
		how.step = job_scalar(&job, numbers + 1);
		ipu_graph_optim(job.graph, &how);
	}
	return job_run(&job);
}
