/* SPDX-License-Identifier: MIT */
/*
 * Xipu's functions: exp, log, tanh, sigmoid and rsqrt as one instruction each, on
 * float, _Float16 and vectors of them. The error of a float is below 0.5001 units in
 * the last place, and a _Float16 is correctly rounded. Included by <ipu/tile.h>.
 *
 * On vectors they are named as the standard intrinsics are: ipu_vexp_v_f32m2(x, vl)
 * is exp of vl elements of a vfloat32m2_t, and ipu_vexp_v_f32m2_mu(mask, old, x, vl)
 * leaves elements that are masked off as in old. There is f32m1 to f32m8, and f16mf2
 * to f16m8.
 */
#ifndef IPU_TILE_MATH_H
#define IPU_TILE_MATH_H

#include <ipu/tile.h>

#define IPU_FUNCTION_(funct7, number, type, x)                                             \
	({                                                                                 \
		type result_;                                                              \
                                                                                           \
		__asm__(".insn r %1, %2, %3, %0, %4, x%5"                                  \
			: "=f"(result_)                                                    \
			: "i"(IPU_OPCODE), "i"(IPU_F3_FLOAT), "i"(funct7), "f"((type)(x)), \
			  "i"(number));                                                    \
		result_;                                                                   \
	})

/** ipu_exp - e to the power @x */
IPU_INLINE_ float ipu_exp(float x)
{
	return IPU_FUNCTION_(IPU_F7_FN_S, IPU_FN_EXP, float, x);
}

/** ipu_log - natural logarithm of @x: minus infinity of 0, NaN below */
IPU_INLINE_ float ipu_log(float x)
{
	return IPU_FUNCTION_(IPU_F7_FN_S, IPU_FN_LOG, float, x);
}

/** ipu_tanh - hyperbolic tangent of @x */
IPU_INLINE_ float ipu_tanh(float x)
{
	return IPU_FUNCTION_(IPU_F7_FN_S, IPU_FN_TANH, float, x);
}

/** ipu_sigmoid - 1 / (1 + e to the power -@x) */
IPU_INLINE_ float ipu_sigmoid(float x)
{
	return IPU_FUNCTION_(IPU_F7_FN_S, IPU_FN_SIGMOID, float, x);
}

/** ipu_rsqrt - 1 / square root of @x: infinity of 0, NaN below */
IPU_INLINE_ float ipu_rsqrt(float x)
{
	return IPU_FUNCTION_(IPU_F7_FN_S, IPU_FN_RSQRT, float, x);
}

#ifdef __riscv_zfhmin

/* the same of halves */
IPU_INLINE_ _Float16 ipu_exp_f16(_Float16 x)
{
	return IPU_FUNCTION_(IPU_F7_FN_H, IPU_FN_EXP, _Float16, x);
}

IPU_INLINE_ _Float16 ipu_log_f16(_Float16 x)
{
	return IPU_FUNCTION_(IPU_F7_FN_H, IPU_FN_LOG, _Float16, x);
}

IPU_INLINE_ _Float16 ipu_tanh_f16(_Float16 x)
{
	return IPU_FUNCTION_(IPU_F7_FN_H, IPU_FN_TANH, _Float16, x);
}

IPU_INLINE_ _Float16 ipu_sigmoid_f16(_Float16 x)
{
	return IPU_FUNCTION_(IPU_F7_FN_H, IPU_FN_SIGMOID, _Float16, x);
}

IPU_INLINE_ _Float16 ipu_rsqrt_f16(_Float16 x)
{
	return IPU_FUNCTION_(IPU_F7_FN_H, IPU_FN_RSQRT, _Float16, x);
}

#endif /* __riscv_zfhmin */

#ifdef __riscv_vector

#include <riscv_vector.h>

/* Both forms of an instruction for one type, which @config says to vsetvli. */
#define IPU_VECTOR_FUNCTION_(name, number, suffix, type, mask_type, config)                        \
	IPU_INLINE_ type ipu_##name##_v_##suffix(type x, size_t vl)                                \
	{                                                                                          \
		type d;                                                                            \
                                                                                                   \
		__asm__("vsetvli zero, %2, " config ", ta, ma\n\t"                                 \
			".insn r %3, %4, %5, %0, x%6, %1"                                          \
			: "=vr"(d)                                                                 \
			: "vr"(x), "r"(vl), "i"(IPU_OPCODE), "i"(IPU_F3_VECTOR),                   \
			  "i"(IPU_F6_FN << 1 | 1), "i"(number)                                     \
			: "vl", "vtype");                                                          \
		return d;                                                                          \
	}                                                                                          \
	IPU_INLINE_ type ipu_##name##_v_##suffix##_mu(mask_type mask, type old, type x, size_t vl) \
	{                                                                                          \
		__asm__("vsetvli zero, %2, " config ", ta, mu\n\t"                                 \
			".insn r %3, %4, %5, %0, x%6, %1 # %7"                                     \
			: "+&vr"(old)                                                              \
			: "vr"(x), "r"(vl), "i"(IPU_OPCODE), "i"(IPU_F3_VECTOR),                   \
			  "i"(IPU_F6_FN << 1), "i"(number), "vm"(mask)                             \
			: "vl", "vtype");                                                          \
		return old;                                                                        \
	}

#define IPU_VECTOR_FUNCTIONS_(name, number)                                              \
	IPU_VECTOR_FUNCTION_(name, number, f32m1, vfloat32m1_t, vbool32_t, "e32, m1")    \
	IPU_VECTOR_FUNCTION_(name, number, f32m2, vfloat32m2_t, vbool16_t, "e32, m2")    \
	IPU_VECTOR_FUNCTION_(name, number, f32m4, vfloat32m4_t, vbool8_t, "e32, m4")     \
	IPU_VECTOR_FUNCTION_(name, number, f32m8, vfloat32m8_t, vbool4_t, "e32, m8")     \
	IPU_VECTOR_FUNCTION_(name, number, f16mf2, vfloat16mf2_t, vbool32_t, "e16, mf2") \
	IPU_VECTOR_FUNCTION_(name, number, f16m1, vfloat16m1_t, vbool16_t, "e16, m1")    \
	IPU_VECTOR_FUNCTION_(name, number, f16m2, vfloat16m2_t, vbool8_t, "e16, m2")     \
	IPU_VECTOR_FUNCTION_(name, number, f16m4, vfloat16m4_t, vbool4_t, "e16, m4")     \
	IPU_VECTOR_FUNCTION_(name, number, f16m8, vfloat16m8_t, vbool2_t, "e16, m8")

IPU_VECTOR_FUNCTIONS_(vexp, IPU_FN_EXP)
IPU_VECTOR_FUNCTIONS_(vlog, IPU_FN_LOG)
IPU_VECTOR_FUNCTIONS_(vtanh, IPU_FN_TANH)
IPU_VECTOR_FUNCTIONS_(vsigmoid, IPU_FN_SIGMOID)
IPU_VECTOR_FUNCTIONS_(vrsqrt, IPU_FN_RSQRT)

#endif /* __riscv_vector */

#endif /* IPU_TILE_MATH_H */
