"""The files of the runs, in a folder or on S3, found from where the store is now and not from where
it was made."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

_RUN = re.compile(r"[0-9a-f]{32}")
_ARTIFACTS = "artifacts"


class Files:
    """All files of a store, one folder for each run."""

    def __init__(self, place: str) -> None:
        self.place = place.rstrip("/")
        self._folder = None if "://" in place else Path(place)

    def uri(self, run_id: str) -> str:
        """Where the files of a run are, as MLflow keeps it."""
        return f"{self.place}/{run_id}/{_ARTIFACTS}"

    def read(self, run_id: str, path: str) -> bytes:
        """One file of a run."""
        if self._folder is not None:
            return (self._folder / run_id / _ARTIFACTS / path).read_bytes()
        with tempfile.TemporaryDirectory(prefix="lhnets-") as folder:
            local = get_artifact_repository(self.uri(run_id)).download_artifacts(
                path, dst_path=folder
            )
            return Path(local).read_bytes()

    def flush(self, run_id: str) -> None:
        """Bring the files of a run to the disk, where it is one, so that a version never outlives
        its files."""
        if self._folder is None:
            return
        for root, _, names in os.walk(self._folder / run_id):
            for path in (Path(root), *(Path(root) / name for name in names)):
                _flush(path)

    def discard(self, run_id: str) -> None:
        """Delete the files of a run."""
        if self._folder is None:
            get_artifact_repository(f"{self.place}/{run_id}").delete_artifacts()
            return
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self._folder / run_id)

    def runs(self) -> set[str]:
        """The runs that have files here."""
        return {name for name in self._names() if _RUN.fullmatch(name)}

    def _names(self) -> Iterator[str]:
        if self._folder is None:
            yield from (
                f.path for f in get_artifact_repository(self.place).list_artifacts() if f.is_dir
            )
        elif self._folder.is_dir():
            yield from (f.name for f in self._folder.iterdir() if f.is_dir())


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
