/* SPDX-License-Identifier: MIT */
/*
 * <math.h>: the C library's, where functions that are one instruction are known to the
 * compiler, which makes vectors of them. expf(), logf() and tanhf() are the SDK's; their
 * errors are below 1, 1 and 1.5 units in the last place.
 */
#ifndef IPU_MATH_H
#define IPU_MATH_H

/* The library's own have other names here. */
#define sqrtf ipu_libc_sqrtf_
#define fabsf ipu_libc_fabsf_
#define fminf ipu_libc_fminf_
#define fmaxf ipu_libc_fmaxf_
#define fmaf ipu_libc_fmaf_
#define copysignf ipu_libc_copysignf_
#include_next <math.h>
#undef sqrtf
#undef fabsf
#undef fminf
#undef fmaxf
#undef fmaf
#undef copysignf

#undef isnan
#undef isinf
#undef isfinite
#undef signbit
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)
#define signbit(x) __builtin_signbit(x)

static inline __attribute__((always_inline)) float sqrtf(float x)
{
	return __builtin_sqrtf(x);
}

static inline __attribute__((always_inline)) float fabsf(float x)
{
	return __builtin_fabsf(x);
}

static inline __attribute__((always_inline)) float fminf(float x, float y)
{
	return __builtin_fminf(x, y);
}

static inline __attribute__((always_inline)) float fmaxf(float x, float y)
{
	return __builtin_fmaxf(x, y);
}

static inline __attribute__((always_inline)) float fmaf(float x, float y, float z)
{
	return __builtin_fmaf(x, y, z);
}

static inline __attribute__((always_inline)) float copysignf(float x, float y)
{
	return __builtin_copysignf(x, y);
}

#endif /* IPU_MATH_H */
