// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Fences, CSRs, calls to the environment, and Xipu.
 */
#include "ipu_check.h"
#include "ipu_exec.h"

#define A0	10
#define A7	17

IPU_OP(illegal)
{
	IPU_ILLEGAL();
}

IPU_OP(fence)
{
	IPU_NEXT();
}

/* The code that executes next may have changed. */
IPU_OP(fence_i)
{
	IPU_STOP(IPU_STOP_FENCE_I);
}

IPU_OP(ebreak)
{
	if (u->tile->debug.points) {
		ipu_unit_debug_stop(u, op, left, IPU_DBG_EBREAK);
		return;
	}
	IPU_FAULT(IPU_FAULT_EBREAK, 0, 0);
}

/* ---- CSRs ------------------------------------------------------------------------------ */

enum csr_action { CSR_WRITE, CSR_SET, CSR_CLEAR };

/*
 * One csrrw, csrrs or csrrc with @operand. It reads unless it is a csrrw to
 * x0, and writes unless it is a set or clear by x0 or 0.
 * Return: false, with nothing changed, if there is no such CSR or it is read only.
 */
static bool access_csr(struct ipu_unit *u, const struct ipu_op *op, int64_t left,
		       enum csr_action action, uint32_t operand)
{
	bool reads = action != CSR_WRITE || op->rd;
	bool writes = action == CSR_WRITE || op->rs1;
	uint32_t old = 0;

	if (reads && !ipu_csr_read(u, op->imm, left, &old))
		return false;
	if (action == CSR_SET)
		operand |= old;
	else if (action == CSR_CLEAR)
		operand = old & ~operand;
	if (writes && !ipu_csr_write(u, op->imm, left, left - 1, operand))
		return false;
	if (op->rd)
		u->r[op->rd] = old;
	return true;
}

#define IPU_OP_CSR(name, action, operand) \
	IPU_OP(name) \
	{ \
		if (!access_csr(u, op, left, action, operand)) \
			IPU_ILLEGAL(); \
		IPU_CHARGE(name); \
		if (ipu_unlikely(ipu_check_wanted(u) != u->checked)) \
			IPU_STOP(IPU_STOP_PAGES); \
		IPU_NEXT(); \
	}

IPU_OP_CSR(csrrw, CSR_WRITE, u->r[op->rs1])
IPU_OP_CSR(csrrs, CSR_SET, u->r[op->rs1])
IPU_OP_CSR(csrrc, CSR_CLEAR, u->r[op->rs1])
IPU_OP_CSR(csrrwi, CSR_WRITE, op->rs1)
IPU_OP_CSR(csrrsi, CSR_SET, op->rs1)
IPU_OP_CSR(csrrci, CSR_CLEAR, op->rs1)

/* ---- The end of a unit's program --------------------------------------------------------- */

static void exit_unit(struct ipu_unit *u, const struct ipu_op *op, int64_t left, uint32_t code)
{
	uint32_t *exit_code = &u->tile->exit_code[u->index];

	if (!*exit_code)
		*exit_code = code;
	ipu_unit_stop(u, op + 1, left - 1, IPU_STOP_EXIT);
}

IPU_OP(ecall)
{
	const uint32_t call = u->r[A7];

	if (ipu_unit_has_handler(u) ||
	    (call != IPU_ECALL_EXIT && call != IPU_ECALL_EXIT_GROUP))
		IPU_FAULT(IPU_FAULT_ECALL, 0, call);
	exit_unit(u, op, left, u->r[A0]);
}

IPU_OP(ipu_exit)
{
	exit_unit(u, op, left, u->r[op->rs1]);
}

IPU_OP(ipu_trap)
{
	IPU_FAULT(IPU_FAULT_TRAP, 0, u->r[op->rs1]);
}

/* ---- Workers ----------------------------------------------------------------------------- */

static void start_worker(struct ipu_unit *u, int64_t left, unsigned int worker, uint32_t entry,
			 uint32_t arg)
{
	struct ipu_unit *w = &u->tile->units[worker];
	uint64_t clock = ipu_unit_clock(u, left - 1);

	ipu_unit_start(w, entry, arg);
	if (w->clock < clock)
		w->clock = clock;
	w->began = w->clock;
	u->tile->running++;
}

IPU_OP(ipu_run)
{
	const uint32_t worker = u->r[op->rs3];

	if (u->index != IPU_UNIT_SUPERVISOR || worker >= IPU_WORKERS ||
	    u->tile->units[worker].state != IPU_UNIT_IDLE)
		IPU_FAULT(IPU_FAULT_BAD_RUN, 0, worker);
	IPU_CHARGE(ipu_run);
	start_worker(u, left, worker, u->r[op->rs1], u->r[op->rs2]);
	IPU_STOP(IPU_STOP_YIELD);
}

IPU_OP(ipu_runall)
{
	unsigned int i;

	for (i = 0; i < IPU_WORKERS; i++)
		if (u->index != IPU_UNIT_SUPERVISOR || u->tile->units[i].state != IPU_UNIT_IDLE)
			IPU_FAULT(IPU_FAULT_BAD_RUN, 0, i);
	IPU_CHARGE(ipu_runall);
	for (i = 0; i < IPU_WORKERS; i++)
		start_worker(u, left, i, u->r[op->rs1], u->r[op->rs2]);
	IPU_STOP(IPU_STOP_YIELD);
}

IPU_OP(ipu_sync)
{
	const uint32_t zone = op->imm & 0xfff;

	if (u->index != IPU_UNIT_SUPERVISOR || zone > IPU_ZONE_EXTERNAL)
		IPU_FAULT(IPU_FAULT_BAD_SYNC, 0, zone);
	u->tile->waits = zone == IPU_ZONE_LOCAL ? IPU_WAIT_LOCAL :
			 zone == IPU_ZONE_INTERNAL ? IPU_WAIT_INTERNAL : IPU_WAIT_EXTERNAL;
	IPU_CHARGE(ipu_sync);
	IPU_STOP(IPU_STOP_SYNC);
}
