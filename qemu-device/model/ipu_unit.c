// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * One unit: entering and leaving decoded code, faults, and the way from an
 * address to an op when it is not at hand.
 */
#include "ipu_decode.h"
#include "ipu_exec.h"
#include "ipu_fpu.h"

void ipu_unit_start(struct ipu_unit *u, uint32_t entry, uint32_t arg)
{
	memset(u->r, 0, sizeof(u->r));
	u->r[10] = arg;
	u->pc = entry & ~1u;
	u->frm = 0;
	u->fflags = 0;
	u->state = IPU_UNIT_RUNNING;
}

static bool in_scratch(const struct ipu_unit *u, const struct ipu_op *op)
{
	return op >= u->scratch && op < u->scratch + sizeof(u->scratch) / sizeof(u->scratch[0]);
}

uint32_t ipu_unit_pc(const struct ipu_unit *u, const struct ipu_op *op)
{
	if (op->fn == ipu_op_goto)
		return op->imm;
	if (in_scratch(u, op))
		return u->scratch_pc;
	return u->page->base + 2 * u->page->at[op - u->page->ops];
}

uint64_t ipu_unit_clock(const struct ipu_unit *u, int64_t left)
{
	return u->clock + IPU_BARREL * (u->slice - left + u->stalls);
}

static void stop_at(struct ipu_unit *u, uint32_t pc, int64_t left, enum ipu_stop why)
{
	u->pc = pc;
	u->left = left;
	u->stop = why;
}

void ipu_unit_stop(struct ipu_unit *u, const struct ipu_op *op, int64_t left, enum ipu_stop why)
{
	stop_at(u, ipu_unit_pc(u, op), left, why);
}

static void fault_at(struct ipu_unit *u, uint32_t pc, int64_t left, uint32_t cause, uint32_t addr,
		     uint32_t info)
{
	u->tile->fault = (struct ipu_tile_fault) {
		.cause = cause,
		.unit = u->index,
		.pc = pc,
		.addr = addr,
		.info = info,
	};
	stop_at(u, pc, left, IPU_STOP_FAULT);
}

void ipu_unit_fault(struct ipu_unit *u, const struct ipu_op *op, int64_t left, uint32_t cause,
		    uint32_t addr, uint32_t info)
{
	fault_at(u, ipu_unit_pc(u, op), left, cause, addr, info);
}

/* the code page that @pc lies in, or NULL with a fault of the instruction at @at */
static struct ipu_code_page *fetch_page(struct ipu_unit *u, uint32_t pc, uint32_t at, int64_t left)
{
	uint32_t offset = pc - IPU_SRAM_BASE;
	struct ipu_code_page *page;

	if (offset >= IPU_SRAM_SIZE) {
		fault_at(u, at, left, IPU_FAULT_FETCH, at, 0);
		return NULL;
	}
	page = ipu_tile_page(u->tile, offset);
	if (!page)
		fault_at(u, at, left, IPU_FAULT_INTERNAL, 0, 0);
	return page;
}

const struct ipu_op *ipu_unit_fetch(struct ipu_unit *u, uint32_t pc, int64_t left)
{
	struct ipu_code_page *page = fetch_page(u, pc, pc, left);

	if (!page)
		return NULL;
	u->page = page;
	return ipu_code_cache_decode(u->tile->cache, page, (pc - page->base) / 2);
}

/* the bits of the instruction at @pc, whose first page is the tile's already */
static bool fetch_bits(struct ipu_unit *u, uint32_t pc, int64_t left, uint32_t *bits)
{
	const struct ipu_code_page *page = u->page;
	unsigned int half = (pc - page->base) / 2;

	*bits = ipu_code_page_bits(page, half);
	if (ipu_insn_bytes(*bits) == 2)
		return true;
	if (++half == IPU_PAGE_HALVES) {
		page = fetch_page(u, pc + 2, pc, left);
		half = 0;
	}
	if (page)
		*bits |= ipu_code_page_bits(page, half) << 16;
	return page;
}

bool ipu_unit_fetch_straddle(struct ipu_unit *u, uint32_t pc, int64_t left)
{
	struct ipu_insn insn;
	uint32_t bits;

	if (!fetch_bits(u, pc, left, &bits))
		return false;
	ipu_decode(bits, pc, &insn);
	u->scratch[0] = insn.op;
	u->scratch[1] = (struct ipu_op) { .fn = ipu_op_goto, .imm = pc + insn.bytes };
	u->scratch[2] = (struct ipu_op) { .fn = ipu_op_goto, .imm = insn.target };
	if (insn.flow == IPU_FLOW_BRANCH)
		u->scratch[0].imm = 2;
	else if (insn.flow == IPU_FLOW_CALL || insn.flow == IPU_FLOW_JUMP)
		u->scratch[0].off = 2;
	u->scratch_pc = pc;
	u->scratch_valid = true;
	return true;
}

void ipu_unit_illegal(struct ipu_unit *u, const struct ipu_op *op, int64_t left)
{
	uint32_t pc = ipu_unit_pc(u, op);
	uint32_t bits;

	if (fetch_bits(u, pc, left, &bits))
		fault_at(u, pc, left, IPU_FAULT_ILLEGAL_INSN, 0, bits);
}

void ipu_unit_run(struct ipu_unit *u, int64_t slice)
{
	const struct ipu_op *op;

	u->slice = slice;
	u->left = slice;
	u->stalls = 0;
	u->stop = IPU_STOP_NONE;
	u->page = NULL;
	ipu_fpu_enter(u);
	op = ipu_unit_lookup(u, u->pc);
	if (!op)
		op = ipu_unit_fetch(u, u->pc, slice);
#if IPU_LOOPED
	u->op = op;
	while (u->stop == IPU_STOP_NONE)
		u->op->fn(u, u->op, u->left, u->tile->sram);
#else
	if (op)
		op->fn(u, op, slice, u->tile->sram);
#endif
	ipu_fpu_leave(u);
	u->clock = ipu_unit_clock(u, u->left);
	u->instret += slice - u->left;
	u->stalls = 0;
}
