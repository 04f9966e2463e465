// SPDX-License-Identifier: MIT
/* The tile program of the operations' tests: makes and runs what the host's script says. */
#include "make.h"

#include "ops-tile.h"

IPU_INPUT(uint32_t, script, IPU_BROADCAST, SCRIPT_WORDS);
IPU_INOUT(uint32_t, heap, IPU_SHARDED, HEAP_WORDS + GUARD_BYTES / 4);
IPU_INPUT(float, few, IPU_SHARDED, 4, 4);

static struct ipu_memory memory;
static struct ipu_array arrays[MAX_ARRAYS];

/* A tensor of the program as an array. */
bool make_other(struct making *making, uint32_t code, const uint32_t *word)
{
	struct ipu_array tensor;
	struct ipu_view whole;

	if (code != DO_TENSOR)
		return false;
	IPU_ARRAY_OF(&tensor, few);
	whole = ipu_view_whole(&tensor);
	ipu_make_copy(&making->ops, array_of(making, word[0]), &tensor, &whole);
	return true;
}

/* ---- What is free must stay as it is -------------------------------------------------- */

/* Words of two ends of what is free: behind the arrays and before the tables. */
static uint32_t *guard(uint32_t at)
{
	const uint32_t words = (uint32_t)(memory.high - memory.low) / 4;
	const uint32_t most = GUARD_BYTES / 4;

	if (words <= 2 * most)
		return at < words ? (uint32_t *)memory.low + at : NULL;
	if (at < most)
		return (uint32_t *)memory.low + at;
	return at < 2 * most ? (uint32_t *)memory.high - 1 - (at - most) : NULL;
}

static void set_guards(void)
{
	uint32_t *word;

	for (uint32_t i = 0; (word = guard(i)); i++)
		*word = UNTOUCHED;
}

static void check_guards(void)
{
	uint32_t *word;

	for (uint32_t i = 0; (word = guard(i)); i++)
		if (*word != UNTOUCHED)
			ipu_ops_refuse_here("guard", "word %lu of what is free is 0x%lx",
					    (unsigned long)(word - (uint32_t *)heap),
					    (unsigned long)*word);
	for (uint32_t i = HEAP_WORDS; i < HEAP_WORDS + GUARD_BYTES / 4; i++)
		if (heap[i] != UNTOUCHED)
			ipu_ops_refuse_here("guard", "word %lu behind scratch memory is 0x%lx",
					    (unsigned long)(i - HEAP_WORDS),
					    (unsigned long)heap[i]);
}

/* Scratch memory holds nothing that an operation may use, and little is behind it. */
static void fill_scratch(void)
{
	for (uint32_t i = 0, vl, left; i < SCRATCH_BYTES / 4 + GUARD_BYTES / 4; i += vl) {
		left = SCRATCH_BYTES / 4 + GUARD_BYTES / 4 - i;
		vl = (uint32_t)__riscv_vsetvl_e32m8(left);
		__riscv_vse32((uint32_t *)memory.scratch + i, __riscv_vmv_v_x_u32m8(UNTOUCHED, vl),
			      vl);
	}
}

int main(void)
{
	struct making making = {
		.memory = &memory, .heap = (char *)heap, .arrays = arrays, .most = MAX_ARRAYS
	};

	ipu_memory_init(&memory, heap, HEAP_WORDS * 4, SCRATCH_BYTES);
	make_all(&making, script);
	fill_scratch();
	set_guards();
	ipu_ops_run(&making.ops);
	check_guards();
	return 0;
}
