"""Exchanges as one of the two sees them: words, where it is, and contact once both show theirs (X3)."""

from datetime import datetime
from typing import Any

import msgspec

from backend.kit.database import fetch, fetch_as, fetch_one
from backend.membership import rules as membership
from backend.people import queries as people
from backend.people.rules import Address
from backend.skills.errors import ExchangeUnknown
from backend.skills.queries.meeting import may_meet
from backend.skills.rules import ExchangeState, ListingKind


class ExchangeCard(msgspec.Struct, frozen=True):
    """A line of "my exchanges". `asked`: the reader is the one who asked."""

    public_id: str
    title: str
    kind: ListingKind
    state: ExchangeState
    given_name: str
    family_name: str
    asked: bool
    changed_at: datetime
    mine_to_answer: bool

    @property
    def other(self) -> str:
        return membership.short_name(self.given_name, self.family_name)


class Said(msgspec.Struct, frozen=True):
    public_id: str
    own: bool
    words: str
    at: datetime
    hidden: bool


class ExchangeSide(msgspec.Struct, frozen=True):
    """One of the two. `contacts` is empty until both show theirs."""

    person_id: int
    public_id: str
    short_name: str
    shares: bool
    contacts: tuple[Address, ...] = ()


class ExchangePage(msgspec.Struct, frozen=True, kw_only=True):
    """`meet`: both are still here, and neither blocked the other."""

    id: int
    meet: bool
    public_id: str
    listing: str
    title: str
    kind: ListingKind
    state: ExchangeState
    asked: bool
    me: ExchangeSide
    other: ExchangeSide
    helped: bool
    created_at: datetime
    done_at: datetime | None
    thanked_at: datetime | None
    messages: tuple[Said, ...]

    @property
    def shown(self) -> bool:
        return self.meet and _shown(self.state, self.me.shares, self.other.shares)


EXCHANGES = (
    "SELECT e.public_id, l.title, l.kind, e.state, o.given_name, o.family_name,"
    " e.asker = $1 AS asked, e.changed_at, e.owner = $1 AND e.state = 'asked' AS mine_to_answer"
    " FROM exchange e JOIN listing l ON l.id = e.listing"
    " JOIN person o ON o.id = CASE WHEN e.asker = $1 THEN e.owner ELSE e.asker END"
    " WHERE $1 IN (e.asker, e.owner) AND NOT EXISTS (SELECT 1 FROM skill_block b"
    "  WHERE (b.person, b.other) IN (($1, o.id), (o.id, $1))) ORDER BY mine_to_answer DESC,"
    " e.state NOT IN ('asked', 'agreed'), e.changed_at DESC, e.id DESC LIMIT 100"
)


async def mine_exchanges(person_id: int) -> list[ExchangeCard]:
    """What waits for the reader first, then the newest; who blocked, or was, is not there (X9)."""
    return await fetch_as(ExchangeCard, EXCHANGES, person_id)


async def find_exchange(person_id: int, public_id: str) -> ExchangePage:
    """One of the two alone reads it, and not who was blocked by the other (X9). Raises ExchangeUnknown."""
    row = await fetch_one(
        "SELECT e.id, e.public_id, l.public_id AS listing, l.title, l.kind, e.state, e.asker, e.owner,"
        " e.asker_shares_at, e.owner_shares_at, e.created_at, e.done_at, e.thanked_at,"
        " a.public_id AS asker_id, a.given_name AS asker_given, a.family_name AS asker_family,"
        " o.public_id AS owner_id, o.given_name AS owner_given, o.family_name AS owner_family"
        " FROM exchange e JOIN listing l ON l.id = e.listing JOIN person a ON a.id = e.asker"
        " JOIN person o ON o.id = e.owner WHERE e.public_id = $1 AND $2 IN (e.asker, e.owner)"
        " AND NOT EXISTS (SELECT 1 FROM skill_block b WHERE b.other = $2"
        "  AND b.person IN (e.asker, e.owner))",
        public_id,
        person_id,
    )
    if row is None:
        raise ExchangeUnknown
    asked = row["asker"] == person_id
    me, other = (_side(row, "asker"), _side(row, "owner"))
    if not asked:
        me, other = other, me
    meet = await may_meet(me.person_id, other.person_id)
    if meet and _shown(ExchangeState(row["state"]), me.shares, other.shares):
        known = await people.contacts_of(other.person_id)
        other = msgspec.structs.replace(other, contacts=tuple(each.address for each in known))
    return ExchangePage(
        id=row["id"],
        meet=meet,
        public_id=row["public_id"],
        listing=row["listing"],
        title=row["title"],
        kind=ListingKind(row["kind"]),
        state=ExchangeState(row["state"]),
        asked=asked,
        me=me,
        other=other,
        helped=asked == (row["kind"] == ListingKind.OFFER),
        created_at=row["created_at"],
        done_at=row["done_at"],
        thanked_at=row["thanked_at"],
        messages=tuple(await _messages(row["id"], person_id)),
    )


def _shown(state: ExchangeState, one: bool, other: bool) -> bool:
    return one and other and state in {ExchangeState.AGREED, ExchangeState.DONE}


def _side(row: Any, side: str) -> ExchangeSide:
    return ExchangeSide(
        person_id=row[side],
        public_id=row[f"{side}_id"],
        short_name=membership.short_name(row[f"{side}_given"], row[f"{side}_family"]),
        shares=row[f"{side}_shares_at"] is not None,
    )


async def _messages(exchange_id: int, person_id: int) -> list[Said]:
    rows = await fetch(
        "SELECT public_id, author = $2 AS own, CASE WHEN hidden_at IS NULL THEN words ELSE '' END"
        " AS words, at, hidden_at IS NOT NULL AS hidden FROM exchange_message WHERE exchange = $1"
        " ORDER BY at, id",
        exchange_id,
        person_id,
    )
    return [Said(**row) for row in rows]


async def given_and_received(person_id: int) -> tuple[int, int]:
    """How often they helped, and were helped; private, and no balance (X6)."""
    row: Any = await fetch_one(
        "SELECT count(*) FILTER (WHERE (l.kind = 'offer') = (e.owner = $1)) AS given,"
        " count(*) FILTER (WHERE (l.kind = 'offer') <> (e.owner = $1)) AS received"
        " FROM exchange e JOIN listing l ON l.id = e.listing"
        " WHERE $1 IN (e.asker, e.owner) AND e.done_at IS NOT NULL",
        person_id,
    )
    return row["given"], row["received"]
