/* SPDX-License-Identifier: MIT */
/*
 * Collectives, <ipu/collective.h>: which transfers they consist of.
 *
 * What more than FLAT tiles do together they do in two stages: in groups of about sqrt(n)
 * tiles, and then between groups. So no tile has more transfers than a few times sqrt(n), and
 * hardly more bytes than with n of them. Arrays that are reduced are cut in parts, one for
 * each member of a group, and in slices, one for each tile. A part is combined in each group
 * by the member that it belongs to, and then each tile combines the groups' results for its
 * slice.
 */
#include <ipu/tile.h>
#include <riscv_vector.h>

#define FLAT 16 /* up to so many tiles are one group */
#define SMALL 8 /* words that are combined whole, without slices */
#define BY_WORKERS 192 /* words, of all pieces, from which on workers are worth starting */

/* ---- Tiles, groups, parts ------------------------------------------------------- */

/**
 * struct group - some tiles with consecutive numbers
 * @first: the first one
 * @size: how many
 */
struct group {
	uint32_t first;
	uint32_t size;
};

static uint32_t group_count(void)
{
	const uint32_t tiles = ipu_tile_count();
	uint32_t root = 1;

	while (tiles > FLAT && (root + 1) * (root + 1) <= tiles)
		root++;
	return root;
}

static struct group group_at(uint32_t index, uint32_t groups)
{
	const uint32_t first = index * ipu_tile_count() / groups;

	return (struct group){ first, (index + 1) * ipu_tile_count() / groups - first };
}

static struct group group_of(uint32_t tile, uint32_t groups)
{
	return group_at(((tile + 1) * groups - 1) / ipu_tile_count(), groups);
}

static bool is_in(struct group group, uint32_t tile)
{
	return tile - group.first < group.size;
}

/* The words of a full part, when @words are cut in @parts; the last ones have fewer. */
static uint32_t full_part(uint32_t words, uint32_t parts)
{
	return (words + parts - 1) / parts;
}

static struct ipu_range part_at(uint32_t words, uint32_t parts, uint32_t index)
{
	const uint32_t full = full_part(words, parts);
	const uint32_t begin = index * full < words ? index * full : words;

	return (struct ipu_range){ begin, words - begin < full ? words : begin + full };
}

static struct ipu_range overlap(struct ipu_range a, struct ipu_range b)
{
	const uint32_t begin = a.begin > b.begin ? a.begin : b.begin;
	const uint32_t end = a.end < b.end ? a.end : b.end;

	return (struct ipu_range){ begin, end > begin ? end : begin };
}

static const uint32_t *word(const void *array, uint32_t index)
{
	return (const uint32_t *)array + index;
}

static uint32_t *word_to(void *array, uint32_t index)
{
	return (uint32_t *)array + index;
}

/* ---- Steps ---------------------------------------------------------------------- */

#define CHECK(condition, code)          \
	do {                            \
		if (!(condition))       \
			ipu_trap(code); \
	} while (0)

static void begin(struct ipu_collective *c, const void *send, const void *recv, uint32_t bytes)
{
	CHECK((((uint32_t)send | (uint32_t)recv | bytes) & 3) == 0, IPU_TRAP_COLLECTIVE);
	c->count = 0;
	c->steps = 0;
	c->combine = NULL;
}

/* Begin a step, an exchange that this tile takes part in even if nothing is added to it. */
static struct ipu_collective_step *add_step(struct ipu_collective *c)
{
	struct ipu_collective_step *step = &c->step[c->steps++];

	*step = (struct ipu_collective_step){ .first = c->count };
	return step;
}

/* Add to the last step that @words are pulled. */
static void pull(struct ipu_collective *c, uint32_t tile, const uint32_t *from, uint32_t *to,
		 uint32_t words)
{
	if (!words || (tile == ipu_tile_id() && from == to))
		return;
	CHECK(c->count < c->room, IPU_TRAP_TABLE);
	c->table[c->count++] = ipu_pull(tile, from, to, words * 4);
	c->step[c->steps - 1].count++;
}

/* What the last step combines. */
static void combine(struct ipu_collective *c, uint32_t *to, const uint32_t *from, uint32_t pieces,
		    uint32_t words)
{
	struct ipu_collective_step *step = &c->step[c->steps - 1];

	if (!words)
		return;
	step->to = to;
	step->from = from;
	step->pieces = pieces;
	step->words = words;
}

/* ---- Moving data ---------------------------------------------------------------- */

void ipu_make_broadcast(struct ipu_collective *c, uint32_t root, void *data, uint32_t bytes)
{
	begin(c, data, data, bytes);
	CHECK(root < ipu_tile_count(), IPU_TRAP_COLLECTIVE);
	add_step(c);
	pull(c, root, data, data, bytes / 4);
}

void ipu_make_scatter(struct ipu_collective *c, uint32_t root, const void *send, void *recv,
		      uint32_t bytes)
{
	begin(c, send, recv, bytes);
	CHECK(root < ipu_tile_count(), IPU_TRAP_COLLECTIVE);
	add_step(c);
	pull(c, root, word(send, ipu_tile_id() * (bytes / 4)), recv, bytes / 4);
}

void ipu_make_gather(struct ipu_collective *c, uint32_t root, const void *send, void *recv,
		     uint32_t bytes)
{
	begin(c, send, recv, bytes);
	CHECK(root < ipu_tile_count(), IPU_TRAP_COLLECTIVE);
	add_step(c);
	for (uint32_t tile = 0; tile < ipu_tile_count() && ipu_tile_id() == root; tile++)
		pull(c, tile, send, word_to(recv, tile * (bytes / 4)), bytes / 4);
}

void ipu_make_all_to_all(struct ipu_collective *c, const void *send, void *recv, uint32_t bytes)
{
	begin(c, send, recv, bytes);
	add_step(c);
	for (uint32_t tile = 0; tile < ipu_tile_count(); tile++)
		pull(c, tile, word(send, ipu_tile_id() * (bytes / 4)),
		     word_to(recv, tile * (bytes / 4)), bytes / 4);
}

void ipu_make_all_gather(struct ipu_collective *c, const void *send, void *recv, uint32_t bytes)
{
	const uint32_t groups = group_count(), words = bytes / 4;
	const struct group own = group_of(ipu_tile_id(), groups);

	begin(c, send, recv, bytes);
	add_step(c);
	for (uint32_t tile = own.first; is_in(own, tile); tile++) {
		uint32_t *block = word_to(recv, tile * words);

		pull(c, tile, send == recv ? block : send, block, words);
	}
	if (groups == 1)
		return;
	add_step(c);
	for (uint32_t i = 0; i < groups; i++) {
		const struct group group = group_at(i, groups);
		uint32_t *blocks = word_to(recv, group.first * words);

		/* Any member has them all by now. */
		if (group.first != own.first)
			pull(c, group.first + (ipu_tile_id() - own.first) % group.size, blocks,
			     blocks, group.size * words);
	}
}

/* ---- Reducing ------------------------------------------------------------------- */

/*
 * In the order of the pieces: the first one, and the others one after the other. By single
 * registers: longer groups would be a little faster for large arrays, of which exchanging them
 * is most of the time anyway, and twice as slow for a few words.
 */
#define COMBINE(name, type, per_word, vector, vsetvl, vle, vse, op)                            \
	static void name(const struct ipu_collective_step *step, struct ipu_range words)       \
	{                                                                                      \
		const uint32_t end = words.end * (per_word), pitch = step->words * (per_word); \
		const type *from = step->from;                                                 \
		type *to = step->to;                                                           \
                                                                                               \
		for (uint32_t at = words.begin * (per_word), vl; at < end; at += vl) {         \
			vl = (uint32_t)vsetvl(end - at);                                       \
			vector sum = vle(from + at, vl);                                       \
                                                                                               \
			for (uint32_t piece = 1; piece < step->pieces; piece++)                \
				sum = op(sum, vle(from + piece * pitch + at, vl), vl);         \
			vse(to + at, sum, vl);                                                 \
		}                                                                              \
	}

#define COMBINE_F32(name, op)                                                              \
	COMBINE(name, float, 1, vfloat32m1_t, __riscv_vsetvl_e32m1, __riscv_vle32_v_f32m1, \
		__riscv_vse32_v_f32m1, op)
#define COMBINE_F16(name, op)                                                                 \
	COMBINE(name, _Float16, 2, vfloat16m1_t, __riscv_vsetvl_e16m1, __riscv_vle16_v_f16m1, \
		__riscv_vse16_v_f16m1, op)
#define COMBINE_I32(name, op)                                                              \
	COMBINE(name, int32_t, 1, vint32m1_t, __riscv_vsetvl_e32m1, __riscv_vle32_v_i32m1, \
		__riscv_vse32_v_i32m1, op)
#define COMBINE_U32(name, op)                                                                \
	COMBINE(name, uint32_t, 1, vuint32m1_t, __riscv_vsetvl_e32m1, __riscv_vle32_v_u32m1, \
		__riscv_vse32_v_u32m1, op)

COMBINE_F32(sum_f32, __riscv_vfadd)
COMBINE_F32(min_f32, __riscv_vfmin)
COMBINE_F32(max_f32, __riscv_vfmax)
COMBINE_F16(sum_f16, __riscv_vfadd)
COMBINE_F16(min_f16, __riscv_vfmin)
COMBINE_F16(max_f16, __riscv_vfmax)
COMBINE_I32(min_i32, __riscv_vmin)
COMBINE_I32(max_i32, __riscv_vmax)
COMBINE_U32(sum_u32, __riscv_vadd)
COMBINE_U32(min_u32, __riscv_vminu)
COMBINE_U32(max_u32, __riscv_vmaxu)
COMBINE_U32(or_u32, __riscv_vor)

static void set_operation(struct ipu_collective *c, enum ipu_dtype dtype, enum ipu_op op)
{
	static void (*const known[][4])(const struct ipu_collective_step *step,
					struct ipu_range words) = {
		[IPU_F32] = { sum_f32, min_f32, max_f32, NULL },
		[IPU_F16] = { sum_f16, min_f16, max_f16, NULL },
		[IPU_I32] = { sum_u32, min_i32, max_i32, or_u32 },
		[IPU_U32] = { sum_u32, min_u32, max_u32, or_u32 },
	};

	CHECK(dtype >= IPU_F32 && dtype <= IPU_U32 && (uint32_t)op <= IPU_OR, IPU_TRAP_COLLECTIVE);
	c->combine = known[dtype][op];
	CHECK(c->combine, IPU_TRAP_COLLECTIVE);
}

/* The words of @count elements; a fault if the last one is not whole. */
static uint32_t count_words(uint32_t count, enum ipu_dtype dtype)
{
	CHECK(dtype != IPU_F16 || count % 2 == 0, IPU_TRAP_COLLECTIVE);
	return dtype == IPU_F16 ? count / 2 : count;
}

/* A group's results, behind what is pulled: at the same address on all tiles. */
static uint32_t *partial_of(uint32_t *scratch, uint32_t pulled, uint32_t groups)
{
	/* A group has at most three members more than there are groups, or FLAT. */
	return scratch + pulled + (groups == 1 ? FLAT : groups + 3);
}

/* Combine the members' arrays in the parts of the group. */
static void combine_parts(struct ipu_collective *c, const void *send, uint32_t words,
			  struct group own, uint32_t *to, uint32_t *scratch)
{
	const struct ipu_range part = part_at(words, own.size, ipu_tile_id() - own.first);
	const uint32_t length = part.end - part.begin;

	add_step(c);
	for (uint32_t i = 0; i < own.size; i++)
		pull(c, own.first + i, word(send, part.begin), scratch + i * length, length);
	combine(c, to, scratch, own.size, length);
}

/* Combine the groups' results for this tile's slice. */
static void combine_groups(struct ipu_collective *c, uint32_t words, uint32_t groups,
			   const uint32_t *partial, uint32_t *to, uint32_t *scratch)
{
	const struct ipu_range slice = part_at(words, ipu_tile_count(), ipu_tile_id());
	const uint32_t length = slice.end - slice.begin;

	add_step(c);
	for (uint32_t i = 0; i < groups && length; i++) {
		const struct group group = group_at(i, groups);
		const uint32_t full = full_part(words, group.size);

		for (uint32_t member = slice.begin / full; member <= (slice.end - 1) / full;
		     member++) {
			const struct ipu_range common =
				overlap(slice, part_at(words, group.size, member));

			pull(c, group.first + member, partial + (common.begin - member * full),
			     scratch + i * length + (common.begin - slice.begin),
			     common.end - common.begin);
		}
	}
	combine(c, to, scratch, groups, length);
}

/* Combine arrays, and put this tile's slice of the result at @to. */
static void reduce_slices(struct ipu_collective *c, const void *send, uint32_t words, void *to,
			  uint32_t *scratch)
{
	const uint32_t groups = group_count();
	const struct group own = group_of(ipu_tile_id(), groups);
	uint32_t *partial = partial_of(scratch, words, groups);

	/* In a single group the parts are the slices. */
	combine_parts(c, send, words, own, groups == 1 ? to : partial, scratch);
	if (groups > 1)
		combine_groups(c, words, groups, partial, to, scratch);
}

/* Slices at their places in @recv become the whole array, on @root or, if @all, everywhere. */
static void gather_slices(struct ipu_collective *c, void *recv, uint32_t words, bool all,
			  uint32_t root)
{
	const uint32_t groups = group_count(), slice = full_part(words, ipu_tile_count());
	const struct group own = group_of(ipu_tile_id(), groups);
	const struct ipu_range part = part_at(words, own.size, ipu_tile_id() - own.first);

	if (groups > 1)
		add_step(c);
	for (uint32_t at = part.begin, end; at < part.end && groups > 1; at = end) {
		const uint32_t tile = at / slice;

		end = (tile + 1) * slice < part.end ? (tile + 1) * slice : part.end;
		if (all || is_in(own, root))
			pull(c, tile, word(recv, at), word_to(recv, at), end - at);
	}
	add_step(c);
	for (uint32_t i = 0; i < own.size && (all || ipu_tile_id() == root); i++) {
		const struct ipu_range other = part_at(words, own.size, i);

		pull(c, own.first + i, word(recv, other.begin), word_to(recv, other.begin),
		     other.end - other.begin);
	}
}

/* The same with whole arrays, which is less work if they are small. */
static void reduce_small(struct ipu_collective *c, const void *send, void *recv, uint32_t words,
			 uint32_t *scratch, bool all, uint32_t root)
{
	const uint32_t groups = group_count();
	const struct group own = group_of(ipu_tile_id(), groups);
	uint32_t *partial = partial_of(scratch, (groups + 3) * words, groups);
	const bool gets = all || ipu_tile_id() == root;

	add_step(c);
	for (uint32_t i = 0; i < own.size && (groups > 1 || gets); i++)
		pull(c, own.first + i, send, scratch + i * words, words);
	if (groups == 1) {
		if (gets)
			combine(c, recv, scratch, own.size, words);
		return;
	}
	combine(c, partial, scratch, own.size, words);
	add_step(c);
	for (uint32_t i = 0; i < groups && gets; i++) {
		const struct group group = group_at(i, groups);

		pull(c, group.first + (ipu_tile_id() - own.first) % group.size, partial,
		     scratch + i * words, words);
	}
	if (gets)
		combine(c, recv, scratch, groups, words);
}

static void make_reduce(struct ipu_collective *c, const void *send, void *recv, uint32_t words,
			void *scratch, bool all, uint32_t root)
{
	CHECK(all || root < ipu_tile_count(), IPU_TRAP_COLLECTIVE);
	if (words <= SMALL) {
		reduce_small(c, send, recv, words, scratch, all, root);
		return;
	}
	reduce_slices(c, send, words,
		      word_to(recv, part_at(words, ipu_tile_count(), ipu_tile_id()).begin),
		      scratch);
	gather_slices(c, recv, words, all, root);
}

void ipu_make_reduce(struct ipu_collective *c, uint32_t root, const void *send, void *recv,
		     uint32_t count, enum ipu_dtype dtype, enum ipu_op op, void *scratch)
{
	begin(c, send, recv, (uint32_t)scratch);
	set_operation(c, dtype, op);
	make_reduce(c, send, recv, count_words(count, dtype), scratch, false, root);
}

void ipu_make_all_reduce(struct ipu_collective *c, const void *send, void *recv, uint32_t count,
			 enum ipu_dtype dtype, enum ipu_op op, void *scratch)
{
	begin(c, send, recv, (uint32_t)scratch);
	set_operation(c, dtype, op);
	make_reduce(c, send, recv, count_words(count, dtype), scratch, true, 0);
}

void ipu_make_reduce_scatter(struct ipu_collective *c, const void *send, void *recv, uint32_t count,
			     enum ipu_dtype dtype, enum ipu_op op, void *scratch)
{
	const uint32_t words = count_words(count, dtype) * ipu_tile_count();

	begin(c, send, recv, (uint32_t)scratch);
	set_operation(c, dtype, op);
	reduce_slices(c, send, words, recv, scratch);
}

/* ---- Running -------------------------------------------------------------------- */

/* What workers share. */
struct share {
	void (*combine)(const struct ipu_collective_step *step, struct ipu_range words);
	const struct ipu_collective_step *step;
};

static void combine_share(void *arg)
{
	const struct share *share = arg;

	share->combine(share->step, ipu_worker_range(share->step->words));
}

static void combine_step(const struct ipu_collective *c, const struct ipu_collective_step *step)
{
	struct share share = { c->combine, step };

	if (step->words * step->pieces < BY_WORKERS)
		c->combine(step, (struct ipu_range){ 0, step->words });
	else
		ipu_run_workers(combine_share, &share);
}

void ipu_run_collective(const struct ipu_collective *c)
{
	for (uint32_t i = 0; i < c->steps; i++) {
		const struct ipu_collective_step *step = &c->step[i];

		ipu_exchange(c->table + step->first, step->count);
		if (step->pieces)
			combine_step(c, step);
	}
}
