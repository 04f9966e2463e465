// SPDX-License-Identifier: MIT
/* The tests of user queues alone, for a card: $IPU_DEVICE names it. */
#include "lib_test.h"

int main(void)
{
	return lib_test_userq() != 0;
}
