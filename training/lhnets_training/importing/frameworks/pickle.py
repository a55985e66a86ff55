"""Pickles and joblib files: loaded only in the child process of an import, and only with
``--trust``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lhnets_training.importing.errors import ModelError
from lhnets_training.importing.formats.identify import converted
from lhnets_training.importing.source import ConvertedModel, Tensor, framework


def from_file(path: Path, wanted: Sequence[Tensor]) -> ConvertedModel:
    """The model in a pickle, compressed or not.

    Raises
    ------
    ModelError
        If it cannot be loaded, or holds no model.
    """
    joblib = framework("joblib")
    try:
        model = joblib.load(path)
    except Exception as error:
        raise ModelError(
            f"cannot be unpickled: {type(error).__name__}: {' '.join(str(error).split())[:300]}. A "
            "pickle needs the classes and versions that wrote it: load it where it was made, and "
            "save it as ONNX, skops, or the framework's own format"
        ) from error
    return converted(model, wanted)
