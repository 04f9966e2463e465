// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Traps, as in the privileged specification: with an address in mtvec, what would
 * be a fault that stops the context makes the unit continue there. Without one
 * (mtvec resets to 0, where there is no memory) it is a fault, as are at all times
 * errors that RISC-V does not define.
 *
 * There are no interrupts, so mtvec's vectored mode is no different.
 */
#include "exec/ipu_exec.h"
#include "ipu_tile_internal.h"

#define CAUSE_FETCH_ACCESS	1
#define CAUSE_ILLEGAL		2
#define CAUSE_BREAKPOINT	3
#define CAUSE_LOAD_MISALIGNED	4
#define CAUSE_LOAD_ACCESS	5
#define CAUSE_STORE_MISALIGNED	6
#define CAUSE_STORE_ACCESS	7
#define CAUSE_ECALL_M		11

/* mcause and mtval of a fault. Return: false if it is not a trap. */
static bool translate(const struct ipu_op *op, uint32_t pc, uint32_t cause, uint32_t addr,
		      uint32_t info, uint32_t *mcause, uint32_t *mtval)
{
	*mtval = addr;
	switch (cause) {
	case IPU_FAULT_ILLEGAL_INSN:
		*mcause = CAUSE_ILLEGAL;
		*mtval = info;
		return true;
	case IPU_FAULT_FETCH:
		*mcause = CAUSE_FETCH_ACCESS;
		/* If only one half of the instruction is in SRAM, the other half faulted. */
		if (pc == IPU_SRAM_END - 2)
			*mtval = IPU_SRAM_END;
		return true;
	case IPU_FAULT_LOAD:
		*mcause = CAUSE_LOAD_ACCESS;
		return true;
	case IPU_FAULT_STORE:
		*mcause = CAUSE_STORE_ACCESS;
		return true;
	case IPU_FAULT_MISALIGNED:
		*mcause = op && IPU_FN(op) == ipu_op_lr_w ? CAUSE_LOAD_MISALIGNED :
							   CAUSE_STORE_MISALIGNED;
		return true;
	case IPU_FAULT_EBREAK:
		*mcause = CAUSE_BREAKPOINT;
		*mtval = pc;
		return true;
	case IPU_FAULT_ECALL:
		*mcause = CAUSE_ECALL_M;
		return true;
	default:
		return false;
	}
}

bool ipu_trap_enter(struct ipu_unit *u, const struct ipu_op *op, uint32_t pc, int64_t left,
		    uint32_t cause, uint32_t addr, uint32_t info)
{
	struct ipu_machine *m = &u->machine;
	uint32_t mcause, mtval;

	if (!ipu_unit_has_handler(u) || !translate(op, pc, cause, addr, info, &mcause, &mtval))
		return false;
	m->mepc = pc;
	m->mcause = mcause;
	m->mtval = mtval;
	m->mstatus &= ~IPU_MSTATUS_MPIE;
	if (m->mstatus & IPU_MSTATUS_MIE)
		m->mstatus |= IPU_MSTATUS_MPIE;
	m->mstatus &= ~IPU_MSTATUS_MIE;
	/* the slot of the instruction that trapped, which has not been retired */
	u->stalls++;
	ipu_unit_stop_at(u, m->mtvec & ~3u, left - 1, IPU_STOP_TRAP);
	return true;
}

uint32_t ipu_trap_return(struct ipu_unit *u)
{
	struct ipu_machine *m = &u->machine;

	m->mstatus &= ~IPU_MSTATUS_MIE;
	if (m->mstatus & IPU_MSTATUS_MPIE)
		m->mstatus |= IPU_MSTATUS_MIE;
	m->mstatus |= IPU_MSTATUS_MPIE;
	return m->mepc;
}
