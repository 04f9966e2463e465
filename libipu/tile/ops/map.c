/* SPDX-License-Identifier: MIT */
/*
 * Operations on each element by itself, <ipu/op_map.h>: which loop and which function an
 * operation has, and the loops. A loop loads elements, calls the function, and stores; there
 * is one for each number of operands and each type that training is done in, and one for
 * everything else. The few operations that all programs spend their time in have loops
 * of their own.
 */
#include "elements.h"
#include "floats.h"
#include "map.h"
#include "share.h"

/**
 * struct map_operand - where a loop finds one
 * @data: this tile's elements, or NULL if all are @value
 * @value: the scalar: a float, or the bits of an integer
 * @load: of its type
 * @one: @data is one element, for all
 */
struct map_operand {
	const void *data;
	float value;
	element_load *load;
	bool one;
};

/**
 * struct map - this tile's part of an operation
 * @to: the results
 * @operand: a, b and c, as many as the operation takes
 * @count: elements
 * @given: the scalar, alpha and beta, if they are only known when it runs; else NULL
 * @alpha: as the functions get it
 * @beta: the same
 * @function: computes results; or else
 * @test: computes results that are u8
 * @store: of the result's type
 * @loop: computes some of the elements
 */
struct map {
	void *to;
	struct map_operand operand[3];
	uint32_t count;
	const union ipu_scalar *given;
	float alpha;
	float beta;
	map_function *function;
	map_test *test;
	element_store *store;
	void (*loop)(const struct map *map, uint32_t at, uint32_t end);
};

/* ---- Loops ------------------------------------------------------------------------ */

#define ALWAYS_INLINE inline __attribute__((always_inline))

static ALWAYS_INLINE vfloat32m4_t get(const struct map_operand *operand, element_load *load,
				      uint32_t at, size_t vl)
{
	if (operand->data)
		return load(operand->data, at, vl);
	return __riscv_vfmv_v_f_f32m4(operand->value, vl);
}

/* Inlined for each type and number of operands. */
static ALWAYS_INLINE void compute(const struct map *map, uint32_t at, uint32_t end,
				  uint32_t operands, element_load *load, element_store *store)
{
	const struct map_operand *operand = map->operand;
	const float alpha = map->alpha, beta = map->beta;
	map_function *const function = map->function;
	vfloat32m4_t a, b = __riscv_vundefined_f32m4(), c = b;

	for (uint32_t vl; at < end; at += vl) {
		vl = (uint32_t)__riscv_vsetvl_e32m4(end - at);
		a = get(&operand[0], load, at, vl);
		if (operands > 1)
			b = get(&operand[1], load, at, vl);
		if (operands > 2)
			c = get(&operand[2], load, at, vl);
		store(map->to, at, function(a, b, c, vl, alpha, beta), vl);
	}
}

static ALWAYS_INLINE void store_flags(void *to, uint32_t at, vbool8_t flags, size_t vl)
{
	const vuint8m1_t zero = __riscv_vmv_v_x_u8m1(0, vl);

	__riscv_vse8((uint8_t *)to + at, __riscv_vmerge(zero, 1, flags, vl), vl);
}

static ALWAYS_INLINE void check(const struct map *map, uint32_t at, uint32_t end,
				element_load *load)
{
	map_test *const test = map->test;

	for (uint32_t vl; at < end; at += vl) {
		vl = (uint32_t)__riscv_vsetvl_e32m4(end - at);
		const vfloat32m4_t a = get(&map->operand[0], load, at, vl);
		const vfloat32m4_t b = get(&map->operand[1], load, at, vl);

		store_flags(map->to, at, test(a, b, vl), vl);
	}
}

#define LOOPS(type)                                                                   \
	static void compute1_##type(const struct map *map, uint32_t at, uint32_t end) \
	{                                                                             \
		compute(map, at, end, 1, load_##type, store_##type);                  \
	}                                                                             \
	static void compute2_##type(const struct map *map, uint32_t at, uint32_t end) \
	{                                                                             \
		compute(map, at, end, 2, load_##type, store_##type);                  \
	}                                                                             \
	static void compute3_##type(const struct map *map, uint32_t at, uint32_t end) \
	{                                                                             \
		compute(map, at, end, 3, load_##type, store_##type);                  \
	}                                                                             \
	static void check_##type(const struct map *map, uint32_t at, uint32_t end)    \
	{                                                                             \
		check(map, at, end, load_##type);                                     \
	}

LOOPS(f32) /* and i32 */
LOOPS(f16)
LOOPS(bf16)

/* Loads and stores of any type. What is loaded first would not outlive a call. */
static void compute_any(const struct map *map, uint32_t at, uint32_t end)
{
	const struct map_operand *operand = map->operand;

	for (uint32_t vl; at < end; at += vl) {
		vl = (uint32_t)__riscv_vsetvl_e32m4(end - at);
		const vfloat32m4_t a = get(&operand[0], operand[0].load, at, vl);
		const vfloat32m4_t b = get(&operand[1], operand[1].load, at, vl);
		const vfloat32m4_t c = get(&operand[2], operand[2].load, at, vl);

		map->store(map->to, at, map->function(a, b, c, vl, map->alpha, map->beta), vl);
	}
}

static void check_any(const struct map *map, uint32_t at, uint32_t end)
{
	const struct map_operand *operand = map->operand;

	for (uint32_t vl; at < end; at += vl) {
		vl = (uint32_t)__riscv_vsetvl_e32m4(end - at);
		const vfloat32m4_t a = get(&operand[0], operand[0].load, at, vl);
		const vfloat32m4_t b = get(&operand[1], operand[1].load, at, vl);

		store_flags(map->to, at, map->test(a, b, vl), vl);
	}
}

/* As many elements at once as there can be. Of f16 the bits are the same as through f32. */
#define LOAD_M8_f32 __riscv_vle32_v_f32m8
#define LOAD_M8_f16 __riscv_vle16_v_f16m8
#define FAST(name, type, element, bits)                                                    \
	static void fast_##name##_##type(const struct map *map, uint32_t at, uint32_t end) \
	{                                                                                  \
		const element *a = (const element *)map->operand[0].data + at;             \
		const element *b = (const element *)map->operand[1].data + at;             \
		element *to = (element *)map->to + at;                                     \
                                                                                           \
		for (size_t vl, left = end - at; left; left -= vl) {                       \
			vl = __riscv_vsetvl_e##bits##m8(left);                             \
			__riscv_vse##bits(to,                                              \
					  __riscv_vf##name(LOAD_M8_##type(a, vl),          \
							   LOAD_M8_##type(b, vl), vl),     \
					  vl);                                             \
			a += vl;                                                           \
			b += vl;                                                           \
			to += vl;                                                          \
		}                                                                          \
	}

FAST(add, f32, float, 32)
FAST(sub, f32, float, 32)
FAST(mul, f32, float, 32)
FAST(add, f16, _Float16, 16)
FAST(sub, f16, _Float16, 16)
FAST(mul, f16, _Float16, 16)

/* ---- Which one -------------------------------------------------------------------- */

typedef void map_loop(const struct map *map, uint32_t at, uint32_t end);

static map_loop *const computing[3][FLOATS] = {
	{ compute1_f32, compute1_f16, compute1_bf16 },
	{ compute2_f32, compute2_f16, compute2_bf16 },
	{ compute3_f32, compute3_f16, compute3_bf16 },
};
static map_loop *const checking[FLOATS] = { check_f32, check_f16, check_bf16 };
static map_loop *const fast[3][2] = {
	[IPU_MAP_ADD] = { fast_add_f32, fast_add_f16 },
	[IPU_MAP_SUB] = { fast_sub_f32, fast_sub_f16 },
	[IPU_MAP_MUL] = { fast_mul_f32, fast_mul_f16 },
};

/* How many operands an operation takes. */
static uint32_t operands_of(enum ipu_map op)
{
	switch (op) {
	case IPU_MAP_FMA:
	case IPU_MAP_ADDCMUL:
	case IPU_MAP_ADDCDIV:
	case IPU_MAP_SELECT:
		return 3;
	case IPU_MAP_NEG ... IPU_MAP_RELU:
	case IPU_MAP_BIT_NOT:
	case IPU_MAP_NOT ... IPU_MAP_RECIPROCAL:
	case IPU_MAP_EXP ... IPU_MAP_LOG1P:
	case IPU_MAP_ERF ... IPU_MAP_LEAKY_RELU:
		return 1;
	default:
		return 2;
	}
}

/* The type that is computed in, with a loop of its own: -1 if it has none. */
static int type_index(const struct ipu_array *const operand[3], uint32_t operands,
		      enum ipu_dtype dtype)
{
	for (uint32_t i = 0; i < operands; i++)
		if (operand[i] && operand[i]->dtype != dtype)
			return -1;
	switch (dtype) {
	case IPU_F32:
	case IPU_I32:
		return 0;
	case IPU_F16:
		return 1;
	case IPU_BF16:
		return 2;
	default:
		return -1;
	}
}

static bool is_fast(const struct map *map, enum ipu_map op, enum ipu_dtype dtype)
{
	if (op > IPU_MAP_MUL || dtype == IPU_I32 || dtype == IPU_BF16)
		return false;
	for (uint32_t i = 0; i < 2; i++)
		if (!map->operand[i].data || map->operand[i].one)
			return false;
	return true;
}

static map_loop *choose_loop(const struct map *map, const struct ipu_map_args *args,
			     const struct ipu_array *const operand[3], uint32_t operands,
			     enum ipu_dtype dtype)
{
	const int type = type_index(operand, operands, dtype);

	if (type < 0)
		return map->test ? check_any : compute_any;
	if (map->test)
		return checking[type];
	if (args->to->dtype != dtype)
		return compute_any;
	if (is_fast(map, args->op, dtype))
		return fast[args->op][type];
	return computing[operands - 1][type];
}

/* ---- Types ------------------------------------------------------------------------ */

static __attribute__((noreturn)) void refuse_type(struct ipu_ops *ops, enum ipu_map op,
						  const char *which, enum ipu_dtype dtype)
{
	ipu_ops_refuse(ops, "operation %lu of enum ipu_map does not take %s of type %s",
		       (unsigned long)op, which, element_name(dtype));
}

/* Are two types computed with in the same way? */
static bool alike(enum ipu_dtype a, enum ipu_dtype b)
{
	return a == b || (element_is_float(a) && element_is_float(b));
}

/* Set the function for operands of a type. */
static void find_function(struct ipu_ops *ops, struct map *map, enum ipu_map op,
			  enum ipu_dtype dtype)
{
	const bool is_float = element_is_float(dtype);

	if (op == IPU_MAP_SELECT) {
		map->function = map_integers[op];
		return;
	}
	map->function = is_float ? map_floats[op] : map_integers[op];
	map->test = is_float ? map_float_tests[op] : map_integer_tests[op];
	if ((!map->function && !map->test) || dtype == IPU_U32)
		refuse_type(ops, op, "operands", dtype);
}

static void check_types(struct ipu_ops *ops, const struct map *map, const struct ipu_map_args *args,
			const struct ipu_array *const operand[3], uint32_t operands,
			enum ipu_dtype dtype)
{
	for (uint32_t i = 0; i < operands; i++) {
		const bool flags = args->op == IPU_MAP_SELECT && i == 0;

		if (operand[i] && !alike(operand[i]->dtype, flags ? IPU_U8 : dtype))
			refuse_type(ops, args->op, "an operand", operand[i]->dtype);
	}
	if (!alike(args->to->dtype, map->test ? IPU_U8 : dtype))
		refuse_type(ops, args->op, "a result", args->to->dtype);
}

/* The type that is computed with: that of an operand, but not of the choices of a select. */
static enum ipu_dtype computed_type(struct ipu_ops *ops, const struct ipu_map_args *args,
				    const struct ipu_array *const operand[3], uint32_t operands)
{
	const bool select = args->op == IPU_MAP_SELECT;

	for (uint32_t i = 0; i < (select ? 1 : operands); i++)
		if (operand[i])
			return select ? args->to->dtype : operand[i]->dtype;
	ipu_ops_refuse(ops, "operation %lu of enum ipu_map has no array that says what type it has",
		       (unsigned long)args->op);
}

/* ---- Making and running ----------------------------------------------------------- */

/* The one element of an operand, as a scalar. */
static void load_one(struct map_operand *operand)
{
	operand->value = __riscv_vfmv_f(operand->load(operand->data, 0, 1));
	operand->data = NULL;
}

static void map_part(const struct map *map, uint32_t at, uint32_t end)
{
	struct map own;

	if (map->operand[0].one || map->operand[1].one || map->operand[2].one) {
		own = *map;
		for (uint32_t i = 0; i < 3; i++)
			if (own.operand[i].one)
				load_one(&own.operand[i]);
		map = &own;
	}
	map->loop(map, at, end);
}

static void map_share(void *args)
{
	const struct map *map = args;
	const struct ipu_range share = share_of(map->count);

	map_part(map, share.begin, share.end);
}

/* Before the workers start: what they are given this time. */
static void take_given(void *args)
{
	struct map *map = args;

	for (uint32_t i = 0; i < 3; i++)
		if (!map->operand[i].data)
			map->operand[i].value = map->given[0].real;
	map->alpha = map->given[1].real;
	map->beta = map->given[2].real;
}

static struct map_operand find_operand(struct ipu_ops *ops, const struct ipu_map_args *args,
				       const struct ipu_array *array)
{
	struct map_operand operand = { .value = args->scalar.real };

	if (!array)
		return operand;
	operand.load = element_load_of(array->dtype);
	operand.one = array->count == 1 && args->to->count != 1;
	if (operand.one)
		ipu_operand_numbers(ops, 1, &array, &operand.data);
	else
		operand.data = ipu_operand(ops, array, args->to);
	return operand;
}

static void init(struct ipu_ops *ops, struct map *map, const struct ipu_map_args *args)
{
	const struct ipu_array *const operand[3] = { args->a, args->b, args->c };
	const struct ipu_range own = ipu_array_own(args->to);
	uint32_t operands;
	enum ipu_dtype dtype;

	if (args->op >= IPU_MAP_OPS)
		ipu_ops_refuse(ops, "there is no operation %lu", (unsigned long)args->op);
	operands = operands_of(args->op);
	dtype = computed_type(ops, args, operand, operands);
	*map = (struct map){
		.to = args->to->data,
		.count = own.end - own.begin,
		.given = args->given,
		.alpha = args->alpha.real,
		.beta = args->beta.real,
		.store = element_store_of(args->to->dtype),
	};
	find_function(ops, map, args->op, dtype);
	check_types(ops, map, args, operand, operands, dtype);
	for (uint32_t i = 0; i < operands; i++)
		map->operand[i] = find_operand(ops, args, operand[i]);
	map->loop = choose_loop(map, args, operand, operands, dtype);
}

void ipu_make_map(struct ipu_ops *ops, const struct ipu_map_args *args)
{
	struct map *map;

	ipu_ops_begin(ops, "map");
	map = ipu_ops_keep(ops, sizeof(*map));
	init(ops, map, args);
	if (map->count)
		ipu_add_work(ops, map_share, map)->prepare = map->given ? take_given : NULL;
}

/* ---- Chains ----------------------------------------------------------------------- */

#define CHAIN_BLOCK 256 /* elements that all operations are done on in turn */

/**
 * struct chain - operations that are done in turn
 * @maps: how many
 * @map: each
 */
struct chain {
	uint32_t maps;
	struct map map[];
};

static void chain_share(void *args)
{
	const struct chain *chain = args;
	const struct ipu_range share = share_of(chain->map[0].count);

	for (uint32_t at = share.begin, end; at < share.end; at = end) {
		end = share.end - at > CHAIN_BLOCK ? at + CHAIN_BLOCK : share.end;
		for (uint32_t i = 0; i < chain->maps; i++)
			map_part(&chain->map[i], at, end);
	}
}

void ipu_make_chain(struct ipu_ops *ops, uint32_t count, const struct ipu_map_args *args)
{
	struct chain *chain;

	ipu_ops_begin(ops, "chain");
	chain = ipu_ops_keep(ops, sizeof(*chain) + count * sizeof(chain->map[0]));
	chain->maps = count;
	for (uint32_t i = 0; i < count; i++) {
		init(ops, &chain->map[i], &args[i]);
		if (args[i].given || chain->map[i].count != chain->map[0].count)
			ipu_ops_refuse(ops, "operation %lu of it is not like the first",
				       (unsigned long)i);
	}
	if (chain->map[0].count)
		ipu_add_work(ops, chain_share, chain);
}

/* ---- With fewer arguments --------------------------------------------------------- */

void ipu_make_map1(struct ipu_ops *ops, enum ipu_map op, const struct ipu_array *to,
		   const struct ipu_array *a)
{
	ipu_make_map(ops, &(struct ipu_map_args){ .op = op, .to = to, .a = a });
}

void ipu_make_map2(struct ipu_ops *ops, enum ipu_map op, const struct ipu_array *to,
		   const struct ipu_array *a, const struct ipu_array *b)
{
	ipu_make_map(ops, &(struct ipu_map_args){ .op = op, .to = to, .a = a, .b = b });
}

void ipu_make_map2_scalar(struct ipu_ops *ops, enum ipu_map op, const struct ipu_array *to,
			  const struct ipu_array *a, float b)
{
	struct ipu_map_args args = { .op = op, .to = to, .a = a };

	if (element_is_float(a->dtype))
		args.scalar.real = b;
	else
		args.scalar.whole = (int32_t)b;
	ipu_make_map(ops, &args);
}

void ipu_make_map3(struct ipu_ops *ops, enum ipu_map op, const struct ipu_array *to,
		   const struct ipu_array *a, const struct ipu_array *b, const struct ipu_array *c)
{
	ipu_make_map(ops, &(struct ipu_map_args){ .op = op, .to = to, .a = a, .b = b, .c = c });
}
