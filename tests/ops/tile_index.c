// SPDX-License-Identifier: MIT
/* Operations that find elements by indices, and put them in order. */
#include "ops-tile.h"

bool do_index(uint32_t code, const uint32_t *word)
{
	switch (code) {
	case DO_EMBEDDING:
		ipu_make_embedding(&ops, array(word[0]), array(word[1]), array(word[2]));
		return true;
	case DO_SCATTER_ADD:
		ipu_make_scatter_add(&ops, array(word[0]), array(word[1]), array(word[2]),
				     (int32_t)word[3]);
		return true;
	case DO_GATHER:
		ipu_make_take_along(&ops, array(word[0]), array(word[1]), array(word[2]), word[3]);
		return true;
	case DO_PLACE:
		ipu_make_place(&ops, array(word[0]), array(word[1]), word[2], word[3]);
		return true;
	case DO_SORT:
		ipu_make_sort(&ops, array(word[0]), word[1] == NO_ARRAY ? NULL : array(word[1]),
			      array(word[2]), word[3]);
		return true;
	default:
		return false;
	}
}
