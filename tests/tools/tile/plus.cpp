// SPDX-License-Identifier: MIT
/* C++ on a tile: what it prints is compared by the test. */
#include <new>

#include <stdio.h>
#include <string.h>

#include <ipu/tile.h>

IPU_INOUT(int32_t, x, IPU_SHARDED, 16);

namespace
{

int alive;

struct shape {
	shape() { alive++; }
	virtual ~shape() { alive--; }
	virtual float area() const = 0;
};

struct square : shape {
	explicit square(float side) : side(side) {}
	float area() const override { return side * side; }
	float side;
};

struct circle : shape {
	explicit circle(float radius) : radius(radius) {}
	float area() const override { return 3.0f * radius * radius; }
	float radius;
	alignas(64) char padding[64];
};

template <typename type, int size> struct stack {
	void push(type value) { items[count++] = value; }
	type pop() { return items[--count]; }
	type items[size];
	int count = 0;
};

struct at_start {
	at_start() : value(42) {}
	int value;
} global;

int twice(int n)
{
	static at_start here;

	return n * 2 + here.value - 42;
}

void work(void *arg)
{
	auto add = [](int a) { return a + (int)ipu_worker_id(); };

	static_cast<int *>(arg)[ipu_worker_id()] = add(10);
}

} // namespace

int main()
{
	alignas(int) char place[sizeof(int)];
	int results[IPU_WORKERS];
	stack<int, 4> numbers;

	shape *shapes[] = { new square(2), new circle(1) };
	printf("constructors %d %d\n", global.value, alive);
	printf("virtual %g %g %d\n", (double)shapes[0]->area(), (double)shapes[1]->area(),
	       (int)((uint32_t)shapes[1] % 64));
	for (shape *shape : shapes)
		delete shape;
	printf("delete %d\n", alive);
	numbers.push(1);
	numbers.push(twice(4));
	printf("template %d %d\n", numbers.pop(), *new (place) int(7));
	int *array = new int[100]();
	printf("array %d\n", array[99]);
	delete[] array;
	printf("nothrow %d\n", new (std::nothrow) char[100000000] == nullptr);
	printf("aligned");
	for (int i = 0; i < 3; i++)
		printf(" %d", (int)((uint32_t)new (std::nothrow) circle(3) % 64));
	printf("\nflushed");
	fflush(nullptr);
	puts(" and on");
	ipu_run_workers(work, results);
	printf("workers %d %d\n", results[0], results[5]);
	for (uint32_t i = 0; i < IPU_ROWS(x); i++)
		x[i] = twice(x[i]);
	return 0;
}
