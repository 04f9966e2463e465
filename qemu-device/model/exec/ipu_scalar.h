/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The integer instructions of ipu_scalar.def as functions, from which handlers are made:
 *
 *	ipu_do_NAME()		all but branches: false, with no register or memory changed, if
 *				a load or store is not inside SRAM; sets @last to the value
 *				of rd, and @at to the offset after an access
 *	ipu_taken_NAME()	branches
 */
#ifndef IPU_SCALAR_H
#define IPU_SCALAR_H

#include <string.h>

#include "ipu_unit.h"

static inline uint32_t ipu_rotate_right(uint32_t a, uint32_t n)
{
	n &= 31;
	return a >> n | a << (-n & 31);
}

static inline uint32_t ipu_shift_right_signed(uint32_t a, uint32_t n)
{
	return (int32_t)a >> (n & 31);
}

static inline uint32_t ipu_mul_high(int64_t a, int64_t b)
{
	return (uint64_t)(a * b) >> 32;
}

/* INT_MIN / -1 is INT_MIN, with remainder 0; x / 0 is all ones, with remainder x */
static inline uint32_t ipu_divide(uint32_t a, uint32_t b)
{
	if (!b)
		return UINT32_MAX;
	if (a == (uint32_t)INT32_MIN && b == UINT32_MAX)
		return a;
	return (int32_t)a / (int32_t)b;
}

static inline uint32_t ipu_remainder(uint32_t a, uint32_t b)
{
	if (!b)
		return a;
	if (b == UINT32_MAX)
		return 0;
	return (int32_t)a % (int32_t)b;
}

/* each byte becomes 0xff if it is not zero */
static inline uint32_t ipu_or_combine(uint32_t a)
{
	uint32_t low = a & 0x7f7f7f7f;
	uint32_t set = (a | (low + 0x7f7f7f7f)) & 0x80808080;

	return (set >> 7) * 0xff;
}

#define IPU_INLINE	static inline __attribute__((always_inline))

/* Where an instruction takes its sources from. */
enum ipu_source {
	IPU_FILE,		/* both from the register file */
	IPU_RS1,		/* rs1 is what the previous instruction wrote */
	IPU_RS2,		/* rs2 is */
	IPU_NEXT,		/* its access begins where that of the previous instruction ends */
};

IPU_INLINE uint32_t ipu_get_rs1(const struct ipu_unit *u, const struct ipu_op *op, uint32_t last,
				enum ipu_source source)
{
	return source == IPU_RS1 ? last : u->r[op->rs1];
}

IPU_INLINE uint32_t ipu_get_rs2(const struct ipu_unit *u, const struct ipu_op *op, uint32_t last,
				enum ipu_source source)
{
	return source == IPU_RS2 ? last : u->r[op->rs2];
}

/*
 * Two neighbouring register numbers of an op by one load: the host can do two or three
 * loads a cycle, which is what limits handlers most.
 */
IPU_INLINE size_t ipu_pair(const struct ipu_op *op, size_t first)
{
	uint16_t pair;

	memcpy(&pair, (const uint8_t *)op + first, sizeof(pair));
	return pair;
}

#define IPU_RD_RS1(op)	ipu_pair(op, offsetof(struct ipu_op, rd))
#define IPU_RS1_RS2(op)	ipu_pair(op, offsetof(struct ipu_op, rs1))

IPU_INLINE size_t ipu_pair_first(size_t pair)
{
	return (uint8_t)pair;
}

IPU_INLINE size_t ipu_pair_second(size_t pair)
{
	pair >>= 8;
	/* a shift is enough, but gcc would also mask */
	__asm__("" : "+r"(pair));
	return pair;
}

#define IPU_SCALAR_ARGS \
	struct ipu_unit *u, const struct ipu_op *op, uint8_t *sram __attribute__((unused)), \
	uint32_t *last, uint32_t *at __attribute__((unused)), \
	enum ipu_source source __attribute__((unused))

/* the offset of an access of @size bytes; @rs1: its register. @at: where the last one ended. */
IPU_INLINE uint32_t ipu_get_offset(const struct ipu_unit *u, const struct ipu_op *op, uint32_t last,
				   uint32_t *at, uint32_t size, enum ipu_source source,
				   size_t rs1)
{
	uint32_t offset;

	if (source == IPU_NEXT)
		offset = *at;
	else
		offset = (source == IPU_RS1 ? last : u->r[rs1]) + op->imm;
	*at = offset + size;
	return offset;
}

/* rs1 and rs2 */
#define IPU_TWO_SOURCES(last) \
	const size_t pair = source == IPU_FILE ? IPU_RS1_RS2(op) : 0; \
	const uint32_t a = source == IPU_FILE ? u->r[ipu_pair_first(pair)] : \
						ipu_get_rs1(u, op, last, source); \
	const uint32_t b = source == IPU_FILE ? u->r[ipu_pair_second(pair)] : \
						ipu_get_rs2(u, op, last, source)

#define IPU_RR(name, expression) \
	IPU_INLINE bool ipu_do_##name(IPU_SCALAR_ARGS) \
	{ \
		IPU_TWO_SOURCES(*last); \
		\
		*last = (expression); \
		u->r[op->rd] = *last; \
		return true; \
	}

/* rd and rs1 */
#define IPU_ONE_SOURCE(name, get_b, expression) \
	IPU_INLINE bool ipu_do_##name(IPU_SCALAR_ARGS) \
	{ \
		const size_t pair = source == IPU_FILE ? IPU_RD_RS1(op) : op->rd; \
		const uint32_t a = source == IPU_FILE ? u->r[ipu_pair_second(pair)] : *last; \
		const uint32_t b __attribute__((unused)) = get_b; \
		\
		*last = (expression); \
		u->r[ipu_pair_first(pair)] = *last; \
		return true; \
	}
#define IPU_RI(name, expression)	IPU_ONE_SOURCE(name, op->imm, expression)
#define IPU_R(name, expression)		IPU_ONE_SOURCE(name, 0, expression)
#define IPU_LOAD(name, type) \
	IPU_INLINE bool ipu_do_##name(IPU_SCALAR_ARGS) \
	{ \
		const uint32_t offset = \
			ipu_get_offset(u, op, *last, at, sizeof(type), source, op->rs1); \
		type value; \
		\
		if (ipu_unlikely(offset > IPU_SRAM_SIZE - sizeof(value))) \
			return false; \
		memcpy(&value, sram + offset, sizeof(value)); \
		*last = value; \
		u->r[op->rd] = *last; \
		return true; \
	}
#define IPU_STORE(name, type) \
	IPU_INLINE bool ipu_do_##name(IPU_SCALAR_ARGS) \
	{ \
		const size_t pair = source == IPU_FILE ? IPU_RS1_RS2(op) : op->rs1; \
		const uint32_t offset = ipu_get_offset(u, op, *last, at, sizeof(type), source, \
						       ipu_pair_first(pair)); \
		const type value = source == IPU_FILE ? u->r[ipu_pair_second(pair)] : \
							ipu_get_rs2(u, op, *last, source); \
		\
		if (ipu_unlikely(offset > IPU_SRAM_SIZE - sizeof(value))) \
			return false; \
		memcpy(sram + offset, &value, sizeof(value)); \
		return true; \
	}
#define IPU_BRANCH_IF(name, condition) \
	IPU_INLINE bool ipu_taken_##name(const struct ipu_unit *u, const struct ipu_op *op, \
					 uint32_t last, enum ipu_source source) \
	{ \
		IPU_TWO_SOURCES(last); \
		\
		return (condition); \
	}
#include "ipu_scalar.def"

/* lui, auipc, c.li: the value is known when they are decoded */
IPU_INLINE bool ipu_do_lui(IPU_SCALAR_ARGS)
{
	*last = op->imm;
	u->r[op->rd] = *last;
	return true;
}

#undef IPU_TWO_SOURCES
#undef IPU_ONE_SOURCE

#endif /* IPU_SCALAR_H */
