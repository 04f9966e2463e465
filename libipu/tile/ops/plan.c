/* SPDX-License-Identifier: MIT */
/*
 * The planner, <ipu/plan.h>: enumerates grids, and counts what each costs. It is compiled for
 * tiles and for the host, and has whole numbers only, so that both find the same plan.
 *
 * The costs are slots of instructions (Documentation/hw/cycles.rst) in the loops of matmul.c, and
 * what tests/ops/product measures of all that is around them.
 */
#include <stddef.h>

#include <ipu/chunk.h>
#include <ipu/plan.h>

#define MOST 0x7fffffffu

/* ---- The card --------------------------------------------------------------------- */

#define WORKERS 6
#define ROWS 8 /* of a block of ipu.amp */
#define COLUMNS 32
#define STRIDES 65536 /* elements from a row to the next that it takes are below this */
#define SYNC 160
#define RECEIVED 4 /* bytes a cycle */
#define ALIGN 64
#define ENTRY 16 /* bytes of a transfer in a table */
#define STEP_BYTES 288 /* of a serial step in tables, besides transfers */

/* Slots. */
#define STEP_F32 16 /* a step of ipu.amp */
#define STEP_F16 4
#define AMP_SLOTS 8 /* around an ipu.amp of up to AMP_STEPS bytes of a row */
#define AMP_STEPS 512
#define BLOCK_SLOTS 110 /* around a block: its place, C to SRAM */
#define ADD_SLOTS 8 /* if C comes from SRAM */
#define UNPACK_SLOTS 26 /* for 64 elements that are converted */
#define TURN_SLOTS 30 /* for up to 64 elements that are transposed */
#define TURN_ROW 16 /* for each row of the result */
#define SUM_SLOTS 12 /* for a partial sum of up to 64 elements */
#define FEW_SLOTS 6 /* the same of up to 16 */
#define ROUND_SLOTS 24 /* for 64 elements of the result that are not pulled to where they stay */

/* Cycles. */
#define WORK 400 /* workers are started, and are through with it */
#define EXCHANGE 250 /* the supervisor, besides SYNC */

/* Of the host: nanoseconds. */
#define HOST_TILE 1000 /* a superstep of a tile */
#define HOST_BLOCK 1500 /* a block, besides its steps */
#define HOST_STEP 15 /* a step of a block */
#define HOST_WORD 1 /* 4 received bytes */
#define HOST_TRANSFER 20

/* ---- Sizes ------------------------------------------------------------------------ */

static uint32_t divide_up(uint32_t n, uint32_t by)
{
	return n / by + (n % by != 0);
}

/* Tiles have no division of 64 bits. */
static uint64_t divide(uint64_t n, uint32_t by)
{
	return n <= UINT32_MAX ? (uint32_t)n / by : n / by;
}

static uint32_t round_up(uint32_t n, uint32_t to)
{
	return divide_up(n, to) * to;
}

static uint32_t bytes_of(uint32_t dtype)
{
	return dtype == IPU_F32 ? 4 : 2;
}

/* Bytes of an element when it is multiplied. */
static uint32_t wide_bytes(const struct ipu_product *product)
{
	return product->dtype == IPU_F16 ? 2 : 4;
}

static bool is_float(uint32_t dtype)
{
	return dtype == IPU_F32 || dtype == IPU_F16 || dtype == IPU_BF16;
}

static bool converts(const struct ipu_product *product)
{
	return product->dtype == IPU_BF16;
}

/* Whether all matrices of a kind have fewer than 2^31 elements. */
static bool is_small(uint32_t batches, uint32_t rows, uint32_t columns)
{
	const uint64_t matrix = (uint64_t)rows * columns;

	return matrix <= MOST && matrix * batches <= MOST;
}

static enum ipu_plan_verdict check(const struct ipu_product *product,
				   struct ipu_plan_misfit *misfit)
{
	const uint32_t b = product->batches, m = product->m, n = product->n, k = product->k;

	if (!is_float(product->dtype) || !is_float(product->to_dtype))
		return IPU_PLAN_BAD_TYPE;
	misfit->what = !is_small(b, m, k) ? 'A' : !is_small(b, k, n) ? 'B' : 'C';
	if (b > MOST || !product->tiles || product->tiles > MOST || !is_small(b, m, k) ||
	    !is_small(b, k, n) || !is_small(b, m, n))
		return IPU_PLAN_TOO_LARGE;
	return IPU_PLAN_OK;
}

/* How large blocks are, and no more parts than have something to do. */
static void set_sizes(const struct ipu_product *product, struct ipu_plan *plan)
{
	/* Rows of 2-byte elements are pulled by whole words: parts begin at even elements. */
	const uint32_t unit = 4 / bytes_of(product->dtype);

	plan->batches = divide_up(product->batches, plan->pb);
	plan->pb = divide_up(product->batches, plan->batches);
	plan->m = divide_up(product->m, plan->pm);
	if (product->flags & IPU_TRANS_A)
		plan->m = round_up(plan->m, unit);
	plan->pm = divide_up(product->m, plan->m);
	plan->n = round_up(divide_up(product->n, plan->pn), unit);
	plan->pn = divide_up(product->n, plan->n);
	plan->k = round_up(divide_up(product->k, plan->pk), unit);
	plan->pk = plan->k ? divide_up(product->k, plan->k) : 1;
	plan->step = round_up(divide_up(plan->k, plan->ks), unit);
	plan->ks = plan->step ? divide_up(plan->k, plan->step) : 1;
	plan->slice = 0;
	if (plan->pk > 1)
		plan->slice = (uint32_t)divide(
			(uint64_t)plan->batches * plan->m * plan->n + plan->pk - 1, plan->pk);
}

/*
 * The distance of rows where they are received: even if it is in the array, odd if it is odd
 * there, so that each is pulled by whole words to where it is wanted and overwrites no other.
 */
static uint32_t pitch_of(uint32_t bytes, uint32_t columns, uint32_t whole)
{
	if (bytes == 4)
		return columns;
	return whole % 2 ? (columns + 2) | 1 : round_up(columns, 2);
}

/* The distance of matrices, likewise: @whole is that in the array. */
static uint64_t batch_of(uint32_t bytes, uint64_t own, uint64_t whole)
{
	return bytes == 2 && (own ^ whole) & 1 ? own + 1 : own;
}

/* Bytes: with rows that a block of ipu.amp reads beyond the last one. */
static uint64_t block_of_c(const struct ipu_plan *plan)
{
	return ((uint64_t)plan->batches * plan->m + ROWS) * plan->n * 4;
}

static uint64_t aligned(uint64_t bytes)
{
	return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

struct extent {
	uint64_t c;
	uint64_t a;
	uint64_t a_wide;
	uint64_t b;
	uint64_t b_wide;
	uint64_t parts;
	uint64_t result;
};

/* What lies where, in elements; and how much of each there is, in bytes. */
static bool measure(const struct ipu_product *product, const struct ipu_plan *plan,
		    struct ipu_plan_layout *layout, struct extent *extent)
{
	const bool ta = product->flags & IPU_TRANS_A, tb = product->flags & IPU_TRANS_B;
	const uint32_t bytes = bytes_of(product->dtype), wide = wide_bytes(product);
	const uint32_t held = product->flags & IPU_IN_PLACE ? plan->k : plan->step;
	const uint64_t others = plan->batches ? plan->batches - 1 : 0;
	const uint32_t a_rows = ta ? plan->step : plan->m, b_rows = tb ? plan->n : held;
	const uint32_t shape[] = { product->batches * product->m, product->n };
	uint64_t a, b, n, batch;

	layout->a_pitch = pitch_of(bytes, ta ? plan->m : plan->step, ta ? product->m : product->k);
	layout->b_pitch = pitch_of(bytes, tb ? held : plan->n, tb ? product->k : product->n);
	layout->n_pitch = tb ? plan->n : layout->b_pitch;
	if (layout->a_pitch >= STRIDES || layout->n_pitch >= STRIDES)
		return false;
	a = batch_of(bytes, (uint64_t)a_rows * layout->a_pitch, (uint64_t)product->m * product->k);
	b = batch_of(bytes, (uint64_t)b_rows * layout->b_pitch,
		     product->flags & IPU_SHARED_B ? 0 : (uint64_t)product->k * product->n);
	n = tb ? (uint64_t)held * layout->n_pitch : b;
	if (a > MOST || b > MOST || n > MOST)
		return false;
	layout->a_batch = (uint32_t)a;
	layout->b_batch = (uint32_t)b;
	layout->n_batch = (uint32_t)n;
	/* Blocks of ipu.amp read beyond edges. */
	batch = round_up(plan->m, ROWS) * (uint64_t)layout->a_pitch;
	extent->a = (others * a + (ta ? a + ROWS : batch) + 4) * bytes;
	extent->b = (others * b + b + COLUMNS + 4) * bytes;
	extent->a_wide = converts(product) ? extent->a / bytes * wide : 0;
	extent->b_wide = converts(product) || tb ? (others * n + n + COLUMNS + 4) * wide : 0;
	extent->c = block_of_c(plan);
	extent->parts = (uint64_t)(plan->pk - 1) * plan->slice * 4;
	extent->result = 0;
	if (product->to_dtype != IPU_F32 || product->flags & IPU_ACCUMULATE)
		extent->result = (uint64_t)ipu_chunk_of(product->tiles, 2, shape) * 4;
	return true;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Bytes of B where it stays, and of all that it takes to compute. */
static uint64_t kept(const struct extent *extent)
{
	return extent->b_wide ? extent->b_wide : extent->b;
}

static uint64_t place(const struct ipu_product *product, struct ipu_plan_layout *layout,
		      const struct extent *extent)
{
	const bool stays = product->flags & IPU_IN_PLACE;
	uint64_t at = aligned(extent->c), loads = 0;

	layout->c = 0;
	layout->parts = layout->a = (uint32_t)at;
	at += aligned(extent->a);
	layout->a_wide = extent->a_wide ? (uint32_t)at : layout->a;
	at += aligned(extent->a_wide);
	if (stays) {
		layout->b = 0;
		layout->b_wide = (uint32_t)kept(extent);
		loads = extent->b_wide ? aligned(extent->b) : 0;
	} else {
		layout->b = (uint32_t)at;
		at += aligned(extent->b);
		layout->b_wide = extent->b_wide ? (uint32_t)at : layout->b;
		at += aligned(extent->b_wide);
	}
	/* Partial sums, and the result before it is rounded, are where operands were. */
	at = larger(at, layout->parts + larger(aligned(extent->parts), aligned(extent->result)));
	return larger(at, loads);
}

bool ipu_plan_lay_out(const struct ipu_product *product, const struct ipu_plan *plan,
		      struct ipu_plan_layout *layout)
{
	struct extent extent;
	uint64_t scratch;

	if (!measure(product, plan, layout, &extent))
		return false;
	scratch = place(product, layout, &extent);
	layout->scratch = (uint32_t)scratch;
	return scratch <= MOST;
}

/* ---- Tables ----------------------------------------------------------------------- */

/* Transfers of a block of an array whose rows are @whole long. */
static uint64_t block_transfers(const struct ipu_product *product, uint32_t rows, uint32_t columns,
				uint32_t whole, uint32_t all_rows)
{
	const uint32_t shape[] = { product->batches * all_rows, whole };
	const uint32_t chunk = ipu_chunk_of(product->tiles, 2, shape);
	const uint64_t crossings = divide((uint64_t)rows * columns, chunk) + 1;

	if (columns >= whole && !(bytes_of(product->dtype) == 2 && whole % 2))
		return crossings + 1;
	return rows + (chunk % whole ? crossings : 0);
}

static uint64_t load_transfers(const struct ipu_product *product, const struct ipu_plan *plan,
			       bool of_b)
{
	const bool turned = product->flags & (of_b ? IPU_TRANS_B : IPU_TRANS_A);
	const bool stays = of_b && product->flags & IPU_IN_PLACE;
	const uint32_t step = stays ? plan->k : plan->step, other = of_b ? plan->n : plan->m;
	const uint32_t all = of_b ? product->n : product->m;
	uint64_t count;

	if (!product->k)
		return 0;
	if (turned != of_b)
		count = block_transfers(product, step, other, all, product->k);
	else
		count = block_transfers(product, other, step, product->k, all);
	return count * plan->batches * (stays ? 1 : plan->ks);
}

static uint64_t output_transfers(const struct ipu_product *product, const struct ipu_plan *plan)
{
	const uint32_t shape[] = { product->batches * product->m, product->n };
	const uint32_t chunk = ipu_chunk_of(product->tiles, 2, shape);
	uint64_t count = chunk / product->n * plan->pn + (chunk % product->n) / plan->n + 2;

	if (plan->pn == 1)
		count = chunk / plan->n / plan->m + 2;
	return plan->slice ? count + chunk / plan->slice : count;
}

/* Bytes. */
static uint64_t tables(const struct ipu_product *product, const struct ipu_plan *plan)
{
	const uint64_t transfers = load_transfers(product, plan, false) +
				   load_transfers(product, plan, true) + (plan->pk - 1) +
				   output_transfers(product, plan);

	return transfers * ENTRY + (plan->ks + 3) * STEP_BYTES;
}

/* ---- Costs ------------------------------------------------------------------------ */

static uint32_t clamp(uint64_t n)
{
	return n < MOST ? (uint32_t)n : MOST;
}

/* Blocks of ipu.amp of a tile. */
static uint64_t blocks_of(const struct ipu_plan *plan)
{
	return (uint64_t)plan->batches * divide_up(plan->m, ROWS) * divide_up(plan->n, COLUMNS);
}

/* Cycles of a serial step in which workers unpack operands; 0 if there is nothing to unpack. */
static uint64_t unpacking(const struct ipu_product *product, const struct ipu_plan *plan)
{
	const bool stays = product->flags & IPU_IN_PLACE, tb = product->flags & IPU_TRANS_B;
	const uint64_t a = (uint64_t)plan->batches * plan->m * plan->step;
	const uint64_t b = (uint64_t)plan->batches * plan->n * plan->step;
	uint64_t cycles = 0;

	if (converts(product))
		cycles += a / 64 * UNPACK_SLOTS + WORK;
	if (converts(product) && !tb && !stays)
		cycles += b / 64 * UNPACK_SLOTS + WORK;
	/* A row of what is transposed is one worker's. */
	if (tb && !stays)
		cycles += (uint64_t)divide_up(plan->batches * plan->step, WORKERS) *
				  (divide_up(plan->n, 64) * TURN_SLOTS + TURN_ROW) * WORKERS +
			  WORK;
	return cycles;
}

static uint64_t multiplying(const struct ipu_product *product, const struct ipu_plan *plan)
{
	const uint32_t wide = wide_bytes(product);
	const uint64_t slots = (uint64_t)plan->step * (wide == 4 ? STEP_F32 : STEP_F16) +
			       divide_up(plan->step * wide, AMP_STEPS) * AMP_SLOTS + BLOCK_SLOTS +
			       (plan->ks > 1 ? ADD_SLOTS : 0);

	return divide(blocks_of(plan) + WORKERS - 1, WORKERS) * WORKERS * slots + WORK;
}

static uint64_t received(const struct ipu_product *product, const struct ipu_plan *plan)
{
	uint64_t elements = (uint64_t)plan->batches * plan->m * plan->step;

	if (!(product->flags & IPU_IN_PLACE))
		elements += (uint64_t)plan->batches * plan->n * plan->step;
	return elements * bytes_of(product->dtype) / RECEIVED;
}

/* Slots of one worker that adds @parts of @count elements. */
static uint32_t adding(uint32_t parts, uint32_t count)
{
	return parts * (count <= 16 ? FEW_SLOTS : divide_up(count, 64) * SUM_SLOTS);
}

bool ipu_plan_shares_parts(uint32_t pk, uint32_t slice)
{
	return adding(divide_up(pk - 1, WORKERS), slice) +
		       adding(WORKERS, divide_up(slice, WORKERS)) + WORK / WORKERS <
	       adding(pk - 1, divide_up(slice, WORKERS));
}

static uint64_t reducing(const struct ipu_plan *plan)
{
	const uint32_t share = divide_up(plan->slice, WORKERS);
	uint64_t slots = adding(plan->pk - 1, share);

	if (plan->pk == 1)
		return 0;
	if (ipu_plan_shares_parts(plan->pk, plan->slice))
		slots = adding(divide_up(plan->pk - 1, WORKERS), plan->slice) +
			adding(WORKERS, share) + WORK / WORKERS;
	return (uint64_t)(plan->pk - 1) * plan->slice + slots * WORKERS + WORK;
}

static uint64_t putting_out(const struct ipu_product *product)
{
	const uint32_t shape[] = { product->batches * product->m, product->n };
	const uint32_t count = product->batches * product->m * product->n;
	const uint32_t chunk = ipu_chunk_of(product->tiles, 2, shape);
	const uint32_t own = chunk < count ? chunk : count;

	if (product->to_dtype == IPU_F32 && !(product->flags & IPU_ACCUMULATE))
		return own;
	return own + (uint64_t)divide_up(own, 64 * WORKERS) * ROUND_SLOTS * WORKERS + WORK;
}

/* Microseconds. */
static uint64_t on_host(const struct ipu_product *product, const struct ipu_plan *plan)
{
	const uint64_t tiles = (uint64_t)plan->pb * plan->pm * plan->pn * plan->pk;
	const uint64_t blocks = tiles * blocks_of(plan) * plan->ks;
	const uint64_t words = tiles * (received(product, plan) * plan->ks +
					(uint64_t)(plan->pk - 1) * plan->slice);
	const uint64_t transfers = tiles * (load_transfers(product, plan, false) +
					    load_transfers(product, plan, true) + plan->pk);
	const uint64_t ns = blocks * HOST_BLOCK + blocks * plan->step * HOST_STEP +
			    words * HOST_WORD + transfers * HOST_TRANSFER +
			    tiles * (plan->ks + (plan->pk > 1)) * HOST_TILE;

	return ns / 1000;
}

static void set_costs(const struct ipu_product *product, struct ipu_plan *plan)
{
	const uint32_t exchanges = plan->ks + (plan->pk > 1) + 1;
	uint64_t all;

	plan->compute = clamp(plan->ks * (multiplying(product, plan) + unpacking(product, plan)));
	plan->exchange = clamp(plan->ks * received(product, plan));
	plan->reduce = clamp(reducing(plan));
	plan->output = clamp(putting_out(product));
	plan->sync = exchanges * (SYNC + EXCHANGE);
	all = (uint64_t)plan->compute + plan->exchange + plan->reduce + plan->output + plan->sync;
	plan->cycles = clamp(all);
}

/* ---- One grid --------------------------------------------------------------------- */

static bool nothing_to_do(const struct ipu_product *product)
{
	return !product->batches || !product->m || !product->n;
}

static void no_plan(struct ipu_plan *plan)
{
	*plan = (struct ipu_plan){ .pb = 1, .pm = 1, .pn = 1, .pk = 1, .ks = 1 };
}

static struct ipu_plan_misfit largest(const struct extent *extent, uint64_t missing)
{
	const uint64_t a = extent->a + extent->a_wide, b = extent->b + extent->b_wide;
	const uint64_t c = extent->c + larger(extent->parts, extent->result);
	struct ipu_plan_misfit misfit = { .missing = clamp(missing) };

	misfit.what = b >= a && b >= c ? 'B' : a >= c ? 'A' : 'C';
	misfit.bytes = clamp(misfit.what == 'B' ? b : misfit.what == 'A' ? a : c);
	return misfit;
}

/* Sizes are set: does it fit? */
static enum ipu_plan_verdict set_memory(const struct ipu_product *product, struct ipu_plan *plan,
					struct ipu_plan_misfit *misfit)
{
	struct ipu_plan_layout layout;
	struct extent extent;
	uint64_t scratch, keep;

	*misfit = (struct ipu_plan_misfit){ 'A', MOST, MOST };
	if (!measure(product, plan, &layout, &extent))
		return IPU_PLAN_NO_SCRATCH;
	scratch = place(product, &layout, &extent);
	plan->scratch = clamp(scratch);
	if (scratch > product->scratch) {
		*misfit = largest(&extent, scratch - product->scratch);
		return IPU_PLAN_NO_SCRATCH;
	}
	keep = tables(product, plan);
	*misfit = (struct ipu_plan_misfit){ 'T', clamp(keep), 0 };
	if (product->flags & IPU_IN_PLACE) {
		keep += kept(&extent);
		if (kept(&extent) >= misfit->bytes)
			*misfit = (struct ipu_plan_misfit){ 'B', clamp(kept(&extent)), 0 };
	}
	plan->keep = clamp(keep);
	misfit->missing = keep > product->keep ? clamp(keep - product->keep) : 0;
	return misfit->missing ? IPU_PLAN_NO_KEEP : IPU_PLAN_OK;
}

/* Whether there is nothing to plan: what is asked for is refused, or nothing has to be computed. */
static bool is_settled(const struct ipu_product *product, struct ipu_plan *plan,
		       struct ipu_plan_misfit *misfit, enum ipu_plan_verdict *verdict)
{
	*verdict = check(product, misfit);
	if (*verdict)
		return true;
	if (!nothing_to_do(product))
		return false;
	no_plan(plan);
	return true;
}

enum ipu_plan_verdict ipu_plan_complete(const struct ipu_product *product, struct ipu_plan *plan,
					struct ipu_plan_misfit *misfit)
{
	const uint64_t rows = (uint64_t)plan->pb * plan->pm, parts = (uint64_t)plan->pn * plan->pk;
	struct ipu_plan_misfit ignored;
	enum ipu_plan_verdict verdict;

	misfit = misfit ? misfit : &ignored;
	if (is_settled(product, plan, misfit, &verdict))
		return verdict;
	if (!rows || !parts || !plan->ks || rows > product->tiles || parts > product->tiles ||
	    rows * parts > product->tiles)
		return IPU_PLAN_BAD_GRID;
	set_sizes(product, plan);
	verdict = set_memory(product, plan, misfit);
	set_costs(product, plan);
	plan->host_us = clamp(on_host(product, plan));
	return verdict;
}

/* ---- All grids -------------------------------------------------------------------- */

struct search {
	const struct ipu_product *product;
	enum ipu_objective objective;
	struct ipu_plan best;
	uint32_t cost; /* of it */
	enum ipu_plan_verdict verdict;
	struct ipu_plan_misfit misfit; /* the least, until there is a plan */
};

/* As few serial steps as memory allows. */
static enum ipu_plan_verdict set_steps(const struct ipu_product *product, struct ipu_plan *plan,
				       struct ipu_plan_misfit *misfit)
{
	enum ipu_plan_verdict verdict;
	uint32_t ks = 1, before = 0;

	for (;;) {
		uint64_t fixed, more;

		plan->ks = ks;
		set_sizes(product, plan);
		verdict = set_memory(product, plan, misfit);
		fixed = block_of_c(plan);
		if (verdict != IPU_PLAN_NO_SCRATCH || plan->step == before ||
		    fixed >= product->scratch)
			return verdict;
		before = plan->step;
		more = plan->ks * (uint64_t)(plan->scratch - fixed) / (product->scratch - fixed);
		ks = more > plan->ks ? clamp(more) : plan->ks + 1;
	}
}

/* What misses the least is told; of plans that fit in scratch memory, if there are any. */
static void note_misfit(struct search *search, enum ipu_plan_verdict verdict,
			const struct ipu_plan_misfit *misfit)
{
	if (!search->verdict || verdict < search->verdict)
		return;
	if (verdict > search->verdict || misfit->missing < search->misfit.missing) {
		search->verdict = verdict;
		search->misfit = *misfit;
	}
}

static void try(struct search *search, uint32_t pb, uint32_t pm, uint32_t pn, uint32_t pk)
{
	struct ipu_plan plan = { .pb = pb, .pm = pm, .pn = pn, .pk = pk };
	struct ipu_plan_misfit misfit;
	enum ipu_plan_verdict verdict;
	uint32_t cost;

	plan.ks = 1;
	set_sizes(search->product, &plan);
	/* The product alone is dearer than the best so far. */
	if (search->objective == IPU_PLAN_CYCLES && !search->verdict &&
	    multiplying(search->product, &plan) >= search->cost)
		return;
	verdict = set_steps(search->product, &plan, &misfit);
	if (verdict) {
		note_misfit(search, verdict, &misfit);
		return;
	}
	set_costs(search->product, &plan);
	if (search->objective == IPU_PLAN_HOST)
		plan.host_us = clamp(on_host(search->product, &plan));
	cost = search->objective == IPU_PLAN_HOST ? plan.host_us : plan.cycles;
	if (search->verdict || cost < search->cost) {
		search->verdict = IPU_PLAN_OK;
		search->cost = cost;
		search->best = plan;
	}
}

/* With so many parts of batches, rows and columns: parts of the sums, and no tile left over. */
static void try_sums(struct search *search, uint32_t pb, uint32_t pm, uint32_t pn)
{
	const struct ipu_product *product = search->product;
	const uint32_t most = product->tiles / pb / pm / pn;
	uint32_t pk = most < product->k ? most : product->k ? product->k : 1;

	for (;;) {
		try(search, pb, pm, pn, pk);
		if (most > 1) {
			const uint32_t rows = product->tiles / pb / pn / pk;
			const uint32_t columns = product->tiles / pb / pm / pk;

			if (rows > pm)
				try(search, pb, rows < product->m ? rows : product->m, pn, pk);
			if (columns > pn)
				try(search, pb, pm, columns < product->n ? columns : product->n,
				    pk);
		}
		if (pk == 1)
			break;
		pk = pk > 4 ? pk * 3 / 4 : pk - 1;
	}
}

/* The least number of blocks in a part that makes fewer than @parts of @blocks. */
static uint32_t next_size(uint32_t blocks, uint32_t parts)
{
	return divide_up(blocks, parts - 1);
}

static void try_rows(struct search *search, uint32_t pb)
{
	const struct ipu_product *product = search->product;
	const uint32_t tiles = product->tiles / pb;
	const uint32_t rows = divide_up(product->m, ROWS), columns = divide_up(product->n, COLUMNS);

	for (uint32_t r = divide_up(rows, tiles), pm = 0; pm != 1;
	     r = pm > 1 ? next_size(rows, pm) : 1) {
		pm = divide_up(rows, r);
		for (uint32_t c = divide_up(columns, tiles / pm), pn = 0; pn != 1;
		     c = pn > 1 ? next_size(columns, pn) : 1) {
			pn = divide_up(columns, c);
			try_sums(search, pb, pm, pn);
		}
	}
}

enum ipu_plan_verdict ipu_plan_search(const struct ipu_product *product,
				      enum ipu_objective objective, struct ipu_plan *plan,
				      struct ipu_plan_misfit *misfit)
{
	struct search search = {
		.product = product,
		.objective = objective,
		.verdict = IPU_PLAN_NO_SCRATCH,
		.misfit = { 'A', MOST, MOST },
	};
	struct ipu_plan_misfit ignored;
	enum ipu_plan_verdict verdict;

	misfit = misfit ? misfit : &ignored;
	if (is_settled(product, plan, misfit, &verdict))
		return verdict;
	for (uint32_t own = divide_up(product->batches, product->tiles);; own *= 2) {
		if (own > product->batches)
			own = product->batches;
		try_rows(&search, divide_up(product->batches, own));
		if (own == product->batches)
			break;
	}
	*plan = search.best;
	if (!search.verdict)
		plan->host_us = clamp(on_host(product, plan));
	*misfit = search.misfit;
	return search.verdict;
}
