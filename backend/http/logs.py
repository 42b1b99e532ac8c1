"""One JSON line an event, without codes, tokens, cards or whole addresses (SEC13)."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

EMAIL = re.compile(r"([\w.+-])[\w.+-]*@([\w-]+\.[\w.-]+)")
CARD = re.compile(r"\b(?:\d[ -]?){13,19}\b")
LONG = re.compile(r"\b(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{30,}\b")
QR = re.compile(r"PL1[A-Z][0-9A-Z $%*+\-./:]{12,}")
TYPED = re.compile(r"\b[0-9A-Z]{4}[- ][0-9A-Z]{4}[- ][0-9A-Z]{4}\b")
SECRET_NAMES = {"code", "token", "secret", "password", "authorization", "cookie", "seed"}


def configure() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last step before a line is written: whatever got this far leaves without its secrets."""
    for name, value in event.items():
        if name in SECRET_NAMES:
            event[name] = "…"
        elif isinstance(value, str) and name != "id":
            event[name] = clean(value)
    return event


def clean(text: str) -> str:
    text = QR.sub("PL1…", text)
    text = EMAIL.sub(r"\1…@\2", text)
    text = CARD.sub("…", text)
    text = TYPED.sub("…", text)
    return LONG.sub("…", text)
