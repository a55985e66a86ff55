"""What runs a network: ONNX Runtime, or machine code compiled here."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from lhnets.errors import CompilerError, EngineWarning, NetworkFileError, ParameterError
from lhnets.format import NetworkFile

if TYPE_CHECKING:
    from lhnets._running.native.engine import NativeSession
    from lhnets._running.session import Session

Engine: TypeAlias = Literal["onnxruntime", "native"]

ENGINE_VARIABLE = "LHNETS_ENGINE"

_told: set[str] = set()
"""Reasons that the user was told of; each is told once."""


def choose_engine(engine: str | None) -> Engine:
    """The engine that is asked for, by name or in the variable LHNETS_ENGINE.

    Raises
    ------
    ParameterError
        If there is no such engine.
    """
    named = engine if engine is not None else os.environ.get(ENGINE_VARIABLE) or "onnxruntime"
    if named not in get_args(Engine):
        where = "engine" if engine is not None else ENGINE_VARIABLE
        raise ParameterError(f"{where} must be 'onnxruntime' or 'native', got {named!r}")
    return cast(Engine, named)


def open_session(file: NetworkFile, engine: Engine) -> Session | NativeSession:
    """A network file ready to run.

    Warns
    -----
    EngineWarning
        If it cannot be compiled; ONNX Runtime runs it then, with the same numbers.
    """
    if engine == "native":
        try:
            from lhnets._running.native.engine import open_native

            return open_native(file)
        except (CompilerError, NetworkFileError) as error:
            _tell(str(error))
    from lhnets._running.session import Session

    return Session(file.content, file.card)


def _tell(reason: str) -> None:
    if reason not in _told:
        _told.add(reason)
        warnings.warn(
            f"the native engine cannot be used: {reason}. ONNX Runtime answers, as exactly and "
            "slower",
            EngineWarning,
            stacklevel=5,
        )
