// SPDX-License-Identifier: MIT
/*
 * Operations that were made, by what they were made for, and submitting them. What could not be
 * made is remembered as well: it would be tried again and again.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glue.h"
#include "job.h"

#define BUCKETS 4096
#define MOST_ENTRIES 6000 /* when there are more all are forgotten: shapes change all the time */
#define ROOM (96 * 1024) /* bytes of a tile that the tensors of an operation should take */
#define TILE_WORK 4096 /* elements that are worth a tile */

struct entry {
	struct entry *next;
	uint32_t *word;
	uint32_t words;
	struct ipu_executable *exe; /* NULL for what cannot be made */
	int error;
	char *message;
	uint32_t use[JOB_USES]; /* in the order of the executable's tensors */
	uint32_t uses;
};

static struct {
	pthread_mutex_t lock;
	struct entry *bucket[BUCKETS];
	uint32_t entries;
} made = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Of an operation that could not be made, when it was tried. */
static _Thread_local const char *remembered;

/* Of one that mixes cards. */
static _Thread_local char mixed[160];

const char *it_mixed(const char *one, const char *other)
{
	snprintf(mixed, sizeof(mixed),
		 "Expected all tensors to be on the same device, but found at least two devices, "
		 "%s and %s!",
		 one, other);
	return mixed;
}

const char *it_error(void)
{
	return remembered ? remembered : ipu_error();
}

/* ---- Tensors --------------------------------------------------------------- */

uint32_t it_count(const struct it_tensor *tensor)
{
	uint32_t n = 1;

	for (uint32_t i = 0; i < tensor->ndim; i++)
		n *= tensor->size[i];
	return n;
}

bool it_is_float(uint32_t dtype)
{
	return dtype == IPU_F32 || dtype == IPU_F16 || dtype == IPU_BF16;
}

struct it_tensor it_permuted(const struct it_tensor *tensor, const uint32_t *order)
{
	struct it_tensor to = *tensor;

	for (uint32_t i = 0; i < tensor->ndim; i++) {
		to.size[i] = tensor->size[order[i]];
		to.stride[i] = tensor->stride[order[i]];
	}
	return to;
}

bool it_is_contiguous(const struct it_tensor *tensor)
{
	uint32_t stride = 1;

	if (!it_count(tensor))
		return true;
	for (uint32_t i = tensor->ndim; i--;) {
		if (tensor->size[i] != 1 && tensor->stride[i] != (int32_t)stride)
			return false;
		stride *= tensor->size[i];
	}
	return true;
}

/* ---- What it is made for ---------------------------------------------------- */

void job_begin(struct job *job, const char *name)
{
	job->name = name;
	job->words = 0;
	job->uses = 0;
	job->graph = NULL;
	job->found = NULL;
	job->laters = 0;
	job->work = 0;
	job->error = 0;
	job->card = IT_CARDS;
	for (size_t at = 0, n = strlen(name); at < n; at += 4) {
		uint32_t word = 0;

		memcpy(&word, name + at, n - at < 4 ? n - at : 4);
		job_word(job, word);
	}
}

void job_word(struct job *job, uint32_t word)
{
	if (job->words == JOB_WORDS)
		job->error = -EOPNOTSUPP;
	else
		job->word[job->words++] = word;
}

void job_double(struct job *job, double value)
{
	uint32_t word[2];

	memcpy(word, &value, 8);
	job_word(job, word[0]);
	job_word(job, word[1]);
}

/* All tensors are one card's; numbers of the host are anybody's. */
static void take_card(struct job *job, const void *data)
{
	const uint32_t card = it_card_of(data);
	char one[24], other[24];

	if (card == IT_CARDS || card == job->card)
		return;
	if (job->card == IT_CARDS) {
		job->card = card;
		return;
	}
	snprintf(one, sizeof(one), "%s:%u", TORCH_IPU_NAME, job->card);
	snprintf(other, sizeof(other), "%s:%u", TORCH_IPU_NAME, card);
	it_mixed(one, other);
	job->error = -EXDEV;
}

uint32_t job_use(struct job *job, const struct it_tensor *tensor)
{
	if (job->uses == JOB_USES) {
		job->error = -EOPNOTSUPP;
		return 0;
	}
	job->use[job->uses].number = IPU_NO_TENSOR;
	job->use[job->uses].tensor.dtype = 0;
	if (!tensor) {
		job_word(job, 0);
		return job->uses++;
	}
	job->use[job->uses].tensor = *tensor;
	take_card(job, tensor->data);
	job_word(job, tensor->dtype | (uint32_t)tensor->wide << 8 | (uint32_t)tensor->truth << 9 |
			      tensor->ndim << 16);
	for (uint32_t i = 0; i < tensor->ndim; i++) {
		job_word(job, tensor->size[i]);
		job_word(job, (uint32_t)tensor->stride[i]);
	}
	return job->uses++;
}

uint32_t job_numbers(struct job *job, const void *data, uint32_t dtype, uint32_t count)
{
	const struct it_tensor tensor = {
		.data = (void *)(uintptr_t)data,
		.dtype = dtype,
		.ndim = 1,
		.size = { count },
		.stride = { 1 },
	};

	return job_use(job, &tensor);
}

static uint32_t hash_of(const struct job *job)
{
	uint64_t hash = 0x9e3779b97f4a7c15u;

	for (uint32_t i = 0; i < job->words; i++)
		hash = (hash ^ job->word[i]) * 0xff51afd7ed558ccdu ^ hash >> 29;
	return (uint32_t)(hash >> 32) % BUCKETS;
}

static struct entry *find(const struct job *job)
{
	struct entry *entry = made.bucket[hash_of(job)];

	while (entry &&
	       (entry->words != job->words || memcmp(entry->word, job->word, job->words * 4) != 0))
		entry = entry->next;
	return entry;
}

/* Leaves made.lock held if there is one: job_run() goes on with it. */
bool job_is_new(struct job *job)
{
	if (job->card == IT_CARDS)
		job->card = it_current();
	job_word(job, job->card);
	if (!job->error)
		job->error = it_start(job->card);
	if (job->error)
		return false;
	pthread_mutex_lock(&made.lock);
	job->found = find(job);
	if (job->found)
		return false;
	pthread_mutex_unlock(&made.lock);
	job->error = ipu_graph_create(&job->graph);
	return !job->error;
}

/* ---- Tensors of the graph --------------------------------------------------- */

static void add_work(struct job *job, uint64_t work)
{
	if (work > job->work)
		job->work = work;
}

/* The tensor of the graph for @use: only one, or the host would have to give its data twice. */
static uint32_t bind(struct job *job, uint32_t use, uint32_t ndim, const uint32_t *size,
		     uint32_t role)
{
	struct job_use *u = &job->use[use];
	uint32_t number;

	if (u->tensor.wide)
		role |= IPU_GRAPH_WIDE;
	number = ipu_graph_tensor(job->graph, NULL, u->tensor.dtype, ndim, size, role);
	u->number = number;
	add_work(job, it_count(&u->tensor));
	return number;
}

static uint32_t in(struct job *job, uint32_t use, const struct it_tensor *t)
{
	uint32_t span = 1, from, to;

	if (it_is_contiguous(t))
		return bind(job, use, t->ndim, t->size, IPU_GRAPH_IN);
	for (uint32_t i = 0; i < t->ndim; i++)
		span += (t->size[i] - 1) * (uint32_t)t->stride[i];
	from = bind(job, use, 1, &span, IPU_GRAPH_IN);
	to = job_temp(job, t->dtype, t->ndim, t->size);
	ipu_graph_copy(job->graph, to, from, 0, t->ndim, t->size, t->stride);
	return to;
}

uint32_t job_in(struct job *job, uint32_t use)
{
	return job->use[use].tensor.dtype ? in(job, use, &job->use[use].tensor) : IPU_NO_TENSOR;
}

uint32_t job_shrunk(struct job *job, uint32_t use)
{
	struct it_tensor t = job->use[use].tensor;

	for (uint32_t i = 0; i < t.ndim; i++)
		if (!t.stride[i])
			t.size[i] = 1;
	return in(job, use, &t);
}

/* The order of dimensions in memory; false if there are gaps, or elements that overlap. */
bool it_order(const struct it_tensor *t, uint32_t *order)
{
	uint32_t stride = 1;

	for (uint32_t i = 0; i < t->ndim; i++) {
		uint32_t at = i;

		for (; at && t->stride[order[at - 1]] < t->stride[i]; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	for (uint32_t i = t->ndim; i--;) {
		const uint32_t d = order[i];

		if (t->size[d] != 1 && t->stride[d] != (int32_t)stride)
			return false;
		stride *= t->size[d];
	}
	return true;
}

/*
 * Elements with gaps between them: as few dimensions as there can be, in the order of memory, of
 * which each but the last has a gap behind what the next ones take. Of int64, in words.
 */
struct layout {
	uint32_t dims;
	uint32_t size[IT_DIMS];
	uint32_t stride[IT_DIMS];
	uint32_t span; /* from the first to the last */
};

/* False for elements that overlap. */
static bool lay_out(const struct it_tensor *t, struct layout *l)
{
	const uint32_t words = t->wide ? 2 : 1;
	uint32_t order[IT_DIMS], n = 0;

	it_order(t, order);
	l->span = words;
	for (uint32_t i = 0; i < t->ndim; i++) {
		const uint32_t size = t->size[order[i]];
		const uint32_t stride = (uint32_t)t->stride[order[i]] * words;

		if (size == 1)
			continue;
		if (!stride)
			return false;
		l->span += (size - 1) * stride;
		if (n && l->stride[n - 1] == stride * size) {
			l->size[n - 1] *= size;
			l->stride[n - 1] = stride;
			continue;
		}
		l->size[n] = size;
		l->stride[n++] = stride;
	}
	l->dims = n;
	for (uint32_t i = n, used = words; i--; used += (l->size[i] - 1) * l->stride[i])
		if (used > l->stride[i])
			return false;
	return n > 0 && n < IT_DIMS;
}

/* All from the first element to the last: what is between them is read, and written as it was. */
static uint32_t bind_gaps(struct job *job, uint32_t use)
{
	struct job_use *u = &job->use[use];
	struct layout l;

	if (!lay_out(&u->tensor, &l)) {
		job->error = -EOPNOTSUPP;
		return IPU_NO_TENSOR;
	}
	add_work(job, l.span);
	u->number = ipu_graph_tensor(job->graph, NULL, u->tensor.dtype, 1, &l.span,
				     IPU_GRAPH_IN | IPU_GRAPH_OUT);
	return u->number;
}

uint32_t job_out(struct job *job, uint32_t use)
{
	const struct it_tensor *t = &job->use[use].tensor;
	uint32_t order[IT_DIMS], from, to;
	struct it_tensor there;

	if (!t->dtype)
		return IPU_NO_TENSOR;
	if (it_is_contiguous(t))
		return bind(job, use, t->ndim, t->size, IPU_GRAPH_OUT);
	if (job->laters == 8) {
		job->error = -EOPNOTSUPP;
		return IPU_NO_TENSOR;
	}
	if (it_order(t, order)) {
		there = it_permuted(t, order);
		to = bind(job, use, there.ndim, there.size, IPU_GRAPH_OUT);
	} else {
		to = bind_gaps(job, use);
	}
	from = job_temp(job, t->dtype, t->ndim, t->size);
	job->later[job->laters++] = (struct job_later){ use, from, to };
	return from;
}

uint32_t job_change(struct job *job, uint32_t use)
{
	const struct it_tensor *t = &job->use[use].tensor;

	if (!it_is_contiguous(t)) {
		job->error = -EOPNOTSUPP;
		return IPU_NO_TENSOR;
	}
	return bind(job, use, t->ndim, t->size, IPU_GRAPH_IN | IPU_GRAPH_OUT);
}

uint32_t job_copies(struct job *job, uint32_t use)
{
	const struct it_tensor *t = &job->use[use].tensor;

	return bind(job, use, t->ndim, t->size, IPU_GRAPH_IN | IPU_GRAPH_COPIES);
}

uint32_t job_scalar(struct job *job, uint32_t use)
{
	return ipu_graph_view(job->graph, job_copies(job, use), 0, NULL);
}

void job_work(struct job *job, uint64_t elements)
{
	add_work(job, elements);
}

uint32_t job_temp(struct job *job, uint32_t dtype, uint32_t ndim, const uint32_t *shape)
{
	return ipu_graph_tensor(job->graph, NULL, dtype, ndim, shape, 0);
}

uint32_t job_cast(struct job *job, uint32_t tensor, uint32_t dtype, uint32_t ndim,
		  const uint32_t *shape, uint32_t to_dtype)
{
	uint32_t to;

	if (dtype == to_dtype || tensor == IPU_NO_TENSOR)
		return tensor;
	to = job_temp(job, to_dtype, ndim, shape);
	ipu_graph_cast(job->graph, to, tensor);
	return to;
}

/* ---- Making ------------------------------------------------------------------ */

/* The result's elements in the order of memory. */
static void to_memory(struct job *job, const struct it_tensor *t, uint32_t to, uint32_t from)
{
	uint32_t order[IT_DIMS], size[IT_DIMS], row = 1;
	int32_t logical[IT_DIMS], stride[IT_DIMS];

	it_order(t, order);
	for (uint32_t k = t->ndim; k--;) {
		logical[k] = (int32_t)row;
		row *= t->size[k];
	}
	for (uint32_t k = 0; k < t->ndim; k++) {
		size[k] = t->size[order[k]];
		stride[k] = logical[order[k]];
	}
	ipu_graph_copy(job->graph, to, from, 0, t->ndim, size, stride);
}

/* The upper words of int64 whose lower ones are @low. */
static uint32_t upper(struct job *job, uint32_t low, uint32_t ndim, const uint32_t *shape)
{
	const uint32_t less = job_temp(job, IPU_U8, ndim, shape);
	const uint32_t number = job_temp(job, IPU_I32, ndim, shape);
	const uint32_t high = job_temp(job, IPU_I32, ndim, shape);

	ipu_graph_map(job->graph,
		      &(struct ipu_graph_map){ .op = IPU_MAP_LT,
					       .to = less,
					       .operand = { low, IPU_NO_TENSOR, IPU_NO_TENSOR },
					       .given = IPU_NO_TENSOR });
	ipu_graph_cast(job->graph, number, less);
	ipu_graph_map(job->graph,
		      &(struct ipu_graph_map){ .op = IPU_MAP_NEG,
					       .to = high,
					       .operand = { number, IPU_NO_TENSOR, IPU_NO_TENSOR },
					       .given = IPU_NO_TENSOR });
	return high;
}

/* The first @keep of every @used elements of @part. */
static uint32_t cut(struct job *job, uint32_t part, uint32_t dtype, uint32_t ndim, uint32_t *shape,
		    uint32_t used, uint32_t keep)
{
	uint32_t rows[2] = { 1, keep }, to;

	for (uint32_t i = 0; i < ndim; i++)
		rows[0] *= shape[i];
	to = job_temp(job, dtype, 2, rows);
	ipu_graph_copy(job->graph, to, part, 0, 2, rows, (const int32_t[]){ (int32_t)used, 1 });
	return to;
}

/* From the last dimension on, what is written becomes a part of more of what was there. */
static void finish_gaps(struct job *job, const struct job_later *later)
{
	const struct it_tensor *t = &job->use[later->use].tensor;
	const uint32_t row = it_count(t);
	uint32_t count, flat, part, shape[IT_DIMS], used = 1;
	int32_t stride[IT_DIMS];
	struct layout l;

	lay_out(t, &l);
	/* With room for the gap behind the last of each dimension. */
	count = l.size[0] * l.stride[0] + l.stride[l.dims > 1];
	flat = job_temp(job, t->dtype, 1, &count);
	ipu_graph_place(job->graph, flat, later->to, 0, 0);
	part = job_temp(job, t->dtype, 1, &row);
	to_memory(job, t, part, later->from);
	for (uint32_t k = l.dims; k--; used = l.size[k] * l.stride[k]) {
		uint32_t more;

		for (uint32_t i = 0; i <= k; i++)
			shape[i] = l.size[i];
		if (used > l.stride[k])
			part = cut(job, part, t->dtype, k + 1, shape, used, l.stride[k]);
		used = used < l.stride[k] ? used : l.stride[k];
		for (uint32_t i = 0; i <= k; i++)
			stride[i] = (int32_t)l.stride[i];
		shape[k + 1] = l.stride[k];
		stride[k + 1] = 1;
		more = job_temp(job, t->dtype, k + 2, shape);
		ipu_graph_copy(job->graph, more, flat, 0, k + 2, shape, stride);
		shape[k + 1] = used;
		part = ipu_graph_view(job->graph, part, k + 2, shape);
		ipu_graph_place(job->graph, more, part, k + 1, 0);
		if (t->wide && used == 1)
			ipu_graph_place(job->graph, more, upper(job, part, k + 2, shape), k + 1, 1);
		part = more;
	}
	ipu_graph_copy(job->graph, later->to, part, 0, 1, &l.span, (const int32_t[]){ 1 });
}

/* Results go to where they are in memory. */
static void finish(struct job *job)
{
	for (uint32_t i = 0; i < job->laters; i++) {
		const struct job_later *later = &job->later[i];
		const struct it_tensor *t = &job->use[later->use].tensor;
		uint32_t order[IT_DIMS];

		if (it_order(t, order))
			to_memory(job, t, later->to, later->from);
		else
			finish_gaps(job, later);
	}
}

/* On as many tiles as its work is worth, or more, if it has no room on these. */
static int compile(struct job *job, struct ipu_executable **exe)
{
	struct ipu_engine *engine = it_engine(job->card);
	struct ipu_compile_options options = { .size = sizeof(options), .name = job->name };
	const uint32_t all = ipu_engine_tiles(engine);
	uint32_t tiles = ipu_engine_smallest(engine, job->graph, ROOM);
	const uint64_t worth = (job->work + TILE_WORK - 1) / TILE_WORK;
	int err;

	if (tiles < worth)
		tiles = worth < all ? (uint32_t)worth : all;
	for (;; tiles = tiles < all / 4 ? tiles * 4 : all) {
		if (tiles > all)
			tiles = all;
		options.tiles = tiles;
		err = ipu_compile(engine, job->graph, &options, exe);
		if ((err != -ENOSPC && err != -EIO) || tiles == all)
			return err;
	}
}

static struct entry *new_entry(const struct job *job)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->words = job->words;
	entry->word = malloc(job->words * 4 + 4);
	if (!entry->word) {
		free(entry);
		return NULL;
	}
	memcpy(entry->word, job->word, job->words * 4);
	return entry;
}

/* The order in which the executable wants data is that of the numbers of its tensors. */
static void take_uses(struct entry *entry, const struct job *job)
{
	for (uint32_t i = 0; i < job->uses; i++) {
		uint32_t at = entry->uses;

		if (job->use[i].number == IPU_NO_TENSOR)
			continue;
		for (; at && job->use[entry->use[at - 1]].number > job->use[i].number; at--)
			entry->use[at] = entry->use[at - 1];
		entry->use[at] = i;
		entry->uses++;
	}
}

static void forget_all(void)
{
	for (uint32_t i = 0; i < BUCKETS; i++)
		while (made.bucket[i]) {
			struct entry *entry = made.bucket[i];

			made.bucket[i] = entry->next;
			ipu_executable_destroy(entry->exe);
			free(entry->message);
			free(entry->word);
			free(entry);
		}
	made.entries = 0;
}

static int make(struct job *job, struct entry **out)
{
	struct entry *entry = new_entry(job);
	int err;

	if (!entry)
		return -ENOMEM;
	if (!job->error)
		finish(job);
	/* What an earlier operation has failed with is not this one's. */
	err = it_wait(job->card);
	if (!err && job->error)
		entry->error = job->error;
	else if (!err)
		entry->error = compile(job, &entry->exe);
	if (err || entry->error == -ENOMEM || entry->error == -ENODEV) {
		free(entry->word);
		free(entry);
		return err ? err : -ENOMEM;
	}
	if (entry->error == -EIO || entry->error == -EINVAL)
		entry->error = -EOPNOTSUPP;
	if (entry->error)
		entry->message = strdup(
			job->error ? "its layout is one that the tiles do not take" : ipu_error());
	take_uses(entry, job);
	*out = entry;
	return 0;
}

/* Made here, or meanwhile by another thread. made.lock is held if it succeeds. */
static int take(struct job *job, struct entry **out)
{
	struct entry *entry = NULL, *other;
	int err = 0;

	if (job->graph)
		err = make(job, &entry);
	ipu_graph_destroy(job->graph);
	if (err)
		return err;
	if (!job->graph) {
		*out = job->found;
		return 0;
	}
	pthread_mutex_lock(&made.lock);
	other = find(job);
	if (other) {
		ipu_executable_destroy(entry->exe);
		free(entry->message);
		free(entry->word);
		free(entry);
		*out = other;
		return 0;
	}
	if (made.entries >= MOST_ENTRIES)
		forget_all();
	entry->next = made.bucket[hash_of(job)];
	made.bucket[hash_of(job)] = entry;
	made.entries++;
	*out = entry;
	return 0;
}

int job_run(struct job *job)
{
	struct entry *entry = NULL;
	void *data[JOB_USES];
	int err = job->error;

	remembered = err == -EXDEV ? mixed : NULL;
	if (!err || job->graph)
		err = take(job, &entry);
	if (err)
		return err;
	for (uint32_t i = 0; i < entry->uses; i++)
		data[i] = job->use[entry->use[i]].tensor.data;
	remembered = entry->error ? entry->message : NULL;
	err = entry->error ? entry->error : ipu_execute(entry->exe, data);
	pthread_mutex_unlock(&made.lock);
	return err;
}

void it_made(void (*take)(const struct ipu_executable_info *info, void *data), void *data)
{
	pthread_mutex_lock(&made.lock);
	for (uint32_t i = 0; i < BUCKETS; i++)
		for (struct entry *entry = made.bucket[i]; entry; entry = entry->next) {
			struct ipu_executable_info info = { .size = sizeof(info) };

			if (entry->exe && !ipu_executable_get_info(entry->exe, &info))
				take(&info, data);
		}
	pthread_mutex_unlock(&made.lock);
}
