/* SPDX-License-Identifier: MIT */
/*
 * What an IOMMU reports is a write to wherever the guest has said: to a place
 * that resets, pauses or unplugs the card whose DMA it reports. For ipu-test.c
 * alone, like ipu-test-card.h.
 */
#ifndef IPU_TEST_IOMMU_H
#define IPU_TEST_IOMMU_H

#include "libqos/malloc-pc.h"
#include "libqos/virtio-pci.h"
#include "standard-headers/linux/virtio_iommu.h"

#include "ipu-test-states.h"

#define IOMMU_SLOT    6
#define EVENT_QUEUE   1
#define ROOT_BITS     30 /* of a VA, below the index of the first table */
#define FAULT_ADDRESS offsetof(struct virtio_iommu_fault, address)

/* The first fault that virtio-iommu reports is written to @buffer. */
static void begin_reports(struct card *card, uint64_t buffer)
{
    QPCIAddress addr = {.devfn = QPCI_DEVFN(IOMMU_SLOT, 0)};
    QVirtioPCIDevice *iommu = virtio_pci_new(card->bus, &addr);
    QVirtioDevice *device = &iommu->vdev;
    QGuestAllocator alloc;
    QVirtQueue *queue;
    uint32_t head;

    pc_alloc_init(&alloc, card->qts, 0);
    qvirtio_pci_device_enable(iommu);
    qvirtio_start_device(device);
    qvirtio_set_features(
        device, qvirtio_get_features(device) &
                    ~(QVIRTIO_F_BAD_FEATURE | 1ull << VIRTIO_RING_F_EVENT_IDX |
                      1ull << VIRTIO_RING_F_INDIRECT_DESC));
    queue = qvirtqueue_setup(device, &alloc, EVENT_QUEUE);
    qvirtio_set_driver_ok(device);
    head = qvirtqueue_add(card->qts, queue, buffer,
                          sizeof(struct virtio_iommu_fault), true, false);
    qvirtqueue_kick(card->qts, device, queue, head);
    qvirtqueue_cleanup(device->bus, queue, &alloc);
    qvirtio_pci_device_disable(iommu);
    alloc_destroy(&alloc);
    g_free(iommu->pdev);
    g_free(iommu);
}

/* The first address that the card accesses, and is reported: its table's. */
static void cause_report(struct card *card, uint64_t address)
{
    uint64_t entry = address % IPU_PAGE_SIZE / sizeof(uint64_t);

    set_ctx(card, IPU_CTX_TILE_COUNT, 1);
    set_ctx(card, IPU_CTX_PT_LO, address - address % IPU_PAGE_SIZE);
    set_ctx(card, IPU_CTX_RING_LO, entry << ROOT_BITS);
    set_ctx(card, IPU_CTX_RING_HI, entry << ROOT_BITS >> 32);
    set_ctx(card, IPU_CTX_RING_LOG2, RING_LOG2);
    set_ctx(card, IPU_CTX_CTRL, IPU_CTX_CTRL_ENABLE);
    card->written = 1;
    ring(card);
}

/* DMA is refused again, and that is all: the card works. */
static void check_refuses(struct card *card)
{
    set_ctx(card, IPU_CTX_RING_HI, 0);
    enable(card);
    put_fence(card, 1, 0);
    ring(card);
    wait_ctx(card, IPU_CTX_STATUS, IPU_CTX_FAULTED);
    g_assert_cmphex(ctx(card, IPU_CTX_FAULT_CAUSE), ==, IPU_FAULT_DMA_BUS);
    g_assert_cmphex(qtest_readl(card->qts, FENCE_WORD), ==, 0);
}

static void test_report_resets(void)
{
    struct card card;
    uint32_t bar, control;
    gint64 end = g_get_monotonic_time() + SECONDS * G_USEC_PER_SEC;

    start_machine(&card, VIRTIO_IOMMU ",boot-bypass=off", "");
    open_ecam(&card);
    bar = qpci_config_readl(card.dev, PCI_BASE_ADDRESS_0);
    control = qpci_find_capability(card.dev, PCI_CAP_ID_EXP, 0) +
              PCI_EXP_DEVCTL;
    begin_reports(&card, config_at(card.dev, control) - FAULT_ADDRESS);
    cause_report(&card, PCI_EXP_DEVCTL_BCR_FLR);
    while (qpci_config_readw(card.dev, PCI_COMMAND) & PCI_COMMAND_MASTER &&
           g_get_monotonic_time() < end) {
        g_usleep(100);
    }
    g_assert_cmphex(qpci_config_readl(card.dev, PCI_BASE_ADDRESS_0), !=, bar);
    qpci_config_writel(card.dev, PCI_BASE_ADDRESS_0, bar);
    qpci_device_enable(card.dev);
    check_reset_values(&card, 64);
    check_refuses(&card);
    stop(&card);
}

/* The byte of the address that says D3hot is the second one. */
static void test_report_pauses(void)
{
    struct card card;
    uint32_t control;
    gint64 end = g_get_monotonic_time() + SECONDS * G_USEC_PER_SEC;

    start_machine(&card, VIRTIO_IOMMU ",boot-bypass=off", "");
    open_ecam(&card);
    control = qpci_find_capability(card.dev, PCI_CAP_ID_PM, 0) + PCI_PM_CTRL;
    begin_reports(&card, config_at(card.dev, control) - FAULT_ADDRESS - 1);
    cause_report(&card, 0x8300);
    while (!(qpci_config_readw(card.dev, control) & PCI_PM_CTRL_STATE_MASK) &&
           g_get_monotonic_time() < end) {
        g_usleep(100);
    }
    g_assert_cmphex(qpci_config_readw(card.dev, control) &
                        PCI_PM_CTRL_STATE_MASK,
                    ==, 3);
    set_power(&card, 0);
    wait_ctx(&card, IPU_CTX_STATUS, IPU_CTX_FAULTED);
    g_assert_cmphex(ctx(&card, IPU_CTX_FAULT_CAUSE), ==, IPU_FAULT_DMA_BUS);
    set_ctx(&card, IPU_CTX_CTRL, 0);
    wait_ctx(&card, IPU_CTX_STATUS, IPU_CTX_DISABLED);
    check_refuses(&card);
    stop(&card);
}

static void test_report_unplugs(void)
{
    const uint32_t off = PCI_EXP_SLTCTL_PCC | PCI_EXP_SLTCTL_PWR_IND_OFF;
    struct card card, other;
    QPCIDevice *port;
    uint32_t control;

    start_machine(&card, VIRTIO_IOMMU ",boot-bypass=off" PORT,
                  " -device ipu,id=new,bus=port0");
    port = open_port(&card);
    other = card;
    find_card(&other, PORT_BUS << 8);
    control = qpci_find_capability(port, PCI_CAP_ID_EXP, 0) + PCI_EXP_SLTCTL;
    begin_reports(&card, config_at(port, control) - FAULT_ADDRESS);
    cause_report(&other, 0x10000 | off);
    qtest_qmp_eventwait(card.qts, "DEVICE_DELETED");
    check_refuses(&card);
    g_free(port);
    g_free(other.dev);
    stop(&card);
}

#endif /* IPU_TEST_IOMMU_H */
