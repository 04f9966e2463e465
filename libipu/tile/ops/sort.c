/* SPDX-License-Identifier: MIT */
/*
 * Rows in order, <ipu/op_index.h>: each is sorted by one worker, by merging, as pairs of a key,
 * whose order as a whole number is the wanted one, and a place in the row.
 */
#include <string.h>

#include <ipu/step.h>

#define SHORT 8 /* pairs that are put in order one by one */

struct pair {
	uint32_t key;
	uint32_t place;
};

/**
 * struct sort - this tile's rows
 * @rows: how many
 * @length: elements of each
 * @keep: how many of them are wanted
 * @dtype: their type
 * @bytes: of an element
 * @flip: all ones to have the largest first
 * @from: the rows
 * @values: results
 * @indices: results, or NULL
 * @pairs: for each worker twice @length of them
 */
struct sort {
	uint32_t rows;
	uint32_t length;
	uint32_t keep;
	enum ipu_dtype dtype;
	uint32_t bytes;
	uint32_t flip;
	const char *from;
	char *values;
	int32_t *indices;
	struct pair *pairs;
};

/* ---- Keys ------------------------------------------------------------------------- */

static uint32_t float_key(uint32_t bits)
{
	if ((bits & 0x7fffffff) > 0x7f800000)
		return 0xffffffff;
	if (bits == 0x80000000)
		bits = 0;
	return bits & 0x80000000 ? ~bits : bits | 0x80000000;
}

static uint32_t key_of(const struct sort *sort, const char *row, uint32_t at)
{
	union {
		float value;
		uint32_t bits;
	} f;

	switch (sort->dtype) {
	case IPU_F32:
		return float_key(((const uint32_t *)row)[at]);
	case IPU_F16:
		f.value = (float)((const _Float16 *)row)[at];
		return float_key(f.bits);
	case IPU_BF16:
		return float_key((uint32_t)((const uint16_t *)row)[at] << 16);
	default:
		return ((const uint32_t *)row)[at] ^ 0x80000000;
	}
}

/* ---- Sorting ---------------------------------------------------------------------- */

static void sort_short(struct pair *pairs, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++) {
		const struct pair pair = pairs[i];
		uint32_t at = i;

		for (; at && pairs[at - 1].key > pair.key; at--)
			pairs[at] = pairs[at - 1];
		pairs[at] = pair;
	}
}

/* Of equal ones, those of the first half come first. */
static void merge(struct pair *to, const struct pair *from, uint32_t half, uint32_t count)
{
	uint32_t a = 0, b = half;

	for (uint32_t i = 0; i < count; i++)
		to[i] = b == count || (a < half && from[a].key <= from[b].key) ? from[a++] :
										 from[b++];
}

/* Where the sorted ones are: at @pairs or behind them. */
static const struct pair *sort_pairs(struct pair *pairs, uint32_t count)
{
	struct pair *from = pairs, *to = pairs + count, *swap;

	for (uint32_t at = 0; at < count; at += SHORT)
		sort_short(pairs + at, count - at < SHORT ? count - at : SHORT);
	for (uint32_t width = SHORT; width < count; width *= 2) {
		for (uint32_t at = 0; at < count; at += 2 * width) {
			const uint32_t left = count - at;

			merge(to + at, from + at, width < left ? width : left,
			      2 * width < left ? 2 * width : left);
		}
		swap = from;
		from = to;
		to = swap;
	}
	return from;
}

static void sort_row(const struct sort *sort, uint32_t row, struct pair *pairs)
{
	const char *from = sort->from + row * sort->length * sort->bytes;
	const struct pair *sorted;

	for (uint32_t i = 0; i < sort->length; i++)
		pairs[i] = (struct pair){ key_of(sort, from, i) ^ sort->flip, i };
	sorted = sort_pairs(pairs, sort->length);
	for (uint32_t i = 0; i < sort->keep; i++) {
		const uint32_t at = row * sort->keep + i, place = sorted[i].place;

		if (sort->bytes == 4)
			((uint32_t *)sort->values)[at] = ((const uint32_t *)from)[place];
		else
			((uint16_t *)sort->values)[at] = ((const uint16_t *)from)[place];
		if (sort->indices)
			sort->indices[at] = (int32_t)place;
	}
}

static void sort_rows(void *args)
{
	const struct sort *sort = args;
	const uint32_t worker = ipu_worker_id();
	/* A word of the results belongs to one worker. */
	const uint32_t together = sort->bytes == 4 || sort->keep % 2 == 0 ? 1 : 2;

	for (uint32_t row = 0; row < sort->rows; row++)
		if (row / together % IPU_WORKERS == worker)
			sort_row(sort, row, sort->pairs + worker * 2 * sort->length);
}

/* ---- Making it -------------------------------------------------------------------- */

/* Rows that each tile sorts: those that it has of the result, if it has whole ones. */
static uint32_t rows_each(const struct ipu_array *values, uint32_t rows, uint32_t keep)
{
	const uint32_t unit = keep % 4 == 0 ? 1 : keep % 2 == 0 ? 2 : 4;

	if (!values->chunk)
		return (rows + unit - 1) / unit * unit;
	if (values->chunk % keep == 0)
		return values->chunk / keep;
	rows = (rows + ipu_tile_count() - 1) / ipu_tile_count();
	return (rows + unit - 1) / unit * unit;
}

/* A result of which each tile has whole rows, or all: @to itself or, if it lies otherwise, scratch. */
static struct ipu_array whole_rows(struct ipu_ops *ops, const struct ipu_array *to, uint32_t chunk)
{
	struct ipu_array array = *to;

	if (array.chunk == chunk)
		return array;
	array.chunk = chunk;
	array.data =
		ipu_ops_scratch(ops, (chunk ? chunk : to->count) * ipu_dtype_bytes(array.dtype));
	return array;
}

static void put_back(struct ipu_ops *ops, const struct ipu_array *to, const struct ipu_array *from)
{
	const struct ipu_view view = ipu_view_whole(from);
	const struct ipu_range own = ipu_array_own(to);
	struct ipu_fetch *fetch;

	if (to->data == from->data)
		return;
	fetch = ipu_fetch_init(ops, from, &view, own.begin, own.end, to->data);
	ipu_add_exchange(ops);
	ipu_fetch_pull(ops, fetch);
	ipu_fetch_finish(ops, fetch);
}

static void check(struct ipu_ops *ops, const struct ipu_array *values,
		  const struct ipu_array *indices, const struct ipu_array *from)
{
	bool fits = values->ndim && values->ndim == from->ndim && values->dtype == from->dtype &&
		    values->shape[values->ndim - 1] <= from->shape[from->ndim - 1];

	for (uint32_t d = 0; fits && d + 1 < from->ndim; d++)
		fits = values->shape[d] == from->shape[d];
	if (fits && indices)
		fits = indices->dtype == IPU_I32 && indices->ndim == values->ndim &&
		       !memcmp(indices->shape, values->shape,
			       values->ndim * sizeof(values->shape[0]));
	if (!fits)
		ipu_ops_refuse(ops, "the shapes or types of what is sorted, its values and its i32 "
				    "indices do not belong together");
	if (from->dtype != IPU_F32 && from->dtype != IPU_F16 && from->dtype != IPU_BF16 &&
	    from->dtype != IPU_I32)
		ipu_ops_refuse(ops, "it takes f32, f16, bfloat16 and i32, not type %lu",
			       (unsigned long)from->dtype);
}

void ipu_make_sort(struct ipu_ops *ops, const struct ipu_array *values,
		   const struct ipu_array *indices, const struct ipu_array *from, bool descending)
{
	uint32_t length, keep, rows, each, begin, end, workers;
	struct ipu_array to, places = { 0 };
	struct ipu_fetch *fetch;
	struct ipu_view view;
	struct sort *sort;

	ipu_ops_begin(ops, "sort");
	check(ops, values, indices, from);
	if (!values->count)
		return;
	length = from->shape[from->ndim - 1];
	keep = values->shape[values->ndim - 1];
	rows = from->count / length;
	each = rows_each(values, rows, keep);
	begin = values->chunk ? ipu_tile_id() * each : 0;
	begin = begin < rows ? begin : rows;
	end = begin + each < rows ? begin + each : rows;
	workers = each < IPU_WORKERS ? each : IPU_WORKERS;

	to = whole_rows(ops, values, values->chunk ? each * keep : 0);
	if (indices)
		places = whole_rows(ops, indices, values->chunk ? each * keep : 0);
	sort = ipu_ops_keep(ops, sizeof(*sort));
	*sort = (struct sort){
		.rows = end - begin,
		.length = length,
		.keep = keep,
		.dtype = from->dtype,
		.bytes = ipu_dtype_bytes(from->dtype),
		.flip = descending ? 0xffffffff : 0,
		.from = from->data,
		.values = to.data,
		.indices = places.data,
		.pairs = ipu_ops_scratch(ops, workers * 2 * length * sizeof(struct pair)),
	};
	if (from->chunk != each * length || !values->chunk) {
		view = ipu_view_whole(from);
		sort->from = ipu_ops_scratch(ops, each * length * sort->bytes);
		fetch = ipu_fetch_init(ops, from, &view, begin * length, end * length,
				       (void *)sort->from);
		ipu_add_exchange(ops);
		ipu_fetch_pull(ops, fetch);
		ipu_fetch_finish(ops, fetch);
	}
	if (sort->rows)
		ipu_add_work(ops, sort_rows, sort);
	put_back(ops, values, &to);
	if (indices)
		put_back(ops, indices, &places);
}
