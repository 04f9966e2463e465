/* SPDX-License-Identifier: MIT */
/* Boxes: see box.h. */
#include <string.h>

#include "box.h"
#include "floats.h"

#define SHARE 16 /* elements that are not divided among workers */

/* Make one run of several that follow each other on both sides. */
static void merge(struct box *box)
{
	for (int d = 2; d >= 0; d--) {
		if (box->n[d] > 1 &&
		    (box->from_step[d] != box->count || box->to_step[d] != box->count))
			return;
		box->count *= box->n[d];
		box->n[d] = 1;
	}
}

/* Are all runs whole words, at words? */
static bool is_direct(const struct box *box)
{
	const uint32_t bytes = ipu_dtype_bytes(box->array.dtype);
	uint32_t bits = box->from * bytes | box->count * bytes | (uint32_t)box->to;

	for (uint32_t d = 0; d < 3; d++)
		if (box->n[d] > 1)
			bits |= (box->from_step[d] | box->to_step[d]) * bytes;
	return box->array.dtype != IPU_BF16 && bits % 4 == 0;
}

void box_init(struct ipu_ops *ops, struct box *box)
{
	const uint32_t unit = 4 / ipu_dtype_bytes(box->array.dtype);

	box->stage = NULL;
	if (!box->count || !box->n[0] || !box->n[1] || !box->n[2]) {
		box->n[0] = 0;
		return;
	}
	merge(box);
	if (is_direct(box))
		return;
	/* The first element may be the last one of a word. */
	box->pitch = (box->count + 2 * unit - 2) / unit;
	box->stage = ipu_ops_scratch(ops, box->n[0] * box->n[1] * box->n[2] * box->pitch * 4);
}

/* The number in the array of the first element of run @run, and in the buffer. */
static uint32_t run_from(const struct box *box, uint32_t run, uint32_t *to)
{
	const uint32_t c = run % box->n[2], b = run / box->n[2] % box->n[1];
	const uint32_t a = run / box->n[2] / box->n[1];

	*to = a * box->to_step[0] + b * box->to_step[1] + c * box->to_step[2];
	return box->from + a * box->from_step[0] + b * box->from_step[1] + c * box->from_step[2];
}

void box_pull(struct ipu_ops *ops, const struct box *box)
{
	const uint32_t bytes = ipu_dtype_bytes(box->array.dtype), unit = 4 / bytes;
	const uint32_t runs = box->n[0] * box->n[1] * box->n[2];

	for (uint32_t run = 0; run < runs; run++) {
		uint32_t to, from = run_from(box, run, &to), shift = from % unit;

		if (box->stage)
			ipu_pull_range(ops, &box->array, from - shift, box->count + shift,
				       box->stage + run * box->pitch);
		else
			ipu_pull_range(ops, &box->array, from, box->count,
				       (char *)box->to + to * bytes);
	}
}

static void widen(float *to, const void *from, uint32_t count)
{
	for (uint32_t at = 0, vl; at < count; at += vl) {
		vl = (uint32_t)__riscv_vsetvl_e32m4(count - at);
		store_f32(to, at, load_bf16(from, at, vl), vl);
	}
}

void box_place(const struct box *box)
{
	const uint32_t unit = 4 / ipu_dtype_bytes(box->array.dtype);
	const uint32_t runs = box->n[0] * box->n[1] * box->n[2];
	/* Runs are shared, or if there are few, the elements of each. */
	const struct ipu_range share =
		runs < 2 * IPU_WORKERS ? (struct ipu_range){ 0, runs } : ipu_worker_range(runs);
	struct ipu_range part = { 0, box->count };

	if (runs < 2 * IPU_WORKERS) {
		part = ipu_worker_range((box->count + SHARE - 1) / SHARE);
		part.begin *= SHARE;
		part.end = part.end * SHARE < box->count ? part.end * SHARE : box->count;
	}
	if (part.begin >= part.end)
		return;
	for (uint32_t run = share.begin; run < share.end; run++) {
		uint32_t to, from = run_from(box, run, &to);
		const char *stage = (const char *)(box->stage + run * box->pitch);

		stage += (from % unit + part.begin) * 4 / unit;
		to += part.begin;
		if (box->array.dtype == IPU_BF16)
			widen((float *)box->to + to, stage, part.end - part.begin);
		else
			memcpy((char *)box->to + to * 4 / unit, stage,
			       (part.end - part.begin) * 4 / unit);
	}
}
