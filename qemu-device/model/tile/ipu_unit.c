// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * One unit: entering and leaving decoded code, faults, and the slow way from an
 * address to an op.
 */
#include "exec/ipu_check.h"
#include "exec/ipu_exec.h"
#include "exec/ipu_fpu.h"
#include "ipu_code_cache.h"
#include "ipu_tile_internal.h"
#include "isa/ipu_cost.h"
#include "vector/ipu_vec.h"

void ipu_unit_set_stack(struct ipu_unit *u, uint32_t end)
{
	u->stack_end = end;
	if (!end)
		u->stack_room = UINT32_MAX;
	else
		u->stack_room = end < IPU_SRAM_END ? IPU_SRAM_END - end : 0;
}

void ipu_unit_start(struct ipu_unit *u, uint32_t entry, uint32_t arg)
{
	memset(u->r, 0, sizeof(u->r));
	u->r[10] = arg;
	u->pc = entry & ~1u;
	u->frm = 0;
	u->fflags = 0;
	ipu_machine_reset(u);
	ipu_unit_set_stack(u, 0);
	u->vxrm = 0;
	u->vxsat = 0;
	ipu_vectors_clear(u);
	u->state = IPU_UNIT_RUNNING;
}

uint32_t ipu_unit_pc(const struct ipu_unit *u, const struct ipu_op *op)
{
	if (IPU_FN(op) == ipu_op_near)
		op += op->imm;
	if (IPU_FN(op) == ipu_op_goto)
		return op->imm;
	return u->page->base + 2 * u->page->at[op - u->page->ops];
}

uint64_t ipu_unit_clock(const struct ipu_unit *u, int64_t left)
{
	return u->clock + IPU_BARREL * (u->slice - left);
}

void ipu_unit_stop_at(struct ipu_unit *u, uint32_t pc, int64_t left, enum ipu_stop why)
{
	u->pc = pc;
	u->left = left;
	u->stop = why;
}

void ipu_unit_stop(struct ipu_unit *u, const struct ipu_op *op, int64_t left, enum ipu_stop why)
{
	ipu_unit_stop_at(u, ipu_unit_pc(u, op), left, why);
}

/* @op as for ipu_trap_enter() */
static void fault_at(struct ipu_unit *u, const struct ipu_op *op, uint32_t pc, int64_t left,
		     uint32_t cause, uint32_t addr, uint32_t info)
{
	/* a handler that was reached because of a vstart has not reset it */
	ipu_vec_set_vstart(u, u->vstart);
	if (ipu_trap_enter(u, op, pc, left, cause, addr, info))
		return;
	u->tile->fault = (struct ipu_tile_fault) {
		.cause = cause,
		.unit = u->index,
		.pc = pc,
		.addr = addr,
		.info = info,
	};
	ipu_unit_stop_at(u, pc, left, IPU_STOP_FAULT);
}

void ipu_unit_fault(struct ipu_unit *u, const struct ipu_op *op, int64_t left, uint32_t cause,
		    uint32_t addr, uint32_t info)
{
	fault_at(u, op, ipu_unit_pc(u, op), left, cause, addr, info);
}

void ipu_unit_illegal(struct ipu_unit *u, const struct ipu_op *op, int64_t left)
{
	uint32_t pc = ipu_unit_pc(u, op);

	fault_at(u, op, pc, left, IPU_FAULT_ILLEGAL_INSN, 0,
		 ipu_code_page_bits(u->page, (pc - u->page->base) / 2));
}

const struct ipu_op *ipu_unit_fetch(struct ipu_unit *u, uint32_t pc, int64_t left)
{
	struct ipu_code_cache *cache = u->tile->cache;
	uint32_t offset = pc - IPU_SRAM_BASE;
	struct ipu_code_page *page;
	const struct ipu_op *op;

	if (offset >= IPU_SRAM_SIZE) {
		fault_at(u, NULL, pc, left, IPU_FAULT_FETCH, pc, 0);
		return NULL;
	}
	/* decoding takes the host a hundred times as long as executing */
	if (ipu_tile_must_stop(u->tile)) {
		ipu_unit_stop_at(u, pc, left, IPU_STOP_SLICE);
		return NULL;
	}
	page = ipu_tile_page(u->tile, offset, u->checked);
	op = page ? ipu_code_cache_decode(cache, page, offset % IPU_CODE_PAGE / 2) : NULL;
	if (!op) {
		fault_at(u, NULL, pc, left, IPU_FAULT_HOST_MEMORY, 0,
			 ipu_code_cache_limit(cache) >> 10);
		return NULL;
	}
	u->page = page;
	return op;
}

/* Execute from u->pc on with what is left of the slice. */
static void execute(struct ipu_unit *u)
{
	const struct ipu_op *op;

	u->stop = IPU_STOP_NONE;
	u->page = NULL;
	u->checked = ipu_check_wanted(u);
	u->pages = u->checked ? u->tile->checked_pages : u->tile->pages;
	op = ipu_unit_lookup(u, u->pc);
	if (!op)
		op = ipu_unit_fetch(u, u->pc, u->left);
#if IPU_LOOPED
	u->op = op;
	while (u->stop == IPU_STOP_NONE)
		IPU_FN(u->op)(u, u->op, u->left, u->tile->sram, u->last);
#else
	if (op)
		IPU_FN(op)(u, op, u->left, u->tile->sram, 0);
#endif
}

void ipu_unit_run(struct ipu_unit *u, int64_t slice)
{
	u->slice = slice < IPU_SLICE_PART ? slice : IPU_SLICE_PART;
	u->rest = slice - u->slice;
	u->left = u->slice;
	u->stalls = 0;
	u->light = 0;
	ipu_fpu_enter(u);
	do {
		if (ipu_unlikely(u->tile->profile))
			ipu_profile_aim(u);
		execute(u);
	} while (ipu_unlikely(u->stop == IPU_STOP_SAMPLE));
	ipu_fpu_leave(u);
	u->clock = ipu_unit_clock(u, u->left);
	u->instret += u->slice - u->left - u->stalls;
	u->stalls = 0;
	if (ipu_unlikely(u->tile->profile))
		u->tile->profile->done[u->index] += u->slice - u->left;
}
