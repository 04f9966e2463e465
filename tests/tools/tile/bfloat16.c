// SPDX-License-Identifier: MIT
/* __bf16: every value, and rounding against arithmetic that rounds by comparing distances. */
#include <math.h>
#include <string.h>

#include <ipu/tile.h>

IPU_INOUT(__bf16, x, IPU_SHARDED, 64);

static __bf16 from_bits(uint16_t bits)
{
	__bf16 value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static uint16_t bits_of(__bf16 value)
{
	uint16_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* The nearest value to @x of those at or below it in magnitude and the next; ties to even. */
static uint16_t nearest(double x)
{
	const float magnitude = (float)fabs(x);
	uint16_t low = 0, high = 0x7f80;

	while (high - low > 1) {
		const uint16_t middle = (uint16_t)((low + high) / 2);

		if ((double)(float)from_bits(middle) <= fabs(x))
			low = middle;
		else
			high = middle;
	}
	/* As if the exponent had no end. */
	const double above = high == 0x7f80 ? 0x1p128 : (double)(float)from_bits(high);
	const double to_low = fabs(x) - (double)(float)from_bits(low), to_high = above - fabs(x);

	if (isinf(magnitude) && isinf(x))
		low = 0x7f80;
	else if (to_high < to_low || (to_high == to_low && low & 1))
		low = high;
	return (uint16_t)(low | (signbit(x) ? 0x8000 : 0));
}

static bool exact(void)
{
	for (uint32_t bits = 0; bits < 0x10000; bits++) {
		const __bf16 value = from_bits((uint16_t)bits);
		const float wide = (float)value;

		if (isnan(wide) ? !isnan((float)(__bf16)wide) : bits_of((__bf16)wide) != bits)
			return false;
	}
	return true;
}

static bool rounds(void)
{
	uint64_t random = 1;

	for (int i = 0; i < 2000; i++) {
		float single;
		double x;

		random = random * 6364136223846793005 + 1442695040888963407;
		/* Around the middle between two values, and a little beside it. */
		x = (double)(float)from_bits((uint16_t)((random >> 48) & 0xff7f)) +
		    ldexp((double)((int)(random >> 20 & 3) - 1), (int)(random >> 30 & 127) - 80);
		single = (float)x;
		if (!isnan(single) && bits_of((__bf16)single) != nearest((double)single))
			return false;
		if (!isnan(x) && bits_of((__bf16)x) != nearest(x))
			return false;
	}
	return bits_of((__bf16)(0x1.01p0 + 0x1p-40)) == 0x3f81 &&
	       bits_of((__bf16)0x1.01p0f) == 0x3f80 && bits_of((__bf16)0x1.03p0f) == 0x3f82;
}

int main(void)
{
	if (!exact())
		return 1;
	if (!rounds())
		return 2;
	for (uint32_t i = 0; i < IPU_ROWS(x); i++)
		x[i] = x[i] * (__bf16)1.5f + (__bf16)1;
	return 0;
}
