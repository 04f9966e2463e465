// SPDX-License-Identifier: MIT
/*
 * usage: qemu_seeds FOLDER
 *
 * Inputs for QEMU's generic fuzzer to begin with, one a file in FOLDER: what a driver
 * does to the card. Without them the fuzzer comes to no command in a reasonable time:
 * a command needs a page table, a ring, a context and a doorbell that fit each other.
 *
 * An input is a list of operations with a separator between them. There is none that
 * writes to memory: before a device reads some, the fuzzer fills it with the next of
 * the patterns that were given to it, over and over. So the patterns are what the card
 * reads from a doorbell on, in its order: an entry of the page table's two upper levels
 * each, the lower of which maps 2 MiB, and the command. The card has done what a write
 * of a register is for when the next operation begins (x-settle-us).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_hw.h"
#include "isa/ipu_isa.h"

/* As in QEMU's tests/qtest/fuzz/generic_fuzz.c. */
#define SEPARATOR "FUZZ"

enum operation {
	OP_READ = 2,
	OP_WRITE = 3,
	OP_PCI_WRITE = 5,
	OP_ADD_DMA_PATTERN = 7,
	OP_CLEAR_DMA_PATTERNS = 8,
};

/* Of an access to a device. */
enum size {
	SIZE_WORD = 1,
	SIZE_LONG = 2,
};

/* The function's regions, in the order of their addresses. */
enum region {
	REGION_REGS,
	REGION_MSIX_TABLE,
};

/* Bus addresses: of the page table's two levels, and of what they map */
#define ROOT 0x100000
#define TABLE 0x101000
#define LARGE 0x200000
#define ENTRY IPU_SRAM_BASE /* of a program */

static FILE *file;

static void begin(const char *folder, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	if (!file) {
		perror(path);
		exit(1);
	}
}

static void end(void)
{
	if (fclose(file)) {
		perror("qemu_seeds: cannot write an input");
		exit(1);
	}
}

static void put(uint64_t value, unsigned int bytes)
{
	fwrite(&value, bytes, 1, file);
}

static void separate(void)
{
	fputs(SEPARATOR, file);
}

static void read_reg(uint32_t offset)
{
	put(OP_READ, 1);
	put(SIZE_LONG, 1);
	put(REGION_REGS, 1);
	put(0, 2);
	put(offset, 4);
	separate();
}

static void write_region(enum region region, uint32_t offset, uint32_t value)
{
	put(OP_WRITE, 1);
	put(SIZE_LONG, 1);
	put(region, 1);
	put(0, 2);
	put(offset, 4);
	put(value, 8);
	separate();
}

static void write_reg(uint32_t offset, uint32_t value)
{
	write_region(REGION_REGS, offset, value);
}

static void write_ctx(uint32_t offset, uint32_t value)
{
	write_reg(IPU_CTX_BASE(0) + offset, value);
}

static void write_config(uint8_t offset, uint16_t value)
{
	put(OP_PCI_WRITE, 1);
	put(SIZE_WORD, 1);
	put(0, 1);
	put(offset, 1);
	put(0, 1);
	put(value, 4);
	separate();
}

static void pattern(const void *data, size_t bytes)
{
	put(OP_ADD_DMA_PATTERN, 1);
	put(0, 2); /* no byte of it changes */
	fwrite(data, bytes, 1, file);
	separate();
}

/* What the card reads to find a page, which is any of its context's. */
static void pattern_table(void)
{
	const uint64_t root = TABLE | IPU_PTE_V;
	const uint64_t large = LARGE | IPU_PTE_V | IPU_PTE_W | IPU_PTE_L;

	pattern(&root, sizeof(root));
	pattern(&large, sizeof(large));
}

static void enable(uint32_t flags)
{
	write_ctx(IPU_CTX_TILE_COUNT, 4);
	write_ctx(IPU_CTX_PT_LO, ROOT);
	write_ctx(IPU_CTX_RING_LOG2, 4);
	write_ctx(IPU_CTX_VECTOR, 1);
	write_ctx(IPU_CTX_CTRL, IPU_CTX_CTRL_ENABLE | flags);
}

/* What is read from the ring, and by the commands that are there */
static const struct seed {
	const char *name;
	uint32_t commands;
	uint32_t patterns;
	uint32_t pattern[3][IPU_CMD_SIZE / 4];
} seeds[] = {
	{ "nop", 1, 1, { { IPU_CMD_NOP } } },
	{ "copy-in", 1, 1, { { IPU_CMD_COPY_TO_TILES, 0, 4, ENTRY, 0, 0, 64, 0, 64, 1 } } },
	{ "copy-out",
	  1,
	  1,
	  { { IPU_CMD_COPY_FROM_TILES, 0, 4, ENTRY, 0x1000, 0, 64, 0, 16, 2, 32, 0, 64 } } },
	{ "fill", 1, 1, { { IPU_CMD_FILL, 0, 4, ENTRY, 64, 0x00000013 } } },
	{ "fence", 1, 1, { { IPU_CMD_FENCE | IPU_CMD_FENCE_IRQ, 0, 0, 0, 0x1000, 0, 7 } } },
	{ "exec", 1, 2, { { IPU_CMD_EXEC, 0, 0, 0, 0x2000, 0, 2 }, { IPU_CMD_NOP } } },
	/* Jumps to themselves, illegal instructions, a call of the environment */
	{ "run-loop",
	  2,
	  2,
	  { { IPU_CMD_FILL, 0, 4, ENTRY, 4, 0x0000006f }, { IPU_CMD_RUN, 0, 4, ENTRY, 0x3000 } } },
	{ "run-illegal",
	  2,
	  2,
	  { { IPU_CMD_FILL, 0, 4, ENTRY, 64, 0 }, { IPU_CMD_RUN, 0, 4, ENTRY, 0x3000 } } },
	{ "run-profile",
	  2,
	  2,
	  { { IPU_CMD_FILL, 0, 4, ENTRY, 64, 0x00000073 },
	    { IPU_CMD_RUN, 0, 4, ENTRY, 0x3000, 0, 0, 0, 0x4000 } } },
	/* Of each kind an instruction: integers, memory, floating point, vectors; a loop */
	{ "run-program",
	  2,
	  3,
	  { { IPU_CMD_COPY_TO_TILES, 0, 4, ENTRY, 0x1000, 0, 0, 0, 64, 1 },
	    { 0x00100513 /* li a0, 1 */, 0x0004d5b7 /* lui a1, 0x4d */,
	      0x00a5a023 /* sw a0, (a1) */, 0x0005a603 /* lw a2, (a1) */,
	      0x02c50633 /* mul a2, a0, a2 */, 0x00a5a62f /* amoadd.w a2, a0, (a1) */,
	      0x0005a007 /* flw f0, (a1) */, 0x000070d3 /* fadd.s f1, f0, f0 */,
	      0x0d0072d7 /* vsetvli t0, x0, e32, m1, ta, ma */, 0x0205e087 /* vle32.v v1, (a1) */,
	      0x02108157 /* vadd.vv v2, v1, v1 */, 0x0205e127 /* vse32.v v2, (a1) */,
	      0xfd1ff06f /* j .-48 */ },
	    { IPU_CMD_RUN, 0, 4, ENTRY, 0x3000 } } },
};

static void write_seed(const char *folder, const struct seed *seed)
{
	uint32_t i;

	begin(folder, seed->name);
	pattern_table();
	for (i = 0; i < seed->patterns; i++)
		pattern(seed->pattern[i], IPU_CMD_SIZE);
	enable(IPU_CTX_CTRL_PRIV);
	write_reg(IPU_DOORBELL(0), seed->commands);
	read_reg(IPU_CTX_BASE(0) + IPU_CTX_STATUS);
	write_ctx(IPU_CTX_CTRL, 0);
	end();
}

/* Interrupts, with the vector masked and not, and a context that is wrong. */
static void write_interrupt(const char *folder)
{
	begin(folder, "interrupt");
	write_region(REGION_MSIX_TABLE, 16, LARGE);
	write_region(REGION_MSIX_TABLE, 24, 1);
	write_region(REGION_MSIX_TABLE, 28, 0);
	write_ctx(IPU_CTX_VECTOR, 1);
	write_ctx(IPU_CTX_COALESCE, 0x00010002);
	write_ctx(IPU_CTX_TILE_FIRST, 4);
	write_ctx(IPU_CTX_CTRL, IPU_CTX_CTRL_ENABLE);
	write_ctx(IPU_CTX_EVENT, IPU_CTX_EVENT_FAULT);
	write_ctx(IPU_CTX_CTRL, 0);
	end();
}

/* A context that is debugged halts, is read and written, and goes on. */
static void write_debug(const char *folder)
{
	begin(folder, "debug");
	pattern_table();
	enable(IPU_CTX_CTRL_CLEAR);
	write_ctx(IPU_CTX_DBG_CTRL, IPU_CTX_DBG_ENABLE | IPU_CTX_DBG_AT_START);
	write_ctx(IPU_CTX_DBG_CMD, IPU_CTX_DBG_HALT);
	write_ctx(IPU_CTX_DBG_UNIT, IPU_UNIT_SUPERVISOR);
	write_ctx(IPU_CTX_DBG_ADDR, IPU_DBG_REG | IPU_DBG_REG_PC);
	write_ctx(IPU_CTX_DBG_DATA, ENTRY);
	write_ctx(IPU_CTX_DBG_ADDR, ENTRY);
	read_reg(IPU_CTX_BASE(0) + IPU_CTX_DBG_DATA);
	write_ctx(IPU_CTX_DBG_POINT(0) + IPU_DBG_POINT_ADDR, ENTRY);
	write_ctx(IPU_CTX_DBG_POINT(0) + IPU_DBG_POINT_ACCESS, IPU_DBG_EXEC);
	write_ctx(IPU_CTX_DBG_CMD, IPU_CTX_DBG_GO | IPU_CTX_DBG_STEP);
	end();
}

/* A queue of user space's; the card is reset while there is work. */
static void write_queue(const char *folder)
{
	const uint32_t fence[IPU_CMD_SIZE / 4] = { IPU_CMD_FENCE, 0, 0, 0, 0x1000, 0, 9 };

	begin(folder, "queue");
	pattern_table();
	pattern(fence, sizeof(fence));
	enable(0);
	write_ctx(IPU_CTX_UQ(0) + IPU_UQ_RING_LO, 0x5000);
	write_ctx(IPU_CTX_UQ(0) + IPU_UQ_RING_LOG2, 4);
	write_ctx(IPU_CTX_UQ(0) + IPU_UQ_CTRL, IPU_UQ_ENABLE);
	write_ctx(IPU_CTX_UQ(0) + IPU_UQ_ARM_LO, 9);
	write_ctx(IPU_CTX_UQ(0) + IPU_UQ_ARM_HI, 0);
	write_reg(IPU_UQ_DOORBELL(0), 1);
	write_reg(IPU_REG_CTRL, IPU_CTRL_RESET);
	end();
}

/* The function is put to sleep and woken up, reset, and has no bus mastering. */
static void write_function(const char *folder)
{
	const uint8_t command = 0x04, power = 0x44, control = 0x48 + 8;

	begin(folder, "function");
	pattern_table();
	enable(0);
	write_config(power, 3);
	write_reg(IPU_DOORBELL(0), 1);
	write_config(power, 0);
	write_config(command, 2);
	put(OP_CLEAR_DMA_PATTERNS, 1);
	separate();
	write_config(control, 0x8000);
	write_config(command, 6);
	end();
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc != 2) {
		fprintf(stderr, "usage: qemu_seeds FOLDER\n");
		return 2;
	}
	for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		write_seed(argv[1], &seeds[i]);
	write_interrupt(argv[1]);
	write_debug(argv[1]);
	write_queue(argv[1]);
	write_function(argv[1]);
	return 0;
}
