// SPDX-License-Identifier: MIT
/* What a dump is about. */
#include "dump_event.h"
#include "ipu_hw.h"

static uint32_t reg(const struct dump_event *event, uint32_t offset)
{
	uint32_t value = 0;

	dump_reg(event->regs, offset, &value);
	return value;
}

static uint64_t reg64(const struct dump_event *event, uint32_t offset)
{
	return reg(event, offset) | (uint64_t)reg(event, offset + 4) << 32;
}

static void find_place(const struct dump *dump, struct dump_event *event, uint32_t tile,
		       uint32_t unit, uint32_t pc)
{
	event->has_unit =
		unit <= IPU_SUPERVISOR && (event->has_fault || dump_find_unit(dump, tile, unit));
	event->tile = tile;
	event->unit = unit;
	event->pc = pc;
}

/* The first context that has jobs; or else the first one. */
static void find_context(const struct dump *dump, struct dump_event *event)
{
	for (size_t i = 0; i < dump->count; i++) {
		const struct dump_section *section = &dump->sections[i];

		if (section->type == IPU_DUMP_CONTEXT && !event->context)
			event->context = section;
		if (section->type == IPU_DUMP_JOBS && section->bytes) {
			event->context = dump_find(dump, IPU_DUMP_CONTEXT, section->slot);
			break;
		}
	}
	if (!event->context)
		return;
	event->slot = event->context->slot;
	event->jobs = dump_find(dump, IPU_DUMP_JOBS, event->slot);
	event->regs = dump_find(dump, IPU_DUMP_REGS, event->slot);
}

void dump_event(const struct dump *dump, struct dump_event *event)
{
	*event = (struct dump_event){ .slot = IPU_DUMP_NONE };
	find_context(dump, event);
	if ((reg(event, IPU_CTX_STATUS) & IPU_CTX_STATUS_STATE) == IPU_CTX_FAULTED) {
		event->has_fault = true;
		event->fault = (struct ipu_fault){
			.size = sizeof(event->fault),
			.seqno = dump_u64(event->jobs, 0),
			.cause = reg(event, IPU_CTX_FAULT_CAUSE),
			.tile = reg(event, IPU_CTX_FAULT_TILE),
			.unit = reg(event, IPU_CTX_FAULT_UNIT),
			.pc = reg(event, IPU_CTX_FAULT_PC),
			.addr = reg64(event, IPU_CTX_FAULT_ADDR_LO),
			.info = reg(event, IPU_CTX_FAULT_INFO),
			.cmd_va = reg64(event, IPU_CTX_FAULT_CMD_LO),
		};
		if (event->fault.tile != IPU_NO_TILE)
			find_place(dump, event, event->fault.tile, event->fault.unit,
				   event->fault.pc);
	} else if (reg(event, IPU_CTX_DBG_STATUS) & IPU_CTX_DBG_HALTED) {
		find_place(dump, event, reg(event, IPU_CTX_DBG_STOP_TILE),
			   reg(event, IPU_CTX_DBG_STOP_UNIT), reg(event, IPU_CTX_DBG_STOP_PC));
	}
}

static const struct {
	const char *name;
	const char *text;
	const char *advice;
} kinds[] = {
	[IPU_DUMP_FAULT] = { "fault", "The card stopped a job for a fault.", "" },
	[IPU_DUMP_OVERDUE] = { "overdue",
			       "A job took too long, and the card did not end it: the driver did.",
			       "Look for an endless loop or a copy that is too large; if the job needs more "
			       "time, give its context a longer watchdog, or none, or raise the module's "
			       "job_timeout_ms or fence_timeout_ms." },
	[IPU_DUMP_INVALIDATE] = { "invalidate",
				  "The card did not forget a mapping in time: the job that ran was ended.",
				  "Unmap buffers when no job uses them; or the host is overloaded: raise the "
				  "module's inval_timeout_ms." },
	[IPU_DUMP_STUCK] = { "stuck", "A context did not stop: the driver reset the card.",
			     "This is a mistake of the card's or of the driver's, or the host is "
			     "overloaded. Please report it, with this." },
	[IPU_DUMP_RESET] = { "reset",
			     "The card was reset from outside while jobs ran: all contexts are lost.",
			     "Someone wrote to the card's file \"reset\" in sysfs, or passed it on to a "
			     "virtual machine: create new contexts." },
	[IPU_DUMP_LINK] = { "link", "An error of the PCI link: all contexts are lost.",
			    "dmesg says which error it was. If it comes again, look at the slot and the "
			    "cabling." },
	[IPU_DUMP_FORCED] = { "forced",
			      "Someone had a job fault, or a context or the card reset, by debugfs.",
			      "This is a test of what programs do then: see the file force_fault or "
			      "force_reset of the card in debugfs." },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *dump_kind_name(uint32_t kind)
{
	return kind < COUNT(kinds) ? kinds[kind].name : NULL;
}

const char *dump_kind_text(uint32_t kind, const char **advice)
{
	if (dump_kind_name(kind)) {
		*advice = kinds[kind].advice;
		return kinds[kind].text;
	}
	*advice = "The driver is newer than this ipu-dump: use a newer one.";
	return "Something that this ipu-dump does not know.";
}
