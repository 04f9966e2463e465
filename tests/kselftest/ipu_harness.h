/* SPDX-License-Identifier: MIT */
/*
 * The kernel's test harness, with time for a debug kernel on an emulated machine:
 * a test is ended after this many seconds instead of 30.
 */
#ifndef IPU_HARNESS_H
#define IPU_HARNESS_H

#include <kselftest_harness.h>

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 240

#endif /* IPU_HARNESS_H */
