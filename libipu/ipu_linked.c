// SPDX-License-Identifier: MIT
/* Linked cards: opening a chain of them, and contexts whose runs are one. */
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>

#include "ipu_hw.h"
#include "ipu_internal.h"

_Static_assert(IPU_MAX_LINKED == IPU_LINK_CARDS, "as many as the hardware has");

/* The first @count of @devs are open: close them. */
static int close_all(struct ipu_device **devs, uint32_t count, int err)
{
	while (count > 0) {
		ipu_close(devs[--count]);
		devs[count] = NULL;
	}
	return err;
}

static int open_chain(const struct ipu_sim_options *options, struct ipu_device **devs,
		      uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		int err = ipu_open_sim(options, &devs[i]);

		if (err)
			return close_all(devs, i, err);
		err = i ? ipu_transport_sim_link(devs[i], devs[i - 1]) : 0;
		if (err)
			return close_all(devs, i + 1,
					 ipu_fail(err, "Cannot link simulated card %u: %s.", i,
						  strerror(-err)));
	}
	return 0;
}

int ipu_open_linked(const char *name, struct ipu_device **devs, uint32_t room, uint32_t *count)
{
	struct ipu_sim_options options;
	char trace[PATH_MAX];
	uint32_t cards;
	int err;

	*count = 0;
	if (!ipu_is_sim_name(name))
		return ipu_fail(-ENOTSUP,
				"\"%s\" is not of the simulator, and the driver cannot link cards "
				"yet: open sim:cards=2, or each card by itself.",
				name);
	err = ipu_sim_parse(name, &options, trace, sizeof(trace), &cards);
	if (err)
		return err;
	if (cards < 1 || cards > IPU_MAX_LINKED)
		return ipu_fail(-EINVAL,
				"\"%s\" is not of 1 to %d cards: say how many, as in sim:cards=4.",
				name, IPU_MAX_LINKED);
	if (cards > room)
		return ipu_fail(-EINVAL, "\"%s\" is %u cards, and there is room for %u.", name,
				cards, room);
	if (options.trace && cards > 1)
		return ipu_fail(-EINVAL,
				"\"%s\": one trace is of one card. Leave trace= or cards= out.",
				name);
	err = open_chain(&options, devs, cards);
	if (!err)
		*count = cards;
	return err;
}

/* All of them in one chain? */
static int check_chain(struct ipu_device *const *devs, uint32_t count)
{
	uint32_t group = 0;

	for (uint32_t i = 0; i < count; i++) {
		const char *name = devs[i]->info.name;
		uint32_t its;

		if (!devs[i]->ops->link_group)
			return ipu_fail(
				-ENOTSUP,
				"%s: the driver cannot link cards yet; the simulator can, see "
				"ipu_open_linked().",
				name);
		its = devs[i]->ops->link_group(devs[i]);
		if (!its || (i && its != group))
			return ipu_fail(
				-EINVAL,
				"Card %u of those given, %s, is not linked to the others: open "
				"them together with ipu_open_linked().",
				i, name);
		group = its;
	}
	return 0;
}

/* Keys are this process's: so are simulated cards. */
static uint64_t new_key(void)
{
	static atomic_ullong last;

	return atomic_fetch_add(&last, 1) + 1;
}

int ipu_context_create_linked(struct ipu_device *const *devs, uint32_t count,
			      const struct ipu_context_options *options, struct ipu_context **ctxs)
{
	struct ipu_link_place place = { .count = count };
	int err;

	if (count < 1 || count > IPU_MAX_LINKED)
		return ipu_fail(-EINVAL, "1 to %d contexts can be linked, not %u.", IPU_MAX_LINKED,
				count);
	/* One is a context as any other, also of a card that is in no chain. */
	if (count == 1)
		return ipu_context_make(devs[0], options, NULL, ctxs);
	err = check_chain(devs, count);
	if (err)
		return err;
	place.key = new_key();
	for (; place.rank < count; place.rank++) {
		err = ipu_context_make(devs[place.rank], options, &place, &ctxs[place.rank]);
		if (err)
			break;
	}
	while (err && place.rank > 0)
		ipu_context_destroy(ctxs[--place.rank]);
	return err;
}
