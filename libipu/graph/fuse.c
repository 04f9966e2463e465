// SPDX-License-Identifier: MIT
/*
 * Chains: operations on each element by itself that follow each other, and have results of one
 * shape, become one operation. The tiles begin and end once for all of them, and what only they
 * use needs little memory, or none: a result takes the place of one that is not needed any more,
 * or of a later one. Each is computed by the same function as by itself, so that bits are the same.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ipu/chunk.h>

#include "graph.h"

#define MAP_WORDS 9 /* of DO_MAP: op, to, three operands, scalar, alpha, beta, given */
#define LINK_WORDS 8 /* the same without the last */
#define FETCHED_MOST (SCRATCH_BYTES / 4) /* bytes of operands that are not where they are used */

/**
 * struct chain - operations that become one
 * @graph: of which
 * @tiles: of the run
 * @first: the first operation; @links of them
 * @word: of each, as DO_MAP has them
 * @stored: it is used by others, too
 * @last: the last one in the chain that uses its result
 * @which: tensors; @tensors of them
 * @fetched: bytes of operands that are brought to where they are used
 */
struct chain {
	const struct ipu_graph *graph;
	uint32_t tiles;
	uint32_t first;
	uint32_t links;
	uint32_t word[CHAIN_MOST][MAP_WORDS];
	bool stored[CHAIN_MOST];
	uint32_t last[CHAIN_MOST];
	uint32_t which[OP_TENSORS];
	uint32_t tensors;
	uint64_t fetched;
};

static const struct graph_tensor *tensor_of(const struct chain *chain, uint32_t number)
{
	return &chain->graph->tensor[number];
}

static uint32_t base_of(const struct chain *chain, uint32_t number)
{
	return chain->graph->tensor[number].base;
}

static bool same_shape(const struct graph_tensor *a, const struct graph_tensor *b)
{
	return a->ndim == b->ndim && !memcmp(a->shape, b->shape, a->ndim * sizeof(*a->shape));
}

/* Elements of each tile: a view lies as its base does. 0: every tile has all. */
static uint32_t chunk_of(const struct chain *chain, const struct graph_tensor *tensor)
{
	const struct graph_tensor *base = tensor_of(chain, tensor->base);

	return base->role & IPU_GRAPH_COPIES ? 0 :
					       ipu_chunk_of(chain->tiles, base->ndim, base->shape);
}

/* Whether each tile has the same elements of both, in the same order. */
static bool lies_alike(const struct chain *chain, const struct graph_tensor *a,
		       const struct graph_tensor *b)
{
	return a->count == b->count && chunk_of(chain, a) == chunk_of(chain, b);
}

/* The link whose result a tensor is, before link @end; @end if there is none. */
static uint32_t source_of(const struct chain *chain, uint32_t number, uint32_t end)
{
	for (uint32_t i = end; i-- > 0;)
		if (base_of(chain, chain->word[i][1]) == base_of(chain, number))
			return i;
	return end;
}

/* ---- What belongs to one -------------------------------------------------- */

static bool add_tensor(struct chain *chain, uint32_t number)
{
	for (uint32_t i = 0; i < chain->tensors; i++)
		if (chain->which[i] == number)
			return true;
	if (chain->tensors == OP_TENSORS)
		return false;
	chain->which[chain->tensors++] = number;
	return true;
}

/* Whether an operand is there when the chain begins, or each element when it is needed. */
static bool take_operand(struct chain *chain, uint32_t number, const struct graph_tensor *to)
{
	const struct graph_tensor *operand = tensor_of(chain, number);
	const uint32_t chunk = chunk_of(chain, operand);
	const bool same = same_shape(operand, to) && (!chunk || chunk == chunk_of(chain, to));

	if (!same && source_of(chain, number, chain->links) < chain->links)
		return false;
	if (!same && operand->count != 1)
		chain->fetched += 2 * 4ull * chunk_of(chain, to);
	return add_tensor(chain, number);
}

/* Add an operation, if that can be; otherwise the chain is as it was. */
static bool take(struct chain *chain, const struct graph_op *op)
{
	const struct chain before = *chain;
	const uint32_t *word = chain->graph->word + op->at;
	const struct graph_tensor *to;
	bool good;

	if (op->code != DO_MAP || chain->links == CHAIN_MOST || word[8] != IPU_NO_TENSOR ||
	    word[1] == IPU_NO_TENSOR)
		return false;
	to = tensor_of(chain, word[1]);
	good = to->count && !(tensor_of(chain, to->base)->role & IPU_GRAPH_COPIES) &&
	       (!chain->links || lies_alike(chain, to, tensor_of(chain, chain->word[0][1])));
	for (uint32_t i = 2; good && i < 5; i++)
		good = word[i] == IPU_NO_TENSOR || take_operand(chain, word[i], to);
	good = good && add_tensor(chain, word[1]) &&
	       (!chain->links || chain->fetched <= FETCHED_MOST);
	if (!good) {
		*chain = before;
		return false;
	}
	memcpy(chain->word[chain->links++], word, MAP_WORDS * sizeof(*word));
	return true;
}

/* ---- Where results are ---------------------------------------------------- */

/* Does anything but the chain, or what it reads from outside, need a result? */
static bool is_stored(const struct chain *chain, uint32_t link)
{
	const struct graph_tensor *base = tensor_of(chain, base_of(chain, chain->word[link][1]));

	return base->role || base->upper || base->first < chain->first ||
	       base->last >= chain->first + chain->links;
}

static void find_uses(struct chain *chain)
{
	for (uint32_t i = 0; i < chain->links; i++) {
		chain->stored[i] = is_stored(chain, i);
		chain->last[i] = i;
		for (uint32_t k = 2; k < 5; k++) {
			const uint32_t number = chain->word[i][k];
			const uint32_t source =
				number == IPU_NO_TENSOR ? i : source_of(chain, number, i);

			if (source < i)
				chain->last[source] = i;
		}
	}
}

/* Whether an operand is read that no link before has written. */
static bool is_read(const struct chain *chain, uint32_t number)
{
	for (uint32_t i = 0; i < chain->links; i++)
		for (uint32_t k = 2; k < 5; k++)
			if (chain->word[i][k] != IPU_NO_TENSOR &&
			    base_of(chain, chain->word[i][k]) == base_of(chain, number) &&
			    source_of(chain, chain->word[i][k], i) == i)
				return true;
	return false;
}

/*
 * Can the result of @link be where that of link @other is? @place has those of links before
 * @link; results that are written once only, so that each base belongs to one link.
 */
static bool can_share(const struct chain *chain, const uint32_t *place, uint32_t link,
		      uint32_t other)
{
	const uint32_t number = other < link ? place[other] : chain->word[other][1];

	if (tensor_of(chain, number)->dtype != tensor_of(chain, chain->word[link][1])->dtype)
		return false;
	if (other > link &&
	    (!chain->stored[other] || chain->last[link] > other || is_read(chain, number)))
		return false;
	/* Nothing that is there is needed after this one; stored results stay. */
	for (uint32_t i = 0; i < link; i++)
		if (place[i] == number && (chain->stored[i] || chain->last[i] > link))
			return false;
	/* Nor is anything written there while it is. */
	for (uint32_t i = link + 1; i < chain->links; i++)
		if (chain->stored[i] && chain->word[i][1] == number && chain->last[link] > i)
			return false;
	return true;
}

/* Not if one is written twice, or they have other shapes, as their readers expect. */
static bool can_move(const struct chain *chain)
{
	const struct graph_tensor *first = tensor_of(chain, chain->word[0][1]);

	for (uint32_t i = 1; i < chain->links; i++)
		if (source_of(chain, chain->word[i][1], i) < i ||
		    !same_shape(first, tensor_of(chain, chain->word[i][1])))
			return false;
	return true;
}

static uint32_t place_of(const struct chain *chain, const uint32_t *place, uint32_t link)
{
	for (uint32_t i = 0; i < chain->links; i++)
		if (i != link && can_share(chain, place, link, i))
			return i < link ? place[i] : chain->word[i][1];
	return chain->word[link][1];
}

/* Move results that only the chain has, and tell those that read them. */
static void move_results(struct chain *chain)
{
	uint32_t place[CHAIN_MOST], source;

	for (uint32_t i = 0; i < chain->links; i++)
		place[i] = chain->stored[i] ? chain->word[i][1] : place_of(chain, place, i);
	for (uint32_t i = chain->links; i-- > 0;) {
		for (uint32_t k = 2; k < 5; k++) {
			source = chain->word[i][k] == IPU_NO_TENSOR ?
					 i :
					 source_of(chain, chain->word[i][k], i);
			if (source < i)
				chain->word[i][k] = place[source];
		}
		chain->word[i][1] = place[i];
	}
}

/* ---- The new graph -------------------------------------------------------- */

static int add_chain(struct ipu_graph *to, struct chain *chain)
{
	uint32_t word[1 + CHAIN_MOST * LINK_WORDS] = { chain->links }, *at = word + 1;

	find_uses(chain);
	if (can_move(chain))
		move_results(chain);
	chain->tensors = 0;
	for (uint32_t i = 0; i < chain->links; i++, at += LINK_WORDS) {
		memcpy(at, chain->word[i], LINK_WORDS * sizeof(*at));
		for (uint32_t k = 1; k < 5; k++)
			if (at[k] != IPU_NO_TENSOR)
				add_tensor(chain, at[k]);
	}
	return graph_add(to, DO_CHAIN, (uint32_t)(at - word), word, chain->tensors, chain->which);
}

static int add_op(struct ipu_graph *to, const struct ipu_graph *graph, const struct graph_op *op)
{
	return graph_add(to, op->code, op->words, graph->word + op->at, op->tensors, op->tensor);
}

/* What no operation has any more needs no memory. */
static void empty_unused(struct ipu_graph *fused, const struct ipu_graph *graph)
{
	for (uint32_t i = 0; i < fused->tensors; i++) {
		const uint32_t base = fused->tensor[i].base;

		if (fused->tensor[base].first != UINT32_MAX ||
		    graph->tensor[base].first == UINT32_MAX || fused->tensor[base].role)
			continue;
		fused->tensor[i].ndim = 1;
		fused->tensor[i].shape[0] = 0;
		fused->tensor[i].count = 0;
	}
}

static int fuse(const struct ipu_graph *graph, struct ipu_graph *fused, uint32_t tiles)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < graph->ops;) {
		const struct graph_op *op = &graph->op[i];
		struct chain chain = { .graph = graph, .tiles = tiles, .first = i };

		while (i < graph->ops && take(&chain, &graph->op[i]))
			i++;
		if (chain.links > 1) {
			err = add_chain(fused, &chain);
		} else {
			i = chain.first + 1;
			err = add_op(fused, graph, op);
		}
		if (!err)
			fused->op[fused->ops - 1].label = op->label;
	}
	empty_unused(fused, graph);
	return err;
}

int graph_fuse(const struct ipu_graph *graph, uint32_t tiles, struct ipu_graph **out)
{
	struct ipu_graph *fused;
	int err;

	*out = NULL;
	if (graph->ops < 2)
		return 0;
	fused = graph_empty_copy(graph);
	if (!fused)
		return ipu_fail_nomem("a graph");
	err = fuse(graph, fused, tiles);
	if (err) {
		ipu_graph_destroy(fused);
		return err;
	}
	*out = fused;
	return 0;
}
