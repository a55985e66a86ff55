"""The method that fits a table of this size: a Gaussian process through all rows, or a network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lhnets.format import Input
from lhnets_training.data.sample import Surface
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.baselines import fit_other_folds, interpolate_cubic, rbf_baseline
from lhnets_training.fit.coordinates import Standardised
from lhnets_training.fit.cross_validation import TENTHS, tenths, use_every_row
from lhnets_training.fit.features import FeatureTerms
from lhnets_training.fit.gaussian_process import fit_table_process
from lhnets_training.fit.kinks import Natural
from lhnets_training.fit.links import Invertible
from lhnets_training.fit.network import fit_network
from lhnets_training.own_tables.choice import ColumnChoice
from lhnets_training.own_tables.errors import TableDataError
from lhnets_training.recipe import Array, BaselineFit, Fitted, Run, SplitRows
from lhnets_training.split import Split, split

SMALL = 1200
"""Up to this many rows a Gaussian process, above a network."""
PLAN = lm.FitPlan(16, 16, (lm.Stage(4, 60, 4000), lm.Stage(1, 200)))
WIDER = lm.FitPlan(24, 24, (lm.Stage(4, 60, 6000), lm.Stage(1, 150)))


@dataclass(frozen=True, kw_only=True)
class Method:
    """How the rows of a table are fitted, split, and compared with a simple method."""

    process: bool
    inputs: tuple[Input, ...]
    region: tuple[Surface, ...]
    natural: Natural
    link: Invertible
    errors: Array | None
    """Standard deviations of the heads (N, h), if the table states any."""
    fractions: tuple[float, float, float]
    seed: int

    def fit(self, x: Array, y: Array, parts: Split, run: Run) -> Fitted:
        """The fitted model of rows x (N, n), y (N, k)."""
        given = {"inputs": self.inputs, "region": self.region, "link": self.link}
        if self.process:
            return fit_table_process(x, y, run, natural=self.natural, noise=self.errors, **given)  # type: ignore[arg-type]
        natural = self.natural
        terms = FeatureTerms(natural, natural.build, np.eye(len(natural.curved)), linear=True)
        plan = PLAN if len(self.inputs) <= 3 else WIDER
        weighed = (
            None if self.errors is None else np.where(self.errors.any(axis=0), self.errors, 1.0)
        )
        plain = Standardised.of(x, Natural(natural.log))
        return fit_network(
            x,
            y,
            parts,
            run,
            terms=terms,
            plan=plan,
            noise=weighed,
            coordinates=plain,
            **given,  # type: ignore[arg-type]
        )

    @property
    def split(self) -> SplitRows:
        """What each row is used for."""
        if self.process:
            return use_every_row
        first, second, third = self.fractions
        return lambda rows, seed: split(
            rows, validation=first, calibration=second, test=third, seed=seed
        )

    @property
    def baseline(self) -> BaselineFit:
        """Cubic radial basis functions on the same rows, without the kinks."""
        plain = Natural(self.natural.log)
        if not self.process:
            return rbf_baseline(plain, self.link)
        return fit_other_folds(
            f"cubic spline (radial basis), {TENTHS} folds",
            interpolate_cubic(plain, degree=1),
            self.link,
            lambda rows: tenths(rows, self.seed),
        )


def use_process(rows: int, choice: ColumnChoice) -> bool:
    """Whether a Gaussian process is fitted.

    Raises
    ------
    TableDataError
        If the author asks for one through too many rows.
    """
    if choice.method == "process" and rows > 2 * SMALL:
        raise TableDataError(
            f"a Gaussian process through {rows} rows is too large, expected at most {2 * SMALL}"
        )
    return choice.method == "process" or (choice.method == "auto" and rows <= SMALL)
