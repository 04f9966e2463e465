// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>

#include <drm/drm_drv.h>
#include <drm/drm_managed.h>

#include "ipu_card.h"
#include "ipu_ctx.h"
#include "ipu_debugfs.h"
#include "ipu_drv.h"
#include "ipu_dump.h"
#include "ipu_fault.h"
#include "ipu_gem.h"
#include "ipu_hwmon.h"
#include "ipu_job.h"
#include "ipu_notify.h"
#include "ipu_regs.h"
#include "ipu_shrinker.h"
#include "ipu_sysfs.h"

/* How long a card that nobody uses stays on; a reset is what it costs to have it back. */
#define IPU_AUTOSUSPEND_MS	2000

static void ipu_recovery_wq_destroy(struct drm_device *drm, void *wq)
{
	destroy_workqueue(wq);
}

static int ipu_sw_init(struct ipu_device *ipu)
{
	int ret;

	INIT_LIST_HEAD(&ipu->bos);
	INIT_LIST_HEAD(&ipu->ctxs);
	spin_lock_init(&ipu->ctxs_lock);
	ipu_usage_init(&ipu->usage);
	INIT_WORK(&ipu->reset_work, ipu_card_reset_work);
	init_waitqueue_head(&ipu->state_wait);
	ipu_fault_init(ipu);
	ipu_notify_init(ipu);

	ret = ipu_dump_init(ipu);
	if (ret)
		return ret;

	ret = drmm_mutex_init(&ipu->drm, &ipu->slots_lock);
	if (ret)
		return ret;

	ret = drmm_mutex_init(&ipu->drm, &ipu->bo_lock);
	if (ret)
		return ret;

	ret = ipu_shrinker_init(ipu);
	if (ret)
		return ret;

	/* A context that has to be waited for does not delay the others. */
	ipu->recovery_wq = alloc_workqueue("ipu-recovery", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	if (!ipu->recovery_wq)
		return -ENOMEM;

	return drmm_add_action_or_reset(&ipu->drm, ipu_recovery_wq_destroy, ipu->recovery_wq);
}

/*
 * Processor and card access a buffer at the same time, for as long as it is mapped.
 * That does not work where the kernel gives devices a copy of the memory, or has to
 * write caches back: neither would see what the other one has written.
 */
static int ipu_check_dma(struct pci_dev *pdev)
{
	struct device *dev = &pdev->dev;
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	dma_addr_t addr;
	int ret = 0;

	if (!page)
		return -ENOMEM;

	addr = dma_map_page(dev, page, 0, PAGE_SIZE, DMA_BIDIRECTIONAL);
	if (dma_mapping_error(dev, addr)) {
		ret = dev_err_probe(dev, -EIO, "cannot map memory for the card\n");
	} else {
		if (ipu_dma_is_copy(dev, addr))
			ret = dev_err_probe(dev, -EOPNOTSUPP,
					    "this machine cannot share memory with the card, only copy it or write caches back: is swiotlb=force on the kernel's command line, or is this a confidential guest?\n");
		dma_unmap_page(dev, addr, PAGE_SIZE, DMA_BIDIRECTIONAL);
	}
	__free_page(page);

	return ret;
}

static int ipu_pci_init(struct ipu_device *ipu, struct pci_dev *pdev)
{
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return dev_err_probe(&pdev->dev, ret, "cannot enable the device\n");

	if (pci_resource_len(pdev, IPU_BAR_REGS) < IPU_BAR_REGS_SIZE)
		return dev_err_probe(&pdev->dev, -ENODEV, "BAR %d is smaller than %d bytes\n",
				     IPU_BAR_REGS, IPU_BAR_REGS_SIZE);

	ipu->regs = pcim_iomap_region(pdev, IPU_BAR_REGS, "ipu");
	if (IS_ERR(ipu->regs))
		return dev_err_probe(&pdev->dev, PTR_ERR(ipu->regs), "cannot map BAR %d\n",
				     IPU_BAR_REGS);

	/* As many bits as a page table entry has room for. */
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(52));
	if (ret)
		return dev_err_probe(&pdev->dev, ret, "no usable DMA addresses\n");
	dma_set_max_seg_size(&pdev->dev, UINT_MAX);

	return 0;
}

static int ipu_identify(struct ipu_device *ipu)
{
	struct device *dev = ipu->drm.dev;
	u32 id = ipu_read(ipu, IPU_REG_ID);
	u32 version = ipu_read(ipu, IPU_REG_VERSION);

	if (id != IPU_ID)
		return dev_err_probe(dev, -ENODEV, "not an IPU: id 0x%08x\n", id);

	if (FIELD_GET(IPU_VERSION_MAJOR, version) != FIELD_GET(IPU_VERSION_MAJOR, IPU_VERSION))
		return dev_err_probe(dev, -ENODEV,
				     "the card's interface is version %u.%u, this driver knows %u; update the driver\n",
				     FIELD_GET(IPU_VERSION_MAJOR, version),
				     FIELD_GET(IPU_VERSION_MINOR, version),
				     FIELD_GET(IPU_VERSION_MAJOR, IPU_VERSION));

	return 0;
}

static int ipu_read_info(struct ipu_device *ipu)
{
	struct drm_ipu_query_info *info = &ipu->info;

	info->hw_version = ipu_read(ipu, IPU_REG_VERSION);
	info->fw_version = ipu_read(ipu, IPU_REG_FW_VERSION);
	info->caps = ipu_read(ipu, IPU_REG_CAPS);
	info->isa = ipu_read(ipu, IPU_REG_ISA);
	info->vlen = ipu_read(ipu, IPU_REG_VLEN);
	info->tiles = ipu_read(ipu, IPU_REG_TILES);
	info->sram_base = ipu_read(ipu, IPU_REG_SRAM_BASE);
	info->sram_size = ipu_read(ipu, IPU_REG_SRAM_SIZE);
	info->workers = ipu_read(ipu, IPU_REG_WORKERS);
	info->clock_khz = ipu_read(ipu, IPU_REG_CLOCK_KHZ);
	info->contexts = ipu_read(ipu, IPU_REG_CONTEXTS);
	info->max_cmds = IPU_JOB_MAX_CMDS;
	info->serial = (u64)ipu_read(ipu, IPU_REG_SERIAL_HI) << 32 |
		       ipu_read(ipu, IPU_REG_SERIAL_LO);
	info->va_size = IPU_VA_USER_END;

	if (!info->tiles || info->tiles > IPU_MAX_TILES)
		return dev_err_probe(ipu->drm.dev, -ENODEV, "the card says it has %u tiles\n",
				     info->tiles);
	if (!info->contexts || info->contexts > IPU_MAX_CONTEXTS)
		return dev_err_probe(ipu->drm.dev, -ENODEV, "the card says it has %u contexts\n",
				     info->contexts);

	return 0;
}

/* From here on the card is suspended when it is idle, unless its file power/control says on. */
static void ipu_power_init(struct device *dev)
{
	pm_runtime_set_autosuspend_delay(dev, IPU_AUTOSUSPEND_MS);
	pm_runtime_use_autosuspend(dev);
	pm_runtime_allow(dev);
	pm_runtime_mark_last_busy(dev);
	pm_runtime_put_autosuspend(dev);
}

/* The PCI core has resumed the card, and counts what is left over when nobody drives it. */
static void ipu_power_fini(struct device *dev)
{
	pm_runtime_get_noresume(dev);
	pm_runtime_forbid(dev);
	pm_runtime_dont_use_autosuspend(dev);
}

static int ipu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct ipu_device *ipu;
	int ret;

	ipu = devm_drm_dev_alloc(&pdev->dev, &ipu_accel_driver, struct ipu_device, drm);
	if (IS_ERR(ipu))
		return PTR_ERR(ipu);
	pci_set_drvdata(pdev, ipu);

	ret = ipu_sw_init(ipu);
	if (ret)
		return ret;

	ret = ipu_pci_init(ipu, pdev);
	if (ret)
		return ret;

	ret = ipu_identify(ipu);
	if (ret)
		return ret;

	ret = ipu_card_reset(ipu);
	if (ret)
		return dev_err_probe(&pdev->dev, ret, "the card does not come out of reset\n");
	/* Not before: another driver, or a kernel that crashed, may have left it running. */
	pci_set_master(pdev);
	ret = ipu_check_dma(pdev);
	if (ret)
		return ret;

	ret = ipu_read_info(ipu);
	if (ret)
		return ret;

	ret = ipu_irq_init(ipu);
	if (ret)
		return ret;

	ret = ipu_hwmon_init(ipu);
	if (ret)
		return ret;

	/* For ipu_slot_reset(); see ipu_card_return(), too. */
	pci_save_state(pdev);

	ret = drm_dev_register(&ipu->drm, 0);
	if (ret)
		return dev_err_probe(&pdev->dev, ret, "cannot register the device\n");
	ipu_debugfs_init(ipu);
	ipu_power_init(&pdev->dev);

	drm_info(&ipu->drm, "%u tiles of %u KiB, %u contexts, %u vectors\n", ipu->info.tiles,
		 ipu->info.sram_size / SZ_1K, ipu->info.contexts, ipu->vectors);

	return 0;
}

/*
 * Files may be open and buffers mapped. When this returns, the card may be gone,
 * so by then the card can access nothing, and nothing accesses the card.
 */
static void ipu_remove(struct pci_dev *pdev)
{
	struct ipu_device *ipu = pci_get_drvdata(pdev);

	ipu_power_fini(&pdev->dev);
	ipu_card_retire(ipu);
	drm_dev_unplug(&ipu->drm);
	ipu_ctx_detach_all(ipu);
	cancel_work_sync(&ipu->reset_work);
	ipu_dump_flush(ipu);
	ipu_notify_flush(ipu);
	pci_clear_master(pdev);
	ipu_gem_unmap_all(ipu);
}

static void ipu_shutdown(struct pci_dev *pdev)
{
	ipu_card_shutdown(pci_get_drvdata(pdev));
}

/* The PCI core resets a card that sleeps, too, which has no registers then. */
static void ipu_reset_prepare(struct pci_dev *pdev)
{
	pm_runtime_get_sync(&pdev->dev);
	ipu_card_leave(pci_get_drvdata(pdev), IPU_CTX_WHY_RESET);
}

static void ipu_reset_done(struct pci_dev *pdev)
{
	struct ipu_device *ipu = pci_get_drvdata(pdev);

	ipu_card_return(ipu);
	ipu_card_power_put(ipu);
}

static pci_ers_result_t ipu_error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	bool gone = state == pci_channel_io_perm_failure;

	ipu_card_cut_off(pci_get_drvdata(pdev), gone ? -ENODEV : -EIO);

	return gone ? PCI_ERS_RESULT_DISCONNECT : PCI_ERS_RESULT_NEED_RESET;
}

/* The link has been reset, and the card's configuration with it; or neither has. */
static pci_ers_result_t ipu_slot_reset(struct pci_dev *pdev)
{
	struct ipu_device *ipu = pci_get_drvdata(pdev);

	pci_restore_state(pdev);
	/* What ran before must not run when it masters the bus again. */
	pci_clear_master(pdev);
	if (!ipu_card_reset(ipu))
		return PCI_ERS_RESULT_RECOVERED;

	drm_err(&ipu->drm, "the card does not answer after an error on the PCI link\n");
	ipu_card_retire(ipu);
	ipu_notify_wedged(ipu, IPU_WEDGED_GONE);

	return PCI_ERS_RESULT_DISCONNECT;
}

static void ipu_error_resume(struct pci_dev *pdev)
{
	struct ipu_device *ipu = pci_get_drvdata(pdev);

	if (!ipu_card_return(ipu))
		drm_info(&ipu->drm, "the card works again after an error on the PCI link\n");
}

static const struct pci_error_handlers ipu_pci_err_handlers = {
	.reset_prepare = ipu_reset_prepare,
	.reset_done = ipu_reset_done,
	.error_detected = ipu_error_detected,
	.slot_reset = ipu_slot_reset,
	.resume = ipu_error_resume,
};

/* The card's memory has no power while the machine is suspended. */
static int ipu_suspend(struct device *dev)
{
	ipu_card_leave(dev_get_drvdata(dev), IPU_CTX_WHY_SUSPEND);

	return 0;
}

static int ipu_resume(struct device *dev)
{
	return ipu_card_return(dev_get_drvdata(dev));
}

static int ipu_runtime_suspend(struct device *dev)
{
	return ipu_card_sleep(dev_get_drvdata(dev));
}

/* An error would have no resume succeed any more. If there is one, the card is out of use. */
static int ipu_runtime_resume(struct device *dev)
{
	ipu_card_return(dev_get_drvdata(dev));

	return 0;
}

static const struct dev_pm_ops ipu_pm_ops = {
	SYSTEM_SLEEP_PM_OPS(ipu_suspend, ipu_resume)
	RUNTIME_PM_OPS(ipu_runtime_suspend, ipu_runtime_resume, NULL)
};

static const struct pci_device_id ipu_pci_ids[] = {
	{ PCI_DEVICE(IPU_PCI_VENDOR_ID, IPU_PCI_DEVICE_ID) },
	{ }
};
MODULE_DEVICE_TABLE(pci, ipu_pci_ids);

struct pci_driver ipu_pci_driver = {
	.name = "ipu",
	.id_table = ipu_pci_ids,
	.probe = ipu_probe,
	.remove = ipu_remove,
	.shutdown = ipu_shutdown,
	.err_handler = &ipu_pci_err_handlers,
	.driver.pm = pm_ptr(&ipu_pm_ops),
	.dev_groups = ipu_sysfs_groups,
};
