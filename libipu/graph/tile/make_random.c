// SPDX-License-Identifier: MIT
/* Random numbers, and dropout. */
#include "make.h"

/* Every tile has it. */
static struct ipu_generator *generator_of(const struct making *making, uint32_t number)
{
	const struct ipu_array *array = array_of(making, number);

	ipu_assert(!array->chunk && array->count == 4 && array->dtype == IPU_U32);
	return array->data;
}

bool make_random(struct making *making, uint32_t code, const uint32_t *word)
{
	struct ipu_ops *ops = &making->ops;

	switch (code) {
	case DO_UNIFORM:
		ipu_make_uniform(ops, array_of(making, word[0]), generator_of(making, word[1]),
				 float_of(word[2]), float_of(word[3]));
		return true;
	case DO_NORMAL:
		ipu_make_normal(ops, array_of(making, word[0]), generator_of(making, word[1]),
				float_of(word[2]), float_of(word[3]));
		return true;
	case DO_BERNOULLI:
		ipu_make_bernoulli(ops, array_of(making, word[0]), generator_of(making, word[1]),
				   float_of(word[2]));
		return true;
	case DO_DROPOUT:
		ipu_make_dropout(ops, array_of(making, word[0]), array_of(making, word[3]),
				 array_of(making, word[4]), generator_of(making, word[1]),
				 float_of(word[2]));
		return true;
	case DO_DROPOUT_GRAD:
		ipu_make_dropout_grad(ops, array_of(making, word[0]), array_of(making, word[1]),
				      array_of(making, word[2]), float_of(word[3]));
		return true;
	default:
		return false;
	}
}
