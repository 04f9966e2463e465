// SPDX-License-Identifier: MIT
/* Linked cards: opening a chain of them, and contexts whose runs are one. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_cards.h"
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

static int open_simulated(const char *name, struct ipu_device **devs, uint32_t room,
			  uint32_t *count)
{
	struct ipu_sim_options options;
	char trace[PATH_MAX];
	uint32_t cards;
	int err = ipu_sim_parse(name, &options, trace, sizeof(trace), &cards);

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

static int chain_of(struct ipu_device *dev, struct ipu_chain *chain)
{
	int err = dev->ops->get_chain(dev, chain);

	return err ? ipu_fail_device(dev, err, "ask for its links") : 0;
}

/* Open the card if it is in the chain @group, as found[its place]. */
static int open_member(const struct ipu_card_list *list, size_t i, uint32_t group,
		       struct ipu_device *found[IPU_MAX_LINKED])
{
	struct ipu_card_desc card = { .size = sizeof(card) };
	struct ipu_chain chain = { 0 };
	struct ipu_device *dev;
	int err = ipu_card_list_get(list, i, &card);

	/* Of a card without a driver nobody knows, and one of others may be nobody's to open. */
	if (err || !card.node[0] || ipu_card_open(&card, &dev))
		return err;
	err = chain_of(dev, &chain);
	if (!err && chain.group == group && chain.index < IPU_MAX_LINKED && !found[chain.index])
		found[chain.index] = dev;
	else
		ipu_close(dev);
	return err;
}

/* Put those that were found in a row. */
static int in_order(struct ipu_device *found[IPU_MAX_LINKED], struct ipu_device **devs,
		    uint32_t room, uint32_t *count)
{
	uint32_t cards = 0;

	for (uint32_t i = 0; i < IPU_MAX_LINKED; i++)
		if (found[i])
			found[cards++] = found[i];
	if (cards > room)
		return close_all(found, cards,
				 ipu_fail(-EINVAL,
					  "The chain has %u cards, and there is room for %u.",
					  cards, room));
	memcpy(devs, found, cards * sizeof(*devs));
	*count = cards;
	return 0;
}

static int open_members(uint32_t group, struct ipu_device **devs, uint32_t room, uint32_t *count)
{
	struct ipu_device *found[IPU_MAX_LINKED] = { NULL };
	struct ipu_card_list *list;
	int err = ipu_card_list_new(&list);

	if (err)
		return err;
	for (size_t i = 0; !err && i < ipu_card_list_count(list); i++)
		err = open_member(list, i, group, found);
	ipu_card_list_free(list);
	if (err)
		return close_all(found, IPU_MAX_LINKED, err);
	return in_order(found, devs, room, count);
}

int ipu_open_linked(const char *name, struct ipu_device **devs, uint32_t room, uint32_t *count)
{
	struct ipu_chain chain = { 0 };
	struct ipu_device *dev;
	int err;

	*count = 0;
	if (!name)
		name = getenv("IPU_DEVICE");
	if (name && ipu_is_sim_name(name))
		return open_simulated(name, devs, room, count);
	err = ipu_open(name, &dev);
	if (err)
		return err;
	err = chain_of(dev, &chain);
	if (!err && !chain.group)
		err = ipu_fail(-ENODEV,
			       "%s is not linked to another card: start the virtual machine with "
			       "QEMU's -device ipu,id=b,link=a, or use the simulator, sim:cards=2.",
			       dev->info.name);
	ipu_close(dev);
	return err ? err : open_members(chain.group, devs, room, count);
}

/* All of them in one chain? */
static int check_chain(struct ipu_device *const *devs, uint32_t count)
{
	struct ipu_chain first = { 0 }, chain = { 0 };

	for (uint32_t i = 0; i < count; i++) {
		int err = chain_of(devs[i], &chain);

		if (err)
			return err;
		if (!i)
			first = chain;
		if (!chain.group || chain.group != first.group || devs[i]->ops != devs[0]->ops)
			return ipu_fail(
				-EINVAL,
				"Card %u of those given, %s, is not linked to the others: open "
				"them together with ipu_open_linked().",
				i, devs[i]->info.name);
	}
	return 0;
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
	err = devs[0]->ops->link_new(devs[0], &place);
	if (err)
		return ipu_fail_device(devs[0], err, "link %u contexts", count);
	for (; place.rank < count; place.rank++) {
		err = ipu_context_make(devs[place.rank], options, &place, &ctxs[place.rank]);
		if (err)
			break;
	}
	devs[0]->ops->link_end(&place);
	while (err && place.rank > 0)
		ipu_context_destroy(ctxs[--place.rank]);
	return err;
}
