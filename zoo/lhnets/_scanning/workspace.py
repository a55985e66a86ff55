"""The folder beside the result that holds what a scan has done so far, so that a killed scan goes
on where it was.

``OUT.scan`` holds ``scan.json``, which says what is scanned and how, and the blocks that are done.
Each is written under another name and renamed. A result in one file is kept as blocks of results
until the end; parts of a folder are final at once. The last step renames the result to OUT.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from lhnets._scanning.arrow import REASONS, decode_reasons, encode_reasons
from lhnets._scanning.reasons import Reasons
from lhnets.errors import Error, ParameterError, ScanError
from lhnets.extras import import_optional

_SCAN = "scan.json"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Identity(Struct, frozen=True):
    """What makes two scans the same scan.

    Attributes
    ----------
    provenance : str
        Questions and networks.
    dtype : str
        Of the columns of results.
    rows : int
        Of a block.
    parts : bool
        Whether the result is a folder of parts.
    files : tuple
        Path, size and time of the last change of each file that is scanned.
    """

    provenance: str
    dtype: str
    rows: int
    parts: bool
    files: tuple[tuple[str, int, int], ...]


_WORDS = {
    "provenance": "other questions, networks or another lhnets",
    "dtype": "another type of the columns",
    "rows": "other blocks",
    "parts": "a file in place of parts, or the reverse",
    "files": "files that were changed since, or other files",
}


class ScanWorkspace:
    """What is done of a scan.

    Parameters
    ----------
    out : Path
        Where the result will be.
    identity : Identity
        Of the scan.
    """

    def __init__(self, out: Path, identity: Identity) -> None:
        self.out = out
        self.folder = out.with_name(f"{out.name}.scan")
        self.identity = identity
        self._blocks = self.folder / "blocks"

    def begin(self, overwrite: bool) -> bool:
        """Prepare the folder, or find it from an earlier run.

        Returns
        -------
        bool
            Whether all is done already, up to the removal of the folder.

        Raises
        ------
        ScanError
            If OUT exists and is not to be replaced.
        ParameterError
            If the folder is that of another scan.
        """
        note = self.folder / _SCAN
        if note.exists():
            self._require_same(note)
            return not self._blocks.exists() and self.out.exists()
        if any(Path(path).is_relative_to(self.out.resolve()) for path, *_ in self.identity.files):
            raise ParameterError(
                f"{self.out} is what is scanned, or holds it: choose another name for the result"
            )
        if self.out.exists() and not overwrite:
            raise ScanError(
                f"{self.out} exists: choose another name, or pass --overwrite (overwrite=True) to "
                "replace it"
            )
        self._blocks.mkdir(parents=True, exist_ok=True)
        partial = note.with_suffix(".partial")
        partial.write_bytes(msgspec.json.encode(self.identity))
        partial.replace(note)
        return False

    def _require_same(self, note: Path) -> None:
        try:
            begun = msgspec.json.decode(note.read_bytes(), type=Identity)
        except msgspec.MsgspecError:
            begun = Identity("", "", 0, False, ())
        differs = [
            words
            for name, words in _WORDS.items()
            if getattr(begun, name) != getattr(self.identity, name)
        ]
        if differs:
            raise ParameterError(
                f"{self.folder} is what an unfinished scan left, with {'; '.join(differs)}. Repeat "
                "that scan to finish it, or remove the folder to begin anew"
            )

    def count_done(self) -> int:
        """How many blocks are there, from the first on without a gap."""
        count = 0
        while self._find(count) is not None:
            count += 1
        return count

    def reasons_of(self, number: int) -> dict[str, Reasons]:
        """Why points of a block have no answer."""
        return decode_reasons(self._find(number)[REASONS])

    def _find(self, number: int) -> Any:
        """The metadata of a block; None if it is absent or was torn by a crash of the machine."""
        path = self._path(number)
        if not path.exists():
            return None
        arrow = import_optional("pyarrow", "scan")
        try:
            if self.identity.parts:
                parquet = import_optional("pyarrow.parquet", "scan")
                return parquet.read_metadata(path).metadata
            with arrow.OSFile(str(path)) as file:
                return arrow.ipc.open_file(file).schema.metadata
        except (arrow.ArrowInvalid, OSError):
            return None

    def read(self, number: int) -> Any:
        """The results of a block, as an Arrow table."""
        arrow = import_optional("pyarrow", "scan")
        with arrow.OSFile(str(self._path(number))) as file:
            return arrow.ipc.open_file(file).read_all()

    def save(self, number: int, results: Any, reasons: dict[str, Reasons]) -> None:
        """Keep the results of a block."""
        arrow = import_optional("pyarrow", "scan")
        schema = results.schema.with_metadata({REASONS: encode_reasons(reasons)})
        with (
            self._writing(self._path(number)) as partial,
            arrow.OSFile(str(partial), "wb") as file,
            arrow.ipc.new_file(file, schema) as to,
        ):
            to.write_table(results.replace_schema_metadata(schema.metadata))

    def save_part(self, number: int, table: Any, reasons: dict[str, Reasons]) -> None:
        """Write a part of the result."""
        with (
            self._writing(self._path(number)) as partial,
            parquet_writer(partial, table.schema) as writer,
        ):
            writer.write_table(table, row_group_size=max(1, table.num_rows))
            writer.add_key_value_metadata({REASONS.decode(): encode_reasons(reasons).decode()})

    @contextmanager
    def writing_whole(self, schema: Any) -> Iterator[Any]:
        """A writer of the result in one file, which takes its place at the end."""
        partial = self.folder / "whole.partial"
        with self.telling(), parquet_writer(partial, schema) as writer:
            yield writer
        with self.telling():
            partial.replace(self.folder / "whole.parquet")

    def finish(self) -> None:
        """Put the result in its place, and remove the folder."""
        with self.telling():
            if self.identity.parts:
                if self._blocks.exists():
                    self._replace(self._blocks)
            else:
                self._replace(self.folder / "whole.parquet")
            shutil.rmtree(self.folder)

    def _replace(self, result: Path) -> None:
        if self.out.is_dir():
            shutil.rmtree(self.out)
        elif result.is_dir() and self.out.exists():
            self.out.unlink()
        result.replace(self.out)

    @contextmanager
    def _writing(self, path: Path) -> Iterator[Path]:
        partial = path.with_name(f"_{path.name}.partial")
        with self.telling():
            yield partial
            partial.replace(path)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """What the file system refuses becomes a `ScanError` that says how to go on."""
        try:
            yield
        except OSError as error:
            if isinstance(error, Error):
                raise
            advice = "free some space" if error.errno in _FULL else "correct that"
            raise ScanError(
                f"cannot write {self.folder}: {error.strerror or error}. What is done is kept: "
                f"{advice} and repeat the command, it goes on from there"
            ) from error

    def _path(self, number: int) -> Path:
        name = f"part-{number:05d}.parquet" if self.identity.parts else f"{number:05d}.arrow"
        return self._blocks / name


def parquet_writer(path: Path, schema: Any) -> Any:
    """A writer of a Parquet file. Numbers are not worth a dictionary, text is."""
    parquet = import_optional("pyarrow.parquet", "scan")
    types = import_optional("pyarrow", "scan").types
    words = [f.name for f in schema if types.is_string(f.type) or types.is_large_string(f.type)]
    return parquet.ParquetWriter(path, schema, use_dictionary=words or False, compression="zstd")
