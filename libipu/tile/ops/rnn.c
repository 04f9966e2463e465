/* SPDX-License-Identifier: MIT */
/* Cells of recurrent networks, <ipu/op_rnn.h>: workers share the rows, which are the examples. */
#include "elements.h"
#include "map.h"
#include "rows.h"

/**
 * struct part - rows of an array that a step reads or writes
 * @array: which
 * @row: the first of them
 * @width: elements of a row
 * @to: where this tile has its own
 * @fetch: how they come here, or go from here; NULL if they lie here
 */
struct part {
	const struct ipu_array *array;
	uint32_t row;
	uint32_t width;
	void *to;
	struct ipu_fetch *fetch;
};

enum { HY, CY, GATES, OUT }; /* what a step writes */
enum { X, H, CX }; /* what it reads */
enum { DGATES, DALL, DCX }; /* what its gradient writes */
enum { DOUT, DHY, DCY, OF_GATES, OF_CX, OF_CY }; /* what that reads */

/**
 * struct cell - this tile's part of a step, or of its gradient
 * @load: of the arrays' type; and
 * @store: of the same
 * @rows: on this tile
 * @columns: of a state
 * @to: what is written, or NULL
 * @from: what is read, or NULL
 */
struct cell {
	element_load *load;
	element_store *store;
	uint32_t rows;
	uint32_t columns;
	void *to[4];
	const void *from[6];
};

typedef vfloat32m4_t vector;

/* ---- Forward ---------------------------------------------------------------------- */

static vector apply(enum ipu_map op, vector x, size_t vl)
{
	return map_floats[op](x, x, x, vl, 0, 0);
}

/* A gate of one row. */
static void gate(const struct cell *c, uint32_t row, uint32_t number)
{
	const uint32_t begin = (4 * row + number) * c->columns;
	const enum ipu_map op = number == 2 ? IPU_MAP_TANH : IPU_MAP_SIGMOID;

	EACH_VECTOR(at, vl, begin, begin + c->columns)
	{
		const vector x = c->load(c->from[X], at, vl);
		const vector sum = __riscv_vfadd(x, c->load(c->from[H], at, vl), vl);

		c->store(c->to[GATES], at, apply(op, sum, vl), vl);
	}
}

static void state(const struct cell *c, uint32_t row)
{
	const uint32_t begin = row * c->columns, columns = c->columns;

	EACH_VECTOR(at, vl, begin, begin + columns)
	{
		const uint32_t i = at + 3 * begin;
		vector y = __riscv_vfmul(c->load(c->to[GATES], i, vl),
					 c->load(c->to[GATES], i + 2 * columns, vl), vl);

		y = __riscv_vfmacc(y, c->load(c->to[GATES], i + columns, vl),
				   c->load(c->from[CX], at, vl), vl);
		c->store(c->to[CY], at, y, vl);
		y = apply(IPU_MAP_TANH, c->load(c->to[CY], at, vl), vl);
		y = __riscv_vfmul(y, c->load(c->to[GATES], i + 3 * columns, vl), vl);
		c->store(c->to[HY], at, y, vl);
		if (c->to[OUT])
			c->store(c->to[OUT], at, y, vl);
	}
}

static void forward(void *args)
{
	const struct cell *c = args;
	const struct ipu_range rows = ipu_worker_range(c->rows);

	for (uint32_t row = rows.begin; row < rows.end; row++) {
		for (uint32_t i = 0; i < 4; i++)
			gate(c, row, i);
		state(c, row);
	}
}

/* ---- Backward --------------------------------------------------------------------- */

/* An element of what is read; 0 if there is none. */
static vector read(const struct cell *c, uint32_t which, uint32_t at, size_t vl)
{
	return c->from[which] ? c->load(c->from[which], at, vl) : __riscv_vfmv_v_f_f32m4(0, vl);
}

static void write_gate(const struct cell *c, uint32_t at, vector value, size_t vl)
{
	c->store(c->to[DGATES], at, value, vl);
	if (c->to[DALL])
		c->store(c->to[DALL], at, value, vl);
}

/* y (1 - y) grad, and (1 - y y) grad. */
static vector sigmoid_grad(vector grad, vector y, size_t vl)
{
	return __riscv_vfmul(grad, __riscv_vfnmsac(y, y, y, vl), vl);
}

static vector tanh_grad(vector grad, vector y, size_t vl)
{
	return __riscv_vfnmsac(grad, grad, __riscv_vfmul(y, y, vl), vl);
}

static void row_grad(const struct cell *c, uint32_t row)
{
	const uint32_t begin = row * c->columns, columns = c->columns;

	EACH_VECTOR(at, vl, begin, begin + columns)
	{
		const uint32_t i = at + 3 * begin, f = i + columns, g = f + columns,
			       o = g + columns;
		const vector tanh = apply(IPU_MAP_TANH, read(c, OF_CY, at, vl), vl);
		const vector dh = __riscv_vfadd(read(c, DOUT, at, vl), read(c, DHY, at, vl), vl);
		vector gate = read(c, OF_GATES, o, vl), other, dc;

		write_gate(c, o, sigmoid_grad(__riscv_vfmul(dh, tanh, vl), gate, vl), vl);
		dc = tanh_grad(__riscv_vfmul(dh, gate, vl), tanh, vl);
		dc = __riscv_vfadd(dc, read(c, DCY, at, vl), vl);
		gate = read(c, OF_GATES, i, vl);
		other = read(c, OF_GATES, g, vl);
		write_gate(c, i, sigmoid_grad(__riscv_vfmul(dc, other, vl), gate, vl), vl);
		write_gate(c, g, tanh_grad(__riscv_vfmul(dc, gate, vl), other, vl), vl);
		gate = read(c, OF_GATES, f, vl);
		other = read(c, OF_CX, at, vl);
		write_gate(c, f, sigmoid_grad(__riscv_vfmul(dc, other, vl), gate, vl), vl);
		c->store(c->to[DCX], at, __riscv_vfmul(dc, gate, vl), vl);
	}
}

static void backward(void *args)
{
	const struct cell *c = args;
	const struct ipu_range rows = ipu_worker_range(c->rows);

	for (uint32_t row = rows.begin; row < rows.end; row++)
		row_grad(c, row);
}

/* ---- Rows of arrays --------------------------------------------------------------- */

/* Whether rows are on the tiles that compute them. */
static bool lies(const struct part *part, const struct rows *rows)
{
	return part->array->count == rows->all * part->width &&
	       part->array->chunk == rows->per * part->width;
}

static void check_part(const struct ipu_ops *ops, const struct part *part, const struct rows *rows,
		       enum ipu_dtype dtype)
{
	const uint64_t end = (part->row + (uint64_t)rows->all) * part->width;

	check_type(ops, part->array, dtype, "one of its arrays");
	if (end > part->array->count)
		ipu_ops_refuse(ops, "one of its arrays has %lu elements, and it needs %llu",
			       (unsigned long)part->array->count, (unsigned long long)end);
}

/* Before the exchange that brings it: where it is, or will be. */
static void prepare_read(struct ipu_ops *ops, const struct rows *rows, struct part *part)
{
	const struct ipu_array *array = part->array;
	const uint32_t bytes = ipu_dtype_bytes(array->dtype);
	const struct ipu_view view = ipu_view_whole(array);
	const uint32_t begin = (part->row + rows->first) * part->width;

	if (!array->chunk || lies(part, rows)) {
		part->to = (char *)array->data + (array->chunk ? 0 : begin * bytes);
		return;
	}
	part->to = ipu_ops_scratch(ops, rows->per * part->width * bytes);
	part->fetch = ipu_fetch_init(ops, array, &view, begin, begin + rows->count * part->width,
				     part->to);
}

static void prepare_room(struct ipu_ops *ops, const struct rows *rows, struct part *part)
{
	part->to = lies(part, rows) ?
			   part->array->data :
			   ipu_ops_scratch(ops, rows->per * part->width *
							ipu_dtype_bytes(part->array->dtype));
}

/* Before the exchange behind the cell: what this tile keeps of it. */
static void prepare_write(struct ipu_ops *ops, const struct rows *rows, struct part *part)
{
	const struct ipu_range own = ipu_array_own(part->array);
	const uint32_t first = part->row * part->width, count = rows->all * part->width;
	struct ipu_array from = *part->array;
	struct ipu_range range = own;
	struct ipu_view view;

	if (part->to == part->array->data)
		return;
	from.data = part->to;
	from.chunk = rows->per * part->width;
	from.count = count;
	view = ipu_view_whole(&from);
	range.begin = own.begin > first ? own.begin : first;
	range.end = own.end < first + count ? own.end : first + count;
	if (range.begin >= range.end)
		range.begin = range.end = first;
	part->fetch =
		ipu_fetch_init(ops, &from, &view, range.begin - first, range.end - first,
			       (char *)part->array->data +
				       (range.begin > own.begin ? range.begin - own.begin : 0) *
					       ipu_dtype_bytes(from.dtype));
}

/* One exchange for all that are not where they are wanted. */
static void move(struct ipu_ops *ops, struct part *part, uint32_t parts)
{
	uint32_t moved = 0;

	for (uint32_t i = 0; i < parts; i++)
		moved += part[i].fetch != NULL;
	if (!moved)
		return;
	ipu_add_exchange(ops);
	for (uint32_t i = 0; i < parts; i++)
		if (part[i].fetch)
			ipu_fetch_pull(ops, part[i].fetch);
	for (uint32_t i = 0; i < parts; i++)
		if (part[i].fetch)
			ipu_fetch_finish(ops, part[i].fetch);
}

/* ---- Making ----------------------------------------------------------------------- */

/* @like: a state, which says how rows lie. */
static void make(struct ipu_ops *ops, const struct ipu_array *like, void (*work)(void *args),
		 struct part *to, uint32_t tos, struct part *from, uint32_t froms)
{
	const struct rows rows = rows_of(like);
	struct cell *c = ipu_ops_keep(ops, sizeof(*c));

	*c = (struct cell){
		.load = element_load_of(like->dtype),
		.store = element_store_of(like->dtype),
		.rows = rows.count,
		.columns = rows.columns,
	};
	if (float_index(ops, like->dtype) && rows.columns % 2)
		ipu_ops_refuse(ops,
			       "of types of two bytes it takes even numbers of columns, not %lu",
			       (unsigned long)rows.columns);
	for (uint32_t i = 0; i < tos + froms; i++) {
		struct part *part = i < tos ? &to[i] : &from[i - tos];

		part->width *= rows.columns;
		if (part->array)
			check_part(ops, part, &rows, like->dtype);
	}
	if (!like->count)
		return;
	for (uint32_t i = 0; i < froms; i++)
		if (from[i].array)
			prepare_read(ops, &rows, &from[i]);
	move(ops, from, froms);
	for (uint32_t i = 0; i < tos; i++)
		if (to[i].array)
			prepare_room(ops, &rows, &to[i]);
	for (uint32_t i = 0; i < tos; i++)
		c->to[i] = to[i].to;
	for (uint32_t i = 0; i < froms; i++)
		c->from[i] = from[i].to;
	ipu_add_work(ops, c->rows ? work : NULL, c);
	for (uint32_t i = 0; i < tos; i++)
		if (to[i].array)
			prepare_write(ops, &rows, &to[i]);
	move(ops, to, tos);
}

void ipu_make_lstm_cell(struct ipu_ops *ops, const struct ipu_lstm_args *args)
{
	struct part to[] = {
		[HY] = { .array = args->hy, .width = 1 },
		[CY] = { .array = args->cy, .width = 1 },
		[GATES] = { .array = args->gates, .width = 4 },
		[OUT] = { .array = args->out, .row = args->row, .width = 1 },
	};
	struct part from[] = {
		[X] = { .array = args->x, .row = args->row, .width = 4 },
		[H] = { .array = args->h, .width = 4 },
		[CX] = { .array = args->cx, .width = 1 },
	};

	ipu_ops_begin(ops, "lstm_cell");
	make(ops, args->hy, forward, to, 4, from, 3);
}

void ipu_make_lstm_cell_grad(struct ipu_ops *ops, const struct ipu_lstm_grad_args *args)
{
	struct part to[] = {
		[DGATES] = { .array = args->dgates, .width = 4 },
		[DALL] = { .array = args->all, .row = args->row, .width = 4 },
		[DCX] = { .array = args->dcx, .width = 1 },
	};
	struct part from[] = {
		[DOUT] = { .array = args->dout, .row = args->row, .width = 1 },
		[DHY] = { .array = args->dhy, .width = 1 },
		[DCY] = { .array = args->dcy, .width = 1 },
		[OF_GATES] = { .array = args->gates, .width = 4 },
		[OF_CX] = { .array = args->cx, .width = 1 },
		[OF_CY] = { .array = args->cy, .width = 1 },
	};

	ipu_ops_begin(ops, "gradient of lstm_cell");
	make(ops, args->dcx, backward, to, 3, from, 6);
}
