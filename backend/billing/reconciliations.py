"""The readings of Stripe by night (B5): where each begins, what it found, what is still open."""

from datetime import datetime, timedelta

import msgspec

from backend.billing import differences, rules
from backend.billing.gateway import BalanceLine
from backend.billing.journal import post
from backend.billing.rules import Account, DifferenceKind, Line
from backend.billing.suspense import UNKNOWN
from backend.kit import clock, outbox
from backend.kit.database import fetch, fetch_one_as, fetch_value, transaction

OVERLAP = timedelta(days=1)  # what Stripe lists late is read by the next run
FEE_LINES = {"fee", "network_cost", "tax"}  # Stripe's reporting categories
RUN = "reconcile"


class Run(msgspec.Struct, frozen=True):
    id: int
    started_at: datetime
    since: datetime
    ended_at: datetime | None
    seen: int
    repaired: int


_RUN = "SELECT id, started_at, since, ended_at, seen, repaired FROM reconciliation "


async def begin() -> Run:
    """A new run since the last complete one, or the interrupted one again from the same point.

    The first run ever reads from the club's first order.
    """
    async with transaction():
        await fetch(
            "INSERT INTO reconciliation (started_at, since) SELECT $1, coalesce("
            " (SELECT max(started_at) - $2::interval FROM reconciliation WHERE ended_at IS NOT NULL),"
            " (SELECT min(created_at) FROM pay_order), $1)"
            " ON CONFLICT (one) WHERE ended_at IS NULL DO NOTHING",
            clock.now(),
            OVERLAP,
        )
        run = await fetch_one_as(Run, _RUN + "WHERE ended_at IS NULL")
    assert run is not None
    return run


async def end(run: Run, seen: int, repaired: int) -> None:
    async with transaction():
        await fetch(
            "UPDATE reconciliation SET ended_at = $2, seen = $3, repaired = $4"
            " WHERE id = $1 AND ended_at IS NULL",
            run.id,
            clock.now(),
            seen,
            repaired,
        )


async def ask() -> int | None:
    """Somebody wants one now: a worker does it. Gives the outbox row, None when one waits already."""
    async with transaction():
        waiting = await fetch_value(
            "SELECT 1 FROM outbox WHERE kind = $1 AND done_at IS NULL AND gave_up_at IS NULL", RUN
        )
        if waiting is not None:
            return None
        return await outbox.put(RUN, f"{RUN}:{clock.now().isoformat()}", {})


async def last() -> Run | None:
    """The last complete one."""
    return await fetch_one_as(
        Run, _RUN + "WHERE ended_at IS NOT NULL ORDER BY started_at DESC LIMIT 1"
    )


async def open_sessions() -> list[str]:
    """Pages and charges of which Stripe has not yet said the last word, however old (B5)."""
    rows = await fetch(
        "SELECT coalesce(o.stripe_session, o.stripe_intent) AS asked FROM pay_order o"
        " WHERE coalesce(o.stripe_session, o.stripe_intent) IS NOT NULL"
        " AND o.closed_at IS NULL AND o.failed_at IS NULL AND o.stripe_subscription IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.pay_order = o.id) ORDER BY o.id"
    )
    return [row["asked"] for row in rows]


async def open_disputes() -> list[str]:
    """Money that the bank took and may still give back; for 120 days, then its word is final.

    A cheque that bounced is none of Stripe's.
    """
    rows = await fetch(
        "SELECT d.external_id FROM payment d WHERE d.kind = 'dispute' AND d.received_at > $1"
        " AND d.external_id IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM payment b WHERE b.kind = 'reinstated'"
        "  AND b.external_id = d.external_id) ORDER BY d.id",
        clock.now() - timedelta(days=120),
    )
    return [row["external_id"] for row in rows]


async def book_line(line: BalanceLine, *, known: bool) -> bool:
    """A line of the balance that is no payment of ours: a fee, or money nobody asked for (471).

    So the account 5125 is what Stripe holds, and what is unknown waits for the treasurer.
    """
    fee = line.kind in FEE_LINES
    if (known and not fee) or line.net_cents == 0:
        return False
    async with transaction():
        key, about = f"stripe:{line.line_id}", line.about or line.line_id
        if await fetch_value("SELECT 1 FROM journal_entry WHERE key = $1", key):
            return False
        label = "Frais de Stripe" if fee else f"{UNKNOWN}, {about}"
        await post(key, label, _lines(line, fee), at=line.at)
        if not fee:
            await differences.notice(DifferenceKind.OBJECT, about, line.net_cents)
    return True


def _lines(line: BalanceLine, fee: bool) -> list[Line]:
    if fee:
        return rules.fee_lines(Account.STRIPE, -line.net_cents)
    if line.net_cents > 0:
        return rules.transfer_lines(Account.STRIPE, Account.WAITING, line.net_cents)
    return rules.transfer_lines(Account.WAITING, Account.STRIPE, -line.net_cents)


async def held() -> int:
    """Cents on account 5125: what Stripe should hold."""
    cents: int = await fetch_value(
        "SELECT coalesce(sum(debit_cents - credit_cents), 0)::bigint FROM journal_line"
        " WHERE account = '5125'"
    )
    return cents
