/* SPDX-License-Identifier: MIT */
/*
 * What the compiler calls for _Float16 on a tile without Zfh: conversion to
 * float, exact, and from float, to the nearest, ties to even.
 */
#include <stdint.h>

float __extendhfsf2(_Float16 a);
_Float16 __truncsfhf2(float a);

union float_bits {
	float f;
	uint32_t u;
};

union half_bits {
	_Float16 h;
	uint16_t u;
};

float __extendhfsf2(_Float16 a)
{
	union half_bits half = { a };
	uint32_t sign = (uint32_t)(half.u & 0x8000) << 16;
	uint32_t magnitude = half.u & 0x7fff;
	union float_bits out;

	if (magnitude >= 0x7c00) {
		/* Infinity, or a NaN made quiet. */
		out.u = sign | 0x7f800000 | magnitude << 13;
		if (magnitude > 0x7c00)
			out.u |= 0x400000;
		return out.f;
	}
	/* The exponent's bias differs by 112; the multiplication also normalises. */
	out.u = magnitude << 13;
	out.f *= 0x1p112f;
	out.u |= sign;
	return out.f;
}

_Float16 __truncsfhf2(float a)
{
	union float_bits in = { a };
	uint32_t magnitude = in.u & 0x7fffffff;
	union half_bits out;

	if (magnitude > 0x7f800000) {
		out.u = 0x7e00;
	} else if (magnitude >= 0x477ff000) {
		/* 65520 and more round to infinity. */
		out.u = 0x7c00;
	} else if (magnitude >= 0x38800000) {
		/* Normal: half of the last bit, less one when that bit is even. */
		out.u = (uint16_t)((magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13);
	} else {
		/* Subnormal: adding 0.5 shifts the bits to the right place, and rounds. */
		union float_bits sum = { .u = magnitude };

		sum.f += 0.5f;
		out.u = (uint16_t)(sum.u - 0x3f000000);
	}
	out.u |= (uint16_t)(in.u >> 16 & 0x8000);
	return out.h;
}
