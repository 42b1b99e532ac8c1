"""Insurers and what the club shows of their contracts: written, published and taken back by the office."""

from datetime import date, datetime
from typing import Any

import msgspec

from backend.audit.rules import differences
from backend.audit.service import By, note
from backend.insurance import files, queries, rules
from backend.insurance.errors import InsuranceUnknown, InsurerAwaited, InsurerUnknown
from backend.insurance.queries import Offer
from backend.insurance.rules import Terms
from backend.kit import clock, codes, text
from backend.kit.database import fetch_value, transaction, within


class OfferWish(msgspec.Struct, frozen=True, kw_only=True):
    """`prices`: cents a year from T1 to T6, or none yet. `ipid`: the bytes of a PDF, None keeps the last."""

    title: str
    summary: str = ""
    carrier: str = ""
    intermediary: str = ""
    orias: str = ""
    complaint: str = ""
    notice: str = ""
    prices: tuple[int, ...] = ()
    prices_from: date | None = None
    prices_until: date | None = None
    ipid: bytes | None = None
    ipid_on: date | None = None


async def register_insurer(by: By, name: str, email: str) -> str:
    """Gives its public id."""
    async with transaction():
        public_id = codes.random_id()
        id_ = await fetch_value(
            "INSERT INTO insurer (public_id, name, email, created_at) VALUES ($1, $2, $3, $4)"
            " RETURNING id",
            public_id,
            text.normalise_name(name),
            text.normalise_email(email),
            clock.now(),
        )
        await note("insurer.register", by, object_kind="insurer", object_id=id_)
    return public_id


async def change_insurer(by: By, insurer_id: int, name: str, email: str) -> None:
    """Another firm is another insurer: who waits for a call agreed to this name (I3).

    Raises InsurerUnknown, and InsurerAwaited at the name while somebody waits.
    """
    async with transaction():
        await _check_name(insurer_id, text.normalise_name(name))
        changed = await fetch_value(
            "UPDATE insurer SET name = $2, email = $3 WHERE id = $1 RETURNING id",
            insurer_id,
            text.normalise_name(name),
            text.normalise_email(email),
        )
        if changed is None:
            raise InsurerUnknown
        await note("insurer.change", by, object_kind="insurer", object_id=insurer_id)


async def _check_name(insurer_id: int, name: str) -> None:
    within()
    before = await fetch_value(
        "SELECT i.name FROM insurer i WHERE i.id = $1 AND EXISTS (SELECT 1 FROM referral r"
        " WHERE r.insurer = i.id AND r.state = ANY($2::text[])) FOR UPDATE OF i",
        insurer_id,
        [state.value for state in rules.OPEN],
    )
    if before is not None and not rules.is_called(before, name):
        raise InsurerAwaited(name=before).at("name")


async def close_insurer(by: By, insurer_id: int) -> None:
    """Its offers are shown no more and nobody may ask it to call; what was asked stays."""
    async with transaction():
        await _set_closed(insurer_id, clock.now())
        await note("insurer.close", by, object_kind="insurer", object_id=insurer_id)


async def reopen_insurer(by: By, insurer_id: int) -> None:
    async with transaction():
        await _set_closed(insurer_id, None)
        await note("insurer.reopen", by, object_kind="insurer", object_id=insurer_id)


async def draft_offer(by: By, insurer_id: int, wish: OfferWish) -> str:
    """An offer that nobody sees yet; gives its public id."""
    terms = _terms(wish)
    async with transaction():
        public_id = codes.random_id()
        ipid = None if wish.ipid is None else await files.keep_ipid(wish.ipid)
        id_ = await fetch_value(
            "INSERT INTO insurance_offer (public_id, insurer, title, summary, carrier,"
            " intermediary, orias, complaint, notice, prices, prices_from, prices_until, ipid_on,"
            " ipid, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
            " RETURNING id",
            public_id,
            insurer_id,
            *_values(terms),
            ipid,
            clock.now(),
        )
        await note("insurance.draft", by, object_kind="insurance", object_id=id_)
    return public_id


async def change_offer(by: By, offer_id: int, wish: OfferWish) -> None:
    """A published one must stay whole (I1); old and new words and prices stand in the record."""
    terms = _terms(wish)
    async with transaction():
        before = await _lock_offer(offer_id)
        if before.published_at is not None:
            rules.check_complete(terms, has_ipid=before.ipid is not None or wish.ipid is not None)
        ipid = before.ipid if wish.ipid is None else await files.keep_ipid(wish.ipid)
        await fetch_value(
            "UPDATE insurance_offer SET title = $2, summary = $3, carrier = $4, intermediary = $5,"
            " orias = $6, complaint = $7, notice = $8, prices = $9, prices_from = $10,"
            " prices_until = $11, ipid_on = $12, ipid = $13 WHERE id = $1 RETURNING id",
            offer_id,
            *_values(terms),
            ipid,
        )
        changes = differences(_told(before.terms), _told(terms))
        if ipid != before.ipid:
            changes["ipid"] = [before.ipid, ipid]
        await note("insurance.change", by, object_kind="insurance", object_id=offer_id, was=changes)


async def publish_offer(by: By, offer_id: int) -> None:
    """Raises OfferIncomplete; the database refuses it too (I1)."""
    async with transaction():
        offer = await _lock_offer(offer_id)
        rules.check_complete(offer.terms, has_ipid=offer.ipid is not None)
        await fetch_value(
            "UPDATE insurance_offer SET published_at = coalesce(published_at, $2) WHERE id = $1"
            " RETURNING id",
            offer_id,
            clock.now(),
        )
        await note("insurance.publish", by, object_kind="insurance", object_id=offer_id)


async def take_back_offer(by: By, offer_id: int) -> None:
    """No member sees it any more; what was asked stays."""
    async with transaction():
        await _lock_offer(offer_id)
        await fetch_value(
            "UPDATE insurance_offer SET published_at = NULL WHERE id = $1 RETURNING id", offer_id
        )
        await note("insurance.take_back", by, object_kind="insurance", object_id=offer_id)


def _terms(wish: OfferWish) -> Terms:
    """What was typed in its stored form; raises OriasWrong, PricesWrong, DatesWrong."""
    rules.check_prices(wish.prices, wish.prices_from, wish.prices_until)
    return Terms(
        title=text.normalise_name(wish.title),
        summary=wish.summary.strip(),
        carrier=wish.carrier.strip(),
        intermediary=wish.intermediary.strip(),
        orias=rules.normalise_orias(wish.orias, clock.today().year),
        complaint=wish.complaint.strip(),
        notice=wish.notice.strip(),
        prices=wish.prices,
        prices_from=wish.prices_from,
        prices_until=wish.prices_until,
        ipid_on=wish.ipid_on,
    )


def _values(terms: Terms) -> tuple[Any, ...]:
    """In the order of the columns."""
    return tuple(
        list(value) if isinstance(value, tuple) else value
        for value in msgspec.structs.astuple(terms)
    )


def _told(terms: Terms) -> dict[str, object]:
    told: dict[str, object] = msgspec.to_builtins(terms)
    return told


async def _lock_offer(offer_id: int) -> Offer:
    within()
    await fetch_value("SELECT 1 FROM insurance_offer WHERE id = $1 FOR UPDATE", offer_id)
    offer = await queries.find_offer_by_key(offer_id)
    if offer is None:
        raise InsuranceUnknown
    return offer


async def _set_closed(insurer_id: int, at: datetime | None) -> None:
    within()
    changed = await fetch_value(
        "UPDATE insurer SET closed_at = $2 WHERE id = $1 RETURNING id", insurer_id, at
    )
    if changed is None:
        raise InsurerUnknown
