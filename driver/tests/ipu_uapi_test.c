// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is refused of user space's arguments, and what is not: ranges of addresses, arrays,
 * operations on an address space.
 */

#include <kunit/test.h>

#include <linux/mman.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>

#include <drm/drm_file.h>
#include <drm/ipu_accel.h>

#include "../ipu_bind.h"
#include "../ipu_ctx.h"
#include "../ipu_drv.h"
#include "../ipu_sync.h"
#include "../ipu_vm.h"
#include "../ipu_vm_change.h"

struct ipu_uapi_test {
	struct ipu_device ipu;
	struct ipu_ctx ctx;
	struct drm_file file;
};

static int ipu_uapi_test_init(struct kunit *test)
{
	struct ipu_uapi_test *priv = kunit_kzalloc(test, sizeof(*priv), GFP_KERNEL);

	if (!priv)
		return -ENOMEM;
	priv->ctx.ipu = &priv->ipu;
	/* It has no buffer: zeroed, its table is empty. */
	spin_lock_init(&priv->file.table_lock);
	test->priv = priv;

	return 0;
}

static void ipu_uapi_test_range(struct kunit *test)
{
	static const struct {
		u64 va, size;
		bool valid;
	} cases[] = {
		{ PAGE_SIZE, PAGE_SIZE, true },
		{ PAGE_SIZE, IPU_VA_USER_END - PAGE_SIZE, true },
		{ IPU_VA_USER_END - PAGE_SIZE, PAGE_SIZE, true },
		{ SZ_1G, SZ_2M, true },
		/* The first page, and what is not aligned */
		{ 0, PAGE_SIZE, false },
		{ PAGE_SIZE + 1, PAGE_SIZE, false },
		{ PAGE_SIZE, PAGE_SIZE - 1, false },
		{ PAGE_SIZE, 0, false },
		/* The driver's part, and beyond */
		{ IPU_VA_USER_END, PAGE_SIZE, false },
		{ IPU_VA_USER_END - PAGE_SIZE, 2 * PAGE_SIZE, false },
		{ PAGE_SIZE, IPU_VA_USER_END, false },
		{ IPU_VA_SIZE, PAGE_SIZE, false },
		/* Sums that overflow */
		{ PAGE_SIZE, -(u64)PAGE_SIZE, false },
		{ 2 * PAGE_SIZE, -(u64)PAGE_SIZE, false },
		{ -(u64)PAGE_SIZE, PAGE_SIZE, false },
		{ -(u64)PAGE_SIZE, 2 * PAGE_SIZE, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, cases[i].valid,
				    ipu_vm_range_valid(cases[i].va, cases[i].size),
				    "0x%llx bytes at 0x%llx", cases[i].size, cases[i].va);
}

static void ipu_uapi_test_array(struct kunit *test)
{
	struct ipu_uapi_test *priv = test->priv;
	static const struct {
		struct drm_ipu_obj_array array;
		int ret;
	} cases[] = {
		{ { .stride = 0, .count = 0, .array = 0 }, 0 },
		{ { .stride = 1, .count = 0, .array = 0 }, 0 },
		{ { .stride = 16, .count = 1, .array = 0x1000 }, 0 },
		{ { .stride = 24, .count = 8, .array = 0x1000 }, 0 },
		{ { .stride = PAGE_SIZE, .count = 8, .array = 0x1000 }, 0 },
		{ { .stride = 15, .count = 1, .array = 0x1000 }, -EINVAL },
		{ { .stride = 0, .count = 1, .array = 0x1000 }, -EINVAL },
		{ { .stride = PAGE_SIZE + 1, .count = 1, .array = 0x1000 }, -EINVAL },
		{ { .stride = U32_MAX, .count = 1, .array = 0x1000 }, -EINVAL },
		{ { .stride = 16, .count = 9, .array = 0x1000 }, -EINVAL },
		{ { .stride = 16, .count = U32_MAX, .array = 0x1000 }, -EINVAL },
		{ { .stride = 16, .count = 0, .array = 0x1000 }, -EINVAL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, cases[i].ret,
				    ipu_array_check(&priv->ipu, &cases[i].array, 16, 8),
				    "case %u", i);
}

/* Elements of a program that knows more of them, or less, than the driver. */
static void ipu_uapi_test_array_read(struct kunit *test)
{
	struct ipu_uapi_test *priv = test->priv;
	u32 words[8] = { 1, 2, 3, 0, 4, 5, 6, 7 }, out[3];
	struct drm_ipu_obj_array array = { .stride = 16, .count = 2 };
	unsigned long at;

	at = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			   MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_FALSE(test, !at || IS_ERR_VALUE(at));
	KUNIT_ASSERT_EQ(test, 0, copy_to_user((void __user *)at, words, sizeof(words)));
	array.array = at;

	KUNIT_EXPECT_EQ(test, 0, ipu_array_read(&priv->ipu, &array, 0, out, sizeof(out)));
	KUNIT_EXPECT_EQ(test, 3, out[2]);
	/* The 7 is of a member that the driver does not know. */
	KUNIT_EXPECT_EQ(test, -EINVAL, ipu_array_read(&priv->ipu, &array, 1, out, sizeof(out)));
	array.stride = 8;
	KUNIT_EXPECT_EQ(test, 0, ipu_array_read(&priv->ipu, &array, 2, out, sizeof(out)));
	KUNIT_EXPECT_EQ(test, 4, out[0]);
	KUNIT_EXPECT_EQ(test, 5, out[1]);
	KUNIT_EXPECT_EQ(test, 0, out[2]);
	/* Nothing is mapped there. */
	array.array = at + PAGE_SIZE - 8;
	KUNIT_EXPECT_EQ(test, 0, ipu_array_read(&priv->ipu, &array, 0, out, sizeof(out)));
	array.array = 0;
	KUNIT_EXPECT_EQ(test, -EFAULT, ipu_array_read(&priv->ipu, &array, 0, out, sizeof(out)));
	array.array = U64_MAX - 8;
	KUNIT_EXPECT_EQ(test, -EFAULT, ipu_array_read(&priv->ipu, &array, 0, out, sizeof(out)));
}

static void ipu_uapi_test_bind_op(struct kunit *test)
{
	struct ipu_uapi_test *priv = test->priv;
	static const struct {
		struct drm_ipu_bind_op op;
		int ret;
	} cases[] = {
		{ { .type = DRM_IPU_BIND_UNMAP, .va = SZ_2M, .size = SZ_4K }, 0 },
		{ { .type = DRM_IPU_BIND_UNMAP, .va = SZ_2M, .size = 0 }, -EINVAL },
		{ { .type = DRM_IPU_BIND_UNMAP, .va = 0, .size = SZ_4K }, -EINVAL },
		{ { .type = DRM_IPU_BIND_UNMAP, .va = IPU_VA_USER_END, .size = SZ_4K }, -EINVAL },
		{ { .type = DRM_IPU_BIND_UNMAP, .va = SZ_2M, .size = SZ_4K, .pad = 1 }, -EINVAL },
		{ { .type = DRM_IPU_BIND_UNMAP, .va = SZ_2M, .size = SZ_4K, .handle = 1 },
		  -EINVAL },
		{ { .type = DRM_IPU_BIND_UNMAP, .va = SZ_2M, .size = SZ_4K, .bo_offset = SZ_4K },
		  -EINVAL },
		{ { .type = DRM_IPU_BIND_UNMAP, .va = SZ_2M, .size = SZ_4K,
		    .flags = DRM_IPU_MAP_WRITE }, -EINVAL },
		{ { .type = DRM_IPU_BIND_UNMAP + 1, .va = SZ_2M, .size = SZ_4K }, -EINVAL },
		{ { .type = U32_MAX, .va = SZ_2M, .size = SZ_4K }, -EINVAL },
		{ { .type = DRM_IPU_BIND_MAP, .va = SZ_2M, .size = SZ_4K, .handle = 1 }, -ENOENT },
		{ { .type = DRM_IPU_BIND_MAP, .va = SZ_2M, .size = SZ_4K }, -ENOENT },
		{ { .type = DRM_IPU_BIND_MAP, .va = SZ_2M, .size = SZ_4K, .handle = 1,
		    .flags = DRM_IPU_MAP_FIXED }, -EINVAL },
		{ { .type = DRM_IPU_BIND_MAP, .va = SZ_2M + 1, .size = SZ_4K, .handle = 1 },
		  -EINVAL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ipu_vm_op op = {};

		KUNIT_EXPECT_EQ_MSG(test, cases[i].ret,
				    ipu_bind_op(&priv->ctx, &priv->file, &cases[i].op, &op),
				    "case %u", i);
		KUNIT_EXPECT_NULL(test, op.obj);
		if (!cases[i].ret) {
			KUNIT_EXPECT_EQ(test, cases[i].op.va, op.va);
			KUNIT_EXPECT_EQ(test, cases[i].op.size, op.size);
		}
	}
}

static struct kunit_case ipu_uapi_test_cases[] = {
	KUNIT_CASE(ipu_uapi_test_range),
	KUNIT_CASE(ipu_uapi_test_array),
	KUNIT_CASE(ipu_uapi_test_array_read),
	KUNIT_CASE(ipu_uapi_test_bind_op),
	{}
};

static struct kunit_suite ipu_uapi_test_suite = {
	.name = "ipu_uapi",
	.init = ipu_uapi_test_init,
	.test_cases = ipu_uapi_test_cases,
};

kunit_test_suite(ipu_uapi_test_suite);

MODULE_DESCRIPTION("Tests of the IPU driver's functions");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
