// SPDX-License-Identifier: MIT
/*
 * The two ways to compute: on the host's FPU and in integers. For operands
 * among which special values are likely they must agree in every bit of result
 * and flags, and the host thread must keep its own rounding mode and flags.
 */
#include "tile_env.h"

#include <fenv.h>
#include <stdio.h>

#include "float/ipu_host_fpu.h"
#include "float/ipu_softfloat.h"

#define ROUNDS 2000000

static uint64_t random_state = 0x2545f4914f6cdd1d;

static uint32_t random_word(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state >> 16;
}

static uint32_t random_float(void)
{
	static const uint32_t special[] = {
		0x00000000, 0x00000001, 0x007fffff, 0x00800000, 0x00800001, 0x33800000,
		0x3f000000, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x4b000000, 0x4b800000,
		0x4f000000, 0x4f800000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc00000,
	};
	uint32_t bits = random_word();

	switch (random_word() % 4) {
	case 0: /* a special value of either sign */
		return special[bits % (sizeof(special) / sizeof(special[0]))] ^
		       (random_word() & IPU_F32_SIGN);
	case 1: /* of a size that sums with others */
		return (bits & 0x807fffff) | (100 + random_word() % 50) << 23;
	case 2: /* near the smallest */
		return (bits & 0x807fffff) | (random_word() % 6) << 23;
	default:
		return bits;
	}
}

#if IPU_HOST_FPU

static float as_float(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static uint32_t as_bits(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return ipu_f32_is_nan(bits) ? IPU_F32_NAN : bits;
}

/* an operation both ways; those that do not have all three operands ignore them */
struct operation {
	const char *name;
	ipu_soft_op *soft;
	float (*host)(uint32_t a, uint32_t b, uint32_t c);
};

static float host_add(uint32_t a, uint32_t b, uint32_t c)
{
	(void)c;
	return ipu_fpu_add(as_float(a), as_float(b));
}

static float host_sub(uint32_t a, uint32_t b, uint32_t c)
{
	(void)c;
	return ipu_fpu_sub(as_float(a), as_float(b));
}

static float host_mul(uint32_t a, uint32_t b, uint32_t c)
{
	(void)c;
	return ipu_fpu_mul(as_float(a), as_float(b));
}

static float host_div(uint32_t a, uint32_t b, uint32_t c)
{
	(void)c;
	return ipu_fpu_div(as_float(a), as_float(b));
}

static float host_sqrt(uint32_t a, uint32_t b, uint32_t c)
{
	(void)b;
	(void)c;
	return ipu_fpu_sqrt(as_float(a));
}

static float host_fma(uint32_t a, uint32_t b, uint32_t c)
{
	return ipu_fpu_fma(as_float(a), as_float(b), as_float(c));
}

static float host_from_i32(uint32_t a, uint32_t b, uint32_t c)
{
	(void)b;
	(void)c;
	return ipu_fpu_from_i64((int32_t)a);
}

static float host_from_u32(uint32_t a, uint32_t b, uint32_t c)
{
	(void)b;
	(void)c;
	return ipu_fpu_from_i64(a);
}

static const struct operation operations[] = {
	{ "add", ipu_soft_add, host_add },
	{ "sub", ipu_soft_sub, host_sub },
	{ "mul", ipu_soft_mul, host_mul },
	{ "div", ipu_soft_div, host_div },
	{ "sqrt", ipu_soft_sqrt, host_sqrt },
	{ "from_i32", ipu_soft_from_i32, host_from_i32 },
	{ "from_u32", ipu_soft_from_u32, host_from_u32 },
	{ "fma", ipu_soft_fma, host_fma },
};

static void compare(const struct operation *operation, uint32_t a, uint32_t b, uint32_t c,
		    enum ipu_rounding rm)
{
	uint32_t saved = ipu_fpu_control();
	uint8_t soft_flags = 0, host_flags;
	uint32_t soft, host;

	soft = operation->soft(a, b, c, rm, &soft_flags);
	ipu_fpu_set_control(ipu_fpu_rounding(rm));
	host = as_bits(operation->host(a, b, c));
	host_flags = ipu_fpu_flags(ipu_fpu_control());
	ipu_fpu_set_control(saved);
	if (soft != host || soft_flags != host_flags)
		fail_msg("%s of %08x %08x %08x, rounding %d: %08x flags %02x, on the host %08x "
			 "flags %02x",
			 operation->name, a, b, c, rm, soft, soft_flags, host, host_flags);
}

static void soft_as_host(void **state)
{
	const size_t count = sizeof(operations) / sizeof(operations[0]);
	unsigned int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		const struct operation *operation = &operations[random_word() % count];
		uint32_t a = random_float(), b = random_float(), c = random_float();
		uint8_t flags = 0;

		if (operation->soft == ipu_soft_fma) {
			/* the engine takes NaNs from neither; a sum that cancels is worth a try */
			if (!ipu_fpu_has_fma() || ipu_f32_is_nan(c))
				continue;
			if (random_word() % 2)
				c = (ipu_soft_mul(a, b, 0, IPU_RTZ, &flags) ^ IPU_F32_SIGN) +
				    random_word() % 5 - 2;
			if (ipu_f32_is_nan(c))
				continue;
		}
		compare(operation, a, b, c, random_word() % 4);
	}
}

/* RMM, which the host lacks, against its definition by the other modes */
static void round_to_max_magnitude(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ROUNDS / 4; i++) {
		const struct operation *operation = &operations[random_word() % 8];
		uint32_t a = random_float(), b = random_float(), c = random_float();
		uint8_t flags[4] = { 0 };
		uint32_t nearest = operation->soft(a, b, c, IPU_RNE, &flags[0]);
		uint32_t max = operation->soft(a, b, c, IPU_RMM, &flags[1]);
		uint32_t down = operation->soft(a, b, c, IPU_RDN, &flags[2]);
		uint32_t up = operation->soft(a, b, c, IPU_RUP, &flags[3]);

		/* an exact result is the same in all modes, except for the sign of a zero sum */
		if (!(flags[0] & IPU_FLAG_NX)) {
			assert_int_equal(max, nearest);
			assert_int_equal(flags[0], flags[1]);
			continue;
		}
		assert_true(max == down || max == up);
		/* where it differs from the nearest even one, that was the smaller one of a tie */
		if (max != nearest)
			assert_true((max & ~IPU_F32_SIGN) == (nearest & ~IPU_F32_SIGN) + 1 &&
				    !(nearest & 1));
	}
}

/* a tile's rounding modes and flags do not leak into the thread that runs it */
static void host_is_left_alone(void **state)
{
	static const uint32_t code[] = {
		0x0022d073, /* fsrmi 5, an illegal one */
		0x0021d073, /* fsrmi 3 */
		0x180575d3, /* fdiv.s fa1, fa0, ft0: division by zero */
		0x00100073, /* ebreak */
	};
	struct tile_env *env = tile_env_new(NULL);

	(void)state;
	memcpy(env->sram, code, sizeof(code));
	fesetround(FE_DOWNWARD);
	feclearexcept(FE_ALL_EXCEPT);
	feraiseexcept(FE_INEXACT);
	tile_env_start(env, IPU_SRAM_BASE, 0);
	ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, REG_FA0, 0x3f800000);
	assert_int_equal(tile_env_finish(env), IPU_TILE_FAULTED);
	assert_int_equal(tile_env_reg(env, REG_FCSR), 3 << 5 | IPU_FLAG_DZ);
	assert_int_equal(tile_env_reg(env, REG_FA0 + 1), IPU_F32_INF);
	assert_int_equal(fegetround(), FE_DOWNWARD);
	assert_int_equal(fetestexcept(FE_ALL_EXCEPT), FE_INEXACT);
	fesetround(FE_TONEAREST);
	tile_env_free(env);
}

/* a float whose register holds other numbers, which a half has no room for, behind it */
static float with_others(float value)
{
	const float four[4] __attribute__((aligned(16))) = { value, 1e30f, 1e-30f, 3.14159f };
	float result;

	__asm__ volatile("movaps %1, %0" : "=x"(result) : "m"(four));
	return result;
}

static void halves_are_made_one_by_one(void **state)
{
	(void)state;
	if (!ipu_fpu_has_half())
		return;
	feclearexcept(FE_ALL_EXCEPT);
	assert_int_equal(ipu_fpu_to_half(with_others(1.5f)), 0x3e00);
	assert_int_equal(fetestexcept(FE_ALL_EXCEPT), 0);
	assert_int_equal(ipu_fpu_to_half(with_others(0x1.002p0f)), 0x3c00);
	assert_int_equal(fetestexcept(FE_ALL_EXCEPT), FE_INEXACT);
	feclearexcept(FE_ALL_EXCEPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(soft_as_host),
		cmocka_unit_test(round_to_max_magnitude),
		cmocka_unit_test(host_is_left_alone),
		cmocka_unit_test(halves_are_made_one_by_one),
	};

	return cmocka_run_group_tests_name("tile_float", tests, NULL, NULL);
}

#else

/* there is one way only, and tile_cases and the differential tests look at it */
int main(void)
{
	puts("1..0 # SKIP this host's FPU is not used");
	return 0;
}

#endif
