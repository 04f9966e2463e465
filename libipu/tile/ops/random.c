/* SPDX-License-Identifier: MIT */
/*
 * Random numbers and dropout, <ipu/op_random.h>. A worker makes the words of 256 elements at a
 * time, in scratch memory of its own, and then what the operation makes of them.
 */
#include "elements.h"
#include "share.h"

#define GROUP 256 /* elements */

/**
 * struct random - this tile's part of an operation
 * @generator: the program's
 * @now: what this run uses of it
 * @words: GROUP of them for each worker
 * @normal: they become normal numbers
 * @first: the first element's number in the whole array, a multiple of 4
 * @count: elements
 * @to: the results
 * @store: of their type
 * @from: the operand, of dropout
 * @load: of its type
 * @mask: of dropout
 * @alpha: the least number, the mean, or the probability
 * @beta: the range, the deviation, the factor, or the bits of a 1
 * @shift: bits of a word that are not used
 * @values: makes results from words, and stores them
 */
struct random {
	struct ipu_generator *generator;
	struct ipu_generator now;
	uint32_t *words;
	bool normal;
	uint32_t first;
	uint32_t count;
	void *to;
	element_store *store;
	const void *from;
	element_load *load;
	uint8_t *mask;
	float alpha;
	float beta;
	uint32_t shift;
	void (*values)(const struct random *random, const uint32_t *words, uint32_t at, size_t vl);
};

/* ---- Words ------------------------------------------------------------------------ */

typedef vuint32m2_t words;
typedef vfloat32m2_t floats;

/* c[0] + c[1] * x + ... */
static floats series(floats x, const float *c, uint32_t n, size_t vl)
{
	floats result = __riscv_vfmv_v_f_f32m2(c[n - 1], vl);

	while (--n)
		result = __riscv_vfmadd(result, x, __riscv_vfmv_v_f_f32m2(c[n - 1], vl), vl);
	return result;
}

static const float sine[] = { 1, -1.0f / 6, 1.0f / 120, -1.0f / 5040, 1.0f / 362880 };
static const float cosine[] = {
	1, -1.0f / 2, 1.0f / 24, -1.0f / 720, 1.0f / 40320, -1.0f / 3628800
};

static words with_sign(floats x, floats size, words sign, size_t vl)
{
	const words bits = __riscv_vreinterpret_v_f32m2_u32m2(__riscv_vfmul(x, size, vl));

	return __riscv_vxor(bits, __riscv_vsll(__riscv_vand(sign, 2, vl), 30, vl), vl);
}

/*
 * Two words become two normal numbers. The angle is a number of quarters and a rest of up to
 * half a one, of which sine and cosine are Taylor series.
 */
static void box_muller(words *p, words *q, size_t vl)
{
	const vint32m2_t rest =
		__riscv_vsra(__riscv_vreinterpret_v_u32m2_i32m2(__riscv_vsll(*q, 2, vl)), 2, vl);
	const words quarter = __riscv_vsrl(__riscv_vadd(*q, 1u << 29, vl), 30, vl);
	const floats angle =
		__riscv_vfmul(__riscv_vfcvt_f_x_v_f32m2(rest, vl), 0x1.921fb6p-30f, vl);
	const floats square = __riscv_vfmul(angle, angle, vl);
	const floats sin = __riscv_vfmul(series(square, sine, 5, vl), angle, vl);
	const floats cos = series(square, cosine, 6, vl);
	const vbool16_t odd = __riscv_vmsne(__riscv_vand(quarter, 1, vl), 0, vl);
	floats size = __riscv_vfcvt_f_xu_v_f32m2(__riscv_vsrl(*p, 9, vl), vl);

	size = __riscv_vfmul(__riscv_vfadd(size, 0.5f, vl), 0x1p-23f, vl);
	size = __riscv_vfsqrt(__riscv_vfmul(ipu_vlog_v_f32m2(size, vl), -2.0f, vl), vl);
	*p = with_sign(__riscv_vmerge(cos, sin, odd, vl), size, __riscv_vadd(quarter, 1, vl), vl);
	*q = with_sign(__riscv_vmerge(sin, cos, odd, vl), size, quarter, vl);
}

/* Philox 4x32-10 of blocks from number @block on, @blocks of them. */
static void make_words(const struct random *random, uint32_t *to, uint32_t block, uint32_t blocks)
{
	for (uint32_t vl, at = 0; at < blocks; at += vl) {
		uint32_t key0 = random->now.seed[0], key1 = random->now.seed[1];

		vl = (uint32_t)__riscv_vsetvl_e32m2(blocks - at);
		words x0 = __riscv_vadd(__riscv_vid_v_u32m2(vl), block + at, vl);
		words x1 = __riscv_vmv_v_x_u32m2(0, vl);
		words x2 = __riscv_vmv_v_x_u32m2(random->now.offset[0], vl);
		words x3 = __riscv_vmv_v_x_u32m2(random->now.offset[1], vl);

		for (uint32_t round = 0; round < 10; round++) {
			const words high0 = __riscv_vmulhu(x0, 0xd2511f53, vl);
			const words high1 = __riscv_vmulhu(x2, 0xcd9e8d57, vl);
			const words low0 = __riscv_vmul(x0, 0xd2511f53, vl);

			x0 = __riscv_vxor(__riscv_vxor(high1, x1, vl), key0, vl);
			x1 = __riscv_vmul(x2, 0xcd9e8d57, vl);
			x2 = __riscv_vxor(__riscv_vxor(high0, x3, vl), key1, vl);
			x3 = low0;
			key0 += 0x9e3779b9;
			key1 += 0xbb67ae85;
		}
		if (random->normal) {
			box_muller(&x0, &x1, vl);
			box_muller(&x2, &x3, vl);
		}
		__riscv_vsseg4e32(to + at * 4, __riscv_vcreate_v_u32m2x4(x0, x1, x2, x3), vl);
	}
}

static void random_share(void *args)
{
	const struct random *random = args;
	const struct ipu_range share = share_of(random->count);
	uint32_t *own = random->words + ipu_worker_id() * GROUP;

	for (uint32_t at = share.begin; at < share.end; at += GROUP) {
		const uint32_t count = share.end - at < GROUP ? share.end - at : GROUP;

		make_words(random, own, (random->first + at) / 4, (count + 3) / 4);
		for (uint32_t vl, done = 0; done < count; done += vl) {
			vl = (uint32_t)__riscv_vsetvl_e32m4(count - done);
			random->values(random, own + done, at + done, vl);
		}
	}
}

/* ---- Values ----------------------------------------------------------------------- */

/* The upper bits of words as a fraction, but for the power of 2. */
static vfloat32m4_t upper(const uint32_t *words, uint32_t shift, size_t vl)
{
	return __riscv_vfcvt_f_xu_v_f32m4(__riscv_vsrl(__riscv_vle32_v_u32m4(words, vl), shift, vl),
					  vl);
}

static void uniform(const struct random *random, const uint32_t *words, uint32_t at, size_t vl)
{
	const vfloat32m4_t low = __riscv_vfmv_v_f_f32m4(random->alpha, vl);

	random->store(random->to, at,
		      __riscv_vfmacc(low, random->beta, upper(words, random->shift, vl), vl), vl);
}

static void normal(const struct random *random, const uint32_t *words, uint32_t at, size_t vl)
{
	const vfloat32m4_t mean = __riscv_vfmv_v_f_f32m4(random->alpha, vl);
	const vfloat32m4_t z = __riscv_vle32_v_f32m4((const float *)words, vl);

	random->store(random->to, at, __riscv_vfmacc(mean, random->beta, z, vl), vl);
}

static vbool8_t chosen(const struct random *random, const uint32_t *words, size_t vl)
{
	return __riscv_vmflt(upper(words, 8, vl), random->alpha * 0x1p24f, vl);
}

static void bernoulli(const struct random *random, const uint32_t *words, uint32_t at, size_t vl)
{
	const vfloat32m4_t zero = __riscv_vfmv_v_f_f32m4(0, vl);

	random->store(random->to, at,
		      __riscv_vfmerge(zero, random->beta, chosen(random, words, vl), vl), vl);
}

static void dropout(const struct random *random, const uint32_t *words, uint32_t at, size_t vl)
{
	const vfloat32m4_t scaled =
		__riscv_vfmul(random->load(random->from, at, vl), random->beta, vl);
	const vfloat32m4_t zero = __riscv_vfmv_v_f_f32m4(0, vl);
	const vbool8_t kept = chosen(random, words, vl);
	const vuint8m1_t none = __riscv_vmv_v_x_u8m1(0, vl);

	__riscv_vse8(random->mask + at, __riscv_vmerge(none, 1, kept, vl), vl);
	random->store(random->to, at, __riscv_vmerge(zero, scaled, kept, vl), vl);
}

/* ---- Making ----------------------------------------------------------------------- */

static void next_offset(void *args)
{
	struct random *random = args;
	struct ipu_generator *generator = random->generator;

	random->now = *generator;
	if (!++generator->offset[0])
		generator->offset[1]++;
}

static void check_float(struct ipu_ops *ops, const struct ipu_array *array)
{
	if (!element_is_float(array->dtype))
		ipu_ops_refuse(ops, "it takes f32, f16 and bfloat16, not %s",
			       element_name(array->dtype));
}

static void check_probability(struct ipu_ops *ops, float p)
{
	if (!(p >= 0 && p <= 1))
		ipu_ops_refuse(ops, "the probability is not from 0 to 1");
}

static void make_random(struct ipu_ops *ops, const struct ipu_array *to,
			struct ipu_generator *generator, const struct random *random)
{
	const struct ipu_range own = ipu_array_own(to);
	struct random *args = ipu_ops_keep(ops, sizeof(*args));

	*args = *random;
	args->generator = generator;
	args->words = ipu_ops_scratch(ops, IPU_WORKERS * GROUP * sizeof(uint32_t));
	args->first = own.begin;
	args->count = own.end - own.begin;
	args->to = to->data;
	args->store = element_store_of(to->dtype);
	ipu_add_work(ops, args->count ? random_share : NULL, args)->prepare = next_offset;
}

void ipu_make_uniform(struct ipu_ops *ops, const struct ipu_array *to,
		      struct ipu_generator *generator, float low, float high)
{
	const uint32_t digits = to->dtype == IPU_F32 ? 24 : to->dtype == IPU_F16 ? 11 : 8;

	ipu_ops_begin(ops, "uniform");
	check_float(ops, to);
	make_random(ops, to, generator,
		    &(struct random){ .alpha = low,
				      .beta = (high - low) / (float)(1 << digits),
				      .shift = 32 - digits,
				      .values = uniform });
}

void ipu_make_normal(struct ipu_ops *ops, const struct ipu_array *to,
		     struct ipu_generator *generator, float mean, float deviation)
{
	ipu_ops_begin(ops, "normal");
	check_float(ops, to);
	make_random(ops, to, generator,
		    &(struct random){
			    .alpha = mean, .beta = deviation, .normal = true, .values = normal });
}

void ipu_make_bernoulli(struct ipu_ops *ops, const struct ipu_array *to,
			struct ipu_generator *generator, float p)
{
	const union ipu_scalar one = { .whole = 1 };

	ipu_ops_begin(ops, "bernoulli");
	check_probability(ops, p);
	make_random(ops, to, generator,
		    &(struct random){ .alpha = p,
				      .beta = element_is_float(to->dtype) ? 1 : one.real,
				      .values = bernoulli });
}

/* ---- Dropout ---------------------------------------------------------------------- */

static float factor(float p)
{
	return p < 1 ? 1 / (1 - p) : 0;
}

/* What dropout and its gradient are given: two floats of one shape, and a mask. */
static void check_dropout(struct ipu_ops *ops, const struct ipu_array *to,
			  const struct ipu_array *from, const struct ipu_array *mask, float p)
{
	check_float(ops, to);
	check_float(ops, from);
	check_probability(ops, p);
	if (mask->dtype != IPU_U8 || mask->count != to->count || mask->chunk != to->chunk)
		ipu_ops_refuse(ops,
			       "its mask has to be u8 and lie as the result does, but has %lu "
			       "elements of %s, %lu on a tile, and the result %lu, %lu on a tile",
			       (unsigned long)mask->count, element_name(mask->dtype),
			       (unsigned long)mask->chunk, (unsigned long)to->count,
			       (unsigned long)to->chunk);
}

void ipu_make_dropout(struct ipu_ops *ops, const struct ipu_array *to, const struct ipu_array *mask,
		      const struct ipu_array *from, struct ipu_generator *generator, float p)
{
	ipu_ops_begin(ops, "dropout");
	check_dropout(ops, to, from, mask, p);
	make_random(ops, to, generator,
		    &(struct random){ .from = ipu_operand(ops, from, to),
				      .load = element_load_of(from->dtype),
				      .mask = mask->data,
				      .alpha = 1 - p,
				      .beta = factor(p),
				      .values = dropout });
}

static void grad_share(void *args)
{
	const struct random *random = args;
	const struct ipu_range share = share_of(random->count);

	for (uint32_t vl, at = share.begin; at < share.end; at += vl) {
		vl = (uint32_t)__riscv_vsetvl_e32m4(share.end - at);
		const vfloat32m4_t grad = random->load(random->from, at, vl);
		const vbool8_t kept =
			__riscv_vmsne(__riscv_vle8_v_u8m1(random->mask + at, vl), 0, vl);
		const vfloat32m4_t zero = __riscv_vfmv_v_f_f32m4(0, vl);
		const vfloat32m4_t scaled = __riscv_vfmul(grad, random->beta, vl);

		random->store(random->to, at, __riscv_vmerge(zero, scaled, kept, vl), vl);
	}
}

void ipu_make_dropout_grad(struct ipu_ops *ops, const struct ipu_array *to,
			   const struct ipu_array *grad, const struct ipu_array *mask, float p)
{
	const struct ipu_range own = ipu_array_own(to);
	struct random *args;

	ipu_ops_begin(ops, "dropout gradient");
	check_dropout(ops, to, grad, mask, p);
	args = ipu_ops_keep(ops, sizeof(*args));
	*args = (struct random){
		.count = own.end - own.begin,
		.to = to->data,
		.store = element_store_of(to->dtype),
		.from = ipu_operand(ops, grad, to),
		.load = element_load_of(grad->dtype),
		.mask = mask->data,
		.beta = factor(p),
	};
	if (args->count)
		ipu_add_work(ops, grad_share, args);
}
