/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The host's floating-point unit: its control word while a unit executes, and
 * the operations.
 *
 * While a unit executes, the FPU rounds as the unit's frm says and accrues the
 * unit's flags, which are read only when the program reads them or the slice
 * ends. The operations are assembly, since C compilers know neither rounding
 * modes nor flags and would move or merge them. On a host that has no code here,
 * or with IPU_NO_HOST_FPU, which is for tests, the host's FPU is not used, see
 * ipu_softfloat.h.
 */
#ifndef IPU_HOST_FPU_H
#define IPU_HOST_FPU_H

#include <stdbool.h>
#include <stdint.h>

#include "ipu_softfloat.h"

#if defined(__x86_64__) && !defined(IPU_NO_HOST_FPU)

#define IPU_HOST_FPU		1

#define IPU_MXCSR_FLAGS		0x003fu
#define IPU_MXCSR_MASKED	0x1f80u		/* no exception traps; denormals are kept */
#define IPU_MXCSR_ROUNDING	13

static inline uint32_t ipu_fpu_control(void)
{
	uint32_t control;

	__asm__ volatile("stmxcsr %0" : "=m"(control));
	return control;
}

static inline void ipu_fpu_set_control(uint32_t control)
{
	__asm__ volatile("ldmxcsr %0" : : "m"(control));
}

/* the control word, without flags, for a mode that the host has, IPU_RNE to IPU_RUP */
static inline uint32_t ipu_fpu_rounding(enum ipu_rounding rm)
{
	/* nearest 0, down 1, up 2, towards zero 3 */
	static const uint8_t modes[] = { [IPU_RNE] = 0, [IPU_RDN] = 1, [IPU_RUP] = 2, [IPU_RTZ] = 3 };

	return IPU_MXCSR_MASKED | (uint32_t)modes[rm] << IPU_MXCSR_ROUNDING;
}

/* the flags in a control word, as fflags */
static inline uint8_t ipu_fpu_flags(uint32_t control)
{
	return (control & 0x01 ? IPU_FLAG_NV : 0) | (control & 0x04 ? IPU_FLAG_DZ : 0) |
	       (control & 0x08 ? IPU_FLAG_OF : 0) | (control & 0x10 ? IPU_FLAG_UF : 0) |
	       (control & 0x20 ? IPU_FLAG_NX : 0);
}

/*
 * Round to nearest until the control word that this returns, flags included, is set
 * again. Code in between must be in a function that is not inlined.
 */
static inline uint32_t ipu_fpu_to_nearest(void)
{
	const uint32_t saved = ipu_fpu_control();

	/* flags that are set do no harm, and setting the word is expensive */
	if (saved >> IPU_MXCSR_ROUNDING & 3)
		ipu_fpu_set_control(IPU_MXCSR_MASKED);
	return saved;
}

static inline bool ipu_fpu_has_fma(void)
{
	return __builtin_cpu_supports("fma");
}

#define IPU_FPU_BINARY(name, instruction) \
	static inline float ipu_fpu_##name(float a, float b) \
	{ \
		__asm__ volatile(instruction " %1, %0" : "+x"(a) : "x"(b)); \
		return a; \
	}

IPU_FPU_BINARY(add, "addss")
IPU_FPU_BINARY(sub, "subss")
IPU_FPU_BINARY(mul, "mulss")
IPU_FPU_BINARY(div, "divss")

static inline float ipu_fpu_sqrt(float a)
{
	__asm__ volatile("sqrtss %0, %0" : "+x"(a));
	return a;
}

/* only where ipu_fpu_has_fma() */
static inline float ipu_fpu_fma(float a, float b, float c)
{
	__asm__ volatile("vfmadd231ss %2, %1, %0" : "+x"(c) : "x"(a), "x"(b));
	return c;
}

static inline bool ipu_fpu_has_half(void)
{
	return __builtin_cpu_supports("f16c");
}

/* these three only where ipu_fpu_has_half() */
static inline float ipu_fpu_from_half(uint16_t a)
{
	float result;

	__asm__ volatile("vmovd %1, %0\n\tvcvtph2ps %0, %0" : "=x"(result) : "r"((uint32_t)a));
	return result;
}

/*
 * Rounds as the control word says. Four floats are converted at once; the other three
 * must be zeros, as whatever an earlier instruction left there could raise flags.
 */
static inline uint16_t ipu_fpu_to_half(float a)
{
	uint32_t result;

	__asm__ volatile("vinsertps $14, %1, %1, %1\n\tvcvtps2ph $4, %1, %1\n\tvmovd %1, %0"
			 : "=r"(result), "+x"(a));
	return result;
}

/*
 * a * b + c of numbers that were halves, to become a half. The product is exact in a
 * double; the sum is rounded to a double and then to odd to the precision of a float,
 * which is enough for the last rounding to be the only one that counts: a sum that a
 * double does not hold is more than 2^5, and the part of it that is lost is far below
 * half a unit in the last place of its larger summand.
 */
static inline float ipu_fpu_fma_odd(float a, float b, float c)
{
	const uint64_t lost = (1ull << 29) - 1;	/* a double has 29 bits more */
	double x, y, z;
	uint64_t bits;
	float result;

	__asm__ volatile("cvtss2sd %3, %0\n\tcvtss2sd %4, %1\n\tcvtss2sd %5, %2\n\t"
			 "mulsd %1, %0\n\taddsd %2, %0"
			 : "=&x"(x), "=&x"(y), "=&x"(z) : "x"(a), "x"(b), "x"(c));
	__builtin_memcpy(&bits, &x, sizeof(bits));
	bits = (bits & ~lost) | (bits & lost ? lost + 1 : 0);
	__builtin_memcpy(&x, &bits, sizeof(bits));
	__asm__ volatile("cvtsd2ss %1, %0" : "=x"(result) : "x"(x));
	return result;
}

static inline float ipu_fpu_from_i64(int64_t a)
{
	float result = 0;

	__asm__ volatile("cvtsi2ssq %1, %0" : "+x"(result) : "r"(a));
	return result;
}

/* @a is within the range of an int64_t */
static inline int64_t ipu_fpu_to_i64(float a)
{
	int64_t result;

	__asm__ volatile("cvtss2siq %1, %0" : "=r"(result) : "x"(a));
	return result;
}

static inline int64_t ipu_fpu_truncate(float a)
{
	int64_t result;

	__asm__ volatile("cvttss2siq %1, %0" : "=r"(result) : "x"(a));
	return result;
}

#else

#define IPU_HOST_FPU		0

/* hosts round to nearest unless told otherwise */
static inline uint32_t ipu_fpu_to_nearest(void)
{
	return 0;
}

static inline void ipu_fpu_set_control(uint32_t control)
{
	(void)control;
}

#endif

#endif /* IPU_HOST_FPU_H */
