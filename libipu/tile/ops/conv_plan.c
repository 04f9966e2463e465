/* SPDX-License-Identifier: MIT */
/* Plans of convolutions, <ipu/conv_plan.h>: all ways that can be good, by what they cost. */
#include <ipu/chunk.h>
#include <ipu/conv_plan.h>

#define WORKERS 6
#define SLOT 6 /* cycles from one instruction of a worker to its next */
#define SYNC 160 /* cycles of an exchange, and bytes a cycle */
#define BYTES_PER_CYCLE 4
#define ROWS 8 /* of a matrix instruction, and columns with the usual VLEN */
#define COLUMNS 32
#define MOST 65535 /* elements from a row to the next, in one */

/* Measured: slots of a worker, and cycles of the supervisor. */
#define SLOTS_ITEM 110 /* a block of 8 x 32: finding it, storing it */
#define SLOTS_TAP 18 /* one matrix instruction, besides its own */
#define SLOTS_ROW 60 /* a row of positions whose ends are cleared */
#define STEP 330 /* a step in which workers run, besides what they do */

static uint32_t ceil_div(uint32_t n, uint32_t by)
{
	return (n + by - 1) / by;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint64_t aligned(uint64_t bytes)
{
	return (bytes + 63) / 64 * 64;
}

bool ipu_conv_depthwise(const struct ipu_conv_shape *shape)
{
	return shape->groups > 1 && shape->in == 1 && shape->out == 1;
}

static bool is_point(const struct ipu_conv_axis *axis)
{
	return axis->kernel == 1 && axis->stride == 1 && axis->padding == 0;
}

void ipu_conv_fold(struct ipu_conv_shape *shape)
{
	if (!is_point(&shape->y) || !is_point(&shape->x))
		return;
	shape->x.in = shape->x.out = shape->images * shape->y.out * shape->x.out;
	shape->images = shape->y.in = shape->y.out = 1;
}

uint32_t ipu_conv_local(enum ipu_conv_pass pass, const struct ipu_conv_axis *axis, uint32_t count)
{
	const uint32_t span = (axis->kernel - 1) * axis->dilation;

	if (pass == IPU_CONV_INPUT_GRAD)
		return (count - 1 + span) / axis->stride + 1;
	return axis->kernel == 1 ? count : (count - 1) * axis->stride + span + 1;
}

uint32_t ipu_conv_row_taps(enum ipu_conv_pass pass, const struct ipu_conv_shape *shape,
			   const uint32_t *block)
{
	const struct ipu_conv_axis *x = &shape->x;
	uint32_t row_taps = x->kernel;

	/* One group, as others lie between; and the weights of a single channel are not brought into order. */
	if (block[IPU_CONV_G] > 1 || ipu_conv_depthwise(shape))
		return row_taps;
	if (pass != IPU_CONV_INPUT_GRAD)
		return x->dilation == 1 ? 1 : row_taps;
	if (block[IPU_CONV_C] > 1 && x->stride % x->dilation == 0)
		row_taps = smaller(x->kernel, x->stride / x->dilation);
	return row_taps;
}

/* ---- What a plan costs ------------------------------------------------------------- */

/**
 * struct cost - a plan that is being considered
 * @shape: of the convolution
 * @pass: what is computed
 * @tiles: of the run
 * @chunk: elements of the result that a tile has
 * @a_count: elements of the positions' operand on a tile
 * @b_count: of the other one
 * @a_received: how many of the first are not padding
 */
struct cost {
	const struct ipu_conv_shape *shape;
	enum ipu_conv_pass pass;
	uint32_t tiles;
	uint32_t chunk;
	uint64_t a_count;
	uint64_t b_count;
	uint64_t a_received;
};

/* Elements of the two operands and of the result on a tile. */
static void count_elements(struct cost *cost, const uint32_t *b, uint64_t *c_count)
{
	const struct ipu_conv_shape *shape = cost->shape;
	const uint32_t ly = ipu_conv_local(cost->pass, &shape->y, b[IPU_CONV_Y]);
	const uint32_t lx = ipu_conv_local(cost->pass, &shape->x, b[IPU_CONV_X]);
	const bool grad = cost->pass == IPU_CONV_INPUT_GRAD;
	const uint64_t kernel = (uint64_t)shape->y.kernel * shape->x.kernel;
	const uint64_t depth = (uint64_t)b[IPU_CONV_G] * b[IPU_CONV_K];
	const uint64_t wide = (uint64_t)b[IPU_CONV_G] * b[IPU_CONV_C];
	const uint64_t positions = (uint64_t)b[IPU_CONV_N] * b[IPU_CONV_Y] * b[IPU_CONV_X];
	const uint32_t in_y = grad ? shape->y.out : shape->y.in;
	const uint32_t in_x = grad ? shape->x.out : shape->x.in;

	cost->a_count = (uint64_t)b[IPU_CONV_N] * ly * lx * depth;
	cost->a_received = (uint64_t)b[IPU_CONV_N] * smaller(ly, in_y) * smaller(lx, in_x) * depth;
	if (cost->pass == IPU_CONV_WEIGHT_GRAD) {
		cost->b_count = positions * wide;
		*c_count = kernel * b[IPU_CONV_K] * wide;
	} else {
		cost->b_count = kernel * b[IPU_CONV_K] * wide;
		*c_count = positions * wide;
	}
}

/* Whether operands are received somewhere else first: odd halves, or other floats to be widened. */
static bool is_staged(const struct ipu_conv_shape *shape)
{
	const bool even = shape->groups == 1 && shape->in % 2 == 0 && shape->out % 2 == 0;

	return shape->bytes == 2 && !(shape->halves && even);
}

/* Scratch memory, in the order in which operations take it; false if it is far too much. */
static bool count_bytes(const struct cost *cost, struct ipu_conv_plan *plan, uint64_t c_count)
{
	const struct ipu_conv_shape *shape = cost->shape;
	const uint32_t element = shape->halves ? 2 : 4;
	const bool grad = cost->pass == IPU_CONV_INPUT_GRAD;
	const uint64_t depth = (uint64_t)plan->block[IPU_CONV_G] * plan->block[IPU_CONV_K];
	const uint64_t weights = (cost->b_count + 64) * element;
	uint64_t a = (cost->a_count + 8 * shape->x.stride * depth + 64) * element;
	uint64_t b = weights, c, gather = 0;

	if (is_staged(shape)) {
		a += 4 * cost->a_received;
		b += 4 * cost->b_count;
	}
	plan->slice = ((uint32_t)ceil_div((uint32_t)c_count, plan->sums) + 3) / 4 * 4;
	c = (uint64_t)c_count * 4;
	if (plan->sums > 1) {
		c = (uint64_t)plan->slice * plan->sums * 4;
		gather = c;
	}
	/* Weights that will be transposed are pulled to where the result will be. */
	if (grad && plan->block[IPU_CONV_C] > 1 && c < weights)
		c = weights;
	gather = aligned(gather) + 2 * aligned(4 * cost->chunk) +
		 aligned(4 * (uint64_t)shape->groups * (grad ? shape->in : shape->out));
	if (a >> 24 || b >> 24 || c >> 24)
		return false;
	plan->a_bytes = (uint32_t)aligned(a);
	plan->b_bytes = (uint32_t)aligned(b);
	plan->c_bytes = (uint32_t)aligned(c);
	a = plan->a_bytes + plan->b_bytes;
	plan->scratch = (uint32_t)(plan->c_bytes + (a > gather ? a : gather));
	return true;
}

/* Slots of all workers for the products, and into how many items they are divided. */
static float count_slots(const struct cost *cost, const uint32_t *b, uint32_t *items)
{
	const struct ipu_conv_shape *shape = cost->shape;
	const uint32_t step = shape->halves ? 4 : 16, most = shape->halves ? 256 : 128;
	const uint32_t ky = shape->y.kernel, kx = shape->x.kernel;
	const uint32_t columns = ceil_div(b[IPU_CONV_C], COLUMNS);
	const uint32_t positions = b[IPU_CONV_N] * b[IPU_CONV_Y] * b[IPU_CONV_X];
	const uint32_t row_taps = ipu_conv_row_taps(cost->pass, shape, b);
	uint32_t sy = 1, sx = 1, taps, steps, rows;
	float each;

	if (ipu_conv_depthwise(shape)) {
		*items = cost->pass == IPU_CONV_WEIGHT_GRAD ? ky * kx : positions;
		return (float)(ceil_div(b[IPU_CONV_G], 64) * ky * kx * 24) * (float)positions +
		       (float)*items * 40;
	}
	if (cost->pass == IPU_CONV_WEIGHT_GRAD) {
		rows = row_taps == 1 ? ceil_div(kx * b[IPU_CONV_K], ROWS) :
				       kx * ceil_div(b[IPU_CONV_K], ROWS);
		*items = b[IPU_CONV_G] * ky * rows * columns;
		steps = b[IPU_CONV_X] * step + ceil_div(b[IPU_CONV_X], most) * SLOTS_TAP;
		return (float)*items *
		       (SLOTS_ITEM + (float)(b[IPU_CONV_N] * b[IPU_CONV_Y]) * (float)steps);
	}
	if (cost->pass == IPU_CONV_INPUT_GRAD) {
		sy = shape->y.stride;
		sx = shape->x.stride;
	}
	taps = ky * row_taps;
	steps = ky * kx * b[IPU_CONV_K];
	each = (float)(steps * step + taps * ceil_div(steps / taps, most) * SLOTS_TAP);
	/* Of one phase; each tap is in one of them. */
	*items = b[IPU_CONV_N] * b[IPU_CONV_G] * ceil_div(b[IPU_CONV_Y], sy) *
		 ceil_div(ceil_div(b[IPU_CONV_X], sx), ROWS) * columns;
	return (float)*items * (each + (float)(sy * sx * SLOTS_ITEM));
}

/* Cycles of adding up partial sums, besides barriers. */
static float reduce_cycles(const struct ipu_conv_plan *plan)
{
	const uint32_t share = ceil_div(plan->slice, 16 * WORKERS) * 16;

	if (plan->sums == 1)
		return 0;
	return (float)(plan->slice * plan->sums) * 4 / BYTES_PER_CYCLE +
	       (float)(ceil_div(share, 64) * plan->sums * 14 * SLOT);
}

/* Cycles of bringing the result where it belongs, besides barriers. */
static float output_cycles(const struct cost *cost)
{
	const float cycles = (float)cost->chunk * 4 / BYTES_PER_CYCLE;

	if (cost->shape->bytes == 4)
		return cycles;
	return cycles + (float)((ceil_div(cost->chunk, 64 * WORKERS) * 24 + 40) * SLOT);
}

/* Of the weights, from rows of their other channels to rows of @columns. */
static float transpose_cycles(const struct cost *cost, uint32_t columns)
{
	const uint32_t rows = (uint32_t)cost->b_count / columns;

	return (float)(ceil_div(rows, WORKERS) * (36 + columns * 5 / 16) * SLOT);
}

static uint32_t whole(float number)
{
	return number < 4e9f ? (uint32_t)number : 4000000000u;
}

/* Of a tile at an edge, which clears what is beyond it in each row. */
static float border_cycles(const struct cost *cost, const uint32_t *b)
{
	const uint32_t element = cost->shape->halves ? 2 : 4;
	const uint32_t rows =
		b[IPU_CONV_N] * ipu_conv_local(cost->pass, &cost->shape->y, b[IPU_CONV_Y]);
	const uint32_t border = (uint32_t)(cost->a_count - cost->a_received) * element;

	return (float)(ceil_div(rows, WORKERS) * SLOTS_ROW * SLOT) + (float)border / 56;
}

/* Cycles of the workers before they multiply: borders of zeros, operands brought into order. */
static float prepare_cycles(const struct cost *cost, const struct ipu_conv_plan *plan,
			    float received)
{
	const struct ipu_conv_shape *shape = cost->shape;
	float cycles = 0;

	if (shape->y.padding || shape->x.padding)
		cycles += STEP + border_cycles(cost, plan->block);
	if (is_staged(shape))
		cycles += STEP + received * 3 / 8;
	if (cost->pass == IPU_CONV_INPUT_GRAD && plan->block[IPU_CONV_C] > 1)
		cycles += STEP + transpose_cycles(cost, plan->block[IPU_CONV_C]);
	return cycles;
}

/* Doubles and 64 bits are slow on a tile. */
static void estimate(const struct cost *cost, struct ipu_conv_plan *plan, uint32_t used)
{
	const float received = (float)((uint32_t)cost->a_received + (uint32_t)cost->b_count);
	uint32_t items;
	const float slots = count_slots(cost, plan->block, &items);
	const float products = slots / (float)items * (float)ceil_div(items, WORKERS) * SLOT;
	const float exchange = received * (float)cost->shape->bytes / BYTES_PER_CYCLE;
	const float prepare = prepare_cycles(cost, plan, received);
	const float reduce = reduce_cycles(plan), output = output_cycles(cost);
	const float other = prepare + exchange + reduce + output;

	plan->compute = whole(products + prepare);
	plan->exchange = whole(exchange);
	plan->reduce = whole(reduce);
	plan->output = whole(output);
	plan->sync = plan->sums > 1 ? 3 * SYNC + 4 * STEP : 2 * SYNC + 3 * STEP;
	plan->cycles = whole(products + other + (float)plan->sync);
	/* All tiles count, and what each step costs to begin. Only good to compare plans with. */
	plan->host = whole((slots + (other + (float)plan->sync) / 2) * (float)used / 4 +
			   (float)cost->tiles * 4000);
}

/* ---- Which plans there are --------------------------------------------------------- */

/**
 * struct search - what has been found
 * @cost: for what
 * @best: the best plan
 * @extent: of each dimension
 * @unit: what blocks are multiples of
 * @scratch: bytes that there are
 * @host: what counts
 * @ideal: cycles of the products, on one tile
 * @fits: @best fits; otherwise it is the one that needs least
 */
struct search {
	struct cost cost;
	struct ipu_conv_plan best;
	uint32_t extent[IPU_CONV_DIMS];
	uint32_t unit[IPU_CONV_DIMS];
	uint32_t scratch;
	bool host;
	float ideal;
	bool fits;
};

static bool is_better(const struct search *search, const struct ipu_conv_plan *plan, bool fits)
{
	if (!search->best.sums || fits != search->fits)
		return !search->best.sums || fits;
	if (!fits)
		return plan->scratch < search->best.scratch;
	return search->host ? plan->host < search->best.host : plan->cycles < search->best.cycles;
}

static void consider(struct search *search, struct ipu_conv_plan *plan, uint32_t used)
{
	const struct ipu_conv_shape *shape = search->cost.shape;
	const uint32_t *block = plan->block;
	const bool weights = search->cost.pass == IPU_CONV_WEIGHT_GRAD;
	uint64_t c_count;
	bool fits;

	/* What is computed, without anything else, takes longer than the best plan. */
	if (search->fits && !search->host &&
	    search->ideal > (float)used * (float)search->best.cycles)
		return;
	if (block[IPU_CONV_G] > 1 && (plan->parts[IPU_CONV_C] > 1 || plan->parts[IPU_CONV_K] > 1))
		return;
	if ((uint64_t)block[IPU_CONV_G] * block[IPU_CONV_K] * shape->x.stride > MOST ||
	    (uint64_t)block[IPU_CONV_G] * block[IPU_CONV_C] > MOST)
		return;
	plan->sums = weights ? plan->parts[0] * plan->parts[1] * plan->parts[2] :
			       plan->parts[IPU_CONV_K];
	count_elements(&search->cost, block, &c_count);
	if (!count_bytes(&search->cost, plan, c_count))
		return;
	fits = plan->scratch <= search->scratch;
	estimate(&search->cost, plan, used);
	if (is_better(search, plan, fits)) {
		search->best = *plan;
		search->fits = fits;
	}
}

/*
 * Divide dimension @dim and those after it: into as many parts as there are tiles for, and
 * into fewer.
 */
static void divide(struct search *search, struct ipu_conv_plan *plan, uint32_t dim, uint32_t used)
{
	const uint32_t extent = search->extent[dim], units = ceil_div(extent, search->unit[dim]);
	uint32_t last = 0;

	for (uint32_t k = smaller(units, search->cost.tiles / used); k; k = k * 4 / 5) {
		const uint32_t block = smaller(ceil_div(units, k) * search->unit[dim], extent);

		if (block == last)
			continue;
		last = block;
		plan->block[dim] = block;
		plan->parts[dim] = ceil_div(extent, block);
		if (dim + 1 < IPU_CONV_DIMS)
			divide(search, plan, dim + 1, used * plan->parts[dim]);
		else
			consider(search, plan, used * plan->parts[dim]);
	}
}

static void init_search(struct search *search)
{
	const struct ipu_conv_shape *shape = search->cost.shape;
	const enum ipu_conv_pass pass = search->cost.pass;
	const bool grad = pass == IPU_CONV_INPUT_GRAD;
	const struct ipu_conv_axis *y = &shape->y, *x = &shape->x;
	const uint32_t extent[IPU_CONV_DIMS] = {
		shape->images, grad ? y->in : y->out,	      grad ? x->in : x->out,
		shape->groups, grad ? shape->in : shape->out, grad ? shape->out : shape->in,
	};
	const uint32_t unit[IPU_CONV_DIMS] = {
		1, grad ? y->stride : 1, grad ? x->stride * ROWS : ROWS, 1, COLUMNS, 8,
	};
	const uint32_t shape_c[2][2] = {
		{ extent[0] * extent[1] * extent[2], shape->groups * extent[IPU_CONV_C] },
		{ y->kernel * x->kernel * shape->in, shape->groups * shape->out },
	};

	for (uint32_t i = 0; i < IPU_CONV_DIMS; i++) {
		search->extent[i] = extent[i];
		search->unit[i] = unit[i];
	}
	if (!ipu_conv_depthwise(shape))
		search->ideal = (float)shape->images * (float)(y->out * x->out) *
				(float)(y->kernel * x->kernel * shape->groups * shape->in) *
				(float)shape->out / (shape->halves ? 64 : 16);
	search->cost.chunk =
		ipu_chunk_of(search->cost.tiles, 2, shape_c[pass == IPU_CONV_WEIGHT_GRAD]);
}

bool ipu_conv_choose(struct ipu_conv_plan *plan, const struct ipu_conv_shape *shape,
		     enum ipu_conv_pass pass, uint32_t tiles, uint32_t scratch, bool host)
{
	struct search search = {
		.cost = { .shape = shape, .pass = pass, .tiles = tiles },
		.scratch = scratch,
		.host = host,
	};

	init_search(&search);
	divide(&search, plan, 0, 1);
	*plan = search.best;
	return search.fits;
}
