/* SPDX-License-Identifier: MIT */
/*
 * Reductions, <ipu/op_reduce.h>: what tiles reduce by themselves, and how that is combined.
 *
 * The array is [outer, n, inner], and its result [outer, inner]. A tile's first level makes
 * words: for each outer that the tile has a part of, inner of them. The words of a result are then at several tiles, one
 * after the other. If inner is more than a tile has, the words are the elements, one by one.
 */
#include <math.h>
#include <string.h>

#include "floats.h"
#include "level.h"
#include "reduce.h"

/* Dimensions, as few as can be. */
struct extent {
	uint32_t outer;
	uint32_t n;
	uint32_t inner;
};

/**
 * struct source - where the words of results are
 * @extent: of what was reduced
 * @apart: the words are an array of that extent, with nothing reduced
 * @words: the array; otherwise, where each tile has words, and its chunk is what was reduced
 * @numbers: words from a word to its number; 0 if there are none
 */
struct source {
	struct extent extent;
	bool apart;
	struct ipu_array words;
	uint32_t numbers;
};

/**
 * struct finish - what becomes of words in the end
 * @from: the words
 * @to: elements
 * @count: how many
 * @element: enum element of them
 * @ordered: words are floats in the order of whole numbers
 * @negated: that are the negative
 * @root: of which the square root is taken
 * @divisor: that floats are divided by
 * @scale: that they are multiplied with, by reduce_parts()
 * @test: of ANY and ALL
 */
struct finish {
	const uint32_t *from;
	void *to;
	uint32_t count;
	enum element element;
	bool ordered;
	bool negated;
	bool root;
	float divisor;
	float scale;
	enum test test;
};

static uint32_t divide_up(uint32_t n, uint32_t by)
{
	return n / by + (n % by != 0);
}

static uint32_t chunk_of(const struct ipu_array *array)
{
	return array->chunk ? array->chunk : ipu_chunk_of(ipu_tile_count(), 1, &array->count);
}

/* ---- Words of other tiles --------------------------------------------------------- */

static uint32_t first_tile(const struct source *source, uint32_t outer)
{
	return outer * (source->extent.n * source->extent.inner) / source->words.chunk;
}

/* How many words there are for a result. */
static uint32_t words_of(const struct source *source, uint32_t outer)
{
	const uint32_t size = source->extent.n * source->extent.inner;

	if (source->apart)
		return source->extent.n;
	if (!size)
		return 0;
	return ((outer + 1) * size - 1) / source->words.chunk - first_tile(source, outer) + 1;
}

/* Pull the @k-th words of results that follow each other. */
static void pull_words(struct ipu_ops *ops, const struct source *source, uint32_t outer,
		       uint32_t inner, uint32_t count, uint32_t k, uint32_t *to)
{
	const struct extent *e = &source->extent;
	const uint32_t chunk = source->words.chunk;
	uint32_t tile, *from;

	if (source->apart) {
		ipu_pull_range(ops, &source->words, (outer * e->n + k) * e->inner + inner, count,
			       to);
		return;
	}
	tile = first_tile(source, outer) + k;
	from = source->words.data;
	from += (outer - tile * chunk / (e->n * e->inner)) * e->inner + inner;
	ipu_pull_add(ops, tile, from, to, count * 4);
}

/* Results @begin to @end, from part @part of @parts of their words. */
struct want {
	uint32_t begin;
	uint32_t end;
	uint32_t part;
	uint32_t parts;
};

/* Some of them that are of one outer, and follow each other. */
struct piece {
	uint32_t outer;
	uint32_t inner;
	uint32_t count;
	uint32_t first; /* of the words */
	uint32_t n;
};

static struct piece piece_at(const struct source *source, const struct want *want, uint32_t at)
{
	const uint32_t inner = source->extent.inner;
	struct piece piece = { .outer = at / inner, .inner = at % inner };
	const uint32_t n = words_of(source, piece.outer);

	piece.count = inner - piece.inner;
	if (piece.count > want->end - at)
		piece.count = want->end - at;
	piece.first = n * want->part / want->parts;
	piece.n = n * (want->part + 1) / want->parts - piece.first;
	return piece;
}

/* Add all pulls of one kind: the words, or their numbers. */
static uint32_t *pull_all(struct ipu_ops *ops, const struct source *source, const struct want *want,
			  uint32_t *to)
{
	struct piece piece;

	for (uint32_t at = want->begin; at < want->end; at += piece.count) {
		piece = piece_at(source, want, at);
		for (uint32_t k = 0; k < piece.n; k++, to += piece.count)
			pull_words(ops, source, piece.outer, piece.inner, piece.count,
				   piece.first + k, to);
	}
	return to;
}

/* Bring words of other tiles here and reduce them. */
static void combine(struct ipu_ops *ops, const struct source *source, struct how how,
		    struct want want, uint32_t *to, uint32_t places)
{
	struct level *level = level_new(ops, how, NULL, to, places);
	struct source numbers = *source;
	uint32_t words = 0, *room;
	struct piece piece;

	for (uint32_t at = want.begin; at < want.end; at += piece.count) {
		piece = piece_at(source, &want, at);
		level_add(ops, level,
			  (struct item){ .at = words,
					 .n = piece.n,
					 .pitch = piece.count,
					 .w = piece.count,
					 .step = 1,
					 .to = at - want.begin,
					 .base = piece.first,
					 .times = 1 });
		words += piece.n * piece.count;
	}
	room = ipu_ops_scratch_own(ops, words * 4 * (how.find && source->numbers ? 2 : 1));
	level->from = room;
	level->numbers = source->numbers ? words : 0;
	ipu_add_exchange(ops);
	room = pull_all(ops, source, &want, room);
	numbers.words.data = (uint32_t *)numbers.words.data + source->numbers;
	if (how.find && source->numbers)
		pull_all(ops, &numbers, &want, room);
	level_finish(ops, level, want.end - want.begin);
}

/* ---- One or two exchanges --------------------------------------------------------- */

/* How many parts the words of a result are first reduced in, on tiles of their own. */
static uint32_t parts_of(const struct source *source, uint32_t results, uint32_t own)
{
	const struct extent *e = &source->extent;
	const uint32_t tiles = ipu_tile_count();
	const uint32_t n =
		source->apart ? e->n : divide_up(e->n * e->inner, source->words.chunk) + 1;
	uint32_t best = 1, least = n * own;

	for (uint32_t parts = 2; parts <= n && parts <= tiles; parts += 1 + parts / 8) {
		const uint32_t slices = tiles / parts, width = divide_up(results, slices);
		const uint32_t cost = width * divide_up(n, parts) + parts * own + 400;

		if (cost < least) {
			least = cost;
			best = parts;
		}
	}
	return best;
}

/* Reduce parts of the words, so that they are few for each result: a new source. */
static struct source halfway(struct ipu_ops *ops, const struct source *source, struct how how,
			     uint32_t results, uint32_t parts)
{
	const uint32_t slices = ipu_tile_count() / parts, width = divide_up(results, slices);
	const uint32_t used = divide_up(results, width), tile = ipu_tile_id();
	struct want want = { .part = tile / used, .parts = parts };
	struct source half = {
		.extent = { 1, parts, used * width },
		.apart = true,
		.numbers = how.find ? width : 0,
		.words = { .dtype = IPU_U32, .chunk = width, .count = parts * used * width },
	};

	if (tile < parts * used) {
		want.begin = tile % used * width;
		want.end = want.begin + width < results ? want.begin + width : results;
	}
	half.words.data = ipu_ops_scratch(ops, width * 4 * (how.find ? 2 : 1));
	combine(ops, source, how, want, half.words.data, half.numbers);
	return half;
}

/* Results @own from the words of all tiles. */
static void gather(struct ipu_ops *ops, const struct source *source, struct how how,
		   uint32_t results, uint32_t chunk, struct ipu_range own, uint32_t *to)
{
	const uint32_t parts = parts_of(source, results, chunk);
	struct source half;

	if (parts > 1) {
		half = halfway(ops, source, how, results, parts);
		source = &half;
	}
	combine(ops, source, how, (struct want){ own.begin, own.end, 0, 1 }, to,
		own.end - own.begin);
}

/* ---- The first level -------------------------------------------------------------- */

/* What a tile has of one outer, from element @low to @high of it: columns that have as many rows. */
static void add_pieces(struct ipu_ops *ops, struct level *level, const struct extent *e,
		       uint32_t low, uint32_t high, struct item item)
{
	const uint32_t i0 = low % e->inner, i1 = high % e->inner;
	const uint32_t edge[] = { 0, i0 < i1 ? i0 : i1, i0 < i1 ? i1 : i0, e->inner };
	const uint32_t at = item.at, to = item.to;

	for (uint32_t p = 0; p < 3; p++) {
		const uint32_t c = edge[p], first = low / e->inner + (c < i0);
		const uint32_t end = high / e->inner + (c < i1);

		if (c == edge[p + 1])
			continue;
		item.n = end > first ? end - first : 0;
		item.w = edge[p + 1] - c;
		item.at = at + first * e->inner + c;
		item.to = to + c;
		item.base = first;
		level_add(ops, level, item);
	}
}

/* Outers that this tile has all of. */
static void add_whole(struct ipu_ops *ops, struct level *level, const struct extent *e,
		      uint32_t count, struct item item)
{
	item.n = e->n;
	item.w = e->inner;
	item.times = count;
	if (e->inner == 1 && e->n < 32) {
		item.w = count;
		item.step = e->n;
		item.pitch = 1;
		item.times = 1;
	}
	level_add(ops, level, item);
}

/* Elements @own of the array, of which element @skip is the first in @level's memory: words used. */
static uint32_t add_items(struct ipu_ops *ops, struct level *level, const struct extent *e,
			  struct ipu_range own)
{
	const uint32_t size = e->n * e->inner, first = own.begin / size;
	uint32_t outer = first;

	while (outer * size < own.end) {
		const uint32_t start = outer * size;
		const uint32_t low = own.begin > start ? own.begin - start : 0;
		const uint32_t high = own.end - start < size ? own.end - start : size;
		const uint32_t whole = low ? 0 : (own.end - start) / size;
		const struct item item = { .at = start - own.begin,
					   .pitch = e->inner,
					   .step = 1,
					   .to = (outer - first) * e->inner,
					   .times = 1 };

		if (whole)
			add_whole(ops, level, e, whole, item);
		else
			add_pieces(ops, level, e, low, high, item);
		outer += whole ? whole : 1;
	}
	return (outer - first) * e->inner;
}

/* Reduce what each tile has by itself. */
static struct source first_level(struct ipu_ops *ops, const struct ipu_array *from, struct extent e,
				 struct how how)
{
	const uint32_t chunk = chunk_of(from), size = e.n * e.inner;
	struct source source = { .extent = e, .apart = e.inner > chunk };
	struct ipu_array like = *from;
	uint32_t words = chunk;
	struct ipu_range own;
	struct level *level;
	const char *data;

	like.chunk = chunk;
	own = ipu_array_own(&like);
	data = (const char *)from->data +
	       (from->chunk ? 0 : own.begin * ipu_dtype_bytes(from->dtype));
	if (source.apart)
		how.find = false;
	else
		words = (chunk / size + 2 < e.outer ? chunk / size + 2 : e.outer) * e.inner;
	source.numbers = how.find ? words : 0;
	source.words = like;
	source.words.dtype = IPU_U32;
	source.words.data = ipu_ops_scratch(ops, words * 4 * (how.find ? 2 : 1));
	level = level_new(ops, how, data, source.words.data, words);
	words = own.end - own.begin;
	if (words && source.apart)
		level_add(ops, level, (struct item){ .n = 1, .w = words, .step = 1, .times = 1 });
	else if (words)
		words = add_items(ops, level, &e, own);
	level_finish(ops, level, words);
	return source;
}

/* ---- The end ---------------------------------------------------------------------- */

static void store_float(enum element element, void *to, uint32_t at, vfloat32m4_t x, size_t vl)
{
	if (element == ELEMENT_F32)
		STORE(f32, to, at, x, vl);
	else if (element == ELEMENT_F16)
		STORE(f16, to, at, x, vl);
	else
		STORE(bf16, to, at, x, vl);
}

static vfloat32m4_t final_float(const struct finish *finish, vint32m4_t words, size_t vl)
{
	vfloat32m4_t x;

	if (finish->ordered)
		words = __riscv_vxor(words,
				     __riscv_vand(__riscv_vsra(words, 31, vl), 0x7fffffff, vl), vl);
	x = __riscv_vreinterpret_v_i32m4_f32m4(words);
	if (finish->negated)
		x = __riscv_vfneg(x, vl);
	if (finish->root)
		x = __riscv_vfsqrt(x, vl);
	if (finish->divisor != 1)
		x = __riscv_vfdiv(x, finish->divisor, vl);
	return finish->scale != 1 ? __riscv_vfmul(x, finish->scale, vl) : x;
}

static void finish_some(const struct finish *finish, uint32_t at, size_t vl)
{
	vint32m4_t words = __riscv_vle32_v_i32m4((const int32_t *)finish->from + at, vl);
	vbool8_t truth;

	if (finish->element <= ELEMENT_BF16) {
		store_float(finish->element, finish->to, at, final_float(finish, words, vl), vl);
		return;
	}
	if (finish->element == ELEMENT_I32) {
		if (finish->negated)
			words = __riscv_vnot(words, vl);
		__riscv_vse32((int32_t *)finish->to + at, words, vl);
		return;
	}
	truth = __riscv_vmsgt(words, 0, vl);
	if (finish->test == TEST_ZERO)
		truth = __riscv_vmnot(truth, vl);
	__riscv_vse8((uint8_t *)finish->to + at,
		     __riscv_vmerge(__riscv_vmv_v_x_u8m1(0, vl), 1, truth, vl), vl);
}

static void finish_share(void *args)
{
	const struct finish *finish = args;
	const struct ipu_range share = ipu_worker_range(finish->count);

	for (uint32_t at = share.begin, vl; at < share.end; at += vl) {
		vl = (uint32_t)__riscv_vsetvl_e32m4(share.end - at);
		finish_some(finish, at, vl);
	}
}

/* Whether words are what is wanted. */
static bool is_finished(const struct finish *finish)
{
	if (finish->element == ELEMENT_I32)
		return !finish->negated;
	return finish->element == ELEMENT_F32 && !finish->ordered && !finish->negated &&
	       !finish->root && finish->divisor == 1 && finish->scale == 1;
}

/* Gather words from tiles and make results of them. */
static void conclude(struct ipu_ops *ops, const struct source *source, struct how how,
		     const struct ipu_array *to, struct finish finish)
{
	const struct ipu_range own = ipu_array_own(to);
	const uint32_t count = own.end - own.begin;
	const struct extent *e = &source->extent;
	struct finish *kept = ipu_ops_keep(ops, sizeof(finish));
	uint32_t *words = source->words.data;

	finish.to = to->data;
	finish.count = count;
	if (source->apart || !to->chunk || source->words.chunk != e->n * to->chunk ||
	    to->chunk % e->inner) {
		words = is_finished(&finish) && !how.find ?
				finish.to :
				ipu_ops_scratch_own(ops, count * 4 * (how.find ? 2 : 1));
		gather(ops, source, how, to->count, to->chunk ? to->chunk : to->count, own, words);
		if (words == finish.to)
			return;
		finish.from = how.find ? words + count : words;
	} else {
		finish.from = how.find ? words + source->numbers : words;
	}
	*kept = finish;
	if (count)
		ipu_add_work(ops, finish_share, kept);
}

/* ---- What is asked for ------------------------------------------------------------ */

static const struct how sum_of_words = { .fold = FOLD_SUM, .element = ELEMENT_F32 };

static struct how how_of(enum ipu_reduce op, enum element element)
{
	const bool floats = element <= ELEMENT_BF16;
	struct how how = { .fold = FOLD_MAX, .element = element };

	switch (op) {
	case IPU_REDUCE_SUM_SQUARES:
	case IPU_REDUCE_NORM:
		how.square = true;
		how.fold = FOLD_SUM;
		break;
	case IPU_REDUCE_SUM:
	case IPU_REDUCE_MEAN:
		how.fold = floats ? FOLD_SUM : FOLD_ADD;
		break;
	case IPU_REDUCE_PRODUCT:
		how.fold = floats ? FOLD_PRODUCT : FOLD_MULTIPLY;
		break;
	case IPU_REDUCE_ANY:
		how.test = TEST_NONZERO;
		break;
	case IPU_REDUCE_ALL:
		how.test = TEST_ZERO;
		break;
	default:
		how.find = op == IPU_REDUCE_ARGMAX || op == IPU_REDUCE_ARGMIN;
		how.negate = op == IPU_REDUCE_MIN || op == IPU_REDUCE_ARGMIN;
	}
	return how;
}

/* The same, for words that have come of it. */
static struct how how_of_words(struct how how)
{
	how.element = how.fold <= FOLD_PRODUCT ? ELEMENT_F32 : ELEMENT_WORD;
	how.square = how.negate = false;
	how.test = TEST_NONE;
	return how;
}

static enum element element_of(const struct ipu_ops *ops, enum ipu_dtype dtype)
{
	if (dtype == IPU_I32)
		return ELEMENT_I32;
	return dtype == IPU_U8 ? ELEMENT_U8 : (enum element)float_index(ops, dtype);
}

/* Check types, and say what becomes of words. */
static struct finish finish_of(const struct ipu_ops *ops, enum ipu_reduce op, struct how how,
			       enum element to, uint32_t n)
{
	const bool floats = how.element <= ELEMENT_BF16;
	const enum element whole = how.test ? ELEMENT_U8 : ELEMENT_I32;
	const bool mean = op == IPU_REDUCE_MEAN;

	if (how.element == ELEMENT_U8 && !how.test)
		ipu_ops_refuse(ops, "it takes no u8: cast it to i32");
	if (!floats && (how.square || mean))
		ipu_ops_refuse(ops, "it takes floats: cast the array to f32");
	if (floats && !how.find && !how.test ? to > ELEMENT_BF16 : to != whole)
		ipu_ops_refuse(ops, "its result must be of %s",
			       how.test		   ? "u8" :
			       how.find || !floats ? "i32" :
						     "a float type");
	if (!n && how.fold == FOLD_MAX && !how.test)
		ipu_ops_refuse(ops, "there is no largest, or smallest, of no elements");
	return (struct finish){
		.element = to,
		.ordered = floats && how.fold == FOLD_MAX,
		.negated = how.negate && !how.find,
		.root = op == IPU_REDUCE_NORM,
		.divisor = mean ? (float)n : 1,
		.scale = 1,
		.test = how.test,
	};
}

/* Dimensions up to the last ones that are reduced and next to each other; these are 1 then. */
static struct extent last_extent(struct ipu_array *array, uint32_t *dims)
{
	struct extent e = { 1, 1, 1 };
	int d = (int)array->ndim - 1;

	for (; d >= 0 && !(*dims >> d & 1); d--)
		e.inner *= array->shape[d];
	/* A dimension of 1 does not part others. */
	for (; d >= 0 && ((*dims >> d & 1) || array->shape[d] == 1); d--) {
		e.n *= array->shape[d];
		array->shape[d] = 1;
		*dims &= ~(1u << d);
	}
	for (; d >= 0; d--)
		e.outer *= array->shape[d];
	return e;
}

static void check_shapes(struct ipu_ops *ops, const struct ipu_array *to,
			 const struct ipu_array *from, uint32_t dims)
{
	uint32_t kept = 1;

	for (uint32_t d = 0; d < from->ndim; d++)
		kept *= dims >> d & 1 ? 1 : from->shape[d];
	if (from->ndim < 32 && dims >> from->ndim)
		ipu_ops_refuse(ops, "it is to reduce dimensions 0x%lx, and there are only %lu",
			       (unsigned long)dims, (unsigned long)from->ndim);
	if (kept != to->count)
		ipu_ops_refuse(ops, "%lu elements are left, and the result has %lu",
			       (unsigned long)kept, (unsigned long)to->count);
}

/* Reduced dimensions, all of them. */
static uint32_t reduced(const struct ipu_array *from, uint32_t dims)
{
	uint32_t n = 1;

	for (uint32_t d = 0; d < from->ndim; d++)
		n *= dims >> d & 1 ? from->shape[d] : 1;
	return n;
}

/* Reduce the last dimensions only: an array of words, in scratch. */
static void reduce_last(struct ipu_ops *ops, struct ipu_array *array, struct extent e,
			struct how how)
{
	const uint32_t results = e.outer * e.inner,
		       chunk = ipu_chunk_of(ipu_tile_count(), 1, &results);
	struct ipu_array words = *array;
	struct source source;
	const uint32_t own = ops->memory->scratch_own;
	uint32_t used;

	words.dtype = IPU_F32;
	words.count = results;
	words.chunk = chunk;
	words.data = ipu_ops_scratch(ops, chunk * 4);
	used = ops->memory->scratch_used;
	source = first_level(ops, array, e, how);
	gather(ops, &source, how_of_words(how), results, chunk, ipu_array_own(&words), words.data);
	ops->memory->scratch_used = used;
	ops->memory->scratch_own = own;
	*array = words;
}

/* Nothing is reduced: results of what changes nothing. */
static void make_empty(struct ipu_ops *ops, const struct ipu_array *to, struct how how,
		       struct finish finish)
{
	const struct source nothing = {
		.extent = { 1, 0, to->count },
		.apart = true,
		.words = { .dtype = IPU_U32, .chunk = 4 },
	};

	conclude(ops, &nothing, how_of_words(how), to, finish);
}

static const char *const names[IPU_REDUCE_OPS] = { "sum", "mean",	    "product", "max",
						   "min", "argmax",	    "argmin",  "any",
						   "all", "sum of squares", "norm" };

void ipu_make_reduction(struct ipu_ops *ops, enum ipu_reduce op, const struct ipu_array *to,
			const struct ipu_array *from, uint32_t dims)
{
	struct ipu_array array = *from;
	struct finish finish;
	struct source source;
	struct extent e;
	struct how how;

	ipu_ops_begin(ops, op < IPU_REDUCE_OPS ? names[op] : "reduce");
	if (op >= IPU_REDUCE_OPS)
		ipu_ops_refuse(ops, "there is no operation %lu", (unsigned long)op);
	check_shapes(ops, to, from, dims);
	how = how_of(op, element_of(ops, from->dtype));
	finish = finish_of(ops, op, how, element_of(ops, to->dtype), reduced(from, dims));
	if (!from->count || !to->count) {
		make_empty(ops, to, how, finish);
		return;
	}
	e = last_extent(&array, &dims);
	while (dims) {
		if (how.find)
			ipu_ops_refuse(ops, "the dimensions that it reduces are not next to each "
					    "other");
		reduce_last(ops, &array, e, how);
		how = how_of_words(how);
		e = last_extent(&array, &dims);
	}
	source = first_level(ops, &array, e, how);
	conclude(ops, &source, how_of_words(how), to, finish);
}

/* Conclude a sum, and let go of the scratch memory that it needs. */
static void conclude_sum(struct ipu_ops *ops, const struct ipu_array *to,
			 const struct ipu_array *from, struct extent e, bool apart, float scale)
{
	const uint32_t used = ops->memory->scratch_used, own = ops->memory->scratch_own;
	struct source source = { .extent = e, .apart = apart, .words = *from };

	if (!apart)
		source = first_level(ops, from, e, sum_of_words);
	conclude(ops, &source, sum_of_words, to,
		 (struct finish){
			 .element = element_of(ops, to->dtype), .divisor = 1, .scale = scale });
	ops->memory->scratch_used = used;
	ops->memory->scratch_own = own;
}

void reduce_parts(struct ipu_ops *ops, const struct ipu_array *to, void *part, uint32_t pitch,
		  float scale)
{
	const uint32_t tiles = ipu_tile_count();
	const struct ipu_array words = {
		.data = part, .dtype = IPU_U32, .chunk = pitch, .count = tiles * pitch
	};

	conclude_sum(ops, to, &words, (struct extent){ 1, tiles, pitch }, true, scale);
}

void reduce_sum(struct ipu_ops *ops, const struct ipu_array *to, const struct ipu_array *from,
		float scale)
{
	conclude_sum(ops, to, from, (struct extent){ 1, from->count, 1 }, false, scale);
}
