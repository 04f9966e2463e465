// SPDX-License-Identifier: MIT
/*
 * Fetches by boxes. What a tile needs of a transposed array are elements that do not follow each
 * other in the view; but its neighbours in the array are needed, too, for the next rows. So the
 * smallest box of indices that has them all is received in the order of the array, in runs, and
 * workers pick the elements out of it.
 */
#include <riscv_vector.h>

#include "fetch.h"

static uint32_t per_word(const struct ipu_fetch *fetch)
{
	return 4 / ipu_dtype_bytes(fetch->array.dtype);
}

/* The dimension with stride 1; the number of dimensions if a box cannot be. */
static uint32_t find_inner(const struct ipu_fetch *fetch)
{
	const struct ipu_view *view = &fetch->view;
	uint32_t inner = view->ndim;

	for (uint32_t d = 0; d < view->ndim; d++) {
		if (view->stride[d] <= 0)
			return view->ndim;
		if (view->stride[d] == 1)
			inner = d;
		else if ((uint32_t)view->stride[d] % per_word(fetch))
			return view->ndim;
	}
	return inner + 1 == view->ndim ? view->ndim : inner;
}

/* Dimensions outside of the first one in which the two ends differ have one index; inside, all. */
static void find_extent(const struct ipu_fetch *fetch, struct fetch_box *box)
{
	const struct ipu_view *view = &fetch->view;
	uint32_t first = fetch->begin, last = fetch->end - 1, inside = 1;
	bool apart = false;

	for (uint32_t d = 1; d < view->ndim; d++)
		inside *= view->shape[d];
	for (uint32_t d = 0; d < view->ndim; d++) {
		const uint32_t low = first / inside, high = last / inside;

		box->low[d] = apart ? 0 : low;
		box->count[d] = apart ? view->shape[d] : high - low + 1;
		apart = apart || low != high;
		first %= inside;
		last %= inside;
		if (d + 1 < view->ndim)
			inside /= view->shape[d + 1];
	}
}

/* The next dimension outwards in the array, from stride @inside on; ndim behind the last one. */
static uint32_t next_outwards(const struct ipu_view *view, int32_t inside)
{
	uint32_t found = view->ndim;

	for (uint32_t d = 0; d < view->ndim; d++)
		if (view->stride[d] > inside &&
		    (found == view->ndim || view->stride[d] < view->stride[found]))
			found = d;
	return found;
}

uint32_t fetch_box_find(const struct ipu_fetch *fetch, struct fetch_box *box)
{
	const struct ipu_view *view = &fetch->view;
	const uint32_t unit = per_word(fetch), count = fetch->end - fetch->begin;
	uint64_t runs = 1;
	uint32_t from = view->offset, step;

	box->inner = find_inner(fetch);
	if (box->inner == view->ndim || !count)
		return 0;
	find_extent(fetch, box);
	for (uint32_t d = 0; d < view->ndim; d++) {
		from += box->low[d] * (uint32_t)view->stride[d];
		runs *= d == box->inner ? 1 : box->count[d];
		/* Two dimensions with the same stride are in no order. */
		for (uint32_t other = 0; other < d; other++)
			if (view->stride[other] == view->stride[d])
				return 0;
	}
	box->shift = from % unit;
	box->pitch = (box->shift + box->count[box->inner] + unit - 1) / unit;
	/* A transfer and its place in the table are worth a few words that nobody needs. */
	if (runs * 2 > count || runs * box->pitch > 5 * (uint64_t)count)
		return 0;
	step = box->pitch * unit;
	box->step[box->inner] = 1;
	for (uint32_t d = next_outwards(view, 1); d < view->ndim;
	     d = next_outwards(view, view->stride[d])) {
		box->step[d] = step;
		step *= box->count[d];
	}
	return (uint32_t)runs * box->pitch;
}

void fetch_box_pull(struct ipu_ops *ops, const struct ipu_fetch *fetch)
{
	const struct ipu_view *view = &fetch->view;
	const struct fetch_box *box = fetch->box;
	uint32_t index[IPU_ARRAY_DIMS] = { 0 }, *to = fetch->stage, d;

	do {
		uint32_t from = view->offset;

		for (d = 0; d < view->ndim; d++)
			from += (box->low[d] + index[d]) * (uint32_t)view->stride[d];
		ipu_pull_range(ops, &fetch->array, from - box->shift,
			       box->count[box->inner] + box->shift, to);
		to += box->pitch;
		/* Count up, the dimension that is innermost in the array first. */
		d = next_outwards(view, 1);
		while (d < view->ndim && ++index[d] == box->count[d]) {
			index[d] = 0;
			d = next_outwards(view, view->stride[d]);
		}
	} while (d < view->ndim);
}

#define GATHER(bits, type)                                                               \
	for (uint32_t vl; count; count -= vl, number += vl, at += vl * step) {           \
		vl = (uint32_t)__riscv_vsetvl_e##bits##m8(count);                        \
		__riscv_vse##bits((type *)(void *)fetch->to + number,                    \
				  __riscv_vlse##bits##_v_u##bits##m8(                    \
					  (const type *)(const void *)fetch->stage + at, \
					  (ptrdiff_t)(step * sizeof(type)), vl),         \
				  vl);                                                   \
	}

void fetch_box_place(const struct ipu_fetch *fetch, uint32_t number, uint32_t count)
{
	const struct ipu_view *view = &fetch->view;
	const struct fetch_box *box = fetch->box;
	const uint32_t step = box->step[view->ndim - 1];
	uint32_t left = fetch->begin + number, at = box->shift;

	for (uint32_t d = view->ndim; d-- > 0;) {
		at += (left % view->shape[d] - box->low[d]) * box->step[d];
		left /= view->shape[d];
	}
	switch (ipu_dtype_bytes(fetch->array.dtype)) {
	case 4:
		GATHER(32, uint32_t)
		break;
	case 2:
		GATHER(16, uint16_t)
		break;
	default:
		GATHER(8, uint8_t)
	}
}
