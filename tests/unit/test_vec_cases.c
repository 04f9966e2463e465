// SPDX-License-Identifier: MIT
/*
 * Runs the tables of vector instructions in vec_cases_*.S, each row a test of its
 * own: at every VLEN, in every tier, and with a mask where there may be one.
 * Checks that together they contain every vector instruction of the decode table.
 * Usage: vec_cases IMAGE...
 */
#include "tile_env.h"

#include <stdbool.h>
#include <stdio.h>

#include "vector/ipu_vec.h"

#define BUFFER (IPU_SRAM_END - 4096)
#define BUFFER_BYTES 1024
#define PATTERN 0x5a
#define SOME 0x55555555u /* the mask of the second try */
#define BIT_VM (1u << 25)

#define VS2 8
#define VS1 16
#define VD 24
#define LIST_MAX 1024

enum kind { KIND_V, KIND_X, KIND_F, KIND_MASK, KIND_ELEMENT, KIND_MEMORY, KIND_WHOLE, KIND_FIELD };

/* where a list begins and ends, and the bytes of an element */
struct list {
	uint32_t start;
	uint32_t end;
	uint32_t size;
};

/**
 * struct vec_case - a row, as vec_cases.inc lays it out
 * @code: address of its instruction
 * @text: and of its text
 * @kind: enum kind
 * @vtype: LMUL is 1
 * @x: scalar
 * @mask: v0's first bits; the others are ones
 * @frm, @vxrm: rounding modes
 * @flags: fflags, and vxsat in bit 8, afterwards
 * @a, @b, @d: operands vs2, vs1, vd
 * @want: the result
 */
struct vec_case {
	uint32_t code;
	uint32_t text;
	uint32_t kind;
	uint32_t vtype;
	uint32_t x;
	uint32_t mask;
	uint32_t frm;
	uint32_t vxrm;
	uint32_t flags;
	struct list a;
	struct list b;
	struct list d;
	struct list want;
};

struct row {
	const char *name;
	uint32_t mask;
	uint32_t match;
};

static const struct row rows[] = {
#define IPU_INSN(name, mask, match, format, handler, slots) { #name, mask, match },
#define IPU_VECTOR(name, mask, match, format, shape, slots) { #name, mask, match },
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
#undef IPU_VECTOR
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static bool seen[ROWS];

/* vsetvli and its like have tests elsewhere */
static bool is_vector(const struct row *row)
{
	const uint32_t opcode = row->match & 0x7f, funct3 = row->match >> 12 & 7;

	if (opcode == 0x57)
		return funct3 != 7;
	return (opcode == 0x07 || opcode == 0x27) && (!funct3 || funct3 >= 5);
}

static const unsigned int vlens[] = { 128, 256, 512, 1024 };

#define VLENS (sizeof(vlens) / sizeof(vlens[0]))

/* decoded code keeps the handlers of the tier that it was first executed in */
#define ENVS (IPU_VEC_TIERS * VLENS)

/* one test: the row, and the image's tiles, one for each tier and VLEN */
struct job {
	struct tile_env **envs;
	struct vec_case row;
};

static struct ipu_unit *unit_of(const struct tile_env *env)
{
	return &env->tile->units[IPU_UNIT_SUPERVISOR];
}

static uint32_t list_bytes(const struct list *list)
{
	return list->end - list->start;
}

/* a list's bytes to where they are wanted, and the pattern up to @bytes */
static void take(const struct tile_env *env, const struct list *list, uint8_t *to, uint32_t bytes)
{
	uint32_t len = list_bytes(list);

	memset(to, PATTERN, bytes);
	memcpy(to, env->sram + (list->start - IPU_SRAM_BASE), len < bytes ? len : bytes);
}

static uint32_t elements(const struct vec_case *row)
{
	return list_bytes(&row->a) / row->a.size;
}

static void set_operands(struct tile_env *env, const struct vec_case *row, uint32_t mask)
{
	struct ipu_unit *u = unit_of(env);
	const uint32_t group = 8 * u->vlenb;
	uint8_t *buffer = env->sram + (BUFFER - IPU_SRAM_BASE);

	memset(u->v, 0xff, u->vlenb);
	memcpy(u->v, &mask, sizeof(mask));
	take(env, &row->a, u->v + VS2 * u->vlenb, group);
	take(env, &row->b, u->v + VS1 * u->vlenb, group);
	take(env, &row->d, u->v + VD * u->vlenb, group);
	memset(buffer, PATTERN, BUFFER_BYTES);
	if (row->kind != KIND_MEMORY)
		take(env, &row->a, buffer, BUFFER_BYTES);
	ipu_vec_set(u, row->vtype, ipu_vec_vtype_key(row->vtype), elements(row));
	u->vxrm = row->vxrm;
	u->vxsat = 0;
	ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, REG_A0, BUFFER);
	ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, REG_A1, row->x);
	/* a half lies in a register with ones above it */
	ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, REG_F(11),
			 row->vtype == 8 ? row->x | 0xffff0000 : row->x);
	ipu_tile_set_reg(env->tile, IPU_UNIT_SUPERVISOR, REG_FCSR, row->frm << 5);
}

/* is each element of the result that of an element of the mask? */
static bool by_element(const struct vec_case *row)
{
	return row->kind == KIND_V || row->kind == KIND_FIELD || row->kind == KIND_MASK;
}

/* what is expected where the result is, and the bytes of a field behind it stay */
static void expected(const struct tile_env *env, const struct vec_case *row, uint32_t mask,
		     uint8_t *want, uint32_t bytes)
{
	uint8_t list[LIST_MAX];
	uint32_t i, size = row->want.size, count = list_bytes(&row->want) / size;

	take(env, row->kind == KIND_MEMORY ? &(const struct list){ .size = 1 } : &row->d, want,
	     bytes);
	take(env, &row->want, list, sizeof(list));
	if (row->kind == KIND_MASK) {
		for (i = 0; i < elements(row); i++)
			if (mask >> i & 1)
				want[i / 8] = (want[i / 8] & ~(1u << i % 8)) |
					      (list[i / 8] & 1u << i % 8);
		return;
	}
	for (i = 0; i < count; i++)
		if (!by_element(row) || mask >> i & 1)
			memcpy(want + i * size, list + i * size, size);
}

static void compare_bytes(const uint8_t *is, const uint8_t *want, uint32_t bytes, const char *where)
{
	uint32_t i;

	for (i = 0; i < bytes; i++)
		if (is[i] != want[i])
			fail_msg("%s: byte %u is 0x%02x, not 0x%02x", where, i, is[i], want[i]);
}

static void check_result(struct tile_env *env, const struct vec_case *row, uint32_t mask,
			 const char *where)
{
	struct ipu_unit *u = unit_of(env);
	uint8_t want[LIST_MAX];
	uint32_t scalar, bytes;

	if (row->kind == KIND_X || row->kind == KIND_F) {
		take(env, &row->want, want, sizeof(scalar));
		memcpy(&scalar, want, sizeof(scalar));
		if (row->want.size == 2)
			scalar |= 0xffff0000;
		assert_int_equal(tile_env_reg(env, row->kind == KIND_X ? REG_A2 : REG_F(12)),
				 scalar);
		return;
	}
	if (row->kind == KIND_MEMORY) {
		expected(env, row, mask, want, BUFFER_BYTES);
		compare_bytes(env->sram + (BUFFER - IPU_SRAM_BASE), want, BUFFER_BYTES, where);
		return;
	}
	bytes = row->kind == KIND_FIELD ? u->vlenb : 8 * u->vlenb;
	expected(env, row, mask, want, bytes);
	compare_bytes(u->v + VD * u->vlenb, want, bytes, where);
}

/* once; @masked: with some elements only */
static void run_once(struct tile_env *env, const struct vec_case *row, bool masked,
		     enum ipu_vec_tier tier)
{
	const uint32_t mask = masked ? SOME : row->mask;
	struct ipu_unit *u = unit_of(env);
	struct ipu_tile_fault fault;
	char where[64];

	snprintf(where, sizeof(where), "VLEN %u, tier %u%s", u->vlenb * 8, tier,
		 masked ? ", masked" : "");
	ipu_vec_limit(tier);
	tile_env_load(env);
	if (masked)
		tile_env_set_word(env, row->code, tile_env_word(env, row->code) & ~BIT_VM);
	tile_env_start(env, row->code, 0);
	set_operands(env, row, mask);
	assert_int_equal(tile_env_finish(env), IPU_TILE_FAULTED);
	ipu_tile_fault(env->tile, &fault);
	if (fault.cause != IPU_FAULT_EBREAK)
		fail_msg("%s: fault 0x%x", where, fault.cause);
	check_result(env, row, mask, where);
	assert_int_equal(u->vstart, 0);
	if (!masked) {
		assert_int_equal(tile_env_reg(env, REG_FCSR) & 0x1f, row->flags & 0x1f);
		assert_int_equal(u->vxsat, row->flags >> 8);
	}
}

static const struct row *find_row(uint32_t bits)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if ((bits & rows[i].mask) == rows[i].match)
			return &rows[i];
	return NULL;
}

static bool may_be_masked(const struct row *row, const struct vec_case *c, uint32_t bits)
{
	return bits & BIT_VM && !(row->mask & BIT_VM) && by_element(c);
}

static void run_row(void **state)
{
	const struct job *job = *state;
	const struct vec_case *c = &job->row;
	const struct row *row;
	uint32_t bits;
	unsigned int i;

	tile_env_load(job->envs[0]);
	bits = tile_env_word(job->envs[0], c->code);
	row = find_row(bits);
	if (!row || !is_vector(row))
		fail_msg("0x%08x is no vector instruction", bits);
	seen[row - rows] = true;
	for (i = 0; i < ENVS; i++) {
		run_once(job->envs[i], c, false, i / VLENS);
		if (may_be_masked(row, c, bits))
			run_once(job->envs[i], c, true, i / VLENS);
	}
}

static void every_instruction_has_a_case(void **state)
{
	unsigned int missing = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ROWS; i++) {
		if (is_vector(&rows[i]) && !seen[i]) {
			print_error("no case for %s\n", rows[i].name);
			missing++;
		}
	}
	assert_int_equal(missing, 0);
}

static struct CMUnitTest *tests;

/* a test for each row of the image at @path; returns how many there are now */
static size_t add_image(const char *path, size_t count)
{
	struct tile_env **envs = calloc(ENVS, sizeof(struct tile_env *));
	uint32_t at, end;
	size_t i;

	if (!envs)
		exit(2);
	for (i = 0; i < ENVS; i++)
		envs[i] = tile_env_new_vlen(path, vlens[i % VLENS]);
	tile_env_load(envs[0]);
	at = tile_env_word(envs[0], IPU_SRAM_BASE);
	end = tile_env_word(envs[0], IPU_SRAM_BASE + 4);
	for (; at < end; at += sizeof(struct vec_case)) {
		struct job *job = malloc(sizeof(*job));

		tests = realloc(tests, (count + 2) * sizeof(*tests));
		if (!job || !tests)
			exit(2);
		job->envs = envs;
		memcpy(&job->row, envs[0]->sram + (at - IPU_SRAM_BASE), sizeof(job->row));
		tests[count++] = (struct CMUnitTest){
			.name = strdup((char *)envs[0]->sram + (job->row.text - IPU_SRAM_BASE)),
			.test_func = run_row,
			.initial_state = job,
		};
	}
	return count;
}

int main(int argc, char **argv)
{
	size_t count = 0;
	int i;

	if (argc < 2) {
		fprintf(stderr, "usage: vec_cases IMAGE...\n");
		return 2;
	}
	for (i = 1; i < argc; i++)
		count = add_image(argv[i], count);
	if (!count) {
		fprintf(stderr, "vec_cases: no cases in the images\n");
		return 2;
	}
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(every_instruction_has_a_case);
	return _cmocka_run_group_tests("vec_cases", tests, count, NULL, NULL);
}
