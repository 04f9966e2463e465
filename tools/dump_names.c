// SPDX-License-Identifier: MIT
/* Registers, commands and page table entries in words. */
#include <stdio.h>

#include "dump_event.h"
#include "ipu_hw.h"
#include "isa/ipu_isa.h"
#include "register_names.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *dump_unit_name(uint32_t unit, char *text)
{
	if (unit == IPU_SUPERVISOR)
		snprintf(text, 16, "supervisor");
	else
		snprintf(text, 16, "worker %u", unit & 0xff);
	return text;
}

const char *dump_state_name(uint32_t state)
{
	static const char *const names[] = { "idle", "executes", "waits" };

	return state < COUNT(names) ? names[state] : "unknown";
}

struct name {
	uint32_t number;
	const char *name;
};

static const char *find_name(const struct name *names, size_t count, uint32_t number)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == number)
			return names[i].name;
	return NULL;
}

#define REG(name) { IPU_REG_##name, #name }

const char *dump_card_reg_name(uint32_t offset)
{
	static const struct name names[] = {
		REG(ID),	REG(VERSION),	REG(FW_VERSION), REG(CAPS),	 REG(TILES),
		REG(SRAM_BASE), REG(SRAM_SIZE), REG(WORKERS),	 REG(CLOCK_KHZ), REG(CONTEXTS),
		REG(VECTORS),	REG(SERIAL_LO), REG(SERIAL_HI),	 REG(ISA),	 REG(VLEN),
		REG(CTRL),	REG(STATUS),
	};

	return find_name(names, COUNT(names), offset);
}

#define CTX(name) { IPU_CTX_##name, #name }
#define UQ(n, name) { IPU_CTX_UQ(n) + IPU_UQ_##name, "UQ" #n "_" #name }
#define UQ_ALL(n)                                                                                  \
	UQ(n, CTRL), UQ(n, STATUS), UQ(n, RING_LO), UQ(n, RING_HI), UQ(n, RING_LOG2), UQ(n, HEAD), \
		UQ(n, TAIL), UQ(n, VALUE_LO), UQ(n, VALUE_HI), UQ(n, ARM_LO), UQ(n, ARM_HI),       \
		UQ(n, NS_LO), UQ(n, NS_HI)

const char *dump_ctx_reg_name(uint32_t offset)
{
	static const struct name names[] = {
		CTX(CTRL),	    CTX(STATUS),	 CTX(TILE_FIRST),    CTX(TILE_COUNT),
		CTX(PT_LO),	    CTX(PT_HI),		 CTX(RING_LO),	     CTX(RING_HI),
		CTX(RING_LOG2),	    CTX(VECTOR),	 CTX(WATCHDOG_MS),   CTX(HEAD),
		CTX(TAIL),	    CTX(RETIRED),	 CTX(EVENT),	     CTX(TLB_INVAL),
		CTX(FAULT_CAUSE),   CTX(FAULT_TILE),	 CTX(FAULT_UNIT),    CTX(FAULT_PC),
		CTX(FAULT_ADDR_LO), CTX(FAULT_ADDR_HI),	 CTX(FAULT_INFO),    CTX(FAULT_CMD_LO),
		CTX(FAULT_CMD_HI),  CTX(DBG_CTRL),	 CTX(DBG_CMD),	     CTX(DBG_STATUS),
		CTX(DBG_REASON),    CTX(DBG_STOP_TILE),	 CTX(DBG_STOP_UNIT), CTX(DBG_STOP_PC),
		CTX(DBG_STOP_ADDR), CTX(DBG_STOP_CAUSE), CTX(DBG_STOP_INFO), CTX(DBG_TILE),
		CTX(DBG_UNIT),	    CTX(DBG_ADDR),	 CTX(FAULT_QUEUE),   CTX(COALESCE),
		UQ_ALL(0),	    UQ_ALL(1),
	};

	return find_name(names, COUNT(names), offset);
}

static const char *csr_name(uint32_t number)
{
	if (number == IPU_CSR_STACK)
		return "stack";
	for (size_t i = 0; i < REGISTER_CSRS; i++)
		if (register_csrs[i].number == number)
			return register_csrs[i].name;
	return NULL;
}

const char *dump_unit_reg_name(uint32_t number, char *text)
{
	uint32_t word = number - IPU_DBG_REG_V;
	const char *name = NULL;

	if (number - IPU_DBG_REG_X < 32)
		name = register_x_names[number - IPU_DBG_REG_X];
	else if (number == IPU_DBG_REG_PC)
		name = "pc";
	else if (number == IPU_DBG_REG_STATE)
		name = "state";
	else if (number - IPU_DBG_REG_F < 32)
		name = register_f_names[number - IPU_DBG_REG_F];
	else if (number - IPU_DBG_REG_CSR < 0x1000)
		name = csr_name(number - IPU_DBG_REG_CSR);
	if (name)
		snprintf(text, 16, "%s", name);
	else if (word < 32 * IPU_DBG_REG_V_WORDS)
		snprintf(text, 16, "v%u[%u]", word / IPU_DBG_REG_V_WORDS,
			 word % IPU_DBG_REG_V_WORDS);
	else
		snprintf(text, 16, "0x%x", number);
	return text;
}

const char *dump_command_name(uint32_t first)
{
	static const char *const names[] = {
		[IPU_CMD_NOP] = "NOP",
		[IPU_CMD_COPY_TO_TILES] = "COPY_TO_TILES",
		[IPU_CMD_COPY_FROM_TILES] = "COPY_FROM_TILES",
		[IPU_CMD_FILL] = "FILL",
		[IPU_CMD_RUN] = "RUN",
		[IPU_CMD_FENCE] = "FENCE",
		[IPU_CMD_EXEC] = "EXEC",
	};
	uint32_t op = first & IPU_CMD_OP;

	if (op == IPU_CMD_RUN && first & IPU_CMD_RUN_RESUME)
		return "RESUME";
	return op < COUNT(names) ? names[op] : NULL;
}

/* A member of a command. */
#define U32(type, member) dump_u32(section, at + offsetof(struct type, member))
#define U64(type, member) \
	((unsigned long long)dump_u64(section, at + offsetof(struct type, member)))

static void describe_copy(const struct dump_section *section, uint64_t at, char text[DUMP_TEXT])
{
	snprintf(
		text, DUMP_TEXT,
		"%s %u tiles from %u on, 0x%x, host 0x%llx, %u bytes * %u rows; strides: tile 0x%llx, "
		"host row 0x%llx, tile row 0x%x",
		dump_command_name(U32(ipu_cmd_copy, op)), U32(ipu_cmd_copy, tile_count),
		U32(ipu_cmd_copy, tile_first), U32(ipu_cmd_copy, tile_addr),
		U64(ipu_cmd_copy, host_va), U32(ipu_cmd_copy, row_bytes), U32(ipu_cmd_copy, rows),
		U64(ipu_cmd_copy, host_tile_stride), U64(ipu_cmd_copy, host_row_stride),
		U32(ipu_cmd_copy, tile_row_stride));
}

void dump_command(const struct dump_section *section, uint64_t at, char text[DUMP_TEXT])
{
	uint32_t first = dump_u32(section, at);

	switch (first & IPU_CMD_OP) {
	case IPU_CMD_COPY_TO_TILES:
	case IPU_CMD_COPY_FROM_TILES:
		describe_copy(section, at, text);
		break;
	case IPU_CMD_FILL:
		snprintf(text, DUMP_TEXT, "FILL %u tiles from %u on, 0x%x, %u bytes with 0x%08x",
			 U32(ipu_cmd_fill, tile_count), U32(ipu_cmd_fill, tile_first),
			 U32(ipu_cmd_fill, tile_addr), U32(ipu_cmd_fill, bytes),
			 U32(ipu_cmd_fill, value));
		break;
	case IPU_CMD_RUN:
		snprintf(
			text, DUMP_TEXT,
			"%s %u tiles from %u on, entry 0x%x, sp 0x%x, arg 0x%x, report 0x%llx, profile "
			"0x%llx",
			dump_command_name(first), U32(ipu_cmd_run, tile_count),
			U32(ipu_cmd_run, tile_first), U32(ipu_cmd_run, entry), U32(ipu_cmd_run, sp),
			U32(ipu_cmd_run, arg), U64(ipu_cmd_run, report_va),
			U64(ipu_cmd_run, profile_va));
		break;
	case IPU_CMD_FENCE:
		snprintf(text, DUMP_TEXT, "FENCE %llu to 0x%llx%s", U64(ipu_cmd_fence, value),
			 U64(ipu_cmd_fence, va), first & IPU_CMD_FENCE_IRQ ? ", interrupt" : "");
		break;
	case IPU_CMD_EXEC:
		snprintf(text, DUMP_TEXT, "EXEC %u commands at 0x%llx", U32(ipu_cmd_exec, count),
			 U64(ipu_cmd_exec, va));
		break;
	case IPU_CMD_NOP:
		snprintf(text, DUMP_TEXT, "NOP");
		break;
	default:
		snprintf(text, DUMP_TEXT, "unknown command, first word 0x%08x", first);
		break;
	}
}

void dump_entry(const struct dump_section *walk, uint64_t index, char text[DUMP_TEXT])
{
	uint64_t entry = dump_u64(walk, index * sizeof(uint64_t));
	uint32_t level = IPU_PT_LEVELS - 1 - (uint32_t)index;
	unsigned int shift = IPU_PAGE_SHIFT + 9 * level;
	unsigned long long addr = entry & IPU_PTE_ADDR;
	char what[96];

	if (!(entry & IPU_PTE_V))
		snprintf(what, sizeof(what), "not valid: nothing is mapped here");
	else if (level && !(entry & IPU_PTE_L))
		snprintf(what, sizeof(what), "table at bus address 0x%llx", addr);
	else
		snprintf(what, sizeof(what), "%s at bus address 0x%llx, %s%s",
			 level ? "page of 2 MiB" : "page", addr,
			 entry & IPU_PTE_W ? "writable" : "read only",
			 entry & IPU_PTE_P ? ", the driver's own" : "");
	snprintf(text, DUMP_TEXT, "level %u, entry %llu: 0x%016llx, %s", level,
		 (unsigned long long)(walk->addr >> shift & (IPU_PT_ENTRIES - 1)),
		 (unsigned long long)entry, what);
}
