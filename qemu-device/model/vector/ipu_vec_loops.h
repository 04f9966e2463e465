/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Loops over the elements of vectors, for the sources that ipu_vec_tiers.h
 * includes.
 *
 * An instruction is executed a host vector at a time: N elements, as many as fill one
 * in the widest operand. The compiler vectorises the loop over these, whose count is
 * constant. If all elements of a group are written they go directly to vd; if only
 * some are (the last ones of a vl, a mask) all are computed in a buffer, and those
 * wanted are stored. So handlers read past their groups, but never past u->vscratch,
 * which is after all registers.
 *
 * Where vd overlaps a source (of another width, see ipu_vec_legal.c) the ascending
 * order makes the result correct: no element is written before all that are at its
 * place have been read.
 */
#ifndef IPU_VEC_LOOPS_H
#define IPU_VEC_LOOPS_H

#include "ipu_vec.h"

/* Elements of the n'th SEW (s signed, u unsigned), of twice, half, a quarter of it. */
typedef int8_t ipu_s0 __attribute__((may_alias));
typedef int16_t ipu_s1 __attribute__((may_alias));
typedef int32_t ipu_s2 __attribute__((may_alias));
typedef uint8_t ipu_u0 __attribute__((may_alias));
typedef uint16_t ipu_u1 __attribute__((may_alias));
typedef uint32_t ipu_u2 __attribute__((may_alias));
typedef ipu_s1 ipu_ws0;
typedef ipu_s2 ipu_ws1;
typedef int64_t ipu_ws2;
typedef ipu_u1 ipu_wu0;
typedef ipu_u2 ipu_wu1;
typedef uint64_t ipu_wu2;
typedef ipu_s0 ipu_hs1;
typedef ipu_s1 ipu_hs2;
typedef ipu_u0 ipu_hu1;
typedef ipu_u1 ipu_hu2;
typedef ipu_s0 ipu_qs2;
typedef ipu_u0 ipu_qu2;

/* In this tier, of elements of the n'th SEW: a host vector, and functions of ipu_vec_lanes.h. */
#define IPU_LANES_u0	IPU_T(lanes8)
#define IPU_LANES_u1	IPU_T(lanes16)
#define IPU_LANES_u2	IPU_T(lanes32)
#define IPU_LANES_s0	IPU_T(slanes8)
#define IPU_LANES_s1	IPU_T(slanes16)
#define IPU_LANES_s2	IPU_T(slanes32)
#define IPU_SPREAD_0	IPU_T(spread8)
#define IPU_SPREAD_1	IPU_T(spread16)
#define IPU_SPREAD_2	IPU_T(spread32)
#define IPU_SIGNS_0	IPU_T(signs8)
#define IPU_SIGNS_1	IPU_T(signs16)
#define IPU_SIGNS_2	IPU_T(signs32)

/* Before a loop whose iterations the compiler may do at once. */
#ifdef __clang__
#define IPU_VEC_PARALLEL	_Pragma("clang loop vectorize(assume_safety)")
#else
#define IPU_VEC_PARALLEL	_Pragma("GCC ivdep")
#endif

/* the lowest @n bits, all if there are more than 64 */
static inline uint64_t ipu_vec_low(uint32_t n)
{
	return n < 64 ? ((uint64_t)1 << n) - 1 : UINT64_MAX;
}

/* bits i .. i + n - 1 of a mask, at most 64; n is a power of two, and i a multiple of it */
static inline uint64_t ipu_vec_bits(const uint8_t *mask, uint32_t i, uint32_t n)
{
	uint64_t bits = 0;

	if (n <= 8)
		return mask[i / 8] >> i % 8 & ipu_vec_low(n);
	memcpy(&bits, mask + i / 8, n / 8);
	return bits;
}

/* write the bits of those in @some */
static inline void ipu_vec_put_bits(uint8_t *mask, uint32_t i, uint32_t n, uint64_t bits,
				    uint64_t some)
{
	uint64_t old = 0;

	if (n < 8) {
		some &= ipu_vec_low(n);
		mask[i / 8] = (mask[i / 8] & ~(some << i % 8)) | (bits & some) << i % 8;
		return;
	}
	memcpy(&old, mask + i / 8, n / 8);
	old = (old & ~some) | (bits & some);
	memcpy(mask + i / 8, &old, n / 8);
}

/* store_some of elements of sizeof(*(to)) */
#define IPU_VEC_STORE_SOME(to, from, bits) \
	do { \
		if (sizeof(*(to)) == 1) \
			IPU_T(store_some8)(to, from, bits); \
		else if (sizeof(*(to)) == 2) \
			IPU_T(store_some16)(to, from, bits); \
		else \
			IPU_T(store_some32)(to, from, bits); \
	} while (0)

/* store those of the @vl elements at @from that are @active */
#define IPU_VEC_STORE_ACTIVE(to, from, active, vl) \
	do { \
		enum { LANES = IPU_TIER_BYTES / sizeof(*(to)) }; \
		uint32_t at; \
		\
		for (at = 0; at < (vl); at += LANES) \
			IPU_VEC_STORE_SOME((to) + at, (from) + at, \
					   ipu_vec_bits(active, at, LANES) & \
					   ipu_vec_low((vl) - at)); \
	} while (0)

/*
 * Define the handlers of row @name for the @sew'th width: elements of @dtype,
 * computed as many at a time as fill a host vector with elements of @wide.
 * @setup: declarations; @each: declarations, of element k; @value: of element k
 */
#define IPU_VEC_EACH(name, sew, wide, dtype, setup, each, value) \
	static void IPU_T(name##_##sew##_all)(IPU_HANDLER_ARGS) \
	{ \
		IPU_VEC_GUARD(sew); \
		{ \
			enum { N = IPU_TIER_BYTES / sizeof(wide) }; \
			dtype *vd = (void *)ipu_vec_reg(u, op->rd); \
			const uint32_t vl = u->vl; \
			size_t i, j; \
			setup \
			\
			for (i = 0; i + N <= vl; i += N) { \
				IPU_VEC_PARALLEL \
				for (j = 0; j < N; j++) { \
					const size_t k __attribute__((unused)) = i + j; \
					each \
					vd[k] = (dtype)(value); \
				} \
			} \
			if (i < vl) { \
				dtype t[IPU_TIER_BYTES / sizeof(dtype)] = { 0 }; \
				\
				IPU_VEC_PARALLEL \
				for (j = 0; j < N; j++) { \
					const size_t k __attribute__((unused)) = i + j; \
					each \
					t[j] = (dtype)(value); \
				} \
				IPU_VEC_STORE_SOME(vd + i, t, ipu_vec_low(vl - i)); \
			} \
		} \
		IPU_VEC_NEXT(name); \
	} \
	static void IPU_T(name##_##sew##_some)(IPU_HANDLER_ARGS) \
	{ \
		IPU_VEC_GUARD(sew); \
		{ \
			enum { N = IPU_TIER_BYTES / sizeof(wide) }; \
			const uint8_t *active = ipu_vec_active(u, op); \
			dtype *vd = (void *)ipu_vec_reg(u, op->rd); \
			const uint32_t vl = u->vl; \
			size_t i, j; \
			setup \
			\
			for (i = 0; i < vl; i += N) { \
				dtype t[IPU_TIER_BYTES / sizeof(dtype)] = { 0 }; \
				\
				IPU_VEC_PARALLEL \
				for (j = 0; j < N; j++) { \
					const size_t k __attribute__((unused)) = i + j; \
					each \
					t[j] = (dtype)(value); \
				} \
				IPU_VEC_STORE_SOME(vd + i, t, \
						   ipu_vec_bits(active, i, N) & \
						   ipu_vec_low(vl - i)); \
			} \
		} \
		IPU_VEC_NEXT_MASKED(name); \
	}

/*
 * The same as a single handler, IPU_T(name_sew), for all elements and for some, if the
 * code is large and better compiled once. @after follows each host vector; `some` are
 * the elements of it that are written.
 */
#define IPU_VEC_EACH_ONCE(name, sew, wide, dtype, setup, each, value, after, end) \
	static void IPU_T(name##_##sew)(IPU_HANDLER_ARGS) \
	{ \
		IPU_VEC_GUARD(sew); \
		{ \
			enum { N = IPU_TIER_BYTES / sizeof(wide) }; \
			const bool all = !u->vstart && ipu_vec_unmasked(op); \
			const uint8_t *active = all ? NULL : ipu_vec_active(u, op); \
			dtype *vd = (void *)ipu_vec_reg(u, op->rd); \
			const uint32_t vl = u->vl; \
			size_t i, j; \
			setup \
			\
			for (i = 0; i < vl; i += N) { \
				const uint64_t some = ipu_vec_low(vl - i) & \
					(all ? ipu_vec_low(N) : ipu_vec_bits(active, i, N)); \
				dtype t[IPU_TIER_BYTES / sizeof(dtype)] = { 0 }; \
				\
				IPU_VEC_PARALLEL \
				for (j = 0; j < N; j++) { \
					const size_t k = i + j; \
					each \
					t[j] = (dtype)(value); \
				} \
				if (some == ipu_vec_low(N)) \
					memcpy(vd + i, t, N * sizeof(*t)); \
				else \
					IPU_VEC_STORE_SOME(vd + i, t, some); \
				after \
			} \
			end \
		} \
		IPU_VEC_NEXT_MASKED(name); \
	}

/* The table of a row that has one handler for all elements and for some. */
#define IPU_VEC_ROW_ONCE(name) \
	IPU_VEC_TABLE(name) = { .fn = { \
		{ IPU_T(name##_0), IPU_T(name##_0) }, \
		{ IPU_T(name##_1), IPU_T(name##_1) }, \
		{ IPU_T(name##_2), IPU_T(name##_2) }, \
	} };

#define IPU_VEC_ROW_ONCE_01(name) \
	IPU_VEC_TABLE(name) = { .fn = { \
		{ IPU_T(name##_0), IPU_T(name##_0) }, \
		{ IPU_T(name##_1), IPU_T(name##_1) }, \
	} };

/* The table of a row that has the handlers above for every SEW. */
#define IPU_VEC_ROW(name) \
	IPU_VEC_TABLE(name) = { .fn = { \
		{ IPU_T(name##_0_all), IPU_T(name##_0_some) }, \
		{ IPU_T(name##_1_all), IPU_T(name##_1_some) }, \
		{ IPU_T(name##_2_all), IPU_T(name##_2_some) }, \
	} };

/* of a row with one handler for every SEW */
#define IPU_VEC_ROW_ANY(name, handler) \
	IPU_VEC_TABLE(name) = { .fn = { \
		{ handler, handler }, { handler, handler }, { handler, handler }, \
	} };

#define IPU_VEC_ROW_01(name) \
	IPU_VEC_TABLE(name) = { .fn = { \
		{ IPU_T(name##_0_all), IPU_T(name##_0_some) }, \
		{ IPU_T(name##_1_all), IPU_T(name##_1_some) }, \
	} };

#define IPU_VEC_ROW_12(name) \
	IPU_VEC_TABLE(name) = { .fn = { \
		{ NULL }, \
		{ IPU_T(name##_1_all), IPU_T(name##_1_some) }, \
		{ IPU_T(name##_2_all), IPU_T(name##_2_some) }, \
	} };

/* The operand b, of @type: a register's elements, an x register, an immediate (signed, not). */
#define IPU_VEC_SETUP_V(type)	const type *vb = (const void *)ipu_vec_reg(u, op->rs1);
#define IPU_VEC_SETUP_X(type)	const type vb = (type)u->r[op->rs1];
#define IPU_VEC_SETUP_I(type)	const type vb = (type)(int8_t)op->rs1;
#define IPU_VEC_SETUP_U(type)	const type vb = (type)op->rs1;
#define IPU_VEC_B_V	vb[k]
#define IPU_VEC_B_X	vb
#define IPU_VEC_B_I	vb
#define IPU_VEC_B_U	vb

/*
 * Elements of @dtype from a of @atype, in vs2, and b of @btype, which comes from
 * @from, V, X, I or U; and c, vd's own, where there is one.
 */
#define IPU_VEC_BINARY(name, sew, wide, dtype, atype, btype, from, value) \
	IPU_VEC_EACH(name, sew, wide, dtype, \
		     const atype *va = (const void *)ipu_vec_reg(u, op->rs2); \
		     IPU_VEC_SETUP_##from(btype), \
		     const atype a = va[k]; const btype b = IPU_VEC_B_##from;, \
		     value(sew, a, b))

#define IPU_VEC_TERNARY(name, sew, wide, dtype, atype, btype, from, value) \
	IPU_VEC_EACH(name, sew, wide, dtype, \
		     const atype *va = (const void *)ipu_vec_reg(u, op->rs2); \
		     IPU_VEC_SETUP_##from(btype), \
		     const atype a = va[k]; const btype b = IPU_VEC_B_##from; \
		     const dtype c = vd[k];, \
		     value(sew, a, b, c))

#define IPU_VEC_UNARY(name, sew, wide, dtype, atype, value) \
	IPU_VEC_EACH(name, sew, wide, dtype, \
		     const atype *va = (const void *)ipu_vec_reg(u, op->rs2);, \
		     const atype a = va[k];, \
		     value(sew, a))

#endif /* IPU_VEC_LOOPS_H */
