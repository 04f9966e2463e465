// SPDX-License-Identifier: MIT
/* The commands of GDB's remote protocol; "Remote Protocol" in GDB's manual has them all. */
#include <errno.h>
#include <string.h>

#include "isa/ipu_isa.h"

#include "gdb_packet.h"
#include "gdb_resume.h"
#include "gdb_session.h"
#include "gdb_threads.h"

/* Error numbers of replies; gdb shows them and nothing else depends on them. */
#define ERROR_PACKET EINVAL
#define ERROR_MEMORY EFAULT

static enum gdb_next fail(struct gdb_text *reply, int number)
{
	gdb_text_reset(reply);
	gdb_text_add(reply, "E%02x", number & 0xff);
	return GDB_REPLY;
}

/* OK, or an error that an operation of the target returned. */
static enum gdb_next done(struct gdb_text *reply, int err)
{
	if (err)
		return fail(reply, -err);
	gdb_text_add(reply, "OK");
	return GDB_REPLY;
}

void gdb_session_init(struct gdb_session *session, struct gdb_run *run)
{
	*session = (struct gdb_session){ .run = run, .selected = gdb_run_thread(run) };
	gdb_registers_init(&session->registers, run);
}

void gdb_session_free(struct gdb_session *session)
{
	gdb_text_free(&session->description);
	gdb_text_free(&session->threads);
	gdb_text_free(&session->console);
}

/* ---- Registers --------------------------------------------------------------------------- */

static void read_register(struct gdb_session *session, uint32_t number, struct gdb_text *reply)
{
	const struct gdb_register *reg = &session->registers.at[number];
	uint8_t value[GDB_MAX_REGISTER_BYTES];

	if (!ipu_debug_read_reg(session->run->ctx, session->selected.tile, session->selected.unit,
				reg->id, value, reg->size)) {
		gdb_text_hex(reply, value, reg->size);
		return;
	}
	/* The thread has no such register: "unavailable" to gdb. */
	for (uint32_t i = 0; i < reg->size; i++)
		gdb_text_add(reply, "xx");
}

static bool holds(struct gdb_session *session, const struct gdb_register *reg, const uint8_t *value)
{
	uint8_t now[GDB_MAX_REGISTER_BYTES];

	return !ipu_debug_read_reg(session->run->ctx, session->selected.tile,
				   session->selected.unit, reg->id, now, reg->size) &&
	       !memcmp(now, value, reg->size);
}

/*
 * The value at @at, whole, into a register; 0 or a negative errno value. When a function
 * that gdb has called returns, gdb restores all registers, read-only ones as well.
 */
static int write_register(struct gdb_session *session, uint32_t number, const char **at)
{
	const struct gdb_register *reg = &session->registers.at[number];
	uint8_t value[GDB_MAX_REGISTER_BYTES];
	int err;

	if (!gdb_take_bytes(at, value, reg->size))
		return -ERROR_PACKET;
	err = ipu_debug_write_reg(session->run->ctx, session->selected.tile, session->selected.unit,
				  reg->id, value, reg->size);
	return err == -EACCES && holds(session, reg, value) ? 0 : err;
}

static enum gdb_next read_registers(struct gdb_session *session, const char *at,
				    struct gdb_text *reply)
{
	uint32_t values[GDB_CORE_REGISTERS];
	int err;

	if (*at)
		return fail(reply, ERROR_PACKET);
	err = ipu_debug_read_reg(session->run->ctx, session->selected.tile, session->selected.unit,
				 IPU_DEBUG_X(0), values, sizeof(values));
	if (err)
		return fail(reply, -err);
	gdb_text_hex(reply, values, sizeof(values));
	return GDB_REPLY;
}

static enum gdb_next write_registers(struct gdb_session *session, const char *at,
				     struct gdb_text *reply)
{
	if (strlen(at) != 2 * sizeof(uint32_t) * GDB_CORE_REGISTERS)
		return fail(reply, ERROR_PACKET);
	for (uint32_t i = 0; i < GDB_CORE_REGISTERS; i++) {
		int err = write_register(session, i, &at);

		if (err)
			return fail(reply, -err);
	}
	return done(reply, 0);
}

static bool take_register(struct gdb_session *session, const char **at, uint32_t *number)
{
	uint64_t value;

	if (!gdb_take_hex(at, session->registers.count - 1, &value))
		return false;
	*number = (uint32_t)value;
	return true;
}

static enum gdb_next read_one_register(struct gdb_session *session, const char *at,
				       struct gdb_text *reply)
{
	uint32_t number;

	if (!take_register(session, &at, &number) || *at)
		return fail(reply, ERROR_PACKET);
	read_register(session, number, reply);
	return GDB_REPLY;
}

static enum gdb_next write_one_register(struct gdb_session *session, const char *at,
					struct gdb_text *reply)
{
	uint32_t number;

	if (!take_register(session, &at, &number) || !gdb_take_word(&at, "=") ||
	    strlen(at) != 2 * (size_t)session->registers.at[number].size)
		return fail(reply, ERROR_PACKET);
	return done(reply, write_register(session, number, &at));
}

/* ---- Memory ------------------------------------------------------------------------------ */

/* "addr,length" */
static bool take_range(const char **at, uint32_t *addr, uint32_t *length)
{
	uint64_t a, l;

	if (!gdb_take_hex(at, UINT32_MAX, &a) || !gdb_take_word(at, ",") ||
	    !gdb_take_hex(at, UINT32_MAX, &l))
		return false;
	*addr = (uint32_t)a;
	*length = (uint32_t)l;
	return true;
}

static enum gdb_next read_memory(struct gdb_session *session, const char *at,
				 struct gdb_text *reply)
{
	uint8_t bytes[GDB_PACKET_MAX / 2];
	uint32_t addr, length;
	int err;

	if (!take_range(&at, &addr, &length) || *at)
		return fail(reply, ERROR_PACKET);
	/* Less may be returned than is asked for; gdb reads a little beyond what it needs. */
	if (addr >= IPU_SRAM_BASE && addr < IPU_SRAM_END && length > IPU_SRAM_END - addr)
		length = IPU_SRAM_END - addr;
	if (length > sizeof(bytes))
		length = sizeof(bytes);
	err = ipu_debug_read_mem(session->run->ctx, session->selected.tile, addr, bytes, length);
	if (err)
		return fail(reply, ERROR_MEMORY);
	gdb_text_hex(reply, bytes, length);
	return GDB_REPLY;
}

static enum gdb_next write_bytes(struct gdb_session *session, uint32_t addr, const void *bytes,
				 uint32_t length, struct gdb_text *reply)
{
	int err = 0;

	if (length)
		err = ipu_debug_write_mem(session->run->ctx, session->selected.tile, addr, bytes,
					  length);
	return done(reply, err ? -ERROR_MEMORY : 0);
}

/* M: in hexadecimal. */
static enum gdb_next write_memory(struct gdb_session *session, const char *at,
				  struct gdb_text *reply)
{
	uint8_t bytes[GDB_PACKET_MAX / 2];
	uint32_t addr, length;

	if (!take_range(&at, &addr, &length) || !gdb_take_word(&at, ":") ||
	    length > sizeof(bytes) || strlen(at) != 2 * (size_t)length ||
	    !gdb_take_bytes(&at, bytes, length))
		return fail(reply, ERROR_PACKET);
	return write_bytes(session, addr, bytes, length, reply);
}

/* X: binary, up to @end. */
static enum gdb_next write_binary(struct gdb_session *session, const char *at, const char *end,
				  struct gdb_text *reply)
{
	uint32_t addr, length;

	if (!take_range(&at, &addr, &length) || !gdb_take_word(&at, ":") ||
	    (size_t)(end - at) != length)
		return fail(reply, ERROR_PACKET);
	return write_bytes(session, addr, at, length, reply);
}

/* ---- Breakpoints and watchpoints --------------------------------------------------------- */

/* The packets Z and z: "kind,addr,length". */
static enum gdb_next change_point(struct gdb_session *session, const char *at, bool insert,
				  struct gdb_text *reply)
{
	struct gdb_point point;
	uint64_t kind;

	if (!gdb_take_hex(&at, 0xff, &kind))
		return fail(reply, ERROR_PACKET);
	if (kind >= GDB_POINT_KINDS)
		return GDB_REPLY; /* empty: not supported */
	point.kind = (enum gdb_point_kind)kind;
	if (!gdb_take_word(&at, ",") || !take_range(&at, &point.addr, &point.length) || *at)
		return fail(reply, ERROR_PACKET);
	return done(reply, insert ? gdb_run_insert(session->run, &point) :
				    gdb_run_remove(session->run, &point));
}

static enum gdb_next insert_point(struct gdb_session *session, const char *at,
				  struct gdb_text *reply)
{
	return change_point(session, at, true, reply);
}

static enum gdb_next remove_point(struct gdb_session *session, const char *at,
				  struct gdb_text *reply)
{
	return change_point(session, at, false, reply);
}

/* ---- Threads ----------------------------------------------------------------------------- */

/* H: "g" and a thread for registers and memory, or "c", which vCont does not use. */
static enum gdb_next select_thread(struct gdb_session *session, const char *at,
				   struct gdb_text *reply)
{
	struct gdb_thread thread = gdb_run_thread(session->run);
	char what = *at;

	if (what != 'g' && what != 'c')
		return fail(reply, ERROR_PACKET);
	at++;
	/* 0 is any thread, -1 all of them. */
	if (strcmp(at, "0") != 0 && strcmp(at, "-1") != 0 &&
	    (!gdb_take_thread(&at, session->run, &thread) || *at))
		return fail(reply, ERROR_PACKET);
	if (what == 'g')
		session->selected = thread;
	return done(reply, 0);
}

static enum gdb_next is_alive(struct gdb_session *session, const char *at, struct gdb_text *reply)
{
	struct gdb_thread thread;

	if (!gdb_take_thread(&at, session->run, &thread) || *at)
		return fail(reply, ERROR_PACKET);
	if (!gdb_thread_alive(session->run, thread) &&
	    !gdb_thread_equal(thread, gdb_run_thread(session->run)))
		return fail(reply, ESRCH);
	return done(reply, 0);
}

/* ---- Queries ----------------------------------------------------------------------------- */

static enum gdb_next query_supported(struct gdb_session *session, const char *at,
				     struct gdb_text *reply)
{
	(void)session;
	(void)at;
	gdb_text_add(reply,
		     "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;qXfer:threads:read+;"
		     "vContSupported+;swbreak+;hwbreak+",
		     GDB_PACKET_MAX);
	return GDB_REPLY;
}

/* A part of a document: "offset,length" of it. */
static enum gdb_next transfer(const struct gdb_text *document, const char *at,
			      struct gdb_text *reply)
{
	uint32_t offset, length;

	if (document->failed)
		return fail(reply, ENOMEM);
	if (!take_range(&at, &offset, &length) || *at)
		return fail(reply, ERROR_PACKET);
	if (offset > document->length)
		offset = (uint32_t)document->length;
	/* Every byte may need an escape. */
	if (length > GDB_PACKET_MAX / 2 - 1)
		length = GDB_PACKET_MAX / 2 - 1;
	if (length >= document->length - offset) {
		length = (uint32_t)document->length - offset;
		gdb_text_bytes(reply, "l", 1);
	} else {
		gdb_text_bytes(reply, "m", 1);
	}
	gdb_text_bytes(reply, document->data + offset, length);
	return GDB_REPLY;
}

static enum gdb_next query_features(struct gdb_session *session, const char *at,
				    struct gdb_text *reply)
{
	if (!session->description.length)
		gdb_registers_describe(&session->registers, &session->description);
	return transfer(&session->description, at, reply);
}

static enum gdb_next query_threads(struct gdb_session *session, const char *at,
				   struct gdb_text *reply)
{
	if (!session->threads.length || !strncmp(at, "0,", 2)) {
		gdb_text_reset(&session->threads);
		gdb_threads_list(session->run, gdb_run_thread(session->run), &session->threads);
	}
	return transfer(&session->threads, at, reply);
}

static enum gdb_next query_thread_info(struct gdb_session *session, const char *at,
				       struct gdb_text *reply)
{
	struct gdb_text text = { 0 };
	struct gdb_thread thread;

	if (!gdb_take_thread(&at, session->run, &thread) || *at)
		return fail(reply, ERROR_PACKET);
	gdb_thread_describe(session->run, thread, &text);
	if (text.failed)
		fail(reply, ENOMEM);
	else
		gdb_text_hex(reply, text.data, text.length);
	gdb_text_free(&text);
	return GDB_REPLY;
}

static enum gdb_next query_current(struct gdb_session *session, const char *at,
				   struct gdb_text *reply)
{
	(void)at;
	gdb_text_add(reply, "QC%x", gdb_thread_id(session->selected));
	return GDB_REPLY;
}

/* The run was started for gdb: it ends when gdb's user quits, unless detached from. */
static enum gdb_next query_attached(struct gdb_session *session, const char *at,
				    struct gdb_text *reply)
{
	(void)session;
	(void)at;
	gdb_text_add(reply, "0");
	return GDB_REPLY;
}

static enum gdb_next start_no_ack(struct gdb_session *session, const char *at,
				  struct gdb_text *reply)
{
	(void)at;
	session->no_ack = true;
	return done(reply, 0);
}

static enum gdb_next last_stop(struct gdb_session *session, const char *at, struct gdb_text *reply)
{
	(void)at;
	return gdb_stop_reply(session, reply);
}

static enum gdb_next list_actions(struct gdb_session *session, const char *at,
				  struct gdb_text *reply)
{
	(void)session;
	(void)at;
	gdb_text_add(reply, "vCont;c;C;s;S;t;r");
	return GDB_REPLY;
}

static enum gdb_next detach(struct gdb_session *session, const char *at, struct gdb_text *reply)
{
	(void)session;
	(void)at;
	done(reply, 0);
	return GDB_DETACH;
}

/* k has no reply, vKill has one. */
static enum gdb_next kill_run(struct gdb_session *session, const char *at, struct gdb_text *reply)
{
	(void)session;
	(void)at;
	(void)reply;
	return GDB_KILL;
}

static enum gdb_next kill_process(struct gdb_session *session, const char *at,
				  struct gdb_text *reply)
{
	(void)session;
	(void)at;
	done(reply, 0);
	return GDB_KILL;
}

/* ---- Packets ----------------------------------------------------------------------------- */

typedef enum gdb_next gdb_handler(struct gdb_session *session, const char *at,
				  struct gdb_text *reply);

/* Packets by their prefix; "whole" ones are just that, or continue with ':' or ';'. */
static const struct {
	const char *begins;
	bool whole;
	gdb_handler *handler;
} handlers[] = {
	{ "?", true, last_stop },
	{ "g", true, read_registers },
	{ "G", false, write_registers },
	{ "p", false, read_one_register },
	{ "P", false, write_one_register },
	{ "m", false, read_memory },
	{ "M", false, write_memory },
	{ "Z", false, insert_point },
	{ "z", false, remove_point },
	{ "H", false, select_thread },
	{ "T", false, is_alive },
	{ "D", true, detach },
	{ "k", true, kill_run },
	{ "vKill;", false, kill_process },
	{ "vCont?", true, list_actions },
	{ "vCont;", false, gdb_resume },
	{ "qSupported", true, query_supported },
	{ "qXfer:features:read:target.xml:", false, query_features },
	{ "qXfer:threads:read::", false, query_threads },
	{ "qThreadExtraInfo,", false, query_thread_info },
	{ "qAttached", true, query_attached },
	{ "qC", true, query_current },
	{ "QStartNoAckMode", true, start_no_ack },
};

enum gdb_next gdb_session_command(struct gdb_session *session, const char *packet, size_t length,
				  struct gdb_text *reply)
{
	if (gdb_take_word(&packet, "X"))
		return write_binary(session, packet, packet + length - 1, reply);
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		const char *at = packet;

		if (!gdb_take_word(&at, handlers[i].begins))
			continue;
		if (handlers[i].whole && *at && *at != ':' && *at != ';')
			continue;
		return handlers[i].handler(session, at, reply);
	}
	return GDB_REPLY; /* empty: not supported */
}
