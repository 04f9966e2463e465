// SPDX-License-Identifier: MIT
/*
 * Images of many vector programs, see vec_image.h.
 */
#include "vec_image.h"

#include <string.h>

#include "encode.h"
#include "random.h"

#define HEAD_OFFSET 4
#define FINISH_BYTES 16 /* more than the code after the last program */

static void put(struct vec_image *image, uint32_t addr, const void *bytes, uint32_t len)
{
	memcpy(image->sram + (addr - IPU_SRAM_BASE), bytes, len);
}

/* a run of bytes of one kind: any, ones or zeros */
static void fill_mask(struct diff_random *random, uint8_t *area)
{
	unsigned int i, left = 0, kind = 0;

	for (i = 0; i < VEC_AREA_BYTES; i++) {
		if (!left--) {
			left = 16 + diff_below(random, 200);
			kind = diff_below(random, 4);
		}
		area[i] = kind == 0 ? 0 : kind == 1 ? 0xff : diff_bits(random);
	}
}

static uint16_t random_short(struct diff_random *random)
{
	uint32_t value = diff_integer(random);

	return diff_chance(random, 4) ? value >> 16 : value;
}

static void fill_area(struct diff_random *random, enum vec_area area, uint8_t *bytes,
		      uint32_t offsets)
{
	uint32_t *words = (uint32_t *)(void *)bytes, i, high;

	if (area == VEC_AREA_MASK) {
		fill_mask(random, bytes);
		return;
	}
	for (i = 0; i < VEC_AREA_BYTES / 4; i++) {
		switch (area) {
		case VEC_AREA_INT8:
			high = diff_integer(random) << 16;
			words[i] = (diff_integer(random) & 0xff00ff) | (high & 0xff00ff00);
			words[i] ^= diff_chance(random, 2) ? diff_bits(random) & 0xff00ff00 : 0;
			break;
		case VEC_AREA_INT16:
			high = random_short(random);
			words[i] = random_short(random) | high << 16;
			break;
		case VEC_AREA_INT32:
			words[i] = diff_integer(random);
			break;
		case VEC_AREA_F16:
			high = diff_half(random);
			words[i] = diff_half(random) | high << 16;
			break;
		case VEC_AREA_F32:
			words[i] = diff_float(random);
			break;
		case VEC_AREA_FREG:
			words[i] = diff_float_register(random);
			break;
		case VEC_AREA_FINITE:
			words[i] = diff_finite(random);
			break;
		case VEC_AREA_INDEX16:
			high = diff_below(random, offsets);
			words[i] = diff_below(random, offsets) | high << 16;
			break;
		default:
			words[i] = diff_below(random, offsets);
			break;
		}
	}
}

static void fill_areas(struct vec_image *image, uint64_t seed)
{
	const uint32_t window = vec_window_bytes(image->layout.vlen);
	uint8_t *bytes = image->sram + (image->layout.areas - IPU_SRAM_BASE);
	struct diff_random random;
	unsigned int area;

	diff_seed(&random, seed, ~0ull);
	/* a program adds up to 32 to an index, and up to 8 fields of 4 bytes may follow */
	for (area = 0; area < VEC_AREAS; area++)
		fill_area(&random, area, bytes + area * VEC_AREA_BYTES, window - 64);
}

static void take_layout(struct vec_image *image, struct vec_head *head)
{
	struct vec_layout *layout = &image->layout;

	head->window = IPU_SRAM_END - vec_window_bytes(layout->vlen);
	head->log = VEC_LOG;
	head->log_limit = layout->dense ? VEC_LOG : VEC_LOG_LIMIT;
	head->programs = head->runtime_end;
	layout->begin = head->begin;
	layout->fresh = head->fresh;
	layout->dump = head->dump;
	layout->dump_window = head->dump_window;
	layout->areas = head->areas;
	layout->window = head->window;
}

void vec_image_build(struct vec_image *image, const uint8_t *runtime, size_t runtime_bytes,
		     uint64_t seed, uint64_t first, unsigned int most)
{
	struct vec_program program;
	struct vec_head head;
	uint32_t at, jump;

	memset(image->sram, 0, sizeof(image->sram));
	memcpy(image->sram, runtime, runtime_bytes);
	memcpy(&head, runtime + HEAD_OFFSET, sizeof(head));
	take_layout(image, &head);
	put(image, IPU_SRAM_BASE + HEAD_OFFSET, &head, sizeof(head));
	fill_areas(image, seed);
	image->programs = 0;
	for (at = head.programs; image->programs < most; at += 4 * program.words) {
		image->start[image->programs] = at;
		program.at = at;
		vec_generate(&program, &image->layout, seed, first + image->programs);
		if (at + 4 * program.words + FINISH_BYTES > VEC_LOG)
			break;
		put(image, at, program.code, 4 * program.words);
		image->programs++;
	}
	image->start[image->programs] = at;
	jump = diff_jal(0, head.finish - at);
	put(image, at, &jump, sizeof(jump));
}

int vec_image_program(const struct vec_image *image, uint32_t pc)
{
	unsigned int i;

	for (i = 0; i < image->programs; i++)
		if (pc >= image->start[i] && pc < image->start[i + 1])
			return i;
	return -1;
}

uint32_t vec_image_word(const struct vec_image *image, uint32_t addr)
{
	uint32_t word = 0;

	if (addr >= IPU_SRAM_BASE && addr <= IPU_SRAM_END - sizeof(word))
		memcpy(&word, image->sram + (addr - IPU_SRAM_BASE), sizeof(word));
	return word;
}
