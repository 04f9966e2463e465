// SPDX-License-Identifier: GPL-2.0-only

#include <linux/hwmon.h>
#include <linux/units.h>

#include "ipu_card.h"
#include "ipu_drv.h"
#include "ipu_hwmon.h"
#include "ipu_regs.h"

/**
 * DOC: hwmon
 *
 * The card's sensors, as files of a hwmon device: temp1, power1, energy1, and freq1, which
 * hwmon has no type for and which is as other accelerators and GPUs have it. ipu_hw.h says
 * how the card models them.
 *
 * While the card is away or out of use they have no value (-ENODATA). The hwmon device is
 * device-managed and goes a little after remove(): then there is no card to hold.
 */

static int ipu_sensor_read(struct ipu_device *ipu, u32 reg, u32 *value)
{
	int ret, idx;

	ret = ipu_card_hold(ipu, &idx);
	if (ret)
		return ret;
	*value = ipu_read(ipu, reg);

	return ipu_card_release(ipu, idx);
}

static int ipu_energy_read(struct ipu_device *ipu, u64 *mj)
{
	u32 lo, hi, again;
	int ret, idx;

	ret = ipu_card_hold(ipu, &idx);
	if (ret)
		return ret;
	again = ipu_read(ipu, IPU_REG_ENERGY_HI);
	do {
		hi = again;
		lo = ipu_read(ipu, IPU_REG_ENERGY_LO);
		again = ipu_read(ipu, IPU_REG_ENERGY_HI);
	} while (again != hi);
	*mj = (u64)hi << 32 | lo;

	return ipu_card_release(ipu, idx);
}

static int ipu_hwmon_read(struct device *dev, enum hwmon_sensor_types type, u32 attr, int channel,
			  long *val)
{
	struct ipu_device *ipu = dev_get_drvdata(dev);
	u32 value = 0;
	u64 mj = 0;
	int ret;

	switch (type) {
	case hwmon_temp:
		if (attr == hwmon_temp_crit) {
			*val = IPU_TEMP_CRIT;
			return 0;
		}
		ret = ipu_sensor_read(ipu, IPU_REG_TEMP, &value);
		*val = (s32)value;
		return ret;
	case hwmon_power:
		if (attr == hwmon_power_rated_max) {
			*val = IPU_POWER_FULL * (long)MICROWATT_PER_MILLIWATT;
			return 0;
		}
		ret = ipu_sensor_read(ipu, IPU_REG_POWER, &value);
		*val = value * (long)MICROWATT_PER_MILLIWATT;
		return ret;
	case hwmon_energy:
		/* Microjoules in hwmon. */
		ret = ipu_energy_read(ipu, &mj);
		*val = mj * 1000;
		return ret;
	default:
		return -EOPNOTSUPP;
	}
}

static int ipu_hwmon_read_string(struct device *dev, enum hwmon_sensor_types type, u32 attr,
				 int channel, const char **str)
{
	*str = type == hwmon_temp ? "tiles" : "card";

	return 0;
}

static umode_t ipu_hwmon_is_visible(const void *data, enum hwmon_sensor_types type, u32 attr,
				    int channel)
{
	return 0444;
}

static const struct hwmon_ops ipu_hwmon_ops = {
	.is_visible = ipu_hwmon_is_visible,
	.read = ipu_hwmon_read,
	.read_string = ipu_hwmon_read_string,
};

static const struct hwmon_channel_info * const ipu_hwmon_info[] = {
	HWMON_CHANNEL_INFO(temp, HWMON_T_INPUT | HWMON_T_CRIT | HWMON_T_LABEL),
	HWMON_CHANNEL_INFO(power, HWMON_P_INPUT | HWMON_P_RATED_MAX | HWMON_P_LABEL),
	HWMON_CHANNEL_INFO(energy, HWMON_E_INPUT | HWMON_E_LABEL),
	NULL
};

static const struct hwmon_chip_info ipu_hwmon_chip_info = {
	.ops = &ipu_hwmon_ops,
	.info = ipu_hwmon_info,
};

static ssize_t freq1_input_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	u32 khz = 0;
	int ret;

	ret = ipu_sensor_read(dev_get_drvdata(dev), IPU_REG_CLOCK_NOW, &khz);
	if (ret)
		return ret;

	return sysfs_emit(buf, "%llu\n", (u64)khz * 1000);
}
static DEVICE_ATTR_RO(freq1_input);

static ssize_t freq1_label_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "tiles\n");
}
static DEVICE_ATTR_RO(freq1_label);

static struct attribute *ipu_hwmon_attrs[] = {
	&dev_attr_freq1_input.attr,
	&dev_attr_freq1_label.attr,
	NULL
};
ATTRIBUTE_GROUPS(ipu_hwmon);

/**
 * ipu_hwmon_init() - register the card's sensors; device-managed
 * @ipu: card
 *
 * Return: 0, also for a card without sensors, or a negative errno.
 */
int ipu_hwmon_init(struct ipu_device *ipu)
{
	struct device *dev;

	if (!(ipu->info.caps & IPU_CAP_SENSORS))
		return 0;

	dev = devm_hwmon_device_register_with_info(ipu->drm.dev, "ipu", ipu, &ipu_hwmon_chip_info,
						   ipu_hwmon_groups);
	if (IS_ERR(dev))
		return dev_err_probe(ipu->drm.dev, PTR_ERR(dev), "cannot register the sensors\n");

	return 0;
}
