"""The same gesture on several lines, each for itself: one that is refused stops no other (L11)."""

from collections.abc import Awaitable, Callable, Iterable

import msgspec

from backend.kit.errors import DomainError
from backend.lending.values import Ask, Given

Verb = Callable[[Ask, int], Awaitable[Given]]


class Turn(msgspec.Struct, frozen=True):
    """What became of one line: `refusal` and what to do then, or "" where it is done."""

    line: int
    refusal: str = ""
    advice: str = ""


async def in_turn(ask: Ask, line_ids: Iterable[int], verb: Verb) -> list[Turn]:
    """One transaction and one key for each line, so that sent twice it counts once."""
    done = []
    for line_id in line_ids:
        own = msgspec.structs.replace(ask, key=f"{ask.key}-{line_id}")
        try:
            await verb(own, line_id)
        except DomainError as refusal:
            done.append(Turn(line_id, refusal.said(), refusal.advice()))
        else:
            done.append(Turn(line_id))
    return done
