"""Vouchers and their uses, written at once: issued first, then moved, as the database wants it (V1)."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from backend.audit.rules import Actor
from backend.kit import clock, codes
from backend.kit.database import fetch
from backend.merchants.rules import Hours
from backend.offers.rules import LimitPer, LimitPeriod, Target, Terms
from backend.sandbox.demo.bulk import copy, copy_named
from backend.sandbox.demo.cast import DEMO_TILL
from backend.sandbox.demo.dice import Dice
from backend.sandbox.demo.record import entry
from backend.sandbox.demo.uses import Deal, Place, Taken, Use
from backend.vouchers import savings
from backend.vouchers.rules import UseChannel, UseMode, VoucherState

REFUSALS = (
    ("already_redeemed", 16),
    ("expired", 9),
    ("unknown_code", 6),
    ("wrong_shop", 5),
    ("membership_inactive", 3),
    ("stale_code", 3),
)
STANDING = {VoucherState.ISSUED, VoucherState.REDEEMED}
WHY = ("Erreur de montant", "Article rendu", "Mauvais bon")


async def deals() -> list[Deal]:
    """Published offers with the shops where they hold."""
    places = await _places()
    rows = await fetch(
        "SELECT o.*, v.terms, lower(o.during) AS since, upper(o.during) - 1 AS until"
        " FROM offer o JOIN offer_version v ON v.offer = o.id AND v.version = o.version"
        " WHERE o.state = 'published' AND lower(o.during) <= $1 ORDER BY o.id",
        clock.today(),
    )
    return [_deal(row, places) for row in rows]


async def write(year: Sequence[Taken]) -> None:
    vouchers = sorted(
        (taken for taken in year if taken.claimed_at),
        key=lambda taken: taken.claimed_at or clock.now(),
    )
    rows = [_voucher(taken) for taken in vouchers]
    for taken, key in zip(vouchers, await copy_named("voucher", rows, "code"), strict=True):
        taken.id = key
    await _move(vouchers)
    await _count()
    await _uses(year)
    await _refusals(vouchers)
    await _trace(vouchers)


async def _places() -> list[Place]:
    rows = await fetch(
        "SELECT s.id, s.partner, s.name, t.id AS till, t.cashiers, (SELECT json_agg("
        "  json_build_object('weekday', h.weekday, 'opens', h.opens, 'closes', h.closes)"
        "  ORDER BY h.weekday, h.opens)::text FROM shop_hours h WHERE h.shop = s.id) AS hours"
        " FROM shop s JOIN till t ON t.shop = s.id AND t.name <> $1 ORDER BY s.id",
        DEMO_TILL,
    )
    return [
        Place(
            row["id"],
            row["partner"],
            row["name"],
            row["till"],
            tuple(row["cashiers"]),
            msgspec.json.decode(row["hours"], type=tuple[Hours, ...]),
        )
        for row in rows
    ]


def _deal(row: Any, places: Sequence[Place]) -> Deal:
    return Deal(
        id=row["id"],
        public_id=row["public_id"],
        version=row["version"],
        partner_id=row["partner"],
        terms=msgspec.json.decode(row["terms"], type=Terms),
        target=Target(row["site_ids"], row["landlord_ids"], row["priority_district_only"]),
        since=row["since"],
        until=row["until"],
        voucher_days=row["voucher_days"],
        stock=row["stock"],
        limit_count=row["limit_count"],
        limit_period=LimitPeriod(row["limit_period"]),
        limit_per=LimitPer(row["limit_per"]),
        places=tuple(place for place in places if place.partner_id == row["partner"]),
    )


def _voucher(taken: Taken) -> dict[str, Any]:
    assert taken.claimed_at is not None
    return {
        "long_id": codes.draw_long_id(),
        "code": codes.draw_code(),
        "household": taken.family.id,
        "claimant": taken.person.id,
        "offer": taken.deal.id,
        "offer_version": taken.deal.version,
        "partner": taken.deal.partner_id,
        "state": VoucherState.ISSUED.value,
        "period": taken.period,
        "slot": taken.slot,
        "claimer": taken.claimer,
        "issued_at": taken.claimed_at,
        "valid_from": clock.paris(taken.claimed_at).date(),
        "valid_until": taken.valid_until,
        "generation": 1,
        "printed_at": taken.claimed_at if taken.family.head.address is None else None,
        "hold_extended": False,
        "shown_at": taken.uses[-1].at if taken.uses else None,
        "round": taken.rounds,
        "changed_at": taken.changed_at,
    }


async def _move(vouchers: Sequence[Taken]) -> None:
    moved = [taken for taken in vouchers if taken.state is not VoucherState.ISSUED]
    await fetch(
        "UPDATE voucher SET state = m.state FROM unnest($1::bigint[], $2::text[]) AS m (id, state)"
        " WHERE m.id = voucher.id",
        [taken.id for taken in moved],
        [taken.state.value for taken in moved],
    )


async def _count() -> None:
    """What every offer says was taken of it (V5)."""
    await fetch(
        "UPDATE offer SET claimed = v.count FROM (SELECT offer, count(*) FROM voucher"
        " WHERE state = ANY($1) GROUP BY offer) v WHERE v.offer = offer.id",
        [state.value for state in STANDING],
    )


async def _uses(year: Sequence[Taken]) -> None:
    uses = sorted(_numbered(year), key=lambda found: found[2].at)
    rows = [_redemption(*found) for found in uses]
    keys = await copy_named("redemption", rows, "public_id")
    undone = [
        (use, key) for (_, _, use), key in zip(uses, keys, strict=True) if use.undone_at is not None
    ]
    await copy("reversal", [_reversal(use, key) for use, key in undone])
    await savings.settle()
    await copy(
        "audit_entry",
        [_used(taken, use, row) for (taken, _, use), row in zip(uses, rows, strict=True)],
    )
    await fetch(
        "UPDATE till SET seen_at = r.at FROM (SELECT till, max(at) AS at FROM redemption"
        " GROUP BY till) r WHERE r.till = till.id"
    )


def _numbered(year: Sequence[Taken]) -> Iterator[tuple[Taken, int | None, Use]]:
    """Each use with its round; a card's has none."""
    for taken in year:
        for round_, use in enumerate(taken.uses):
            yield taken, round_ if taken.claimed_at else None, use


def _redemption(taken: Taken, round_: int | None, use: Use) -> dict[str, Any]:
    paid = None if use.full_cents is None else use.full_cents - use.saving_cents
    gift = taken.deal.terms.kind.value == "gift"
    return {
        "public_id": codes.random_id(),
        "voucher": taken.id if taken.claimed_at else None,
        "round": round_,
        "offer": taken.deal.id,
        "offer_version": taken.deal.version,
        "household": taken.family.id,
        "person": taken.person.id,
        "partner": taken.deal.partner_id,
        "shop": use.place.id,
        "till": use.place.till_id,
        "cashier": use.cashier,
        "channel": use.channel.value,
        "mode": UseMode.ONLINE.value,
        "device_at": use.at,
        "at": use.at,
        "full_cents": use.full_cents,
        "paid_cents": use.full_cents if gift else paid,
        "saving_cents": use.saving_cents,
        "identity_checked": False,
    }


def _reversal(use: Use, redemption: int) -> dict[str, Any]:
    return {
        "public_id": codes.random_id(),
        "redemption": redemption,
        "at": use.undone_at,
        "reason": Dice("why", redemption).pick(WHY),
        "till": use.place.till_id,
    }


async def _refusals(vouchers: Sequence[Taken]) -> None:
    """Tries that tills refused over the year, each with its reason and never the code."""
    dice = Dice("refusals")
    used = [taken for taken in vouchers if taken.uses]
    rows = []
    for reason, count in REFUSALS:
        for _ in range(count):
            taken = dice.pick(used)
            use = taken.uses[-1]
            at = use.at + timedelta(minutes=dice.between(20, 4000))
            if at < clock.now():
                rows.append(_refusal(taken, use, reason, at))
    await copy("refused_attempt", sorted(rows, key=lambda row: row["at"]))


def _refusal(taken: Taken, use: Use, reason: str, at: Any) -> dict[str, Any]:
    known = reason in {"already_redeemed", "expired", "wrong_shop", "membership_inactive"}
    facts = {"verb": "look", "cashier": use.cashier}
    channel = UseChannel.SCAN if reason == "stale_code" else use.channel
    return {
        "at": at,
        "till": use.place.till_id,
        "shop": use.place.id,
        "voucher": taken.id if known else None,
        "reason": reason,
        "channel": channel.value,
        "facts": msgspec.json.encode(facts).decode(),
    }


def _used(taken: Taken, use: Use, row: dict[str, Any]) -> dict[str, Any]:
    return entry(
        use.at,
        (Actor.TILL, use.place.till_id),
        "voucher.redeem",
        subject_id=taken.person.id,
        object=("redemption", row["public_id"]),
    )


async def _trace(vouchers: Sequence[Taken]) -> None:
    await copy(
        "audit_entry",
        [
            entry(
                taken.claimed_at or taken.changed_at,
                (Actor.PERSON, taken.person.id),
                "voucher.claim",
                subject_id=taken.person.id,
                object=("offer", str(taken.deal.id)),
            )
            for taken in vouchers
        ],
    )
