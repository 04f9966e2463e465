// SPDX-License-Identifier: MIT
/* The tests of user queues alone, for a card: $IPU_DEVICE names it. */
#include "lib_test.h"

int main(void)
{
	int failed = 0;

	failed += lib_test_userq();
	failed += lib_test_userq_faults();
	return failed != 0;
}
