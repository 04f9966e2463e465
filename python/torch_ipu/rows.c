// SPDX-License-Identifier: MIT
/* Reductions, softmax, norms and losses. */
#include <errno.h>

#include "job.h"

/* A result that the operation makes as @dtype, and that is of another type. */
static uint32_t out_as(struct job *job, uint32_t use, uint32_t dtype, uint32_t *last)
{
	const struct it_tensor *t = &job->use[use].tensor;

	*last = job_out(job, use);
	return t->dtype == dtype || !t->dtype ? *last : job_temp(job, dtype, t->ndim, t->size);
}

static void end_as(struct job *job, uint32_t made, uint32_t last)
{
	if (made != last)
		ipu_graph_cast(job->graph, last, made);
}

static uint32_t in_as(struct job *job, uint32_t use, uint32_t dtype)
{
	const struct it_tensor *t = &job->use[use].tensor;

	return job_cast(job, job_in(job, use), t->dtype, t->ndim, t->size, dtype);
}

/* ---- Reductions ------------------------------------------------------------- */

static uint32_t result_of(uint32_t op, const struct it_tensor *to, uint32_t as)
{
	if (op == IPU_REDUCE_ARGMAX || op == IPU_REDUCE_ARGMIN)
		return IPU_I32;
	if (op == IPU_REDUCE_ANY || op == IPU_REDUCE_ALL)
		return IPU_U8;
	return it_is_float(to->dtype) && it_is_float(as) ? to->dtype : as;
}

int it_reduce(const char *name, uint32_t op, const struct it_tensor *to,
	      const struct it_tensor *from, uint32_t dims, uint32_t as)
{
	uint32_t order[IT_DIMS], there = 0, last;
	struct it_tensor a = *from, y = *to;
	struct job job;

	if (!it_count(to))
		return 0;
	/* In the order in which it is in memory, unless that is the number of an element. */
	if (op != IPU_REDUCE_ARGMAX && op != IPU_REDUCE_ARGMIN && it_order(from, order)) {
		a = it_permuted(from, order);
		y = it_permuted(to, order);
		for (uint32_t i = 0; i < a.ndim; i++)
			there |= (dims >> order[i] & 1) << i;
		dims = there;
	}
	job_begin(&job, name);
	job_use(&job, &y);
	job_use(&job, &a);
	job_word(&job, op);
	job_word(&job, dims);
	job_word(&job, as);
	if (job_is_new(&job)) {
		const uint32_t x = in_as(&job, 1, as);
		const uint32_t made = out_as(&job, 0, result_of(op, to, as), &last);

		ipu_graph_reduce(job.graph, op, made, x, dims);
		end_as(&job, made, last);
	}
	return job_run(&job);
}

int it_variance(bool root, const struct it_tensor *to, const struct it_tensor *mean,
		const struct it_tensor *from, uint32_t dims, double correction)
{
	uint32_t kept[IT_DIMS], mean_last, last, count = 1;
	struct job job;

	if (!it_count(to))
		return 0;
	for (uint32_t i = 0; i < from->ndim; i++) {
		kept[i] = dims >> i & 1 ? 1 : from->size[i];
		count *= dims >> i & 1 ? from->size[i] : 1;
	}
	job_begin(&job, root ? "std" : "var");
	job_use(&job, to);
	job_use(&job, mean);
	job_use(&job, from);
	job_word(&job, dims);
	job_double(&job, correction);
	if (job_is_new(&job)) {
		const uint32_t x = in_as(&job, 2, IPU_F32);
		const uint32_t made = out_as(&job, 0, IPU_F32, &last);
		const uint32_t centre = mean ? out_as(&job, 1, IPU_F32, &mean_last) :
					       job_temp(&job, IPU_F32, from->ndim, kept);
		const uint32_t away = job_temp(&job, IPU_F32, from->ndim, from->size);
		const uint32_t sum = job_temp(&job, IPU_F32, from->ndim, kept);
		const uint32_t quotient = root ? job_temp(&job, IPU_F32, from->ndim, kept) : made;
		struct ipu_graph_map map = {
			.op = IPU_MAP_SUB,
			.to = away,
			.operand = { x, centre, IPU_NO_TENSOR },
			.given = IPU_NO_TENSOR,
		};

		ipu_graph_reduce(job.graph, IPU_REDUCE_MEAN, centre, x, dims);
		ipu_graph_map(job.graph, &map);
		ipu_graph_reduce(job.graph, IPU_REDUCE_SUM_SQUARES, sum, away, dims);
		map.op = IPU_MAP_DIV;
		map.to = quotient;
		map.operand[0] = sum;
		map.operand[1] = IPU_NO_TENSOR;
		map.scalar = it_bits_of(count > correction ? count - correction : 0, IPU_F32);
		ipu_graph_map(job.graph, &map);
		map.op = IPU_MAP_SQRT;
		map.to = made;
		map.operand[0] = quotient;
		if (root)
			ipu_graph_map(job.graph, &map);
		end_as(&job, made, last);
		if (mean)
			end_as(&job, centre, mean_last);
	}
	return job_run(&job);
}

/* ---- Softmax ---------------------------------------------------------------- */

struct it_tensor it_with_last(const struct it_tensor *t, uint32_t dim)
{
	uint32_t order[IT_DIMS], n = 0;

	for (uint32_t i = 0; i < t->ndim; i++)
		if (i != dim)
			order[n++] = i;
	order[n] = dim;
	return t->ndim ? it_permuted(t, order) : *t;
}

int it_softmax(bool log, const struct it_tensor *to, const struct it_tensor *from, uint32_t dim)
{
	const struct it_tensor y = it_with_last(to, dim), x = it_with_last(from, dim);
	struct job job;
	uint32_t last;

	if (!it_count(to))
		return 0;
	if (!to->ndim)
		return it_fill(to, !log);
	job_begin(&job, log ? "_log_softmax" : "_softmax");
	job_use(&job, &y);
	job_use(&job, &x);
	if (job_is_new(&job)) {
		const uint32_t a = in_as(&job, 1, to->dtype);
		const uint32_t made = out_as(&job, 0, to->dtype, &last);

		ipu_graph_softmax(job.graph, log, made, a, 1, 0);
	}
	return job_run(&job);
}

int it_softmax_grad(bool log, const struct it_tensor *to, const struct it_tensor *y,
		    const struct it_tensor *dy, uint32_t dim)
{
	const struct it_tensor t[3] = { it_with_last(to, dim), it_with_last(y, dim),
					it_with_last(dy, dim) };
	struct job job;
	uint32_t last;

	if (!it_count(to))
		return 0;
	if (!to->ndim)
		return it_fill(to, 0);
	job_begin(&job, log ? "_log_softmax_backward_data" : "_softmax_backward_data");
	for (int i = 0; i < 3; i++)
		job_use(&job, &t[i]);
	if (job_is_new(&job)) {
		const uint32_t a = job_in(&job, 1), b = in_as(&job, 2, y->dtype);
		const uint32_t made = out_as(&job, 0, y->dtype, &last);

		ipu_graph_softmax_grad(job.graph, log, made, a, b, 1, 0);
		end_as(&job, made, last);
	}
	return job_run(&job);
}

/* ---- Norms ------------------------------------------------------------------- */

int it_layer_norm(const struct it_tensor *to, const struct it_tensor *mean,
		  const struct it_tensor *rstd, const struct it_tensor *x,
		  const struct it_tensor *gamma, const struct it_tensor *beta, double epsilon)
{
	uint32_t mean_last, rstd_last;
	struct job job;

	if (!it_count(to))
		return 0;
	job_begin(&job, "native_layer_norm");
	job_use(&job, to);
	job_use(&job, mean);
	job_use(&job, rstd);
	job_use(&job, x);
	job_use(&job, gamma);
	job_use(&job, beta);
	job_double(&job, epsilon);
	if (job_is_new(&job)) {
		struct ipu_graph_norm norm = {
			.to = job_out(&job, 0),
			.mean = out_as(&job, 1, IPU_F32, &mean_last),
			.rstd = out_as(&job, 2, IPU_F32, &rstd_last),
			.x = job_in(&job, 3),
			.gamma = in_as(&job, 4, x->dtype),
			.beta = in_as(&job, 5, x->dtype),
			.running_mean = IPU_NO_TENSOR,
			.running_var = IPU_NO_TENSOR,
			.dy = IPU_NO_TENSOR,
			.dgamma = IPU_NO_TENSOR,
			.dbeta = IPU_NO_TENSOR,
			.epsilon = (float)epsilon,
		};

		ipu_graph_norm(job.graph, &norm);
		end_as(&job, norm.mean, mean_last);
		end_as(&job, norm.rstd, rstd_last);
	}
	return job_run(&job);
}

int it_layer_norm_grad(const struct it_tensor *dx, const struct it_tensor *dgamma,
		       const struct it_tensor *dbeta, const struct it_tensor *dy,
		       const struct it_tensor *x, const struct it_tensor *gamma,
		       const struct it_tensor *mean, const struct it_tensor *rstd)
{
	struct job job;

	if (!it_count(x))
		return 0;
	job_begin(&job, "native_layer_norm_backward");
	job_use(&job, dx);
	job_use(&job, dgamma);
	job_use(&job, dbeta);
	job_use(&job, dy);
	job_use(&job, x);
	job_use(&job, gamma);
	job_use(&job, mean);
	job_use(&job, rstd);
	if (job_is_new(&job)) {
		ipu_graph_norm(job.graph, &(struct ipu_graph_norm){
						  .gradient = true,
						  .to = job_out(&job, 0),
						  .dgamma = job_out(&job, 1),
						  .dbeta = job_out(&job, 2),
						  .dy = in_as(&job, 3, x->dtype),
						  .x = job_in(&job, 4),
						  .gamma = in_as(&job, 5, x->dtype),
						  .mean = in_as(&job, 6, IPU_F32),
						  .rstd = in_as(&job, 7, IPU_F32),
						  .beta = IPU_NO_TENSOR,
						  .running_mean = IPU_NO_TENSOR,
						  .running_var = IPU_NO_TENSOR,
					  });
	}
	return job_run(&job);
}

/* Channels last. */
static struct it_tensor nhwc(const struct it_tensor *t)
{
	return t->ndim > 1 ? it_with_last(t, 1) : *t;
}

static uint32_t running(struct job *job, uint32_t use)
{
	const struct it_tensor *t = &job->use[use].tensor;

	return t->dtype ? job_change(job, use) : IPU_NO_TENSOR;
}

int it_batch_norm(const struct it_batch_norm *n, bool inference)
{
	const struct it_tensor to = nhwc(n->to), x = nhwc(n->x);
	struct job job;

	if (!it_count(&x))
		return 0;
	if ((n->running_mean && n->running_mean->dtype != IPU_F32) ||
	    (n->mean && n->mean->dtype != IPU_F32))
		return -EOPNOTSUPP;
	job_begin(&job, "native_batch_norm");
	job_use(&job, &to);
	job_use(&job, &x);
	job_use(&job, n->gamma);
	job_use(&job, n->beta);
	job_use(&job, inference ? NULL : n->mean);
	job_use(&job, inference ? NULL : n->rstd);
	job_use(&job, n->running_mean);
	job_use(&job, n->running_var);
	job_double(&job, n->momentum);
	job_double(&job, n->epsilon);
	job_word(&job, inference);
	if (job_is_new(&job)) {
		ipu_graph_norm(job.graph,
			       &(struct ipu_graph_norm){
				       .batch = true,
				       .inference = inference,
				       .to = job_out(&job, 0),
				       .x = job_in(&job, 1),
				       .gamma = in_as(&job, 2, x.dtype),
				       .beta = in_as(&job, 3, x.dtype),
				       .mean = inference ? job_in(&job, 6) : job_out(&job, 4),
				       .rstd = inference ? job_in(&job, 7) : job_out(&job, 5),
				       .running_mean = inference ? IPU_NO_TENSOR : running(&job, 6),
				       .running_var = inference ? IPU_NO_TENSOR : running(&job, 7),
				       .dy = IPU_NO_TENSOR,
				       .dgamma = IPU_NO_TENSOR,
				       .dbeta = IPU_NO_TENSOR,
				       .momentum = (float)n->momentum,
				       .epsilon = (float)n->epsilon,
			       });
	}
	return job_run(&job);
}

int it_batch_norm_grad(const struct it_batch_norm *n)
{
	const struct it_tensor dx = nhwc(n->to), x = nhwc(n->x), dy = nhwc(n->dy);
	uint32_t dgamma_last, dbeta_last;
	struct job job;

	if (!it_count(&x))
		return 0;
	job_begin(&job, "native_batch_norm_backward");
	job_use(&job, &dx);
	job_use(&job, &x);
	job_use(&job, &dy);
	job_use(&job, n->gamma);
	job_use(&job, n->mean);
	job_use(&job, n->rstd);
	job_use(&job, n->dgamma);
	job_use(&job, n->dbeta);
	if (job_is_new(&job)) {
		struct ipu_graph_norm norm = {
			.batch = true,
			.gradient = true,
			.to = job_out(&job, 0),
			.x = job_in(&job, 1),
			.dy = in_as(&job, 2, x.dtype),
			.gamma = in_as(&job, 3, x.dtype),
			.mean = job_in(&job, 4),
			.rstd = job_in(&job, 5),
			.dgamma = out_as(&job, 6, IPU_F32, &dgamma_last),
			.dbeta = out_as(&job, 7, IPU_F32, &dbeta_last),
			.beta = IPU_NO_TENSOR,
			.running_mean = IPU_NO_TENSOR,
			.running_var = IPU_NO_TENSOR,
		};

		ipu_graph_norm(job.graph, &norm);
		end_as(&job, norm.dgamma, dgamma_last);
		end_as(&job, norm.dbeta, dbeta_last);
	}
	return job_run(&job);
}

/* ---- Losses -------------------------------------------------------------------- */

int it_nll_loss(const struct it_tensor *loss, const struct it_tensor *total,
		const struct it_tensor *x, const struct it_tensor *labels, uint32_t reduction,
		int32_t ignore)
{
	uint32_t loss_last, total_last;
	struct job job;

	job_begin(&job, "nll_loss_forward");
	job_use(&job, loss);
	job_use(&job, total);
	job_use(&job, x);
	job_use(&job, labels);
	job_word(&job, reduction);
	job_word(&job, (uint32_t)ignore);
	if (job_is_new(&job)) {
		struct ipu_graph_loss how = {
			.nll = true,
			.reduction = reduction,
			.ignore = ignore,
			.x = job_in(&job, 2),
			.labels = job_in(&job, 3),
			.loss = out_as(&job, 0, IPU_F32, &loss_last),
			.total = out_as(&job, 1, IPU_F32, &total_last),
			.dx = IPU_NO_TENSOR,
		};

		ipu_graph_loss(job.graph, &how);
		end_as(&job, how.loss, loss_last);
		end_as(&job, how.total, total_last);
	}
	return job_run(&job);
}

int it_nll_loss_grad(const struct it_tensor *dx, const struct it_tensor *dloss,
		     const struct it_tensor *total, const struct it_tensor *labels,
		     uint32_t reduction, int32_t ignore)
{
	struct job job;

	job_begin(&job, "nll_loss_backward");
	job_use(&job, dx);
	job_use(&job, dloss);
	job_use(&job, total);
	job_use(&job, labels);
	job_word(&job, reduction);
	job_word(&job, (uint32_t)ignore);
	if (job_is_new(&job)) {
		ipu_graph_loss(job.graph, &(struct ipu_graph_loss){
						  .nll = true,
						  .gradient = true,
						  .reduction = reduction,
						  .ignore = ignore,
						  .x = IPU_NO_TENSOR,
						  .loss = in_as(&job, 1, IPU_F32),
						  .total = in_as(&job, 2, IPU_F32),
						  .labels = job_in(&job, 3),
						  .dx = job_out(&job, 0),
					  });
	}
	return job_run(&job);
}

int it_mse(const struct it_tensor *loss, const struct it_tensor *a, const struct it_tensor *b,
	   uint32_t reduction)
{
	uint32_t last;
	struct job job;

	job_begin(&job, "mse_loss");
	job_use(&job, loss);
	job_use(&job, a);
	job_use(&job, b);
	job_word(&job, reduction);
	if (job_is_new(&job)) {
		const uint32_t x = job_in(&job, 1), y = job_in(&job, 2);
		const uint32_t as = reduction ? IPU_F32 : a->dtype;
		const uint32_t made = out_as(&job, 0, as, &last);

		ipu_graph_mse(job.graph, reduction, made, x, y);
		end_as(&job, made, last);
	}
	return job_run(&job);
}

int it_mse_grad(const struct it_tensor *da, const struct it_tensor *dloss,
		const struct it_tensor *a, const struct it_tensor *b, uint32_t reduction)
{
	struct job job;

	job_begin(&job, "mse_loss_backward");
	job_use(&job, da);
	job_use(&job, dloss);
	job_use(&job, a);
	job_use(&job, b);
	job_word(&job, reduction);
	if (job_is_new(&job)) {
		const uint32_t dy = in_as(&job, 1, reduction ? IPU_F32 : a->dtype);
		const uint32_t x = job_in(&job, 2), y = job_in(&job, 3), dx = job_out(&job, 0);

		ipu_graph_mse_grad(job.graph, reduction, dy, x, y, dx);
	}
	return job_run(&job);
}
