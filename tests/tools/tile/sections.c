/* SPDX-License-Identifier: MIT */
/*
 * What a program finds in memory when main() starts, whatever its sections are
 * called: the exit code is 0, or the number of the check that failed. Afterwards the
 * destructors have written the output "after".
 */
#include <ipu/tile.h>

/* A section that is not loaded, and resembles own_zeroes. */
IPU_OUTPUT(uint32_t, after, IPU_SHARDED, 4);

#ifndef NO_DATA
static volatile int ordinary = 3;
#endif

__attribute__((section("own_data"))) static volatile int my_data[2] = { 5, 6 };
__attribute__((section("own_const"))) static const volatile int my_const = 7;
__asm__(".pushsection own_zeroes, \"aw\", @nobits\n"
	".globl my_zeroes\n"
	"my_zeroes: .space 8\n"
	".popsection\n");
extern volatile int my_zeroes[2];
extern volatile int __start_own_data[], __stop_own_data[];
extern char __heap_start[], __heap_end[]; /* of malloc() */

__attribute__((section("own_text"), noinline)) static int my_text(int x)
{
	return x + my_const;
}

/* Constructors in their order, on every tile; they may do whatever main() may. */
static uint32_t order[4], count;

__attribute__((constructor)) static void make_last(void)
{
	order[count++] = 30 + ipu_tile_id();
}

__attribute__((constructor(200))) static void make_second(void)
{
	order[count++] = 20;
}

static void work(void *arg)
{
	__atomic_fetch_add((uint32_t *)arg, ipu_worker_id(), __ATOMIC_RELAXED);
}

__attribute__((constructor(101))) static void make_first(void)
{
	ipu_run_workers(work, &order[count++]);
}

/* Destructors in the reverse order, after main(). */
__attribute__((destructor)) static void destroy_first(void)
{
	after[0] = count++;
}

__attribute__((destructor(101))) static void destroy_second(void)
{
	after[1] = count++;
}

int main(void)
{
	if (my_data[0] != 5 || my_data[1] != 6)
		return 1;
	if (__stop_own_data - __start_own_data != 2 || __start_own_data[1] != 6)
		return 2;
	if (my_const != 7 || my_text(1) != 8)
		return 3;
	if (my_zeroes[0] || my_zeroes[1])
		return 4;
#ifndef NO_DATA
	if (ordinary != 3)
		return 5;
#endif
	if (count != 3 || order[0] != 15 || order[1] != 20 || order[2] != 30 + ipu_tile_id())
		return 6;
	if ((uint32_t)&my_zeroes[2] > (uint32_t)__heap_start ||
	    (uint32_t)&__stop_own_data[0] > (uint32_t)__heap_start ||
	    (uint32_t)__heap_end != IPU_SRAM_END)
		return 7;
	return 0;
}
