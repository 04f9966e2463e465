/* SPDX-License-Identifier: MIT */
/*
 * Adding rows where indices say, or putting them there, <ipu/op_index.h>. Every tile looks through all indices for rows
 * that it has, and then pulls and takes these in their order, as many at a time as it can stage. How often that
 * is depends on the busiest tile, so the tiles agree on it while the operation runs.
 */
#include <string.h>

#include <ipu/step.h>

#include "floats.h"

#define STAGE_BYTES 32768 /* for rows, if one of them is not larger */
#define TRANSFERS 1024 /* for them, likewise */
#define LONG_ROW 128 /* elements from which on workers share each row */

typedef void (*scatter_taker)(float *sum, const void *from, uint32_t at, uint32_t count);

/**
 * struct scatter - an operation on this tile
 * @name: of the operation
 * @from: the rows
 * @type: float_index() of their type; of 4 bytes that are put, that of f32
 * @takers: for each type, what becomes of a row's elements
 * @index: all indices
 * @count: how many
 * @limit: they are below it
 * @skip: an index that is left out
 * @row: elements of a row
 * @begin: this tile's first element of the result, counted in the whole of it
 * @end: one past the last
 * @to: the tile's elements of the result
 * @sums: the same as f32, perhaps the same memory
 * @list: which rows have indices that are this tile's, in their order
 * @found: how many each worker has found, in its own part of @list
 * @total: all of them
 * @first: the first one that is staged
 * @staged: how many are
 * @room: and can be
 * @stage: the elements, each row's at a multiple of @pitch words
 * @pitch: see there
 * @table: transfers for them
 * @most: a word: how many rows the busiest tile has
 * @agree: the collective that finds out
 */
struct scatter {
	const char *name;
	struct ipu_array from;
	uint32_t type;
	const scatter_taker *takers;
	int32_t *index;
	uint32_t count;
	uint32_t limit;
	uint32_t skip;
	uint32_t row;
	uint32_t begin;
	uint32_t end;
	void *to;
	float *sums;
	uint32_t *list;
	uint32_t found[IPU_WORKERS];
	uint32_t total;
	uint32_t first;
	uint32_t staged;
	uint32_t room;
	uint32_t *stage;
	uint32_t pitch;
	struct ipu_xfer *table;
	uint32_t *most;
	struct ipu_collective agree;
};

static uint32_t share_begin(const struct scatter *scatter, uint32_t worker)
{
	return worker * scatter->count / IPU_WORKERS;
}

/* ---- Finding ---------------------------------------------------------------------- */

/* Only on one tile: all have the same indices. */
static void check_indices(const struct scatter *scatter, uint32_t at, uint32_t end)
{
	for (; at < end && ipu_tile_id() == 0; at++)
		if ((uint32_t)scatter->index[at] >= scatter->limit)
			ipu_ops_refuse_here(scatter->name,
					    "index %lu is %ld, and must be from 0 to %ld",
					    (unsigned long)at, (long)scatter->index[at],
					    (long)scatter->limit - 1);
}

/* A worker's part of the indices: the numbers of those that name rows of this tile. */
static void find(void *args)
{
	struct scatter *scatter = args;
	const uint32_t worker = ipu_worker_id(), begin = share_begin(scatter, worker);
	const uint32_t end = share_begin(scatter, worker + 1);
	const uint32_t low = scatter->begin / scatter->row;
	const uint32_t rows = (scatter->end - 1) / scatter->row - low + 1;
	uint32_t *list = scatter->list + begin;

	check_indices(scatter, begin, end);
	for (uint32_t at = begin, vl; at < end && scatter->end > scatter->begin; at += vl) {
		vl = (uint32_t)__riscv_vsetvl_e32m4(end - at);
		const vuint32m4_t index =
			__riscv_vle32_v_u32m4((const uint32_t *)scatter->index + at, vl);
		const vuint32m4_t own = __riscv_vsub(index, low, vl);
		const vbool8_t mask = __riscv_vmand(__riscv_vmsltu(own, rows, vl),
						    __riscv_vmsne(index, scatter->skip, vl), vl);
		const uint32_t found = (uint32_t)__riscv_vcpop(mask, vl);

		if (!found)
			continue;
		__riscv_vse32(
			list,
			__riscv_vcompress(__riscv_vadd(__riscv_vid_v_u32m4(vl), at, vl), mask, vl),
			found);
		list += found;
	}
	scatter->found[worker] = (uint32_t)(list - (scatter->list + begin));
}

static void collect(struct scatter *scatter)
{
	scatter->total = 0;
	for (uint32_t i = 0; i < IPU_WORKERS; i++) {
		memmove(scatter->list + scatter->total, scatter->list + share_begin(scatter, i),
			scatter->found[i] * sizeof(*scatter->list));
		scatter->total += scatter->found[i];
	}
}

/* ---- Adding and putting ------------------------------------------------------------ */

/* The elements of a row, named by its index, that this tile has: counted in the row. */
static struct ipu_range columns_of(const struct scatter *scatter, uint32_t index)
{
	const uint32_t first = index * scatter->row;

	return (struct ipu_range){ first > scatter->begin ? 0 : scatter->begin - first,
				   first + scatter->row < scatter->end ? scatter->row :
									 scatter->end - first };
}

static uint32_t make_table(struct scatter *scatter)
{
	const struct ipu_array *from = &scatter->from;
	const uint32_t bytes = ipu_dtype_bytes(from->dtype), unit = 4 / bytes;
	const uint32_t chunk = from->chunk ? from->chunk : from->count + 4;
	uint32_t transfers = 0;

	for (uint32_t i = 0; i < scatter->staged; i++) {
		const uint32_t number = scatter->list[scatter->first + i];
		const struct ipu_range part = columns_of(scatter, (uint32_t)scatter->index[number]);
		uint32_t at = number * scatter->row + part.begin, shift = at % unit;
		uint32_t left = part.end - part.begin + shift;
		char *to = (char *)(scatter->stage + i * scatter->pitch);

		for (at -= shift; left;) {
			const uint32_t tile = at / chunk, inside = at - tile * chunk;
			const uint32_t some = chunk - inside < left ? chunk - inside : left;

			scatter->table[transfers++] =
				ipu_pull(from->chunk ? tile : ipu_tile_id(),
					 (const char *)from->data + inside * bytes, to,
					 (some * bytes + 3) & ~3u);
			to += some * bytes;
			at += some;
			left -= some;
		}
	}
	return transfers;
}

/* @what becomes of @sum and x, which was there and what comes. */
#define TAKER(name, type, what)                                                              \
	static void name##_##type(float *sum, const void *from, uint32_t at, uint32_t count) \
	{                                                                                    \
		for (uint32_t vl; count; count -= vl) {                                      \
			vl = (uint32_t)__riscv_vsetvl_e32m4(count);                          \
			const vfloat32m4_t x = LOAD(type, from, at, vl);                     \
			__riscv_vse32(sum, what, vl);                                        \
			sum += vl;                                                           \
			at += vl;                                                            \
		}                                                                            \
	}

#define ADD(type) TAKER(add, type, __riscv_vfadd(__riscv_vle32_v_f32m4(sum, vl), x, vl))
#define PUT(type) TAKER(put, type, x)

ADD(f32)
ADD(f16)
ADD(bf16)
PUT(f32)
PUT(f16)
PUT(bf16)

static const scatter_taker adders[FLOATS] = { add_f32, add_f16, add_bf16 };
static const scatter_taker putters[FLOATS] = { put_f32, put_f16, put_bf16 };

/* Long rows are shared by the workers, short ones distributed. */
static void take_rows(void *args)
{
	const struct scatter *scatter = args;
	const uint32_t unit = 4 / ipu_dtype_bytes(scatter->from.dtype);
	const bool share = scatter->row >= LONG_ROW;

	for (uint32_t i = 0; i < scatter->staged; i++) {
		const uint32_t number = scatter->list[scatter->first + i];
		const uint32_t index = (uint32_t)scatter->index[number];
		const struct ipu_range part = columns_of(scatter, index);
		const uint32_t shift = (number * scatter->row + part.begin) % unit;
		struct ipu_range own = { 0, part.end - part.begin };

		if (share)
			own = ipu_worker_range(own.end);
		else if (index % IPU_WORKERS != ipu_worker_id())
			continue;
		scatter->takers[scatter->type](scatter->sums + index * scatter->row + part.begin -
						       scatter->begin + own.begin,
					       scatter->stage + i * scatter->pitch,
					       shift + own.begin, own.end - own.begin);
	}
}

#define WIDEN(type)                                                                     \
	for (uint32_t vl; at < end; at += vl) {                                         \
		vl = (uint32_t)__riscv_vsetvl_e32m4(end - at);                          \
		__riscv_vse32(scatter->sums + at, LOAD(type, scatter->to, at, vl), vl); \
	}

#define NARROW(type)                                                                             \
	for (uint32_t vl; at < end; at += vl) {                                                  \
		vl = (uint32_t)__riscv_vsetvl_e32m4(end - at);                                   \
		STORE(type, scatter->to, at, __riscv_vle32_v_f32m4(scatter->sums + at, vl), vl); \
	}

static void widen(void *args)
{
	const struct scatter *scatter = args;
	uint32_t at = ipu_worker_range(scatter->end - scatter->begin).begin;
	const uint32_t end = ipu_worker_range(scatter->end - scatter->begin).end;

	if (scatter->type == 1)
		WIDEN(f16)
	else
		WIDEN(bf16)
}

static void narrow(void *args)
{
	const struct scatter *scatter = args;
	uint32_t at = ipu_worker_range(scatter->end - scatter->begin).begin;
	const uint32_t end = ipu_worker_range(scatter->end - scatter->begin).end;

	if (scatter->type == 1)
		NARROW(f16)
	else
		NARROW(bf16)
}

/* The supervisor's part, with exchanges: as many on every tile. */
static void scatter_all(void *args)
{
	struct scatter *scatter = args;

	ipu_run_workers(find, scatter);
	collect(scatter);
	*scatter->most = scatter->total;
	ipu_run_collective(&scatter->agree);
	if (scatter->type)
		ipu_run_workers(widen, scatter);
	for (uint32_t done = 0; done < *scatter->most; done += scatter->room) {
		scatter->first = done < scatter->total ? done : scatter->total;
		scatter->staged = scatter->total - scatter->first;
		if (scatter->staged > scatter->room)
			scatter->staged = scatter->room;
		ipu_exchange(scatter->table, make_table(scatter));
		if (scatter->staged)
			ipu_run_workers(take_rows, scatter);
	}
	if (scatter->type)
		ipu_run_workers(narrow, scatter);
}

/* ---- Making it -------------------------------------------------------------------- */

static void make_agreement(struct ipu_ops *ops, struct scatter *scatter)
{
	struct ipu_collective *agree = &scatter->agree;

	agree->room = IPU_COLLECTIVE_ROOM;
	agree->table = ipu_ops_keep(ops, IPU_COLLECTIVE_ROOM * sizeof(*agree->table));
	scatter->most = ipu_ops_scratch(ops, 4);
	ipu_make_all_reduce(agree, scatter->most, scatter->most, 1, IPU_U32, IPU_MAX,
			    ipu_ops_scratch(ops, IPU_REDUCE_SCRATCH(1) * 4));
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void make_stage(struct ipu_ops *ops, struct scatter *scatter, uint32_t chunk)
{
	const uint32_t unit = 4 / ipu_dtype_bytes(scatter->from.dtype);
	const uint32_t most = ipu_pull_most(&scatter->from, scatter->row);
	uint32_t room;

	scatter->pitch = (least(scatter->row, chunk) + 2 * unit - 2) / unit;
	room = least(STAGE_BYTES / 4 / scatter->pitch, TRANSFERS / most);
	room = least(room ? room : 1, scatter->count);
	scatter->room = room;
	scatter->stage = ipu_ops_scratch(ops, room * scatter->pitch * 4);
	scatter->table = ipu_ops_scratch(ops, room * most * sizeof(*scatter->table));
}

/* Integers are only put, and are moved as what they are. */
static uint32_t type_of(const struct ipu_ops *ops, uint32_t dtype, bool put)
{
	return put && dtype == IPU_I32 ? 0 : float_index(ops, dtype);
}

static void make_scatter(struct ipu_ops *ops, const struct ipu_array *to,
			 const struct ipu_array *from, const struct ipu_array *index, int32_t skip,
			 bool put)
{
	const struct ipu_range own = ipu_array_own(to);
	const uint32_t row = to->ndim == 2 ? to->shape[1] : 0,
		       chunk = to->chunk ? to->chunk : to->count;
	struct scatter *scatter;

	if (to->ndim != 2 || to->dtype != from->dtype || index->dtype != IPU_I32 ||
	    from->count != index->count * row)
		ipu_ops_refuse(ops,
			       "a result of 2 dimensions, i32 indices, and %lu elements of the "
			       "result's type are needed",
			       (unsigned long)(index->count * row));
	if (!from->count)
		return;
	scatter = ipu_ops_keep(ops, sizeof(*scatter));
	*scatter = (struct scatter){
		.name = ops->name,
		.from = *from,
		.type = type_of(ops, to->dtype, put),
		.takers = put ? putters : adders,
		.index = ipu_ops_scratch(ops, index->count * 4),
		.count = index->count,
		.limit = to->shape[0],
		.skip = (uint32_t)skip,
		.row = row,
		.begin = own.begin,
		.end = own.end,
		.to = to->data,
		.sums = to->data,
		.list = ipu_ops_scratch(ops, index->count * 4),
	};
	if (scatter->type)
		scatter->sums = ipu_ops_scratch(ops, chunk * 4);
	make_stage(ops, scatter, chunk);
	make_agreement(ops, scatter);
	ipu_add_exchange(ops);
	ipu_pull_range(ops, index, 0, index->count, scatter->index);
	ipu_add_work(ops, NULL, scatter)->prepare = scatter_all;
}

void ipu_make_scatter_add(struct ipu_ops *ops, const struct ipu_array *to,
			  const struct ipu_array *from, const struct ipu_array *index, int32_t skip)
{
	ipu_ops_begin(ops, "scatter-add");
	make_scatter(ops, to, from, index, skip, false);
}

void ipu_make_put_rows(struct ipu_ops *ops, const struct ipu_array *to,
		       const struct ipu_array *from, const struct ipu_array *index)
{
	ipu_ops_begin(ops, "scatter");
	make_scatter(ops, to, from, index, -1, true);
}
