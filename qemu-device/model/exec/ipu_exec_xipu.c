// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Xipu's arithmetic on f and x registers: functions, stochastic rounding and f8.
 * None of it depends on frm.
 */
#include "float/ipu_narrow.h"
#include "float/ipu_prng.h"
#include "float/ipu_xmath.h"
#include "ipu_exec.h"

#define IPU_OP_FUNCTIONS(name, number) \
	IPU_OP(ipu_##name##_s) \
	{ \
		u->r[op->rd] = ipu_xmath_f32(number, u->r[op->rs1], &u->fflags); \
		IPU_CHARGE(ipu_##name##_s); \
		IPU_NEXT(); \
	} \
	IPU_OP(ipu_##name##_h) \
	{ \
		const uint16_t a = ipu_f16_unbox(u->r[op->rs1]); \
		\
		u->r[op->rd] = ipu_f16_box(ipu_xmath_f16(number, a, &u->fflags)); \
		IPU_CHARGE(ipu_##name##_h); \
		IPU_NEXT(); \
	}

IPU_XMATH_FUNCTIONS(IPU_OP_FUNCTIONS)

IPU_OP(ipu_cvt_sr_h_s)
{
	const uint16_t random = ipu_prng_next(u->prng);

	u->r[op->rd] = ipu_f16_box(ipu_f16_from_f32_sr(u->r[op->rs1], random, &u->fflags));
	IPU_CHARGE(ipu_cvt_sr_h_s);
	IPU_NEXT();
}

/* an f8 is the low byte of an x register, zero-extended in results */
#define IPU_OP_TO_F8(name, format, saturate) \
	IPU_OP(name) \
	{ \
		const uint16_t a = ipu_f16_unbox(u->r[op->rs1]); \
		\
		u->r[op->rd] = ipu_f8_from_f16(a, format, saturate, &u->fflags); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}

IPU_OP_TO_F8(ipu_cvt_e4m3_h, IPU_E4M3, false)
IPU_OP_TO_F8(ipu_cvt_e5m2_h, IPU_E5M2, false)
IPU_OP_TO_F8(ipu_cvt_sat_e4m3_h, IPU_E4M3, true)
IPU_OP_TO_F8(ipu_cvt_sat_e5m2_h, IPU_E5M2, true)

#define IPU_OP_FROM_F8(name, format) \
	IPU_OP(name) \
	{ \
		const uint8_t a = u->r[op->rs1]; \
		\
		u->r[op->rd] = ipu_f16_box(ipu_f16_from_f8(a, format, &u->fflags)); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}

IPU_OP_FROM_F8(ipu_cvt_h_e4m3, IPU_E4M3)
IPU_OP_FROM_F8(ipu_cvt_h_e5m2, IPU_E5M2)
