# SPDX-License-Identifier: MIT
"""torch.compile(model, backend="ipu") and compile_step() beside PyTorch on the CPU.

Run by tests/torch/compile, on the card that IPU_DEVICE names.
"""

import copy
import os
import sys
import tempfile
import unittest
import unittest.mock
import warnings

import torch
import torch.nn.functional as F
from torch import nn

import ipu_graph
import torch_ipu_compile as ipu

# The reference: oneDNN's gradients of convolutions are wrong on some machines.
torch._C._set_mkldnn_enabled(False)
warnings.filterwarnings("ignore", message=".*Profiler.*")


def setUpModule():
    """On few tiles; on all of them with IPU_TEST_CYCLES."""
    ipu.configure(os.environ.get("IPU_DEVICE"), cycles="IPU_TEST_CYCLES" in os.environ)


class Submission(unittest.TestCase):
    """A card of its own has a user queue unless the device, or without it the environment, says no."""

    def by_user_queue(self):
        how = ipu_graph.ffi.new("struct ipu_submission *",
                                {"size": ipu_graph.ffi.sizeof("struct ipu_submission")})
        engine = ipu.Runtime("sim:tiles=2").engine
        ipu_graph.check(ipu_graph.lib.ipu_engine_get_submission(engine.pointer, how))
        return how.user_queue

    def test_as_the_device(self):
        self.assertTrue(self.by_user_queue())
        self.addCleanup(torch.ipu.set_user_queue)
        torch.ipu.set_user_queue(False)
        self.assertFalse(self.by_user_queue())

    def test_without_the_device(self):
        with unittest.mock.patch.dict(sys.modules):
            del sys.modules["torch_ipu"]
            for value, queue in (("0", False), ("1", True)):
                with unittest.mock.patch.dict(os.environ, IPU_TORCH_USER_QUEUE=value):
                    self.assertEqual(self.by_user_queue(), queue)


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, 2 * channels, 3, 2, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(2 * channels)
        self.short = nn.Conv2d(channels, 2 * channels, 1, 2, bias=False)

    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(y + self.short(x))


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.block, self.out = Residual(8), nn.Linear(16, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.conv(x))), 2)
        return self.out(F.adaptive_avg_pool2d(self.block(x), 1).flatten(1))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.mix, self.heads = nn.Linear(width, 3 * width), nn.Linear(width, width), heads
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.mix(y.transpose(1, 2).reshape(b, t, c))
        return x + self.mlp(self.norm2(x))


class Gpt(nn.Module):
    """The last layer has the weights of the embedding."""

    def __init__(self, width=32, words=64, length=16):
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Embedding(length, width)
        self.block, self.norm = Block(width, 4), nn.LayerNorm(width)
        self.out = nn.Linear(width, words, bias=False)
        self.out.weight = self.words.weight

    def forward(self, x):
        places = self.places(torch.arange(x.shape[1]))
        return self.out(self.norm(self.block(self.words(x) + places))).transpose(1, 2)


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.out = nn.LSTM(8, 16, batch_first=True), nn.Linear(16, 3)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


def mlp():
    return nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 3))


def flat_cross_entropy(x, y):
    return F.cross_entropy(x.transpose(1, 2).flatten(0, 1), y.flatten())


def labelled(shape, classes):
    return lambda: (torch.randn(shape), torch.randint(0, classes, (shape[0],)))


def words():
    return torch.randint(0, 64, (2, 16)), torch.randint(0, 64, (2, 16))


# Name: model, loss, optimiser, batch
MODELS = {
    "mlp": (mlp, F.cross_entropy, lambda p: torch.optim.SGD(p, 0.1, 0.9), labelled((16, 8), 3)),
    "cnn": (Cnn, F.cross_entropy, lambda p: torch.optim.Adadelta(p, 0.5),
            labelled((8, 1, 12, 12), 10)),
    "gpt": (Gpt, flat_cross_entropy, lambda p: torch.optim.AdamW(p, 1e-3), words),
    "lstm": (Lstm, F.cross_entropy, lambda p: torch.optim.Adam(p, 1e-2), labelled((4, 5, 8), 3)),
    "rmsprop": (lambda: nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1)), F.mse_loss,
                lambda p: torch.optim.RMSprop(p, 1e-3, momentum=0.5, centered=True),
                lambda: (torch.randn(4, 8), torch.randn(4, 1))),
}


class Case(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)
        torch._dynamo.reset()
        ipu.fallbacks.clear()
        ipu.compiled.clear()

    def assertNear(self, got, wanted, tolerance=1e-5):
        torch.testing.assert_close(got, wanted, rtol=tolerance, atol=tolerance)


class TestCompile(Case):
    """Forward and backward by torch.compile()."""

    def check_model(self, name):
        make, loss, _, batch = MODELS[name]
        model = make()
        other = copy.deepcopy(model)
        compiled = torch.compile(model, backend="ipu", options={"strict": True})
        x, y = batch()
        got, wanted = loss(compiled(x), y), loss(other(x), y)
        got.backward()
        wanted.backward()
        self.assertNear(got, wanted)
        for mine, theirs in zip(model.parameters(), other.parameters()):
            self.assertNear(mine.grad, theirs.grad)
        for mine, theirs in zip(model.buffers(), other.buffers()):
            self.assertNear(mine, theirs)
        model.eval(), other.eval()
        with torch.no_grad():
            self.assertNear(compiled(x), other(x), 1e-4)
        self.assertFalse(ipu.fallbacks)

    def test_mlp(self):
        self.check_model("mlp")

    def test_cnn(self):
        self.check_model("cnn")

    def test_gpt(self):
        self.check_model("gpt")

    def test_lstm(self):
        self.check_model("lstm")

    def test_parameters_stay_on_the_tiles_until_they_change(self):
        model = mlp().eval()
        other = copy.deepcopy(model)
        compiled = torch.compile(model, backend="ipu", options={"strict": True})
        x = torch.randn(4, 8)
        with torch.no_grad():
            self.assertNear(compiled(x), other(x))
            before = compiled(x)
            model[0].weight.numpy()[:] = 0  # which PyTorch does not count
            self.assertTrue(torch.equal(compiled(x), before))
            for change in (lambda m: m[0].weight.fill_(0.5), lambda m: m[2].bias.mul_(2),
                           lambda m: setattr(m[0], "weight", nn.Parameter(torch.ones(32, 8)))):
                change(model), change(other)
                self.assertNear(compiled(x), other(x))
            self.assertNear(compiled(x + 1), other(x + 1))

    def test_what_the_tiles_do_not_have_is_done_by_the_cpu_and_reported(self):
        function = torch.compile(lambda x: torch.sin(x * 2) + 1, backend="ipu")
        x = torch.randn(5)
        with self.assertLogs("ipu", "WARNING") as log:
            self.assertNear(function(x), torch.sin(x * 2) + 1)
        self.assertEqual(dict(ipu.fallbacks), {"aten.sin.default": 1})
        self.assertRegex(log.output[0], r"aten\.sin\.default at test_compile\.py:\d+ ")

    def test_constants_of_parts_and_negative_indices(self):
        def put(x, i):
            y = x.clone()
            y[i] = 1
            return y

        def stride(x, i):
            y = x * 1
            y[:, ::2] = 3
            return y[i]

        def rows(x, i):
            return x[i].sum(0)

        i = torch.tensor([0, -2])
        for function in (put, stride, rows):
            x, y = (torch.arange(20.0).view(4, 5).requires_grad_() for _ in range(2))
            got, wanted = torch.compile(function, backend="ipu")(x, i), function(y, i)
            self.assertNear(got, wanted)
            got.sum().backward(), wanted.sum().backward()
            self.assertNear(x.grad, y.grad)

    def test_strict_refuses_that(self):
        function = torch.compile(torch.sin, backend="ipu", options={"strict": True})
        with self.assertRaisesRegex(Exception, "Not done by the tiles: aten.sin.default"):
            function(torch.randn(5))

    def test_an_unknown_option_is_refused(self):
        function = torch.compile(torch.exp, backend="ipu", options={"stict": True})
        with self.assertRaisesRegex(Exception, "no option 'stict'"):
            function(torch.randn(5))

    def test_each_shape_is_compiled_once(self):
        function = torch.compile(lambda x: x.exp().sum(1), backend="ipu")
        for rows in (3, 4, 5, 6, 4, 5, 6):
            x = torch.randn(rows, 7)
            self.assertNear(function(x), x.exp().sum(1))
        self.assertLessEqual(len(ipu.compiled), 5)  # 4 once more, when shapes became dynamic

    def test_dropout(self):
        function = torch.compile(lambda x: F.dropout(x, 0.25), backend="ipu")
        x = torch.ones(4000, requires_grad=True)
        ipu.runtime().seed(7)
        first, second = function(x), function(x)
        self.assertFalse(torch.equal(first, second))
        ipu.runtime().seed(7)
        self.assertTrue(torch.equal(first, function(x)))
        self.assertAlmostEqual((first == 0).float().mean().item(), 0.25, delta=0.03)
        first.sum().backward()
        self.assertNear(x.grad, first.detach())


OPERATIONS = {
    "views": lambda x, y: (x[1:3, ::2] * 2, x.T.reshape(4, 6) + y, x.flip(0), x.roll(1, 1)),
    "together": lambda x, y: (torch.cat([x, y], 1), torch.stack([x, y]), x.repeat(2, 3)),
    "arguments": lambda x, y: (x.argmax(1), x.max(1)[0], x.min(0)[1], *x.topk(3)),
    "moments": lambda x, y: (x.var(0), x.std(), x.mean(1, keepdim=True), x.norm(), x.prod(1)),
    "choices": lambda x, y: (torch.where(x > 0, x, y), torch.where(x > y, 1.0, 0.0), x.tril(),
                             x.masked_fill(x > 0, -3)),
    "limits": lambda x, y: (x.clamp(-0.5, 0.5), x.clamp(max=0.1), torch.maximum(x, y), x.relu()),
    "powers": lambda x, y: (x ** 2, x.abs() ** 1.5, x.exp(), x.abs().log1p(), x.abs().rsqrt()),
    "types": lambda x, y: ((x.half() @ y.half().T).float(), (x.bfloat16() * 2).float(),
                           (x * 4).int() + 1, (x > 0) & ~(y > 0)),
    "activations": lambda x, y: (F.gelu(x), F.gelu(x, approximate="tanh"), F.silu(x), F.elu(x),
                                 F.softplus(x), F.mish(x), F.leaky_relu(x), F.hardtanh(x)),
    "rows": lambda x, y: (x.softmax(0), x.log_softmax(1), F.layer_norm(x, (6,)),
                          F.group_norm(x.view(2, 4, 3), 2)),
    "losses": lambda x, y: (F.mse_loss(x, y), F.l1_loss(x, y), F.smooth_l1_loss(x, y),
                            F.binary_cross_entropy_with_logits(x, y.sigmoid())),
    "pads": lambda x, y: (F.pad(x, (1, 2, 0, 1)), F.pad(x, (-1, 1), value=3)),
    "products": lambda x, y: (x @ y.T, torch.einsum("ij,kj->ik", x, y), x.T @ y),
    "convolutions": lambda x, y: (
        F.conv1d(x.view(2, 3, 4), torch.ones(5, 3, 2)),
        F.conv_transpose2d(x.view(1, 4, 2, 3), torch.ones(4, 2, 3, 3), stride=2),
        F.conv2d(x.view(1, 4, 2, 3), torch.ones(4, 1, 1, 2), groups=4)),
    "pools": lambda x, y: (F.avg_pool2d(x.view(1, 1, 4, 6), 2), F.max_pool2d(x.view(1, 1, 4, 6), 2),
                           F.adaptive_avg_pool2d(x.view(1, 1, 4, 6), (2, 3))),
    "divisions": lambda x, y: (x / y, torch.div(x, y, rounding_mode="trunc"), x // 0.3,
                               x % 0.5, y % x, x.fmod(y), x // y, (x * 9).int() // -4,
                               (x * 9).int() % 4, (x * 9).long().fmod(-5)),
    "empty": lambda x, y: (x[:0] + 1, torch.cat([x[:0], y])),
    "arguments returned": lambda x, y: (x, x + y, x, torch.ones(3)),
}


class TestOperations(Case):
    """Operations one by one, also with their gradients where they have some."""

    def test_operations(self):
        for name, function in OPERATIONS.items():
            with self.subTest(name):
                torch._dynamo.reset()
                x, y = torch.randn(4, 6), torch.randn(4, 6)
                compiled = torch.compile(function, backend="ipu", options={"strict": True})
                for got, wanted in zip(compiled(x, y), function(x, y)):
                    self.assertEqual(got.dtype, wanted.dtype)
                    self.assertNear(got, wanted)

    def test_gradients(self):
        for name in ("views", "together", "moments", "choices", "limits", "activations", "rows",
                     "losses", "pads", "products", "convolutions", "pools"):
            with self.subTest(name):
                torch._dynamo.reset()
                function = OPERATIONS[name]
                x, y = torch.randn(4, 6), torch.randn(4, 6)
                grads = []
                for how in (torch.compile(function, backend="ipu"), function):
                    a, b = x.clone().requires_grad_(), y.clone().requires_grad_()
                    sum((r.float() * r.float()).sum() for r in how(a, b)
                        if r.is_floating_point()).backward()
                    grads.append((a.grad, b.grad))
                for got, wanted in zip(*grads):
                    if wanted is not None:
                        self.assertNear(got, wanted, 1e-4)


class TestStep(Case):
    """Whole steps of training as one submission."""

    def check_model(self, name, steps=20):
        make, loss, optimiser, batch = MODELS[name]
        model = make()
        other = copy.deepcopy(model)
        step = ipu.compile_step(model, loss, optimiser(model.parameters()))
        theirs = optimiser(other.parameters())
        batches = [batch() for _ in range(4)]
        for number in range(steps):
            x, y = batches[number % 4]
            theirs.zero_grad()
            wanted = loss(other(x), y)
            wanted.backward()
            theirs.step()
            self.assertNear(step(x, y), wanted.detach(), 1e-3)
        self.assertEqual(len(ipu.compiled), 1)
        state = model.state_dict()
        for key, value in other.state_dict().items():
            if not key.endswith(("bias", "running_mean")):  # of no gradient but rounding
                self.assertNear(state[key], value, 2e-2)

    def test_mlp(self):
        self.check_model("mlp")

    def test_cnn(self):
        self.check_model("cnn", 8)

    def test_gpt(self):
        self.check_model("gpt", 8)

    def test_lstm(self):
        self.check_model("lstm", 8)

    def test_two_blocks_of_a_transformer_fit(self):
        """Whose tables do not fit beside each other."""
        model = nn.Sequential(Block(64, 4), Block(64, 4))
        other = copy.deepcopy(model)
        on = ipu.Runtime("sim:tiles=32")
        step = ipu.compile_step(model, F.mse_loss, torch.optim.AdamW(model.parameters()), on=on)
        theirs = torch.optim.AdamW(other.parameters())
        x, y = torch.randn(4, 32, 64), torch.randn(4, 32, 64)
        for _ in range(4):
            theirs.zero_grad()
            wanted = F.mse_loss(other(x), y)
            wanted.backward()
            theirs.step()
            self.assertNear(step(x, y), wanted.detach(), 1e-4)
        self.assertLess(step.info.table_bytes, 128 * 1024)

    def test_chains_have_the_same_bits(self):
        found = []
        for fuse in ("0", "1"):
            with unittest.mock.patch.dict(os.environ, IPU_FUSE=fuse):
                torch.manual_seed(3)
                model = Gpt()
                step = ipu.compile_step(model, flat_cross_entropy,
                                        torch.optim.AdamW(model.parameters(), 1e-3))
                found.append([step(*words()).item() for _ in range(3)])
        self.assertEqual(*found)
        self.assertEqual(ipu.compiled[0]["chains"], 0)
        self.assertGreater(ipu.compiled[1]["chains"], 0)

    def test_rmsprop(self):
        self.check_model("rmsprop")

    def test_steps_accumulation_clipping_and_schedule(self):
        model = mlp()
        other = copy.deepcopy(model)
        mine, theirs = (torch.optim.SGD(m.parameters(), 0.1, 0.9) for m in (model, other))
        plans = [torch.optim.lr_scheduler.StepLR(o, 1, 0.5) for o in (mine, theirs)]
        step = ipu.compile_step(model, F.cross_entropy, mine, steps=3, accumulate=2,
                                clip_grad_norm=0.05, outputs=True)
        for _ in range(2):
            x, y = torch.randn(24, 8), torch.randint(0, 3, (24,))
            losses, outputs = step(x, y)
            self.assertEqual(outputs.shape, (24, 3))
            wanted = []
            for a, b in zip(x.view(3, 2, 4, 8), y.view(3, 2, 4)):
                theirs.zero_grad()
                parts = [F.cross_entropy(other(a[i]), b[i]) for i in range(2)]
                (sum(parts) / 2).backward()
                nn.utils.clip_grad_norm_(other.parameters(), 0.05)
                theirs.step()
                wanted.append((sum(parts) / 2).detach())
            self.assertNear(losses, torch.stack(wanted))
            for plan in plans:
                plan.step()
        for got, wanted in zip(model.state_dict().values(), other.state_dict().values()):
            self.assertNear(got, wanted)

    def test_inference_sees_what_training_did_and_what_is_loaded(self):
        model = Cnn()
        step = ipu.compile_step(model, F.cross_entropy, torch.optim.SGD(model.parameters(), 0.1))
        x, y = MODELS["cnn"][3]()
        step(x, y)
        other = Cnn()
        other.load_state_dict(model.state_dict())
        model.eval(), other.eval()
        run = ipu.compile_inference(model)
        self.assertNear(run(x), other(x), 1e-4)
        other.train()(x), other.eval()
        model.load_state_dict(other.state_dict())
        self.assertNear(run(x), other(x), 1e-4)
        self.assertEqual(model.state_dict()["norm.num_batches_tracked"].item(), 2)

    def test_a_step_refuses_what_the_tiles_do_not_have(self):
        class Sine(nn.Linear):
            def forward(self, x):
                return torch.sin(super().forward(x))
        model = Sine(8, 3)
        step = ipu.compile_step(model, F.cross_entropy, torch.optim.SGD(model.parameters(), 0.1))
        with self.assertRaisesRegex(ipu.Unsupported, r"aten\.sin\.default at test_compile\.py:\d+"):
            step(torch.randn(4, 8), torch.zeros(4, dtype=torch.int64))

    def test_errors_say_what_is_wrong(self):
        model = mlp()
        step = ipu.compile_step(model, F.cross_entropy, torch.optim.SGD(model.parameters(), 0.1),
                                steps=3)
        with self.assertRaisesRegex(ValueError, "16 examples are not 3 steps"):
            step(torch.randn(16, 8), torch.zeros(16, dtype=torch.int64))
        with self.assertRaisesRegex(ValueError, "Adamax is not an optimiser of the card"):
            ipu.compile_step(model, F.cross_entropy, torch.optim.Adamax(model.parameters()))
        with self.assertRaisesRegex(ValueError, "differentiable"):
            ipu.compile_step(model, F.cross_entropy,
                             torch.optim.Adam(model.parameters(), differentiable=True))

    def test_a_label_out_of_range_is_a_fault_and_the_next_step_works(self):
        model = mlp()
        step = ipu.compile_step(model, F.cross_entropy, torch.optim.SGD(model.parameters(), 0.1))
        x, y = torch.randn(4, 8), torch.zeros(4, dtype=torch.int64)
        first = step(x, y)
        with self.assertRaises(ipu_graph.Error):
            step(x, y + 7)
        self.assertLess(step(x, y).item(), first.item() + 1)

    @unittest.skipUnless(hasattr(ipu_graph.lib, "ipu_executable_save"), "libipu has no files of it")
    def test_executables_are_cached_on_disk(self):
        x, y = MODELS["mlp"][3]()
        with tempfile.TemporaryDirectory() as folder:
            ipu.enable_cache(folder)
            self.addCleanup(ipu.enable_cache, None)
            losses = []
            for number in range(3):  # in one line, which is in the graph
                if number == 2:
                    (name,) = os.listdir(folder)
                    with open(os.path.join(folder, name), "wb") as file:
                        file.write(b"rubbish")
                torch.manual_seed(5)
                model = mlp()
                optimiser = torch.optim.SGD(model.parameters(), 0.1)
                step = ipu.compile_step(model, F.cross_entropy, optimiser)
                with self.assertLogs("ipu") as log:
                    losses.append(step(x, y))
            self.assertEqual([c["cached"] for c in ipu.compiled], [False, True, False])
            self.assertRegex("".join(log.output), "cannot be used and is made again")
            self.assertEqual(losses[0], losses[1])
            self.assertEqual(losses[0], losses[2])


if __name__ == "__main__":
    unittest.main()
