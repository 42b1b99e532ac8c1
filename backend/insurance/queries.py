"""Insurers, their offers and their people, as screens read them. No query orders by a price (I2)."""

from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from backend.identity.rules import Role
from backend.insurance.rules import ReferralKind, Terms
from backend.kit import clock, files
from backend.kit.database import fetch, fetch_as, fetch_one, fetch_one_as
from backend.kit.files import File


class InsurerPage(msgspec.Struct, frozen=True):
    id: int
    public_id: str
    name: str
    email: str
    closed_at: datetime | None


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """`ipid` is a key of kit/files, None until there is one."""

    id: int
    public_id: str
    insurer_id: int
    insurer_public_id: str
    insurer_name: str
    insurer_closed_at: datetime | None
    terms: Terms
    ipid: int | None
    published_at: datetime | None

    @property
    def is_shown(self) -> bool:
        return self.published_at is not None and self.insurer_closed_at is None

    def prices_hold(self, on: date) -> bool:
        """Whether the printed list is valid on a day; one that is not is not shown."""
        first, last = self.terms.prices_from, self.terms.prices_until
        return first is not None and last is not None and first <= on <= last


class Agent(msgspec.Struct, frozen=True):
    public_id: str
    name: str
    email: str | None
    since: datetime


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Leads and what came of them; `saved_cents` a year, of the `declared` signed ones (I6)."""

    asked: int
    open: int
    signed: int
    refused: int
    withdrawn: int
    declared: int
    saved_cents: int

    @property
    def average_cents(self) -> int | None:
        """Of a household that said so; None where nobody has."""
        return self.saved_cents // self.declared if self.declared else None


class Confirmed(msgspec.Struct, frozen=True):
    """Contracts signed in some days, how many persons stand behind them, and what they declared a year."""

    contracts: int
    people: int
    saved_cents: int


class PerRecipient(msgspec.Struct, frozen=True):
    name: str
    figures: Figures


class Told(msgspec.Struct, frozen=True):
    """Leads of all insurers together, and of each insurer and firm by its name."""

    of_insurers: Figures
    by_insurer: list[PerRecipient]
    by_firm: list[PerRecipient]


NONE = Figures(asked=0, open=0, signed=0, refused=0, withdrawn=0, declared=0, saved_cents=0)


async def insurers() -> list[InsurerPage]:
    """All of them by name, those that are closed last."""
    return await fetch_as(
        InsurerPage, f"{_INSURER} ORDER BY closed_at IS NOT NULL, lower(name), id"
    )


async def find_insurer(public_id: str) -> InsurerPage | None:
    return await fetch_one_as(InsurerPage, f"{_INSURER} WHERE public_id = $1", public_id)


async def insurers_of(ids: frozenset[int]) -> list[InsurerPage]:
    """Those an agent's roles are for, by name."""
    return await fetch_as(
        InsurerPage, f"{_INSURER} WHERE id = ANY($1) ORDER BY lower(name), id", list(ids)
    )


async def agents_of(insurer_id: int) -> list[Agent]:
    """By name."""
    return await fetch_as(
        Agent,
        "SELECT p.public_id, concat_ws(' ', p.given_name, p.family_name) AS name,"
        " (SELECT c.value FROM contact_point c WHERE c.person = p.id AND c.channel = 'email'"
        "  AND c.ended_at IS NULL ORDER BY c.id LIMIT 1) AS email, g.granted_at AS since"
        " FROM role_grant g JOIN person p ON p.id = g.person"
        " WHERE g.role = $1 AND g.scope_id = $2 AND g.ended_at IS NULL ORDER BY p.search, p.id",
        Role.INSURER.value,
        insurer_id,
    )


async def offers(insurer_id: int | None = None) -> list[Offer]:
    """For the office: all of them, or one insurer's, in the order they were written."""
    rows = await fetch(
        f"{_OFFER} WHERE $1::bigint IS NULL OR o.insurer = $1 ORDER BY o.id", insurer_id
    )
    return [_offer(row) for row in rows]


async def shown_offers() -> list[Offer]:
    """What members see, in the order of the alphabet and of nothing else (I2)."""
    rows = await fetch(
        f"{_OFFER} WHERE o.published_at IS NOT NULL AND i.closed_at IS NULL"
        " ORDER BY lower(i.name), lower(o.title), o.id"
    )
    return [_offer(row) for row in rows]


async def find_offer(public_id: str) -> Offer | None:
    row = await fetch_one(f"{_OFFER} WHERE o.public_id = $1", public_id)
    return None if row is None else _offer(row)


async def find_offer_by_key(offer_id: int) -> Offer | None:
    row = await fetch_one(f"{_OFFER} WHERE o.id = $1", offer_id)
    return None if row is None else _offer(row)


async def ipid_of(offer: Offer) -> File | None:
    return None if offer.ipid is None else await files.get(offer.ipid)


async def figures(since: date) -> Told:
    """What was asked, signed and ended since a day, whenever it was asked, and what is open: of all
    insurers, and of each insurer and firm by its name; one statement.
    """
    rows = await fetch(
        f"SELECT r.kind, r.recipient, {_COUNTS} FROM referral r WHERE {_SINCE}"  # noqa: S608 - our own words
        " GROUP BY GROUPING SETS ((r.kind, r.recipient), (r.kind))"
        " ORDER BY lower(r.recipient)",
        clock.start_of_day(since),
    )
    of_all = {row["kind"]: _figures(row) for row in rows if row["recipient"] is None}
    by_name: dict[str, list[PerRecipient]] = {}
    for row in rows:
        if row["recipient"] is not None:
            by_name.setdefault(row["kind"], []).append(
                PerRecipient(row["recipient"], _figures(row))
            )
    return Told(
        of_insurers=of_all.get(ReferralKind.INSURER, NONE),
        by_insurer=by_name.get(ReferralKind.INSURER, []),
        by_firm=by_name.get(ReferralKind.FIRM, []),
    )


def _figures(row: Any) -> Figures:
    return Figures(**{name: row[name] for name in Figures.__struct_fields__})


async def confirmed(since: date, until: date, landlord_id: int | None) -> Confirmed:
    """Signed from a day to another, both included: of the club, or of one landlord's proved tenants.

    `people` lets the caller hide what is about fewer than five (I4, I6).
    """
    found = await fetch_one_as(
        Confirmed,
        "SELECT count(*) AS contracts, count(DISTINCT coalesce(r.person, -r.id)) AS people,"
        " coalesce(sum(r.saving_cents), 0)::bigint AS saved_cents FROM referral r"
        " WHERE r.kind = 'insurer' AND r.state = 'signed' AND r.changed_at >= $1"
        " AND r.changed_at < $2 AND ($3::bigint IS NULL OR EXISTS (SELECT 1 FROM household h"
        "  JOIN dwelling d ON d.id = h.dwelling WHERE h.id = r.household AND h.proof = 'proved'"
        "  AND d.landlord = $3))",
        clock.start_of_day(since),
        clock.start_of_day(until + timedelta(days=1)),
        landlord_id,
    )
    assert found is not None
    return found


_INSURER = "SELECT id, public_id, name, email, closed_at FROM insurer"
_OFFER = (
    "SELECT o.id, o.public_id, o.insurer AS insurer_id, i.public_id AS insurer_public_id,"
    " i.name AS insurer_name, i.closed_at AS insurer_closed_at, o.title, o.summary, o.carrier,"
    " o.intermediary, o.orias, o.complaint, o.notice, o.prices, o.prices_from, o.prices_until,"
    " o.ipid_on, o.ipid, o.published_at FROM insurance_offer o JOIN insurer i ON i.id = o.insurer"
)
_TERMS = [field.name for field in msgspec.structs.fields(Terms)]
# $1 an instant: what is open counts whenever it was asked.
_SINCE = "(r.changed_at >= $1 OR r.state IN ('sent', 'contacted', 'quoted'))"
_COUNTS = (
    "count(*) FILTER (WHERE r.sent_at >= $1) AS asked, count(*) FILTER (WHERE r.state IN ('sent', 'contacted', 'quoted')) AS open,"
    " count(*) FILTER (WHERE r.state = 'signed') AS signed,"
    " count(*) FILTER (WHERE r.state = 'refused') AS refused,"
    " count(*) FILTER (WHERE r.state = 'withdrawn') AS withdrawn,"
    " count(r.saving_cents) AS declared, coalesce(sum(r.saving_cents), 0)::bigint AS saved_cents"
)


def _offer(row: Any) -> Offer:
    values = dict(row)
    terms = {name: values.pop(name) for name in _TERMS}
    terms["prices"] = tuple(terms["prices"])
    return Offer(terms=Terms(**terms), **values)
