"""Whether two people may meet: grown-up members who are here, of whom none blocked the other (X9)."""

import msgspec

from backend.kit import clock
from backend.kit.database import fetch_as, fetch_value
from backend.membership import rules as membership

# Of person p on the day $1. Who has no birth date is what the household says: an adult, or a child.
GROWN = "(p.born_on IS NULL OR p.born_on <= $1::date - interval '18 years')"
HERE = f"""
JOIN person p ON p.id = {{person}} AND p.erased_at IS NULL AND {GROWN}
JOIN household_member m ON m.person = p.id AND m.left_on IS NULL AND m.adult
JOIN household h ON h.id = m.household AND h.ended_at IS NULL
"""


class Blocked(msgspec.Struct, frozen=True):
    """Somebody the reader blocked; by first name and initial, as they knew them."""

    public_id: str
    given_name: str
    family_name: str

    @property
    def name(self) -> str:
        return membership.short_name(self.given_name, self.family_name)


async def may_meet(one: int, other: int) -> bool:
    """Both, at this moment."""
    here = HERE.format(person="who")
    found: bool = await fetch_value(
        f"SELECT count(*) = 2 AND NOT EXISTS (SELECT 1 FROM skill_block"  # noqa: S608 - our own words
        " WHERE (person, other) IN (($2, $3), ($3, $2)))"
        f" FROM unnest(ARRAY[$2, $3]::bigint[]) who {here}",
        clock.today(),
        one,
        other,
    )
    return found


async def is_grown(person_id: int) -> bool:
    """False for who is under eighteen by their birth date."""
    found: bool = await fetch_value(
        f"SELECT {GROWN} FROM person p WHERE p.id = $2",  # noqa: S608 - our own words
        clock.today(),
        person_id,
    )
    return found


BLOCKED = (
    "SELECT p.public_id, p.given_name, p.family_name FROM skill_block b"
    " JOIN person p ON p.id = b.other WHERE b.person = $1 ORDER BY b.id DESC"
)


async def blocked_by(person_id: int) -> list[Blocked]:
    """The newest first."""
    return await fetch_as(Blocked, BLOCKED, person_id)
