// SPDX-License-Identifier: MIT
/*
 * ipu-run --gdb: the frames of GDB's remote protocol, and the numbers and bytes in
 * them. IPU_TEST_SEED and IPU_TEST_ROUNDS choose another run of the fuzzer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gdb_packet.h"
#include "fuzz_random.h"

static struct gdb_parser parser;

/* Feed bytes that complete nothing, but for the last, whose event is returned. */
static enum gdb_event feed(const char *bytes, size_t count)
{
	for (size_t i = 0; i + 1 < count; i++)
		assert_int_equal(gdb_parser_feed(&parser, (uint8_t)bytes[i]), GDB_NOTHING);
	return gdb_parser_feed(&parser, (uint8_t)bytes[count - 1]);
}

static enum gdb_event feed_text(const char *text)
{
	return feed(text, strlen(text));
}

static int fresh(void **state)
{
	(void)state;
	memset(&parser, 0, sizeof(parser));
	return 0;
}

static void takes_packets(void **state)
{
	(void)state;
	assert_int_equal(feed_text("$#00"), GDB_PACKET);
	assert_int_equal(parser.length, 0);
	assert_string_equal(parser.data, "");
	assert_int_equal(feed_text("$m4c000,4#f5"), GDB_BAD_SUM);
	assert_int_equal(feed_text("$m4c000,4#f4"), GDB_PACKET);
	assert_string_equal(parser.data, "m4c000,4");
	assert_int_equal(feed_text("$m4c000,4#F4"), GDB_PACKET);
}

static void takes_what_is_between_packets(void **state)
{
	(void)state;
	assert_int_equal(feed_text("+"), GDB_ACK);
	assert_int_equal(feed_text("-"), GDB_NAK);
	assert_int_equal(feed_text("\003"), GDB_INTERRUPT);
	assert_int_equal(feed_text("noise, not a packet #00 }+"), GDB_ACK);
	assert_int_equal(feed_text("$?#3f"), GDB_PACKET);
}

/* In a packet they are data. */
static void keeps_data_as_it_is(void **state)
{
	(void)state;
	assert_int_equal(feed_text("$+-\003#5b"), GDB_PACKET);
	assert_memory_equal(parser.data, "+-\003", 4);
	/* } hides the next byte: '#', '$', '}' and '*' here. */
	assert_int_equal(feed_text("$}\003}\004}]}\n#62"), GDB_PACKET);
	assert_int_equal(parser.length, 4);
	assert_string_equal(parser.data, "#$}*");
}

static void refuses_wrong_sums(void **state)
{
	(void)state;
	assert_int_equal(feed_text("$g#68"), GDB_BAD_SUM);
	assert_int_equal(feed_text("$g#6x"), GDB_BAD_SUM);
	assert_int_equal(feed_text("$g#x7"), GDB_BAD_SUM);
	assert_int_equal(feed_text("$g##7"), GDB_BAD_SUM);
	assert_int_equal(feed_text("$g#67"), GDB_PACKET);
}

/* The end of a packet was lost: the next one is not. */
static void begins_anew(void **state)
{
	(void)state;
	assert_int_equal(feed_text("$Z0,4c0$g#67"), GDB_PACKET);
	assert_string_equal(parser.data, "g");
	assert_int_equal(parser.length, 1);
}

static void refuses_long_packets(void **state)
{
	static char most[GDB_PACKET_MAX + 5], more[GDB_PACKET_MAX + 6];
	unsigned int sum = 0;

	(void)state;
	memset(most, 0, sizeof(most));
	memset(more, 0, sizeof(more));
	most[0] = more[0] = '$';
	for (unsigned int i = 1; i <= GDB_PACKET_MAX; i++) {
		most[i] = more[i] = 'a';
		sum += 'a';
	}
	snprintf(most + GDB_PACKET_MAX + 1, 4, "#%02x", sum & 0xff);
	assert_int_equal(feed_text(most), GDB_PACKET);
	assert_int_equal(parser.length, GDB_PACKET_MAX);
	assert_int_equal(strlen(parser.data), GDB_PACKET_MAX);

	more[GDB_PACKET_MAX + 1] = 'a';
	snprintf(more + GDB_PACKET_MAX + 2, 4, "#%02x", (sum + 'a') & 0xff);
	assert_int_equal(feed_text(more), GDB_TOO_LONG);
	assert_int_equal(feed_text("$g#67"), GDB_PACKET);
}

static void frames_replies(void **state)
{
	struct gdb_text out = { 0 };

	(void)state;
	gdb_frame(&out, "OK", 2);
	assert_string_equal(out.data, "$OK#9a");
	gdb_text_reset(&out);
	gdb_frame(&out, NULL, 0);
	assert_string_equal(out.data, "$#00");
	gdb_text_reset(&out);
	gdb_frame(&out, "#$}*", 4);
	assert_string_equal(out.data, "$}\003}\004}]}\n#62");
	gdb_text_free(&out);
}

static void takes_numbers(void **state)
{
	const char *at = "4C0f6,2";
	uint64_t value;

	(void)state;
	assert_true(gdb_take_hex(&at, UINT32_MAX, &value));
	assert_int_equal(value, 0x4c0f6);
	assert_string_equal(at, ",2");
	assert_false(gdb_take_hex(&at, UINT32_MAX, &value));
	assert_string_equal(at, ",2");
	at = "ffffffff";
	assert_true(gdb_take_hex(&at, UINT32_MAX, &value));
	assert_int_equal(value, UINT32_MAX);
	at = "100000000";
	assert_false(gdb_take_hex(&at, UINT32_MAX, &value));
	at = "ffffffffffffffffffffffff";
	assert_false(gdb_take_hex(&at, UINT64_MAX, &value));
	at = "-1";
	assert_false(gdb_take_hex(&at, UINT32_MAX, &value));
	at = "";
	assert_false(gdb_take_hex(&at, UINT32_MAX, &value));
}

static void takes_bytes(void **state)
{
	const char *at = "00ffA5z";
	uint8_t bytes[4] = { 1, 1, 1, 1 };

	(void)state;
	assert_true(gdb_take_bytes(&at, bytes, 3));
	assert_memory_equal(bytes, "\x00\xff\xa5\x01", 4);
	assert_string_equal(at, "z");
	at = "123";
	assert_false(gdb_take_bytes(&at, bytes, 2));
	at = "12z4";
	assert_false(gdb_take_bytes(&at, bytes, 2));
	at = "";
	assert_true(gdb_take_bytes(&at, bytes, 0));
	assert_false(gdb_take_bytes(&at, bytes, 1));
}

static void grows_text(void **state)
{
	struct gdb_text text = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 5000; i++)
		gdb_text_add(&text, "%02x", i & 0xff);
	gdb_text_hex(&text, "\x01\xfe", 2);
	gdb_text_bytes(&text, "\0end", 5);
	assert_false(text.failed);
	assert_int_equal(text.length, 10000 + 4 + 5);
	assert_memory_equal(text.data + 10000, "01fe\0end", 9);
	gdb_text_reset(&text);
	gdb_text_add(&text, "%s", "again");
	assert_string_equal(text.data, "again");
	gdb_text_free(&text);
	assert_null(text.data);
}

/* ---- Random bytes ------------------------------------------------------------------------ */

/* Whatever the input, there is no write out of bounds, and the data ends with a zero. */
static void survives_noise(void **state)
{
	static const char telling[] = "$$$##}}+-\003*0123456789abcdefZgmMXq,:;";
	unsigned long bytes = setting("IPU_TEST_ROUNDS", 3000000);

	(void)state;
	random_start();
	for (unsigned long i = 0; i < bytes; i++) {
		uint8_t byte =
			random_below(8) ?
				(uint8_t)telling[random_below((uint32_t)sizeof(telling) - 1)] :
				(uint8_t)random_below(256);

		if (gdb_parser_feed(&parser, byte) != GDB_PACKET)
			continue;
		assert_true(parser.length <= GDB_PACKET_MAX);
		assert_int_equal(parser.data[parser.length], 0);
	}
}

/* What is framed is parsed back to the same bytes, whatever they are. */
static void returns_what_was_framed(void **state)
{
	unsigned long rounds = setting("IPU_TEST_ROUNDS", 2000);
	static char data[GDB_PACKET_MAX];
	struct gdb_text frame = { 0 };

	(void)state;
	random_start();
	for (unsigned long i = 0; i < rounds; i++) {
		size_t length = random_below(random_below(8) ? 64 : GDB_PACKET_MAX + 1);

		for (size_t n = 0; n < length; n++)
			data[n] = (char)random_below(256);
		gdb_text_reset(&frame);
		gdb_frame(&frame, data, length);
		assert_false(frame.failed);
		assert_int_equal(feed(frame.data, frame.length), GDB_PACKET);
		assert_int_equal(parser.length, length);
		assert_memory_equal(parser.data, data, length);
	}
	gdb_text_free(&frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(takes_packets, fresh),
		cmocka_unit_test_setup(takes_what_is_between_packets, fresh),
		cmocka_unit_test_setup(keeps_data_as_it_is, fresh),
		cmocka_unit_test_setup(refuses_wrong_sums, fresh),
		cmocka_unit_test_setup(begins_anew, fresh),
		cmocka_unit_test_setup(refuses_long_packets, fresh),
		cmocka_unit_test_setup(frames_replies, fresh),
		cmocka_unit_test_setup(takes_numbers, fresh),
		cmocka_unit_test_setup(takes_bytes, fresh),
		cmocka_unit_test_setup(grows_text, fresh),
		cmocka_unit_test_setup(survives_noise, fresh),
		cmocka_unit_test_setup(returns_what_was_framed, fresh),
	};

	return cmocka_run_group_tests_name("gdb-packet", tests, NULL, NULL);
}
