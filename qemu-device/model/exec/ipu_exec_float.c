// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * F: single-precision floating point. Loads, stores and moves are integer
 * handlers, see ipu_decode_table.def.
 *
 * Operations that round use the host's FPU if it is in the right rounding mode,
 * and ipu_softfloat.c if not. NaN results become the canonical NaN. Comparisons
 * and the like work on the bits and raise their one flag themselves.
 */
#include "float/ipu_float_bits.h"
#include "float/ipu_host_fpu.h"
#include "ipu_exec.h"

/*
 * Execute the op by @soft, with the instruction's rounding mode.
 * Return: false, with nothing changed, if frm holds no valid mode.
 */
static bool by_software(struct ipu_unit *u, const struct ipu_op *op, ipu_soft_op *soft,
			uint32_t flip_a, uint32_t flip_c)
{
	unsigned int rm = op->imm == IPU_DYN ? u->frm : (unsigned int)op->imm;

	if (rm > IPU_RMM)
		return false;
	u->r[op->rd] = soft(u->r[op->rs1] ^ flip_a, u->r[op->rs2], u->r[op->rs3] ^ flip_c, rm,
			    &u->fflags);
	return true;
}

/* Define soft_@name, a handler of row @name, with the bits of the flips inverted in rs1 and rs3. */
#define IPU_OP_SOFT(name, soft, flip_a, flip_c) \
	static __attribute__((noinline)) void soft_##name(IPU_HANDLER_ARGS) \
	{ \
		if (!by_software(u, op, soft, flip_a, flip_c)) \
			IPU_ILLEGAL(); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}

#if IPU_HOST_FPU

#define IPU_ON_HOST(modes)	ipu_likely((modes) >> op->imm & 1)

static inline float get_float(const struct ipu_unit *u, unsigned int reg, uint32_t flip)
{
	uint32_t bits = u->r[reg] ^ flip;
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline void set_float(struct ipu_unit *u, unsigned int reg, float value)
{
	memcpy(&u->r[reg], &value, sizeof(value));
	if (ipu_unlikely(__builtin_isunordered(value, value)))
		u->r[reg] = IPU_F32_NAN;
}

/* The handlers that round: on the host if it is in the right mode, else soft_@name. */
#define IPU_OP_ROUNDED(name, value) \
	IPU_OP(name) \
	{ \
		if (!IPU_ON_HOST(u->rm_host)) \
			IPU_CONTINUE(soft_##name); \
		set_float(u, op->rd, value); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}

#define IPU_OP_FFF(name, operation) \
	IPU_OP_SOFT(name, ipu_soft_##operation, 0, 0) \
	IPU_OP_ROUNDED(name, ipu_fpu_##operation(get_float(u, op->rs1, 0), \
						 get_float(u, op->rs2, 0)))

#define IPU_OP_SQRT(name) \
	IPU_OP_SOFT(name, ipu_soft_sqrt, 0, 0) \
	IPU_OP_ROUNDED(name, ipu_fpu_sqrt(get_float(u, op->rs1, 0)))

#define IPU_OP_FROM_INT(name, soft, type) \
	IPU_OP_SOFT(name, soft, 0, 0) \
	IPU_OP_ROUNDED(name, ipu_fpu_from_i64((type)u->r[op->rs1]))

/*
 * NaNs take the slow path: whether infinity times zero plus a quiet NaN is
 * invalid differs between the host and RISC-V.
 */
#define IPU_OP_FMA(name, flip_a, flip_c) \
	IPU_OP_SOFT(name, ipu_soft_fma, flip_a, flip_c) \
	IPU_OP(name) \
	{ \
		float value; \
		\
		if (!IPU_ON_HOST(u->rm_host_fma)) \
			IPU_CONTINUE(soft_##name); \
		value = ipu_fpu_fma(get_float(u, op->rs1, flip_a), get_float(u, op->rs2, 0), \
				    get_float(u, op->rs3, flip_c)); \
		if (ipu_unlikely(__builtin_isunordered(value, value))) \
			IPU_CONTINUE(soft_##name); \
		memcpy(&u->r[op->rd], &value, sizeof(value)); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}

/*
 * To an integer: magnitudes below @limit, the bits of a power of two within the
 * type's range, and for unsigned types nothing negative. Other values saturate,
 * which the host does differently.
 */
#define IPU_OP_TO_INT(name, soft, limit, sign) \
	IPU_OP_SOFT(name, soft, 0, 0) \
	IPU_OP(name) \
	{ \
		if (ipu_unlikely((u->r[op->rs1] & ~(sign)) >= (limit))) \
			IPU_CONTINUE(soft_##name); \
		if (ipu_likely(op->imm == IPU_RTZ)) \
			u->r[op->rd] = ipu_fpu_truncate(get_float(u, op->rs1, 0)); \
		else if (IPU_ON_HOST(u->rm_host)) \
			u->r[op->rd] = ipu_fpu_to_i64(get_float(u, op->rs1, 0)); \
		else \
			IPU_CONTINUE(soft_##name); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}

#else

#define IPU_OP_ALL_SOFT(name, soft, flip_a, flip_c) \
	IPU_OP_SOFT(name, soft, flip_a, flip_c) \
	IPU_OP(name) \
	{ \
		IPU_CONTINUE(soft_##name); \
	}

#define IPU_OP_FFF(name, operation)		IPU_OP_ALL_SOFT(name, ipu_soft_##operation, 0, 0)
#define IPU_OP_SQRT(name)			IPU_OP_ALL_SOFT(name, ipu_soft_sqrt, 0, 0)
#define IPU_OP_FROM_INT(name, soft, type)	IPU_OP_ALL_SOFT(name, soft, 0, 0)
#define IPU_OP_FMA(name, flip_a, flip_c)	IPU_OP_ALL_SOFT(name, ipu_soft_fma, flip_a, flip_c)
#define IPU_OP_TO_INT(name, soft, limit, sign)	IPU_OP_ALL_SOFT(name, soft, 0, 0)

#endif

#define F32_2_31	0x4f000000u
#define F32_2_32	0x4f800000u

IPU_OP_FFF(fadd_s, add)
IPU_OP_FFF(fsub_s, sub)
IPU_OP_FFF(fmul_s, mul)
IPU_OP_FFF(fdiv_s, div)
IPU_OP_SQRT(fsqrt_s)

/* a * b + c, a * b - c, -(a * b) + c, -(a * b) - c */
IPU_OP_FMA(fmadd_s, 0, 0)
IPU_OP_FMA(fmsub_s, 0, IPU_F32_SIGN)
IPU_OP_FMA(fnmsub_s, IPU_F32_SIGN, 0)
IPU_OP_FMA(fnmadd_s, IPU_F32_SIGN, IPU_F32_SIGN)

IPU_OP_TO_INT(fcvt_w_s, ipu_soft_to_i32, F32_2_31, IPU_F32_SIGN)
IPU_OP_TO_INT(fcvt_wu_s, ipu_soft_to_u32, F32_2_32, 0u)
IPU_OP_FROM_INT(fcvt_s_w, ipu_soft_from_i32, int32_t)
IPU_OP_FROM_INT(fcvt_s_wu, ipu_soft_from_u32, uint32_t)

/* ---- On the bits ------------------------------------------------------------------------- */

#define IPU_OP_BITS(name, expression) \
	IPU_OP(name) \
	{ \
		const uint32_t a = u->r[op->rs1]; \
		const uint32_t b = u->r[op->rs2]; \
		\
		(void)b; \
		u->r[op->rd] = (expression); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}

IPU_OP_BITS(fsgnj_s, (a & ~IPU_F32_SIGN) | (b & IPU_F32_SIGN))
IPU_OP_BITS(fsgnjn_s, (a & ~IPU_F32_SIGN) | (~b & IPU_F32_SIGN))
IPU_OP_BITS(fsgnjx_s, a ^ (b & IPU_F32_SIGN))
IPU_OP_BITS(fmin_s, ipu_float_extremum(&ipu_f32, a, b, false, &u->fflags))
IPU_OP_BITS(fmax_s, ipu_float_extremum(&ipu_f32, a, b, true, &u->fflags))
IPU_OP_BITS(feq_s, ipu_float_equal(&ipu_f32, a, b, &u->fflags))
IPU_OP_BITS(flt_s, ipu_float_less(&ipu_f32, a, b, false, &u->fflags))
IPU_OP_BITS(fle_s, ipu_float_less(&ipu_f32, a, b, true, &u->fflags))
IPU_OP_BITS(fclass_s, ipu_float_class(&ipu_f32, a))
