/* SPDX-License-Identifier: MIT */
/* Rows of arrays on this tile: see rows.h. */
#include "rows.h"

struct rows rows_of(const struct ipu_array *array)
{
	const uint32_t columns = array->ndim ? array->shape[array->ndim - 1] : 1;
	const uint32_t tiles = ipu_tile_count(), tile = ipu_tile_id();
	const uint32_t unit = columns % 4 == 0 ? 1 : columns % 2 == 0 ? 2 : 4;
	struct rows rows = { .columns = columns, .all = columns ? array->count / columns : 0 };

	if (columns && array->chunk && array->chunk % columns == 0)
		rows.per = array->chunk / columns;
	else
		rows.per = ((rows.all + tiles - 1) / tiles + unit - 1) / unit * unit;
	if (!rows.per)
		rows.per = unit;
	rows.first = tile * rows.per < rows.all ? tile * rows.per : rows.all;
	rows.count = rows.all - rows.first < rows.per ? rows.all - rows.first : rows.per;
	return rows;
}

/* Fetch elements @begin to @end. */
static void bring(struct ipu_ops *ops, const struct ipu_array *array, uint32_t begin, uint32_t end,
		  void *to)
{
	const struct ipu_view view = ipu_view_whole(array);
	struct ipu_fetch *fetch = ipu_fetch_init(ops, array, &view, begin, end, to);

	ipu_add_exchange(ops);
	ipu_fetch_pull(ops, fetch);
	ipu_fetch_finish(ops, fetch);
}

const void *rows_get(struct ipu_ops *ops, const struct rows *rows, const struct ipu_array *array,
		     uint32_t width)
{
	const uint32_t bytes = ipu_dtype_bytes(array->dtype), begin = rows->first * width;
	void *to;

	if (!array->chunk)
		return (const char *)array->data + begin * bytes;
	if (array->chunk == rows->per * width)
		return array->data;
	to = ipu_ops_scratch(ops, rows->per * width * bytes);
	bring(ops, array, begin, begin + rows->count * width, to);
	return to;
}

void *rows_room(struct ipu_ops *ops, const struct rows *rows, const struct ipu_array *array,
		uint32_t width)
{
	if (array->chunk == rows->per * width)
		return array->data;
	return ipu_ops_scratch(ops, rows->per * width * ipu_dtype_bytes(array->dtype));
}

void rows_put(struct ipu_ops *ops, const struct rows *rows, const struct ipu_array *array,
	      uint32_t width, void *room)
{
	const struct ipu_range own = ipu_array_own(array);
	struct ipu_array from = *array;

	if (room == array->data)
		return;
	from.data = room;
	from.chunk = rows->per * width;
	bring(ops, &from, own.begin, own.end, array->data);
}

const void *array_everywhere(struct ipu_ops *ops, const struct ipu_array *array)
{
	void *to;

	if (!array->chunk || ipu_tile_count() == 1)
		return array->data;
	to = ipu_ops_scratch(ops, array->count * ipu_dtype_bytes(array->dtype) + 4);
	bring(ops, array, 0, array->count, to);
	return to;
}

void check_count(const struct ipu_ops *ops, const struct ipu_array *array, uint32_t count,
		 const char *what)
{
	if (array->count != count)
		ipu_ops_refuse(ops, "%s has %lu elements, and must have %lu", what,
			       (unsigned long)array->count, (unsigned long)count);
}

void check_type(const struct ipu_ops *ops, const struct ipu_array *array, enum ipu_dtype dtype,
		const char *what)
{
	if (array->dtype != dtype)
		ipu_ops_refuse(ops, "%s is of type %lu, and must be of %lu", what,
			       (unsigned long)array->dtype, (unsigned long)dtype);
}
