# SPDX-License-Identifier: GPL-2.0-or-later
#
# As ipu.mak, for a guest of ARM's: the machine is virt, whose IOMMU is SMMUv3.

CONFIG_ARM_VIRT=y
CONFIG_PCIE_PORT=y
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_9P=y
CONFIG_VIRTIO_SERIAL=y
CONFIG_IPU=y
