"""The shapes in which providers call: JSON, one event or a list of them, flat or nested, or a form. Pure.

Names are compared by their letters alone, so that `message-id`, `MessageId` and `message_id` are one.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from backend.campaigns.errors import AnswerUnreadable

Level = dict[str, list[str]]
MOST_EVENTS, MOST_FIELDS = 1000, 100
# The other side: names below these say nothing of who wrote.
RECEIVER = {"to", "recipient", "recipients", "destination", "destinations", "receiver", "receivers"}


class Event(msgspec.Struct, frozen=True):
    """What it says itself, then what stands around it, the nearest first."""

    levels: tuple[Level, ...]

    def all(self, names: Iterable[str]) -> list[str]:
        names = list(names)
        return [said for level in self.levels for name in names for said in level.get(name, ())]

    def first(self, names: Iterable[str]) -> str:
        return next(iter(self.all(names)), "")


Apart = Callable[[Event], bool]


def read(body: bytes, apart: Apart = lambda _event: False) -> list[Event]:
    """`apart`: what is a whole by itself, and no part of what stands around. Raises AnswerUnreadable."""
    try:
        if body.lstrip()[:1] in {b"{", b"["}:
            said = msgspec.json.decode(body)
        else:
            said = dict(parse_qsl(body.decode(), max_num_fields=MOST_FIELDS))
        many = said if isinstance(said, list) else [said]
        found = (event for each in many if isinstance(each, dict) for event in _events(each, apart))
        return list(islice(found, MOST_EVENTS))
    except (msgspec.DecodeError, ValueError, RecursionError) as wrong:
        raise AnswerUnreadable from wrong


def _events(said: dict[str, Any], apart: Apart, around: tuple[Level, ...] = ()) -> Iterator[Event]:
    """What is listed inside is as many events, each with what stands around the list."""
    own, listed = _gather(said, apart)
    levels = (own, *around)
    if not listed or apart(Event((own,))):
        yield Event(levels)
    for each in listed:
        yield from _events(each, apart, levels)


def _gather(said: dict[str, Any], apart: Apart) -> tuple[Level, list[dict[str, Any]]]:
    """Objects inside say more of the same thing, after what stands outside; and what is listed there."""
    own = _plain(said)
    inside: list[dict[str, Any]] = []
    listed: list[dict[str, Any]] = []
    for name, value in said.items():
        value = _turned(value) if letters(name) in RECEIVER else _opened(value)  # noqa: PLW2901
        if isinstance(value, dict):
            inside.append(value)
        elif isinstance(value, list):
            listed += [each for each in value if isinstance(each, dict)]
    for each in inside:
        more, found = _gather(each, apart)
        if apart(Event((more, *map(_plain, found)))):
            listed.append(each)
            continue
        listed += found
        for name, values in more.items():
            own.setdefault(name, []).extend(values)
    return own, listed


def _plain(said: dict[str, Any]) -> Level:
    own: Level = {}
    for name, value in said.items():
        told = _opened(value)
        if isinstance(told, str | int | float) and told != "":
            own.setdefault(letters(name), []).append(str(value))
    return own


def _turned(value: Any) -> Any:
    """As of the receiver: what is a number below `to` becomes `to number`."""
    if isinstance(value, dict):
        return {f"to{name}": _turned(each) for name, each in value.items()}
    return [_turned(each) for each in value] if isinstance(value, list) else value


def _opened(value: Any) -> Any:
    """Some carry their event as a text that is JSON itself."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            return value
    return value


def letters(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())
