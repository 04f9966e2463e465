/* SPDX-License-Identifier: MIT */
/*
 * assert(): a fault that shows the file, the line and the condition. These are in the
 * program's file and not on the tile (ipu_trap_text()), where an assert() costs what
 * the condition does and three instructions.
 */
#include <ipu/tile.h>

/* Included again, it is defined anew, as NDEBUG then says. */
#undef assert

#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition)                     \
	((condition) ? (void)0 :              \
		       ipu_trap_text(__FILE__ \
				     ":" IPU_STRING(__LINE__) ": assertion failed: " #condition))
#endif

#if !defined(__cplusplus) && __STDC_VERSION__ < 202311L
#undef static_assert
#define static_assert _Static_assert
#endif
