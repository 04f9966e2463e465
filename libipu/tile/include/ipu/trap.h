/* SPDX-License-Identifier: MIT */
/*
 * Codes that the SDK itself gives to ipu.trap (the "info" of an IPU_FAULT_TRAP).
 * A program's own codes are below IPU_TRAP_SDK.
 */
#ifndef IPU_TRAP_H
#define IPU_TRAP_H

#define IPU_TRAP_SDK 0xffff0000u /* the first of the SDK's */
#define IPU_TRAP_ASSERT 0xffff0001u /* an ipu_assert() was false; the PC is its line */

/*
 * From here on: the offset of a text in the section of that name of the program's file,
 * which ends with a zero byte and says why, see ipu_trap_text(). The section is not
 * loaded, and ends below IPU_TRAP_TEXT_SIZE.
 */
#define IPU_TRAP_TEXT 0xffff1000u
#define IPU_TRAP_TEXT_SIZE 0xf000
#define IPU_TRAP_TEXT_SECTION ".ipu.text"

#define IPU_TRAP_TABLE 0xffff0010u /* a collective's table has too little room */
#define IPU_TRAP_COLLECTIVE 0xffff0011u /* a collective was given what it cannot take */
#define IPU_TRAP_OPS 0xffff0012u /* an operation or an array cannot be; the program printed why */

#endif /* IPU_TRAP_H */
