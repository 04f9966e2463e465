// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The decoder: finds an instruction's row in ipu_decode_table.def.
 *
 * Rows are put into bins by the bits that every row fixes (the major opcode and
 * funct3; for compressed instructions quadrant and funct3), in the table's order,
 * so that a look-up tries only a few of them.
 */
#include <pthread.h>
#include <string.h>

#include "ipu_decode.h"
#include "ipu_vec_shape.h"

/**
 * struct row - one row of the table
 * @mask, @match: the instruction's bits
 * @format: extracts its operands
 * @shape: of a vector instruction
 */
struct row {
	uint32_t mask;
	uint32_t match;
	ipu_format *format;
	uint32_t shape;
};

static const struct row rows[] = {
#define IPU_INSN(name, mask, match, format, handler, slots) \
	{ mask, match, ipu_fmt_##format, 0 },
#define IPU_VECTOR(name, mask, match, format, shape, slots) \
	{ mask, match, ipu_fmt_##format, shape },
#include "ipu_decode_table.def"
#undef IPU_INSN
#undef IPU_VECTOR
};

#define ROWS		(sizeof(rows) / sizeof(rows[0]))
#define FULL_BINS	256	/* bits 6:2 and 14:12 */
#define SHORT_BINS	32	/* bits 1:0 and 15:13 */
#define BINS		(FULL_BINS + SHORT_BINS)

/* A row whose mask leaves funct3 open is in eight bins; all fix the opcode. */
#define BIN_ENTRIES	(8 * ROWS)

_Static_assert(ROWS <= 1024, "an op has ten bits for its row");

static uint16_t bin_start[BINS + 1];
static uint16_t bin_rows[BIN_ENTRIES];
static pthread_once_t bins_once = PTHREAD_ONCE_INIT;

static unsigned int bin_of(uint32_t bits)
{
	if ((bits & 3) == 3)
		return (bits >> 2 & 0x1f) | (bits >> 12 & 7) << 5;
	return FULL_BINS + ((bits & 3) | (bits >> 13 & 7) << 2);
}

/* some instruction of a bin, all other bits 0 */
static uint32_t bin_bits(unsigned int bin)
{
	if (bin < FULL_BINS)
		return 3 | (bin & 0x1f) << 2 | (bin >> 5) << 12;
	bin -= FULL_BINS;
	return (bin & 3) | (bin >> 2) << 13;
}

static uint32_t bin_mask(unsigned int bin)
{
	return bin < FULL_BINS ? 0x707f : 0xe003;
}

static void fill_bins(void)
{
	unsigned int bin, row, used = 0;

	for (bin = 0; bin < BINS; bin++) {
		bin_start[bin] = used;
		for (row = 0; row < ROWS; row++) {
			uint32_t fixed = rows[row].mask & bin_mask(bin);

			if ((bin_bits(bin) & fixed) == (rows[row].match & fixed) &&
			    bin_of(bin_bits(bin)) == bin)
				bin_rows[used++] = row;
		}
	}
	bin_start[BINS] = used;
}

static const struct row *find_row(uint32_t bits)
{
	unsigned int bin = bin_of(bits);
	unsigned int i;

	for (i = bin_start[bin]; i < bin_start[bin + 1]; i++) {
		const struct row *row = &rows[bin_rows[i]];

		if ((bits & row->mask) == row->match)
			return row;
	}
	return NULL;
}

uint32_t ipu_decode_shape(unsigned int row)
{
	return rows[row].shape;
}

static void take_row(const struct row *row, struct ipu_op *op)
{
	unsigned int index = row - rows;

	op->rs3 = index;
	op->imm |= index >> 8 << IPU_VEC_ROW_SHIFT;
}

int ipu_decode(uint32_t bits, uint32_t pc, struct ipu_insn *insn)
{
	const struct row *row;

	pthread_once(&bins_once, fill_bins);
	memset(insn, 0, sizeof(*insn));
	insn->bytes = ipu_insn_bytes(bits);
	if (insn->bytes == 2)
		bits &= 0xffff;
	row = find_row(bits);
	insn->shape = row ? row->shape : 0;
	if (row && row->format(bits, pc, insn)) {
		if (row->shape)
			take_row(row, &insn->op);
		return row - rows;
	}
	memset(&insn->op, 0, sizeof(insn->op));
	insn->sets_sp = false;
	insn->flow = IPU_FLOW_END;
	return -1;
}
