// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Loops over arrays: one whose body is
 *
 *	vsetvli vl, n, e32, m8		or e16, and any LMUL
 *	vle32.v x, (a)
 *	vle32.v y, (b)
 *	vfadd.vv d, x, y		or another operation of two numbers
 *	vse32.v d, (to)
 *	sh2add a, vl, a			these four in any order
 *	sh2add b, vl, b
 *	sh2add to, vl, to
 *	sub n, n, vl
 *	bnez n, to the vsetvli
 *
 * which is what compilers make of a loop over arrays that is written with intrinsics. When its
 * head executes, as many rounds as can be are done at once, from memory to memory: all of them
 * have VLMAX elements, access only SRAM, and end before the slice does. At least one such round
 * is left to the instructions, and what comes after it, so the vector registers, vl and vtype are
 * what they write; and whatever faults, traps or ends a slice does it there.
 */
#include "ipu_vec_float.h"

/* Where the ops of a round are, and how many there are. */
enum { LOOP_SET, LOOP_A, LOOP_B, LOOP_DO, LOOP_STORE, LOOP_STEPS, LOOP_BRANCH = 9, LOOP_OPS };

/*
 * A result that is larger than this on all tiles together is not in the host's caches when it
 * is next used, so that it need not be read into them to be written.
 */
#define HOST_CACHES	(32u << 20)

enum row {
#define IPU_INSN(name, mask, match, format, handler, slots)	ROW_##name,
#define IPU_VECTOR(name, mask, match, format, shape, slots)	ROW_##name,
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
#undef IPU_VECTOR
};

/**
 * struct array_rounds - rounds that can be done at once
 * @rounds: how many, 0 if none
 * @count: elements of them all, likewise
 * @to, @a, @b: their bytes in SRAM
 * @past: store past the host's caches
 */
struct array_rounds {
	uint32_t rounds;
	uint32_t count;
	uint8_t *to;
	const uint8_t *a;
	const uint8_t *b;
	bool past;
};

/* the slots of a round, by the registers of a group */
static inline int64_t slots_of(int64_t vregs)
{
	_Static_assert(IPU_SLOTS_vle32_v == 1 && IPU_SLOTS_vle16_v == 1 && IPU_SLOTS_vse32_v == 1 &&
		       IPU_SLOTS_vse16_v == 1 && IPU_SLOTS_vfadd_vv == 1 &&
		       IPU_SLOTS_vfsub_vv == 1 && IPU_SLOTS_vfmul_vv == 1,
		       "a slot for each register");
	return LOOP_OPS - (LOOP_STEPS - LOOP_A) + (LOOP_STEPS - LOOP_A) * vregs;
}

static inline unsigned int vregs_of(unsigned int key)
{
	const int lmul = ipu_vec_log2_lmul(key);

	return lmul > 0 ? 1 << lmul : 1;
}

/*
 * Whether a round that is done a host vector at a time does what its instructions do: no element
 * is stored where a later one of the same round is to be loaded.
 */
static inline bool in_order(uint32_t to, uint32_t from, uint32_t bytes)
{
	return to == from || to - from >= bytes;
}

/**
 * find_rounds - the rounds that can be done at once
 * @op: the loop's head
 * @width: bytes of an element
 * @lanes: of a host vector, of which there are to be whole ones
 */
static inline struct array_rounds find_rounds(const struct ipu_unit *u, const struct ipu_op *op,
					      int64_t left, uint8_t *sram, uint32_t width,
					      uint32_t lanes)
{
	const uint32_t n = u->r[op->rs1], vlmax = ipu_vec_vlmax(u, op->rs2);
	const uint32_t a = u->r[op[LOOP_A].rs1] - IPU_SRAM_BASE;
	const uint32_t b = u->r[op[LOOP_B].rs1] - IPU_SRAM_BASE;
	const uint32_t to = u->r[op[LOOP_STORE].rs1] - IPU_SRAM_BASE;
	const int64_t most = (left - 1) / slots_of(vregs_of(op->rs2));
	struct array_rounds all = { .rounds = n >= vlmax ? n / vlmax - 1 : 0 };
	/* with those of the round that follows, which is not to fault either */
	uint64_t bytes;

	if (all.rounds > most)
		all.rounds = most > 0 ? most : 0;
	all.count = all.rounds * vlmax;
	bytes = ((uint64_t)all.count + vlmax) * width;
	if (vlmax % lanes || bytes > IPU_SRAM_SIZE || a > IPU_SRAM_SIZE - bytes ||
	    b > IPU_SRAM_SIZE - bytes || to > IPU_SRAM_SIZE - bytes ||
	    !in_order(to, a, vlmax * width) || !in_order(to, b, vlmax * width))
		return (struct array_rounds) { 0 };
	all.a = sram + a;
	all.b = sram + b;
	all.to = sram + to;
	/* what is computed in place has been read into the caches anyway */
	all.past = to != a && to != b &&
		   (uint64_t)n * width * IPU_WORKERS * u->tile->tiles > HOST_CACHES;
	return all;
}

/* What the rounds' other instructions do. Return: what is left of the slice then. */
static inline int64_t advance(struct ipu_unit *u, const struct ipu_op *op, int64_t left,
			      uint32_t width, const struct array_rounds *all)
{
	const int64_t slots = slots_of(vregs_of(op->rs2));

	u->r[op->rs1] -= all->count;
	u->r[op[LOOP_A].rs1] += all->count * width;
	u->r[op[LOOP_B].rs1] += all->count * width;
	u->r[op[LOOP_STORE].rs1] += all->count * width;
	u->tile->swept += 3 * all->count * width;
	u->stalls += all->rounds * (slots - LOOP_OPS);
	return left - all->rounds * slots;
}

#define IPU_VEC_SOURCE "ipu_vec_array.c.inc"
#include "ipu_vec_tiers.h"

/* ---- Which loops ----------------------------------------------------------------------------- */

/* an operation, and by tier and width (16, 32) the handlers of a loop's head */
struct operation {
	enum row row;
	ipu_handler *fn[IPU_VEC_TIERS][2];
};

#define HANDLERS(name, tier)	{ name##_1_loop_##tier, name##_2_loop_##tier }
#define OPERATION(name) \
	{ ROW_##name, { HANDLERS(name, portable), HANDLERS(name, avx2), HANDLERS(name, avx512) } }

static const struct operation operations[] = {
	OPERATION(vfadd_vv),
	OPERATION(vfsub_vv),
	OPERATION(vfmul_vv),
};

/* the element width of a loop whose head is @op: 1 (16 bits), 2, or 0 if it cannot be one */
static unsigned int sew_of(const struct ipu_op *op)
{
	return op->fn == ipu_op_vsetvli && op->rs2 != IPU_VKEY_NONE ? op->rs2 >> 3 : 0;
}

static bool is_vector(const struct ipu_op *op, enum row row, unsigned int key)
{
	return op->fn == ipu_op_vector && ipu_vec_row(op) == row && ipu_vec_unmasked(op) &&
	       (uint32_t)op->imm >> key & 1;
}

/* x1 to x31, each a different one */
static bool are_distinct(const uint8_t *reg, unsigned int count)
{
	uint32_t seen = 1;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (reg[i] > 31 || seen >> reg[i] & 1)
			return false;
		seen |= 1u << reg[i];
	}
	return true;
}

/* Whether @op[LOOP_STEPS] on are the steps of a loop whose first ops are @op, and its branch. */
static bool steps(const struct ipu_op *op, unsigned int sew)
{
	ipu_handler *const add = sew == 2 ? ipu_op_sh2add : ipu_op_sh1add;
	const uint8_t reg[] = {
		op[LOOP_SET].rs1, op[LOOP_A].rs1, op[LOOP_B].rs1, op[LOOP_STORE].rs1, op[LOOP_SET].rd,
	};
	const struct ipu_op *step = &op[LOOP_STEPS], *branch = &op[LOOP_BRANCH];
	const uint8_t n = reg[0], vl = reg[4];
	unsigned int i, done = 0;

	if (!are_distinct(reg, sizeof(reg)) || branch->fn != ipu_op_bne || branch->rs1 != n ||
	    branch->rs2 || branch->imm != -LOOP_BRANCH)
		return false;
	for (; step < branch; step++) {
		if (step->fn == ipu_op_sub && step->rd == n && step->rs1 == n && step->rs2 == vl)
			done |= 1;
		for (i = 1; i < 4; i++)
			if (step->fn == add && step->rd == reg[i] && step->rs1 == vl &&
			    step->rs2 == reg[i])
				done |= 1u << i;
	}
	return done == 15;
}

ipu_handler *ipu_vec_find_loop(const struct ipu_op *op, unsigned int count)
{
	const struct ipu_op *operation = &op[LOOP_DO];
	const unsigned int sew = sew_of(op), key = op->rs2;
	unsigned int i;

	if (!sew || count < LOOP_OPS ||
	    !is_vector(&op[LOOP_A], sew == 2 ? ROW_vle32_v : ROW_vle16_v, key) ||
	    !is_vector(&op[LOOP_B], sew == 2 ? ROW_vle32_v : ROW_vle16_v, key) ||
	    !is_vector(&op[LOOP_STORE], sew == 2 ? ROW_vse32_v : ROW_vse16_v, key) ||
	    op[LOOP_A].rd == op[LOOP_B].rd || operation->rd != op[LOOP_STORE].rd ||
	    !steps(op, sew))
		return NULL;
	/* vs2 is the left operand */
	if (operation->rs2 != op[LOOP_A].rd || operation->rs1 != op[LOOP_B].rd)
		return NULL;
	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (is_vector(operation, operations[i].row, key))
			return operations[i].fn[ipu_vec_tier()][sew - 1];
	return NULL;
}
