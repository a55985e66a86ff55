"""The limits of an admission."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from lhnets.format import Card


class Limits(Struct, frozen=True, kw_only=True):
    """What a network file may be, and what the process that tries it may use."""

    file_bytes: int = 1_000_000
    """Of a network of parameters."""
    event_file_bytes: int = 16_000_000
    """Of a network on events."""
    table_bytes: int = 50_000_000
    """A table that the author gives to measure the coverage."""
    nodes: int = 2_000
    event_nodes: int = 6_000
    elements: int = 2**20
    """Numbers in any one tensor of the graph at one row."""
    event_elements: int = 2**23
    """The same of a network on events, with 64 constituents where any number is allowed."""
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

    @classmethod
    def of_size(cls, file_bytes: int | None) -> Limits:
        """With one limit for the files of all kinds, or the usual ones."""
        return (
            cls() if file_bytes is None else cls(file_bytes=file_bytes, event_file_bytes=file_bytes)
        )

    @classmethod
    def of_megabytes(cls, size: float | None) -> Limits:
        """As `of_size`, in MB."""
        return cls.of_size(None if size is None else int(size * 1e6))

    @property
    def largest_file(self) -> int:
        """Bytes of the largest file of any kind."""
        return max(self.file_bytes, self.event_file_bytes)

    def for_card(self, card: Card) -> Limits:
        """The limits for the kind of a network."""
        if not card.tensors:
            return self
        return msgspec.structs.replace(
            self,
            file_bytes=self.event_file_bytes,
            nodes=max(self.nodes, self.event_nodes),
            elements=max(self.elements, self.event_elements),
        )
