// SPDX-License-Identifier: MIT
/*
 * Running a program on a tile: the supervisor of one tile of the model, in this thread.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "isa/ipu_isa.h"
#include "tile/ipu_tile.h"
#include "runner.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool load_segment(FILE *file, const Elf32_Phdr *segment, uint8_t *sram)
{
	uint32_t offset = segment->p_vaddr - IPU_SRAM_BASE;

	if (segment->p_type != PT_LOAD)
		return true;
	if (offset > IPU_SRAM_SIZE || segment->p_memsz > IPU_SRAM_SIZE - offset ||
	    segment->p_filesz > segment->p_memsz || fseek(file, segment->p_offset, SEEK_SET))
		return false;
	return fread(sram + offset, 1, segment->p_filesz, file) == segment->p_filesz;
}

/* Return: the entry point, or 0 if the file is no program for a tile */
static uint32_t load_file(FILE *file, uint8_t *sram)
{
	Elf32_Ehdr header;
	Elf32_Phdr segment;
	unsigned int i;

	if (fread(&header, sizeof(header), 1, file) != 1 ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) || header.e_machine != EM_RISCV ||
	    header.e_ident[EI_CLASS] != ELFCLASS32)
		return 0;
	for (i = 0; i < header.e_phnum; i++) {
		long at = (long)header.e_phoff + (long)(i * sizeof(segment));

		if (fseek(file, at, SEEK_SET) || fread(&segment, sizeof(segment), 1, file) != 1 ||
		    !load_segment(file, &segment, sram))
			return 0;
	}
	return header.e_entry;
}

static uint32_t load(const char *path, uint8_t *sram)
{
	FILE *file = fopen(path, "rb");
	uint32_t entry;

	if (!file) {
		fprintf(stderr, "bench: cannot open %s\n", path);
		return 0;
	}
	entry = load_file(file, sram);
	fclose(file);
	if (!entry)
		fprintf(stderr, "bench: %s is no program for a tile\n", path);
	return entry;
}

static bool ended_in(struct ipu_tile *tile, enum ipu_tile_state want, const char *path)
{
	enum ipu_tile_state state = ipu_tile_run(tile, UINT64_MAX);
	struct ipu_tile_fault fault;

	if (state == want)
		return true;
	ipu_tile_fault(tile, &fault);
	fprintf(stderr, "bench: %s: state %d on a tile, cause 0x%x at pc 0x%x, addr 0x%x\n", path,
		state, fault.cause, fault.pc, fault.addr);
	return false;
}

static bool run(struct ipu_tile *tile, const char *path, struct bench_sample *sample)
{
	uint64_t instructions;
	double begun;

	if (!ended_in(tile, IPU_TILE_SYNC_EXTERNAL, path))
		return false;
	ipu_tile_release(tile, ipu_tile_cycles(tile));
	instructions = ipu_tile_instructions(tile);
	begun = now();
	if (!ended_in(tile, IPU_TILE_EXITED, path))
		return false;
	sample->seconds = now() - begun;
	sample->instructions = (double)(ipu_tile_instructions(tile) - instructions);
	sample->checksum = ipu_tile_exit_code(tile);
	return true;
}

bool bench_run_tile(const char *path, uint32_t rounds, struct bench_sample *sample)
{
	struct ipu_tile_start start = { .tiles = 1, .sp = IPU_SRAM_END, .arg = rounds };
	uint8_t *sram = aligned_alloc(4096, IPU_SRAM_SIZE);
	struct ipu_budget budget = { .limit = 64u << 20 };
	struct ipu_code_cache *cache = ipu_code_cache_new(&budget);
	struct ipu_tile *tile = sram && cache ? ipu_tile_new(sram, cache, IPU_VLEN_DEFAULT) : NULL;
	bool done = false;

	if (tile) {
		memset(sram, 0, IPU_SRAM_SIZE);
		start.entry = load(path, sram);
		if (start.entry) {
			ipu_tile_start(tile, &start);
			done = run(tile, path, sample);
		}
	} else {
		fprintf(stderr, "bench: no memory for a tile\n");
	}
	ipu_tile_free(tile);
	ipu_code_cache_free(cache);
	free(sram);
	return done;
}
