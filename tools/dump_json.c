// SPDX-License-Identifier: MIT
/* A dump as JSON. */
#include <stdio.h>
#include <stdlib.h>

#include "dump_print.h"
#include "ipu_hw.h"
#include "isa/ipu_isa.h"
#include "json.h"

/* "" is null. */
static void add_text(struct json *json, const char *name, const char *text)
{
	json_string(json, name, *text ? text : NULL);
}

static void add_source(struct json *json, const struct dump_program *program, uint32_t pc)
{
	struct ipu_source source = { .size = sizeof(source) };

	if (!program || ipu_program_source(program->prog, pc, &source))
		return;
	add_text(json, "function", source.function);
	add_text(json, "file", source.file);
	if (source.line)
		json_count(json, "line", source.line);
}

static void add_fault(struct json *json, const struct dump_event *event,
		      const struct dump_program *program)
{
	const char *said = program ? ipu_program_fault_text(program->prog, &event->fault) : NULL;
	char detail[96];

	ipu_fault_detail(&event->fault, detail, sizeof(detail));
	json_object(json, "fault");
	json_count(json, "cause", event->fault.cause);
	json_string(json, "name", ipu_fault_name(event->fault.cause));
	add_text(json, "detail", detail);
	json_string(json, "advice", ipu_fault_advice(event->fault.cause));
	json_string(json, "text", said);
	json_hex(json, "address", event->fault.addr, 1);
	json_hex(json, "info", event->fault.info, 1);
	json_hex(json, "command", event->fault.cmd_va, 1);
	json_close(json);
}

static void add_event(struct json *json, const struct dump *dump, const struct dump_event *event,
		      const struct dump_program *program)
{
	const char *advice, *text = dump_kind_text(dump->kind, &advice);
	char unit[16];

	json_string(json, "kind", dump_kind_name(dump->kind));
	json_string(json, "text", text);
	json_string(json, "advice", *advice ? advice : NULL);
	json_number(json, "job_errno", dump->error);
	json_number(json, "time", (double)(dump->time_ns / 1000) / 1e6);
	json_number(json, "uptime", (double)(dump->boot_ns / 1000) / 1e6);
	json_count(json, "took_us", dump->took_us);
	json_bool(json, "complete", !dump->flags);
	if (event->has_fault)
		add_fault(json, event, program);
	if (!event->has_unit)
		return;
	json_object(json, "place");
	json_count(json, "tile", event->tile);
	json_string(json, "unit", dump_unit_name(event->unit, unit));
	json_hex(json, "pc", event->pc, 1);
	add_source(json, program, event->pc);
	json_close(json);
}

static void add_machine(struct json *json, const struct dump *dump)
{
	const struct dump_section *host = dump_find(dump, IPU_DUMP_HOST, IPU_DUMP_NONE);
	const struct dump_section *card = dump_find(dump, IPU_DUMP_CARD, IPU_DUMP_NONE);
	char text[64];

	add_text(json, "device", dump_text(host, offsetof(struct ipu_dump_host, device), text, 32));
	add_text(json, "kernel",
		 dump_text(host, offsetof(struct ipu_dump_host, kernel), text, sizeof(text)));
	snprintf(text, sizeof(text), "%u.%u",
		 dump_u32(host, offsetof(struct ipu_dump_host, driver_major)),
		 dump_u32(host, offsetof(struct ipu_dump_host, driver_minor)));
	json_string(json, "driver_version", text);
	json_count(json, "tiles", dump_u32(card, offsetof(struct ipu_dump_card, tiles)));
	json_hex(json, "sram_base", dump_u32(card, offsetof(struct ipu_dump_card, sram_base)), 1);
	json_count(json, "sram_size", dump_u32(card, offsetof(struct ipu_dump_card, sram_size)));
	json_hex(json, "serial", dump_u64(card, offsetof(struct ipu_dump_card, serial)), 16);
	json_count(json, "resets", dump_u64(card, offsetof(struct ipu_dump_card, resets)));
}

/* The registers of a section, by their names; of a unit if @name_of is NULL. */
static void add_regs(struct json *json, const char *title, const struct dump_section *regs,
		     const char *(*name_of)(uint32_t offset))
{
	const size_t size = sizeof(struct ipu_dump_reg);
	char text[16];

	json_object(json, title);
	for (uint64_t i = 0; i < dump_count(regs, size); i++) {
		uint32_t number = dump_u32(regs, i * size);
		const char *name = name_of ? name_of(number) : dump_unit_reg_name(number, text);

		if (!name) {
			snprintf(text, sizeof(text), "0x%x", number);
			name = text;
		}
		json_hex(json, name, dump_u32(regs, i * size + 4), 8);
	}
	json_close(json);
}

static void add_jobs(struct json *json, const struct dump_section *jobs)
{
	json_array(json, "jobs");
	for (uint64_t i = 0; i < dump_count(jobs, sizeof(struct ipu_dump_job)); i++) {
		uint64_t at = i * sizeof(struct ipu_dump_job);

		json_object(json, NULL);
		json_count(json, "number",
			   dump_u64(jobs, at + offsetof(struct ipu_dump_job, seqno)));
		json_hex(json, "command",
			 dump_u64(jobs, at + offsetof(struct ipu_dump_job, cmd_va)), 1);
		json_count(json, "commands",
			   dump_u32(jobs, at + offsetof(struct ipu_dump_job, cmd_count)));
		json_close(json);
	}
	json_close(json);
}

static void add_commands(struct json *json, const char *title, const struct dump_section *section)
{
	char text[DUMP_TEXT];

	json_array(json, title);
	for (uint64_t i = 0; i < dump_count(section, IPU_CMD_SIZE); i++) {
		dump_command(section, i * IPU_CMD_SIZE, text);
		json_object(json, NULL);
		json_hex(json, "address", section->addr + i * IPU_CMD_SIZE, 1);
		json_string(json, "text", text);
		json_close(json);
	}
	json_close(json);
}

#define CONTEXT(member) dump_u32(context, offsetof(struct ipu_dump_context, member))

static void add_context(struct json *json, const struct dump *dump,
			const struct dump_section *context)
{
	char comm[17];

	json_object(json, NULL);
	json_count(json, "slot", context->slot);
	json_count(json, "id", CONTEXT(id));
	json_count(json, "pid", CONTEXT(pid));
	json_string(json, "process",
		    dump_text(context, offsetof(struct ipu_dump_context, comm), comm, 16));
	json_count(json, "tile_first", CONTEXT(tile_first));
	json_count(json, "tiles", CONTEXT(tile_count));
	json_count(json, "watchdog_ms", CONTEXT(watchdog_ms));
	json_count(json, "state", CONTEXT(state));
	json_count(json, "why", CONTEXT(why));
	json_count(json, "stopped_by_driver", CONTEXT(guilt));
	json_bool(json, "debugged", CONTEXT(debugged));
	if (context->slot != IPU_DUMP_NONE) {
		add_jobs(json, dump_find(dump, IPU_DUMP_JOBS, context->slot));
		add_regs(json, "registers", dump_find(dump, IPU_DUMP_REGS, context->slot),
			 dump_ctx_reg_name);
		add_commands(json, "commands", dump_find(dump, IPU_DUMP_COMMANDS, context->slot));
		add_commands(json, "ring", dump_find(dump, IPU_DUMP_RING, context->slot));
	}
	json_close(json);
}

static void add_walk(struct json *json, const struct dump_section *walk)
{
	char text[DUMP_TEXT];

	if (!walk)
		return;
	json_object(json, "page_tables");
	json_hex(json, "address", walk->addr, 1);
	json_array(json, "entries");
	for (uint64_t i = 0; i < dump_count(walk, 8) && i < IPU_PT_LEVELS; i++) {
		dump_entry(walk, i, text);
		json_object(json, NULL);
		json_hex(json, "value", dump_u64(walk, i * 8), 16);
		json_string(json, "text", text);
		json_close(json);
	}
	json_close(json);
	json_close(json);
}

static void add_backtrace(struct json *json, const struct dump *dump,
			  const struct dump_event *event, const struct dump_program *program)
{
	uint32_t pc[DUMP_FRAMES];
	size_t count;

	if (!program || !event->has_unit)
		return;
	count = dump_backtrace(dump, program, event->tile, event->unit, pc);
	json_array(json, "backtrace");
	for (size_t i = 0; i < count; i++) {
		json_object(json, NULL);
		json_hex(json, "pc", pc[i], 1);
		add_source(json, program, i ? pc[i] - 2 : pc[i]);
		json_close(json);
	}
	json_close(json);
}

static void add_units(struct json *json, const struct dump *dump)
{
	char name[16];

	json_array(json, "units");
	for (size_t i = 0; i < dump->count; i++) {
		const struct dump_section *unit = &dump->sections[i];
		uint32_t state = 0;

		if (unit->type != IPU_DUMP_UNIT)
			continue;
		dump_reg(unit, IPU_DBG_REG_STATE, &state);
		json_object(json, NULL);
		json_count(json, "tile", unit->tile);
		json_string(json, "unit", dump_unit_name(unit->unit, name));
		json_string(json, "state", dump_state_name(state));
		add_regs(json, "registers", unit, NULL);
		json_close(json);
	}
	json_close(json);
}

static void add_places(struct json *json, const struct dump *dump, const struct dump_event *event,
		       const struct dump_program *program)
{
	struct dump_place *places = NULL;
	size_t count;

	if (!program || !event->has_unit)
		return;
	count = dump_places(dump, program, event->tile, &places);
	json_array(json, "sram");
	for (size_t i = 0; i < count; i++) {
		json_object(json, NULL);
		json_string(json, "name", places[i].name);
		json_bool(json, "variable", places[i].is_variable);
		json_hex(json, "address", places[i].addr, 1);
		json_count(json, "bytes", places[i].bytes);
		json_bool(json, "read", places[i].read);
		json_bool(json, "has_contents", places[i].has_contents);
		json_count(json, "differs", places[i].differs);
		json_close(json);
	}
	json_close(json);
	free(places);
}

void dump_print_json(const struct dump *dump, const struct dump_program *program)
{
	struct dump_event event;
	struct json json;

	dump_event(dump, &event);
	json_begin(&json, "ipu-dump");
	add_event(&json, dump, &event, program);
	add_machine(&json, dump);
	json_array(&json, "contexts");
	for (size_t i = 0; i < dump->count; i++)
		if (dump->sections[i].type == IPU_DUMP_CONTEXT)
			add_context(&json, dump, &dump->sections[i]);
	json_close(&json);
	if (event.slot != IPU_DUMP_NONE)
		add_walk(&json, dump_find(dump, IPU_DUMP_WALK, event.slot));
	add_backtrace(&json, dump, &event, program);
	add_units(&json, dump);
	add_places(&json, dump, &event, program);
	add_regs(&json, "card_registers", dump_find(dump, IPU_DUMP_REGS, IPU_DUMP_NONE),
		 dump_card_reg_name);
	json_end(&json);
}
