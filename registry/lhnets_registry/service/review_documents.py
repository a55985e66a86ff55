"""The shapes of publication and review, for the OpenAPI description."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

Status = Literal["candidate", "verified", "rejected", "retracted"]


class FindingDocument(BaseModel):
    """What one item of the admission showed."""

    item: str
    outcome: Literal["pass", "fail", "not_applicable"]
    figure: str
    criterion: str
    remedy: str


class ReportDocument(BaseModel):
    """All findings on one file."""

    sha256: str
    size: int
    seconds: float
    findings: list[FindingDocument]


class PublishedDocument(BaseModel):
    """What a publication gave."""

    name: str
    version: int
    status: Status
    sha256: str
    created: bool = Field(description="false where these bytes were published before")
    report: ReportDocument


class VersionDocument(BaseModel):
    """One published version."""

    name: str
    version: int
    status: Status
    reason: str
    kind: str
    subject: str
    title: str
    sha256: str
    published: int = Field(description="milliseconds since 1970")
    published_by: str = Field(description="token or user; empty if the audit log does not say")


class ReviewListDocument(BaseModel):
    """One page of versions."""

    total: int
    offset: int
    versions: list[VersionDocument]


class ReviewDocument(BaseModel):
    """One version and the report of its admission."""

    version: VersionDocument
    report: ReportDocument


class DecidedDocument(BaseModel):
    """What was decided."""

    version: VersionDocument
    mirror: Literal["current", "behind"] = Field(
        description="behind: its keeper finds the reason in the log"
    )


class ReasonDocument(BaseModel):
    """Why a version is rejected or retracted."""

    reason: str = Field(
        min_length=1, max_length=2000, description="its author and its users will read it"
    )
