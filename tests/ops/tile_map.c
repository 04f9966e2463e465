// SPDX-License-Identifier: MIT
/* Operations on each element by itself, copies, constants and casts. */
#include <string.h>

#include "ops-tile.h"

IPU_INPUT(float, few, IPU_SHARDED, 4, 4);

static void do_copy(const uint32_t *word)
{
	struct ipu_view view = { .offset = word[2], .ndim = word[3] };

	memcpy(view.shape, word + 4, view.ndim * sizeof(*word));
	memcpy(view.stride, word + 4 + view.ndim, view.ndim * sizeof(*word));
	ipu_make_copy(&ops, array(word[0]), array(word[1]), &view);
}

static void do_tensor(const uint32_t *word)
{
	struct ipu_array tensor;
	struct ipu_view whole;

	IPU_ARRAY_OF(&tensor, few);
	whole = ipu_view_whole(&tensor);
	ipu_make_copy(&ops, array(word[0]), &tensor, &whole);
}

/* Through the shortest call that there is. */
static void do_one(const uint32_t *word)
{
	struct ipu_map_args args = { .op = word[0],
				     .to = array(word[1]),
				     .scalar.whole = (int32_t)word[5],
				     .alpha.whole = (int32_t)word[6],
				     .beta.whole = (int32_t)word[7] };
	const struct ipu_array **const operand[] = { &args.a, &args.b, &args.c };

	for (uint32_t i = 0; i < 3; i++)
		if (word[2 + i] != NO_ARRAY)
			*operand[i] = array(word[2 + i]);
	if (word[5] || word[6] || word[7])
		ipu_make_map(&ops, &args);
	else if (args.c && args.a && args.b)
		ipu_make_map3(&ops, args.op, args.to, args.a, args.b, args.c);
	else if (args.a && args.b)
		ipu_make_map2(&ops, args.op, args.to, args.a, args.b);
	else if (args.a && args.op == IPU_MAP_MUL)
		ipu_make_map2_scalar(&ops, args.op, args.to, args.a, 0);
	else
		ipu_make_map(&ops, &args);
}

bool do_map(uint32_t code, const uint32_t *word)
{
	switch (code) {
	case DO_MAP:
		do_one(word);
		return true;
	case DO_COPY:
		do_copy(word);
		return true;
	case DO_FILL:
		ipu_make_fill(&ops, array(word[0]),
			      (union ipu_scalar){ .whole = (int32_t)word[1] });
		return true;
	case DO_ARANGE:
		ipu_make_arange(&ops, array(word[0]),
				(union ipu_scalar){ .whole = (int32_t)word[1] },
				(union ipu_scalar){ .whole = (int32_t)word[2] });
		return true;
	case DO_TENSOR:
		do_tensor(word);
		return true;
	case DO_CAST:
		ipu_make_cast(&ops, array(word[0]), array(word[1]));
		return true;
	default:
		return false;
	}
}
