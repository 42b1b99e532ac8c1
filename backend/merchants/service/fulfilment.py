"""What Stripe knows of a partner's payment becomes rows: a contract that holds, an invoice, words."""

from datetime import datetime

from backend.billing import movements, refunds
from backend.billing import queries as orders
from backend.billing import service as billing
from backend.billing.gateway import Facts, Movement
from backend.billing.queries import Order, Payment
from backend.billing.rules import OrderState, PaymentKind
from backend.kit import clock, formats, workdays
from backend.kit.database import fetch, once_more, transaction, within
from backend.merchants.contracts import ContractPage, Has, get_contract
from backend.merchants.rules import EndReason
from backend.merchants.service import invoicing, places, telling
from backend.merchants.service.dues import DuesOf, debit_runs, settle
from backend.merchants.service.ends import give_up_order, lock_contract
from backend.merchants.service.lapses import tell_lapsed

GONE = "La place est prise"
OVER = "La convention est finie"
TWICE = "Déjà payé"
WON = "Payée en ligne."
DEBIT_DAYS = 14  # B6: a debit may take so long to come


@once_more
async def fulfil(facts: Facts) -> None:
    """The same facts again change nothing (B2)."""
    async with transaction():
        terms = (await orders.get_order(facts.order)).terms(DuesOf)
        contract = await lock_contract(terms.contract, ended=True)
        order = await movements.lock(facts)
        if facts.closed:
            await _close(contract, order)
        if facts.thread is None:
            return
        if facts.pending:
            await _hold(contract, order, facts)
        elif facts.failed:
            await _fail(contract, order, facts.thread)
        for moved in facts.movements:
            await _follow(contract, order, moved, facts.thread)


async def _close(contract: ContractPage, order: Order) -> None:
    """The page was left without paying: the place goes to the next (V12)."""
    if _holds(contract, order):
        await billing.cancel_order(order)
        await _free(contract)


async def _hold(contract: ContractPage, order: Order, facts: Facts) -> None:
    """A debit is under way: the place is kept until it should have arrived (B6)."""
    await billing.note_debit(order)
    if contract.paid_at is None and contract.ended_on is None and facts.pending_since is not None:
        since = clock.paris(facts.pending_since).date()
        until = clock.end_of_day(workdays.after(since, DEBIT_DAYS))
        await places.keep(contract.id, (contract.first_day, contract.until), until)


async def _fail(contract: ContractPage, order: Order, thread: str) -> None:
    await billing.note_failure(order)
    if contract.paid_at is None and contract.order_public_id == order.public_id:
        if _holds(contract, order):
            await _free(contract)
        await telling.tell(
            "partner.failed", thread, contract.id, amount=formats.euros(order.amount_cents)
        )


def _holds(contract: ContractPage, order: Order) -> bool:
    """The place is kept for this order. Stripe's last word on one that was given up comes later: what its
    firm lined up for since is not touched (P1).
    """
    alive = order.state() in {OrderState.OPEN, OrderState.EXPIRED}
    return alive and contract.paid_at is None and contract.order_public_id == order.public_id


async def _free(contract: ContractPage) -> None:
    """A first sign-up gives back what was kept for this payment, but for the days it was offered (V12).

    A renewal keeps its place as long as its grace lasts; so does a firm whose money went back, by a
    dispute or a refund: what it has taken stays its own until its contract ends (P1, P3, P7).
    """
    if contract.previous_id is None:
        await places.lock_trades(await places.slots_of(contract.id))
        freed = await places.give_back(contract.id)
        await tell_lapsed(contract, [one for one in freed if one.lapsed])


async def _follow(contract: ContractPage, order: Order, moved: Movement, thread: str) -> None:
    payment = await movements.record(order, moved, thread)
    if payment is None:
        return
    match moved.kind:
        case PaymentKind.PAYMENT:
            await _paid(contract, order, moved, payment)
        case PaymentKind.REINSTATED:
            await _won(contract, order)
        case PaymentKind.REFUND | PaymentKind.DISPUTE:
            await lost(contract, order, payment)


async def _paid(contract: ContractPage, order: Order, moved: Movement, payment: Payment) -> None:
    """All that was asked, and a contract that may still begin: else the money goes back.

    Of a year that is paid already only this money: what paid it, by the same order too, stays.
    """
    now = await get_contract(contract.public_id)
    if now.paid_at is not None or now.ended_on is not None:
        await _give_back(order, OVER if now.paid_at is None else TWICE, only=payment.id)
    elif moved.amount_cents >= order.amount_cents:
        back = not await settle(now, order, moved)
        if back:
            await _give_back(order, GONE)
        await _tell_gone(await get_contract(contract.public_id), order, back=back)


async def _tell_gone(contract: ContractPage, order: Order, *, back: bool) -> None:
    """Its money came after a place had gone: it stands in line again when it asks (P1). `back`: it goes
    back, since no other trade has a place.
    """
    if contract.previous_id is not None and not back:
        return
    gone = [one.trade.said for one in contract.trades if one.has is Has.NONE]
    if gone:
        await telling.tell(
            "partner.lapsed",
            f"{contract.public_id}:{order.public_id}",
            contract.id,
            trades=", ".join(dict.fromkeys(gone)),
            late=False,
            paid=not back,
            back=back,
        )


async def _give_back(order: Order, reason: str, *, only: int | None = None) -> None:
    """All that is left of its payments, or of one."""
    for paid in await refunds.refundable(order):
        if paid.left_cents > 0 and only in {None, paid.id}:
            await refunds.ask(order, paid.id, paid.left_cents, reason, None)


async def _won(contract: ContractPage, order: Order) -> None:
    """The bank gave the money back: the dues are paid again.

    It goes back to who paid where it pays nothing any more: the year is paid by another order, or it
    was cut off because this very money was gone. A year that its firm left stays paid, as ever.
    """
    now = await get_contract(contract.public_id)
    if now.end_reason is EndReason.UNPAID:
        await _give_back(order, OVER)
    elif now.paid_at is not None:
        if now.order_public_id != order.public_id:
            await _give_back(order, TWICE)
    elif await orders.kept_cents(order.id) > 0:
        await _pay_again(now, order)


async def _pay_again(contract: ContractPage, order: Order) -> None:
    """By the order that paid it first, with an invoice that stands, of what is with the club.

    What was opened in its stead is given up, but for a debit on its way: that one comes, and goes back.
    """
    if contract.order_public_id not in {None, order.public_id}:
        await _give_up_other(contract)
        await fetch("UPDATE contract SET pay_order = $2 WHERE id = $1", contract.id, order.id)
    await _owe(contract, paid_at=clock.now())
    await invoicing.issue(order, contract, WON, await orders.kept_cents(order.id))


async def _give_up_other(contract: ContractPage) -> None:
    other = await orders.find_order(contract.order_public_id or "")
    if other is not None and not debit_runs(other):
        await give_up_order(contract)


async def lost(contract: ContractPage, order: Order, payment: Payment) -> None:
    """Its dues are owed again from today, and grace is counted from today (P3).

    Of a year that has not begun, from its first day on. A year that is over is cut off no more:
    the treasurer, who is told, settles it with the firm.
    Where only a part went back, the contract holds, and its invoice stands but for that part.
    """
    within()
    if payment.kind is PaymentKind.REFUND:
        await invoicing.credit_refund(order, contract, payment)
    if await orders.kept_cents(order.id) > 0:
        return
    if payment.kind is PaymentKind.REFUND:
        await invoicing.credit(order, contract)
    now = await get_contract(contract.public_id)
    runs = now.paid_at is not None and clock.today() < now.until
    if runs and now.order_public_id == order.public_id:
        await _owe(contract, paid_at=None)


async def _owe(contract: ContractPage, *, paid_at: datetime | None) -> None:
    await fetch(
        "UPDATE contract SET paid_at = $2, owed_on = CASE WHEN $2::timestamptz IS NULL"
        " THEN greatest(lower(during), $3::date) ELSE owed_on END WHERE id = $1",
        contract.id,
        paid_at,
        clock.today(),
    )
