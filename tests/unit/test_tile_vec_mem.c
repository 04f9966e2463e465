// SPDX-License-Identifier: MIT
/*
 * Vector loads and stores with random operands, against what the specification
 * of the V extension 1.0 says, written down as directly as can be: registers,
 * memory, vl, vstart and the fault of every one, in every tier, at every VLEN; and
 * which watchpoint stops before it.
 */
#include "tile_env.h"

#include <stdio.h>

#include "exec/ipu_unit.h"
#include "vector/ipu_vec.h"

#define CASES 6000
#define CODE IPU_SRAM_BASE
#define EBREAK 0x00100073u
/* memory that most cases are about: the end of SRAM */
#define WINDOW 0x8000u
#define WINDOW_AT (IPU_SRAM_SIZE - WINDOW)

enum mode { UNIT, FIRST, MASK, WHOLE, STRIDED, INDEXED, MODES };

/**
 * struct insn - a load or store
 * @eew: bytes of an element, or of an index
 * @nf: fields, or registers of WHOLE
 */
struct insn {
	enum mode mode;
	bool store;
	bool ordered;
	bool vm;
	unsigned int eew;
	unsigned int nf;
	unsigned int vd;
	unsigned int vs2;
};

/* a unit's state, as far as these instructions see it; @x1 and @x2 are their operands */
struct state {
	unsigned int vlenb;
	unsigned int sew; /* bytes */
	unsigned int lmul8; /* eighths */
	uint32_t vl;
	uint32_t vstart;
	uint32_t x1;
	uint32_t x2;
	uint8_t v[32 * 128];
	uint8_t *sram;
	bool fault;
	uint32_t fault_addr;
};

/**
 * struct watch - what is watched, and whether an instruction accesses it
 * @points: the watchpoints
 * @hits: bytes that it accesses and that are watched for that
 * @lowest: the lowest of them
 */
struct watch {
	struct ipu_tile_points points;
	unsigned int hits;
	uint32_t lowest;
};

/* xorshift32 */
static uint32_t seed = 1;

static uint32_t random_word(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static uint32_t below(uint32_t n)
{
	return random_word() % n;
}

static void random_bytes(uint8_t *to, size_t n)
{
	while (n--)
		*to++ = random_word() >> 13;
}

/* ---- What the specification says ----------------------------------------------------------- */

/* registers of a group of EMUL eighths, 0 if there is no such group at @reg */
static unsigned int group(unsigned int emul8, unsigned int reg, unsigned int nf)
{
	unsigned int regs = emul8 > 8 ? emul8 / 8 : 1;

	if (emul8 < 1 || emul8 > 64 || reg % regs || regs * nf > 8 || reg + regs * nf > 32)
		return 0;
	return regs;
}

static bool overlap(unsigned int a, unsigned int na, unsigned int b, unsigned int nb)
{
	return a < b + nb && b < a + na;
}

/* may an indexed load write its destination over its indices? */
static bool may_overlap(const struct insn *insn, const struct state *s, unsigned int regs,
			unsigned int index_regs, unsigned int index_emul8)
{
	if (insn->nf > 1)
		return false;
	if (s->sew == insn->eew)
		return true;
	if (s->sew < insn->eew)
		return insn->vd == insn->vs2;
	return index_emul8 >= 8 && insn->vs2 + index_regs == insn->vd + regs;
}

static bool legal(const struct insn *insn, const struct state *s)
{
	bool indexed = insn->mode == INDEXED;
	unsigned int emul8 = s->lmul8 * insn->eew / s->sew;
	unsigned int regs = group(indexed ? s->lmul8 : emul8, insn->vd, insn->nf);
	unsigned int index_regs = indexed ? group(emul8, insn->vs2, 1) : 0;

	if (insn->mode == WHOLE)
		return insn->vd % insn->nf == 0;
	if (insn->mode == MASK)
		return true;
	if (!regs || (indexed && !index_regs))
		return false;
	if (!insn->vm && (insn->vd == 0 || (indexed && insn->vs2 == 0)))
		return false;
	if (!indexed || !overlap(insn->vd, regs * insn->nf, insn->vs2, index_regs))
		return true;
	if (insn->store)
		return s->sew == insn->eew;
	return may_overlap(insn, s, regs, index_regs, emul8);
}

static uint32_t index_of(const struct insn *insn, const struct state *s, uint32_t i)
{
	uint32_t value = 0;

	memcpy(&value, s->v + insn->vs2 * s->vlenb + i * insn->eew, insn->eew);
	return value;
}

static uint32_t address(const struct insn *insn, const struct state *s, uint32_t i,
			unsigned int width)
{
	if (insn->mode == STRIDED)
		return s->x1 + i * s->x2;
	if (insn->mode == INDEXED)
		return s->x1 + index_of(insn, s, i);
	return s->x1 + i * width * (insn->mode == WHOLE ? 1 : insn->nf);
}

static uint32_t element_count(const struct insn *insn, const struct state *s, unsigned int width)
{
	if (insn->mode == WHOLE)
		return insn->nf * s->vlenb / width;
	return insn->mode == MASK ? (s->vl + 7) / 8 : s->vl;
}

static bool in_sram(uint32_t addr, unsigned int bytes)
{
	uint32_t offset = addr - IPU_SRAM_BASE;

	return offset < IPU_SRAM_SIZE && IPU_SRAM_SIZE - offset >= bytes;
}

static struct watch watch;

static bool is_watched(uint32_t addr, uint32_t access)
{
	unsigned int i;

	for (i = 0; i < watch.points.count; i++)
		if (watch.points.point[i].access & access &&
		    watch.points.point[i].tile == IPU_DBG_ALL_TILES &&
		    addr >= watch.points.point[i].addr &&
		    addr - watch.points.point[i].addr < watch.points.point[i].len)
			return true;
	return false;
}

static void note_access(uint32_t addr, unsigned int bytes, uint32_t access)
{
	for (; bytes; bytes--, addr++) {
		if (!is_watched(addr, access))
			continue;
		if (!watch.hits++ || addr < watch.lowest)
			watch.lowest = addr;
	}
}

/* one field; false if it is not in SRAM */
static bool transfer(const struct insn *insn, struct state *s, uint32_t addr, unsigned int reg_byte,
		     unsigned int width)
{
	uint32_t offset = addr - IPU_SRAM_BASE;

	if (!in_sram(addr, width))
		return false;
	note_access(addr, width, insn->store ? IPU_DBG_WRITE : IPU_DBG_READ);
	if (insn->store)
		memcpy(s->sram + offset, s->v + reg_byte, width);
	else
		memcpy(s->v + reg_byte, s->sram + offset, width);
	return true;
}

static void execute(const struct insn *insn, struct state *s)
{
	unsigned int width = insn->mode == INDEXED ? s->sew : insn->eew;
	unsigned int fields = insn->mode == WHOLE ? 1 : insn->nf;
	unsigned int emul8 = insn->mode == INDEXED ? s->lmul8 : s->lmul8 * insn->eew / s->sew;
	unsigned int regs = emul8 > 8 ? emul8 / 8 : 1;
	uint32_t evl = element_count(insn, s, width);
	uint32_t i, f;

	for (i = s->vstart; i < evl; i++) {
		/* the indices may be overwritten, but only those that were used */
		uint32_t addr = address(insn, s, i, width);

		if (!insn->vm && !(s->v[i / 8] >> i % 8 & 1))
			continue;
		if (insn->mode == FIRST && i && !in_sram(addr, fields * width)) {
			s->vl = i;
			s->vstart = 0;
			return;
		}
		for (f = 0; f < fields; f++, addr += width) {
			if (transfer(insn, s, addr, (insn->vd + f * regs) * s->vlenb + i * width,
				     width))
				continue;
			s->vstart = i;
			s->fault = true;
			s->fault_addr = addr;
			return;
		}
	}
	s->vstart = 0;
}

/* ---- Cases ------------------------------------------------------------------------------------ */

static uint32_t encode(const struct insn *insn)
{
	static const uint32_t lumop[] = { [UNIT] = 0, [FIRST] = 16, [MASK] = 11, [WHOLE] = 8 };
	uint32_t width = insn->eew == 1 ? 0 : insn->eew == 2 ? 5 : 6;
	uint32_t mop = 0, rs2;

	if (insn->mode == STRIDED)
		mop = 2;
	else if (insn->mode == INDEXED)
		mop = insn->ordered ? 3 : 1;
	if (insn->mode == STRIDED)
		rs2 = 2;
	else if (insn->mode == INDEXED)
		rs2 = insn->vs2;
	else
		rs2 = lumop[insn->mode];
	return (insn->nf - 1) << 29 | mop << 26 | insn->vm << 25 | rs2 << 20 | 1 << 15 |
	       width << 12 | insn->vd << 7 | (insn->store ? 0x27 : 0x07);
}

static void random_insn(struct insn *insn)
{
	*insn = (struct insn){
		.mode = below(MODES),
		.store = below(2),
		.ordered = below(2),
		.vm = below(2),
		.eew = 1 << below(3),
		.nf = below(2) ? 1 : 1 + below(8),
		.vd = below(2) ? below(4) * 8 : below(32),
		.vs2 = below(2) ? below(4) * 8 : below(32),
	};
	if (insn->mode == FIRST)
		insn->store = false;
	if (insn->mode == WHOLE)
		insn->nf = 1 << below(4);
	if (insn->mode == MASK)
		insn->nf = 1;
	if (insn->mode == MASK || insn->mode == WHOLE)
		insn->vm = true;
	if (insn->mode == MASK || (insn->mode == WHOLE && insn->store))
		insn->eew = 1;
}

/* mostly near the end of SRAM, sometimes near its beginning or anywhere */
static uint32_t random_address(void)
{
	switch (below(8)) {
	case 0:
		return random_word();
	case 1:
		return IPU_SRAM_BASE + 4096 - below(64);
	case 2:
		return IPU_SRAM_END - below(64);
	default:
		return IPU_SRAM_END - 4 * below(2048);
	}
}

static void random_state(const struct insn *insn, struct state *s)
{
	uint32_t i, mask;

	do {
		s->sew = 1 << below(3);
		s->lmul8 = 1 << below(7);
	} while (s->sew * 8 > s->lmul8 * 4 && !(s->sew == 1 && s->lmul8 == 1));
	s->vl = s->vlenb * s->lmul8 / 8 / s->sew;
	if (below(2))
		s->vl = below(s->vl + 1);
	s->vstart = below(4) ? 0 : below(s->vl + 4) & (s->vlenb * 8 - 1);
	s->x1 = random_address();
	s->x2 = below(8) ? below(256) - 128 : below(2) ? 0 : random_word();
	random_bytes(s->v, 32 * s->vlenb);
	if (insn->mode != INDEXED || insn->eew == 1)
		return;
	/* indices that are often small, forwards or backwards, of the group and behind it */
	mask = below(4) ? 0xfff : 0xffffffff;
	for (i = insn->vs2 * s->vlenb; i < 32 * s->vlenb; i += insn->eew) {
		uint32_t index = random_word() & mask;

		memcpy(s->v + i, &index, insn->eew);
	}
}

/* Up to four watchpoints, most of them close to where the instruction accesses memory. */
static void random_watch(const struct state *s)
{
	static const uint32_t lengths[] = { 1, 4, 100, 5000 };
	unsigned int i;

	watch = (struct watch){ .points.count = below(5) };
	for (i = 0; i < watch.points.count; i++) {
		const uint32_t near = s->x1 + (below(2) ? below(64) : below(0x2000) - 0x800);

		watch.points.point[i].access = 2 * (1 + below(3));
		watch.points.point[i].tile = below(8) ? IPU_DBG_ALL_TILES : 0;
		watch.points.point[i].addr = below(8) ? near : random_word();
		watch.points.point[i].len = 1 + below(lengths[below(4)]);
		if (!below(16))
			watch.points.point[i].len = UINT32_MAX;
	}
}

/* It stops before the instruction if that accesses what is watched, and not otherwise. */
static void run_watched(struct tile_env *env, const struct insn *insn)
{
	struct ipu_tile_stop stop;

	ipu_tile_run(env->tile, 1);
	stop = ipu_tile_stop(env->tile);
	ipu_tile_debug(env->tile, NULL, 0);
	/* without one it gets to the ebreak, where a tile that is debugged stops as well */
	if (!watch.hits) {
		assert_int_not_equal(stop.reason, IPU_DBG_WATCH);
		return;
	}
	assert_int_equal(stop.reason, IPU_DBG_WATCH);
	assert_int_equal(stop.unit, IPU_UNIT_SUPERVISOR);
	assert_int_equal(stop.pc, CODE);
	assert_int_equal(stop.addr, watch.lowest);
	assert_int_equal(stop.access, insn->store ? IPU_DBG_WRITE : IPU_DBG_READ);
}

static void put_state(struct tile_env *env, const struct state *s, uint32_t bits)
{
	struct ipu_unit *u = &env->tile->units[IPU_UNIT_SUPERVISOR];
	unsigned int log2_lmul8 = __builtin_ctz(s->lmul8);
	unsigned int key = ipu_vec_key(__builtin_ctz(s->sew), (log2_lmul8 + 5) % 8);

	tile_env_set_word(env, CODE, bits);
	tile_env_set_word(env, CODE + 4, EBREAK);
	memcpy(s->sram, env->sram, 8);
	ipu_tile_written(env->tile, CODE, 8);
	ipu_tile_debug(env->tile, watch.points.count ? &watch.points : NULL, 1);
	tile_env_start(env, CODE, 0);
	u->r[1] = s->x1;
	u->r[2] = s->x2;
	memcpy(u->v, s->v, 32 * s->vlenb);
	ipu_vec_set(u, key, key, s->vl);
	ipu_vec_set_vstart(u, s->vstart);
}

static void check_state(const struct tile_env *env, const struct insn *insn, const struct state *s,
			bool is_legal)
{
	const struct ipu_unit *u = &env->tile->units[IPU_UNIT_SUPERVISOR];
	struct ipu_tile_fault fault;

	ipu_tile_fault(env->tile, &fault);
	if (!is_legal) {
		assert_int_equal(fault.cause, IPU_FAULT_ILLEGAL_INSN);
	} else if (s->fault) {
		assert_int_equal(fault.cause, insn->store ? IPU_FAULT_STORE : IPU_FAULT_LOAD);
		assert_int_equal(fault.addr, s->fault_addr);
	} else {
		assert_int_equal(fault.cause, IPU_FAULT_EBREAK);
	}
	assert_int_equal(fault.pc, CODE + (is_legal && !s->fault ? 4 : 0));
	assert_int_equal(u->vl, s->vl);
	assert_int_equal(u->vstart, s->vstart);
	assert_memory_equal(u->v, s->v, 32 * s->vlenb);
	assert_memory_equal(env->sram + WINDOW_AT, s->sram + WINDOW_AT, WINDOW);
}

static struct state reference;

static void run_cases(enum ipu_vec_tier tier, unsigned int vlen)
{
	struct tile_env *env = tile_env_new(NULL);
	struct state *s = &reference;
	unsigned int i, done = 0, faults = 0, hits = 0;
	struct insn insn;

	ipu_vec_limit(tier);
	ipu_tile_free(env->tile);
	env->tile = ipu_tile_new(env->sram, env->cache, vlen);
	assert_non_null(env->tile);
	tile_env_load(env);
	s->vlenb = vlen / 8;
	s->sram = calloc(1, IPU_SRAM_SIZE);
	assert_non_null(s->sram);
	for (i = 0; i < CASES; i++) {
		bool is_legal;

		random_insn(&insn);
		random_state(&insn, s);
		random_watch(s);
		if (i % 64 == 0) {
			random_bytes(s->sram + WINDOW_AT, WINDOW);
			memcpy(env->sram + WINDOW_AT, s->sram + WINDOW_AT, WINDOW);
		}
		put_state(env, s, encode(&insn));
		is_legal = legal(&insn, s);
		s->fault = false;
		if (is_legal)
			execute(&insn, s);
		run_watched(env, &insn);
		tile_env_finish(env);
		check_state(env, &insn, s, is_legal);
		done += is_legal && !s->fault;
		faults += s->fault;
		hits += watch.hits > 0;
	}
	assert_memory_equal(env->sram, s->sram, IPU_SRAM_SIZE);
	/* enough of both, or the cases say little */
	assert_true(done > CASES / 5);
	assert_true(faults > CASES / 20);
	assert_true(hits > CASES / 20);
	ipu_vec_limit(IPU_VEC_TIERS - 1);
	free(s->sram);
	tile_env_free(env);
}

static void random_cases(void **state)
{
	static const unsigned int vlens[] = { 128, 256, 512, 1024 };
	enum ipu_vec_tier tier;
	size_t i;

	(void)state;
	for (tier = 0; tier < IPU_VEC_TIERS; tier++)
		for (i = 0; i < sizeof(vlens) / sizeof(vlens[0]); i++) {
			seed = 0x1000193 * (vlens[i] + tier);
			run_cases(tier, vlens[i]);
		}
}

/* Encodings next to those of loads and stores: each must be illegal. */
static void reserved_encodings(void **state)
{
	static const uint32_t encodings[] = {
		0x0200f007, /* vle64 */
		0x1200e007, /* mew */
		0x0210e007, /* lumop 1 */
		0x0280e207, /* a whole register and v4, for comparison: legal */
		0x4280e207, /* three whole registers */
		0x2280e187, /* two from v3 on */
		0x0080e207, /* masked whole register */
		0x02b0e007, /* vlm of 32 bits */
		0x00b08007, /* masked vlm */
		0x22b08007, /* vlm of two fields */
		0x03008027, /* a fault-only-first store */
		0x0280d027, /* a whole register stored as halves */
		0x0e20f007, /* vloxei64 */
	};
	struct tile_env *env = *state;
	struct state s = { .vlenb = IPU_VLEN_DEFAULT / 8, .sew = 4, .lmul8 = 8, .vl = 1 };
	struct ipu_tile_fault fault;
	size_t i;

	watch.points.count = 0;
	s.x1 = IPU_SRAM_BASE + 4096;
	s.sram = calloc(1, IPU_SRAM_SIZE);
	assert_non_null(s.sram);
	for (i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		put_state(env, &s, encodings[i]);
		tile_env_finish(env);
		ipu_tile_fault(env->tile, &fault);
		if (fault.cause != (i == 3 ? IPU_FAULT_EBREAK : IPU_FAULT_ILLEGAL_INSN))
			fail_msg("%08x: cause %u", encodings[i], fault.cause);
	}
	free(s.sram);
}

/* Whole registers move with vill, too, and what was written is 0 in the next run. */
static void without_vtype(void **state)
{
	struct tile_env *env = *state;
	struct ipu_unit *u = &env->tile->units[IPU_UNIT_SUPERVISOR];

	memset(env->sram + 4096, 0x5a, 128);
	tile_env_set_word(env, CODE, 0x0280e207); /* vl1re32.v v4, (ra) */
	tile_env_set_word(env, CODE + 4, EBREAK);
	ipu_tile_written(env->tile, CODE, 8);
	tile_env_start(env, CODE, 0);
	u->r[1] = IPU_SRAM_BASE + 4096;
	tile_env_finish(env);
	assert_int_equal(tile_env_reg(env, REG_PC), CODE + 4);
	assert_int_equal(u->v[4 * u->vlenb], 0x5a);
	tile_env_start(env, CODE, 0);
	assert_int_equal(u->v[4 * u->vlenb], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_cases),
		cmocka_unit_test_setup_teardown(reserved_encodings, tile_env_setup,
						tile_env_teardown),
		cmocka_unit_test_setup_teardown(without_vtype, tile_env_setup, tile_env_teardown),
	};

	return cmocka_run_group_tests_name("vector loads and stores", tests, NULL, NULL);
}
