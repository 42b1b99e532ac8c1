"""V34, V36: a partner's statement with 500,000 uses: its reads and its file; a night's signals."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from functools import partial

from backend.insight import signals
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.kit.sheets import Format, Sheet, render
from backend.vouchers import regulars, statement
from partners.portal.statements import PASSAGES, _cells
from tests import factories
from tests.bench.crowd import gather
from tests.bench.figures import percentile, timed, told
from tests.bench.stage import stage

HOUSEHOLDS, USES = 50_000, 500_000
TIMES = 30
LINES = 20_000
MOST_MS = 20


async def run() -> None:
    async with stage() as club:
        market = await factories.add_market()
        await gather(club, market, HOUSEHOLDS, USES)
        here, today = market.partner.id, clock.today()
        count = await fetch_value("SELECT count(*) FROM redemption WHERE partner = $1", here)
        told("uses of the partner", count, "")
        told("months closed, all of them", await timed(regulars.close_months), "ms")
        for name, since in periods(today):
            await measure(f"sums, {name}", partial(statement.statement, here, since, today))
            await measure(f"30 uses, {name}", partial(statement.passages, here, since, today, 31))
        await measure("twelve months of the first page", lambda: statement.months(here, today))
        await measure("who came back", lambda: regulars.told(here, today.year))
        told("signals of the last month (V36)", await timed(signals.look), "ms")
        await files(here, today)


def periods(today: date) -> tuple[tuple[str, date], ...]:
    return (
        ("today", today),
        ("month", today.replace(day=1)),
        ("year", today.replace(month=1, day=1)),
        ("ever", today - timedelta(days=400)),
    )


async def measure(name: str, act: Callable[[], Awaitable[object]]) -> None:
    await act()
    times = [await timed(act) for _ in range(TIMES)]
    told(f"{name}: p50", percentile(times, 50), "ms")
    told(f"{name}: p95", percentile(times, 95), "ms", MOST_MS, "V34, PERF6")


async def files(here: int, today: date) -> None:
    """As many lines as one file may have."""
    uses = await statement.passages(here, today - timedelta(days=400), today, LINES)
    sheet = Sheet("passages", PASSAGES, [_cells(use) for use in uses])
    for kind in Format:

        async def write(kind: Format = kind) -> None:
            render(sheet, kind, "bench")

        told(f"file of {len(uses)} uses, {kind}", await timed(write), "ms")
