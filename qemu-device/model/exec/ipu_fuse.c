// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Handlers of several instructions, and of one that takes an operand from the
 * instruction before, see ipu_fuse.h. Which sequences have a handler is in ipu_fuse.def.
 */
#include "ipu_fuse.h"

#include <pthread.h>

#include "ipu_exec.h"
#include "ipu_scalar.h"

/* The instructions that can be fused. */
enum kind {
	KIND_NONE,
	KIND_lui,
#define IPU_RR(name, expression)	KIND_##name,
#define IPU_RI(name, expression)	KIND_##name,
#define IPU_R(name, expression)		KIND_##name,
#define IPU_LOAD(name, type)		KIND_##name,
#define IPU_STORE(name, type)		KIND_##name,
#define IPU_BRANCH_IF(name, condition)	KIND_##name,
#include "ipu_scalar.def"
	KINDS
};

/* What they read and write. */
enum {
	READS_RS1 = 1,
	READS_RS2 = 2,
	WRITES = 4,	/* its result is in last */
};

/* ---- Handlers of one instruction ---------------------------------------------------------- */

#define ONE(name, source) \
	static void one_##name##_##source(IPU_HANDLER_ARGS) \
	{ \
		uint32_t at __attribute__((unused)); \
		\
		if (ipu_unlikely(!ipu_do_##name(u, op, sram, &last, &at, IPU_##source))) \
			IPU_CONTINUE(ipu_op_##name); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}
#define ONE_BRANCH(name, source) \
	static void one_##name##_##source(IPU_HANDLER_ARGS) \
	{ \
		if (ipu_taken_##name(u, op, last, IPU_##source)) \
			IPU_BRANCH(op->imm); \
		IPU_NEXT(); \
	}

#define IPU_RR(name, expression)	ONE(name, RS1) ONE(name, RS2)
#define IPU_RI(name, expression)	ONE(name, RS1)
#define IPU_R(name, expression)		ONE(name, RS1)
#define IPU_LOAD(name, type)		ONE(name, RS1)
#define IPU_STORE(name, type)		ONE(name, RS1) ONE(name, RS2)
#define IPU_BRANCH_IF(name, condition)	ONE_BRANCH(name, RS1) ONE_BRANCH(name, RS2)
#include "ipu_scalar.def"

/**
 * struct instruction - properties of a kind
 * @fn: its handler for each enum ipu_source; none for IPU_NEXT, which only occurs
 *	in sequences
 * @does: READS_RS1 and so on
 * @bytes: of its access to memory, or 0
 */
struct instruction {
	ipu_handler *fn[3];
	unsigned int does;
	unsigned int bytes;
};

static const struct instruction instructions[KINDS] = {
	[KIND_lui] = { { ipu_op_lui }, WRITES, 0 },
#define ROW(name, rs2, does, bytes) \
	[KIND_##name] = { { ipu_op_##name, one_##name##_RS1, rs2 }, READS_RS1 | (does), bytes },
#define IPU_RR(name, expression)	ROW(name, one_##name##_RS2, READS_RS2 | WRITES, 0)
#define IPU_RI(name, expression)	ROW(name, NULL, WRITES, 0)
#define IPU_R(name, expression)		ROW(name, NULL, WRITES, 0)
#define IPU_LOAD(name, type)		ROW(name, NULL, WRITES, sizeof(type))
#define IPU_STORE(name, type)		ROW(name, one_##name##_RS2, READS_RS2, sizeof(type))
#define IPU_BRANCH_IF(name, condition)	ROW(name, one_##name##_RS2, READS_RS2, 0)
#include "ipu_scalar.def"
#undef ROW
};

/* ---- Handlers of several ------------------------------------------------------------------ */

/* A step that continues with the next one. */
#define IPU_DO(name, source) \
	_Static_assert(IPU_SLOTS_##name == 1, "charges nothing above a slot"); \
	if (ipu_unlikely(!ipu_do_##name(u, op, sram, &last, &at, IPU_##source))) \
		IPU_CONTINUE(ipu_op_##name); \
	op++; \
	left--;

/* A branch: if it is taken, the steps after it are not executed. */
#define IPU_IF(name, source) \
	if (ipu_taken_##name(u, op, last, IPU_##source)) \
		IPU_BRANCH(op->imm); \
	op++; \
	left--;

#define IPU_SEQUENCE(name, steps) \
	static void do_##name(IPU_HANDLER_ARGS) \
	{ \
		uint32_t at __attribute__((unused)); \
		\
		steps \
		IPU_DISPATCH(); \
	}
#include "ipu_fuse.def"
#undef IPU_DO
#undef IPU_IF
#undef IPU_SEQUENCE

#define STEPS_MAX	8

struct step {
	uint8_t kind;
	uint8_t source;
};

/**
 * struct sequence - instructions that share a handler
 * @fn: the handler
 * @steps: the instructions, then KIND_NONE
 */
struct sequence {
	ipu_handler *fn;
	struct step steps[STEPS_MAX + 1];
};

static const struct sequence sequences[] = {
#define IPU_DO(name, source)		{ KIND_##name, IPU_##source },
#define IPU_IF(name, source)		{ KIND_##name, IPU_##source },
#define IPU_SEQUENCE(name, steps)	{ do_##name, { steps } },
#include "ipu_fuse.def"
#undef IPU_DO
#undef IPU_IF
#undef IPU_SEQUENCE
};

#define SEQUENCES	(sizeof(sequences) / sizeof(sequences[0]))

/* For each kind a list of the sequences that begin with it: numbers plus one, 0 ends it. */
static uint16_t first_of[KINDS];
static uint16_t next_of[SEQUENCES];
static pthread_once_t index_once = PTHREAD_ONCE_INIT;

static void fill_index(void)
{
	unsigned int i;

	for (i = SEQUENCES; i--;) {
		uint16_t *first = &first_of[sequences[i].steps[0].kind];

		next_of[i] = *first;
		*first = i + 1;
	}
}

/* ---- Choosing ----------------------------------------------------------------------------- */

static enum kind kind_of(const struct ipu_op *op)
{
	enum kind kind;

	for (kind = KIND_NONE + 1; kind < KINDS; kind++)
		if (instructions[kind].fn[IPU_FILE] == op->fn)
			return kind;
	return KIND_NONE;
}

static bool commutes(enum kind kind)
{
	return kind == KIND_add || kind == KIND_xor || kind == KIND_or || kind == KIND_and ||
	       kind == KIND_mul || kind == KIND_beq || kind == KIND_bne;
}

/* a move is an addition of x0, for which one source is enough */
static void simplify(struct ipu_op *op)
{
	if (op->fn != ipu_op_add || (op->rs1 && op->rs2))
		return;
	op->rs1 |= op->rs2;
	op->imm = 0;
	op->fn = ipu_op_addi;
}

/* whether an access begins where that of @before ends; @before does not write their rs1 */
static bool is_next(const struct ipu_op *op, enum kind kind, const struct ipu_op *before,
		    enum kind kind_before)
{
	const unsigned int bytes = instructions[kind_before].bytes;

	return bytes && instructions[kind].bytes && op->rs1 == before->rs1 &&
	       op->imm == (int32_t)((uint32_t)before->imm + bytes);
}

/**
 * choose_source - where an op may take its sources from
 * @reg: the register that the previous op wrote, or none
 */
static enum ipu_source choose_source(struct ipu_op *op, enum kind kind, unsigned int reg)
{
	const unsigned int does = instructions[kind].does;

	if (does & READS_RS1 && op->rs1 == reg)
		return IPU_RS1;
	if (!(does & READS_RS2) || op->rs2 != reg)
		return IPU_FILE;
	if (!commutes(kind))
		return IPU_RS2;
	op->rs2 = op->rs1;
	op->rs1 = reg;
	return IPU_RS1;
}

/* an IPU_NEXT access can also take its address from the register file */
static bool takes(const struct step *step, enum ipu_source source)
{
	return step->source == source || (step->source == IPU_NEXT && source == IPU_FILE);
}

/* @steps: of consecutive ops; Return: how many of them are the sequence, or 0 */
static unsigned int match(const struct sequence *sequence, const struct step *steps)
{
	unsigned int i;

	if (!takes(&steps[0], sequence->steps[0].source))
		return 0;
	for (i = 1; sequence->steps[i].kind != KIND_NONE; i++)
		if (sequence->steps[i].kind != steps[i].kind ||
		    !takes(&steps[i], sequence->steps[i].source))
			return 0;
	return i;
}

/**
 * choose_handler - the best handler for an op
 * @steps: of the op and those after it
 * @jumps: how many handlers execute the ops from each on; set for this op
 */
static ipu_handler *choose_handler(const struct step *steps, uint16_t *jumps)
{
	ipu_handler *best = instructions[steps[0].kind].fn[steps[0].source];
	unsigned int next, length;

	jumps[0] = 1 + jumps[1];
	for (next = first_of[steps[0].kind]; next; next = next_of[next - 1]) {
		length = match(&sequences[next - 1], steps);
		if (length && 1 + jumps[length] <= jumps[0]) {
			best = sequences[next - 1].fn;
			jumps[0] = 1 + jumps[length];
		}
	}
	return best;
}

void ipu_fuse(struct ipu_op *ops, bool *entered, unsigned int count)
{
	struct step steps[IPU_PAGE_OPS + STEPS_MAX] = { 0 };
	uint16_t jumps[IPU_PAGE_OPS + STEPS_MAX] = { 0 };
	unsigned int i, reg = IPU_REGS;

	pthread_once(&index_once, fill_index);
	for (i = 0; i < count; i++) {
		simplify(&ops[i]);
		steps[i].kind = kind_of(&ops[i]);
		steps[i].source = choose_source(&ops[i], steps[i].kind, reg);
		if (i && steps[i].source == IPU_FILE &&
		    is_next(&ops[i], steps[i].kind, &ops[i - 1], steps[i - 1].kind))
			steps[i].source = IPU_NEXT;
		/* not from further back: something may jump to an op in between */
		reg = instructions[steps[i].kind].does & WRITES ? ops[i].rd : IPU_REGS;
	}
	for (i = count; i--;) {
		const enum ipu_source source = steps[i].source;
		ipu_handler *fn;

		if (entered[i] || source == IPU_NEXT)
			steps[i].source = IPU_FILE;
		if (steps[i].source == IPU_FILE)
			entered[i] = true;
		fn = choose_handler(&steps[i], &jumps[i]);
		if (fn)
			ops[i].fn = fn;
		steps[i].source = source;
	}
}

void ipu_fuse_enter(struct ipu_op *op, const struct ipu_op *decoded)
{
	struct ipu_op plain = *decoded;

	simplify(&plain);
	__atomic_store_n(&op->fn, plain.fn, __ATOMIC_RELAXED);
}
