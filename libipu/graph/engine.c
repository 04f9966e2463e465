// SPDX-License-Identifier: MIT
/* The context of the resident program, and the jobs in it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "ipu_hw.h"
#include "ipu_print.h"
#include "ipu_program.h"
#include "ipu/trap.h"

#define WATCHDOG_MS 60000
#define REPORT_BYTES 64 /* from one report to the next */

static void take_line(const struct ipu_printed *line, void *data)
{
	struct ipu_engine *engine = data;
	const size_t used = strlen(engine->printed);

	snprintf(engine->printed + used, sizeof(engine->printed) - used, "%s%s", used ? "; " : "",
		 line->text);
}

/* ---- Making and unmaking -------------------------------------------------- */

static uint32_t address_of(const struct ipu_engine *engine, const char *name)
{
	const struct ipu_tensor *tensor = ipu_program_lookup(engine->prog, name);

	return tensor ? tensor->data : 0;
}

/* A context, with the program loaded. */
static int begin(struct ipu_engine *engine, const struct ipu_engine_options *options)
{
	const struct ipu_context_options how = {
		.size = sizeof(how),
		.tiles = options->tiles,
		.watchdog_ms = options->watchdog_ms ? options->watchdog_ms : WATCHDOG_MS,
		.flags = options->flags,
	};
	int err = ipu_context_create(engine->pool->dev, &how, &engine->ctx);

	if (!err)
		err = ipu_load(engine->ctx, engine->prog);
	if (!err)
		err = ipu_set_print(engine->ctx, take_line, engine);
	if (!err)
		err = ipu_bo_create(engine->pool->dev, (size_t)FLIGHTS * FLIGHT_RUNS * REPORT_BYTES,
				    &engine->reports);
	if (!err)
		err = ipu_bo_map(engine->ctx, engine->reports, IPU_BO_WRITE, &engine->reports_va);
	engine->commanded = UINT32_MAX;
	engine_forget_slots(engine);
	return err;
}

/* The context and all that is of it; what is kept on the tiles is gone. */
static void end(struct ipu_engine *engine)
{
	for (uint32_t i = 0; i < FLIGHTS; i++) {
		struct flight *flight = &engine->flight[i];

		ipu_cmds_destroy(flight->cmds);
		ipu_bo_destroy(flight->stage);
		*flight = (struct flight){ 0 };
	}
	for (struct ipu_executable *exe = engine->exes; exe; exe = exe->next)
		exe->times_va = 0;
	ipu_context_destroy(engine->ctx);
	ipu_bo_destroy(engine->reports);
	free(engine->va);
	engine->va = NULL;
	engine->vas = 0;
	engine->ctx = NULL;
	engine->reports = NULL;
	engine->kept = NULL;
}

int ipu_engine_create(struct ipu_pool *pool, const struct ipu_engine_options *user,
		      struct ipu_engine **out)
{
	struct ipu_engine_options options;
	struct ipu_engine *engine;
	int err = IPU_STRUCT_IN(&options, user, ipu_engine_options, watchdog_ms);

	*out = NULL;
	if (err)
		return err;
	engine = calloc(1, sizeof(*engine));
	if (!engine)
		return ipu_fail_nomem("an engine");
	engine->pool = pool;
	engine->options = options;
	err = ipu_program_open_memory(graph_elf, (size_t)(graph_elf_end - graph_elf),
				      "libipu's resident program", &engine->prog);
	if (!err)
		err = begin(engine, &options);
	if (err) {
		end(engine);
		ipu_program_close(engine->prog);
		free(engine);
		return err;
	}
	engine->command = address_of(engine, "graph_command");
	engine->state = address_of(engine, "graph_state");
	engine->heap = address_of(engine, "graph_heap");
	*out = engine;
	return 0;
}

void ipu_engine_destroy(struct ipu_engine *engine)
{
	struct ipu_pool *pool;

	if (!engine)
		return;
	pool = engine->pool;
	while (engine->exes)
		ipu_executable_destroy(engine->exes);
	/* In a child of fork() somebody may hold the lock for ever. */
	if (!ipu_is_parents(pool->dev)) {
		pthread_mutex_lock(&pool->lock);
		engine_drain(engine);
		if (pool->busy == engine)
			pool->busy = NULL;
		pthread_mutex_unlock(&pool->lock);
	}
	end(engine);
	ipu_program_close(engine->prog);
	free(engine);
}

uint32_t ipu_engine_tiles(const struct ipu_engine *engine)
{
	return engine->ctx ? ipu_context_tiles(engine->ctx) : 0;
}

struct ipu_context *ipu_engine_context(const struct ipu_engine *engine)
{
	return engine->ctx;
}

static int check_usable(const struct ipu_engine *engine)
{
	if (engine->ctx)
		return 0;
	return ipu_fail(-EIO, "The engine cannot be used any more: %s", engine->message);
}

int ipu_engine_get_submission(struct ipu_engine *engine, struct ipu_submission *submission)
{
	int err = ipu_check_process(engine->pool->dev);

	if (err)
		return err;
	pthread_mutex_lock(&engine->pool->lock);
	err = check_usable(engine);
	if (!err)
		err = ipu_get_submission(engine->ctx, submission);
	pthread_mutex_unlock(&engine->pool->lock);
	return err;
}

void engine_forget_slots(struct ipu_engine *engine)
{
	for (uint32_t i = 0; i < engine->slots; i++)
		if (engine->slot[i])
			engine->slot[i]->slot = NO_SLOT;
	engine->slots = 0;
	engine->high = HEAP_BYTES - SCRATCH_BYTES;
}

void engine_leave_slots(struct ipu_executable *exe)
{
	struct ipu_engine *engine = exe->engine;

	for (uint32_t i = 0; exe->slot != NO_SLOT && i < exe->parts; i++)
		engine->slot[exe->slot + i] = NULL;
	exe->slot = NO_SLOT;
	while (engine->slots && !engine->slot[engine->slots - 1])
		engine->slots--;
	engine->high =
		engine->slots ? engine->slot[engine->slots - 1]->at : HEAP_BYTES - SCRATCH_BYTES;
}

/* ---- Failures ------------------------------------------------------------- */

/* What the tiles have printed about it, which is why. */
static void fetch_printed(struct ipu_engine *engine, int status)
{
	struct ipu_lines lines = { 0 };

	engine->printed[0] = '\0';
	pthread_mutex_lock(&engine->ctx->lock);
	ipu_print_fetch(engine->ctx, status, true, &lines);
	pthread_mutex_unlock(&engine->ctx->lock);
	ipu_print_deliver(&lines, take_line, engine);
}

/* The number of the instruction that tile @tile was making. */
static uint32_t read_number(struct ipu_engine *engine, uint32_t tile)
{
	struct flight reader = { 0 };
	struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_first = tile,
		.tile_count = 1,
		.tile_addr = engine->state + STATE_NUMBER * 4,
		.row_bytes = 4,
		.rows = 1,
	};
	uint32_t number = UINT32_MAX;
	char *word;

	if (!engine_stage(engine, &reader, 4, &word, &copy.host_va) &&
	    !ipu_cmds_create(engine->ctx, 1, &reader.cmds) &&
	    !ipu_cmds_copy_from_tiles(reader.cmds, &copy) &&
	    !ipu_cmds_submit(reader.cmds, &reader.seqno) &&
	    !ipu_wait(engine->ctx, reader.seqno, -1))
		memcpy(&number, word, 4);
	ipu_cmds_destroy(reader.cmds);
	ipu_bo_destroy(reader.stage);
	return number;
}

/* "Operation 3 (matmul, layer 1): ", or "". */
static void describe_place(struct ipu_engine *engine, const struct ipu_executable *exe,
			   uint32_t first, const struct ipu_fault *fault, char *text, size_t room)
{
	const uint32_t number = read_number(engine, fault->tile == IPU_NO_TILE ? 0 : fault->tile);
	const uint32_t op = first + (number - exe->tensors) / (exe->op_cycles ? 2 : 1);
	const char *label;

	text[0] = '\0';
	if (number < exe->tensors || op >= exe->ops)
		return;
	label = exe->op_label[op] ? exe->label[exe->op_label[op] - 1] : "";
	snprintf(text, room, "Operation %u (%s%s%s): ", op, graph_op_name(exe->op_code[op]),
		 label[0] ? ", " : "", label);
}

/* The first failure: later ones follow from it. All that was on the tiles is gone. */
static void fail(struct ipu_engine *engine, const struct flight *flight, int status)
{
	const struct ipu_executable *exe = flight->exe ? flight->exe : flight->making;
	const char *name = exe ? exe->name : "What graphs keep on the tiles";
	struct ipu_fault fault = { .size = sizeof(fault) };
	char why[700], place[256] = "";
	bool refused;

	if (engine->failed)
		return;
	engine->failed = status;
	snprintf(why, sizeof(why), "%s", ipu_error());
	fetch_printed(engine, status);
	refused = engine->printed[0] && !ipu_get_fault(engine->ctx, flight->seqno, &fault) &&
		  fault.info == IPU_TRAP_OPS;
	if (flight->making)
		describe_place(engine, flight->making, flight->making_first, &fault, place,
			       sizeof(place));
	if (refused)
		snprintf(engine->message, sizeof(engine->message), "%s: %s%s.", name, place,
			 engine->printed);
	else
		snprintf(engine->message, sizeof(engine->message), "%s: %s%s", name, place, why);
}

/* A failed context is not used again: after a few failures the driver would not take its jobs. */
static void restart(struct ipu_engine *engine)
{
	struct ipu_engine_options options = engine->options;
	int err;

	options.tiles = ipu_engine_tiles(engine);
	end(engine);
	err = begin(engine, &options);
	if (err) {
		end(engine);
		snprintf(engine->message + strlen(engine->message),
			 sizeof(engine->message) - strlen(engine->message),
			 " The engine cannot be used any more: %.200s", ipu_error());
	}
}

int engine_take_failure(struct ipu_engine *engine)
{
	const int err = engine->failed;

	if (!err)
		return 0;
	restart(engine);
	engine->failed = 0;
	return ipu_fail(err, "%s", engine->message);
}

/* ---- Jobs ----------------------------------------------------------------- */

static size_t report_offset(const struct ipu_engine *engine, const struct flight *flight,
			    uint32_t run)
{
	return ((size_t)(flight - engine->flight) * FLIGHT_RUNS + run) * REPORT_BYTES;
}

struct ipu_run_report *engine_report(const struct ipu_engine *engine, const struct flight *flight,
				     uint32_t run)
{
	char *reports = ipu_bo_data(engine->reports);

	return (void *)(reports + report_offset(engine, flight, run));
}

uint64_t engine_report_va(const struct ipu_engine *engine, const struct flight *flight,
			  uint32_t run)
{
	return engine->reports_va + report_offset(engine, flight, run);
}

static void tell(const struct ipu_engine *engine, const struct flight *flight, uint32_t run,
		 struct ipu_run_event event)
{
	event.size = sizeof(event);
	event.tiles = flight->exe->tiles;
	event.number = flight->first + run;
	if (!event.name)
		event.name = flight->exe->name;
	if (!event.label)
		event.label = "";
	engine->observer(&event, engine->observed);
}

void engine_count(struct ipu_engine *engine, struct flight *flight)
{
	const uint32_t runs = flight->runs / flight->exe->parts;

	flight->first = engine->submitted;
	engine->submitted += runs;
	flight->exe->ran = engine->submitted;
	for (uint32_t run = 0; engine->observer && run < runs; run++)
		tell(engine, flight, run, (struct ipu_run_event){ .moment = IPU_RUN_SUBMITTED });
}

static void tell_of_end(const struct ipu_engine *engine, const struct flight *flight, uint32_t run,
			uint64_t cycles)
{
	const struct ipu_executable *exe = flight->exe;

	for (uint32_t i = 0; exe->times && i < exe->ops; i++)
		tell(engine, flight, run,
		     (struct ipu_run_event){
			     .moment = IPU_RUN_OP,
			     .name = graph_op_name(exe->op_code[i]),
			     .label = exe->op_label[i] ? exe->label[exe->op_label[i] - 1] : NULL,
			     .cycles = executable_op_cycles(exe, i),
		     });
	tell(engine, flight, run,
	     (struct ipu_run_event){ .moment = IPU_RUN_ENDED, .cycles = cycles });
}

void ipu_engine_observe(struct ipu_engine *engine, ipu_run_observer observer, void *data)
{
	pthread_mutex_lock(&engine->pool->lock);
	engine->observer = observer;
	engine->observed = data;
	pthread_mutex_unlock(&engine->pool->lock);
}

/* Whether the card has reported all runs of a job; these are added up. */
static int count_runs(struct ipu_engine *engine, const struct flight *flight)
{
	uint64_t cycles = 0; /* of an executable's parts */

	for (uint32_t run = 0; run < flight->runs; run++) {
		const struct ipu_run_report *report = engine_report(engine, flight, run);
		int err = ipu_report_check(engine->pool->dev, report);

		if (err)
			return err;
		if (!flight->exe)
			continue;
		flight->exe->cycles += report->cycles;
		cycles += report->cycles;
		if ((run + 1) % flight->exe->parts)
			continue;
		flight->exe->runs++;
		if (engine->observer)
			tell_of_end(engine, flight, run / flight->exe->parts, cycles);
		cycles = 0;
	}
	return 0;
}

/* Wait for a job, if there is one. */
static void land(struct ipu_engine *engine, struct flight *flight)
{
	int status;

	if (!flight->seqno)
		return;
	status = ipu_wait(engine->ctx, flight->seqno, -1);
	if (!status)
		status = count_runs(engine, flight);
	if (status)
		fail(engine, flight, status);
	flight->seqno = 0;
	flight->exe = NULL;
	flight->making = NULL;
}

void engine_drain(struct ipu_engine *engine)
{
	for (uint32_t i = 0; i < FLIGHTS; i++)
		land(engine, &engine->flight[(engine->next + i) % FLIGHTS]);
}

/* Room for so many commands, in an empty list. */
static int empty_cmds(struct ipu_engine *engine, struct flight *flight, uint32_t cmds)
{
	const uint32_t room = cmds > FLIGHT_CMDS ? cmds : FLIGHT_CMDS;
	int err;

	if (flight->cmds && flight->room >= cmds)
		return ipu_cmds_reset(flight->cmds);
	ipu_cmds_destroy(flight->cmds);
	flight->cmds = NULL;
	err = ipu_cmds_create(engine->ctx, room, &flight->cmds);
	flight->room = err ? 0 : room;
	return err;
}

int engine_flight(struct ipu_engine *engine, uint32_t cmds, struct flight **out)
{
	struct flight *flight = &engine->flight[engine->next];
	int err = ipu_check_process(engine->pool->dev);

	if (!err)
		err = check_usable(engine);
	if (err)
		return err;
	land(engine, flight);
	err = empty_cmds(engine, flight, cmds);
	if (err)
		return err;
	flight->runs = 0;
	engine->next = (engine->next + 1) % FLIGHTS;
	*out = flight;
	return 0;
}

int engine_submit(struct ipu_engine *engine, struct flight *flight)
{
	struct ipu_engine *busy = engine->pool->busy;
	int err;

	/* Jobs of two contexts are in no order, and memory may go from one to the other. */
	if (busy && busy != engine)
		engine_drain(busy);
	engine->pool->busy = engine;
	err = ipu_cmds_submit(flight->cmds, &flight->seqno);
	if (!err || ipu_context_usable(engine->ctx))
		return err;
	/* A context can be lost while it has no job whose failure would tell: that is one, too. */
	if (!engine->failed) {
		engine->failed = err;
		snprintf(engine->message, sizeof(engine->message), "%s", ipu_error());
	}
	return engine_take_failure(engine);
}

int engine_stage(struct ipu_engine *engine, struct flight *flight, size_t bytes, char **stage,
		 uint64_t *va)
{
	int err = ipu_context_buffer(engine->ctx, bytes, &flight->stage, &flight->stage_va);

	if (err)
		return err;
	*va = flight->stage_va;
	*stage = ipu_bo_data(flight->stage);
	return 0;
}

uint64_t engine_va(struct ipu_engine *engine, const void *data, size_t bytes)
{
	uint32_t number;
	size_t offset;
	struct ipu_bo *bo = pool_find(engine->pool, data, bytes, &number, &offset);

	if (!bo)
		return 0;
	if (number >= engine->vas) {
		uint64_t *larger = realloc(engine->va, (number + 8) * sizeof(*larger));

		if (!larger)
			return 0;
		memset(larger + engine->vas, 0, (number + 8 - engine->vas) * sizeof(*larger));
		engine->va = larger;
		engine->vas = number + 8;
	}
	if (!engine->va[number] && ipu_bo_map(engine->ctx, bo, IPU_BO_WRITE, &engine->va[number]))
		return 0;
	return engine->va[number] + offset;
}

int ipu_engine_wait(struct ipu_engine *engine)
{
	int err = ipu_check_process(engine->pool->dev);

	if (err)
		return err;
	pthread_mutex_lock(&engine->pool->lock);
	engine_drain(engine);
	err = engine_take_failure(engine);
	pthread_mutex_unlock(&engine->pool->lock);
	return err;
}

int ipu_engine_flush(struct ipu_engine *engine, bool forget)
{
	int err = ipu_check_process(engine->pool->dev);

	if (err)
		return err;
	pthread_mutex_lock(&engine->pool->lock);
	err = engine_flush(engine, forget);
	if (!err) {
		engine_drain(engine);
		err = engine_take_failure(engine);
	}
	pthread_mutex_unlock(&engine->pool->lock);
	return err;
}
