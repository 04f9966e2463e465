// SPDX-License-Identifier: MIT
/* The device, its memory and its engine: opened once, when something is first done with it. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "ops.h"

static struct {
	pthread_mutex_t lock;
	struct ipu_device *dev;
	struct ipu_pool *pool;
	struct ipu_engine *engine;
	_Atomic bool started;
} runtime = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* What was submitted is not waited for: nobody can look at it any more. */
static void stop(void)
{
	ipu_engine_destroy(runtime.engine);
	runtime.engine = NULL;
}

static int start(void)
{
	int err = ipu_open(NULL, &runtime.dev);

	if (!err)
		err = ipu_pool_create(runtime.dev, &runtime.pool);
	if (!err)
		err = ipu_engine_create(runtime.pool, NULL, &runtime.engine);
	if (!err)
		return 0;
	ipu_pool_destroy(runtime.pool);
	ipu_close(runtime.dev);
	runtime.pool = NULL;
	runtime.dev = NULL;
	return err;
}

int it_start(void)
{
	int err = 0;

	if (runtime.started)
		return 0;
	pthread_mutex_lock(&runtime.lock);
	if (!runtime.started) {
		err = start();
		runtime.started = !err;
		if (!err)
			atexit(stop);
	}
	pthread_mutex_unlock(&runtime.lock);
	return err;
}

struct ipu_pool *it_pool(void)
{
	return it_start() ? NULL : runtime.pool;
}

struct ipu_device *it_device(void)
{
	return it_start() ? NULL : runtime.dev;
}

struct ipu_engine *it_engine(void)
{
	return it_start() ? NULL : runtime.engine;
}

int it_wait(void)
{
	return runtime.started ? ipu_pool_wait(runtime.pool) : 0;
}
