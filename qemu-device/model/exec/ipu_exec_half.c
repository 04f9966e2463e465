// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Zfh: half-precision floating point. A half in a float register is NaN-boxed; a
 * register that holds anything else reads as the canonical NaN.
 *
 * The host computes in single precision. Its significand of 24 bits is so wide
 * that rounding a sum, product, quotient or root to 24 and then to 11 bits is the
 * same as rounding to 11 at once, flags included; a multiply-add needs more, see
 * ipu_fpu_fma_odd().
 */
#include "float/ipu_float_bits.h"
#include "float/ipu_host_fpu.h"
#include "ipu_exec.h"
#include "ipu_fpu.h"

static inline void set_canonical(struct ipu_unit *u, unsigned int reg, uint32_t half)
{
	ipu_set_half(u, reg, ipu_unlikely(ipu_f16_is_nan(half)) ? IPU_F16_NAN : half);
}

/* the instruction's rounding mode, above IPU_RMM if frm holds no valid one */
static inline unsigned int rounding(const struct ipu_unit *u, const struct ipu_op *op)
{
	return op->imm == IPU_DYN ? u->frm : (unsigned int)op->imm;
}

/*
 * Handlers that round: @expression of a, b and c if the host rounds as the
 * instruction requires, else @soft of the same. @get reads the operands from
 * registers, @set writes the result to one.
 */
#define IPU_OP_SOFT(name, soft, get_a, get_b, get_c, set) \
	static __attribute__((noinline)) void soft_##name(IPU_HANDLER_ARGS) \
	{ \
		const unsigned int rm = rounding(u, op); \
		\
		if (rm > IPU_RMM) \
			IPU_ILLEGAL(); \
		set(u, op->rd, soft(get_a, get_b, get_c, rm, &u->fflags)); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}

#if IPU_HOST_FPU
#define IPU_ON_HOST		ipu_likely(u->rm_host_half >> op->imm & 1)
#define IPU_DO_ON_HOST(name, set, expression) \
	do { \
		set(u, op->rd, expression); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	} while (0)
#else
#define IPU_ON_HOST		false
#define IPU_DO_ON_HOST(name, set, expression)	do { } while (0)
#endif

#define IPU_OP_ROUNDED(name, set, expression) \
	IPU_OP(name) \
	{ \
		if (!IPU_ON_HOST) \
			IPU_CONTINUE(soft_##name); \
		IPU_DO_ON_HOST(name, set, expression); \
	}

#define A	ipu_get_half(u, op->rs1)
#define B	ipu_get_half(u, op->rs2)
#define C	ipu_get_half(u, op->rs3)

/* as floats, with the bits of @flip inverted */
#define FLOAT_A(flip)	ipu_fpu_from_half(A ^ (flip))
#define FLOAT_B		ipu_fpu_from_half(B)
#define FLOAT_C(flip)	ipu_fpu_from_half(C ^ (flip))

#define IPU_OP_HHH(name, operation) \
	IPU_OP_SOFT(name, ipu_soft_##operation##_h, A, B, 0, ipu_set_half) \
	IPU_OP_ROUNDED(name, set_canonical, \
		       ipu_fpu_to_half(ipu_fpu_##operation(FLOAT_A(0), FLOAT_B)))

#define IPU_OP_FMA(name, flip_a, flip_c) \
	IPU_OP_SOFT(name, ipu_soft_fma_h, A ^ (flip_a), B, C ^ (flip_c), ipu_set_half) \
	IPU_OP_ROUNDED(name, set_canonical, \
		       ipu_fpu_to_half(ipu_fpu_fma_odd(FLOAT_A(flip_a), FLOAT_B, FLOAT_C(flip_c))))

IPU_OP_HHH(fadd_h, add)
IPU_OP_HHH(fsub_h, sub)
IPU_OP_HHH(fmul_h, mul)
IPU_OP_HHH(fdiv_h, div)

IPU_OP_SOFT(fsqrt_h, ipu_soft_sqrt_h, A, 0, 0, ipu_set_half)
IPU_OP_ROUNDED(fsqrt_h, set_canonical, ipu_fpu_to_half(ipu_fpu_sqrt(FLOAT_A(0))))

/* a * b + c, a * b - c, -(a * b) + c, -(a * b) - c */
IPU_OP_FMA(fmadd_h, 0, 0)
IPU_OP_FMA(fmsub_h, 0, IPU_F16_SIGN)
IPU_OP_FMA(fnmsub_h, IPU_F16_SIGN, 0)
IPU_OP_FMA(fnmadd_h, IPU_F16_SIGN, IPU_F16_SIGN)

/* ---- Conversions ------------------------------------------------------------------------- */

static inline void set_word(struct ipu_unit *u, unsigned int reg, uint32_t value)
{
	u->r[reg] = value;
}

#if IPU_HOST_FPU

static inline float word_as_float(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* only numbers below 2^31, for unsigned types not negative, see IPU_OP_TO_INT */
static inline uint32_t to_integer(uint32_t half, int32_t rm)
{
	float value = ipu_fpu_from_half(half);

	return rm == IPU_RTZ ? ipu_fpu_truncate(value) : ipu_fpu_to_i64(value);
}

#endif

/* Every finite number fits, a negative one only if the type has the bit @sign. */
#define IPU_OP_TO_INT(name, soft, sign) \
	IPU_OP_SOFT(name, soft, A, 0, 0, set_word) \
	IPU_OP(name) \
	{ \
		if (!IPU_ON_HOST || ipu_unlikely((A & ~(sign)) >= IPU_F16_INF)) \
			IPU_CONTINUE(soft_##name); \
		IPU_DO_ON_HOST(name, set_word, to_integer(A, op->imm)); \
	}

/* an integer too large for a float to hold all of it is too large for a half */
#define IPU_OP_FROM_INT(name, soft, type) \
	IPU_OP_SOFT(name, soft, u->r[op->rs1], 0, 0, ipu_set_half) \
	IPU_OP_ROUNDED(name, ipu_set_half, \
		       ipu_fpu_to_half(ipu_fpu_from_i64((type)u->r[op->rs1])))

IPU_OP_TO_INT(fcvt_w_h, ipu_soft_to_i32_h, IPU_F16_SIGN)
IPU_OP_TO_INT(fcvt_wu_h, ipu_soft_to_u32_h, 0u)
IPU_OP_FROM_INT(fcvt_h_w, ipu_soft_from_i32_h, int32_t)
IPU_OP_FROM_INT(fcvt_h_wu, ipu_soft_from_u32_h, uint32_t)

IPU_OP_SOFT(fcvt_h_s, ipu_soft_narrow, u->r[op->rs1], 0, 0, ipu_set_half)
IPU_OP_ROUNDED(fcvt_h_s, set_canonical, ipu_fpu_to_half(word_as_float(u->r[op->rs1])))

/* exact, so its rounding mode matters only if it is invalid */
IPU_OP(fcvt_s_h)
{
	if (ipu_unlikely(rounding(u, op) > IPU_RMM))
		IPU_ILLEGAL();
	u->r[op->rd] = ipu_soft_widen(A, 0, 0, IPU_RNE, &u->fflags);
	IPU_CHARGE(fcvt_s_h);
	IPU_NEXT();
}

/* ---- Loads and moves --------------------------------------------------------------------- */

/* fsh and fmv.x.h take the lower half of a register, whatever it holds: they are sh and sext.h */

IPU_OP(flh)
{
	const uint32_t offset = u->r[op->rs1] + op->imm;
	uint16_t value;

	if (ipu_unlikely(offset > IPU_SRAM_SIZE - sizeof(value)))
		IPU_FAULT(IPU_FAULT_LOAD, offset + IPU_SRAM_BASE, 0);
	memcpy(&value, sram + offset, sizeof(value));
	ipu_set_half(u, op->rd, value);
	IPU_CHARGE(flh);
	IPU_NEXT();
}

IPU_OP(fmv_h_x)
{
	ipu_set_half(u, op->rd, u->r[op->rs1] & 0xffff);
	IPU_CHARGE(fmv_h_x);
	IPU_NEXT();
}

/* ---- On the bits ------------------------------------------------------------------------- */

#define IPU_OP_BITS(name, set, expression) \
	IPU_OP(name) \
	{ \
		const uint32_t a = A; \
		const uint32_t b __attribute__((unused)) = B; \
		\
		set(u, op->rd, expression); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}

IPU_OP_BITS(fsgnj_h, ipu_set_half, (a & ~IPU_F16_SIGN) | (b & IPU_F16_SIGN))
IPU_OP_BITS(fsgnjn_h, ipu_set_half, (a & ~IPU_F16_SIGN) | (~b & IPU_F16_SIGN))
IPU_OP_BITS(fsgnjx_h, ipu_set_half, a ^ (b & IPU_F16_SIGN))
IPU_OP_BITS(fmin_h, ipu_set_half, ipu_float_extremum(&ipu_f16, a, b, false, &u->fflags))
IPU_OP_BITS(fmax_h, ipu_set_half, ipu_float_extremum(&ipu_f16, a, b, true, &u->fflags))
IPU_OP_BITS(feq_h, set_word, ipu_float_equal(&ipu_f16, a, b, &u->fflags))
IPU_OP_BITS(flt_h, set_word, ipu_float_less(&ipu_f16, a, b, false, &u->fflags))
IPU_OP_BITS(fle_h, set_word, ipu_float_less(&ipu_f16, a, b, true, &u->fflags))
IPU_OP_BITS(fclass_h, set_word, ipu_float_class(&ipu_f16, a))
