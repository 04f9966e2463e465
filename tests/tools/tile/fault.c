/* SPDX-License-Identifier: MIT */
/*
 * Programs that fail, one for each FAULT it is compiled with. The line that
 * faults is marked, so that a test can look for its number.
 */
#include <ipu/tile.h>

enum fault {
	FAULT_TRAP,
	FAULT_ASSERT,
	FAULT_JUMP,
	FAULT_LOAD,
	FAULT_STORE,
	FAULT_ILLEGAL,
	FAULT_STACK,
	FAULT_EXCHANGE,
	FAULT_SPIN,
	FAULT_EXIT,
};

/* Where the compiler cannot see it: an address below SRAM. */
static volatile uint32_t outside = 0x1000;

static void jump(void)
{
	((void (*)(void))outside)();
}

/* On worker 3 only, so that the report has to name it. */
static void load(void *arg)
{
	(void)arg;
	if (ipu_worker_id() == 3)
		outside = *(volatile uint32_t *)outside; /* MARK load */
}

static void store(void *arg)
{
	(void)arg;
	if (ipu_worker_id() == 5)
		*(volatile uint32_t *)0xe8000 = 1; /* MARK store */
}

static __attribute__((noinline)) void deep(void)
{ /* MARK stack */
	volatile uint8_t space[4096];

	for (uint32_t i = 0; i < sizeof(space); i++)
		space[i] = (uint8_t)i;
}

/* Which only the supervisor may. */
static void exchange(void *arg)
{
	(void)arg;
	ipu_exchange(NULL, 0); /* MARK exchange */
}

/* All of a worker's stack, and a little more; on worker 1 only. */
static void overflow(void *arg)
{
	(void)arg;
	if (ipu_worker_id() == 1)
		deep();
}

static void spin(void)
{
	for (;;) /* MARK spin */
		__asm__ volatile("");
}

int main(void)
{
	switch (FAULT) {
	case FAULT_TRAP:
		ipu_trap(42); /* MARK trap */
	case FAULT_ASSERT:
		ipu_assert(outside == 0x1000);
		ipu_assert(outside == 0x1001); /* MARK assert */
		break;
	case FAULT_JUMP:
		jump();
		break;
	case FAULT_LOAD:
		ipu_run_workers(load, NULL);
		break;
	case FAULT_STORE:
		ipu_run_workers(store, NULL);
		break;
	case FAULT_ILLEGAL:
		__asm__ volatile(".word 0"); /* MARK illegal */
		break;
	case FAULT_STACK:
		ipu_run_workers(overflow, NULL);
		break;
	case FAULT_EXCHANGE:
		ipu_run_workers(exchange, NULL);
		break;
	case FAULT_SPIN:
		spin();
		break;
	case FAULT_EXIT:
		/* Tile 1 and those above it fail; the lowest is reported. */
		return ipu_tile_id() == 0 ? 0 : 40 + (int)ipu_tile_id();
	}
	return 0;
}
