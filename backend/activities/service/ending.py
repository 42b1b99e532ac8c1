"""What a household has paid for seats, before nobody is left in it (M5): nobody would ask for it."""

from backend.activities import money
from backend.activities.errors import PaidSeatsToCome, SeatMoneyWaits
from backend.kit import clock
from backend.kit.database import fetch_value, within
from backend.membership.service import before_end


@before_end
async def check_nothing_paid(household_id: int) -> None:
    """What is over stays paid; what is to come is given back first. Raises PaidSeatsToCome, SeatMoneyWaits."""
    within()
    to_come = await fetch_value(
        "SELECT 1 FROM seat s JOIN activity_session a ON a.id = s.session WHERE s.household = $1"  # noqa: S608 - our own words
        f" AND s.state = 'taken' AND s.paid_cents > 0 AND a.starts_at > $2 AND {money.STANDS} LIMIT 1",
        household_id,
        clock.now(),
    )
    if to_come is not None:
        raise PaidSeatsToCome
    if any(rest.at_counter for rest in await money.rests(household_id)):
        raise SeatMoneyWaits
