// SPDX-License-Identifier: MIT
/* The Python module torch_ipu._C: what __init__.py needs of the device. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "glue.h"
#include "ops.h"

static PyObject *fail(void)
{
	PyErr_SetString(PyExc_RuntimeError, it_error());
	return NULL;
}

static PyObject *name(PyObject *self, PyObject *args)
{
	(void)self;
	(void)args;
	return PyUnicode_FromString(TORCH_IPU_NAME);
}

/* The number of a card, which is the argument. */
static int card_of(PyObject *arg, uint32_t *card)
{
	const long number = PyLong_AsLong(arg);

	if (number == -1 && PyErr_Occurred())
		return -1;
	if (number < 0 || (number && number >= it_cards())) {
		PyErr_Format(PyExc_RuntimeError,
			     "There is no " TORCH_IPU_NAME
			     ":%ld: IPUs are numbered from 0 on, and there are %u",
			     number, it_cards());
		return -1;
	}
	*card = (uint32_t)number;
	return 0;
}

static PyObject *count(PyObject *self, PyObject *args)
{
	(void)self;
	(void)args;
	return PyLong_FromUnsignedLong(it_cards());
}

static PyObject *current(PyObject *self, PyObject *args)
{
	(void)self;
	(void)args;
	return PyLong_FromUnsignedLong(it_current());
}

static PyObject *set_current(PyObject *self, PyObject *arg)
{
	uint32_t card;

	(void)self;
	if (card_of(arg, &card))
		return NULL;
	it_set_current(card);
	Py_RETURN_NONE;
}

static PyObject *is_started(PyObject *self, PyObject *arg)
{
	uint32_t card;

	(void)self;
	return card_of(arg, &card) ? NULL : PyBool_FromLong(it_is_started(card));
}

static PyObject *is_forked(PyObject *self, PyObject *args)
{
	(void)self;
	(void)args;
	return PyBool_FromLong(it_is_forked());
}

static PyObject *start(PyObject *self, PyObject *arg)
{
	uint32_t card;
	int err;

	(void)self;
	if (card_of(arg, &card))
		return NULL;
	Py_BEGIN_ALLOW_THREADS;
	err = it_start(card);
	Py_END_ALLOW_THREADS;
	if (err)
		return fail();
	Py_RETURN_NONE;
}

static PyObject *synchronize(PyObject *self, PyObject *arg)
{
	uint32_t card;
	int err;

	(void)self;
	if (card_of(arg, &card))
		return NULL;
	Py_BEGIN_ALLOW_THREADS;
	err = it_wait(card);
	Py_END_ALLOW_THREADS;
	if (err)
		return fail();
	Py_RETURN_NONE;
}

static PyObject *fallbacks(PyObject *self, PyObject *args)
{
	PyObject *all = PyDict_New();
	unsigned long count;
	const char *op;

	(void)self;
	(void)args;
	for (unsigned int i = 0; all && (op = it_fallback(i, &count)); i++) {
		PyObject *value = PyLong_FromUnsignedLong(count);

		if (!value || PyDict_SetItemString(all, op, value)) {
			Py_XDECREF(value);
			Py_CLEAR(all);
			break;
		}
		Py_DECREF(value);
	}
	return all;
}

static PyObject *forget_fallbacks(PyObject *self, PyObject *args)
{
	(void)self;
	(void)args;
	it_forget_fallbacks();
	Py_RETURN_NONE;
}

static PyObject *set_strict(PyObject *self, PyObject *value)
{
	const int strict = PyObject_IsTrue(value);

	(void)self;
	if (strict < 0)
		return NULL;
	it_set_strict(strict);
	Py_RETURN_NONE;
}

static PyObject *is_strict(PyObject *self, PyObject *args)
{
	(void)self;
	(void)args;
	return PyBool_FromLong(it_strict());
}

static PyObject *get_generator(PyObject *self, PyObject *arg)
{
	uint64_t seed, offset;
	uint32_t card;

	(void)self;
	if (card_of(arg, &card))
		return NULL;
	it_get_generator(card, &seed, &offset);
	return Py_BuildValue("KK", (unsigned long long)seed, (unsigned long long)offset);
}

static PyObject *set_generator(PyObject *self, PyObject *args)
{
	unsigned long long seed, offset;
	PyObject *number;
	uint32_t card;

	(void)self;
	if (!PyArg_ParseTuple(args, "OKK", &number, &seed, &offset) || card_of(number, &card))
		return NULL;
	it_set_generator(card, seed, offset);
	Py_RETURN_NONE;
}

/* Bytes that are allocated, the most so far, and those of all buffers; and tiles. */
static PyObject *usage(PyObject *self, PyObject *arg)
{
	struct ipu_pool_usage usage = { .size = sizeof(usage) };
	struct ipu_pool *pool;
	uint32_t card;

	(void)self;
	if (card_of(arg, &card))
		return NULL;
	pool = it_pool(card);
	if (!pool || ipu_pool_get_usage(pool, &usage))
		return fail();
	return Py_BuildValue("KKKI", (unsigned long long)usage.allocated,
			     (unsigned long long)usage.most, (unsigned long long)usage.reserved,
			     ipu_engine_tiles(it_engine(card)));
}

static PyObject *user_queue(PyObject *self, PyObject *args)
{
	(void)self;
	(void)args;
	return PyBool_FromLong(it_user_queue());
}

static PyObject *set_user_queue(PyObject *self, PyObject *value)
{
	const int wanted = PyObject_IsTrue(value);

	(void)self;
	if (wanted < 0)
		return NULL;
	it_set_user_queue(wanted);
	Py_RETURN_NONE;
}

/* How jobs get to a card, by the names of struct ipu_submission. */
static PyObject *submission(PyObject *self, PyObject *arg)
{
	struct ipu_submission how = { .size = sizeof(how) };
	struct ipu_engine *engine;
	uint32_t card;
	bool known;

	(void)self;
	if (card_of(arg, &card))
		return NULL;
	Py_BEGIN_ALLOW_THREADS;
	engine = it_engine(card);
	known = engine && !ipu_engine_get_submission(engine, &how);
	Py_END_ALLOW_THREADS;
	if (!known)
		return fail();
	return Py_BuildValue("{s:N,s:I,s:K,s:K,s:K,s:s}", "user_queue",
			     PyBool_FromLong(how.user_queue), "room", how.room, "jobs",
			     (unsigned long long)how.jobs, "sleeps", (unsigned long long)how.sleeps,
			     "restarts", (unsigned long long)how.restarts, "why_not", how.why_not);
}

static PyObject *is_profiled(PyObject *self, PyObject *args)
{
	(void)self;
	(void)args;
	return PyBool_FromLong(it_is_profiled());
}

static void take_made(const struct ipu_executable_info *info, void *list)
{
	PyObject *item = Py_BuildValue("sIIIKK", info->name, info->tiles, info->tensor_bytes,
				       info->table_bytes, (unsigned long long)info->runs,
				       (unsigned long long)info->cycles);

	/* Without memory for it, it is not in the list. */
	if (!item || PyList_Append(list, item))
		PyErr_Clear();
	Py_XDECREF(item);
}

/* Operations that were made: name, tiles, bytes of tensors and of tables, runs, and cycles. */
static PyObject *made(PyObject *self, PyObject *args)
{
	PyObject *list = PyList_New(0);

	(void)self;
	(void)args;
	if (list)
		it_made(take_made, list);
	return list;
}

/*
 * Addresses of struct ipu_device, ipu_pool and ipu_engine of the current card, for other modules
 * over libipu.
 */
static PyObject *handles(PyObject *self, PyObject *args)
{
	const uint32_t card = it_current();

	(void)self;
	(void)args;
	if (it_start(card))
		return fail();
	return Py_BuildValue("KKK", (unsigned long long)(uintptr_t)it_device(card),
			     (unsigned long long)(uintptr_t)it_pool(card),
			     (unsigned long long)(uintptr_t)it_engine(card));
}

static PyMethodDef methods[] = {
	{ "name", name, METH_NOARGS, NULL },
	{ "count", count, METH_NOARGS, NULL },
	{ "current", current, METH_NOARGS, NULL },
	{ "set_current", set_current, METH_O, NULL },
	{ "start", start, METH_O, NULL },
	{ "is_started", is_started, METH_O, NULL },
	{ "is_forked", is_forked, METH_NOARGS, NULL },
	{ "synchronize", synchronize, METH_O, NULL },
	{ "fallbacks", fallbacks, METH_NOARGS, NULL },
	{ "forget_fallbacks", forget_fallbacks, METH_NOARGS, NULL },
	{ "set_strict", set_strict, METH_O, NULL },
	{ "is_strict", is_strict, METH_NOARGS, NULL },
	{ "get_generator", get_generator, METH_O, NULL },
	{ "set_generator", set_generator, METH_VARARGS, NULL },
	{ "usage", usage, METH_O, NULL },
	{ "user_queue", user_queue, METH_NOARGS, NULL },
	{ "set_user_queue", set_user_queue, METH_O, NULL },
	{ "submission", submission, METH_O, NULL },
	{ "is_profiled", is_profiled, METH_NOARGS, NULL },
	{ "made", made, METH_NOARGS, NULL },
	{ "handles", handles, METH_NOARGS, NULL },
	{ NULL, NULL, 0, NULL },
};

static struct PyModuleDef module = {
	PyModuleDef_HEAD_INIT, "torch_ipu._C", NULL, -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__C(void);

PyMODINIT_FUNC PyInit__C(void)
{
	return PyModule_Create(&module);
}
