"""What the two networks of B0 share: inputs, features that do not change when the masses are
exchanged, data, fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lhnets.format import HalfSpace, Input, Output
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.features import FeatureTerms
from lhnets_training.labels.loops import looptools
from lhnets_training.labels.loops.loop_integrals import b0
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph
from lhnets_training.recipe import Array
from lhnets_training.recipes.loop_integrals import _loop

ROWS, SEED = 12_000, 20261121
M_LOW, M_HIGH, P_HIGH = 1.0, 1e6, 1e7
PLAN = lm.FitPlan(16, 16, (lm.Stage(4, 40, 2000), lm.Stage(1, 100, 5000)))


def inputs(low: float, high: float) -> tuple[Input, ...]:
    """The arguments of B0, with the range of p2 in GeV^2."""
    masses = (
        Input(
            name=f"m{k}sq",
            symbol=f"m_{k}^2",
            unit="GeV^2",
            low=M_LOW,
            high=M_HIGH,
            meaning=f"mass {k} squared",
        )
        for k in (1, 2)
    )
    return (
        Input(
            name="p2", symbol="p^2", unit="GeV^2", low=low, high=high, meaning="momentum squared"
        ),
        *masses,
        Input(
            name="mu2",
            symbol=r"\mu^2",
            unit="GeV^2",
            low=1.0,
            high=1e6,
            default=1.0,
            meaning="renormalisation scale squared",
        ),
    )


@dataclass(frozen=True)
class Side:
    """One side of the threshold (m1 + m2)^2: ``sign`` is +1 above and -1 below."""

    sign: float
    inputs: tuple[Input, ...]
    region: tuple[HalfSpace, ...]

    def terms(self, outputs: int) -> FeatureTerms:
        """Raw: logarithms of mu2, the distance to the threshold, the threshold, m1 m2.

        Features: distance and m1 m2, both over the threshold. The first output runs as
            log(mu2/distance).
        """
        features = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, -1.0], [0.0, 1.0]])
        prefactor = np.zeros((4, outputs))
        prefactor[:2, 0] = 1.0, -1.0
        return FeatureTerms(self._values, self._build, features, prefactor)

    def features(self, x: Array) -> Array:
        """What the baseline interpolates over: the features, and log mu2 that the network need not
        learn."""
        raw = self._values(x)
        return np.concatenate([raw @ self.terms(1).features, raw[:, :2]], axis=1)

    def design(self, rows: int) -> Array:
        """Points (2 rows, 4): even in log masses, log mu2 and in the logarithm of the distance over
        the threshold."""
        low, high = self.inputs[0].low or 0.0, self.inputs[0].high or 0.0
        u = _loop.shares(4, 2 * rows, SEED, edges=0.3)
        masses = M_LOW * (M_HIGH / M_LOW) ** u[:, 1:3]
        threshold = np.sqrt(masses).sum(axis=1) ** 2
        farthest = np.abs((high if self.sign > 0 else low) - threshold) / threshold
        distance = 0.09 * np.maximum(farthest / 0.09, 1.0) ** u[:, 0]
        return np.column_stack(
            [threshold * (1 + self.sign * distance), masses, 10 ** (6 * u[:, 3])]
        )

    def integral(
        self,
        name: str,
        dataset: str,
        where: str,
        outputs: tuple[Output, ...],
        programs: tuple[_loop.Program, ...] = (),
    ) -> _loop.IntegralSide:
        """B0 on this side."""
        return _loop.IntegralSide(
            name=name,
            dataset=dataset,
            title=f"The one-loop integral B0 {where}",
            description=(
                f"Finite part of the scalar two-point function, {where}, by its closed form. Even "
                "in the logarithms of the masses, of mu2 and of the distance to the threshold."
            ),
            inputs=self.inputs,
            outputs=outputs,
            region=self.region,
            design=self.design,
            values=lambda x: b0(*x.T),
            settings={
                "convention": "that of LoopTools; finite part, MSbar",
                "arithmetic": "closed form in double precision",
            },
            rows=ROWS,
            seed=SEED,
            relative_error=1e-10,
            seconds=4e-7,
            references=_loop.REFERENCES,
            programs=(*programs, _loop.by_looptools(looptools.b0)),
            absolute=True,
        )

    def _values(self, x: Array) -> Array:
        p2, m1sq, m2sq, mu2 = x.T
        threshold = (np.sqrt(m1sq) + np.sqrt(m2sq)) ** 2
        distance = self.sign * (p2 - threshold)
        return np.asarray(np.log(np.column_stack([mu2, distance, threshold, np.sqrt(m1sq * m2sq)])))

    def _build(self, graph: NetworkGraph) -> str:
        roots = graph.node(
            "Sqrt", graph.node("Gather", PARAMETERS, graph.constant(np.array([1, 2])), axis=1)
        )
        root = graph.affine(roots, np.ones((2, 1)), np.zeros(1))
        threshold = graph.node("Mul", root, root)
        p2, mu2 = (
            graph.node("Gather", PARAMETERS, graph.constant(np.array([k])), axis=1) for k in (0, 3)
        )
        distance = (
            graph.node("Sub", p2, threshold) if self.sign > 0 else graph.node("Sub", threshold, p2)
        )
        product = graph.node("ReduceProd", roots, graph.constant(np.array([1])), keepdims=1)
        # Beyond the threshold, where the reach is above 1, the logarithm must still be finite.
        positive = graph.node(
            "Max", distance, graph.node("Mul", threshold, graph.constant(np.array(1e-3)))
        )
        return graph.node("Log", graph.node("Concat", mu2, positive, threshold, product, axis=1))
