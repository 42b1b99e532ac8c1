"""Whom a card at the counter may note as here: its holder, and the children who carry none (A2)."""

from datetime import datetime

import msgspec

from backend.activities.rules import DOORS
from backend.kit import clock
from backend.kit.database import fetch_as

# Of a seat `s`, whose person is `p` and member `m`, by the card of a person: who comes with it.
OF_CARD = """
(s.person = {card} OR (NOT m.adult AND m.household =
  (SELECT household FROM household_member WHERE person = {card} AND left_on IS NULL)))
"""


class Expected(msgspec.Struct, frozen=True):
    """A session that is on, with the first names that have a seat and are not noted as here yet."""

    session: str
    title: str
    starts_at: datetime
    names: str


async def expected(person_id: int, site_id: int | None) -> list[Expected]:
    """By this person's card, at a site; what begins first is first."""
    return await fetch_as(
        Expected,
        "SELECT a.public_id AS session, a.title, a.starts_at,"  # noqa: S608 - our own words
        " string_agg(p.given_name, ', ' ORDER BY s.id) AS names"
        " FROM activity_session a JOIN seat s ON s.session = a.id AND s.state = 'taken'"
        " JOIN person p ON p.id = s.person"
        " JOIN household_member m ON m.person = s.person AND m.left_on IS NULL"
        " WHERE a.starts_at <= $3 AND a.ends_at > $4 AND a.cancelled_at IS NULL"
        " AND ($2::bigint IS NULL OR a.site IS NULL OR a.site = $2)"
        f" AND s.attended IS NOT TRUE AND {OF_CARD.format(card='$1')}"
        " GROUP BY a.id ORDER BY a.starts_at, a.id",
        person_id,
        site_id,
        clock.now() + DOORS,
        clock.now(),
    )
