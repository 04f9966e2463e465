// SPDX-License-Identifier: MIT
/* Files that results go to, below what a shell can see: signals, and what a failure leaves. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "output.h"

static char folder[64];
static int before; /* the folder that the tests were started in */

static int enter_folder(void **state)
{
	(void)state;
	before = open(".", O_RDONLY | O_DIRECTORY);
	snprintf(folder, sizeof(folder), "/tmp/ipu-output-XXXXXX");
	return before >= 0 && mkdtemp(folder) ? chdir(folder) : -1;
}

static int leave_folder(void **state)
{
	char command[96];
	int err = fchdir(before);

	(void)state;
	close(before);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return err || system(command);
}

static void count_files(unsigned int expected)
{
	char command[128];

	snprintf(command, sizeof(command), "ls -A >&2; test $(ls -A | wc -l) -eq %u", expected);
	if (system(command))
		fail_msg("not %u files are there", expected);
}

static void write_file(const char *name, const char *text)
{
	struct output out;

	assert_int_equal(output_open(name, &out), 0);
	assert_int_equal(output_put(&out, text, strlen(text)), 0);
	assert_int_equal(output_close(&out, 0), 0);
}

static void assert_file(const char *name, const char *text)
{
	char found[64] = "";
	FILE *file = fopen(name, "r");

	assert_non_null(file);
	found[fread(found, 1, sizeof(found) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(found, text);
}

/* Whatever ends the process, the incomplete file goes with it, and the old one stays. */
static void test_signals(void **state)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	int status;

	(void)state;
	write_file("old", "old");
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		const char *name = i % 2 ? "old" : "new";
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (!pid) {
			const struct rlimit no_core = { 0 };
			struct output out;

			setrlimit(RLIMIT_CORE, &no_core);
			signal(signals[i], SIG_DFL);
			if (output_open(name, &out) || output_put(&out, "half", 4) ||
			    access(out.temporary, F_OK))
				_exit(1);
			raise(signals[i]);
			_exit(2);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signals[i]);
		count_files(1);
		assert_file("old", "old");
	}
	assert_int_equal(unlink("old"), 0);
}

static int caught;

static void catch (int sig)
{
	caught = sig;
}

/* A signal that the process ignores or catches is its own matter. */
static void test_other_handlers(void **state)
{
	struct output out;

	(void)state;
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, catch);
	assert_int_equal(output_open("a", &out), 0);
	raise(SIGHUP);
	raise(SIGTERM);
	assert_int_equal(caught, SIGTERM);
	assert_int_equal(output_put(&out, "all", 3), 0);
	assert_int_equal(output_close(&out, 0), 0);
	assert_file("a", "all");
	assert_true(signal(SIGHUP, SIG_DFL) == SIG_IGN);
	assert_true(signal(SIGTERM, SIG_DFL) == catch);
	assert_true(signal(SIGINT, SIG_DFL) == SIG_DFL);
	assert_int_equal(unlink("a"), 0);
}

/* A pipe without a reader is an error of writing, and not the end. */
static void test_no_reader(void **state)
{
	struct output out;
	char name[32];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	snprintf(name, sizeof(name), "/dev/fd/%d", fds[1]);
	assert_int_equal(output_open(name, &out), 0);
	close(fds[0]);
	assert_int_equal(output_put(&out, "lost", 4), -EPIPE);
	assert_int_equal(output_close(&out, -EPIPE), -EPIPE);
	close(fds[1]);
	count_files(0);
}

/* A file that is given up is as it was; so is one that was only checked. */
static void test_nothing_changes(void **state)
{
	struct output out;
	struct stat st, then;

	(void)state;
	write_file("a", "before");
	assert_int_equal(stat("a", &st), 0);
	assert_int_equal(output_open("a", &out), 0);
	assert_int_equal(output_put(&out, "aft", 3), 0);
	assert_int_equal(output_close(&out, -ECANCELED), -ECANCELED);
	assert_int_equal(output_check("a"), 0);
	assert_int_equal(output_check("b"), 0);
	count_files(1);
	assert_file("a", "before");
	assert_int_equal(stat("a", &then), 0);
	assert_int_equal(st.st_ino, then.st_ino);
	assert_int_equal(unlink("a"), 0);
}

/* No check waits for a reader. */
static void test_check_of_a_pipe(void **state)
{
	(void)state;
	assert_int_equal(mkfifo("pipe", 0600), 0);
	alarm(20);
	assert_int_equal(output_check("pipe"), 0);
	alarm(0);
	assert_int_equal(unlink("pipe"), 0);
}

static void test_check_fails(void **state)
{
	char name[NAME_MAX + 2];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[NAME_MAX + 1] = '\0';
	assert_int_equal(output_check(name), -ENAMETOOLONG);
	name[NAME_MAX] = '\0';
	assert_int_equal(output_check(name), 0);
	assert_int_equal(output_check(""), -ENOENT);
	assert_int_equal(output_check("."), -EISDIR);
	assert_int_equal(output_check("/"), -EISDIR);
	assert_int_equal(output_check("nowhere/a"), -ENOENT);
	assert_int_equal(output_check("/proc/none"), -ENOENT);
	assert_int_equal(symlink("loop", "loop"), 0);
	assert_int_equal(output_check("loop"), -ELOOP);
	assert_int_equal(unlink("loop"), 0);
	count_files(0);
}

static void test_same(void **state)
{
	(void)state;
	assert_true(output_same("a", "./a"));
	assert_false(output_same("a", "b"));
	assert_int_equal(symlink("a", "link"), 0);
	assert_true(output_same("a", "link"));
	write_file("link", "text");
	assert_true(output_same("a", "link"));
	assert_false(output_same("b", "link"));
	assert_false(output_same("/dev/null", "/dev/null"));
	assert_int_equal(unlink("a"), 0);
	assert_int_equal(unlink("link"), 0);
}

/* A file with attributes is written in place, as another one in its place would lack them. */
static void test_attributes(void **state)
{
	struct stat old, new;
	char note[8];

	(void)state;
	write_file("noted", "old");
	assert_int_equal(stat("noted", &old), 0);
	if (setxattr("noted", "user.note", "mine", 4, 0) && errno == EOPNOTSUPP)
		skip();
	write_file("noted", "new");
	assert_file("noted", "new");
	assert_int_equal(stat("noted", &new), 0);
	assert_int_equal(old.st_ino, new.st_ino);
	assert_int_equal(getxattr("noted", "user.note", note, sizeof(note)), 4);
	assert_int_equal(unlink("noted"), 0);
}

/* What a folder gives to new files, here access for user 1000, a file in it need not have. */
static void test_default_acl(void **state)
{
	static const unsigned char acl[] = {
		2,    0, 0, 0, /* version */
		0x01, 0, 7, 0, 0xff, 0xff, 0xff, 0xff, /* the owner */
		0x02, 0, 7, 0, 0xe8, 0x03, 0,	 0, /* user 1000 */
		0x04, 0, 7, 0, 0xff, 0xff, 0xff, 0xff, /* the group */
		0x10, 0, 7, 0, 0xff, 0xff, 0xff, 0xff, /* the mask */
		0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, /* others */
	};

	(void)state;
	assert_int_equal(mkdir("lists", 0755), 0);
	write_file("lists/file", "old");
	assert_int_equal(chmod("lists/file", 0660), 0);
	if (setxattr("lists", "system.posix_acl_default", acl, sizeof(acl), 0)) {
		assert_int_equal(errno, EOPNOTSUPP);
		skip();
	}
	write_file("lists/file", "new");
	assert_file("lists/file", "new");
	assert_int_equal(getxattr("lists/file", "system.posix_acl_access", NULL, 0), -1);
	assert_int_equal(errno, ENODATA);
	assert_int_equal(unlink("lists/file"), 0);
	assert_int_equal(rmdir("lists"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_other_handlers),
		cmocka_unit_test(test_no_reader),
		cmocka_unit_test(test_nothing_changes),
		cmocka_unit_test(test_check_of_a_pipe),
		cmocka_unit_test(test_check_fails),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_default_acl),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
