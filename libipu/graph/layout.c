// SPDX-License-Identifier: MIT
/*
 * Which tensor is where in a tile's memory. All tiles have a tensor at the same place; two
 * tensors share memory if no operation lies between the first use of the one and the last of the
 * other. What comes from the host is there from the start, and what goes to it until the end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ipu/chunk.h>

#include "graph.h"

#define ALIGN 64

void lay_out_tensor(struct graph_tensor *tensor, uint32_t tiles)
{
	const uint32_t all = tensor->count ? (tensor->count + 3) / 4 * 4 : 4;
	uint64_t bytes;

	tensor->chunk = tensor->role & IPU_GRAPH_COPIES ?
				0 :
				ipu_chunk_of(tiles, tensor->ndim, tensor->shape);
	bytes = (uint64_t)(tensor->chunk ? tensor->chunk : all) * ipu_dtype_size(tensor->dtype);
	bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
	tensor->bytes = bytes < UINT32_MAX / 2 ? (uint32_t)bytes : UINT32_MAX / 2;
}

/* Do two tensors live at the same time? */
static bool meet(const struct graph_tensor *a, const struct graph_tensor *b)
{
	return a->first <= b->last && b->first <= a->last;
}

/* When it lives, for what it is there for. */
static void stretch(struct graph_tensor *tensor, uint32_t ops)
{
	if (tensor->role & IPU_GRAPH_IN || tensor->first == UINT32_MAX)
		tensor->first = 0;
	if (tensor->role & (IPU_GRAPH_OUT | IPU_GRAPH_KEEP | ROLE_UPPER))
		tensor->last = ops;
}

/* The lowest place of @tensor[@at] that does not meet those that have theirs, @placed. */
static uint32_t find_place(const struct graph_tensor *tensor, uint32_t at, const uint32_t *placed,
			   uint32_t count, uint32_t low)
{
	uint32_t offset = low;
	bool moved = true;

	while (moved) {
		moved = false;
		for (uint32_t i = 0; i < count; i++) {
			const struct graph_tensor *other = &tensor[placed[i]];

			if (meet(&tensor[at], other) && offset < other->offset + other->bytes &&
			    other->offset < offset + tensor[at].bytes) {
				offset = other->offset + other->bytes;
				moved = true;
			}
		}
	}
	return offset;
}

static int by_bytes(const void *a, const void *b, void *of)
{
	const struct graph_tensor *tensor = of;
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (tensor[x].bytes != tensor[y].bytes)
		return tensor[x].bytes < tensor[y].bytes ? 1 : -1;
	return x < y ? -1 : 1;
}

/* What fills the memory at an operation, for a message: the largest tensors. */
static void describe(const struct graph_tensor *tensor, const uint32_t *order, uint32_t count,
		     uint32_t op, char *text, size_t room)
{
	size_t used = 0;
	uint32_t named = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < count && named < 4 && used < room; i++) {
		const struct graph_tensor *t = &tensor[order[i]];
		char name[128];

		if (t->first > op || t->last < op)
			continue;
		used += (size_t)snprintf(text + used, room - used, "%s%s takes %u",
					 named++ ? ", " : "", tensor_text(t, order[i], name),
					 t->bytes);
	}
}

static int fail_room(const struct ipu_graph *graph, const struct graph_tensor *tensor,
		     const uint32_t *order, uint32_t count, uint32_t tiles, uint32_t room)
{
	uint64_t most = 0;
	uint32_t worst = 0;
	char text[700];

	for (uint32_t op = 0; op <= graph->ops; op++) {
		uint64_t bytes = 0;

		for (uint32_t i = 0; i < count; i++)
			if (tensor[order[i]].first <= op && tensor[order[i]].last >= op)
				bytes += tensor[order[i]].bytes;
		if (bytes > most) {
			most = bytes;
			worst = op < graph->ops || !op ? op : op - 1;
		}
	}
	describe(tensor, order, count, worst, text, sizeof(text));
	if (!graph->ops)
		return ipu_fail(-ENOSPC,
				"A tile's memory is too small: with %u tiles the tensors take %llu "
				"bytes of each, and there are %u. Of these %s. Use more tiles.",
				tiles, (unsigned long long)most, room, text);
	return ipu_fail(
		-ENOSPC,
		"A tile's memory is too small at operation %u (%s%s%s): with %u tiles the tensors "
		"that live then take %llu bytes of each, and there are %u. Of these %s. Use more "
		"tiles, a smaller batch, or half precision.",
		worst, graph_op_name(graph->op[worst].code), graph->op[worst].label ? ", " : "",
		graph->op[worst].label ? graph->label[graph->op[worst].label - 1] : "", tiles,
		(unsigned long long)most, room, text);
}

/*
 * Places of all tensors, as low as can be; @order has room for them, and gets those that are no
 * views. Bytes of all, or more than @room.
 */
static uint64_t place_all(const struct ipu_graph *graph, struct graph_tensor *tensor,
			  uint32_t tiles, uint32_t room, uint32_t *order, uint32_t *count,
			  uint32_t *keep)
{
	uint64_t kept = 0, most;

	*count = 0;
	for (uint32_t i = 0; i < graph->tensors; i++) {
		lay_out_tensor(&tensor[i], tiles);
		if (tensor[i].base != i)
			continue;
		stretch(&tensor[i], graph->ops);
		order[(*count)++] = i;
		if (tensor[i].role & IPU_GRAPH_KEEP) {
			tensor[i].offset = (uint32_t)(kept < room ? kept : room);
			kept += tensor[i].bytes;
		}
	}
	qsort_r(order, *count, sizeof(*order), by_bytes, tensor);
	*keep = (uint32_t)(kept < room ? kept : room);
	most = kept;
	for (uint32_t i = 0, placed = 0; i < *count && most <= room; i++) {
		struct graph_tensor *t = &tensor[order[i]];
		uint32_t swap;

		if (t->role & IPU_GRAPH_KEEP)
			continue;
		t->offset = find_place(tensor, order[i], order, placed, *keep);
		if ((uint64_t)t->offset + t->bytes > most)
			most = (uint64_t)t->offset + t->bytes;
		/* Those that have a place come first. */
		swap = order[placed];
		order[placed++] = order[i];
		order[i] = swap;
	}
	return most;
}

int lay_out(const struct ipu_graph *graph, struct graph_tensor *tensor, uint32_t tiles,
	    uint32_t room, uint32_t *keep)
{
	uint32_t *order = calloc(graph->tensors + 1, sizeof(*order)), count;
	uint64_t most;

	if (!order)
		return ipu_fail_nomem("a graph's layout");
	most = place_all(graph, tensor, tiles, room, order, &count, keep);
	if (most > room) {
		qsort_r(order, count, sizeof(*order), by_bytes, tensor);
		fail_room(graph, tensor, order, count, tiles, room);
		free(order);
		return -ENOSPC;
	}
	for (uint32_t i = 0; i < graph->tensors; i++)
		tensor[i].offset = tensor[tensor[i].base].offset;
	free(order);
	return (int)most;
}

/*
 * Bytes that tensors take at the operation where they take the most: less than their places, but
 * found at once. @change: room for what is added at each operation.
 */
static uint64_t peak_of(const struct ipu_graph *graph, struct graph_tensor *tensor, uint32_t tiles,
			int64_t *change)
{
	int64_t now = 0, most = 0;

	memset(change, 0, (graph->ops + 2) * sizeof(*change));
	for (uint32_t i = 0; i < graph->tensors; i++) {
		if (tensor[i].base != i)
			continue;
		lay_out_tensor(&tensor[i], tiles);
		change[tensor[i].first] += tensor[i].bytes;
		change[tensor[i].last + 1] -= tensor[i].bytes;
	}
	for (uint32_t op = 0; op <= graph->ops; op++) {
		now += change[op];
		most = now > most ? now : most;
	}
	return (uint64_t)most;
}

uint32_t lay_out_smallest(const struct ipu_graph *graph, uint32_t most, uint32_t room)
{
	struct graph_tensor *tensor = copy_of(graph->tensor, graph->tensors * sizeof(*tensor));
	uint32_t *order = calloc(graph->tensors + 1, sizeof(*order)), count, keep, tiles = 1;
	int64_t *change = calloc(graph->ops + 2, sizeof(*change));
	bool good = tensor && order && change;

	for (uint32_t i = 0; good && i < graph->tensors; i++)
		stretch(&tensor[i], graph->ops);
	for (; good && tiles <= most; tiles = tiles < 8 ? tiles + 1 : tiles + tiles / 4)
		if (peak_of(graph, tensor, tiles, change) <= room &&
		    place_all(graph, tensor, tiles, room, order, &count, &keep) <= room)
			break;
	free(change);
	free(tensor);
	free(order);
	return good ? tiles : most + 1;
}
