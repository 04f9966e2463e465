// SPDX-License-Identifier: MIT
/* ipu-run's report of a run. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "json.h"
#include "profile.h"
#include "run_report.h"

static double card_ns(const struct run_result *result)
{
	if (!result->clock_khz)
		return 0;
	return (double)result->total.cycles * 1e6 / result->clock_khz;
}

/* A part that took @ns has just ended. */
static void add_host_time(struct run_host *host, uint64_t ns)
{
	struct timespec now;
	uint64_t end;

	clock_gettime(CLOCK_MONOTONIC, &now);
	end = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	if (!host->count)
		host->origin_ns = end - ns;
	if (host->count < RUN_HOST_PARTS) {
		host->begin_ns[host->count] = end - ns - host->origin_ns;
		host->end_ns[host->count] = end - host->origin_ns;
	}
	host->count++;
}

void run_add_report(struct run_result *result, const struct ipu_report *part)
{
	struct ipu_report *total = &result->total;

	add_host_time(&result->host, part->host_ns);

	total->cycles += part->cycles;
	total->instructions += part->instructions;
	total->supersteps += part->supersteps;
	total->exchange_bytes += part->exchange_bytes;
	total->host_ns += part->host_ns;
	total->at_sync = part->at_sync;
	total->exit_tile = part->exit_tile;
	total->exit_code = part->exit_code;
}

static void print_submission(const struct ipu_submission *how)
{
	if (how->user_queue)
		printf("  submitted       %llu job%s by a user queue\n",
		       (unsigned long long)how->jobs, how->jobs == 1 ? "" : "s");
	else
		printf("  submitted       by the driver: %s\n", how->why_not);
}

void run_print_text(const struct run_result *result)
{
	const struct ipu_report *total = &result->total;
	char text[32];

	printf("%s on %s, %u tile%s\n", result->program, result->device, result->tiles,
	       result->tiles == 1 ? "" : "s");
	printf("  card cycles     %llu (%s at %.3f GHz)\n", (unsigned long long)total->cycles,
	       cli_format_ns(card_ns(result), text), result->clock_khz / 1e6);
	printf("  supersteps      %llu\n", (unsigned long long)total->supersteps);
	printf("  instructions    %llu\n", (unsigned long long)total->instructions);
	printf("  exchanged       %s\n", cli_format_bytes(total->exchange_bytes, text));
	if (result->external_syncs)
		printf("  external syncs  %u\n", result->external_syncs);
	printf("  host time       %s\n", cli_format_ns((double)total->host_ns, text));
	if (result->submission_known)
		print_submission(&result->submission);
	for (size_t i = 0; i < result->stream_count; i++)
		printf("  stream %-8s %llu block%s %s, %s\n", result->streams[i].name,
		       (unsigned long long)result->streams[i].info.blocks,
		       result->streams[i].info.blocks == 1 ? "" : "s",
		       result->streams[i].input ? "in" : "out",
		       cli_format_bytes(result->streams[i].info.bytes, text));
	if (total->exit_code)
		printf("  exit code       %u (tile %u)\n", total->exit_code, total->exit_tile);
	if (result->profile)
		profile_print(result->profile);
}

/* "worker 2", "supervisor" */
static const char *unit_text(uint32_t unit, char text[32])
{
	if (unit == IPU_SUPERVISOR)
		return "supervisor";
	snprintf(text, 32, "worker %u", unit);
	return text;
}

static const char *advice(const struct run_result *result)
{
	if (*result->said)
		return "The program checks this itself; ipu-run --gdb shows its variables there.";
	return ipu_fault_advice(result->fault.cause);
}

void run_print_line(const struct ipu_printed *line, void *data)
{
	char unit[16] = "";
	char text[512];
	size_t bytes;

	(void)data;
	if (line->dropped)
		fprintf(stderr,
			"[tile %u] (%u line%s lost: more than the tile's buffer holds, see "
			"<ipu/print.h>)\n",
			line->tile, line->dropped, line->dropped == 1 ? "" : "s");
	if (line->unit != IPU_SUPERVISOR)
		snprintf(unit, sizeof(unit), ".w%u", line->unit);
	bytes = (size_t)snprintf(text, sizeof(text), "[tile %u%s] ", line->tile, unit);
	memcpy(text + bytes, line->text, line->bytes);
	text[bytes + line->bytes] = '\n';
	fwrite(text, 1, bytes + line->bytes + 1, stderr);
}

void run_print_fault(const struct run_result *result)
{
	const struct ipu_fault *fault = &result->fault;
	const struct ipu_source *source = &result->source;
	char detail[96], unit[32];

	ipu_fault_detail(fault, detail, sizeof(detail));
	if (*result->said)
		cli_fail(0, "%s faulted: %s.", result->program, result->said);
	else
		cli_fail(0, "%s faulted: %s%s%s.", result->program, ipu_fault_name(fault->cause),
			 *detail ? ", " : "", detail);
	if (fault->tile != IPU_NO_TILE) {
		fprintf(stderr, "  where   tile %u, %s, pc 0x%x\n", fault->tile,
			unit_text(fault->unit, unit), fault->pc);
		if (source->line)
			fprintf(stderr, "  source  %s:%u%s%s\n", source->file, source->line,
				source->function[0] ? " in " : "", source->function);
		else if (source->function[0])
			fprintf(stderr, "  source  %s+0x%x\n", source->function, source->offset);
	}
	fprintf(stderr, "  advice  %s\n", advice(result));
}

static void add_fault(struct json *json, const struct run_result *result)
{
	const struct ipu_fault *fault = &result->fault;
	const struct ipu_source *source = &result->source;
	char text[96];

	json_object(json, "fault");
	json_string(json, "cause", ipu_fault_name(fault->cause));
	json_count(json, "cause_code", fault->cause);
	ipu_fault_detail(fault, text, sizeof(text));
	json_string(json, "detail", text);
	if (fault->tile != IPU_NO_TILE) {
		json_count(json, "tile", fault->tile);
		json_string(json, "unit", unit_text(fault->unit, text));
		json_hex(json, "pc", fault->pc, 1);
	}
	json_hex(json, "addr", fault->addr, 1);
	json_count(json, "info", fault->info);
	if (source->function[0])
		json_string(json, "function", source->function);
	if (source->line) {
		json_string(json, "file", source->file);
		json_count(json, "line", source->line);
	}
	if (*result->said)
		json_string(json, "text", result->said);
	json_string(json, "advice", advice(result));
	json_close(json);
}

static void add_counts(struct json *json, const struct run_result *result)
{
	const struct ipu_report *total = &result->total;

	json_count(json, "clock_khz", result->clock_khz);
	json_count(json, "card_cycles", total->cycles);
	json_number(json, "card_ns", card_ns(result));
	json_count(json, "supersteps", total->supersteps);
	json_count(json, "instructions", total->instructions);
	json_count(json, "exchange_bytes", total->exchange_bytes);
	json_count(json, "external_syncs", result->external_syncs);
	json_count(json, "host_ns", total->host_ns);
}

static void add_submission(struct json *json, const struct ipu_submission *how)
{
	json_object(json, "submission");
	json_bool(json, "user_queue", how->user_queue);
	if (how->user_queue) {
		json_count(json, "jobs", how->jobs);
		json_count(json, "sleeps", how->sleeps);
	} else {
		json_string(json, "why_not", how->why_not);
	}
	json_close(json);
}

static void add_streams(struct json *json, const struct run_result *result)
{
	json_array(json, "streams");
	for (size_t i = 0; i < result->stream_count; i++) {
		const struct run_stream_result *stream = &result->streams[i];

		json_object(json, NULL);
		json_string(json, "name", stream->name);
		json_string(json, "direction", stream->input ? "in" : "out");
		json_count(json, "blocks", stream->info.blocks);
		json_count(json, "rows", stream->info.rows);
		json_count(json, "bytes", stream->info.bytes);
		json_count(json, "wait_ns", stream->info.wait_ns);
		json_close(json);
	}
	json_close(json);
}

void run_print_json(const struct run_result *result, int status, const char *error)
{
	struct json json;

	json_begin(&json, "ipu-run");
	json_string(&json, "program", result->program);
	json_count(&json, "status", (uint64_t)status);
	if (status)
		json_string(&json, "error", error);
	if (result->tiles) {
		json_string(&json, "device", result->device);
		json_count(&json, "tiles", result->tiles);
		add_counts(&json, result);
		if (result->submission_known)
			add_submission(&json, &result->submission);
	}
	if (result->stream_count)
		add_streams(&json, result);
	if (result->exited) {
		json_count(&json, "exit_code", result->total.exit_code);
		json_count(&json, "exit_tile", result->total.exit_tile);
	}
	if (result->faulted)
		add_fault(&json, result);
	if (result->profile)
		profile_add_json(result->profile, &json);
	json_end(&json);
}
