"""The child process of an import: reads and converts one model, then answers for it until its input
ends.

Run as ``python -m lhnets_training.importing.child``. The limits are set before anything of a model
is read. What the frameworks print goes to standard error.
"""

from __future__ import annotations

import os
import resource
import sys
from dataclasses import asdict
from inspect import signature
from pathlib import Path
from typing import BinaryIO

import msgspec

from lhnets.errors import Error
from lhnets_registry.isolation import sandbox
from lhnets_registry.isolation.confinement import confine
from lhnets_training.importing import frames
from lhnets_training.importing.formats.identify import reader
from lhnets_training.importing.source import Arrays, ConvertedModel, Tensor

MEMORY_BYTES = min(16 * 2**30, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
FILE_BYTES = 2**30
CPU_SECONDS = 1800


def restrict() -> str:
    """Set the limits of this process and confine it, for good. Returns in words to what the kernel
    holds it; it may write in its own folder."""
    sandbox.restrict_resources(MEMORY_BYTES, FILE_BYTES)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    seconds = CPU_SECONDS if hard == resource.RLIM_INFINITY else min(CPU_SECONDS, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    return confine(writable=[str(Path.cwd())])


def main(requests: BinaryIO, answers: BinaryIO, confined: str) -> None:
    """Convert the model of the first request, then predict for each further one.

    ``confined`` says in words to what the kernel holds this process.
    """
    header, _, _ = frames.read(requests)
    try:
        wanted = msgspec.convert(header["wanted"], tuple[Tensor, ...])
        module = reader(header["module"])
        paths = [Path(p) for p in header["paths"]]
        trusting = (
            {"trust": header["trust"]} if "trust" in signature(module.from_file).parameters else {}
        )
        source: ConvertedModel = module.from_file(*paths, wanted, **trusting)
    except Error as error:
        frames.write(answers, {"error": type(error).__name__, "message": str(error)})
        return
    header = described(source) | {"confined": confined}
    frames.write(answers, header, data=source.model.SerializeToString())
    while True:
        try:
            header, arrays, _ = frames.read(requests)
        except frames.FrameError:
            return
        if "exact" in header:
            frames.write(answers, {}, _exactly(source, arrays))
        else:
            frames.write(answers, {}, source.predict(arrays))


def _exactly(source: ConvertedModel, arrays: Arrays) -> Arrays:
    """In double precision; nothing where the framework cannot."""
    if source.exact is None:
        return {}
    try:
        return source.exact(arrays)
    except Exception:  # noqa: BLE001 - frameworks raise whatever they like
        return {}


def described(source: ConvertedModel) -> frames.Header:
    """A source but its model and its prediction."""
    names = ("framework", "version", "method", "columns", "spreads", "note")
    return {
        **{name: getattr(source, name) for name in names},
        "inputs": [asdict(t) for t in source.inputs],
        "outputs": [asdict(t) for t in source.outputs],
        "metadata": dict(source.metadata),
    }


if __name__ == "__main__":
    held_to = restrict()
    with os.fdopen(os.dup(1), "wb") as sink:
        os.dup2(2, 1)
        main(sys.stdin.buffer, sink, held_to)
