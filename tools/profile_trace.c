// SPDX-License-Identifier: MIT
/*
 * A profile as trace events in JSON, one to a line. Each tile is a process with a thread
 * for its phases, one for the supervisor's waits and one for each worker.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "profile.h"
#include "run_report.h"
#include "text_file.h"

/* Threads of a tile's process; that of a worker is WORKER and its number. */
#define PHASES 0
#define WORKER 1
#define SUPERVISOR 7

/* The process of the host; those of tiles follow. */
#define HOST 0

/**
 * struct tile_seen - a tile whose events are in the trace
 * @seen: it has its names
 * @exited: it has exited
 * @end: when, or when its last phase ended
 */
struct tile_seen {
	bool seen;
	bool exited;
	uint64_t end;
};

/**
 * struct trace - a trace that is being written
 * @step: the last superstep
 * @before: the one before that, when it is the one just before
 * @end: of the last superstep of all
 */
struct trace {
	const struct profile_view *view;
	struct text_file file;
	struct tile_seen *tiles;
	struct ipu_profile_event step;
	struct ipu_profile_event before;
	uint64_t end;
};

/* Whole ns, so that what ends where the next begins does so in the trace, too. */
static uint64_t ns_of(const struct trace *trace, uint64_t cycles)
{
	const uint32_t khz = trace->view->result->clock_khz;

	return (uint64_t)((double)cycles * 1e6 / (khz ? khz : 1) + 0.5);
}

/* The start of an event; its own members follow, and a brace that closes it. */
static void put_event(struct trace *trace, const char *phase, uint32_t process, uint32_t thread)
{
	text_print(&trace->file, ",\n{\"ph\":\"%s\",\"pid\":%u,\"tid\":%u", phase, process, thread);
}

static void put_name(struct trace *trace, const char *what, uint32_t process, uint32_t thread,
		     const char *format, uint32_t number)
{
	put_event(trace, "M", process, thread);
	text_print(&trace->file, ",\"name\":\"%s\",\"args\":{\"name\":\"", what);
	/* the callers' formats have one number or none */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	text_print(&trace->file, format, number);
#pragma GCC diagnostic pop
	text_print(&trace->file, "\"}}");
}

static void put_ns(struct trace *trace, const char *name, uint64_t ns)
{
	text_print(&trace->file, ",\"%s\":%" PRIu64 ".%03u", name, ns / 1000,
		   (unsigned)(ns % 1000));
}

/* A slice from @begin to @end; its arguments, without the last brace, may follow. */
static void put_slice(struct trace *trace, uint32_t tile, uint32_t thread, const char *name,
		      uint64_t begin, uint64_t end)
{
	const uint64_t from = ns_of(trace, begin);

	put_event(trace, "X", 1 + tile, thread);
	text_print(&trace->file, ",\"name\":\"%s\"", name);
	put_ns(trace, "ts", from);
	put_ns(trace, "dur", ns_of(trace, end) - from);
	text_print(&trace->file, ",\"args\":{\"cycles\":%" PRIu64, end - begin);
}

static void see_tile(struct trace *trace, uint32_t tile)
{
	struct tile_seen *seen = &trace->tiles[tile];

	if (seen->seen)
		return;
	seen->seen = true;
	put_name(trace, "process_name", 1 + tile, 0, "tile %u", tile);
	put_event(trace, "M", 1 + tile, 0);
	text_print(&trace->file, ",\"name\":\"process_sort_index\",\"args\":{\"sort_index\":%u}}",
		   1 + tile);
	put_name(trace, "thread_name", 1 + tile, PHASES, "phases", 0);
}

/* ---- Events ------------------------------------------------------------------------------- */

static void put_phase(struct trace *trace, const struct ipu_profile_event *tile, const char *name,
		      uint64_t begin, uint64_t end)
{
	if (begin == end)
		return;
	put_slice(trace, tile->tile, PHASES, name, begin, end);
	text_print(&trace->file, ",\"step\":%" PRIu64 "}}", trace->step.step);
}

/* The phases of a tile in a superstep, and before it the host's if it was resumed. */
static void put_tile(struct trace *trace, const struct ipu_profile_event *tile)
{
	const struct ipu_profile_event *step = &trace->step;
	struct tile_seen *seen = &trace->tiles[tile->tile];

	see_tile(trace, tile->tile);
	if (trace->before.size && trace->before.step_end == IPU_STEP_END_EXTERNAL)
		put_phase(trace, tile, "host", trace->before.end, step->begin);
	put_slice(trace, tile->tile, PHASES, "compute", tile->begin, tile->end);
	text_print(&trace->file, ",\"step\":%" PRIu64 ",\"instructions\":%" PRIu64 "}}", step->step,
		   tile->instructions);
	seen->exited = tile->exited;
	seen->end = tile->exited ? tile->end : step->end;
	if (tile->exited)
		return;
	put_phase(trace, tile, "sync", tile->end, step->exchange);
	if (step->exchange == step->end)
		return;
	put_slice(trace, tile->tile, PHASES, "exchange", step->exchange, step->end);
	text_print(&trace->file, ",\"step\":%" PRIu64 ",\"bytes\":%" PRIu64 "}}", step->step,
		   tile->exchange_bytes);
}

static void put_unit(struct trace *trace, const struct ipu_profile_event *event)
{
	const uint32_t thread = event->unit == IPU_SUPERVISOR ? SUPERVISOR : WORKER + event->unit;
	char text[256];

	see_tile(trace, event->tile);
	if (event->kind == IPU_EVENT_WORKER) {
		put_slice(trace, event->tile, thread, "compute", event->begin, event->end);
		text_print(&trace->file, "}}");
		return;
	}
	if (event->kind == IPU_EVENT_WAIT) {
		put_slice(trace, event->tile, thread, "wait for workers", event->begin, event->end);
		text_print(&trace->file, "}}");
		return;
	}
	ipu_program_mark(trace->view->prog, event->value, text, sizeof(text));
	put_event(trace, "i", 1 + event->tile, thread);
	text_print(&trace->file, ",\"s\":\"t\",\"cat\":\"mark\",\"name\":");
	text_quoted(&trace->file, text);
	put_ns(trace, "ts", ns_of(trace, event->begin));
	text_print(&trace->file, ",\"args\":{\"cycle\":%" PRIu64 "}}", event->begin);
}

static int put_events(struct trace *trace)
{
	struct ipu_profile_event event = { .size = sizeof(event) };
	uint64_t place = 0;
	int err;

	while ((err = ipu_profile_next(trace->view->ctx, &place, &event)) > 0) {
		if (event.kind == IPU_EVENT_TILE) {
			put_tile(trace, &event);
		} else if (event.kind == IPU_EVENT_STEP) {
			trace->before = trace->step;
			trace->step = event;
			trace->end = event.end;
		} else {
			put_unit(trace, &event);
		}
	}
	return err;
}

/* Tiles that have exited, up to the end; and the names of threads. */
static void put_ends(struct trace *trace)
{
	for (uint32_t tile = 0; tile < trace->view->result->tiles; tile++) {
		const struct tile_seen *seen = &trace->tiles[tile];

		if (!seen->seen)
			continue;
		for (uint32_t worker = 0; worker < IPU_SUPERVISOR; worker++)
			put_name(trace, "thread_name", 1 + tile, WORKER + worker, "worker %u",
				 worker);
		put_name(trace, "thread_name", 1 + tile, SUPERVISOR, "supervisor", 0);
		if (!seen->exited || seen->end >= trace->end)
			continue;
		put_slice(trace, tile, PHASES, "exited", seen->end, trace->end);
		text_print(&trace->file, "}}");
	}
}

/* When the host ran the program, by the host's own clock. */
static void put_host(struct trace *trace)
{
	const struct run_host *host = &trace->view->result->host;

	put_name(trace, "process_name", HOST, 0, "host (its own clock)", 0);
	put_name(trace, "thread_name", HOST, 0, "runs", 0);
	for (uint32_t i = 0; i < host->count && i < RUN_HOST_PARTS; i++) {
		put_event(trace, "X", HOST, 0);
		text_print(&trace->file, ",\"name\":\"%s\"", i ? "resume" : "run");
		put_ns(trace, "ts", host->begin_ns[i]);
		put_ns(trace, "dur", host->end_ns[i] - host->begin_ns[i]);
		text_print(&trace->file, ",\"args\":{}}");
	}
}

static void put_header(struct trace *trace)
{
	const struct ipu_profile_totals *totals = &trace->view->totals;
	const struct run_result *result = trace->view->result;
	struct text_file *file = &trace->file;

	text_print(file,
		   "{\"displayTimeUnit\":\"ns\",\n\"otherData\":{\"format\":\"ipu-run profile\","
		   "\"version\":1,\"program\":");
	text_quoted(file, result->program);
	text_print(file, ",\"device\":");
	text_quoted(file, result->device);
	text_print(file,
		   ",\"tiles\":%u,\"clock_khz\":%u,\"cycles\":%" PRIu64
		   ",\"compute_cycles\":%" PRIu64 ",\"sync_cycles\":%" PRIu64
		   ",\"exchange_cycles\":%" PRIu64 ",\"host_cycles\":%" PRIu64
		   ",\"supersteps\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"lost\":%" PRIu64
		   "},\n\"traceEvents\":[\n",
		   result->tiles, result->clock_khz, trace->view->cycles, totals->compute_cycles,
		   totals->sync_cycles, totals->exchange_cycles, totals->host_cycles,
		   totals->supersteps, totals->dropped, totals->lost);
	text_print(file,
		   "{\"ph\":\"M\",\"pid\":%d,\"tid\":0,\"name\":\"process_sort_index\","
		   "\"args\":{\"sort_index\":0}}",
		   HOST);
}

static int write_trace(struct trace *trace, const char *path)
{
	int err = text_open(&trace->file, path), events;

	if (err)
		return profile_fail_output(path, err);
	put_header(trace);
	put_host(trace);
	events = put_events(trace);
	put_ends(trace);
	text_print(&trace->file, "\n]}\n");
	if (events)
		trace->file.err = events;
	err = text_close(&trace->file);
	if (events)
		return profile_fail_events(events);
	return err ? profile_fail_output(path, err) : 0;
}

int profile_write_trace(const struct profile_view *view, const char *path)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	int status;

	if (trace)
		trace->tiles = calloc(view->result->tiles, sizeof(*trace->tiles));
	if (!trace || !trace->tiles) {
		free(trace);
		return profile_fail_events(-ENOMEM);
	}
	trace->view = view;
	status = write_trace(trace, path);
	free(trace->tiles);
	free(trace);
	return status;
}
