// SPDX-License-Identifier: MIT
/*
 * The C library and double, on a tile and on the host: what it prints must be the same.
 * What C leaves open is not printed, and results of math only as far as two good
 * libraries agree.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __riscv
#include <ipu/print.h>
IPU_PRINT_BUFFER(16384);
#endif

static uint64_t random_state = 88172645463325252u;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Of any size, now and then special. */
static double next_double(void)
{
	static const double special[] = {
		0.0, -0.0, 1.0, HUGE_VAL, -HUGE_VAL, 0x1p-1074, 0x1p1023
	};
	uint64_t bits = next_random();
	double x;

	if (bits % 16 == 0)
		return special[bits / 16 % (sizeof(special) / sizeof(special[0]))];
	memcpy(&x, &bits, sizeof(x));
	return isnan(x) ? 3.25 : x;
}

static void add_bits(uint64_t *sum, double x)
{
	uint64_t bits = 0x7ff8000000000000;

	if (!isnan(x))
		memcpy(&bits, &x, sizeof(bits));
	*sum = (*sum ^ bits) * 0x100000001b3;
}

static void add_number(uint64_t *sum, uint64_t x)
{
	*sum = (*sum ^ x) * 0x100000001b3;
}

static void test_double(void)
{
	const volatile double not_a_number = (double)NAN;
	uint64_t sums[5] = { 0 }, compared = 0;

	for (int i = 0; i < 5000; i++) {
		const double a = next_double();
		const double b = i % 3 ? next_double() : a * 1.0000001;

		add_bits(&sums[0], a + b);
		add_bits(&sums[1], a - b);
		add_bits(&sums[2], a * b);
		add_bits(&sums[3], a / b);
		add_bits(&sums[4], sqrt(fabs(a)));
		add_number(&compared, (uint64_t)((a < b) | (a <= b) << 1 | (a == b) << 2 |
						 (a != b) << 3 | (a > b) << 4 | (a >= b) << 5));
	}
	printf("double %016llx %016llx %016llx %016llx %016llx %016llx\n",
	       (unsigned long long)sums[0], (unsigned long long)sums[1],
	       (unsigned long long)sums[2], (unsigned long long)sums[3],
	       (unsigned long long)sums[4], (unsigned long long)compared);
	printf("nan %d %d %d\n", not_a_number == not_a_number, not_a_number < 1.0,
	       not_a_number != not_a_number);
}

static void test_conversions(void)
{
	uint64_t sum = 0;

	for (int i = 0; i < 5000; i++) {
		const int64_t n = (int64_t)next_random() >> next_random() % 64;
		const double x =
			(double)(int32_t)next_random() / (double)(1 + next_random() % 100000);

		add_bits(&sum, (double)n);
		add_bits(&sum, (double)(uint64_t)n);
		add_bits(&sum, (double)(int32_t)n);
		add_bits(&sum, (double)(uint32_t)n);
		add_bits(&sum, (double)(float)n);
		add_bits(&sum, (double)(float)x);
		add_number(&sum, (uint64_t)(int64_t)x);
		add_number(&sum, (uint64_t)(int32_t)x);
		add_number(&sum, (uint64_t)fabs(x));
		add_number(&sum, (uint32_t)fabs(x));
		add_number(&sum, (uint64_t)(n / (int64_t)(1 + next_random() % 1000)));
		add_number(&sum, (uint64_t)(n % (int64_t)(1 + (next_random() >> 20))));
	}
	printf("conversions %016llx\n", (unsigned long long)sum);
}

static void test_math(void)
{
	static const double points[] = { -2.75, -0.5, 1e-3, 0.5, 1.0, 2.5, 10.0 };

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		const double x = points[i];
		const float y = (float)x;

		printf("math %.12g %.12g %.12g %.12g %.12g %.12g %.12g %.12g\n", sin(x), cos(x),
		       tan(x), exp(x), log(fabs(x)), pow(fabs(x), 1.7), atan2(x, 2.0), tanh(x));
		printf("math %.12g %.12g %.12g %g %g %g %.12g %.12g\n", cbrt(x), erf(x),
		       lgamma(x + 3), floor(x), ceil(x), round(x), fmod(x, 0.7), hypot(x, 3.0));
		printf("mathf %.5g %.5g %.5g %.5g %.5g %.5g %.5g %.5g\n", (double)sinf(y),
		       (double)cosf(y), (double)expf(y), (double)logf(fabsf(y)),
		       (double)powf(fabsf(y), 1.5f), (double)tanhf(y), (double)sqrtf(fabsf(y)),
		       (double)atan2f(y, 2.0f));
		printf("mathf %g %g %g %ld %g\n", (double)floorf(y), (double)ceilf(y),
		       (double)roundf(y), lrintf(y), (double)fmodf(y, 0.75f));
	}
}

static void test_string(void)
{
	char text[64] = "one,two;three", copy[64], *save;

	printf("string %zu %zu %zu\n", strlen(text), strspn(text, "eno"), strcspn(text, ";"));
	strcpy(copy, text);
	strcat(copy, "!");
	strncat(copy, "abcdef", 3);
	printf("string %s %d %d\n", copy, strcmp(copy, text) > 0, strncmp(copy, text, 13));
	printf("string %s %s %s\n", strchr(copy, ','), strrchr(copy, 'e'), strstr(copy, "two"));
	for (char *word = strtok_r(text, ",;", &save); word; word = strtok_r(NULL, ",;", &save))
		printf("word %s\n", word);
	memset(copy, 'x', 40);
	memmove(copy + 3, copy, 20);
	copy[41] = '\0';
	printf("string %s %d\n", copy, isdigit('7') && isalpha('q') && !isspace('x'));
	printf("string %c%c\n", toupper('q'), tolower('Q'));
}

static int by_value(const void *a, const void *b)
{
	const int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;

	return left < right ? -1 : left > right;
}

static void test_stdlib(void)
{
	int32_t numbers[500], key;
	uint64_t sum = 0;
	char *end;

	for (int i = 0; i < 500; i++)
		numbers[i] = (int32_t)next_random();
	key = numbers[77];
	qsort(numbers, 500, sizeof(numbers[0]), by_value);
	for (int i = 0; i < 500; i++)
		add_number(&sum, (uint32_t)numbers[i]);
	printf("qsort %016llx %d\n", (unsigned long long)sum,
	       *(int32_t *)bsearch(&key, numbers, 500, sizeof(key), by_value) == key);
	printf("strtol %ld %lu %lld", strtol(" -123x", &end, 10), strtoul("0xff", NULL, 0),
	       strtoll("-9000000000", NULL, 10));
	printf(" %s\n", end);
	errno = 0;
	printf("range %d", strtol("99999999999999999999", NULL, 10) > 0);
	printf(" %d\n", errno == ERANGE);
	printf("strtod %.16g %.17g %g\n", strtod("3.14159265358979311", NULL),
	       strtod("1.7976931348623157e308", NULL), strtod("-1e-400", NULL));
	printf("abs %d %d %d\n", abs(-5), div(17, 5).rem, atoi("42"));
}

static void test_format(void)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%s", "more than there is room for in a text");
	int a = 0, b = 0;
	float f = 0;

	printf("snprintf %d %s\n", n, text);
	printf("format |%5d|%-5d|%05d|%+d|%x|%X|%o|%c|%%|\n", 42, 42, 42, 42, 255, 255, 8, 'z');
	printf("format |%10.3f|%-10.2e|%g|%g|%a|\n", 3.14159, 31415.9, 1e-10, 1e20, 1.5);
	printf("format |%.15g|%.15g|%g|%g|\n", 0.1, 1e23, (double)INFINITY, (double)-INFINITY);
	printf("format |%s|%.3s|%10s|%-10s|%*d|\n", "abc", "abcdef", "right", "left", 6, 7);
	printf("format |%lld|%llu|%zu|%hhd|%hd|\n", -5000000000LL, 18446744073709551615ULL,
	       sizeof(int), 300, 70000);
	n = sscanf("12 0x1f 2.5 word", "%d %x %f %31s", &a, (unsigned int *)&b, &f, text);
	printf("sscanf %d %d %d %g %s\n", n, a, b, (double)f, text);
}

static jmp_buf target;

static __attribute__((noinline)) void jump(int value)
{
	longjmp(target, value);
}

static void test_setjmp(void)
{
	volatile double kept = 1.5;
	volatile int times = 0;
	int value = setjmp(target);

	times++;
	if (value < 3) {
		kept *= 2;
		jump(value + 1);
	}
	printf("setjmp %d %d %g\n", value, times, kept);
}

static void test_malloc(void)
{
	unsigned char *blocks[40] = { NULL };
	volatile size_t too_much = PTRDIFF_MAX;
	int wrong = 0;

	for (int round = 0; round < 400; round++) {
		const int i = (int)(next_random() % 40);
		const size_t bytes = 1 + next_random() % 500;

		if (blocks[i] && blocks[i][0] != i)
			wrong++;
		blocks[i] =
			round % 3 ? realloc(blocks[i], bytes) : (free(blocks[i]), calloc(bytes, 1));
		if (!blocks[i] || (round % 3 == 0 && blocks[i][bytes - 1]))
			wrong++;
		memset(blocks[i], i, bytes);
	}
	for (int i = 0; i < 40; i++)
		free(blocks[i]);
	printf("malloc %d %d\n", wrong, malloc(too_much) == NULL);
}

static void say_bye(void)
{
	printf("bye\n");
}

int main(void)
{
	atexit(say_bye);
	test_double();
	test_conversions();
	test_math();
	test_string();
	test_stdlib();
	test_format();
	test_setjmp();
	test_malloc();
	return 0;
}
