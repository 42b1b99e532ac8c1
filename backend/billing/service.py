"""Contributions to the use cases that sell something.

An order is locked before money is recorded for it, after the household or partner that pays.
"""

from datetime import timedelta

import msgspec

from backend.billing import cheques, differences, drawers, queries, rules
from backend.billing.gateway import Charge, Checkout, Movement
from backend.billing.journal import post
from backend.billing.queries import Order, Payment
from backend.billing.rules import Account, OrderState, PaymentKind, PayWay
from backend.billing.ways import Way, ways
from backend.kit import clock, codes, given_up, locks, outbox
from backend.kit.database import fetch, fetch_one, fetch_value, within

CHECKOUT, CLOSE, CHARGE = "checkout", "checkout_close", "charge"
# Kinds of orders that no money is asked for at once.
CARD, HOLD = "card", "hold"
STOP, END = "subscription_stop", "subscription_end"
BEGUN_AGAIN = timedelta(minutes=5)  # after a stop was sent: by then Stripe has said that it stopped


class Ordered(msgspec.Struct, frozen=True):
    """An order to pay online; `row` is the outbox row that opens Stripe's page."""

    public_id: str
    row: int


async def open_payer(
    name: str, street: str, postcode: str, town: str, email: str | None = None
) -> int:
    """Whoever is named on receipts; gives the payer's key."""
    within()
    payer_id: int = await fetch_value(
        "INSERT INTO payer (public_id, name, street, postcode, town, email, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        codes.random_id(),
        name,
        street,
        postcode,
        town,
        email,
        clock.now(),
    )
    return payer_id


async def move_payer(payer_id: int, street: str, postcode: str, town: str) -> None:
    """The address of receipts to come; those that were issued keep theirs (M9)."""
    within()
    await fetch(
        "UPDATE payer SET street = $2, postcode = $3, town = $4 WHERE id = $1",
        payer_id,
        street,
        postcode,
        town,
    )


async def hand_on(payer_id: int, name: str, heir: str, addresses: list[str]) -> None:
    """Who is called so is named otherwise from now on, and asked at none of these addresses.

    What was issued stays; a payer of another name stays too.
    """
    within()
    await fetch(
        "UPDATE payer SET name = CASE WHEN name = $2 THEN $3 ELSE name END,"
        " email = CASE WHEN email = ANY($4) THEN NULL ELSE email END WHERE id = $1",
        payer_id,
        name,
        heir,
        addresses,
    )


async def open_order(
    payer_id: int, kind: str, way: PayWay, label: str, amount_cents: int, terms: object
) -> Order:
    """`terms` is a struct of the caller's, given back to its `fulfil`."""
    within()
    assert kind in rules.KINDS, kind
    public_id = codes.random_id()
    await fetch(
        "INSERT INTO pay_order (public_id, payer, kind, way, label, amount_cents, terms, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        public_id,
        payer_id,
        kind,
        way.value,
        label,
        amount_cents,
        msgspec.json.encode(terms).decode(),
        clock.now(),
    )
    return await queries.get_order(public_id)


async def give_reference(order: Order) -> str:
    """A short word to write on a transfer, drawn anew while it is taken."""
    within()
    while True:
        reference = f"V-{codes.public_id()}"
        if not await fetch("SELECT 1 FROM pay_order WHERE reference = $1", reference):
            break
    await fetch("UPDATE pay_order SET reference = $2 WHERE id = $1", order.id, reference)
    return reference


async def lock_order(public_id: str) -> Order:
    """The order, held until the end of the transaction. Raises OrderUnknown."""
    within()
    order = await queries.get_order(public_id)
    await locks.lock("pay_order", order.id)
    return await queries.get_order(public_id)


async def ask_checkout(
    order: Order, *, done_path: str, back_path: str, keep: bool = False, at_once: bool = False
) -> Ordered:
    """Queues the call that opens Stripe's page. `done_path` may hold {order}.

    `at_once`: for what cannot wait a week for a bank, so by card alone.
    `keep`: the payer lets the club charge the same card or account again later. An order of the kind
    `card` leaves a card there, one of the kind `hold` has its money held.
    """
    within()
    key = f"{CHECKOUT}:{order.public_id}"
    payer = await queries.get_payer(order.payer_id)
    asked = Checkout(
        order=order.public_id,
        label=order.label,
        amount_cents=order.amount_cents,
        monthly=order.way is PayWay.MONTHLY,
        email=payer.email,
        done_path=done_path.format(order=order.public_id),
        back_path=back_path,
        keep=keep,
        debit=not at_once and order.kind not in {CARD, HOLD} and Way.SEPA in await ways(),
        setup=order.kind == CARD,
        hold=order.kind == HOLD,
    )
    row = await outbox.put(CHECKOUT, key, asked) or await given_up.again(key)
    if row is None:
        row = await fetch_value("SELECT id FROM outbox WHERE key = $1", key)
    assert row is not None
    return Ordered(order.public_id, row)


async def ask_charge(order: Order, *, customer: str, method: str) -> int:
    """Queues a charge without its payer, who asked for it; gives the row."""
    within()
    asked = Charge(
        order=order.public_id,
        label=order.label,
        amount_cents=order.amount_cents,
        customer=customer,
        method=method,
        hold=order.kind == HOLD,
    )
    row = await outbox.put(CHARGE, f"{CHARGE}:{order.public_id}", asked)
    assert row is not None
    return row


async def cancel_order(order: Order) -> None:
    """The payer chose otherwise. Money that comes all the same is still recorded."""
    within()
    await fetch(
        "UPDATE pay_order SET cancelled_at = $2 WHERE id = $1 AND cancelled_at IS NULL",
        order.id,
        clock.now(),
    )
    await outbox.put(CLOSE, f"{CLOSE}:{order.public_id}", {"order": order.public_id})


async def give_up_orders(payer_id: int, *, transfers: bool = True) -> None:
    """What was ordered and not paid is cancelled; its page at Stripe closes, its transfer is not waited for.

    Not `transfers`: the money may be on its way, and somebody is there who has its days.
    """
    within()
    for kind in rules.KINDS:
        for order in await queries.orders_of(payer_id, kind):
            kept = order.way is PayWay.TRANSFER and not transfers
            if order.state() is OrderState.OPEN and not kept:
                await cancel_order(order)


async def stop_subscription(order: Order) -> str:
    """Queues the end of the renewals; the month that is paid stays. Gives the key of the letter.

    One that left some time ago did not stop what runs now: it was begun again at Stripe.
    """
    within()
    key = f"{STOP}:{order.public_id}"
    before = "SELECT 1 FROM outbox WHERE key = $1 AND done_at < $2"
    if await fetch(before, key, clock.now() - BEGUN_AGAIN):
        key = f"{key}:{clock.now():%Y%m%d%H%M}"
    await outbox.put(STOP, key, {"order": order.public_id})
    return key


async def end_subscription(order: Order) -> None:
    """Queues its end now, with what it still asks for: no debit may follow (B6, B7).

    The key names the subscription: asked before there was one, it is asked again when there is.
    """
    within()
    key = f"{END}:{order.public_id}:{order.stripe_subscription or ''}"
    await outbox.put(END, key, {"order": order.public_id})


async def note_subscription(order: Order, subscription: str) -> None:
    within()
    await fetch(
        "UPDATE pay_order SET stripe_subscription = $2 WHERE id = $1"
        " AND stripe_subscription IS NULL",
        order.id,
        subscription,
    )


async def note_customer(order: Order, customer: str) -> None:
    within()
    await fetch(
        "UPDATE payer SET stripe_customer = $2 WHERE id = $1 AND stripe_customer IS NULL",
        order.payer_id,
        customer,
    )


async def note_debit(order: Order) -> None:
    """A debit is under way: Stripe's page did what it was for, and its day of expiry says no more."""
    within()
    await fetch("UPDATE pay_order SET expires_at = NULL WHERE id = $1", order.id)


async def note_failure(order: Order) -> None:
    within()
    await fetch(
        "UPDATE pay_order SET failed_at = $2 WHERE id = $1 AND failed_at IS NULL",
        order.id,
        clock.now(),
    )


async def note_closed(order: Order) -> None:
    """Stripe's last word on a page that nobody paid: it need not be read again."""
    within()
    await fetch(
        "UPDATE pay_order SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL",
        order.id,
        clock.now(),
    )


async def note_withdrawn(order: Order) -> None:
    """The payer took the order back: what comes for it all the same is given back."""
    within()
    await fetch(
        "UPDATE pay_order SET withdrawn_at = $2 WHERE id = $1 AND withdrawn_at IS NULL",
        order.id,
        clock.now(),
    )


async def record_payment(
    order: Order,
    movement: Movement,
    *,
    received_by: int | None = None,
    site_id: int | None = None,
    note: str | None = None,
    of_payment: int | None = None,
    way: PayWay | None = None,
) -> Payment | None:
    """Money that moved for an order, and its entry in the journal; None when it was seen before.

    A refund, a dispute and a dispute that was won are movements too: one table, one journal. Cash
    goes into the open drawer of its site, or comes out of it. `way`: where it did not move as the
    order was paid. Raises DrawerNotOpen, DrawerTooEmpty.
    """
    within()
    drawer, way = None, way or order.way
    if way is PayWay.CASH:
        out = 0 if movement.kind is PaymentKind.PAYMENT else movement.amount_cents
        drawer = await drawers.lock_open(site_id, out_cents=out)
    row = await fetch_one(
        "INSERT INTO payment (public_id, pay_order, kind, way, amount_cents, fee_cents, external_id,"
        " of_payment, received_at, received_by, site, note, drawer)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        " ON CONFLICT (kind, external_id) WHERE external_id IS NOT NULL DO NOTHING"
        " RETURNING id, public_id, pay_order AS order_id, kind, way, amount_cents, received_at",
        codes.random_id(),
        order.id,
        movement.kind.value,
        way.value,
        movement.amount_cents,
        movement.fee_cents,
        movement.external_id,
        of_payment,
        movement.at,
        received_by,
        site_id,
        note,
        drawer,
    )
    if row is None:
        return None
    payment = Payment(**{**row, "kind": PaymentKind(row["kind"]), "way": PayWay(row["way"])})
    await _book(order, payment, movement.fee_cents, of_payment)
    if payment.kind is PaymentKind.REFUND:
        await differences.look_at_left(order, movement.external_id)
    return payment


async def book_late_fee(order: Order, movement: Movement) -> None:
    """Stripe says what it kept some time after it said that the money came."""
    within()
    if movement.fee_cents == 0 or movement.external_id is None:
        return
    row = await fetch_one(
        "SELECT id, public_id FROM payment p WHERE kind = $1 AND external_id = $2 AND fee_cents = 0"
        " AND NOT EXISTS (SELECT 1 FROM journal_entry e WHERE e.key = 'fee:' || p.public_id)",
        movement.kind.value,
        movement.external_id,
    )
    if row is not None:
        lines = rules.fee_lines(rules.MONEY[order.way], movement.fee_cents)
        key, label = f"fee:{row['public_id']}", f"{order.label}, frais"
        await post(key, label, lines, at=movement.at, payment_id=row["id"])


async def find_payment(kind: PaymentKind, external_id: str) -> int | None:
    """The key of a recorded movement."""
    within()
    found: int | None = await fetch_value(
        "SELECT id FROM payment WHERE kind = $1 AND external_id = $2", kind.value, external_id
    )
    return found


async def payment_of(order: Order) -> int | None:
    """The key of the order's first payment, for one that gives its money back."""
    within()
    found: int | None = await fetch_value(
        "SELECT id FROM payment WHERE pay_order = $1 AND kind = 'payment' ORDER BY id LIMIT 1",
        order.id,
    )
    return found


async def _book(order: Order, payment: Payment, fee_cents: int, of_payment: int | None) -> None:
    """What goes back of a cheque that the bank has comes from the bank."""
    at_bank = (
        payment.way is PayWay.CHEQUE
        and of_payment is not None
        and await cheques.is_deposited(of_payment)
    )
    money = Account.BANK if at_bank else rules.MONEY[payment.way]
    lines = rules.entry_lines(order.kind, payment.kind, money, payment.amount_cents, fee_cents)
    await post(
        f"payment:{payment.public_id}",
        order.label,
        lines,
        at=payment.received_at,
        payment_id=payment.id,
    )
