"""The ONNX graph of a network of jets: all constituents and their mask in, class
probabilities out.

The steps of `lhnets_training.fit.jets.coordinates` as nodes, so that whoever has the file needs no
pre-processing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto

from lhnets.format import Input
from lhnets_training.fit.jets.coordinates import BETAS, JET_FEATURES, KEPT, TINY
from lhnets_training.fit.jets.particle_flow import Student
from lhnets_training.fit.jets.region import JetReach, JetRegion
from lhnets_training.fit.jets.tagger import Tagger
from lhnets_training.fit.two_classes import Platt, build_even_heads, build_heads
from lhnets_training.onnx.builder import ML_DOMAIN
from lhnets_training.onnx.export import NetworkGraph
from lhnets_training.onnx.forest import TREES_SINCE, Tree, forest
from lhnets_training.onnx.from_torch import export_module

Array = NDArray[np.float64]


def export(
    student: Student, platt: Platt, region: JetRegion, inputs: Sequence[Input], least: float = 1e-6
) -> bytes:
    """`constituents` (N, P, 4) and `mask` (N, P) -> `value` (N, 2): signal and background,
    `uncertainty`, `reach`."""
    graph = NetworkGraph(inputs)
    make = _Maker(graph)
    kept = make.kept()
    pt, y, axis_pt, share, present = make.about_axis(kept)
    features, jet = make.features(pt, y, axis_pt, share, present)
    out = make.network(student, features, share, present, jet)
    build_heads(graph, out, platt, least)
    JetReach(graph, region).build("constituents", "mask")
    return graph.serialize(2)


def export_tagger(
    tagger: Tagger, platt: Platt, region: JetRegion, inputs: Sequence[Input], least: float = 1e-6
) -> bytes:
    """The same for a `Tagger` of any architecture, whose logit is uncertain by ``platt.spread``
    everywhere. The network is in double precision, so that answers do not depend on the batch."""
    graph = NetworkGraph(inputs)
    make = _Maker(graph)
    features, jet, share, present = make.see()
    given = dict(
        zip(
            ("constituents", "share", "present", "jet"),
            (features, share, present, jet),
            strict=True,
        )
    )
    core = export_module(tagger, list(given), tagger.make_examples())
    (logit,) = graph.splice(core, given)
    return make.finish(logit, platt, region, least)


def export_trees(
    trees: Sequence[Tree],
    offset: Array,
    platt: Platt,
    region: JetRegion,
    inputs: Sequence[Input],
    least: float = 1e-6,
) -> bytes:
    """The same for trees on the features of the whole jet, whose leaves add to a logit from
    ``offset`` (1,)."""
    graph = NetworkGraph(inputs)
    graph.require(ML_DOMAIN, TREES_SINCE)
    make = _Maker(graph)
    _, jet, _, _ = make.see()
    logit = forest(graph, jet, trees, offset, "<=")
    return make.finish(logit, platt, region, least)


def make_features(inputs: Sequence[Input]) -> onnx.ModelProto:
    """`constituents` (N, P, 4) and `mask` (N, P) -> features of the whole jet (N, 10), as all these
    graphs compute them."""
    graph = NetworkGraph(inputs)
    _, jet, _, _ = _Maker(graph).see()
    return graph.make_part(jet, JET_FEATURES)


class _Maker:
    """Nodes in the order of the steps; every method returns the names of the tensors that it
    makes."""

    def __init__(self, graph: NetworkGraph) -> None:
        self.graph = graph
        self.node = graph.node

    def see(self) -> tuple[str, str, str, str]:
        """Features of the constituents and of the jet, momentum shares, presence, as float64."""
        phi, y, axis_pt, share, present = self.about_axis(self.kept())
        features, jet = self.features(phi, y, axis_pt, share, present)
        doubled = [self.graph.cast(t, TensorProto.DOUBLE) for t in (features, jet, share, present)]
        return doubled[0], doubled[1], doubled[2], doubled[3]

    def finish(self, logit: str, platt: Platt, region: JetRegion, least: float) -> bytes:
        """The graph whose logit (N, 1) is equally uncertain everywhere."""
        build_even_heads(self.graph, logit, platt, least)
        JetReach(self.graph, region).build("constituents", "mask")
        return self.graph.serialize(2)

    def number(self, value: float) -> str:
        return self.graph.constant(np.array(value, dtype=np.float32))

    def whole(self, *values: int) -> str:
        return self.graph.constant(np.array(values, dtype=np.int64))

    def column(self, x: str, k: int) -> str:
        """One number of the last axis, which stays."""
        return self.node("Slice", x, self.whole(k), self.whole(k + 1), self.whole(2))

    def log(self, x: str) -> str:
        return self.node("Log", self.node("Add", x, self.number(TINY)))

    def hypot(self, x: str, y: str) -> str:
        return self.node("Sqrt", self.node("Add", self.node("Mul", x, x), self.node("Mul", y, y)))

    def kept(self) -> str:
        """The 32 hardest constituents (N, 32, 4), zeros where there are fewer."""
        mask = self.node("Unsqueeze", self.graph.cast("mask"), self.whole(2))
        shown = self.node("Mul", "constituents", mask)
        none = self.node(
            "Mul",
            self.node("ReduceSum", shown, self.whole(1), keepdims=1),
            self.graph.constant(np.zeros((1, KEPT, 1), dtype=np.float32)),
        )
        everyone = self.node("Concat", shown, none, axis=1)
        pt = self.node(
            "Squeeze", self.hypot(self.column(everyone, 1), self.column(everyone, 2)), self.whole(2)
        )
        self.graph.nodes(
            "TopK", [pt, self.whole(KEPT)], ["hardest_pt", "hardest"], axis=1, largest=1, sorted=1
        )
        index = self.node("Unsqueeze", "hardest", self.whole(2))
        return self.node(
            "GatherElements",
            everyone,
            self.node("Concat", index, index, index, index, axis=2),
            axis=1,
        )

    def rapidity(self, momenta: str) -> str:
        energy, pz = self.column(momenta, 0), self.column(momenta, 3)
        forward = self.node("Max", self.node("Add", energy, pz), self.number(TINY))
        backward = self.node("Max", self.node("Sub", energy, pz), self.number(TINY))
        logs = self.node("Sub", self.node("Log", forward), self.node("Log", backward))
        return self.node("Mul", logs, self.number(0.5))

    def axis(self, kept: str) -> str:
        """Sum of the momenta (N, 1, 4). Added in double precision: in single precision it depends
        on the size of the batch."""
        exact = self.graph.cast(kept, TensorProto.DOUBLE)
        return self.graph.cast(self.node("ReduceSum", exact, self.whole(1), keepdims=1))

    def about_axis(self, kept: str) -> tuple[str, str, str, str, str]:
        """Azimuth and rapidity about the axis (N, 32, 1), p_T of the axis (N, 1, 1), shares,
        presence."""
        axis = self.axis(kept)
        x, y = self.column(kept, 1), self.column(kept, 2)
        axis_x, axis_y = self.column(axis, 1), self.column(axis, 2)
        pt = self.hypot(x, y)
        axis_pt = self.node("Max", self.hypot(axis_x, axis_y), self.number(TINY))
        along = self.node(
            "Div",
            self.node("Add", self.node("Mul", x, axis_x), self.node("Mul", y, axis_y)),
            axis_pt,
        )
        across = self.node(
            "Div",
            self.node("Sub", self.node("Mul", y, axis_x), self.node("Mul", x, axis_y)),
            axis_pt,
        )
        below = self.node("Add", self.node("Add", pt, along), self.number(TINY))
        half = self.node("Atan", self.node("Div", across, below))
        present = self.graph.cast(self.node("Greater", pt, self.number(TINY)))
        phi = self.node("Mul", self.node("Mul", half, self.number(2.0)), present)
        rapidity = self.rapidity(axis)
        relative = self.node("Mul", self.node("Sub", self.rapidity(kept), rapidity), present)
        share = self.node("Mul", self.node("Div", pt, axis_pt), present)
        return phi, relative, axis_pt, share, present

    def features(self, phi: str, y: str, axis_pt: str, share: str, present: str) -> tuple[str, str]:
        """Features of the constituents (N, 32, 4) and of the jet (N, 10)."""
        seen = self.node("Concat", self.log(share), y, phi, self.hypot(y, phi), axis=2)
        squares = [self.node("Mul", d, d) for d in (self._differences(y), self._differences(phi))]
        squared = self.node("Add", *squares)
        row = self.node("Transpose", share, perm=[0, 2, 1])
        squared_share = self.node(
            "ReduceSum", self.node("Mul", share, share), self.whole(1, 2), keepdims=0
        )
        flat_pt = self.node("Squeeze", axis_pt, self.whole(1, 2))
        found = [self.node("Log", flat_pt), self.log(squared_share)]
        for beta in BETAS:
            distance = self.node("Sqrt", squared) if beta == 1 else squared
            found += self._polynomials(self.node("Mul", distance, row), share)
        columns = [self.node("Unsqueeze", f, self.whole(1)) for f in found]
        return seen, self.node("Concat", *columns, axis=1)

    def _differences(self, x: str) -> str:
        return self.node("Sub", x, self.node("Transpose", x, perm=[0, 2, 1]))

    def _polynomials(self, weighted: str, share: str) -> list[str]:
        turned = self.node("Transpose", weighted, perm=[0, 2, 1])
        twice = self.node("MatMul", weighted, weighted)
        products = [
            self.node("Mul", weighted, share),
            self.node("Mul", weighted, turned),
            self.node("Mul", twice, turned),
            self.node("Mul", twice, self.node("Transpose", twice, perm=[0, 2, 1])),
        ]
        return [self.log(self.node("ReduceSum", p, self.whole(1, 2), keepdims=0)) for p in products]

    def network(self, student: Student, seen: str, share: str, present: str, jet: str) -> str:
        """Logit and logarithm of its spread, (N, 2), in single precision."""
        inner = _layers(student.network.inner)
        (first, bias), *rest = inner
        mean, width = student.standard.constituent
        x = self._linear(seen, first / width[:, None], bias - (mean / width) @ first)
        for weights, b in rest:
            x = self._linear(x, weights, b)
        weighted = self.node("ReduceSum", self.node("Mul", x, share), self.whole(1), keepdims=0)
        counted = self.node("ReduceMean", self.node("Mul", x, present), self.whole(1), keepdims=0)
        jet_mean, jet_width = (a.astype(np.float32) for a in student.standard.jet)
        scaled = self.node(
            "Div",
            self.node("Sub", jet, self.graph.constant(jet_mean)),
            self.graph.constant(jet_width),
        )
        x = self.node("Concat", weighted, counted, scaled, axis=1)
        *hidden, (weights, bias) = _layers(student.network.outer)
        for w, b in hidden:
            x = self.node("Relu", self.graph.affine(x, w.astype(np.float32), b.astype(np.float32)))
        return self.graph.affine(x, weights.astype(np.float32), bias.astype(np.float32))

    def _linear(self, x: str, weights: Array, bias: Array) -> str:
        product = self.node("MatMul", x, self.graph.constant(weights.astype(np.float32)))
        return self.node(
            "Relu", self.node("Add", product, self.graph.constant(bias.astype(np.float32)))
        )


def _layers(module: torch.nn.Module) -> list[tuple[Array, Array]]:
    """Weights (in, out) and biases of the affine layers, in their order."""
    linear = [m for m in module.modules() if isinstance(m, torch.nn.Linear)]
    return [
        (m.weight.detach().double().numpy().T, m.bias.detach().double().numpy()) for m in linear
    ]
