/* SPDX-License-Identifier: MIT */
/*
 * Vectors of floats in SRAM, of each of the three types, computed with in f32: what the kernels
 * of operations begin and end with.
 */
#ifndef IPU_OPS_FLOATS_H
#define IPU_OPS_FLOATS_H

#include <riscv_vector.h>

#include <ipu/step.h>

#define FLOATS 3 /* f32, f16, bf16, in this order */

/** float_index - which of the three a type is; refuses any other */
static inline uint32_t float_index(const struct ipu_ops *ops, enum ipu_dtype dtype)
{
	switch (dtype) {
	case IPU_F32:
		return 0;
	case IPU_F16:
		return 1;
	case IPU_BF16:
		return 2;
	default:
		ipu_ops_refuse(ops, "it takes f32, f16 and bfloat16, not type %lu",
			       (unsigned long)dtype);
	}
}

/** LOAD - @vl elements from number @at on, as f32 */
#define LOAD(type, data, at, vl) load_##type((data), (at), (vl))
/** STORE - put elements back, rounded to nearest, ties to even */
#define STORE(type, data, at, value, vl) store_##type((data), (at), (value), (vl))

static inline __attribute__((always_inline)) vfloat32m4_t load_f32(const void *data, uint32_t at,
								   size_t vl)
{
	return __riscv_vle32_v_f32m4((const float *)data + at, vl);
}

static inline __attribute__((always_inline)) vfloat32m4_t load_f16(const void *data, uint32_t at,
								   size_t vl)
{
	return __riscv_vfwcvt_f_f_v_f32m4(__riscv_vle16_v_f16m2((const _Float16 *)data + at, vl),
					  vl);
}

static inline __attribute__((always_inline)) vfloat32m4_t load_bf16(const void *data, uint32_t at,
								    size_t vl)
{
	const vuint16m2_t bits = __riscv_vle16_v_u16m2((const uint16_t *)data + at, vl);

	return __riscv_vreinterpret_v_u32m4_f32m4(
		__riscv_vsll(__riscv_vzext_vf2_u32m4(bits, vl), 16, vl));
}

static inline __attribute__((always_inline)) void store_f32(void *data, uint32_t at,
							    vfloat32m4_t value, size_t vl)
{
	__riscv_vse32((float *)data + at, value, vl);
}

static inline __attribute__((always_inline)) void store_f16(void *data, uint32_t at,
							    vfloat32m4_t value, size_t vl)
{
	__riscv_vse16((_Float16 *)data + at, __riscv_vfncvt_f_f_w_f16m2(value, vl), vl);
}

static inline __attribute__((always_inline)) void store_bf16(void *data, uint32_t at,
							     vfloat32m4_t value, size_t vl)
{
	const vuint32m4_t bits = __riscv_vreinterpret_v_f32m4_u32m4(value);
	const vbool8_t nan = __riscv_vmfne(value, value, vl);
	vuint32m4_t up = __riscv_vand(__riscv_vsrl(bits, 16, vl), 1, vl);

	up = __riscv_vadd(__riscv_vadd(up, 0x7fff, vl), bits, vl);
	up = __riscv_vmerge(up, 0x7fc00000, nan, vl);
	__riscv_vse16((uint16_t *)data + at, __riscv_vnsrl(up, 16, vl), vl);
}

#endif /* IPU_OPS_FLOATS_H */
