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

static PyObject *start(PyObject *self, PyObject *args)
{
	int err;

	(void)self;
	(void)args;
	Py_BEGIN_ALLOW_THREADS;
	err = it_start();
	Py_END_ALLOW_THREADS;
	if (err)
		return fail();
	Py_RETURN_NONE;
}

static PyObject *synchronize(PyObject *self, PyObject *args)
{
	int err;

	(void)self;
	(void)args;
	Py_BEGIN_ALLOW_THREADS;
	err = it_wait();
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

static PyObject *get_generator(PyObject *self, PyObject *args)
{
	uint64_t seed, offset;

	(void)self;
	(void)args;
	it_get_generator(&seed, &offset);
	return Py_BuildValue("KK", (unsigned long long)seed, (unsigned long long)offset);
}

static PyObject *set_generator(PyObject *self, PyObject *args)
{
	unsigned long long seed, offset;

	(void)self;
	if (!PyArg_ParseTuple(args, "KK", &seed, &offset))
		return NULL;
	it_set_generator(seed, offset);
	Py_RETURN_NONE;
}

/* Bytes that are allocated, the most so far, and those of all buffers; and tiles. */
static PyObject *usage(PyObject *self, PyObject *args)
{
	struct ipu_pool_usage usage = { .size = sizeof(usage) };
	struct ipu_pool *pool = it_pool();

	(void)self;
	(void)args;
	if (!pool || ipu_pool_get_usage(pool, &usage))
		return fail();
	return Py_BuildValue("KKKI", (unsigned long long)usage.allocated,
			     (unsigned long long)usage.most, (unsigned long long)usage.reserved,
			     ipu_engine_tiles(it_engine()));
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

/* Addresses of struct ipu_device, ipu_pool and ipu_engine, for other modules over libipu. */
static PyObject *handles(PyObject *self, PyObject *args)
{
	(void)self;
	(void)args;
	if (it_start())
		return fail();
	return Py_BuildValue("KKK", (unsigned long long)(uintptr_t)it_device(),
			     (unsigned long long)(uintptr_t)it_pool(),
			     (unsigned long long)(uintptr_t)it_engine());
}

static PyMethodDef methods[] = {
	{ "name", name, METH_NOARGS, NULL },
	{ "start", start, METH_NOARGS, NULL },
	{ "synchronize", synchronize, METH_NOARGS, NULL },
	{ "fallbacks", fallbacks, METH_NOARGS, NULL },
	{ "forget_fallbacks", forget_fallbacks, METH_NOARGS, NULL },
	{ "set_strict", set_strict, METH_O, NULL },
	{ "is_strict", is_strict, METH_NOARGS, NULL },
	{ "get_generator", get_generator, METH_NOARGS, NULL },
	{ "set_generator", set_generator, METH_VARARGS, NULL },
	{ "usage", usage, METH_NOARGS, NULL },
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
