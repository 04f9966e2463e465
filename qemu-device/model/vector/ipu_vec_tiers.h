/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Includes the file IPU_VEC_SOURCE names once for each tier, with
 *
 *	IPU_TIER	the tier, an enum ipu_vec_tier
 *	IPU_TIER_BYTES	of the host's vector registers that the tier uses: 16, 32 or 64
 *	IPU_T(name)	name with the tier's suffix, for all the file defines
 *
 * and code generation for that tier's instruction sets. On hosts other than x86 there
 * is only the portable tier, under all three names, so that tables of handlers are the
 * same everywhere.
 *
 * The source must define for each of its rows a table named IPU_VEC_TABLE(name), and
 * may use ipu_vec_copy.h and ipu_vec_lanes.h. It includes no headers: what is included
 * before this file stays compiled for any host.
 */
#include "ipu_vec.h"

#if IPU_VEC_X86
#include <immintrin.h>
#endif

#define IPU_VEC_TABLE(name)	const struct ipu_vec_op IPU_T(ipu_vec_##name)

#define IPU_TIER	IPU_VEC_PORTABLE
#define IPU_TIER_BYTES	16
#define IPU_T(name)	name##_portable
#include "ipu_vec_copy.h"
#include "ipu_vec_lanes.h"
#include IPU_VEC_SOURCE
#undef IPU_TIER
#undef IPU_TIER_BYTES
#undef IPU_T

#if IPU_VEC_X86
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))), \
			     apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt")
#endif
#endif
#define IPU_TIER	IPU_VEC_AVX2
#define IPU_TIER_BYTES	(IPU_VEC_X86 ? 32 : 16)
#define IPU_T(name)	name##_avx2
#include "ipu_vec_copy.h"
#include "ipu_vec_lanes.h"
#include IPU_VEC_SOURCE
#undef IPU_TIER
#undef IPU_TIER_BYTES
#undef IPU_T
#if IPU_VEC_X86
#ifdef __clang__
#pragma clang attribute pop
#pragma clang attribute push( \
	__attribute__((target("avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512dq," \
			      "avx512vl"))), apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512dq,avx512vl,prefer-vector-width=512")
#endif
#endif
#define IPU_TIER	IPU_VEC_AVX512
#define IPU_TIER_BYTES	(IPU_VEC_X86 ? 64 : 16)
#define IPU_T(name)	name##_avx512
#include "ipu_vec_copy.h"
#include "ipu_vec_lanes.h"
#include IPU_VEC_SOURCE
#undef IPU_TIER
#undef IPU_TIER_BYTES
#undef IPU_T
#if IPU_VEC_X86
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
