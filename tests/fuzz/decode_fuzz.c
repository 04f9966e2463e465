// SPDX-License-Identifier: MIT
/*
 * Fuzzes the decoder and the execution: any words are executed on a tile. The
 * first byte of an input chooses VLEN, vtype, and whether a debugger watches memory,
 * the second which registers point into SRAM, and the words after them are the program.
 *
 * Any outcome is accepted without undefined behaviour or an access outside SRAM,
 * if the tile stops when it is told to.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tile/ipu_handlers.h"
#include "isa/ipu_disasm.h"
#include "ipu_hw.h"
#include "isa/ipu_isa.h"
#include "tile/ipu_tile.h"
#include "vector/ipu_vec.h"

#define WORDS_MAX 64
#define INSTRUCTIONS 1000
#define STOPS 50

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t sram[IPU_SRAM_SIZE] __attribute__((aligned(4096)));

static void check(bool good, const char *what, uint32_t bits)
{
	if (good)
		return;
	fprintf(stderr, "decode_fuzz: %s: 0x%08x\n", what, bits);
	abort();
}

/* a word alone: there is a handler, and a text */
static void decode(uint32_t bits)
{
	char text[IPU_DISASM_TEXT];
	struct ipu_insn insn;

	ipu_decode_op(bits, IPU_SRAM_BASE, &insn);
	check(insn.op.fn, "no handler", bits);
	check(insn.bytes == ipu_insn_bytes(bits), "another length than its first bits say", bits);
	check(ipu_disasm(bits, IPU_SRAM_BASE, text) == insn.bytes && text[0], "no text", bits);
}

/* registers from the input's bytes, half of them near the end or the start of SRAM */
static void set_registers(struct ipu_tile *tile, uint8_t choice, const uint8_t *data, size_t size)
{
	unsigned int i;
	uint32_t value;

	for (i = 1; i < 32; i++) {
		value = data[i % size] * 0x01010101u;
		if (choice >> i % 8 & 1)
			value = (i & 1 ? IPU_SRAM_END - 256 : IPU_SRAM_BASE + 0x8000) +
				data[i % size];
		ipu_tile_set_reg(tile, IPU_UNIT_SUPERVISOR, i, value);
	}
}

/* the program, behind an instruction that sets vtype and vl */
static void load(const uint8_t *data, size_t size, uint8_t choice)
{
	const uint32_t vtype = choice >> 2 & 0x1f;
	const uint32_t vsetvli = vtype << 20 | 7 << 12 | 1 << 7 | 0x57;

	memset(sram, 0, sizeof(sram));
	memcpy(sram, &vsetvli, sizeof(vsetvli));
	memcpy(sram + sizeof(vsetvli), data, size);
}

/* what is watched: around where registers point to, or anywhere */
static void set_points(struct ipu_tile_points *points, const uint8_t *data, size_t size)
{
	unsigned int i;

	points->count = 1 + data[0] % 4;
	for (i = 0; i < points->count; i++) {
		points->point[i].access = data[(i + 1) % size] & 7;
		points->point[i].tile = IPU_DBG_ALL_TILES;
		points->point[i].addr = IPU_SRAM_END - 256 + data[(i + 2) % size];
		points->point[i].len = data[(i + 3) % size];
		if (data[(i + 3) % size] & 1)
			points->point[i].len <<= 24;
		if (data[(i + 4) % size] & 1)
			points->point[i].addr = IPU_SRAM_BASE;
	}
}

/* Run it; at each stop it goes on with a step and without one, in turns. */
static void run(struct ipu_tile *tile)
{
	unsigned int stops = 0;

	ipu_tile_run(tile, INSTRUCTIONS);
	while (ipu_tile_state(tile) == IPU_TILE_RUNNING && ipu_tile_stop(tile).reason &&
	       stops++ < STOPS) {
		ipu_tile_go(tile, stops & 1 ? ipu_tile_stop(tile).unit : IPU_UNIT_NONE,
			    IPU_UNIT_NONE);
		ipu_tile_run(tile, INSTRUCTIONS);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipu_tile_points points;
	const struct ipu_tile_start start = { .tiles = 1, .entry = IPU_SRAM_BASE };
	struct ipu_budget budget = { .limit = 4u << 20 };
	struct ipu_code_cache *cache;
	struct ipu_tile *tile;
	size_t bytes, i;
	uint32_t bits;

	if (size < 6)
		return 0;
	bytes = size - 2 < 4 * WORDS_MAX ? size - 2 : 4 * WORDS_MAX;
	for (i = 2; i + 4 <= bytes + 2; i += 4) {
		memcpy(&bits, data + i, sizeof(bits));
		decode(bits);
	}
	load(data + 2, bytes, data[0]);
	cache = ipu_code_cache_new(&budget);
	tile = cache ? ipu_tile_new(sram, cache, 128u << (data[0] & 3)) : NULL;
	if (!tile)
		return 0;
	ipu_tile_start(tile, &start);
	set_registers(tile, data[1], data + 2, bytes);
	set_points(&points, data + 2, bytes);
	ipu_tile_debug(tile, data[0] & 0x80 ? &points : NULL, 0);
	run(tile);
	ipu_tile_free(tile);
	ipu_code_cache_free(cache);
	return 0;
}
