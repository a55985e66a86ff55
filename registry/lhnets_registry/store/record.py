"""What the record of a publication holds: metrics, parameters, tags, data set, and the files of the
run."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from lhnets.format import Card, Data, NetworkFile
from lhnets_registry.report import Report
from lhnets_registry.store.client import MlflowClient

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from mlflow.entities import Dataset, DatasetInput, Metric, Param
    from mlflow.models import Model, ModelSignature
    from mlflow.types import Schema, TensorSpec

MARK = "lhnets"
"""Tag of what is ours, in a database that may hold other people's models."""
MODEL, FILE, CARD, REPORT = "model", "model.onnx", "card.json", "admission.json"
"""Where the files of a run are: the model's folder, the network file in it, the card, the report of
the admission."""

_PARAM_LENGTH, _BATCH, _DIGEST_LENGTH = 6000, 100, 36
_KEY = re.compile(r"[^\w.\- /]")


def log_figures(client: MlflowClient, info: Any, card: Card) -> None:
    """Log metrics, parameters and data set of ``card`` to the run of ``info``."""
    metrics = [
        Metric(k, v, info.start_time, 0)
        for k, v in _numbers("", msgspec.to_builtins(card.validation))
    ]
    params = [Param(k, v) for k, v in _flat("", msgspec.to_builtins(card.training)).items()]
    for start in range(0, max(len(metrics), len(params)), _BATCH):
        part = slice(start, start + _BATCH)
        client.log_batch(info.run_id, metrics=metrics[part], params=params[part])
    if card.data is not None:
        client.log_inputs(info.run_id, [DatasetInput(_dataset(card.data), [])])


def write_files(folder: Path, run_id: str, network: NetworkFile, report: Report) -> None:
    """Write the files of a run to ``folder``, the network under MLflow's ONNX flavour."""
    model = folder / MODEL
    model.mkdir()
    (model / FILE).write_bytes(network.content)
    (folder / CARD).write_bytes(network.card.to_json())
    (folder / REPORT).write_bytes(report.to_json())
    described = Model(
        artifact_path=MODEL,
        run_id=run_id,
        signature=_signature(network.card),
        metadata={"sha256": network.sha256, "identity": network.card.identity},
    )
    described.add_flavor(
        "onnx", data=FILE, providers=["CPUExecutionProvider"], onnx_session_options=None, code=None
    )
    described.save(str(model / "MLmodel"))


def _signature(card: Card) -> ModelSignature:
    def spec(name: str, dtype: str, shape: tuple[int | str, ...]) -> TensorSpec:
        return TensorSpec(
            np.dtype(dtype), (-1, *(s if isinstance(s, int) else -1 for s in shape)), name
        )

    inputs = [spec("parameters", "float64", (len(card.columns),))] if card.columns else []
    inputs += [spec(i.name, i.dtype, i.shape[1:]) for i in card.inputs if i.shape is not None]
    k = len(card.outputs)
    outputs = [
        spec("value", "float64", (k,)),
        spec("uncertainty", "float64", (k,)),
        spec("reach", "float64", ()),
    ]
    return ModelSignature(Schema(inputs), Schema(outputs))


def _dataset(data: Data) -> Dataset:
    profile = msgspec.json.encode(
        {"rows": data.rows, "split": data.split, "sha256": data.sha256}
    ).decode()
    origin = "doi" if data.doi else "lhnets"
    return Dataset(
        data.name, data.sha256[:_DIGEST_LENGTH], origin, data.doi or data.name, profile=profile
    )


def version_tags(network: NetworkFile) -> dict[str, str]:
    """Tags of a model version: its state, its identity, and what is searched for."""
    card = network.card
    tags = {
        MARK: "network",
        "status": "candidate",
        "reason": "",
        "sha256": network.sha256,
        "kind": card.kind,
        "subject": card.subject,
        "title": card.title,
    }
    if (data := card.data) is not None:
        tags |= {"data": data.name, "data_sha256": data.sha256} | (
            {"data_doi": data.doi} if data.doi else {}
        )
    return tags


def run_tags(network: NetworkFile) -> dict[str, str]:
    """Tags of a run: those of its version that never change, licence and date."""
    tags = version_tags(network)
    del tags["status"], tags["reason"]
    return tags | {"licence": network.card.licence, "created": network.card.created}


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
