"""The ladder of reminders to renew: which step is due on which day, by which way (N5). Pure.

What the office set is read with `choices.ladder(on)`; it is changed by `service.set_ladder`. Whoever
sends the reminders asks, for each household and each day:

    step = reminders.step_to_tell(ladder, term, reminders.due_to_tell(ladder, term, today), adults)
    for adult, channel in reminders.recipients(step, adults): ...

and keeps what it sent under (household, term, step.offset_days, person): a step is told once for each
term. One that was told and then moved to another day is told already (`former_days`).

Every adult whom a step reaches by mail or SMS hears of it, with an address of their own or a shared
one: whoever reads it may pay for all. Where it reaches none of them, one sheet of paper goes to the
home, to the first adult who has not refused it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

import msgspec

from backend.kit import formats
from backend.membership.errors import LadderEmpty, LadderFar, LadderMute, LadderTwice
from backend.membership.rules import YEAR_MONTHS

EARLIEST, LATEST, MOST_STEPS = -90, 180, 12
# A step that nobody could send on its day is still due for so long; older ones say nothing new.
CATCH_UP = timedelta(days=6)


class Channel(StrEnum):
    """How somebody is reminded. A letter to print and a note for the door reach everybody."""

    EMAIL = "email"
    SMS = "sms"
    PRINT = "print"
    DOOR = "door"


ON_PAPER = frozenset({Channel.PRINT, Channel.DOOR})


class Step(msgspec.Struct, frozen=True, order=True):
    """So many days from the last paid day (below zero: before it), the first possible channel."""

    offset_days: int
    channels: tuple[Channel, ...]

    def falls_on(self, paid_until: date) -> date:
        return paid_until + timedelta(days=self.offset_days)


class Term(msgspec.Struct, frozen=True):
    """The last paid day of a household, and what was told of it: which steps, and when last.

    `free`: it pays nothing, and renews at the counter.
    """

    ends_on: date
    grace_days: int
    paid_on: date
    told: frozenset[int] = frozenset()
    told_on: date | None = None
    free: bool = False

    @property
    def over_on(self) -> date:
        """The first day on which nothing works any more."""
        return self.ends_on + timedelta(days=self.grace_days + 1)


class Adult(msgspec.Struct, frozen=True):
    """One of a household, and where each channel that they allow reaches them; paper needs no word."""

    person_id: int
    given_name: str
    ways: Mapping[Channel, str]


# That all rights have ended is told to everybody, whatever the ladder says and whoever refused it:
# it is no reminder to pay. Its number stands beside those of the ladder.
ENDED = LATEST + 1
END_NOTICE = Step(ENDED, (Channel.EMAIL, Channel.SMS, Channel.PRINT))
FIRST_LADDER = (
    Step(-30, (Channel.EMAIL, Channel.PRINT)),
    Step(-7, (Channel.EMAIL, Channel.SMS, Channel.PRINT)),
    Step(0, (Channel.EMAIL, Channel.SMS)),
    Step(7, (Channel.EMAIL, Channel.SMS, Channel.PRINT)),
    Step(21, (Channel.EMAIL, Channel.SMS, Channel.DOOR)),
)


def due_steps(
    ladder: Sequence[Step], paid_until: date, today: date, since: date | None = None
) -> list[Step]:
    """The steps to tell today for a term, the earliest first, each by itself.

    A step is due on its day and, where it could not be sent, for CATCH_UP after it. `since`, the day
    of the last payment, leaves out what fell before it or on it: nobody who has just paid one month
    hears that it ends in a month.
    """
    return [
        step
        for step in sorted(ladder)
        if step.falls_on(paid_until) <= today <= step.falls_on(paid_until) + CATCH_UP
        and (since is None or step.falls_on(paid_until) > since)
    ]


def free_steps(ladder: Sequence[Step]) -> list[Step]:
    """Who pays nothing hears once that it ends: by the first of these. Whom it cannot reach, by the other."""
    on_paper = [step for step in ladder if ON_PAPER & set(step.channels)]
    return list(dict.fromkeys([*_nearest(ladder), *_nearest(on_paper)]))


def _nearest(ladder: Sequence[Step]) -> list[Step]:
    """The last step before the day, else the first after it."""
    steps = sorted(ladder)
    before = [step for step in steps if step.offset_days < 0]
    return before[-1:] or steps[:1]


def due_to_tell(ladder: Sequence[Step], term: Term, today: date) -> list[Step]:
    """What is due today and was not told, the earliest first."""
    if term.told_on == today:
        return []
    steps = free_steps(ladder) if term.free else ladder
    due = due_steps(steps, term.ends_on, today, since=term.paid_on)
    if term.over_on <= today <= term.over_on + CATCH_UP:
        due.append(END_NOTICE)
    return [step for step in due if step.offset_days not in term.told]


def step_to_tell(
    ladder: Sequence[Step], term: Term, due: Sequence[Step], adults: Sequence[Adult]
) -> Step | None:
    """At most one a day. After nights that were missed, each step still due comes on a day of its own,
    the earliest first: none is swallowed, and nobody gets three messages at once.
    """
    if term.free:
        by = next((step for step in free_steps(ladder) if recipients(step, adults)), None)
        due = [step for step in due if step in {by, END_NOTICE}]
    return next(iter(due), None)


def terms_in_reach(ladder: Sequence[Step], grace_days: int, today: date) -> list[date]:
    """Every last paid day for which something may be due today."""
    offsets = [step.offset_days for step in ladder] + [grace_days + 1]
    late = range(CATCH_UP.days + 1)
    return sorted({today - timedelta(days=offset + days) for offset in offsets for days in late})


def choose_channel(step: Step, reachable: Collection[Channel]) -> Channel | None:
    """The first channel of the step by which somebody can be reached."""
    return next((one for one in step.channels if one in reachable), None)


def recipients(step: Step, adults: Sequence[Adult]) -> list[tuple[Adult, Channel]]:
    """Whom a step goes to, and how; nobody where it reaches none of them."""
    chosen = [(adult, choose_channel(step, adult.ways)) for adult in adults]
    reached = [(adult, channel) for adult, channel in chosen if channel is not None]
    away = [(adult, channel) for adult, channel in reached if channel not in ON_PAPER]
    return away or reached[:1]


def year_cost(month_cents: int) -> str:
    """What 12 months cost, as it is written; "" where they cost nothing."""
    return formats.euros(month_cents * YEAR_MONTHS) if month_cents else ""


def former_days(ladders: Sequence[Sequence[Step]]) -> dict[int, frozenset[int]]:
    """The other days that each step of the last ladder had in those before it.

    A step is moved where one went and another came between the same neighbours that stayed. A day that
    another step has had since is no longer one of its own.
    """
    days = [sorted(step.offset_days for step in ladder) for ladder in ladders]
    had: dict[int, frozenset[int]] = {}
    for before, after in pairwise(days):
        was = _was(before, after)
        had = {day: (had.get(old, frozenset()) | {old}) - {*after} for day, old in was.items()}
    return had


def _was(before: Sequence[int], after: Sequence[int]) -> dict[int, int]:
    """The day before of each step that stayed or was moved."""
    stayed = {*before} & {*after}
    gone, came = _between(before, stayed), _between(after, stayed)
    moved = {
        day: old
        for place, days in came.items()
        for day, old in zip(days, gone.get(place, ()), strict=False)
    }
    return {day: day for day in stayed} | moved


def _between(days: Sequence[int], stayed: Collection[int]) -> dict[int, list[int]]:
    """Those that did not stay, by how many that did come before them."""
    found: dict[int, list[int]] = {}
    for day in days:
        if day not in stayed:
            found.setdefault(sum(one < day for one in stayed), []).append(day)
    return found


def check_ladder(steps: Sequence[Step]) -> None:
    """Raises the refusal of what makes this no ladder."""
    if not steps:
        raise LadderEmpty
    if len(steps) > MOST_STEPS or not all(EARLIEST <= s.offset_days <= LATEST for s in steps):
        raise LadderFar(earliest=-EARLIEST, latest=LATEST, most=MOST_STEPS)
    if len({step.offset_days for step in steps}) < len(steps):
        raise LadderTwice
    if not all(step.channels for step in steps):
        raise LadderMute
    if not any(ON_PAPER & set(step.channels) for step in steps):
        raise LadderMute
