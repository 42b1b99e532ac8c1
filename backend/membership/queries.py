"""Who a member is, as screens and guards read it."""

from datetime import date

import msgspec

from backend.kit import clock
from backend.kit.database import fetch_one
from backend.membership import rules
from backend.membership.rules import Category, Proof, Status


class Member(msgspec.Struct, frozen=True):
    """A person in a household, with what the status follows from (M1)."""

    person_id: int
    person_public_id: str
    given_name: str
    family_name: str
    adult: bool
    household_id: int
    household_public_id: str
    category: Category
    proof: Proof
    site_id: int | None
    dwelling_id: int | None
    paid_from: date | None
    paid_until: date | None
    provisional_until: date | None
    grace_days: int

    def status(self, on: date | None = None) -> Status:
        return rules.status(
            self.paid_from,
            self.paid_until,
            self.provisional_until,
            self.grace_days,
            on or clock.today(),
        )

    @property
    def short_name(self) -> str:
        """First name and initial, all that a shop ever sees (V13)."""
        return rules.short_name(self.given_name, self.family_name)


async def find_member(person_id: int) -> Member | None:
    """The person's household and its newest period; one statement."""
    row = await fetch_one(
        "SELECT p.id AS person_id, p.public_id AS person_public_id, p.given_name, p.family_name,"
        " m.adult, h.id AS household_id, h.public_id AS household_public_id, h.category, h.proof,"
        " h.site AS site_id, h.dwelling AS dwelling_id, lower(q.during) AS paid_from,"
        " (upper(q.during) - 1) AS paid_until, q.provisional_until,"
        " coalesce((SELECT grace_days FROM club), 30)::int AS grace_days"
        " FROM household_member m JOIN person p ON p.id = m.person"
        " JOIN household h ON h.id = m.household"
        " LEFT JOIN LATERAL (SELECT during, provisional_until FROM period WHERE household = h.id"
        "  AND cancelled_at IS NULL ORDER BY upper(during) DESC LIMIT 1) q ON true"
        " WHERE m.person = $1 AND m.left_on IS NULL AND h.ended_at IS NULL",
        person_id,
    )
    if row is None:
        return None
    values = dict(row)
    values["category"] = Category(values["category"])
    values["proof"] = Proof(values["proof"])
    return Member(**values)
