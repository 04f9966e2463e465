// SPDX-License-Identifier: MIT
/* Profiles of RUNs: records, sums, samples, what is refused, full and hostile buffers. */
#include <string.h>

#include "card_host.h"
#include "card_program.h"
#include "card/ipu_bsp_cost.h"

#define TILES 8
#define DATA (IPU_SRAM_BASE + 0x1000)
#define TABLE (IPU_SRAM_BASE + 0x2000)
#define WORKER (IPU_SRAM_BASE + 0x3000)
#define ROOM (1u << 20)
#define SUPERSTEPS 3
#define WORKERS 6
#define RACE_LOOP 7 /* instructions of its loop */

/**
 * struct profiled - a RUN with a profile, in host memory
 * @head: of the profile, records behind it
 * @samples: counters
 * @va: of @head
 */
struct profiled {
	struct context ctx;
	struct ipu_profile *head;
	uint32_t *samples;
	uint64_t va;
	const struct ipu_run_report *report;
};

/* What records add up to. */
struct sums {
	uint64_t steps, tiles, workers, waits, marks;
	uint64_t compute, sync, exchange;
	uint64_t tile_instructions, step_instructions, step_bytes, tile_bytes, busy, tile_busy;
	uint64_t end;
};

static int setup(void **state)
{
	*state = host_new(TILES, 2);
	return 0;
}

static int teardown(void **state)
{
	host_free(*state);
	return 0;
}

static void load(struct context *ctx, const struct program *p)
{
	tiles_write(ctx, 0, TILES, IPU_SRAM_BASE, p->word, program_bytes(p));
}

static void open_profile(struct profiled *run, struct host *host, const struct ipu_profile *ask)
{
	const uint64_t bus = host_alloc(host, ROOM);
	const uint64_t samples = host_alloc(host, IPU_SAMPLES * sizeof(uint32_t));

	run->head = host_at(host, bus);
	run->samples = host_at(host, samples);
	run->va = VA(bus);
	*run->head = *ask;
	if (!run->head->bytes)
		run->head->bytes = ROOM;
	run->head->used = sizeof(*run->head);
	run->head->samples_va = VA(samples);
}

static void put_profiled(struct profiled *run, uint32_t flags)
{
	const uint64_t report = host_alloc(run->ctx.host, sizeof(struct ipu_run_report));
	const struct ipu_cmd_run cmd = {
		.op = IPU_CMD_RUN | flags,
		.tile_count = TILES,
		.entry = flags & IPU_CMD_RUN_RESUME ? 0 : IPU_SRAM_BASE,
		.report_va = VA(report),
		.profile_va = run->va,
	};

	run->report = host_at(run->ctx.host, report);
	ctx_put(&run->ctx, &cmd);
}

/* Tile t counts to 100 * (t + 1) in each superstep, and pulls 64 * t bytes from tile 0. */
static void count_and_pull(struct program *p)
{
	uint32_t step, loop;

	for (step = 0; step + 1 < SUPERSTEPS; step++) {
		csrr(p, T0, IPU_CSR_TILE);
		addi(p, T0, T0, 1);
		li(p, T1, 100);
		mul(p, T0, T0, T1);
		loop = here(p);
		addi(p, T0, T0, -1);
		bne(p, T0, ZERO, loop);
		li(p, T0, TABLE);
		sw(p, ZERO, T0, 0);
		li(p, T1, DATA);
		sw(p, T1, T0, 4);
		sw(p, T1, T0, 8);
		csrr(p, T2, IPU_CSR_TILE);
		slli(p, T2, T2, 6);
		sw(p, T2, T0, 12);
		transfers(p, TABLE, 1);
		sync_zone(p, IPU_ZONE_INTERNAL);
	}
	exit_with(p, ZERO);
}

/* Each worker marks its number and exits. */
static void run_workers(struct context *ctx, struct program *p)
{
	struct program w = { .count = 0 };

	csrr(&w, T0, IPU_CSR_UNIT);
	csrw(&w, IPU_CSR_MARK, T0);
	exit_with(&w, ZERO);
	tiles_write(ctx, 0, TILES, WORKER, w.word, program_bytes(&w));
	li(p, T0, WORKER);
	emit(p, (uint32_t)T0 << 15 | IPU_F3_RUNALL << 12 | IPU_OPCODE);
	sync_zone(p, IPU_ZONE_LOCAL);
}

static void add_step(struct sums *sums, const struct ipu_profile_step *step)
{
	assert_int_equal(step->step, sums->steps);
	assert_true(step->begin <= step->first && step->first <= step->last);
	assert_true(step->last <= step->exchange && step->exchange <= step->end);
	sums->steps++;
	sums->compute += step->last - step->begin;
	sums->sync += step->exchange - step->last;
	sums->exchange += step->end - step->exchange;
	sums->step_instructions += step->instructions;
	sums->step_bytes += step->exchange_bytes;
	sums->busy += step->busy;
	sums->end = step->end;
}

/* All records, each of which has to make sense. */
static struct sums add_up(const struct profiled *run)
{
	const uint8_t *base = (const void *)run->head;
	const struct ipu_profile_step *step = NULL;
	struct sums sums = { 0 };
	uint64_t at;

	for (at = sizeof(*run->head); at < run->head->used;) {
		const struct ipu_profile_record *head = (const void *)(base + at);
		const struct ipu_profile_tile *tile = (const void *)head;
		const struct ipu_profile_unit *unit = (const void *)head;

		assert_true(head->bytes && head->bytes % 8 == 0 && head->tile < TILES);
		at += head->bytes;
		switch (head->kind) {
		case IPU_PROFILE_STEP:
			step = (const void *)head;
			add_step(&sums, step);
			break;
		case IPU_PROFILE_TILE:
			assert_true(tile->arrival >= step->first &&
				    (tile->exited || tile->arrival <= step->last));
			sums.tiles++;
			sums.tile_instructions += tile->instructions;
			sums.tile_bytes += tile->exchange_bytes;
			sums.tile_busy +=
				(tile->arrival < step->last ? tile->arrival : step->last) -
				step->begin;
			break;
		case IPU_PROFILE_WORKER:
			assert_in_range(unit->unit, 0, WORKERS - 1);
			assert_true(unit->begin < unit->end);
			sums.workers++;
			break;
		case IPU_PROFILE_WAIT:
			assert_int_equal(unit->unit, IPU_UNIT_SUPERVISOR);
			sums.waits++;
			break;
		case IPU_PROFILE_MARK:
			sums.marks++;
			break;
		default:
			fail_msg("kind %u", head->kind);
		}
	}
	assert_int_equal(at, run->head->used);
	return sums;
}

/* The head agrees with the records, and both with the report. */
static void check_whole(const struct profiled *run, const struct sums *sums)
{
	const struct ipu_profile *head = run->head;

	assert_int_equal(head->dropped, 0);
	assert_int_equal(head->supersteps, sums->steps);
	assert_int_equal(head->compute_cycles, sums->compute);
	assert_int_equal(head->sync_cycles, sums->sync);
	assert_int_equal(head->exchange_cycles, sums->exchange);
	assert_int_equal(sums->tile_instructions, sums->step_instructions);
	assert_int_equal(sums->tile_bytes, sums->step_bytes);
	assert_int_equal(sums->tile_busy, sums->busy);
}

static void test_phases_add_up(void **state)
{
	struct profiled run;
	struct program p = { .count = 0 };
	struct sums sums;

	ctx_open(&run.ctx, *state, 0, 0, TILES);
	count_and_pull(&p);
	load(&run.ctx, &p);
	open_profile(&run, *state, &(struct ipu_profile){ 0 });
	put_profiled(&run, 0);
	ctx_finish(&run.ctx);
	sums = add_up(&run);
	check_whole(&run, &sums);
	assert_int_equal(sums.steps, SUPERSTEPS);
	assert_int_equal(sums.tiles, SUPERSTEPS * TILES);
	assert_int_equal(sums.compute + sums.sync + sums.exchange, run.report->cycles);
	assert_int_equal(sums.end, run.report->cycles);
	assert_int_equal(sums.step_instructions, run.report->instructions);
	assert_int_equal(sums.step_bytes, run.report->exchange_bytes);
	assert_int_equal(sums.sync, (SUPERSTEPS - 1) * IPU_SYNC_CYCLES);
	assert_int_equal(sums.exchange, (SUPERSTEPS - 1) * 64 * (TILES - 1) / 4);
}

/* A tile that goes on after the others is the last superstep's, and receives nothing in it. */
static void test_late_exit(void **state)
{
	const struct ipu_xfer xfer = { 1, DATA, DATA + 64, 64 };
	struct profiled run;
	struct program p = { .count = 0 };
	struct sums sums;
	uint32_t loop, branch;

	ctx_open(&run.ctx, *state, 0, 0, TILES);
	tiles_write(&run.ctx, 0, TILES, TABLE, &xfer, sizeof(xfer));
	transfers(&p, TABLE, 1);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	csrr(&p, T0, IPU_CSR_TILE);
	branch = p.count;
	emit(&p, 0);
	li(&p, T0, 5000);
	loop = here(&p);
	addi(&p, T0, T0, -1);
	bne(&p, T0, ZERO, loop);
	exit_with(&p, ZERO);
	p.word[branch] = b_type((p.count - branch) * 4, T0, ZERO, 1);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	exit_with(&p, ZERO);
	load(&run.ctx, &p);
	open_profile(&run, *state, &(struct ipu_profile){ 0 });
	put_profiled(&run, 0);
	ctx_finish(&run.ctx);
	sums = add_up(&run);
	assert_int_equal(sums.tiles, TILES + TILES + TILES - 1);
	assert_int_equal(sums.compute + sums.sync + sums.exchange, run.report->cycles);
	assert_int_equal(sums.step_instructions, run.report->instructions);
	assert_int_equal(sums.step_bytes, run.report->exchange_bytes);
	assert_int_equal(sums.step_bytes, TILES * xfer.bytes);
}

static void test_resume(void **state)
{
	struct profiled run;
	struct program p = { .count = 0 };
	struct sums sums;
	uint64_t cycles;

	ctx_open(&run.ctx, *state, 0, 0, TILES);
	run_workers(&run.ctx, &p);
	sync_zone(&p, IPU_ZONE_EXTERNAL);
	run_workers(&run.ctx, &p);
	exit_with(&p, ZERO);
	load(&run.ctx, &p);
	open_profile(&run, *state, &(struct ipu_profile){ .sample_cycles = 6 });
	put_profiled(&run, 0);
	ctx_finish(&run.ctx);
	cycles = run.report->cycles;
	put_profiled(&run, IPU_CMD_RUN_RESUME);
	ctx_finish(&run.ctx);
	cycles += run.report->cycles;
	sums = add_up(&run);
	check_whole(&run, &sums);
	assert_int_equal(run.head->host_cycles, IPU_SYNC_CYCLES);
	assert_int_equal(sums.compute + sums.sync + sums.exchange + IPU_SYNC_CYCLES, cycles);
	assert_int_equal(sums.end, cycles);
	assert_int_equal(sums.workers, 2 * TILES * WORKERS);
	assert_int_equal(sums.marks, 2 * TILES * WORKERS);
	assert_int_equal(sums.waits, 2 * TILES);
	/* one sample a slot: each instruction as often as it was executed */
	assert_int_equal(run.samples[(WORKER - IPU_SRAM_BASE) / 2], 2 * TILES * WORKERS);
}

/* A RESUME that is not profiled, between others. */
static void test_resume_without(void **state)
{
	struct profiled run;
	struct program p = { .count = 0 };
	uint32_t i;

	ctx_open(&run.ctx, *state, 0, 0, TILES);
	for (i = 0; i < 2; i++) {
		run_workers(&run.ctx, &p);
		sync_zone(&p, IPU_ZONE_EXTERNAL);
	}
	run_workers(&run.ctx, &p);
	exit_with(&p, ZERO);
	load(&run.ctx, &p);
	open_profile(&run, *state, &(struct ipu_profile){ 0 });
	put_profiled(&run, 0);
	put_run(&run.ctx, 0, TILES, IPU_CMD_RUN_RESUME);
	put_profiled(&run, IPU_CMD_RUN_RESUME);
	ctx_finish(&run.ctx);
	assert_int_equal(run.head->supersteps, 2);
	assert_int_equal(add_up(&run).workers, 2 * TILES * WORKERS);
}

static uint64_t run_sampled(struct host *host, const struct ipu_profile *ask, void *records,
			    uint32_t *samples)
{
	struct profiled run;
	struct program p = { .count = 0 };

	ctx_open(&run.ctx, host, 0, 0, TILES);
	count_and_pull(&p);
	load(&run.ctx, &p);
	open_profile(&run, host, ask);
	put_profiled(&run, 0);
	ctx_finish(&run.ctx);
	run.head->samples_va = 0;
	memcpy(records, run.head, ROOM);
	memcpy(samples, run.samples, IPU_SAMPLES * sizeof(*samples));
	ctx_disable(&run.ctx);
	return run.report->cycles;
}

/* Samples stand for all cycles of units; they and everything else are the same again. */
static void test_samples(void **state)
{
	static uint8_t records[2][ROOM];
	static uint32_t samples[2][IPU_SAMPLES];
	const struct ipu_profile ask = { .sample_cycles = 60 };
	const struct ipu_profile *head = (const void *)records[0];
	const uint32_t threads[] = { 1, 5, 8 };
	uint64_t cycles = run_sampled(*state, &ask, records[0], samples[0]);
	uint64_t busy = 0, sum = 0, at;
	uint32_t i;

	for (i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		struct host *other = host_new(TILES, threads[i]);

		assert_int_equal(run_sampled(other, &ask, records[1], samples[1]), cycles);
		host_free(other);
		assert_memory_equal(records[0], records[1], sizeof(records[0]));
		assert_memory_equal(samples[0], samples[1], sizeof(samples[0]));
	}
	for (at = sizeof(*head); at < head->used;) {
		const struct ipu_profile_step *step = (const void *)(records[0] + at);

		if (step->head.kind == IPU_PROFILE_STEP)
			busy += step->busy;
		at += step->head.bytes;
	}
	for (i = 0; i < IPU_SAMPLES; i++)
		sum += samples[0][i];
	assert_in_range(sum * 60, busy - TILES * 60, busy + TILES * 60);
	/* nearly all of it is the first loop's two instructions and the second one's */
	at = (uint64_t)samples[0][10] + samples[0][12];
	assert_in_range(at, sum * 9 / 20, sum / 2);
	assert_in_range(samples[0][10], at * 2 / 5, at * 3 / 5);
}

/* What is left in a word that all workers change depends on the order in which they run. */
static void race(struct context *ctx, struct program *p)
{
	struct program w = { .count = 0 };
	uint32_t loop;

	li(&w, T0, DATA);
	li(&w, T1, 3000);
	csrr(&w, A1, IPU_CSR_UNIT);
	loop = here(&w) + (WORKER - IPU_SRAM_BASE);
	lw(&w, T2, T0, 0);
	slli(&w, A0, T2, 2);
	add(&w, T2, T2, A0);
	add(&w, T2, T2, A1);
	sw(&w, T2, T0, 0);
	addi(&w, T1, T1, -1);
	emit(&w, b_type(loop - (here(&w) + (WORKER - IPU_SRAM_BASE)), T1, ZERO, 1));
	exit_with(&w, ZERO);
	tiles_write(ctx, 0, TILES, WORKER, w.word, program_bytes(&w));
	li(p, T0, WORKER);
	emit(p, (uint32_t)T0 << 15 | IPU_F3_RUNALL << 12 | IPU_OPCODE);
	sync_zone(p, IPU_ZONE_LOCAL);
	exit_with(p, ZERO);
}

/* As many samples as there must be, and evenly of what takes the same time. */
static void check_samples(const struct profiled *run, uint32_t period)
{
	const uint64_t slots = (period + 5ull) / 6;
	const uint64_t all = run->report->instructions;
	/* each unit of each tile may be one off */
	const uint64_t off = TILES * (WORKERS + 1) * slots;
	const uint32_t loop = (WORKER - IPU_SRAM_BASE) / 2 + 10;
	uint64_t samples = 0, in_loop = 0;
	uint32_t i;

	for (i = 0; i < IPU_SAMPLES; i++)
		samples += run->samples[i];
	assert_in_range(samples * slots, all - off, all + off);
	for (i = 0; i < RACE_LOOP; i++)
		in_loop += run->samples[loop + 2 * i];
	assert_true(in_loop > samples * 9 / 10);
	for (i = 0; period < 2000 && i < RACE_LOOP; i++)
		assert_in_range(run->samples[loop + 2 * i], in_loop / 14, in_loop * 3 / 14);
}

/* A sample does not change when units run, whatever its period. */
static void test_same_results(void **state)
{
	const uint32_t periods[] = {
		0, 6, 186, 190, 196, 200, 210, 240, 402, 1002, 6000, UINT32_MAX
	};
	struct ipu_run_report plain = { 0 };
	struct profiled run;
	struct program p = { .count = 0 };
	uint32_t sum, first_sum = 0, i;

	ctx_open(&run.ctx, *state, 0, 0, TILES);
	race(&run.ctx, &p);
	load(&run.ctx, &p);
	for (i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
		sum = 0;
		tiles_write(&run.ctx, 0, TILES, DATA, &sum, sizeof(sum));
		open_profile(&run, *state, &(struct ipu_profile){ .sample_cycles = periods[i] });
		put_profiled(&run, 0);
		ctx_finish(&run.ctx);
		tile_read(&run.ctx, 3, DATA, &sum, sizeof(sum));
		if (!periods[i]) {
			plain = *run.report;
			first_sum = sum;
			continue;
		}
		assert_int_equal(sum, first_sum);
		assert_memory_equal(run.report, &plain, sizeof(plain));
		if (periods[i] != UINT32_MAX)
			check_samples(&run, periods[i]);
	}
}

static void test_strides(void **state)
{
	static uint8_t records[ROOM];
	static uint32_t samples[IPU_SAMPLES];
	struct profiled run = { .head = (void *)records };
	struct sums sums;

	run_sampled(*state, &(struct ipu_profile){ .step_stride = 2, .tile_stride = 3 }, records,
		    samples);
	sums = add_up(&run);
	assert_int_equal(sums.steps, SUPERSTEPS);
	assert_int_equal(sums.tiles, 2 * 3);
	assert_int_equal(run.head->dropped, 0);
}

/* However small the buffer is, the run is the same, and what is lost is counted. */
static void test_full(void **state)
{
	const uint64_t sizes[] = { sizeof(struct ipu_profile), sizeof(struct ipu_profile) + 8,
				   sizeof(struct ipu_profile) + sizeof(struct ipu_profile_step),
				   1000 };
	struct profiled run;
	struct program p = { .count = 0 };
	uint64_t cycles;
	uint32_t i;

	ctx_open(&run.ctx, *state, 0, 0, TILES);
	count_and_pull(&p);
	load(&run.ctx, &p);
	cycles = (open_profile(&run, *state, &(struct ipu_profile){ 0 }), put_profiled(&run, 0),
		  ctx_finish(&run.ctx), run.report->cycles);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		open_profile(&run, *state, &(struct ipu_profile){ .bytes = sizes[i] });
		memset((uint8_t *)run.head + sizes[i], 0x5a, 64);
		put_profiled(&run, 0);
		ctx_finish(&run.ctx);
		assert_int_equal(run.report->cycles, cycles);
		assert_true(run.head->used <= sizes[i]);
		assert_int_equal(*((uint8_t *)run.head + sizes[i]), 0x5a);
		assert_int_equal(add_up(&run).steps + add_up(&run).tiles + run.head->dropped,
				 SUPERSTEPS * (1 + TILES));
		assert_int_equal(run.head->supersteps, SUPERSTEPS);
		assert_int_equal(run.head->compute_cycles + run.head->sync_cycles +
					 run.head->exchange_cycles,
				 cycles);
	}
}

/* More events in a round than a tile has room for. */
static void test_many_marks(void **state)
{
	struct profiled run;
	struct program p = { .count = 0 };
	uint32_t loop;

	ctx_open(&run.ctx, *state, 0, 0, TILES);
	li(&p, T0, 1000);
	loop = here(&p);
	csrw(&p, IPU_CSR_MARK, T0);
	addi(&p, T0, T0, -1);
	bne(&p, T0, ZERO, loop);
	exit_with(&p, ZERO);
	load(&run.ctx, &p);
	open_profile(&run, *state, &(struct ipu_profile){ 0 });
	put_profiled(&run, 0);
	ctx_finish(&run.ctx);
	assert_int_equal(run.head->supersteps, 1);
	assert_true(run.head->lost >= 1);
	assert_int_equal(run.head->dropped, 0);
	assert_int_equal(add_up(&run).marks + add_up(&run).tiles + add_up(&run).steps +
				 run.head->lost,
			 1000 * TILES + TILES + 1);
}

static void check_refused(struct profiled *run, const struct ipu_profile *head, uint32_t offset,
			  uint64_t value)
{
	*run->head = *head;
	put_profiled(run, 0);
	ctx_fault(&run->ctx, IPU_FAULT_BAD_FIELD, value, IPU_CMD_SIZE + offset);
	ctx_restart(&run->ctx);
}

static void test_refused(void **state)
{
	struct profiled run;
	struct program p = { .count = 0 };
	struct ipu_profile good, bad;

	ctx_open(&run.ctx, *state, 0, 0, TILES);
	exit_with(&p, ZERO);
	load(&run.ctx, &p);
	open_profile(&run, *state, &(struct ipu_profile){ 0 });
	good = *run.head;
#define REFUSED(member, value)             \
	(bad = good, bad.member = (value), \
	 check_refused(&run, &bad, offsetof(struct ipu_profile, member), (uint64_t)(value)))
	REFUSED(bytes, 0);
	REFUSED(bytes, sizeof(good) - 8);
	REFUSED(bytes, sizeof(good) + 4);
	REFUSED(used, 0);
	REFUSED(used, sizeof(good) + 4);
	REFUSED(used, ROOM + 8);
	REFUSED(used, UINT64_MAX - 7);
	REFUSED(reserved0, 1);
	REFUSED(samples_va, 4);
	REFUSED(samples_va, 1ull << IPU_VA_BITS);
	good.bytes = UINT64_MAX - 7;
	REFUSED(used, 1ull << IPU_VA_BITS);
	REFUSED(used, UINT64_MAX - 7);
	good.sample_cycles = 1;
	REFUSED(samples_va, 0);
	run.va += 8;
	put_profiled(&run, 0);
	ctx_fault(&run.ctx, IPU_FAULT_BAD_FIELD, run.va, offsetof(struct ipu_cmd_run, profile_va));
}

/* A fault of DMA at @va, which the page's entry @pte lets happen. */
static void check_dma_fault(struct profiled *run, uint64_t va, uint64_t pte, uint32_t cause)
{
	uint64_t *entry = ctx_pte(&run->ctx, va);
	const uint64_t good = *entry;

	*entry = pte;
	ctx_set(&run->ctx, IPU_CTX_TLB_INVAL, 1);
	run->head->used = sizeof(*run->head);
	run->head->dropped = 0;
	put_profiled(run, 0);
	ctx_fault(&run->ctx, cause, va, 0);
	*entry = good;
	ctx_restart(&run->ctx);
}

static void test_no_memory(void **state)
{
	struct profiled run;
	struct program p = { .count = 0 };
	uint64_t second, pte;

	ctx_open(&run.ctx, *state, 0, 0, TILES);
	count_and_pull(&p);
	load(&run.ctx, &p);
	open_profile(&run, *state, &(struct ipu_profile){ .sample_cycles = 6 });
	check_dma_fault(&run, run.va, 0, IPU_FAULT_DMA_UNMAPPED);
	check_dma_fault(&run, run.head->samples_va, 0, IPU_FAULT_DMA_UNMAPPED);
	/* what may be read is, and the first record is what cannot be written */
	pte = *ctx_pte(&run.ctx, run.va) & ~IPU_PTE_W;
	check_dma_fault(&run, run.va + sizeof(*run.head), pte, IPU_FAULT_DMA_READONLY);
	/* records that reach into another page */
	second = run.va + IPU_PAGE_SIZE;
	run.va += IPU_PAGE_SIZE - 0x100;
	*(struct ipu_profile *)((uint8_t *)run.head + IPU_PAGE_SIZE - 0x100) = *run.head;
	run.head = (void *)((uint8_t *)run.head + IPU_PAGE_SIZE - 0x100);
	check_dma_fault(&run, second, 0, IPU_FAULT_DMA_UNMAPPED);
	/* a buffer that ends beyond all addresses is no fault until it is used there */
	run.head->bytes = UINT64_MAX - 7;
	run.head->supersteps = 0;
	run.head->used = sizeof(*run.head);
	run.head->dropped = 0;
	put_profiled(&run, 0);
	ctx_finish(&run.ctx);
	assert_int_equal(add_up(&run).tiles, SUPERSTEPS * TILES);
}

/* Memory for samples is counted, and given back. */
static void test_memory(void **state)
{
	struct profiled run;
	struct program p = { .count = 0 };
	uint32_t i;

	exit_with(&p, ZERO);
	for (i = 0; i < 100; i++) {
		ctx_open(&run.ctx, *state, 0, 0, TILES);
		load(&run.ctx, &p);
		if (!i)
			open_profile(&run, *state, &(struct ipu_profile){ .sample_cycles = 6 });
		run.head->used = sizeof(*run.head);
		put_profiled(&run, 0);
		ctx_finish(&run.ctx);
		ctx_disable(&run.ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_phases_add_up, setup, teardown),
		cmocka_unit_test_setup_teardown(test_late_exit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_resume, setup, teardown),
		cmocka_unit_test_setup_teardown(test_resume_without, setup, teardown),
		cmocka_unit_test_setup_teardown(test_samples, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_results, setup, teardown),
		cmocka_unit_test_setup_teardown(test_strides, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_marks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
	};

	return cmocka_run_group_tests_name("card profiles", tests, NULL, NULL);
}
