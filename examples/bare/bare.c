/* SPDX-License-Identifier: MIT */
/*
 * A program without the SDK: no start-up code, no libraries, no tensors. It
 * counts the primes below LIMIT, on the supervisor of every tile, and its exit
 * code is 0 if their number is right. The same file runs on the card and under
 * qemu-riscv32, because ecall 93 means exit in both places:
 *
 *	clang-19 --target=riscv32-unknown-elf -march=rv32imafc -mabi=ilp32f -O2 \
 *		-ffreestanding -nostdlib -static -fuse-ld=lld -Wl,--image-base=0x50000 \
 *		-o bare.elf bare.c
 *	ipu-run bare.elf; echo $?
 *	qemu-riscv32 bare.elf; echo $?
 */
#define LIMIT 10000
#define PRIMES 1229 /* below LIMIT */

static unsigned char composite[LIMIT];
static unsigned char stack[1024] __attribute__((aligned(16), used));

static int count_primes(void)
{
	int count = 0;

	for (int i = 2; i < LIMIT; i++) {
		if (composite[i])
			continue;
		count++;
		for (int j = 2 * i; j < LIMIT; j += i)
			composite[j] = 1;
	}
	return count;
}

__attribute__((used, noreturn)) static void run(void)
{
	register int code __asm__("a0") = count_primes() == PRIMES ? 0 : 1;
	register int call __asm__("a7") = 93;

	for (;;)
		__asm__ volatile("ecall" : : "r"(code), "r"(call));
}

__attribute__((naked, noreturn)) void _start(void)
{
	__asm__("la	sp, stack + 1024\n\t"
		"j	run");
}
