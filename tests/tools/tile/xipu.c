/* SPDX-License-Identifier: MIT */
/*
 * Every function of ipu/math.h, ipu/convert.h and ipu/amp.h: the scalar ones with
 * operands whose results are known, those on vectors against these, for each type,
 * and matrix products against loops. A wrong result is a fault on the line of its
 * check.
 */
#include <ipu/tile.h>

#define COUNT 300 /* no multiple of what a vector holds */

static float x32[COUNT], y32[COUNT];
static _Float16 x16[COUNT], y16[COUNT];
static uint8_t x8[COUNT], y8[COUNT];

static uint32_t bits32(float x)
{
	return __builtin_bit_cast(uint32_t, x);
}

static uint16_t bits16(_Float16 x)
{
	return __builtin_bit_cast(uint16_t, x);
}

static void scalars(void)
{
	ipu_assert(bits32(ipu_exp(1)) == 0x402df854);
	ipu_assert(bits32(ipu_log(2)) == 0x3f317218);
	ipu_assert(bits32(ipu_tanh(1)) == 0x3f42f7d6);
	ipu_assert(bits32(ipu_sigmoid(1)) == 0x3f3b26a8);
	ipu_assert(bits32(ipu_rsqrt(2)) == 0x3f3504f3);
	ipu_assert(bits16(ipu_exp_f16(1)) == 0x4170);
	ipu_assert(bits16(ipu_log_f16(2)) == 0x398c);
	ipu_assert(bits16(ipu_tanh_f16(1)) == 0x3a18);
	ipu_assert(bits16(ipu_sigmoid_f16(1)) == 0x39d9);
	ipu_assert(bits16(ipu_rsqrt_f16(2)) == 0x39a8);
	ipu_assert(ipu_to_e4m3(1000) == 0x7f && ipu_to_e4m3_sat(1000) == 0x7e);
	ipu_assert(ipu_to_e5m2(65504) == 0x7c && ipu_to_e5m2_sat(65504) == 0x7b);
	ipu_assert(ipu_from_e4m3(0xb8) == -1 && ipu_from_e5m2(0x3c) == 1);
}

/* numbers from -15 to 15 */
static void fill(void)
{
	int i;

	for (i = 0; i < COUNT; i++) {
		x32[i] = (float)(i - COUNT / 2) * 0.1f;
		x16[i] = (_Float16)x32[i];
		x8[i] = (uint8_t)i;
	}
}

/*
 * y = @vector of the @count elements of @x, and again where the elements are above 0, with
 * those of @old below; each must be as @scalar has it.
 */
#define CHECK(vector, scalar, x, y, load, old_load, store, set, above, bits)                     \
	do {                                                                                     \
		size_t done, vl, i;                                                              \
                                                                                                 \
		for (done = 0; done < COUNT; done += vl) {                                       \
			vl = set(COUNT - done);                                                  \
			store(y + done, vector(load(x + done, vl), vl), vl);                     \
		}                                                                                \
		for (i = 0; i < COUNT; i++)                                                      \
			ipu_assert(bits(y[i]) == bits(scalar(x[i])));                            \
		for (i = 0; i < COUNT; i++)                                                      \
			y[i] = (__typeof__(y[i]))i;                                              \
		for (done = 0; done < COUNT; done += vl) {                                       \
			vl = set(COUNT - done);                                                  \
			store(y + done,                                                          \
			      vector##_mu(above(load(x + done, vl), vl), old_load(y + done, vl), \
					  load(x + done, vl), vl),                               \
			      vl);                                                               \
		}                                                                                \
		for (i = 0; i < COUNT; i++)                                                      \
			ipu_assert(bits(y[i]) ==                                                 \
				   bits(x[i] > 0 ? scalar(x[i]) : (__typeof__(y[i]))i));         \
	} while (0)

#define SAME(x) (x)
#define ABOVE(x, vl) __riscv_vmfgt(x, 0, vl)
#define ABOVE_U(x, vl) __riscv_vmsgtu(x, 0, vl)

#define CHECK_F32(name, m)                                                          \
	CHECK(ipu_v##name##_v_f32##m, ipu_##name, x32, y32, __riscv_vle32_v_f32##m, \
	      __riscv_vle32_v_f32##m, __riscv_vse32, __riscv_vsetvl_e32##m, ABOVE, bits32)
#define CHECK_F16(name, m)                                                                \
	CHECK(ipu_v##name##_v_f16##m, ipu_##name##_f16, x16, y16, __riscv_vle16_v_f16##m, \
	      __riscv_vle16_v_f16##m, __riscv_vse16, __riscv_vsetvl_e16##m, ABOVE, bits16)

/* one function a C function: they get long at -O0 */
#define FUNCTION(name)                 \
	static void check_##name(void) \
	{                              \
		CHECK_F32(name, m1);   \
		CHECK_F32(name, m2);   \
		CHECK_F32(name, m4);   \
		CHECK_F32(name, m8);   \
		CHECK_F16(name, mf2);  \
		CHECK_F16(name, m1);   \
		CHECK_F16(name, m2);   \
		CHECK_F16(name, m4);   \
		CHECK_F16(name, m8);   \
	}

FUNCTION(exp)
FUNCTION(log)
FUNCTION(tanh)
FUNCTION(sigmoid)
FUNCTION(rsqrt)

#define CHECK_TO_F8(name, to, from)                                                 \
	CHECK(ipu_v##name##_u8##to, ipu_##name, x16, y8, __riscv_vle16_v_f16##from, \
	      __riscv_vle8_v_u8##to, __riscv_vse8, __riscv_vsetvl_e8##to, ABOVE, SAME)
#define CHECK_FROM_F8(name, to, from)                                              \
	CHECK(ipu_v##name##_f16##to, ipu_##name, x8, y16, __riscv_vle8_v_u8##from, \
	      __riscv_vle16_v_f16##to, __riscv_vse16, __riscv_vsetvl_e8##from, ABOVE_U, bits16)

#define TO_F8(name)                          \
	static void check_##name(void)       \
	{                                    \
		CHECK_TO_F8(name, mf4, mf2); \
		CHECK_TO_F8(name, mf2, m1);  \
		CHECK_TO_F8(name, m1, m2);   \
		CHECK_TO_F8(name, m2, m4);   \
		CHECK_TO_F8(name, m4, m8);   \
	}
#define FROM_F8(name)                          \
	static void check_##name(void)         \
	{                                      \
		CHECK_FROM_F8(name, mf2, mf4); \
		CHECK_FROM_F8(name, m1, mf2);  \
		CHECK_FROM_F8(name, m2, m1);   \
		CHECK_FROM_F8(name, m4, m2);   \
		CHECK_FROM_F8(name, m8, m4);   \
	}

TO_F8(to_e4m3)
TO_F8(to_e5m2)
TO_F8(to_e4m3_sat)
TO_F8(to_e5m2_sat)
FROM_F8(from_e4m3)
FROM_F8(from_e5m2)

/* ---- Stochastic rounding --------------------------------------------------------------------- */

/* how many of 1024 numbers a quarter above 1 are rounded up */
#define UPS(to, from)                                                                           \
	({                                                                                      \
		size_t i_, vl_, ups_ = 0;                                                       \
                                                                                                \
		for (i_ = 0; i_ < 1024; i_ += vl_) {                                            \
			vl_ = __riscv_vsetvl_e16##to(1024 - i_);                                \
			ups_ += __riscv_vcpop(                                                  \
				__riscv_vmfgt(ipu_vround_sr_f16##to(__riscv_vfmv_v_f_f32##from( \
									    1 + 0x1p-12f, vl_), \
								    vl_),                       \
					      1, vl_),                                          \
				vl_);                                                           \
		}                                                                               \
		ups_;                                                                           \
	})

static void check_ups(size_t ups)
{
	/* a quarter is 256, and ten standard deviations are 139 */
	ipu_assert(ups > 117 && ups < 395);
}

static void random_rounding(void)
{
	struct ipu_prng saved;
	size_t ups, i;

	ipu_prng_seed(12345);
	saved = ipu_prng_get();
	ups = UPS(m1, m2);
	check_ups(ups);
	check_ups(UPS(mf2, m1));
	check_ups(UPS(m2, m4));
	check_ups(UPS(m4, m8));
	ipu_prng_set(saved);
	ipu_assert(UPS(m1, m2) == ups);
	for (ups = 0, i = 0; i < 1024; i++)
		ups += ipu_round_sr(1 + 0x1p-12f) > 1;
	check_ups(ups);
	ipu_prng_set((struct ipu_prng){ { 0, 0, 0, 0 } });
	ipu_assert(ipu_round_sr(1 + 0x1.ffcp-11f) == 1);
	ipu_prng_set(saved);
	/* the seed is the same for all, the state is not */
	ipu_assert(saved.word[0] != ipu_unit());
}

/* ---- Matrix products --------------------------------------------------------------------------- */

#define SIZE 140

static float a[SIZE * SIZE], b[SIZE * SIZE], c[SIZE * SIZE], want[SIZE * SIZE];
static _Float16 a16[SIZE * SIZE], b16[SIZE * SIZE];

static void fill_matrices(void)
{
	uint32_t seed = 1, i;

	for (i = 0; i < SIZE * SIZE; i++) {
		seed = seed * 1664525 + 1013904223;
		a[i] = (float)(int32_t)seed * 0x1p-31f;
		a16[i] = (_Float16)a[i];
		seed = seed * 1664525 + 1013904223;
		b[i] = (float)(int32_t)seed * 0x1p-31f;
		b16[i] = (_Float16)b[i];
		c[i] = want[i] = a[i] + 1;
	}
}

static void expect(uint32_t m, uint32_t n)
{
	uint32_t row, column;

	for (row = 0; row < SIZE; row++)
		for (column = 0; column < SIZE; column++)
			ipu_assert(bits32(c[row * SIZE + column]) ==
				   bits32(row < m && column < n ? want[row * SIZE + column] :
								  a[row * SIZE + column] + 1));
}

static void check_sgemm(uint32_t m, uint32_t n, uint32_t k)
{
	uint32_t row, column, step;

	fill_matrices();
	for (row = 0; row < m; row++)
		for (column = 0; column < n; column++)
			for (step = 0; step < k; step++)
				want[row * SIZE + column] = __builtin_fmaf(
					a[row * SIZE + step], b[step * SIZE + column],
					want[row * SIZE + column]);
	ipu_sgemm(c, SIZE, a, SIZE, b, SIZE, m, n, k);
	expect(m, n);
}

static void check_hgemm(uint32_t m, uint32_t n, uint32_t k)
{
	uint32_t row, column, step;

	fill_matrices();
	for (row = 0; row < m; row++)
		for (column = 0; column < n; column++)
			for (step = 0; step < k; step++)
				want[row * SIZE + column] =
					__builtin_fmaf((float)a16[row * SIZE + step],
						       (float)b16[step * SIZE + column],
						       want[row * SIZE + column]);
	ipu_hgemm(c, SIZE, a16, SIZE, b16, SIZE, m, n, k);
	expect(m, n);
}

/* one instruction with halves, as they are and transposed */
static void check_halves(bool transposed)
{
	const uint32_t columns = ipu_amp_columns(), strides = ipu_amp_strides(SIZE, SIZE);
	const uint32_t steps = (uint32_t)ipu_amp_steps_f16(100);
	uint32_t row, column, step;
	vfloat32m8_t low, high;

	fill_matrices();
	for (row = 0; row < IPU_AMP_ROWS; row++)
		for (column = 0; column < columns; column++)
			for (step = 0; step < steps; step++)
				want[row * SIZE + column] =
					__builtin_fmaf((float)a16[transposed ? step * SIZE + row :
									       row * SIZE + step],
						       (float)b16[step * SIZE + column],
						       want[row * SIZE + column]);
	ipu_amp_load(&low, &high, c, SIZE);
	if (transposed)
		ipu_ampt_f16(&low, &high, a16, b16, strides, steps);
	else
		ipu_amp_f16(&low, &high, a16, b16, strides, steps);
	ipu_amp_store(c, SIZE, low, high);
	expect(IPU_AMP_ROWS, columns);
}

static void check_transposed(void)
{
	const uint32_t columns = ipu_amp_columns();
	const uint32_t steps = (uint32_t)ipu_amp_steps_f32(50);
	uint32_t row, column, step;
	vfloat32m8_t low, high;

	fill_matrices();
	for (row = 0; row < IPU_AMP_ROWS; row++)
		for (column = 0; column < columns; column++)
			for (step = 0; step < steps; step++)
				want[row * SIZE + column] = __builtin_fmaf(
					a[step * SIZE + row], b[step * SIZE + column],
					want[row * SIZE + column]);
	ipu_amp_load(&low, &high, c, SIZE);
	ipu_ampt_f32(&low, &high, a, b, ipu_amp_strides(SIZE, SIZE), steps);
	ipu_amp_store(c, SIZE, low, high);
	expect(IPU_AMP_ROWS, columns);
}

int main(void)
{
	scalars();
	fill();
	check_exp();
	check_log();
	check_tanh();
	check_sigmoid();
	check_rsqrt();
	check_to_e4m3();
	check_to_e5m2();
	check_to_e4m3_sat();
	check_to_e5m2_sat();
	check_from_e4m3();
	check_from_e5m2();
	random_rounding();
	check_sgemm(8, 32, 5);
	check_sgemm(16, 64, 140);
	check_sgemm(13, 45, 77);
	check_sgemm(3, 100, 10);
	check_sgemm(0, 7, 3);
	check_sgemm(9, 33, 0);
	check_hgemm(8, 32, 5);
	check_hgemm(16, 64, 140);
	check_hgemm(13, 45, 77);
	check_hgemm(3, 100, 10);
	check_hgemm(0, 7, 3);
	check_hgemm(9, 33, 0);
	check_halves(false);
	check_halves(true);
	check_transposed();
	return 0;
}
