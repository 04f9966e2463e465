// SPDX-License-Identifier: MIT
/* A step of an LSTM, and its gradient: one graph each. Gates are input, forget, cell, output. */
#include "job.h"

#define NONE IPU_NO_TENSOR

static uint32_t map2(struct job *job, const struct it_tensor *like, uint32_t op, uint32_t a,
		     uint32_t b, uint32_t c)
{
	const uint32_t to = job_temp(job, like->dtype, like->ndim, like->size);

	ipu_graph_map(job->graph, &(struct ipu_graph_map){
					  .op = op,
					  .to = to,
					  .operand = { a, b, c },
					  .given = NONE,
				  });
	return to;
}

/* One of the four parts of [rows, 4 columns], as [rows, columns]. */
static uint32_t part(struct job *job, const struct it_tensor *like, uint32_t gates, uint32_t i)
{
	const uint32_t columns = like->size[1];
	const uint32_t to = job_temp(job, like->dtype, 2, like->size);

	ipu_graph_copy(job->graph, to, gates, i * columns, 2, like->size,
		       (const int32_t[]){ 4 * (int32_t)columns, 1 });
	return to;
}

static void end(struct job *job, uint32_t to, uint32_t from, const struct it_tensor *like)
{
	const uint32_t count = it_count(like);

	ipu_graph_copy(job->graph, to, from, 0, 1, &count, (const int32_t[]){ 1 });
}

static void make_cell(struct job *job, const struct it_tensor *cx)
{
	const uint32_t hy = job_out(job, 0), cy = job_out(job, 1), work = job_out(job, 2);
	const struct it_tensor *all = &job->use[3].tensor;
	const uint32_t c = job_in(job, 5);
	uint32_t gates = map2(job, all, IPU_MAP_ADD, job_in(job, 3), job_in(job, 4), NONE), gate[4];
	uint32_t next;

	for (uint32_t i = 6; i < 8; i++)
		if (job->use[i].tensor.dtype)
			gates = map2(job, all, IPU_MAP_ADD, gates, job_in(job, i), NONE);
	for (uint32_t i = 0; i < 4; i++) {
		gate[i] = map2(job, cx, i == 2 ? IPU_MAP_TANH : IPU_MAP_SIGMOID,
			       part(job, cx, gates, i), NONE, NONE);
		ipu_graph_place(job->graph, work, gate[i], 1, i * cx->size[1]);
	}
	next = map2(job, cx, IPU_MAP_FMA, gate[1], c,
		    map2(job, cx, IPU_MAP_MUL, gate[0], gate[2], NONE));
	end(job, cy, next, cx);
	next = map2(job, cx, IPU_MAP_TANH, next, NONE, NONE);
	end(job, hy, map2(job, cx, IPU_MAP_MUL, gate[3], next, NONE), cx);
}

int it_lstm_cell(const struct it_tensor *const *t)
{
	struct job job;

	job_begin(&job, "_thnn_fused_lstm_cell");
	for (int i = 0; i < 8; i++)
		job_use(&job, t[i]);
	if (job_is_new(&job))
		make_cell(&job, t[5]);
	return job_run(&job);
}

/* The gradient of the cell's state, from those of the two results. */
static uint32_t state_grad(struct job *job, const struct it_tensor *cx, uint32_t out, uint32_t tanh)
{
	const uint32_t dh = job_in(job, 2), dc = job_in(job, 3);
	uint32_t grad = NONE;

	if (dh != NONE) {
		grad = map2(job, cx, IPU_MAP_MUL, dh, out, NONE);
		grad = map2(job, cx, IPU_MAP_TANH_GRAD, grad, tanh, NONE);
	}
	if (grad != NONE && dc != NONE)
		return map2(job, cx, IPU_MAP_ADD, grad, dc, NONE);
	return grad != NONE ? grad : dc;
}

static void make_grad(struct job *job, const struct it_tensor *cx)
{
	const uint32_t gates = job_out(job, 0), dcx = job_out(job, 1);
	const uint32_t c = job_in(job, 4), cy = job_in(job, 5), work = job_in(job, 6);
	uint32_t gate[4], grad[4], tanh, dc;

	for (uint32_t i = 0; i < 4; i++)
		gate[i] = part(job, cx, work, i);
	tanh = map2(job, cx, IPU_MAP_TANH, cy, NONE, NONE);
	dc = state_grad(job, cx, gate[3], tanh);
	grad[0] = map2(job, cx, IPU_MAP_SIGMOID_GRAD, map2(job, cx, IPU_MAP_MUL, dc, gate[2], NONE),
		       gate[0], NONE);
	grad[1] = map2(job, cx, IPU_MAP_SIGMOID_GRAD, map2(job, cx, IPU_MAP_MUL, dc, c, NONE),
		       gate[1], NONE);
	grad[2] = map2(job, cx, IPU_MAP_TANH_GRAD, map2(job, cx, IPU_MAP_MUL, dc, gate[0], NONE),
		       gate[2], NONE);
	grad[3] = NONE;
	if (job->use[2].tensor.dtype) {
		const uint32_t dh = ipu_graph_view(job->graph, job->use[2].number, 2, cx->size);

		grad[3] = map2(job, cx, IPU_MAP_SIGMOID_GRAD,
			       map2(job, cx, IPU_MAP_MUL, dh, tanh, NONE), gate[3], NONE);
	}
	if (grad[3] == NONE)
		ipu_graph_fill(job->graph, gates, 0);
	for (uint32_t i = 0; i < 4; i++)
		if (grad[i] != NONE)
			ipu_graph_place(job->graph, gates, grad[i], 1, i * cx->size[1]);
	end(job, dcx, map2(job, cx, IPU_MAP_MUL, dc, gate[1], NONE), cx);
}

int it_lstm_cell_grad(const struct it_tensor *const *t)
{
	struct job job;

	job_begin(&job, "_thnn_fused_lstm_cell_backward");
	for (int i = 0; i < 7; i++)
		job_use(&job, t[i]);
	if (job_is_new(&job))
		make_grad(&job, t[4]);
	return job_run(&job);
}
