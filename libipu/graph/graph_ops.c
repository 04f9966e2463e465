// SPDX-License-Identifier: MIT
/* What each operation has in the script; its words are those of script.h. */
#include <errno.h>
#include <string.h>

#include <ipu/conv_plan.h>

#include "graph.h"

static uint32_t bits_of(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* The words; then the tensors among them, of which the first is the result. */
#define LIST(...)                                                         \
	sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4, (const uint32_t[]) \
	{                                                                 \
		__VA_ARGS__                                               \
	}

int ipu_graph_map(struct ipu_graph *graph, const struct ipu_graph_map *map)
{
	return graph_add(
		graph, DO_MAP,
		LIST(map->op, map->to, map->operand[0], map->operand[1], map->operand[2],
		     map->scalar, map->alpha, map->beta, map->given),
		LIST(map->to, map->operand[0], map->operand[1], map->operand[2], map->given));
}

int ipu_graph_copy(struct ipu_graph *graph, uint32_t to, uint32_t from, uint32_t offset,
		   uint32_t ndim, const uint32_t *shape, const int32_t *stride)
{
	uint32_t word[4 + 2 * IPU_GRAPH_DIMS] = { to, from, offset, ndim };

	if (ndim > IPU_GRAPH_DIMS)
		return graph_fail(graph, -EINVAL, "A copy has %u dimensions, and may have %d.",
				  ndim, IPU_GRAPH_DIMS);
	for (uint32_t i = 0; i < ndim; i++) {
		word[4 + i] = shape[i];
		word[4 + ndim + i] = (uint32_t)stride[i];
	}
	return graph_add(graph, DO_COPY, 4 + 2 * ndim, word, LIST(to, from));
}

int ipu_graph_fill(struct ipu_graph *graph, uint32_t to, uint32_t value)
{
	return graph_add(graph, DO_FILL, LIST(to, value), LIST(to));
}

int ipu_graph_arange(struct ipu_graph *graph, uint32_t to, uint32_t start, uint32_t step)
{
	return graph_add(graph, DO_ARANGE, LIST(to, start, step), LIST(to));
}

int ipu_graph_cast(struct ipu_graph *graph, uint32_t to, uint32_t from)
{
	return graph_add(graph, DO_CAST, LIST(to, from), LIST(to, from));
}

int ipu_graph_random(struct ipu_graph *graph, uint32_t kind, uint32_t to, uint32_t generator,
		     float a, float b)
{
	if (kind > IPU_GRAPH_BERNOULLI)
		return graph_fail(graph, -EINVAL, "There is no distribution %u.", kind);
	return graph_add(graph, DO_UNIFORM + kind, LIST(to, generator, bits_of(a), bits_of(b)),
			 LIST(to, generator));
}

int ipu_graph_dropout(struct ipu_graph *graph, uint32_t to, uint32_t mask, uint32_t from,
		      uint32_t generator, float p)
{
	return graph_add(graph, DO_DROPOUT, LIST(to, generator, bits_of(p), mask, from),
			 LIST(to, generator, mask, from));
}

int ipu_graph_dropout_grad(struct ipu_graph *graph, uint32_t to, uint32_t grad, uint32_t mask,
			   float p)
{
	return graph_add(graph, DO_DROPOUT_GRAD, LIST(to, grad, mask, bits_of(p)),
			 LIST(to, grad, mask));
}

int ipu_graph_reduce(struct ipu_graph *graph, uint32_t op, uint32_t to, uint32_t from,
		     uint32_t dims)
{
	return graph_add(graph, DO_REDUCE, LIST(op, to, from, dims), LIST(to, from));
}

int ipu_graph_softmax(struct ipu_graph *graph, bool log, uint32_t to, uint32_t from, float scale,
		      uint32_t queries)
{
	return graph_add(graph, DO_SOFTMAX, LIST(log, to, from, NO_ARRAY, bits_of(scale), queries),
			 LIST(to, from));
}

int ipu_graph_softmax_grad(struct ipu_graph *graph, bool log, uint32_t to, uint32_t y, uint32_t dy,
			   float scale, uint32_t queries)
{
	return graph_add(graph, DO_SOFTMAX, LIST(log | 2, to, y, dy, bits_of(scale), queries),
			 LIST(to, y, dy));
}

int ipu_graph_norm(struct ipu_graph *graph, const struct ipu_graph_norm *n)
{
	const uint32_t kind = n->gradient ? 1 : n->batch && n->inference ? 2 : 0;

	return graph_add(graph, DO_NORM,
			 LIST(n->batch, kind, n->to, n->x, n->gamma, n->beta, n->mean, n->rstd,
			      n->running_mean, n->running_var, n->dy, n->dgamma, n->dbeta,
			      bits_of(n->momentum), bits_of(n->epsilon)),
			 LIST(n->to, n->x, n->gamma, n->beta, n->mean, n->rstd, n->running_mean,
			      n->running_var, n->dy, n->dgamma, n->dbeta));
}

int ipu_graph_lstm(struct ipu_graph *graph, const struct ipu_graph_lstm *l)
{
	return graph_add(graph, DO_LSTM,
			 LIST(l->row, l->hy, l->cy, l->gates, l->out, l->x, l->h, l->cx),
			 LIST(l->hy, l->cy, l->gates, l->out, l->x, l->h, l->cx));
}

int ipu_graph_lstm_grad(struct ipu_graph *graph, const struct ipu_graph_lstm_grad *l)
{
	return graph_add(
		graph, DO_LSTM_GRAD,
		LIST(l->row, l->dgates, l->all, l->dcx, l->dout, l->dhy, l->dcy, l->gates, l->cx,
		     l->cy),
		LIST(l->dgates, l->all, l->dcx, l->dout, l->dhy, l->dcy, l->gates, l->cx, l->cy));
}

int ipu_graph_loss(struct ipu_graph *graph, const struct ipu_graph_loss *l)
{
	return graph_add(graph, DO_LOSS,
			 LIST(l->nll | (uint32_t)l->gradient << 1, l->reduction,
			      (uint32_t)l->ignore, l->loss, l->total, l->x, l->labels, l->dx),
			 LIST(l->gradient ? l->dx : l->loss, l->total,
			      l->gradient ? l->loss : IPU_NO_TENSOR, l->x, l->labels));
}

int ipu_graph_mse(struct ipu_graph *graph, uint32_t reduction, uint32_t loss, uint32_t a,
		  uint32_t b)
{
	return graph_add(graph, DO_MSE, LIST(0, reduction, loss, a, b, NO_ARRAY), LIST(loss, a, b));
}

int ipu_graph_mse_grad(struct ipu_graph *graph, uint32_t reduction, uint32_t dloss, uint32_t a,
		       uint32_t b, uint32_t da)
{
	return graph_add(graph, DO_MSE, LIST(1, reduction, dloss, a, b, da), LIST(da, dloss, a, b));
}

int ipu_graph_matmul(struct ipu_graph *graph, uint32_t to, uint32_t a, uint32_t b, uint32_t flags)
{
	if (flags & ~(uint32_t)(IPU_TRANS_A | IPU_TRANS_B | IPU_ACCUMULATE))
		return graph_fail(graph, -EINVAL, "A product has unknown flags, 0x%x.", flags);
	return graph_add(graph, DO_MATMUL, LIST(to, a, b, flags, 0, 0, 0, 0, 0), LIST(to, a, b));
}

int ipu_graph_conv2d(struct ipu_graph *graph, const struct ipu_graph_conv *c)
{
	const uint32_t words = 14 + sizeof(struct ipu_conv_plan) / 4;
	uint32_t word[14 + sizeof(struct ipu_conv_plan) / 4] = {
		c->pass,       c->to,	       c->a,	       c->b,
		c->bias,       c->stride[0],   c->stride[1],   c->padding[0],
		c->padding[1], c->dilation[0], c->dilation[1], c->groups,
	};

	if (c->pass > IPU_CONV_WEIGHT_GRAD)
		return graph_fail(graph, -EINVAL, "There is no pass %u of a convolution.", c->pass);
	return graph_add(graph, DO_CONV, words, word, LIST(c->to, c->a, c->b, c->bias));
}

int ipu_graph_pool2d(struct ipu_graph *graph, const struct ipu_graph_pool *p)
{
	const uint32_t code = p->mean	  ? (p->gradient ? DO_AVG_POOL_GRAD : DO_AVG_POOL) :
			      p->gradient ? DO_MAX_POOL_GRAD :
					    DO_MAX_POOL;

	return graph_add(graph, code,
			 LIST(p->x, p->y, p->index, p->kernel[0], p->kernel[1], p->stride[0],
			      p->stride[1], p->padding[0], p->padding[1], p->dilation[0],
			      p->dilation[1], p->include_padding),
			 LIST(p->gradient ? p->x : p->y, p->gradient ? p->y : p->x, p->index));
}

int ipu_graph_embedding(struct ipu_graph *graph, uint32_t to, uint32_t table, uint32_t index)
{
	return graph_add(graph, DO_EMBEDDING, LIST(to, table, index), LIST(to, table, index));
}

int ipu_graph_scatter_add(struct ipu_graph *graph, uint32_t to, uint32_t from, uint32_t index,
			  int32_t skip)
{
	return graph_add(graph, DO_SCATTER_ADD, LIST(to, from, index, (uint32_t)skip),
			 LIST(to, from, index));
}

int ipu_graph_scatter(struct ipu_graph *graph, uint32_t to, uint32_t from, uint32_t index)
{
	return graph_add(graph, DO_SCATTER, LIST(to, from, index), LIST(to, from, index));
}

int ipu_graph_take_along(struct ipu_graph *graph, uint32_t to, uint32_t from, uint32_t index,
			 uint32_t dim)
{
	return graph_add(graph, DO_GATHER, LIST(to, from, index, dim), LIST(to, from, index));
}

int ipu_graph_place(struct ipu_graph *graph, uint32_t to, uint32_t from, uint32_t dim,
		    uint32_t offset)
{
	return graph_add(graph, DO_PLACE, LIST(to, from, dim, offset), LIST(to, from));
}

int ipu_graph_sort(struct ipu_graph *graph, uint32_t values, uint32_t indices, uint32_t from,
		   bool descending)
{
	return graph_add(graph, DO_SORT, LIST(values, indices, from, descending),
			 LIST(values, indices, from));
}

int ipu_graph_optim(struct ipu_graph *graph, const struct ipu_graph_optim *o)
{
	if (o->kind >= OPTIMS)
		return graph_fail(graph, -EINVAL, "There is no optimiser %u.", o->kind);
	return graph_add(
		graph, DO_OPTIM,
		LIST(o->kind, o->param, o->grad, o->state[0], o->state[1], o->state[2], o->rate,
		     o->step, bits_of(o->weight_decay), bits_of(o->momentum), bits_of(o->dampening),
		     bits_of(o->epsilon), bits_of(o->keep), bits_of(o->keep2), o->flag),
		LIST(o->param, o->grad, o->state[0], o->state[1], o->state[2], o->rate, o->step));
}
