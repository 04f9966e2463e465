// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Vector conversions between formats, and from and to integers. See
 * ipu_vec_float.h.
 */
#include "ipu_vec_float.h"

enum vf_int { VF_I8, VF_U8, VF_I16, VF_U16, VF_I32, VF_U32 };

VF_INLINE bool vf_int_signed(enum vf_int type)
{
	return type == VF_I8 || type == VF_I16 || type == VF_I32;
}

VF_INLINE unsigned int vf_int_bytes(enum vf_int type)
{
	return type <= VF_U8 ? 1 : type <= VF_U16 ? 2 : 4;
}

/* the conversion of a half or a single to a type */
static ipu_soft_op *const vf_soft_to[][2] = {
	[VF_I8] = { ipu_soft_to_i8, ipu_soft_to_i8_h },
	[VF_U8] = { ipu_soft_to_u8, ipu_soft_to_u8_h },
	[VF_I16] = { ipu_soft_to_i16, ipu_soft_to_i16_h },
	[VF_U16] = { ipu_soft_to_u16, ipu_soft_to_u16_h },
	[VF_I32] = { ipu_soft_to_i32, ipu_soft_to_i32_h },
	[VF_U32] = { ipu_soft_to_u32, ipu_soft_to_u32_h },
};

/*
 * The host converts singles to a type if their bits, without the sign for signed types,
 * are below these limits: then their magnitudes, rounded, fit.
 */
VF_INLINE uint32_t vf_int_limit(enum vf_int type, bool host_has_u32)
{
	switch (type) {
	case VF_I8:
		return 0x42fe0000;	/* 127 */
	case VF_U8:
		return 0x437f0000;	/* 255 */
	case VF_I16:
		return 0x46fffe00;	/* 2^15 - 1 */
	case VF_U16:
		return 0x477fff00;	/* 2^16 - 1 */
	case VF_I32:
		return 0x4f000000;	/* 2^31 */
	default:
		return host_has_u32 ? 0x4f800000 : 0x4f000000;
	}
}

#define IPU_VEC_SOURCE "ipu_vec_float_convert.c.inc"
#include "ipu_vec_tiers.h"
