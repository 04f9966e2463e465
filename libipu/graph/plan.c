// SPDX-License-Identifier: MIT
/* How the products and convolutions of a graph lie over the tiles. */
#include <errno.h>
#include <string.h>

#include <ipu/conv_plan.h>
#include <ipu_plan.h>

#include "graph.h"

#define TABLES_FEW (8 * 1024) /* bytes of a product's tables that are not many */

/* ---- Products ------------------------------------------------------------- */

static uint32_t rows_of(const struct graph_tensor *t)
{
	return t->shape[t->ndim - 2];
}

static uint32_t columns_of(const struct graph_tensor *t)
{
	return t->shape[t->ndim - 1];
}

/* As ipu_matmul_product() has it on the tiles, which also say what is wrong with shapes. */
static int plan_product(const struct graph_tensor *to, const struct graph_tensor *a,
			const struct graph_tensor *b, uint32_t *word, uint32_t tiles,
			uint32_t tensor_bytes, bool cycles)
{
	const uint32_t room = HEAP_BYTES - SCRATCH_BYTES - tensor_bytes;
	const enum ipu_objective objective = cycles ? IPU_PLAN_CYCLES : IPU_PLAN_HOST;
	struct ipu_product product = {
		.batches = 1,
		.dtype = a->dtype,
		.to_dtype = to->dtype,
		.flags = word[3],
		.tiles = tiles,
		.scratch = SCRATCH_BYTES,
	};
	struct ipu_plan plan;
	int err = -ENOSPC;

	if (to->ndim < 2 || a->ndim < 2 || b->ndim < 2 || !to->count)
		return 0;
	for (uint32_t i = 0; i + 2 < a->ndim; i++)
		product.batches *= a->shape[i];
	product.m = rows_of(to);
	product.n = columns_of(to);
	product.k = word[3] & IPU_TRANS_A ? rows_of(a) : columns_of(a);
	if (b->ndim == 2 && !(word[3] & IPU_TRANS_A)) {
		product.m *= product.batches;
		product.batches = 1;
	} else if (b->ndim == 2) {
		product.flags |= IPU_SHARED_B;
	}
	/* With small tables many graphs can be made at a time; few tiles have large ones. */
	for (product.keep = TABLES_FEW; err == -ENOSPC && product.keep < room; product.keep *= 2)
		err = ipu_plan_matmul(&product, objective, &plan);
	product.keep = room;
	if (err == -ENOSPC)
		err = ipu_plan_matmul(&product, objective, &plan);
	if (err)
		return err;
	word[4] = plan.pb;
	word[5] = plan.pm;
	word[6] = plan.pn;
	word[7] = plan.pk;
	word[8] = plan.ks;
	return 0;
}

/* ---- Convolutions --------------------------------------------------------- */

static struct ipu_conv_axis axis_of(const uint32_t *word, uint32_t d, const struct graph_tensor *x,
				    const struct graph_tensor *y, const struct graph_tensor *w)
{
	return (struct ipu_conv_axis){
		.in = x->shape[1 + d],
		.out = y->shape[1 + d],
		.kernel = w->shape[d],
		.stride = word[5 + d],
		.padding = word[7 + d],
		.dilation = word[9 + d],
	};
}

/* Whether the tiles will take it, as far as the planner needs that. */
static bool is_sound(const struct ipu_conv_axis *axis)
{
	return axis->in && axis->out && axis->kernel && axis->stride && axis->dilation;
}

/* Which of its operands are x, y and w, by the pass; false for what the tiles will refuse. */
static bool shape_of(const struct ipu_graph *graph, const uint32_t *word,
		     struct ipu_conv_shape *shape)
{
	static const uint32_t places[][3] = { { 2, 1, 3 }, { 1, 2, 3 }, { 2, 3, 1 } };
	const uint32_t *place = places[word[0]];
	const struct graph_tensor *x = &graph->tensor[word[place[0]]];
	const struct graph_tensor *y = &graph->tensor[word[place[1]]];
	const struct graph_tensor *w = &graph->tensor[word[place[2]]];

	if (x->ndim != 4 || y->ndim != 4 || w->ndim != 4 || !word[11] || !x->shape[0] ||
	    !w->shape[2] || w->shape[3] < word[11])
		return false;
	*shape = (struct ipu_conv_shape){
		.images = x->shape[0],
		.y = axis_of(word, 0, x, y, w),
		.x = axis_of(word, 1, x, y, w),
		.groups = word[11],
		.in = w->shape[2],
		.out = w->shape[3] / word[11],
		.bytes = (uint32_t)ipu_dtype_size(y->dtype),
		.halves = y->dtype == IPU_F16,
	};
	return is_sound(&shape->y) && is_sound(&shape->x);
}

static void plan_conv(const struct ipu_graph *graph, uint32_t *word, uint32_t tiles, bool cycles)
{
	struct ipu_conv_shape shape;
	struct ipu_conv_plan plan;

	if (!shape_of(graph, word, &shape))
		return;
	ipu_conv_fold(&shape);
	word[12] = !cycles;
	/* What does not fit is refused on the tiles, with the bytes of each operand. */
	ipu_conv_choose(&plan, &shape, word[0], tiles, SCRATCH_BYTES, !cycles);
	word[13] = plan.sums != 0;
	memcpy(word + 14, &plan, sizeof(plan));
}

uint32_t plan_images(const struct ipu_graph *graph, const uint32_t *word, uint32_t tiles)
{
	struct ipu_conv_shape shape, folded;
	struct ipu_conv_plan plan;
	uint32_t images;

	if (!shape_of(graph, word, &shape))
		return 0;
	for (images = shape.images; images; images = images > 1 ? (images + 1) / 2 : 0) {
		folded = shape;
		folded.images = images;
		ipu_conv_fold(&folded);
		if (ipu_conv_choose(&plan, &folded, word[0], tiles, SCRATCH_BYTES, true))
			break;
	}
	return images;
}

int plan_ops(const struct ipu_graph *graph, uint32_t *word, uint32_t tiles, uint32_t tensor_bytes,
	     bool cycles)
{
	for (uint32_t i = 0; i < graph->ops; i++) {
		const struct graph_op *op = &graph->op[i];
		uint32_t *at = word + op->at;
		int err = 0;

		if (op->code == DO_MATMUL)
			err = plan_product(&graph->tensor[at[0]], &graph->tensor[at[1]],
					   &graph->tensor[at[2]], at, tiles, tensor_bytes, cycles);
		else if (op->code == DO_CONV)
			plan_conv(graph, at, tiles, cycles);
		if (err)
			return err;
	}
	return 0;
}
