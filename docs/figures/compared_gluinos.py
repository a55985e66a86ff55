"""Gluino pairs: squarks decoupled, and at a finite mass."""

import numpy as np

import lhnets as ml

ml.compare(
    ["cs-gluino-pair-decoupled-13tev", "cs-gluino-pair-nnll-13tev"],
    {"m_go": np.linspace(800.0, 2500.0, 60), "m_sq": 2500.0},
).plot()
