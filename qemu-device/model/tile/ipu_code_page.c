// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Decoding a page: from one instruction along the straight line, and then from
 * every target of its branches that lies in the page.
 *
 * Where a line ends (at an instruction that never continues with the next one, at
 * one that is already decoded, at the end of the page) a goto follows, and a branch
 * that leaves the page leads to a goto of its own; so the next op of a line is
 * always the adjacent one, and a direct branch is an addition.
 *
 * On a checked page every instruction has a check before it, and what leads to the
 * instruction leads to its check. After an instruction that writes sp is what checks and
 * sets it.
 */
#include <string.h>

#include "exec/ipu_check.h"
#include "exec/ipu_exec.h"
#include "exec/ipu_fuse.h"
#include "ipu_code_cache.h"
#include "ipu_handlers.h"
#include "vector/ipu_vec.h"

/* A branch or direct jump of this call: its op, and where it goes. */
struct jump {
	uint16_t index;
	bool branch;
	uint32_t target;
};

/**
 * struct batch - one call's work
 * @page: the page
 * @first: first op of this call
 * @pending: entries of @todo
 * @todo: halfwords where a line starts, targets of branches decoded so far
 * @listed: halfwords that are or were in @todo
 * @jumps: entries of @jump
 * @jump: those that have a target
 * @entered: for each op from @first on, whether it may be reached from another op than
 *	the one before it
 */
struct batch {
	struct ipu_code_page *page;
	unsigned int first;
	unsigned int pending;
	uint16_t todo[IPU_PAGE_HALVES];
	bool listed[IPU_PAGE_HALVES];
	unsigned int jumps;
	struct jump jump[IPU_PAGE_HALVES];
	bool entered[IPU_PAGE_OPS];
};

static bool in_page(const struct ipu_code_page *page, uint32_t pc)
{
	return pc - page->base < IPU_CODE_PAGE;
}

static unsigned int half_of(const struct ipu_code_page *page, uint32_t pc)
{
	return (pc - page->base) / 2;
}

static unsigned int append(struct ipu_code_page *page, const struct ipu_op *op, unsigned int half)
{
	unsigned int index = page->used++;

	page->ops[index] = *op;
	page->at[index] = half;
	return index;
}

static unsigned int append_goto(struct ipu_code_page *page, uint32_t pc)
{
	const struct ipu_op op = { .fn = ipu_op_goto, .imm = pc };

	return append(page, &op, 0);
}

static void append_check(struct ipu_code_page *page, uint32_t bits, unsigned int half)
{
	const struct ipu_op op = { .fn = ipu_op_check, .imm = ipu_check_needs(bits) };

	append(page, &op, half);
}

/* the instruction writes sp: see ipu_op_set_sp */
static void append_set_sp(struct ipu_code_page *page, unsigned int index)
{
	const struct ipu_op op = { .fn = ipu_op_set_sp };

	page->ops[index].rd = IPU_REG_NEW_SP;
	append(page, &op, page->at[index]);
}

static void note_jump(struct batch *b, unsigned int index, const struct ipu_insn *insn)
{
	struct jump *jump = &b->jump[b->jumps++];
	unsigned int half;

	jump->index = index;
	jump->branch = insn->flow == IPU_FLOW_BRANCH;
	jump->target = insn->target;
	if (!in_page(b->page, insn->target))
		return;
	half = half_of(b->page, insn->target);
	if (b->page->draft[half] || b->listed[half])
		return;
	b->listed[half] = true;
	b->todo[b->pending++] = half;
}

static void publish(struct ipu_code_page *page, unsigned int half)
{
	atomic_store_explicit(&page->map[half], page->draft[half], memory_order_release);
}

/* allow jumps to an instruction that was decoded to follow the one before it */
static void enter(struct ipu_code_page *page, unsigned int half)
{
	struct ipu_insn insn;

	if (atomic_load_explicit(&page->map[half], memory_order_relaxed))
		return;
	ipu_decode_op(ipu_code_page_bits(page, half), page->base + 2 * half, &insn);
	ipu_fuse_enter(&page->ops[page->draft[half]], &insn.op);
	publish(page, half);
}

/* Return: the op of a decoded instruction, to which jumps are allowed from then on */
static unsigned int entered_at(struct batch *b, unsigned int half)
{
	unsigned int index = b->page->draft[half];

	if (index < b->first)
		enter(b->page, half);
	else
		b->entered[index - b->first] = true;
	return index;
}

/* Return: the op where a jump goes */
static unsigned int target_of(struct batch *b, uint32_t pc)
{
	if (!in_page(b->page, pc))
		return append_goto(b->page, pc);
	return entered_at(b, half_of(b->page, pc));
}

/* a line continues where another one was decoded */
static void append_near(struct batch *b, unsigned int half)
{
	const struct ipu_op op = {
		.fn = ipu_op_near,
		.imm = (int32_t)(entered_at(b, half) - b->page->used),
	};

	append(b->page, &op, 0);
}

static void decode_line(struct batch *b, unsigned int half)
{
	/* an instruction of which only one half is in SRAM */
	static const struct ipu_op outside = { .fn = ipu_op_outside };
	struct ipu_code_page *page = b->page;
	struct ipu_insn insn;

	if (page->draft[half])
		return;
	while (half < IPU_PAGE_HALVES && !page->draft[half]) {
		uint32_t bits = ipu_code_page_bits(page, half);
		uint32_t pc = page->base + 2 * half;
		unsigned int index;

		if (pc + ipu_insn_bytes(bits) > IPU_SRAM_END) {
			page->draft[half] = append(page, &outside, half);
			return;
		}
		ipu_decode_op(bits, pc, &insn);
		if (page->checked)
			append_check(page, bits, half);
		index = append(page, &insn.op, half);
		page->draft[half] = page->checked ? index - 1 : index;
		if (insn.sets_sp)
			append_set_sp(page, index);
		if (insn.flow != IPU_FLOW_NEXT && insn.flow != IPU_FLOW_END)
			note_jump(b, index, &insn);
		if (insn.flow == IPU_FLOW_JUMP || insn.flow == IPU_FLOW_END)
			return;
		/* a call returns here */
		if (insn.flow == IPU_FLOW_CALL || insn.op.fn == ipu_op_jalr)
			b->entered[index + 1 - b->first] = true;
		half += insn.bytes / 2;
	}
	if (half < IPU_PAGE_HALVES)
		append_near(b, half);
	else
		append_goto(page, page->base + 2 * half);
}

/* the distance from each branch to its target, or to a goto that leads out of the page */
static void resolve_jumps(struct batch *b)
{
	struct ipu_code_page *page = b->page;
	unsigned int i, to;

	for (i = 0; i < b->jumps; i++) {
		const struct jump *jump = &b->jump[i];
		struct ipu_op *op = &page->ops[jump->index];

		to = target_of(b, jump->target);
		if (jump->branch)
			op->imm = to - jump->index;
		else
			op->off = to - jump->index;
	}
}

/* loops over arrays get the handlers that do several rounds at once */
static void find_loops(struct batch *b)
{
	struct ipu_op *const end = b->page->ops + b->page->used;
	struct ipu_op *op;

	for (op = b->page->ops + b->first; op < end; op++) {
		ipu_handler *fn = ipu_vec_find_loop(op, end - op);

		if (fn)
			op->fn = fn;
	}
}

unsigned int ipu_code_page_decode(struct ipu_code_page *page, unsigned int half)
{
	struct batch b;
	unsigned int i;

	if (page->draft[half]) {
		enter(page, half);
		return page->draft[half];
	}
	b.page = page;
	b.first = page->used;
	b.pending = 0;
	b.jumps = 0;
	memset(b.listed, 0, sizeof(b.listed));
	memset(b.entered, 0, sizeof(b.entered));
	b.entered[0] = true;
	decode_line(&b, half);
	while (b.pending)
		decode_line(&b, b.todo[--b.pending]);
	resolve_jumps(&b);
	find_loops(&b);
	ipu_fuse(page->ops + b.first, b.entered, page->used - b.first);
	for (i = 0; i < IPU_PAGE_HALVES; i++)
		if (page->draft[i] >= b.first && b.entered[page->draft[i] - b.first])
			publish(page, i);
	return page->draft[half];
}
