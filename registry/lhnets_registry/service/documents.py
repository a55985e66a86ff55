"""The shapes of what the service answers, for its OpenAPI description."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from lhnets_registry.service.errors import PROBLEM


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str = Field(description="what happened, what was expected, what to do")
    error: str | None = Field(None, description="class of the error in lhnets")


class NetworkEntry(BaseModel):
    """One network in the index."""

    model_config = ConfigDict(extra="allow")

    name: str
    version: int
    kind: str
    title: str
    subject: str
    sha256: str
    size: int
    status: str
    score: float


class SearchDocument(BaseModel):
    """One page of what was found."""

    total: int = Field(description="networks found, on all pages")
    offset: int
    networks: list[NetworkEntry]


class NetworkDocument(BaseModel):
    """One network: its entry in the index, and its card."""

    entry: NetworkEntry
    card: dict[str, Any]


class ShiftDocument(BaseModel):
    """An uncertainty of the truth itself, both positive."""

    up: Any
    down: Any


class PredictionDocument(BaseModel):
    """What a network predicts."""

    network: str = Field(description="NAME@VERSION that answered")
    sha256: str = Field(description="of its file")
    kind: str
    subject: str = Field(description="canonical physics")
    output: str = Field(description="empty where several stand side by side")
    unit: str
    value: Any = Field(
        description="a number, or nested lists of the shape of the parameters; null where not "
        "finite"
    )
    uncertainty: Any = Field(
        description="one standard deviation (68 %) of the network against its truth, in the unit"
    )
    reach: Any = Field(description="at most 1 inside the training region")
    columns: list[str] = Field(
        [], description="outputs along the last axis, where several are given side by side"
    )
    order: str | None = None
    energy: float | None = Field(None, description="GeV")
    components: dict[str, ShiftDocument] = Field(
        {}, description="uncertainties of the truth by their source"
    )
    warnings: list[str] = []


class HealthDocument(BaseModel):
    """How the service is."""

    status: str
    networks: int | None = None


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of an endpoint, for its description."""
    return {
        s: {"model": Problem, "content": {PROBLEM: {}}, "description": _WHEN[s]} for s in statuses
    }


_WHEN = {
    400: "The body cannot be read.",
    401: "No valid token.",
    403: "The token does not allow this.",
    404: "There is no such network.",
    405: "The address takes another method.",
    408: "The body did not arrive in time.",
    409: "The state of the registry does not allow this.",
    413: "The body or the batch is too large.",
    415: "The content type is not taken.",
    422: "The request is understood, and something in it does not fit.",
    429: "Too many requests.",
    503: "The service is busy or its store cannot be reached; try again.",
    507: "The disk or quota of the store is used up.",
}
