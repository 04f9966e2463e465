// SPDX-License-Identifier: MIT
/*
 * The standard vector intrinsics: exit code VLEN / 8 if all is right, else the number
 * of what was not.
 */
#include <ipu/tile.h>
#include <riscv_vector.h>

#define SIZE 333

static float x[SIZE], y[SIZE];
static _Float16 halves[SIZE];
static uint8_t bytes[SIZE];

/* y = x where x is positive, 0 elsewhere; and how many there are */
static uint32_t positive(void)
{
	uint32_t count = 0;
	size_t i, vl;

	for (i = 0; i < SIZE; i += vl) {
		vfloat32m4_t values;
		vbool8_t mask;

		vl = __riscv_vsetvl_e32m4(SIZE - i);
		values = __riscv_vle32_v_f32m4(x + i, vl);
		mask = __riscv_vmfgt(values, 0, vl);
		count += __riscv_vcpop(mask, vl);
		__riscv_vse32(y + i,
			      __riscv_vmerge(__riscv_vfmv_v_f_f32m4(0, vl), values, mask, vl), vl);
	}
	return count;
}

static float sum_of_halves(void)
{
	vfloat32m1_t sum = __riscv_vfmv_s_f_f32m1(0, 1);
	size_t i, vl;

	for (i = 0; i < SIZE; i += vl) {
		vl = __riscv_vsetvl_e16m2(SIZE - i);
		sum = __riscv_vfwredusum(__riscv_vle16_v_f16m2(halves + i, vl), sum, vl);
	}
	return __riscv_vfmv_f(sum);
}

static size_t first_zero(void)
{
	size_t i = 0;

	for (;;) {
		size_t vl;
		vuint8m8_t values;
		long first;

		/* behind the end of SRAM there would be less to load */
		values = __riscv_vle8ff_v_u8m8(bytes + i, &vl, __riscv_vsetvlmax_e8m8());
		first = __riscv_vfirst(__riscv_vmseq(values, 0, vl), vl);
		if (first >= 0)
			return i + (size_t)first;
		i += vl;
	}
}

int main(void)
{
	uint32_t i, count = 0;

	for (i = 0; i < SIZE; i++) {
		x[i] = (float)(int32_t)(i * 7 % 11) - 5;
		halves[i] = (_Float16)(float)(i % 16);
		bytes[i] = (uint8_t)(i % 255 + 1);
		count += x[i] > 0;
	}
	bytes[SIZE - 30] = 0;
	if (positive() != count)
		return 1;
	for (i = 0; i < SIZE; i++)
		if (y[i] != (x[i] > 0 ? x[i] : 0))
			return 2;
	/* 20 times 0 to 15, and 0 to 12 */
	if (sum_of_halves() != 20 * 120 + 78)
		return 3;
	if (first_zero() != SIZE - 30)
		return 4;
	return (int)__riscv_vlenb();
}
