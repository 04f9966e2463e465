// SPDX-License-Identifier: MIT
/*
 * Images of many programs, see image.h.
 */
#include "image.h"

#include <string.h>

#include "encode.h"
#include "random.h"

#define HEAD_OFFSET 4
#define STUB_BYTES 64 /* more than the instructions around a program */

static uint32_t block_of(const struct diff_image *image, unsigned int program)
{
	return image->head.blocks + program * sizeof(struct diff_state);
}

static void put(struct diff_image *image, uint32_t addr, const void *bytes, uint32_t len)
{
	memcpy(image->sram + (addr - IPU_SRAM_BASE), bytes, len);
}

/* append instructions */
static void append(struct diff_image *image, const void *bytes, uint32_t len)
{
	put(image, IPU_SRAM_BASE + image->size, bytes, len);
	image->size += len;
}

static void append_word(struct diff_image *image, uint32_t bits)
{
	append(image, &bits, sizeof(bits));
}

static void append_jal(struct diff_image *image, uint32_t rd, uint32_t target)
{
	append_word(image, diff_jal(rd, target - (IPU_SRAM_BASE + image->size)));
}

/* the programs' memory initially holds operands */
static void fill_memory(struct diff_image *image, uint64_t seed, uint64_t first)
{
	struct diff_random random;
	unsigned int i;

	diff_seed(&random, seed, ~first);
	for (i = 0; i < DIFF_MEMORY; i += 4) {
		uint32_t word = i % 8 ? diff_float(&random) : diff_integer(&random);

		put(image, image->head.memory_init + i, &word, sizeof(word));
	}
}

static void append_program(struct diff_image *image, struct diff_program *program)
{
	const uint32_t block = block_of(image, image->programs);

	program->state.x[DIFF_REG_LOW] = image->head.memory;
	program->state.x[DIFF_REG_MIDDLE] = image->head.memory + DIFF_MEMORY / 2;
	program->state.x[DIFF_REG_BLOCK] = block;
	put(image, block, &program->state, sizeof(program->state));

	append_word(image, diff_lui(DIFF_REG_BLOCK, block));
	append_word(image, diff_addi(DIFF_REG_BLOCK, DIFF_REG_BLOCK, block));
	append_jal(image, 1, image->head.load_state);
	append_word(image, diff_lw(1, DIFF_REG_BLOCK, 4));
	append(image, program->code, 2 * program->halves);
	append_word(image, diff_sw(1, DIFF_REG_BLOCK, 4));
	append_jal(image, 1, image->head.save_state);
	image->start[++image->programs] = IPU_SRAM_BASE + image->size;
}

void diff_image_build(struct diff_image *image, const uint8_t *runtime, size_t runtime_bytes,
		      uint64_t seed, uint64_t first, unsigned int most)
{
	struct diff_head *head = &image->head;
	struct diff_program program;

	memset(image, 0, sizeof(*image));
	memcpy(image->sram, runtime, runtime_bytes);
	memcpy(head, runtime + HEAD_OFFSET, sizeof(*head));
	head->blocks = head->runtime_end;
	head->programs = head->blocks + most * sizeof(struct diff_state);
	image->start[0] = head->programs;
	image->size = head->programs - IPU_SRAM_BASE;
	fill_memory(image, seed, first);
	while (image->programs < most) {
		diff_generate(&program, seed, first + image->programs, head->memory);
		if (image->size + 2 * program.halves + 2 * STUB_BYTES > IPU_SRAM_SIZE)
			break;
		append_program(image, &program);
	}
	append_jal(image, 0, head->finish);
	head->blocks_bytes = image->programs * sizeof(struct diff_state);
	memcpy(image->sram + HEAD_OFFSET, head, sizeof(*head));
}

int diff_image_program(const struct diff_image *image, uint32_t pc)
{
	unsigned int i;

	for (i = 0; i < image->programs; i++)
		if (pc >= image->start[i] && pc < image->start[i + 1])
			return i;
	return -1;
}
