"""The limits of an admission."""

from __future__ import annotations

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """What a network file may be, and what the process that tries it may use."""

    file_bytes: int = 1_000_000
    table_bytes: int = 50_000_000
    """A table that the author gives to measure the coverage."""
    nodes: int = 2_000
    elements: int = 2**20
    """Numbers in any one tensor of the graph at one row."""
    opset: tuple[int, int] = (13, 23)
    """First and last version of ai.onnx."""
    ml_opset: tuple[int, int] = (1, 5)
    """First and last version of ai.onnx.ml."""
    points: int = 10_000
    """Random points of the region."""
    memory_bytes: int = 4 * 2**30
    cpu_seconds: int = 60
    """Processor time of the process that tries the file: the same on an idle and on a busy
    machine."""
    wall_seconds: float = 900.0
    """For a process that waits for ever. So long that a busy machine does not change the verdict on
    a file."""
    output_bytes: int = 2**20
    """What the process may write: its findings, and nothing else."""
