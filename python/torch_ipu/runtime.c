// SPDX-License-Identifier: MIT
/*
 * The cards, their memory and their engines: each is opened when something is first done with it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ops.h"

struct card {
	char *name; /* for ipu_open(); NULL for the first that there is */
	struct ipu_device *dev;
	struct ipu_pool *pool;
	struct ipu_engine *engine;
	_Atomic bool started;
};

enum submit { SUBMIT_UNKNOWN, SUBMIT_BY_DRIVER, SUBMIT_BY_USER_QUEUE };

static struct {
	pthread_mutex_t lock;
	struct card card[IT_CARDS];
	uint32_t cards;
	_Atomic bool counted;
	_Atomic bool several; /* one other than the first was started */
	_Atomic pid_t process; /* that has started one; 0 for none */
	_Atomic int submit; /* enum submit */
	void (*watch)(uint32_t card, struct ipu_engine *engine);
} runtime = { .lock = PTHREAD_MUTEX_INITIALIZER };

static _Thread_local uint32_t current;

/* ---- Which there are -------------------------------------------------------- */

static void add_card(const char *name)
{
	if (runtime.cards == IT_CARDS)
		return;
	runtime.card[runtime.cards].name = name ? strdup(name) : NULL;
	runtime.cards++;
}

static void count_given(const char *names)
{
	char *copy = strdup(names), *rest = NULL;

	for (char *name = copy ? strtok_r(copy, " \t\n", &rest) : NULL; name;
	     name = strtok_r(NULL, " \t\n", &rest))
		add_card(name);
	free(copy);
}

static void count_present(void)
{
	struct ipu_card_list *list;

	if (ipu_card_list_new(&list))
		return;
	for (size_t i = 0; i < ipu_card_list_count(list); i++) {
		struct ipu_card_desc card = { .size = sizeof(card) };

		ipu_card_list_get(list, i, &card);
		if (card.node[0])
			add_card(card.node);
	}
	ipu_card_list_free(list);
}

static void count_cards(void)
{
	const char *several = getenv("IPU_DEVICES"), *one = getenv("IPU_DEVICE");

	if (several && *several)
		count_given(several);
	else if (one && *one)
		add_card(one);
	else
		count_present();
}

uint32_t it_cards(void)
{
	if (runtime.counted)
		return runtime.cards;
	pthread_mutex_lock(&runtime.lock);
	if (!runtime.counted)
		count_cards();
	runtime.counted = true;
	pthread_mutex_unlock(&runtime.lock);
	return runtime.cards;
}

uint32_t it_current(void)
{
	return current;
}

void it_set_current(uint32_t card)
{
	current = card;
}

/* ---- Starting and stopping --------------------------------------------------- */

/* What was submitted is not waited for: nobody can look at it any more. */
static void stop(void)
{
	for (uint32_t i = 0; i < IT_CARDS; i++) {
		ipu_engine_destroy(runtime.card[i].engine);
		runtime.card[i].engine = NULL;
	}
}

bool it_user_queue(void)
{
	if (runtime.submit == SUBMIT_UNKNOWN) {
		const char *text = getenv("IPU_TORCH_USER_QUEUE");
		const bool off = text && strcmp(text, "0") == 0;
		int unknown = SUBMIT_UNKNOWN;

		/* What another thread has set meanwhile counts for more. */
		atomic_compare_exchange_strong(&runtime.submit, &unknown,
					       off ? SUBMIT_BY_DRIVER : SUBMIT_BY_USER_QUEUE);
	}
	return runtime.submit == SUBMIT_BY_USER_QUEUE;
}

void it_set_user_queue(bool wanted)
{
	runtime.submit = wanted ? SUBMIT_BY_USER_QUEUE : SUBMIT_BY_DRIVER;
}

static int start(struct card *card)
{
	const struct ipu_engine_options options = {
		.size = sizeof(options),
		.flags = it_user_queue() ? IPU_CONTEXT_USER_QUEUE : 0,
	};
	int err = ipu_open(card->name, &card->dev);

	if (!err)
		err = ipu_pool_create(card->dev, &card->pool);
	if (!err)
		err = ipu_engine_create(card->pool, &options, &card->engine);
	if (!err)
		return 0;
	ipu_pool_destroy(card->pool);
	ipu_close(card->dev);
	card->pool = NULL;
	card->dev = NULL;
	return err;
}

static int start_locked(uint32_t number)
{
	struct card *card = &runtime.card[number];
	int err = start(card);

	if (err)
		return err;
	if (!runtime.process)
		atexit(stop);
	runtime.process = getpid();
	if (runtime.watch)
		runtime.watch(number, card->engine);
	if (number)
		runtime.several = true;
	card->started = true;
	return 0;
}

int it_start(uint32_t card)
{
	int err = 0;

	if (card < IT_CARDS && runtime.card[card].started)
		return 0;
	/* Without any, ipu_open() says what to do. */
	if (card >= it_cards() && (card || it_cards()))
		return -ENODEV;
	pthread_mutex_lock(&runtime.lock);
	if (!runtime.card[card].started)
		err = start_locked(card);
	pthread_mutex_unlock(&runtime.lock);
	return err;
}

bool it_is_started(uint32_t card)
{
	return card < IT_CARDS && runtime.card[card].started;
}

bool it_is_forked(void)
{
	return runtime.process && runtime.process != getpid();
}

void it_watch(void (*watch)(uint32_t card, struct ipu_engine *engine))
{
	pthread_mutex_lock(&runtime.lock);
	runtime.watch = watch;
	for (uint32_t i = 0; watch && i < runtime.cards; i++)
		if (runtime.card[i].started)
			watch(i, runtime.card[i].engine);
	pthread_mutex_unlock(&runtime.lock);
}

/* ---- What they have ----------------------------------------------------------- */

struct ipu_pool *it_pool(uint32_t card)
{
	return it_start(card) ? NULL : runtime.card[card].pool;
}

struct ipu_device *it_device(uint32_t card)
{
	return it_start(card) ? NULL : runtime.card[card].dev;
}

struct ipu_engine *it_engine(uint32_t card)
{
	return it_start(card) ? NULL : runtime.card[card].engine;
}

uint32_t it_card_of(const void *data)
{
	/* In a child of fork() somebody may hold the lock for ever. */
	if (!runtime.several || it_is_forked())
		return 0;
	for (uint32_t i = 0; i < runtime.cards; i++)
		if (runtime.card[i].started && ipu_pool_has(runtime.card[i].pool, data))
			return i;
	return IT_CARDS;
}

int it_wait(uint32_t card)
{
	return it_is_started(card) ? ipu_pool_wait(runtime.card[card].pool) : 0;
}

int it_wait_all(void)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < (runtime.several ? runtime.cards : 1); i++)
		err = it_wait(i);
	return err;
}
