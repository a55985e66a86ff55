"""What the two networks of B0 share: inputs, features that do not change when the masses are exchanged, data, fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lhnets._card import HalfSpace, Input, Truth
from lhnets_datasets.manifest import Generator
from lhnets_training.export import PARAMETERS, Graph
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.terms import Terms
from lhnets_training.labels.loop_integrals import b0
from lhnets_training.recipe import Array, DataSet, Rows, Run
from lhnets_training.sample import inside, sobol
from lhnets_training.split import Split, split
from lhnets_training.table import column

ROWS, SEED, DIGITS = 12_000, 20261121, 9
M_LOW, M_HIGH, P_HIGH = 1.0, 1e6, 1e7
PLAN = lm.Plan(16, 16, (lm.Stage(4, 40, 2000), lm.Stage(1, 100, 5000)))
REFERENCES = {
    "tHooft:1978jhc": r"""@article{tHooft:1978jhc,
  author = {'t Hooft, Gerard and Veltman, M. J. G.},
  title = {{Scalar One Loop Integrals}},
  journal = {Nucl. Phys. B},
  volume = {153},
  pages = {365--401},
  year = {1979},
  doi = {10.1016/0550-3213(79)90605-9}
}""",
    "Hahn:1998yk": r"""@article{Hahn:1998yk,
  author = {Hahn, T. and Perez-Victoria, M.},
  title = {{Automatized one loop calculations in four-dimensions and D-dimensions}},
  journal = {Comput. Phys. Commun.},
  volume = {118},
  pages = {153--165},
  year = {1999},
  doi = {10.1016/S0010-4655(98)00173-8},
  eprint = {hep-ph/9807565},
  archivePrefix = {arXiv}
}""",
}
SETTINGS = {"convention": "that of LoopTools; finite part, MSbar", "arithmetic": "closed form in double precision"}
TRUTH = Truth(
    program="lhnets_training.labels.loop_integrals",
    version="1",
    settings=SETTINGS,
    references=("tHooft:1978jhc", "Hahn:1998yk"),
    relative_error=1e-10,
    seconds_per_label=4e-7,
)


def inputs(low: float, high: float) -> tuple[Input, ...]:
    """The arguments of B0, with the range of p2 in GeV^2."""
    masses = (
        Input(name=f"m{k}sq", symbol=f"m_{k}^2", unit="GeV^2", low=M_LOW, high=M_HIGH, meaning=f"mass {k} squared")
        for k in (1, 2)
    )
    return (
        Input(name="p2", symbol="p^2", unit="GeV^2", low=low, high=high, meaning="momentum squared"),
        *masses,
        Input(
            name="mu2", symbol=r"\mu^2", unit="GeV^2", low=1.0, high=1e6, default=1.0,
            meaning="renormalisation scale squared",
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class Side:
    """One side of the threshold (m1 + m2)^2: ``sign`` is +1 above and -1 below."""

    sign: float
    inputs: tuple[Input, ...]
    region: tuple[HalfSpace, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the inputs."""
        return tuple(i.name for i in self.inputs)

    def terms(self, outputs: int) -> Terms:
        """Raw: logarithms of mu2, the distance to the threshold, the threshold, m1 m2.

        Features: distance and m1 m2, both over the threshold. The first output runs as log(mu2/distance).
        """
        features = np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, -1.0], [0.0, 1.0]])
        prefactor = np.zeros((4, outputs))
        prefactor[:2, 0] = 1.0, -1.0
        return Terms(self._values, self._build, features, prefactor)

    def features(self, x: Array) -> Array:
        """What the baseline interpolates over: the features, and log mu2 that the network need not learn."""
        raw = self._values(x)
        return np.concatenate([raw @ self.terms(1).features, raw[:, :2]], axis=1)

    def design(self, rows: int) -> Array:
        """Points (rows, 4): even in log masses, log mu2 and in the logarithm of the distance over the threshold."""
        unit = tuple(Input(name=n, unit="1", meaning="share", low=0.0, high=1.0) for n in self.names)
        low, high = self.inputs[0].low or 0.0, self.inputs[0].high or 0.0
        u = sobol(unit, 2 * rows, SEED, edges=0.3)
        masses = M_LOW * (M_HIGH / M_LOW) ** u[:, 1:3]
        threshold = np.sqrt(masses).sum(axis=1) ** 2
        farthest = np.abs((high if self.sign > 0 else low) - threshold) / threshold
        distance = 0.09 * np.maximum(farthest / 0.09, 1.0) ** u[:, 0]
        x = np.column_stack([threshold * (1 + self.sign * distance), masses, 10 ** (6 * u[:, 3])])
        x = np.array([[float(f"{v:.{DIGITS}g}") for v in row] for row in x])
        return x[inside(x, self.inputs, self.region)][:rows]

    def label(self, run: Run) -> Rows:
        """Columns of the inputs, then re and, above the threshold, im."""
        x = self.design(run.rows or ROWS)
        found = b0(*x.T)
        parts = {"re": found.real, "im": found.imag} if self.sign > 0 else {"re": found.real}
        return {**dict(zip(self.names, x.T, strict=True)), **parts}

    def dataset(self, name: str, recipe: str, where: str) -> DataSet:
        """The data set of this side."""
        targets = ["re", "im"] if self.sign > 0 else ["re"]
        words = {"re": "real", "im": "imaginary"}
        return DataSet(
            name=name,
            title=f"The one-loop integral B0 {where}",
            description=(
                f"Finite part of the scalar two-point function, {where}, by its closed form. Even in the logarithms of "
                "the masses, of mu2 and of the distance to the threshold."
            ),
            columns=(
                *(column(i.name, i.unit, i.meaning, "input") for i in self.inputs),
                *(column(t, "1", f"{words[t]} part of B0", "target") for t in targets),
            ),
            generator=Generator(
                program="lhnets_training.labels.loop_integrals", version="1", settings=SETTINGS, recipe=recipe,
                seed=SEED, tolerance=1e-9,
            ),
            references=REFERENCES,
        )  # fmt: skip

    def _values(self, x: Array) -> Array:
        p2, m1sq, m2sq, mu2 = x.T
        threshold = (np.sqrt(m1sq) + np.sqrt(m2sq)) ** 2
        distance = self.sign * (p2 - threshold)
        return np.asarray(np.log(np.column_stack([mu2, distance, threshold, np.sqrt(m1sq * m2sq)])))

    def _build(self, graph: Graph) -> str:
        roots = graph.node("Sqrt", graph.node("Gather", PARAMETERS, graph.constant(np.array([1, 2])), axis=1))
        root = graph.affine(roots, np.ones((2, 1)), np.zeros(1))
        threshold = graph.node("Mul", root, root)
        p2, mu2 = (graph.node("Gather", PARAMETERS, graph.constant(np.array([k])), axis=1) for k in (0, 3))
        distance = graph.node("Sub", p2, threshold) if self.sign > 0 else graph.node("Sub", threshold, p2)
        product = graph.node("ReduceProd", roots, graph.constant(np.array([1])), keepdims=1)
        # Beyond the threshold, where the reach is above 1, the logarithm must still be finite.
        positive = graph.node("Max", distance, graph.node("Mul", threshold, graph.constant(np.array(1e-3))))
        return graph.node("Log", graph.node("Concat", mu2, positive, threshold, product, axis=1))


def split_rows(rows: int, seed: int) -> Split:
    """A tenth to choose the best fit, the rest mostly to calibrate and to judge: labels cost nothing."""
    return split(rows, validation=0.1, calibration=0.25, test=0.23, seed=seed)
