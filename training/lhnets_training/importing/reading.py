"""A model file as a `ConvertedModel`: read and converted in a child process with limits, in an
empty folder, without settings."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray

from lhnets.errors import Error, MissingExtraError
from lhnets_registry.isolation import sandbox
from lhnets_registry.isolation.confinement import hide, tell_lacking
from lhnets_training.importing import errors, frames
from lhnets_training.importing.formats.identify import Format, identify
from lhnets_training.importing.source import Arrays, ConvertedModel, Tensor

DEADLINE = 600.0
"""Seconds for one answer of the child; frameworks take up to some ten to load."""
_ERROR_TAIL = 4000


class Child:
    """A running child process and the conversation with it."""

    def __init__(self, folder: Path, log: IO[bytes]) -> None:
        self._log = log
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-B", "-m", f"{__package__}.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=folder,
            env=sandbox.environment(str(folder)),
            start_new_session=True,
        )

    def ask(
        self, header: frames.Header, arrays: Arrays | None = None
    ) -> tuple[frames.Header, Arrays, bytes]:
        """One request and its answer.

        Raises
        ------
        ModelError
            If the child ends, or does not answer within the deadline.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if self._process.stdin.closed:
            raise errors.ModelError(
                "the process that reads the model was ended; ask it within `opened`"
            )
        timer = threading.Timer(DEADLINE, self._process.kill)
        timer.start()
        try:
            frames.write(self._process.stdin, header, arrays)
            return frames.read(self._process.stdout)
        except (frames.FrameError, OSError) as error:
            raise errors.ModelError(f"the process that reads the model {self._ending()}") from error
        finally:
            timer.cancel()

    def end(self) -> None:
        """End it and everything it started."""
        sandbox.end(self._process)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None and not stream.closed:
                stream.close()

    def _ending(self) -> str:
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "gave an answer that cannot be read"
        self._log.seek(0)
        lines = [
            line.strip()
            for line in self._log.read()[-_ERROR_TAIL:].decode(errors="replace").splitlines()
        ]
        last = next((line for line in reversed(lines) if line), "no message")[:500]
        if code == -signal.SIGKILL:
            return f"ran into its deadline of {DEADLINE:g} s or its limits: {last}"
        return (
            f"ended with {signal.Signals(-code).name if code < 0 else f'exit code {code}'}: {last}"
        )


@contextmanager
def opened(
    paths: Sequence[Path], wanted: Sequence[Tensor], *, trust: bool = False
) -> Iterator[ConvertedModel]:
    """The model at ``paths`` (one file, or an architecture of Keras and its weights), while the
    context lasts.

    Raises
    ------
    UntrustedFormatError
        If the format runs code on load and ``trust`` is not given; nothing was parsed then.
    ModelError
        If a file is not a model, or cannot be converted.
    """
    formats = [_allowed(path, trust) for path in paths]
    found = _together(formats, paths)
    with (
        hide(),
        tempfile.TemporaryDirectory(prefix="lhnets-") as name,
        tempfile.TemporaryFile() as log,
    ):
        folder = Path(name)
        copies = [
            shutil.copyfile(path, folder / f"model_{k}{path.suffix}")
            for k, path in enumerate(paths)
        ]
        child = Child(folder, log)
        try:
            header, _, data = child.ask(
                {
                    "module": found.module,
                    "paths": [str(p) for p in copies],
                    "wanted": msgspec.to_builtins(tuple(wanted)),
                    "trust": trust,
                }
            )
            yield _source(header, data, child, paths[0].name)
        finally:
            child.end()


def _allowed(path: Path, trust: bool) -> Format:
    found = identify(path)
    found.require(trust, path.name)
    return found


def _together(formats: Sequence[Format], paths: Sequence[Path]) -> Format:
    if len(formats) == 1:
        return formats[0]
    named = ", ".join(f"{p.name} ({f.what})" for p, f in zip(paths, formats, strict=True))
    if len(formats) == 2 and {f.what for f in formats} == {
        "an architecture of Keras",
        "an HDF5 file of Keras",
    }:
        return formats[0]
    raise errors.ModelError(
        f"got {named}; expected one model, or a .json architecture of Keras and its .h5 weights"
    )


def _source(header: frames.Header, data: bytes, child: Child, name: str) -> ConvertedModel:
    if "error" in header:
        raise _error(str(header["error"]), f"{name}: {header['message']}")
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
        described = msgspec.convert(header, _Described)
    except (DecodeError, msgspec.MsgspecError) as error:
        raise errors.ModelError(
            f"{name}: the process that reads the model sent something else: {error}"
        ) from error

    def predict(arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        return child.ask({}, dict(arrays))[1]

    def exact(arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        return child.ask({"exact": True}, dict(arrays))[1]

    fields = {n: getattr(described, n) for n in described.__struct_fields__}
    lacking = tell_lacking(str(header.get("confined", "")))
    note = "; ".join(part for part in (described.note, lacking) if part)
    return ConvertedModel(model=model, predict=predict, exact=exact, **(fields | {"note": note}))


def _error(kind: str, message: str) -> Error:
    known = {
        e.__name__: e
        for e in (errors.UntrustedFormatError, MissingExtraError, errors.NormalisationError)
    }
    return known.get(kind, errors.ModelError)(message)


class _Described(msgspec.Struct):
    """What the child says of its model."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    framework: str
    version: str
    method: str
    columns: tuple[str, ...]
    spreads: tuple[str, ...]
    metadata: dict[str, str]
    note: str
