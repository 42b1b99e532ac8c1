"""The money of the demo club: orders, payments, journal, receipts and periods, written at once.

In the order of time, so that receipts are numbered without gaps; every entry is in balance, by the
same rules as the services'. The tables' own guards look at it again.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from asyncpg import Range

from backend.audit.rules import Actor
from backend.billing import heads
from backend.billing import rules as billing
from backend.billing.queries import Payer, Payment
from backend.billing.rules import Line, PaymentKind, PayWay
from backend.kit import clock, codes
from backend.membership.service.dues import DUES, DuesTerms
from backend.membership.service.receipts import printed
from backend.notifications.rules import Way
from backend.sandbox.demo import counting, online
from backend.sandbox.demo.bulk import copy, copy_named
from backend.sandbox.demo.counting import Booked
from backend.sandbox.demo.model import Family, Paid
from backend.sandbox.demo.record import entry
from backend.sandbox.demo.register import printed_payer

DAY = timedelta(days=1)
DESK_WAYS = (PayWay.CASH, PayWay.CHEQUE, PayWay.TRANSFER)
SERIES = billing.KINDS[DUES].receipts
PRINTED_AFTER = timedelta(days=20)  # what is newer waits for the next print run


class Moved(NamedTuple):
    """A movement of money: when, for whom, which payment, given or taken back."""

    at: datetime
    family: Family
    paid: Paid
    kind: PaymentKind


async def write(families: Sequence[Family], clerk_id: int, stripe_state: Path) -> None:
    orders = await _orders(families)
    await _plans(families, orders)
    await _periods(families, orders)
    movements = sorted(_movements(families), key=lambda moved: moved.at)
    payments, booked = await _payments(movements, orders, clerk_id)
    booked += await online.pay_out(online.payouts(online.moved(families)))
    await _journal(movements, payments, booked)
    await counting.state_lines(clerk_id)
    await _receipts(movements, payments)
    await _tell(movements, payments)
    await _trace(movements, orders, clerk_id)
    await online.remember(families, orders, stripe_state)


Orders = dict[int, tuple[int, str]]  # by the payment's identity: the order's key and public id


async def _orders(families: Sequence[Family]) -> Orders:
    """One for each payment; all of a monthly plan are of one."""
    groups = [(family, group) for family in families for group in _ordered(family)]
    rows = [_order(family, group[0]) for family, group in groups]
    orders: Orders = {}
    keys = await copy_named("pay_order", rows, "public_id")
    for (_, group), row, key in zip(groups, rows, keys, strict=True):
        orders |= dict.fromkeys(map(id, group), (key, row["public_id"]))
    return orders


def _ordered(family: Family) -> list[list[Paid]]:
    if family.subscription is not None:
        return [family.paid]
    return [[paid] for paid in family.paid]


def _order(family: Family, first: Paid) -> dict[str, Any]:
    terms = DuesTerms(family.id, first.months, family.category)
    session = None if first.external_id is None else first.external_id.replace("pi_", "cs_")
    return {
        "public_id": codes.random_id(),
        "payer": family.payer_id,
        "kind": DUES,
        "way": family.way.value,
        "label": label(first.months),
        "amount_cents": first.amount_cents,
        "terms": msgspec.json.encode(terms).decode(),
        "created_at": first.at - timedelta(minutes=2 if session else 0),
        "stripe_session": session,
        "stripe_subscription": family.subscription,
    }


def label(months: int) -> str:
    return f"Cotisation de {months} mois" if months > 1 else "Cotisation d'un mois"


async def _plans(families: Sequence[Family], orders: Orders) -> None:
    """Over when the last paid month is."""
    await copy(
        "monthly_plan",
        [
            {
                "household": family.id,
                "pay_order": orders[id(family.paid[0])][0],
                "stripe_subscription": family.subscription,
                "started_at": family.paid[0].at,
                "ends_at": ended,
                "ended_at": ended,
            }
            for family in families
            if family.subscription is not None
            for ended in [_plan_end(family.paid[-1].span.end)]
        ],
    )


def _plan_end(last: date) -> datetime | None:
    return clock.end_of_day(last) if last < clock.today() else None


async def _periods(families: Sequence[Family], orders: Orders) -> None:
    await copy(
        "period",
        [
            {
                "household": family.id,
                "during": Range(paid.span.start, paid.span.end + DAY),
                "category": family.category.value,
                "paid_cents": paid.amount_cents,
                "pay_order": orders[id(paid)][0],
                "external_id": paid.external_id,
                "created_at": paid.at,
                "cancelled_at": paid.undone_at,
                "cancel_reason": paid.cancel_reason and paid.cancel_reason.value,
            }
            for family in families
            for paid in family.paid
        ],
    )


def _movements(families: Sequence[Family]) -> Iterator[Moved]:
    for family in families:
        for paid in family.paid:
            yield Moved(paid.at, family, paid, PaymentKind.PAYMENT)
            if paid.undone is not None and paid.undone_at is not None:
                yield Moved(paid.undone_at, family, paid, paid.undone)


async def _payments(
    movements: Sequence[Moved], orders: Orders, clerk_id: int
) -> tuple[list[tuple[int, str]], list[Booked]]:
    """Keys and public ids in the order of time. What goes back names what came, so it is second.

    And what the counting of cash wrote in the books.
    """
    came = [moved for moved in movements if moved.kind is PaymentKind.PAYMENT]
    went = [moved for moved in movements if moved.kind is not PaymentKind.PAYMENT]
    made: dict[int, tuple[int, str]] = {}
    first: dict[int, int] = {}
    booked: list[Booked] = []
    for some in (came, went):
        rows = [
            _payment(moved, orders[id(moved.paid)][0], first.get(id(moved.paid)), clerk_id)
            for moved in some
        ]
        keys, counted = await counting.take(rows, clerk_id)
        booked += counted + await counting.remit(rows, keys, clerk_id)
        for moved, row, key in zip(some, rows, keys, strict=True):
            made[id(moved)] = key, row["public_id"]
            first.setdefault(id(moved.paid), key)
    return [made[id(moved)] for moved in movements], booked


def _payment(moved: Moved, order: int, first: int | None, clerk_id: int) -> dict[str, Any]:
    desk = moved.family.way in DESK_WAYS
    prefix = {PaymentKind.REFUND: "re_", PaymentKind.DISPUTE: "du_"}.get(moved.kind, "pi_")
    external = moved.paid.external_id
    return {
        "public_id": codes.random_id(),
        "pay_order": order,
        "kind": moved.kind.value,
        "way": moved.family.way.value,
        "amount_cents": moved.paid.amount_cents,
        "fee_cents": moved.paid.fee_cents if moved.kind is PaymentKind.PAYMENT else 0,
        "external_id": external and external.replace("pi_", prefix),
        "of_payment": first,
        "received_at": moved.at,
        "received_by": clerk_id if desk else None,
        "site": moved.family.site_id if desk else None,
    }


async def _journal(
    movements: Sequence[Moved], payments: list[tuple[int, str]], booked: list[Booked]
) -> None:
    """In the order of time, as a journal is written."""
    of_payments = {
        f"payment:{public_id}": (moved, payment)
        for moved, (payment, public_id) in zip(movements, payments, strict=True)
    }
    told = [
        Booked(moved.at, key, label(moved.paid.months), _lines(moved))
        for key, (moved, _) in of_payments.items()
    ]
    told = sorted([*told, *booked], key=lambda entry: entry.at)
    entries = [
        {
            "key": each.key,
            "booked_on": clock.paris(each.at).date(),
            "booked_at": each.at,
            "label": each.label,
            "payment": of_payments[each.key][1] if each.key in of_payments else None,
        }
        for each in told
    ]
    keys = await copy_named("journal_entry", entries, "key")
    await copy(
        "journal_line",
        [
            {
                "entry": key,
                "account": line.account.value,
                "debit_cents": line.debit_cents,
                "credit_cents": line.credit_cents,
            }
            for each, key in zip(told, keys, strict=True)
            for line in each.lines
        ],
    )


def _lines(moved: Moved) -> list[Line]:
    fee = moved.paid.fee_cents if moved.kind is PaymentKind.PAYMENT else 0
    money = billing.MONEY[moved.family.way]
    return billing.entry_lines(DUES, moved.kind, money, moved.paid.amount_cents, fee)


async def _receipts(movements: Sequence[Moved], payments: list[tuple[int, str]]) -> None:
    club = await heads.club()
    last: dict[int, int] = {}
    rows = []
    for moved, (payment, public_id) in zip(movements, payments, strict=True):
        if moved.kind is PaymentKind.PAYMENT:
            year = clock.paris(moved.at).year
            last[year] = last.get(year, 0) + 1
            said = _receipt(club, moved, payment, public_id)
            rows.append(_numbered(said, year, last[year], payment, moved.at))
    await copy("receipt", rows)
    await copy(
        "receipt_counter",
        [{"series": SERIES, "year": year, "last": number} for year, number in last.items()],
    )


def _receipt(club: dict[str, Any], moved: Moved, payment: int, public_id: str) -> dict[str, Any]:
    family, paid = moved.family, moved.paid
    payer = Payer(id=family.payer_id, public_id="", **printed_payer(family))
    given = Payment(
        payment, public_id, 0, PaymentKind.PAYMENT, family.way, paid.amount_cents, moved.at
    )
    with clock.frozen(moved.at):
        return printed(club, payer, family.public_id, label(paid.months), given, paid.span)


def _numbered(
    said: dict[str, Any], year: int, number: int, payment: int, at: datetime
) -> dict[str, Any]:
    said = {**said, "number": billing.receipt_number(SERIES, year, number)}
    return {
        "public_id": codes.random_id(),
        "series": SERIES,
        "year": year,
        "number": number,
        "payment": payment,
        "printed": msgspec.json.encode(said).decode(),
        "issued_at": at,
    }


async def _tell(movements: Sequence[Moved], payments: list[tuple[int, str]]) -> None:
    """The traces of the messages that went with receipts; nothing is sent now."""
    await copy(
        "message",
        [
            {
                "person": moved.family.head.id,
                "way": _message_way(moved.family).value,
                "kind": "dues.paid",
                "key": f"dues.paid:{public_id}",
                "queued_at": moved.at,
                "sent_at": _sent(moved),
            }
            for moved, (_, public_id) in zip(movements, payments, strict=True)
            if moved.kind is PaymentKind.PAYMENT
        ],
    )


def _message_way(family: Family) -> Way:
    return Way.PAPER if family.head.address is None else Way(family.head.address.channel.value)


def _sent(moved: Moved) -> datetime | None:
    if _message_way(moved.family) is not Way.PAPER:
        return moved.at
    printed_at = moved.at + PRINTED_AFTER
    return printed_at if printed_at < clock.now() else None


async def _trace(movements: Sequence[Moved], orders: Orders, clerk_id: int) -> None:
    await copy(
        "audit_entry",
        [
            entry(
                moved.at,
                (Actor.PERSON, clerk_id),
                "dues_taken",
                object=("household", moved.family.public_id),
                order=orders[id(moved.paid)][1],
                amount_cents=moved.paid.amount_cents,
                way=moved.family.way,
            )
            for moved in movements
            if moved.family.way in DESK_WAYS and moved.kind is PaymentKind.PAYMENT
        ],
    )
