// SPDX-License-Identifier: MIT
/*
 * Random programs, see generate.h. A program is a list of items: one
 * instruction of the decode table with the instructions it needs around it, or a
 * loop of items. Jumps lead to the end of one of the next items.
 */
#include "generate.h"

#include <string.h>

#include "encode.h"
#include "isa/ipu_decode.h"
#include "random.h"

#define MIDDLE (DIFF_MEMORY / 2)

enum format {
#define FORMAT(name) FORMAT_##name,
	IPU_FORMATS(FORMAT)
#undef FORMAT
};

struct row {
	const char *name;
	uint32_t mask;
	uint32_t match;
	enum format format;
};

static const struct row rows[] = {
#define IPU_INSN(name, mask, match, format, handler, slots) { #name, mask, match, FORMAT_##format },
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static bool seen[ROWS];

/* A jump whose distance is not known yet: it leads past @items more items. */
struct jump {
	enum format format;
	unsigned int at; /* the halfword that holds the distance */
	unsigned int from; /* the halfword that it is relative to */
	unsigned int items;
};

#define JUMPS_MAX 8
#define ITEM_MAX 64 /* halfwords that one more item may take, and the end of the program */

struct generator {
	struct diff_random random;
	struct diff_program *program;
	uint32_t memory;
	struct jump jumps[JUMPS_MAX];
	unsigned int pending;
};

/* ---- Output -------------------------------------------------------------------------------- */

static unsigned int emit(struct generator *g, uint32_t bits)
{
	struct diff_program *p = g->program;
	unsigned int at = p->halves;

	p->code[p->halves++] = bits;
	if ((bits & 3) == 3)
		p->code[p->halves++] = bits >> 16;
	return at;
}

static void emit_constant(struct generator *g, uint32_t reg, uint32_t value)
{
	emit(g, diff_lui(reg, value));
	emit(g, diff_addi(reg, reg, value));
}

static uint32_t code_at(const struct generator *g, unsigned int at)
{
	return g->program->code[at] | (uint32_t)g->program->code[at + 1] << 16;
}

static void patch(struct generator *g, const struct jump *jump)
{
	uint32_t bits = code_at(g, jump->at);
	int32_t distance = 2 * ((int32_t)g->program->halves - (int32_t)jump->from);

	switch (jump->format) {
	case FORMAT_B:
		bits = diff_set_b(bits, distance);
		break;
	case FORMAT_J:
		bits = diff_set_j(bits, distance);
		break;
	case FORMAT_CJ:
	case FORMAT_CJAL:
		bits = diff_set_cj(bits, distance);
		break;
	case FORMAT_CB:
		bits = diff_set_cb(bits, distance);
		break;
	default: /* the immediate of a jalr or addi */
		bits = diff_set_i(bits, distance);
		break;
	}
	g->program->code[jump->at] = bits;
	g->program->code[jump->at + 1] = bits >> 16;
}

/* after an item: the jumps that lead here */
static void end_item(struct generator *g, bool all)
{
	unsigned int i = 0;

	while (i < g->pending) {
		if (all || !g->jumps[i].items--) {
			patch(g, &g->jumps[i]);
			g->jumps[i] = g->jumps[--g->pending];
		} else {
			i++;
		}
	}
}

static void add_jump(struct generator *g, enum format format, unsigned int at, unsigned int from)
{
	/* a compressed branch has a short range */
	unsigned int most = format == FORMAT_CB ? 2 : 4;

	g->jumps[g->pending++] = (struct jump){
		.format = format,
		.at = at,
		.from = from,
		.items = diff_below(&g->random, most),
	};
}

/* ---- Operands ------------------------------------------------------------------------------ */

static bool may_write(uint32_t reg)
{
	return reg != DIFF_REG_LOW && reg != DIFF_REG_MIDDLE && reg != DIFF_REG_COUNT &&
	       reg != DIFF_REG_BLOCK;
}

static uint32_t pick_rd(struct generator *g)
{
	uint32_t reg;

	do
		reg = diff_below(&g->random, 32);
	while (!may_write(reg));
	return reg;
}

/* a destination that is not x0 */
static uint32_t pick_temporary(struct generator *g)
{
	uint32_t reg;

	do
		reg = pick_rd(g);
	while (!reg);
	return reg;
}

static uint32_t pick_rounding(struct generator *g)
{
	static const uint8_t modes[] = { 0, 1, 2, 3, 4, 7, 7, 7 };

	return modes[diff_below(&g->random, sizeof(modes))];
}

/* ---- Instructions that need others --------------------------------------------------------- */

/* a base register and an offset from it, for an access of up to four bytes */
static uint32_t pick_address(struct generator *g, int32_t *offset)
{
	*offset = diff_below(&g->random, DIFF_MEMORY - 3);
	if (diff_chance(&g->random, 2))
		*offset &= ~3;
	if (diff_chance(&g->random, 2))
		return DIFF_REG_LOW;
	*offset -= MIDDLE;
	return DIFF_REG_MIDDLE;
}

static void emit_load(struct generator *g, uint32_t bits, bool to_float)
{
	int32_t offset;

	bits = diff_set_rs1(bits, pick_address(g, &offset));
	if (!to_float)
		bits = diff_set_rd(bits, pick_rd(g));
	emit(g, diff_set_i(bits, offset));
}

static void emit_store(struct generator *g, uint32_t bits)
{
	int32_t offset;

	bits = diff_set_rs1(bits, pick_address(g, &offset));
	emit(g, diff_set_s(bits, offset));
}

static uint32_t pick_aligned_base(struct generator *g)
{
	return diff_chance(&g->random, 2) ? DIFF_REG_LOW : DIFF_REG_MIDDLE;
}

/*
 * An atomic. Few instructions are allowed between lr.w and its sc.w, and the effect
 * of a store there is unspecified, so lr.w comes with its sc.w.
 */
static void emit_atomic(struct generator *g, uint32_t bits)
{
	uint32_t base = pick_aligned_base(g);
	uint32_t sc = 0x1800202f | pick_rd(g) << 7 | diff_below(&g->random, 32) << 20;

	emit(g, diff_set_rs1(diff_set_rd(bits, pick_rd(g)), base));
	if (diff_get(bits, 31, 27) != 2)
		return;
	if (diff_chance(&g->random, 2))
		emit(g, diff_addi(pick_rd(g), diff_below(&g->random, 32), 1));
	if (diff_chance(&g->random, 8))
		base = pick_aligned_base(g);
	emit(g, diff_set_rs1(sc, base));
}

/* fcsr and its parts; frm must stay one of the five modes */
static void emit_csr(struct generator *g, uint32_t bits)
{
	uint32_t csr = 1 + diff_below(&g->random, 3);
	uint32_t funct3 = diff_get(bits, 14, 12);
	uint32_t frm = diff_below(&g->random, 5);
	uint32_t operand = diff_below(&g->random, 32);
	uint32_t reg = pick_temporary(g);

	bits = diff_set_rd(diff_set(bits, 31, 20, csr), pick_rd(g));
	if (csr != 1 && (funct3 & 3) != 1) {
		emit(g, diff_set_rs1(bits, 0));
	} else if (funct3 & 4) {
		emit(g, diff_set_rs1(bits, csr == 2 ? frm : operand));
	} else {
		if (csr == 2)
			operand = frm;
		else if (csr == 3)
			operand |= frm << 5;
		emit(g, diff_addi(reg, 0, operand));
		emit(g, diff_set_rs1(bits, reg));
	}
}

/* jalr, c.jr, c.jalr: a register is set to the target's address, or one past it */
static void emit_indirect(struct generator *g, const struct row *row, uint32_t bits)
{
	uint32_t reg = pick_temporary(g);
	unsigned int from = emit(g, diff_auipc(reg)), at;

	if (row->format == FORMAT_JR) {
		at = emit(g, diff_set_rd(diff_set_rs1(bits, reg), pick_rd(g)));
	} else {
		at = emit(g, diff_addi(reg, reg, 0));
		emit(g, diff_set_rd(bits, reg));
	}
	add_jump(g, FORMAT_JR, at, from);
}

static void emit_jump(struct generator *g, const struct row *row, uint32_t bits)
{
	unsigned int at;

	if (row->format == FORMAT_J)
		bits = diff_set_rd(bits, pick_rd(g));
	at = emit(g, bits);
	add_jump(g, row->format, at, at);
}

static void emit_sp_adjustment(struct generator *g, uint32_t bits)
{
	if (!(bits & 0x107c))
		bits |= 0x40;
	emit(g, bits);
	emit_constant(g, DIFF_REG_LOW, g->memory);
}

/* compressed: emit the bits unless they write a register they must not; false if they do */
static bool emit_compressed(struct generator *g, const struct row *row, uint32_t bits)
{
	uint32_t full = diff_get(bits, 11, 7);
	uint32_t low = 8 + diff_get(bits, 4, 2), high = 8 + diff_get(bits, 9, 7);

	switch (row->format) {
	case FORMAT_CIW:
		if (!may_write(low) || !(bits & 0x1fe0))
			return false;
		break;
	case FORMAT_CL:
		bits = diff_set(bits, 9, 7, DIFF_REG_MIDDLE - 8);
		if (!may_write(low))
			return false;
		break;
	case FORMAT_CS:
	case FORMAT_CFL:
	case FORMAT_CFS:
		bits = diff_set(bits, 9, 7, DIFF_REG_MIDDLE - 8);
		break;
	case FORMAT_CSHB:
		bits &= ~0x1000u;
		/* fall through */
	case FORMAT_CIB:
	case FORMAT_CA:
		if (!may_write(high))
			return false;
		break;
	case FORMAT_CLSP:
		if (!full || !may_write(full))
			return false;
		break;
	case FORMAT_CLUI:
		if (!may_write(full) || !(bits & 0x107c))
			return false;
		break;
	case FORMAT_CI:
	case FORMAT_CLI:
	case FORMAT_CSH:
		if (!may_write(full))
			return false;
		break;
	case FORMAT_CMV:
	case FORMAT_CR:
		if (!may_write(full) || !diff_get(bits, 6, 2))
			return false;
		break;
	default: /* those that write no integer register */
		break;
	}
	emit(g, bits);
	return true;
}

/* ---- Items --------------------------------------------------------------------------------- */

/* not wanted: what ends the program, and instructions of machine mode or Xipu */
static bool wanted(const struct row *row)
{
	static const char *const others[] = { "ecall", "ebreak", "c_ebreak", "mret", "wfi" };
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(row->name, others[i]))
			return false;
	return strncmp(row->name, "ipu_", 4) != 0;
}

static bool emit_row(struct generator *g, const struct row *row)
{
	uint32_t bits = (diff_bits(&g->random) & ~row->mask) | row->match;

	switch (row->format) {
	case FORMAT_NONE:
		emit(g, bits);
		return true;
	case FORMAT_L:
	case FORMAT_FL:
		emit_load(g, bits, row->format == FORMAT_FL);
		return true;
	case FORMAT_S:
	case FORMAT_FS:
		emit_store(g, bits);
		return true;
	case FORMAT_CSR:
		emit_csr(g, bits);
		return true;
	case FORMAT_JR:
	case FORMAT_CJR:
	case FORMAT_CJALR:
		emit_indirect(g, row, bits);
		return true;
	case FORMAT_B:
	case FORMAT_J:
	case FORMAT_CJ:
	case FORMAT_CJAL:
	case FORMAT_CB:
		emit_jump(g, row, bits);
		return true;
	case FORMAT_CSP:
		emit_sp_adjustment(g, bits);
		return true;
	case FORMAT_FFFM:
	case FORMAT_FFFFM:
	case FORMAT_FFM:
	case FORMAT_FXM:
		emit(g, diff_set(bits, 14, 12, pick_rounding(g)));
		return true;
	case FORMAT_XFM:
		bits = diff_set(bits, 14, 12, pick_rounding(g));
		emit(g, diff_set_rd(bits, pick_rd(g)));
		return true;
	case FORMAT_FFF:
	case FORMAT_FX:
		emit(g, bits);
		return true;
	default:
		break;
	}
	if ((bits & 3) != 3)
		return emit_compressed(g, row, bits);
	if (diff_get(bits, 6, 0) == 0x2f)
		emit_atomic(g, bits);
	else
		emit(g, diff_set_rd(bits, pick_rd(g)));
	return true;
}

static void emit_instruction(struct generator *g)
{
	unsigned int row;

	do
		row = diff_below(&g->random, ROWS);
	while (!wanted(&rows[row]) || !emit_row(g, &rows[row]));
	seen[row] = true;
}

/* fresh operands, as random arithmetic soon gives uninteresting ones */
static void emit_operand(struct generator *g)
{
	uint32_t reg = pick_temporary(g);

	if (diff_chance(&g->random, 3)) {
		emit_constant(g, reg, diff_integer(&g->random));
		return;
	}
	emit_constant(g, reg, diff_float_register(&g->random));
	emit(g, diff_fmv_w_x(diff_below(&g->random, 32), reg));
}

static void emit_item(struct generator *g)
{
	if (g->pending == JUMPS_MAX)
		end_item(g, true);
	if (diff_chance(&g->random, 6))
		emit_operand(g);
	else
		emit_instruction(g);
	end_item(g, false);
}

/* a few items a few times; their jumps stay in the loop, so that only the loop uses x30 */
static void emit_loop(struct generator *g)
{
	struct jump outer[JUMPS_MAX];
	unsigned int outer_pending = g->pending;
	unsigned int items = 1 + diff_below(&g->random, 4);
	unsigned int start;

	memcpy(outer, g->jumps, sizeof(outer));
	g->pending = 0;
	emit(g, diff_addi(DIFF_REG_COUNT, 0, 1 + diff_below(&g->random, 5)));
	start = g->program->halves;
	while (items--)
		emit_item(g);
	end_item(g, true);
	emit(g, diff_addi(DIFF_REG_COUNT, DIFF_REG_COUNT, -1));
	emit(g, diff_bne(DIFF_REG_COUNT, 0, 2 * ((int32_t)start - (int32_t)g->program->halves)));
	memcpy(g->jumps, outer, sizeof(outer));
	g->pending = outer_pending;
	end_item(g, false);
}

static void generate_state(struct generator *g)
{
	struct diff_state *state = &g->program->state;
	unsigned int i;

	for (i = 1; i < 32; i++)
		state->x[i] = diff_integer(&g->random);
	for (i = 0; i < 32; i++)
		state->f[i] = diff_float_register(&g->random);
	state->fcsr = diff_below(&g->random, 5) << 5;
	if (diff_chance(&g->random, 4))
		state->fcsr |= diff_below(&g->random, 32);
}

void diff_generate(struct diff_program *program, uint64_t seed, uint64_t n, uint32_t memory)
{
	struct generator g = { .program = program, .memory = memory };
	unsigned int items;

	memset(program, 0, sizeof(*program));
	diff_seed(&g.random, seed, n);
	generate_state(&g);
	items = 4 + diff_below(&g.random, 60);
	while (items-- && program->halves < DIFF_PROGRAM_MAX - ITEM_MAX) {
		if (diff_chance(&g.random, 12))
			emit_loop(&g);
		else
			emit_item(&g);
	}
	end_item(&g, true);
}

const char *diff_missing(void)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (wanted(&rows[i]) && !seen[i])
			return rows[i].name;
	return NULL;
}
