/* SPDX-License-Identifier: MIT */
/*
 * The C library's lock: the units of a tile share its heap and its list of functions
 * to call at exit. A unit that waits spins; the tile's other units go on meanwhile,
 * and none holds the lock for longer than a call of malloc().
 */
#include <sys/lock.h>

#include <ipu/tile.h>

/* @owner: unit + 1, 0 for nobody */
struct __lock {
	uint32_t owner;
	uint32_t depth;
};

struct __lock __lock___libc_recursive_mutex;

void __retarget_lock_acquire_recursive(struct __lock *lock)
{
	const uint32_t me = ipu_unit() + 1;
	uint32_t nobody;

	if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) != me) {
		do {
			nobody = 0;
		} while (!__atomic_compare_exchange_n(&lock->owner, &nobody, me, true,
						      __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	}
	lock->depth++;
}

void __retarget_lock_release_recursive(struct __lock *lock)
{
	if (--lock->depth == 0)
		__atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
}
