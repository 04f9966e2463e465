// SPDX-License-Identifier: MIT
/* Building graphs: tensors, and lists of operations. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"

int ipu_graph_create(struct ipu_graph **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : ipu_fail_nomem("a graph");
}

void ipu_graph_destroy(struct ipu_graph *graph)
{
	if (!graph)
		return;
	free(graph->tensor);
	free(graph->op);
	free(graph->word);
	free(graph->label);
	free(graph);
}

int graph_fail(struct ipu_graph *graph, int err, const char *format, ...)
{
	va_list args;

	if (!graph->error) {
		graph->error = err;
		va_start(args, format);
		vsnprintf(graph->message, sizeof(graph->message), format, args);
		va_end(args);
	}
	return ipu_fail(err, "%s", graph->message);
}

/* Room for @more elements of @size bytes in an array. */
static bool grow(struct ipu_graph *graph, void *array, uint32_t used, uint32_t more, uint32_t *room,
		 size_t size)
{
	void **memory = array, *larger;
	uint32_t want = *room ? *room : 16;

	if (used + more <= *room)
		return true;
	while (want < used + more)
		want *= 2;
	larger = realloc(*memory, want * size);
	if (!larger) {
		graph_fail(graph, -ENOMEM, "Out of memory for a graph of %u operations.",
			   graph->ops);
		return false;
	}
	*memory = larger;
	*room = want;
	return true;
}

void ipu_graph_label(struct ipu_graph *graph, const char *label)
{
	if (!grow(graph, &graph->label, graph->labels, 1, &graph->label_room,
		  sizeof(*graph->label)))
		return;
	snprintf(graph->label[graph->labels++], sizeof(*graph->label), "%s", label);
}

/* ---- Tensors -------------------------------------------------------------- */

uint64_t count_of(uint32_t ndim, const uint32_t *shape)
{
	uint64_t n = 1;

	for (uint32_t i = 0; i < ndim; i++)
		if (!shape[i])
			return 0;
	for (uint32_t i = 0; i < ndim && n <= INT32_MAX; i++)
		n *= shape[i];
	return n;
}

static int check_shape(struct ipu_graph *graph, const char *name, uint32_t ndim,
		       const uint32_t *shape)
{
	if (ndim > IPU_GRAPH_DIMS)
		return graph_fail(graph, -EINVAL,
				  "Tensor %u (%s) has %u dimensions, and may have %d.",
				  graph->tensors, name, ndim, IPU_GRAPH_DIMS);
	if (count_of(ndim, shape) > INT32_MAX)
		return graph_fail(graph, -EINVAL,
				  "Tensor %u (%s) has 2^31 elements or more; divide it.",
				  graph->tensors, name);
	return 0;
}

static int check_role(struct ipu_graph *graph, const char *name, uint32_t dtype, uint32_t role)
{
	const uint32_t all =
		IPU_GRAPH_IN | IPU_GRAPH_OUT | IPU_GRAPH_KEEP | IPU_GRAPH_COPIES | IPU_GRAPH_WIDE;

	if (!ipu_dtype_size(dtype))
		return graph_fail(graph, -EINVAL, "Tensor %u (%s) has an unknown type, %u.",
				  graph->tensors, name, dtype);
	if (role & ~all || (role & IPU_GRAPH_KEEP && !(role & IPU_GRAPH_IN)) ||
	    (role & IPU_GRAPH_WIDE && (dtype != IPU_I32 || role & IPU_GRAPH_KEEP)) ||
	    (role & IPU_GRAPH_COPIES && role & IPU_GRAPH_KEEP))
		return graph_fail(graph, -EINVAL,
				  "Tensor %u (%s) of %s has a role that it cannot have, 0x%x.",
				  graph->tensors, name, ipu_dtype_name(dtype), role);
	return 0;
}

static struct graph_tensor *add_tensor(struct ipu_graph *graph, const char *name, uint32_t dtype,
				       uint32_t ndim, const uint32_t *shape)
{
	struct graph_tensor *tensor;

	if (check_shape(graph, name, ndim, shape) ||
	    !grow(graph, &graph->tensor, graph->tensors, 1, &graph->tensor_room,
		  sizeof(*graph->tensor)))
		return NULL;
	tensor = &graph->tensor[graph->tensors];
	*tensor = (struct graph_tensor){
		.dtype = dtype,
		.ndim = ndim,
		.count = (uint32_t)count_of(ndim, shape),
		.base = graph->tensors,
		.first = UINT32_MAX,
	};
	snprintf(tensor->name, sizeof(tensor->name), "%s", name);
	for (uint32_t i = 0; i < ndim; i++)
		tensor->shape[i] = shape[i];
	graph->tensors++;
	return tensor;
}

uint32_t ipu_graph_tensor(struct ipu_graph *graph, const char *name, uint32_t dtype, uint32_t ndim,
			  const uint32_t *shape, uint32_t role)
{
	struct graph_tensor *tensor;

	if (check_role(graph, name ? name : "", dtype, role))
		return IPU_NO_TENSOR;
	tensor = add_tensor(graph, name ? name : "", dtype, ndim, shape);
	if (!tensor)
		return IPU_NO_TENSOR;
	tensor->role = role;
	return graph->tensors - 1;
}

uint32_t ipu_graph_view(struct ipu_graph *graph, uint32_t of, uint32_t ndim, const uint32_t *shape)
{
	struct graph_tensor *tensor;

	if (of >= graph->tensors) {
		graph_fail(graph, -EINVAL, "A view is of tensor %u, and there are %u.", of,
			   graph->tensors);
		return IPU_NO_TENSOR;
	}
	tensor = add_tensor(graph, graph->tensor[of].name, graph->tensor[of].dtype, ndim, shape);
	if (!tensor)
		return IPU_NO_TENSOR;
	tensor->base = graph->tensor[of].base;
	if (tensor->count != graph->tensor[of].count) {
		graph_fail(graph, -EINVAL, "A view has %u elements, and tensor %u (%s) %u.",
			   tensor->count, of, tensor->name, graph->tensor[of].count);
		return IPU_NO_TENSOR;
	}
	return graph->tensors - 1;
}

/* ---- Wide results --------------------------------------------------------- */

void *copy_of(const void *from, size_t bytes)
{
	void *copy = malloc(bytes + 1);

	if (copy && bytes)
		memcpy(copy, from, bytes);
	return copy;
}

struct ipu_graph *graph_copy(const struct ipu_graph *graph)
{
	struct ipu_graph *copy = copy_of(graph, sizeof(*graph));

	if (!copy)
		return NULL;
	copy->tensor = copy_of(graph->tensor, graph->tensors * sizeof(*graph->tensor));
	copy->op = copy_of(graph->op, graph->ops * sizeof(*graph->op));
	copy->word = copy_of(graph->word, graph->words * sizeof(*graph->word));
	copy->label = copy_of(graph->label, graph->labels * sizeof(*graph->label));
	copy->tensor_room = graph->tensors;
	copy->op_room = graph->ops;
	copy->word_room = graph->words;
	copy->label_room = graph->labels;
	if (copy->tensor && copy->op && copy->word && copy->label)
		return copy;
	ipu_graph_destroy(copy);
	return NULL;
}

struct ipu_graph *graph_empty_copy(const struct ipu_graph *graph)
{
	struct ipu_graph *copy = graph_copy(graph);

	if (!copy)
		return NULL;
	copy->ops = 0;
	copy->words = 0;
	for (uint32_t i = 0; i < copy->tensors; i++) {
		copy->tensor[i].first = UINT32_MAX;
		copy->tensor[i].last = 0;
	}
	return copy;
}

static bool is_wide_result(const struct graph_tensor *tensor)
{
	return tensor->role & IPU_GRAPH_WIDE && tensor->role & IPU_GRAPH_OUT;
}

/* The upper word is 0 or -1, by the sign. */
static int add_upper(struct ipu_graph *graph, uint32_t of)
{
	const struct graph_tensor lower = graph->tensor[of];
	struct graph_tensor *upper =
		add_tensor(graph, lower.name, IPU_I32, lower.ndim, lower.shape);
	const struct ipu_graph_map sign = {
		.op = IPU_MAP_CLAMP,
		.to = graph->tensors - 1,
		.operand = { of, IPU_NO_TENSOR, IPU_NO_TENSOR },
		.given = IPU_NO_TENSOR,
		.alpha = 0xffffffff,
	};

	if (!upper)
		return graph->error;
	upper->role = ROLE_UPPER | IPU_GRAPH_WIDE | (lower.role & IPU_GRAPH_COPIES);
	graph->tensor[of].upper = graph->tensors - 1;
	return ipu_graph_map(graph, &sign);
}

int graph_widen(const struct ipu_graph *graph, struct ipu_graph **wide)
{
	int err = 0;

	*wide = NULL;
	for (uint32_t i = 0; !err && i < graph->tensors; i++) {
		if (!is_wide_result(&graph->tensor[i]))
			continue;
		if (!*wide)
			*wide = graph_copy(graph);
		err = *wide ? add_upper(*wide, i) : ipu_fail_nomem("a graph");
	}
	if (!err)
		return 0;
	ipu_graph_destroy(*wide);
	*wide = NULL;
	return err;
}

/* ---- Names ----------------------------------------------------------------- */

const char *tensor_text(const struct graph_tensor *tensor, uint32_t number, char text[128])
{
	size_t used;

	if (tensor->name[0])
		used = (size_t)snprintf(text, 128, "%s: %s [", tensor->name,
					ipu_dtype_name(tensor->dtype));
	else
		used = (size_t)snprintf(text, 128, "tensor %u: %s [", number,
					ipu_dtype_name(tensor->dtype));
	for (uint32_t i = 0; i < tensor->ndim && used < 128; i++)
		used += (size_t)snprintf(text + used, 128 - used, "%s%u", i ? ", " : "",
					 tensor->shape[i]);
	if (used < 128)
		snprintf(text + used, 128 - used, "]");
	return text;
}

/* ---- Operations ----------------------------------------------------------- */

static const struct {
	uint32_t code;
	const char *name;
} op_names[] = {
	{ DO_MAP, "map" },
	{ DO_CHAIN, "chain" },
	{ DO_COPY, "copy" },
	{ DO_FILL, "fill" },
	{ DO_ARANGE, "arange" },
	{ DO_CAST, "cast" },
	{ DO_UNIFORM, "uniform" },
	{ DO_NORMAL, "normal" },
	{ DO_BERNOULLI, "bernoulli" },
	{ DO_DROPOUT, "dropout" },
	{ DO_DROPOUT_GRAD, "dropout_grad" },
	{ DO_OPTIM, "optimiser" },
	{ DO_REDUCE, "reduction" },
	{ DO_SOFTMAX, "softmax" },
	{ DO_NORM, "norm" },
	{ DO_LOSS, "cross_entropy" },
	{ DO_MSE, "mse_loss" },
	{ DO_LSTM, "lstm_cell" },
	{ DO_LSTM_GRAD, "lstm_cell_grad" },
	{ DO_MATMUL, "matmul" },
	{ DO_CONV, "conv2d" },
	{ DO_MAX_POOL, "max_pool2d" },
	{ DO_MAX_POOL_GRAD, "max_pool2d_grad" },
	{ DO_AVG_POOL, "avg_pool2d" },
	{ DO_AVG_POOL_GRAD, "avg_pool2d_grad" },
	{ DO_EMBEDDING, "embedding" },
	{ DO_SCATTER_ADD, "scatter_add" },
	{ DO_SCATTER, "scatter" },
	{ DO_GATHER, "take_along" },
	{ DO_PLACE, "place" },
	{ DO_SORT, "sort" },
};

const char *graph_op_name(uint32_t code)
{
	for (size_t i = 0; i < ARRAY_SIZE(op_names); i++)
		if (op_names[i].code == code)
			return op_names[i].name;
	return "operation";
}

/* Which operations may write over what they read. */
static bool in_place(uint32_t code)
{
	return code == DO_MAP || code == DO_CHAIN || code == DO_MATMUL || code == DO_OPTIM ||
	       code == DO_DROPOUT_GRAD;
}

/* A tensor that the operation uses lives at least as long as it. */
static void use(struct ipu_graph *graph, uint32_t number)
{
	struct graph_tensor *base = &graph->tensor[graph->tensor[number].base];

	if (base->first > graph->ops)
		base->first = graph->ops;
	base->last = graph->ops;
}

int graph_add(struct ipu_graph *graph, uint32_t code, uint32_t words, const uint32_t *word,
	      uint32_t tensors, const uint32_t *which)
{
	struct graph_op op = {
		.code = code, .label = graph->labels, .at = graph->words, .words = words
	};

	for (uint32_t i = 0; i < tensors; i++) {
		if (which[i] == IPU_NO_TENSOR)
			continue;
		if (which[i] >= graph->tensors)
			return graph_fail(graph, -EINVAL,
					  "Operation %u (%s) uses tensor %u, and there are %u.",
					  graph->ops, graph_op_name(code), which[i],
					  graph->tensors);
		if (i && !in_place(code) && which[0] < graph->tensors &&
		    graph->tensor[which[0]].base == graph->tensor[which[i]].base)
			return graph_fail(graph, -EINVAL,
					  "Operation %u (%s) cannot write over what it reads.",
					  graph->ops, graph_op_name(code));
		op.tensor[op.tensors++] = which[i];
	}
	if (!grow(graph, &graph->op, graph->ops, 1, &graph->op_room, sizeof(*graph->op)) ||
	    !grow(graph, &graph->word, graph->words, words, &graph->word_room, sizeof(*word)))
		return -ENOMEM;
	for (uint32_t i = 0; i < op.tensors; i++)
		use(graph, op.tensor[i]);
	memcpy(graph->word + graph->words, word, words * sizeof(*word));
	graph->words += words;
	graph->op[graph->ops++] = op;
	return 0;
}
