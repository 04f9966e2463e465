/* SPDX-License-Identifier: MIT */
/* What the unit tests of libipu and of the tools share. */
#ifndef LIB_TEST_H
#define LIB_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <ipu.h>

/* Each runs a group of tests and returns how many failed. */
int lib_test_attributes(void);
int lib_test_cards(void);
int lib_test_commands(void);
int lib_test_debug(void);
int lib_test_drm(void);
int lib_test_elf(void);
int lib_test_fork(void);
int lib_test_fuzz(void);
int lib_test_jobs(void);
int lib_test_npy(void);
int lib_test_open(void);
int lib_test_plan(void);
int lib_test_print(void);
int lib_test_profile(void);
int lib_test_program(void);
int lib_test_graph(void);
int lib_test_graph_chain(void);
int lib_test_graph_conv(void);
int lib_test_graph_parts(void);
int lib_test_graph_run(void);
int lib_test_grid(void);
int lib_test_shard(void);
int lib_test_stream(void);
int lib_test_struct(void);
int lib_test_tensor(void);
int lib_test_threads(void);
int lib_test_userq(void);
int lib_test_userq_faults(void);
int lib_test_wide(void);

/* The call succeeds; if not, the test says why. */
#define assert_ok(call)                                                         \
	do {                                                                    \
		int assert_ok_ = (call);                                        \
		if (assert_ok_)                                                 \
			fail_msg("%s: %d, %s", #call, assert_ok_, ipu_error()); \
	} while (0)

/* The call fails with @err, and the message contains @words. */
#define assert_fails(call, err, words)                                                      \
	do {                                                                                \
		int assert_fails_ = (call);                                                 \
		if (assert_fails_ != (err))                                                 \
			fail_msg("%s: %d instead of %d", #call, assert_fails_, (int)(err)); \
		assert_sentence(ipu_error(), words);                                        \
	} while (0)

/* @text is one sentence for humans or more, on one line, and has @words in it. */
#define assert_sentence(text, words)                                                \
	do {                                                                        \
		const char *text_ = (text);                                         \
		if (!strstr(text_, words))                                          \
			fail_msg("no \"%s\" in \"%s\"", words, text_);              \
		if (strchr(text_, '\n') || !strchr(".?", text_[strlen(text_) - 1])) \
			fail_msg("no sentence: \"%s\"", text_);                     \
	} while (0)

/* A device of its own with @tiles tiles, on two threads. */
struct ipu_device *lib_open_sim(uint32_t tiles);
struct ipu_context *lib_make_context(struct ipu_device *dev, uint32_t tiles);

/* Flags of the contexts that it makes, so that a group of tests can be run with others. */
extern uint64_t lib_context_flags;

/* File descriptors below 256: those that are open; those opened since then are closed by exec(). */
struct lib_files {
	bool is_open[256];
};

struct lib_files lib_open_files(void);
void lib_check_cloexec(const struct lib_files *before);

#endif /* LIB_TEST_H */
