/* SPDX-License-Identifier: MIT */
/* Putting an array into part of another one, <ipu/op_index.h>. */
#include <string.h>

#include <ipu/step.h>

/**
 * struct place - what this tile has of the part
 * @outer: how often there is a run of elements that follow each other
 * @pitch: elements of the whole from one to the next
 * @offset: from the whole's start to the first one
 * @length: elements of a run
 * @begin: the first element that the tile has, counted in the whole
 * @end: one past the last
 * @bytes: of an element
 * @to: the tile's elements
 * @stage: where each run is pulled to, or NULL if they can be pulled to where they go
 * @words: from one of these to the next
 */
struct place {
	uint32_t outer;
	uint32_t pitch;
	uint32_t offset;
	uint32_t length;
	uint32_t begin;
	uint32_t end;
	uint32_t bytes;
	char *to;
	uint32_t *stage;
	uint32_t words;
};

/* The part of run @number that the tile has, counted in the run; it may be empty. */
static struct ipu_range part_of(const struct place *place, uint32_t number)
{
	const uint32_t first = place->offset + number * place->pitch;
	const uint32_t last = first + place->length;
	const uint32_t begin = first > place->begin ? first : place->begin;
	const uint32_t end = last < place->end ? last : place->end;

	if (begin >= end)
		return (struct ipu_range){ 0, 0 };
	return (struct ipu_range){ begin - first, end - first };
}

/* The runs that the tile may have parts of. */
static struct ipu_range runs_of(const struct place *place)
{
	const uint32_t begin = place->begin / place->pitch;
	const uint32_t end = (place->end + place->pitch - 1) / place->pitch;

	return (struct ipu_range){ begin, end < place->outer ? end : place->outer };
}

static char *home(const struct place *place, uint32_t number, uint32_t at)
{
	return place->to +
	       (place->offset + number * place->pitch + at - place->begin) * place->bytes;
}

static void put_runs(void *args)
{
	const struct place *place = args;
	const struct ipu_range runs = runs_of(place);
	const uint32_t unit = 4 / place->bytes;

	for (uint32_t i = runs.begin; i < runs.end; i++) {
		const struct ipu_range part = part_of(place, i);
		const struct ipu_range own = ipu_worker_range((part.end - part.begin + 3) / 4);
		const uint32_t count = part.end - part.begin;
		const uint32_t end = own.end * 4 < count ? own.end * 4 : count;
		const char *from = (const char *)(place->stage + (i - runs.begin) * place->words);

		if (own.begin * 4 >= end)
			continue;
		from += ((i * place->length + part.begin) % unit + own.begin * 4) * place->bytes;
		memcpy(home(place, i, part.begin + own.begin * 4), from,
		       (end - own.begin * 4) * place->bytes);
	}
}

static void pull_runs(struct ipu_ops *ops, const struct place *place, const struct ipu_array *from)
{
	const struct ipu_range runs = runs_of(place);
	const uint32_t unit = 4 / place->bytes;

	for (uint32_t i = runs.begin; i < runs.end; i++) {
		const struct ipu_range part = part_of(place, i);
		const uint32_t at = i * place->length + part.begin, shift = at % unit;

		if (part.begin == part.end)
			continue;
		if (place->stage)
			ipu_pull_range(ops, from, at - shift, part.end - part.begin + shift,
				       place->stage + (i - runs.begin) * place->words);
		else
			ipu_pull_range(ops, from, at, part.end - part.begin,
				       home(place, i, part.begin));
	}
}

static bool is_slice(const struct ipu_array *to, const struct ipu_array *from, uint32_t dim,
		     uint32_t offset)
{
	if (to->ndim != from->ndim || dim >= to->ndim || to->dtype != from->dtype ||
	    offset > to->shape[dim] || from->shape[dim] > to->shape[dim] - offset)
		return false;
	for (uint32_t d = 0; d < to->ndim; d++)
		if (d != dim && to->shape[d] != from->shape[d])
			return false;
	return true;
}

void ipu_make_place(struct ipu_ops *ops, const struct ipu_array *to, const struct ipu_array *from,
		    uint32_t dim, uint32_t offset)
{
	const struct ipu_range own = ipu_array_own(to);
	const uint32_t unit = 4 / ipu_dtype_bytes(to->dtype);
	uint32_t inner = 1, outer = 1, rows, part;
	struct place *place;

	ipu_ops_begin(ops, "place");
	if (!is_slice(to, from, dim, offset))
		ipu_ops_refuse(ops,
			       "what is placed does not fit into dimension %lu of the result from "
			       "%lu on, or is of another type",
			       (unsigned long)dim, (unsigned long)offset);
	if (!from->count)
		return;
	for (uint32_t d = 0; d < to->ndim; d++)
		*(d < dim ? &outer : &inner) *= d == dim ? 1 : to->shape[d];
	place = ipu_ops_keep(ops, sizeof(*place));
	*place = (struct place){
		.outer = outer,
		.pitch = to->shape[dim] * inner,
		.offset = offset * inner,
		.length = from->shape[dim] * inner,
		.begin = own.begin,
		.end = own.end,
		.bytes = 4 / unit,
		.to = to->data,
	};
	if (place->pitch % unit || place->offset % unit || place->length % unit) {
		/* As much on every tile. */
		part = to->chunk && to->chunk < place->length ? to->chunk : place->length;
		rows = (to->chunk ? to->chunk : to->count) / place->pitch + 2;
		place->words = (part + 2 * unit - 2) / unit;
		place->stage = ipu_ops_scratch(ops, rows * place->words * 4);
	}
	ipu_add_exchange(ops);
	pull_runs(ops, place, from);
	if (place->stage && own.end > own.begin)
		ipu_add_work(ops, put_runs, place);
}
