"""The proof that a renewal was announced in time (C. conso. L215-1), for longer than messages are kept.

When it was delivered, by which kind of address and in which version of the words stands on the renewal
itself; a message says it first, and goes after some months (D2).
"""

from datetime import date, datetime

import msgspec

from backend.kit.database import fetch, fetch_one_as, fetch_value, within

NOTICE = "dues.renewal_notice"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What was announced of a renewal, when it arrived and how; `wording`: what they had ticked."""

    term: date
    amount_cents: int
    noticed_at: datetime
    delivered_at: datetime | None
    delivered_by: str | None
    notice_text: str | None
    asked_at: datetime
    wording: str


async def notice_of(order_public_id: str) -> Notice | None:
    """Of the order that a renewal became; None for any other."""
    return await fetch_one_as(
        Notice,
        "SELECT r.term, r.amount_cents, r.noticed_at, r.delivered_at, r.delivered_by, r.notice_text,"
        " w.asked_at, w.wording FROM pay_order o JOIN renewal r ON r.pay_order = o.id"
        " JOIN renewal_wish w ON w.id = r.wish WHERE o.public_id = $1",
        order_public_id,
    )


async def keep_proofs() -> None:
    """What the post has done since; a mail that came back proves nothing."""
    within()
    await fetch(
        "UPDATE renewal r SET delivered_at = CASE WHEN m.failed_at IS NULL THEN m.sent_at END,"
        " delivered_by = CASE WHEN m.failed_at IS NULL THEN m.way END FROM message m"
        " WHERE m.key = $1 || ':' || r.id AND m.sent_at IS NOT NULL"
        " AND (r.delivered_at IS NULL) = (m.failed_at IS NULL)",
        NOTICE,
    )


async def count_old(before: datetime) -> int:
    count: int = await fetch_value(
        "SELECT count(*) FROM renewal WHERE noticed_at < $1"
        " AND num_nonnulls(delivered_at, delivered_by, notice_text) > 0",
        before,
    )
    return count


async def purge_old(before: datetime) -> int:
    """The renewal stays, as the order it became does."""
    within()
    rows = await fetch(
        "UPDATE renewal SET delivered_at = NULL, delivered_by = NULL, notice_text = NULL"
        " WHERE noticed_at < $1 AND num_nonnulls(delivered_at, delivered_by, notice_text) > 0"
        " RETURNING id",
        before,
    )
    return len(rows)
