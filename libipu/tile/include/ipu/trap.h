/* SPDX-License-Identifier: MIT */
/*
 * Codes that the SDK itself gives to ipu.trap (the "info" of an IPU_FAULT_TRAP).
 * A program's own codes are below IPU_TRAP_SDK.
 */
#ifndef IPU_TRAP_H
#define IPU_TRAP_H

#define IPU_TRAP_SDK 0xffff0000u /* the first of the SDK's */
#define IPU_TRAP_ASSERT 0xffff0001u /* an ipu_assert() was false; the PC is its line */

#endif /* IPU_TRAP_H */
