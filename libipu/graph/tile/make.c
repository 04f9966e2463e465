// SPDX-License-Identifier: MIT
/* Following a script: arrays, and whose instruction is whose. */
#include "make.h"

static bool (*const families[])(struct making *making, uint32_t code, const uint32_t *word) = {
	make_conv, make_index,	make_map, make_matmul, make_note,  make_optim,
	make_pool, make_random, make_rnn, make_rows,   make_other,
};

struct ipu_array *array_of(const struct making *making, uint32_t number)
{
	ipu_assert(number < making->count);
	return &making->arrays[number];
}

struct ipu_array *maybe_array(const struct making *making, uint32_t number)
{
	return number == NO_ARRAY ? NULL : array_of(making, number);
}

static struct ipu_array *next_array(struct making *making)
{
	ipu_assert(making->count < making->most);
	return &making->arrays[making->count++];
}

/* At its place, which the host has chosen, before all tables. */
static void make_array(struct making *making, const uint32_t *word, uint32_t words)
{
	struct ipu_memory place = *making->memory;
	struct ipu_array *made = next_array(making), flat;
	const uint32_t ndim = words - 3, *shape = word + 3;
	uint32_t count = 1;

	place.low = making->heap + word[2];
	ipu_assert(words >= 3 && word[2] % 64 == 0 && place.low >= making->heap &&
		   place.low <= place.high);
	for (uint32_t i = 0; i < ndim; i++)
		count *= shape[i];
	if (word[0] == LAY_FLAT) {
		ipu_array_new(&place, &flat, word[1], IPU_SHAPE(count));
		ipu_array_view(made, &flat, ndim, shape);
	} else if (word[0] == LAY_COPIES) {
		ipu_array_copies(&place, made, word[1], ndim, shape);
	} else {
		ipu_array_new(&place, made, word[1], ndim, shape);
	}
	if (place.low > making->memory->low)
		making->memory->low = place.low;
}

static void make_one(struct making *making, uint32_t code, const uint32_t *word, uint32_t words)
{
	if (code == DO_ARRAY) {
		make_array(making, word, words);
		return;
	}
	if (code == DO_VIEW) {
		const struct ipu_array *of = array_of(making, word[0]);

		ipu_array_view(next_array(making), of, words - 1, word + 1);
		return;
	}
	for (uint32_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (families[i](making, code, word))
			return;
	ipu_assert(!"a code that is not known");
}

static void tell_size(struct making *making, uint32_t number, char *high)
{
	struct ipu_memory *memory = making->memory;

	making->size[number] = (uint32_t)(high - memory->high);
	memory->high = high;
	ipu_ops_init(&making->ops, memory);
}

void make_all(struct making *making, const uint32_t *script)
{
	ipu_ops_init(&making->ops, making->memory);
	making->count = 0;
	for (uint32_t i = 0, number = 0; script[i]; i += 2 + script[i + 1], number++) {
		char *const high = making->memory->high;

		if (making->number)
			*making->number = number;
		make_one(making, script[i], script + i + 2, script[i + 1]);
		if (making->size)
			tell_size(making, number, high);
	}
}
