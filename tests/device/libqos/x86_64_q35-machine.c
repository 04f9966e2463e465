// SPDX-License-Identifier: MIT
/*
 * The machine q35 in the QOSGraph, for devices that need PCI Express: its root
 * bus produces "pcie-bus". It produces no "pci-bus", as all devices that
 * consume that are tested with the machine pc already. Config space is reached
 * by the same ports as pc's.
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "../libqtest.h"
#include "malloc-pc.h"
#include "pci-pc.h"
#include "qgraph.h"

typedef struct QQ35PCIHost {
    QOSGraphObject obj;
    QPCIBusPC pci;
} QQ35PCIHost;

typedef struct QX86Q35Machine {
    QOSGraphObject obj;
    QGuestAllocator alloc;
    QQ35PCIHost host;
} QX86Q35Machine;

static void *q35_bus_get_driver(void *obj, const char *interface)
{
    QPCIBusPC *pci = obj;

    if (!g_strcmp0(interface, "pcie-bus")) {
        return &pci->bus;
    }
    fprintf(stderr, "%s not present in pcie-bus-q35\n", interface);
    g_assert_not_reached();
}

static QOSGraphObject *q35_host_get_device(void *obj, const char *device)
{
    QQ35PCIHost *host = obj;

    if (!g_strcmp0(device, "pcie-bus-q35")) {
        return &host->pci.obj;
    }
    fprintf(stderr, "%s not present in q35-pcihost\n", device);
    g_assert_not_reached();
}

static void *q35_get_driver(void *obj, const char *interface)
{
    QX86Q35Machine *machine = obj;

    if (!g_strcmp0(interface, "memory")) {
        return &machine->alloc;
    }
    fprintf(stderr, "%s not present in x86_64/q35\n", interface);
    g_assert_not_reached();
}

static QOSGraphObject *q35_get_device(void *obj, const char *device)
{
    QX86Q35Machine *machine = obj;

    if (!g_strcmp0(device, "q35-pcihost")) {
        return &machine->host.obj;
    }
    fprintf(stderr, "%s not present in x86_64/q35\n", device);
    g_assert_not_reached();
}

static void q35_destructor(QOSGraphObject *obj)
{
    QX86Q35Machine *machine = (QX86Q35Machine *)obj;

    alloc_destroy(&machine->alloc);
}

static void *q35_create(QTestState *qts)
{
    QX86Q35Machine *machine = g_new0(QX86Q35Machine, 1);
    QQ35PCIHost *host = &machine->host;

    machine->obj.get_driver = q35_get_driver;
    machine->obj.get_device = q35_get_device;
    machine->obj.destructor = q35_destructor;
    pc_alloc_init(&machine->alloc, qts, ALLOC_NO_FLAGS);

    host->obj.get_device = q35_host_get_device;
    qpci_init_pc(&host->pci, qts, &machine->alloc);
    host->pci.obj.get_driver = q35_bus_get_driver;
    /* Only root ports and bridges take devices while the machine runs. */
    host->pci.bus.not_hotpluggable = true;
    return &machine->obj;
}

static void q35_register_nodes(void)
{
    qos_node_create_machine("x86_64/q35", q35_create);
    qos_node_contains("x86_64/q35", "q35-pcihost", NULL);
    qos_node_create_driver("q35-pcihost", NULL);
    qos_node_contains("q35-pcihost", "pcie-bus-q35", NULL);
    qos_node_create_driver("pcie-bus-q35", NULL);
    qos_node_produces("pcie-bus-q35", "pcie-bus");
}

libqos_init(q35_register_nodes);
