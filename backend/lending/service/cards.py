"""Cards for deposits (L34): left with Stripe for later, or with money held on them for some days.

A hold is placed at the hand-over, for loans that end before it may no longer be taken; a longer
loan has a card that is charged only for what is owed.
"""

import msgspec

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import holds, movements, ways
from backend.billing import queries as orders
from backend.billing import service as billing
from backend.billing.gateway import Facts, Movement
from backend.billing.queries import Order
from backend.billing.rules import PaymentKind, PayWay
from backend.billing.service import CARD, HOLD, Ordered
from backend.kit import clock
from backend.kit.database import fetch, fetch_one, once_more, transaction, within
from backend.lending import owing, rules
from backend.lending.errors import BookingUnknown
from backend.lending.owing import Share, allocate
from backend.lending.owing_errors import (
    CardMissing,
    DepositEnded,
    DepositNotAsked,
    HoldTooEarly,
)
from backend.lending.policy import Model
from backend.lending.queries import debts, deposits
from backend.lending.queries.debts import Debt
from backend.lending.queries.deposits import Deposit
from backend.lending.rules import DebtKind, DepositMode, DepositWay, EntryKind, LineState
from backend.lending.service import ledger, slips, telling_money
from backend.lending.service.holdings import end, hold, let_go, lock_line, make
from backend.lending.service.paying import LABELS, LENDING, LoanTerms, follow
from backend.lending.values import LineRow
from backend.membership.queries import Household
from backend.membership.service import lock_household
from backend.membership.service.tracing import note

CARD_LABEL = "Carte pour les cautions"
HOLD_LABEL = "Caution d'un prêt"
LAPSED = "Délai de la caution passé."


class CardTerms(msgspec.Struct, frozen=True):
    """Whose loans a card stands for; `by`: who left it. A hold is for one `deposit`."""

    household_id: int
    by: int | None = None
    deposit: str = ""


class Card(msgspec.Struct, frozen=True):
    """`person`: who left it, on the page of which order."""

    customer: str
    method: str
    person: int | None
    pay_order: int


@once_more
async def order_card(household_id: int, by: By, *, done_path: str, back_path: str) -> Ordered:
    """A page of Stripe's where a card is left and nothing is paid. Raises WayClosed."""
    async with transaction():
        household = await lock_household(household_id)
        await ways.check_open(PayWay.ONLINE)
        order = await _open(household)
        if order is None:
            terms = CardTerms(household_id, by.id if by.actor is Actor.PERSON else None)
            order = await billing.open_order(
                household.payer_id, CARD, PayWay.ONLINE, CARD_LABEL, 0, terms
            )
            await note(by, household, "loan_card_asked", order=order.public_id)
        return await billing.ask_checkout(order, done_path=done_path, back_path=back_path)


@once_more
async def order_hold(
    household_id: int, line_id: int, by: By, *, done_path: str, back_path: str
) -> Ordered:
    """A page of Stripe's where the deposit of one loan is held, when it is about to be fetched.

    Raises DepositNotAsked, DepositAlready, and HoldTooEarly where the hold would end before the loan.
    """
    async with transaction():
        household, line, model = await lock_line(line_id)
        if household.id != household_id:
            raise BookingUnknown
        await ways.check_open(PayWay.ONLINE)
        mode, due_at = model.policy.deposit_mode, line.period.end
        if mode is not DepositMode.AUTHORISATION or model.policy.deposit_cents == 0:
            raise DepositNotAsked
        if DepositWay.HOLD not in owing.deposit_ways(mode, due_at, clock.now()):
            raise HoldTooEarly
        rules.check_capture(clock.now(), due_at, ours=False)
        order = await _hold_order(household, line, model, by)
        await note(by, household, "loan_card_asked", order=order.public_id)
        return await billing.ask_checkout(order, done_path=done_path, back_path=back_path)


@once_more
async def keep_card(facts: Facts) -> None:
    """A card was left with Stripe; the same facts again change nothing."""
    async with transaction():
        terms = (await orders.get_order(facts.order)).terms(CardTerms)
        await lock_household(terms.household_id)
        order = await billing.lock_order(facts.order)
        await _remember(order, terms, facts)
        if facts.closed or facts.method is not None:
            await billing.note_closed(order)


@once_more
async def fulfil_hold(facts: Facts) -> None:
    """What Stripe knows of money that is held, taken or let go; the same facts change nothing."""
    async with transaction():
        terms = (await orders.get_order(facts.order)).terms(CardTerms)
        household = await lock_household(terms.household_id)
        order = await billing.lock_order(facts.order)
        held = await deposits.get_deposit(terms.deposit)
        if facts.thread is not None:
            await holds.note_intent(order, facts.thread)
        await _remember(order, terms, facts)
        if facts.held_cents and held.held_cents == 0:
            await _note_held(order, held, facts)
        for moved in facts.movements:
            await _follow(household, order, held, moved, facts.thread)
        if facts.released or facts.closed:
            await billing.note_closed(order)
            await _over(await deposits.get_deposit(terms.deposit))
        elif facts.failed:
            await billing.note_failure(order)


@once_more
async def give_up_charge(public_id: str) -> None:
    """What was asked of a card never reached Stripe: the debt stays, and its household is told.

    An order of dues is not ours.
    """
    async with transaction():
        order = await orders.get_order(public_id)
        if order.kind not in {LENDING, HOLD} or order.failed_at is not None:
            return
        household = await lock_household(order.terms(CardTerms).household_id)
        order = await billing.lock_order(public_id)
        await billing.note_failure(order)
        await billing.cancel_order(order)
        if order.kind == LENDING:
            await telling_money.tell_failed(household, order)


async def hold_for(line: LineRow, model: Model, by: By) -> None:
    """With a card that was left before: money is held on it where the loan ends in time (L34)."""
    within()
    assert line.household_id is not None
    now = clock.now()
    if not owing.may_hold_by_ourselves(model.policy.deposit_mode, line.period.end, now):
        held = await make(line.household_id, line.id, model, DepositWay.CARD, by)
        await hold(held, by=by)
        return
    rules.check_capture(now, line.period.end, ours=True)
    household = await lock_household(line.household_id)
    card = await card_of(household.id)
    order = await _hold_order(household, line, model, by)
    await billing.ask_charge(order, customer=card.customer, method=card.method)


async def collect(household: Household, held: Deposit) -> None:
    """What is owed for a damage, and no more: of what is held, or else of the card (L34)."""
    within()
    owed = await _damages(held)
    cents = min(held.amount_cents, sum(debt.due_cents for debt in owed))
    if held.way is DepositWay.HOLD and not held.capture_over:
        order = await orders.get_order(held.order)
        await holds.keep_hold(order)
        await holds.ask_capture(order, cents)
        return
    card = await card_of(household.id)
    shares, _ = allocate(cents, [(debt.public_id, debt.due_cents) for debt in owed])
    terms = LoanTerms(household.id, tuple(shares))
    label = LABELS[DebtKind.DAMAGE]
    order = await billing.open_order(
        household.payer_id, LENDING, PayWay.ONLINE, label, cents, terms
    )
    await billing.ask_charge(order, customer=card.customer, method=card.method)


async def give_up(held: Deposit) -> None:
    """What is held is let go at Stripe, and its page closes where nobody said yes yet.

    Raises DepositEnded where it is being taken.
    """
    within()
    order = await orders.get_order(held.order)
    if held.held_cents:
        if await holds.is_capture_asked(order):
            raise DepositEnded
        await holds.ask_release(order)
    else:
        await billing.cancel_order(order)
        await end(held)


async def _hold_order(household: Household, line: LineRow, model: Model, by: By) -> Order:
    """A deposit that is asked of a card; one that nobody answered is given up for it."""
    for old in await deposits.of_line(line.id):
        if old.is_asked:
            await give_up(old)
    held = await make(household.id, line.id, model, DepositWay.HOLD, by)
    terms = CardTerms(household.id, by.id if by.actor is Actor.PERSON else None, held.public_id)
    order = await billing.open_order(
        household.payer_id, HOLD, PayWay.ONLINE, HOLD_LABEL, held.amount_cents, terms
    )
    await fetch("UPDATE loan_deposit SET pay_order = $2 WHERE id = $1", held.id, order.id)
    return order


async def _open(household: Household) -> Order | None:
    """Asked twice, it is the same page."""
    for order in await orders.open_pages(household.payer_id, CARD):
        if not await fetch("SELECT 1 FROM card_imprint WHERE pay_order = $1", order.id):
            return order
    return None


async def _remember(order: Order, terms: CardTerms, facts: Facts) -> None:
    """The newest card of a household stands for its loans; only Stripe knows its number."""
    if facts.customer is None or facts.method is None:
        return
    await billing.note_customer(order, facts.customer)
    if await fetch_one("SELECT 1 FROM card_imprint WHERE pay_order = $1", order.id):
        return
    await fetch(
        "UPDATE card_imprint SET dropped_at = $2 WHERE household = $1 AND dropped_at IS NULL",
        terms.household_id,
        clock.now(),
    )
    await fetch(
        "INSERT INTO card_imprint (household, person, pay_order, customer, method, kept_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        terms.household_id,
        terms.by,
        order.id,
        facts.customer,
        facts.method,
        clock.now(),
    )


async def _note_held(order: Order, held: Deposit, facts: Facts) -> None:
    """From now on it is there; Stripe says until when it may be taken. Given up meanwhile, it goes back."""
    assert facts.held_at is not None
    if not held.is_open:
        await holds.ask_release(order)
        return
    await ledger.enter(EntryKind.DEPOSIT_HELD, facts.held_cents, by=SYSTEM, deposit_id=held.id)
    until = facts.capture_before or rules.capture_before(facts.held_at, ours=True)
    await fetch("UPDATE loan_deposit SET capture_before = $2 WHERE id = $1", held.id, until)


async def _follow(
    household: Household, order: Order, held: Deposit, moved: Movement, thread: str | None
) -> None:
    """Money that was taken of a hold pays the damage; what is left of the hold is over."""
    if moved.kind is not PaymentKind.PAYMENT:
        await follow(household, order, moved, thread)
        return
    payment = await billing.record_payment(order, moved)
    if payment is None:
        await billing.book_late_fee(order, moved)
        return
    owed = await _damages(held)
    shares, over = allocate(
        payment.amount_cents, [(debt.public_id, debt.due_cents) for debt in owed]
    )
    if over and owed:
        shares.append(Share(owed[0].public_id, over))
        await movements.give_back(order, over)
    journal_id = await ledger.journal_of(payment)
    for share in shares:
        await ledger.enter(
            EntryKind.DEPOSIT_KEPT,
            share.amount_cents,
            by=SYSTEM,
            debt_id=next(debt.id for debt in owed if debt.public_id == share.debt),
            deposit_id=held.id,
            payment_id=payment.id,
            journal_id=journal_id,
        )
    await let_go(await deposits.get_deposit(held.public_id), by=SYSTEM)
    await slips.issue(household, order, payment)


async def _over(held: Deposit) -> None:
    """Stripe let it go. A loan that is still out has the card that was left with it."""
    if not held.is_open:
        return
    out = held.state is LineState.CHECKED_OUT and held.line_id is not None
    await let_go(held, by=SYSTEM, reason=LAPSED if out else "")
    if out and await deposits.has_card(held.household_id):
        _, line, model = await lock_line(held.line_id or 0)
        card = await make(held.household_id, line.id, model, DepositWay.CARD, SYSTEM)
        await hold(card, by=SYSTEM)


async def card_of(household_id: int) -> Card:
    """Raises CardMissing."""
    within()
    row = await fetch_one(deposits.CARD, household_id)
    if row is None:
        raise CardMissing
    return Card(**row)


async def _damages(held: Deposit) -> list[Debt]:
    """Of the loan it is held for, the oldest first."""
    mine = await debts.of_line(held.line_id or 0)
    return [debt for debt in reversed(mine) if debt.kind is DebtKind.DAMAGE]
