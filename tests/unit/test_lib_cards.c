// SPDX-License-Identifier: MIT
/* Finding cards, on a PCI bus made of files in a folder. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipu_cards.h"
#include "ipu_hw.h"
#include "lib_test.h"

static char root[64];

static void put(const char *address, const char *name, const void *data, size_t bytes)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/%s/%s", root, address, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, bytes, f), bytes);
	assert_int_equal(fclose(f), 0);
}

static void put_text(const char *address, const char *name, const char *text)
{
	put(address, name, text, strlen(text));
}

static void shell(const char *command)
{
	char line[512];

	snprintf(line, sizeof(line), "cd %s && %s", root, command);
	if (system(line))
		fail_msg("%s", line);
}

/* Configuration space of a card: ids, two 64-bit BARs, MSI-X with 33 vectors. */
static void put_config(const char *address, unsigned int device_id)
{
	unsigned char config[256] = {
		[0] = IPU_PCI_VENDOR_ID & 0xff,
		[1] = IPU_PCI_VENDOR_ID >> 8,
		[2] = (unsigned char)device_id,
		[3] = (unsigned char)(device_id >> 8),
		[6] = 0x10, /* has capabilities */
		[8] = IPU_PCI_REVISION,
		[0xa] = 0x00,
		[0xb] = 0x12, /* class 1200 */
		[0x10] = 0x04,
		[0x13] = 0xfe, /* BAR 0, 64-bit */
		[0x18] = 0x0c,
		[0x1a] = 0x10,
		[0x1b] = 0xfe, /* BAR 2, 64-bit, prefetchable */
		[0x2c] = 0xf4,
		[0x2d] = 0x1a,
		[0x2e] = 0x00,
		[0x2f] = 0x11,
		[0x34] = 0x40, /* the first capability */
		[0x40] = 0x11,
		[0x41] = 0,
		[0x42] = 32, /* MSI-X, 32 + 1 vectors */
	};

	put(address, "config", config, sizeof(config));
}

static void add_card(const char *address, unsigned int device_id)
{
	char text[128];

	snprintf(text, sizeof(text), "mkdir -p sys/bus/pci/devices/%s", address);
	shell(text);
	put_config(address, device_id);
	put_text(address, "vendor", "0x1234\n");
	snprintf(text, sizeof(text), "0x%04x\n", device_id);
	put_text(address, "device", text);
	put_text(address, "class", "0x120000\n");
	put_text(address, "irq", "11\n");
	put_text(address, "subsystem_vendor", "0x1af4\n");
	put_text(address, "subsystem_device", "0x1100\n");
	put_text(address, "revision", "0x01\n");
	put_text(address, "resource",
		 "0x00000000fe000000 0x00000000fe0fffff 0x0000000000140204\n"
		 "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		 "0x00000000fe100000 0x00000000fe101fff 0x000000000014220c\n"
		 "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		 "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		 "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
		 "0x0000000000000000 0x0000000000000000 0x0000000000000000\n");
}

static int make_root(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/ipu-cards-XXXXXX");
	return !mkdtemp(root);
}

static int remove_root(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

static struct ipu_card_list *scan(size_t count)
{
	struct ipu_card_list *list;
	char sysfs[128];

	snprintf(sysfs, sizeof(sysfs), "%s/sys", root);
	assert_ok(ipu_card_list_scan(sysfs, "/dev", &list));
	assert_int_equal(ipu_card_list_count(list), count);
	return list;
}

static void test_no_bus(void **state)
{
	(void)state;
	ipu_card_list_free(scan(0));
	shell("mkdir -p sys/bus/pci/devices");
	ipu_card_list_free(scan(0));
	ipu_card_list_free(NULL);
}

/* A bus with something else on it, and two cards, not in order. */
static void test_cards(void **state)
{
	struct ipu_card_desc card = { .size = sizeof(card) };
	struct ipu_card_list *list;

	(void)state;
	add_card("0001:00:03.0", IPU_PCI_DEVICE_ID);
	add_card("0000:00:02.0", 0x1111);
	add_card("0000:00:1f.7", IPU_PCI_DEVICE_ID);
	shell("mkdir -p sys/bus/pci/drivers/ipu sys/bus/pci/devices/0000:00:1f.7/accel/accel3 && "
	      "ln -s ../../drivers/ipu sys/bus/pci/devices/0000:00:1f.7/driver");
	put_text("0000:00:1f.7", "current_link_speed", "2.5 GT/s PCIe\n");
	put_text("0000:00:1f.7", "current_link_width", "1\n");
	put_text("0000:00:1f.7", "max_link_speed", "16.0 GT/s PCIe\n");
	put_text("0000:00:1f.7", "max_link_width", "32\n");
	put_text("0000:00:1f.7", "numa_node", "1\n");
	put_text("0001:00:03.0", "current_link_speed", "Unknown\n");
	put_text("0001:00:03.0", "current_link_width", "0\n");
	put_text("0001:00:03.0", "numa_node", "-1\n");

	list = scan(2);
	assert_ok(ipu_card_list_get(list, 0, &card));
	assert_string_equal(card.address, "0000:00:1f.7");
	assert_string_equal(card.node, "/dev/accel/accel3");
	assert_string_equal(card.driver, "ipu");
	assert_int_equal(card.vendor_id, IPU_PCI_VENDOR_ID);
	assert_int_equal(card.device_id, IPU_PCI_DEVICE_ID);
	assert_int_equal(card.subsystem_vendor_id, 0x1af4);
	assert_int_equal(card.subsystem_device_id, 0x1100);
	assert_int_equal(card.revision, IPU_PCI_REVISION);
	assert_int_equal(card.class_code, IPU_PCI_CLASS);
	assert_int_equal(card.numa_node, 1);
	assert_int_equal(card.msix_vectors, 33);
	assert_int_equal(card.link_speed, 2500);
	assert_int_equal(card.link_width, 1);
	assert_int_equal(card.link_speed_max, 16000);
	assert_int_equal(card.link_width_max, 32);
	assert_int_equal(card.bars[0].address, 0xfe000000);
	assert_int_equal(card.bars[0].size, 0x100000);
	assert_true(card.bars[0].is_64bit);
	assert_false(card.bars[0].prefetchable);
	assert_int_equal(card.bars[1].size, 0);
	assert_int_equal(card.bars[2].size, 0x2000);
	assert_true(card.bars[2].prefetchable);

	assert_ok(ipu_card_list_get(list, 1, &card));
	assert_string_equal(card.address, "0001:00:03.0");
	assert_string_equal(card.node, "");
	assert_string_equal(card.driver, "");
	assert_int_equal(card.numa_node, -1);
	assert_int_equal(card.link_speed, 0);
	assert_int_equal(card.link_width, 0);
	assert_fails(ipu_card_list_get(list, 2, &card), -EINVAL, "no card 2");
	card.size = 1;
	assert_fails(ipu_card_list_get(list, 0, &card), -EINVAL, "sizeof(struct ipu_card_desc)");
	ipu_card_list_free(list);
}

/* What an unprivileged process sees: 64 bytes of configuration space. */
static void test_short_config(void **state)
{
	struct ipu_card_desc card = { .size = sizeof(card) };
	struct ipu_card_list *list;

	(void)state;
	shell("truncate -s 64 sys/bus/pci/devices/0000:00:1f.7/config");
	list = scan(2);
	assert_ok(ipu_card_list_get(list, 0, &card));
	assert_int_equal(card.msix_vectors, 0);
	assert_int_equal(card.bars[0].size, 0x100000);
	ipu_card_list_free(list);
}

/* libpci treats it as an error when a function has lost its files; so do we, without exiting. */
static void test_broken_bus(void **state)
{
	struct ipu_card_list *list;
	char sysfs[128];

	(void)state;
	shell("rm sys/bus/pci/devices/0000:00:02.0/vendor");
	snprintf(sysfs, sizeof(sysfs), "%s/sys", root);
	assert_fails(ipu_card_list_scan(sysfs, "/dev", &list), -EIO, "Cannot read the PCI bus");
	assert_null(list);
}

static void test_open_card(void **state)
{
	struct ipu_card_desc card = { .size = sizeof(card), .address = "0000:00:04.0" };
	struct ipu_device *dev;

	(void)state;
	assert_fails(ipu_card_open(&card, &dev), -ENODEV, "0000:00:04.0 has no driver: load");
	snprintf(card.driver, sizeof(card.driver), "vfio-pci");
	assert_fails(ipu_card_open(&card, &dev), -ENODEV, "belongs to the driver \"vfio-pci\"");
	snprintf(card.driver, sizeof(card.driver), "ipu");
	assert_fails(ipu_card_open(&card, &dev), -ENODEV, "has made no device file");
	snprintf(card.node, sizeof(card.node), "/dev/accel/accel77");
	assert_fails(ipu_card_open(&card, &dev), -ENODEV, "no device file /dev/accel/accel77");
}

static void test_addresses(void **state)
{
	(void)state;
	assert_true(ipu_card_is_address("0000:00:04.0"));
	assert_true(ipu_card_is_address("10000:ff:1f.7"));
	assert_true(ipu_card_is_address("00:04.0"));
	assert_false(ipu_card_is_address("00:04"));
	assert_false(ipu_card_is_address("00:04.0 "));
	assert_false(ipu_card_is_address("0000:00:04.0x"));
	assert_false(ipu_card_is_address("card"));
	assert_false(ipu_card_is_address(""));
}

int lib_test_cards(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_bus),	     cmocka_unit_test(test_cards),
		cmocka_unit_test(test_short_config), cmocka_unit_test(test_broken_bus),
		cmocka_unit_test(test_open_card),    cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests_name("cards", tests, make_root, remove_root);
}
