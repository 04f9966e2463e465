/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the tile engine share: a tile with an assembled image in
 * its SRAM (see tile.ld), and the programs in that image by name.
 */
#ifndef TILE_ENV_H
#define TILE_ENV_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipu_hw.h"
#include "isa/ipu_isa.h"
#include "tile/ipu_tile.h"

#define REG_RA 1
#define REG_SP 2
#define REG_S0 8
#define REG_A0 10
#define REG_A1 11
#define REG_A2 12
#define REG_PC 32
#define REG_F(n) (33 + (n))
#define REG_FA0 REG_F(10)
#define REG_FCSR 65

/* Bytes that decoded code may take: more than all that a tile can hold. */
#define ENV_CODE_BYTES (32u << 20)

/* CSRs IPU_CSR_TILE and IPU_CSR_TILES of the tests' tile */
#define ENV_TILE 3
#define ENV_TILES 5

/**
 * struct tile_env - a tile and its image
 * @sram: the tile's memory
 * @budget: of the decoded code
 * @image: what was read from the file, for tile_env_load()
 */
struct tile_env {
	uint8_t *sram;
	struct ipu_budget budget;
	struct ipu_code_cache *cache;
	struct ipu_tile *tile;
	uint8_t *image;
	size_t image_size;
};

/** tile_env_new - a tile, with the image of a file unless @path is NULL; exits on failure */
struct tile_env *tile_env_new(const char *path);

/** tile_env_new_vlen - the same with vector registers of @vlen bits */
struct tile_env *tile_env_new_vlen(const char *path, unsigned int vlen);
void tile_env_free(struct tile_env *env);

/**
 * tile_env_each_tier - check with all handlers of vector instructions that the host has
 * @vlen: bits of a vector register
 * @check: called with a new tile for each tier of handlers, to which vectors are limited then
 */
void tile_env_each_tier(unsigned int vlen, void (*check)(struct tile_env *env, int tier));

/** TILE_ENV_VLEN - a test of cmocka's with the name vlen_@bits, whose state is that number */
#define TILE_ENV_VLEN(bits, test) { "vlen_" #bits, test, NULL, NULL, (void *)(uintptr_t)(bits) }

/** tile_env_load - SRAM as new: the image, followed by zeros; the tile is reset */
void tile_env_load(struct tile_env *env);

/** tile_env_image - the image's file for tile_env_setup(), from the command line */
extern const char *tile_env_image;

/** tile_env_setup - a test's set-up: its state is a tile with the image loaded */
int tile_env_setup(void **state);
int tile_env_teardown(void **state);

/** tile_env_entry - address of a program of the image: an entry of section .programs */
uint32_t tile_env_entry(struct tile_env *env, const char *name);

/** tile_env_start - start the tile at an address, sp at the end of SRAM, a0 = @arg */
void tile_env_start(struct tile_env *env, uint32_t entry, uint32_t arg);

/** tile_env_run - load, start program @name and run it until it stops */
enum ipu_tile_state tile_env_run(struct tile_env *env, const char *name, uint32_t arg);

/** tile_env_finish - run the tile until it stops */
enum ipu_tile_state tile_env_finish(struct tile_env *env);

uint32_t tile_env_word(const struct tile_env *env, uint32_t addr);
void tile_env_set_word(struct tile_env *env, uint32_t addr, uint32_t value);

/** tile_env_expect_fault - check the whole fault record of the tile */
void tile_env_expect_fault(const struct tile_env *env, uint32_t cause, uint32_t unit, uint32_t pc,
			   uint32_t addr, uint32_t info);

/** tile_env_reg - a register of the supervisor */
static inline uint32_t tile_env_reg(const struct tile_env *env, unsigned int reg)
{
	return ipu_tile_get_reg(env->tile, IPU_UNIT_SUPERVISOR, reg);
}

#endif /* TILE_ENV_H */
