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

/* ---- Making ------------------------------------------------------------------ */

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
		job_finish(job);
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
