/* SPDX-License-Identifier: MIT */
/* A run as gdb sees it: threads that all run or are all halted, and breakpoints and watchpoints. */
#ifndef IPU_GDB_RUN_H
#define IPU_GDB_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ipu_debug.h>

#include "run_report.h"

/**
 * struct gdb_thread - a thread of the run
 * @tile: tile of the context
 * @unit: worker 0..5, or IPU_SUPERVISOR
 */
struct gdb_thread {
	uint32_t tile;
	uint32_t unit;
};

/* As the packets Z and z number them. */
enum gdb_point_kind {
	GDB_BREAK_SOFTWARE,
	GDB_BREAK_HARDWARE,
	GDB_WATCH_WRITE,
	GDB_WATCH_READ,
	GDB_WATCH_ACCESS,
	GDB_POINT_KINDS,
};

/* What the run does. */
enum gdb_run_state {
	GDB_RUNS,
	GDB_STANDS, /* halted; memory and registers can be accessed, and it can be resumed */
	GDB_FAULTED, /* the same, but it cannot be resumed */
	GDB_ENDED,
};

/* Two for each of the context's: gdb may set two at one address, of different kinds. */
#define GDB_MAX_POINTS (2 * IPU_DEBUG_POINTS)

/**
 * struct gdb_run - a run
 * @ctx: a context with a program loaded
 * @tiles: its tiles
 * @vlen: bits of a vector register, 0 without vectors
 * @result: where the reports of the run's parts are added up
 * @attached: libipu's debugging of the context is on
 * @state: enum gdb_run_state
 * @stop: GDB_STANDS and GDB_FAULTED: why
 * @end: GDB_ENDED: how, as ipu_run_wait() returns it
 * @points: what gdb has inserted
 * @point_count: how many
 */
struct gdb_run {
	struct ipu_context *ctx;
	uint32_t tiles;
	uint32_t vlen;
	struct run_result *result;
	bool attached;
	enum gdb_run_state state;
	struct ipu_debug_stop stop;
	int end;
	struct gdb_point {
		enum gdb_point_kind kind;
		uint32_t addr;
		uint32_t length;
	} points[GDB_MAX_POINTS];
	unsigned int point_count;
};

/*
 * All return 0 or a negative errno value, and ipu_error() then has a sentence for
 * those of the run as a whole.
 */

/** gdb_run_start - start it and wait until it is about to execute its first instruction */
int gdb_run_start(struct gdb_run *run);

/** gdb_run_attach - debug it again, after gdb_run_detach(); it is asked to halt */
int gdb_run_attach(struct gdb_run *run);

/** gdb_run_detach - no longer debug it: it resumes if halted, or ends if it has faulted */
int gdb_run_detach(struct gdb_run *run);

/** gdb_run_wait - wait at most @ms, while it runs, for it to halt or end */
int gdb_run_wait(struct gdb_run *run, int ms);

/** gdb_run_resume - GDB_STANDS becomes GDB_RUNS; with NULL all threads run */
int gdb_run_resume(struct gdb_run *run, const struct ipu_debug_go *how);

/** gdb_run_insert - every thread stops there; inserting the same one twice has no effect */
int gdb_run_insert(struct gdb_run *run, const struct gdb_point *point);

/** gdb_run_remove - the reverse; not an error if there is none */
int gdb_run_remove(struct gdb_run *run, const struct gdb_point *point);

/** gdb_run_remove_all - every one that was inserted */
void gdb_run_remove_all(struct gdb_run *run);

/** gdb_run_thread - the thread that stopped */
struct gdb_thread gdb_run_thread(const struct gdb_run *run);

/** gdb_run_signal - GDB's number of the signal for a fault's cause */
int gdb_run_signal(uint32_t cause);

#endif /* IPU_GDB_RUN_H */
