"""Uses of vouchers and cards, as members, shops and the club see them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_one
from backend.membership.rules import short_name
from backend.offers import rules as offer_rules
from backend.offers.rules import Terms
from backend.vouchers import rules
from backend.vouchers.rules import UseChannel

MOST_USES = 100


class UseLine(msgspec.Struct, frozen=True):
    """One use in a history. `member` is short for a shop (V13)."""

    redemption: str
    at: datetime
    title: str
    label: str
    partner_name: str
    shop: str
    till: str | None
    cashier: str | None
    member: str
    household: str
    channel: UseChannel
    receipt_ref: str | None
    full_cents: int | None
    paid_cents: int | None
    saving_cents: int
    undone_at: datetime | None
    contested_at: datetime | None
    outcome: str | None
    can_undo: bool
    can_contest: bool


async def history(household_id: int, limit: int = MOST_USES) -> list[UseLine]:
    """The household's uses, newest first, undone ones marked."""
    rows = await fetch(
        f"{_USE} WHERE r.household = $1 ORDER BY r.at DESC, r.id DESC LIMIT $2", household_id, limit
    )
    return [use(row) for row in rows]


async def till_today(till_id: int) -> list[UseLine]:
    """What this till did today, newest first."""
    rows = await fetch(
        f"{_USE} WHERE r.id = ANY(ARRAY(SELECT id FROM redemption WHERE till = $1 AND at >= $2"  # noqa: S608
        "  AND shop = (SELECT shop FROM till WHERE id = $1) ORDER BY at DESC, id DESC LIMIT $3))"
        " ORDER BY r.at DESC, r.id DESC",
        till_id,
        clock.start_of_day(clock.today()),
        MOST_USES,
    )
    return [use(row) for row in rows]


async def shop_uses(
    shop_id: int, since: datetime, until: datetime, after: str | None, limit: int
) -> list[UseLine]:
    """A shop's uses in [since, until), newest first, those after the use `after` in that order."""
    rows = await fetch(
        f"{_USE} WHERE r.shop = $1 AND r.at >= $2 AND r.at < $3 AND ($4::text IS NULL OR"  # noqa: S608 - constants
        " (r.at, r.id) < (SELECT a.at, a.id FROM redemption a WHERE a.public_id = $4"
        "  AND a.shop = $1)) ORDER BY r.at DESC, r.id DESC LIMIT $5",
        shop_id,
        since,
        until,
        after,
        limit,
    )
    return [use(row) for row in rows]


async def find_use(public_id: str, shop_id: int | None = None) -> UseLine | None:
    """One use; with `shop_id` only that shop's."""
    row = await fetch_one(
        f"{_USE} WHERE r.public_id = $1 AND ($2::bigint IS NULL OR r.shop = $2)", public_id, shop_id
    )
    return None if row is None else use(row)


async def some(public_ids: Collection[str]) -> list[UseLine]:
    """Those uses, in the order they were made."""
    rows = await fetch(f"{_USE} WHERE r.public_id = ANY($1) ORDER BY r.at, r.id", list(public_ids))
    return [use(row) for row in rows]


_USE = """
SELECT r.public_id AS redemption, r.at, t.terms, p.name AS partner_name, s.name AS shop,
       l.name AS till, r.cashier, n.given_name, n.family_name, h.public_id AS household,
       r.channel, r.receipt_ref, r.full_cents, r.paid_cents, r.saving_cents, u.at AS undone_at,
       k.opened_at AS contested_at, k.outcome
FROM redemption r JOIN shop s ON s.id = r.shop JOIN partner p ON p.id = r.partner
JOIN offer_version t ON t.offer = r.offer AND t.version = r.offer_version
JOIN person n ON n.id = r.person JOIN household h ON h.id = r.household
LEFT JOIN till l ON l.id = r.till LEFT JOIN reversal u ON u.redemption = r.id
LEFT JOIN contest k ON k.redemption = r.id
"""
SAVED = "SELECT coalesce(sum(r.saving_cents), 0)::bigint FROM redemption r"
STANDS = "NOT EXISTS (SELECT 1 FROM reversal u WHERE u.redemption = r.id)"


def use(row: Any) -> UseLine:
    terms = msgspec.json.decode(row["terms"], type=Terms)
    stands = row["undone_at"] is None
    return UseLine(
        title=terms.title,
        label=offer_rules.in_words(terms),
        member=short_name(row["given_name"], row["family_name"]),
        channel=UseChannel(row["channel"]),
        can_undo=stands and clock.now() < row["at"] + rules.UNDO_WITHIN,
        can_contest=stands
        and row["contested_at"] is None
        and clock.now() < row["at"] + rules.CONTEST_WITHIN,
        **same(row, UseLine, but={"channel"}),
    )


def same(row: Any, kind: type[msgspec.Struct], but: Iterable[str] = ()) -> dict[str, Any]:
    """The row's columns that are the struct's own under the same name, ready as they are."""
    made = {"used", "shops", "life", "terms", *but}
    values = dict(row)
    return {name: values[name] for name in kind.__struct_fields__ if name in values.keys() - made}
