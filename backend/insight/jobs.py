"""What workers do for insight."""

from collections.abc import Awaitable, Callable

import structlog

from backend.audit.service import SYSTEM, note
from backend.billing import sums
from backend.billing.sums import Gap
from backend.insight import closed, figures, participation, signals, welcome
from backend.kit.database import transaction
from backend.membership import entries, steps

log = structlog.get_logger("insight")


async def look() -> None:
    """V36: each night, what is worth a look in the uses of the last month."""
    await signals.look()


async def settle() -> None:
    """Every few minutes: the households whose figures changed."""
    await figures.settle()


async def check() -> None:
    """By night: what is kept beside its source is held against it, and what is over is closed."""
    await _check_households("figures", [gap.household for gap in await figures.check()])
    await _check_households("entries", await entries.check())
    await _check_sums("sums", sums.settle)
    await _check_sums("steps", steps.settle)
    await closed.close()
    await participation.close()


async def welcome_new() -> None:
    """Each day: who has just joined is called."""
    await welcome.welcome_new()


async def choose_some() -> None:
    """Each week: some others are."""
    await welcome.choose_some()


async def _check_households(what: str, differed: list[str]) -> None:
    """What differed is mended already; that it did is on record, by the household's number."""
    event = f"{what}_differ"
    for household in differed:
        log.error(event, household=household)
        async with transaction():
            await note(f"{what}.differ", SYSTEM, object_kind="household", object_id=household)


async def _check_sums(what: str, settle: Callable[[], Awaitable[list[Gap]]]) -> None:
    """Sums by day, mended already; each day that differed is on record."""
    async with transaction():
        gaps = await settle()
        for gap in gaps:
            await note(
                f"{what}.differ",
                SYSTEM,
                object_kind="day",
                object_id=gap.on.isoformat(),
                of=gap.of,
                claimed=gap.claimed,
                counted=gap.counted,
            )
    event = f"{what}_differ"
    for gap in gaps:
        log.error(event, day=gap.on.isoformat(), of=gap.of)
