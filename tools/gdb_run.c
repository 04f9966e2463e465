// SPDX-License-Identifier: MIT
/* A run as gdb sees it. */
#include <errno.h>
#include <string.h>

#include <ipu_hw.h>

#include "gdb_run.h"

#define NS_PER_MS 1000000ll
/* How long a part of the run may take to end, once resumed at its end. */
#define PART_MS 20

static int attach(struct gdb_run *run)
{
	int err = ipu_debug_attach(run->ctx, IPU_DEBUG_STOP_AT_START | IPU_DEBUG_STOP_AT_END);

	run->attached = !err;
	return err;
}

int gdb_run_start(struct gdb_run *run)
{
	int err = attach(run);

	if (!err)
		err = ipu_run_start(run->ctx);
	while (!err && run->state == GDB_RUNS)
		err = gdb_run_wait(run, 1000);
	return err;
}

int gdb_run_attach(struct gdb_run *run)
{
	int err = attach(run);

	return err ? err : ipu_debug_halt(run->ctx);
}

int gdb_run_detach(struct gdb_run *run)
{
	if (!run->attached)
		return 0;
	run->attached = false;
	run->point_count = 0;
	if (run->state != GDB_ENDED)
		run->state = GDB_RUNS;
	return ipu_debug_detach(run->ctx);
}

/* A part of the run is over: resume it if it is at an external sync, or end. */
static int end_part(struct gdb_run *run, int err, const struct ipu_report *part)
{
	if (!err)
		run_add_report(run->result, part);
	if (err || !part->at_sync) {
		run->end = err;
		run->state = GDB_ENDED;
		return 0;
	}
	run->result->external_syncs++;
	return ipu_resume_start(run->ctx);
}

/*
 * The run is halted at the end of a part, which is not reported to gdb. Libipu may have
 * resumed it for a stream meanwhile, and it may have halted again. A halt may be requested
 * meanwhile: then the run halts in the next part.
 */
static int pass_end(struct gdb_run *run)
{
	struct ipu_report part = { .size = sizeof(part) };
	bool asked = false;
	int done = 0, err = ipu_debug_resume(run->ctx, NULL);

	while (!err) {
		done = ipu_run_wait(run->ctx, PART_MS * NS_PER_MS, &part);
		if (done != -ETIME)
			break;
		if (ipu_debug_wait(run->ctx, 0, &run->stop))
			return asked ? ipu_debug_halt(run->ctx) :
				       0; /* it runs, or waits for a stream */
		if (run->stop.reason != IPU_DEBUG_END && run->stop.reason != IPU_DEBUG_HALT) {
			run->state = run->stop.reason == IPU_DEBUG_FAULT ? GDB_FAULTED : GDB_STANDS;
			return 0;
		}
		asked |= run->stop.reason == IPU_DEBUG_HALT;
		err = ipu_debug_resume(run->ctx, NULL);
	}
	if (!err)
		err = end_part(run, done, &part);
	return err || !asked || run->state == GDB_ENDED ? err : ipu_debug_halt(run->ctx);
}

/* Libipu reported a halt. */
static int halted(struct gdb_run *run)
{
	if (run->stop.reason == IPU_DEBUG_END)
		return pass_end(run);
	run->state = run->stop.reason == IPU_DEBUG_FAULT ? GDB_FAULTED : GDB_STANDS;
	return 0;
}

int gdb_run_wait(struct gdb_run *run, int ms)
{
	struct ipu_report part = { .size = sizeof(part) };
	int err;

	if (run->attached) {
		run->stop.size = sizeof(run->stop);
		err = ipu_debug_wait(run->ctx, ms * NS_PER_MS, &run->stop);
		if (!err)
			return halted(run);
		if (err != -ETIME && err != -EINTR && err != -EIO)
			return err;
		ms = 0; /* what is not a tile's fault ends it without a halt */
	}
	err = ipu_run_wait(run->ctx, ms * NS_PER_MS, &part);
	return err == -ETIME ? 0 : end_part(run, err, &part);
}

int gdb_run_resume(struct gdb_run *run, const struct ipu_debug_go *how)
{
	int err = ipu_debug_resume(run->ctx, how);

	if (!err)
		run->state = GDB_RUNS;
	return err;
}

/* ---- Breakpoints and watchpoints --------------------------------------------------------- */

static struct ipu_debug_point libipu_point(const struct gdb_point *point)
{
	static const uint32_t access[GDB_POINT_KINDS] = {
		[GDB_BREAK_SOFTWARE] = IPU_DEBUG_EXEC,
		[GDB_BREAK_HARDWARE] = IPU_DEBUG_EXEC,
		[GDB_WATCH_WRITE] = IPU_DEBUG_WRITE,
		[GDB_WATCH_READ] = IPU_DEBUG_READ,
		[GDB_WATCH_ACCESS] = IPU_DEBUG_READ | IPU_DEBUG_WRITE,
	};

	return (struct ipu_debug_point){
		.size = sizeof(struct ipu_debug_point),
		.access = access[point->kind],
		.tile = IPU_DEBUG_ALL_TILES,
		.addr = point->addr,
		.len = point->length,
	};
}

/* Are they the same point to libipu? */
static bool same_point(const struct gdb_point *a, const struct gdb_point *b)
{
	struct ipu_debug_point x = libipu_point(a), y = libipu_point(b);

	return x.access == y.access && x.addr == y.addr &&
	       (x.access == IPU_DEBUG_EXEC || x.len == y.len);
}

static struct gdb_point *find_point(struct gdb_run *run, const struct gdb_point *point)
{
	for (unsigned int i = 0; i < run->point_count; i++)
		if (run->points[i].kind == point->kind && same_point(&run->points[i], point))
			return &run->points[i];
	return NULL;
}

int gdb_run_insert(struct gdb_run *run, const struct gdb_point *point)
{
	const struct ipu_debug_point added = libipu_point(point);
	int err;

	if (find_point(run, point))
		return 0;
	if (run->point_count == GDB_MAX_POINTS)
		return -ENOSPC;
	err = ipu_debug_insert(run->ctx, &added);
	if (!err)
		run->points[run->point_count++] = *point;
	return err;
}

int gdb_run_remove(struct gdb_run *run, const struct gdb_point *point)
{
	const struct ipu_debug_point removed = libipu_point(point);
	struct gdb_point *found = find_point(run, point);

	if (!found)
		return 0;
	*found = run->points[--run->point_count];
	for (unsigned int i = 0; i < run->point_count; i++)
		if (same_point(&run->points[i], point))
			return 0; /* still needed by a point of another kind */
	return ipu_debug_remove(run->ctx, &removed);
}

void gdb_run_remove_all(struct gdb_run *run)
{
	while (run->point_count) {
		const struct gdb_point last = run->points[run->point_count - 1];

		gdb_run_remove(run, &last);
	}
}

/* ---- Why it stopped ---------------------------------------------------------------------- */

struct gdb_thread gdb_run_thread(const struct gdb_run *run)
{
	return (struct gdb_thread){ .tile = run->stop.tile, .unit = run->stop.unit };
}

/* From GDB's include/gdb/signals.def; above 6 they are not Linux's. */
#define SIGNAL_ILL 4
#define SIGNAL_TRAP 5
#define SIGNAL_ABRT 6
#define SIGNAL_BUS 10
#define SIGNAL_SEGV 11
#define SIGNAL_SYS 12

int gdb_run_signal(uint32_t cause)
{
	switch (cause) {
	case IPU_FAULT_ILLEGAL_INSN:
	case IPU_FAULT_BAD_RUN:
	case IPU_FAULT_BAD_SYNC:
		return SIGNAL_ILL;
	case IPU_FAULT_FETCH:
	case IPU_FAULT_LOAD:
	case IPU_FAULT_STORE:
	case IPU_FAULT_STACK:
		return SIGNAL_SEGV;
	case IPU_FAULT_MISALIGNED:
	case IPU_FAULT_EXCHANGE:
		return SIGNAL_BUS;
	case IPU_FAULT_EBREAK:
		return SIGNAL_TRAP;
	case IPU_FAULT_ECALL:
		return SIGNAL_SYS;
	default: /* ipu.trap, which assert() uses, and faults that no instruction caused */
		return SIGNAL_ABRT;
	}
}
