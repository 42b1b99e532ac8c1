"""Seats with a price are paid at the counter or by Stripe; money goes back the same way (A1, A2, S6).

Locked in this order: the household, the session, the order to pay.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from backend.activities import money
from backend.activities.errors import NoSeatMoneyBack, NoSeatToPay, SeatAmountChanged
from backend.activities.service.line import cancel_seats, lock_session
from backend.audit.rules import Actor
from backend.audit.service import By
from backend.billing import counter, movements, refunds, ways
from backend.billing import queries as orders
from backend.billing import service as billing
from backend.billing.counter import Taken, Till
from backend.billing.errors import OrderUnknown
from backend.billing.gateway import Facts
from backend.billing.queries import Order, Payment
from backend.billing.rules import GAINS, PaymentKind, PayWay
from backend.billing.service import Ordered
from backend.kit import keys
from backend.kit.database import fetch, fetch_value, once_more, transaction, within
from backend.kit.errors import N_
from backend.membership.queries import Household
from backend.membership.service import lock_household, plain_receipts
from backend.membership.service.sold import Sold
from backend.membership.service.tracing import note

ACTIVITY = "activity"
GIVEN_UP = "Place rendue."
CANCELLED = "Activité annulée."


class SeatTerms(msgspec.Struct, frozen=True):
    """Which seats of one session are paid, and how much of each. `by`: who ordered it online."""

    household_id: int
    session: str
    parts: dict[str, int]
    by: int | None = None


@once_more
async def take_payment(by: By, household_id: int, session: str, till: Till, *, key: str) -> Taken:
    """All that a household owes for its seats in a session, over the counter.

    Raises SessionUnknown, NoSeatToPay, SeatAmountChanged, WayClosed, DrawerNotOpen.
    """
    body = [household_id, session, till]
    async with transaction():
        before = await keys.earlier("seat_payment", key, body, Taken)
        if before is not None:
            return before
        household = await lock_household(household_id)
        await ways.check_open(till.way)
        row, parts = await _due(household, session)
        if sum(parts.values()) != till.cents:
            raise SeatAmountChanged
        order = await _open(household, row, parts, till.way, by)
        paid = await counter.take(by, order, till.site_id, cheque=till.cheque)
        await _settle(by, order, paid)
        await _give_up_pages(household.payer_id, session)
        issued = await plain_receipts.issue(household, order, paid)
        facts = {"order": order.public_id, "amount_cents": till.cents, "way": till.way}
        await note(by, household, "activity.paid", **facts)
        taken = Taken(issued.public_id, issued.said, till.cents)
        await keys.keep("seat_payment", key, body, taken)
    return taken


@once_more
async def give_back(by: By, order_public_id: str, till: Till, *, key: str) -> Taken:
    """What the counter took and no seat stands for any more, in cash or by transfer: a reversal.

    Raises OrderUnknown, NoSeatMoneyBack, SeatAmountChanged, DrawerNotOpen, DrawerTooEmpty.
    """
    assert till.way in {PayWay.CASH, PayWay.TRANSFER}, till.way
    body = [order_public_id, till]
    async with transaction():
        before = await keys.earlier("seat_refund", key, body, Taken)
        if before is not None:
            return before
        household, order = await lock_order(order_public_id)
        rest = await money.rest_of(order.id)
        if rest <= 0 or order.way is PayWay.ONLINE:
            raise NoSeatMoneyBack
        if rest != till.cents:
            raise SeatAmountChanged
        paid = await billing.payment_of(order)
        given = await counter.give_back(
            by, order, rest, till.site_id, note=GIVEN_UP, of_payment=paid, way=till.way
        )
        await take_away(order, given)
        issued = await plain_receipts.issue(household, order, given)
        facts = {"order": order.public_id, "amount_cents": rest, "way": till.way}
        await note(by, household, "activity.given_back", **facts)
        taken = Taken(issued.public_id, issued.said, rest)
        await keys.keep("seat_refund", key, body, taken)
    return taken


@once_more
async def order_payment(
    household_id: int, session: str, by: By, *, done_path: str, back_path: str
) -> Ordered:
    """All that my household owes for a session, on Stripe's page. Asked twice, it is the same (B4).

    By card: a debit is answered when the evening is over. `done_path` may hold {order}.
    Raises SessionUnknown, NoSeatToPay, WayClosed.
    """
    async with transaction():
        household = await lock_household(household_id)
        await ways.check_open(PayWay.ONLINE)
        row, parts = await _due(household, session)
        order = None
        for page in await _pages(household.payer_id, session):
            if order is None and page.terms(SeatTerms).parts == parts:
                order = page
            else:
                await billing.cancel_order(page)
        if order is None:
            order = await _open(household, row, parts, PayWay.ONLINE, by)
            await note(by, household, "activity.payment_ordered", order=order.public_id)
        return await billing.ask_checkout(
            order, done_path=done_path, back_path=back_path, at_once=True
        )


@once_more
async def fulfil(facts: Facts) -> None:
    """What Stripe knows of a payment of seats; the same facts again change nothing (B2)."""
    async with transaction():
        household, _ = await lock_order(facts.order)
        order = await movements.lock(facts)
        for moved in facts.movements:
            paid = await movements.follow(order, moved, facts.thread, _settle, take_away)
            if paid is not None and paid.kind not in movements.NO_PAPER:
                await plain_receipts.issue(household, order, paid)
        await movements.note_end(order, facts)


async def give_up(by: By, session: Any, seats: Sequence[int]) -> None:
    """These seats are given back, and what was paid of them, but for those that are late."""
    within()
    await cancel_seats(session, seats)
    await _ask_back(by, session, seats, GIVEN_UP)


async def call_off(by: By, session: Any) -> None:
    """The session does not take place: what was paid for it goes back, late or not."""
    within()
    rows = await fetch(
        "SELECT id FROM seat WHERE session = $1 AND price_cents > 0 ORDER BY id", session["id"]
    )
    await _ask_back(by, session, [row["id"] for row in rows], CANCELLED)


async def _ask_back(by: By, session: Any, seats: Sequence[int], reason: str) -> None:
    """What was paid by card for these goes back the way it came; the rest waits at the counter."""
    rows = await fetch(
        "SELECT DISTINCT h.payer FROM seat s JOIN household h ON h.id = s.household"
        " WHERE s.id = ANY($1) AND s.price_cents > 0 ORDER BY h.payer",
        list(seats),
    )
    for row in rows:
        await _give_up_pages(row["payer"], session["public_id"])
    found = await fetch(
        "SELECT DISTINCT o.id, o.public_id FROM seat_payment t JOIN payment p ON p.id = t.payment"
        " JOIN pay_order o ON o.id = p.pay_order WHERE t.seat = ANY($1) AND o.way = 'online'"
        " ORDER BY o.id",
        list(seats),
    )
    for row in found:
        await _ask_rest(by, await billing.lock_order(row["public_id"]), reason)


async def _ask_rest(by: By, order: Order, reason: str) -> None:
    left = await money.rest_of(order.id)
    asked_by = by.id if by.actor is Actor.PERSON else None
    for paid in await refunds.refundable(order):
        part = min(left, paid.left_cents)
        if part > 0:
            await refunds.ask(order, paid.id, part, reason, asked_by)
            left -= part


async def take_away(order: Order, payment: Payment) -> None:
    """Money of this order went back: as far as seats stand on it, those that are given up first."""
    within()
    rows = await fetch(
        "SELECT s.id, sum(t.part_cents)::bigint AS paid FROM seat_payment t"  # noqa: S608 - our own words
        " JOIN payment p ON p.id = t.payment JOIN seat s ON s.id = t.seat"
        " JOIN activity_session a ON a.id = s.session WHERE p.pay_order = $1"
        f" GROUP BY s.id, a.id ORDER BY {money.STANDS}, s.id",
        order.id,
    )
    left = sum(row["paid"] for row in rows) - await movements.kept_cents(order)
    for row in rows:
        part = min(left, row["paid"])
        if part > 0:
            await _note_part(row["id"], payment, part)
            left -= part


async def undo(_by: By, order: Order, given: Payment) -> None:
    """Taken by mistake, and given back: whoever has a seat owes for it again."""
    within()
    await take_away(order, given)


async def lock_order(public_id: str) -> tuple[Household, Order]:
    """With its household and its session. Raises OrderUnknown for what is no order of seats."""
    within()
    found = await orders.get_order(public_id)
    if found.kind != ACTIVITY:
        raise OrderUnknown
    terms = found.terms(SeatTerms)
    household = await lock_household(terms.household_id)
    await lock_session(terms.session)
    return household, await billing.lock_order(public_id)


async def _due(household: Household, session: str) -> tuple[Any, dict[str, int]]:
    """The session under lock, and what is due of each of its seats. Raises NoSeatToPay."""
    row = await lock_session(session)
    rows = await fetch(
        f"SELECT s.public_id, {money.DUE} AS due FROM seat s"  # noqa: S608 - our own words
        " JOIN activity_session a ON a.id = s.session"
        f" WHERE s.session = $1 AND s.household = $2 AND {money.DUE} > 0 ORDER BY s.id",
        row["id"],
        household.id,
    )
    if not rows:
        raise NoSeatToPay
    return row, {one["public_id"]: one["due"] for one in rows}


async def _open(
    household: Household, session: Any, parts: dict[str, int], way: PayWay, by: By
) -> Order:
    who = by.id if by.actor is Actor.PERSON else None
    terms = SeatTerms(household.id, session["public_id"], parts, who)
    label = f"Activité : {session['title']}"
    return await billing.open_order(
        household.payer_id, ACTIVITY, way, label, sum(parts.values()), terms
    )


async def _settle(_by: By, order: Order, payment: Payment) -> int:
    """The seats it was ordered for, as far as they are due. What comes back belongs to them again."""
    within()
    left, parts = payment.amount_cents, order.terms(SeatTerms).parts
    new = payment.kind is PaymentKind.PAYMENT
    if not new:
        left = min(left, await movements.kept_cents(order) - await _stands(order))
    rows = await fetch(
        "SELECT s.id, s.public_id, CASE WHEN $2 THEN"  # noqa: S608 - our own words
        f" {money.DUE} ELSE s.price_cents - s.paid_cents END AS most FROM seat s"
        " JOIN activity_session a ON a.id = s.session WHERE s.public_id = ANY($1) ORDER BY s.id",
        list(parts),
        new,
    )
    for row in rows:
        part = min(left, parts[row["public_id"]], row["most"])
        if part > 0:
            await _note_part(row["id"], payment, part)
            left -= part
    return left


async def _stands(order: Order) -> int:
    """What of its money seats have."""
    cents: int = await fetch_value(
        "SELECT coalesce(sum(t.part_cents), 0)::bigint FROM seat_payment t"
        " JOIN payment p ON p.id = t.payment WHERE p.pay_order = $1",
        order.id,
    )
    return cents


async def _note_part(seat_id: int, payment: Payment, cents: int) -> None:
    """Above zero for what came, below for what went; a trigger adds it to the seat."""
    await fetch(
        "INSERT INTO seat_payment (seat, payment, part_cents) VALUES ($1, $2, $3)",
        seat_id,
        payment.id,
        cents if payment.kind in GAINS else -cents,
    )


async def _give_up_pages(payer_id: int, session: str) -> None:
    """A page of Stripe's that somebody left open asks for nothing any more."""
    for page in await _pages(payer_id, session):
        await billing.cancel_order(page)


async def _pages(payer_id: int, session: str) -> list[Order]:
    found = await orders.open_pages(payer_id, ACTIVITY)
    return [page for page in found if page.terms(SeatTerms).session == session]


SOLD = Sold(
    lock_order,
    take_away,
    undo,
    "activity.",
    N_("La banque a refusé votre chèque pour une activité. Vous devez encore cette somme."),
    N_("Votre paiement pour une activité est annulé et rendu."),
    N_("Le club vous rend de l'argent d'une activité."),
)
