// SPDX-License-Identifier: MIT
/* The tile program of the operations' tests: makes and runs what the host's script says. */
#include "ops-tile.h"

IPU_INPUT(uint32_t, script, IPU_BROADCAST, SCRIPT_WORDS);
IPU_INOUT(uint32_t, heap, IPU_SHARDED, HEAP_WORDS + GUARD_BYTES / 4);

struct ipu_ops ops;
struct ipu_memory memory;

static struct ipu_array arrays[MAX_ARRAYS];
static uint32_t array_count;

struct ipu_array *array(uint32_t number)
{
	ipu_assert(number < array_count);
	return &arrays[number];
}

static bool (*const families[])(uint32_t code, const uint32_t *word) = {
	do_conv, do_index, do_map, do_matmul, do_optim, do_pool, do_random, do_rows,
};

static void make_array(struct ipu_array *made, enum lay lay, enum ipu_dtype dtype, uint32_t ndim,
		       const uint32_t *shape)
{
	struct ipu_array flat;
	uint32_t count = 1;

	for (uint32_t i = 0; i < ndim; i++)
		count *= shape[i];
	if (lay == LAY_FLAT) {
		ipu_array_new(&memory, &flat, dtype, IPU_SHAPE(count));
		ipu_array_view(made, &flat, ndim, shape);
	} else if (lay == LAY_COPIES) {
		ipu_array_copies(&memory, made, dtype, ndim, shape);
	} else {
		ipu_array_new(&memory, made, dtype, ndim, shape);
	}
}

static void do_instruction(uint32_t code, const uint32_t *word, uint32_t words)
{
	if (code == DO_ARRAY) {
		ipu_assert(array_count < MAX_ARRAYS);
		make_array(&arrays[array_count++], word[0], word[1], words - 2, word + 2);
		return;
	}
	for (uint32_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (families[i](code, word))
			return;
	ipu_assert(!"a code that is not known");
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
	ipu_memory_init(&memory, heap, HEAP_WORDS * 4, SCRATCH_BYTES);
	ipu_ops_init(&ops, &memory);
	for (uint32_t i = 0; script[i]; i += 2 + script[i + 1])
		do_instruction(script[i], script + i + 2, script[i + 1]);
	fill_scratch();
	set_guards();
	ipu_ops_run(&ops);
	check_guards();
	return 0;
}
