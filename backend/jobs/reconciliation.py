"""By night everything of ours at Stripe is read again, as if no event had ever come (B5).

Each object goes through the same `settle` as an event or a payer who is back. What still differs
afterwards is a row for the treasurer. An interrupted run begins again from the same point: all of
it may run twice.
"""

from collections.abc import AsyncIterator

import msgspec
import structlog

from backend.billing import differences, payouts, reconciliations
from backend.billing import queries as billing
from backend.billing.gateway import BalanceLine, connected
from backend.billing.reconciliations import Run
from backend.billing.rules import DifferenceKind
from backend.jobs.inbox import PAYOUT, settle
from backend.kit.outbox import Letter, Send
from backend.membership import queries as membership

log = structlog.get_logger("reconciliation")


class Tally(msgspec.Struct):
    """What one run has seen: each object is read once, with whether it is ours."""

    ours: dict[str, bool] = {}
    kept: set[str] = set()  # what stands in our own books
    repaired: int = 0


async def reconcile() -> None:
    run = await reconciliations.begin()
    tally = Tally()
    async for object_id in _objects(run, tally):
        await _take(object_id, tally)
    await _report_strangers(tally)
    async for line in connected().lines(run.since):
        await _account_for(line, tally)
    await _compare_balance(run, tally)
    await reconciliations.end(run, len(tally.ours), tally.repaired)
    log.info("stripe was read again", objects=len(tally.ours), repaired=tally.repaired)


async def _objects(run: Run, tally: Tally) -> AsyncIterator[str]:
    """What is open whatever its age, then all that happened since the last complete run."""
    for found in (
        await reconciliations.open_sessions(),
        await membership.pending_threads(),
        await reconciliations.open_disputes(),
    ):
        for object_id in found:
            tally.kept.add(object_id)
            yield object_id
    for subscription in await membership.live_subscriptions():
        tally.kept.add(subscription)
        yield subscription
        for invoice in await connected().invoices_of(subscription):
            yield invoice
    async for object_id in connected().made(run.since):
        yield object_id
    async for object_id in connected().happened(run.since):
        yield object_id


async def _take(object_id: str, tally: Tally) -> bool:
    """Whether it is ours."""
    if object_id not in tally.ours:
        tally.ours[object_id] = await _try(object_id, tally)
    return tally.ours[object_id]


async def _try(object_id: str, tally: Tally) -> bool:
    """One that cannot be acted on is a row for the treasurer; the others are read all the same."""
    try:
        return await _settle(object_id, tally)
    except Exception as error:
        if getattr(error, "retryable", False):
            raise  # Stripe or the database is away: the whole run comes again
        log.exception("this cannot be acted on", object=object_id)
        await differences.report(DifferenceKind.BALANCE, object_id)
        return True


async def _settle(object_id: str, tally: Tally) -> bool:
    if object_id.startswith(PAYOUT):
        tally.repaired += await payouts.settle_payout(await connected().read_payout(object_id))
        return True
    facts = await connected().read(object_id)
    order = await billing.find_order(facts.order) if facts is not None else None
    before = await membership.trace(order.id) if order is not None else ""
    if facts is not None:
        await settle(facts)
    if order is None:
        return False
    tally.repaired += before != await membership.trace(order.id)
    return True


async def _report_strangers(tally: Tally) -> None:
    """What our books name and Stripe does not know: one row, since one cause makes many of them."""
    strangers = sorted(one for one in tally.kept if not tally.ours[one])
    if strangers:
        await differences.report(DifferenceKind.OBJECT, f"{strangers[0]} ({len(strangers)})")


async def _account_for(line: BalanceLine, tally: Tally) -> None:
    known = line.about is not None and await _take(line.about, tally)
    await reconciliations.book_line(line, known=known)


async def _compare_balance(run: Run, tally: Tally) -> None:
    """Account 5125 is what Stripe holds. What moved while we read is read before we say otherwise."""
    if await _difference() == 0:
        return
    async for line in connected().lines(run.started_at):
        tally.ours.pop(line.about or "", None)
        await _account_for(line, tally)
    if difference := await _difference():
        await differences.report(DifferenceKind.BALANCE, "5125", difference)


async def _difference() -> int:
    return await connected().balance() - await reconciliations.held()


async def _asked(_: Letter) -> None:
    await reconcile()


SENDS: dict[str, Send] = {reconciliations.RUN: _asked}
