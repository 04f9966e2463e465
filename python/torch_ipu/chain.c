// SPDX-License-Identifier: MIT
/* Several operations on each element that are one of PyTorch's: libipu makes chains of them. */
#include <string.h>

#include "job.h"

/**
 * struct making - a chain that becomes a graph
 * @job: that it is of
 * @chain: it
 * @number: of the tensor with each value: inputs, and then results of steps
 * @dtype: of that
 * @size: extents of inputs, which may be 1 where the result's are not
 */
struct making {
	struct job *job;
	const struct it_chain *chain;
	uint32_t number[IT_CHAIN_INPUTS + IT_CHAIN_STEPS];
	uint32_t dtype[IT_CHAIN_INPUTS + IT_CHAIN_STEPS];
	uint32_t size[IT_CHAIN_INPUTS][IT_DIMS];
};

static bool is_logical(uint32_t op)
{
	return op >= IPU_MAP_AND && op <= IPU_MAP_NOT;
}

static bool is_test(uint32_t op)
{
	return op >= IPU_MAP_EQ && op <= IPU_MAP_ISFINITE;
}

/* A value in the type that the chain is computed in; what was cast stays so. */
static uint32_t as_number(struct making *m, uint32_t value)
{
	const uint32_t *size = value < IT_CHAIN_INPUTS ? m->size[value] : m->chain->to->size;

	m->number[value] = job_cast(m->job, m->number[value], m->dtype[value], m->chain->to->ndim,
				    size, m->chain->dtype);
	m->dtype[value] = m->chain->dtype;
	return m->number[value];
}

/* An operand as the operation takes it: a condition is u8, and floats may be of any type. */
static uint32_t operand(struct making *m, const struct it_step *step, uint32_t i)
{
	const uint32_t value = step->operand[i];

	if (value == IT_NUMBER || value == IT_NOTHING)
		return IPU_NO_TENSOR;
	if (m->dtype[value] == IPU_U8 &&
	    (is_logical(step->op) || (step->op == IPU_MAP_SELECT && !i)))
		return m->number[value];
	if (it_is_float(m->dtype[value]) && it_is_float(m->chain->dtype) && !is_test(step->op))
		return m->number[value];
	return as_number(m, value);
}

static uint32_t result_of(const struct it_chain *chain, const struct it_step *step)
{
	return is_test(step->op) ? IPU_U8 : chain->dtype;
}

static void make_step(struct making *m, uint32_t i, uint32_t to, uint32_t dtype)
{
	const struct it_step *step = &m->chain->step[i];
	struct ipu_graph_map how = {
		.op = step->op,
		.given = IPU_NO_TENSOR,
		.scalar = it_bits_of(step->scalar, m->chain->dtype),
		.alpha = it_bits_of(step->alpha, m->chain->dtype),
		.beta = it_bits_of(step->beta, m->chain->dtype),
	};

	for (uint32_t k = 0; k < 3; k++)
		how.operand[k] = operand(m, step, k);
	how.to = to;
	ipu_graph_map(m->job->graph, &how);
	m->number[IT_CHAIN_INPUTS + i] = to;
	m->dtype[IT_CHAIN_INPUTS + i] = dtype;
}

/* Floats are rounded to the result's type by the last step itself. */
static void make_chain(struct job *job, const struct it_chain *chain)
{
	const struct it_tensor *to = chain->to;
	struct making m = { .job = job, .chain = chain };
	const uint32_t last = chain->steps - 1, type = result_of(chain, &chain->step[last]);
	uint32_t out;

	for (uint32_t i = 0; i < chain->inputs; i++) {
		m.number[i] = job_shrunk(job, 1 + i);
		m.dtype[i] = chain->input[i]->dtype;
		for (uint32_t k = 0; k < to->ndim; k++)
			m.size[i][k] = chain->input[i]->stride[k] ? chain->input[i]->size[k] : 1;
	}
	for (uint32_t i = 0; i < last; i++) {
		const uint32_t dtype = result_of(chain, &chain->step[i]);

		make_step(&m, i, job_temp(job, dtype, to->ndim, to->size), dtype);
	}
	out = job_out(job, 0);
	if ((it_is_float(type) && it_is_float(to->dtype)) || type == to->dtype) {
		make_step(&m, last, out, to->dtype);
		return;
	}
	make_step(&m, last, job_temp(job, type, to->ndim, to->size), type);
	job_convert(job, to, out, m.number[IT_CHAIN_INPUTS + last]);
}

int it_chain(const struct it_chain *chain)
{
	struct job job;

	if (!it_count(chain->to))
		return 0;
	job_begin(&job, chain->name);
	job_use(&job, chain->to);
	for (uint32_t i = 0; i < chain->inputs; i++)
		job_use(&job, chain->input[i]);
	job_word(&job, chain->dtype);
	for (uint32_t i = 0; i < chain->steps; i++) {
		const struct it_step *step = &chain->step[i];

		job_word(&job, step->op);
		for (uint32_t k = 0; k < 3; k++)
			job_word(&job, step->operand[k]);
		job_double(&job, step->scalar);
		job_double(&job, step->alpha);
		job_double(&job, step->beta);
	}
	if (job_is_new(&job))
		make_chain(&job, chain);
	return job_run(&job);
}
