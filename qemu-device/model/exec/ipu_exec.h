/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * How handlers are written and how one leads to the next.
 *
 * A handler executes one instruction and then calls the next op's handler with
 * the same arguments, a tail call that the compiler makes a jump (threaded code:
 * the unit, the op and the count stay in registers, and each handler has an
 * indirect jump of its own for the host's branch predictor). Compilers that have the
 * attribute musttail guarantee it. Of others meson.build finds out whether they do it with
 * the options in use, and defines IPU_TAIL_CALLS. In all other builds, and those without
 * optimization or with the sanitizers of addresses and threads, a loop calls handlers that
 * return: so the host's stack never grows with what a tile executes.
 *
 * The folder exec/ offers the handlers of all instructions except vector ones, the
 * state that handlers work on, and the macros they are written with. What else it
 * needs of a tile it declares itself, in ipu_unit.h.
 * Knows: isa, float.
 */
#ifndef IPU_EXEC_H
#define IPU_EXEC_H

#include <string.h>

#include "ipu_code_page.h"
#include "ipu_unit.h"
#include "isa/ipu_cost.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IPU_LOOPED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
#define IPU_LOOPED 1
#endif

#if __has_attribute(musttail)
#define IPU_MUSTTAIL 1
#else
#define IPU_MUSTTAIL 0
#endif

#if !IPU_MUSTTAIL && !defined(IPU_TAIL_CALLS)
#undef IPU_LOOPED
#define IPU_LOOPED 1
#endif

#ifndef IPU_LOOPED
#define IPU_LOOPED 0
#endif

/* Another tile may replace a vector op's handler at any time, see ipu_vec.h. */
#define IPU_FN(op)	__atomic_load_n(&(op)->fn, __ATOMIC_RELAXED)

/* Continue with @op, or with a handler that is not @op's. Ends the handler. */
#if IPU_LOOPED
#define IPU_DISPATCH()		\
	do { u->op = op; u->left = left; u->last = last; return; } while (0)
#define IPU_CONTINUE(handler)	do { handler(u, op, left, sram, last); return; } while (0)
#elif IPU_MUSTTAIL
/* musttail needs a return statement, also in a void function */
#pragma GCC diagnostic ignored "-Wpedantic"
#define IPU_DISPATCH()		__attribute__((musttail)) return IPU_FN(op)(u, op, left, sram, last)
#define IPU_CONTINUE(handler)	__attribute__((musttail)) return handler(u, op, left, sram, last)
#else
#define IPU_DISPATCH()		do { IPU_FN(op)(u, op, left, sram, last); return; } while (0)
#define IPU_CONTINUE(handler)	do { handler(u, op, left, sram, last); return; } while (0)
#endif

/* What a row's instruction costs: IPU_SLOTS_add and so on. */
enum ipu_slots {
#define IPU_INSN(name, mask, match, format, handler, slots) IPU_SLOTS_##name = (slots),
#define IPU_VECTOR(name, mask, match, format, shape, slots) IPU_SLOTS_##name = (slots),
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
#undef IPU_VECTOR
};

#define IPU_INSN(name, mask, match, format, handler, slots) \
	ipu_handler ipu_op_##handler; \
	_Static_assert(IPU_SLOTS_##name == IPU_SLOTS_##handler, "as dear as its handler charges");
#define IPU_VECTOR(name, mask, match, format, shape, slots)
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
#undef IPU_VECTOR

/* Ops that are not instructions of the table. */
ipu_handler ipu_op_goto;
ipu_handler ipu_op_near;
ipu_handler ipu_op_outside;
ipu_handler ipu_op_illegal;
ipu_handler ipu_op_check;
ipu_handler ipu_op_set_sp;

/* Define the handler of row @name. */
#define IPU_OP(name)	void ipu_op_##name(IPU_HANDLER_ARGS)

/* Charge @more slots than the one that an instruction takes when it retires. */
#define IPU_CHARGE_MORE(more) \
	do { \
		const int64_t more_ = (more); \
		\
		left -= more_; \
		u->stalls += more_; \
	} while (0)

/* Charge row @name's slots above one. */
#define IPU_CHARGE(name) \
	do { if (IPU_SLOTS_##name > 1) IPU_CHARGE_MORE(IPU_SLOTS_##name - 1); } while (0)

/* The end of a handler: retire, continue with the next op. */
#define IPU_NEXT() \
	do { op++; left--; IPU_DISPATCH(); } while (0)

/*
 * Return: @to, the target of a jump, predicted to be @guess, its target last time. In
 * a loop the host would otherwise have to load and add each jump's distance before it
 * could load the ops of the next iteration; now it predicts the comparison, and loads
 * them at the guess.
 */
static inline const struct ipu_op *ipu_guessed(const struct ipu_op **guess, const struct ipu_op *to)
{
	const struct ipu_op *guessed = *guess;
	const struct ipu_op *result = guessed;

	/* keep the compiler from using @to instead, which is equal */
	__asm__("" : "+r"(result));
	if (ipu_likely(to == guessed))
		return result;
	*guess = to;
	return to;
}

/* The end of a taken branch: retire, continue @distance ops away. Each use has its guess. */
#define IPU_BRANCH(distance) \
	do { \
		op = ipu_guessed(&u->guess[__COUNTER__ % IPU_GUESSES], op + (distance)); \
		if (ipu_unlikely(--left <= 0)) \
			IPU_CONTINUE(ipu_slice_over); \
		IPU_DISPATCH(); \
	} while (0)

/*
 * A slice is given to a unit in parts of this many slots, and between them it is looked at
 * whether the tile must stop. A slot of a vector instruction is up to 128 elements, so that
 * one can take the host a microsecond or more.
 */
#define IPU_SLICE_PART	2048

/* A part of the slice is used up before @op, or before the instruction at u->pc. */
ipu_handler ipu_slice_over;
ipu_handler ipu_slice_over_at;

/* Continue at u->pc; retires nothing. */
ipu_handler ipu_jump;

/* The end of a handler that cannot execute its instruction: nothing is changed or retired. */
#define IPU_FAULT(cause, addr, info) \
	do { ipu_unit_fault(u, op, left, cause, addr, info); return; } while (0)
#define IPU_ILLEGAL() \
	do { ipu_unit_illegal(u, op, left); return; } while (0)

/* Retire this instruction and stop before the next one. */
#define IPU_STOP(why) \
	do { ipu_unit_stop(u, op + 1, left - 1, why); return; } while (0)

/** ipu_unit_lookup - the op at @pc, with u->page set, or NULL: see ipu_unit_fetch() */
static inline const struct ipu_op *ipu_unit_lookup(struct ipu_unit *u, uint32_t pc)
{
	uint32_t offset = pc - IPU_SRAM_BASE;
	const struct ipu_code_page *page;
	unsigned int index;

	if (ipu_unlikely(offset >= IPU_SRAM_SIZE))
		return NULL;
	page = u->pages[offset / IPU_CODE_PAGE];
	if (ipu_unlikely(!page))
		return NULL;
	index = atomic_load_explicit(&page->map[offset % IPU_CODE_PAGE / 2], memory_order_acquire);
	if (ipu_unlikely(!index))
		return NULL;
	u->page = page;
	return &page->ops[index];
}

#endif /* IPU_EXEC_H */
