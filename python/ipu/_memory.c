// SPDX-License-Identifier: MIT
/*
 * ipu._memory: memory that Python sees as an array, without a copy, by the buffer protocol
 * and DLPack, Memory; and the other way round Python's arrays as memory, View. Python's own
 * code can do neither before Python 3.12.
 *
 * A Memory is told what there is: where, of which type and shape, and what keeps it alive,
 * the owner. Who looks at it keeps the Memory, and so the owner. The owner is hidden from
 * the garbage collector on purpose: so it goes when the Memory does and no sooner, whatever
 * the order in which the collector ends the objects of a cycle.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_DIMS 8

struct memory {
	PyObject_HEAD PyObject *owner;
	char *data;
	Py_ssize_t ndim;
	Py_ssize_t shape[MAX_DIMS];
	Py_ssize_t strides[MAX_DIMS];
	Py_ssize_t bytes;
	Py_ssize_t item_bytes;
	Py_ssize_t views; /* that the buffer protocol and DLPack have given and not got back */
	pid_t process; /* the only one that may use it; 0: any */
	uint8_t type_code; /* of DLPack */
	bool readonly;
	bool closed; /* no new views; the owner goes with the last one */
	char format[4]; /* of the module struct */
};

/* ---- DLPack, https://dmlc.github.io/dlpack/: its structures in memory --------------- */

#define DL_CPU 1
#define DL_FLAG_READ_ONLY 1u

struct dl_tensor {
	void *data;
	int32_t device_type;
	int32_t device_id;
	int32_t ndim;
	uint8_t type_code;
	uint8_t type_bits;
	uint16_t type_lanes;
	int64_t *shape;
	int64_t *strides; /* in elements */
	uint64_t byte_offset;
};

struct dl_managed {
	struct dl_tensor tensor;
	void *context;
	void (*deleter)(struct dl_managed *self);
};

struct dl_versioned {
	uint32_t major, minor;
	void *context;
	void (*deleter)(struct dl_versioned *self);
	uint64_t flags;
	struct dl_tensor tensor;
};

/* What a capsule is about; the older structure and the newer one are both at hand. */
struct lent {
	struct dl_managed managed;
	struct dl_versioned versioned;
	struct memory *memory;
	int64_t shape[MAX_DIMS];
	int64_t strides[MAX_DIMS];
};

static void drop_view(struct memory *memory)
{
	if (!--memory->views && memory->closed)
		Py_CLEAR(memory->owner);
}

/* The consumer may be any thread, and may outlive the interpreter. */
static void lent_free(struct lent *lent)
{
	PyGILState_STATE state;

	if (Py_IsInitialized()) {
		state = PyGILState_Ensure();
		drop_view(lent->memory);
		Py_DECREF((PyObject *)lent->memory);
		PyGILState_Release(state);
	}
	free(lent);
}

static void managed_delete(struct dl_managed *self)
{
	lent_free(self->context);
}

static void versioned_delete(struct dl_versioned *self)
{
	lent_free(self->context);
}

/* Only a capsule that nobody took has its name still. */
static void capsule_free(PyObject *capsule)
{
	static const char *const names[] = { "dltensor", "dltensor_versioned" };

	for (size_t i = 0; i < 2; i++)
		if (PyCapsule_IsValid(capsule, names[i]))
			lent_free(PyCapsule_GetContext(capsule));
}

static struct lent *lend(struct memory *memory)
{
	struct lent *lent = calloc(1, sizeof(*lent));

	if (!lent) {
		PyErr_NoMemory();
		return NULL;
	}
	for (Py_ssize_t i = 0; i < memory->ndim; i++) {
		lent->shape[i] = memory->shape[i];
		lent->strides[i] = memory->strides[i] / memory->item_bytes;
	}
	lent->managed.tensor = (struct dl_tensor){
		.data = memory->data,
		.device_type = DL_CPU,
		.ndim = (int32_t)memory->ndim,
		.type_code = memory->type_code,
		.type_bits = (uint8_t)(8 * memory->item_bytes),
		.type_lanes = 1,
		.shape = lent->shape,
		.strides = lent->strides,
	};
	lent->managed.context = lent;
	lent->managed.deleter = managed_delete;
	lent->versioned = (struct dl_versioned){
		.major = 1,
		.context = lent,
		.deleter = versioned_delete,
		.flags = memory->readonly ? DL_FLAG_READ_ONLY : 0,
		.tensor = lent->managed.tensor,
	};
	lent->memory = memory;
	return lent;
}

/* ---- The type ----------------------------------------------------------------------- */

static int check_usable(const struct memory *memory)
{
	if (memory->closed) {
		PyErr_SetString(PyExc_ValueError, "This buffer is closed.");
		return -1;
	}
	if (!memory->process || memory->process == getpid())
		return 0;
	PyErr_SetString(
		PyExc_BufferError,
		"This buffer was made before fork(), and its memory is not in this process: "
		"open the device here and make another.");
	return -1;
}

/* DLPack's protocol: https://data-apis.org/array-api/latest/API_specification/ */
static PyObject *memory_dlpack(PyObject *self, PyObject *args, PyObject *keywords)
{
	static char *names[] = { "stream", "max_version", "dl_device", "copy", NULL };
	struct memory *memory = (struct memory *)self;
	PyObject *stream = Py_None, *version = Py_None, *device = Py_None, *copy = Py_None;
	PyObject *capsule;
	struct lent *lent;
	int major = 0, minor = 0, type = DL_CPU, id = 0;

	if (!PyArg_ParseTupleAndKeywords(args, keywords, "|$OOOO", names, &stream, &version,
					 &device, &copy))
		return NULL;
	if (version != Py_None && !PyArg_ParseTuple(version, "ii", &major, &minor))
		return NULL;
	if (device != Py_None && !PyArg_ParseTuple(device, "ii", &type, &id))
		return NULL;
	if (stream != Py_None || type != DL_CPU || copy == Py_True) {
		PyErr_SetString(PyExc_BufferError,
				"This memory is the CPU's, has no streams and is lent, not copied: "
				"ask for it so, and copy what comes.");
		return NULL;
	}
	if (memory->readonly && major < 1) {
		PyErr_SetString(
			PyExc_BufferError,
			"This memory can only be read, which DLPack before 1.0 cannot say.");
		return NULL;
	}
	if (check_usable(memory))
		return NULL;
	lent = lend(memory);
	if (!lent)
		return NULL;
	capsule = major >= 1 ? PyCapsule_New(&lent->versioned, "dltensor_versioned", capsule_free) :
			       PyCapsule_New(&lent->managed, "dltensor", capsule_free);
	if (!capsule) {
		free(lent);
		return NULL;
	}
	Py_INCREF(self);
	memory->views++;
	PyCapsule_SetContext(capsule, lent);
	return capsule;
}

static PyObject *memory_dlpack_device(PyObject *self, PyObject *unused)
{
	(void)self;
	(void)unused;
	return Py_BuildValue("(ii)", DL_CPU, 0);
}

static int memory_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
	struct memory *memory = (struct memory *)self;

	view->obj = NULL;
	if (check_usable(memory))
		return -1;
	if (memory->readonly && (flags & PyBUF_WRITABLE) == PyBUF_WRITABLE) {
		PyErr_SetString(PyExc_BufferError, "This memory can only be read.");
		return -1;
	}
	*view = (Py_buffer){
		.buf = memory->data,
		.len = memory->bytes,
		.itemsize = memory->item_bytes,
		.readonly = memory->readonly,
		.ndim = (int)memory->ndim,
	};
	if ((flags & PyBUF_FORMAT) == PyBUF_FORMAT)
		view->format = memory->format;
	if ((flags & PyBUF_ND) == PyBUF_ND)
		view->shape = memory->shape;
	if ((flags & PyBUF_STRIDES) == PyBUF_STRIDES)
		view->strides = memory->strides;
	Py_INCREF(self);
	view->obj = self;
	memory->views++;
	return 0;
}

static void memory_releasebuffer(PyObject *self, Py_buffer *view)
{
	(void)view;
	drop_view((struct memory *)self);
}

/* The shape, and what follows from it: rows lie one behind the other. */
static int set_shape(struct memory *memory, PyObject *shape)
{
	Py_ssize_t bytes = memory->item_bytes;

	memory->ndim = PyTuple_Size(shape);
	if (memory->ndim > MAX_DIMS) {
		PyErr_Format(PyExc_ValueError, "%zd dimensions are more than %d.", memory->ndim,
			     MAX_DIMS);
		return -1;
	}
	for (Py_ssize_t i = memory->ndim - 1; i >= 0; i--) {
		Py_ssize_t count = PyLong_AsSsize_t(PyTuple_GetItem(shape, i));

		if (PyErr_Occurred())
			return -1;
		memory->shape[i] = count;
		memory->strides[i] = bytes;
		if (count < 0 || __builtin_mul_overflow(bytes, count, &bytes)) {
			PyErr_SetString(PyExc_ValueError, "No memory has this shape.");
			return -1;
		}
	}
	memory->bytes = bytes;
	return 0;
}

static PyObject *memory_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
	static char *names[] = { "address",  "shape", "format",	 "itemsize", "type_code",
				 "readonly", "owner", "process", NULL };
	allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
	PyObject *shape, *owner, *self;
	unsigned long long address;
	Py_ssize_t item_bytes;
	const char *format;
	struct memory *memory;
	int code, readonly, process;

	if (!PyArg_ParseTupleAndKeywords(args, keywords, "KO!snipOi", names, &address,
					 &PyTuple_Type, &shape, &format, &item_bytes, &code,
					 &readonly, &owner, &process))
		return NULL;
	if (item_bytes < 1 || item_bytes > 16 || strlen(format) >= sizeof(memory->format)) {
		PyErr_SetString(PyExc_ValueError, "No element is of this format.");
		return NULL;
	}
	self = allocate(type, 0);
	if (!self)
		return NULL;
	memory = (struct memory *)self;
	memory->data = (char *)(uintptr_t)address;
	memory->item_bytes = item_bytes;
	memory->type_code = (uint8_t)code;
	memory->readonly = readonly;
	memory->process = process;
	strcpy(memory->format, format);
	if (set_shape(memory, shape)) {
		Py_DECREF(self);
		return NULL;
	}
	Py_INCREF(owner);
	memory->owner = owner;
	return self;
}

static void memory_dealloc(PyObject *self)
{
	PyTypeObject *type = Py_TYPE(self);
	freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);

	Py_XDECREF(((struct memory *)self)->owner);
	release(self);
	Py_DECREF((PyObject *)type);
}

static PyObject *get_shape(PyObject *self, void *unused)
{
	struct memory *memory = (struct memory *)self;
	PyObject *shape = PyTuple_New(memory->ndim);

	(void)unused;
	for (Py_ssize_t i = 0; shape && i < memory->ndim; i++) {
		PyObject *count = PyLong_FromSsize_t(memory->shape[i]);

		if (!count || PyTuple_SetItem(shape, i, count)) {
			Py_DECREF(shape);
			return NULL;
		}
	}
	return shape;
}

static PyObject *get_address(PyObject *self, void *unused)
{
	(void)unused;
	return PyLong_FromVoidPtr(((struct memory *)self)->data);
}

static PyObject *get_nbytes(PyObject *self, void *unused)
{
	(void)unused;
	return PyLong_FromSsize_t(((struct memory *)self)->bytes);
}

static PyObject *get_closed(PyObject *self, void *unused)
{
	(void)unused;
	return PyBool_FromLong(((struct memory *)self)->closed);
}

static PyObject *memory_close(PyObject *self, PyObject *unused)
{
	struct memory *memory = (struct memory *)self;

	(void)unused;
	memory->closed = true;
	if (!memory->views)
		Py_CLEAR(memory->owner);
	Py_RETURN_NONE;
}

/* A view that nobody gives back: the owner stays as long as this. */
static PyObject *memory_hold(PyObject *self, PyObject *unused)
{
	struct memory *memory = (struct memory *)self;

	(void)unused;
	if (check_usable(memory))
		return NULL;
	memory->views++;
	Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
	{ "close", memory_close, METH_NOARGS,
	  "Give the memory back: now, or with the last array or view that is of it." },
	{ "_hold", memory_hold, METH_NOARGS, "Keep the memory as long as this object." },
	{ "__dlpack__", (PyCFunction)(void (*)(void))memory_dlpack, METH_VARARGS | METH_KEYWORDS,
	  "A DLPack capsule of the memory, which is not copied." },
	{ "__dlpack_device__", memory_dlpack_device, METH_NOARGS, "The CPU, (1, 0)." },
	{ NULL },
};

static PyGetSetDef members[] = {
	{ "address", get_address, NULL, "Address of the first byte.", NULL },
	{ "shape", get_shape, NULL, "Elements in each dimension.", NULL },
	{ "nbytes", get_nbytes, NULL, "Bytes of all elements.", NULL },
	{ "closed", get_closed, NULL, "Whether it is closed.", NULL },
	{ NULL },
};

static PyType_Slot slots[] = {
	{ Py_tp_doc, "Memory as an array, for the buffer protocol and DLPack." },
	{ Py_tp_new, memory_new },
	{ Py_tp_dealloc, memory_dealloc },
	{ Py_tp_methods, methods },
	{ Py_tp_getset, members },
	{ Py_bf_getbuffer, memory_getbuffer },
	{ Py_bf_releasebuffer, memory_releasebuffer },
	{ 0 },
};

static PyType_Spec spec = {
	.name = "ipu._memory.Memory",
	.basicsize = sizeof(struct memory),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
	.slots = slots,
};

/* ---- Views ---------------------------------------------------------------------------- */

/*
 * The buffer of another object. As its owner is a Memory's, that object is hidden from the
 * garbage collector: it would clear a memoryview of a cycle under whoever has its buffer.
 */
struct view {
	PyObject_HEAD Py_buffer buffer;
};

static PyObject *view_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
	static char *names[] = { "object", "writable", NULL };
	allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
	PyObject *object, *self;
	int writable = 0;

	if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|p", names, &object, &writable))
		return NULL;
	self = allocate(type, 0);
	if (self && PyObject_GetBuffer(object, &((struct view *)self)->buffer,
				       writable ? PyBUF_WRITABLE : PyBUF_SIMPLE)) {
		Py_DECREF(self);
		return NULL;
	}
	return self;
}

static void view_dealloc(PyObject *self)
{
	PyTypeObject *type = Py_TYPE(self);
	freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);

	PyBuffer_Release(&((struct view *)self)->buffer);
	release(self);
	Py_DECREF((PyObject *)type);
}

static PyObject *view_address(PyObject *self, void *unused)
{
	(void)unused;
	return PyLong_FromVoidPtr(((struct view *)self)->buffer.buf);
}

static PyObject *view_nbytes(PyObject *self, void *unused)
{
	(void)unused;
	return PyLong_FromSsize_t(((struct view *)self)->buffer.len);
}

static PyGetSetDef view_members[] = {
	{ "address", view_address, NULL, "Address of the first byte.", NULL },
	{ "nbytes", view_nbytes, NULL, "Bytes of all elements.", NULL },
	{ NULL },
};

static PyType_Slot view_slots[] = {
	{ Py_tp_doc, "The buffer of an object, whose elements lie one behind the other." },
	{ Py_tp_new, view_new },
	{ Py_tp_dealloc, view_dealloc },
	{ Py_tp_getset, view_members },
	{ 0 },
};

static PyType_Spec view_spec = {
	.name = "ipu._memory.View",
	.basicsize = sizeof(struct view),
	.flags = Py_TPFLAGS_DEFAULT,
	.slots = view_slots,
};

/* ---- The module ----------------------------------------------------------------------- */

static struct PyModuleDef module_def = {
	PyModuleDef_HEAD_INIT,
	.m_name = "ipu._memory",
	.m_size = -1,
};

static int add_type(PyObject *module, const char *name, PyType_Spec *of)
{
	PyObject *type = PyType_FromSpec(of);
	int err = type ? PyModule_AddObjectRef(module, name, type) : -1;

	Py_XDECREF(type);
	return err;
}

PyMODINIT_FUNC PyInit__memory(void)
{
	PyObject *module = PyModule_Create(&module_def);

	if (module && (add_type(module, "Memory", &spec) || add_type(module, "View", &view_spec))) {
		Py_DECREF(module);
		return NULL;
	}
	return module;
}
