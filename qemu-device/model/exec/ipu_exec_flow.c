// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Branches, jumps, and the ops that lead from one line of code to another.
 *
 * A slice can end only at a taken branch, of which every loop has one, where a line leaves
 * its page, and after ipu.amp, so other instructions need not check for its end.
 */
#include "ipu_exec.h"
#include "ipu_scalar.h"

#define IPU_BRANCH_IF(name, condition) \
	IPU_OP(name) \
	{ \
		if (ipu_taken_##name(u, op, last, IPU_FILE)) \
			IPU_BRANCH(op->imm); \
		IPU_NEXT(); \
	}
#include "ipu_scalar.def"

IPU_OP(jal)
{
	u->r[op->rd] = op->imm;
	IPU_BRANCH(op->off);
}

/* Continue at an address; ipu_jump finds, or faults for, an op that is not found quickly. */
#define IPU_GO_TO(address) \
	do { \
		const uint32_t to_ = (address); \
		const struct ipu_op *next_ = ipu_unit_lookup(u, to_); \
		\
		if (ipu_unlikely(!next_)) { \
			u->pc = to_; \
			IPU_CONTINUE(ipu_jump); \
		} \
		op = ipu_guessed(&u->guess[__COUNTER__ % IPU_GUESSES], next_); \
		IPU_DISPATCH(); \
	} while (0)

IPU_OP(jalr)
{
	const uint32_t target = (u->r[op->rs1] + op->off) & ~1u;

	u->r[op->rd] = op->imm;
	if (ipu_unlikely(--left <= 0)) {
		u->pc = target;
		IPU_CONTINUE(ipu_slice_over_at);
	}
	IPU_GO_TO(target);
}

IPU_OP(mret)
{
	const uint32_t target = ipu_trap_return(u);

	if (ipu_unlikely(--left <= 0)) {
		u->pc = target;
		IPU_CONTINUE(ipu_slice_over_at);
	}
	IPU_GO_TO(target);
}

IPU_OP(goto)
{
	if (ipu_unlikely(left <= 0)) {
		u->pc = op->imm;
		IPU_CONTINUE(ipu_slice_over_at);
	}
	IPU_GO_TO((uint32_t)op->imm);
}

IPU_OP(near)
{
	op = ipu_guessed(&u->guess[__COUNTER__ % IPU_GUESSES], op + op->imm);
	IPU_DISPATCH();
}

IPU_OP(outside)
{
	IPU_FAULT(IPU_FAULT_FETCH, ipu_unit_pc(u, op), 0);
}

void ipu_jump(IPU_HANDLER_ARGS)
{
	op = ipu_unit_fetch(u, u->pc, left);
	if (!op)
		return;
	IPU_DISPATCH();
}

/* Return: what is left with the slice's next part, not above 0 if the slice is over. */
static int64_t next_part(struct ipu_unit *u, int64_t left)
{
	uint32_t part;

	if (ipu_tile_must_stop(u->tile))
		return left;
	do {
		part = u->rest < IPU_SLICE_PART ? u->rest : IPU_SLICE_PART;
		u->rest -= part;
		u->slice += part;
		left += part;
	} while (left <= 0 && u->rest);
	return left;
}

void ipu_slice_over(IPU_HANDLER_ARGS)
{
	left = next_part(u, left);
	if (left <= 0) {
		ipu_unit_stop(u, op, left, IPU_STOP_SLICE);
		return;
	}
	if (ipu_unlikely(ipu_profile_aims(u))) {
		ipu_unit_stop(u, op, left, IPU_STOP_SAMPLE);
		return;
	}
	IPU_DISPATCH();
}

void ipu_slice_over_at(IPU_HANDLER_ARGS)
{
	left = next_part(u, left);
	if (left <= 0) {
		ipu_unit_stop_at(u, u->pc, left, IPU_STOP_SLICE);
		return;
	}
	if (ipu_unlikely(ipu_profile_aims(u))) {
		ipu_unit_stop_at(u, u->pc, left, IPU_STOP_SAMPLE);
		return;
	}
	IPU_GO_TO(u->pc);
}
