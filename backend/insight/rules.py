"""When a figure is about so few people that it would tell of somebody.

A cell under five is hidden, and so many others with it that nobody gets it back by subtracting from
the total: primary and secondary suppression, as statistics offices do (INSEE, Guide du secret
statistique; there the threshold is 11 for persons, the club's promise to landlords is 5).
"""

from collections.abc import Sequence
from enum import StrEnum

FEWEST = 5
# CGI, art. 206, 1 bis: above it an association's commercial receipts are taxed. The amount of 2025.
CEILING_CENTS = 80_011_00
ALERT_PERCENT = 80


class TargetKind(StrEnum):
    """What a year is held against."""

    BUDGET = "budget"
    CEILING = "ceiling"


class CallOutcome(StrEnum):
    """How a call to say hello ended; nothing else is kept of it."""

    TALKED = "talked"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    NO_MORE = "no_more"


def percent(part_cents: int, whole_cents: int) -> int:
    """How many hundredths of the whole, rounded down: 80 is said when 80 are reached."""
    return 100 * part_cents // whole_cents if whole_cents > 0 else 0


def hide_small(people: Sequence[int], away: Sequence[bool] = ()) -> list[bool]:
    """Which rows must not be shown, from how many people each is about.

    Nobody (0) is no figure about anybody and may be shown, unless its place is needed to hide others.
    `away`: rows that another reason hides already.
    """
    gone = away or [False] * len(people)
    hidden = [0 < count < FEWEST or is_gone for count, is_gone in zip(people, gone, strict=True)]
    while any(hidden) and _told(people, hidden) < FEWEST:
        shown = [at for at, is_hidden in enumerate(hidden) if not is_hidden and people[at] > 0]
        if not shown:
            break
        hidden[min(shown, key=lambda at: people[at])] = True
    return hidden


def hide_split(part: Sequence[int], rest: Sequence[int]) -> list[bool]:
    """Which rows must not be shown that say of each whole how it falls in two.

    Neither side may be about so few, nor be worked out; and where nobody is on the side of `part`,
    the other one would tell of everybody.
    """
    hidden = [not one and other > 0 for one, other in zip(part, rest, strict=True)]
    while (wider := hide_small(rest, hide_small(part, hidden))) != hidden:
        hidden = wider
    return hidden


def about(count: int) -> int:
    """To the nearest five, so that the difference of two figures tells of nobody."""
    return 5 * ((count + 2) // 5)


def may_total(people: Sequence[int]) -> bool:
    """Whether the sum of all rows may be shown."""
    total = sum(people)
    return total == 0 or total >= FEWEST


def steady(counts: Sequence[int | None]) -> list[int | None]:
    """Of figures after one another: each as the one before it while less than five lie between them."""
    told: list[int | None] = []
    for count in counts:
        before = told[-1] if told else None
        few = count is not None and before is not None and abs(count - before) < FEWEST
        told.append(before if few else count)
    return told


def is_same(told: int, people: int) -> bool:
    """Whether a sum about so many people stays as it was told of fewer: what is new tells of too few."""
    return told >= FEWEST and people < told + FEWEST


def _told(people: Sequence[int], hidden: Sequence[bool]) -> int:
    """How many people somebody learns of who takes what is shown from the total."""
    return sum(count for count, is_hidden in zip(people, hidden, strict=True) if is_hidden)
