/* SPDX-License-Identifier: MIT */
/* What device.cpp offers to the Python module, without PyTorch's headers. */
#ifndef TORCH_IPU_GLUE_H
#define TORCH_IPU_GLUE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** TORCH_IPU_NAME - of the device, as torch.Tensor.device shows it; "ipu" is an alias of it */
#define TORCH_IPU_NAME "xipu"

/** it_get_generator - seed and offset of a card's default generator */
void it_get_generator(uint32_t card, uint64_t *seed, uint64_t *offset);
void it_set_generator(uint32_t card, uint64_t seed, uint64_t offset);

/** it_is_profiled - a profile is being taken, of the cards as well */
bool it_is_profiled(void);

#ifdef __cplusplus
}
#endif

#endif /* TORCH_IPU_GLUE_H */
