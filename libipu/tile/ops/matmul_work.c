/* SPDX-License-Identifier: MIT */
/* What workers do for a product of matrices: see matmul.h. */
#include "matmul.h"

#include "floats.h"

#define GRAIN 16 /* elements of which a worker has whole groups */

static struct ipu_range share_of(uint32_t count)
{
	struct ipu_range share = ipu_worker_range((count + GRAIN - 1) / GRAIN);

	share.begin *= GRAIN;
	share.end = share.end * GRAIN < count ? share.end * GRAIN : count;
	return share;
}

/* ---- Unpacking -------------------------------------------------------------------- */

/* bfloat16 to f32, every element where it was: what lies between rows does not matter. */
static void widen(void *args)
{
	const struct unpack *unpack = args;
	const uint32_t count = unpack->lead + (unpack->batches - 1) * unpack->from_batch +
			       (unpack->rows - 1) * unpack->from_pitch + unpack->columns;
	const struct ipu_range share = share_of(count);

	for (uint32_t at = share.begin, vl; at < share.end; at += vl) {
		vl = (uint32_t)__riscv_vsetvl_e32m4(share.end - at);
		STORE(f32, unpack->to, at, LOAD(bf16, unpack->from, at, vl), vl);
	}
}

static inline __attribute__((always_inline)) void turn_f32(void *to, const void *from, size_t at,
							   uint32_t pitch, size_t vl)
{
	__riscv_vse32((uint32_t *)to,
		      __riscv_vlse32_v_u32m4((const uint32_t *)from + at, (ptrdiff_t)pitch * 4, vl),
		      vl);
}

static inline __attribute__((always_inline)) void turn_f16(void *to, const void *from, size_t at,
							   uint32_t pitch, size_t vl)
{
	__riscv_vse16((uint16_t *)to,
		      __riscv_vlse16_v_u16m2((const uint16_t *)from + at, (ptrdiff_t)pitch * 2, vl),
		      vl);
}

static inline __attribute__((always_inline)) void turn_bf16(void *to, const void *from, size_t at,
							    uint32_t pitch, size_t vl)
{
	const vuint16m2_t bits =
		__riscv_vlse16_v_u16m2((const uint16_t *)from + at, (ptrdiff_t)pitch * 2, vl);

	__riscv_vse32((uint32_t *)to, __riscv_vsll(__riscv_vzext_vf2_u32m4(bits, vl), 16, vl), vl);
}

/* Workers share the rows of what is written. */
#define TURN(type, wide)                                                                     \
	static void transpose_##type(void *args)                                             \
	{                                                                                    \
		const struct unpack *unpack = args;                                          \
		const uint32_t columns = unpack->columns;                                    \
		const struct ipu_range share = ipu_worker_range(unpack->batches * columns);  \
                                                                                             \
		for (uint32_t i = share.begin; i < share.end; i++) {                         \
			const uint32_t batch = i / columns, column = i - batch * columns;    \
			uint32_t from = unpack->lead + batch * unpack->from_batch + column;  \
			wide *to = (wide *)unpack->to + batch * unpack->to_batch +           \
				   column * unpack->to_pitch;                                \
                                                                                             \
			for (uint32_t left = unpack->rows, vl; left; left -= vl) {           \
				vl = (uint32_t)__riscv_vsetvl_e32m4(left);                   \
				turn_##type(to, unpack->from, from, unpack->from_pitch, vl); \
				from += vl * unpack->from_pitch;                             \
				to += vl;                                                    \
			}                                                                    \
		}                                                                            \
	}

TURN(f32, uint32_t)
TURN(f16, uint16_t)
TURN(bf16, uint32_t)

void (*matmul_unpack(enum ipu_dtype dtype, bool turns))(void *args)
{
	if (!turns)
		return widen;
	return dtype == IPU_F32 ? transpose_f32 : dtype == IPU_F16 ? transpose_f16 : transpose_bf16;
}

/* ---- Multiplying ------------------------------------------------------------------ */

/* The same as ipu_amp_store() with fewer rows, and columns. */
static inline __attribute__((always_inline)) void store(float *c, uint32_t ldc, vfloat32m8_t low,
							vfloat32m8_t high, uint32_t rows, size_t vl)
{
#define ROW(half, row)                                                     \
	__riscv_vse32(c, __riscv_vget_v_f32m8_f32m2(half, (row) % 4), vl); \
	if (rows == (row) + 1)                                             \
		return;                                                    \
	c += ldc

	ROW(low, 0);
	ROW(low, 1);
	ROW(low, 2);
	ROW(low, 3);
	ROW(high, 4);
	ROW(high, 5);
	ROW(high, 6);
	ROW(high, 7);
#undef ROW
}

/* @a_step is from a step of A to the next. What a block reads beyond edges is not stored. */
#define BLOCK(name, type, steps_of, amp, a_step)                                            \
	static void name(const struct multiply *multiply, const void *a_, const void *b_,   \
			 float *c, uint32_t rows, uint32_t columns)                         \
	{                                                                                   \
		const uint32_t lda = multiply->lda, ldb = multiply->ldb, ldc = multiply->n; \
		const uint32_t strides = ipu_amp_strides(lda, ldb);                         \
		const type *a = a_, *b = b_;                                                \
		vfloat32m8_t low, high;                                                     \
                                                                                            \
		if (multiply->first) {                                                      \
			low = __riscv_vfmv_v_f_f32m8(0, __riscv_vsetvlmax_e32m8());         \
			high = low;                                                         \
		} else {                                                                    \
			ipu_amp_load(&low, &high, c, ldc);                                  \
		}                                                                           \
		for (uint32_t left = multiply->k, steps; left; left -= steps) {             \
			steps = (uint32_t)steps_of(left);                                   \
			amp(&low, &high, a, b, strides, steps);                             \
			a += steps * (a_step);                                              \
			b += steps * ldb;                                                   \
		}                                                                           \
		store(c, ldc, low, high, rows, __riscv_vsetvl_e32m2(columns));              \
	}

BLOCK(block_f32, float, ipu_amp_steps_f32, ipu_amp_f32, 1)
BLOCK(block_f16, _Float16, ipu_amp_steps_f16, ipu_amp_f16, 1)
BLOCK(block_t_f32, float, ipu_amp_steps_f32, ipu_ampt_f32, lda)
BLOCK(block_t_f16, _Float16, ipu_amp_steps_f16, ipu_ampt_f16, lda)

matmul_block_fn *matmul_block(bool halves, bool transposed)
{
	if (transposed)
		return halves ? block_t_f16 : block_t_f32;
	return halves ? block_f16 : block_f32;
}

void matmul_multiply(void *args)
{
	const struct multiply *multiply = args;
	const uint32_t columns = ipu_amp_columns(), m = multiply->m, n = multiply->n;
	const uint32_t down = (m + IPU_AMP_ROWS - 1) / IPU_AMP_ROWS;
	const uint32_t across = (n + columns - 1) / columns;
	const bool halves = multiply->block == block_f16 || multiply->block == block_t_f16;
	const bool transposed = multiply->block == block_t_f32 || multiply->block == block_t_f16;
	const uint32_t shift = halves ? 1 : 2, a_row = transposed ? 1 : multiply->lda;
	const struct ipu_range share = ipu_worker_range(multiply->batches * down * across);

	for (uint32_t i = share.begin; i < share.end; i++) {
		const uint32_t above = i / across, column = (i - above * across) * columns;
		const uint32_t batch = above / down, row = (above - batch * down) * IPU_AMP_ROWS;
		const uint32_t a = batch * multiply->a_batch + row * a_row;
		const uint32_t b = batch * multiply->b_batch + column;

		multiply->block(multiply, (const char *)multiply->a + (a << shift),
				(const char *)multiply->b + (b << shift),
				multiply->c + (batch * m + row) * n + column,
				m - row < IPU_AMP_ROWS ? m - row : IPU_AMP_ROWS,
				n - column < columns ? n - column : columns);
	}
}

/* ---- Partial sums ----------------------------------------------------------------- */

/* @to + parts from @part on, @count of them, @pitch apart; elements @share. */
#define ADD_UP(name, lmul)                                                                         \
	static void name(float *to, const float *part, uint32_t count, uint32_t pitch,             \
			 struct ipu_range share)                                                   \
	{                                                                                          \
		for (uint32_t at = share.begin, vl; at < share.end; at += vl) {                    \
			const float *from = part + at;                                             \
			vfloat32##lmul##_t sum;                                                    \
                                                                                                   \
			vl = (uint32_t)__riscv_vsetvl_e32##lmul(share.end - at);                   \
			sum = __riscv_vle32_v_f32##lmul(to + at, vl);                              \
			for (uint32_t i = 0; i < count; i++) {                                     \
				sum = __riscv_vfadd(sum, __riscv_vle32_v_f32##lmul(from, vl), vl); \
				from += pitch;                                                     \
			}                                                                          \
			__riscv_vse32(to + at, sum, vl);                                           \
		}                                                                                  \
	}

ADD_UP(add_few, m1)
ADD_UP(add_many, m4)

static void add_up(float *to, const float *part, uint32_t count, uint32_t pitch,
		   struct ipu_range share)
{
	if (share.end - share.begin <= __riscv_vsetvlmax_e32m1())
		add_few(to, part, count, pitch, share);
	else
		add_many(to, part, count, pitch, share);
}

void matmul_add_parts(void *args)
{
	const struct add_parts *add = args;

	add_up(add->sums, add->parts, add->part_count, add->pitch, share_of(add->count));
}

void matmul_add_groups(void *args)
{
	const struct add_parts *add = args;
	const struct ipu_range group = ipu_worker_range(add->part_count);
	float *first = add->parts + group.begin * add->pitch;

	if (group.begin < group.end)
		add_up(first, first + add->pitch, group.end - group.begin - 1, add->pitch,
		       (struct ipu_range){ 0, add->count });
}

void matmul_add_group_sums(void *args)
{
	const struct add_parts *add = args;
	const uint32_t part = add->part_count / IPU_WORKERS, rest = add->part_count % IPU_WORKERS;
	const struct ipu_range share = share_of(add->count);
	const float *from = add->parts;

	for (uint32_t worker = 0; worker < IPU_WORKERS; worker++) {
		const uint32_t parts = part + (worker < rest);

		if (parts)
			add_up(add->sums, from, 1, add->pitch, share);
		from += parts * add->pitch;
	}
}

/* ---- The result ------------------------------------------------------------------- */

#define FINISH(type)                                                                              \
	static void finish_##type(const struct finish *finish, uint32_t at, uint32_t end)         \
	{                                                                                         \
		for (uint32_t vl; at < end; at += vl) {                                           \
			vfloat32m4_t value;                                                       \
                                                                                                  \
			vl = (uint32_t)__riscv_vsetvl_e32m4(end - at);                            \
			value = LOAD(f32, finish->from, at, vl);                                  \
			if (finish->adds)                                                         \
				value = __riscv_vfadd(value, LOAD(type, finish->to, at, vl), vl); \
			STORE(type, finish->to, at, value, vl);                                   \
		}                                                                                 \
	}

FINISH(f32)
FINISH(f16)
FINISH(bf16)

void (*matmul_finish(const struct ipu_ops *ops, enum ipu_dtype dtype))(const struct finish *finish,
								       uint32_t at, uint32_t end)
{
	static void (*const kernels[FLOATS])(const struct finish *finish, uint32_t at,
					     uint32_t end) = { finish_f32, finish_f16,
							       finish_bf16 };

	return kernels[float_index(ops, dtype)];
}

void matmul_finish_share(void *args)
{
	const struct finish *finish = args;
	const struct ipu_range share = share_of(finish->count);

	finish->kernel(finish, share.begin, share.end);
}
