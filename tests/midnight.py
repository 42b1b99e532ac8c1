"""A test that reads the real clock ends on the day on which it began, whatever the hour of the run."""

import asyncio
from datetime import datetime

from backend.kit.zone import PARIS, end_of_day


async def one_day_for(seconds: float) -> None:
    """So much of the day is left: where midnight in Paris is nearer, the next day begins first."""
    now = datetime.now(PARIS)
    left = (end_of_day(now.date()) - now).total_seconds()
    if left < seconds:
        await asyncio.sleep(left + 0.1)
