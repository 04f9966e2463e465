// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The addresses of loads, stores and atomics, found before they are executed: slow, but
 * so the handlers need not know about watchpoints.
 *
 * Nothing but vtype is read of the vector unit before ipu_vec_legal_key() has said that
 * the instruction is legal: only then are its registers, and as many elements as vl
 * says, inside the register file.
 */
#include <string.h>

#include "exec/ipu_exec.h"
#include "ipu_access.h"
#include "vector/ipu_vec.h"

#define OPCODE_LOAD_FP	0x07
#define OPCODE_STORE	0x23
#define OPCODE_STORE_FP	0x27
#define OPCODE_AMO	0x2f

#define FUNCT5_LR	2
#define FUNCT5_SC	3

/* ---- Watched memory ------------------------------------------------------------------------ */

/* @first to @last, at its place among the others, joined with those that it touches */
void ipu_watched_add(struct ipu_watched *watched, uint32_t addr, uint32_t len)
{
	struct ipu_watched_range added = { addr, addr + (len - 1) };
	struct ipu_watched_range *range = watched->range;
	unsigned int i, kept = 0;

	if (!len)
		return;
	if (added.last < addr)
		added.last = UINT32_MAX;
	for (i = 0; i < watched->count; i++) {
		if (range[i].last < added.first && range[i].last + 1 != added.first) {
			kept++;
			continue;
		}
		if (range[i].first > added.last && range[i].first != added.last + 1)
			break;
		if (range[i].first < added.first)
			added.first = range[i].first;
		if (range[i].last > added.last)
			added.last = range[i].last;
	}
	memmove(&range[kept + 1], &range[i], (watched->count - i) * sizeof(*range));
	range[kept] = added;
	watched->count += kept + 1 - i;
}

bool ipu_watched_find(const struct ipu_watched *watched, uint32_t first, uint32_t last,
		      uint32_t *addr)
{
	unsigned int low = 0, high = watched->count;

	while (low < high) {
		const unsigned int middle = (low + high) / 2;

		if (watched->range[middle].last < first)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == watched->count || watched->range[low].first > last)
		return false;
	*addr = watched->range[low].first > first ? watched->range[low].first : first;
	return true;
}

/* ---- One instruction ----------------------------------------------------------------------- */

/**
 * struct walk - an instruction whose accesses are looked at
 * @u, @op, @bits: as for ipu_access_find()
 * @access: of IPU_DBG_READ and IPU_DBG_WRITE what it does
 * @some: it accesses watched memory: @found
 */
struct walk {
	const struct ipu_unit *u;
	const struct ipu_op *op;
	uint32_t bits;
	uint32_t access;
	bool some;
	struct ipu_access found;
};

static uint32_t field(const struct walk *w, unsigned int low, unsigned int count)
{
	return w->bits >> low & ((1u << count) - 1);
}

static uint32_t opcode(const struct walk *w)
{
	return w->bits & 0x7f;
}

/* Where the address in rs1 is in SRAM. */
static uint32_t base(const struct walk *w)
{
	return w->u->r[w->op->rs1] - IPU_SRAM_BASE;
}

static void look_for(struct walk *w, uint32_t access, uint32_t first, uint32_t last)
{
	const struct ipu_tile_debugger *debug = &w->u->tile->debug;
	const struct ipu_watched *watched = access == IPU_DBG_READ ? &debug->reads : &debug->writes;
	uint32_t addr;

	if (!(w->access & access) || !ipu_watched_find(watched, first, last, &addr))
		return;
	/* of two at the same address the write, which comes second */
	if (w->some && w->found.addr < addr)
		return;
	w->some = true;
	w->found = (struct ipu_access) { addr, access };
}

/* It accesses @bytes bytes, at least 1, at @offset, all of them in SRAM. */
static void look(struct walk *w, uint32_t offset, uint32_t bytes)
{
	const uint32_t first = IPU_SRAM_BASE + offset;

	look_for(w, IPU_DBG_READ, first, first + bytes - 1);
	look_for(w, IPU_DBG_WRITE, first, first + bytes - 1);
}

/* How many of @bytes bytes at @offset are accessed, in units of @width, before it faults. */
static uint32_t accessible(uint32_t offset, uint32_t width, uint32_t bytes)
{
	if (offset >= IPU_SRAM_SIZE)
		return 0;
	if (IPU_SRAM_SIZE - offset >= bytes)
		return bytes;
	return (IPU_SRAM_SIZE - offset) / width * width;
}

static void look_up_to_fault(struct walk *w, uint32_t offset, uint32_t width, uint32_t bytes)
{
	const uint32_t n = accessible(offset, width, bytes);

	if (n)
		look(w, offset, n);
}

/* ---- Scalars ------------------------------------------------------------------------------- */

/* the immediate is less SRAM's base */
static void scalar(struct walk *w, unsigned int width)
{
	look_up_to_fault(w, w->u->r[w->op->rs1] + w->op->imm, width, width);
}

static void atomic(struct walk *w)
{
	const unsigned int funct5 = field(w, 27, 5);

	w->access = funct5 == FUNCT5_LR ? IPU_DBG_READ : funct5 == FUNCT5_SC ? IPU_DBG_WRITE :
		    IPU_DBG_READ | IPU_DBG_WRITE;
	if (base(w) % 4 == 0)
		look_up_to_fault(w, base(w), 4, 4);
}

/* ---- Vectors ------------------------------------------------------------------------------- */

enum vector_mode { MODE_UNIT, MODE_INDEXED_UNORDERED, MODE_STRIDED, MODE_INDEXED };

/* What rs2's field says of MODE_UNIT. */
#define UNIT_WHOLE	0x08
#define UNIT_MASK	0x0b
#define UNIT_FAULT	0x10

/**
 * struct elements - the elements of a vector load or store
 * @from: the first
 * @end: the one after the last
 * @width: bytes of a field
 * @bytes: of an element, all its fields
 * @stride: bytes from one element to the next
 * @index: bytes of an index; with 0 the elements are @stride apart
 * @masked: those that v0 leaves out are not accessed
 * @first: if another one than element 0 is not all in SRAM, it ends before it, without a fault
 */
struct elements {
	uint32_t from;
	uint32_t end;
	uint32_t width;
	uint32_t bytes;
	uint32_t stride;
	unsigned int index;
	bool masked;
	bool first;
};

/* Where element @i is, relative to rs1. */
static uint32_t distance(const struct walk *w, const struct elements *e, uint32_t i)
{
	uint32_t value = 0;

	if (!e->index)
		return i * e->stride;
	memcpy(&value, ipu_vec_reg(w->u, w->op->rs2) + i * e->index, e->index);
	return value;
}

static void each_element(struct walk *w, const struct elements *e)
{
	uint32_t i, n, offset;

	for (i = e->from; i < e->end; i++) {
		if (e->masked && !ipu_vec_bit(w->u->v, i))
			continue;
		offset = base(w) + distance(w, e, i);
		n = accessible(offset, e->width, e->bytes);
		if (n < e->bytes && e->first && i)
			return;
		if (n)
			look(w, offset, n);
		if (n < e->bytes)
			return;
	}
}

/*
 * The range that holds all elements, which are all in SRAM. Return: false if they are not,
 * or if that is not known before each has been looked at.
 */
static bool extent(const struct walk *w, const struct elements *e, uint32_t *offset, uint32_t *bytes)
{
	const int64_t stride = (int32_t)e->stride;
	const int64_t a = base(w) + e->from * stride, b = base(w) + (e->end - 1) * stride;
	const int64_t low = a < b ? a : b, high = a < b ? b : a;

	if (e->index || low < 0 || high + e->bytes > IPU_SRAM_SIZE)
		return false;
	*offset = low;
	*bytes = high + e->bytes - low;
	return true;
}

static void elements(struct walk *w, const struct elements *e)
{
	uint32_t offset, bytes;

	if (e->from >= e->end)
		return;
	if (extent(w, e, &offset, &bytes)) {
		struct walk all = *w;

		look(&all, offset, bytes);
		if (!all.some || (!e->masked && e->stride == e->bytes)) {
			*w = all;
			return;
		}
	}
	each_element(w, e);
}

static uint32_t width_of(const struct walk *w)
{
	static const uint8_t widths[8] = { [0] = 1, [5] = 2, [6] = 4 };

	return widths[field(w, 12, 3)];
}

/* any other load or store than of whole registers; @sew is 1, 2 or 4 */
static void vector(struct walk *w, uint32_t sew)
{
	const enum vector_mode mode = field(w, 26, 2);
	const bool indexed = mode == MODE_INDEXED || mode == MODE_INDEXED_UNORDERED;
	const bool unit = mode == MODE_UNIT;
	const uint32_t width = indexed ? sew : width_of(w);
	struct elements e = {
		.from = w->u->vstart,
		.end = w->u->vl,
		.width = width,
		.bytes = (field(w, 29, 3) + 1) * width,
		.index = indexed ? width_of(w) : 0,
		.masked = !field(w, 25, 1),
		.first = unit && field(w, 20, 5) == UNIT_FAULT,
	};

	e.stride = mode == MODE_STRIDED ? w->u->r[w->op->rs2] : e.bytes;
	if (unit && field(w, 20, 5) == UNIT_MASK)
		e.end = (e.end + 7) / 8;
	elements(w, &e);
}

/* vstart counts bytes of a store, and elements of a load */
static void whole_registers(struct walk *w)
{
	const uint32_t width = w->access == IPU_DBG_READ ? width_of(w) : 1;
	const uint32_t bytes = (field(w, 29, 3) + 1) * w->u->vlenb;
	const uint32_t from = w->u->vstart * width;

	if (from < bytes)
		look_up_to_fault(w, base(w) + from, width, bytes - from);
}

static void vector_access(struct walk *w)
{
	unsigned int key;

	if (field(w, 26, 2) == MODE_UNIT && field(w, 20, 5) == UNIT_WHOLE) {
		whole_registers(w);
		return;
	}
	key = ipu_vec_legal_key(w->u, w->op);
	if (key != IPU_VKEY_NONE)
		vector(w, 1u << (key >> 3));
}

/* ---- Matrices ------------------------------------------------------------------------------ */

/* Rows of @bytes bytes, @stride bytes apart; if one of them is outside SRAM, none is read. */
struct matrix {
	uint32_t offset;
	uint32_t rows;
	uint32_t bytes;
	uint32_t stride;
};

static bool in_sram(const struct matrix *m)
{
	return (uint64_t)m->offset + (uint64_t)(m->rows - 1) * m->stride + m->bytes <= IPU_SRAM_SIZE;
}

static void look_at_rows(struct walk *w, const struct matrix *m)
{
	uint32_t i;

	for (i = 0; i < m->rows; i++)
		look(w, m->offset + i * m->stride, m->bytes);
}

/* ipu.amp and ipu.ampt, on halves and singles */
static void multiply(struct walk *w)
{
	const uint32_t width = field(w, 25, 1) ? 2 : 4;
	const bool transposed = field(w, 26, 1);
	const uint32_t strides = w->u->r[field(w, 27, 5)];
	const uint32_t steps = w->u->vl;
	const struct matrix a = {
		.offset = base(w),
		.rows = transposed ? steps : IPU_AMP_ROWS,
		.bytes = (transposed ? IPU_AMP_ROWS : steps) * width,
		.stride = (strides & 0xffff) * width,
	};
	const struct matrix b = {
		.offset = w->u->r[w->op->rs2] - IPU_SRAM_BASE,
		.rows = steps,
		.bytes = w->u->vlenb / 2 * width,
		.stride = (strides >> 16) * width,
	};

	if (ipu_vec_legal_key(w->u, w->op) == IPU_VKEY_NONE || !steps || !in_sram(&a) || !in_sram(&b))
		return;
	look_at_rows(w, &a);
	look_at_rows(w, &b);
}

/* ---- All of them --------------------------------------------------------------------------- */

static bool is_store(const struct walk *w)
{
	/* c.sw, c.fsw, and those with sp */
	if ((w->bits & 3) != 3)
		return field(w, 15, 1);
	return opcode(w) == OPCODE_STORE || opcode(w) == OPCODE_STORE_FP;
}

static bool is_vector(const struct walk *w)
{
	const unsigned int funct3 = field(w, 12, 3);

	/* scalar ones have the same opcodes */
	return (opcode(w) == OPCODE_LOAD_FP || opcode(w) == OPCODE_STORE_FP) &&
	       (funct3 == 0 || funct3 > 4);
}

bool ipu_access_find(const struct ipu_unit *u, const struct ipu_op *op, uint32_t bits,
		     struct ipu_access *found)
{
	struct walk w = { .u = u, .op = op, .bits = bits };

	if (IPU_FN(op) == ipu_op_illegal)
		return false;
	w.access = is_store(&w) ? IPU_DBG_WRITE : IPU_DBG_READ;
	if ((bits & 3) != 3)
		scalar(&w, 4);
	else if (opcode(&w) == OPCODE_AMO)
		atomic(&w);
	else if (opcode(&w) == IPU_OPCODE)
		multiply(&w);
	else if (is_vector(&w))
		vector_access(&w);
	else
		scalar(&w, 1u << field(&w, 12, 2));
	*found = w.found;
	return w.some;
}
