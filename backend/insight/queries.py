"""Reads across capabilities, for the office and for landlords' referents."""

from collections.abc import Collection, Sequence
from datetime import date

import msgspec

from backend.insight import figures, rules
from backend.kit import clock
from backend.kit.database import fetch, fetch_as
from backend.kit.errors import Missing


class Residence(msgspec.Struct, frozen=True, kw_only=True):
    """What the club reaches in one residence on a day, and what was saved since another.

    `people` are in a household that is a member and proved its dwelling; `uses` are not undone.
    """

    public_id: str
    landlord: str
    name: str
    postcode: str
    town: str
    priority_district: bool
    dwellings: int
    households: int
    people: int
    uses: int
    saved_cents: int

    @property
    def share(self) -> float:
        """Member households in a hundred dwellings."""
        return 100 * self.households / self.dwellings if self.dwellings else 0.0


class Reach(msgspec.Struct, frozen=True):
    """One row a referent reads; `seen` None where so few people stand behind it.

    `told` are its figures as they may be told, its uses those up to `uses_on`: None as long as too
    few people used something.
    """

    told: Residence
    shown: bool
    uses_on: date | None

    @property
    def seen(self) -> Residence | None:
        return self.told if self.shown else None

    @property
    def uses_seen(self) -> bool:
        return self.uses_on is not None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A landlord's residences and their sum, without any figure about fewer than five people.

    What was true on `until`: the last day of a month, so that no two days can be compared. `told` is
    the sum as it may be told; `uses_on` as in `Reach`.
    """

    landlord: str
    public_id: str
    since: date
    until: date
    rows: list[Reach]
    told: Residence
    uses_on: date | None

    @property
    def total(self) -> Residence | None:
        return self.told if rules.may_total([self.told.people]) else None

    @property
    def total_uses(self) -> bool:
        return self.uses_on is not None

    @property
    def has_hidden(self) -> bool:
        return self.total is None or not all(row.seen and row.uses_seen for row in self.rows)


class Landlord(msgspec.Struct, frozen=True):
    id: int
    public_id: str
    name: str


async def landlords_of(ids: Collection[int]) -> list[Landlord]:
    """Those a referent speaks for, by name."""
    return await fetch_as(
        Landlord,
        "SELECT id, public_id, name FROM landlord WHERE id = ANY($1::bigint[]) ORDER BY name",
        list(ids),
    )


async def landlord_of(ids: Collection[int], public_id: str) -> tuple[Landlord, list[Landlord]]:
    """The one asked for if it is theirs, else their first; and all of them. Raises Missing."""
    found = await landlords_of(ids)
    if not found:
        raise Missing
    return next((one for one in found if one.public_id == public_id), found[0]), found


async def residences(landlord_id: int | None, on: date, since: date) -> list[Residence]:
    """Every residence with a dwelling, of one landlord or of all, with what was true on a day."""
    return await fetch_as(
        Residence,
        _RESIDENCES,
        landlord_id,
        on,
        clock.start_of_day(since),
        clock.end_of_day(on),
    )


async def residences_now(landlord_id: int | None, today: date) -> list[Residence]:
    """As `residences` of the year so far, from what is kept of each household."""
    since = clock.start_of_day(figures.first_of_year(today))
    counted = await fetch(_HOMES, landlord_id)
    homes: dict[int, int] = {row["residence"]: row["dwellings"] for row in counted}
    rows = [dict(row) for row in await fetch(_REACHED, today, since, landlord_id, list(homes))]
    return [Residence(dwellings=homes[row.pop("id")], **row) for row in rows]


async def landlords() -> list[Landlord]:
    """All of the club's, by name."""
    return await fetch_as(Landlord, "SELECT id, public_id, name FROM landlord ORDER BY name, id")


class Place(msgspec.Struct, frozen=True):
    """A residence by its name only."""

    public_id: str
    name: str
    town: str


async def places() -> list[Place]:
    """Every residence that has a dwelling, by name."""
    return await fetch_as(
        Place,
        "SELECT public_id, name, town FROM residence r WHERE EXISTS (SELECT 1 FROM dwelling d"
        " WHERE d.residence = r.id AND d.gone_at IS NULL) ORDER BY name, town, id",
    )


def add_up(found: Sequence[Residence]) -> Residence:
    """All of them as one: a household lives in one residence only, so the sums are exact."""
    return Residence(
        public_id="",
        landlord="",
        name="",
        postcode="",
        town="",
        priority_district=False,
        dwellings=sum(each.dwellings for each in found),
        households=sum(each.households for each in found),
        people=sum(each.people for each in found),
        uses=sum(each.uses for each in found),
        saved_cents=sum(each.saved_cents for each in found),
    )


_HOMES = (
    "SELECT residence, count(*) AS dwellings FROM dwelling"
    " WHERE gone_at IS NULL AND ($1::bigint IS NULL OR landlord = $1) GROUP BY residence"
)
# $1 and $2 as figures.TOLD has them, $3 a landlord or null, $4 the residences that have a dwelling.
_REACHED = f"""
WITH {figures.TOLD}, reached AS (
  SELECT residence, sum(households) AS households, sum(people) AS people, sum(uses) AS uses,
    sum(saved_cents) AS saved_cents
  FROM told WHERE residence > 0 AND ($3::bigint IS NULL OR landlord = $3) AND member
  GROUP BY residence
)
SELECT r.id, r.public_id, l.name AS landlord, r.name, r.postcode, r.town, r.priority_district,
  coalesce(c.households, 0)::bigint AS households, coalesce(c.people, 0)::bigint AS people,
  coalesce(c.uses, 0)::bigint AS uses, coalesce(c.saved_cents, 0)::bigint AS saved_cents
FROM residence r JOIN landlord l ON l.id = r.landlord LEFT JOIN reached c ON c.residence = r.id
WHERE r.id = ANY($4::bigint[]) ORDER BY r.name, r.town, r.id
"""  # noqa: S608 - our own words
# $1 a landlord or null, $2 a day, $3 and $4 the instants between which things count.
_RESIDENCES = """
WITH reached AS (
  SELECT d.residence, h.id AS household FROM household h JOIN dwelling d ON d.id = h.dwelling
  WHERE h.proof = 'proved' AND (h.ended_at IS NULL OR h.ended_at > $4)
    AND ($1::bigint IS NULL OR d.landlord = $1)
    AND EXISTS (SELECT 1 FROM period q WHERE q.household = h.id AND q.created_at <= $4
      AND (q.cancelled_at IS NULL OR q.cancelled_at > $4) AND q.during @> $2::date
      AND (q.provisional_until IS NULL OR q.provisional_until >= $2::date))
), people AS (
  SELECT c.residence, count(DISTINCT c.household) AS households, count(m.id) AS people
  FROM reached c LEFT JOIN household_member m ON m.household = c.household
    AND m.joined_on <= $2::date AND (m.left_on IS NULL OR m.left_on > $2::date)
  GROUP BY c.residence
), used AS (
  SELECT c.residence, count(*) AS uses, sum(x.saving_cents) AS saved_cents
  FROM reached c JOIN redemption x ON x.household = c.household AND x.at >= $3 AND x.at <= $4
  WHERE NOT EXISTS (SELECT 1 FROM reversal v WHERE v.redemption = x.id AND v.at <= $4)
  GROUP BY c.residence
), homes AS (
  SELECT residence, count(*) AS dwellings FROM dwelling
  WHERE gone_at IS NULL AND ($1::bigint IS NULL OR landlord = $1) GROUP BY residence
)
SELECT r.public_id, l.name AS landlord, r.name, r.postcode, r.town, r.priority_district, homes.dwellings,
       coalesce(p.households, 0)::bigint AS households, coalesce(p.people, 0)::bigint AS people,
       coalesce(u.uses, 0)::bigint AS uses,
       coalesce(u.saved_cents, 0)::bigint AS saved_cents
FROM homes JOIN residence r ON r.id = homes.residence JOIN landlord l ON l.id = r.landlord
LEFT JOIN people p ON p.residence = r.id LEFT JOIN used u ON u.residence = r.id
ORDER BY r.name, r.town, r.id
"""
