/* SPDX-License-Identifier: MIT */
/*
 * Getting elements of a view of an array, <ipu/step.h>: which runs of elements they are, how
 * these are pulled, and how they are put in place.
 *
 * A run is what follows in the last dimension of the view. Where all runs are whole words that
 * lie as they are wanted, they are pulled to where they go. Otherwise each is pulled to words of its own, and
 * workers then put the elements in place; a run like the one before it, as broadcasting makes them, is not
 * pulled again. Where the elements of runs do not follow each other in the array, but those of other runs do
 * that are needed as well, they are pulled as a box (fetch_box.c). And where elements
 * are a few apart, all that is between them is pulled at once.
 */
#include <string.h>

#include "fetch.h"

/**
 * struct run - elements of the view that follow each other
 * @at: the first one's number in what is fetched
 * @from: its number in the array
 * @count: how many
 * @words: where it is staged, and ends
 */
struct run {
	uint32_t at;
	uint32_t from;
	uint32_t count;
	struct ipu_range words;
};

/* ---- Views ------------------------------------------------------------------------ */

struct ipu_view ipu_view_whole(const struct ipu_array *array)
{
	return (struct ipu_view){ .ndim = 1, .shape = { array->count }, .stride = { 1 } };
}

struct ipu_view ipu_view_broadcast(struct ipu_ops *ops, const struct ipu_array *array,
				   uint32_t ndim, const uint32_t *shape)
{
	struct ipu_view view = { .ndim = ndim };
	uint32_t stride = 1;

	if (array->ndim > ndim)
		ipu_ops_refuse(ops, "an operand has %lu dimensions, and the result only %lu",
			       (unsigned long)array->ndim, (unsigned long)ndim);
	for (uint32_t i = 0; i < ndim; i++) {
		const uint32_t d = ndim - 1 - i;
		const uint32_t own = i < array->ndim ? array->shape[array->ndim - 1 - i] : 1;

		if (own != 1 && own != shape[d])
			ipu_ops_refuse(ops,
				       "an operand has %lu elements in the dimension %lu from the "
				       "last, where the result has %lu",
				       (unsigned long)own, (unsigned long)i,
				       (unsigned long)shape[d]);
		view.shape[d] = shape[d];
		view.stride[d] = own == 1 ? 0 : (int32_t)stride;
		stride *= own;
	}
	return view;
}

/* Drop dimensions of 1, and make one of two that a single stride goes through. */
static struct ipu_view merged(const struct ipu_view *view)
{
	struct ipu_view result = { .offset = view->offset };
	uint32_t last;

	for (uint32_t i = 0; i < view->ndim; i++) {
		if (view->shape[i] == 1)
			continue;
		last = result.ndim - 1;
		if (result.ndim &&
		    result.stride[last] == view->stride[i] * (int32_t)view->shape[i]) {
			result.shape[last] *= view->shape[i];
			result.stride[last] = view->stride[i];
			continue;
		}
		result.shape[result.ndim] = view->shape[i];
		result.stride[result.ndim++] = view->stride[i];
	}
	if (!result.ndim) {
		result.shape[0] = 1;
		result.stride[0] = 1;
		result.ndim = 1;
	}
	return result;
}

static int32_t step_of(const struct ipu_fetch *fetch)
{
	return fetch->view.stride[fetch->view.ndim - 1];
}

/* ---- Runs ------------------------------------------------------------------------- */

/* Elements in a word of 4 bytes. */
static uint32_t per_word(const struct ipu_fetch *fetch)
{
	return 4 / ipu_dtype_bytes(fetch->array.dtype);
}

/* Words that hold a run when it is staged. */
static uint32_t stage_words(const struct ipu_fetch *fetch, const struct run *run)
{
	const uint32_t unit = per_word(fetch);

	switch (step_of(fetch)) {
	case 0:
		return 1;
	case 1:
		return (run->from % unit + run->count + unit - 1) / unit;
	default:
		return run->count;
	}
}

/* The run after @run, or the first one after one whose count is 0; false after the last. */
static bool next_run(const struct ipu_fetch *fetch, struct run *run)
{
	const struct ipu_view *view = &fetch->view;
	const struct run old = *run;
	uint32_t number = fetch->begin + old.at + old.count;
	uint32_t left = number, from = view->offset, row = view->shape[view->ndim - 1];

	if (number >= fetch->end)
		return false;
	for (uint32_t d = view->ndim; d-- > 0 && left;) {
		from += left % view->shape[d] * (uint32_t)view->stride[d];
		left /= view->shape[d];
	}
	run->at = number - fetch->begin;
	run->from = from;
	run->count = row - number % row;
	if (run->count > fetch->end - number)
		run->count = fetch->end - number;
	if (!old.count || run->from != old.from || run->count != old.count) {
		run->words.begin = old.words.end;
		run->words.end = run->words.begin + stage_words(fetch, run);
	}
	return true;
}

/* Can the run be pulled to where it goes? */
static bool is_direct(const struct ipu_fetch *fetch, const struct run *run)
{
	const uint32_t unit = per_word(fetch);
	const bool last = fetch->begin + run->at + run->count == fetch->end;

	if (unit == 1)
		return step_of(fetch) != 0 || run->count == 1;
	return step_of(fetch) == 1 && run->from % unit == 0 && run->at % unit == 0 &&
	       (last || run->count % unit == 0);
}

/* Whether a dimension other than the last is repeated. */
static bool repeats(const struct ipu_view *view)
{
	for (uint32_t i = 0; i + 1 < view->ndim; i++)
		if (!view->stride[i])
			return true;
	return false;
}

static bool find_box(struct ipu_ops *ops, struct ipu_fetch *fetch)
{
	struct fetch_box box;
	const uint32_t words = fetch_box_find(fetch, &box);

	if (!words || words * 4 > ipu_ops_scratch_left(ops) / 2)
		return false;
	fetch->stage = ipu_ops_scratch_own(ops, words * 4);
	fetch->box = ipu_ops_keep(ops, sizeof(box));
	*fetch->box = box;
	return true;
}

/* ---- Elements that are close together ----------------------------------------------- */

#define NEAR_BYTES (80 * 1024) /* at most */
#define PULL_WORDS 8 /* that take as long as another pull, and its place in the table */

/* The elements of the array that a fetch has the first and the last one of. */
static struct ipu_range span_of(const struct ipu_fetch *fetch, uint64_t *apart)
{
	const int32_t step = step_of(fetch);
	struct ipu_range span = { UINT32_MAX, 0 };
	struct run run = { 0 };

	*apart = 0;
	while (next_run(fetch, &run)) {
		const uint32_t last = run.from + (run.count - 1) * (uint32_t)step;
		const uint32_t low = step < 0 ? last : run.from, high = step < 0 ? run.from : last;

		span.begin = low < span.begin ? low : span.begin;
		span.end = high >= span.end ? high + 1 : span.end;
		*apart += step == 1 || !step ? 1 : run.count;
	}
	*apart = *apart * PULL_WORDS + run.words.end;
	return span;
}

/* Whether that is less than to pull each run, or each element, by itself; and fits. */
static bool is_near(struct ipu_ops *ops, struct ipu_fetch *fetch)
{
	const uint32_t unit = per_word(fetch);
	struct ipu_range span;
	uint64_t apart, words;

	span = span_of(fetch, &apart);
	if (span.begin >= span.end)
		return false;
	span.begin -= span.begin % unit;
	words = ((uint64_t)span.end - span.begin + unit - 1) / unit;
	if (words > apart || words * 4 > NEAR_BYTES ||
	    words * 4 + 64 > ipu_ops_scratch_left(ops) / 2)
		return false;
	fetch->near = span;
	fetch->stage = ipu_ops_scratch_own(ops, (uint32_t)words * 4);
	return true;
}

struct ipu_fetch *ipu_fetch_init(struct ipu_ops *ops, const struct ipu_array *array,
				 const struct ipu_view *view, uint32_t begin, uint32_t end,
				 void *to)
{
	struct ipu_fetch *fetch = ipu_ops_keep(ops, sizeof(*fetch));
	struct run run = { 0 };
	bool direct;

	*fetch = (struct ipu_fetch){
		.array = *array, .view = merged(view), .begin = begin, .end = end, .to = to
	};
	direct = !repeats(&fetch->view);
	while (next_run(fetch, &run))
		direct = direct && is_direct(fetch, &run);
	if (fetch->end > fetch->begin && find_box(ops, fetch))
		return fetch;
	if (step_of(fetch) != 0 && step_of(fetch) != 1 && is_near(ops, fetch))
		return fetch;
	if (!direct)
		fetch->stage = ipu_ops_scratch_own(ops, run.words.end * 4);
	return fetch;
}

/* ---- Pulling ---------------------------------------------------------------------- */

/* Elements that do not follow each other: a word for each. */
static void pull_apart(struct ipu_ops *ops, const struct ipu_fetch *fetch, const struct run *run,
		       uint32_t *to)
{
	const uint32_t unit = per_word(fetch), count = step_of(fetch) ? run->count : 1;

	for (uint32_t i = 0; i < count; i++) {
		const uint32_t from = run->from + i * (uint32_t)step_of(fetch);

		ipu_pull_range(ops, &fetch->array, from - from % unit, 1, to + i);
	}
}

void ipu_fetch_pull(struct ipu_ops *ops, struct ipu_fetch *fetch)
{
	const uint32_t unit = per_word(fetch), bytes = 4 / unit;
	struct run run = { 0 };
	uint32_t done = 0;

	if (fetch->box) {
		fetch_box_pull(ops, fetch);
		return;
	}
	if (fetch->near.end) {
		ipu_pull_range(ops, &fetch->array, fetch->near.begin,
			       fetch->near.end - fetch->near.begin, fetch->stage);
		return;
	}
	while (next_run(fetch, &run)) {
		const uint32_t shift = run.from % unit;
		void *to = fetch->stage ? (void *)(fetch->stage + run.words.begin) :
					  (void *)(fetch->to + run.at * bytes);

		/* Staged already. */
		if (fetch->stage && run.words.end == done)
			continue;
		done = run.words.end;
		if (step_of(fetch) == 1)
			ipu_pull_range(ops, &fetch->array, run.from - shift, run.count + shift, to);
		else
			pull_apart(ops, fetch, &run, to);
	}
}

/* ---- Putting in place ------------------------------------------------------------- */

#define SPREAD(type)                                                                          \
	do {                                                                                  \
		const type *from_ = (const type *)stage + run->from % unit;                   \
		const uint32_t step_ = (uint32_t)step;                                        \
		type *to_ = (type *)fetch->to + run->at;                                      \
                                                                                              \
		for (uint32_t i = begin; i < end && !step; i++)                               \
			to_[i] = *from_;                                                      \
		for (uint32_t i = begin; i < end && step; i++)                                \
			to_[i] = ((const type *)(stage + i))[(run->from + i * step_) % unit]; \
	} while (0)

#define PICK(type)                                                                                \
	do {                                                                                      \
		const type *from_ = (const type *)fetch->stage + (run->from - fetch->near.begin); \
		type *to_ = (type *)fetch->to + run->at;                                          \
                                                                                                  \
		for (uint32_t i = begin; i < end; i++)                                            \
			to_[i] = from_[(int32_t)i * step];                                        \
	} while (0)

/* The same of all that is pulled at once. */
static void pick(const struct ipu_fetch *fetch, const struct run *run, uint32_t begin, uint32_t end)
{
	const uint32_t bytes = 4 / per_word(fetch);
	const int32_t step = step_of(fetch);

	if (bytes == 4)
		PICK(uint32_t);
	else if (bytes == 2)
		PICK(uint16_t);
	else
		PICK(uint8_t);
}

/* Elements @begin to @end of a run, counted in the run. */
static void place(const struct ipu_fetch *fetch, const struct run *run, uint32_t begin,
		  uint32_t end)
{
	const uint32_t unit = per_word(fetch), bytes = 4 / unit;
	const uint32_t *stage = fetch->stage + run->words.begin;
	const int32_t step = step_of(fetch);

	if (step == 1)
		memcpy(fetch->to + (run->at + begin) * bytes,
		       (const char *)stage + (run->from % unit + begin) * bytes,
		       (end - begin) * bytes);
	else if (bytes == 4)
		SPREAD(uint32_t);
	else if (bytes == 2)
		SPREAD(uint16_t);
	else
		SPREAD(uint8_t);
}

/* Go on to what the worker puts in place, where each run is like the one before it. */
static void skip_runs(const struct ipu_fetch *fetch, struct run *run, uint32_t begin)
{
	const uint32_t row = fetch->view.shape[fetch->view.ndim - 1];

	if (fetch->view.ndim == 2 && !fetch->view.stride[0] && run->count == row &&
	    run->at + row < begin)
		run->at += (begin - run->at - row) / row * row;
}

/* Workers share what is fetched, in words of the result. */
static void place_share(void *args)
{
	const struct ipu_fetch *fetch = args;
	const uint32_t count = fetch->end - fetch->begin;
	struct ipu_range share = ipu_worker_range((count + 3) / 4);
	struct run run = { 0 };

	share.begin *= 4;
	share.end = share.end * 4 < count ? share.end * 4 : count;
	while (run.at + run.count < share.end && next_run(fetch, &run)) {
		const uint32_t begin = share.begin > run.at ? share.begin : run.at;
		const uint32_t end =
			share.end < run.at + run.count ? share.end : run.at + run.count;

		if (begin < end && fetch->box)
			fetch_box_place(fetch, begin, end - begin);
		else if (begin < end && fetch->near.end)
			pick(fetch, &run, begin - run.at, end - run.at);
		else if (begin < end)
			place(fetch, &run, begin - run.at, end - run.at);
		else
			skip_runs(fetch, &run, share.begin);
	}
}

void ipu_fetch_finish(struct ipu_ops *ops, struct ipu_fetch *fetch)
{
	if (fetch->stage && fetch->end > fetch->begin)
		ipu_add_work(ops, place_share, fetch);
}

/* ---- Operands --------------------------------------------------------------------- */

static bool lies_alike(const struct ipu_array *a, const struct ipu_array *b)
{
	if (a->ndim != b->ndim || memcmp(a->shape, b->shape, a->ndim * sizeof(a->shape[0])))
		return false;
	return !a->chunk || a->chunk == b->chunk;
}

const void *ipu_operand(struct ipu_ops *ops, const struct ipu_array *array,
			const struct ipu_array *like)
{
	const uint32_t bytes = ipu_dtype_bytes(array->dtype);
	const struct ipu_range own = ipu_array_own(like);
	struct ipu_fetch *fetch;
	struct ipu_view view;
	void *to;

	if (lies_alike(array, like))
		return (const char *)array->data + (array->chunk ? 0 : own.begin * bytes);
	view = ipu_view_broadcast(ops, array, like->ndim, like->shape);
	to = ipu_ops_scratch(ops, (like->chunk ? like->chunk : like->count) * bytes);
	fetch = ipu_fetch_init(ops, array, &view, own.begin, own.end, to);
	ipu_add_exchange(ops);
	ipu_fetch_pull(ops, fetch);
	ipu_fetch_finish(ops, fetch);
	return to;
}

void ipu_operand_numbers(struct ipu_ops *ops, uint32_t count, const struct ipu_array *const *array,
			 const void **data)
{
	uint32_t *to = ipu_ops_scratch(ops, count * 4);
	bool here = true;

	for (uint32_t i = 0; i < count; i++)
		here = here && !array[i]->chunk;
	if (!here)
		ipu_add_exchange(ops);
	for (uint32_t i = 0; i < count; i++) {
		data[i] = here ? array[i]->data : &to[i];
		if (!here)
			ipu_pull_range(ops, array[i], 0, 1, &to[i]);
	}
}
