"""Logs as JSON, one object a line: requests, and what the server and lhnets report. No headers, no
query, no bodies."""

from __future__ import annotations

import datetime
import logging
import os
import sys
from typing import Any

import msgspec

LEVEL_VARIABLE = "LHNETS_SERVICE_LOG"
"""Log level of the worker processes."""

_ACCESS = logging.getLogger("lhnets.access")


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; an exception is one of its members."""
        line: dict[str, Any] = {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
        }
        fields = getattr(record, "fields", None)
        line |= fields if fields is not None else {"message": record.getMessage()}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def access(**fields: Any) -> None:
    """Note a request."""
    if _ACCESS.isEnabledFor(logging.INFO):
        record = _ACCESS.makeRecord(
            _ACCESS.name, logging.INFO, "", 0, "", (), None, extra={"fields": fields}
        )
        _ACCESS.handle(record)


def set_up(level: str) -> None:
    """Send the log of this process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    for name in ("lhnets", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level.upper())
    logging.getLogger("lhnets.service").debug("worker %d started", os.getpid())
