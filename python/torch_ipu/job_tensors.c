// SPDX-License-Identifier: MIT
/*
 * Tensors of an operation: what is where in memory, and the tensors of the graph for them. One
 * that has gaps, or its dimensions in another order than memory has, is copied on the tiles.
 */
#include <errno.h>

#include "job.h"

uint32_t it_count(const struct it_tensor *tensor)
{
	uint32_t n = 1;

	for (uint32_t i = 0; i < tensor->ndim; i++)
		n *= tensor->size[i];
	return n;
}

bool it_is_float(uint32_t dtype)
{
	return dtype == IPU_F32 || dtype == IPU_F16 || dtype == IPU_BF16;
}

struct it_tensor it_permuted(const struct it_tensor *tensor, const uint32_t *order)
{
	struct it_tensor to = *tensor;

	for (uint32_t i = 0; i < tensor->ndim; i++) {
		to.size[i] = tensor->size[order[i]];
		to.stride[i] = tensor->stride[order[i]];
	}
	return to;
}

bool it_is_contiguous(const struct it_tensor *tensor)
{
	uint32_t stride = 1;

	if (!it_count(tensor))
		return true;
	for (uint32_t i = tensor->ndim; i--;) {
		if (tensor->size[i] != 1 && tensor->stride[i] != (int32_t)stride)
			return false;
		stride *= tensor->size[i];
	}
	return true;
}

/* The order of dimensions in memory; false if there are gaps, or elements that overlap. */
bool it_order(const struct it_tensor *t, uint32_t *order)
{
	uint32_t stride = 1;

	for (uint32_t i = 0; i < t->ndim; i++) {
		uint32_t at = i;

		for (; at && t->stride[order[at - 1]] < t->stride[i]; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	for (uint32_t i = t->ndim; i--;) {
		const uint32_t d = order[i];

		if (t->size[d] != 1 && t->stride[d] != (int32_t)stride)
			return false;
		stride *= t->size[d];
	}
	return true;
}

/* ---- Tensors of the graph --------------------------------------------------- */

static void add_work(struct job *job, uint64_t work)
{
	if (work > job->work)
		job->work = work;
}

/* The tensor of the graph for @use: only one, or the host would have to give its data twice. */
static uint32_t bind(struct job *job, uint32_t use, uint32_t ndim, const uint32_t *size,
		     uint32_t role)
{
	struct job_use *u = &job->use[use];
	uint32_t number;

	if (u->tensor.wide)
		role |= IPU_GRAPH_WIDE;
	number = ipu_graph_tensor(job->graph, NULL, u->tensor.dtype, ndim, size, role);
	u->number = number;
	add_work(job, it_count(&u->tensor));
	return number;
}

static uint32_t in(struct job *job, uint32_t use, const struct it_tensor *t)
{
	uint32_t span = 1, from, to;

	if (it_is_contiguous(t))
		return bind(job, use, t->ndim, t->size, IPU_GRAPH_IN);
	for (uint32_t i = 0; i < t->ndim; i++)
		span += (t->size[i] - 1) * (uint32_t)t->stride[i];
	from = bind(job, use, 1, &span, IPU_GRAPH_IN);
	to = job_temp(job, t->dtype, t->ndim, t->size);
	ipu_graph_copy(job->graph, to, from, 0, t->ndim, t->size, t->stride);
	return to;
}

uint32_t job_in(struct job *job, uint32_t use)
{
	return job->use[use].tensor.dtype ? in(job, use, &job->use[use].tensor) : IPU_NO_TENSOR;
}

uint32_t job_shrunk(struct job *job, uint32_t use)
{
	struct it_tensor t = job->use[use].tensor;

	for (uint32_t i = 0; i < t.ndim; i++)
		if (!t.stride[i])
			t.size[i] = 1;
	return in(job, use, &t);
}

/*
 * Elements with gaps between them: as few dimensions as there can be, in the order of memory, of
 * which each but the last has a gap behind what the next ones take. Of int64, in words.
 */
struct layout {
	uint32_t dims;
	uint32_t size[IT_DIMS];
	uint32_t stride[IT_DIMS];
	uint32_t span; /* from the first to the last */
};

/* False for elements that overlap. */
static bool lay_out(const struct it_tensor *t, struct layout *l)
{
	const uint32_t words = t->wide ? 2 : 1;
	uint32_t order[IT_DIMS], n = 0;

	it_order(t, order);
	l->span = words;
	for (uint32_t i = 0; i < t->ndim; i++) {
		const uint32_t size = t->size[order[i]];
		const uint32_t stride = (uint32_t)t->stride[order[i]] * words;

		if (size == 1)
			continue;
		if (!stride)
			return false;
		l->span += (size - 1) * stride;
		if (n && l->stride[n - 1] == stride * size) {
			l->size[n - 1] *= size;
			l->stride[n - 1] = stride;
			continue;
		}
		l->size[n] = size;
		l->stride[n++] = stride;
	}
	l->dims = n;
	for (uint32_t i = n, used = words; i--; used += (l->size[i] - 1) * l->stride[i])
		if (used > l->stride[i])
			return false;
	return n > 0 && n < IT_DIMS;
}

/* All from the first element to the last: what is between them is read, and written as it was. */
static uint32_t bind_gaps(struct job *job, uint32_t use)
{
	struct job_use *u = &job->use[use];
	struct layout l;

	if (!lay_out(&u->tensor, &l)) {
		job->error = -EOPNOTSUPP;
		return IPU_NO_TENSOR;
	}
	add_work(job, l.span);
	u->number = ipu_graph_tensor(job->graph, NULL, u->tensor.dtype, 1, &l.span,
				     IPU_GRAPH_IN | IPU_GRAPH_OUT);
	return u->number;
}

uint32_t job_out(struct job *job, uint32_t use)
{
	const struct it_tensor *t = &job->use[use].tensor;
	uint32_t order[IT_DIMS], from, to;
	struct it_tensor there;

	if (!t->dtype)
		return IPU_NO_TENSOR;
	if (it_is_contiguous(t))
		return bind(job, use, t->ndim, t->size, IPU_GRAPH_OUT);
	if (job->laters == 8) {
		job->error = -EOPNOTSUPP;
		return IPU_NO_TENSOR;
	}
	if (it_order(t, order)) {
		there = it_permuted(t, order);
		to = bind(job, use, there.ndim, there.size, IPU_GRAPH_OUT);
	} else {
		to = bind_gaps(job, use);
	}
	from = job_temp(job, t->dtype, t->ndim, t->size);
	job->later[job->laters++] = (struct job_later){ use, from, to };
	return from;
}

uint32_t job_change(struct job *job, uint32_t use)
{
	const struct it_tensor *t = &job->use[use].tensor;

	if (!it_is_contiguous(t)) {
		job->error = -EOPNOTSUPP;
		return IPU_NO_TENSOR;
	}
	return bind(job, use, t->ndim, t->size, IPU_GRAPH_IN | IPU_GRAPH_OUT);
}

uint32_t job_copies(struct job *job, uint32_t use)
{
	const struct it_tensor *t = &job->use[use].tensor;

	return bind(job, use, t->ndim, t->size, IPU_GRAPH_IN | IPU_GRAPH_COPIES);
}

uint32_t job_scalar(struct job *job, uint32_t use)
{
	return ipu_graph_view(job->graph, job_copies(job, use), 0, NULL);
}

void job_work(struct job *job, uint64_t elements)
{
	add_work(job, elements);
}

uint32_t job_temp(struct job *job, uint32_t dtype, uint32_t ndim, const uint32_t *shape)
{
	return ipu_graph_tensor(job->graph, NULL, dtype, ndim, shape, 0);
}

uint32_t job_cast(struct job *job, uint32_t tensor, uint32_t dtype, uint32_t ndim,
		  const uint32_t *shape, uint32_t to_dtype)
{
	uint32_t to;

	if (dtype == to_dtype || tensor == IPU_NO_TENSOR)
		return tensor;
	to = job_temp(job, to_dtype, ndim, shape);
	ipu_graph_cast(job->graph, to, tensor);
	return to;
}

/* ---- Results that go to where they are in memory ---------------------------- */

/* The result's elements in the order of memory. */
static void to_memory(struct job *job, const struct it_tensor *t, uint32_t to, uint32_t from)
{
	uint32_t order[IT_DIMS], size[IT_DIMS], row = 1;
	int32_t logical[IT_DIMS], stride[IT_DIMS];

	it_order(t, order);
	for (uint32_t k = t->ndim; k--;) {
		logical[k] = (int32_t)row;
		row *= t->size[k];
	}
	for (uint32_t k = 0; k < t->ndim; k++) {
		size[k] = t->size[order[k]];
		stride[k] = logical[order[k]];
	}
	ipu_graph_copy(job->graph, to, from, 0, t->ndim, size, stride);
}

/* The upper words of int64 whose lower ones are @low. */
static uint32_t upper(struct job *job, uint32_t low, uint32_t ndim, const uint32_t *shape)
{
	const uint32_t less = job_temp(job, IPU_U8, ndim, shape);
	const uint32_t number = job_temp(job, IPU_I32, ndim, shape);
	const uint32_t high = job_temp(job, IPU_I32, ndim, shape);

	ipu_graph_map(job->graph,
		      &(struct ipu_graph_map){ .op = IPU_MAP_LT,
					       .to = less,
					       .operand = { low, IPU_NO_TENSOR, IPU_NO_TENSOR },
					       .given = IPU_NO_TENSOR });
	ipu_graph_cast(job->graph, number, less);
	ipu_graph_map(job->graph,
		      &(struct ipu_graph_map){ .op = IPU_MAP_NEG,
					       .to = high,
					       .operand = { number, IPU_NO_TENSOR, IPU_NO_TENSOR },
					       .given = IPU_NO_TENSOR });
	return high;
}

/* The first @keep of every @used elements of @part. */
static uint32_t cut(struct job *job, uint32_t part, uint32_t dtype, uint32_t ndim, uint32_t *shape,
		    uint32_t used, uint32_t keep)
{
	uint32_t rows[2] = { 1, keep }, to;

	for (uint32_t i = 0; i < ndim; i++)
		rows[0] *= shape[i];
	to = job_temp(job, dtype, 2, rows);
	ipu_graph_copy(job->graph, to, part, 0, 2, rows, (const int32_t[]){ (int32_t)used, 1 });
	return to;
}

/* From the last dimension on, what is written becomes a part of more of what was there. */
static void finish_gaps(struct job *job, const struct job_later *later)
{
	const struct it_tensor *t = &job->use[later->use].tensor;
	const uint32_t row = it_count(t);
	uint32_t count, flat, part, shape[IT_DIMS], used = 1;
	int32_t stride[IT_DIMS];
	struct layout l;

	lay_out(t, &l);
	/* With room for the gap behind the last of each dimension. */
	count = l.size[0] * l.stride[0] + l.stride[l.dims > 1];
	flat = job_temp(job, t->dtype, 1, &count);
	ipu_graph_place(job->graph, flat, later->to, 0, 0);
	part = job_temp(job, t->dtype, 1, &row);
	to_memory(job, t, part, later->from);
	for (uint32_t k = l.dims; k--; used = l.size[k] * l.stride[k]) {
		uint32_t more;

		for (uint32_t i = 0; i <= k; i++)
			shape[i] = l.size[i];
		if (used > l.stride[k])
			part = cut(job, part, t->dtype, k + 1, shape, used, l.stride[k]);
		used = used < l.stride[k] ? used : l.stride[k];
		for (uint32_t i = 0; i <= k; i++)
			stride[i] = (int32_t)l.stride[i];
		shape[k + 1] = l.stride[k];
		stride[k + 1] = 1;
		more = job_temp(job, t->dtype, k + 2, shape);
		ipu_graph_copy(job->graph, more, flat, 0, k + 2, shape, stride);
		shape[k + 1] = used;
		part = ipu_graph_view(job->graph, part, k + 2, shape);
		ipu_graph_place(job->graph, more, part, k + 1, 0);
		if (t->wide && used == 1)
			ipu_graph_place(job->graph, more, upper(job, part, k + 2, shape), k + 1, 1);
		part = more;
	}
	ipu_graph_copy(job->graph, later->to, part, 0, 1, &l.span, (const int32_t[]){ 1 });
}

void job_finish(struct job *job)
{
	for (uint32_t i = 0; i < job->laters; i++) {
		const struct job_later *later = &job->later[i];
		const struct it_tensor *t = &job->use[later->use].tensor;
		uint32_t order[IT_DIMS];

		if (it_order(t, order))
			to_memory(job, t, later->to, later->from);
		else
			finish_gaps(job, later);
	}
}
