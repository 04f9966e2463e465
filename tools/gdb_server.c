// SPDX-License-Identifier: MIT
/*
 * ipu-run --gdb: sockets, and the gdb connected to them.
 *
 * One loop serves one gdb at a time and, while the run runs, watches it in turn
 * with the sockets: libipu's wait ends at once when the run halts, and a byte
 * from gdb waits no longer than POLL_MS.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli.h"
#include "gdb_packet.h"
#include "gdb_server.h"
#include "gdb_session.h"

#define POLL_MS 20
#define FOR_EVER (-1)
/* A gdb that does not read a reply for so long is considered gone. */
#define SEND_TIMEOUT_S 30
/* How long to wait for gdb to close the connection. */
#define HANG_UP_MS 200
#define HANG_UP_READS 8

/**
 * struct serving - the run and the gdb that controls it
 * @run: the run
 * @listener: where gdb connects
 * @port: its port
 * @client: the connected gdb, or -1
 * @session: its session
 * @parser: what it sends
 * @out: what was sent last, until it is acknowledged
 * @killed: it has ended the run
 */
struct serving {
	struct gdb_run run;
	int listener;
	uint32_t port;
	int client;
	struct gdb_session session;
	struct gdb_parser parser;
	struct gdb_text out;
	bool killed;
};

int gdb_listen(struct gdb_server *server, uint32_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int on = 1;
	int err;

	/* The port of a run that has just ended can be reused at once. */
	if (fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) &&
	    !bind(fd, (struct sockaddr *)&address, size) && !listen(fd, 4) &&
	    !getsockname(fd, (struct sockaddr *)&address, &size)) {
		server->listener = fd;
		server->port = ntohs(address.sin_port);
		return CLI_OK;
	}
	err = errno;
	if (fd >= 0)
		close(fd);
	if (err == EADDRINUSE)
		return cli_fail(CLI_USAGE,
				"Port %u is in use: give --gdb another, or 0 for any that is free.",
				port);
	if (err == EACCES)
		return cli_fail(CLI_USAGE, "Port %u is for root only: give --gdb one above 1023.",
				port);
	return cli_fail(CLI_INTERNAL, "Cannot wait for gdb on port %u: %s.", port, strerror(err));
}

/* ---- The connection ---------------------------------------------------------------------- */

/* All of it, or false. A lost connection is also noticed on the next read. */
static bool send_all(int fd, const struct gdb_text *text)
{
	size_t sent = 0;

	while (!text->failed && sent < text->length) {
		ssize_t count = send(fd, text->data + sent, text->length - sent, MSG_NOSIGNAL);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		sent += (size_t)count;
	}
	return !text->failed;
}

static bool send_packet(struct serving *serving, const struct gdb_text *data)
{
	gdb_text_reset(&serving->out);
	gdb_frame(&serving->out, data->data, data->length);
	serving->out.failed |= data->failed;
	return send_all(serving->client, &serving->out);
}

/* What gdb prints while it waits for the run. */
static bool send_console(struct serving *serving)
{
	struct gdb_text *console = &serving->session.console;
	struct gdb_text packet = { 0 };
	bool sent = true;

	if (console->length) {
		gdb_text_add(&packet, "O");
		gdb_text_hex(&packet, console->data, console->length);
		sent = send_packet(serving, &packet);
	}
	gdb_text_free(&packet);
	gdb_text_reset(console);
	return sent;
}

/*
 * Let the peer close first: closing with unread input would discard data that
 * is still being sent.
 */
static void hang_up(int fd)
{
	struct pollfd input = { .fd = fd, .events = POLLIN };
	char bytes[4096];

	shutdown(fd, SHUT_WR);
	for (int i = 0; i < HANG_UP_READS; i++)
		if (poll(&input, 1, HANG_UP_MS) <= 0 || recv(fd, bytes, sizeof(bytes), 0) <= 0)
			break;
	close(fd);
}

static void disconnect(struct serving *serving)
{
	hang_up(serving->client);
	serving->client = -1;
	gdb_session_free(&serving->session);
	memset(&serving->parser, 0, sizeof(serving->parser));
}

static int accept_client(struct serving *serving)
{
	const struct timeval timeout = { .tv_sec = SEND_TIMEOUT_S };
	const int on = 1;
	int fd = accept4(serving->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return -1;
	/* Packets are small and each is waited for. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	return fd;
}

/*
 * A second gdb is refused, not left waiting. It discards what arrives before it
 * has sent its first packet, so the refusal is the reply to that.
 */
static void turn_away(struct serving *serving)
{
	static const char text[] = "E.this run has a gdb already; detach that one first";
	struct gdb_text answer = { 0 };
	struct pollfd input = { .events = POLLIN };
	char bytes[4096];

	input.fd = accept_client(serving);
	if (input.fd < 0)
		return;
	gdb_text_add(&answer, "+");
	gdb_frame(&answer, text, sizeof(text) - 1);
	if (poll(&input, 1, HANG_UP_MS) > 0 && recv(input.fd, bytes, sizeof(bytes), 0) > 0)
		send_all(input.fd, &answer);
	gdb_text_free(&answer);
	hang_up(input.fd);
	cli_fail(0, "A second gdb was refused on port %u: only one at a time.", serving->port);
}

/* The run has to be halted before the session with gdb begins. */
static int welcome(struct serving *serving)
{
	int fd = accept_client(serving);
	int err = 0;

	if (fd < 0)
		return 0;
	if (!serving->run.attached)
		err = gdb_run_attach(&serving->run);
	while (!err && serving->run.state == GDB_RUNS)
		err = gdb_run_wait(&serving->run, POLL_MS);
	if (err || serving->run.state == GDB_ENDED) {
		close(fd);
		return err;
	}
	serving->client = fd;
	gdb_session_init(&serving->session, &serving->run);
	return 0;
}

/* The connection was lost: remove gdb's points and halt the run until another gdb connects. */
static int lose_client(struct serving *serving)
{
	int err = 0;

	disconnect(serving);
	if (serving->run.state == GDB_RUNS)
		err = ipu_debug_halt(serving->run.ctx);
	while (!err && serving->run.state == GDB_RUNS)
		err = gdb_run_wait(&serving->run, POLL_MS);
	if (err || serving->run.state == GDB_ENDED)
		return err;
	gdb_run_remove_all(&serving->run);
	cli_fail(0, "The connection to gdb is lost. %s is halted and waits for gdb on port %u.",
		 serving->run.result->program, serving->port);
	return 0;
}

/* ---- Events ------------------------------------------------------------------------------ */

/* Do what a command, or a halt, requires. Return: 0, or -ENOTCONN if gdb is gone. */
static int act(struct serving *serving, enum gdb_next next, const struct gdb_text *reply)
{
	if (next == GDB_RESUMED)
		return 0;
	if (!send_console(serving))
		return -ENOTCONN;
	if ((next != GDB_KILL || reply->length) && !send_packet(serving, reply))
		return -ENOTCONN;
	switch (next) {
	case GDB_KILL:
		serving->killed = true;
		disconnect(serving);
		return 0;
	case GDB_DETACH:
	case GDB_END:
		disconnect(serving);
		return gdb_run_detach(&serving->run);
	default:
		return 0;
	}
}

/* The run may have halted. */
static int follow_run(struct serving *serving)
{
	struct gdb_text reply = { 0 };
	int err = 0;

	if (serving->client >= 0 && serving->run.state != GDB_RUNS)
		err = act(serving, gdb_session_stopped(&serving->session, &reply), &reply);
	gdb_text_free(&reply);
	return err;
}

static int take_packet(struct serving *serving)
{
	const struct gdb_text ack = { .data = (char[]){ "+" }, .length = 1 };
	struct gdb_text reply = { 0 };
	enum gdb_next next;
	int err;

	if (!serving->session.no_ack && !send_all(serving->client, &ack))
		return -ENOTCONN;
	/* While the run runs, gdb can only ask it to stop. */
	if (serving->run.state == GDB_RUNS)
		return 0;
	next = gdb_session_command(&serving->session, serving->parser.data, serving->parser.length,
				   &reply);
	err = act(serving, next, &reply);
	gdb_text_free(&reply);
	return err;
}

static int refuse_packet(struct serving *serving, enum gdb_event event)
{
	const struct gdb_text nak = { .data = (char[]){ "-" }, .length = 1 };
	const struct gdb_text too_long = { .data = (char[]){ "E.packet too long" }, .length = 17 };

	if (event == GDB_BAD_SUM && !serving->session.no_ack)
		return send_all(serving->client, &nak) ? 0 : -ENOTCONN;
	return send_packet(serving, &too_long) ? 0 : -ENOTCONN;
}

static int take_event(struct serving *serving, enum gdb_event event)
{
	switch (event) {
	case GDB_PACKET:
		return take_packet(serving);
	case GDB_INTERRUPT:
		return serving->run.state == GDB_RUNS ? ipu_debug_halt(serving->run.ctx) : 0;
	case GDB_NAK:
		return send_all(serving->client, &serving->out) ? 0 : -ENOTCONN;
	case GDB_BAD_SUM:
	case GDB_TOO_LONG:
		return refuse_packet(serving, event);
	default:
		return 0;
	}
}

static int take_input(struct serving *serving)
{
	uint8_t bytes[4096];
	ssize_t count = recv(serving->client, bytes, sizeof(bytes), 0);
	int err = 0;

	if (count < 0 && errno == EINTR)
		return 0;
	if (count <= 0)
		return -ENOTCONN;
	for (ssize_t i = 0; i < count && !err && serving->client >= 0; i++)
		err = take_event(serving, gdb_parser_feed(&serving->parser, bytes[i]));
	return err;
}

/* Check the sockets; wait for input if the run does not run. */
static int follow_sockets(struct serving *serving)
{
	struct pollfd fds[] = {
		{ .fd = serving->listener, .events = POLLIN },
		{ .fd = serving->client, .events = POLLIN },
	};

	if (poll(fds, 2, serving->run.state == GDB_RUNS ? 0 : FOR_EVER) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[0].revents && serving->client >= 0)
		turn_away(serving);
	else if (fds[0].revents)
		return welcome(serving);
	return fds[1].revents ? take_input(serving) : 0;
}

/* One turn of the loop. */
static int serve(struct serving *serving)
{
	int err = follow_sockets(serving);

	if (!err && serving->run.state == GDB_RUNS && !serving->killed) {
		err = gdb_run_wait(&serving->run, POLL_MS);
		if (!err)
			err = follow_run(serving);
	}
	return err == -ENOTCONN ? lose_client(serving) : err;
}

/* For a shell: unchanged if it has no special characters, else in quotes. */
static void print_word(const char *word)
{
	if (!word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			       "/._-+=:,@%")]) {
		fputs(word, stderr);
		return;
	}
	fputc('\'', stderr);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\'", stderr);
		fputc(*word, stderr);
	}
	fputc('\'', stderr);
}

int gdb_serve(const struct gdb_server *server, struct ipu_context *ctx, struct run_result *result)
{
	struct serving serving = {
		.run = {
			.ctx = ctx,
			.tiles = result->tiles,
			.vlen = result->vlen,
			.result = result,
		},
		.listener = server->listener,
		.port = server->port,
		.client = -1,
	};
	int err = gdb_run_start(&serving.run);

	if (!err && serving.run.state != GDB_ENDED) {
		cli_fail(0,
			 "%s is halted before its first instruction and waits for gdb on port %u:",
			 result->program, server->port);
		fputs("  gdb-multiarch ", stderr);
		print_word(result->program);
		fprintf(stderr, " -ex 'target remote :%u'\n", server->port);
	}
	while (!err && !serving.killed && serving.run.state != GDB_ENDED)
		err = serve(&serving);
	if (serving.client >= 0)
		disconnect(&serving);
	gdb_text_free(&serving.out);
	if (serving.killed)
		return -ECANCELED;
	return err ? err : serving.run.end;
}
