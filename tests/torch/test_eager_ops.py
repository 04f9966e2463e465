# SPDX-License-Identifier: MIT
"""Operations of the eager device, one by one, over types, shapes and strides."""

import unittest

import numpy
import torch
import torch.nn.functional as F

from eager import DEVICE, Case

FLOATS = (torch.float32, torch.float16, torch.bfloat16)
WHOLE = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


def some(*shape, dtype=torch.float32, low=-2.0, high=2.0):
    if dtype.is_floating_point:
        return (torch.rand(shape) * (high - low) + low).to(dtype)
    if dtype == torch.bool:
        return torch.rand(shape) < 0.5
    return torch.randint(0 if dtype == torch.uint8 else -9, 10, shape, dtype=dtype)


class Devices(Case):
    def test_alias(self):
        a = torch.ones(2, 3, device="ipu")
        self.assertEqual(a.device.type, "xipu")
        self.assertEqual((a + a).cpu().tolist(), [[2.0] * 3] * 2)
        self.assertEqual(torch.zeros(3).to("ipu").device, a.device)
        self.assertEqual(torch.zeros(3).to("xipu").device, a.device)
        self.assertEqual(torch.nn.Linear(2, 2).to("ipu").weight.device, a.device)

    def test_empty_and_scalars(self):
        self.assertEqual(torch.empty(0, device=DEVICE).sum().item(), 0)
        self.check(lambda a: a + 1, torch.empty(0, 3))
        self.check(lambda a: a * 2, torch.tensor(3.0))
        self.check(lambda a, b: a + b, torch.tensor(3.0), some(5))

    def test_round_trips(self):
        for dtype in (*FLOATS, *WHOLE, torch.bool, torch.float64):
            a = some(7, 5, dtype=dtype)
            self.assertSame(a.to(DEVICE), a, 0)
            self.assertSame(a.t().to(DEVICE), a.t(), 0)
            self.assertSame(a.to(DEVICE).t(), a.t(), 0)
        big = torch.tensor([2**40 + 3, -(2**50)])
        self.assertEqual(big.to(DEVICE).tolist(), big.tolist())

    def test_views_share_memory(self):
        a = torch.zeros(4, 6, device=DEVICE)
        a.view(3, 8)[1] = 7
        self.assertEqual(a.view(-1)[8:16].tolist(), [7.0] * 8)

    def test_errors_name_op_and_shapes(self):
        a = torch.ones(3, 4, device=DEVICE)
        with self.assertRaisesRegex(RuntimeError, "3x4"):
            a @ torch.ones(3, 4, device=DEVICE)
        with self.assertRaisesRegex(RuntimeError, r"aten::add.*Double"):
            torch.empty(3, dtype=torch.float64, device=DEVICE) + 1

    def test_fault_and_after(self):
        table = torch.ones(4, 2, device=DEVICE)
        with self.assertRaisesRegex(RuntimeError, "index"):
            table.index_select(0, torch.tensor([9], device=DEVICE)).cpu()
        self.assertEqual((table + 1).sum().item(), 16)

    def test_errors_name_what_is_wrong(self):
        x = torch.ones(40, 8, device=DEVICE)
        labels = torch.full((40,), 3, device=DEVICE)
        labels[39] = 8
        with self.assertRaisesRegex(RuntimeError, "label 39 is 8, and must be from 0 to 7"):
            F.cross_entropy(x, labels).item()
        index = torch.tensor([1, -9], device=DEVICE)
        with self.assertRaisesRegex(RuntimeError, "index 1 is -9, and must be from 0 to 7"):
            x[:, index].cpu()
        with self.assertRaisesRegex(RuntimeError, "index_select.*index 1 is -9"):
            x.index_select(0, index).cpu()
        with self.assertRaisesRegex(RuntimeError, "scatter.*index"):
            x.scatter(1, torch.full((40, 1), 8, device=DEVICE), 2.0).cpu()
        self.assertEqual((x + 1).sum().item(), 640)

    def test_fallbacks_are_counted(self):
        torch.ipu.set_strict(False)
        torch.ipu.reset_fallbacks()
        a = some(4, dtype=torch.float64)
        self.assertSame(a.to(DEVICE) + 1, a + 1, 0)
        self.assertEqual(torch.ipu.fallbacks(), {"aten::add.out": 1})
        torch.ipu.reset_fallbacks()


class Elementwise(Case):
    def test_arithmetic(self):
        for dtype in (*FLOATS, *WHOLE):
            a, b = some(5, 33, dtype=dtype), some(5, 33, dtype=dtype)
            for f in (torch.add, torch.sub, torch.mul, torch.maximum, torch.minimum):
                self.check(f, a, b)
            self.check(lambda a, b: torch.add(a, b, alpha=3), a, b)
            self.check(lambda a: a * 3 - 1, a)

    def test_division(self):
        for dtype in FLOATS:
            self.check(torch.div, some(40, dtype=dtype), some(40, dtype=dtype, low=1))
        self.check(torch.div, some(40, dtype=torch.int64), torch.full((40,), 3))

    def test_broadcast_and_strides(self):
        a, b = some(3, 4, 5), some(5)
        self.check(torch.add, a, b)
        self.check(torch.add, a, some(4, 1))
        self.check(torch.add, a, some(3, 1, 5))
        self.check(torch.mul, a.transpose(0, 2), some(5, 4, 3))
        self.check(torch.mul, a[:, ::2], some(3, 2, 5))
        self.check(lambda a: a + a.t(), some(9, 9))
        self.check(lambda a: a + 1, some(2, 3, 4, 5).to(memory_format=torch.channels_last))
        self.check(torch.add, some(2, 3, 4, 5).to(memory_format=torch.channels_last), some(3, 1, 1))

    def test_promotion(self):
        self.check(torch.add, some(6, dtype=torch.int64), some(6))
        self.check(torch.mul, some(6, dtype=torch.bool), some(6))
        self.check(torch.add, some(6, dtype=torch.float16), some(6))
        self.check(lambda a: a + 1.5, some(6, dtype=torch.int32))

    def test_in_place(self):
        def f(a, b):
            c = a.clone()
            c += b
            c.mul_(0.37)
            c[1:3] = 5
            return c

        self.check(f, some(6, 4), some(6, 4))

    def test_functions(self):
        for dtype in FLOATS:
            a = some(3, 50, dtype=dtype)
            for name in ("neg", "abs", "sign", "floor", "ceil", "round", "trunc", "exp", "expm1"):
                self.check(getattr(torch, name), a)
            for name in ("erf", "tanh", "sigmoid", "square"):
                self.check(getattr(torch, name), a)
            for name in ("sqrt", "rsqrt", "reciprocal", "log", "log1p"):
                self.check(getattr(torch, name), some(3, 50, dtype=dtype, low=0.1))
            self.check(lambda a: a**3, a)
            self.check(lambda a: a**0.5, some(50, dtype=dtype, low=0.1))

    def test_angles(self):
        for dtype in FLOATS:
            for f in (torch.sin, torch.cos):
                self.check(f, some(3, 500, dtype=dtype, low=-20, high=20).requires_grad_())
        far = torch.tensor([1e3, -5e4, 1e6, 1.6e7, 2.0**24 - 1, -0.0, 1e-30])
        for f in (torch.sin, torch.cos):
            self.check(f, far, tolerance=3e-7)
            self.assertTrue(f(torch.tensor([1e9, float("inf")], device=DEVICE)).isnan().all())

    def test_signs(self):
        self.check(torch.sign, torch.tensor([float("nan"), -0.0, 3.0, float("-inf")]))
        self.check(torch.sign, torch.tensor([-3, 0, 9]))

    def test_whole_division(self):
        a, b = torch.arange(-9, 10).repeat(4, 1), torch.tensor([[4], [-3], [1], [-7]])
        for dtype in (torch.int64, torch.int32, torch.int8):
            for f in (torch.remainder, torch.fmod, torch.floor_divide):
                self.check(f, a.to(dtype), b.to(dtype))
            self.check(lambda a, b: torch.div(a, b, rounding_mode="trunc"), a.to(dtype), b.to(dtype))
            self.check(lambda a: a // 4 + a % 3, a.to(dtype))

    def test_division_of_floats(self):
        """Beside NumPy: what PyTorch takes for whole vectors is off where quotients are large."""
        a = torch.tensor([0, 1, -1, 2.5, -7.25, 0.1, 3, 1e30, -3e38, 1e-40, -1e-45, 1e-30,
                          float("inf"), -float("inf"), float("nan")])
        x, y = a[:, None].expand(15, 15), a.expand(15, 15)
        with numpy.errstate(all="ignore"):
            for name in ("fmod", "remainder", "floor_divide"):
                wanted = torch.from_numpy(getattr(numpy, name)(x.numpy(), y.numpy()))
                self.assertSame(getattr(torch, name)(x.to(DEVICE), y.to(DEVICE)), wanted, 0)
        for dtype in FLOATS:
            x, y = some(300, dtype=dtype).mul(9), some(300, dtype=dtype, low=0.3)
            self.check(torch.fmod, x, y)
            self.check(torch.remainder, x, y)
            for mode in ("floor", "trunc"):  # computed in float32, and rounded once
                wanted = torch.div(x.float(), y.float(), rounding_mode=mode).to(dtype)
                got = torch.div(x.to(DEVICE), y.to(DEVICE), rounding_mode=mode)
                self.assertSame(got, wanted, 0)
        x, y = some(300).mul(9).requires_grad_(), some(300, low=0.3).requires_grad_()
        self.check(torch.fmod, x, y)
        self.check(torch.remainder, x, y)
        self.check(lambda a: a // 0.7 + a % -3 + 5 % a + (5 % a.int()), some(50, low=1.0))

    def test_activations(self):
        for f in (F.relu, F.gelu, F.silu, F.leaky_relu, torch.tanh, torch.sigmoid, F.relu6):
            self.check(f, some(4, 31).requires_grad_())
        self.check(lambda a: F.gelu(a, approximate="tanh"), some(31).requires_grad_())

    def test_comparisons(self):
        for dtype in (*FLOATS, *WHOLE, torch.bool):
            a, b = some(40, dtype=dtype), some(40, dtype=dtype)
            for f in (torch.eq, torch.ne, torch.lt, torch.le, torch.gt, torch.ge):
                self.check(f, a, b)
            self.check(lambda a: a > 0, a)
        a, b = some(40, dtype=torch.bool), some(40, dtype=torch.bool)
        for f in (torch.logical_and, torch.logical_or, torch.logical_xor, torch.bitwise_and):
            self.check(f, a, b)
        self.check(torch.logical_not, a)
        self.check(lambda a: ~a, a)
        self.check(lambda a: ~a, some(40, dtype=torch.int64))

    def test_selection(self):
        a, b, c = some(40, dtype=torch.bool), some(40), some(40)
        self.check(torch.where, a, b, c)
        self.check(lambda a, b: torch.where(a, b, 0.0), a, b)
        self.check(lambda a, b: b.masked_fill(a, 7.0), a, b)
        self.check(lambda b: b.clamp(-0.5, 0.5), b)
        self.check(lambda b: b.clamp(min=0.25), b)

    def test_three(self):
        a, b, c = some(40), some(40), some(40, low=1)
        self.check(lambda a, b, c: torch.addcmul(a, b, c, value=0.3), a, b, c)
        self.check(lambda a, b, c: torch.addcdiv(a, b, c, value=0.3), a, b, c)
        self.check(lambda a, b: torch.lerp(a, b, 0.3), a, b)

    def test_casts(self):
        kinds = (*FLOATS, torch.int64, torch.int32, torch.int8, torch.uint8, torch.bool)
        for dtype in kinds:
            for other in kinds:
                low = 0 if torch.uint8 in (dtype, other) else -3
                a = some(40, low=low).to(dtype)
                self.check(lambda a: a.to(other), a)

    def test_constants(self):
        self.assertEqual(torch.full((3,), 2.5, device=DEVICE).tolist(), [2.5] * 3)
        self.assertEqual(torch.arange(5, device=DEVICE).tolist(), [0, 1, 2, 3, 4])
        self.assertEqual(torch.arange(5, 1, -2, device=DEVICE).tolist(), [5, 3])
        self.assertEqual(torch.zeros(3, dtype=torch.int64, device=DEVICE).tolist(), [0, 0, 0])
        self.check(torch.tril, some(5, 7))
        self.check(lambda a: torch.triu(a, 1), some(5, 7))


class Reductions(Case):
    def test_sums(self):
        for dtype in FLOATS:
            a = some(4, 5, 6, dtype=dtype)
            for dim in (None, 0, 1, 2, (0, 2), (1, 2)):
                for keep in (False, True):
                    if dim is None:
                        self.check(torch.sum, a)
                        continue
                    self.check(lambda a: a.sum(dim, keepdim=keep), a, tolerance=1e-2)
                    self.check(lambda a: a.mean(dim, keepdim=keep), a, tolerance=1e-2)
        self.check(torch.sum, some(4, 5, dtype=torch.int64))
        self.check(lambda a: a.sum(1), some(4, 5, dtype=torch.bool))
        self.check(lambda a: a.sum((0, 2, 3)), some(2, 3, 4, 5).to(memory_format=torch.channels_last))

    def test_extremes(self):
        for dtype in (torch.float32, torch.int64):
            a = torch.randperm(60).view(4, 15).to(dtype)
            self.check(torch.max, a)
            self.check(torch.min, a)
            self.check(lambda a: a.max(1).values, a)
            self.check(lambda a: a.max(0).indices, a)
            self.check(lambda a: a.argmax(1), a)
            self.check(lambda a: a.argmax(), a)
            self.check(lambda a: a.argmin(1, keepdim=True), a)
            self.check(lambda a: a.amax((0, 1)), a)

    def test_quantifiers(self):
        a = some(4, 5, dtype=torch.bool)
        self.check(torch.any, a)
        self.check(torch.all, a)
        self.check(lambda a: a.any(1), a)

    def test_spread(self):
        for dtype in FLOATS:
            for dim in (None, 0, (0, 2), -1):
                for correction in (0, 1, 2.5):
                    for f in (torch.std, torch.var):
                        self.check(
                            lambda a: f(a, dim, correction=correction),
                            some(4, 5, 6, dtype=dtype).requires_grad_(),
                            tolerance=2e-2 if dtype.itemsize < 4 else 1e-5,
                        )
        self.check(lambda a: torch.var_mean(a, 1, keepdim=True), some(4, 5) + 1000, tolerance=1e-4)
        self.check(torch.std, some(4, 5).t())

    def test_running_sums(self):
        for dtype in (torch.float32, torch.int64, torch.int32):
            for dim in (0, 1, -1):
                self.check(lambda a: a.cumsum(dim), some(5, 37, 3, dtype=dtype), tolerance=1e-5)
        self.check(lambda a: a.cumsum(1), some(3, 300, dtype=torch.bool))
        self.check(lambda a: a.cumprod(0), some(9, 4))
        self.check(lambda a: a.cumsum(0), torch.tensor([1.0, float("inf"), 2.0, float("nan"), 1.0]))
        self.check(lambda a: a.cumsum(1), some(3, 50).requires_grad_(), tolerance=1e-5)

    def test_norms(self):
        self.check(torch.linalg.vector_norm, some(4, 50))
        self.check(lambda a: a.norm(dim=1), some(4, 50))

    def test_softmax(self):
        for f in (F.softmax, F.log_softmax):
            for dim in (0, 1, -1):
                self.check(lambda a: f(a, dim), some(4, 5, 6).requires_grad_())

    def test_sorting(self):
        a = torch.randperm(60).view(4, 15).float()
        self.check(lambda a: a.topk(3).values, a)
        self.check(lambda a: a.topk(3).indices, a)
        self.check(lambda a: a.sort(descending=True).indices, a)


class Layers(Case):
    def test_products(self):
        for dtype in FLOATS:
            t = {torch.float32: 1e-5, torch.float16: 1e-2, torch.bfloat16: 1e-1}[dtype]
            a, b = some(7, 9, dtype=dtype), some(9, 5, dtype=dtype)
            self.check(torch.mm, a, b, tolerance=t)
            self.check(torch.mm, a, some(5, 9, dtype=dtype).t(), tolerance=t)
            self.check(torch.mm, some(9, 7, dtype=dtype).t(), b, tolerance=t)
            self.check(torch.bmm, some(3, 7, 9, dtype=dtype), some(3, 9, 5, dtype=dtype), tolerance=t)
            self.check(torch.addmm, some(5, dtype=dtype), a, b, tolerance=t)
        self.check(lambda c, a, b: torch.addmm(c, a, b, beta=0.5, alpha=2), some(7, 5), some(7, 9), some(9, 5))
        self.check(torch.mv, some(7, 9), some(9))
        self.check(torch.dot, some(9), some(9))
        self.check(torch.matmul, some(2, 3, 4, 5), some(2, 3, 5, 6), tolerance=1e-5)

    def test_linear(self):
        self.check(F.linear, *(some(*s).requires_grad_() for s in ((6, 10), (4, 10), (4,))))
        self.check(F.linear, *(some(*s).requires_grad_() for s in ((2, 6, 10), (4, 10), (4,))))

    def test_images_in_parts(self):
        """More images than the tiles have room for at once."""
        x = torch.randn(150, 16, 24, 24).to(memory_format=torch.channels_last)
        x.requires_grad_()
        w = torch.randn(32, 16, 3, 3) / 12
        self.check(lambda x, w: F.max_pool2d(F.conv2d(x, w), 2), x, w, tolerance=1e-4)

    def test_convolution(self):
        for args, shape, weight in (
            ({}, (2, 3, 9, 8), (4, 3, 3, 3)),
            ({"stride": 2, "padding": 1}, (2, 3, 9, 8), (4, 3, 3, 3)),
            ({"dilation": 2, "padding": (1, 2)}, (1, 3, 9, 8), (4, 3, 3, 3)),
            ({"groups": 2}, (2, 4, 7, 7), (6, 2, 3, 3)),
            ({}, (3, 1, 8, 8), (5, 1, 3, 3)),
            ({}, (2, 8, 4, 4), (6, 8, 1, 1)),
        ):
            self.check(
                lambda x, w, b: F.conv2d(x, w, b, **args),
                some(*shape).requires_grad_(),
                some(*weight).requires_grad_(),
                some(weight[0]).requires_grad_(),
                tolerance=2e-5,
            )
        self.check(F.conv1d, some(2, 3, 20), some(4, 3, 5), some(4), tolerance=2e-5)

    def test_pooling(self):
        a = torch.randperm(2 * 3 * 8 * 8).view(2, 3, 8, 8).float()
        self.check(lambda a: F.max_pool2d(a, 2), a.requires_grad_())
        self.check(lambda a: F.max_pool2d(a, 3, 2, 1), a)
        self.check(lambda a: F.max_pool2d(a, 2, return_indices=True)[1], a.detach())
        self.check(lambda a: F.avg_pool2d(a, 2), a)

    def test_norms(self):
        x, g, b = some(4, 6, 32).requires_grad_(), some(32).requires_grad_(), some(32).requires_grad_()
        self.check(lambda x, g, b: F.layer_norm(x, (32,), g, b), x, g, b, tolerance=2e-5)
        x, g, b = some(4, 6, 5, 5).requires_grad_(), some(6).requires_grad_(), some(6).requires_grad_()
        self.check(
            lambda x, g, b: F.batch_norm(x, None, None, g, b, training=True), x, g, b, tolerance=2e-5
        )
        m = torch.nn.BatchNorm2d(6)
        n = torch.nn.BatchNorm2d(6).to(DEVICE)
        for _ in range(3):
            x = some(4, 6, 5, 5)
            self.assertSame(n(x.to(DEVICE)), m(x), 2e-5)
        self.assertSame(n.running_mean, m.running_mean)
        self.assertSame(n.running_var, m.running_var)
        self.assertEqual(n.num_batches_tracked.item(), 3)
        m.eval(), n.eval()
        self.assertSame(n(x.to(DEVICE)), m(x), 2e-5)

    def test_losses(self):
        x, y = some(6, 10).requires_grad_(), torch.tensor([1, 3, -100, 9, 0, 2])
        for reduction in ("mean", "sum", "none"):
            self.check(lambda x, y: F.cross_entropy(x, y, reduction=reduction), x, y)
            self.check(
                lambda a, b: F.mse_loss(a, b, reduction=reduction), some(6, 4).requires_grad_(), some(6, 4)
            )
            for f in (F.l1_loss, F.smooth_l1_loss, F.huber_loss):
                self.check(lambda a, b: f(a, b, reduction=reduction), some(6, 4).requires_grad_(), some(6, 4))
            self.check(
                lambda a, b, w: F.binary_cross_entropy(a, b, w, reduction=reduction),
                some(6, 4, low=0.1, high=0.9).requires_grad_(),
                some(6, 4, low=0, high=1),
                some(6, 4, low=0, high=1),
            )

    def test_embedding(self):
        i = torch.tensor([[1, 0, 3], [3, 3, 2]])
        self.check(F.embedding, i, some(5, 12).requires_grad_())
        self.check(lambda a, i: a.index_select(1, i), some(4, 6), torch.tensor([5, 0, 1]))
        self.check(lambda a, i: a.gather(1, i), some(4, 6), torch.randint(0, 6, (4, 3)))

    def test_largest_norms(self):
        i = torch.tensor([[1, 0, 3], [3, 3, 2]])
        for order in (2.0, 1.0):
            self.check(
                lambda i, w: F.embedding(i, w.clone(), max_norm=1.5, norm_type=order), i, some(5, 12)
            )

    def test_writing_by_index(self):
        """Of several for one place, the last one is there."""
        i = torch.tensor([[3, 1, 3, 0], [0, 0, 2, 1]])
        for dtype in (*FLOATS, *WHOLE, torch.bool, torch.float64):
            x, y = some(2, 5, dtype=dtype), some(2, 4, dtype=dtype)
            self.check(lambda x, y: x.scatter(1, i.to(x.device), y), x, y)
            if dtype != torch.float64:  # which the tiles move, and do not fill
                self.check(lambda x: x.scatter(1, i.to(x.device), 1), x)
            self.check(lambda x, y: x.index_copy(1, i[0].to(x.device), y), x, y)
        self.check(lambda x: x.index_fill(1, i[0].to(x.device), 7), some(2, 5))

        def put(x, y):
            x = x.clone()
            x[i.to(x.device)[0], :2] = y
            x[:, i.to(x.device)[1]] = 3
            return x

        self.check(put, some(5, 5), some(4, 2))
        self.check(put, some(5, 5).t(), some(4, 2))
        self.check(put, torch.tensor([2**40 + i for i in range(25)]).view(5, 5), some(4, 2, dtype=torch.int64))
        self.check(lambda i: F.one_hot(i, 5), i)
        self.check(lambda i: i.flatten().bincount(minlength=9), i)

    def test_images_that_change_their_size(self):
        x = some(2, 3, 7, 5).requires_grad_()
        for mode in ("nearest", "nearest-exact", "bilinear", "bicubic", "area"):
            for size in ((14, 10), (4, 9), (7, 5)):
                self.check(lambda x: F.interpolate(x, size, mode=mode), x, tolerance=1e-5)
        self.check(lambda x: F.interpolate(x, scale_factor=2.5, mode="bilinear"), x, tolerance=1e-5)
        self.check(lambda x: F.interpolate(x, (9, 9), mode="bilinear", align_corners=True), x, tolerance=1e-5)
        self.check(lambda x: F.adaptive_avg_pool2d(x, (3, 2)), x, tolerance=1e-5)
        self.check(lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True), x, tolerance=1e-5)
        self.check(lambda x: F.avg_pool2d(x, 2, divisor_override=3), x, tolerance=1e-5)
        for mode in ("reflect", "replicate", "circular"):
            self.check(lambda x: F.pad(x, (1, 2, 3, 0), mode=mode), x)

    def test_groups(self):
        x, g, b = some(4, 6, 5, 5).requires_grad_(), some(6).requires_grad_(), some(6).requires_grad_()
        self.check(lambda x, g, b: F.group_norm(x, 3, g, b), x, g, b, tolerance=2e-5)
        self.check(lambda x, g, b: F.group_norm(x, 2), x, g, b, tolerance=2e-5)
        self.check(lambda x, g, b: F.instance_norm(x, None, None, g, b), x, g, b, tolerance=2e-5)

    def test_putting_together(self):
        self.check(lambda a, b: torch.cat([a, b], 1), some(3, 4), some(3, 2))
        self.check(lambda a, b: torch.stack([a, b]), some(3, 4), some(3, 4))
        self.check(lambda a: torch.cat(a.split(2, 1)[::-1], 1), some(3, 4, 5).requires_grad_())
        self.check(lambda a: a[:, 1:3], some(3, 4, 5).requires_grad_())
        self.check(lambda a: a[:, 1], some(3, 4, 5).requires_grad_())
        self.check(lambda a: a.permute(2, 0, 1).contiguous(), some(3, 4, 5).requires_grad_())
        self.check(lambda a: a.expand(4, 5).clone(), some(5))

    def test_attention(self):
        q, k, v = (some(2, 3, 10, 8).requires_grad_() for _ in range(3))
        self.check(F.scaled_dot_product_attention, q, k, v)
        self.check(
            lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), q, k, v
        )


class Random(Case):
    def test_seeds(self):
        torch.manual_seed(5)
        a = torch.randn(100, device=DEVICE), torch.rand(100, device=DEVICE)
        torch.manual_seed(5)
        b = torch.randn(100, device=DEVICE), torch.rand(100, device=DEVICE)
        self.assertSame(a[0].cpu(), b[0].cpu(), 0)
        self.assertSame(a[1].cpu(), b[1].cpu(), 0)
        self.assertNotEqual(a[1].tolist(), torch.rand(100, device=DEVICE).tolist())

    def test_state(self):
        state = torch.ipu.get_rng_state()
        a = torch.rand(10, device=DEVICE)
        torch.ipu.set_rng_state(state)
        self.assertSame(torch.rand(10, device=DEVICE).cpu(), a.cpu(), 0)
        g = torch.Generator(device="xipu").manual_seed(3)
        b = torch.rand(10, device=DEVICE, generator=g)
        g.manual_seed(3)
        self.assertSame(torch.rand(10, device=DEVICE, generator=g).cpu(), b.cpu(), 0)

    def test_distributions(self):
        a = torch.randn(20000, device=DEVICE).cpu()
        self.assertLess(abs(a.mean()), 0.05)
        self.assertLess(abs(a.std() - 1), 0.05)
        a = torch.rand(20000, device=DEVICE).cpu()
        self.assertLess(abs(a.mean() - 0.5), 0.02)
        self.assertTrue(0 <= a.min() and a.max() <= 1)

    def test_dropout(self):
        a = torch.ones(10000, device=DEVICE, requires_grad=True)
        b = F.dropout(a, 0.25)
        b.sum().backward()
        self.assertLess(abs((b == 0).float().mean().item() - 0.25), 0.03)
        self.assertSame(a.grad.cpu(), b.detach().cpu(), 1e-6)


if __name__ == "__main__":
    unittest.main()
