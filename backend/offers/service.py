"""Offers: use cases of partners and of the club, and the stock that vouchers take from."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from asyncpg import Range

from backend.audit.service import By, note
from backend.kit import clock, codes, text
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.kit.locks import lock
from backend.merchants.errors import PartnerUnknown
from backend.offers import rules
from backend.offers.errors import (
    OfferIncomplete,
    OfferMoved,
    OfferUnknown,
    PlaceGone,
    QuotaReached,
    StockOnCard,
    StockTooSmall,
)
from backend.offers.rules import Delivery, LimitPer, LimitPeriod, OfferKind, OfferState, Terms

LONGEST_TITLE = 120


class OfferWish(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner or the club writes. Both days are included; `ends_on` None goes on and on.

    `shop_ids` empty means all shops, `site_ids` and `landlord_ids` empty mean everybody.
    """

    title: str
    summary: str = ""
    conditions: str = ""
    kind: OfferKind
    delivery: Delivery = Delivery.VOUCHER
    percent: int | None = None
    amount_cents: int | None = None
    price_cents: int | None = None
    public_price_cents: int | None = None
    typical_cents: int | None = None
    starts_on: date
    ends_on: date | None = None
    voucher_days: int = 30
    stock: int | None = None
    limit_count: int = 1
    limit_period: LimitPeriod = LimitPeriod.MONTH
    limit_per: LimitPer = LimitPer.HOUSEHOLD
    shop_ids: tuple[int, ...] = ()
    site_ids: tuple[int, ...] = ()
    landlord_ids: tuple[int, ...] = ()
    priority_district_only: bool = False
    picture: str | None = None


async def draft(by: By, partner_id: int, wish: OfferWish) -> str:
    """A first version that nobody sees yet; gives its public id."""
    async with transaction():
        _, public_id = await add_draft(by, partner_id, wish)
    return public_id


async def add_draft(by: By, partner_id: int, wish: OfferWish) -> tuple[int, str]:
    """Contribution: `draft`, with the offer's key beside its public id."""
    within()
    terms = terms_of(wish)
    if not await fetch_value("SELECT count(*) FROM partner WHERE id = $1", partner_id):
        raise PartnerUnknown
    await _check_target(wish)
    public_id = codes.random_id()
    id_ = await fetch_value(
        f"INSERT INTO offer ({_COLUMNS}, public_id, partner, state, created_at)"  # noqa: S608 - constants
        f" VALUES ({_PLACES}, $24, $25, 'draft', $1) RETURNING id",
        *_values(wish, terms),
        public_id,
        partner_id,
    )
    await _keep_version(id_, 1, partner_id, terms)
    await note("offer.draft", by, object_kind="offer", object_id=id_)
    return id_, public_id


async def revise(by: By, offer_id: int, wish: OfferWish) -> int:
    """New terms for vouchers taken from now on; those out keep theirs. Gives the version."""
    async with transaction():
        return await add_version(by, offer_id, wish)


async def add_version(by: By, offer_id: int, wish: OfferWish) -> int:
    """Contribution: `revise`."""
    within()
    terms = terms_of(wish)
    row = await fetch_one(
        "SELECT partner, claimed FROM offer WHERE id = $1 AND state <> 'ended' FOR NO KEY UPDATE",
        offer_id,
    )
    if row is None:
        raise OfferUnknown
    if wish.stock is not None and wish.stock < row["claimed"]:
        raise StockTooSmall().at("stock")
    await _check_target(wish)
    version: int = await fetch_value(
        f"UPDATE offer SET ({_COLUMNS}) = ROW({_PLACES}), version = version + 1"  # noqa: S608 - constants
        " WHERE id = $24 RETURNING version",
        *_values(wish, terms),
        offer_id,
    )
    await _keep_version(offer_id, version, row["partner"], terms)
    await note("offer.revise", by, object_kind="offer", object_id=offer_id, version=version)
    return version


async def publish(by: By, offer_id: int) -> None:
    async with transaction():
        await make_public(by, offer_id)


async def make_public(by: By, offer_id: int) -> None:
    """Contribution: `publish`."""
    within()
    await _change_state(by, offer_id, OfferState.PUBLISHED, "offer.publish")


async def pause(by: By, offer_id: int) -> None:
    """Nothing is taken or used until it is resumed; tills hear `offer_paused`."""
    await _move(by, offer_id, OfferState.PAUSED, "offer.pause")


async def resume(by: By, offer_id: int) -> None:
    await _move(by, offer_id, OfferState.PUBLISHED, "offer.resume")


async def end(by: By, offer_id: int) -> None:
    """No new voucher; those out are honoured to their last day."""
    await _move(by, offer_id, OfferState.ENDED, "offer.end")


async def favour(person_id: int, offer_id: int) -> None:
    async with transaction():
        await fetch(
            "INSERT INTO favourite (person, offer, since) VALUES ($1, $2, $3)"
            " ON CONFLICT ON CONSTRAINT favourite_once DO NOTHING",
            person_id,
            offer_id,
            clock.now(),
        )


async def unfavour(person_id: int, offer_id: int) -> None:
    async with transaction():
        await fetch("DELETE FROM favourite WHERE person = $1 AND offer = $2", person_id, offer_id)


async def lock_offer(offer_id: int) -> None:
    """Contribution: before its vouchers, in the order of locks."""
    within()
    await lock("offer", offer_id)


async def take_one(offer_id: int) -> None:
    """Contribution: one voucher more against the stock; the row itself decides (V11)."""
    within()
    taken = await fetch_value(
        "UPDATE offer SET claimed = claimed + 1 WHERE id = $1"
        " AND (stock IS NULL OR claimed < stock) RETURNING id",
        offer_id,
    )
    if taken is None:
        raise QuotaReached


async def give_back(offer_id: int) -> None:
    """Contribution: a cancelled or revoked voucher is free for somebody else."""
    within()
    await fetch("UPDATE offer SET claimed = claimed - 1 WHERE id = $1", offer_id)


_COLUMNS = (
    "updated_at, title, summary, conditions, kind, delivery, percent, amount_cents, price_cents,"
    " public_price_cents, typical_cents, during, voucher_days, stock, limit_count, limit_period,"
    " limit_per, site_ids, landlord_ids, priority_district_only, all_shops, picture, search"
)
_PLACES = ", ".join(f"${number}" for number in range(1, 24))


def terms_of(wish: OfferWish) -> Terms:
    """What a version promises. Raises OfferIncomplete or StockOnCard, field by field."""
    if not 0 < len(wish.title.strip()) <= LONGEST_TITLE:
        raise OfferIncomplete().at("title")
    if wish.ends_on is not None and wish.ends_on < wish.starts_on:
        raise OfferIncomplete().at("ends_on")
    if not 1 <= wish.limit_count <= 100:
        raise OfferIncomplete().at("limit_count")
    if not 1 <= wish.voucher_days <= 366:
        raise OfferIncomplete().at("voucher_days")
    if wish.stock is not None and wish.stock < 1:
        raise OfferIncomplete().at("stock")
    if wish.stock is not None and wish.delivery is Delivery.CARD:
        raise StockOnCard().at("stock")
    terms = Terms(
        title=wish.title.strip(),
        summary=wish.summary.strip(),
        conditions=wish.conditions.strip(),
        kind=wish.kind,
        delivery=wish.delivery,
        percent=wish.percent,
        amount_cents=wish.amount_cents,
        price_cents=wish.price_cents,
        public_price_cents=wish.public_price_cents,
        typical_cents=wish.typical_cents,
        shop_ids=tuple(sorted(set(wish.shop_ids))),
    )
    rules.check_terms(terms)
    return terms


def _values(wish: OfferWish, terms: Terms) -> tuple[Any, ...]:
    """In the order of _COLUMNS."""
    return (
        clock.now(),
        terms.title,
        terms.summary,
        terms.conditions,
        terms.kind.value,
        terms.delivery.value,
        terms.percent,
        terms.amount_cents,
        terms.price_cents,
        terms.public_price_cents,
        terms.typical_cents,
        Range(wish.starts_on, wish.ends_on, upper_inc=wish.ends_on is not None),
        wish.voucher_days,
        wish.stock,
        wish.limit_count,
        wish.limit_period.value,
        wish.limit_per.value,
        list(wish.site_ids),
        list(wish.landlord_ids),
        wish.priority_district_only,
        not terms.shop_ids,
        wish.picture,
        text.fold(f"{terms.title} {terms.summary} {terms.conditions}"),
    )


async def _check_target(wish: OfferWish) -> None:
    """A number nobody has would show the offer to nobody, without a word."""
    for field, table in (("site_ids", "site"), ("landlord_ids", "landlord")):
        asked = set(getattr(wish, field))
        known = await fetch_value(
            f"SELECT count(*) FROM {table} WHERE id = ANY($1)",  # noqa: S608 - constants
            list(asked),
        )
        if known != len(asked):
            raise PlaceGone().at(field)


async def _keep_version(offer_id: int, version: int, partner_id: int, terms: Terms) -> None:
    await fetch(
        "INSERT INTO offer_version (offer, version, terms, since) VALUES ($1, $2, $3, $4)",
        offer_id,
        version,
        msgspec.json.encode(terms).decode(),
        clock.now(),
    )
    await _place(offer_id, partner_id, terms.shop_ids)


async def _place(offer_id: int, partner_id: int, shop_ids: Sequence[int]) -> None:
    """Where it holds now. A shop of another partner is none; one that has closed stays, or the offer
    would hold everywhere.
    """
    await fetch("DELETE FROM offer_shop WHERE offer = $1", offer_id)
    placed = await fetch(
        "INSERT INTO offer_shop (offer, shop) SELECT $1, id FROM shop"
        " WHERE id = ANY($2) AND partner = $3 RETURNING id",
        offer_id,
        list(shop_ids),
        partner_id,
    )
    if len(placed) != len(shop_ids):
        raise PlaceGone().at("shop_ids")


async def _move(by: By, offer_id: int, to: OfferState, verb: str) -> None:
    async with transaction():
        await _change_state(by, offer_id, to, verb)


async def _change_state(by: By, offer_id: int, to: OfferState, verb: str) -> None:
    """One statement decides; a move that is not in the table finds no row."""
    moved = await fetch_value(
        "UPDATE offer SET state = $2, updated_at = $4 WHERE id = $1 AND state = ANY($3)"
        " RETURNING id",
        offer_id,
        to.value,
        [state.value for state in rules.MOVES[to]],
        clock.now(),
    )
    if moved is None:
        raise OfferMoved
    await note(verb, by, object_kind="offer", object_id=offer_id)
