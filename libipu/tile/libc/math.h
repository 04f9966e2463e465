/* SPDX-License-Identifier: MIT */
/*
 * The math functions a tile program has, float only. Those that are one
 * instruction, or a few, are exact or correctly rounded; the largest error of
 * the others is given in units in the last place of the result (ulp).
 */
#ifndef IPU_MATH_H
#define IPU_MATH_H

#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)

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

#ifdef __cplusplus
extern "C" {
#endif

/** expf - e to the power @x; error below 1 ulp */
float expf(float x);

/** logf - natural logarithm of @x; error below 1 ulp */
float logf(float x);

/** tanhf - hyperbolic tangent of @x; error below 1.5 ulp */
float tanhf(float x);

#ifdef __cplusplus
}
#endif

#endif /* IPU_MATH_H */
