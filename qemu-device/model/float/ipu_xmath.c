// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Xipu's functions of one number, see ipu_xmath.h.
 */
#include "ipu_xmath.h"

#include <string.h>

#include "ipu_host_fpu.h"
#include "ipu_narrow.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

/* The second lane computes the same. */
#define IPU_LANES	2
#define IPU_T(name)	name##_one
#include "ipu_xmath_lanes.h"

typedef uint8_t block(const uint8_t *in, uint8_t *out, unsigned int count);

static uint8_t at_nearest(block *fn, const void *in, void *out)
{
	const uint32_t saved = ipu_fpu_to_nearest();
	const uint8_t flags = fn(in, out, IPU_LANES);

	ipu_fpu_set_control(saved);
	return flags;
}

uint32_t ipu_xmath_f32(unsigned int fn, uint32_t a, uint8_t *flags)
{
#define IPU_F32(name, number)	[number] = name##_f32_one,
	static block *const blocks[] = { IPU_XMATH_FUNCTIONS(IPU_F32) };
	uint32_t both[IPU_LANES] = { a, a };

	*flags |= at_nearest(blocks[fn], both, both);
	return both[0];
}

uint16_t ipu_xmath_f16(unsigned int fn, uint16_t a, uint8_t *flags)
{
#define IPU_F16(name, number)	[number] = name##_f16_one,
	static block *const blocks[] = { IPU_XMATH_FUNCTIONS(IPU_F16) };
	uint16_t both[IPU_LANES] = { a, a };

	*flags |= at_nearest(blocks[fn], both, both);
	return both[0];
}
