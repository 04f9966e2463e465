// SPDX-License-Identifier: MIT
/*
 * Printing how logs differ, see vec_report.h.
 */
#include "vec_report.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "encode.h"

static void print_vector(const char *what, const struct vec_image *image, const uint32_t *entry,
			 unsigned int reg)
{
	const unsigned int words = image->layout.vlen / 32;
	unsigned int i;

	printf("#  %s v%u:", what, reg);
	for (i = 0; i < words; i++)
		printf(" %08x", entry[VEC_ENTRY_V + reg * words + i]);
	printf("\n");
}

/* all registers of the instruction, before it */
static void print_before(const struct vec_image *image, const uint32_t *before, uint32_t bits)
{
	static const uint8_t fields[] = { 7, 15, 20 };
	unsigned int i, reg;

	printf("#  before: fcsr %02x vcsr %x vl %u vtype %02x\n", before[VEC_ENTRY_FCSR],
	       before[VEC_ENTRY_VCSR], before[VEC_ENTRY_VL], before[VEC_ENTRY_VTYPE]);
	if (!(bits & 1u << 25))
		print_vector("before", image, before, 0);
	for (i = 0; i < sizeof(fields); i++) {
		reg = diff_get(bits, fields[i] + 4, fields[i]);
		print_vector("before", image, before, reg);
		if (reg >= VEC_ENTRY_X)
			printf("#  before x%u: %08x, f%u: %08x\n", reg, before[reg], reg,
			       before[VEC_ENTRY_F + reg]);
	}
}

static void print_word(const char *name, unsigned int i, uint32_t ours, uint32_t theirs)
{
	printf("#  %s%u: ours %08x, theirs %08x\n", name, i, ours, theirs);
}

void vec_print_entry(const struct vec_image *image, const uint32_t *before, const uint32_t *ours,
		     const uint32_t *theirs)
{
	static const char *const names[] = { "return", "fcsr",	"vcsr",	  "vstart",
					     "vl",     "vtype", "window", "iterations" };
	const unsigned int vlen = image->layout.vlen;
	const unsigned int words = vec_entry_bytes(ours, vlen) / 4, v = vlen / 32;
	const uint32_t pc = ours[VEC_ENTRY_RETURN] - 8, bits = vec_image_word(image, pc);
	const char *name = vec_row_name(bits);
	unsigned int i, lines = 0;

	printf("# first difference after %s (%08x) at 0x%x, VLEN %u, %u iterations to go\n",
	       name ? name : "?", bits, pc, vlen, ours[VEC_ENTRY_COUNT]);
	diff_print_code(image->sram, pc - 16, pc + 4);
	printf("#  vl %u vtype %02x\n", ours[VEC_ENTRY_VL], ours[VEC_ENTRY_VTYPE]);
	if (before)
		print_before(image, before, bits);
	for (i = 0; i < words && lines < 12; i++) {
		if (ours[i] == theirs[i])
			continue;
		lines++;
		if (i < VEC_ENTRY_X)
			printf("#  %s: ours %x, theirs %x\n", names[i], ours[i], theirs[i]);
		else if (i < VEC_ENTRY_F)
			print_word("x", i, ours[i], theirs[i]);
		else if (i < VEC_ENTRY_V)
			print_word("f", i - VEC_ENTRY_F, ours[i], theirs[i]);
		else if (i < VEC_ENTRY_V + 32 * v)
			printf("#  v%u word %u: ours %08x, theirs %08x\n", (i - VEC_ENTRY_V) / v,
			       (i - VEC_ENTRY_V) % v, ours[i], theirs[i]);
		else
			print_word("window word ", i - VEC_ENTRY_V - 32 * v, ours[i], theirs[i]);
	}
}
