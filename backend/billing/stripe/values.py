"""Small readings that all of Stripe's objects need."""

from datetime import UTC, datetime
from typing import Any


def order_of(metadata: Any) -> str | None:
    """The order we named when the payment was asked for."""
    return named(metadata, "order")


def named(metadata: Any, name: str) -> str | None:
    """A word of ours on one of Stripe's objects."""
    said: str | None = None if metadata is None else metadata.to_dict().get(name)
    return said


def id_of(value: Any) -> str:
    """An id, or the object it was expanded to."""
    return value if isinstance(value, str) else str(value.id)


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def maybe(seconds: int | None) -> datetime | None:
    return None if seconds is None else instant(seconds)
