"""The ladder of reminders to renew: which step is due on which day, by which way (N5). Pure.

What the office set is read with `choices.ladder(on)`; it is changed by `service.set_ladder`. Whoever
sends the reminders asks, for each household and each day:

    for step in reminders.due_steps(ladder, paid_until, today, since=last_payment_day):
        channel = reminders.choose_channel(step, {Channel.EMAIL})

and keeps what it sent under (household, paid_until, step.offset_days), which stays the same when the
ladder is changed: a step is told once for each term.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from backend.membership.errors import LadderEmpty, LadderFar, LadderMute, LadderTwice

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


def choose_channel(step: Step, reachable: Collection[Channel]) -> Channel | None:
    """The first channel of the step by which the household can be reached; paper always can."""
    return next((one for one in step.channels if one in ON_PAPER or one in reachable), None)


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
