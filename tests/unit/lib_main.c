// SPDX-License-Identifier: MIT
/* Unit tests of libipu, with its simulator, and of what the tools do with files. */
#include "lib_test.h"

/* Whoever submits the jobs, they are the same. */
static int with_user_queues(void)
{
	int failed = 0;

	lib_context_flags = IPU_CONTEXT_USER_QUEUE;
	failed += lib_test_debug();
	failed += lib_test_print();
	failed += lib_test_profile();
	failed += lib_test_jobs();
	failed += lib_test_threads();
	lib_context_flags = 0;
	return failed;
}

int main(void)
{
	int failed = 0;

	failed += lib_test_npy();
	failed += lib_test_elf();
	failed += lib_test_attributes();
	failed += lib_test_fuzz();
	failed += lib_test_grid();
	failed += lib_test_shard();
	failed += lib_test_cards();
	failed += lib_test_struct();
	failed += lib_test_open();
	failed += lib_test_plan();
	failed += lib_test_graph();
	failed += lib_test_graph_run();
	failed += lib_test_graph_chain();
	failed += lib_test_graph_conv();
	failed += lib_test_graph_parts();
	failed += lib_test_drm();
	failed += lib_test_commands();
	failed += lib_test_debug();
	failed += lib_test_print();
	failed += lib_test_profile();
	failed += lib_test_program();
	failed += lib_test_tensor();
	failed += lib_test_jobs();
	failed += lib_test_stream();
	failed += lib_test_threads();
	failed += lib_test_wide();
	failed += lib_test_fork();
	failed += lib_test_userq();
	failed += lib_test_userq_faults();
	failed += with_user_queues();
	return failed != 0;
}
