/* SPDX-License-Identifier: MIT */
/*
 * The commands of GDB's remote protocol: a packet goes in, its reply comes out.
 * All threads of the run are halted or all run ("all-stop").
 */
#ifndef IPU_GDB_SESSION_H
#define IPU_GDB_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gdb_registers.h"
#include "gdb_run.h"
#include "gdb_text.h"

/* What is to be done after a packet. */
enum gdb_next {
	GDB_REPLY, /* send the reply; continue */
	GDB_RESUMED, /* the run runs; the reply is due when it halts */
	GDB_DETACH, /* send the reply; gdb disconnects, the run continues without it */
	GDB_KILL, /* send the reply, unless empty; the run is over */
	GDB_END, /* send the reply: the run has ended */
};

/**
 * struct gdb_session - a gdb's session with the run
 * @run: what is debugged
 * @registers: those of its units
 * @description: the target description, once asked for
 * @threads: the list of threads, from when its beginning was asked for
 * @console: what gdb is to print before it reads the reply
 * @selected: the thread that registers and memory are of
 * @resume: how the run was resumed
 * @resumes: the current packet resumes it
 * @range_start: a thread that steps does so while its PC is in here
 * @range_end: the first address behind it
 * @no_ack: packets are not acknowledged
 */
struct gdb_session {
	struct gdb_run *run;
	struct gdb_registers registers;
	struct gdb_text description;
	struct gdb_text threads;
	struct gdb_text console;
	struct gdb_thread selected;
	struct ipu_debug_go resume;
	bool resumes;
	uint32_t range_start;
	uint32_t range_end;
	bool no_ack;
};

/** gdb_session_init - start a session with a halted run; end it with gdb_session_free() */
void gdb_session_init(struct gdb_session *session, struct gdb_run *run);
void gdb_session_free(struct gdb_session *session);

/** gdb_session_command - execute a packet; @packet ends with a zero byte, not counted */
enum gdb_next gdb_session_command(struct gdb_session *session, const char *packet, size_t length,
				  struct gdb_text *reply);

/**
 * gdb_session_stopped - the run, which gdb had resumed, has halted or ended
 * Return: GDB_REPLY or GDB_END with a reply; GDB_RESUMED if gdb need not know, and it runs again.
 */
enum gdb_next gdb_session_stopped(struct gdb_session *session, struct gdb_text *reply);

#endif /* IPU_GDB_SESSION_H */
