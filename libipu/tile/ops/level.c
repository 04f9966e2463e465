/* SPDX-License-Identifier: MIT */
/* Reductions of what is on this tile: see level.h. */
#include <string.h>

#include "floats.h"
#include "level.h"

#define INLINE static inline __attribute__((always_inline))

/* ---- Elements --------------------------------------------------------------------- */

#define APART(bytes) ((ptrdiff_t)(step * (bytes)))

INLINE vfloat32m4_t load_apart(enum element element, const void *from, uint32_t at, uint32_t step,
			       size_t vl)
{
	const void *here = (const char *)from + at * (element == ELEMENT_F32 ? 4 : 2);

	if (element == ELEMENT_F32)
		return __riscv_vlse32_v_f32m4(here, APART(4), vl);
	if (element == ELEMENT_F16)
		return __riscv_vfwcvt_f_f_v_f32m4(__riscv_vlse16_v_f16m2(here, APART(2), vl), vl);
	return __riscv_vreinterpret_v_u32m4_f32m4(__riscv_vsll(
		__riscv_vzext_vf2_u32m4(__riscv_vlse16_v_u16m2(here, APART(2), vl), vl), 16, vl));
}

INLINE vfloat32m4_t load_float(const struct how *how, const void *from, uint32_t at, uint32_t step,
			       size_t vl)
{
	vfloat32m4_t x;

	if (step != 1)
		x = load_apart(how->element, from, at, step, vl);
	else if (how->element == ELEMENT_F32)
		x = LOAD(f32, from, at, vl);
	else if (how->element == ELEMENT_F16)
		x = LOAD(f16, from, at, vl);
	else
		x = LOAD(bf16, from, at, vl);
	return how->square ? __riscv_vfmul(x, x, vl) : x;
}

INLINE vint32m4_t load_whole(enum element element, const void *from, uint32_t at, uint32_t step,
			     size_t vl)
{
	if (element == ELEMENT_U8)
		return __riscv_vreinterpret_v_u32m4_i32m4(__riscv_vzext_vf4_u32m4(
			__riscv_vlse8_v_u8m1((const uint8_t *)from + at, APART(1), vl), vl));
	if (step != 1)
		return __riscv_vlse32_v_i32m4((const int32_t *)from + at, APART(4), vl);
	return __riscv_vle32_v_i32m4((const int32_t *)from + at, vl);
}

/* Whole numbers in the order of floats; the operation before has made all NaNs positive ones. */
INLINE vint32m4_t ordered(vfloat32m4_t x, bool negate, size_t vl)
{
	vint32m4_t bits;

	x = negate ? __riscv_vfrsub(x, -0.0f, vl) : __riscv_vfadd(x, -0.0f, vl);
	bits = __riscv_vreinterpret_v_f32m4_i32m4(x);
	return __riscv_vxor(bits, __riscv_vand(__riscv_vsra(bits, 31, vl), 0x7fffffff, vl), vl);
}

/* 1 where a test holds. */
INLINE vint32m4_t truth(enum test test, vbool8_t nonzero, size_t vl)
{
	const vint32m4_t zero = __riscv_vmv_v_x_i32m4(0, vl);

	if (test == TEST_ZERO)
		nonzero = __riscv_vmnot(nonzero, vl);
	return __riscv_vmerge(zero, 1, nonzero, vl);
}

INLINE vint32m4_t load_number(const struct how *how, const void *from, uint32_t at, uint32_t step,
			      size_t vl)
{
	vfloat32m4_t x;
	vint32m4_t i;

	if (how->element <= ELEMENT_BF16) {
		x = load_float(how, from, at, step, vl);
		return how->test ? truth(how->test, __riscv_vmfne(x, 0.0f, vl), vl) :
				   ordered(x, how->negate, vl);
	}
	i = load_whole(how->element, from, at, step, vl);
	if (how->test)
		return truth(how->test, __riscv_vmsne(i, 0, vl), vl);
	return how->negate ? __riscv_vnot(i, vl) : i;
}

/* ---- Folding ---------------------------------------------------------------------- */

/*
 * A vector has columns, and rows are added to it one after the other. Where rows are short and
 * follow each other it has as many of them as it can hold, and these are folded in halves at last.
 */
#define FOLD(name, vector, scalar, load, splat, op, neutral)                                     \
	static void name##_narrow(const struct how *how, const void *from, const struct item *i, \
				  uint32_t *to)                                                  \
	{                                                                                        \
		const uint32_t most = (uint32_t)__riscv_vsetvlmax_e32m4();                       \
		uint32_t rows = most / i->w, at = i->at, end = at + i->n * i->w, half, vl;       \
		const uint32_t span = rows * i->w;                                               \
		vector acc = splat(neutral, most);                                               \
                                                                                                 \
		for (; at < end; at += vl) {                                                     \
			vl = end - at < span ? end - at : span;                                  \
			acc = op##_tu(acc, acc, load(how, from, at, 1, vl), vl);                 \
		}                                                                                \
		for (; rows > 1; rows = half) {                                                  \
			half = (rows + 1) / 2;                                                   \
			acc = op##_tu(acc, acc, __riscv_vslidedown(acc, half * i->w, most),      \
				      (rows - half) * i->w);                                     \
		}                                                                                \
		__riscv_vse32((scalar *)to, acc, i->w);                                          \
	}                                                                                        \
	static void name(const struct how *how, const void *from, const struct item *i,          \
			 uint32_t *to)                                                           \
	{                                                                                        \
		for (uint32_t c = 0, vl; c < i->w; c += vl) {                                    \
			vl = (uint32_t)__riscv_vsetvl_e32m4(i->w - c);                           \
			uint32_t at = i->at + c * i->step;                                       \
			vector acc = splat(neutral, vl);                                         \
                                                                                                 \
			for (uint32_t r = 0; r < i->n; r++, at += i->pitch)                      \
				acc = op(acc, load(how, from, at, i->step, vl), vl);             \
			__riscv_vse32((scalar *)to + c, acc, vl);                                \
		}                                                                                \
	}

#define FLOATS_FOLD(name, op, neutral) \
	FOLD(name, vfloat32m4_t, float, load_float, __riscv_vfmv_v_f_f32m4, op, neutral)
#define NUMBERS_FOLD(name, op, neutral) \
	FOLD(name, vint32m4_t, int32_t, load_number, __riscv_vmv_v_x_i32m4, op, neutral)

FLOATS_FOLD(sum, __riscv_vfadd, 0.0f)
FLOATS_FOLD(product, __riscv_vfmul, 1.0f)
NUMBERS_FOLD(add, __riscv_vadd, 0)
NUMBERS_FOLD(multiply, __riscv_vmul, 1)
NUMBERS_FOLD(largest, __riscv_vmax, INT32_MIN)

static void (*const folds[FOLDS][2])(const struct how *how, const void *from,
				     const struct item *item, uint32_t *to) = {
	[FOLD_SUM] = { sum, sum_narrow },	  [FOLD_PRODUCT] = { product, product_narrow },
	[FOLD_ADD] = { add, add_narrow },	  [FOLD_MULTIPLY] = { multiply, multiply_narrow },
	[FOLD_MAX] = { largest, largest_narrow },
};

/* ---- Finding ---------------------------------------------------------------------- */

/* In a single column of elements that follow each other: the first that is the largest. */
static uint32_t find_along(const struct level *level, const struct item *i, int32_t largest)
{
	const uint32_t most = (uint32_t)__riscv_vsetvlmax_e32m4();
	const uint32_t *number = (const uint32_t *)level->from + level->numbers + i->at;
	vuint32m4_t first = __riscv_vmv_v_x_u32m4(UINT32_MAX, most), candidate;

	for (uint32_t done = 0, vl; done < i->n; done += vl) {
		vl = (uint32_t)__riscv_vsetvl_e32m4(i->n - done);
		const vint32m4_t x = load_number(&level->how, level->from, i->at + done, 1, vl);

		if (level->numbers)
			candidate = __riscv_vle32_v_u32m4(number + done, vl);
		else
			candidate = __riscv_vadd(__riscv_vid_v_u32m4(vl), i->base + done, vl);
		first = __riscv_vminu_tumu(__riscv_vmseq(x, largest, vl), first, first, candidate,
					   vl);
	}
	return __riscv_vmv_x(__riscv_vredminu(first, __riscv_vmv_s_x_u32m1(UINT32_MAX, 1), most));
}

/* In each column: @to has the largest. */
static void find(const struct level *level, const struct item *i, const uint32_t *to,
		 uint32_t *place)
{
	const uint32_t *numbers = (const uint32_t *)level->from + level->numbers;

	if (i->w == 1 && i->pitch == 1) {
		*place = find_along(level, i, (int32_t)*to);
		return;
	}
	for (uint32_t c = 0, vl; c < i->w; c += vl) {
		vl = (uint32_t)__riscv_vsetvl_e32m4(i->w - c);
		const vint32m4_t most = __riscv_vle32_v_i32m4((const int32_t *)to + c, vl);
		vuint32m4_t first = __riscv_vmv_v_x_u32m4(UINT32_MAX, vl), candidate;
		uint32_t at = i->at + c * i->step;

		for (uint32_t r = 0; r < i->n; r++, at += i->pitch) {
			const vint32m4_t x = load_number(&level->how, level->from, at, i->step, vl);

			if (level->numbers)
				candidate = __riscv_vle32_v_u32m4(numbers + at, vl);
			else
				candidate = __riscv_vmv_v_x_u32m4(i->base + r, vl);
			first = __riscv_vminu_mu(__riscv_vmseq(x, most, vl), first, first,
						 candidate, vl);
		}
		__riscv_vse32(place + c, first, vl);
	}
}

/* ---- Workers ---------------------------------------------------------------------- */

static void reduce(const struct level *level, const struct item *item, uint32_t *to,
		   uint32_t places)
{
	const bool narrow = item->step == 1 && item->pitch == item->w && item->n > 1 &&
			    item->w * 2 <= __riscv_vsetvlmax_e32m4();

	if (!item->w)
		return;
	folds[level->how.fold][narrow](&level->how, level->from, item, to + item->to);
	if (level->how.find)
		find(level, item, to + item->to, to + places + item->to);
}

/* Workers share rows: each has words of its own for the results. */
static void share_rows(void *args)
{
	const struct level *level = args;
	uint32_t *to = level->part + ipu_worker_id() * level->words;

	for (uint32_t i = 0; i < level->items; i++) {
		struct item item = level->item[i];
		const struct ipu_range rows = ipu_worker_range(item.n);
		const uint32_t pitch = item.n * item.pitch;

		item.n = rows.end - rows.begin;
		item.base += rows.begin;
		item.at += rows.begin * item.pitch;
		for (uint32_t j = 0; j < item.times; j++, item.at += pitch, item.to += item.w)
			reduce(level, &item, to, IPU_WORKERS * level->words);
	}
}

/* Workers share items that are there many times, or else columns. */
static void share_columns(void *args)
{
	const struct level *level = args;

	for (uint32_t i = 0; i < level->items; i++) {
		struct item item = level->item[i];
		const bool many = item.times >= IPU_WORKERS;
		const struct ipu_range share = ipu_worker_range(many ? item.times : item.w);
		const uint32_t first = many ? share.begin : 0;
		const uint32_t last = many ? share.end : item.times;
		const uint32_t pitch = item.n * item.pitch, words = item.w;

		item.at += first * pitch;
		item.to += first * words;
		if (!many) {
			item.at += share.begin * item.step;
			item.to += share.begin;
			item.w = share.end - share.begin;
		}
		for (uint32_t j = first; j < last; j++, item.at += pitch, item.to += words)
			reduce(level, &item, level->to, level->places);
	}
}

/* ---- Making one ------------------------------------------------------------------- */

struct level *level_new(struct ipu_ops *ops, struct how how, const void *from, uint32_t *to,
			uint32_t places)
{
	struct level *level = ipu_ops_keep(ops, sizeof(*level));

	*level = (struct level){ .how = how, .from = from, .to = to, .places = places };
	return level;
}

void level_add(struct ipu_ops *ops, struct level *level, struct item item)
{
	struct item *last = level->item;

	if (level->items && last->n == 1 && item.n == 1 && last->times == 1 && item.times == 1 &&
	    last->step == 1 && item.step == 1 && last->base == item.base &&
	    last->at + last->w == item.at && last->to + last->w == item.to) {
		last->w += item.w;
		return;
	}
	level->item = ipu_ops_keep(ops, sizeof(item));
	*level->item = item;
	level->items++;
}

/* Whether sharing rows is worth a second step. */
static bool shares_rows(const struct level *level)
{
	bool pays = false;

	for (uint32_t i = 0; i < level->items; i++) {
		const struct item *item = &level->item[i];

		if (item->times >= IPU_WORKERS)
			return false;
		pays = pays || (item->n >= 24 && item->w * item->times <= 384);
	}
	return pays;
}

void level_finish(struct ipu_ops *ops, struct level *level, uint32_t words)
{
	struct how how = level->how;
	struct level *second;

	if (!level->items || !shares_rows(level)) {
		ipu_add_work(ops, level->items ? share_columns : NULL, level);
		return;
	}
	level->words = words;
	level->part = ipu_ops_scratch_own(ops, words * IPU_WORKERS * 4 * (1 + how.find));
	how.element = how.fold <= FOLD_PRODUCT ? ELEMENT_F32 : ELEMENT_WORD;
	how.square = how.negate = how.test = false;
	second = level_new(ops, how, level->part, level->to, level->places);
	second->numbers = how.find ? words * IPU_WORKERS : 0;
	level_add(ops, second,
		  (struct item){
			  .n = IPU_WORKERS, .pitch = words, .w = words, .step = 1, .times = 1 });
	ipu_add_work(ops, share_rows, level);
	ipu_add_work(ops, share_columns, second);
}
