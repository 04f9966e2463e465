/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Xipu's functions: exp, log, tanh, sigmoid and rsqrt of a binary32 or binary16.
 *
 * A result is computed to about 2^-50 and rounded once to nearest, whatever frm
 * says: its error is below 0.5001 units in the last place. NaNs give the canonical
 * one. Flags: NV for a signaling NaN and where there is no result (log and rsqrt
 * below zero), DZ for log and rsqrt of a zero, OF, UF (tininess after rounding) and
 * NX for the last rounding.
 */
#ifndef IPU_XMATH_H
#define IPU_XMATH_H

#include <stdint.h>

#include "isa/ipu_isa.h"

/* F(name, number): the functions, with the numbers instructions have for them */
#define IPU_XMATH_FUNCTIONS(F) \
	F(exp, IPU_FN_EXP) F(log, IPU_FN_LOG) F(tanh, IPU_FN_TANH) \
	F(sigmoid, IPU_FN_SIGMOID) F(rsqrt, IPU_FN_RSQRT)

/** ipu_xmath_f32, ipu_xmath_f16 - function @fn, one of IPU_FN_*, of bits; raises @flags */
uint32_t ipu_xmath_f32(unsigned int fn, uint32_t a, uint8_t *flags);
uint16_t ipu_xmath_f16(unsigned int fn, uint16_t a, uint8_t *flags);

#endif /* IPU_XMATH_H */
