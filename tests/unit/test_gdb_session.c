// SPDX-License-Identifier: MIT
/*
 * ipu-run --gdb: what GDB's commands do to a run on the simulator, and that no
 * input does any harm. IPU_TEST_ELF names the program, debug-O0.elf;
 * IPU_TEST_SEED and IPU_TEST_ROUNDS choose another run of the fuzzer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gdb_debuggee.h"
#include "gdb_packet.h"
#include "fuzz_random.h"
#include "gdb_session.h"
#include "isa/ipu_isa.h"

/* Threads by their numbers. */
#define TILE0 "1"
#define TILE1 "9"

static struct ipu_context *context;
static struct run_result result;
static struct gdb_run run;
static struct gdb_session session;
static struct gdb_text reply;

static int start(void **state)
{
	(void)state;
	assert_int_equal(ipu_context_create(device, NULL, &context), 0);
	assert_int_equal(ipu_load(context, program), 0);
	memset(&result, 0, sizeof(result));
	run = (struct gdb_run){ .ctx = context, .tiles = TILES, .result = &result };
	assert_int_equal(gdb_run_start(&run), 0);
	assert_int_equal(run.state, GDB_STANDS);
	gdb_session_init(&session, &run);
	return 0;
}

static int end(void **state)
{
	(void)state;
	gdb_session_free(&session);
	gdb_text_free(&reply);
	ipu_context_destroy(context);
	return 0;
}

static enum gdb_next send(const char *packet)
{
	gdb_text_reset(&reply);
	gdb_text_add(&reply, "%s", "");
	return gdb_session_command(&session, packet, strlen(packet), &reply);
}

/* The reply to @packet, which asks for nothing else. */
static const char *ask(const char *packet)
{
	assert_int_equal(send(packet), GDB_REPLY);
	assert_false(reply.failed);
	return reply.data;
}

/* Wait for a run that was resumed. */
static enum gdb_next stopped(void)
{
	enum gdb_next next;

	do {
		while (run.state == GDB_RUNS)
			assert_int_equal(gdb_run_wait(&run, 1000), 0);
		gdb_text_reset(&reply);
		next = gdb_session_stopped(&session, &reply);
	} while (next == GDB_RESUMED);
	return next;
}

static bool contains(const char *what)
{
	return strstr(reply.data, what) != NULL;
}

static void tells_what_it_can(void **state)
{
	(void)state;
	ask("qSupported:multiprocess+;xmlRegisters=i386");
	assert_true(contains("PacketSize=4000"));
	assert_true(contains("qXfer:features:read+"));
	assert_true(contains("QStartNoAckMode+"));
	assert_string_equal(ask("vCont?"), "vCont;c;C;s;S;t;r");
	assert_string_equal(ask("vMustReplyEmpty"), "");
	assert_string_equal(ask("qAttached"), "0");
	assert_string_equal(ask("qC"), "QC" TILE0);
	assert_false(session.no_ack);
	assert_string_equal(ask("QStartNoAckMode"), "OK");
	assert_true(session.no_ack);
	ask("?");
	assert_memory_equal(reply.data, "T05", 3);
	assert_true(contains("thread:" TILE0 ";"));
}

/* The whole description in small parts is the one in large parts. */
static void describes_registers(void **state)
{
	struct gdb_text whole = { 0 };
	char packet[64];

	(void)state;
	do {
		snprintf(packet, sizeof(packet), "qXfer:features:read:target.xml:%zx,7",
			 whole.length);
		ask(packet);
		gdb_text_bytes(&whole, reply.data + 1, reply.length - 1);
	} while (reply.data[0] == 'm');
	assert_non_null(strstr(whole.data, "org.gnu.gdb.riscv.cpu"));
	assert_non_null(strstr(whole.data, "<reg name=\"pc\" bitsize=\"32\""));
	assert_non_null(strstr(whole.data, "org.ipu.xipu"));
	assert_memory_equal(whole.data + whole.length - 10, "</target>\n", 10);
	assert_true(whole.length < 0x3000);
	for (size_t offset = 0; offset < whole.length; offset += reply.length - 1) {
		snprintf(packet, sizeof(packet), "qXfer:features:read:target.xml:%zx,1000", offset);
		ask(packet);
		assert_memory_equal(whole.data + offset, reply.data + 1, reply.length - 1);
	}
	snprintf(packet, sizeof(packet), "qXfer:features:read:target.xml:%zx,7", whole.length + 9);
	assert_string_equal(ask(packet), "l");
	assert_string_equal(ask("qXfer:features:read:target.xml:0"), "E16");
	assert_string_equal(ask("qXfer:features:read:other.xml:0,10"), "");
	gdb_text_free(&whole);
}

static void lists_threads(void **state)
{
	(void)state;
	ask("qXfer:threads:read::0,1000");
	assert_true(contains("<thread id=\"" TILE0 "\" name=\"tile 0 supervisor\">"));
	assert_true(contains("<thread id=\"" TILE1 "\" name=\"tile 1 supervisor\">"));
	assert_false(contains("worker"));
	assert_string_equal(ask("T" TILE1), "OK");
	assert_string_equal(ask("T2"), "E03"); /* a worker that is idle */
	assert_string_equal(ask("T0"), "E16");
	assert_string_equal(ask("T8"), "E16");
	assert_string_equal(ask("T11"), "E16"); /* of a third tile */
	assert_string_equal(ask("Tffffffff"), "E16");
	assert_string_equal(ask("Hg" TILE1), "OK");
	assert_string_equal(ask("Hg0"), "OK");
	assert_string_equal(ask("Hc-1"), "OK");
	assert_string_equal(ask("Hx1"), "E16");
	assert_string_equal(ask("Hg10"), "E16");
	assert_string_equal(ask("H"), "E16");
}

static void reads_and_writes_registers(void **state)
{
	char all[2 * 4 * GDB_CORE_REGISTERS + 2] = "G";

	(void)state;
	assert_string_equal(ask("Pa=78563412"), "OK");
	assert_string_equal(ask("pa"), "78563412");
	assert_string_equal(ask("Hg" TILE1), "OK");
	assert_string_equal(ask("pa"), "00000000");
	assert_int_equal(strlen(ask("g")), 2 * 4 * GDB_CORE_REGISTERS);
	memcpy(all + 1, reply.data, reply.length);
	memcpy(all + 1 + 8 * 11, "efbeadde", 8);
	assert_string_equal(ask(all), "OK");
	assert_string_equal(ask("pb"), "efbeadde");
	all[sizeof(all) - 2] = '\0';
	assert_string_equal(ask(all), "E16");
	assert_string_equal(ask("pfff"), "E16");
	assert_string_equal(ask("p"), "E16");
	assert_string_equal(ask("Pa=1234"), "E16");
	assert_string_equal(ask("Pa=123456789a"), "E16");
	assert_string_equal(ask("Pa=1234567x"), "E16");
}

/* Gdb's number of a register, from the description. */
static uint32_t number_of(const char *name)
{
	for (uint32_t i = 0; i < session.registers.count; i++)
		if (!strcmp(session.registers.at[i].name, name))
			return i;
	fail_msg("no register %s", name);
	return 0;
}

/* After a call gdb writes the values that it has read. Another one is refused. */
static void takes_back_read_only_registers(void **state)
{
	static const char *const names[] = { "tile", "unit", "tiles", "mhartid", "vlenb" };
	char packet[64];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const uint32_t number = number_of(names[i]);

		snprintf(packet, sizeof(packet), "p%x", number);
		assert_int_equal(strlen(ask(packet)), 8);
		snprintf(packet, sizeof(packet), "P%x=%s", number, reply.data);
		assert_string_equal(ask(packet), "OK");
		packet[strlen(packet) - 1] ^= 1;
		assert_string_equal(ask(packet), "E0d");
	}
}

static void reads_and_writes_memory(void **state)
{
	char packet[64];

	(void)state;
	assert_string_equal(ask("Me7ff0,4:00112233"), "OK");
	assert_string_equal(ask("me7ff1,2"), "1122");
	assert_string_equal(ask("Hg" TILE1), "OK");
	assert_string_equal(ask("me7ff1,2"), "0000");
	assert_int_equal(gdb_session_command(&session, "Xe7ff0,3:a\0b", 12, &reply), GDB_REPLY);
	assert_string_equal(ask("me7ff0,4"), "61006200");
	/* Less than was asked for, at the end of SRAM; nothing outside. */
	snprintf(packet, sizeof(packet), "m%x,10", IPU_SRAM_END - 4);
	assert_int_equal(strlen(ask(packet)), 8);
	snprintf(packet, sizeof(packet), "m%x,ffffffff", IPU_SRAM_BASE);
	assert_int_equal(strlen(ask(packet)), GDB_PACKET_MAX);
	assert_string_equal(ask("m0,4"), "E0e");
	assert_string_equal(ask("mfffffffc,8"), "E0e");
	snprintf(packet, sizeof(packet), "M%x,8:0011223344556677", IPU_SRAM_END - 4);
	assert_string_equal(ask(packet), "E0e");
	assert_string_equal(ask("Me7ff0,4:0011"), "E16");
	assert_string_equal(ask("Me7ff0,ffffffff:00"), "E16");
	assert_string_equal(ask("Xe7ff0,ffffffff:00"), "E16");
	assert_string_equal(ask("m4c000"), "E16");
	assert_string_equal(ask("m4c000,4,"), "E16");
}

static void breaks_and_steps(void **state)
{
	const uint32_t entry = ipu_program_entry(program);
	char packet[64];

	(void)state;
	snprintf(packet, sizeof(packet), "Z0,%x,2", entry);
	assert_string_equal(ask(packet), "OK");
	assert_string_equal(ask(packet), "OK");
	packet[1] = '1';
	assert_string_equal(ask(packet), "OK");
	assert_int_equal(run.point_count, 2);
	packet[0] = 'z';
	assert_string_equal(ask(packet), "OK");
	packet[1] = '0';
	assert_string_equal(ask(packet), "OK");
	assert_string_equal(ask(packet), "OK");
	assert_int_equal(run.point_count, 0);
	assert_string_equal(ask("Z5,4c000,4"), "");
	assert_string_equal(ask("Z0,4c000"), "E16");
	assert_string_equal(ask("Z0,4c000,4;X1,0"), "E16");

	assert_int_equal(send("vCont;s:" TILE1), GDB_RESUMED);
	assert_int_equal(stopped(), GDB_REPLY);
	assert_memory_equal(reply.data, "T05", 3);
	assert_true(contains("thread:" TILE1 ";"));
	/* Tile 0 was held. */
	assert_string_equal(ask("Hg" TILE0), "OK");
	ask("p20");
	snprintf(packet, sizeof(packet), "%02x%02x%02x00", entry & 0xff, entry >> 8 & 0xff,
		 entry >> 16 & 0xff);
	assert_string_equal(reply.data, packet);
}

static void refuses_what_all_stop_does_not_need(void **state)
{
	(void)state;
	assert_string_equal(ask("vCont"), "");
	assert_string_equal(ask("vCont;"), "E16");
	assert_string_equal(ask("vCont;q"), "E16");
	assert_string_equal(ask("vCont;s:" TILE0 ";s:" TILE1), "E16");
	assert_string_equal(ask("vCont;s:0"), "E16");
	assert_string_equal(ask("vCont;s:ffffff"), "E16");
	assert_string_equal(ask("vCont;r4c000:1"), "E16");
	assert_string_equal(ask("vCont;c:" TILE0 "x"), "E16");
	assert_int_equal(run.state, GDB_STANDS);
}

static void says_how_it_ended(void **state)
{
	(void)state;
	assert_int_equal(send("vCont;c"), GDB_RESUMED);
	assert_int_equal(stopped(), GDB_END);
	assert_string_equal(reply.data, "W00");
	assert_int_equal(run.end, 0);
}

static void says_that_it_faulted(void **state)
{
	char packet[64];

	(void)state;
	/* The PC of tile 1 is set to a bad address. */
	snprintf(packet, sizeof(packet), "P20=00000000");
	assert_string_equal(ask("Hg" TILE1), "OK");
	assert_string_equal(ask(packet), "OK");
	assert_int_equal(send("vCont;c"), GDB_RESUMED);
	assert_int_equal(stopped(), GDB_REPLY);
	assert_memory_equal(reply.data, "T0b", 3);
	assert_true(contains("thread:" TILE1 ";"));
	assert_non_null(strstr(session.console.data, "tile 1 supervisor faulted"));
	assert_string_equal(ask("p20"), "00000000");
	assert_int_equal(send("vCont;c"), GDB_END);
	assert_string_equal(reply.data, "X0b");
}

static void lets_go(void **state)
{
	(void)state;
	assert_int_equal(send("D"), GDB_DETACH);
	assert_string_equal(reply.data, "OK");
	assert_int_equal(send("k"), GDB_KILL);
	assert_string_equal(reply.data, "");
	assert_int_equal(send("vKill;1"), GDB_KILL);
	assert_string_equal(reply.data, "OK");
}

/* ---- Random packets ---------------------------------------------------------------------- */

/* A valid one, with a few bytes of it changed. */
static size_t random_packet(char *packet, size_t size)
{
	static const char *const models[] = {
		"?",
		"g",
		"pa",
		"p20",
		"Pa=78563412",
		"P20=00c00400",
		"m4c000,40",
		"me7fe0,80",
		"M4e000,4:00112233",
		"X4e000,4:abcd",
		"Z0,4c010,2",
		"Z1,4c080,4",
		"Z2,4e000,4",
		"Z3,4e000,1",
		"Z4,4e100,8",
		"z0,4c010,2",
		"z2,4e000,4",
		"Hg1",
		"Hg9",
		"Hc-1",
		"T1",
		"T9",
		"vCont?",
		"vCont;c",
		"vCont;s:1;c",
		"vCont;s:9",
		"vCont;r4c000,4c080:1;c",
		"vCont;C05:1;c",
		"vCont;t",
		"qSupported:multiprocess+",
		"qXfer:features:read:target.xml:0,fff",
		"qXfer:threads:read::0,1000",
		"qThreadExtraInfo,1",
		"qC",
		"qAttached",
		"QStartNoAckMode",
		"D",
		"k",
		"vKill;1",
	};
	static const char telling[] = "0123456789abcdefff,:;=-#$}*XZzGgPpMmTH";
	size_t length;

	snprintf(packet, size, "%s", models[random_below(sizeof(models) / sizeof(models[0]))]);
	length = strlen(packet);
	for (uint32_t i = random_below(4); i; i--) {
		size_t at = random_below((uint32_t)length + 1);

		switch (random_below(4)) {
		case 0: /* longer */
			memmove(packet + at + 1, packet + at, length + 1 - at);
			packet[at] = telling[random_below(sizeof(telling) - 1)];
			length++;
			break;
		case 1: /* shorter */
			length = at;
			packet[length] = '\0';
			break;
		default:
			if (at < length)
				packet[at] = random_below(4) ?
						     telling[random_below(sizeof(telling) - 1)] :
						     (char)random_below(256);
		}
	}
	return length;
}

/* It may run for ever by now: halt it after a moment. */
static void run_a_moment(void)
{
	assert_int_equal(gdb_run_wait(&run, 1), 0);
	if (run.state == GDB_RUNS)
		assert_int_equal(ipu_debug_halt(context), 0);
	while (run.state == GDB_RUNS)
		assert_int_equal(gdb_run_wait(&run, 1000), 0);
}

static void survives_anything(void **state)
{
	unsigned long rounds = setting("IPU_TEST_ROUNDS", 20000);
	char packet[96];

	random_start();
	for (unsigned long i = 0; i < rounds; i++) {
		size_t length = random_packet(packet, sizeof(packet) - 8);
		enum gdb_next next;

		gdb_text_reset(&reply);
		next = gdb_session_command(&session, packet, length, &reply);
		while (next == GDB_RESUMED) {
			run_a_moment();
			gdb_text_reset(&reply);
			next = gdb_session_stopped(&session, &reply);
		}
		assert_false(reply.failed);
		assert_true(reply.length <= GDB_PACKET_MAX);
		gdb_text_reset(&session.console);
		if (next == GDB_END || run.state == GDB_ENDED) {
			end(state);
			start(state);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_what_it_can),
		TEST(describes_registers),
		TEST(lists_threads),
		TEST(reads_and_writes_registers),
		TEST(takes_back_read_only_registers),
		TEST(reads_and_writes_memory),
		TEST(breaks_and_steps),
		TEST(refuses_what_all_stop_does_not_need),
		TEST(says_how_it_ended),
		TEST(says_that_it_faulted),
		TEST(lets_go),
		TEST(survives_anything),
	};

	return cmocka_run_group_tests_name("gdb-session", tests, open_all, close_all);
}
