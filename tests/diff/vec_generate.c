// SPDX-License-Identifier: MIT
/*
 * Random vector programs, see vec_generate.h. A program is a loop over items: one
 * vector instruction with what it needs before it (a vtype under which it is
 * legal, the address of a memory instruction) and now and then what makes it more
 * interesting (fresh operands, another mask, vstart, a rounding mode).
 */
#include "vec_generate.h"

#include <stdio.h>
#include <string.h>

#include "isa/ipu_decode.h"
#include "isa/ipu_isa.h"
#include "isa/ipu_vec_shape.h"
#include "vec_encode.h"

#define ITERATIONS 8
#define ITEM_MAX 48 /* words that one more item may take, and the end of the program */
#define TRIES 40 /* of operands for one instruction under one vtype */

struct row {
	const char *name;
	uint32_t mask;
	uint32_t match;
	uint32_t shape;
};

static const struct row rows[] = {
#define IPU_INSN(name, mask, match, format, handler, slots) { #name, mask, match, 0 },
#define IPU_VECTOR(name, mask, match, format, shape, slots) { #name, mask, match, shape },
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
#undef IPU_VECTOR
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* what has been generated, by SEW and bit vm */
static bool seen[ROWS][3][2];

/**
 * struct generator - a program under construction
 * @key: SEW and LMUL at this point, or IPU_VKEY_NONE
 */
struct generator {
	struct diff_random random;
	struct vec_program *program;
	const struct vec_layout *layout;
	unsigned int key;
};

/* ---- Output -------------------------------------------------------------------------------- */

static uint32_t here(const struct generator *g)
{
	return g->program->at + 4 * g->program->words;
}

static void emit(struct generator *g, uint32_t bits)
{
	g->program->code[g->program->words++] = bits;
}

static void emit_call(struct generator *g, uint32_t target)
{
	emit(g, diff_jal(1, target - here(g)));
}

static void emit_constant(struct generator *g, uint32_t reg, uint32_t value)
{
	emit(g, diff_lui(reg, value));
	emit(g, diff_addi(reg, reg, value));
}

/* ---- Rows ---------------------------------------------------------------------------------- */

static bool is_custom(const struct row *row)
{
	return (row->match & 0x7f) == IPU_OPCODE;
}

static bool is_memory(uint32_t bits)
{
	return vec_is_load(bits) || vec_is_store(bits);
}

/* vector instructions except vsetvli and the like, which have items of their own */
static bool is_vector(const struct row *row)
{
	if (row->shape)
		return true;
	if ((row->match & 0x7f) == 0x57)
		return diff_get(row->match, 14, 12) != 7;
	return (row->match & 3) == 3 && is_memory(row->match);
}

/* AMP, which takes matrices from memory and has tests of its own */
static bool is_amp(const struct row *row)
{
	return is_custom(row) && diff_get(row->match, 14, 12) == 7;
}

static bool wanted(const struct row *row, bool custom)
{
	return is_vector(row) && !is_amp(row) && (custom || !is_custom(row));
}

static bool is_float(const struct row *row)
{
	return !strncmp(row->name, "vf", 2) || !strncmp(row->name, "vmf", 3) || is_custom(row);
}

static bool has_mask(const struct row *row)
{
	return !(row->mask & 1u << 25);
}

uint32_t vec_random_row(struct diff_random *random)
{
	const struct row *row;

	do
		row = &rows[diff_below(random, ROWS)];
	while (!wanted(row, false));
	return (diff_bits(random) & ~row->mask) | row->match;
}

static const struct row *find_row(uint32_t bits)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if ((bits & rows[i].mask) == rows[i].match)
			return &rows[i];
	return NULL;
}

const char *vec_row_name(uint32_t bits)
{
	const struct row *row = find_row(bits);

	return row && (is_vector(row) || diff_get(bits, 6, 0) == 0x57) ? row->name : NULL;
}

/* log2 of the width and of the group of a class under a key */
static void class_size(enum ipu_vec_class class, unsigned int key, int *eew, int *emul)
{
	static const int8_t wider[] = {
		[IPU_V_2] = 1,
		[IPU_V_ELEM2] = 1,
		[IPU_V_H2] = -1,
		[IPU_V_H4] = -2,
	};
	int change = (size_t)class < sizeof(wider) ? wider[class] : 0;

	if (class == IPU_V_E8 || class == IPU_V_E16 || class == IPU_V_E32)
		change = (int)(class - IPU_V_E8) - (int)(key >> 3);
	*eew = (int)(key >> 3) + change;
	*emul = ipu_vec_log2_lmul(key) + change;
	if (class == IPU_V_ELEM || class == IPU_V_ELEM2)
		*emul = 0;
}

/**
 * struct source - registers that an instruction reads
 * @first, @count: which; 0 if there is no such operand
 * @eew: log2 of their elements' width in bytes, -3 of bits
 */
struct source {
	unsigned int first;
	unsigned int count;
	int eew;
};

static struct source source_of(enum ipu_vec_class class, uint32_t reg, unsigned int key,
			       unsigned int fields)
{
	struct source source = { .first = reg, .count = fields };
	int emul;

	if (class == IPU_V_NONE)
		return (struct source){ .count = 0 };
	class_size(class, key, &source.eew, &emul);
	if (class == IPU_V_MASK)
		source.eew = -3;
	else if (emul > 0)
		source.count <<= emul;
	return source;
}

bool vec_reads_twice(uint32_t bits, unsigned int key)
{
	const struct row *row = find_row(bits);
	const uint32_t shape = row ? row->shape : 0;
	const bool reads_d = shape & (IPU_SHAPE_STORE | IPU_SHAPE_READS_D);
	const unsigned int fields = shape & IPU_SHAPE_NF ? diff_get(bits, 31, 29) + 1 : 1;
	const struct source sources[] = {
		source_of(bits >> 25 & 1 ? IPU_V_NONE : IPU_V_MASK, 0, key, 1),
		source_of(ipu_shape_1(shape), diff_get(bits, 19, 15), key, 1),
		source_of(ipu_shape_2(shape), diff_get(bits, 24, 20), key, 1),
		source_of(reads_d ? ipu_shape_d(shape) : IPU_V_NONE, diff_get(bits, 11, 7), key,
			  fields),
	};
	unsigned int i, j;

	for (i = 0; i < 4; i++)
		for (j = 0; j < i; j++)
			if (sources[i].first < sources[j].first + sources[j].count &&
			    sources[j].first < sources[i].first + sources[i].count &&
			    sources[i].eew != sources[j].eew)
				return true;
	return false;
}

static bool has_width(enum ipu_vec_class class, unsigned int sew)
{
	int eew, emul;

	class_size(class, ipu_vec_key(sew, 0), &eew, &emul);
	return class == IPU_V_NONE || class == IPU_V_MASK || (eew >= 0 && eew <= 2);
}

/* could an instruction of the row be legal under the SEW? */
static bool possible(const struct row *row, unsigned int sew)
{
	if (!row->shape)
		return true;
	return ipu_shape_sews(row->shape) >> sew & 1 && has_width(ipu_shape_d(row->shape), sew) &&
	       has_width(ipu_shape_1(row->shape), sew) && has_width(ipu_shape_2(row->shape), sew);
}

bool vec_missing(char what[64], bool custom)
{
	unsigned int i, sew;

	for (i = 0; i < ROWS; i++) {
		if (!wanted(&rows[i], custom))
			continue;
		for (sew = 0; sew < 3; sew++) {
			if (possible(&rows[i], sew) && !seen[i][sew][0] && !seen[i][sew][1]) {
				snprintf(what, 64, "%s with SEW %u", rows[i].name, 8 << sew);
				return true;
			}
		}
		if (has_mask(&rows[i]) && !seen[i][0][0] && !seen[i][1][0] && !seen[i][2][0]) {
			snprintf(what, 64, "%s with a mask", rows[i].name);
			return true;
		}
	}
	return false;
}

/* ---- vtype and vl --------------------------------------------------------------------------- */

static uint32_t vlmax(const struct generator *g, unsigned int key)
{
	return g->layout->vlen << (3 + ipu_vec_log2_lmul(key)) >> (6 + (key >> 3));
}

static unsigned int pick_key(struct generator *g)
{
	unsigned int key;

	do
		key = diff_below(&g->random, IPU_VEC_KEYS);
	while (ipu_vec_vtype_key(key) != key);
	return key;
}

/* a key as vtype, with a random policy for the other elements */
static uint32_t vtype_of(struct generator *g, unsigned int key)
{
	return key | diff_below(&g->random, 4) << 6;
}

static uint32_t pick_x(struct generator *g)
{
	return VEC_REG_FREE + diff_below(&g->random, 32 - VEC_REG_FREE);
}

/* all, a few, or any number of elements */
static void emit_vset(struct generator *g, unsigned int key)
{
	uint32_t vtype = vtype_of(g, key), rd = pick_x(g);

	switch (diff_below(&g->random, 6)) {
	case 0:
		emit(g, vec_vsetivli(rd, diff_below(&g->random, 32), vtype));
		break;
	case 1:
		if (vlmax(g, key) == vlmax(g, g->key & 31) && g->key != IPU_VKEY_NONE) {
			emit(g, vec_vsetvli(0, 0, vtype));
			break;
		}
		/* fall through */
	case 2:
		emit(g, vec_vsetvli(rd, 0, vtype));
		break;
	case 3:
		emit(g, diff_addi(VEC_REG_STRIDE, 0, vtype));
		emit(g, vec_vsetvl(rd, pick_x(g), VEC_REG_STRIDE));
		break;
	default:
		emit(g, vec_andi(VEC_REG_BASE, pick_x(g), vlmax(g, key) * 2 - 1));
		emit(g, vec_vsetvli(rd, VEC_REG_BASE, vtype));
		break;
	}
	g->key = key;
}

/*
 * A vtype that is not supported, which sets vill. SEW 64 is not among them, nor one
 * that requires more than LMUL * 32: QEMU's vector unit may have elements of 64 bits.
 */
static void emit_vill(struct generator *g)
{
	uint32_t vtype = diff_bits(&g->random) & 0x7ff;

	vtype = diff_chance(&g->random, 2) ? vtype | 0x100 : (vtype & 0xc0) | 0x24;
	if (diff_chance(&g->random, 2)) {
		emit(g, vec_vsetvli(pick_x(g), pick_x(g), vtype));
	} else {
		emit_constant(g, VEC_REG_STRIDE, diff_bits(&g->random) | 0x80000000);
		emit(g, vec_vsetvl(pick_x(g), pick_x(g), VEC_REG_STRIDE));
	}
	g->key = IPU_VKEY_NONE;
}

/* vset as an item of its own */
static void emit_vset_item(struct generator *g)
{
	if (diff_chance(&g->random, 12))
		emit_vill(g);
	else
		emit_vset(g, pick_key(g));
	emit_call(g, g->layout->dump);
}

/* ---- Operands ------------------------------------------------------------------------------ */

/* where register groups begin under a key, roughly: numbers worth trying */
static uint32_t pick_group(struct generator *g, unsigned int key, enum ipu_vec_class class)
{
	int log2 = ipu_vec_log2_lmul(key);
	uint32_t reg = diff_below(&g->random, 32);

	if (class == IPU_V_MASK || class == IPU_V_ELEM || class == IPU_V_ELEM2)
		return reg;
	if (class == IPU_V_2)
		log2++;
	return log2 > 0 ? reg & ~((1u << log2) - 1) : reg;
}

/* random operands, which may not be legal */
static uint32_t pick_operands(struct generator *g, const struct row *row, unsigned int key)
{
	uint32_t bits = diff_bits(&g->random);

	bits = diff_set_rd(bits, pick_group(g, key, ipu_shape_d(row->shape)));
	if (ipu_shape_1(row->shape) != IPU_V_NONE)
		bits = diff_set_rs1(bits, pick_group(g, key, ipu_shape_1(row->shape)));
	if (ipu_shape_2(row->shape) != IPU_V_NONE)
		bits = diff_set(bits, 24, 20, pick_group(g, key, ipu_shape_2(row->shape)));
	return (bits & ~row->mask) | row->match;
}

/* does it write an x register? */
static bool writes_x(const struct row *row)
{
	/* OPMVV, VWXUNARY0 */
	return (row->match & 0xfc00707f) == 0x40002057;
}

static bool legal_under(uint32_t bits, unsigned int key)
{
	struct ipu_insn insn;

	if (ipu_decode(bits, IPU_SRAM_BASE, &insn) < 0)
		return false;
	return !insn.shape || (uint32_t)insn.op.imm >> key & 1;
}

static bool find_operands(struct generator *g, const struct row *row, unsigned int key,
			  uint32_t *bits)
{
	unsigned int i;

	if (row->shape && !(ipu_shape_sews(row->shape) >> (key >> 3) & 1))
		return false;
	for (i = 0; i < TRIES; i++) {
		*bits = pick_operands(g, row, key);
		if (writes_x(row))
			*bits = diff_set_rd(*bits, pick_x(g));
		if (legal_under(*bits, key))
			return true;
	}
	return false;
}

static void emit_load_area(struct generator *g, uint32_t vd, enum vec_area area, int emul)
{
	uint32_t registers = emul > 0 ? 1u << emul : 1;

	/* misaligned now and then, so that elements differ */
	emit(g, diff_lui(VEC_REG_TEMP, g->layout->areas + area * VEC_AREA_BYTES));
	emit(g, vec_add(VEC_REG_TEMP, VEC_REG_TEMP, VEC_REG_OFFSET));
	emit(g, diff_addi(VEC_REG_TEMP, VEC_REG_TEMP, diff_below(&g->random, 400) * 4));
	emit(g, vec_load_whole(vd & ~(registers - 1), VEC_REG_TEMP, registers));
}

/* fresh operands of the right kind, as random arithmetic soon gives uninteresting ones */
static void emit_source(struct generator *g, const struct row *row, enum ipu_vec_class class,
			uint32_t reg)
{
	int eew, emul;

	if (class == IPU_V_NONE || diff_chance(&g->random, 2))
		return;
	class_size(class, g->key, &eew, &emul);
	if (class == IPU_V_MASK)
		emit_load_area(g, reg, VEC_AREA_MASK, 0);
	else if (is_float(row) && eew > 0)
		emit_load_area(g, reg, eew == 1 ? VEC_AREA_F16 : VEC_AREA_F32, emul);
	else
		emit_load_area(g, reg, VEC_AREA_INT8 + eew, emul);
}

static void emit_float_operand(struct generator *g, uint32_t reg, enum vec_area area)
{
	emit(g, diff_lui(VEC_REG_TEMP, g->layout->areas + area * VEC_AREA_BYTES));
	emit(g, vec_add(VEC_REG_TEMP, VEC_REG_TEMP, VEC_REG_OFFSET));
	emit(g, vec_flw(reg, VEC_REG_TEMP, diff_below(&g->random, 400) * 4));
}

/* what may change for the next instruction */
static void emit_conditions(struct generator *g, const struct row *row)
{
	if (diff_chance(&g->random, 8))
		emit_load_area(g, 0, VEC_AREA_MASK, 0);
	if (diff_chance(&g->random, 6))
		emit(g, vec_csrwi(VEC_CSR_VXRM, diff_below(&g->random, 4)));
	if (is_float(row) && diff_chance(&g->random, 3))
		emit(g, vec_csrwi(VEC_CSR_FRM, diff_below(&g->random, 5)));
	if (is_float(row) && diff_chance(&g->random, 3))
		emit_float_operand(g, diff_below(&g->random, 32), VEC_AREA_FREG);
	if (diff_chance(&g->random, 6))
		emit_constant(g, pick_x(g), diff_integer(&g->random));
}

static bool is_whole(uint32_t bits)
{
	return is_memory(bits) && vec_mode_of(bits) == VEC_UNIT &&
	       diff_get(bits, 24, 20) == VEC_UNIT_WHOLE;
}

/*
 * Now and then an instruction starts with an element other than 0. Loads and stores
 * of whole registers crash QEMU if they do not have that element.
 */
static void emit_vstart(struct generator *g, const struct row *row, uint32_t bits)
{
	uint32_t limit = vlmax(g, g->key);

	if (row->shape & IPU_SHAPE_VSTART0 || !diff_chance(&g->random, 20))
		return;
	if (is_whole(bits))
		limit = g->layout->vlen * (diff_get(bits, 31, 29) + 1) / 8 >> vec_width_of(bits);
	else if (diff_chance(&g->random, 4))
		limit *= 2;
	if (limit > 32 && diff_chance(&g->random, 2))
		limit = 32;
	emit(g, diff_addi(VEC_REG_TEMP, 0, diff_below(&g->random, limit) & 2047));
	emit(g, vec_csrw(VEC_CSR_VSTART, VEC_REG_TEMP));
}

/* ---- Memory instructions -------------------------------------------------------------------- */

/* x8 = the window + some offset of at most @most, mostly aligned to 4 */
static void emit_base(struct generator *g, uint32_t most)
{
	uint32_t offset = diff_below(&g->random, most + 1);

	if (!diff_chance(&g->random, 4))
		offset &= ~3u;
	emit_constant(g, VEC_REG_BASE, g->layout->window + offset);
}

/* bytes of the fields of one element */
static uint32_t element_bytes(struct generator *g, uint32_t bits, bool indexed)
{
	uint32_t width = 1u << (indexed ? g->key >> 3 : vec_width_of(bits));

	return width * (diff_get(bits, 31, 29) + 1);
}

/* a stride that keeps all possible elements in the window */
static void emit_strided(struct generator *g, uint32_t bits)
{
	const uint32_t bytes = element_bytes(g, bits, false);
	const uint32_t elements = vlmax(g, g->key), window = vec_window_bytes(g->layout->vlen);
	const uint32_t most = (window - bytes) / elements;
	const bool down = diff_chance(&g->random, 2);
	uint32_t stride = diff_below(&g->random, most + 1);

	if (diff_chance(&g->random, 3) && bytes <= most)
		stride = bytes;
	emit_base(g, window - bytes - stride * (elements - 1));
	if (down) {
		emit_constant(g, VEC_REG_STRIDE, stride * (elements - 1));
		emit(g, vec_add(VEC_REG_BASE, VEC_REG_BASE, VEC_REG_STRIDE));
		stride = -stride;
	}
	emit_constant(g, VEC_REG_STRIDE, stride);
}

static void emit_indexed(struct generator *g, uint32_t bits)
{
	static const enum vec_area areas[] = { VEC_AREA_INT8, VEC_AREA_INDEX16, VEC_AREA_INDEX32 };
	const unsigned int width = vec_width_of(bits);

	emit_load_area(g, diff_get(bits, 24, 20), areas[width],
		       ipu_vec_log2_lmul(g->key) + (int)width - (int)(g->key >> 3));
	emit_base(g, 32);
}

/* so near to the end of SRAM that some loads fault, but not with their first element */
static void emit_first(struct generator *g, uint32_t bits)
{
	const uint32_t window = vec_window_bytes(g->layout->vlen);
	const uint32_t bytes = element_bytes(g, bits, false);
	const uint32_t back = bytes + diff_below(&g->random, g->layout->vlen);

	emit_constant(g, VEC_REG_BASE, g->layout->window + window - back);
}

/* emit the address; returns the instruction with the registers that hold it */
static uint32_t emit_address(struct generator *g, uint32_t bits)
{
	switch (vec_mode_of(bits)) {
	case VEC_STRIDED:
		emit_strided(g, bits);
		bits = diff_set(bits, 24, 20, VEC_REG_STRIDE);
		break;
	case VEC_UNIT:
		if (diff_get(bits, 24, 20) == VEC_UNIT_FIRST && diff_chance(&g->random, 2))
			emit_first(g, bits);
		else
			emit_base(g, vec_window_bytes(g->layout->vlen) - g->layout->vlen);
		break;
	default:
		emit_indexed(g, bits);
		break;
	}
	return diff_set_rs1(bits, VEC_REG_BASE);
}

/* ---- Items --------------------------------------------------------------------------------- */

static void emit_row(struct generator *g, const struct row *row, uint32_t bits)
{
	emit_conditions(g, row);
	if (is_memory(bits)) {
		bits = emit_address(g, bits);
	} else {
		emit_source(g, row, ipu_shape_1(row->shape), diff_get(bits, 19, 15));
		emit_source(g, row, ipu_shape_2(row->shape), diff_get(bits, 24, 20));
	}
	if (g->layout->dense)
		emit_call(g, g->layout->dump);
	emit_vstart(g, row, bits);
	emit(g, bits);
	emit_call(g, vec_is_store(bits) ? g->layout->dump_window : g->layout->dump);
	seen[row - rows][g->key >> 3][bits >> 25 & 1] = true;
}

static bool is_multiply_add(const struct row *row)
{
	return !is_custom(row) && is_float(row) && row->shape & IPU_SHAPE_READS_D &&
	       ipu_shape_sews(row->shape) & IPU_SEW32;
}

/*
 * Consecutive multiply-adds of one row, many to the same sums, which the model
 * executes at once unless there is a NaN. NaNs are rare.
 */
static void emit_sums(struct generator *g)
{
	const unsigned int lmul = diff_below(&g->random, 4), groups = 32 >> lmul;
	const enum vec_area area = diff_chance(&g->random, 4) ? VEC_AREA_F32 : VEC_AREA_FINITE;
	uint32_t reg[4], bits;
	const struct row *row;
	unsigned int i;

	do
		row = &rows[diff_below(&g->random, ROWS)];
	while (!is_multiply_add(row));
	for (i = 0; i < 4; i++) {
		reg[i] = diff_below(&g->random, groups) << lmul;
		emit_load_area(g, reg[i], area, lmul);
		emit_float_operand(g, reg[i], area);
	}
	emit_vset(g, ipu_vec_key(2, lmul));
	for (i = 2 + diff_below(&g->random, 6); i; i--) {
		bits = diff_set_rd(row->match, reg[diff_chance(&g->random, 8)]);
		bits = diff_set_rs1(bits, reg[diff_below(&g->random, 4)]);
		bits = diff_set(bits, 24, 20, reg[diff_below(&g->random, 4)]);
		emit(g, bits | 1u << 25);
	}
	emit_call(g, g->layout->dump);
}

static void emit_item(struct generator *g)
{
	const struct row *row;
	uint32_t bits;
	unsigned int key;

	if (diff_chance(&g->random, 8)) {
		emit_vset_item(g);
		return;
	}
	if (diff_chance(&g->random, 16)) {
		emit_sums(g);
		return;
	}
	do
		row = &rows[diff_below(&g->random, ROWS)];
	while (!wanted(row, g->layout->custom));
	key = g->key;
	if (key == IPU_VKEY_NONE || diff_chance(&g->random, 4))
		key = pick_key(g);
	while (!find_operands(g, row, key, &bits))
		key = pick_key(g);
	if (key != g->key)
		emit_vset(g, key);
	emit_row(g, row, bits);
}

void vec_generate(struct vec_program *program, const struct vec_layout *layout, uint64_t seed,
		  uint64_t n)
{
	struct generator g = { .program = program, .layout = layout, .key = IPU_VKEY_NONE };
	unsigned int items;
	uint32_t start;

	program->words = 0;
	diff_seed(&g.random, seed, n);
	emit_constant(&g, VEC_REG_OFFSET, diff_below(&g.random, 1000) * 4);
	emit_constant(&g, VEC_REG_COUNT, ITERATIONS);
	emit_call(&g, layout->begin);
	start = here(&g);
	emit_call(&g, layout->fresh);
	emit_vset(&g, pick_key(&g));
	items = 8 + diff_below(&g.random, 40);
	while (items-- && program->words < VEC_PROGRAM_MAX - ITEM_MAX)
		emit_item(&g);
	emit(&g, diff_addi(VEC_REG_OFFSET, VEC_REG_OFFSET, 12));
	emit(&g, diff_addi(VEC_REG_COUNT, VEC_REG_COUNT, -1));
	emit(&g, diff_set_b(0x63 | VEC_REG_COUNT << 15, 8));
	emit(&g, diff_jal(0, start - here(&g)));
}
