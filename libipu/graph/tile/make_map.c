// SPDX-License-Identifier: MIT
/* Operations on each element by itself, copies, constants and casts. */
#include <string.h>

#include "make.h"

static void make_view(struct making *making, const uint32_t *word)
{
	struct ipu_view view = { .offset = word[2], .ndim = word[3] };

	ipu_assert(view.ndim <= IPU_ARRAY_DIMS);
	memcpy(view.shape, word + 4, view.ndim * sizeof(*word));
	memcpy(view.stride, word + 4 + view.ndim, view.ndim * sizeof(*word));
	ipu_make_copy(&making->ops, array_of(making, word[0]), array_of(making, word[1]), &view);
}

static struct ipu_map_args args_of(const struct making *making, const uint32_t *word)
{
	return (struct ipu_map_args){
		.op = word[0],
		.to = array_of(making, word[1]),
		.a = maybe_array(making, word[2]),
		.b = maybe_array(making, word[3]),
		.c = maybe_array(making, word[4]),
		.scalar.whole = (int32_t)word[5],
		.alpha.whole = (int32_t)word[6],
		.beta.whole = (int32_t)word[7],
	};
}

static void make_one(struct making *making, const uint32_t *word)
{
	const struct ipu_array *params = maybe_array(making, word[8]);
	struct ipu_map_args args = args_of(making, word);

	args.given = params ? params->data : NULL;

	ipu_assert(!params ||
		   (!params->chunk && params->count == 3 && ipu_dtype_bytes(params->dtype) == 4));
	ipu_make_map(&making->ops, &args);
}

static void make_chain(struct making *making, const uint32_t *word)
{
	struct ipu_map_args args[CHAIN_MOST];

	ipu_assert(word[0] && word[0] <= CHAIN_MOST);
	for (uint32_t i = 0; i < word[0]; i++)
		args[i] = args_of(making, word + 1 + 8 * i);
	ipu_make_chain(&making->ops, word[0], args);
}

bool make_map(struct making *making, uint32_t code, const uint32_t *word)
{
	struct ipu_ops *ops = &making->ops;

	switch (code) {
	case DO_MAP:
		make_one(making, word);
		return true;
	case DO_CHAIN:
		make_chain(making, word);
		return true;
	case DO_COPY:
		make_view(making, word);
		return true;
	case DO_FILL:
		ipu_make_fill(ops, array_of(making, word[0]),
			      (union ipu_scalar){ .whole = (int32_t)word[1] });
		return true;
	case DO_ARANGE:
		ipu_make_arange(ops, array_of(making, word[0]),
				(union ipu_scalar){ .whole = (int32_t)word[1] },
				(union ipu_scalar){ .whole = (int32_t)word[2] });
		return true;
	case DO_CAST:
		ipu_make_cast(ops, array_of(making, word[0]), array_of(making, word[1]));
		return true;
	default:
		return false;
	}
}
