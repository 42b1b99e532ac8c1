"""What is in front of a till: a locked voucher, or a card with its standing discounts."""

from datetime import date, datetime
from typing import Any

import msgspec

from backend.kit import clock, codes
from backend.kit.codes import Freshness, PaperCard, PhoneCard, TypedCode
from backend.kit.database import fetch, fetch_one, fetch_value, within
from backend.kit.locks import lock
from backend.membership import rules as membership
from backend.membership.queries import GRACE, SPANS
from backend.membership.rules import Span, Status
from backend.merchants import standings
from backend.merchants.queries import TillCaller
from backend.offers import queries as offers
from backend.offers import rules as offer_rules
from backend.offers.queries import Origin
from backend.offers.rules import LimitPer, LimitPeriod, OfferState, Target, Terms
from backend.vouchers import rules
from backend.vouchers.errors import (
    BadSignature,
    FrequencyCap,
    NoStandingOffer,
    OfferPaused,
    PartnerInactive,
    Revoked,
    UnknownCode,
)
from backend.vouchers.rules import FirstUse, Hold, Shown, VoucherState


class Locked(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher's row, locked, with the terms it was issued with."""

    id: int
    offer_id: int
    offer_public_id: str
    offer_version: int
    household_id: int
    claimant_id: int
    partner_id: int
    round: int
    held_until: datetime | None
    held_by: int | None
    hold_extended: bool
    terms: Terms
    shown: Shown


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A member card, its adult and household."""

    id: int
    person_id: int
    household_id: int
    stale: bool
    revoked: bool
    membership: Status
    who: dict[str, Any]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A discount that stands on the card in this shop."""

    offer_id: int
    public_id: str
    version: int
    terms: Terms
    state: OfferState
    limit_count: int
    limit_period: LimitPeriod
    limit_per: LimitPer


async def lock_voucher(parsed: TypedCode | codes.Voucher, till: TillCaller) -> Locked:
    """The voucher this code names among the partner's own; one of another partner is unknown (V15).

    A lock that waited sees the voucher's newest row; what hangs on it is read after.
    """
    within()
    typed = isinstance(parsed, TypedCode)
    row = await fetch_one(
        _VOUCHER.format(key="code" if typed else "long_id"),
        parsed.code if isinstance(parsed, TypedCode) else parsed.long_id,
        till.partner_id,
    )
    if row is None:
        raise UnknownCode
    generation = None if isinstance(parsed, TypedCode) else parsed.generation
    return await _locked(row, till, generation)


async def lock_row(voucher_id: int) -> Any:
    """A voucher somebody already found; it cannot go missing, nothing is ever deleted."""
    return await lock("voucher", voucher_id)


async def hold(voucher: Locked, till: TillCaller) -> Hold:
    """For this till, two minutes: nobody else gets it while the cashier looks (V13)."""
    within()
    now = clock.now()
    mine = voucher.held_by == till.till_id
    held = rules.hold(voucher.held_until, now, mine=mine, extended=voucher.hold_extended)
    await fetch(
        "UPDATE voucher SET held_until = $2, held_by = $3, hold_extended = $4, shown_at = $5"
        " WHERE id = $1",
        voucher.id,
        held.until,
        till.till_id,
        held.extended,
        now,
    )
    return held


async def mark_redeemed(voucher: Locked) -> None:
    within()
    await fetch(
        "UPDATE voucher SET state = 'redeemed', held_until = NULL, held_by = NULL,"
        " hold_extended = false, shown_at = $2, changed_at = $2 WHERE id = $1",
        voucher.id,
        clock.now(),
    )


async def come_back(voucher_id: int, now: datetime) -> datetime:
    """After an undone use it can be used again; one that ended meanwhile, for 48 hours (V32)."""
    within()
    row = await lock_row(voucher_id)
    until = rules.back_until(row["valid_until"], now)
    await fetch(
        "UPDATE voucher SET state = 'issued', round = round + 1, valid_until = $2, changed_at = $3"
        " WHERE id = $1",
        voucher_id,
        until,
        now,
    )
    return until


async def lock_household(household_id: int) -> None:
    """Uses of one household's cards, and its claims, come one after the other."""
    await lock("household", household_id)


async def get_card(parsed: PhoneCard | PaperCard) -> Card:
    """The card behind a code. Raises UnknownCode, BadSignature or Revoked."""
    by_token = isinstance(parsed, PaperCard)
    row = await fetch_one(
        _CARD.format(key="token_hash" if by_token else "public_id"),
        codes.hash_token(parsed.token) if isinstance(parsed, PaperCard) else parsed.card,
        "paper" if by_token else "phone",
    )
    if row is None:
        raise UnknownCode
    card = _card(row, parsed)
    if card.revoked:
        raise Revoked
    return card


async def check_giving(till: TillCaller) -> None:
    """A partner that left, or owes its dues, is told of no card whose it is (P3, P5).

    Raises PartnerInactive.
    """
    if not await standings.is_giving(till.partner_id, clock.today()):
        raise PartnerInactive


async def standing_offers(card: Card, till: TillCaller) -> list[Standing]:
    """The discounts this card gives here today, those used up left out; one at least, or a refusal."""
    rows = await fetch(_STANDING, till.partner_id, till.shop_id, clock.today())
    view = await offers.member_view(card.person_id)
    meant = [
        _standing(row)
        for row in rows
        if offer_rules.is_for(
            Target(row["site_ids"], row["landlord_ids"], row["priority_district_only"]),
            view.site_id,
            view.landlord_id,
            priority_district=view.priority_district,
        )
    ]
    if not meant:
        raise NoStandingOffer(**card.who)
    running = [each for each in meant if each.state is OfferState.PUBLISHED]
    if not running:
        raise OfferPaused(**card.who)
    left = [each for each in running if await _uses(each, card) < each.limit_count]
    if not left:
        raise FrequencyCap(**card.who)
    return left


async def _uses(offer: Standing, card: Card) -> int:
    """How often it was used in this period, undone uses left out."""
    start = offer_rules.period_start(offer.limit_period, clock.today())
    per_adult = offer.limit_per is LimitPer.ADULT
    count: int = await fetch_value(
        "SELECT count(*) FROM redemption r WHERE r.household = $1 AND r.offer = $2"
        " AND r.voucher IS NULL AND ($3::bigint IS NULL OR r.person = $3)"
        " AND ($4::timestamptz IS NULL OR r.at >= $4)"
        " AND NOT EXISTS (SELECT 1 FROM reversal u WHERE u.redemption = r.id)",
        card.household_id,
        offer.offer_id,
        card.person_id if per_adult else None,
        None if start == date.min else clock.start_of_day(start),
    )
    return count


async def _locked(row: Any, till: TillCaller, generation_shown: int | None) -> Locked:
    terms = msgspec.json.decode(row["terms"], type=Terms)
    state = VoucherState(row["state"])
    right = bool(not terms.shop_ids or till.shop_id in terms.shop_ids)
    who = {} if row["partner_closed"] else _who(row)  # it uses no voucher any more (P5)
    shown = Shown(
        state=state,
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        held_until=row["held_until"],
        held_by=row["held_by"],
        generation=row["generation"],
        generation_shown=generation_shown,
        offer_state=OfferState(row["offer_state"]),
        partner_closed=row["partner_closed"],
        membership=_status(row),
        first_use=await first_use(row["id"]) if state is VoucherState.REDEEMED else None,
        right_shop=None if right else await _right_shop(terms.shop_ids, till.shop_id),
        who={**who, "title": terms.title, "label": offer_rules.in_words(terms)},
    )
    names = ("id", "offer_id", "offer_public_id", "offer_version", "household_id", "claimant_id")
    more = ("partner_id", "round", "held_until", "held_by", "hold_extended")
    return Locked(terms=terms, shown=shown, **{name: row[name] for name in (*names, *more)})


async def first_use(voucher_id: int) -> FirstUse | None:
    """The use that stands: the newest one, since only a voucher undone is used again."""
    found = await fetch_one(
        "SELECT r.public_id AS redemption, r.at, s.name AS shop, r.channel, r.till AS till_id"
        " FROM redemption r JOIN shop s ON s.id = r.shop WHERE r.voucher = $1"
        " ORDER BY r.round DESC LIMIT 1",
        voucher_id,
    )
    return None if found is None else msgspec.convert(dict(found), FirstUse)


async def _right_shop(shop_ids: tuple[int, ...], here_id: int) -> dict[str, Any]:
    """The nearest open shop where it holds, and how far: "Ce bon est pour ..."."""
    rows = await fetch(
        "SELECT id, name, street, town, latitude, longitude, closed_at IS NOT NULL AS closed"
        " FROM shop WHERE id = ANY($1) OR id = $2",
        list(shop_ids),
        here_id,
    )
    here = next((_origin(row) for row in rows if row["id"] == here_id), None)
    away = [(_metres(here, _origin(row)), row) for row in rows if row["id"] != here_id]
    distance, right = min(away, key=lambda pair: (pair[1]["closed"], pair[0] is None, pair[0] or 0))
    where = f"{right['name']}, {right['street']}, {right['town']}"
    return {"shop": where} if distance is None else {"shop": where, "distance_m": distance}


def _origin(row: Any) -> Origin | None:
    return None if row["latitude"] is None else Origin(row["latitude"], row["longitude"])


def _metres(here: Origin | None, there: Origin | None) -> int | None:
    return None if here is None or there is None else offers.metres(here, there)


def _card(row: Any, parsed: PhoneCard | PaperCard) -> Card:
    fresh = Freshness.FRESH
    if isinstance(parsed, PhoneCard):
        fresh = codes.freshness(parsed, row["secret"], clock.now())
    if fresh is Freshness.FORGED:
        raise BadSignature
    return Card(
        id=row["id"],
        person_id=row["person_id"],
        household_id=row["household_id"],
        stale=fresh is Freshness.STALE,
        revoked=row["revoked"],
        membership=_status(row),
        who=_who(row),
    )


def _standing(row: Any) -> Standing:
    return Standing(
        offer_id=row["id"],
        public_id=row["public_id"],
        version=row["version"],
        terms=msgspec.json.decode(row["terms"], type=Terms),
        state=OfferState(row["state"]),
        limit_count=row["limit_count"],
        limit_period=LimitPeriod(row["limit_period"]),
        limit_per=LimitPer(row["limit_per"]),
    )


def _who(row: Any) -> dict[str, Any]:
    """All that a shop ever sees of a member (V13)."""
    return {
        "member": membership.short_name(row["given_name"], row["family_name"]),
        "household": row["household_public_id"],
    }


def _status(row: Any) -> Status:
    spans = msgspec.json.decode(row["spans"], type=tuple[Span, ...])
    return membership.status(spans, row["grace_days"], clock.today(), row["ended_on"])


_PAID = f"{GRACE}, {SPANS}, (h.ended_at AT TIME ZONE 'Europe/Paris')::date AS ended_on"
_VOUCHER = f"""
SELECT v.id, v.state, v.valid_from, v.valid_until, v.held_until, v.held_by, v.hold_extended,
       v.generation, v.round, v.offer AS offer_id, v.offer_version, v.household AS household_id,
       v.claimant AS claimant_id, v.partner AS partner_id, o.public_id AS offer_public_id,
       o.state AS offer_state, t.terms, p.closed_at IS NOT NULL AS partner_closed,
       n.given_name, n.family_name, h.public_id AS household_public_id, {_PAID}
FROM voucher v
JOIN offer o ON o.id = v.offer
JOIN offer_version t ON t.offer = v.offer AND t.version = v.offer_version
JOIN partner p ON p.id = v.partner
JOIN person n ON n.id = v.claimant
JOIN household h ON h.id = v.household
WHERE v.{{key}} = $1 AND v.partner = $2
FOR NO KEY UPDATE OF v
"""  # noqa: S608 - constants of this file
_CARD = f"""
SELECT c.id, c.person AS person_id, c.household AS household_id, c.secret,
       c.revoked_at IS NOT NULL AS revoked, n.given_name, n.family_name,
       h.public_id AS household_public_id, {_PAID}
FROM card c JOIN person n ON n.id = c.person JOIN household h ON h.id = c.household
WHERE c.{{key}} = $1 AND c.kind = $2
"""  # noqa: S608 - constants of this file
_STANDING = """
SELECT o.id, o.public_id, o.version, v.terms, o.state, o.limit_count, o.limit_period, o.limit_per,
       o.site_ids, o.landlord_ids, o.priority_district_only
FROM offer o JOIN offer_version v ON v.offer = o.id AND v.version = o.version
WHERE o.partner = $1 AND o.delivery = 'card' AND o.state IN ('published', 'paused')
  AND o.during @> $3::date AND (o.all_shops OR EXISTS
    (SELECT 1 FROM offer_shop x WHERE x.offer = o.id AND x.shop = $2))
ORDER BY o.id
"""
