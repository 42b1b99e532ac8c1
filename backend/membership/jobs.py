"""What workers do for membership: reminders by night, and a last look before each one leaves."""

import structlog

from backend.kit import clock
from backend.kit.database import fetch, fetch_one
from backend.kit.outbox import Letter
from backend.membership import queries, reminders
from backend.membership.reminders import ENDED, Channel
from backend.membership.service import reminding
from backend.notifications.post import Asks
from backend.people import queries as people
from backend.people.rules import Subject

log = structlog.get_logger("membership")


async def remind() -> None:
    """The steps of the ladder that are due become messages and papers (N5)."""
    log.info("reminded of dues", told=await reminding.remind())


async def is_still_due(letter: Letter) -> bool:
    """Asked just before a message leaves: not paid meanwhile, still one of the household, not refused.

    Where the post stood still for days, the newest leaves alone, and only while it is news.
    """
    reminder_id = int(letter.key.rpartition(":")[2])
    row = await fetch_one(_STILL, reminder_id, clock.today(), reminders.CATCH_UP.days)
    if row is not None and await _still_wanted(row["person"], row["step"], Channel(row["channel"])):
        return True
    await fetch(
        "UPDATE reminder SET withdrawn_at = $2 WHERE id = $1 AND withdrawn_at IS NULL",
        reminder_id,
        clock.now(),
    )
    return False


_STILL = (
    "SELECT r.person, r.step, r.channel FROM reminder r JOIN household h ON h.id = r.household"  # noqa: S608 - our own words
    " JOIN household_member m ON m.household = h.id AND m.person = r.person AND m.left_on IS NULL"
    " WHERE r.id = $1 AND r.withdrawn_at IS NULL AND r.told_on >= $2::date - $3::int"
    " AND NOT EXISTS (SELECT 1 FROM reminder s WHERE s.household = r.household"
    "  AND s.term_on = r.term_on AND s.person = r.person AND s.id > r.id)"
    f" AND {queries.UNPAID.format('r.term_on', '$2::date')}"
)


async def _still_wanted(person_id: int, step: int, channel: Channel) -> bool:
    if step == ENDED:
        return True
    return person_id in await people.allowed(
        [person_id], Subject.REMINDERS, reminding.medium_of(channel)
    )


# What the outbox asks before a message of this capability leaves.
ASKS: Asks = {reminding.REMINDER: is_still_due}
