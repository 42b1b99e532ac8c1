"""Any number of workers tick; each (task, period) is run by one of them (REL6, L38)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from backend.kit import clock
from backend.kit.database import fetch, fetch_value

LEASE = timedelta(minutes=10)


async def run_once(task: str, period: str, job: Callable[[], Awaitable[None]]) -> bool:
    """Runs `job` if nobody has run or is running this task for this period."""
    moment = clock.now()
    claimed = await fetch_value(
        "INSERT INTO job_claim (task, period, claimed_at, leased_until) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT ON CONSTRAINT job_claim_once DO UPDATE SET claimed_at = $3, leased_until = $4,"
        " attempts = job_claim.attempts + 1"
        " WHERE job_claim.done_at IS NULL AND job_claim.leased_until < $3 RETURNING id",
        task,
        period,
        moment,
        moment + LEASE,
    )
    if claimed is None:
        return False
    await job()
    await fetch("UPDATE job_claim SET done_at = $2 WHERE id = $1", claimed, clock.now())
    return True
