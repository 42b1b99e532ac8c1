"""Who took part, month by month of the year that is told; and whom the counter calls to say hello."""

from backend.insight import closed, participation, welcome
from backend.kit import clock
from backend.kit.database import fetch_value

MONTHS = 12


async def count() -> None:
    """A month that was counted stays as it is."""
    last = closed.last_day(clock.today())
    for _ in range(MONTHS):
        await participation.close(last)
        last = closed.last_day(last)
    if not await fetch_value("SELECT EXISTS (SELECT 1 FROM welcome_call)"):
        await welcome.welcome_new()
        await welcome.choose_some()
