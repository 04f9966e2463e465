# SPDX-License-Identifier: MIT
"""Each of poptorch's options: that it works, or says what it does here. Run by test-compile."""

import tempfile
import unittest
import warnings
from pathlib import Path

import torch
import torch_ipu_compile
from torch import nn

import poptorch


class Loss(nn.Module):
    """Returns its loss, of a model of one layer."""

    def __init__(self, size=3):
        super().__init__()
        self.layer = nn.Linear(size, 2)

    def forward(self, x):
        return poptorch.identity_loss(self.layer(x).square(), reduction="mean")


class Case(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)
        self.options = poptorch.Options()

    def losses(self, options, x, lr=0.1, calls=2):
        torch.manual_seed(2)
        model = Loss()
        training = poptorch.trainingModel(model, options, poptorch.optim.SGD(model.parameters(), lr))
        return torch.stack([training(x) for _ in range(calls)]), model.state_dict()["layer.weight"]


class TestWorks(Case):
    """Options that do what PopTorch's do."""

    def test_iterations(self):
        x = torch.randn(8, 3)
        one, weight = self.losses(poptorch.Options(), x[:4], calls=2)
        two, both = self.losses(self.options.deviceIterations(2), torch.cat([x[:4], x[:4]]), calls=1)
        torch.testing.assert_close(two.flatten()[-1], one[-1])
        torch.testing.assert_close(both, weight)
        self.assertEqual(self.options.device_iterations, 2)

    def test_replicas_and_accumulation_have_the_mean_gradient(self):
        x = torch.randn(8, 3)
        _, wanted = self.losses(poptorch.Options(), x, calls=1)
        accumulated = poptorch.Options()
        accumulated.Training.gradientAccumulation(2)
        for options in (accumulated, self.options.replicationFactor(2)):
            _, weight = self.losses(options, x, calls=1)
            torch.testing.assert_close(weight, wanted)

    def test_or_their_sum(self):
        x = torch.randn(8, 3)
        _, wanted = self.losses(poptorch.Options(), x, lr=0.2, calls=1)
        self.options.Training.gradientAccumulation(2)
        self.options.Training.accumulationAndReplicationReductionType(poptorch.ReductionType.Sum)
        _, weight = self.losses(self.options, x, calls=1)
        torch.testing.assert_close(weight, wanted)

    def test_random_seed(self):
        x = torch.ones(1, 1000)
        model = nn.Dropout(0.5)
        runs = [poptorch.inferenceModel(model, poptorch.Options().randomSeed(seed))(x)
                for seed in (7, 7, 8)]
        self.assertTrue(torch.equal(runs[0], runs[1]))
        self.assertFalse(torch.equal(runs[0], runs[2]))

    def test_executables_are_kept(self):
        with tempfile.TemporaryDirectory() as folder:
            self.options.enableExecutableCaching(folder)
            poptorch.inferenceModel(nn.Linear(5, 2), self.options)(torch.randn(3, 5))
            self.assertEqual(len(list(Path(folder).iterdir())), 1)
            torch_ipu_compile.enable_cache(None)

    def test_simulator(self):
        got = poptorch.inferenceModel(nn.ReLU(), self.options.useIpuModel(True))(-torch.ones(2))
        self.assertEqual(got.tolist(), [0, 0])

    def test_cycles_are_logged(self):
        model = poptorch.inferenceModel(nn.ReLU(), self.options.logCycleCount(True))
        with self.assertLogs("poptorch", "INFO") as logs:
            model(torch.ones(2))
        self.assertRegex(logs.output[-1], r"Cycles: \d+")

    def test_clone(self):
        self.options.deviceIterations(3).Training.gradientAccumulation(2)
        other = self.options.clone()
        other.deviceIterations(5).Training.gradientAccumulation(4)
        self.assertEqual(self.options.toDict()["gradient_accumulation"], 2)
        self.assertEqual(self.options.device_iterations, 3)
        self.assertEqual(other.device_iterations, 5)

    def test_numbers_that_make_no_sense(self):
        for call in (self.options.deviceIterations, self.options.replicationFactor,
                     self.options.Training.gradientAccumulation):
            with self.assertRaisesRegex(ValueError, "is 1 or more, not 0"):
                call(0)
        with self.assertRaisesRegex(ValueError, "of how many"):
            self.options.outputMode(poptorch.OutputMode.EveryN)
        with self.assertRaisesRegex(ValueError, "torch.float or torch.half"):
            self.options.Precision.setPartialsType(torch.int32)

    def test_scaled_loss(self):
        x = torch.randn(4, 3)
        weights = []
        for scaling in (None, 1024):
            torch.manual_seed(2)
            model = Loss()
            training = poptorch.trainingModel(model, None, poptorch.optim.AdamW(
                model.parameters(), lr=0.1, loss_scaling=scaling, accum_type=torch.float16))
            loss = [training(x) for _ in range(2)]
            weights.append(model.state_dict()["layer.weight"].clone())
        torch.testing.assert_close(weights[0], weights[1])
        self.assertLess(loss[-1].item(), 10)  # as the model returned it
        with self.assertRaisesRegex(NotImplementedError, "loss_scaling"):
            training.setOptimizer(poptorch.optim.AdamW(model.parameters(), lr=0.1))

    def test_gradients_that_a_half_could_not_hold(self):
        class Small(nn.Module):
            """On the way back, what is 1e-8 is 0 as a half; in the end it would be 1e-5."""

            def __init__(self):
                super().__init__()
                self.layer = nn.Linear(1, 1, bias=False)

            def forward(self, x):
                return poptorch.identity_loss((self.layer(x) * 1e-4 * 1e-4).float(), "sum")

        changes = []
        for scaling in (None, 2.0 ** 14):
            model = Small().half()
            nn.init.zeros_(model.layer.weight)
            poptorch.trainingModel(model, None, poptorch.optim.SGD(
                model.parameters(), lr=100, loss_scaling=scaling))(
                    torch.full((1, 1), 1e3, dtype=torch.half))
            changes.append(model.state_dict()["layer.weight"].item())
        self.assertEqual(changes[0], 0)
        self.assertAlmostEqual(changes[1], -1e-3, delta=5e-5)


class TestSaysWhatItDoes(Case):
    """Options that have nothing to do, differ, or are not there."""

    def test_nothing_to_do(self):
        settings = poptorch.TensorLocationSettings().useOnChipStorage(False).minElementsForOffChip(4)
        strategy = poptorch.PipelinedExecution(poptorch.Stage("a").ipu(0), poptorch.Stage("b").ipu(1))
        options = self.options
        calls = [
            (options, "setAvailableMemoryProportion", {"IPU0": 0.2}),
            (options, "setExecutionStrategy", strategy),
            (options, "setExecutionStrategy", poptorch.ShardedExecution(poptorch.AutoStage.SameAsIpu)),
            (options, "connectionType", "Always"), (options, "syncPattern", "Full"),
            (options, "autoRoundNumIPUs", True), (options, "enableStableNorm", True),
            (options, "broadcastBuffers", True), (options, "showCompilationProgressBar", False),
            (options, "modelName", "x"), (options, "logDir", "x"), (options, "maxRepeatLogs", 4),
            (options, "disableModuleNamescope", None), (options, "appendToLocationExcludes", "x"),
            (options, "sourceLocationExcludes", "x"), (options, "updatableNamedBuffers", ["x"]),
            (options, "relaxOptimizerAttributesChecks", True),
            (options.Training, "setConvolutionDithering", False),
            (options.Training, "setMeanAccumulationAndReplicationReductionStrategy", "Post"),
            (options.TensorLocations, "setActivationLocation", settings),
            (options.TensorLocations, "setWeightLocation", settings),
            (options.TensorLocations, "setOptimizerLocation", settings),
            (options.TensorLocations, "setAccumulatorLocation", settings),
            (options.TensorLocations, "numIOTiles", 32), (options.Jit, "traceModel", True),
            (options._Popart, "set", "defaultPrefetchBufferingDepth"),
            (options._Popart, "setPatterns", {}),
        ]
        for group, name, value in calls:
            with self.subTest(name), self.assertLogs("poptorch", "INFO") as logs:
                args = (value, 3) if name == "set" else (value,)
                self.assertIs(getattr(group, name)(*args), group)
                self.assertIn("has nothing to do here", logs.output[0])
        quiet = [options.useIpuId(0), options.Precision.runningStatisticsAlwaysFloat(True),
                 options.Precision.setPartialsType(torch.half),
                 options.Precision.enableStochasticRounding(False),
                 options.Precision.enableFloatingPointExceptions(False),
                 options.Training.setAutomaticLossScaling(False),
                 options.Distributed.configureProcessId(0, 1),
                 options.Precision.halfFloatCasting(
                     poptorch.HalfFloatCastingBehavior.HalfUpcastToFloat)]
        self.assertNotIn(None, quiet)
        wanted = nn.Linear(3, 2)
        x = torch.randn(4, 3)
        torch.testing.assert_close(poptorch.inferenceModel(wanted, options)(x), wanted(x).detach())

    def test_differs(self):
        for call, what in (
                (lambda: self.options.Precision.enableStochasticRounding(True), "rounds to nearest"),
                (lambda: self.options.Popart.set("enableStochasticRounding", True), "to nearest"),
                (lambda: self.options.enableSyntheticData(True), "data that is given is used")):
            with self.assertWarnsRegex(UserWarning, what):
                self.assertIsNotNone(call())
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.options.enableSyntheticData(False)

    def test_not_there(self):
        options = self.options
        for call in (lambda: options.useOfflineIpuTarget(), lambda: options.enableProfiling("x"),
                     lambda: options.anchorTensor("grad", "Gradient___fc.weight"),
                     lambda: options.loadFromFile("x"), lambda: options.useIpuId(2),
                     lambda: options.Training.setAutomaticLossScaling(True),
                     lambda: options.Precision.enableFloatingPointExceptions(True),
                     lambda: options.Distributed.configureProcessId(0, 2),
                     lambda: options.Precision.halfFloatCasting(
                         poptorch.HalfFloatCastingBehavior.FloatDowncastToHalf),
                     lambda: options.something(1), lambda: options.Training.something(),
                     lambda: options.TensorLocations.something()):
            with self.assertRaisesRegex(NotImplementedError, "is not there on this card: "):
                call()


if __name__ == "__main__":
    unittest.main()
