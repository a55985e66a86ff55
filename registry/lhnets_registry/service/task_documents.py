"""The shapes of blind tasks, for the OpenAPI description."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class RoundedDocument(BaseModel):
    """A figure, to one digit of its error."""

    value: float | None = Field(description="null if it is infinite")
    error: float | None


class SubmissionDocument(BaseModel):
    """A file that was judged."""

    network: str = Field(description="NAME@VERSION, as its card says")
    sha256: str
    figures: dict[str, RoundedDocument]
    submitted: int = Field(description="milliseconds since 1970")
    rank: int | None = Field(
        None, description="1 is the best; what chance allows shares one; null if withdrawn"
    )
    withdrawn: str | None = Field(None, description="why it was withdrawn, if it was")


class TaskListDocument(BaseModel):
    """The blind tasks."""

    tasks: list[str]


class TaskDocument(BaseModel):
    """A blind task and what was submitted to it."""

    task: dict[str, Any] = Field(description="its definition, without its data")
    submissions_a_day: int = Field(description="files that a token may submit within 24 hours")
    rows: list[SubmissionDocument]
