/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * How vector instructions are executed.
 *
 * A vector instruction's handler is chosen by vtype when it executes. At one place
 * in the code vtype is nearly always the same, so the choice is kept in the op: a
 * row of the decode table has a handler for each element width, once for all
 * elements and once for some of them (a mask). An op starts with ipu_op_vector,
 * which finds the handler, stores it in op->fn and continues there. Each handler
 * first makes sure that vtype is one it was chosen for, and if not goes back to
 * ipu_op_vector.
 *
 * The op holds the vtypes under which it is legal (ipu_vec_shape.h). So the check of
 * a handler tests a single bit, which also fails if vill is set or vstart is not 0,
 * as u->vkey is then a key that no instruction has.
 *
 * Elements that an instruction does not compute (prestart, masked off, tail)
 * stay undisturbed, whatever vta and vma are, which the specification allows.
 *
 * The folder vector/ offers the handlers of vector instructions, each in three tiers, and
 * the vector unit's configuration.
 * Knows: exec, isa, float.
 */
#ifndef IPU_VEC_H
#define IPU_VEC_H

#include "exec/ipu_exec.h"
#include "isa/ipu_vec_shape.h"

/*
 * Ways to execute vector instructions, the better ones later. They differ only in
 * speed. All are compiled from the same source, see ipu_vec_tiers.h.
 */
enum ipu_vec_tier {
	IPU_VEC_PORTABLE,
	IPU_VEC_AVX2,
	IPU_VEC_AVX512,
	IPU_VEC_TIERS,
};

/** ipu_vec_tier - the best one that this host has and ipu_vec_limit() allows */
enum ipu_vec_tier ipu_vec_tier(void);

/**
 * ipu_vec_limit - use no better one than @tier, for tests
 * To be called before any tile runs: ops keep the handlers they have found.
 */
void ipu_vec_limit(enum ipu_vec_tier tier);

/**
 * struct ipu_vec_sums - handlers that keep sums in the host's registers
 * @begin: executes a round of multiply-adds, and the rounds after it that are @go_on
 * @go_on: does the same; it is in a round that adds to the groups of the one right
 *	before it. NULL, as is @begin, if there are none.
 *
 * A round is one multiply-add, or four with the same vs2 to four groups. Of the groups
 * that it adds to it reads only the sums.
 */
struct ipu_vec_sums {
	ipu_handler *begin;
	ipu_handler *go_on;
};

#define IPU_VEC_ROUND_MAX	4
#define IPU_VEC_GROUPS		4

/**
 * struct ipu_vec_grouped - a multiply-add's handlers for whole groups of singles
 * @bytes: of a host vector
 * @one, @four: for rounds of one and four, by the size of a group: 1, 2, 4, 8 host vectors
 *
 * They check that vl and LMUL are those of such a group, and that the first instruction
 * is legal under them. ipu_vec_find_sums() has checked all others.
 */
struct ipu_vec_grouped {
	unsigned int bytes;
	struct ipu_vec_sums one[IPU_VEC_GROUPS];
	struct ipu_vec_sums four[IPU_VEC_GROUPS];
};

/**
 * struct ipu_vec_op - the handlers of a vector instruction in one tier
 * @fn: by SEW (8, 16, 32), and whether some elements may be left out: those of
 *	[.][0] are called with vstart = 0 and for unmasked instructions only, and
 *	those of [.][1] with everything else. NULL for a SEW it does not have.
 * @grouped: instead of @fn[2][0] where the group has one of its sizes; or NULL
 */
struct ipu_vec_op {
	ipu_handler *fn[3][2];
	const struct ipu_vec_grouped *grouped;
};

/**
 * ipu_vec_find_sums - the handler for a group of singles (ipu_vec_sums.c)
 * @op: legal under @key, unmasked, and on the unit's page
 * @key: SEW 32 and some LMUL
 * Return: NULL if there is none for groups of this size.
 */
ipu_handler *ipu_vec_find_sums(const struct ipu_unit *u, const struct ipu_op *op, unsigned int key,
			       const struct ipu_vec_grouped *grouped);

/**
 * ipu_vec_find_loop - the handler for the head of a loop over arrays (ipu_vec_array.c)
 * @op: decoded instructions, each followed by the next, with the distances of branches
 * @count: how many
 * Return: NULL if no such loop begins with the first. Otherwise the handler does with some
 * rounds of the loop what the instructions do, and goes on with the head as it was decoded.
 */
ipu_handler *ipu_vec_find_loop(const struct ipu_op *op, unsigned int count);

/* ---- The vector unit's configuration ---------------------------------------------------------- */

/** ipu_vec_set - vsetvl: @key may be IPU_VKEY_NONE, which sets vill; vstart becomes 0 */
void ipu_vec_set(struct ipu_unit *u, uint32_t vtype, unsigned int key, uint32_t vl);

/** ipu_vec_set_vstart - also sets u->vkey, which depends on it */
void ipu_vec_set_vstart(struct ipu_unit *u, uint32_t vstart);

/** ipu_vec_vlmax - the elements of a group under @key */
static inline uint32_t ipu_vec_vlmax(const struct ipu_unit *u, unsigned int key)
{
	return u->vlenb << 3 >> ipu_vec_ratio(key);
}

/* ---- The choice of a handler ------------------------------------------------------------------ */

/**
 * ipu_vec_legal_key - the key of the unit's vtype, for an instruction that is legal now
 * @op: an instruction of a row with a shape, of which only this says whether its registers
 *	and vl elements are inside the register file
 * Return: IPU_VKEY_NONE if it is illegal.
 */
unsigned int ipu_vec_legal_key(const struct ipu_unit *u, const struct ipu_op *op);

/** ipu_vec_op_of_row - the handlers of a row of the decode table in a tier */
const struct ipu_vec_op *ipu_vec_op_of_row(unsigned int row, enum ipu_vec_tier tier);

/*
 * Other tiles may be executing the same op; either handler is right for them, as
 * both first check what they were chosen for.
 */
static inline void ipu_vec_keep_handler(const struct ipu_op *op, ipu_handler *fn)
{
	__atomic_store_n(&((struct ipu_op *)op)->fn, fn, __ATOMIC_RELAXED);
}

/* ---- Writing handlers ------------------------------------------------------------------------- */

/* Finds an op's handler. */
ipu_handler ipu_op_vector;

/*
 * The start of a handler for @sew (0, 1, 2), and for any: vtype must be one under
 * which the instruction is legal. After this vl, vkey and vregs are valid.
 */
#define IPU_VEC_GUARD(sew) \
	do { \
		if (ipu_unlikely(!(((uint32_t)op->imm & 0xffu << 8 * (sew)) >> u->vkey & 1))) \
			IPU_CONTINUE(ipu_op_vector); \
	} while (0)

#define IPU_VEC_GUARD_ANY() \
	do { \
		if (ipu_unlikely(!(((uint32_t)op->imm & 0xffffffu) >> u->vkey & 1))) \
			IPU_CONTINUE(ipu_op_vector); \
	} while (0)

/* the bytes of vector register @reg, and of those after it */
static inline uint8_t *ipu_vec_reg(const struct ipu_unit *u, unsigned int reg)
{
	return u->v + reg * u->vlenb;
}

/** ipu_vec_active_slow - the mask where vstart is not 0 or the instruction is unmasked */
const uint8_t *ipu_vec_active_slow(struct ipu_unit *u, const struct ipu_op *op);

/*
 * For handlers fn[.][1]: which elements are computed, bit i % 8 of byte i / 8
 * for element i < vl; the bits from vl on are undefined. It is v0 itself where
 * possible.
 */
static inline const uint8_t *ipu_vec_active(struct ipu_unit *u, const struct ipu_op *op)
{
	if (ipu_likely(!u->vstart && !ipu_vec_unmasked(op)))
		return u->v;
	return ipu_vec_active_slow(u, op);
}

static inline bool ipu_vec_bit(const uint8_t *mask, uint32_t i)
{
	return mask[i / 8] >> i % 8 & 1;
}

/*
 * Charge row @name's slots: those of the table for each register of a group of
 * LMUL registers (one if LMUL is a fraction), see ipu_cost.h.
 */
#define IPU_VEC_CHARGE(name) \
	IPU_CHARGE_MORE((int64_t)IPU_SLOTS_##name * u->vregs - 1)

/* The end of a handler fn[.][0], and of a handler fn[.][1]. */
#define IPU_VEC_NEXT(name) \
	do { IPU_VEC_CHARGE(name); IPU_NEXT(); } while (0)
#define IPU_VEC_NEXT_MASKED(name) \
	do { u->vstart = 0; IPU_VEC_CHARGE(name); IPU_NEXT(); } while (0)

/* The tables of a row's handlers, one per tier, defined by ipu_vec_*.c. */
#define IPU_INSN(name, mask, match, format, handler, slots)
#define IPU_VECTOR(name, mask, match, format, shape, slots) \
	extern const struct ipu_vec_op ipu_vec_##name##_portable; \
	extern const struct ipu_vec_op ipu_vec_##name##_avx2; \
	extern const struct ipu_vec_op ipu_vec_##name##_avx512;
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
#undef IPU_VECTOR

#if defined(__x86_64__) && !defined(IPU_NO_HOST_FPU)
#define IPU_VEC_X86	1
#else
#define IPU_VEC_X86	0
#endif

#endif /* IPU_VEC_H */
