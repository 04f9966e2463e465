/* SPDX-License-Identifier: MIT */
/*
 * Products of matrices, <ipu/op_matmul.h>: which blocks a tile pulls, what it makes of them, and where
 * results go. The workers' part is in matmul_work.c.
 */
#include <ipu/step.h>

#include "matmul.h"

/**
 * struct matmul - a product that is being made, as this tile sees it
 * @ops: where its steps go
 * @to: the result
 * @flags: of the caller, and IPU_IN_PLACE
 * @product: for the planner
 * @plan: the grid
 * @layout: of scratch memory
 * @scratch: that memory
 * @in_grid: this tile has a part
 * @batch: its matrices; likewise rows, columns and what it adds up
 * @width: bytes of an element when it is multiplied
 */
struct matmul {
	struct ipu_ops *ops;
	const struct ipu_array *to;
	uint32_t flags;
	struct ipu_product product;
	struct ipu_plan plan;
	struct ipu_plan_layout layout;
	char *scratch;
	bool in_grid;
	struct ipu_range batch;
	struct ipu_range rows;
	struct ipu_range columns;
	struct ipu_range sums;
	uint32_t part; /* of the sums, 0 to pk - 1 */
};

/**
 * struct block - elements of an operand that a tile pulls: a part of each of some matrices
 * @array: the operand
 * @batch_stride: elements from a matrix to the next
 * @pitch: from a row to the next
 * @batch: which matrices
 * @rows: which rows, as they lie in the array
 * @columns: which columns, likewise
 * @to: where they go
 * @to_batch: elements from a matrix to the next there
 * @to_pitch: from a row to the next
 */
struct block {
	const struct ipu_array *array;
	uint32_t batch_stride;
	uint32_t pitch;
	struct ipu_range batch;
	struct ipu_range rows;
	struct ipu_range columns;
	char *to;
	uint32_t to_batch;
	uint32_t to_pitch;
};

static uint32_t length(struct ipu_range range)
{
	return range.end - range.begin;
}

/* Part @number of those of @size of @all elements. */
static struct ipu_range part_of(uint32_t number, uint32_t size, uint32_t all)
{
	const uint32_t begin = number * size, end = begin + size;

	return (struct ipu_range){ begin < all ? begin : all, end < all ? end : all };
}

/* ---- Shapes ----------------------------------------------------------------------- */

static uint32_t matrices(const struct ipu_array *array)
{
	uint32_t count = 1;

	for (uint32_t i = 0; i + 2 < array->ndim; i++)
		count *= array->shape[i];
	return count;
}

static uint32_t rows_of(const struct ipu_array *array)
{
	return array->shape[array->ndim - 2];
}

static uint32_t columns_of(const struct ipu_array *array)
{
	return array->shape[array->ndim - 1];
}

static void check_shapes(const struct ipu_ops *ops, const struct ipu_array *to,
			 const struct ipu_array *a, const struct ipu_array *b, uint32_t flags)
{
	if (to->ndim < 2 || a->ndim < 2 || b->ndim < 2)
		ipu_ops_refuse(ops, "its arrays have %lu, %lu and %lu dimensions, not 2 or more",
			       (unsigned long)to->ndim, (unsigned long)a->ndim,
			       (unsigned long)b->ndim);
	if (matrices(to) != matrices(a) || (b->ndim > 2 && matrices(b) != matrices(a)))
		ipu_ops_refuse(ops, "%lu matrices times %lu do not make %lu",
			       (unsigned long)matrices(a), (unsigned long)matrices(b),
			       (unsigned long)matrices(to));
	if (a->dtype != b->dtype)
		ipu_ops_refuse(ops, "its operands are of types %lu and %lu",
			       (unsigned long)a->dtype, (unsigned long)b->dtype);
	const uint32_t ta = flags & IPU_TRANS_A ? 1 : 0, tb = flags & IPU_TRANS_B ? 1 : 0;
	const uint32_t m = ta ? columns_of(a) : rows_of(a), k = ta ? rows_of(a) : columns_of(a);
	const uint32_t n = tb ? rows_of(b) : columns_of(b), kb = tb ? columns_of(b) : rows_of(b);

	if (m != rows_of(to) || n != columns_of(to) || k != kb)
		ipu_ops_refuse(ops, "[%lu, %lu] times [%lu, %lu] does not make [%lu, %lu]",
			       (unsigned long)m, (unsigned long)k, (unsigned long)kb,
			       (unsigned long)n, (unsigned long)rows_of(to),
			       (unsigned long)columns_of(to));
}

struct ipu_product ipu_matmul_product(const struct ipu_ops *ops, const struct ipu_array *to,
				      const struct ipu_array *a, const struct ipu_array *b,
				      uint32_t flags)
{
	const struct ipu_memory *memory = ops->memory;
	struct ipu_product product;

	check_shapes(ops, to, a, b, flags);
	product = (struct ipu_product){
		.batches = matrices(a),
		.m = rows_of(to),
		.n = columns_of(to),
		.k = flags & IPU_TRANS_A ? rows_of(a) : columns_of(a),
		.dtype = a->dtype,
		.to_dtype = to->dtype,
		.flags = flags,
		.tiles = ipu_tile_count(),
		.scratch = memory->scratch_bytes,
		/* Tables grow differently on tiles, and all of them need the same plan. */
		.keep = (uint32_t)(memory->scratch - memory->low),
	};
	/* One matrix for all: more rows. */
	if (b->ndim == 2 && !(flags & IPU_TRANS_A)) {
		product.m *= product.batches;
		product.batches = 1;
	} else if (b->ndim == 2) {
		product.flags |= IPU_SHARED_B;
	}
	return product;
}

/* ---- The plan --------------------------------------------------------------------- */

static void refuse_plan(const struct ipu_ops *ops, enum ipu_plan_verdict verdict,
			const struct ipu_plan_misfit *misfit)
{
	switch (verdict) {
	case IPU_PLAN_BAD_TYPE:
		ipu_ops_refuse(ops, "it takes f32, f16 and bfloat16 only");
	case IPU_PLAN_BAD_GRID:
		ipu_ops_refuse(ops, "the plan's grid has a 0 or more parts than there are tiles");
	case IPU_PLAN_TOO_LARGE:
		ipu_ops_refuse(ops, "%c has more than 2^31 elements", misfit->what);
	case IPU_PLAN_NO_KEEP:
		ipu_ops_refuse(ops, "%s take%s %lu bytes of a tile: %lu too many",
			       misfit->what == 'T' ? "its tables" : "b in place",
			       misfit->what == 'T' ? "" : "s", (unsigned long)misfit->bytes,
			       (unsigned long)misfit->missing);
	default:
		ipu_ops_refuse(
			ops,
			"%lu bytes of scratch memory are missing on a tile, where most, %lu, "
			"is for its part of %c: give ipu_memory_init() more, or use more "
			"tiles",
			(unsigned long)misfit->missing, (unsigned long)misfit->bytes, misfit->what);
	}
}

/* Tile 0 looks for a plan, and the others take it from there. */
static enum ipu_plan_verdict search(struct matmul *mm, struct ipu_plan_misfit *misfit)
{
	struct found {
		struct ipu_plan plan;
		enum ipu_plan_verdict verdict;
		struct ipu_plan_misfit misfit;
	} *const found = ipu_ops_scratch(mm->ops, sizeof(*found));
	const struct ipu_xfer pull = ipu_pull(0, found, found, sizeof(*found));
	const bool first = ipu_tile_id() == 0;

	if (first)
		found->verdict = ipu_plan_search(&mm->product, IPU_PLAN_CYCLES, &found->plan,
						 &found->misfit);
	ipu_exchange(&pull, first ? 0 : 1);
	mm->plan = found->plan;
	*misfit = found->misfit;
	return found->verdict;
}

static void take_plan(struct matmul *mm, const struct ipu_plan *plan)
{
	enum ipu_plan_verdict verdict;
	struct ipu_plan_misfit misfit;

	if (plan) {
		mm->plan = *plan;
		verdict = ipu_plan_complete(&mm->product, &mm->plan, &misfit);
	} else {
		verdict = search(mm, &misfit);
	}
	if (verdict)
		refuse_plan(mm->ops, verdict, &misfit);
}

static void take_part(struct matmul *mm)
{
	const struct ipu_plan *plan = &mm->plan;
	const uint32_t tile = ipu_tile_id();

	mm->in_grid = tile < plan->pb * plan->pm * plan->pn * plan->pk;
	if (!mm->in_grid)
		return;
	mm->part = tile % plan->pk;
	mm->sums = part_of(mm->part, plan->k, mm->product.k);
	mm->columns = part_of(tile / plan->pk % plan->pn, plan->n, mm->product.n);
	mm->rows = part_of(tile / plan->pk / plan->pn % plan->pm, plan->m, mm->product.m);
	mm->batch =
		part_of(tile / plan->pk / plan->pn / plan->pm, plan->batches, mm->product.batches);
}

/* Elements of C that a tile has, of its rows, columns and matrices. */
static uint32_t own_count(const struct matmul *mm)
{
	return length(mm->batch) * length(mm->rows) * length(mm->columns);
}

static float *block_of_c(const struct matmul *mm)
{
	return (float *)(mm->scratch + mm->layout.c);
}

/* ---- Operands --------------------------------------------------------------------- */

/*
 * Elements before the block where it is received: it begins as in the array, in the middle of a
 * word or at its beginning.
 */
static uint32_t lead(const struct block *block)
{
	const uint32_t first = block->batch.begin * block->batch_stride +
			       block->rows.begin * block->pitch + block->columns.begin;

	return ipu_dtype_bytes(block->array->dtype) == 2 ? first % 2 : 0;
}

static void pull_block(struct ipu_ops *ops, const struct block *block)
{
	const uint32_t bytes = ipu_dtype_bytes(block->array->dtype), odd = 4 / bytes - 1;
	const uint32_t count = length(block->columns);

	if (!count)
		return;
	for (uint32_t b = block->batch.begin; b < block->batch.end; b++) {
		uint32_t at = lead(block) + (b - block->batch.begin) * block->to_batch;
		uint32_t from = b * block->batch_stride + block->rows.begin * block->pitch +
				block->columns.begin;

		for (uint32_t row = block->rows.begin; row < block->rows.end; row++) {
			const uint32_t shift = from & odd;

			ipu_pull_range(ops, block->array, from - shift, count + shift,
				       block->to + (at - shift) * bytes);
			from += block->pitch;
			at += block->to_pitch;
		}
	}
}

/* What of A or B has the numbers @sums in the sums, and goes to @to. */
static struct block operand(const struct matmul *mm, const struct ipu_array *array, bool is_b,
			    struct ipu_range sums, char *to)
{
	const bool sums_are_rows = is_b != !!(mm->flags & (is_b ? IPU_TRANS_B : IPU_TRANS_A));
	const struct ipu_range other = is_b ? mm->columns : mm->rows;
	const uint32_t all = is_b ? mm->product.n : mm->product.m;

	return (struct block){
		.array = array,
		.batch_stride = is_b && mm->product.flags & IPU_SHARED_B ? 0 : mm->product.k * all,
		.pitch = sums_are_rows ? all : mm->product.k,
		.batch = mm->batch,
		.rows = sums_are_rows ? sums : other,
		.columns = sums_are_rows ? other : sums,
		.to = to,
		.to_batch = is_b ? mm->layout.b_batch : mm->layout.a_batch,
		.to_pitch = is_b ? mm->layout.b_pitch : mm->layout.a_pitch,
	};
}

/* What workers do to it before it is multiplied; NULL if nothing. Kept. */
static struct unpack *unpacking(const struct matmul *mm, const struct block *block, bool is_b,
				char *to)
{
	const bool turns = is_b && mm->flags & IPU_TRANS_B;
	struct unpack *unpack;

	if ((!turns && block->array->dtype != IPU_BF16) || !length(block->rows) ||
	    !length(block->columns))
		return NULL;
	unpack = ipu_ops_keep(mm->ops, sizeof(*unpack));
	*unpack = (struct unpack){
		.from = block->to,
		.to = to,
		.lead = lead(block),
		.batches = length(block->batch),
		.rows = length(block->rows),
		.columns = length(block->columns),
		.from_batch = block->to_batch,
		.from_pitch = block->to_pitch,
		.to_batch = is_b ? mm->layout.n_batch : block->to_batch,
		.to_pitch = is_b ? mm->layout.n_pitch : block->to_pitch,
		.work = matmul_unpack(block->array->dtype, turns),
	};
	return unpack;
}

/* Where the operand begins when it is multiplied. */
static const void *begin_of(const struct block *block, const struct unpack *unpack, char *to,
			    bool turns)
{
	const uint32_t bytes = block->array->dtype == IPU_F16 ? 2 : 4;

	if (unpack && turns)
		return to;
	return to + lead(block) * bytes;
}

static void add_unpacking(struct ipu_ops *ops, struct unpack *unpack)
{
	if (unpack)
		ipu_add_work(ops, unpack->work, unpack);
}

/* ---- Weights that stay ------------------------------------------------------------ */

/* Return: where the block of B stays. */
static const void *load_weights(struct matmul *mm, struct ipu_ops *load, const struct ipu_array *b)
{
	const bool turns = mm->flags & IPU_TRANS_B, unpacks = turns || b->dtype == IPU_BF16;
	struct ipu_ops *const ops = mm->ops;
	struct unpack *unpack = NULL;
	const void *begin = NULL;
	struct block block;
	char *stage, *stays;

	ipu_ops_begin(load, "matmul, its weights");
	mm->ops = load;
	stage = ipu_ops_scratch(load, unpacks ? mm->layout.scratch : 0);
	if (mm->in_grid) {
		stays = ipu_ops_keep(load, mm->layout.b_wide);
		block = operand(mm, b, true, mm->sums, unpacks ? stage : stays);
		unpack = unpacking(mm, &block, true, stays);
		begin = begin_of(&block, unpack, stays, turns);
	}
	ipu_add_exchange(load);
	if (mm->in_grid)
		pull_block(load, &block);
	add_unpacking(load, unpack);
	mm->ops = ops;
	return begin;
}

/* ---- Multiplying ------------------------------------------------------------------ */

static struct multiply *multiplying(const struct matmul *mm, const struct ipu_range *sums,
				    bool first)
{
	struct multiply *multiply = ipu_ops_keep(mm->ops, sizeof(*multiply));

	*multiply = (struct multiply){
		.c = block_of_c(mm),
		.lda = mm->layout.a_pitch,
		.ldb = mm->layout.n_pitch,
		.a_batch = mm->layout.a_batch,
		.b_batch = mm->layout.n_batch,
		.batches = length(mm->batch),
		.m = length(mm->rows),
		.n = length(mm->columns),
		.k = length(*sums),
		.first = first,
	};
	return multiply;
}

/* A serial step: pulls its part of the operands, @stays being B if that is there already. */
static void add_product(struct matmul *mm, const struct ipu_array *a, const struct ipu_array *b,
			const void *stays, struct ipu_range sums)
{
	const struct ipu_plan_layout *layout = &mm->layout;
	char *const scratch = mm->scratch;
	const bool first = sums.begin == mm->sums.begin, turns = mm->flags & IPU_TRANS_B;
	const bool in_place = mm->flags & IPU_IN_PLACE;
	struct unpack *unpack_a, *unpack_b = NULL;
	struct multiply *multiply;
	struct block block_a, block_b;
	struct ipu_step *step;

	block_a = operand(mm, a, false, sums, scratch + layout->a);
	block_b = operand(mm, b, true, sums, scratch + layout->b);
	unpack_a = unpacking(mm, &block_a, false, scratch + layout->a_wide);
	if (!in_place)
		unpack_b = unpacking(mm, &block_b, true, scratch + layout->b_wide);
	multiply = multiplying(mm, &sums, first);
	multiply->a = begin_of(&block_a, unpack_a, scratch + layout->a_wide, false);
	multiply->b = in_place ? (const char *)stays + (sums.begin - mm->sums.begin) *
							       layout->n_pitch *
							       (b->dtype == IPU_F16 ? 2 : 4) :
				 begin_of(&block_b, unpack_b, scratch + layout->b_wide, turns);
	multiply->block = matmul_block(b->dtype == IPU_F16, mm->flags & IPU_TRANS_A);
	step = ipu_add_exchange(mm->ops);
	pull_block(mm->ops, &block_a);
	if (!in_place)
		pull_block(mm->ops, &block_b);
	if (!unpack_a && !unpack_b) {
		step->work = matmul_multiply;
		step->args = multiply;
		return;
	}
	add_unpacking(mm->ops, unpack_a);
	add_unpacking(mm->ops, unpack_b);
	ipu_add_work(mm->ops, matmul_multiply, multiply);
}

static void add_products(struct matmul *mm, const struct ipu_array *a, const struct ipu_array *b,
			 const void *stays)
{
	for (uint32_t i = 0; i < mm->plan.ks; i++) {
		struct ipu_range sums = part_of(i, mm->plan.step, length(mm->sums));

		sums.begin += mm->sums.begin;
		sums.end += mm->sums.begin;
		/* Without any sum there are zeros to be made. */
		if (mm->in_grid && (sums.begin < sums.end || !i))
			add_product(mm, a, b, stays, sums);
		else
			ipu_add_exchange(mm->ops);
	}
}

/* ---- Partial sums ----------------------------------------------------------------- */

/* Pull a slice of what the other tiles with this block have, and add it to the own one. */
static void add_sums(struct matmul *mm)
{
	const uint32_t slice = mm->plan.slice, pk = mm->plan.pk;
	const uint32_t group = ipu_tile_id() - mm->part;
	float *const parts = (float *)(mm->scratch + mm->layout.parts);
	struct ipu_range own;
	struct ipu_step *step;
	struct add_parts *add;
	uint32_t at = 0;

	if (!mm->in_grid) {
		ipu_add_exchange(mm->ops);
		return;
	}
	own = part_of(mm->part, slice, own_count(mm));
	add = ipu_ops_keep(mm->ops, sizeof(*add));
	*add = (struct add_parts){
		.sums = block_of_c(mm) + own.begin,
		.parts = parts,
		.pitch = slice,
		.part_count = pk - 1,
		.count = length(own),
	};
	step = ipu_add_exchange(mm->ops);
	for (uint32_t other = 0; other < pk; other++)
		if (other != mm->part)
			ipu_pull_add(mm->ops, group + other, add->sums, parts + at++ * slice,
				     add->count * 4);
	step->args = add;
	if (ipu_plan_shares_parts(pk, slice)) {
		step->work = matmul_add_groups;
		ipu_add_work(mm->ops, matmul_add_group_sums, add);
	} else {
		step->work = matmul_add_parts;
	}
}

/* ---- The result ------------------------------------------------------------------- */

/* Elements @at to @at + @count - 1 of the block that tile @group has, or its pk tiles. */
static char *pull_run(struct matmul *mm, uint32_t group, uint32_t at, uint32_t count, char *to)
{
	const uint32_t slice = mm->plan.slice ? mm->plan.slice : at + count;
	const float *const c = block_of_c(mm);

	while (count) {
		const uint32_t part = at / slice, left = (part + 1) * slice - at;
		const uint32_t run = left < count ? left : count;

		ipu_pull_add(mm->ops, group + part, c + at, to, run * 4);
		to += run * 4;
		at += run;
		count -= run;
	}
	return to;
}

/* A part of row @row of all rows, from column @column on. */
static char *pull_row(struct matmul *mm, uint32_t row, uint32_t column, uint32_t count, char *to)
{
	const struct ipu_plan *plan = &mm->plan;
	const struct ipu_product *product = &mm->product;
	const uint32_t batch = row / product->m, i = row % product->m;
	const uint32_t gb = batch / plan->batches, gm = i / plan->m;
	const uint32_t m = length(part_of(gm, plan->m, product->m));
	const uint32_t above = batch % plan->batches * m + i % plan->m;

	while (count) {
		const uint32_t gn = column / plan->n;
		const struct ipu_range columns = part_of(gn, plan->n, product->n);
		const uint32_t left = columns.end - column, run = left < count ? left : count;
		const uint32_t group = ((gb * plan->pm + gm) * plan->pn + gn) * plan->pk;

		to = pull_run(mm, group, above * length(columns) + column - columns.begin, run, to);
		column += run;
		count -= run;
	}
	return to;
}

static void add_result(struct matmul *mm)
{
	const struct ipu_range own = ipu_array_own(mm->to);
	const bool direct = mm->to->dtype == IPU_F32 && !(mm->flags & IPU_ACCUMULATE);
	const uint32_t n = mm->product.n;
	char *stage = mm->scratch + mm->layout.parts, *to = direct ? mm->to->data : stage;
	struct finish *finish = NULL;
	struct ipu_step *step;

	if (!direct && length(own)) {
		finish = ipu_ops_keep(mm->ops, sizeof(*finish));
		*finish = (struct finish){
			.to = mm->to->data,
			.from = (float *)stage,
			.count = length(own),
			.adds = mm->flags & IPU_ACCUMULATE,
			.kernel = matmul_finish(mm->ops, mm->to->dtype),
		};
	}
	step = ipu_add_exchange(mm->ops);
	for (uint32_t at = own.begin, row = at / n, column = at % n; at < own.end; row++) {
		const uint32_t left = own.end - at, run = n - column < left ? n - column : left;

		to = pull_row(mm, row, column, run, to);
		at += run;
		column = 0;
	}
	if (finish) {
		step->work = matmul_finish_share;
		step->args = finish;
	}
}

/* ---- All of it -------------------------------------------------------------------- */

/* Scratch memory: where a tile holds all of the result, that takes more than is planned. */
static uint32_t scratch_bytes(const struct matmul *mm)
{
	const struct ipu_array *to = mm->to;
	const uint32_t result = mm->layout.parts + (to->chunk ? to->chunk : to->count) * 4;
	const bool direct = to->dtype == IPU_F32 && !(mm->flags & IPU_ACCUMULATE);

	return direct || result < mm->layout.scratch ? mm->layout.scratch : result;
}

static void make(struct ipu_ops *load, struct ipu_ops *ops, const struct ipu_array *to,
		 const struct ipu_array *a, const struct ipu_array *b, uint32_t flags,
		 const struct ipu_plan *plan)
{
	struct matmul mm = { .ops = ops, .to = to, .flags = flags };
	const void *stays = NULL;

	ipu_ops_begin(ops, "matmul");
	mm.product = ipu_matmul_product(ops, to, a, b, flags);
	take_plan(&mm, plan);
	if (!to->count)
		return;
	ipu_assert(ipu_plan_lay_out(&mm.product, &mm.plan, &mm.layout));
	take_part(&mm);
	if (load)
		stays = load_weights(&mm, load, b);
	ipu_ops_begin(ops, "matmul");
	mm.scratch = ipu_ops_scratch(ops, scratch_bytes(&mm));
	add_products(&mm, a, b, stays);
	if (mm.plan.pk > 1)
		add_sums(&mm);
	add_result(&mm);
}

void ipu_make_matmul(struct ipu_ops *ops, const struct ipu_array *to, const struct ipu_array *a,
		     const struct ipu_array *b, uint32_t flags, const struct ipu_plan *plan)
{
	make(NULL, ops, to, a, b, flags & ~(uint32_t)IPU_IN_PLACE, plan);
}

void ipu_make_matmul_weights(struct ipu_ops *load, struct ipu_ops *ops, const struct ipu_array *to,
			     const struct ipu_array *a, const struct ipu_array *b, uint32_t flags,
			     const struct ipu_plan *plan)
{
	make(load, ops, to, a, b, flags | IPU_IN_PLACE, plan);
}
