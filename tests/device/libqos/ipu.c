// SPDX-License-Identifier: MIT
/*
 * The IPU card as a node of the QOSGraph, see ipu.h.
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "hw/pci/pci_regs.h"
#include "../libqtest.h"
#include "ipu.h"

#define WAIT_SECONDS 60

uint32_t qipu_read(QIPU *ipu, uint32_t offset)
{
    return qpci_io_readl(&ipu->dev, ipu->regs, offset);
}

void qipu_write(QIPU *ipu, uint32_t offset, uint32_t value)
{
    qpci_io_writel(&ipu->dev, ipu->regs, offset, value);
}

void qipu_wait(QIPU *ipu, uint32_t offset, uint32_t value)
{
    gint64 end = g_get_monotonic_time() + WAIT_SECONDS * G_USEC_PER_SEC;

    while (qipu_read(ipu, offset) != value && g_get_monotonic_time() < end) {
        g_usleep(100);
    }
    g_assert_cmphex(qipu_read(ipu, offset), ==, value);
}

void qipu_vector(QIPU *ipu, uint32_t vector, uint64_t addr, uint32_t data)
{
    QPCIDevice *dev = &ipu->dev;
    uint64_t entry;

    if (!dev->msix_enabled) {
        qpci_msix_enable(dev);
    }
    entry = dev->msix_table_off + vector * PCI_MSIX_ENTRY_SIZE;
    qpci_io_writel(dev, dev->msix_table_bar, entry + PCI_MSIX_ENTRY_LOWER_ADDR,
                   addr);
    qpci_io_writel(dev, dev->msix_table_bar, entry + PCI_MSIX_ENTRY_UPPER_ADDR,
                   addr >> 32);
    qpci_io_writel(dev, dev->msix_table_bar, entry + PCI_MSIX_ENTRY_DATA, data);
    qpci_io_writel(dev, dev->msix_table_bar, entry + PCI_MSIX_ENTRY_VECTOR_CTRL,
                   0);
}

static void *ipu_get_driver(void *obj, const char *interface)
{
    QIPU *ipu = obj;

    if (!g_strcmp0(interface, "pci-device")) {
        return &ipu->dev;
    }
    fprintf(stderr, "%s not present in ipu\n", interface);
    g_assert_not_reached();
}

static void ipu_start_hw(QOSGraphObject *obj)
{
    QIPU *ipu = (QIPU *)obj;

    qpci_device_enable(&ipu->dev);
}

static void ipu_destructor(QOSGraphObject *obj)
{
    QIPU *ipu = (QIPU *)obj;

    if (ipu->dev.msix_enabled) {
        qpci_msix_disable(&ipu->dev);
    }
    qpci_iounmap(&ipu->dev, ipu->regs);
}

static void *ipu_create(void *bus, QGuestAllocator *alloc, void *addr)
{
    QIPU *ipu = g_new0(QIPU, 1);

    qpci_device_init(&ipu->dev, bus, addr);
    ipu->regs = qpci_iomap(&ipu->dev, IPU_BAR_REGS, &ipu->regs_size);
    ipu->obj.get_driver = ipu_get_driver;
    ipu->obj.start_hw = ipu_start_hw;
    ipu->obj.destructor = ipu_destructor;
    return &ipu->obj;
}

static void ipu_register_nodes(void)
{
    QPCIAddress addr = {
        .vendor_id = IPU_PCI_VENDOR_ID,
        .device_id = IPU_PCI_DEVICE_ID,
        .devfn = QPCI_DEVFN(4, 0),
    };
    QOSGraphEdgeOptions opts = {
        .extra_device_opts = "addr=04.0",
    };

    add_qpci_address(&opts, &addr);
    qos_node_create_driver("ipu", ipu_create);
    qos_node_consumes("ipu", "pcie-bus", &opts);
    qos_node_produces("ipu", "pci-device");
}

libqos_init(ipu_register_nodes);
