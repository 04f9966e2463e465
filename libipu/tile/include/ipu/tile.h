/* SPDX-License-Identifier: MIT */
/*
 * The SDK for tile programs: what a program compiled with ipu-cc includes.
 *
 * The same program runs on every tile. On each, main() runs on the supervisor,
 * hands work to the tile's six workers, and meets the other tiles at syncs.
 * Its return value is the tile's exit code.
 *
 *	#include <ipu/tile.h>
 *
 *	IPU_INPUT(float, x, IPU_SHARDED, 1024);
 *	IPU_OUTPUT(float, y, IPU_SHARDED, 1024);
 *
 *	static void work(void *arg)
 *	{
 *		struct ipu_range rows = ipu_worker_range(IPU_ROWS(x));
 *
 *		for (uint32_t i = rows.begin; i < rows.end; i++)
 *			y[i] = 2 * x[i];
 *	}
 *
 *	int main(void)
 *	{
 *		IPU_ROWS(y) = IPU_ROWS(x);
 *		ipu_run_workers(work, NULL);
 *		return 0;
 *	}
 *
 * There is one address space, the tile's SRAM, with no caches and no protection
 * inside it: the other units of the tile see an access at once. What one unit
 * writes and another reads needs an ipu_sync_local() or an atomic between them,
 * as on any machine. float is done in hardware; double is not, and slow.
 *
 * A call that the hardware refuses is a fault that stops the context and names
 * the tile, the unit, the line of the call and the cause.
 */
#ifndef IPU_TILE_PROGRAM_H
#define IPU_TILE_PROGRAM_H

#if !defined(__riscv) || __riscv_xlen != 32
#error "<ipu/tile.h> is for tile programs: compile with ipu-cc"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ipu/isa.h>
#include <ipu/entry.h>
#include <ipu/tensor.h>
#include <ipu/trap.h>

/* Inlined, and without lines of its own, so that a fault shows the caller's. */
#define IPU_INLINE_ static inline __attribute__((always_inline, nodebug))
#define IPU_STRING_(x) #x
#define IPU_STRING(x) IPU_STRING_(x)

/* ---- Tile and unit -------------------------------------------------------------- */

/** ipu_tile_id - this tile's number within the run, 0 to ipu_tile_count() - 1 */
IPU_INLINE_ uint32_t ipu_tile_id(void)
{
	uint32_t id;

	__asm__("csrr %0, %1" : "=r"(id) : "i"(IPU_CSR_TILE));
	return id;
}

/** ipu_tile_count - tiles of the run */
IPU_INLINE_ uint32_t ipu_tile_count(void)
{
	uint32_t count;

	__asm__("csrr %0, %1" : "=r"(count) : "i"(IPU_CSR_TILES));
	return count;
}

/** ipu_unit - the unit that executes: worker 0 to 5, or IPU_WORKERS for the supervisor */
IPU_INLINE_ uint32_t ipu_unit(void)
{
	uint32_t unit;

	__asm__("csrr %0, %1" : "=r"(unit) : "i"(IPU_CSR_UNIT));
	return unit;
}

/** ipu_worker_id - the number of this worker, 0 to 5; called by a worker */
IPU_INLINE_ uint32_t ipu_worker_id(void)
{
	return ipu_unit();
}

/** ipu_cycles - the tile's clock: cycles since the run began, all 64 bits read consistently */
IPU_INLINE_ uint64_t ipu_cycles(void)
{
	uint32_t high, low, again;

	do {
		__asm__ volatile("csrr %0, cycleh\n\t"
				 "csrr %1, cycle\n\t"
				 "csrr %2, cycleh"
				 : "=&r"(high), "=&r"(low), "=&r"(again));
	} while (high != again);
	return (uint64_t)high << 32 | low;
}

/* ---- Ending -------------------------------------------------------------------- */

/**
 * ipu_exit - end this unit
 * @code: exit code, 0 for success
 *
 * A worker becomes idle. The supervisor first waits for its workers; then the
 * tile has exited. The tile's code is the supervisor's, or if that is 0, the
 * code of the lowest worker whose code is not 0.
 */
IPU_INLINE_ __attribute__((noreturn)) void ipu_exit(uint32_t code)
{
	__asm__ volatile(".insn i %0, %1, x0, %2, 0"
			 :
			 : "i"(IPU_OPCODE), "i"(IPU_F3_EXIT), "r"(code)
			 : "memory");
	__builtin_unreachable();
}

/**
 * ipu_trap - stop the context with a fault
 * @code: the program's reason, below IPU_TRAP_SDK; shown with the fault
 *
 * A macro, each with a text of its own, so that the compiler merges no two of
 * them and the fault's PC is in the line of the call.
 */
#define ipu_trap(code)                                                                      \
	do {                                                                                \
		__asm__ volatile(".insn i %0, %1, x0, %2, 0 # " IPU_STRING(__COUNTER__)     \
				 :                                                          \
				 : "i"(IPU_OPCODE), "i"(IPU_F3_TRAP), "r"((uint32_t)(code)) \
				 : "memory");                                               \
		__builtin_unreachable();                                                    \
	} while (0)

/**
 * ipu_trap_text - stop the context with a fault that shows a text
 * @text: string literal, why
 *
 * A macro that can be used as an expression of type void. The text is in the program's
 * file and takes no room on the tile. <assert.h> uses it.
 */
#define ipu_trap_text(text)                                                                     \
	({                                                                                      \
		static const char ipu_text_[] __attribute__((section(IPU_TRAP_TEXT_SECTION))) = \
			text;                                                                   \
		ipu_trap(IPU_TRAP_TEXT + (uint32_t)ipu_text_);                                  \
	})

/** ipu_assert - stop the context with a fault on this line unless @condition holds */
#define ipu_assert(condition)                      \
	do {                                       \
		if (!(condition))                  \
			ipu_trap(IPU_TRAP_ASSERT); \
	} while (0)

/* ---- Syncs --------------------------------------------------------------------- */

/** ipu_sync_local - wait until this tile's workers are idle; supervisor only */
IPU_INLINE_ void ipu_sync_local(void)
{
	__asm__ volatile(".insn i %0, %1, x0, x0, %2"
			 :
			 : "i"(IPU_OPCODE), "i"(IPU_F3_SYNC), "i"(IPU_ZONE_LOCAL)
			 : "memory");
}

/** ipu_sync_internal - wait for this tile's workers and all tiles of the run; supervisor only */
IPU_INLINE_ void ipu_sync_internal(void)
{
	__asm__ volatile(".insn i %0, %1, x0, x0, %2"
			 :
			 : "i"(IPU_OPCODE), "i"(IPU_F3_SYNC), "i"(IPU_ZONE_INTERNAL)
			 : "memory");
}

/**
 * ipu_sync_external - wait until the host, which can access tensors meanwhile,
 * resumes the run
 *
 * Supervisor only. All tiles that have not exited must call it.
 */
IPU_INLINE_ void ipu_sync_external(void)
{
	__asm__ volatile(".insn i %0, %1, x0, x0, %2"
			 :
			 : "i"(IPU_OPCODE), "i"(IPU_F3_SYNC), "i"(IPU_ZONE_EXTERNAL)
			 : "memory");
}

/* What changes hands there. */
#include <ipu/stream.h>

/* ---- Exchange ------------------------------------------------------------------- */

/**
 * ipu_pull - describe one transfer of an exchange
 * @tile: tile to read from
 * @from: address there, 4-byte aligned. Every tile has the same program, so it
 *	is the address of the same object here
 * @to: address here, 4-byte aligned
 * @bytes: length, a multiple of 4; 0 moves nothing
 */
IPU_INLINE_ struct ipu_xfer ipu_pull(uint32_t tile, const void *from, void *to, uint32_t bytes)
{
	return (struct ipu_xfer){ tile, (uint32_t)from, (uint32_t)to, bytes };
}

/**
 * ipu_exchange - sync all tiles of the run and pull data from them
 * @table: what this tile pulls
 * @count: entries, 0 for none; the tile must take part even then
 *
 * Supervisor only; an internal sync. Reads see every tile's SRAM as it was when
 * the last tile arrived. On return the data is here.
 */
IPU_INLINE_ void ipu_exchange(const struct ipu_xfer *table, uint32_t count)
{
	__asm__ volatile("csrw %0, %1\n\tcsrw %2, %3"
			 :
			 : "i"(IPU_CSR_XTAB), "r"(table), "i"(IPU_CSR_XCNT), "r"(count)
			 : "memory");
	ipu_sync_internal();
}

/* ---- Workers -------------------------------------------------------------------- */

struct ipu_job {
	void (*fn)(void *arg);
	void *arg;
};

#ifdef __cplusplus
extern "C" {
/* Without the C library of a host, C++ would have it be any function. */
int main(void);
#endif

/* Start-up code: a worker's first instruction, and a job for each worker. */
void ipu_worker_entry(void);
extern struct ipu_job ipu_jobs[IPU_WORKERS];

#ifdef __cplusplus
}
#endif

/**
 * ipu_start_worker - start one idle worker and do not wait
 * @worker: 0 to 5
 * @fn: runs on it; returning from it, or ipu_exit(), makes the worker idle
 * @arg: handed to @fn
 *
 * Supervisor only. ipu_sync_local() waits until all workers are idle.
 */
IPU_INLINE_ void ipu_start_worker(uint32_t worker, void (*fn)(void *arg), void *arg)
{
	struct ipu_job *job = &ipu_jobs[worker < IPU_WORKERS ? worker : 0];

	job->fn = fn;
	job->arg = arg;
	__asm__ volatile(".insn r4 %0, %1, 0, x0, %2, %3, %4"
			 :
			 : "i"(IPU_OPCODE), "i"(IPU_F3_RUN), "r"(ipu_worker_entry), "r"(job),
			   "r"(worker)
			 : "memory");
}

/**
 * ipu_run_workers - run a function on all six workers and wait for them
 * @fn: runs on each; ipu_worker_id() tells which one it is
 * @arg: handed to each
 *
 * Supervisor only. The workers' stacks are small, see
 * ipu-cc --help.
 */
IPU_INLINE_ void ipu_run_workers(void (*fn)(void *arg), void *arg)
{
	struct ipu_job job = { fn, arg };

	__asm__ volatile(".insn r %0, %1, 0, x0, %2, %3"
			 :
			 : "i"(IPU_OPCODE), "i"(IPU_F3_RUNALL), "r"(ipu_worker_entry), "r"(&job)
			 : "memory");
	ipu_sync_local();
}

/**
 * struct ipu_range - a part of 0..n
 * @begin: the first one
 * @end: one past the last
 */
struct ipu_range {
	uint32_t begin;
	uint32_t end;
};

/**
 * ipu_worker_range - this worker's part when @n items are shared by the six
 * @n: how many
 *
 * Parts are contiguous, in the order of the workers, and differ by at most 1.
 */
IPU_INLINE_ struct ipu_range ipu_worker_range(uint32_t n)
{
	uint32_t worker = ipu_worker_id();
	uint32_t part = n / IPU_WORKERS;
	uint32_t rest = n % IPU_WORKERS;
	uint32_t begin = part * worker + (worker < rest ? worker : rest);

	return (struct ipu_range){ begin, begin + part + (worker < rest) };
}

/* Parts of tensors and their halos, collectives; the arithmetic of Xipu: they need what is above. */
#include <ipu/amp.h>
#include <ipu/collective.h>
#include <ipu/convert.h>
#include <ipu/math.h>
#include <ipu/shard.h>
/* Marks in profiles. */
#include <ipu/trace.h>

#endif /* IPU_TILE_PROGRAM_H */
