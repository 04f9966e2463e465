// SPDX-License-Identifier: MIT
/*
 * What tests have QEMU do to the card.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipu_test.h"

/* More than it takes a machine to let go of a card. */
#define PATIENCE_MS (2 * IPU_TEST_WAIT_MS)

/* The request appears as a whole. */
static int send_request(const char *folder, const char *request)
{
	char from[PATH_MAX], to[PATH_MAX];
	FILE *file;

	snprintf(from, sizeof(from), "%s/new", folder);
	snprintf(to, sizeof(to), "%s/request", folder);
	file = fopen(from, "w");
	if (!file)
		return -errno;
	fprintf(file, "%s\n", request);
	if (fclose(file) || rename(from, to))
		return -errno;
	return 0;
}

static long take_answer(const char *folder)
{
	int64_t deadline = ipu_deadline(PATIENCE_MS);
	char path[PATH_MAX];
	long value = -EBADMSG;
	FILE *file;

	snprintf(path, sizeof(path), "%s/answer", folder);
	while (access(path, F_OK)) {
		if (ipu_deadline(0) > deadline)
			return -ETIME;
		ipu_sleep_ms(10);
	}
	file = fopen(path, "r");
	if (!file)
		return -errno;
	if (fscanf(file, "%ld", &value) != 1)
		value = -EBADMSG;
	fclose(file);
	unlink(path);
	return value;
}

long ipu_ask(const char *format, ...)
{
	const char *folder = getenv("IPU_INJECT");
	char request[128];
	va_list args;
	int ret;

	if (!folder)
		return -ENOENT;
	va_start(args, format);
	vsnprintf(request, sizeof(request), format, args);
	va_end(args);
	ret = send_request(folder, request);
	return ret ? ret : take_answer(folder);
}
