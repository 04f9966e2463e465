/* SPDX-License-Identifier: MIT */
/*
 * Rows and elements by their indices, <ipu/op_index.h>: the tables of transfers are made when the
 * operation runs, from the indices that the tile has got just before.
 */
#include <string.h>

#include <ipu/step.h>

#define PIECE 1024 /* elements that are gathered at a time */

/**
 * struct lookup - the part of an operation that one exchange gets
 * @name: of the operation
 * @step: the exchange whose table is made when it is run
 * @room: transfers that the table has room for
 * @from: what is looked up in
 * @index: the indices, from that of the first row on
 * @limit: they are below it
 * @row: elements in a row
 * @begin: the first element of the result, counted in the whole of it
 * @end: one past the last
 * @to: where they go
 * @stage: where rows go first, or NULL
 * @pitch: words from a staged row to the next
 */
struct lookup {
	const char *name;
	struct ipu_step *step;
	uint32_t room;
	struct ipu_array from;
	const int32_t *index;
	uint32_t limit;
	uint32_t row;
	uint32_t begin;
	uint32_t end;
	char *to;
	uint32_t *stage;
	uint32_t pitch;
};

static uint32_t index_at(const struct lookup *lookup, uint32_t number)
{
	const int32_t index = lookup->index[number - lookup->begin / lookup->row];

	if ((uint32_t)index >= lookup->limit)
		ipu_ops_refuse_here(lookup->name, "index %lu is %ld, and must be from 0 to %ld",
				    (unsigned long)number, (long)index, (long)lookup->limit - 1);
	return (uint32_t)index;
}

static void add_transfer(const struct lookup *lookup, uint32_t element, uint32_t count, void *to)
{
	const struct ipu_array *from = &lookup->from;
	const uint32_t bytes = ipu_dtype_bytes(from->dtype);
	const uint32_t chunk = from->chunk ? from->chunk : from->count + 4;
	char *dest = to;

	while (count) {
		const uint32_t tile = element / chunk, at = element - tile * chunk;
		const uint32_t part = chunk - at < count ? chunk - at : count;

		ipu_assert(lookup->step->count < lookup->room);
		lookup->step->table[lookup->step->count++] = ipu_pull(
			from->chunk ? tile : ipu_tile_id(), (const char *)from->data + at * bytes,
			dest, (part * bytes + 3) & ~3u);
		dest += part * bytes;
		element += part;
		count -= part;
	}
}

/* The part of row @number that this tile has. */
static struct ipu_range columns_of(const struct lookup *lookup, uint32_t number)
{
	const uint32_t first = number * lookup->row;

	return (struct ipu_range){ first > lookup->begin ? 0 : lookup->begin - first,
				   first + lookup->row < lookup->end ? lookup->row :
								       lookup->end - first };
}

static uint32_t rows_end(const struct lookup *lookup)
{
	return (lookup->end + lookup->row - 1) / lookup->row;
}

static void make_table(void *args)
{
	const struct lookup *lookup = args;
	const uint32_t bytes = ipu_dtype_bytes(lookup->from.dtype), unit = 4 / bytes;
	const uint32_t first = lookup->begin / lookup->row;

	lookup->step->count = 0;
	for (uint32_t i = first; i < rows_end(lookup); i++) {
		const struct ipu_range part = columns_of(lookup, i);
		const uint32_t from = index_at(lookup, i) * lookup->row + part.begin;
		const uint32_t shift = lookup->stage ? from % unit : 0;
		char *to = lookup->to + (i * lookup->row + part.begin - lookup->begin) * bytes;

		if (lookup->stage)
			to = (char *)(lookup->stage + (i - first) * lookup->pitch);
		add_transfer(lookup, from - shift, part.end - part.begin + shift, to);
	}
}

/* Rows that were staged, since they need not begin at a word. */
static void place_rows(void *args)
{
	const struct lookup *lookup = args;
	const uint32_t bytes = ipu_dtype_bytes(lookup->from.dtype), unit = 4 / bytes;
	const uint32_t first = lookup->begin / lookup->row;
	const struct ipu_range share = ipu_worker_range(rows_end(lookup) - first);

	for (uint32_t i = first + share.begin; i < first + share.end; i++) {
		const struct ipu_range part = columns_of(lookup, i);
		const uint32_t from = index_at(lookup, i) * lookup->row + part.begin;

		memcpy(lookup->to + (i * lookup->row + part.begin - lookup->begin) * bytes,
		       (const char *)(lookup->stage + (i - first) * lookup->pitch) +
			       from % unit * bytes,
		       (part.end - part.begin) * bytes);
	}
}

void ipu_make_embedding(struct ipu_ops *ops, const struct ipu_array *to,
			const struct ipu_array *table, const struct ipu_array *index)
{
	const struct ipu_range own = ipu_array_own(to);
	const uint32_t row = table->ndim == 2 ? table->shape[1] : 0;
	struct lookup *lookup;
	uint32_t first, rows, unit;

	ipu_ops_begin(ops, "embedding");
	if (table->ndim != 2 || to->dtype != table->dtype || index->dtype != IPU_I32 ||
	    to->count != index->count * row)
		ipu_ops_refuse(ops,
			       "a table of 2 dimensions, i32 indices, and a result of %lu elements "
			       "of the table's type are needed",
			       (unsigned long)(index->count * row));
	lookup = ipu_ops_keep(ops, sizeof(*lookup));
	unit = 4 / ipu_dtype_bytes(to->dtype);
	first = row ? own.begin / row : 0;
	rows = own.end > own.begin ? (own.end + row - 1) / row - first : 0;
	*lookup = (struct lookup){
		.name = ops->name,
		.room = row ? rows * ipu_pull_most(table, row) : 0,
		.from = *table,
		.limit = table->shape[0],
		.row = row ? row : 1,
		.begin = own.begin,
		.end = own.end,
		.to = to->data,
		.pitch = (row + 2 * unit - 2) / unit,
	};
	/* As much on every tile. */
	lookup->index =
		ipu_ops_scratch(ops, row ? ((to->chunk ? to->chunk : to->count) / row + 2) * 4 : 0);
	if (row % unit)
		lookup->stage = ipu_ops_scratch(ops, rows * lookup->pitch * 4);
	ipu_add_exchange(ops);
	ipu_pull_range(ops, index, first, rows, (void *)lookup->index);
	lookup->step = ipu_add_exchange(ops);
	lookup->step->prepare = make_table;
	lookup->step->args = lookup;
	lookup->step->table = ipu_ops_keep(ops, lookup->room * sizeof(*lookup->step->table));
	if (lookup->stage && rows)
		ipu_add_work(ops, place_rows, lookup);
}

/* ---- Elements --------------------------------------------------------------------- */

/**
 * struct gather - some elements that this tile gathers
 * @lookup: the exchange, with rows of one element
 * @dim: the dimension of the indices
 * @ndim: dimensions
 * @shape: of the result
 * @stride: of what is gathered from
 */
struct gather {
	struct lookup lookup;
	uint32_t dim;
	uint32_t ndim;
	uint32_t shape[IPU_ARRAY_DIMS];
	uint32_t stride[IPU_ARRAY_DIMS];
};

static uint32_t element_of(const struct gather *gather, uint32_t number)
{
	uint32_t element = index_at(&gather->lookup, number) * gather->stride[gather->dim];

	for (uint32_t d = gather->ndim; d-- > 0; number /= gather->shape[d])
		if (d != gather->dim)
			element += number % gather->shape[d] * gather->stride[d];
	return element;
}

static void make_elements(void *args)
{
	const struct gather *gather = args;
	const struct lookup *lookup = &gather->lookup;
	const uint32_t unit = 4 / ipu_dtype_bytes(lookup->from.dtype);

	lookup->step->count = 0;
	for (uint32_t i = lookup->begin; i < lookup->end; i++) {
		const uint32_t from = element_of(gather, i);

		add_transfer(lookup, from - from % unit, 1, lookup->stage + (i - lookup->begin));
	}
}

static void place_elements(void *args)
{
	const struct gather *gather = args;
	const struct lookup *lookup = &gather->lookup;
	const uint32_t bytes = ipu_dtype_bytes(lookup->from.dtype), unit = 4 / bytes;
	const uint32_t count = lookup->end - lookup->begin;
	struct ipu_range share = ipu_worker_range((count + 3) / 4);

	share.end = share.end * 4 < count ? share.end * 4 : count;
	for (uint32_t i = share.begin * 4; i < share.end; i++) {
		const uint32_t from = element_of(gather, lookup->begin + i);
		const char *at = (const char *)(lookup->stage + i) + from % unit * bytes;

		for (uint32_t b = 0; b < bytes; b++)
			lookup->to[i * bytes + b] = at[b];
	}
}

/* Elements @begin to @end of the result, which are this tile's. */
static void gather_piece(struct ipu_ops *ops, const struct gather *all,
			 const struct ipu_array *index, uint32_t begin, uint32_t end, char *to)
{
	struct gather *gather = ipu_ops_keep(ops, sizeof(*gather));
	struct lookup *lookup = &gather->lookup;
	const bool staged = ipu_dtype_bytes(all->lookup.from.dtype) < 4;

	*gather = *all;
	lookup->begin = begin;
	lookup->end = end;
	lookup->to = to;
	lookup->room = end - begin;
	if (!staged)
		lookup->stage = (uint32_t *)to;
	ipu_add_exchange(ops);
	ipu_pull_range(ops, index, begin, end - begin, (void *)lookup->index);
	lookup->step = ipu_add_exchange(ops);
	lookup->step->prepare = make_elements;
	lookup->step->args = gather;
	lookup->step->table = ipu_ops_keep(ops, lookup->room * sizeof(*lookup->step->table));
	if (staged && end > begin)
		ipu_add_work(ops, place_elements, gather);
}

void ipu_make_take_along(struct ipu_ops *ops, const struct ipu_array *to,
			 const struct ipu_array *from, const struct ipu_array *index, uint32_t dim)
{
	const struct ipu_range own = ipu_array_own(to);
	const uint32_t bytes = ipu_dtype_bytes(to->dtype),
		       chunk = to->chunk ? to->chunk : to->count;
	struct gather gather = { .dim = dim, .ndim = to->ndim };
	uint32_t stride = 1;
	bool fits = to->ndim == from->ndim && to->ndim == index->ndim && dim < to->ndim &&
		    to->dtype == from->dtype && index->dtype == IPU_I32;

	ipu_ops_begin(ops, "gather");
	for (uint32_t d = to->ndim; d-- > 0 && fits; stride *= from->shape[d]) {
		fits = to->shape[d] == index->shape[d] &&
		       (d == dim || to->shape[d] <= from->shape[d]);
		gather.shape[d] = to->shape[d];
		gather.stride[d] = stride;
	}
	if (!fits)
		ipu_ops_refuse(ops, "the shapes or types of the result, what is gathered from and "
				    "the i32 indices do not belong together");
	gather.lookup = (struct lookup){
		.name = ops->name,
		.from = *from,
		.limit = from->shape[dim],
		.row = 1,
		.index = ipu_ops_scratch(ops, PIECE * 4),
		.stage = bytes < 4 ? ipu_ops_scratch(ops, PIECE * 4) : NULL,
	};
	for (uint32_t at = 0; at < chunk; at += PIECE) {
		const uint32_t begin = own.begin + at < own.end ? own.begin + at : own.end;
		const uint32_t end = begin + PIECE < own.end ? begin + PIECE : own.end;

		gather_piece(ops, &gather, index, begin, end,
			     (char *)to->data + (begin - own.begin) * bytes);
	}
}
