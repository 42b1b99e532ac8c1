"""What the club has chosen, on a day: the ladder of reminders (N5); who agreed to which text."""

from datetime import date
from typing import Any

import msgspec

from backend.kit import clock
from backend.kit.database import fetch
from backend.membership.reminders import FIRST_LADDER, Channel, Step, former_days


class DatedStep(msgspec.Struct, frozen=True):
    """A step and the days it holds; `until` None: it goes on."""

    step: Step
    since: date
    until: date | None


async def ladder(on: date | None = None) -> tuple[Step, ...]:
    """The steps that hold on a day, today by default; ours until the office sets its own."""
    rows = await fetch(
        "SELECT offset_days, channels FROM reminder_step WHERE during @> $1::date"
        " ORDER BY offset_days",
        on or clock.today(),
    )
    return tuple(_step(row) for row in rows) or FIRST_LADDER


async def all_steps() -> list[DatedStep]:
    """Every step that was ever set, those to come first."""
    rows = await fetch(
        "SELECT offset_days, channels, lower(during) AS since, upper(during) - 1 AS until"
        " FROM reminder_step ORDER BY lower(during) DESC, offset_days"
    )
    return [DatedStep(_step(row), row["since"], row["until"]) for row in rows]


async def moved(on: date) -> dict[int, frozenset[int]]:
    """The other days that each step of this day's ladder had before (N5)."""
    dated = [each for each in await all_steps() if each.since <= on]
    ladders = [
        [each.step for each in dated if each.since <= day and (each.until or day) >= day]
        for day in sorted({each.since for each in dated})
    ]
    return former_days([FIRST_LADDER, *ladders])


async def agreed(slug: str) -> dict[int, int]:
    """How many people agreed to each version of a legal text."""
    rows = await fetch(
        "SELECT version, count(*) AS people FROM text_agreed WHERE slug = $1 GROUP BY version", slug
    )
    return {row["version"]: row["people"] for row in rows}


def _step(row: Any) -> Step:
    return Step(row["offset_days"], tuple(Channel(one) for one in row["channels"]))
