// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Integer arithmetic: RV32I's, M, Zba and Zbb.
 */
#include "ipu_exec.h"

/* rd = an expression of a (rs1) and b (rs2) */
#define IPU_OP_RR(name, expression) \
	IPU_OP(name) \
	{ \
		const uint32_t a = u->r[op->rs1]; \
		const uint32_t b = u->r[op->rs2]; \
		\
		u->r[op->rd] = (expression); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}

/* rd = an expression of a (rs1) and b (the immediate) */
#define IPU_OP_RI(name, expression) \
	IPU_OP(name) \
	{ \
		const uint32_t a = u->r[op->rs1]; \
		const uint32_t b = op->imm; \
		\
		u->r[op->rd] = (expression); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}

/* rd = an expression of a (rs1) */
#define IPU_OP_R(name, expression) \
	IPU_OP(name) \
	{ \
		const uint32_t a = u->r[op->rs1]; \
		\
		u->r[op->rd] = (expression); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}

static inline uint32_t rotate_right(uint32_t a, uint32_t n)
{
	n &= 31;
	return a >> n | a << (-n & 31);
}

static inline uint32_t shift_right_signed(uint32_t a, uint32_t n)
{
	return (int32_t)a >> (n & 31);
}

static inline uint32_t mul_high(int64_t a, int64_t b)
{
	return (uint64_t)(a * b) >> 32;
}

/* INT_MIN / -1 overflows to itself, with no remainder; x / 0 is all ones, and leaves x */
static inline uint32_t divide(uint32_t a, uint32_t b)
{
	if (!b)
		return UINT32_MAX;
	if (a == (uint32_t)INT32_MIN && b == UINT32_MAX)
		return a;
	return (int32_t)a / (int32_t)b;
}

static inline uint32_t remainder_of(uint32_t a, uint32_t b)
{
	if (!b)
		return a;
	if (b == UINT32_MAX)
		return 0;
	return (int32_t)a % (int32_t)b;
}

/* each byte becomes ones if it is not zero */
static inline uint32_t or_combine(uint32_t a)
{
	uint32_t low = a & 0x7f7f7f7f;
	uint32_t set = (a | (low + 0x7f7f7f7f)) & 0x80808080;

	return (set >> 7) * 0xff;
}

IPU_OP(lui)
{
	u->r[op->rd] = op->imm;
	IPU_NEXT();
}

IPU_OP_RI(addi, a + b)
IPU_OP_RI(slti, (int32_t)a < (int32_t)b)
IPU_OP_RI(sltiu, a < b)
IPU_OP_RI(xori, a ^ b)
IPU_OP_RI(ori, a | b)
IPU_OP_RI(andi, a & b)
IPU_OP_RI(slli, a << b)
IPU_OP_RI(srli, a >> b)
IPU_OP_RI(srai, shift_right_signed(a, b))

IPU_OP_RR(add, a + b)
IPU_OP_RR(sub, a - b)
IPU_OP_RR(sll, a << (b & 31))
IPU_OP_RR(slt, (int32_t)a < (int32_t)b)
IPU_OP_RR(sltu, a < b)
IPU_OP_RR(xor, a ^ b)
IPU_OP_RR(srl, a >> (b & 31))
IPU_OP_RR(sra, shift_right_signed(a, b))
IPU_OP_RR(or, a | b)
IPU_OP_RR(and, a & b)

IPU_OP_RR(mul, a * b)
IPU_OP_RR(mulh, mul_high((int32_t)a, (int32_t)b))
IPU_OP_RR(mulhsu, mul_high((int32_t)a, b))
IPU_OP_RR(mulhu, (uint64_t)a * b >> 32)
IPU_OP_RR(div, divide(a, b))
IPU_OP_RR(divu, b ? a / b : UINT32_MAX)
IPU_OP_RR(rem, remainder_of(a, b))
IPU_OP_RR(remu, b ? a % b : a)

IPU_OP_RR(sh1add, (a << 1) + b)
IPU_OP_RR(sh2add, (a << 2) + b)
IPU_OP_RR(sh3add, (a << 3) + b)

IPU_OP_RR(andn, a & ~b)
IPU_OP_RR(orn, a | ~b)
IPU_OP_RR(xnor, ~(a ^ b))
IPU_OP_R(clz, a ? __builtin_clz(a) : 32)
IPU_OP_R(ctz, a ? __builtin_ctz(a) : 32)
IPU_OP_R(cpop, __builtin_popcount(a))
IPU_OP_R(sext_b, (int8_t)a)
IPU_OP_R(sext_h, (int16_t)a)
IPU_OP_R(zext_h, (uint16_t)a)
IPU_OP_RR(max, (int32_t)a > (int32_t)b ? a : b)
IPU_OP_RR(maxu, a > b ? a : b)
IPU_OP_RR(min, (int32_t)a < (int32_t)b ? a : b)
IPU_OP_RR(minu, a < b ? a : b)
IPU_OP_RR(rol, rotate_right(a, -b))
IPU_OP_RR(ror, rotate_right(a, b))
IPU_OP_RI(rori, rotate_right(a, b))
IPU_OP_R(orc_b, or_combine(a))
IPU_OP_R(rev8, __builtin_bswap32(a))
