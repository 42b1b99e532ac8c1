"""What every way of holding a deposit shares: its row, its beginning and its end (L34)."""

from backend.audit.service import By
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, within
from backend.lending import busy
from backend.lending.errors import BookingUnknown
from backend.lending.owing_errors import DepositAlready, DepositNotAsked, LoanOfNobody
from backend.lending.policy import Model
from backend.lending.queries import deposits
from backend.lending.queries.deposits import Deposit
from backend.lending.rules import BOOKED, DepositWay, EntryKind, LineState
from backend.lending.service import ledger
from backend.lending.service.rows import find_line
from backend.lending.values import LineRow
from backend.membership.queries import Household
from backend.membership.service import lock_household


async def lock_line(line_id: int) -> tuple[Household, LineRow, Model]:
    """A line that is booked or lent, with its household. Raises BookingUnknown, LoanOfNobody."""
    within()
    line = await find_line(line_id)
    if line is None or line.booking_id is None:
        raise BookingUnknown
    if line.household_id is None:
        raise LoanOfNobody
    household = await lock_household(line.household_id)
    line = await find_line(line_id)
    assert line is not None
    if line.state not in BOOKED | {LineState.CHECKED_OUT}:
        raise DepositNotAsked
    [model] = await busy.models("r.id = $1", line.resource_id)
    return household, line, model


async def make(
    household_id: int, line_id: int, model: Model, way: DepositWay, by: By, *, cheque: str = ""
) -> Deposit:
    """A deposit of which nothing is held yet. Raises DepositAlready."""
    within()
    public_id = codes.random_id()
    made = await fetch_value(
        "INSERT INTO loan_deposit (public_id, household, line, way, amount_cents, cheque, opened_at,"
        " opened_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (line) WHERE ended_at IS NULL AND line IS NOT NULL DO NOTHING RETURNING id",
        public_id,
        household_id,
        line_id,
        way.value,
        model.policy.deposit_cents,
        cheque.strip(),
        clock.now(),
        by.id,
    )
    if made is None:
        raise DepositAlready
    return await deposits.get_deposit(public_id)


async def hold(held: Deposit, *, by: By) -> None:
    """A paper or a card stands for it; no money moved."""
    within()
    await ledger.enter(EntryKind.DEPOSIT_HELD, held.amount_cents, by=by, deposit_id=held.id)


async def let_go(held: Deposit, *, by: By, reason: str = "") -> None:
    """Nothing of it is held any more, and no money moved."""
    within()
    if held.held_cents:
        await ledger.enter(
            EntryKind.DEPOSIT_RELEASED, held.held_cents, by=by, deposit_id=held.id, reason=reason
        )
    await end(held)


async def end(held: Deposit) -> None:
    within()
    await fetch("UPDATE loan_deposit SET ended_at = $2 WHERE id = $1", held.id, clock.now())
