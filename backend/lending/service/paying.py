"""What a household owes for loans is paid: at the desk in the drawer of dues, or by Stripe (L35)."""

import msgspec

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import counter, movements, ways
from backend.billing import queries as orders
from backend.billing import service as billing
from backend.billing.cheques import Read
from backend.billing.counter import Taken
from backend.billing.gateway import Facts, Movement
from backend.billing.queries import Order, Payment
from backend.billing.rules import PaymentKind, PayWay
from backend.billing.service import Ordered
from backend.kit import keys
from backend.kit.database import fetch, once_more, transaction, within
from backend.lending.owing import Share, allocate
from backend.lending.owing_errors import AmountChanged, NothingOwed, NothingToGiveBack
from backend.lending.queries import debts
from backend.lending.queries.debts import Owed
from backend.lending.rules import DebtKind
from backend.lending.service import ledger, slips, telling_money
from backend.membership.queries import Household
from backend.membership.service import lock_household
from backend.membership.service.tracing import note

LENDING = "lending"
LABELS = {
    DebtKind.FEE: "Prêt",
    DebtKind.FINE: "Retard de prêt",
    DebtKind.DAMAGE: "Dégât sur un prêt",
}
SEVERAL = "Sommes dues pour des prêts"
GIVEN_BACK = "Rendu sur des prêts"
AT_THE_BANK = "Contesté à la banque."


class LoanTerms(msgspec.Struct, frozen=True):
    """What an order pays for, in this order. `by`: who ordered it online."""

    household_id: int
    shares: tuple[Share, ...] = ()
    by: int | None = None


@once_more
async def take_payment(
    by: By,
    household_id: int,
    cents: int,
    way: PayWay,
    site_id: int | None,
    *,
    key: str,
    cheque: Read | None = None,
) -> Taken:
    """All that may be asked for, over the counter. `cents` is what the page said.

    Raises AmountChanged, NothingOwed, WayClosed, DrawerNotOpen.
    """
    body = [household_id, cents, way, site_id]
    async with transaction():
        before = await keys.earlier("loan_payment", key, body, Taken)
        if before is not None:
            return before
        household = await lock_household(household_id)
        await ways.check_open(way)
        owed = await debts.owed_by(household_id)
        check_owed(owed, cents)
        order = await _open(household, owed, way, by)
        payment = await counter.take(by, order, site_id, cheque=cheque)
        await settle(by, order, payment)
        await give_up_pages(household)
        issued = await slips.issue(household, order, payment)
        await telling_money.tell_paid(household, payment, issued.said)
        await note(by, household, "loan_paid", order=order.public_id, amount_cents=cents, way=way)
        taken = Taken(issued.public_id, issued.said, cents)
        await keys.keep("loan_payment", key, body, taken)
    return taken


@once_more
async def give_back(
    by: By, household_id: int, cents: int, way: PayWay, site_id: int | None, *, key: str
) -> Taken:
    """What the club owes a household for loans, given back in cash or by transfer.

    Raises NothingToGiveBack, AmountChanged, DrawerNotOpen, DrawerTooEmpty.
    """
    assert way in {PayWay.CASH, PayWay.TRANSFER}, way
    body = [household_id, cents, way, site_id]
    async with transaction():
        before = await keys.earlier("loan_refund", key, body, Taken)
        if before is not None:
            return before
        household = await lock_household(household_id)
        owed = await debts.owed_by(household_id)
        if owed.credit_cents == 0:
            raise NothingToGiveBack
        if owed.credit_cents != cents:
            raise AmountChanged
        terms = LoanTerms(household_id)
        order = await billing.open_order(household.payer_id, LENDING, way, GIVEN_BACK, 0, terms)
        given = await counter.give_back(by, order, cents, site_id)
        await _note_given(owed, given, by)
        issued = await slips.issue(household, order, given)
        await note(
            by, household, "loan_given_back", order=order.public_id, amount_cents=cents, way=way
        )
        taken = Taken(issued.public_id, issued.said, cents)
        await keys.keep("loan_refund", key, body, taken)
    return taken


@once_more
async def order_payment(household_id: int, by: By, *, done_path: str, back_path: str) -> Ordered:
    """All that may be asked for, on Stripe's page. Asked twice, it is the same order (B4).

    `done_path` may hold {order}. Raises NothingOwed, WayClosed.
    """
    async with transaction():
        household = await lock_household(household_id)
        await ways.check_open(PayWay.ONLINE)
        owed = await debts.owed_by(household_id)
        check_owed(owed)
        order = await _same(household, owed, by)
        if order is None:
            order = await _open(household, owed, PayWay.ONLINE, by)
            await note(by, household, "loan_payment_ordered", order=order.public_id)
        return await billing.ask_checkout(order, done_path=done_path, back_path=back_path)


@once_more
async def fulfil(facts: Facts) -> None:
    """What Stripe knows of a payment for loans; the same facts again change nothing (B2)."""
    async with transaction():
        terms = (await orders.get_order(facts.order)).terms(LoanTerms)
        household = await lock_household(terms.household_id)
        order = await movements.lock(facts)
        for moved in facts.movements:
            await follow(household, order, moved, facts.thread)
        if await movements.note_end(order, facts):
            await telling_money.tell_failed(household, order)


async def follow(household: Household, order: Order, moved: Movement, thread: str | None) -> None:
    """A movement of Stripe's, its part in the ledger and its paper; nothing where it was seen before."""
    within()
    payment = await movements.follow(order, moved, thread, settle, take_away)
    if payment is None or payment.kind in movements.NO_PAPER:
        return
    issued = await slips.issue(household, order, payment)
    if payment.kind is PaymentKind.PAYMENT:
        await telling_money.tell_paid(household, payment, issued.said)


async def _note_given(owed: Owed, given: Payment, by: By) -> None:
    """Over the debts that were paid too much."""
    left = given.amount_cents
    for debt in owed.debts:
        part = min(left, debt.credit_cents)
        if part:
            await ledger.note_given_back(debt.id, part, given, by=by)
            left -= part


async def settle(by: By, order: Order, payment: Payment) -> int:
    """The money pays what it was ordered for, then whatever else is due; gives what is too much."""
    within()
    terms = order.terms(LoanTerms)
    owed = await debts.owed_by(terms.household_id)
    first = [share.debt for share in terms.shares]
    known = {debt.public_id: debt for debt in owed.debts}
    due = sorted(owed.due, key=lambda debt: debt.public_id not in first)
    shares, over = allocate(payment.amount_cents, [(d.public_id, d.due_cents) for d in due])
    for share in shares:
        await ledger.note_paid(known[share.debt], share.amount_cents, payment, by=by)
    if over and first:
        await ledger.note_paid(known[first[0]], over, payment, by=by)  # the club owes it back
    return over


async def take_away(order: Order, payment: Payment) -> None:
    """Money of this order went back: first of what was paid too much, then of the newest debt."""
    within()
    rows = await fetch(
        "SELECT e.debt, sum(CASE e.kind WHEN 'refund' THEN -e.amount_cents ELSE e.amount_cents END)"
        "::bigint AS paid FROM lending_entry e JOIN payment p ON p.id = e.payment"
        " WHERE p.pay_order = $1 AND e.debt IS NOT NULL GROUP BY e.debt",
        order.id,
    )
    owed = await debts.debts("d.id = ANY($1)", [row["debt"] for row in rows])
    paid = {row["debt"]: row["paid"] for row in rows}
    left = payment.amount_cents
    reason = AT_THE_BANK if payment.kind is PaymentKind.DISPUTE else ""
    over = [(debt.id, min(paid[debt.id], debt.credit_cents)) for debt in owed]
    for debt_id, most in [*over, *((debt.id, paid[debt.id]) for debt in owed)]:
        part = min(left, most, paid[debt_id])
        if part > 0:
            await ledger.note_given_back(debt_id, part, payment, by=SYSTEM, reason=reason)
            paid[debt_id] -= part
            left -= part


async def give_up_pages(household: Household) -> None:
    """What was paid another way is no longer asked for on a page that somebody left open."""
    within()
    for order in await orders.open_pages(household.payer_id, LENDING):
        await billing.cancel_order(order)


def check_owed(owed: Owed, cents: int | None = None) -> None:
    """Raises NothingOwed, AmountChanged."""
    if owed.due_cents == 0:
        raise NothingOwed
    if cents is not None and cents != owed.due_cents:
        raise AmountChanged


async def _open(household: Household, owed: Owed, way: PayWay, by: By) -> Order:
    shares = _shares(owed)
    kinds = {debt.kind for debt in owed.due}
    label = LABELS[kinds.pop()] if len(kinds) == 1 else SEVERAL
    who = by.id if by.actor is Actor.PERSON else None
    terms = LoanTerms(household.id, shares, who)
    return await billing.open_order(household.payer_id, LENDING, way, label, owed.due_cents, terms)


async def _same(household: Household, owed: Owed, by: By) -> Order | None:
    """The page that is open already for the same debts; any other one is given up."""
    kept = None
    for order in await orders.open_pages(household.payer_id, LENDING):
        if order.stripe_intent is not None:
            continue
        if kept is None and _is_for(order, owed, by):
            kept = order
        else:
            await billing.cancel_order(order)
    return kept


def _is_for(order: Order, owed: Owed, by: By) -> bool:
    terms = order.terms(LoanTerms)
    return terms.shares == _shares(owed) and terms.by == by.id


def _shares(owed: Owed) -> tuple[Share, ...]:
    return tuple(Share(debt.public_id, debt.due_cents) for debt in owed.due)
