// SPDX-License-Identifier: MIT
/* Operations that find elements by indices, and put them in order. */
#include "make.h"

bool make_index(struct making *making, uint32_t code, const uint32_t *word)
{
	switch (code) {
	case DO_EMBEDDING:
		ipu_make_embedding(&making->ops, array_of(making, word[0]),
				   array_of(making, word[1]), array_of(making, word[2]));
		return true;
	case DO_SCATTER_ADD:
		ipu_make_scatter_add(&making->ops, array_of(making, word[0]),
				     array_of(making, word[1]), array_of(making, word[2]),
				     (int32_t)word[3]);
		return true;
	case DO_SCATTER:
		ipu_make_put_rows(&making->ops, array_of(making, word[0]),
				  array_of(making, word[1]), array_of(making, word[2]));
		return true;
	case DO_GATHER:
		ipu_make_take_along(&making->ops, array_of(making, word[0]),
				    array_of(making, word[1]), array_of(making, word[2]), word[3]);
		return true;
	case DO_PLACE:
		ipu_make_place(&making->ops, array_of(making, word[0]), array_of(making, word[1]),
			       word[2], word[3]);
		return true;
	case DO_SORT:
		ipu_make_sort(&making->ops, array_of(making, word[0]),
			      word[1] == NO_ARRAY ? NULL : array_of(making, word[1]),
			      array_of(making, word[2]), word[3]);
		return true;
	default:
		return false;
	}
}
