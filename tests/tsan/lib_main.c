// SPDX-License-Identifier: MIT
/* Those unit tests of libipu in which threads of it, of its simulator or of the test meet. */
#include "lib_test.h"

int main(void)
{
	int failed = 0;

	failed += lib_test_jobs();
	failed += lib_test_print();
	failed += lib_test_profile();
	failed += lib_test_stream();
	failed += lib_test_threads();
	failed += lib_test_userq();
	failed += lib_test_userq_faults();
	return failed != 0;
}
