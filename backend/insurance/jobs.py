"""Periodic work: a certificate's end comes near, and landlords' totals of a month that ended (I4)."""

import structlog

from backend.insurance import certificates, rules
from backend.insurance.certificates import Due
from backend.kit import clock
from backend.kit.database import fetch, transaction
from backend.notifications import service as notifications
from backend.notifications.surroundings import link
from backend.places import queries as places

log = structlog.get_logger("insurance")
KIND = "certificate.ending"
PAGE = "/compte/attestation"


async def count_certificates() -> None:
    """Each landlord's total of the month that ended is written, whoever looks at it later (I4)."""
    for landlord in await places.landlords():
        await certificates.counted_for(landlord.id, clock.today())


async def remind() -> None:
    """Each reminder once: its key is written with it, whoever runs and however often."""
    today = clock.today()
    told = 0
    for due in await certificates.ending(today):
        given = await _given(due)
        days = rules.due_reminder(due.ends_on, today, given)
        if days is not None:
            await _tell(due, days)
            told += 1
    log.info("reminded of certificates", told=told)


async def _tell(due: Due, days: int) -> None:
    async with transaction():
        await notifications.tell(
            KIND,
            _key(due, days),
            person_id=due.person_id,
            values={"name": due.given_name, "day": due.ends_on, "link": link(PAGE)},
        )


async def _given(due: Due) -> set[int]:
    keys = {_key(due, days): days for days in rules.REMINDERS}
    rows = await fetch("SELECT key FROM message WHERE key = ANY($1)", list(keys))
    return {keys[row["key"]] for row in rows}


def _key(due: Due, days: int) -> str:
    return f"{KIND}:{due.id}:{days}"
