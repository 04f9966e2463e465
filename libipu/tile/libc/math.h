/* SPDX-License-Identifier: MIT */
/*
 * <math.h>: the C library's, where the functions of float that are one instruction are
 * that instruction. expf(), logf() and tanhf() are the SDK's; their errors are below
 * 1, 1 and 1.5 units in the last place.
 */
#ifndef IPU_MATH_H
#define IPU_MATH_H

#include_next <math.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IPU_INSTEAD_ extern inline __attribute__((always_inline, gnu_inline))

IPU_INSTEAD_ float sqrtf(float x)
{
	return __builtin_sqrtf(x);
}

IPU_INSTEAD_ float fabsf(float x)
{
	return __builtin_fabsf(x);
}

IPU_INSTEAD_ float fminf(float x, float y)
{
	return __builtin_fminf(x, y);
}

IPU_INSTEAD_ float fmaxf(float x, float y)
{
	return __builtin_fmaxf(x, y);
}

IPU_INSTEAD_ float fmaf(float x, float y, float z)
{
	return __builtin_fmaf(x, y, z);
}

IPU_INSTEAD_ float copysignf(float x, float y)
{
	return __builtin_copysignf(x, y);
}

IPU_INSTEAD_ double fabs(double x)
{
	return __builtin_fabs(x);
}

#undef IPU_INSTEAD_

#ifdef __cplusplus
}
#endif

#endif /* IPU_MATH_H */
