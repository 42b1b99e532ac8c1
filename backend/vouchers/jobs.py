"""What workers do for vouchers: tell members, and look nightly whether counters are right (V5)."""

from typing import Any

import msgspec
import structlog

from backend.audit.service import SYSTEM, note
from backend.kit.database import fetch_one, transaction
from backend.kit.outbox import Letter, Send
from backend.notifications import service as notifications
from backend.people.rules import Channel
from backend.vouchers import queries, regulars, savings
from backend.vouchers.service import USED

log = structlog.get_logger("vouchers")


async def check_counters() -> None:
    """Any difference is an alarm: in the log, and in the record for the club to see."""
    for fault in await queries.counter_faults():
        log.error("counter_differs", offer=fault.public_id, says=fault.claimed, is_=fault.counted)
        async with transaction():
            await note(
                "offer.counter_differs",
                SYSTEM,
                object_kind="offer",
                object_id=fault.offer_id,
                claimed=fault.claimed,
                counted=fault.counted,
            )
    for balance in await queries.balances():
        if balance.difference:
            log.error("balance_differs", offer=balance.offer_id, difference=balance.difference)
    await _settle_savings()


async def close_months() -> None:
    """V34: what a partner may know of members who came back, counted once a month is over."""
    await regulars.close_months()


async def _settle_savings() -> None:
    """Sums by day can be mended, since the uses say what is true; that they had to be is told."""
    async with transaction():
        gaps = await savings.settle()
        for gap in gaps:
            await note(
                "savings.differ",
                SYSTEM,
                object_kind="partner",
                object_id=gap.partner,
                day=gap.used_on.isoformat(),
                claimed=msgspec.to_builtins(gap.claimed),
                counted=msgspec.to_builtins(gap.counted),
            )
    for gap in gaps:
        log.error("savings_differ", partner=gap.partner, day=gap.used_on.isoformat())


async def tell_used(letter: Letter) -> None:
    """Mail to the member who used it; no SMS, since each one costs more than it tells."""
    redemption = letter.read(str)
    row = await _used(redemption)
    if row is None:
        return
    async with transaction():
        best = await notifications.best_contact(row["person"])
        if best is None or best[0] is not Channel.EMAIL:
            return
        await notifications.queue(
            USED,
            f"{USED}:{redemption}:mail",
            person_id=row["person"],
            channel=best[0],
            to=best[1],
            values={name: row[name] for name in ("title", "shop", "at", "saving_cents")},
        )


async def _used(redemption: str) -> Any | None:
    """None when it was undone meanwhile: then that is what the member hears."""
    return await fetch_one(
        "SELECT r.person, r.at, r.saving_cents, s.name AS shop, t.terms->>'title' AS title"
        " FROM redemption r JOIN shop s ON s.id = r.shop JOIN offer_version t"
        "  ON t.offer = r.offer AND t.version = r.offer_version WHERE r.public_id = $1"
        " AND NOT EXISTS (SELECT 1 FROM reversal u WHERE u.redemption = r.id)",
        redemption,
    )


# What the outbox drain does with letters of this capability.
SENDS: dict[str, Send] = {USED: tell_used}
