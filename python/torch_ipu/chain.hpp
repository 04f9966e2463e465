/* SPDX-License-Identifier: MIT */
/*
 * Formulas on each element, which become one operation of the tiles:
 *
 *	Chain chain("softplus", iter);
 *	const Element x = chain[0];
 *
 *	if (!chain.give(select(x > 20, x, log1p(exp(x)))))
 *		...the CPU does it
 */
#ifndef TORCH_IPU_CHAIN_HPP
#define TORCH_IPU_CHAIN_HPP

#include <ATen/TensorIterator.h>

#include "glue.hpp"

namespace torch_ipu
{

class Chain;

/* A value of a chain for each element: an operand, or the result of a step. */
struct Element {
	Chain *chain;
	uint32_t number;
};

class Chain
{
      public:
	/* The first tensor of @iter is the result, the others are operands: none of the CPU's. */
	Chain(const char *name, at::TensorIteratorBase &iter) : name(name), iter(iter)
	{
	}

	Element operator[](uint32_t operand)
	{
		return { this, operand };
	}

	Element add(uint32_t op, std::array<uint32_t, 3> operand, double scalar = 0,
		    double alpha = 0, double beta = 0)
	{
		step.push_back({ .op = op,
				 .operand = { operand[0], operand[1], operand[2] },
				 .scalar = scalar,
				 .alpha = alpha,
				 .beta = beta });
		return { this, uint32_t(IT_CHAIN_INPUTS + step.size() - 1) };
	}

	/* Whether the tiles did it: @result is what the last step made. */
	bool give(const Element &result);

      private:
	const char *name;
	at::TensorIteratorBase &iter;
	std::vector<struct it_step> step;
};

inline Element unary(uint32_t op, const Element &a, double alpha = 0, double beta = 0)
{
	return a.chain->add(op, { a.number, IT_NOTHING, IT_NOTHING }, 0, alpha, beta);
}

inline Element binary(uint32_t op, const Element &a, const Element &b, double alpha = 0)
{
	return a.chain->add(op, { a.number, b.number, IT_NOTHING }, 0, alpha);
}

inline Element binary(uint32_t op, const Element &a, double b)
{
	return a.chain->add(op, { a.number, IT_NUMBER, IT_NOTHING }, b);
}

inline Element binary(uint32_t op, double a, const Element &b)
{
	return b.chain->add(op, { IT_NUMBER, b.number, IT_NOTHING }, a);
}

#define CHAIN_BINARY(name, MAP)                                 \
	inline Element name(const Element &a, const Element &b) \
	{                                                       \
		return binary(MAP, a, b);                       \
	}                                                       \
	inline Element name(const Element &a, double b)         \
	{                                                       \
		return binary(MAP, a, b);                       \
	}                                                       \
	inline Element name(double a, const Element &b)         \
	{                                                       \
		return binary(MAP, a, b);                       \
	}

CHAIN_BINARY(operator+, IPU_MAP_ADD)
CHAIN_BINARY(operator-, IPU_MAP_SUB)
CHAIN_BINARY(operator*, IPU_MAP_MUL)
CHAIN_BINARY(operator/, IPU_MAP_DIV)
CHAIN_BINARY(operator<, IPU_MAP_LT)
CHAIN_BINARY(operator<=, IPU_MAP_LE)
CHAIN_BINARY(operator>, IPU_MAP_GT)
CHAIN_BINARY(operator>=, IPU_MAP_GE)
CHAIN_BINARY(operator==, IPU_MAP_EQ)
CHAIN_BINARY(operator!=, IPU_MAP_NE)
CHAIN_BINARY(operator&&, IPU_MAP_AND)
CHAIN_BINARY(operator||, IPU_MAP_OR)
CHAIN_BINARY(least, IPU_MAP_MIN)
CHAIN_BINARY(most, IPU_MAP_MAX)
CHAIN_BINARY(fmod, IPU_MAP_FMOD)

#define CHAIN_UNARY(name, MAP)                \
	inline Element name(const Element &a) \
	{                                     \
		return unary(MAP, a);         \
	}

CHAIN_UNARY(operator-, IPU_MAP_NEG)
CHAIN_UNARY(abs, IPU_MAP_ABS)
CHAIN_UNARY(sign, IPU_MAP_SIGN)
CHAIN_UNARY(square, IPU_MAP_SQUARE)
CHAIN_UNARY(floor, IPU_MAP_FLOOR)
CHAIN_UNARY(round, IPU_MAP_ROUND)
CHAIN_UNARY(trunc, IPU_MAP_TRUNC)
CHAIN_UNARY(sqrt, IPU_MAP_SQRT)
CHAIN_UNARY(exp, IPU_MAP_EXP)
CHAIN_UNARY(expm1, IPU_MAP_EXPM1)
CHAIN_UNARY(log, IPU_MAP_LOG)
CHAIN_UNARY(log1p, IPU_MAP_LOG1P)
CHAIN_UNARY(tanh, IPU_MAP_TANH)
CHAIN_UNARY(sigmoid, IPU_MAP_SIGMOID)
CHAIN_UNARY(isnan, IPU_MAP_ISNAN)

/* @a + @factor * @b, rounded once. */
inline Element plus(const Element &a, const Element &b, double factor)
{
	return binary(IPU_MAP_ADD_SCALED, a, b, factor);
}

inline Element clamp(const Element &a, double low, double high)
{
	return unary(IPU_MAP_CLAMP, a, low, high);
}

inline Element select(const Element &condition, const Element &a, const Element &b)
{
	return a.chain->add(IPU_MAP_SELECT, { condition.number, a.number, b.number });
}

inline Element select(const Element &condition, const Element &a, double b)
{
	return a.chain->add(IPU_MAP_SELECT, { condition.number, a.number, IT_NUMBER }, b);
}

inline Element select(const Element &condition, double a, const Element &b)
{
	return b.chain->add(IPU_MAP_SELECT, { condition.number, IT_NUMBER, b.number }, a);
}

} // namespace torch_ipu

#endif /* TORCH_IPU_CHAIN_HPP */
