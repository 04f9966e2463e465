// SPDX-License-Identifier: MIT
/* Notes of the time, between operations. */
#include "make.h"

static void note_time(void *to)
{
	*(uint32_t *)to = (uint32_t)ipu_cycles();
}

bool make_note(struct making *making, uint32_t code, const uint32_t *word)
{
	const struct ipu_array *to;

	if (code != DO_NOTE)
		return false;
	to = array_of(making, word[0]);
	ipu_assert(!to->chunk && to->dtype == IPU_U32 && word[1] < to->count);
	ipu_add_work(&making->ops, NULL, (uint32_t *)to->data + word[1])->prepare = note_time;
	return true;
}
