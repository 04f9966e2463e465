// SPDX-License-Identifier: MIT
/* Resuming the run for gdb, and reporting to gdb why it stopped. */
#include <errno.h>

#include "gdb_resume.h"
#include "gdb_threads.h"

/* From GDB's include/gdb/signals.def. */
#define SIGNAL_INT 2
#define SIGNAL_TRAP 5
#define SIGNAL_KILL 9

static enum gdb_next refuse(struct gdb_text *reply, int number)
{
	gdb_text_add(reply, "E%02x", number);
	return GDB_REPLY;
}

/**
 * struct action - one of those that vCont lists
 * @kind: 'c', 's', 'r' or 't'; those with a signal are the same, as a tile takes none
 * @range_start: of 'r'
 * @range_end: of 'r'
 * @has_thread: it is for one thread, else for those that are in no action before it
 * @thread: which one
 */
struct action {
	char kind;
	uint32_t range_start;
	uint32_t range_end;
	bool has_thread;
	struct gdb_thread thread;
};

static bool take_action(const char **at, const struct gdb_run *run, struct action *action)
{
	uint64_t start, end;

	*action = (struct action){ .kind = **at };
	switch (action->kind) {
	case 'c':
	case 's':
	case 't':
		(*at)++;
		break;
	case 'C':
	case 'S':
		(*at)++;
		if (!gdb_take_hex(at, 0xff, &start))
			return false;
		action->kind = action->kind == 'C' ? 'c' : 's';
		break;
	case 'r':
		(*at)++;
		if (!gdb_take_hex(at, UINT32_MAX, &start) || !gdb_take_word(at, ",") ||
		    !gdb_take_hex(at, UINT32_MAX, &end))
			return false;
		action->range_start = (uint32_t)start;
		action->range_end = (uint32_t)end;
		break;
	default:
		return false;
	}
	if (!gdb_take_word(at, ":") || gdb_take_word(at, "-1"))
		return true;
	action->has_thread = true;
	return gdb_take_thread(at, run, &action->thread);
}

/*
 * What gdb asks for in all-stop mode: one thread steps, and the others run or
 * stay halted; or all run, or one. Anything else is refused.
 */
static bool combine(struct gdb_session *session, const struct action *action)
{
	struct ipu_debug_go *resume = &session->resume;
	struct gdb_thread thread = gdb_run_thread(session->run);

	if (action->kind == 't')
		return true; /* it is halted */
	if (action->kind == 'c' && !action->has_thread) {
		resume->flags &= ~IPU_DEBUG_ALONE;
		session->resumes = true;
		return true;
	}
	if (session->resumes)
		return false;
	if (action->has_thread)
		thread = action->thread;
	resume->tile = thread.tile;
	resume->unit = thread.unit;
	resume->flags = IPU_DEBUG_ALONE;
	if (action->kind != 'c') {
		resume->flags |= IPU_DEBUG_ONE_STEP;
		session->range_start = action->range_start;
		session->range_end = action->range_end;
	}
	session->resumes = true;
	return true;
}

static enum gdb_next run(struct gdb_session *session, struct gdb_text *reply)
{
	int err = gdb_run_resume(session->run, &session->resume);

	return err ? refuse(reply, -err & 0xff) : GDB_RESUMED;
}

enum gdb_next gdb_resume(struct gdb_session *session, const char *at, struct gdb_text *reply)
{
	struct action action;

	session->resume = (struct ipu_debug_go){ .size = sizeof(session->resume) };
	session->resumes = false;
	session->range_start = 0;
	session->range_end = 0;
	do {
		if (!take_action(&at, session->run, &action) || !combine(session, &action))
			return refuse(reply, EINVAL);
	} while (gdb_take_word(&at, ";"));
	if (*at)
		return refuse(reply, EINVAL);
	if (session->run->state == GDB_FAULTED) { /* to resume it is to end it */
		gdb_text_add(reply, "X%02x", gdb_run_signal(session->run->stop.cause));
		return GDB_END;
	}
	return session->resumes ? run(session, reply) : gdb_stop_reply(session, reply);
}

/* ---- Why the run stopped ----------------------------------------------------------------- */

/* A register of the thread that stopped, so that gdb need not ask for it. */
static void add_register(struct gdb_session *session, uint32_t number, struct gdb_text *reply)
{
	const struct ipu_debug_stop *stop = &session->run->stop;
	uint32_t value;

	if (ipu_debug_read_reg(session->run->ctx, stop->tile, stop->unit,
			       session->registers.at[number].id, &value, sizeof(value)))
		return;
	gdb_text_add(reply, "%02x:", number);
	gdb_text_hex(reply, &value, sizeof(value));
	gdb_text_add(reply, ";");
}

static int stop_signal(const struct ipu_debug_stop *stop)
{
	if (stop->reason == IPU_DEBUG_HALT)
		return SIGNAL_INT;
	return stop->reason == IPU_DEBUG_FAULT ? gdb_run_signal(stop->cause) : SIGNAL_TRAP;
}

/* Gdb expects the kind of the breakpoint that was hit. */
static bool at_software_break(const struct gdb_run *run)
{
	for (unsigned int i = 0; i < run->point_count; i++)
		if (run->points[i].kind == GDB_BREAK_SOFTWARE &&
		    run->points[i].addr == run->stop.pc)
			return true;
	return false;
}

/* Gdb gets only a signal's number; the console shows its user the fault itself. */
static void explain_fault(struct gdb_session *session)
{
	const struct ipu_debug_stop *stop = &session->run->stop;
	const struct ipu_fault fault = {
		.size = sizeof(fault),
		.cause = stop->cause,
		.tile = stop->tile,
		.unit = stop->unit,
		.pc = stop->pc,
		.addr = stop->addr,
		.info = stop->info,
	};
	char detail[96], name[GDB_THREAD_NAME];

	ipu_fault_detail(&fault, detail, sizeof(detail));
	gdb_thread_name(gdb_run_thread(session->run), name);
	gdb_text_add(&session->console, "%s faulted: %s%s%s.\n%s\n", name,
		     ipu_fault_name(stop->cause), *detail ? ", " : "", detail,
		     ipu_fault_advice(stop->cause));
}

enum gdb_next gdb_stop_reply(struct gdb_session *session, struct gdb_text *reply)
{
	const struct gdb_run *run = session->run;
	const struct ipu_debug_stop *stop = &run->stop;

	if (run->state == GDB_ENDED) {
		if (run->end)
			gdb_text_add(reply, "X%02x", SIGNAL_KILL);
		else
			gdb_text_add(reply, "W%02x", run->result->total.exit_code);
		return GDB_END;
	}
	gdb_text_add(reply, "T%02x", stop_signal(stop));
	add_register(session, GDB_REGISTER_SP, reply);
	add_register(session, GDB_REGISTER_PC, reply);
	gdb_text_add(reply, "thread:%x;", gdb_thread_id(gdb_run_thread(run)));
	if (stop->reason == IPU_DEBUG_BREAK)
		gdb_text_add(reply, "%s:;", at_software_break(run) ? "swbreak" : "hwbreak");
	else if (stop->reason == IPU_DEBUG_WATCH)
		gdb_text_add(reply, "%s:%x;", stop->access & IPU_DEBUG_WRITE ? "watch" : "rwatch",
			     stop->addr);
	return GDB_REPLY;
}

/* A step that ends inside the range of addresses that gdb steps over is not reported. */
static bool goes_on(struct gdb_session *session)
{
	const struct gdb_run *run = session->run;

	return run->state == GDB_STANDS && run->stop.reason == IPU_DEBUG_STEP &&
	       run->stop.pc >= session->range_start && run->stop.pc < session->range_end &&
	       gdb_thread_alive(session->run, gdb_run_thread(run));
}

enum gdb_next gdb_session_stopped(struct gdb_session *session, struct gdb_text *reply)
{
	if (goes_on(session))
		return run(session, reply);
	if (session->run->state != GDB_ENDED)
		session->selected = gdb_run_thread(session->run);
	if (session->run->state == GDB_FAULTED)
		explain_fault(session);
	return gdb_stop_reply(session, reply);
}
