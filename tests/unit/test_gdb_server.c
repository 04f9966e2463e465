// SPDX-License-Identifier: MIT
/*
 * ipu-run --gdb: whatever connects to its port and whatever that sends, the run
 * can be debugged afterwards, and nothing is left behind. IPU_TEST_ELF names the
 * program, debug-O0.elf; IPU_TEST_SEED and IPU_TEST_ROUNDS choose another run of
 * the fuzzer.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "gdb_debuggee.h"
#include "gdb_packet.h"
#include "fuzz_random.h"
#include "gdb_server.h"

/* A run that has not answered or ended after this has hung. */
#define PATIENCE_S 60
/* How long to wait for a server that may have ended. */
#define LEAVE_MS 500

/**
 * struct run - a run that waits for gdb
 * @server: the port
 * @thread: executes gdb_serve()
 * @err: what that returned
 */
struct run {
	struct ipu_context *ctx;
	struct run_result result;
	struct gdb_server server;
	pthread_t thread;
	int err;
};

static void *serve(void *arg)
{
	struct run *run = arg;

	run->err = gdb_serve(&run->server, run->ctx, &run->result);
	return NULL;
}

static void start(struct run *run)
{
	*run = (struct run){ .result = { .program = "debug-O0.elf", .tiles = TILES } };
	assert_int_equal(ipu_context_create(device, NULL, &run->ctx), 0);
	assert_int_equal(ipu_load(run->ctx, program), 0);
	assert_int_equal(gdb_listen(&run->server, 0), 0);
	/* Who connects to a run that has just ended, so that nobody accepts, would wait for long. */
	assert_int_equal(listen(run->server.listener, SOMAXCONN), 0);
	assert_int_equal(pthread_create(&run->thread, NULL, serve, run), 0);
}

/* It has ended, as gdb_serve() returns it. */
static int join(struct run *run)
{
	alarm(PATIENCE_S);
	pthread_join(run->thread, NULL);
	alarm(0);
	close(run->server.listener);
	ipu_context_destroy(run->ctx);
	return run->err;
}

static unsigned int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* ---- A client ---------------------------------------------------------------------------- */

static int dial(const struct run *run)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)run->server.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

/* The server may hang up at any time. */
static void put(int fd, const void *bytes, size_t count)
{
	const char *at = bytes;

	while (count) {
		ssize_t sent = send(fd, at, count, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		at += sent;
		count -= (size_t)sent;
	}
}

static void put_packet(int fd, const char *packet)
{
	struct gdb_text text = { 0 };

	gdb_frame(&text, packet, strlen(packet));
	put(fd, text.data, text.length);
	gdb_text_free(&text);
}

/* Read what is there, so that the server is not kept waiting. */
static void drain(int fd)
{
	struct pollfd input = { .fd = fd, .events = POLLIN };
	char bytes[4096];

	while (poll(&input, 1, 0) > 0 && recv(fd, bytes, sizeof(bytes), 0) > 0)
		continue;
}

/* Read up to a packet that begins with @begins; false if the connection ends before. */
static bool expect(int fd, const char *begins)
{
	struct gdb_parser parser = { 0 };
	uint8_t byte;

	while (recv(fd, &byte, 1, 0) == 1)
		if (gdb_parser_feed(&parser, byte) == GDB_PACKET &&
		    !strncmp(parser.data, begins, strlen(begins)))
			return true;
	return false;
}

/* With a reset, as if the peer had crashed. */
static void crash(int fd)
{
	const struct linger none = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
}

/* Gdb leaves in order: all that it has sent arrives, if it is read so soon. */
static void leave(int fd, int ms)
{
	struct pollfd input = { .fd = fd, .events = POLLIN };
	char bytes[4096];

	shutdown(fd, SHUT_WR);
	while (poll(&input, 1, ms) > 0 && recv(fd, bytes, sizeof(bytes), 0) > 0)
		continue;
	close(fd);
}

/* A gdb is served; @fd is the first connection that is not turned away for the one before. */
static int attach(const struct run *run)
{
	for (;;) {
		int fd = dial(run);

		put_packet(fd, "qAttached");
		if (expect(fd, "0"))
			return fd;
		close(fd);
	}
}

/* ---- Tests ------------------------------------------------------------------------------- */

static void ends_when_gdb_kills_it(void **state)
{
	struct run run;
	int fd;

	(void)state;
	start(&run);
	fd = attach(&run);
	put_packet(fd, "vKill;1");
	assert_true(expect(fd, "OK"));
	close(fd);
	assert_int_equal(join(&run), -ECANCELED);
}

static void goes_on_when_gdb_detaches(void **state)
{
	struct run run;
	int fd;

	(void)state;
	start(&run);
	fd = attach(&run);
	put_packet(fd, "D;1");
	assert_true(expect(fd, "OK"));
	close(fd);
	assert_int_equal(join(&run), 0);
}

/* Connections that end at once, within a packet, before its reply is sent, and by a reset. */
static void survives_those_that_leave(void **state)
{
	static const char *const parts[] = {
		"", "$", "$m4c000,4", "$m4c000,4000#f", "\003", "$g#67"
	};
	unsigned int before = open_files();
	struct run run;
	int fd;

	(void)state;
	start(&run);
	for (size_t i = 0; i < 2 * sizeof(parts) / sizeof(parts[0]); i++) {
		const char *part = parts[i / 2];

		fd = i % 3 ? attach(&run) : dial(&run);
		put(fd, part, strlen(part));
		if (i % 2)
			crash(fd);
		else
			close(fd);
	}
	fd = attach(&run);
	put_packet(fd, "k");
	leave(fd, PATIENCE_S * 1000);
	assert_int_equal(join(&run), -ECANCELED);
	assert_int_equal(open_files(), before);
}

/* What a run that runs is not asked, and what is sent without waiting for replies. */
static void survives_those_that_do_not_wait(void **state)
{
	struct run run;
	int fd;

	(void)state;
	start(&run);
	fd = attach(&run);
	put_packet(fd, "M4c000,0:");
	for (int i = 0; i < 200; i++) {
		put_packet(fd, "vCont;s:1");
		put_packet(fd, "g");
		put(fd, "\003", 1);
		drain(fd);
	}
	close(fd);
	fd = attach(&run);
	put_packet(fd, "vKill;1");
	assert_true(expect(fd, "OK"));
	close(fd);
	assert_int_equal(join(&run), -ECANCELED);
}

/* Packets that are valid, ones that are not, and bytes between them. */
static void put_anything(int fd)
{
	static const char *const packets[] = {
		"?",
		"g",
		"p20",
		"m4c000,4000",
		"Hg9",
		"vCont;c",
		"vCont;s:1",
		"vCont;s:9;c",
		"vCont;r0,ffffffff:1",
		"QStartNoAckMode",
		"Z0,4c010,2",
		"Z2,4c000,ffffffff",
		"Z4,0,ffffffff",
		"z4,0,ffffffff",
		"qXfer:features:read:target.xml:0,ffff",
		"qXfer:threads:read::0,fff",
		"P20=00000000",
		"D",
		"",
	};
	static const char telling[] = "$#}*+-\003\000mgGzZvXk;:,0123456789abcdef";
	uint8_t bytes[200];
	size_t count;

	switch (random_below(4)) {
	case 0:
		count = random_below(sizeof(bytes));
		for (size_t i = 0; i < count; i++)
			bytes[i] = random_below(2) ?
					   (uint8_t)random_below(256) :
					   (uint8_t)telling[random_below(sizeof(telling))];
		put(fd, bytes, count);
		break;
	case 1:
		put(fd, "-", 1);
		break;
	default:
		put_packet(fd, packets[random_below(sizeof(packets) / sizeof(packets[0]))]);
		break;
	}
}

/* A client that sends anything. */
static void intrude(const struct run *run)
{
	int fd = dial(run);

	for (uint32_t i = random_below(60); i; i--) {
		put_anything(fd);
		if (random_below(4))
			drain(fd);
		if (!random_below(16))
			usleep(random_below(2000));
	}
	if (random_below(2))
		crash(fd);
	else
		close(fd);
}

/* The run may have ended by then: a byte may kill it, and gdb detach from it. */
static bool is_over(const struct run *run)
{
	return pthread_tryjoin_np(run->thread, NULL) == 0;
}

static void survives_anything(void **state)
{
	unsigned long rounds = setting("IPU_TEST_ROUNDS", 60);
	unsigned int before = open_files();
	struct run run;

	(void)state;
	random_start();
	start(&run);
	for (unsigned long i = 0; i < rounds; i++) {
		intrude(&run);
		if (!is_over(&run))
			continue;
		close(run.server.listener);
		ipu_context_destroy(run.ctx);
		start(&run);
	}
	/* No more connections come: it ends, killed by the last one unless it has ended by itself. */
	for (alarm(PATIENCE_S); !is_over(&run); usleep(1000)) {
		int fd = dial(&run);

		put_packet(fd, "k");
		leave(fd, LEAVE_MS);
	}
	alarm(0);
	close(run.server.listener);
	ipu_context_destroy(run.ctx);
	assert_int_equal(open_files(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_when_gdb_kills_it),
		cmocka_unit_test(goes_on_when_gdb_detaches),
		cmocka_unit_test(survives_those_that_leave),
		cmocka_unit_test(survives_those_that_do_not_wait),
		cmocka_unit_test(survives_anything),
	};

	return cmocka_run_group_tests_name("gdb-server", tests, open_all, close_all);
}
