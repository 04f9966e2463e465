// SPDX-License-Identifier: MIT
/*
 * ipu-dump on dumps that are made here: whole ones are explained, others are refused,
 * and whatever is in one, there is no access out of bounds (which a sanitizer sees).
 * IPU_TEST_SEED and IPU_TEST_ROUNDS choose others; IPU_TEST_ELF names a program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dump_print.h"
#include "fuzz_random.h"
#include "ipu_hw.h"
#include "isa/ipu_isa.h"

#define TILE 3u
#define SLOT 5u
#define PC (IPU_SRAM_BASE + 0x104)
#define VA 0x7000ull

/* ---- making dumps ---------------------------------------------------------- */

struct made {
	uint8_t bytes[65536];
	size_t size;
};

static void put(struct made *made, const void *from, size_t bytes)
{
	assert_true(made->size + bytes <= sizeof(made->bytes));
	memcpy(made->bytes + made->size, from, bytes);
	made->size += bytes;
}

static void section_of(struct made *made, uint32_t type, uint32_t slot, uint32_t unit,
		       uint64_t addr, const void *from, size_t bytes)
{
	const struct ipu_dump_section section = {
		.type = type,
		.slot = slot,
		.tile = unit == IPU_DUMP_NONE && type < IPU_DUMP_TILE ? IPU_DUMP_NONE : TILE,
		.unit = unit,
		.addr = addr,
		.bytes = bytes,
	};
	static const uint8_t zeros[IPU_DUMP_ALIGN];

	put(made, &section, sizeof(section));
	put(made, from, bytes);
	put(made, zeros, -bytes & (IPU_DUMP_ALIGN - 1));
}

static void section(struct made *made, uint32_t type, uint32_t slot, uint64_t addr,
		    const void *from, size_t bytes)
{
	section_of(made, type, slot, IPU_DUMP_NONE, addr, from, bytes);
}

static void add_machine(struct made *made)
{
	const struct ipu_dump_host host = { .driver_major = 1,
					    .driver_minor = 3,
					    .kernel = "6.12.0\x1b[31m",
					    .device = "0000:01:00.0" };
	const struct ipu_dump_card card = {
		.hw_version = IPU_VERSION,
		.tiles = 64,
		.sram_base = IPU_SRAM_BASE,
		.sram_size = IPU_SRAM_SIZE,
		.workers = 6,
	};
	const struct ipu_dump_reg regs[] = { { IPU_REG_ID, IPU_ID }, { IPU_REG_STATUS, 1 } };

	section(made, IPU_DUMP_HOST, IPU_DUMP_NONE, 0, &host, sizeof(host));
	section(made, IPU_DUMP_CARD, IPU_DUMP_NONE, 0, &card, sizeof(card));
	section(made, IPU_DUMP_REGS, IPU_DUMP_NONE, 0, regs, sizeof(regs));
}

static void add_context(struct made *made, const struct ipu_dump_reg *regs, size_t bytes)
{
	const struct ipu_dump_context context = {
		.id = 2,
		.pid = 1234,
		.comm = "prog",
		.tile_first = 8,
		.tile_count = 4,
		.watchdog_ms = 10000,
		.guilt = 1,
		.tail = 2,
	};
	const struct ipu_dump_job jobs[] = {
		{ .seqno = 41, .cmd_va = VA, .cmd_count = 2, .ring_pos = 0 },
		{ .seqno = 42, .cmd_va = VA + 0x1000, .cmd_count = 1, .ring_pos = 2 },
	};
	const struct ipu_cmd_exec ring[64] = { { .op = IPU_CMD_EXEC, .va = VA, .count = 2 } };

	section(made, IPU_DUMP_CONTEXT, SLOT, 0, &context, sizeof(context));
	section(made, IPU_DUMP_JOBS, SLOT, 0, jobs, sizeof(jobs));
	section(made, IPU_DUMP_REGS, SLOT, 0, regs, bytes);
	section(made, IPU_DUMP_RING, SLOT, 0x7fffe00000ull, ring, sizeof(ring));
}

static void add_commands(struct made *made)
{
	const union {
		struct ipu_cmd_copy copy;
		struct ipu_cmd_run run;
		struct ipu_cmd_fill fill;
	} commands[2] = {
		{ .copy = { .op = IPU_CMD_COPY_TO_TILES,
			    .tile_count = 4,
			    .tile_addr = IPU_SRAM_BASE,
			    .host_va = 0x9000,
			    .row_bytes = 100,
			    .rows = 1 } },
		{ .run = { .op = IPU_CMD_RUN, .tile_count = 4, .entry = IPU_SRAM_BASE } },
	};

	section(made, IPU_DUMP_COMMANDS, SLOT, VA, commands, sizeof(commands));
}

static void add_tile(struct made *made)
{
	const struct ipu_dump_tile tile = { .base = IPU_SRAM_BASE, .bytes = IPU_SRAM_SIZE };
	const struct ipu_dump_reg regs[] = {
		{ IPU_DBG_REG_X + 2, IPU_SRAM_END - 16 },
		{ IPU_DBG_REG_X + 10, 0xcafe },
		{ IPU_DBG_REG_PC, PC },
		{ IPU_DBG_REG_STATE, 1 },
		{ IPU_DBG_REG_F + 3, 0x3f800000 },
		{ IPU_DBG_REG_CSR + IPU_CSR_STACK, 7 },
		{ IPU_DBG_REG_V + 32 * 31 + 15, 0x1badb002 },
		{ 0x7777, 1 },
	};
	/* Compressed instructions before the pc: c.nop twice; then lw a0, 16(zero). */
	const uint32_t code[] = { 0x00010001, 0x01002503, 0x00000073 };

	for (uint32_t unit = 0; unit <= IPU_UNIT_SUPERVISOR; unit++)
		section_of(made, IPU_DUMP_UNIT, SLOT, unit, 0, regs, sizeof(regs));
	section(made, IPU_DUMP_SRAM, SLOT, PC - 4, code, sizeof(code));
	section(made, IPU_DUMP_TILE, SLOT, 0, &tile, sizeof(tile));
	/* Of a type that is not known yet. */
	section(made, 1000, SLOT, 0, code, 5);
}

static void begin(struct made *made)
{
	made->size = sizeof(struct ipu_dump_header);
}

static void finish(struct made *made, uint32_t kind)
{
	const struct ipu_dump_header header = {
		.magic = IPU_DUMP_MAGIC,
		.major = IPU_DUMP_MAJOR,
		.bytes = sizeof(header),
		.size = made->size,
		.kind = kind,
		.time_ns = 1000000000,
		.boot_ns = 1500000000,
		.error = (uint32_t)-5,
	};

	memcpy(made->bytes, &header, sizeof(header));
}

/* Tile 3's supervisor loads from address 0x10. */
static void make_fault(struct made *made)
{
	const struct ipu_dump_reg regs[] = {
		{ IPU_CTX_STATUS, IPU_CTX_FAULTED },
		{ IPU_CTX_TAIL, 2 },
		{ IPU_CTX_FAULT_CAUSE, IPU_FAULT_LOAD },
		{ IPU_CTX_FAULT_TILE, TILE },
		{ IPU_CTX_FAULT_UNIT, IPU_UNIT_SUPERVISOR },
		{ IPU_CTX_FAULT_PC, PC },
		{ IPU_CTX_FAULT_ADDR_LO, 0x10 },
		{ IPU_CTX_FAULT_CMD_LO, VA + 64 },
	};

	begin(made);
	add_machine(made);
	add_context(made, regs, sizeof(regs));
	add_commands(made);
	add_tile(made);
	finish(made, IPU_DUMP_FAULT);
}

/* The copy accesses a page that is not mapped. */
static void make_dma(struct made *made)
{
	const struct ipu_dump_reg regs[] = {
		{ IPU_CTX_STATUS, IPU_CTX_FAULTED },
		{ IPU_CTX_FAULT_CAUSE, IPU_FAULT_DMA_READONLY },
		{ IPU_CTX_FAULT_TILE, IPU_FAULT_NO_TILE },
		{ IPU_CTX_FAULT_UNIT, IPU_UNIT_NONE },
		{ IPU_CTX_FAULT_ADDR_LO, 0x9000 },
		{ IPU_CTX_FAULT_CMD_LO, VA },
	};
	const uint64_t walk[] = { 0x100000 | IPU_PTE_V, 0x200000 | IPU_PTE_V,
				  0x300000 | IPU_PTE_V };

	begin(made);
	add_machine(made);
	add_context(made, regs, sizeof(regs));
	add_commands(made);
	section(made, IPU_DUMP_WALK, SLOT, 0x9000, walk, sizeof(walk));
	finish(made, IPU_DUMP_FAULT);
}

/* ---- printing --------------------------------------------------------------- */

/* What is printed goes to a file; @text has room for @bytes. */
static void print_to(const struct dump *dump, const struct dump_program *program, int how,
		     FILE *file)
{
	int out = dup(STDOUT_FILENO);

	fflush(stdout);
	rewind(file);
	dup2(fileno(file), STDOUT_FILENO);
	if (how == 2)
		dump_print_json(dump, program);
	else
		dump_print(dump, program, how);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
}

static void print(const struct made *made, int how, char *text, size_t bytes)
{
	FILE *file = tmpfile();
	struct dump dump;
	char why[128];
	size_t length;

	assert_non_null(file);
	assert_true(dump_parse(made->bytes, made->size, &dump, why, sizeof(why)));
	print_to(&dump, NULL, how, file);
	dump_free(&dump);
	rewind(file);
	length = fread(text, 1, bytes - 1, file);
	text[length] = '\0';
	fclose(file);
}

static void has(const char *text, const char *want)
{
	if (!strstr(text, want))
		fail_msg("no \"%s\" in:\n%s", want, text);
}

static void test_fault(void **state)
{
	static struct made made;
	static char text[65536];

	(void)state;
	make_fault(&made);
	print(&made, 0, text, sizeof(text));
	has(text, "Fault: load outside SRAM, address 0x10\n"
		  "  on tile 3, supervisor, pc 0x4c104\n"
		  "  Look for a null");
	has(text, "1970-01-01 00:00:01 UTC, 1.500 s after");
	has(text, "0000:01:00.0: 64 tiles of 624 KiB, interface 1.7");
	has(text, "Linux 6.12.0?[31m\n");
	has(text, "2 of prog[1234], card context 5: tiles 8 to 11 of the card");
	has(text, "has had to stop it 1 of 3 times");
	has(text, "jobs        41: 2 commands at 0x7000, which ends with: Input/output error\n"
		  "            42: 1 commands");
	has(text, "   0x4c102  0001      c.addi\tzero, 0\n");
	has(text, "=> 0x4c104  01002503  lw\ta0, 16(zero)");
	has(text, "supervisor  executes  pc 0x4c104");
	has(text, "=>     1  RUN 4 tiles from 0 on, entry 0x4c000");
	has(text, "Ring: 2 commands were written, 0 of them completed\n"
		  "      0  EXEC 2 commands at 0x7000\n");
	assert_null(strstr(text, "1badb002"));
	print(&made, 1, text, sizeof(text));
	has(text, "v31[15]   1badb002");
	has(text, "stack     00000007");
	has(text, "0x040  FAULT_CAUSE     0x00000022");
}

static void test_walk(void **state)
{
	static struct made made;
	static char text[65536];

	(void)state;
	make_dma(&made);
	print(&made, 0, text, sizeof(text));
	has(text, "Fault: DMA write to a read-only mapping, address 0x9000\n  Map the buffer");
	has(text,
	    "=>     0  COPY_TO_TILES 4 tiles from 0 on, 0x4c000, host 0x9000, 100 bytes * 1 rows");
	has(text,
	    "Page tables for 0x9000\n"
	    "  level 2, entry 0: 0x0000000000100001, table at bus address 0x100000\n"
	    "  level 1, entry 0: 0x0000000000200001, table at bus address 0x200000\n"
	    "  level 0, entry 9: 0x0000000000300001, page at bus address 0x300000, read only\n");
	print(&made, 2, text, sizeof(text));
	has(text, "\"detail\": \"address 0x9000\"");
}

/* Every length but the whole is refused, with a reason. */
static void test_cut(void **state)
{
	static struct made made;
	struct dump dump;
	char why[128];

	(void)state;
	make_fault(&made);
	for (size_t size = 0; size < made.size; size++) {
		why[0] = '\0';
		assert_false(dump_parse(made.bytes, size, &dump, why, sizeof(why)));
		assert_true(why[0]);
	}
}

static void refuse(struct made *made, const char *want)
{
	struct dump dump;
	char why[128] = "";

	assert_false(dump_parse(made->bytes, made->size, &dump, why, sizeof(why)));
	has(why, want);
}

static void test_refused(void **state)
{
	static struct made made;
	struct ipu_dump_header *header = (void *)made.bytes;
	struct ipu_dump_section *first = (void *)(header + 1);

	(void)state;
	make_fault(&made);
	made.bytes[0]++;
	refuse(&made, "not a dump");
	make_fault(&made);
	header->major++;
	refuse(&made, "format 2.0, and this ipu-dump knows 1: use a newer one");
	make_fault(&made);
	header->bytes = 0;
	refuse(&made, "header is damaged");
	make_fault(&made);
	header->size++;
	refuse(&made, "copy it again");
	make_fault(&made);
	first->bytes = UINT64_MAX;
	refuse(&made, "section 0 is damaged");
}

/* ---- random errors ------------------------------------------------------------ */

/* Words and bits become others; most often such that it is still a dump. */
static void spoil(struct made *made)
{
	struct ipu_dump_header *header = (void *)made->bytes;

	random_spoil(made->bytes, made->size, 6);
	if (!random_below(4))
		made->size = random_below((uint32_t)made->size + 1);
	memcpy(made->bytes, IPU_DUMP_MAGIC, sizeof(IPU_DUMP_MAGIC));
	header->major = IPU_DUMP_MAJOR;
	if (random_below(8))
		header->bytes = sizeof(*header);
	if (random_below(8))
		header->size = made->size;
}

static void test_random(void **state)
{
	const char *elf = getenv("IPU_TEST_ELF");
	uint64_t rounds = setting("IPU_TEST_ROUNDS", 20000), read = 0;
	struct dump_program program;
	static struct made made;
	FILE *file = tmpfile();
	struct dump dump;
	char why[128];

	(void)state;
	random_start();
	assert_non_null(file);
	assert_true(!elf || dump_program_open(elf, &program));
	for (uint64_t round = 0; round < rounds; round++) {
		uint8_t *exact;

		if (random_below(2))
			make_fault(&made);
		else
			make_dma(&made);
		spoil(&made);
		/* So that nothing is behind it. */
		exact = malloc(made.size ? made.size : 1);
		assert_non_null(exact);
		memcpy(exact, made.bytes, made.size);
		why[0] = '\0';
		if (dump_parse(exact, made.size, &dump, why, sizeof(why))) {
			read++;
			print_to(&dump, elf && !(round % 8) ? &program : NULL, round % 3, file);
			dump_free(&dump);
		} else {
			assert_true(why[0]);
		}
		free(exact);
	}
	print_message("# %llu of %llu were read\n", (unsigned long long)read,
		      (unsigned long long)rounds);
	assert_true(read > rounds / 10 && read < rounds);
	if (elf)
		dump_program_close(&program);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fault),  cmocka_unit_test(test_walk),
		cmocka_unit_test(test_cut),    cmocka_unit_test(test_refused),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
