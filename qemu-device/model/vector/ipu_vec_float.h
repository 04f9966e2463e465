/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Vector floating point: what its sources share, in any tier.
 *
 * The instructions are written once, over a chunk of VF_LANES elements, with
 * the functions of ipu_vec_float_lanes.c.inc, which exist in each tier:
 *
 *  - In the portable tier a chunk is the bits of one element (a half in the lower
 *    half of a word), and ipu_softfloat.c does the arithmetic.
 *  - In the others a chunk is a host vector in single precision. Halves become
 *    singles when they are loaded and are rounded again when they are stored,
 *    which gives the same as rounding once; ipu_exec_half.c says why.
 *
 * The host's instructions round and raise flags as MXCSR says, if that matches
 * frm; if the host does not have the mode the portable tier's handler is called.
 * Lanes of elements that are not computed hold zeros (divisors: one) and so raise
 * nothing. What raises flags on the host is assembly, as in ipu_host_fpu.h. Where
 * the host's result differs from RISC-V's, which happens for some NaNs and for
 * integers that do not fit, the portable tier continues from those elements on. If
 * that adds flags they are flags the host should have raised.
 */
#ifndef IPU_VEC_FLOAT_H
#define IPU_VEC_FLOAT_H

#include "exec/ipu_fpu.h"
#include "float/ipu_float_bits.h"
#include "ipu_vec.h"

enum vf_op {
	VF_ADD,
	VF_SUB,
	VF_RSUB,	/* b - a */
	VF_MUL,
	VF_DIV,
	VF_RDIV,	/* b / a */
	VF_SQRT,	/* of a */
	VF_MIN,
	VF_MAX,
};

enum vf_fma {
	VF_MADD,	/* a * b + c */
	VF_MSUB,	/* a * b - c */
	VF_NMSUB,	/* -(a * b) + c */
	VF_NMADD,	/* -(a * b) - c */
};

enum vf_compare { VF_EQ, VF_NE, VF_LT, VF_LE, VF_GT, VF_GE };

/* Properties of an instruction's operands: which are halves, and whether rs1 is an f register. */
#define VF_HALF_D	1
#define VF_HALF_1	2
#define VF_HALF_2	4
#define VF_SCALAR	8
#define VF_SINGLE	0
#define VF_HALF		(VF_HALF_D | VF_HALF_1 | VF_HALF_2)
#define VF_WIDEN	(VF_HALF_1 | VF_HALF_2)

/* words of 32 bits in a chunk */
#define VF_LANES	(IPU_TIER_BYTES > 16 ? IPU_TIER_BYTES / 4 : 1)

#define VF_INLINE	static inline __attribute__((always_inline))

/* the signs that a multiply-add inverts, of a and of c */
VF_INLINE uint32_t vf_flip_a(enum vf_fma form, uint32_t sign)
{
	return form == VF_NMSUB || form == VF_NMADD ? sign : 0;
}

VF_INLINE uint32_t vf_flip_c(enum vf_fma form, uint32_t sign)
{
	return form == VF_MSUB || form == VF_NMADD ? sign : 0;
}

/* The names of a tier's functions. */
#define lanes_t			IPU_T(lanes_t)
#define lanes_any_t		IPU_T(lanes_any_t)
#define vf_args			IPU_T(vf_args)
#define vf_mask			IPU_T(vf_mask)
#define vf_load			IPU_T(vf_load)
#define vf_store		IPU_T(vf_store)
#define vf_repeat		IPU_T(vf_repeat)
#define vf_splat		IPU_T(vf_splat)
#define vf_only			IPU_T(vf_only)
#define vf_widened		IPU_T(vf_widened)
#define vf_unordered		IPU_T(vf_unordered)
#define vf_all_ordered		IPU_T(vf_all_ordered)
#define vf_fma_host		IPU_T(vf_fma_host)
#define vf_fma_onto		IPU_T(vf_fma_onto)
#define vf_fma_four		IPU_T(vf_fma_four)
#define vf_canonical		IPU_T(vf_canonical)
#define vf_do			IPU_T(vf_do)
#define vf_extremum		IPU_T(vf_extremum)
#define vf_multiply_add		IPU_T(vf_multiply_add)
#define vf_fma_odd		IPU_T(vf_fma_odd)
#define vf_compared		IPU_T(vf_compared)
#define vf_key			IPU_T(vf_key)
#define vf_words		IPU_T(vf_words)
#define vf_halves		IPU_T(vf_halves)

/*
 * The handlers of row @name for the @sew'th width: @kernel(u, op, active, ...),
 * where active is NULL if all elements are computed. Groups of two chunks, which compilers
 * use most, have a handler without a loop.
 */
#define IPU_VF_HANDLERS(name, sew, kernel, ...) \
	static __attribute__((noinline)) void IPU_T(name##_##sew##_any)(IPU_HANDLER_ARGS) \
	{ \
		kernel(u, op, NULL, __VA_ARGS__); \
		IPU_VEC_NEXT(name); \
	} \
	static void IPU_T(name##_##sew##_all)(IPU_HANDLER_ARGS) \
	{ \
		IPU_VEC_GUARD(sew); \
		IPU_VF_ROUNDING(name##_##sew##_all_portable); \
		if (VF_LANES == 1 || u->vl != 2 * VF_LANES) \
			IPU_CONTINUE(IPU_T(name##_##sew##_any)); \
		kernel(u, op, NULL, __VA_ARGS__); \
		IPU_VEC_NEXT(name); \
	} \
	static void IPU_T(name##_##sew##_some)(IPU_HANDLER_ARGS) \
	{ \
		IPU_VEC_GUARD(sew); \
		IPU_VF_ROUNDING(name##_##sew##_some_portable); \
		kernel(u, op, ipu_vec_active(u, op), __VA_ARGS__); \
		IPU_VEC_NEXT_MASKED(name); \
	}

/*
 * The same for a @kernel that uses VF_EACH_OR. Not inline, so that a handler that
 * continues there does not save the host's registers that only this one uses.
 */
#define IPU_VF_HANDLERS_OR(name, sew, kernel, ...) \
	static void IPU_T(name##_##sew##_some)(IPU_HANDLER_ARGS) \
	{ \
		IPU_VEC_GUARD(sew); \
		IPU_VF_ROUNDING(name##_##sew##_some_portable); \
		if (ipu_unlikely(!kernel(u, op, ipu_vec_active(u, op), __VA_ARGS__))) \
			IPU_CONTINUE(name##_##sew##_some_portable); \
		IPU_VEC_NEXT_MASKED(name); \
	} \
	static __attribute__((noinline)) void IPU_T(name##_##sew##_all)(IPU_HANDLER_ARGS) \
	{ \
		IPU_VEC_GUARD(sew); \
		IPU_VF_ROUNDING(name##_##sew##_all_portable); \
		if (ipu_unlikely(!kernel(u, op, NULL, __VA_ARGS__))) \
			IPU_CONTINUE(name##_##sew##_some_portable); \
		IPU_VEC_NEXT(name); \
	}

/* Continue with handler @portable if the host does not round as frm says. */
#define IPU_VF_ROUNDING(portable) \
	do { \
		if (VF_LANES > 1) { \
			if (ipu_unlikely(!(u->rm_host >> IPU_DYN & 1))) \
				IPU_CONTINUE(portable); \
		} else if (ipu_unlikely(u->frm > IPU_RMM)) { \
			IPU_ILLEGAL(); \
		} \
	} while (0)

#define IPU_VF_PAIR(name, sew)	{ IPU_T(name##_##sew##_all), IPU_T(name##_##sew##_some) }
#define IPU_VF_NONE		{ NULL, NULL }

/* @step(args, i, mask, full, ...) for each chunk of the elements that are computed */
#define VF_EACH(u, active, step, ...) \
	do { \
		const size_t vl_ = (u)->vl; \
		size_t i_ = 0; \
		\
		if (!(active)) \
			_Pragma("GCC unroll 2") \
			for (; vl_ - i_ >= VF_LANES; i_ += VF_LANES) \
				step(&args, i_, (1u << VF_LANES) - 1, true, __VA_ARGS__); \
		for (; i_ < vl_; i_ += VF_LANES) { \
			const uint32_t mask_ = vf_mask(active, i_, vl_); \
			\
			if (mask_) \
				step(&args, i_, mask_, false, __VA_ARGS__); \
		} \
	} while (0)

/*
 * The same from element @start on, in a function that returns bool, and with a
 * @step that returns false, without storing anything, if the host's result is not
 * RISC-V's. Then the function returns false with this element in vstart, from
 * where the portable tier's handler continues; see IPU_VF_HANDLERS_OR.
 */
#define VF_EACH_OR(u, active, start, step, ...) \
	do { \
		const size_t vl_ = (u)->vl; \
		size_t i_ = (start); \
		uint32_t mask_ = (1u << VF_LANES) - 1; \
		bool done_ = true; \
		\
		if (!(active)) \
			for (; vl_ - i_ >= VF_LANES; i_ += VF_LANES) { \
				done_ = step(&args, i_, mask_, true, __VA_ARGS__); \
				if (ipu_unlikely(!done_)) \
					goto stopped; \
			} \
		for (; i_ < vl_; i_ += VF_LANES) { \
			mask_ = vf_mask(active, i_, vl_); \
			if (!mask_) \
				continue; \
			done_ = step(&args, i_, mask_, false, __VA_ARGS__); \
			if (ipu_unlikely(!done_)) \
				goto stopped; \
		} \
		return true; \
stopped: \
		if ((u)->vstart < i_) \
			(u)->vstart = i_; \
		return false; \
	} while (0)

#endif /* IPU_VEC_FLOAT_H */
