"""A session under lock, and the line of who waits for it: it moves by itself (A2, C1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend.activities import rules
from backend.activities.errors import SessionUnknown
from backend.activities.service import telling
from backend.kit import clock, locks
from backend.kit.database import fetch, fetch_value, within
from backend.membership.queries.words import IN_GOOD_STANDING


def contact(seat: str) -> str:
    """Who hears of a seat: who took it, while they live there, else the household's first adult."""
    return (
        f"(SELECT c.person FROM household_member c WHERE c.household = {seat}.household"  # noqa: S608 - our own words
        f" AND c.left_on IS NULL AND (c.adult OR c.person = {seat}.contact)"
        f" ORDER BY c.person IS DISTINCT FROM {seat}.contact, c.id LIMIT 1)"
    )


async def lock_session(public_id: str) -> Any:
    """The newest row, held to the end of the transaction. Raises SessionUnknown."""
    within()
    found = await fetch_value("SELECT id FROM activity_session WHERE public_id = $1", public_id)
    if found is None:
        raise SessionUnknown
    return await locks.lock("activity_session", found)


async def promote(session: Any) -> None:
    """Gives what is free to those who wait, in their order, and tells them; the caller holds the lock.

    Whoever cannot have it is passed over: who left the household, or whose dues are not paid. They
    keep their place in line.
    """
    within()
    now = clock.now()
    if session["cancelled_at"] is not None or session["starts_at"] <= now:
        return
    rows = await fetch(_PROMOTE, clock.today(), session["id"], now)
    await telling.tell("activity.promoted", session, by_contact(rows))


def by_contact(rows: Sequence[Any]) -> Mapping[int, list[str]]:
    """The first names that one adult hears of together."""
    found: dict[int, list[str]] = {}
    for row in rows:
        if row["contact"] is not None:
            found.setdefault(row["contact"], []).append(row["given_name"])
    return found


async def cancel_seats(session: Any, ids: Sequence[int]) -> None:
    """Whoever was noted as here, too early, is so no more. As rules.is_late: what was paid stays then."""
    within()
    await fetch(
        "UPDATE seat SET state = 'cancelled', cancelled_at = $2, attended = NULL, attended_by = NULL,"
        " late = (state = 'taken' AND $2::timestamptz > $3::timestamptz AND taken_at <= $3) WHERE id = ANY($1)",
        list(ids),
        clock.now(),
        rules.cancel_until(session["starts_at"], session["cancel_hours"]),
    )


_PROMOTE = f"""
WITH due AS (
  SELECT s.id FROM seat s
  JOIN person p ON p.id = s.person AND p.erased_at IS NULL
  JOIN household_member m ON m.person = s.person AND m.household = s.household
    AND m.left_on IS NULL
  JOIN household h ON h.id = s.household AND h.ended_at IS NULL
  WHERE s.session = $2 AND s.state = 'waiting' AND {IN_GOOD_STANDING}
  ORDER BY s.asked_at, s.id
  LIMIT (SELECT capacity - taken FROM activity_session WHERE id = $2)
), given AS (
  UPDATE seat SET state = 'taken', taken_at = $3 WHERE id IN (SELECT id FROM due)
  RETURNING id, {contact("seat")} AS contact, person
)
SELECT g.contact, p.given_name FROM given g JOIN person p ON p.id = g.person ORDER BY g.id
"""  # noqa: S608 - our own words
