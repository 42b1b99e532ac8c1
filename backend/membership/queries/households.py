"""Who is in which household, how it stands, and who is found by a name."""

from datetime import date
from typing import Any

import msgspec

from backend.kit import clock, text
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.membership import rules
from backend.membership.errors import HouseholdMistyped, HouseholdUnknown
from backend.membership.former import LEFT, LEFT_ON, NEWEST, TO_THE_END
from backend.membership.queries.words import GRACE, SPANS, Standing, as_types, standing_of
from backend.membership.rules import Category, Proof, Span, Status


class Member(msgspec.Struct, frozen=True):
    """A person in a household, with what the status follows from (M1)."""

    person_id: int
    person_public_id: str
    given_name: str
    family_name: str
    adult: bool
    household_id: int
    household_public_id: str
    payer_id: int
    category: Category
    proof: Proof
    site_id: int | None
    dwelling_id: int | None
    grace_days: int
    spans: tuple[Span, ...]

    def status(self, on: date | None = None) -> Status:
        return rules.status(self.spans, self.grace_days, on or clock.today())

    def standing(self, on: date | None = None) -> Standing:
        return standing_of(self.spans, self.grace_days, None, on or clock.today())

    @property
    def paid_until(self) -> date | None:
        """The last day that is paid, whether it is past or to come."""
        return rules.paid_until(self.spans, clock.today())

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def short_name(self) -> str:
        """First name and initial, all that a shop ever sees (V13)."""
        return rules.short_name(self.given_name, self.family_name)


_MEMBER = (
    "SELECT p.id AS person_id, p.public_id AS person_public_id, p.given_name, p.family_name,"  # noqa: S608 - our own words
    " m.adult, h.id AS household_id, h.public_id AS household_public_id, h.payer AS payer_id,"
    " h.category, h.proof, h.site AS site_id, h.dwelling AS dwelling_id,"
    f" {GRACE}, {SPANS}"
    " FROM household_member m JOIN person p ON p.id = m.person"
    " JOIN household h ON h.id = m.household"
    " WHERE m.left_on IS NULL AND h.ended_at IS NULL AND "
)


async def find_member(person_id: int) -> Member | None:
    """The person's household and its periods; one statement."""
    row = await fetch_one(_MEMBER + "m.person = $1", person_id)
    return None if row is None else _member(row)


class Companion(msgspec.Struct, frozen=True):
    """One of a household's people. `left_on` None: still there."""

    person_id: int
    person_public_id: str
    given_name: str
    family_name: str
    adult: bool
    joined_on: date
    left_on: date | None
    others_stayed: bool = False  # when they left

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


class Household(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    public_id: str
    payer_id: int
    category: Category
    proof: Proof
    street: str
    postcode: str
    town: str
    site_id: int | None
    dwelling_id: int | None
    grace_days: int
    ended_on: date | None
    spans: tuple[Span, ...]
    people: tuple[Companion, ...]

    def standing(self, on: date | None = None) -> Standing:
        return standing_of(self.spans, self.grace_days, self.ended_on, on or clock.today())

    @property
    def adults(self) -> list[Companion]:
        return [one for one in self.people if one.adult and one.left_on is None]

    @property
    def children(self) -> list[Companion]:
        return [one for one in self.people if not one.adult and one.left_on is None]

    @property
    def told(self) -> Companion | None:
        """Who hears of its money: its first adult, or once it has ended one who was there to the end."""
        return self.told_of(None)

    def told_of(self, by: int | None) -> Companion | None:
        """Who hears of what one of them asked for: that one, while there; else as of all its money."""
        adults = [one for one in self.people if one.adult and one.given_name]
        here = [one for one in adults if one.left_on is None or self.was_to_the_end(one)]
        return next((one for one in here if one.person_id == by), next(iter(here), None))

    def was_to_the_end(self, one: Companion) -> bool:
        """Of a household that has ended; as `former.TO_THE_END`."""
        last = max((each.left_on for each in self.people if each.left_on), default=None)
        return self.ended_on is not None and one.left_on == last and not one.others_stayed

    @property
    def name(self) -> str:
        """As its payer is called: its first adult, who may have left since, or been erased."""
        return next((one.name for one in self.people if one.adult and one.name), self.public_id)


async def household(public_id: str) -> Household:
    """With everybody who is or was in it. Raises HouseholdUnknown."""
    return await _household("h.public_id = $1", public_id)


async def find_household(typed: str) -> Household:
    """A household by its number as people write it. Raises HouseholdMistyped."""
    try:
        return await household(typed.strip().upper().replace(" ", "-"))
    except HouseholdUnknown:
        raise HouseholdMistyped().at("household") from None


async def household_by_id(household_id: int) -> Household:
    """Raises HouseholdUnknown."""
    return await _household("h.id = $1", household_id)


async def _household(where: str, key: str | int) -> Household:
    row = await fetch_one(
        "SELECT h.id, h.public_id, h.payer AS payer_id, h.category, h.proof, h.street, h.postcode,"  # noqa: S608 - our own words
        " h.town, h.site AS site_id, h.dwelling AS dwelling_id, (h.ended_at AT TIME ZONE 'Europe/Paris')::date AS ended_on,"
        " coalesce((SELECT json_agg(json_build_object('person_id', p.id, 'person_public_id',"
        "  p.public_id, 'given_name', p.given_name, 'family_name', p.family_name, 'adult', m.adult,"
        "  'joined_on', m.joined_on, 'left_on', m.left_on, 'others_stayed', m.others_stayed) ORDER BY m.left_on DESC NULLS FIRST, m.others_stayed, m.id)"
        "  FROM household_member m JOIN person p ON p.id = m.person"
        "  WHERE m.household = h.id), '[]')::text AS people,"
        f" {GRACE}, {SPANS} FROM household h WHERE {where}",
        key,
    )
    if row is None:
        raise HouseholdUnknown
    values = as_types(row)
    values["people"] = msgspec.json.decode(values["people"], type=tuple[Companion, ...])
    return Household(**values)


async def find_heir(household_id: int) -> int | None:
    """Where those live now who were in a household to its end; adults decide (M5).

    Where some of its days went on, that is where; else with the first of them who came back.
    """
    found: int | None = await fetch_value(
        "WITH RECURSIVE went AS (SELECT q.id, q.household FROM period q WHERE q.household = $1"  # noqa: S608 - our own words
        "  UNION ALL SELECT n.id, n.household FROM period n JOIN went w ON n.carried_from = w.id)"
        " SELECT now.household FROM household h JOIN household_member m ON m.household = h.id"
        " JOIN household_member now ON now.person = m.person AND now.left_on IS NULL"
        " JOIN household n ON n.id = now.household AND n.ended_at IS NULL"
        f" WHERE h.id = $1 AND h.ended_at IS NOT NULL AND {TO_THE_END}"
        " ORDER BY now.household IN (SELECT household FROM went) DESC, m.adult DESC,"
        " (SELECT min(next.id) FROM household_member next"
        "  WHERE next.person = m.person AND next.id > m.id) LIMIT 1",
        household_id,
    )
    return found


async def standing(household_id: int) -> Standing:
    """Today's. Raises HouseholdUnknown."""
    return (await household_by_id(household_id)).standing()


class Found(msgspec.Struct, frozen=True):
    """One line of a search at the desk."""

    person_public_id: str
    given_name: str
    family_name: str
    household_public_id: str
    town: str
    adult: bool
    left_on: date | None
    status: Status


async def search_people(typed: str, limit: int = 20) -> list[Found]:
    """Members by the beginnings of their names, accents forgiven, or by what else staff are told.

    An e-mail, a telephone, the household's number, a contract: whole, since they are compared.
    Who is in no household any more comes last, by the one they left.
    """
    words = text.fold(typed).split()
    if not words:
        return []
    named = " AND ".join(f"' ' || p.search LIKE ${at + 5}" for at in range(len(words)))
    rows = await fetch(
        f"WITH who AS MATERIALIZED ((SELECT p.id FROM person p WHERE {named}"  # noqa: S608 - our own words
        f"  ORDER BY p.search, p.id LIMIT {SURPLUS} * $2::int) UNION {_BY_NUMBER})"
        " SELECT p.public_id AS person_public_id, p.given_name, p.family_name,"
        f" h.public_id AS household_public_id, h.town, m.adult, {GRACE}, {SPANS},"
        f" CASE WHEN {LEFT} THEN {LEFT_ON} END AS left_on"
        " FROM who JOIN person p ON p.id = who.id JOIN household_member m ON m.person = p.id"
        " JOIN household h ON h.id = m.household"
        f" WHERE p.erased_at IS NULL AND {NEWEST}"
        f" ORDER BY {LEFT}, p.search, p.id LIMIT $2",
        typed.strip().upper(),
        limit,
        text.fold_contract(typed),
        _address(typed),
        *(f"% {word}%" for word in words),
    )
    return [_found(row) for row in rows]


# By what is compared whole, each from its own table: in one condition over all of them each person of
# the club would be looked at.
_BY_NUMBER = (  # of the household that somebody is known by
    "SELECT m.person FROM household h JOIN household_member m ON m.household = h.id"  # noqa: S608 - our own words
    f" WHERE (h.public_id = $1 OR h.claimed_contract = $3) AND {NEWEST}"
    " UNION SELECT m.person FROM dwelling d JOIN household h ON h.dwelling = d.id"
    f" JOIN household_member m ON m.household = h.id WHERE d.contract_folded = $3 AND {NEWEST}"
    " UNION SELECT c.person FROM contact_point c WHERE c.ended_at IS NULL AND c.value = $4"
)
SURPLUS = 10  # so many more are found by name than shown: some are known by another household


def _address(typed: str) -> str:
    """An e-mail or a telephone in its stored form; what is none finds nobody."""
    return typed.lower() if "@" in typed else text.guess_phone(typed)


def _member(row: Any) -> Member:
    return Member(**as_types(row))


def _found(row: Any) -> Found:
    values = as_types(row)
    spans, grace_days = values.pop("spans"), values.pop("grace_days")
    standing = standing_of(spans, grace_days, values["left_on"], clock.today())
    return Found(**values, status=standing.status)
