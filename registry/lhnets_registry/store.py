"""The system of record: MLflow on SQLite in one folder, or on PostgreSQL. The only module that speaks to MLflow.

A published version is an MLflow run (metrics, parameters, tags, data set, files) and a model version that points to it.
The files of the run are complete before the model version is made, and making it is one transaction that carries the
status: there is no moment at which half a version can be seen. What an interrupted publication leaves is a run that
never ended; the next publication removes it.

The model in the run is the sealed network file itself, byte for byte, under MLflow's ONNX flavour. The file is never
parsed here.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import unquote, urlparse

import msgspec
import numpy as np
from msgspec import Struct

from lhnets._card import Card, Data
from lhnets._errors import IntegrityError
from lhnets._file import NetworkFile
from lhnets_registry.errors import NameConflictError, ReviewError, StoreError
from lhnets_registry.location import Location
from lhnets_registry.report import Report

_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ALLOW_MODEL_CODE_EXECUTION": "false",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX": "^mlflow-artifacts:/.*$",
    "MLFLOW_ALLOW_HTTP_REDIRECTS": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
os.environ.update(_SETTINGS)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import mlflow.artifacts
    from mlflow import MlflowClient
    from mlflow.entities import Dataset, DatasetInput, Metric, Param
    from mlflow.exceptions import MlflowException
    from mlflow.models import Model, ModelSignature
    from mlflow.store.model_registry import sqlalchemy_store as _registry_tables  # noqa: F401
    from mlflow.store.tracking import sqlalchemy_store as _tracking_tables  # noqa: F401
    from mlflow.types import Schema, TensorSpec

Status: TypeAlias = Literal["candidate", "verified", "rejected", "retracted"]

EXPERIMENT = "lhnets"
_MARK = "lhnets"
"""Tag of what is ours, in a database that may hold other people's models."""
_MODEL, _REPORT = "model", "admission.json"
_FILE = "model.onnx"
_PAGE = 1000
_PARAM_LENGTH, _BATCH, _DIGEST_LENGTH = 6000, 100, 36
_KEY = re.compile(r"[^\w.\- /]")
_ALIASES: tuple[Status, ...] = ("candidate", "verified")

for _noisy in ("mlflow", "alembic"):
    logging.getLogger(_noisy).setLevel(logging.WARNING)


class Version(Struct, frozen=True):
    """One published version, as the store knows it."""

    name: str
    version: int
    status: Status
    reason: str
    kind: str
    subject: str
    title: str
    sha256: str
    run_id: str
    published: int
    """Milliseconds since 1970."""

    @property
    def identity(self) -> str:
        """NAME@VERSION."""
        return f"{self.name}@{self.version}"


class Store:
    """An open store. Methods that change it must run under `Location.lock`."""

    def __init__(self, location: Location) -> None:
        self.location = location
        with self._errors("opened"):
            self._client = MlflowClient(location.uri, location.uri)
            self._experiment = self._find_experiment()

    def versions(self, name: str | None = None) -> list[Version]:
        """Every version, or those of ``name``, ordered by name and version."""
        query = "" if name is None else f"name = '{name}'"
        with self._errors("read"):
            found, token = [], None
            while True:
                page = self._client.search_model_versions(query, max_results=_PAGE, page_token=token)
                found += [_version(v) for v in page if _MARK in v.tags]
                token = page.token
                if not token:
                    return sorted(found, key=lambda v: (v.name, v.version))

    def content(self, version: Version) -> bytes:
        """The network file of ``version``.

        Raises
        ------
        IntegrityError
            where the bytes are no longer those that were published.
        """
        content = self._artifact(version, f"{_MODEL}/{_FILE}")
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 != version.sha256:
            raise IntegrityError(
                f"the file of {version.identity} in {self.location.shown} has SHA-256 {sha256}, published was "
                f"{version.sha256}. Restore it from a backup or a mirror"
            )
        return content

    def report(self, version: Version) -> Report:
        """The report with which ``version`` was admitted."""
        return Report.from_json(self._artifact(version, _REPORT))

    def add(self, network: NetworkFile, report: Report, known: list[Version]) -> Version:
        """Publish ``network`` as a candidate, or leave nothing. ``known`` are the versions that are there.

        Raises
        ------
        NameConflictError
            where its version is not the next one of its name.
        """
        check_turn(network.card, known)
        card = network.card
        with self._errors("written"):
            run = self._client.create_run(self._experiment, tags=_run_tags(network), run_name=card.identity)
            try:
                self._record(run.info, network, report)
                self._register(card, run.info, _tags(network))
            except BaseException:
                with contextlib.suppress(Exception):
                    self._discard(run.info.run_id)
                    self._drop_empty_names()
                raise
            self._client.set_terminated(run.info.run_id)
            self.align(card.name)
        return next(v for v in self.versions(card.name) if v.version == card.version)

    def mark(self, version: Version, status: Status, reason: str) -> None:
        """Give ``version`` another status; the reason is written first, the status decides."""
        with self._errors("written"):
            self._client.set_model_version_tag(version.name, str(version.version), "reason", reason)
            self._client.set_model_version_tag(version.name, str(version.version), "status", status)
            self.align(version.name)

    def align(self, name: str) -> None:
        """Point the aliases of ``name`` to its newest candidate and its newest verified version."""
        with self._errors("written"):
            versions = self.versions(name)
            present = self._client.get_registered_model(name).aliases
            for alias in _ALIASES:
                newest = max((v.version for v in versions if v.status == alias), default=None)
                if newest is not None and present.get(alias) != str(newest):
                    self._client.set_registered_model_alias(name, alias, str(newest))
                elif newest is None and alias in present:
                    self._client.delete_registered_model_alias(name, alias)

    def sweep(self, known: list[Version]) -> None:
        """Remove what interrupted publications left: runs that no version points to, names without a version."""
        with self._errors("written"):
            in_use = {v.run_id: v for v in known}
            for run in self._client.search_runs([self._experiment], "attributes.status = 'RUNNING'"):
                if run.info.run_id in in_use:
                    self._client.set_terminated(run.info.run_id)
                    self.align(in_use[run.info.run_id].name)
                else:
                    self._discard(run.info.run_id)
            self._drop_empty_names()

    def _find_experiment(self) -> str:
        experiment = self._client.get_experiment_by_name(EXPERIMENT)
        if experiment is not None:
            return str(experiment.experiment_id)
        if self.location.artifacts is None:
            raise StoreError(
                f"the store {self.location.shown} is new and has no place for its files yet: name a folder or "
                "s3://… with --artifacts or LHNETS_ARTIFACTS"
            )
        return str(self._client.create_experiment(EXPERIMENT, artifact_location=self.location.artifacts))

    def _record(self, info: Any, network: NetworkFile, report: Report) -> None:
        """Metrics, parameters, data set and files of the run."""
        card, run_id = network.card, info.run_id
        metrics = [Metric(k, v, info.start_time, 0) for k, v in _numbers("", msgspec.to_builtins(card.validation))]
        params = [Param(k, v) for k, v in _flat("", msgspec.to_builtins(card.training)).items()]
        for start in range(0, max(len(metrics), len(params)), _BATCH):
            part = slice(start, start + _BATCH)
            self._client.log_batch(run_id, metrics=metrics[part], params=params[part])
        if card.data is not None:
            self._client.log_inputs(run_id, [DatasetInput(_dataset(card.data), [])])
        with tempfile.TemporaryDirectory(prefix="lhnets-") as folder:
            _write_files(Path(folder), run_id, network, report)
            self._client.log_artifacts(run_id, folder)

    def _register(self, card: Card, info: Any, tags: dict[str, str]) -> None:
        """The moment of publication: one transaction makes the version with its tags."""
        if card.name not in {m.name for m in self._names()}:
            self._client.create_registered_model(card.name, tags={_MARK: "network"})
        source = f"{info.artifact_uri}/{_MODEL}"
        made = self._client.create_model_version(card.name, source, info.run_id, tags=tags)
        if int(made.version) != card.version:
            self._client.delete_model_version(card.name, made.version)
            raise NameConflictError(
                f"{card.identity} was overtaken: version {made.version} is taken now. Publish again"
            )

    def _discard(self, run_id: str) -> None:
        """Delete a run and its files."""
        place = urlparse(self._client.get_run(run_id).info.artifact_uri)
        self._client.delete_run(run_id)
        if place.scheme in ("", "file") and run_id in place.path:
            shutil.rmtree(Path(unquote(place.path)).parent, ignore_errors=True)

    def _drop_empty_names(self) -> None:
        used = {v.name for v in self.versions()}
        for model in self._names():
            if model.name not in used and _MARK in model.tags:
                self._client.delete_registered_model(model.name)

    def _names(self) -> list[Any]:
        found, token = [], None
        while True:
            page = self._client.search_registered_models(max_results=_PAGE, page_token=token)
            found += page
            token = page.token
            if not token:
                return found

    def _artifact(self, version: Version, path: str) -> bytes:
        with self._errors("read"), tempfile.TemporaryDirectory(prefix="lhnets-") as folder:
            local = mlflow.artifacts.download_artifacts(
                run_id=version.run_id, artifact_path=path, dst_path=folder, tracking_uri=self.location.uri
            )
            return Path(local).read_bytes()

    @contextlib.contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        """MLflow's and the database's errors as `StoreError`."""
        import sqlalchemy

        try:
            yield
        except (StoreError, NameConflictError, IntegrityError):
            raise
        except (MlflowException, sqlalchemy.exc.SQLAlchemyError, OSError) as error:
            text = (str(error).strip() or type(error).__name__).replace(self.location.uri, self.location.shown)
            raise StoreError(f"the store {self.location.shown} cannot be {what}: {text.splitlines()[0]}") from error


def check_turn(card: Card, known: list[Version]) -> None:
    """Refuse a version that is not the next one of its name."""
    taken = [v for v in known if v.name == card.name]
    following = max((v.version for v in taken), default=0) + 1
    if card.version == following:
        return
    same = next((v for v in taken if v.version == card.version), None)
    what = f"is taken ({same.status}, SHA-256 {same.sha256[:12]}…)" if same else "is out of turn"
    raise NameConflictError(
        f"{card.identity} {what}; a version never changes and numbers are never used again. "
        f"The next version of {card.name} is {following}: set it in the card and seal the model again"
    )


def identified(known: list[Version], identity: str) -> Version:
    """The version called NAME@VERSION."""
    for version in known:
        if version.identity == identity:
            return version
    name = identity.partition("@")[0]
    of_name = [v.identity for v in known if v.name == name]
    offer = f"there are {', '.join(of_name)}" if of_name else "`lhnets review list` shows what there is"
    raise ReviewError(f"the store has no {identity!r}; {offer}")


def _write_files(folder: Path, run_id: str, network: NetworkFile, report: Report) -> None:
    model = folder / _MODEL
    model.mkdir()
    (model / _FILE).write_bytes(network.content)
    (folder / "card.json").write_bytes(network.card.to_json())
    (folder / _REPORT).write_bytes(report.to_json())
    described = Model(
        artifact_path=_MODEL,
        run_id=run_id,
        signature=_signature(network.card),
        metadata={"sha256": network.sha256, "identity": network.card.identity},
    )
    described.add_flavor("onnx", data=_FILE, providers=["CPUExecutionProvider"], onnx_session_options=None, code=None)
    described.save(str(model / "MLmodel"))


def _signature(card: Card) -> ModelSignature:
    def spec(name: str, dtype: str, shape: tuple[int | str, ...]) -> TensorSpec:
        return TensorSpec(np.dtype(dtype), (-1, *(s if isinstance(s, int) else -1 for s in shape)), name)

    inputs = [spec("parameters", "float64", (len(card.columns),))] if card.columns else []
    inputs += [spec(i.name, i.dtype, i.shape[1:]) for i in card.inputs if i.shape is not None]
    k = len(card.outputs)
    outputs = [spec("value", "float64", (k,)), spec("uncertainty", "float64", (k,)), spec("reach", "float64", ())]
    return ModelSignature(Schema(inputs), Schema(outputs))


def _dataset(data: Data) -> Dataset:
    profile = msgspec.json.encode({"rows": data.rows, "split": data.split, "sha256": data.sha256}).decode()
    origin = "doi" if data.doi else "lhnets"
    return Dataset(data.name, data.sha256[:_DIGEST_LENGTH], origin, data.doi or data.name, profile=profile)


def _tags(network: NetworkFile) -> dict[str, str]:
    card = network.card
    tags = {
        _MARK: "network",
        "status": "candidate",
        "reason": "",
        "sha256": network.sha256,
        "kind": card.kind,
        "subject": card.subject,
        "title": card.title,
    }
    if (data := card.data) is not None:
        tags |= {"data": data.name, "data_sha256": data.sha256} | ({"data_doi": data.doi} if data.doi else {})
    return tags


def _run_tags(network: NetworkFile) -> dict[str, str]:
    tags = _tags(network)
    del tags["status"], tags["reason"]
    return tags | {"licence": network.card.licence, "created": network.card.created}


def _version(found: Any) -> Version:
    tags = found.tags
    return Version(
        name=found.name,
        version=int(found.version),
        status=tags["status"],
        reason=tags.get("reason", ""),
        kind=tags["kind"],
        subject=tags["subject"],
        title=tags["title"],
        sha256=tags["sha256"],
        run_id=found.run_id,
        published=found.creation_timestamp,
    )


def _numbers(prefix: str, value: Any) -> Iterator[tuple[str, float]]:
    """The numbers of a nested mapping by dotted keys that MLflow accepts."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(f"{prefix}.{key}" if prefix else str(key), inner)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield _KEY.sub("_", prefix), float(value)


def _flat(prefix: str, value: Any) -> dict[str, str]:
    """A nested mapping as text by dotted keys that MLflow accepts."""
    if isinstance(value, Mapping):
        flat: dict[str, str] = {}
        for key, inner in value.items():
            flat |= _flat(f"{prefix}.{key}" if prefix else str(key), inner)
        return flat
    return {_KEY.sub("_", prefix)[:250]: str(value)[:_PARAM_LENGTH]}
