/* SPDX-License-Identifier: MIT */
/*
 * libipu: debug the tiles of a context.
 *
 * A context that is debugged is halted as a whole: when one unit (a worker or the
 * supervisor of a tile) stops, the context's other units stop before the halt is
 * reported, each between two instructions. The units of a context are identified
 * by tile, from 0 within the context, and unit, worker 0..5 or IPU_SUPERVISOR.
 *
 *	ipu_debug_attach(ctx, IPU_DEBUG_STOP_AT_START);
 *	ipu_run_start(ctx);
 *	ipu_debug_wait(ctx, -1, &stop);		before the first instruction
 *	ipu_debug_insert(ctx, &(struct ipu_debug_point){
 *		sizeof(point), IPU_DEBUG_EXEC, IPU_DEBUG_ALL_TILES, addr, 2 });
 *	ipu_debug_resume(ctx, NULL);
 *	ipu_debug_wait(ctx, -1, &stop);		at addr
 *	ipu_debug_read_reg(ctx, stop.tile, stop.unit, IPU_DEBUG_X(10), &a0, sizeof(a0));
 *	ipu_debug_detach(ctx);			the run continues
 *	ipu_run_wait(ctx, -1, &report);
 *
 * A context can be debugged only through the device that created it. While a
 * context is debugged its runs have no time limit, and while it is halted its jobs
 * wait, those of runs, loads and copies alike. Destroying the context ends all
 * that. Returns, structures with a size, threads and times are as in ipu.h; all
 * functions return -EINVAL for a context that is not debugged, -ENODEV when the
 * card is gone and -EIO when the context is lost.
 */
#ifndef IPU_DEBUG_H
#define IPU_DEBUG_H

#include <ipu.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Flags of ipu_debug_attach(). */
#define IPU_DEBUG_STOP_AT_START 1u /* each run (not a resume) halts before its first instruction */
#define IPU_DEBUG_STOP_AT_END 2u /* each run and resume halts when it is about to end */

/**
 * enum ipu_debug_reason - why a context is halted
 * @IPU_DEBUG_HALT: ipu_debug_halt() asked for it
 * @IPU_DEBUG_START: a run is about to execute its first instruction
 * @IPU_DEBUG_END: the tiles have exited or wait at an external sync; a resume ends the run
 * @IPU_DEBUG_STEP: the unit that was to step has done so
 * @IPU_DEBUG_BLOCKED: the unit that was to run alone is idle or waits for others
 * @IPU_DEBUG_BREAK: before the instruction of a breakpoint
 * @IPU_DEBUG_WATCH: before an instruction that accesses what is watched
 * @IPU_DEBUG_EBREAK: at an ebreak
 * @IPU_DEBUG_FAULT: at an instruction that faulted; a resume ends the run with the fault
 */
enum ipu_debug_reason {
	IPU_DEBUG_HALT = 1,
	IPU_DEBUG_START = 2,
	IPU_DEBUG_END = 3,
	IPU_DEBUG_STEP = 4,
	IPU_DEBUG_BLOCKED = 5,
	IPU_DEBUG_BREAK = 6,
	IPU_DEBUG_WATCH = 7,
	IPU_DEBUG_EBREAK = 8,
	IPU_DEBUG_FAULT = 9,
};

/**
 * struct ipu_debug_stop - a halt
 * @size: sizeof(struct ipu_debug_stop), set by the caller
 * @reason: enum ipu_debug_reason
 * @tile: the tile that stopped; of IPU_DEBUG_HALT, _START and _END one of the run, or 0
 * @unit: its unit
 * @pc: of the instruction that the unit executes next
 * @addr: of IPU_DEBUG_WATCH the lowest watched address that it accesses; of
 *	IPU_DEBUG_FAULT the fault's
 * @access: of IPU_DEBUG_WATCH, IPU_DEBUG_READ or IPU_DEBUG_WRITE
 * @cause: of IPU_DEBUG_FAULT, enum ipu_fault_cause of <drm/ipu_cmd.h>
 * @info: of IPU_DEBUG_FAULT, the fault's
 *
 * Units that stopped at the same time are reported one after the other, each
 * when the context is resumed from the one before.
 */
struct ipu_debug_stop {
	size_t size;
	uint32_t reason;
	uint32_t tile;
	uint32_t unit;
	uint32_t pc;
	uint32_t addr;
	uint32_t access;
	uint32_t cause;
	uint32_t info;
};

/**
 * ipu_debug_attach - start to debug a context
 * @ctx: the context
 * @flags: IPU_DEBUG_STOP_AT_START, IPU_DEBUG_STOP_AT_END
 *
 * A run in progress continues. Return: 0; -EINVAL for unknown flags; -EBUSY
 * when it is debugged already; -ENOTSUP when the card or its driver does not
 * support it.
 */
int ipu_debug_attach(struct ipu_context *ctx, uint32_t flags);

/** ipu_debug_detach - end debugging: all points are removed, and a halted context resumes */
int ipu_debug_detach(struct ipu_context *ctx);

/**
 * ipu_debug_halt - ask a context to halt; ipu_debug_wait() says when it does
 *
 * A context with nothing to do halts as well, and then does nothing until it is
 * resumed. Does nothing to one that is halted.
 */
int ipu_debug_halt(struct ipu_context *ctx);

/**
 * ipu_debug_wait - wait until a context is halted
 * @ctx: the context
 * @timeout_ns: how long; 0 returns at once, negative waits without a limit
 * @stop: out: why it is; may be NULL
 *
 * Each call reports the same halt, until the context is resumed. Return: 0;
 * -ETIME when it is not halted in time.
 */
int ipu_debug_wait(struct ipu_context *ctx, int64_t timeout_ns, struct ipu_debug_stop *stop);

/* Flags of struct ipu_debug_go. */
/* The unit executes one instruction, then the context halts; a watchpoint may halt it before. */
#define IPU_DEBUG_ONE_STEP 1u
#define IPU_DEBUG_ALONE 2u /* only the unit runs */

/**
 * struct ipu_debug_go - how to resume
 * @size: sizeof(struct ipu_debug_go), set by the caller
 * @flags: IPU_DEBUG_ONE_STEP, IPU_DEBUG_ALONE; without any, all units run
 * @tile: the tile that the flags apply to
 * @unit: its unit
 */
struct ipu_debug_go {
	size_t size;
	uint32_t flags;
	uint32_t tile;
	uint32_t unit;
};

/**
 * ipu_debug_resume - resume a halted context
 * @ctx: the context
 * @how: NULL: all units run
 *
 * The unit that stopped at a breakpoint or watchpoint does not stop at it again
 * before it has executed the instruction; others do. One that steps does not stop
 * at a breakpoint at its instruction. To see what an instruction has done to what
 * is watched, resume with IPU_DEBUG_ONE_STEP | IPU_DEBUG_ALONE. The points that are
 * set now take effect. Return: 0; -EBUSY when it is not halted; -EINVAL for
 * unknown flags, or a tile or a unit that does not exist.
 */
int ipu_debug_resume(struct ipu_context *ctx, const struct ipu_debug_go *how);

/* What a point stops at: IPU_DEBUG_EXEC, or one or both of the others. */
#define IPU_DEBUG_EXEC 1u
#define IPU_DEBUG_READ 2u
#define IPU_DEBUG_WRITE 4u

#define IPU_DEBUG_ALL_TILES 0xffffffffu
#define IPU_DEBUG_POINTS 32 /* most points of a context */

/**
 * struct ipu_debug_point - a breakpoint or watchpoint
 * @size: sizeof(struct ipu_debug_point), set by the caller
 * @access: IPU_DEBUG_EXEC, or IPU_DEBUG_READ and IPU_DEBUG_WRITE
 * @tile: a tile, or IPU_DEBUG_ALL_TILES
 * @addr: tile address; for IPU_DEBUG_EXEC the first byte of an instruction
 * @len: bytes, at least 1; not used by IPU_DEBUG_EXEC
 */
struct ipu_debug_point {
	size_t size;
	uint32_t access;
	uint32_t tile;
	uint32_t addr;
	uint32_t len;
};

/**
 * ipu_debug_insert - add a break- or watchpoint
 *
 * Only accesses by a tile's units are watched, not those of the exchange, copies
 * and fills. Points take effect at the next resume or run, and stay for the runs
 * that follow.
 *
 * Return: 0, even if there is an equal one already; -EINVAL for an invalid one;
 * -ENOSPC when there are IPU_DEBUG_POINTS.
 */
int ipu_debug_insert(struct ipu_context *ctx, const struct ipu_debug_point *point);

/** ipu_debug_remove - the reverse; -ENOENT if there is no equal point */
int ipu_debug_remove(struct ipu_context *ctx, const struct ipu_debug_point *point);

/* Registers of a unit. All have 4 bytes, except V, which has VLEN / 8. */
#define IPU_DEBUG_X(n) (0x000u + (n))
#define IPU_DEBUG_PC 0x020u
#define IPU_DEBUG_F(n) (0x040u + (n))
#define IPU_DEBUG_V(n) (0x080u + (n))
#define IPU_DEBUG_CSR(n) (0x1000u + (n))
/* Read only: 0 the unit is idle, 1 it executes, 2 it waits (the supervisor, for others). */
#define IPU_DEBUG_STATE 0x021u
/* Read only: the same of all units of the tile, that of unit n in bits 4n to 4n + 3. */
#define IPU_DEBUG_STATES 0x022u

#define IPU_DEBUG_REG_BYTES 256 /* most bytes that ipu_debug_read_reg() reads */

/**
 * ipu_debug_read_reg - read a register, or several, of a halted context
 * @ctx: the context
 * @tile: tile of the context
 * @unit: its unit
 * @reg: which, IPU_DEBUG_X(10) for example
 * @data: out: the value, little endian
 * @bytes: the register's size; for other than vector registers a multiple of that, at most
 *	IPU_DEBUG_REG_BYTES, reads those that follow, too: X(0) to X(31) and PC at once
 *
 * The registers of an idle unit are those it had last, or 0.
 *
 * Return: 0; -EBUSY when the context is not halted; -ENOENT when the unit has no
 * such register; -EINVAL for a tile or unit that does not exist, or a wrong
 * size.
 */
int ipu_debug_read_reg(struct ipu_context *ctx, uint32_t tile, uint32_t unit, uint32_t reg,
		       void *data, size_t bytes);

/** ipu_debug_write_reg - the reverse, of one register; -EACCES if it is read only */
int ipu_debug_write_reg(struct ipu_context *ctx, uint32_t tile, uint32_t unit, uint32_t reg,
			const void *data, size_t bytes);

/**
 * ipu_debug_read_mem - read the SRAM of a tile of a halted context
 * @ctx: the context
 * @tile: tile of the context
 * @addr: tile address, of any alignment
 * @data: out
 * @bytes: how many
 *
 * Return: 0; -EBUSY when the context is not halted; -EFAULT when a part of the
 * range is not SRAM; -EINVAL for a tile that does not exist.
 */
int ipu_debug_read_mem(struct ipu_context *ctx, uint32_t tile, uint32_t addr, void *data,
		       size_t bytes);

/** ipu_debug_write_mem - the reverse; changes of code take effect at once */
int ipu_debug_write_mem(struct ipu_context *ctx, uint32_t tile, uint32_t addr, const void *data,
			size_t bytes);

#ifdef __cplusplus
}
#endif

#endif /* IPU_DEBUG_H */
