"""The answer kept under a till's key, yes or no, so that a retry hears the same (V7, V8)."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec

from backend.kit import keys
from backend.kit.database import fetch_value
from backend.kit.errors import DomainError
from backend.merchants.queries import TillCaller
from backend.vouchers.errors import Heard

T = TypeVar("T")

INSTANTS = {"at", "until", "held_until"}
DAYS = {"since"}


class Answer(msgspec.Struct):
    """One of the two: what was given, or which refusal with which facts.

    `facts` is JSON within JSON: jsonb puts the names of an object in an order of its own, and a
    till's program may compare the bytes of a retry with those of the first answer (V7).
    """

    given: Any = None
    refused: str | None = None
    facts: str = "{}"


async def earlier(till: TillCaller, key: str, body: object, kind: type[T]) -> T | None:
    """What this key was answered before, or None after claiming it; a refusal is raised again."""
    answer = await keys.earlier(_scope(till), key, body, Answer)
    if answer is None:
        return None
    if answer.refused is not None:
        raise _again(answer.refused, msgspec.json.decode(answer.facts))
    return msgspec.convert(answer.given, kind)


async def is_known(till: TillCaller, key: str) -> bool:
    """Whether this key was answered: a retry is no guess, and must not be told to wait (V19)."""
    return bool(
        await fetch_value(
            "SELECT id FROM idempotency_key WHERE scope = $1 AND key = $2", _scope(till), key
        )
    )


async def keep(till: TillCaller, key: str, body: object, given: object) -> None:
    await keys.keep(_scope(till), key, body, Answer(given=msgspec.to_builtins(given)))


async def keep_refusal(till: TillCaller, key: str, body: object, refusal: Heard) -> None:
    facts = msgspec.json.encode(refusal.facts).decode()
    answer = Answer(refused=type(refusal).__name__, facts=facts)
    await keys.keep(_scope(till), key, body, answer)


def is_new(refusal: DomainError) -> bool:
    """Whether it is this request's own, not one told again or a matter of the key itself."""
    return isinstance(refusal, Heard) and not refusal.told_before


def _scope(till: TillCaller) -> str:
    return f"till:{till.till_id}"


def _again(kind: str, facts: dict[str, Any]) -> Heard:
    found = {each.__name__: each for each in _descendants(Heard)}[kind]
    refusal = found(**{name: _revived(name, fact) for name, fact in facts.items()})
    refusal.told_before = True
    return refusal


def _revived(name: str, fact: Any) -> Any:
    """JSON has no instants: sentences want them back."""
    if fact is not None and name in INSTANTS:
        return datetime.fromisoformat(fact)
    return date.fromisoformat(fact) if fact is not None and name in DAYS else fact


def _descendants(kind: type[Heard]) -> Iterator[type[Heard]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)
