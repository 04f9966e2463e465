# SPDX-License-Identifier: MIT
"""Programs as Graphcore's tutorials for PopTorch have them, with data of their own, and all calls
that those make: basics, efficient data loading, pipelining, mixed precision, observing tensors,
custom operations, and the application mnist. Run by test-compile."""

import contextlib
import copy
import io
import logging
import os
import tempfile
import unittest
import warnings

import torch
import torch.nn.functional as F
from torch import nn

import poptorch


def pictures(count, size=12, classes=4, dtype=torch.float32):
    """Of each class, a picture with noise: what a network learns in a few steps."""
    generator = torch.Generator().manual_seed(3)
    kinds = torch.randn(classes, 1, size, size, generator=generator)
    labels = torch.arange(count) % classes
    noise = torch.randn(count, 1, size, size, generator=generator)
    return torch.utils.data.TensorDataset((kinds[labels] + noise / 4).to(dtype), labels)


class Classifier(nn.Module):
    """A convolutional network with a group norm, which returns its loss while it is trained."""

    def __init__(self, classes=4):
        super().__init__()
        self.conv, self.pool = nn.Conv2d(1, 6, 3), nn.MaxPool2d(2, 2)
        self.norm = nn.GroupNorm(3, 6)
        self.out, self.soft = nn.Linear(6 * 25, classes), nn.LogSoftmax(dim=1)
        self.loss = nn.NLLLoss()

    def forward(self, x, labels=None):
        x = self.norm(F.relu(self.pool(self.conv(x))))
        x = self.soft(self.out(torch.flatten(x, start_dim=1)))
        if self.training:
            return x, self.loss(x, labels)
        return x


def accuracy(predictions, labels):
    """Of the last examples, those whose predictions were returned."""
    labels = labels[-len(predictions):]
    return (predictions.argmax(1) == labels).float().mean().item()


class Tutorials(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)

    def test_basics(self):
        """Train, save, load, and recognise."""
        model = Classifier()
        model.train()
        options = poptorch.Options()
        loader = poptorch.DataLoader(options, pictures(64), batch_size=16, shuffle=True,
                                     num_workers=1)
        optimizer = poptorch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
        training = poptorch.trainingModel(model, options=options, optimizer=optimizer)
        totals = []
        for _ in range(3):
            total = 0.0
            for data, labels in loader:
                _, loss = training(data, labels)
                total += loss
            totals.append(total)
        self.assertLess(totals[-1], totals[0])
        training.detachFromDevice()
        model = model.eval()
        inference = poptorch.inferenceModel(model, options=options)
        found, wanted = [], []
        for data, label in poptorch.DataLoader(options, pictures(40), batch_size=32):
            found += inference(data).data.max(dim=1).indices
            wanted += label
        inference.detachFromDevice()
        self.assertEqual(len(found), 40)
        self.assertGreater(sum(a == b for a, b in zip(found, wanted)), 36)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "classifier.pth")
            torch.save(model.state_dict(), path)
            other = Classifier()
            other.load_state_dict(torch.load(path))
        other.eval()
        data, _ = pictures(1)[0]
        got = poptorch.inferenceModel(other, options=poptorch.Options())(data.unsqueeze(0))
        torch.testing.assert_close(got, other(data.unsqueeze(0)).detach(), rtol=1e-4, atol=1e-4)

    def test_efficient_data_loading(self):
        """Several batches a call, workers, and a compilation ahead."""
        options = poptorch.Options().deviceIterations(4).replicationFactor(2).randomSeed(12)
        loader = poptorch.DataLoader(
            options, dataset=pictures(80), batch_size=4, shuffle=True, drop_last=True, num_workers=1,
            persistent_workers=True, auto_distributed_partitioning=True,
            mode=poptorch.DataLoaderMode.Async, async_options={"early_preload": True})
        self.assertEqual((len(loader), loader.combinedBatchSize), (2, 32))
        model = Classifier()
        training = poptorch.trainingModel(
            model, options, torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9))
        data, labels = next(iter(loader))
        self.assertFalse(training.isCompiled())
        training.compile(data, labels)
        self.assertTrue(training.isCompiled())
        for data, labels in poptorch.AsynchronousDataAccessor(loader):
            output, loss = training(data, labels)
        self.assertEqual((tuple(output.shape), tuple(loss.shape)), ((8, 4), (2,)))
        loader.terminate()
        with self.assertWarns(UserWarning):
            options.enableSyntheticData(True)
        training(data, labels)
        self.assertGreater(training.cycleCount(), 0)

    def test_pipelining(self):
        """Blocks, stages, strategies and places of tensors, on a card that needs none."""
        class Network(nn.Module):
            def __init__(self):
                super().__init__()
                self.first, self.second = nn.Linear(144, 32), nn.Linear(32, 4)

            def forward(self, x):
                with poptorch.Block("B1"):
                    x = F.relu(self.first(x.flatten(1)))
                with poptorch.Block("B2", ipu_id=1):
                    return self.second(x)

        class WithLoss(nn.Module):
            def __init__(self, model):
                super().__init__()
                self.model, self.loss = model, nn.CrossEntropyLoss()

            def forward(self, x, labels=None):
                output = self.model(x)
                if labels is None:
                    return output
                with poptorch.Block("B2"):
                    return output, self.loss(output, labels)

        poptorch.setLogLevel(1)
        poptorch.setLogLevel("WARN")
        model = Network()
        plain = copy.deepcopy(model)
        stages = poptorch.Stage("B1").ipu(0), poptorch.Stage("B2").ipu(1)
        options = poptorch.Options().deviceIterations(2)
        options._Popart.set("defaultPrefetchBufferingDepth", 3)
        for strategy in (poptorch.ShardedExecution(*stages), poptorch.PipelinedExecution(*stages)):
            options.setExecutionStrategy(strategy)
        options.Training.gradientAccumulation(3)
        settings = poptorch.TensorLocationSettings().useOnChipStorage(True)
        options.TensorLocations.setOptimizerLocation(settings)
        loader = poptorch.DataLoader(options, pictures(96), batch_size=8)
        training = poptorch.trainingModel(
            WithLoss(model), options, optimizer=poptorch.optim.AdamW(model.parameters(), lr=0.01))
        optimizer = torch.optim.AdamW(plain.parameters(), lr=0.01)
        for data, labels in loader:
            predictions, losses = training(data, labels)
            for step in range(2):
                optimizer.zero_grad()
                for part in range(3):
                    at = slice(8 * (3 * step + part), 8 * (3 * step + part + 1))
                    wanted = F.cross_entropy(plain(data[at]), labels[at])
                    (wanted / 3).backward()
                optimizer.step()
            torch.testing.assert_close(losses, wanted.detach(), rtol=1e-4, atol=1e-4)
            self.assertGreaterEqual(accuracy(predictions, labels), 0)
        other = options.clone()
        other.Training.gradientAccumulation(1)
        other.deviceIterations(6)
        inference = poptorch.inferenceModel(model, other)
        training.detachFromDevice()
        data, labels = next(iter(loader))
        self.assertGreater(accuracy(inference(data), labels), 0.9)

        layers = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
        layers[2] = poptorch.BeginBlock(layers[2], ipu_id=1)
        poptorch.removeBlocks(layers)
        x = torch.randn(2, 3)
        torch.testing.assert_close(poptorch.inferenceModel(layers)(x), layers(x).detach())
        for name in ("SerialPhasedExecution", "ParallelPhasedExecution"):
            with self.assertRaisesRegex(NotImplementedError, name):
                getattr(poptorch, name)()

    def test_mixed_precision(self):
        """Parameters and data of float16, a scaled loss, and accumulators of float16."""
        model = Classifier().half()
        optimizer = poptorch.optim.AdamW(
            params=model.parameters(), lr=0.01, accum_type=torch.float16,
            first_order_momentum_accum_type=torch.float16, loss_scaling=128)
        options = poptorch.Options()
        with self.assertWarnsRegex(UserWarning, "rounds to nearest"):
            options.Precision.enableStochasticRounding(True)
        options.Precision.setPartialsType(torch.half)
        loader = poptorch.DataLoader(options, pictures(64, dtype=torch.half), batch_size=16)
        training = poptorch.trainingModel(model, options=options, optimizer=optimizer)
        losses = [training(*batch)[1].item() for _ in range(4) for batch in loader]
        self.assertLess(sum(losses[-4:]), sum(losses[:4]) / 2)
        model.eval()
        inference = poptorch.inferenceModel(model, options=options)
        data, labels = pictures(32, dtype=torch.half).tensors
        self.assertGreater(accuracy(inference(data).float(), labels), 0.9)

        class Sum(nn.Module):
            def forward(self, x, y):
                return x + y

        options = poptorch.Options()
        options.Precision.halfFloatCasting(poptorch.HalfFloatCastingBehavior.HalfUpcastToFloat)
        half = torch.ones(1, dtype=torch.half)
        self.assertEqual(poptorch.inferenceModel(Sum(), options)(half.float(), half).dtype,
                         torch.float32)

    def test_observing_tensors(self):
        """Tensors are printed, or returned; anchors say so."""
        class Observed(Classifier):
            def forward(self, x, labels=None):
                x = poptorch.ipu_print_tensor(self.conv(x), "after the convolution")
                x = self.soft(self.out(torch.flatten(self.pool(x), start_dim=1)))
                return x, poptorch.identity_loss(self.loss(x, labels), reduction="none")

        model = Observed()
        options = poptorch.Options().outputMode(poptorch.OutputMode.All)
        options.anchorMode(poptorch.AnchorMode.All)
        training = poptorch.trainingModel(model, options, poptorch.optim.Adam(model.parameters()))
        data, labels = pictures(2).tensors
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            training(data, labels)
        self.assertIn("after the convolution: tensor(", text.getvalue())
        for call in (lambda: options.anchorTensor("grad", "Gradient___out.weight"),
                     lambda: training.getAnchoredTensor("grad"), training.getTensorNames):
            with self.assertRaisesRegex(NotImplementedError, "from the model|ipu_print_tensor"):
                call()

    def test_custom_operations(self):
        """They were C++ for PopART; an operation of PyTorch's own is what there is here."""
        with self.assertRaisesRegex(NotImplementedError, "custom_op .*PyTorch's operations"):
            poptorch.custom_op([torch.ones(2)], "LeakyRelu", "custom.ops", 1, example_outputs=[])
        class Leaky(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return torch.where(x > 0, x, x * 0.02)

            @staticmethod
            def backward(ctx, grad):
                x, = ctx.saved_tensors
                return torch.where(x > 0, grad, grad * 0.02)

        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = nn.Linear(3, 3)

            def forward(self, x):
                return poptorch.identity_loss(Leaky.apply(self.layer(x)), reduction="sum")

        model = Model()
        plain = copy.deepcopy(model)
        x = torch.randn(4, 3)
        poptorch.trainingModel(model, None, poptorch.optim.SGD(model.parameters(), lr=0.1))(x)
        plain(x).backward()
        torch.testing.assert_close(model.state_dict()["layer.weight"],
                                   (plain.layer.weight - 0.1 * plain.layer.weight.grad).detach())

    def test_mnist(self):
        """The application: a loss inside, inputs by name, loops, and a schedule."""
        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = nn.Sequential(nn.Flatten(), nn.Linear(144, 16), nn.ReLU(),
                                            nn.Dropout(0.1), nn.Linear(16, 4))
                self.inside = None

            @poptorch.BlockFunction("head")
            def forward(self, image, label=None, weight=None):
                self.inside = poptorch.isRunningOnIpu()
                x = self.layers(poptorch.set_available_memory(image, 0.3))
                x, = poptorch.for_loop(2, lambda t: [t * 2], [poptorch.nop(x)])
                x = poptorch.recomputationCheckpoint(x)
                if label is None:
                    return F.softmax(x, dim=1)
                return F.softmax(x, dim=1), F.cross_entropy(x, label)

        model = Model()
        options = poptorch.Options().deviceIterations(2).outputMode(poptorch.OutputMode.All)
        loader = poptorch.DataLoader(options, pictures(64), batch_size=8, shuffle=True)
        training = poptorch.trainingModel(
            model, options, poptorch.optim.RMSprop(model.parameters(), lr=0.01))
        for epoch in range(3):
            for data, labels in loader:
                output, losses = training(image=data, label=labels)
            training.setOptimizer(poptorch.optim.RMSprop(model.parameters(), lr=0.01 / (epoch + 2)))
        self.assertEqual((tuple(output.shape), tuple(losses.shape)), ((16, 4), (2,)))
        self.assertTrue(model.inside)
        self.assertFalse(poptorch.isRunningOnIpu())
        training.copyWeightsToHost()
        inference = poptorch.inferenceModel(model.eval(), options)
        self.assertGreater(accuracy(inference(data), labels), 0.9)
        with self.assertRaisesRegex(NotImplementedError, "without label"):
            training(data, weight=labels)
        training.destroy()
        inference.destroy()

    def test_other_calls(self):
        a, b = torch.randn(3, 4), torch.randn(4, 5)
        torch.testing.assert_close(poptorch.serializedMatMul(a, b, "ReducingDim", 2), a @ b)
        self.assertIn(poptorch.ipuHardwareIsAvailable(), (True, False))
        with self.assertRaisesRegex(ValueError, "takes one of TRACE"):
            poptorch.setLogLevel("LOUD")
        for name in ("MultiConv", "CPU", "cond", "ctc_beam_search_decoder", "profiling"):
            with self.assertRaisesRegex(NotImplementedError, name):
                getattr(poptorch, name)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            poptorch.setLogLevel("ERR")
        self.assertEqual(logging.getLogger("poptorch").level, logging.ERROR)
        poptorch.setLogLevel(3)


if __name__ == "__main__":
    unittest.main()
