"""What the club's office reads: checks that wait, dated prices, how many households."""

from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from backend.kit.database import fetch, fetch_as, fetch_one
from backend.membership.errors import HouseholdUnknown
from backend.membership.rules import Category


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A household whose dwelling staff must look at, with what it said.

    `dwelling_id`, `found` and `taken_by`: the dwelling its contract names, and who proved it before.
    """

    household_id: int
    household_public_id: str
    name: str
    asked_at: datetime
    claimed_contract: str | None
    street: str
    postcode: str
    town: str
    dwelling_id: int | None
    found: str | None
    taken_by: str | None


class PriceLine(msgspec.Struct, frozen=True):
    """A month's price from a day on; `until` is its last day, None when it goes on."""

    category: Category
    month_cents: int
    since: date
    until: date | None


class Touched(msgspec.Struct, frozen=True):
    """A member household whose dwelling an import changed: gone, or under another contract."""

    household_public_id: str
    name: str
    external_id: str
    gone: bool


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """A member household that the landlord's newest list says is no longer there.

    `gone`: the dwelling left the list; else it is let under another contract.
    """

    household_id: int
    household_public_id: str
    person_public_id: str
    name: str
    landlord: str
    street: str
    postcode: str
    town: str
    gone: bool
    seen_at: datetime


class Month(msgspec.Struct, frozen=True):
    """How many households were members on the last day of a month, or today."""

    on: date
    households: int


async def open_checks() -> list[Check]:
    """The oldest first."""
    return await fetch_as(Check, f"{_CHECK} ORDER BY k.asked_at, k.id")


async def get_check(household_public_id: str) -> Check:
    """Raises HouseholdUnknown when nothing of this household waits."""
    row = await fetch_one(f"{_CHECK} AND h.public_id = $1", household_public_id)
    if row is None:
        raise HouseholdUnknown
    return Check(**row)


async def prices() -> list[PriceLine]:
    """Every price that was set, by category, the newest first."""
    rows = await fetch(
        "SELECT category, month_cents, lower(during) AS since, upper(during) - 1 AS until"
        " FROM price ORDER BY category, lower(during) DESC"
    )
    return [msgspec.convert(dict(row), PriceLine) for row in rows]


async def plans_at_another_price(now: Mapping[Category, int]) -> list[str]:
    """Numbers of households whose monthly payment goes on at what it cost when it was agreed (M10)."""
    rows = await fetch(
        "SELECT h.public_id, h.category, o.amount_cents FROM monthly_plan m"
        " JOIN household h ON h.id = m.household JOIN pay_order o ON o.id = m.pay_order"
        " WHERE m.ended_at IS NULL AND m.ends_at IS NULL ORDER BY h.public_id"
    )
    return [
        row["public_id"] for row in rows if row["amount_cents"] != now[Category(row["category"])]
    ]


async def touched_by(batch_public_id: str) -> list[Touched]:
    """Whom to ask after an import: the landlord's list never changes a membership by itself."""
    return await fetch_as(
        Touched,
        f"SELECT h.public_id AS household_public_id, {_NAME} AS name, d.external_id,"  # noqa: S608 - our own words
        " (c.kind = 'gone') AS gone FROM dwelling_batch b JOIN dwelling_change c ON c.batch = b.id"
        " JOIN dwelling d ON d.id = c.dwelling"
        " JOIN household h ON h.dwelling = d.id AND h.proof = 'proved' AND h.ended_at IS NULL"
        " WHERE b.public_id = $1 AND b.undone_at IS NULL AND (c.kind = 'gone' OR (c.before IS NOT NULL"
        "  AND c.before #>> '{line,contract_folded}' IS DISTINCT FROM d.contract_folded))"
        " ORDER BY h.public_id",
        batch_public_id,
    )


async def departures() -> list[Departure]:
    """The oldest first. Read from what imports changed since staff last looked: nothing is automatic."""
    return await fetch_as(Departure, f"{_DEPARTURE} ORDER BY c.seen_at, h.id")


async def get_departure(household_public_id: str) -> Departure:
    """Raises HouseholdUnknown when nothing of this household waits."""
    row = await fetch_one(f"{_DEPARTURE} AND h.public_id = $1", household_public_id)
    if row is None:
        raise HouseholdUnknown
    return Departure(**row)


async def members_by_month(
    today: date, months: int = 12, category: Category | None = None
) -> list[Month]:
    """The last day of each month before this one, then today; of one category as it was paid for.

    Periods of one household never overlap, so each counts for one. A household that left the club
    counts no more from that day on.
    """
    return await fetch_as(
        Month,
        "WITH step AS (SELECT greatest(date_trunc('month', on_day::timestamp),"
        "   date_trunc('month', $1::date) - make_interval(months => $2::int - 1)) AS month,"
        "   sum(change) AS change FROM member_step WHERE on_day <= $1"
        "   AND ($3::text IS NULL OR category = $3) GROUP BY 1)"
        " SELECT least((m + interval '1 month')::date - 1, $1::date) AS \"on\","
        "  coalesce(sum(s.change) OVER (ORDER BY m), 0)::bigint AS households"
        " FROM generate_series(date_trunc('month', $1::date) - make_interval(months => $2::int - 1),"
        "  date_trunc('month', $1::date), interval '1 month') m"
        " LEFT JOIN step s ON s.month = m ORDER BY m",
        today,
        months,
        None if category is None else category.value,
    )


_NAME = (
    "coalesce((SELECT concat_ws(' ', p.given_name, p.family_name) FROM household_member m"
    " JOIN person p ON p.id = m.person WHERE m.household = h.id AND m.left_on IS NULL AND m.adult"
    " ORDER BY m.id LIMIT 1), h.public_id)"
)
_CHECK = (
    "SELECT h.id AS household_id, h.public_id AS household_public_id,"  # noqa: S608 - our own words
    f" {_NAME} AS name, k.asked_at, h.claimed_contract, h.street, h.postcode, h.town,"
    " d.id AS dwelling_id, concat_ws(', ', d.street, d.postcode || ' ' || d.town) AS found,"
    " (SELECT o.public_id FROM household o WHERE o.dwelling = d.id AND o.proof = 'proved'"
    "  AND o.ended_at IS NULL AND o.id <> h.id) AS taken_by"
    " FROM staff_check k JOIN household h ON h.id = k.household AND h.ended_at IS NULL"
    " LEFT JOIN LATERAL (SELECT * FROM dwelling w WHERE w.gone_at IS NULL AND (w.id = h.dwelling"
    "  OR (h.dwelling IS NULL AND w.contract_folded = h.claimed_contract)) ORDER BY w.id LIMIT 1) d"
    " ON true WHERE k.closed_at IS NULL"
)
# Of what imports did to a dwelling since staff last looked, only what still stands: it is gone, or let
# under another contract than before the first of them, also where it was gone in between.
_DEPARTURE = (
    "SELECT h.id AS household_id, h.public_id AS household_public_id,"
    " f.public_id AS person_public_id, concat_ws(' ', f.given_name, f.family_name) AS name,"
    " l.name AS landlord, h.street, h.postcode, h.town, (d.gone_at IS NOT NULL) AS gone, c.seen_at"
    " FROM household h JOIN dwelling d ON d.id = h.dwelling JOIN landlord l ON l.id = d.landlord"
    " JOIN LATERAL (SELECT p.public_id, p.given_name, p.family_name FROM household_member m"
    "  JOIN person p ON p.id = m.person WHERE m.household = h.id AND m.left_on IS NULL AND m.adult"
    "  ORDER BY m.id LIMIT 1) f ON true"
    " JOIN LATERAL (SELECT max(b.applied_at) AS seen_at, bool_or(k.kind = 'gone') AS went,"
    "   array_agg(k.before #>> '{line,contract_folded}' ORDER BY k.id)"
    "    FILTER (WHERE k.before IS NOT NULL) AS contracts"
    "  FROM dwelling_change k JOIN dwelling_batch b ON b.id = k.batch WHERE k.dwelling = d.id"
    "  AND b.undone_at IS NULL AND b.applied_at > coalesce(h.home_seen_at, h.created_at)) c"
    " ON (c.went AND d.gone_at IS NOT NULL)"
    "  OR (cardinality(c.contracts) > 0 AND c.contracts[1] IS DISTINCT FROM d.contract_folded)"
    " WHERE h.proof = 'proved' AND h.ended_at IS NULL"
)
