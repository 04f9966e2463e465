// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a process cannot see of a buffer: how its memory is mapped there. This needs a card.
 */

#include <kunit/test.h>

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/uaccess.h>

#include <drm/drm_cache.h>
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_ioctl.h>
#include <drm/ipu_accel.h>

#include "../ipu_drv.h"

#define IPU_GEM_TEST_CARD	"/dev/accel/accel0"

struct ipu_gem_test {
	struct file *file;
	/* A page for the arguments of ioctls */
	unsigned long args;
};

static bool ipu_gem_test_is_ours(struct file *file)
{
	struct drm_file *drm_file = file->private_data;

	return !strcmp(drm_file->minor->dev->driver->name, "ipu");
}

static int ipu_gem_test_init(struct kunit *test)
{
	struct ipu_gem_test *priv = kunit_kzalloc(test, sizeof(*priv), GFP_KERNEL);

	if (!priv)
		return -ENOMEM;
	priv->file = filp_open(IPU_GEM_TEST_CARD, O_RDWR, 0);
	if (IS_ERR(priv->file))
		kunit_skip(test, "there is no " IPU_GEM_TEST_CARD);
	test->priv = priv;
	if (!ipu_gem_test_is_ours(priv->file))
		kunit_skip(test, IPU_GEM_TEST_CARD " is another driver's");
	priv->args = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
				   MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_FALSE(test, !priv->args || IS_ERR_VALUE(priv->args));

	return 0;
}

static void ipu_gem_test_exit(struct kunit *test)
{
	struct ipu_gem_test *priv = test->priv;

	if (priv)
		filp_close(priv->file, NULL);
}

/* An ioctl with the arguments of a process. */
static void ipu_gem_test_do(struct kunit *test, unsigned int cmd, void *args)
{
	struct ipu_gem_test *priv = test->priv;
	void __user *user = (void __user *)priv->args;

	KUNIT_ASSERT_EQ(test, 0, copy_to_user(user, args, _IOC_SIZE(cmd)));
	KUNIT_ASSERT_EQ(test, 0, drm_ioctl(priv->file, cmd, priv->args));
	KUNIT_ASSERT_EQ(test, 0, copy_from_user(args, user, _IOC_SIZE(cmd)));
}

/* How a process has a buffer mapped that was made with these flags. */
static void ipu_gem_test_expect_mapping(struct kunit *test, u32 flags, bool is_wc)
{
	struct ipu_gem_test *priv = test->priv;
	struct drm_ipu_bo_create create = { .size = PAGE_SIZE, .flags = flags };
	struct drm_ipu_bo_mmap_offset offset = {};
	struct vm_area_struct *vma;
	unsigned long at;
	pgprot_t want;

	ipu_gem_test_do(test, DRM_IOCTL_IPU_BO_CREATE, &create);
	offset.handle = create.handle;
	ipu_gem_test_do(test, DRM_IOCTL_IPU_BO_MMAP_OFFSET, &offset);
	at = kunit_vm_mmap(test, priv->file, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			   offset.offset);
	KUNIT_ASSERT_FALSE(test, !at || IS_ERR_VALUE(at));

	mmap_read_lock(current->mm);
	vma = vma_lookup(current->mm, at);
	if (vma) {
		want = vm_get_page_prot(vma->vm_flags);
		if (is_wc)
			want = pgprot_writecombine(want);
		KUNIT_EXPECT_EQ(test, pgprot_val(want), pgprot_val(vma->vm_page_prot));
	}
	mmap_read_unlock(current->mm);
	KUNIT_EXPECT_NOT_NULL(test, vma);
}

static void ipu_gem_test_write_combined(struct kunit *test)
{
	ipu_gem_test_expect_mapping(test, 0, false);
	ipu_gem_test_expect_mapping(test, DRM_IPU_BO_WC, drm_arch_can_wc_memory());
}

static struct kunit_case ipu_gem_test_cases[] = {
	KUNIT_CASE(ipu_gem_test_write_combined),
	{}
};

static struct kunit_suite ipu_gem_test_suite = {
	.name = "ipu_gem",
	.init = ipu_gem_test_init,
	.exit = ipu_gem_test_exit,
	.test_cases = ipu_gem_test_cases,
};

kunit_test_suite(ipu_gem_test_suite);
