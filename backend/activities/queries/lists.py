"""Who comes: for staff, and for whoever leads a session. First names, an age band, nothing more."""

from datetime import datetime

import msgspec

from backend.activities import rules
from backend.activities.errors import SessionUnknown
from backend.activities.queries.agenda import SESSION, Session
from backend.activities.queries.mine import is_leader
from backend.activities.rules import SeatState
from backend.kit import clock
from backend.kit.database import fetch, fetch_as
from backend.kit.errors import N_
from backend.kit.translations import translated as _


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a list. `initial` of the family name, for two of the same first name; `age` a band."""

    seat: str
    person: str
    household: str
    given_name: str
    initial: str
    age: str
    state: SeatState
    attended: bool | None
    asked_at: datetime

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.initial}.".strip() if self.initial else self.given_name


async def guests(session: str) -> list[Guest]:
    """For staff: who has a seat, then who waits, in their order."""
    return await _guests(session, None)


async def led(person_id: int, session: str) -> list[Guest]:
    """For the leader, those with a seat; whoever blocked the other is a seat without a name, and so is
    a child whose parent did, or was (X9).

    Raises SessionUnknown for whoever does not lead it.
    """
    if not await is_leader(person_id, session):
        raise SessionUnknown
    found = await _guests(session, person_id)
    return [each for each in found if each.state is SeatState.TAKEN]


async def on_paper(session: Session) -> list[Guest]:
    """For the paper that staff give to the leader: who has a seat and who waits, as the leader may
    read it (X9).
    """
    return await _guests(session.public_id, session.leader_id)


async def _guests(session: str, viewer: int | None) -> list[Guest]:
    rows = await fetch(_GUESTS, session, viewer, _("Une personne"))
    found = []
    for row in rows:
        values = dict(row)
        adult, born_on, on = values.pop("adult"), values.pop("born_on"), values.pop("starts_at")
        age = None if born_on is None else rules.age_on(born_on, clock.paris(on).date())
        values["state"] = SeatState(values["state"])
        found.append(Guest(**values, age=band(age, adult=adult)))
    return found


def band(age: int | None, *, adult: bool) -> str:
    """As much as a leader needs: whom to look after, and with whom somebody sits."""
    if age is None:
        return N_("adulte") if adult else N_("enfant")
    for least, said in (
        (60, N_("60 ans et plus")),
        (18, N_("adulte")),
        (12, N_("12 à 17 ans")),
        (6, N_("6 à 11 ans")),
    ):
        if age >= least:
            return said
    return N_("moins de 6 ans")


async def running(now: datetime, until: datetime) -> list[Session]:
    """For the counter: what begins before an instant and is not over, in order."""
    return await fetch_as(
        Session,
        f"{SESSION} WHERE a.ends_at > $1 AND a.starts_at < $2 ORDER BY a.starts_at, a.id",
        now,
        until,
    )


_GUESTS = """
SELECT s.public_id AS seat, s.state, s.attended, s.asked_at, m.adult, a.starts_at,
       CASE WHEN b.hidden THEN NULL ELSE p.born_on END AS born_on,
       CASE WHEN b.hidden THEN $3::text ELSE coalesce(p.given_name, '') END AS given_name,
       CASE WHEN b.hidden THEN '' ELSE left(coalesce(p.family_name, ''), 1) END AS initial,
       CASE WHEN b.hidden THEN '' ELSE coalesce(p.public_id, '') END AS person,
       CASE WHEN b.hidden THEN '' ELSE coalesce(h.public_id, '') END AS household
FROM seat s JOIN activity_session a ON a.id = s.session
LEFT JOIN person p ON p.id = s.person LEFT JOIN household h ON h.id = s.household
CROSS JOIN LATERAL (SELECT coalesce((SELECT adult FROM household_member
  WHERE person = s.person ORDER BY left_on DESC NULLS FIRST, id DESC LIMIT 1), true) AS adult) m
CROSS JOIN LATERAL (SELECT EXISTS (SELECT 1 FROM (
   SELECT s.person AS id UNION SELECT a.person FROM household_member a
   WHERE NOT m.adult AND a.household = s.household AND a.left_on IS NULL AND a.adult) w
  JOIN skill_block x ON (x.person, x.other) IN (($2::bigint, w.id), (w.id, $2::bigint))) AS hidden) b
WHERE a.public_id = $1 AND s.state <> 'cancelled'
ORDER BY s.state <> 'taken', s.asked_at, s.id
"""
