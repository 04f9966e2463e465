// SPDX-License-Identifier: MIT
/* ipu-run's report of a run. */
#include <cJSON.h>
#include <stdio.h>

#include "cli.h"
#include "run_report.h"

static double card_ns(const struct run_result *result)
{
	if (!result->clock_khz)
		return 0;
	return (double)result->total.cycles * 1e6 / result->clock_khz;
}

void run_add_report(struct run_result *result, const struct ipu_report *part)
{
	struct ipu_report *total = &result->total;

	total->cycles += part->cycles;
	total->instructions += part->instructions;
	total->supersteps += part->supersteps;
	total->exchange_bytes += part->exchange_bytes;
	total->host_ns += part->host_ns;
	total->at_sync = part->at_sync;
	total->exit_tile = part->exit_tile;
	total->exit_code = part->exit_code;
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
	if (total->exit_code)
		printf("  exit code       %u (tile %u)\n", total->exit_code, total->exit_tile);
}

/* "worker 2", "supervisor" */
static const char *unit_text(uint32_t unit, char text[32])
{
	if (unit == IPU_SUPERVISOR)
		return "supervisor";
	snprintf(text, 32, "worker %u", unit);
	return text;
}

void run_print_fault(const struct run_result *result)
{
	const struct ipu_fault *fault = &result->fault;
	const struct ipu_source *source = &result->source;
	char detail[96], unit[32];

	ipu_fault_detail(fault, detail, sizeof(detail));
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
	fprintf(stderr, "  advice  %s\n", ipu_fault_advice(fault->cause));
}

static cJSON *fault_json(const struct run_result *result)
{
	const struct ipu_fault *fault = &result->fault;
	const struct ipu_source *source = &result->source;
	cJSON *json = cJSON_CreateObject();
	char text[96];

	cJSON_AddStringToObject(json, "cause", ipu_fault_name(fault->cause));
	cJSON_AddNumberToObject(json, "cause_code", fault->cause);
	ipu_fault_detail(fault, text, sizeof(text));
	cJSON_AddStringToObject(json, "detail", text);
	if (fault->tile != IPU_NO_TILE) {
		cJSON_AddNumberToObject(json, "tile", fault->tile);
		cJSON_AddStringToObject(json, "unit", unit_text(fault->unit, text));
		cJSON_AddNumberToObject(json, "pc", fault->pc);
	}
	cJSON_AddNumberToObject(json, "addr", (double)fault->addr);
	cJSON_AddNumberToObject(json, "info", fault->info);
	if (source->function[0])
		cJSON_AddStringToObject(json, "function", source->function);
	if (source->line) {
		cJSON_AddStringToObject(json, "file", source->file);
		cJSON_AddNumberToObject(json, "line", source->line);
	}
	cJSON_AddStringToObject(json, "advice", ipu_fault_advice(fault->cause));
	return json;
}

int run_print_json(const struct run_result *result)
{
	const struct ipu_report *total = &result->total;
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "program", result->program);
	cJSON_AddStringToObject(json, "device", result->device);
	cJSON_AddNumberToObject(json, "tiles", result->tiles);
	if (result->faulted) {
		cJSON_AddItemToObject(json, "fault", fault_json(result));
	} else {
		cJSON_AddNumberToObject(json, "clock_khz", result->clock_khz);
		cJSON_AddNumberToObject(json, "card_cycles", (double)total->cycles);
		cJSON_AddNumberToObject(json, "card_ns", card_ns(result));
		cJSON_AddNumberToObject(json, "supersteps", (double)total->supersteps);
		cJSON_AddNumberToObject(json, "instructions", (double)total->instructions);
		cJSON_AddNumberToObject(json, "exchange_bytes", (double)total->exchange_bytes);
		cJSON_AddNumberToObject(json, "external_syncs", result->external_syncs);
		cJSON_AddNumberToObject(json, "host_ns", (double)total->host_ns);
		cJSON_AddNumberToObject(json, "exit_code", total->exit_code);
		cJSON_AddNumberToObject(json, "exit_tile", total->exit_tile);
	}
	return cli_print_json(json);
}
