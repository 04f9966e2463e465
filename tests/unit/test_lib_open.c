// SPDX-License-Identifier: MIT
/* Opening devices, and their properties; contexts and which tiles they get. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "ipu_hw.h"
#include "isa/ipu_isa.h"
#include "lib_test.h"

static void test_names(void **state)
{
	static const struct {
		const char *name;
		int err;
		const char *words;
	} bad[] = {
		{ "nonsense", -EINVAL, "\"nonsense\" names no device" },
		{ "simulator", -EINVAL, "names no device" },
		{ "sim:", -EINVAL, "no option \"\"" },
		{ "sim:colour=red", -EINVAL, "no option \"colour=red\"" },
		{ "sim:tiles=", -EINVAL, "tiles of the simulator wants a number" },
		{ "sim:tiles=x", -EINVAL, "wants a number" },
		{ "sim:tiles=-1", -EINVAL, "wants a number" },
		{ "sim:tiles=4294967296", -EINVAL, "wants a number" },
		{ "sim:tiles=1473", -EINVAL, "1 to 1472 tiles, not 1473" },
		{ "sim:threads=257", -EINVAL, "1 to 256 threads, not 257" },
		{ "sim:vlen=64", -EINVAL, "128, 256, 512 or 1024 bits, not 64" },
		{ "sim:vlen=384", -EINVAL, "not 384" },
		{ "sim:vlen=", -EINVAL, "vlen of the simulator wants a number" },
		{ "sim:max-host-memory=", -EINVAL,
		  "max-host-memory of the simulator wants a size" },
		{ "sim:max-host-memory=0", -EINVAL, "wants a size" },
		{ "sim:max-host-memory=-1", -EINVAL, "wants a size" },
		{ "sim:max-host-memory=512m", -EINVAL, "wants a size" },
		{ "sim:max-host-memory=1GB", -EINVAL, "wants a size" },
		{ "sim:max-host-memory=16777216T", -EINVAL, "wants a size" },
		{ "sim:max-host-memory=99999999999999999999", -EINVAL, "wants a size" },
		{ "sim:tiles=64,max-host-memory=64M", -EINVAL, "64 tiles needs" },
		{ "sim:tiles=4;threads=1", -EINVAL, "wants a number" },
		{ "sim:tiles=4,", -EINVAL, "no option \"\"" },
		{ "/dev/accel/accel99", -ENODEV, "modprobe ipu" },
		{ "/dev/null", -EPROTO, "not the device file of a DRM driver" },
		{ "/dev/null/x", -ENOTDIR, "Cannot open /dev/null/x" },
		{ "7f:1f.7", -ENODEV, "no IPU card at PCI address 7f:1f.7" },
		{ "ffff:7f:1f.7", -ENODEV, "no IPU card at PCI address ffff:7f:1f.7" },
	};
	struct ipu_device *dev;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_fails(ipu_open(bad[i].name, &dev), bad[i].err, bad[i].words);
		assert_null(dev);
	}
	ipu_close(NULL);
}

static void test_sim_names(void **state)
{
	static const struct {
		const char *name;
		uint32_t tiles;
		uint32_t vlen;
	} good[] = {
		{ "sim", 64, 512 },
		{ "sim:tiles=1", 1, 512 },
		{ "sim:threads=1", 64, 512 },
		{ "sim:tiles=1472,threads=2", 1472, 512 },
		{ "sim:threads=3,tiles=5", 5, 512 },
		{ "sim:vlen=128", 64, 128 },
		{ "sim:tiles=2,vlen=256", 2, 256 },
		{ "sim:vlen=1024,tiles=1", 1, 1024 },
		{ "sim:max-host-memory=64M,tiles=2", 2, 512 },
		{ "sim:max-host-memory=268435456", 64, 512 },
		{ "sim:tiles=1472,max-host-memory=16000000T", 1472, 512 },
	};
	struct ipu_info info = { .size = sizeof(info) };
	struct ipu_device *dev;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_ok(ipu_open(good[i].name, &dev));
		assert_ok(ipu_get_info(dev, &info));
		assert_int_equal(info.tiles, good[i].tiles);
		assert_int_equal(info.vlen, good[i].vlen);
		ipu_close(dev);
	}
}

static void test_environment(void **state)
{
	struct ipu_info info = { .size = sizeof(info) };
	struct ipu_device *dev;

	(void)state;
	setenv("IPU_DEVICE", "sim:tiles=3,threads=1", 1);
	assert_ok(ipu_open(NULL, &dev));
	assert_ok(ipu_get_info(dev, &info));
	assert_int_equal(info.tiles, 3);
	ipu_close(dev);
	setenv("IPU_DEVICE", "nonsense", 1);
	assert_fails(ipu_open(NULL, &dev), -EINVAL, "\"nonsense\" in IPU_DEVICE");
	unsetenv("IPU_DEVICE");
}

static void test_options(void **state)
{
	struct {
		struct ipu_sim_options known;
		uint32_t newer;
	} options = { .known = { .size = sizeof(options) } };
	struct ipu_device *dev;

	(void)state;
	/* What this library does not know is fine as long as it is not used. */
	assert_ok(ipu_open_sim(&options.known, &dev));
	ipu_close(dev);
	options.newer = 1;
	assert_fails(ipu_open_sim(&options.known, &dev), -EINVAL, "use a newer libipu");
	options.known.size = 4;
	assert_fails(ipu_open_sim(&options.known, &dev), -EINVAL, "sizeof(struct ipu_sim_options)");
	assert_ok(ipu_open_sim(NULL, &dev));
	ipu_close(dev);
}

static void test_info(void **state)
{
	struct {
		struct ipu_info info;
		uint64_t newer[2];
	} larger = { .info = { .size = sizeof(larger) }, .newer = { 1, 1 } };
	struct ipu_info *info = &larger.info;
	struct ipu_device *dev = lib_open_sim(7);
	char isa[96];

	(void)state;
	assert_ok(ipu_get_info(dev, info));
	assert_string_equal(info->name, "sim");
	assert_string_equal(info->driver, "sim");
	assert_string_equal(info->driver_version, ipu_version());
	assert_int_equal(info->hw_version, IPU_VERSION);
	assert_int_equal(info->tiles, 7);
	assert_int_equal(info->sram_base, IPU_SRAM_BASE);
	assert_int_equal(info->sram_size, IPU_SRAM_SIZE);
	assert_int_equal(info->workers, IPU_WORKERS);
	assert_int_equal(info->clock_khz, IPU_CLOCK_KHZ);
	assert_int_equal(info->contexts, IPU_MAX_CONTEXTS);
	assert_true(info->max_cmds >= 1024);
	assert_int_equal(info->va_size, 1ull << IPU_VA_BITS);
	/* The rest of a larger structure reads as zero. */
	assert_int_equal(larger.newer[0], 0);
	assert_int_equal(larger.newer[1], 0);
	assert_int_equal(info->size, sizeof(larger));
	info->size = sizeof(*info) - 1;
	assert_fails(ipu_get_info(dev, info), -EINVAL, "sizeof(struct ipu_info)");
	ipu_close(dev);

	ipu_isa_string(IPU_ISA_M | IPU_ISA_C | IPU_ISA_ZBB | IPU_ISA_XIPU, isa, sizeof(isa));
	assert_string_equal(isa, "rv32imc_zbb_xipu");
	ipu_isa_string(UINT32_MAX, isa, sizeof(isa));
	assert_string_equal(isa, "rv32imafc_zicsr_zifencei_zba_zbb_zfh_zve32f_zvfh_xipu");
	ipu_isa_string(UINT32_MAX, isa, 9);
	assert_string_equal(isa, "rv32imaf");
}

static struct ipu_usage usage_of(struct ipu_device *dev)
{
	struct ipu_usage usage = { .size = sizeof(usage) };

	assert_ok(ipu_get_usage(dev, &usage));
	return usage;
}

static void test_contexts(void **state)
{
	const struct ipu_context_options all = { .size = sizeof(all), .tiles = 10 };
	struct ipu_context *a, *b, *c, *d;
	struct ipu_device *dev = lib_open_sim(10);
	struct ipu_context_options options = { .size = sizeof(options), .tiles = 11 };

	(void)state;
	assert_fails(ipu_context_create(dev, &options, &a), -EINVAL, "10 tiles, and 11 were asked");
	options.size = 1;
	assert_fails(ipu_context_create(dev, &options, &a), -EINVAL, "ipu_context_options");
	assert_null(a);

	assert_ok(ipu_context_create(dev, NULL, &a));
	assert_int_equal(ipu_context_tiles(a), 10);
	assert_int_equal(usage_of(dev).contexts, 1);
	assert_int_equal(usage_of(dev).tiles, 10);
	assert_int_equal(usage_of(dev).largest_free, 0);
	assert_fails(ipu_context_create(dev, NULL, &b), -EBUSY, "the largest free range is 0");
	ipu_context_destroy(a);
	assert_int_equal(usage_of(dev).largest_free, 10);

	a = lib_make_context(dev, 3);
	b = lib_make_context(dev, 3);
	c = lib_make_context(dev, 3);
	ipu_context_destroy(a);
	ipu_context_destroy(c);
	/* 3 + 4 tiles are free, on either side of b. */
	assert_int_equal(usage_of(dev).tiles, 3);
	assert_int_equal(usage_of(dev).largest_free, 4);
	assert_fails(ipu_context_create(dev, &all, &d), -EBUSY, "the largest free range is 4");
	c = lib_make_context(dev, 4);
	a = lib_make_context(dev, 3);
	assert_int_equal(usage_of(dev).largest_free, 0);
	ipu_context_destroy(b);
	ipu_context_destroy(a);
	ipu_context_destroy(c);
	assert_int_equal(usage_of(dev).contexts, 0);
	assert_int_equal(usage_of(dev).resets, 0);
	ipu_context_destroy(NULL);
	ipu_close(dev);
}

static void test_all_contexts(void **state)
{
	struct ipu_context *contexts[IPU_MAX_CONTEXTS], *more;
	const struct ipu_context_options one = { .size = sizeof(one), .tiles = 1 };
	struct ipu_device *dev = lib_open_sim(64);

	(void)state;
	for (int i = 0; i < IPU_MAX_CONTEXTS; i++)
		contexts[i] = lib_make_context(dev, 1);
	assert_fails(ipu_context_create(dev, &one, &more), -EBUSY, "all 32 contexts are taken");
	for (int i = 0; i < IPU_MAX_CONTEXTS; i++)
		ipu_context_destroy(contexts[i]);
	ipu_context_destroy(lib_make_context(dev, 64));
	ipu_close(dev);
}

/* Objects keep what they need, in whatever order they are released. */
static void test_lifetimes(void **state)
{
	struct ipu_device *dev = lib_open_sim(2);
	struct ipu_context *ctx = lib_make_context(dev, 2);
	struct ipu_bo *bo, *mapped;
	uint64_t va;

	(void)state;
	assert_ok(ipu_bo_create(dev, 1, &bo));
	assert_ok(ipu_bo_create(dev, 5000, &mapped));
	assert_ok(ipu_bo_map(ctx, mapped, IPU_BO_WRITE, &va));
	ipu_close(dev);
	ipu_bo_destroy(mapped);
	ipu_context_destroy(ctx);
	memset(ipu_bo_data(bo), 1, ipu_bo_size(bo));
	ipu_bo_destroy(bo);
	ipu_bo_destroy(NULL);
}

int lib_test_open(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	     cmocka_unit_test(test_sim_names),
		cmocka_unit_test(test_environment),  cmocka_unit_test(test_options),
		cmocka_unit_test(test_info),	     cmocka_unit_test(test_contexts),
		cmocka_unit_test(test_all_contexts), cmocka_unit_test(test_lifetimes),
	};

	return cmocka_run_group_tests_name("open", tests, NULL, NULL);
}
