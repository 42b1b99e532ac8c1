"""What Stripe says of an order, written down the same way whatever it pays for (B2).

What the money buys is the business of whoever opened the order: it follows what is given here, or is
handed in.
"""

from collections.abc import Awaitable, Callable

from backend.audit.service import SYSTEM, By
from backend.billing import differences, queries, refunds, service
from backend.billing.gateway import Facts, Movement
from backend.billing.queries import Order, Payment
from backend.billing.rules import GAINS, DifferenceKind, PaymentKind
from backend.kit.database import within

# Pays what it was ordered for, as far as that is still due; gives what is too much.
Settle = Callable[[By, Order, Payment], Awaitable[int]]
TakeAway = Callable[[Order, Payment], Awaitable[None]]
TOO_MUCH = "Payé deux fois, ou trop tard."
# A bank's word has no paper of ours.
NO_PAPER = {PaymentKind.DISPUTE, PaymentKind.REINSTATED}


async def lock(facts: Facts) -> Order:
    """The order, held; its customer and the end of its page are noted."""
    within()
    order = await service.lock_order(facts.order)
    if facts.customer is not None:
        await service.note_customer(order, facts.customer)
    if facts.closed:
        await service.note_closed(order)
    return order


async def record(order: Order, moved: Movement, thread: str | None) -> Payment | None:
    """In the books, and before the treasurer where need be; None where it was seen before."""
    within()
    of_payment = None
    if moved.kind is not PaymentKind.PAYMENT and thread is not None:
        of_payment = await service.find_payment(PaymentKind.PAYMENT, thread)
    payment = await service.record_payment(order, moved, of_payment=of_payment)
    if payment is None:
        await service.book_late_fee(order, moved)
    else:
        await _show(order, moved)
    return payment


async def _show(order: Order, moved: Movement) -> None:
    about, cents = moved.external_id or "", moved.amount_cents
    match moved.kind:
        case PaymentKind.DISPUTE:
            kind, cents = DifferenceKind.DISPUTED, -cents
        case PaymentKind.RETURNED:
            kind = DifferenceKind.RETURNED
        case PaymentKind.PAYMENT if cents != order.amount_cents:
            kind, about, cents = DifferenceKind.AMOUNT, order.public_id, cents - order.amount_cents
        case _:
            return
    await differences.notice(kind, about, cents, order_id=order.id, due_at=moved.answer_by)


async def follow(
    order: Order, moved: Movement, thread: str | None, settle: Settle, take_away: TakeAway
) -> Payment | None:
    """What came settles what it was for, and what is too much goes back; what went is taken away.

    The payment where it was new.
    """
    payment = await record(order, moved, thread)
    if payment is None:
        return None
    if moved.kind not in GAINS:
        await take_away(order, payment)
        return payment
    over = await settle(SYSTEM, order, payment)
    if moved.kind is PaymentKind.PAYMENT:
        await give_back(order, over)
    return payment


async def give_back(order: Order, over: int) -> None:
    """Paid at the counter meanwhile, or given up: it goes back the way it came."""
    within()
    if over:
        paid = await refunds.pick(order, over)
        await refunds.ask(order, paid.id, over, TOO_MUCH, None)


async def kept_cents(order: Order) -> int:
    """What the club has of it by now: once it was given back twice, by Stripe and beside it, nothing."""
    within()
    return max(0, (await queries.get_order(order.public_id)).left_cents)


async def note_end(order: Order, facts: Facts) -> bool:
    """A debit that is under way, or money that will not come; whether it failed now."""
    within()
    if facts.pending:
        await service.note_debit(order)
    failed = facts.failed and not facts.pending and order.failed_at is None
    if failed:
        await service.note_failure(order)
    return failed
