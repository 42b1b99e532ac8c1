"""Any number of workers tick; each (task, period) is run by one of them, to its end (REL6, L38)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import structlog

from backend.kit import clock
from backend.kit.database import DatabaseBusy, fetch, fetch_one, fetch_value

LEASE = timedelta(minutes=10)
RENEWED_EVERY = timedelta(minutes=2)
log = structlog.get_logger("claims")
T = TypeVar("T")


async def run_once(task: str, period: str, job: Callable[[], Awaitable[None]]) -> bool:
    """Runs `job` if nobody has run or is running this task for this period."""
    moment = clock.now()
    claimed = await fetch_one(
        "INSERT INTO job_claim (task, period, claimed_at, leased_until) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT ON CONSTRAINT job_claim_once DO UPDATE SET claimed_at = $3, leased_until = $4,"
        " attempts = job_claim.attempts + 1"
        " WHERE job_claim.done_at IS NULL AND job_claim.leased_until < $3 RETURNING id, attempts",
        task,
        period,
        moment,
        moment + LEASE,
    )
    if claimed is None:
        return False
    renewing = asyncio.create_task(_renew(*claimed))
    try:
        await job()
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
    await fetch("UPDATE job_claim SET done_at = $2 WHERE id = $1", claimed["id"], clock.now())
    return True


async def calmly(act: Awaitable[T], **facts: object) -> T | None:
    """One of several that fails does not stop the others: it is logged, and looked at the next time."""
    try:
        return await act
    except Exception:
        log.exception("one of several failed", **facts)
        return None


async def _renew(claimed: int, attempts: int) -> None:
    """The lease anew for as long as the job runs: it is to run out for the dead, not for the slow.

    How often a task was claimed names who has it; one that another worker took since is theirs.
    """
    held: int | None = claimed
    while held is not None:
        await asyncio.sleep(RENEWED_EVERY.total_seconds())
        try:
            held = await fetch_value(
                "UPDATE job_claim SET leased_until = $3 WHERE id = $1 AND attempts = $2"
                " AND done_at IS NULL RETURNING id",
                claimed,
                attempts,
                clock.now() + LEASE,
            )
        except DatabaseBusy:
            log.warning("lease not renewed", claim=claimed)
