"""The operators that a network may be made of.

Left out on purpose: control flow, sequences and optionals, strings, random numbers (the same input
must give the same answer), and operators whose output shape depends on the data (Unique, Compress,
NonMaxSuppression). NonZero may count what depends on shapes alone, as exporters use it.
"""

from __future__ import annotations

STANDARD = frozenset(
    """
    Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization Cast
    CastLike Ceil Celu Clip Concat Constant ConstantOfShape Conv ConvTranspose Cos Cosh CumSum
    DepthToSpace DequantizeLinear Div Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor GRU
    Gather GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual
    GroupNormalization HardSigmoid HardSwish Hardmax Identity InstanceNormalization IsInf IsNaN LRN
    LSTM LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax LpNormalization MatMul Max
    MaxPool Mean MeanVarianceNormalization Min Mish Mod Mul Neg NonZero Not OneHot Or PRelu Pad Pow
    QuantizeLinear RMSNormalization RNN Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum
    ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape
    Resize Round ScatterElements ScatterND Selu Shape Shrink Sigmoid Sign Sin Sinh Size Slice
    Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Swish Tan Tanh ThresholdedRelu
    Tile TopK Transpose Trilu Unsqueeze Where Xor
    """.split()  # noqa: SIM905 - a table of names reads best as text
)
"""Operators of ai.onnx."""

CLASSICAL = frozenset(
    """
    ArrayFeatureExtractor Binarizer FeatureVectorizer Imputer LinearClassifier LinearRegressor
    Normalizer SVMClassifier SVMRegressor Scaler TreeEnsemble TreeEnsembleClassifier
    TreeEnsembleRegressor
    """.split()  # noqa: SIM905 - a table of names reads best as text
)
"""Operators of ai.onnx.ml."""

ALLOWED = {"": STANDARD, "ai.onnx": STANDARD, "ai.onnx.ml": CLASSICAL}
"""Allowed operators by their domain."""

CONTROL_FLOW = frozenset({"If", "Loop", "Scan", "SequenceMap"})

SIZE_OPERANDS = {
    "ConstantOfShape": (0,),
    "Expand": (1,),
    "NonZero": (0,),
    "OneHot": (1,),
    "Pad": (1,),
    "Range": (0, 1, 2),
    "Reshape": (1,),
    "Resize": (2, 3),
    "Slice": (1, 2, 3, 4),
    "Split": (1,),
    "Tile": (1,),
    "TopK": (1,),
}
"""Positions of the operands that decide the size of an output."""
