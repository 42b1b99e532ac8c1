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
PHONE = re.compile(r"(?<![\d.])(?:\+\d{2}[ .]?|0)\d(?:[ .-]?\d{2}){4}\b")
DIGITS = re.compile(r"(?<![\d.:-])\d{6}(?![\d.:-])")
TYPED = re.compile(r"\b[0-9A-Z]{4}[- ][0-9A-Z]{4}[- ][0-9A-Z]{4}\b")
BON = re.compile(r"(/bons/)[0-9A-Za-z]{12}")
SECRET_NAMES = {"code", "token", "secret", "password", "authorization", "cookie", "seed"}
OURS = {"id", "level", "timestamp"}  # written by us alone, a moment before


def configure() -> None:
    """Ours and the libraries' lines alike; a library is heard from a warning on, never its addresses."""
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *SHARED, *LAST],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *LAST],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [kept for kept in root.handlers if not _is_ours(kept)] + [handler]
    root.setLevel(logging.WARNING)


def _is_ours(handler: logging.Handler) -> bool:
    return isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last step before a line is written: whatever got this far leaves without its secrets."""
    for name, value in event.items():
        if name in SECRET_NAMES:
            event[name] = "…"
        elif isinstance(value, str) and name not in OURS:
            event[name] = clean(value)
    return event


def clean(text: str) -> str:
    text = QR.sub("PL1…", text)
    text = EMAIL.sub(r"\1…@\2", text)
    text = CARD.sub("…", text)
    text = BON.sub(r"\1…", TYPED.sub("…", text))
    text = PHONE.sub("…", text)
    text = DIGITS.sub("…", text)
    return LONG.sub("…", text)


SHARED: list[Any] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
LAST: list[Any] = [
    structlog.processors.format_exc_info,
    redact,
    structlog.processors.JSONRenderer(),
]
