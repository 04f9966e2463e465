# SPDX-License-Identifier: MIT
"""PyTorch's own device-generic tests, as TAP, for the operations that training takes.

usage: pytorch_ops.py FOLDER [--quick] [PATTERN]...

FOLDER has test_ops.py of PyTorch's source. A PATTERN selects tests by their names, as
`*index_select*`; --quick, those of float32 beside the CPU, and all of a few operations. What is
expected not to pass, or to need the CPU, is in pytorch_ops.list beside this file. A test fails if the
result is wrong, if an operation that should be on tiles ran on the CPU, and if the list names a test
that passes without it.

Gradients are those of the CPU for the same samples, where PyTorch's own tests of gradients take
differences in float64, which is not on tiles.
"""

import fnmatch
import os
import sys
import unittest
import warnings
from pathlib import Path

os.environ["PYTORCH_TESTING_DEVICE_ONLY_FOR"] = "privateuse1"

import torch  # noqa: E402
from torch.testing._internal import common_device_type, common_utils  # noqa: E402
from torch.testing._internal import common_methods_invocations as methods  # noqa: E402

import tap  # noqa: E402

HERE = Path(__file__).resolve().parent
FLOATS = (torch.float32, torch.float16, torch.bfloat16)
TYPES = (*FLOATS, torch.int64, torch.bool)
ON_TILES = (*TYPES, torch.int32, torch.int16, torch.int8, torch.uint8)
QUICK = [  # that of a few operations is done in all ways
    "test_besides_cpu_*_float32",
    *(f"test_*_{op}_xipu{end}" for op in ("add", "cat", "mm", "softmax", "sum", "where")
      for end in ("", "_float32")),
]
SLOW = "*interpolate*"  # not among the quick ones
TESTS = (
    "test_besides_cpu",
    "test_noncontiguous_samples",
    "test_variant_consistency_eager",
    "test_out",
    "test_out_warning",
    "test_dtypes",
)

torch.backends.mkldnn.set_flags(False)  # as in eager.py


# ---- What is expected ---------------------------------------------------------------------------------


class Expected:
    """The lists: operations to be tested, and tests that are left out or need the CPU."""

    def __init__(self, path):
        self.ops, self.rules, self.used = [], [], set()
        for line in path.read_text().splitlines():
            kind, *words = line.split(None, 2)[:3] if line.strip() else ("#",)
            if kind == "op":
                self.ops += line.split()[1:]
            elif kind in ("skip", "fail", "cpu"):
                self.rules.append((kind, words[0], words[1]))
            elif not kind.startswith("#"):
                raise SystemExit(f"{path}: {line}: not op, skip, fail, cpu or a comment")

    def reason(self, kind, name):
        """Why a test is left out, or needs the CPU; None if it should not."""
        for rule in self.rules:
            if rule[0] == kind and fnmatch.fnmatchcase(name, rule[1]):
                self.used.add(rule)
                return rule[2]
        return None

    def unused(self):
        return [rule for rule in self.rules if rule not in self.used]


EXPECTED = Expected(HERE / "pytorch_ops.list")


# ---- What ran on the CPU ------------------------------------------------------------------------------


class Counted:
    """Operations that ran on the CPU for the test itself, not for making or comparing tensors."""

    depth = 0
    ops: dict = {}
    OWN = "aten::random_.from"  # with which tests of out= fill what is to be written

    @classmethod
    def outside(cls, function):
        """A function whose operations do not count."""

        def wrapper(*args, **kwargs):
            if not cls.depth:
                cls.take()
            cls.depth += 1
            try:
                return function(*args, **kwargs)
            finally:
                cls.depth -= 1
                if not cls.depth:
                    torch.ipu.reset_fallbacks()

        return wrapper

    @classmethod
    def take(cls):
        for op, count in torch.ipu.fallbacks().items():
            if op != cls.OWN:
                cls.ops[op] = cls.ops.get(op, 0) + count
        torch.ipu.reset_fallbacks()

    @classmethod
    def begin(cls):
        torch.ipu.reset_fallbacks()
        cls.ops = {}


def quiet_samples(op):
    """Samples are made on the CPU, as they are by the CPU's tests, and moved."""
    for name in ("sample_inputs_func", "reference_inputs_func"):
        function = getattr(op, name)
        if function is None:
            continue

        @Counted.outside
        def samples(*args, function=function, **kwargs):
            return list(function(*args, **kwargs))

        setattr(op, name, samples)


# ---- Choosing ----------------------------------------------------------------------------------------


class Ops(common_device_type.ops):
    """Of the types that PyTorch's tests name, those of the tiles."""

    def __init__(self, op_list, **kwargs):
        if torch.float32 in (kwargs.get("allowed_dtypes") or ()):
            kwargs["allowed_dtypes"] = TYPES
        super().__init__(op_list, **kwargs)

    def _parametrize_test(self, *args):
        yield from super()._parametrize_test(*args) if self.op_list else ()


made = common_device_type.instantiate_device_type_tests


def instantiate(cls, scope, **kwargs):
    """Make only the tests that are to be run."""
    for name in [n for n in vars(cls) if n.startswith("test_") and n not in TESTS]:
        delattr(cls, name)
    if any(n.startswith("test_") for n in vars(cls)):
        made(cls, scope, **kwargs)


def choose():
    """Leave only the operations of the list, before the tests are made of them."""
    wanted = set(EXPECTED.ops)
    known = {op.formatted_name for op in methods.op_db}
    if wanted - known:
        raise SystemExit(f"pytorch_ops.list: PyTorch tests no {' '.join(sorted(wanted - known))}")
    methods.op_db[:] = [op for op in methods.op_db if op.formatted_name in wanted]
    methods.python_ref_db[:] = [r for r in methods.python_ref_db if r.name == "_refs.sum"]
    methods.ops_and_refs[:] = methods.op_db + methods.python_ref_db
    for op in methods.op_db:
        quiet_samples(op)
        # test_dtypes asks whether it has these, and no others.
        op.dtypes = set(op.dtypes) & set(ON_TILES)
        op.backward_dtypes = set(op.backward_dtypes) & set(FLOATS)
    common_device_type.ops = Ops
    methods.skipOps = lambda *args, **kwargs: lambda test: test  # of operations that are not chosen
    common_device_type.instantiate_device_type_tests = instantiate
    common_utils.TestCase.assertEqual = Counted.outside(common_utils.TestCase.assertEqual)


# ---- Beside the CPU -----------------------------------------------------------------------------------


class TestBeside(common_utils.TestCase):
    """The same numbers as the CPU's, and the same gradients."""

    def gradients(self, sample, result, given):
        tensors = [t for t in torch.utils._pytree.tree_leaves((sample.input, sample.args, sample.kwargs))
                   if isinstance(t, torch.Tensor) and t.requires_grad]
        outputs = [t for t in torch.utils._pytree.tree_leaves(result)
                   if isinstance(t, torch.Tensor) and t.requires_grad]
        if not outputs or not tensors:
            return [], given
        if given is None:
            given = [torch.randn(t.shape).to(t.dtype) for t in outputs]
        found = torch.autograd.grad(
            outputs, tensors, [g.to(t.device) for g, t in zip(given, outputs)], allow_unused=True
        )
        return found, given

    def test_besides_cpu(self, device, dtype, op):
        backward = dtype in op.supported_backward_dtypes("cpu")
        # Sums of products are in another order, and are rounded once: in half precision the
        # CPU's are no better.
        tolerance = {torch.float32: 2e-4, torch.float16: 1e-2, torch.bfloat16: 8e-2}.get(dtype, 2e-4)
        for sample in op.sample_inputs("cpu", dtype, requires_grad=backward):
            there = sample.transform(
                lambda t: t.detach().to(device).requires_grad_(t.requires_grad)
                if isinstance(t, torch.Tensor) else torch.device(device)
                if isinstance(t, torch.device) else t
            )
            for kwargs in (sample.kwargs, there.kwargs):
                if kwargs.get("device"):
                    kwargs["device"] = "cpu" if kwargs is sample.kwargs else device
            wanted = op(sample.input, *sample.args, **sample.kwargs)
            got = op(there.input, *there.args, **there.kwargs)
            same = {"atol": tolerance, "rtol": tolerance, "exact_device": False}
            self.assertEqual(got, wanted, msg=lambda m: f"{m}\n{sample.summary()}", **same)
            if not backward:
                continue
            before, given = self.gradients(sample, sample.output_process_fn_grad(wanted), None)
            after, _ = self.gradients(there, there.output_process_fn_grad(got), given)
            self.assertEqual(
                after, before, msg=lambda m: f"gradient: {m}\n{sample.summary()}", **same
            )


# ---- Running ------------------------------------------------------------------------------------------


class Results(tap.Tap):
    """Adds what ran on the CPU to what passed."""

    tiles = cpu = differ = left_out = 0

    def startTest(self, test):
        super().startTest(test)
        Counted.begin()

    def addSuccess(self, test):
        Counted.take()
        reason = EXPECTED.reason("cpu", test._testMethodName)
        if not Counted.ops:
            self.tiles += 1
            self._line(test, "ok")
        elif reason:
            self.cpu += 1
            self._line(test, "ok", f" # on the CPU: {' '.join(Counted.ops)}: {reason}")
        else:
            self.failures.append((test, ""))
            self._line(test, "not ok", diagnosis=f"ran on the CPU: {Counted.ops}")

    def addSkip(self, test, reason):
        self.left_out += 1
        super().addSkip(test, reason)

    def addFailure(self, test, err):
        reason = EXPECTED.reason("fail", test._testMethodName)
        if not reason:
            super().addFailure(test, err)
            return
        self.differ += 1
        self._line(test, "ok", f" # differs, as it should: {reason}")

    def addError(self, test, err):
        # What is raised in a test is a failure; what prepares a class or module is none of ours.
        if isinstance(test, unittest.TestCase):
            self.addFailure(test, err)
        else:
            super().addError(test, err)


def tests_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test


def left_out(test, reason):
    """A test that says why it is not run."""
    setattr(test, test._testMethodName, lambda: test.skipTest(reason))
    return test


def selected(module, quick, patterns):
    names = unittest.defaultTestLoader.loadTestsFromModule(module)
    found = [t for t in tests_of(names) if t._testMethodName.startswith(TESTS)
             and "__refs_" not in t._testMethodName]
    for test in found:
        name = test._testMethodName
        if patterns and not any(fnmatch.fnmatchcase(name, p) for p in patterns):
            continue
        if quick and (fnmatch.fnmatchcase(name, SLOW)
                      or not any(fnmatch.fnmatchcase(name, p) for p in QUICK)):
            continue
        reason = EXPECTED.reason("skip", name)
        yield left_out(test, reason) if reason else test


def main():
    folder, *words = sys.argv[1:]
    quick = "--quick" in words
    patterns = [w for w in words if w != "--quick"]
    sys.path.insert(0, folder)
    warnings.simplefilter("ignore")
    choose()
    TestBeside.test_besides_cpu = Ops(methods.op_db, allowed_dtypes=TYPES)(TestBeside.test_besides_cpu)
    import test_ops  # pylint: disable=import-outside-toplevel

    test_ops.all_types_and_complex_and = lambda *more: ON_TILES
    test_ops.floating_and_complex_types_and = lambda *more: FLOATS
    test_ops.TestBeside = TestBeside
    instantiate(TestBeside, vars(test_ops))
    print("TAP version 13")
    results = Results()
    suite = unittest.TestSuite(selected(test_ops, quick, patterns))
    suite.run(results)
    if not quick and not patterns:
        for kind, pattern, _ in EXPECTED.unused():
            results.testsRun += 1
            results.failures.append((None, ""))
            print(f"not ok {results.testsRun} - pytorch_ops.list: {kind} {pattern} is of no use")
    print(f"# {results.tiles} passed on tiles, {results.cpu} with the CPU's help, "
          f"{results.differ} differ as they should, {results.left_out} left out, {len(results.failures) + len(results.errors)} failed")
    print(f"1..{results.testsRun}")
    sys.exit(int(bool(results.failures or results.errors)))


main()
