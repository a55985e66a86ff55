"""The shapes that operators give, from the shapes of their operands alone.

Each rule raises `UnknownSizeError` where an operand is not known, and ValueError where the operands
do not fit together, so that ONNX Runtime would refuse them too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets._running.graph import Node
from lhnets._running.operators.operator import positive_axis

Shape: TypeAlias = tuple[int, ...]


class UnknownSizeError(LookupError):
    """A size that does not follow from shapes and constants."""


class Operands(NamedTuple):
    """A node and what is known of its operands: shapes, and the numbers of small ones."""

    node: Node
    shapes: tuple[Shape | None, ...]
    values: tuple[NDArray[Any] | None, ...]

    def shape(self, k: int = 0) -> Shape:
        """The shape of one operand."""
        found = self.shapes[k] if k < len(self.shapes) else None
        if found is None:
            raise UnknownSizeError(self.node.inputs[k] if k < len(self.node.inputs) else str(k))
        return found

    def given(self, k: int) -> bool:
        """Whether an operand is there at all."""
        return k < len(self.node.inputs) and bool(self.node.inputs[k])

    def numbers(self, k: int) -> list[int]:
        """The whole numbers of an operand."""
        value = self.values[k] if k < len(self.values) else None
        if value is None:
            raise UnknownSizeError(self.node.inputs[k] if k < len(self.node.inputs) else str(k))
        return [int(n) for n in np.ravel(value)]

    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute of the node."""
        return self.node.attributes.get(name, default)

    def axis(self, default: int, rank: int) -> int:
        """The attribute `axis`, counted from 0."""
        axis = positive_axis(int(self.attribute("axis", default)), rank)
        if not 0 <= axis < max(rank, 1):
            raise ValueError(f"axis {axis} of {rank}")
        return axis


Rule: TypeAlias = Callable[[Operands], tuple[Shape, ...]]


def _same(x: Operands) -> tuple[Shape, ...]:
    return (x.shape(),) * len(x.node.outputs)


def _broadcast(x: Operands) -> tuple[Shape, ...]:
    return (np.broadcast_shapes(*(x.shape(k) for k in range(len(x.node.inputs)))),)


def _reduced(x: Operands) -> tuple[Shape, ...]:
    shape = x.shape()
    axes = x.numbers(1) if x.given(1) else x.attribute("axes")
    if not axes:
        if x.attribute("noop_with_empty_axes", 0):
            return (shape,)
        axes = range(len(shape))
    return (_without(shape, axes, bool(x.attribute("keepdims", 1))),)


def _arg_reduced(x: Operands) -> tuple[Shape, ...]:
    shape = x.shape()
    return (_without(shape, [x.axis(0, len(shape))], bool(x.attribute("keepdims", 1))),)


def _without(shape: Shape, axes: Any, keep: bool) -> Shape:
    gone = {positive_axis(int(a), len(shape)) for a in axes}
    return tuple(1 if k in gone else n for k, n in enumerate(shape) if keep or k not in gone)


def _concat(x: Operands) -> tuple[Shape, ...]:
    shapes = [x.shape(k) for k in range(len(x.node.inputs))]
    axis = x.axis(0, len(shapes[0]))
    if len({s[:axis] + s[axis + 1 :] for s in shapes}) > 1:
        raise ValueError("shapes to join differ")
    total = sum(s[axis] for s in shapes)
    return ((*shapes[0][:axis], total, *shapes[0][axis + 1 :]),)


def _constant(x: Operands) -> tuple[Shape, ...]:
    for name in ("value", "value_floats", "value_ints", "value_float", "value_int"):
        if name in x.node.attributes:
            return (np.shape(x.node.attributes[name]),)
    raise UnknownSizeError("Constant")


def _filled(x: Operands) -> tuple[Shape, ...]:
    return (_lengths(x.numbers(0)),)


def _lengths(numbers: list[int]) -> Shape:
    if any(n < 0 for n in numbers):
        raise ValueError(f"negative lengths {numbers}")
    return tuple(numbers)


def _expand(x: Operands) -> tuple[Shape, ...]:
    return (np.broadcast_shapes(x.shape(), _lengths(x.numbers(1))),)


def _tile(x: Operands) -> tuple[Shape, ...]:
    shape, times = x.shape(), _lengths(x.numbers(1))
    return (tuple(n * t for n, t in zip(shape, times, strict=True)),)


def _range(x: Operands) -> tuple[Shape, ...]:
    start, limit, step = (_number(x, k) for k in range(3))
    return ((max(math.ceil((limit - start) / step), 0),),)


def _number(x: Operands, k: int) -> float:
    value = x.values[k] if k < len(x.values) else None
    if value is None or value.size != 1:
        raise UnknownSizeError(x.node.inputs[k])
    number = float(np.ravel(value)[0])
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def _reshape(x: Operands) -> tuple[Shape, ...]:
    shape, wanted = x.shape(), x.numbers(1)
    if not x.attribute("allowzero", 0):
        wanted = [shape[k] if n == 0 else n for k, n in enumerate(wanted)]
    total = math.prod(shape)
    if -1 in wanted:
        known = math.prod(n for n in wanted if n != -1)
        wanted[wanted.index(-1)] = total // known if known else 0
    if math.prod(_lengths(wanted)) != total:
        raise ValueError(f"{shape} as {wanted}")
    return (tuple(wanted),)


def _flatten(x: Operands) -> tuple[Shape, ...]:
    shape = x.shape()
    axis = positive_axis(int(x.attribute("axis", 1)), len(shape))
    return ((math.prod(shape[:axis]), math.prod(shape[axis:])),)


def _squeeze(x: Operands) -> tuple[Shape, ...]:
    shape = x.shape()
    axes = x.numbers(1) if x.given(1) else x.attribute("axes")
    if axes is None:
        return (tuple(n for n in shape if n != 1),)
    gone = {positive_axis(a, len(shape)) for a in axes}
    if any(shape[k] != 1 for k in gone):
        raise ValueError(f"cannot squeeze {sorted(gone)} of {shape}")
    return (tuple(n for k, n in enumerate(shape) if k not in gone),)


def _unsqueeze(x: Operands) -> tuple[Shape, ...]:
    shape = x.shape()
    axes = x.numbers(1) if x.given(1) else x.attribute("axes", [])
    rank = len(shape) + len(axes)
    new, lengths = {positive_axis(a, rank) for a in axes}, iter(shape)
    return (tuple(1 if k in new else next(lengths) for k in range(rank)),)


def _transpose(x: Operands) -> tuple[Shape, ...]:
    shape = x.shape()
    order = x.attribute("perm") or list(reversed(range(len(shape))))
    return (tuple(shape[k] for k in order),)


def _gather(x: Operands) -> tuple[Shape, ...]:
    data, indices = x.shape(), x.shape(1)
    axis = x.axis(0, len(data))
    return ((*data[:axis], *indices, *data[axis + 1 :]),)


def _gather_nd(x: Operands) -> tuple[Shape, ...]:
    data, indices = x.shape(), x.shape(1)
    batch = int(x.attribute("batch_dims", 0))
    return ((*indices[:-1], *data[batch + indices[-1] :]),)


def _like_second(x: Operands) -> tuple[Shape, ...]:
    return (x.shape(1),)


def _slice(x: Operands) -> tuple[Shape, ...]:
    shape = list(x.shape())
    starts, ends = x.numbers(1), x.numbers(2)
    axes = x.numbers(3) if x.given(3) else range(len(starts))
    steps = x.numbers(4) if x.given(4) else [1] * len(starts)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        shape[axis] = len(range(*slice(start, _end(end, step), step).indices(shape[axis])))
    return (tuple(shape),)


def _end(end: int, step: int) -> int | None:
    """What ONNX writes as the least number is, going backwards, before the first element."""
    return None if step < 0 and end < -(2**30) else end


def _split(x: Operands) -> tuple[Shape, ...]:
    shape = x.shape()
    axis = x.axis(0, len(shape))
    length, outputs = shape[axis], len(x.node.outputs)
    if x.given(1):
        sizes = x.numbers(1)
    else:
        piece = -(-length // int(x.attribute("num_outputs", outputs)))
        sizes = [max(min(piece, length - piece * k), 0) for k in range(outputs)]
    if sum(sizes) != length:
        raise ValueError(f"{length} cut into {sizes}")
    return tuple((*shape[:axis], n, *shape[axis + 1 :]) for n in _lengths(sizes))


def _top_k(x: Operands) -> tuple[Shape, ...]:
    shape, (k,) = x.shape(), x.numbers(1)
    axis = x.axis(-1, len(shape))
    if k > shape[axis]:
        raise ValueError(f"the {k} largest of {shape[axis]}")
    return ((*shape[:axis], k, *shape[axis + 1 :]),) * len(x.node.outputs)


def _shape_of(x: Operands) -> tuple[Shape, ...]:
    return ((len(x.shape()[x.attribute("start", 0) : x.attribute("end")]),),)


def _scalar(x: Operands) -> tuple[Shape, ...]:
    return ((),)


def _matmul(x: Operands) -> tuple[Shape, ...]:
    a, b = x.shape(), x.shape(1)
    left, right = ((1, *a) if len(a) == 1 else a), ((*b, 1) if len(b) == 1 else b)
    if left[-1] != right[-2]:
        raise ValueError(f"{a} times {b}")
    rows = left[-2:-1] if len(a) > 1 else ()
    columns = right[-1:] if len(b) > 1 else ()
    return ((*np.broadcast_shapes(left[:-2], right[:-2]), *rows, *columns),)


def _gemm(x: Operands) -> tuple[Shape, ...]:
    a, b = x.shape(), x.shape(1)
    rows = a[1] if x.attribute("transA", 0) else a[0]
    return ((rows, b[0] if x.attribute("transB", 0) else b[1]),)


def _einsum(x: Operands) -> tuple[Shape, ...]:
    shapes = [x.shape(k) for k in range(len(x.node.inputs))]
    left, arrow, right = str(x.attribute("equation")).replace(" ", "").partition("->")
    terms = left.split(",")
    lengths: dict[str, int] = {}
    rest: Shape = ()
    for term, shape in zip(terms, shapes, strict=True):
        before, dots, after = term.partition("...")
        inner = shape[len(before) : len(shape) - len(after)] if dots else ()
        rest = np.broadcast_shapes(rest, inner)
        named = shape[: len(before)] + shape[len(shape) - len(after) :]
        for label, n in zip(before + after, named, strict=True):
            lengths[label] = max(lengths.get(label, 1), n)
    if not arrow:
        letters = left.replace(",", "").replace(".", "")
        single = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
        right = ("..." if "..." in left else "") + single
    before, dots, after = right.partition("...")
    return ((*(lengths[c] for c in before), *(rest if dots else ()), *(lengths[c] for c in after)),)


def _one_hot(x: Operands) -> tuple[Shape, ...]:
    indices, (depth,) = x.shape(), x.numbers(1)
    axis = positive_axis(int(x.attribute("axis", -1)), len(indices) + 1)
    return ((*indices[:axis], *_lengths([depth]), *indices[axis:]),)


def _pad(x: Operands) -> tuple[Shape, ...]:
    shape, pads = list(x.shape()), x.numbers(1)
    axes = x.numbers(3) if x.given(3) else list(range(len(shape)))
    for k, axis in enumerate(axes):
        shape[axis] += pads[k] + pads[k + len(axes)]
    return (_lengths(shape),)


def _resize(x: Operands) -> tuple[Shape, ...]:
    shape = x.shape()
    axes = x.attribute("axes") or range(len(shape))
    if x.given(3):
        sizes = dict(zip(axes, x.numbers(3), strict=True))
        return (_lengths([sizes.get(k, n) for k, n in enumerate(shape)]),)
    scales = x.values[2] if x.given(2) else None
    if scales is None:
        raise UnknownSizeError("Resize")
    by = dict(zip(axes, np.ravel(scales).tolist(), strict=True))
    return (tuple(int(n * by.get(k, 1.0)) for k, n in enumerate(shape)),)


def _non_zero(x: Operands) -> tuple[Shape, ...]:
    value = x.values[0]
    if value is None:
        raise UnknownSizeError(x.node.inputs[0])
    return ((value.ndim, int(np.count_nonzero(value))),)


def _window(x: Operands, kernel: Shape, channels: int) -> tuple[Shape, ...]:
    """Of a convolution or a pool."""
    shape, space = x.shape(), len(kernel)
    strides = x.attribute("strides") or [1] * space
    dilations = x.attribute("dilations") or [1] * space
    pads = x.attribute("pads") or [0] * (2 * space)
    auto = x.attribute("auto_pad", "NOTSET")
    found = []
    for k, n in enumerate(shape[2:]):
        reach = dilations[k] * (kernel[k] - 1) + 1
        if auto in ("SAME_UPPER", "SAME_LOWER"):
            found.append(-(-n // strides[k]))
            continue
        around = 0 if auto == "VALID" else pads[k] + pads[k + space]
        steps = (n + around - reach) / strides[k]
        found.append(math.ceil(steps) + 1 if x.attribute("ceil_mode", 0) else math.floor(steps) + 1)
    return ((shape[0], channels, *_lengths(found)),) * len(x.node.outputs)


def _conv(x: Operands) -> tuple[Shape, ...]:
    weights = x.shape(1)
    return _window(x, weights[2:], weights[0])


def _pool(x: Operands) -> tuple[Shape, ...]:
    return _window(x, tuple(x.attribute("kernel_shape")), x.shape()[1])


def _conv_transpose(x: Operands) -> tuple[Shape, ...]:
    shape, weights = x.shape(), x.shape(1)
    space, channels = len(shape) - 2, weights[1] * int(x.attribute("group", 1))
    wanted = x.attribute("output_shape")
    if wanted:
        return ((shape[0], channels, *wanted[-space:]),)
    strides = x.attribute("strides") or [1] * space
    dilations = x.attribute("dilations") or [1] * space
    pads = x.attribute("pads") or [0] * (2 * space)
    more = x.attribute("output_padding") or [0] * space
    auto = x.attribute("auto_pad", "NOTSET").startswith("SAME")
    found = [
        n * strides[k]
        if auto
        else strides[k] * (n - 1) + more[k] + dilations[k] * (weights[k + 2] - 1) + 1
        - pads[k] - pads[k + space]
        for k, n in enumerate(shape[2:])
    ]  # fmt: skip
    return ((shape[0], channels, *_lengths(found)),)


def _global_pool(x: Operands) -> tuple[Shape, ...]:
    shape = x.shape()
    return ((*shape[:2], *(1 for _ in shape[2:])),)


def _recurrent(x: Operands) -> tuple[Shape, ...]:
    length, batch, _ = x.shape()
    hidden = int(x.attribute("hidden_size", x.shape(2)[-1]))
    ways = 2 if x.attribute("direction", "forward") == "bidirectional" else 1
    if x.attribute("layout", 0):
        length, batch = batch, length
        return ((batch, length, ways, hidden), *((batch, ways, hidden),) * 2)
    return ((length, ways, batch, hidden), *((ways, batch, hidden),) * 2)


def _picked(x: Operands) -> tuple[Shape, ...]:
    """ArrayFeatureExtractor: columns of a matrix."""
    return ((*x.shape()[:-1], math.prod(x.shape(1))),)


def _joined(x: Operands) -> tuple[Shape, ...]:
    """FeatureVectorizer: the columns of several matrices."""
    return ((x.shape()[0], sum(x.attribute("inputdimensions", ()))),)


def _blocks(x: Operands) -> tuple[Shape, ...]:
    n, c, h, w = x.shape()
    side = int(x.attribute("blocksize"))
    if x.node.operator == "DepthToSpace":
        return ((n, c // side**2, h * side, w * side),)
    return ((n, c * side**2, h // side, w // side),)


def _rows(x: Operands) -> tuple[Shape, ...]:
    """Trees and linear models: a number for each target, or a label and a score for each class."""
    rows = x.shape()[0]
    names = ("n_targets", "targets")
    targets = next((int(x.attribute(n)) for n in names if n in x.node.attributes), 1)
    labels = ("classlabels_strings", "classlabels_int64s", "classlabels_ints")
    classes = max(len(x.attribute(name, ())) for name in labels)
    return ((rows, targets),) if len(x.node.outputs) == 1 else ((rows,), (rows, classes))


_SAME = """
    Abs Acos Acosh Asin Asinh Atan Atanh BatchNormalization Cast CastLike Ceil Celu Clip Cos Cosh
    CumSum DequantizeLinear Elu Erf Exp EyeLike Floor Gelu GroupNormalization HardSigmoid HardSwish
    Hardmax Identity InstanceNormalization IsInf IsNaN LRN LayerNormalization LeakyRelu Log
    LogSoftmax LpNormalization MeanVarianceNormalization Mish Neg Not PRelu QuantizeLinear
    RMSNormalization Reciprocal Relu Round ScatterElements ScatterND Selu Shrink Sigmoid Sign Sin
    Sinh Softmax Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu Trilu
    Binarizer Imputer Normalizer Scaler
"""
_BROADCAST = """
    Add And Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Or Pow Sub Sum
    Where Xor
"""
_REDUCTIONS = """
    ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd
    ReduceSum ReduceSumSquare
"""
_MODELS = """
    LinearClassifier LinearRegressor SVMClassifier SVMRegressor TreeEnsemble TreeEnsembleClassifier
    TreeEnsembleRegressor
"""

RULES: Mapping[str, Rule] = {
    **dict.fromkeys(_SAME.split(), _same),
    **dict.fromkeys(_BROADCAST.split(), _broadcast),
    **dict.fromkeys(_REDUCTIONS.split(), _reduced),
    **dict.fromkeys(_MODELS.split(), _rows),
    **dict.fromkeys(("ArgMax", "ArgMin"), _arg_reduced),
    **dict.fromkeys(("AveragePool", "MaxPool"), _pool),
    **dict.fromkeys(("DepthToSpace", "SpaceToDepth"), _blocks),
    **dict.fromkeys(("GRU", "LSTM", "RNN"), _recurrent),
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool"), _global_pool),
    "ArrayFeatureExtractor": _picked,
    "Concat": _concat,
    "Constant": _constant,
    "ConstantOfShape": _filled,
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Einsum": _einsum,
    "Expand": _expand,
    "FeatureVectorizer": _joined,
    "Flatten": _flatten,
    "Gather": _gather,
    "GatherElements": _like_second,
    "GatherND": _gather_nd,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "NonZero": _non_zero,
    "OneHot": _one_hot,
    "Pad": _pad,
    "Range": _range,
    "Reshape": _reshape,
    "Resize": _resize,
    "Shape": _shape_of,
    "Size": _scalar,
    "Slice": _slice,
    "Split": _split,
    "Squeeze": _squeeze,
    "Tile": _tile,
    "TopK": _top_k,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
"""By the name of the operator."""
