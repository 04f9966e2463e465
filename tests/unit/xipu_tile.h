/* SPDX-License-Identifier: MIT */
/*
 * What the tests of Xipu's vector instructions share: a tile of any VLEN, in any
 * tier, and short programs for it that are put together instruction by instruction.
 */
#ifndef XIPU_TILE_H
#define XIPU_TILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ipu_hw.h"
#include "isa/ipu_isa.h"
#include "tile/ipu_tile.h"
#include "vector/ipu_vec.h"

/**
 * struct xipu_tile - a tile and the program that is being made
 * @end: address behind the program's last instruction
 */
struct xipu_tile {
	uint8_t *sram;
	struct ipu_budget budget;
	struct ipu_code_cache *cache;
	struct ipu_tile *tile;
	uint32_t end;
};

/** xipu_random - 32 random bits; all tests begin with the same */
uint32_t xipu_random(void);

/** xipu_tile_new - a tile; @tier is used by all tiles until the next call, if the host has it */
struct xipu_tile *xipu_tile_new(unsigned int vlen, enum ipu_vec_tier tier);
void xipu_tile_free(struct xipu_tile *t);

/** xipu_at - the byte at an address; xipu_set_word - change a word */
static inline uint8_t *xipu_at(struct xipu_tile *t, uint32_t address)
{
	return t->sram + (address - IPU_SRAM_BASE);
}

static inline void xipu_set_word(struct xipu_tile *t, uint32_t address, uint32_t value)
{
	memcpy(xipu_at(t, address), &value, sizeof(value));
}

/** xipu_begin - a new program, which sets frm and clears the flags */
void xipu_begin(struct xipu_tile *t, unsigned int frm);

/* Add to the program: an instruction; a register's value; and what is made of these. */
void xipu_emit(struct xipu_tile *t, uint32_t instruction);
void xipu_emit_li(struct xipu_tile *t, unsigned int reg, uint32_t value);
void xipu_emit_prng(struct xipu_tile *t, const uint64_t *state);
void xipu_emit_set(struct xipu_tile *t, uint32_t vtype, uint32_t vl);

/* whole vector registers, @count of 1, 2, 4 or 8 of them */
void xipu_emit_load(struct xipu_tile *t, unsigned int reg, uint32_t address, unsigned int count);
void xipu_emit_store(struct xipu_tile *t, unsigned int reg, uint32_t address, unsigned int count);

/** xipu_run - run the program, which must get to its end */
void xipu_run(struct xipu_tile *t);

/** xipu_run_to_fault - run the program to whatever it ends with */
struct ipu_tile_fault xipu_run_to_fault(struct xipu_tile *t);

/** xipu_flags - fflags afterwards; xipu_prng - half of the generator's state */
uint8_t xipu_flags(const struct xipu_tile *t);
uint64_t xipu_prng(const struct xipu_tile *t, unsigned int half);

#endif /* XIPU_TILE_H */
