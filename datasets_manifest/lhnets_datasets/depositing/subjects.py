"""What goes into a deposit: of a data set its files, manifest and descriptions; of a network its
file and card."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec

from lhnets.format import Card
from lhnets_datasets.dataset import DataSet
from lhnets_datasets.depositing.deposit import Subject
from lhnets_datasets.depositing.ledger import Ledger
from lhnets_datasets.describing import metadata
from lhnets_datasets.describing.croissant import croissant
from lhnets_datasets.describing.metadata import SPDX
from lhnets_datasets.errors import DepositError
from lhnets_datasets.library import collection as library


def data_subject(
    found: DataSet,
    staging: Path,
    *,
    community: str | None = None,
    networks: dict[str, str] | None = None,
) -> Subject:
    """The deposit of a data set; its manifest, Croissant and DataCite descriptions are written to
    ``staging``.

    They name no DOI, so that they stay the same once there is one: Zenodo shows it beside them.

    Raises
    ------
    DepositError
        If the set was published by others, or no licence says that it may be.
    """
    if found.manifest.available == "archived":
        raise DepositError(
            f"{found.name} is archived already, as {found.doi}: it is not deposited a second time"
        )
    _check_licence(found.name, found.manifest.licence)
    paths, manifest = found.files, found.manifest
    staging.mkdir(parents=True, exist_ok=True)
    manifest = msgspec.structs.replace(manifest, doi=None, concept_doi=None)
    described = {
        f"{manifest.name}.yaml": manifest.to_yaml(),
        f"{manifest.name}.croissant.json": _json(croissant(manifest)),
        f"{manifest.name}.datacite.json": _json(metadata.datacite(manifest)),
    }
    for name, content in described.items():
        (staging / name).write_bytes(content)

    def describe(version: str, date: str) -> dict[str, Any]:
        own = metadata.for_zenodo_data(manifest, date, community, networks or {})
        return {
            **own,
            "version": manifest.version if version == "1" and manifest.version else version,
        }

    return Subject(
        manifest.name,
        metadata.DATA + manifest.name,
        {**paths, **{n: staging / n for n in described}},
        describe,
    )


def network_subject(
    card: Card,
    path: Path,
    staging: Path,
    *,
    community: str | None = None,
    data_doi: str | None = None,
) -> Subject:
    """The deposit of a network: the ONNX file at ``path`` and its card as readable JSON.

    Raises
    ------
    DepositError
        If no licence says that it may be archived.
    """
    _check_licence(card.identity, card.licence)
    staging.mkdir(parents=True, exist_ok=True)
    stem, sha256 = f"{card.name}-{card.version}", hashlib.sha256(path.read_bytes()).hexdigest()
    (staging / f"{stem}.json").write_bytes(_json(json.loads(card.to_json())))

    def describe(version: str, date: str) -> dict[str, Any]:
        return metadata.for_zenodo_network(
            card, sha256, date, community, data_doi or (card.data.doi if card.data else None)
        )

    return Subject(
        card.identity,
        metadata.NETWORK + card.name,
        {f"{stem}.onnx": path, f"{stem}.json": staging / f"{stem}.json"},
        describe,
    )


def data_doi(card: Card, ledger: Ledger, origin: str) -> str | None:
    """The DOI of a network's data set: in its card, in the manifest, or deposited from here to the
    same archive."""
    data = card.data
    if data is None:
        return None
    manifest = library.find(data.name)
    return (
        data.doi
        or (manifest.doi if manifest else None)
        or ledger.doi_of(metadata.DATA + data.name, origin)
    )


def network_dois(data_name: str, cards: list[Card], ledger: Ledger, origin: str) -> dict[str, str]:
    """DOIs of the networks that were trained on a data set, as far as they were deposited to the
    same archive."""
    trained = [c for c in cards if c.data is not None and c.data.name == data_name]
    found = {c.identity: ledger.doi_of(metadata.NETWORK + c.name, origin) for c in trained}
    return {name: doi for name, doi in found.items() if doi}


def _check_licence(name: str, licence: str) -> None:
    if not SPDX.fullmatch(licence):
        raise DepositError(
            f"{name} cannot be archived: its licence is {licence!r}, expected an SPDX identifier "
            "such as CC-BY-4.0. Ask those who made it under which licence it may be published, "
            "and write that into the manifest or card"
        )


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
