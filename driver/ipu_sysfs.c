// SPDX-License-Identifier: GPL-2.0-only

#include <linux/bitfield.h>
#include <linux/device.h>
#include <linux/sysfs.h>

#include "ipu_card.h"
#include "ipu_drv.h"
#include "ipu_regs.h"
#include "ipu_sysfs.h"
#include "ipu_usage.h"
#include "ipu_userq.h"

/**
 * DOC: sysfs
 *
 * The folder "ipu" of the card's PCI device: what the card is, and how it is. All files
 * can be read by anyone; Documentation/ABI/testing/sysfs-driver-ipu says what is in them.
 * None of them needs the card, so they work while it is away, and leave it asleep; but for
 * the counters of errors in SRAM, which only a card that has them shows. The time that tiles
 * were busy, and the commands of user queues, have what the card knows of these, if it is in
 * use.
 */

/* A file with one value, computed from @ipu. */
#define IPU_ATTR(name, format, value)						\
static ssize_t name##_show(struct device *dev, struct device_attribute *attr,	\
			   char *buf)						\
{										\
	struct ipu_device *ipu = dev_get_drvdata(dev);				\
										\
	return sysfs_emit(buf, format "\n", value);				\
}										\
static DEVICE_ATTR_RO(name)

/* Likewise, of what is in use; with @ask, what the card knows of user queues is in it. */
#define IPU_USAGE_ATTR(name, format, member, ask)				\
static ssize_t name##_show(struct device *dev, struct device_attribute *attr,	\
			   char *buf)						\
{										\
	struct ipu_device *ipu = dev_get_drvdata(dev);				\
	struct ipu_usage usage;							\
										\
	if (ask)								\
		ipu_userq_count_client(ipu, NULL);				\
	ipu_usage_read(&ipu->usage, &usage);					\
	return sysfs_emit(buf, format "\n", usage.member);			\
}										\
static DEVICE_ATTR_RO(name)

IPU_ATTR(tiles, "%u", ipu->info.tiles);
IPU_ATTR(sram_size, "%u", ipu->info.sram_size);
IPU_ATTR(workers, "%u", ipu->info.workers);
IPU_ATTR(contexts, "%u", ipu->info.contexts);
IPU_ATTR(clock_khz, "%u", ipu->info.clock_khz);
IPU_ATTR(vector_bits, "%u", ipu->info.vlen);
IPU_ATTR(isa, "0x%08x", ipu->info.isa);
IPU_ATTR(serial_number, "%016llx", ipu->info.serial);

IPU_ATTR(resets, "%lld", atomic64_read(&ipu->resets));
IPU_ATTR(card_resets, "%lld", atomic64_read(&ipu->card_resets));
IPU_ATTR(faults, "%lld", atomic64_read(&ipu->faults));
IPU_ATTR(hangs, "%lld", atomic64_read(&ipu->hangs));

IPU_USAGE_ATTR(contexts_in_use, "%u", contexts, false);
IPU_USAGE_ATTR(tiles_in_use, "%u", tiles, false);
IPU_USAGE_ATTR(tiles_running, "%u", running, false);
IPU_USAGE_ATTR(jobs, "%llu", jobs, false);
IPU_USAGE_ATTR(jobs_failed, "%llu", failed, false);
IPU_USAGE_ATTR(tile_busy_ns, "%llu", busy_ns, true);
IPU_USAGE_ATTR(queue_commands, "%llu", commands, true);

static ssize_t ipu_sysfs_ecc(struct device *dev, u32 reg, unsigned int which, char *buf)
{
	struct ipu_device *ipu = dev_get_drvdata(dev);
	int ret, idx;
	u64 value;

	ret = ipu_card_hold(ipu, &idx);
	if (ret)
		return ret;
	value = ipu->ecc[which] + ipu_read(ipu, reg);
	ret = ipu_card_release(ipu, idx);

	return ret ?: sysfs_emit(buf, "%llu\n", value);
}

static ssize_t ecc_corrected_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return ipu_sysfs_ecc(dev, IPU_REG_ECC_CORRECTED, 0, buf);
}
static DEVICE_ATTR_RO(ecc_corrected);

static ssize_t ecc_uncorrected_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return ipu_sysfs_ecc(dev, IPU_REG_ECC_FATAL, 1, buf);
}
static DEVICE_ATTR_RO(ecc_uncorrected);

static ssize_t firmware_version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct ipu_device *ipu = dev_get_drvdata(dev);
	u32 version = ipu->info.fw_version;

	return sysfs_emit(buf, "%u.%u.%u\n", FIELD_GET(IPU_FW_MAJOR, version),
			  FIELD_GET(IPU_FW_MINOR, version), FIELD_GET(IPU_FW_PATCH, version));
}
static DEVICE_ATTR_RO(firmware_version);

static ssize_t interface_version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct ipu_device *ipu = dev_get_drvdata(dev);
	u32 version = ipu->info.hw_version;

	return sysfs_emit(buf, "%u.%u\n", FIELD_GET(IPU_VERSION_MAJOR, version),
			  FIELD_GET(IPU_VERSION_MINOR, version));
}
static DEVICE_ATTR_RO(interface_version);

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	static const char * const names[] = {
		[IPU_CARD_UP] = "up",
		[IPU_CARD_ASLEEP] = "asleep",
		[IPU_CARD_AWAY] = "away",
		[IPU_CARD_DEAD] = "dead",
	};
	const struct ipu_device *ipu = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%s\n", names[READ_ONCE(ipu->state)]);
}
static DEVICE_ATTR_RO(state);

static struct attribute *ipu_sysfs_attrs[] = {
	&dev_attr_tiles.attr,
	&dev_attr_sram_size.attr,
	&dev_attr_workers.attr,
	&dev_attr_contexts.attr,
	&dev_attr_clock_khz.attr,
	&dev_attr_vector_bits.attr,
	&dev_attr_isa.attr,
	&dev_attr_serial_number.attr,
	&dev_attr_firmware_version.attr,
	&dev_attr_interface_version.attr,
	&dev_attr_state.attr,
	&dev_attr_contexts_in_use.attr,
	&dev_attr_tiles_in_use.attr,
	&dev_attr_tiles_running.attr,
	&dev_attr_tile_busy_ns.attr,
	&dev_attr_jobs.attr,
	&dev_attr_jobs_failed.attr,
	&dev_attr_queue_commands.attr,
	&dev_attr_faults.attr,
	&dev_attr_hangs.attr,
	&dev_attr_resets.attr,
	&dev_attr_card_resets.attr,
	&dev_attr_ecc_corrected.attr,
	&dev_attr_ecc_uncorrected.attr,
	NULL
};

static umode_t ipu_sysfs_is_visible(struct kobject *kobj, struct attribute *attr, int index)
{
	const struct ipu_device *ipu = dev_get_drvdata(kobj_to_dev(kobj));
	bool ecc = attr == &dev_attr_ecc_corrected.attr || attr == &dev_attr_ecc_uncorrected.attr;

	return ecc && !(ipu->info.caps & IPU_CAP_ECC) ? 0 : attr->mode;
}

static const struct attribute_group ipu_sysfs_group = {
	.name = "ipu",
	.attrs = ipu_sysfs_attrs,
	.is_visible = ipu_sysfs_is_visible,
};

const struct attribute_group *ipu_sysfs_groups[] = {
	&ipu_sysfs_group,
	NULL
};
