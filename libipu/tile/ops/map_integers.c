/* SPDX-License-Identifier: MIT */
/* Functions of integers, see map.h. */
#include "map.h"

typedef vint32m4_t vector;

#define WHOLE(x) __riscv_vreinterpret_v_f32m4_i32m4(x)
#define FLOATS_OF(x) __riscv_vreinterpret_v_i32m4_f32m4(x)

static int32_t number_of(float bits)
{
	int32_t number;

	__builtin_memcpy(&number, &bits, sizeof(number));
	return number;
}

/* ia, ib and ic are the operands, and ialpha and ibeta the scalars, as what they are. */
#define FUNCTION(name, result)                                                                    \
	MAP_FUNCTION(map_##name)                                                                  \
	{                                                                                         \
		__attribute__((unused)) const vector ia = WHOLE(a), ib = WHOLE(b), ic = WHOLE(c); \
		__attribute__((unused)) const int32_t ialpha = number_of(alpha),                  \
						      ibeta = number_of(beta);                    \
                                                                                                  \
		return FLOATS_OF(result);                                                         \
	}

FUNCTION(add, __riscv_vadd(ia, ib, vl))
FUNCTION(sub, __riscv_vsub(ia, ib, vl))
FUNCTION(mul, __riscv_vmul(ia, ib, vl))
FUNCTION(div, __riscv_vdiv(ia, ib, vl))
FUNCTION(min, __riscv_vmin(ia, ib, vl))
FUNCTION(max, __riscv_vmax(ia, ib, vl))
FUNCTION(add_scaled, __riscv_vmacc(ia, ialpha, ib, vl))
FUNCTION(fma, __riscv_vmadd(ia, ib, ic, vl))
FUNCTION(addcmul, __riscv_vmacc(ia, ialpha, __riscv_vmul(ib, ic, vl), vl))
FUNCTION(neg, __riscv_vneg(ia, vl))
FUNCTION(abs, __riscv_vmax(ia, __riscv_vneg(ia, vl), vl))
FUNCTION(sign, __riscv_vmin(__riscv_vmax(ia, -1, vl), 1, vl))
FUNCTION(square, __riscv_vmul(ia, ia, vl))
FUNCTION(clamp, __riscv_vmin(__riscv_vmax(ia, ialpha, vl), ibeta, vl))
FUNCTION(relu, __riscv_vmax(ia, 0, vl))
FUNCTION(bit_and, __riscv_vand(ia, ib, vl))
FUNCTION(bit_or, __riscv_vor(ia, ib, vl))
FUNCTION(bit_xor, __riscv_vxor(ia, ib, vl))
FUNCTION(bit_not, __riscv_vnot(ia, vl))
FUNCTION(select, __riscv_vmerge(ic, ib, __riscv_vmsne(ia, 0, vl), vl))

#define TEST(name, result)                                                         \
	static vbool8_t test_##name(vfloat32m4_t a, vfloat32m4_t b, size_t vl)     \
	{                                                                          \
		__attribute__((unused)) const vector ia = WHOLE(a), ib = WHOLE(b); \
                                                                                   \
		return (result);                                                   \
	}

TEST(eq, __riscv_vmseq(ia, ib, vl))
TEST(ne, __riscv_vmsne(ia, ib, vl))
TEST(lt, __riscv_vmslt(ia, ib, vl))
TEST(le, __riscv_vmsle(ia, ib, vl))
TEST(gt, __riscv_vmslt(ib, ia, vl))
TEST(ge, __riscv_vmsle(ib, ia, vl))
TEST(and, __riscv_vmand(__riscv_vmsne(ia, 0, vl), __riscv_vmsne(ib, 0, vl), vl))
TEST(or, __riscv_vmsne(__riscv_vor(ia, ib, vl), 0, vl))
TEST(xor, __riscv_vmxor(__riscv_vmsne(ia, 0, vl), __riscv_vmsne(ib, 0, vl), vl))
TEST(not, __riscv_vmseq(ia, 0, vl))
TEST(never, __riscv_vmclr_m_b8(vl))
TEST(always, __riscv_vmset_m_b8(vl))

map_function *const map_integers[IPU_MAP_OPS] = {
	[IPU_MAP_ADD] = map_add,
	[IPU_MAP_SUB] = map_sub,
	[IPU_MAP_MUL] = map_mul,
	[IPU_MAP_DIV] = map_div,
	[IPU_MAP_MIN] = map_min,
	[IPU_MAP_MAX] = map_max,
	[IPU_MAP_ADD_SCALED] = map_add_scaled,
	[IPU_MAP_FMA] = map_fma,
	[IPU_MAP_ADDCMUL] = map_addcmul,
	[IPU_MAP_NEG] = map_neg,
	[IPU_MAP_ABS] = map_abs,
	[IPU_MAP_SIGN] = map_sign,
	[IPU_MAP_SQUARE] = map_square,
	[IPU_MAP_CLAMP] = map_clamp,
	[IPU_MAP_RELU] = map_relu,
	[IPU_MAP_SELECT] = map_select,
	[IPU_MAP_BIT_AND] = map_bit_and,
	[IPU_MAP_BIT_OR] = map_bit_or,
	[IPU_MAP_BIT_XOR] = map_bit_xor,
	[IPU_MAP_BIT_NOT] = map_bit_not,
};

map_test *const map_integer_tests[IPU_MAP_OPS] = {
	[IPU_MAP_EQ] = test_eq,		  [IPU_MAP_NE] = test_ne,
	[IPU_MAP_LT] = test_lt,		  [IPU_MAP_LE] = test_le,
	[IPU_MAP_GT] = test_gt,		  [IPU_MAP_GE] = test_ge,
	[IPU_MAP_AND] = test_and,	  [IPU_MAP_OR] = test_or,
	[IPU_MAP_XOR] = test_xor,	  [IPU_MAP_NOT] = test_not,
	[IPU_MAP_ISNAN] = test_never,	  [IPU_MAP_ISINF] = test_never,
	[IPU_MAP_ISFINITE] = test_always,
};
