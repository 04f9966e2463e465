/* SPDX-License-Identifier: MIT */
/* What a dump is about, and its parts in words. */
#ifndef IPU_DUMP_EVENT_H
#define IPU_DUMP_EVENT_H

#include <ipu.h>

#include "dump_file.h"

/* Room for any text of these functions. */
#define DUMP_TEXT 192

/**
 * struct dump_event - what happened
 * @slot: the context that it is about, IPU_DUMP_NONE for none
 * @context, @jobs, @regs: its sections, NULL for those that there are not
 * @has_fault: the card reported a fault, @fault
 * @has_unit: it is about a unit: the fault's, or the one that a halted context executed
 * @tile, @unit, @pc: that
 */
struct dump_event {
	uint32_t slot;
	const struct dump_section *context;
	const struct dump_section *jobs;
	const struct dump_section *regs;
	bool has_fault;
	struct ipu_fault fault;
	bool has_unit;
	uint32_t tile;
	uint32_t unit;
	uint32_t pc;
};

void dump_event(const struct dump *dump, struct dump_event *event);

/** dump_kind_name - "fault"; NULL for an unknown one */
const char *dump_kind_name(uint32_t kind);

/** dump_kind_text - what happened, a sentence; and what to do, @advice */
const char *dump_kind_text(uint32_t kind, const char **advice);

/** dump_unit_name - "worker 2"; @text has room for 16 bytes */
const char *dump_unit_name(uint32_t unit, char *text);

/** dump_state_name - of IPU_DBG_REG_STATE, "waits" */
const char *dump_state_name(uint32_t state);

/** dump_card_reg_name, dump_ctx_reg_name - "FAULT_CAUSE"; NULL for an unknown one */
const char *dump_card_reg_name(uint32_t offset);
const char *dump_ctx_reg_name(uint32_t offset);

/** dump_unit_reg_name - "a0", "mepc", "v3[2]"; @text has room for 16 bytes */
const char *dump_unit_reg_name(uint32_t number, char *text);

/** dump_command_name - of a command's first word, "COPY_TO_TILES"; NULL for an unknown one */
const char *dump_command_name(uint32_t first);

/** dump_command - a command of IPU_CMD_SIZE bytes at @at of a section, in words */
void dump_command(const struct dump_section *section, uint64_t at, char text[DUMP_TEXT]);

/** dump_entry - entry @index of a walk, in words */
void dump_entry(const struct dump_section *walk, uint64_t index, char text[DUMP_TEXT]);

#endif /* IPU_DUMP_EVENT_H */
