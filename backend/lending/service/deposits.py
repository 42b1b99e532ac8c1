"""Deposits at the counter: taken at the hand-over, given back or kept when the thing is here (L34)."""

import msgspec

from backend.audit.service import SYSTEM, By
from backend.billing import counter, holds
from backend.billing import service as billing
from backend.billing.queries import get_order
from backend.billing.rules import Account, PayWay
from backend.kit import clock, keys
from backend.kit.database import fetch, once_more, transaction, within
from backend.lending import owing
from backend.lending.owing_errors import (
    DepositEnded,
    DepositMissing,
    DepositNotAsked,
    LoanStillOut,
    NothingToKeep,
)
from backend.lending.policy import Model
from backend.lending.queries import debts
from backend.lending.queries import deposits as found
from backend.lending.queries.deposits import Deposit
from backend.lending.rules import (
    UNDO_WITHIN,
    DebtKind,
    DepositMode,
    DepositWay,
    EntryKind,
    Outcome,
)
from backend.lending.service import cards, ledger, slips
from backend.lending.service.holdings import end, hold, let_go, lock_line, make
from backend.lending.values import LineRow
from backend.membership.queries import Household
from backend.membership.service import lock_household
from backend.membership.service.tracing import note

DEPOSIT = "deposit"
LABEL = "Caution d'un prêt"
KEPT = "Caution gardée"


class DepositTerms(msgspec.Struct, frozen=True):
    """Whose deposit an order is."""

    household_id: int
    deposit: str


class Held(msgspec.Struct, frozen=True):
    """A deposit, with the receipt of its money; "" where none changed hands."""

    deposit: str
    receipt_public_id: str = ""


@once_more
async def take(
    by: By, line_id: int, way: DepositWay, site_id: int | None, *, key: str, cheque: str = ""
) -> Held:
    """Notes go into the drawer, a cheque into the box: its paper waits, nobody cashes it.

    Raises DepositNotAsked, DepositAlready, DrawerNotOpen, LoanOfNobody.
    """
    assert way in {DepositWay.CASH, DepositWay.CHEQUE}, way
    body = [line_id, way, site_id, cheque]
    async with transaction():
        before = await keys.earlier("loan_deposit", key, body, Held)
        if before is not None:
            return before
        household, line, model = await lock_line(line_id)
        ways = owing.deposit_ways(model.policy.deposit_mode, line.period.end, clock.now())
        if way not in ways or model.policy.deposit_cents == 0:
            raise DepositNotAsked
        held = await make(household.id, line.id, model, way, by, cheque=cheque)
        taken = Held(held.public_id)
        if way is DepositWay.CHEQUE:
            await hold(held, by=by)
        else:
            taken = await _take_notes(by, household, held, site_id)
        await note(by, household, "loan_deposit_taken", deposit=held.public_id, way=way)
        await keys.keep("loan_deposit", key, body, taken)
    return taken


@once_more
async def release(by: By, public_id: str, site_id: int | None, *, key: str) -> Held:
    """What is held is the household's again: notes out of the drawer, the cheque, the card.

    Raises DepositEnded, LoanStillOut, DrawerNotOpen, DrawerTooEmpty.
    """
    body = [public_id, site_id]
    async with transaction():
        before = await keys.earlier("loan_release", key, body, Held)
        if before is not None:
            return before
        household, held = await lock_deposit(public_id)
        if not held.is_back:
            raise LoanStillOut
        given = Held(public_id)
        if held.banked_cents:
            given = await _give_notes(by, household, held, site_id)
        elif held.way is DepositWay.HOLD:
            await cards.give_up(held)
        elif held.held_cents:
            await let_go(held, by=by)
        await note(by, household, "loan_deposit_released", deposit=public_id, way=held.way)
        await keys.keep("loan_release", key, body, given)
    return given


@once_more
async def keep(by: By, public_id: str, *, key: str) -> int:
    """So much of it as is owed for a damage; gives the cents that were kept, or asked of the card.

    A cheque is cashed whole: what is too much is given back in notes. Raises NothingToKeep.
    """
    async with transaction():
        before = await keys.earlier("loan_kept", key, [public_id], int)
        if before is not None:
            return before
        household, held = await lock_deposit(public_id)
        cents = min(held.damage_cents, held.held_cents)
        if cents <= 0:
            raise NothingToKeep
        if held.way in {DepositWay.CARD, DepositWay.HOLD}:
            await cards.collect(household, held)
            if held.way is DepositWay.CARD or held.capture_over:
                await let_go(held, by=by)
        else:
            await _keep_notes(by, household, held, cents)
        await note(by, household, "loan_deposit_kept", deposit=public_id, amount_cents=cents)
        await keys.keep("loan_kept", key, [public_id], cents)
    return cents


async def check_held(line: LineRow, model: Model) -> None:
    """Nothing is handed over before its deposit is there; a card that was left is one (L34).

    A page that nobody answered, or a hold that was refused, is none. Raises DepositMissing.
    """
    within()
    policy = model.policy
    if policy.deposit_mode is DepositMode.NONE or policy.deposit_cents == 0:
        return
    if line.household_id is None:
        return
    mine = await found.of_line(line.id)
    if any(held.stands for held in mine):
        return
    ways = owing.deposit_ways(policy.deposit_mode, line.period.end, clock.now())
    if DepositWay.CARD not in ways or not await found.has_card(line.household_id):
        raise DepositMissing
    for held in mine:
        if held.is_asked:
            await cards.give_up(held)
    await cards.hold_for(line, model, SYSTEM)


async def let_go_of(line: LineRow, outcome: Outcome, *, by: By) -> None:
    """The thing is back as it was: cards are free at once, a hold after the time to undo.

    Whatever the rules ask for by now: what is held was held under those of its time.
    """
    within()
    if outcome is not Outcome.FINE:
        return
    for held in await found.of_line(line.id):
        if held.is_open and held.damage_cents == 0:
            if held.way is DepositWay.CARD:
                await let_go(held, by=by)
            elif held.way is DepositWay.HOLD:
                order = await get_order(held.order)
                await holds.ask_release(order, due_at=clock.now() + UNDO_WITHIN)


async def free(line: LineRow, *, by: By) -> None:
    """The loan does not take place: no card stands for it. Notes and a cheque wait at the counter."""
    within()
    for held in await found.of_line(line.id):
        if held.is_open and held.way is DepositWay.CARD:
            await let_go(held, by=by)
        elif held.is_open and held.way is DepositWay.HOLD:
            await cards.give_up(held)


async def hold_again(line: LineRow, *, by: By) -> None:
    """It is not back after all: a card stands for it again, a hold is not let go."""
    within()
    for held in await found.of_line(line.id):
        if held.way is DepositWay.HOLD and held.is_open:
            await holds.keep_hold(await get_order(held.order))
        elif held.way is DepositWay.CARD and not held.is_open and held.held_cents == 0:
            await fetch("UPDATE loan_deposit SET ended_at = NULL WHERE id = $1", held.id)
            await hold(held, by=by)
            return


async def lock_deposit(public_id: str) -> tuple[Household, Deposit]:
    """One that is still held, with its household. Raises DepositUnknown, DepositEnded."""
    within()
    household = await lock_household((await found.get_deposit(public_id)).household_id)
    held = await found.get_deposit(public_id)
    if not held.is_open:
        raise DepositEnded
    return household, held


async def _take_notes(by: By, household: Household, held: Deposit, site_id: int | None) -> Held:
    terms = DepositTerms(household.id, held.public_id)
    order = await billing.open_order(
        household.payer_id, DEPOSIT, PayWay.CASH, LABEL, held.amount_cents, terms
    )
    await fetch("UPDATE loan_deposit SET pay_order = $2 WHERE id = $1", held.id, order.id)
    payment = await counter.take(by, order, site_id)
    await ledger.enter(
        EntryKind.DEPOSIT_HELD,
        held.amount_cents,
        by=by,
        deposit_id=held.id,
        payment_id=payment.id,
        journal_id=await ledger.journal_of(payment),
    )
    issued = await slips.issue(household, order, payment)
    return Held(held.public_id, issued.public_id)


async def _give_notes(by: By, household: Household, held: Deposit, site_id: int | None) -> Held:
    """What is left of it, out of the drawer. A cheque that was cashed stays one: the bank gets it."""
    order = await billing.lock_order(held.order)
    notes = held.way is DepositWay.CASH
    paid = await billing.payment_of(order) if notes else None
    given = await counter.give_back(
        by, order, held.banked_cents, site_id, of_payment=paid, way=PayWay.CASH
    )
    await ledger.enter(
        EntryKind.DEPOSIT_RELEASED,
        held.banked_cents,
        by=by,
        deposit_id=held.id,
        payment_id=given.id,
        journal_id=await ledger.journal_of(given),
    )
    await end(held)
    issued = await slips.issue(household, order, given)
    return Held(held.public_id, issued.public_id)


async def _keep_notes(by: By, household: Household, held: Deposit, cents: int) -> None:
    """The club's own money from now on, as far as it is owed."""
    if held.banked_cents == 0:
        await _cash(by, household, held)
    left = cents
    for debt in await debts.of_line(held.line_id or 0):
        part = min(left, debt.due_cents) if debt.kind is DebtKind.DAMAGE else 0
        if part:
            await ledger.enter(
                EntryKind.DEPOSIT_KEPT,
                part,
                by=by,
                debt_id=debt.id,
                deposit_id=held.id,
                book=(Account.DEPOSITS, Account.PAYER, KEPT),
            )
            left -= part
    if cents == held.held_cents:
        await end(held)


async def _cash(by: By, household: Household, held: Deposit) -> None:
    """The cheque of the box goes to the bank with the others: the club has its money now."""
    terms = DepositTerms(household.id, held.public_id)
    order = await billing.open_order(
        household.payer_id, DEPOSIT, PayWay.CHEQUE, LABEL, held.amount_cents, terms
    )
    await fetch("UPDATE loan_deposit SET pay_order = $2 WHERE id = $1", held.id, order.id)
    payment = await counter.take(by, order, None, note=held.cheque)
    # The paper leaves the box, its money is held: the ledger says both.
    await ledger.enter(
        EntryKind.DEPOSIT_RELEASED, held.amount_cents, by=by, deposit_id=held.id, reason=LABEL
    )
    await ledger.enter(
        EntryKind.DEPOSIT_HELD,
        held.amount_cents,
        by=by,
        deposit_id=held.id,
        payment_id=payment.id,
        journal_id=await ledger.journal_of(payment),
    )
    await slips.issue(household, order, payment)
