/* SPDX-License-Identifier: MIT */
/* A program for test-gdb, which controls it through its variables. */
#include <ipu/tile.h>

/* What gdb may change. */
volatile int spin;
volatile int syncs;
volatile int exit_code;
volatile int accesses;
int *volatile pointer;

int counter;
uint32_t words[4];
float scale = 1.5f;
uint32_t me;
uint32_t squares[IPU_WORKERS];

__attribute__((noinline)) static int add(int a, int b)
{
	int sum = a + b;

	counter++; /* line: counter */
	return sum;
}

__attribute__((noinline)) static void square(void *arg)
{
	uint32_t *table = arg;
	uint32_t worker = ipu_worker_id();

	table[worker] = worker * worker; /* line: worker */
}

/* Elements 0, 1, 2 and 3 in v1, as 32-bit ones. */
__attribute__((noinline)) static void use_vectors(void)
{
	static const int numbers[] = { 0, 1, 2, 3 };

	__asm__ volatile(".option push\n.option arch, +zve32x\n"
			 "vsetivli zero, 4, e32, m1, ta, ma\n"
			 "vle32.v v1, (%0)\n"
			 ".option pop"
			 :
			 : "r"(numbers)
			 : "memory");
	counter++; /* line: vectors */
}

/* Stores one after the other, one of all words, an AMO on the first one, a load of the last. */
__attribute__((noinline)) static void access_words(void)
{
	__asm__ volatile(".option push\n.option arch, +zve32x\n"
			 "li t0, 1\n"
			 "sw t0, 0(%0)\n"
			 "sw t0, 4(%0)\n"
			 "sw t0, 8(%0)\n"
			 "vsetivli zero, 4, e32, m1, ta, ma\n"
			 "vmv.v.i v1, 2\n"
			 "vse32.v v1, (%0)\n"
			 "amoadd.w t0, t0, (%0)\n"
			 "lw t0, 12(%0)\n"
			 ".option pop"
			 :
			 : "r"(words)
			 : "t0", "memory");
}

int main(void)
{
	int total = 0;

	me = 100 + ipu_tile_id();
	for (int i = 0; i < 5; i++)
		total = add(total, i); /* line: call */
	scale *= (float)total;
	ipu_run_workers(square, squares);
	for (int i = 0; i < syncs; i++)
		ipu_sync_external(); /* line: sync */
	if (syncs < 0)
		use_vectors();
	if (accesses)
		access_words();
	while (spin)
		counter++;
	if (pointer)
		*pointer = total; /* line: crash */
	return exit_code;
}
