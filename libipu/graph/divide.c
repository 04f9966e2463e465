// SPDX-License-Identifier: MIT
/*
 * Convolutions that no plan has room for, on all tiles that there are, are done for some images at
 * a time: these are copied, and what comes of them is put in its place, or added up.
 */
#include <errno.h>
#include <string.h>

#include <ipu/conv_plan.h>

#include "graph.h"

#define OP_WORDS 64 /* of a convolution, at most */

/**
 * struct part - some images of a convolution
 * @graph: where its operations go
 * @word: of the convolution of all of them; @words of them
 * @first: the first image
 * @count: how many
 */
struct part {
	struct ipu_graph *graph;
	const uint32_t *word;
	uint32_t words;
	uint32_t first;
	uint32_t count;
};

/* Elements of one image. */
static uint32_t image_of(const struct graph_tensor *tensor)
{
	return tensor->shape[1] * tensor->shape[2] * tensor->shape[3];
}

/* A tensor like another one, of some images. */
static uint32_t like(const struct part *part, uint32_t number)
{
	const struct graph_tensor of = part->graph->tensor[number];
	const uint32_t shape[] = { part->count, of.shape[1], of.shape[2], of.shape[3] };

	return ipu_graph_tensor(part->graph, of.name, of.dtype, 4, shape, 0);
}

/* The images of an operand. */
static uint32_t taken(const struct part *part, uint32_t number)
{
	const uint32_t image = image_of(&part->graph->tensor[number]);
	const uint32_t count = part->count * image, to = like(part, number);

	ipu_graph_copy(part->graph, to, number, part->first * image, 1, &count,
		       (const int32_t[]){ 1 });
	return to;
}

static int convolve(const struct part *part, uint32_t to, uint32_t a, uint32_t b)
{
	const uint32_t which[] = { to, a, b, part->word[4] };
	uint32_t word[OP_WORDS];

	memcpy(word, part->word, part->words * sizeof(*word));
	memcpy(word + 1, which, sizeof(which));
	return graph_add(part->graph, DO_CONV, part->words, word, 4, which);
}

/* The gradient of weights is the sum over all images. */
static int add_up(const struct part *part)
{
	const uint32_t all = part->word[1];
	const struct graph_tensor w = part->graph->tensor[all];
	const uint32_t to =
		part->first ? ipu_graph_tensor(part->graph, w.name, w.dtype, w.ndim, w.shape, 0) :
			      all;
	const struct ipu_graph_map sum = {
		.op = IPU_MAP_ADD,
		.to = all,
		.operand = { all, to, IPU_NO_TENSOR },
		.given = IPU_NO_TENSOR,
	};
	int err = convolve(part, to, taken(part, part->word[2]), taken(part, part->word[3]));

	return err || !part->first ? err : ipu_graph_map(part->graph, &sum);
}

static int put_in_place(const struct part *part)
{
	const uint32_t to = like(part, part->word[1]);
	int err = convolve(part, to, taken(part, part->word[2]), part->word[3]);

	return err ? err : ipu_graph_place(part->graph, part->word[1], to, 0, part->first);
}

/* Images that fit at a time; 0 for what is not divided, as all fit, or not one does. */
static uint32_t images_of(const struct ipu_graph *graph, const struct graph_op *op, uint32_t tiles,
			  uint32_t *all)
{
	const uint32_t *word = graph->word + op->at;
	uint32_t images;

	if (op->code != DO_CONV)
		return 0;
	images = plan_images(graph, word, tiles);
	if (images)
		*all = graph->tensor[word[word[0] == IPU_CONV_WEIGHT_GRAD ? 2 : 1]].shape[0];
	return images < *all ? images : 0;
}

static int add_op(struct ipu_graph *to, const struct ipu_graph *graph, const struct graph_op *op,
		  uint32_t tiles)
{
	struct part part = { .graph = to, .word = graph->word + op->at, .words = op->words };
	uint32_t all = 0, images = images_of(graph, op, tiles, &all);
	int err = 0;

	if (!images)
		return graph_add(to, op->code, op->words, part.word, op->tensors, op->tensor);
	for (; !err && part.first < all; part.first += images) {
		part.count = all - part.first < images ? all - part.first : images;
		err = part.word[0] == IPU_CONV_WEIGHT_GRAD ? add_up(&part) : put_in_place(&part);
	}
	return err;
}

static bool has_large(const struct ipu_graph *graph, uint32_t tiles)
{
	uint32_t all = 0;

	for (uint32_t i = 0; i < graph->ops; i++)
		if (images_of(graph, &graph->op[i], tiles, &all))
			return true;
	return false;
}

int graph_divide(const struct ipu_graph *graph, uint32_t tiles, struct ipu_graph **out)
{
	struct ipu_graph *to;
	int err = 0;

	*out = NULL;
	if (!has_large(graph, tiles))
		return 0;
	to = graph_empty_copy(graph);
	if (!to)
		return ipu_fail_nomem("a graph");
	for (uint32_t i = 0; !err && i < graph->ops; i++) {
		const uint32_t first = to->ops;

		err = add_op(to, graph, &graph->op[i], tiles);
		for (uint32_t k = first; k < to->ops; k++)
			to->op[k].label = graph->op[i].label;
	}
	if (err)
		ipu_graph_destroy(to);
	else
		*out = to;
	return err;
}
