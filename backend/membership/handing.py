"""Reminders on paper: which letters and visits wait to be handed over, and which were (N5).

Whether a household still owes is computed here, at each reading: who has paid since is on no list.
"""

from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_as
from backend.membership.queries import GRACE, UNPAID
from backend.membership.reminders import ENDED, Channel
from backend.membership.rules import Category
from backend.people import queries as people
from backend.people.rules import Medium, Subject
from backend.places.rules import Door

# What nobody handed over for so long says nothing any more.
KEPT_FOR = timedelta(days=45)
LATELY = timedelta(days=30)
SHOWN = 20
NO_SITE = "aucun"


class Paper(Door, frozen=True, kw_only=True):
    """A letter to print, or a visit to make: for whom, where they live, since when it waits.

    `site`: the public id of the one they come to, "" for a household that was never at a desk.
    """

    id: int
    step: int
    channel: Channel
    told_on: date
    term_on: date
    grace_days: int
    category: Category
    person_id: int
    person_public_id: str
    name: str
    names: str
    household: str
    street: str
    postcode: str
    town: str
    residence: str
    site: str

    @property
    def over_on(self) -> date:
        """The first day on which nothing works any more."""
        return self.term_on + timedelta(days=self.grace_days + 1)


class Asked(msgspec.Struct, frozen=True):
    """Which of the papers: those of a day, those of a site; "" for all of them.

    NO_SITE asks for the households that belong to no site.
    """

    day: str = ""
    site: str = ""

    def has(self, paper: Paper) -> bool:
        of_day = self.day in {"", paper.told_on.isoformat()}
        return of_day and self.site in {"", paper.site or NO_SITE}


class Handed(msgspec.Struct, frozen=True):
    """A paper that somebody of the house handed over."""

    channel: Channel
    person_public_id: str
    name: str
    household: str
    at: datetime
    by: str


async def waiting() -> list[Paper]:
    """In the order of a round: residence, building, stair, floor, door.

    Of several papers for one home the newest stands for all.
    """
    today = clock.today()
    rows = await fetch(_WAITING, today - KEPT_FOR, today)
    papers = [_paper(row) for row in rows]
    wanted = await people.allowed([one.person_id for one in papers], Subject.REMINDERS, Medium.POST)
    return [one for one in papers if one.step == ENDED or one.person_id in wanted]


async def handed_lately() -> list[Handed]:
    return await fetch_as(
        Handed,
        "SELECT r.channel, p.public_id AS person_public_id,"
        " concat_ws(' ', p.given_name, p.family_name) AS name, h.public_id AS household,"
        " r.handed_at AS at, concat_ws(' ', b.given_name, b.family_name) AS by FROM reminder r"
        " JOIN person p ON p.id = r.person JOIN household h ON h.id = r.household"
        " JOIN person b ON b.id = r.handed_by WHERE r.handed_at > $1"
        " ORDER BY r.handed_at DESC, r.id LIMIT $2",
        clock.now() - LATELY,
        SHOWN,
    )


_WAITING = f"""
SELECT r.id, r.step, r.channel, r.told_on, r.term_on, {GRACE}, h.category, p.id AS person_id,
       p.public_id AS person_public_id, concat_ws(' ', p.given_name, p.family_name) AS name,
       (SELECT string_agg(concat_ws(' ', n.given_name, n.family_name), ' et ' ORDER BY o.id)
        FROM household_member o JOIN person n ON n.id = o.person
        WHERE o.household = h.id AND o.adult AND o.left_on IS NULL) AS names,
       h.public_id AS household, h.street, h.postcode, h.town, coalesce(s.name, '') AS residence,
       coalesce(d.building, '') AS building, coalesce(d.stair, '') AS stair,
       coalesce(d.floor, '') AS floor, coalesce(d.door, '') AS door,
       coalesce(t.public_id, '') AS site
FROM reminder r JOIN household h ON h.id = r.household JOIN person p ON p.id = r.person
JOIN household_member m ON m.household = h.id AND m.person = p.id AND m.left_on IS NULL
LEFT JOIN dwelling d ON d.id = h.dwelling LEFT JOIN residence s ON s.id = d.residence
LEFT JOIN site t ON t.id = h.site
WHERE r.channel IN ('print', 'door') AND r.handed_at IS NULL AND r.withdrawn_at IS NULL
  AND r.told_on >= $1::date
  AND NOT EXISTS (SELECT 1 FROM reminder l WHERE l.household = r.household
    AND l.term_on = r.term_on AND l.id > r.id)
  AND {UNPAID.format("r.term_on", "$2::date")}
ORDER BY s.name NULLS LAST, h.street, d.building, d.stair, d.floor, d.door, p.search, r.id
"""  # noqa: S608 - constants of this file


def _paper(row: Any) -> Paper:
    values = dict(row)
    return Paper(
        **values | {"channel": Channel(row["channel"]), "category": Category(row["category"])}
    )
