/* SPDX-License-Identifier: MIT */
/* Workers, stacks, cycles and the exchange, checked by the program itself. */
#include <stdatomic.h>
#include <string.h>

#include <ipu/tile.h>

#define TILES 1472

static uint32_t seen[IPU_WORKERS];
static uint32_t sum_at_depth[IPU_WORKERS];
static _Atomic uint32_t counter;
static uint32_t mine;
static uint32_t all[TILES];
static struct ipu_xfer pulls[TILES];
static int zeroed[64];
static int initialised[3] = { 7, 8, 9 };

static void note_worker(void *arg)
{
	seen[ipu_worker_id()] += *(uint32_t *)arg;
}

/* Deep enough that workers on one stack would overwrite each other's data. */
static __attribute__((noinline)) uint32_t recurse(uint32_t depth)
{
	volatile uint32_t local = depth;

	return depth == 0 ? 0 : recurse(depth - 1) + local;
}

static void use_stack(void *arg)
{
	(void)arg;
	sum_at_depth[ipu_worker_id()] = recurse(50 + ipu_worker_id());
}

static void count(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100; i++)
		atomic_fetch_add(&counter, ipu_worker_id() + 1);
}

static void check_start(void)
{
	int local;

	ipu_assert(ipu_unit() == IPU_WORKERS);
	ipu_assert(ipu_tile_id() < ipu_tile_count());
	ipu_assert(((uint32_t)&local & 3) == 0);
	for (int i = 0; i < 64; i++)
		ipu_assert(zeroed[i] == 0);
	ipu_assert(initialised[0] == 7 && initialised[1] == 8 && initialised[2] == 9);
}

static void check_workers(void)
{
	uint32_t one = 1, ten = 10;

	ipu_run_workers(note_worker, &one);
	for (uint32_t worker = 0; worker < IPU_WORKERS; worker++) {
		ipu_assert(seen[worker] == 1);
		ipu_start_worker(worker, note_worker, worker % 2 ? &ten : &one);
	}
	ipu_sync_local();
	for (uint32_t worker = 0; worker < IPU_WORKERS; worker++)
		ipu_assert(seen[worker] == (worker % 2 ? 11 : 2));

	ipu_run_workers(use_stack, NULL);
	for (uint32_t worker = 0; worker < IPU_WORKERS; worker++)
		ipu_assert(sum_at_depth[worker] == (50 + worker) * (51 + worker) / 2);
}

/* All six write one word, and no addition is lost. */
static void check_atomics(void)
{
	ipu_run_workers(count, NULL);
	ipu_assert(counter == 100 * (1 + 2 + 3 + 4 + 5 + 6));
}

static void check_cycles(void)
{
	uint64_t before = ipu_cycles(), after;

	for (volatile int i = 0; i < 100; i++)
		;
	after = ipu_cycles();
	ipu_assert(after > before);
	ipu_assert(after - before < 1000000);
}

/* Every tile pulls a word from every tile. */
static void check_exchange(void)
{
	uint32_t count = ipu_tile_count();

	mine = ipu_tile_id() * 3 + 1;
	for (uint32_t tile = 0; tile < count; tile++)
		pulls[tile] = ipu_pull(tile, &mine, &all[tile], sizeof(mine));
	ipu_exchange(pulls, count);
	for (uint32_t tile = 0; tile < count; tile++)
		ipu_assert(all[tile] == tile * 3 + 1);

	/* The table is used once: the next sync moves nothing. */
	memset(all, 0, sizeof(all));
	ipu_sync_internal();
	for (uint32_t tile = 0; tile < count; tile++)
		ipu_assert(all[tile] == 0);
}

/* The host resumes the run, and nothing is lost. */
static void check_external(void)
{
	uint64_t before = ipu_cycles();

	mine = 1234;
	ipu_sync_external();
	ipu_assert(mine == 1234);
	ipu_assert(ipu_cycles() > before);
}

int main(void)
{
	check_start();
	check_workers();
	check_atomics();
	check_cycles();
	check_exchange();
	check_external();
	return 0;
}
