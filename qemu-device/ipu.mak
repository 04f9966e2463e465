# SPDX-License-Identifier: GPL-2.0-or-later
#
# The devices that QEMU is built with: those of the machine that tools/ipu-vm
# starts and of the card's qtest, and what they need; and the disk that the benchmark
# compares the card with.

CONFIG_Q35=y
CONFIG_PCIE_PORT=y
CONFIG_PCI_BRIDGE=y
CONFIG_PCIE_PCI_BRIDGE=y
CONFIG_VTD=y
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_9P=y
CONFIG_VIRTIO_IOMMU=y
CONFIG_VIRTIO_SERIAL=y
CONFIG_NVME_PCI=y
CONFIG_IPU=y
