"""What a loan itself costs: its price while it is booked, and days late when it comes back (L35)."""

from datetime import datetime

from backend.audit.service import SYSTEM, By
from backend.kit.database import within
from backend.lending import owing
from backend.lending.owing import PRICE_CHANGED, UNDONE
from backend.lending.policy import Model
from backend.lending.queries import debts
from backend.lending.rules import DebtKind, LineState, Period
from backend.lending.service import ledger, waiving
from backend.lending.values import LineRow

PROMISED = {LineState.CONFIRMED, LineState.READY, LineState.CHECKED_OUT}


async def price(
    line_id: int, household_id: int | None, model: Model, state: LineState, period: Period
) -> int:
    """The household owes what the loan costs for its time, once it is a promise.

    More, or less, than it did before where the time is another one: by so many cents. A price that
    the club gave up meanwhile stays as it was agreed.
    """
    within()
    if state not in PROMISED or not model.policy.price_cents:
        return 0
    given_up = await debts.given_up(line_id, DebtKind.FEE)
    return await _settle(line_id, household_id, owing.price(model.policy, period), given_up)


async def take_back(line_id: int, cents: int) -> None:
    """What an act made the loan cost more, the newest part first: not what was given up of it since."""
    within()
    taken = 0
    for debt in await debts.of_line(line_id):
        if debt.kind is not DebtKind.FEE:
            continue
        gone = await debts.given_up(line_id, DebtKind.FEE, debt.asked_at)
        less = min(debt.stands_cents, cents - taken - gone)
        if less > 0:
            await waiving.waive(debt, less, PRICE_CHANGED, by=SYSTEM)
            taken += less


async def release(line: LineRow, model: Model, *, late: bool) -> None:
    """It does not take place: the price goes, or a part of it stays where that was late."""
    within()
    if line.state not in PROMISED:
        return
    mine = [debt for debt in await debts.of_line(line.id) if debt.kind is DebtKind.FEE]
    agreed = sum(debt.stands_cents for debt in mine)
    if agreed:
        kept = owing.kept_of_price(model.policy, agreed, late=late)
        await _settle(line.id, line.household_id, kept)


async def _settle(
    line_id: int, household_id: int | None, wanted_cents: int, given_up_cents: int = 0
) -> int:
    """What is charged and not waived becomes this much, less what was given up; the newest part
    goes first. By how many cents it is more, or less.
    """
    if household_id is None:
        return 0
    mine = [debt for debt in await debts.of_line(line_id) if debt.kind is DebtKind.FEE]
    stood = sum(debt.stands_cents for debt in mine)
    missing = changed = max(wanted_cents - given_up_cents, 0) - stood
    if missing > 0:
        await ledger.open_debt(household_id, line_id, DebtKind.FEE, missing, by=SYSTEM)
    for debt in mine:
        less = min(debt.stands_cents, -missing)
        if less > 0:
            await waiving.waive(debt, less, PRICE_CHANGED, by=SYSTEM)
            missing += less
    return changed


async def fine(line: LineRow, model: Model, at: datetime, *, by: By) -> None:
    """Days late, when it comes back; nothing where the policy asks for none."""
    within()
    if line.household_id is None or model.policy.fee_day_cents == 0:
        return
    cents = await debts.late_fee(line.id, model, line.period.end, at)
    if cents:
        await ledger.open_debt(line.household_id, line.id, DebtKind.FINE, cents, by=by)


async def undo_fine(line_id: int, since: datetime, *, by: By) -> None:
    """It did not come back after all: it is fined anew when it does. What a renewal cost stays."""
    within()
    for debt in await debts.of_line(line_id):
        if debt.kind is DebtKind.FINE and debt.stands_cents and debt.asked_at >= since:
            await waiving.waive(debt, debt.stands_cents, UNDONE, by=by)
