"""A network over one input, with the rows of its data set."""

import lhnets as ml

ml.load("cs-gluino-pair-nnll-13tev").plot("m_go", m_sq=2500.0, truth=True)
