// SPDX-License-Identifier: MIT
/* Host memory that a simulated card may reach. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "ipu_sim_memory.h"

void ipu_sim_bus_init(struct ipu_sim_bus *bus)
{
	*bus = (struct ipu_sim_bus){ 0 };
	pthread_rwlock_init(&bus->lock, NULL);
}

void ipu_sim_bus_fini(struct ipu_sim_bus *bus)
{
	pthread_rwlock_destroy(&bus->lock);
	free(bus->pieces);
}

/* How many pieces start at @addr or below. */
static size_t count_below(const struct ipu_sim_bus *bus, uint64_t addr)
{
	size_t low = 0, high = bus->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((uintptr_t)bus->pieces[middle]->data <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether @memory, which belongs at @place, has pages in common with its neighbours there. */
static bool overlaps(const struct ipu_sim_bus *bus, size_t place,
		     const struct ipu_sim_memory *memory)
{
	const struct ipu_sim_memory *before = place ? bus->pieces[place - 1] : NULL;
	const struct ipu_sim_memory *behind = place < bus->count ? bus->pieces[place] : NULL;
	uintptr_t data = (uintptr_t)memory->data;

	return (before && data - (uintptr_t)before->data < before->size) ||
	       (behind && (uintptr_t)behind->data - data < memory->size);
}

static int add_piece(struct ipu_sim_bus *bus, struct ipu_sim_memory *memory)
{
	size_t place;
	int err = 0;

	pthread_rwlock_wrlock(&bus->lock);
	if (bus->count == bus->room) {
		size_t room = bus->room ? bus->room * 2 : 16;
		struct ipu_sim_memory **pieces = realloc(bus->pieces, room * sizeof(*pieces));

		if (pieces) {
			bus->pieces = pieces;
			bus->room = room;
		} else {
			err = -ENOMEM;
		}
	}
	place = count_below(bus, (uintptr_t)memory->data);
	if (!err && overlaps(bus, place, memory))
		err = -EBUSY;
	if (!err) {
		memmove(&bus->pieces[place + 1], &bus->pieces[place],
			(bus->count - place) * sizeof(*bus->pieces));
		bus->pieces[place] = memory;
		bus->count++;
	}
	pthread_rwlock_unlock(&bus->lock);
	return err;
}

static void remove_piece(struct ipu_sim_bus *bus, struct ipu_sim_memory *memory)
{
	size_t place;

	pthread_rwlock_wrlock(&bus->lock);
	place = count_below(bus, (uintptr_t)memory->data) - 1;
	bus->count--;
	memmove(&bus->pieces[place], &bus->pieces[place + 1],
		(bus->count - place) * sizeof(*bus->pieces));
	pthread_rwlock_unlock(&bus->lock);
}

static struct ipu_sim_memory *make(struct ipu_sim_bus *bus, void *data, size_t size, bool foreign)
{
	struct ipu_sim_memory *memory = malloc(sizeof(*memory));

	if (!memory)
		return NULL;
	memory->bus = bus;
	memory->data = data;
	memory->size = size;
	memory->foreign = foreign;
	atomic_init(&memory->refs, 1);
	if (add_piece(bus, memory)) {
		free(memory);
		return NULL;
	}
	return memory;
}

struct ipu_sim_memory *ipu_sim_memory_new(struct ipu_sim_bus *bus, size_t size)
{
	void *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct ipu_sim_memory *memory;

	if (data == MAP_FAILED)
		return NULL;
	memory = make(bus, data, size, false);
	if (!memory)
		munmap(data, size);
	return memory;
}

struct ipu_sim_memory *ipu_sim_memory_wrap(struct ipu_sim_bus *bus, void *data, size_t size)
{
	return make(bus, data, size, true);
}

struct ipu_sim_memory *ipu_sim_memory_get(struct ipu_sim_memory *memory)
{
	atomic_fetch_add(&memory->refs, 1);
	return memory;
}

void ipu_sim_memory_put(struct ipu_sim_memory *memory)
{
	if (!memory || atomic_fetch_sub(&memory->refs, 1) != 1)
		return;
	remove_piece(memory->bus, memory);
	if (!memory->foreign)
		munmap(memory->data, memory->size);
	free(memory);
}

/* The lock is held. */
static void *find(const struct ipu_sim_bus *bus, uint64_t addr, size_t len)
{
	size_t below = count_below(bus, addr);
	const struct ipu_sim_memory *memory;
	uint64_t offset;

	if (!below)
		return NULL;
	memory = bus->pieces[below - 1];
	offset = addr - (uintptr_t)memory->data;
	if (offset > memory->size || len > memory->size - offset)
		return NULL;
	return (unsigned char *)memory->data + offset;
}

int ipu_sim_bus_read(struct ipu_sim_bus *bus, uint64_t addr, void *buf, size_t len)
{
	const void *from;

	pthread_rwlock_rdlock(&bus->lock);
	from = find(bus, addr, len);
	if (from)
		memcpy(buf, from, len);
	pthread_rwlock_unlock(&bus->lock);
	return from ? 0 : -EFAULT;
}

/* What may be a fence, which others look at while it is written, comes after all before it. */
static void store(void *to, const void *from, size_t len)
{
	uint64_t word;

	if (len != sizeof(word) || (uintptr_t)to % sizeof(word)) {
		memcpy(to, from, len);
		return;
	}
	memcpy(&word, from, sizeof(word));
	__atomic_store_n((uint64_t *)to, word, __ATOMIC_RELEASE);
}

int ipu_sim_bus_write(struct ipu_sim_bus *bus, uint64_t addr, const void *buf, size_t len)
{
	void *to;

	pthread_rwlock_rdlock(&bus->lock);
	to = find(bus, addr, len);
	if (to)
		store(to, buf, len);
	pthread_rwlock_unlock(&bus->lock);
	return to ? 0 : -EFAULT;
}
