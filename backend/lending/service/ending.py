"""What a household still has of the club's, before nobody is left in it (M5, L35).

Loans, bookings, debts and deposits stay their household's: were it ended first, nobody would see them.
So does a thing that is lost, until somebody has said what it costs. A place in line, an offer and a draft
are nobody's loss: they end with it.
"""

from backend.kit.database import fetch, within
from backend.lending.owing_errors import (
    BookingsOpen,
    DepositsOpen,
    LoansOpen,
    LossOpen,
    MoneyOpen,
)
from backend.lending.queries import debts, deposits
from backend.lending.rules import BOOKED, LineState
from backend.lending.service.answering import give_up_all
from backend.membership.service import before_end

AWAY = frozenset({LineState.CHECKED_OUT, LineState.RETURNED})


@before_end
async def check_nothing_lent(household_id: int) -> None:
    """Raises LoansOpen, LossOpen, BookingsOpen, MoneyOpen, DepositsOpen."""
    within()
    rows = await fetch(
        "SELECT DISTINCT l.state FROM booking b JOIN booking_line l ON l.booking = b.id"
        " WHERE b.household = $1 AND NOT (l.state = 'lost' AND EXISTS"
        "  (SELECT 1 FROM loan_debt d WHERE d.line = l.id AND d.kind = 'damage'))",
        household_id,
    )
    states = {LineState(row["state"]) for row in rows}
    if states & AWAY:
        raise LoansOpen
    if LineState.LOST in states:
        raise LossOpen
    if states & BOOKED:
        raise BookingsOpen
    owed = await debts.owed_by(household_id)
    if any(debt.left_cents or debt.waits_for_second for debt in owed.debts):
        raise MoneyOpen
    if await deposits.of_household(household_id):
        raise DepositsOpen


@before_end
async def let_places_go(household_id: int) -> None:
    """Once nothing stands in the way: whoever waits behind is served."""
    within()
    await give_up_all([household_id])
