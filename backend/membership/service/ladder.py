"""The ladder of reminders, from a day on (N5)."""

from collections.abc import Sequence
from datetime import date

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit import locks
from backend.kit.database import fetch, transaction
from backend.membership import choices
from backend.membership.errors import LadderMoved
from backend.membership.reminders import Step, check_ladder


async def set_ladder(by: By, steps: Sequence[Step], since: date) -> None:
    """The whole ladder from `since` on; what was to come from then on is replaced.

    Raises the Ladder... refusals, and LadderMoved when somebody else set it at the same moment.
    """
    check_ladder(steps)
    async with transaction():
        if not await locks.first("ladder"):
            raise LadderMoved
        before = await choices.ladder(since)
        await fetch("DELETE FROM reminder_step WHERE lower(during) >= $1", since)
        await fetch(
            "UPDATE reminder_step SET during = daterange(lower(during), $1)"
            " WHERE during @> $1::date",
            since,
        )
        for step in sorted(steps):
            await _add(step, since)
        await audit.note(
            "ladder_set",
            by,
            object_kind="ladder",
            since=since,
            changes={"ladder": [_said(before), _said(steps)]},
        )


async def _add(step: Step, since: date) -> None:
    await fetch(
        "INSERT INTO reminder_step (offset_days, channels, during)"
        " VALUES ($1, $2, daterange($3, NULL))",
        step.offset_days,
        [channel.value for channel in step.channels],
        since,
    )


def _said(steps: Sequence[Step]) -> str:
    return "; ".join(f"{step.offset_days:+d}: {', '.join(step.channels)}" for step in sorted(steps))
