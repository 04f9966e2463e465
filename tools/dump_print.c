// SPDX-License-Identifier: MIT
/* A dump as text: what happened first, then what was where. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "dump_print.h"
#include "ipu_hw.h"
#include "isa/ipu_disasm.h"
#include "isa/ipu_isa.h"

/* Instructions before and after the pc. */
#define BEFORE 8
#define AFTER 4

/* Variables, and bytes of each, that are shown if not all are. */
#define VARIABLES 40
#define VARIABLE_WORDS 4

/**
 * struct view - what is printed
 * @event: what it is about
 * @program: or NULL
 * @all: nothing is left out
 */
struct view {
	const struct dump *dump;
	struct dump_event event;
	const struct dump_program *program;
	bool all;
};

static void print_what(const struct view *view)
{
	const struct dump_event *event = &view->event;
	char where[DUMP_TEXT * 2], unit[16], detail[96] = "";
	const char *said = NULL, *advice;

	if (event->has_fault)
		printf("Fault: %s", ipu_fault_name(event->fault.cause));
	else
		printf("%s", dump_kind_text(view->dump->kind, &advice));
	if (event->has_fault)
		ipu_fault_detail(&event->fault, detail, sizeof(detail));
	printf("%s%s\n", *detail ? ", " : "", detail);
	if (event->has_unit) {
		dump_where(view->program, event->pc, where);
		printf("  on tile %u, %s, pc 0x%x%s%s\n", event->tile,
		       dump_unit_name(event->unit, unit), event->pc, *where ? ": " : "", where);
	}
	if (event->has_fault && view->program)
		said = ipu_program_fault_text(view->program->prog, &event->fault);
	if (said)
		printf("  %s\n", said);
	if (event->has_fault)
		advice = said ? "The program checks this itself, and stopped itself there." :
				ipu_fault_advice(event->fault.cause);
	if (*advice)
		printf("  %s\n", advice);
}

static void print_when(const struct dump *dump)
{
	time_t seconds = (time_t)(dump->time_ns / 1000000000);
	struct tm tm;
	char text[64] = "";

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm);
	printf("when        %s, %.3f s after the machine was started\n", text,
	       (double)dump->boot_ns / 1e9);
}

static void print_machine(const struct dump *dump)
{
	const struct dump_section *host = dump_find(dump, IPU_DUMP_HOST, IPU_DUMP_NONE);
	const struct dump_section *card = dump_find(dump, IPU_DUMP_CARD, IPU_DUMP_NONE);
	uint32_t hw = dump_u32(card, offsetof(struct ipu_dump_card, hw_version));
	char kernel[64], device[32], sram[32];

	printf("card        %s: %u tiles of %s, interface %u.%u, %llu resets before\n",
	       dump_text(host, offsetof(struct ipu_dump_host, device), device, sizeof(device)),
	       dump_u32(card, offsetof(struct ipu_dump_card, tiles)),
	       cli_format_bytes(dump_u32(card, offsetof(struct ipu_dump_card, sram_size)), sram),
	       hw >> 16, hw & 0xffff,
	       (unsigned long long)dump_u64(card, offsetof(struct ipu_dump_card, resets)));
	printf("driver      ipu %u.%u, Linux %s\n",
	       dump_u32(host, offsetof(struct ipu_dump_host, driver_major)),
	       dump_u32(host, offsetof(struct ipu_dump_host, driver_minor)),
	       dump_text(host, offsetof(struct ipu_dump_host, kernel), kernel, sizeof(kernel)));
}

#define CONTEXT(member) dump_u32(context, offsetof(struct ipu_dump_context, member))

static void print_context(const struct dump_section *context)
{
	static const char *const states[] = { "usable", "lost", "banned" };
	uint32_t state = CONTEXT(state);
	char comm[17];

	printf("context     %u of %s[%u], card context %u: tiles %u to %u of the card, watchdog %u ms, "
	       "%s%s\n",
	       CONTEXT(id), dump_text(context, offsetof(struct ipu_dump_context, comm), comm, 16),
	       CONTEXT(pid), context->slot, CONTEXT(tile_first),
	       CONTEXT(tile_first) + CONTEXT(tile_count) - 1, CONTEXT(watchdog_ms),
	       state < 3 ? states[state] : "in an unknown state",
	       CONTEXT(debugged) ? ", debugged" : "");
	if (CONTEXT(guilt))
		printf("            the driver has had to stop it %u of 3 times, after which it is banned\n",
		       CONTEXT(guilt));
}

#define JOB(type, member) dump_##type(jobs, at + offsetof(struct ipu_dump_job, member))

static void print_jobs(const struct view *view)
{
	const struct dump_section *jobs = view->event.jobs;
	const uint64_t count = dump_count(jobs, sizeof(struct ipu_dump_job));

	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = i * sizeof(struct ipu_dump_job);

		printf("%-11s %llu: %u commands at 0x%llx", i ? "" : "jobs",
		       (unsigned long long)JOB(u64, seqno), JOB(u32, cmd_count),
		       (unsigned long long)JOB(u64, cmd_va));
		if (!i && view->dump->error < 0 && view->dump->error > -4096)
			printf(", which ends with: %s", strerror(-view->dump->error));
		printf("\n");
	}
}

static void print_head(const struct view *view)
{
	const struct dump *dump = view->dump;

	printf("\n");
	print_when(dump);
	print_machine(dump);
	for (size_t i = 0; i < dump->count; i++)
		if (dump->sections[i].type == IPU_DUMP_CONTEXT &&
		    (view->all || &dump->sections[i] == view->event.context ||
		     dump->kind >= IPU_DUMP_STUCK))
			print_context(&dump->sections[i]);
	print_jobs(view);
	printf("dump        format %u.%u, taken in %.1f ms\n", dump->major, dump->minor,
	       dump->took_us / 1e3);
	if (dump->flags & IPU_DUMP_NO_MEMORY)
		printf("            it is not complete: the machine had no free memory\n");
	if (dump->flags & IPU_DUMP_NO_TIME)
		printf("            SRAM is not complete: reading it took too long\n");
	if (dump->flags & IPU_DUMP_VM_BUSY)
		printf("            no commands and page tables: another thread was changing mappings\n");
}

static void print_backtrace(const struct view *view)
{
	uint32_t pc[DUMP_FRAMES];
	char where[DUMP_TEXT * 2];
	size_t count;

	if (!view->program || !view->event.has_unit)
		return;
	count = dump_backtrace(view->dump, view->program, view->event.tile, view->event.unit, pc);
	if (count)
		printf("\nBacktrace\n");
	for (size_t i = 0; i < count; i++)
		printf("  #%zu 0x%x  %s\n", i, pc[i],
		       dump_where(view->program, i ? pc[i] - 2 : pc[i], where));
}

/* The instruction at @pc; returns its length, 0 if there is none. */
static uint32_t print_instruction(const struct view *view, uint32_t pc)
{
	const bool here = pc == view->event.pc;
	char text[IPU_DISASM_TEXT], bits[12];
	uint32_t insn, length;

	if (!dump_sram(view->dump, view->event.tile, pc, &insn, sizeof(insn)))
		return 0;
	length = ipu_disasm(insn, pc, text);
	if (text[0] == '.' && !here)
		return 0;
	if (length == 2)
		snprintf(bits, sizeof(bits), "%04x", insn & 0xffff);
	else
		snprintf(bits, sizeof(bits), "%08x", insn);
	printf("%s 0x%x  %-8s  %s\n", here ? "=>" : "  ", pc, bits, text);
	return length;
}

/*
 * Instructions are 2 or 4 bytes long, so that going back from the pc has to be tried:
 * from the first place from which decoding arrives there.
 */
static uint32_t first_instruction(const struct view *view)
{
	const uint32_t pc = view->event.pc;
	char text[IPU_DISASM_TEXT];

	for (uint32_t back = BEFORE * 4; back; back -= 2) {
		uint32_t at = pc - back, insn;
		bool legal = true;

		while (legal && at < pc && dump_sram(view->dump, view->event.tile, at, &insn, 4)) {
			at += ipu_disasm(insn, at, text);
			legal = text[0] != '.';
		}
		if (legal && at == pc)
			return pc - back;
	}
	return pc;
}

static void print_code(const struct view *view)
{
	const uint32_t pc = view->event.pc;
	uint32_t at, insn, length = 1;

	if (!view->event.has_unit || pc % 2 ||
	    !dump_sram(view->dump, view->event.tile, pc, &insn, sizeof(insn)))
		return;
	printf("\nInstructions\n");
	for (at = first_instruction(view); length && at < pc + AFTER * 4; at += length)
		length = print_instruction(view, at);
}

/* Registers in columns; vector registers only with all. */
static void print_regs(const struct view *view, uint32_t unit)
{
	const struct dump_section *regs = dump_find_unit(view->dump, view->event.tile, unit);
	const size_t size = sizeof(struct ipu_dump_reg);
	char name[16];
	int column = 0;

	for (uint64_t i = 0; i < dump_count(regs, size); i++) {
		uint32_t number = dump_u32(regs, i * size);
		uint32_t value = dump_u32(regs, i * size + 4);

		if (number == IPU_DBG_REG_STATE || (!view->all && number >= IPU_DBG_REG_V))
			continue;
		if (!view->all && !value && number >= IPU_DBG_REG_F)
			continue;
		printf("  %-9s %08x%s", dump_unit_reg_name(number, name), value,
		       ++column % 5 ? "" : "\n");
	}
	printf("%s", column % 5 ? "\n" : "");
}

static void print_units(const struct view *view)
{
	char name[16], where[DUMP_TEXT * 2];

	if (!view->event.has_unit ||
	    !dump_find_unit(view->dump, view->event.tile, view->event.unit))
		return;
	printf("\nRegisters of tile %u, %s%s\n", view->event.tile,
	       dump_unit_name(view->event.unit, name),
	       view->all ? "" : ", without vectors and what is 0");
	print_regs(view, view->event.unit);
	printf("\nUnits of tile %u\n", view->event.tile);
	for (uint32_t unit = 0; unit <= IPU_SUPERVISOR; unit++) {
		const struct dump_section *regs =
			dump_find_unit(view->dump, view->event.tile, unit);
		uint32_t pc = 0, state = 0;

		if (!dump_reg(regs, IPU_DBG_REG_PC, &pc) ||
		    !dump_reg(regs, IPU_DBG_REG_STATE, &state))
			continue;
		printf("  %-10s  %-8s  pc 0x%-6x %s\n", dump_unit_name(unit, name),
		       dump_state_name(state), pc, dump_where(view->program, pc, where));
		if (view->all && unit != view->event.unit)
			print_regs(view, unit);
	}
}

static void print_commands(const struct view *view)
{
	const struct dump_section *commands =
		dump_find(view->dump, IPU_DUMP_COMMANDS, view->event.slot);
	uint64_t job_va = dump_u64(view->event.jobs, offsetof(struct ipu_dump_job, cmd_va));
	uint32_t count = dump_u32(view->event.jobs, offsetof(struct ipu_dump_job, cmd_count));
	char text[DUMP_TEXT];

	if (!commands || view->event.slot == IPU_DUMP_NONE)
		return;
	printf("\nCommands of the job, %llu of %u\n",
	       (unsigned long long)dump_count(commands, IPU_CMD_SIZE), count);
	for (uint64_t i = 0; i < dump_count(commands, IPU_CMD_SIZE); i++) {
		uint64_t va = commands->addr + i * IPU_CMD_SIZE;
		bool here = view->event.has_fault && va == view->event.fault.cmd_va;

		dump_command(commands, i * IPU_CMD_SIZE, text);
		printf("%s %5llu  %s\n", here ? "=>" : "  ",
		       (unsigned long long)((va - job_va) / IPU_CMD_SIZE), text);
	}
}

static void print_walk(const struct view *view)
{
	const struct dump_section *walk = dump_find(view->dump, IPU_DUMP_WALK, view->event.slot);
	char text[DUMP_TEXT];

	if (!walk || view->event.slot == IPU_DUMP_NONE)
		return;
	printf("\nPage tables for 0x%llx\n", (unsigned long long)walk->addr);
	for (uint64_t i = 0; i < dump_count(walk, 8) && i < IPU_PT_LEVELS; i++) {
		dump_entry(walk, i, text);
		printf("  %s\n", text);
	}
	if (!walk->bytes)
		printf("  none: the address is beyond the address space, of %u bits\n",
		       IPU_VA_BITS);
}

static void print_places(const struct view *view)
{
	struct dump_place *places = NULL;
	uint32_t variables = 0, word;
	size_t count;

	if (!view->program || !view->event.has_unit)
		return;
	count = dump_places(view->dump, view->program, view->event.tile, &places);
	if (count)
		printf("\nSRAM of tile %u\n", view->event.tile);
	for (size_t i = 0; i < count; i++) {
		const struct dump_place *place = &places[i];

		if (!place->read || (place->is_variable && !place->differs && !view->all))
			continue;
		if (place->is_variable && ++variables > VARIABLES && !view->all)
			continue;
		printf("  0x%05x  %6u bytes  %-24.64s ", place->addr, place->bytes, place->name);
		for (uint32_t at = 0;
		     place->is_variable && at + 4 <= place->bytes &&
		     (view->all || at < VARIABLE_WORDS * 4) &&
		     dump_sram(view->dump, view->event.tile, place->addr + at, &word, 4);
		     at += 4)
			printf(" %08x", word);
		if (!place->is_variable && place->differs)
			printf(" %u bytes %s, from 0x%x on", place->differs,
			       place->has_contents ? "are not the program's" : "are not 0",
			       place->first);
		else if (!place->is_variable)
			printf(" %s", place->has_contents ? "as in the program" : "all 0");
		printf("\n");
	}
	if (variables > VARIABLES && !view->all)
		printf("  and %u variables more: --all\n", variables - VARIABLES);
	free(places);
}

static void print_register_block(const char *title, const struct dump_section *regs,
				 const char *(*name_of)(uint32_t offset))
{
	const size_t size = sizeof(struct ipu_dump_reg);

	if (!dump_count(regs, size))
		return;
	printf("\n%s\n", title);
	for (uint64_t i = 0; i < dump_count(regs, size); i++) {
		const char *name = name_of(dump_u32(regs, i * size));

		printf("  0x%03x  %-14s  0x%08x\n", dump_u32(regs, i * size), name ? name : "",
		       dump_u32(regs, i * size + 4));
	}
}

static void print_ring(const struct view *view)
{
	const struct dump_section *ring = dump_find(view->dump, IPU_DUMP_RING, view->event.slot);
	uint32_t head = 0, tail = 0;
	char text[DUMP_TEXT];

	if (!dump_count(ring, IPU_CMD_SIZE) || view->event.slot == IPU_DUMP_NONE)
		return;
	dump_reg(view->event.regs, IPU_CTX_HEAD, &head);
	dump_reg(view->event.regs, IPU_CTX_TAIL, &tail);
	printf("\nRing: %u commands were written, %u of them completed\n", tail, head);
	for (uint32_t i = head; i != tail && i - head < dump_count(ring, IPU_CMD_SIZE); i++) {
		dump_command(ring, i % dump_count(ring, IPU_CMD_SIZE) * IPU_CMD_SIZE, text);
		printf("  %5u  %s\n", i, text);
	}
}

void dump_print(const struct dump *dump, const struct dump_program *program, bool all)
{
	struct view view = { .dump = dump, .program = program, .all = all };

	dump_event(dump, &view.event);
	print_what(&view);
	print_head(&view);
	print_backtrace(&view);
	print_code(&view);
	print_units(&view);
	print_commands(&view);
	print_walk(&view);
	print_places(&view);
	print_ring(&view);
	if (!all)
		return;
	if (view.event.slot != IPU_DUMP_NONE)
		print_register_block("Registers of the context", view.event.regs,
				     dump_ctx_reg_name);
	print_register_block("Registers of the card", dump_find(dump, IPU_DUMP_REGS, IPU_DUMP_NONE),
			     dump_card_reg_name);
}
