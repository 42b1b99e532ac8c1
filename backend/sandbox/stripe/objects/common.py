"""Pieces that many objects share."""

from collections.abc import Iterable

from backend.sandbox.stripe.sources import Obj, new_id, now


def head(kind: str, prefix: str, *, length: int = 24) -> Obj:
    return {
        "id": new_id(prefix, length),
        "object": kind,
        "created": now(),
        "livemode": False,
    }


def nulls(names: str) -> Obj:
    """Keys that are always there and that the double never fills at birth."""
    return dict.fromkeys(names.split())


def or_null(text: str | None) -> str | None:
    return text or None


def address(given: Obj | None) -> Obj:
    given = given or {}
    names = ("city", "country", "line1", "line2", "postal_code", "state")
    return {name: given.get(name) or None for name in names}


def listing(url: str, data: Iterable[Obj], *, has_more: bool = False) -> Obj:
    return {"object": "list", "data": list(data), "has_more": has_more, "url": url}


def no_tax(*extra: str) -> Obj:
    return {"enabled": False, "liability": None, **nulls(" ".join(extra))}
