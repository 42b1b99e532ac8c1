"""The cash drawer of a counter, from one count to the next (B9).

Opened with a counted float by somebody with a name, closed by a count; what is too much or too
little is said, named and booked. The database lets one be open at each site, lets cash in only
while it is open, and never changes a closed one.
"""

from datetime import datetime

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import journal, rules
from backend.billing.errors import (
    DrawerAlreadyOpen,
    DrawerClosed,
    DrawerNotOpen,
    DrawerTooEmpty,
    DrawerUnknown,
    MoreThanCounted,
)
from backend.billing.queries import TAKEN, Takings
from backend.billing.rules import Account
from backend.kit import clock, codes, keys, locks
from backend.kit.database import (
    fetch,
    fetch_as,
    fetch_one,
    fetch_one_as,
    fetch_value,
    once_more,
    transaction,
    within,
)


class Drawer(msgspec.Struct, frozen=True, kw_only=True):
    """A session of a drawer, with what went in and out of it so far."""

    id: int
    public_id: str
    site: str
    opened_at: datetime
    opened_by: str
    left_cents: int
    brought_cents: int
    float_cents: int
    opening_reason: str | None
    closed_at: datetime | None
    closed_by: str | None
    counted_cents: int | None
    kept_cents: int | None
    counts_json: str | None
    reason: str | None
    taken_cents: int
    given_cents: int
    deposited_cents: int
    payments: int

    @property
    def expected_cents(self) -> int:
        """What a count would find now, or what it should have found at the close."""
        before_close = self.deposited_cents - self.banked_cents
        return self.float_cents + self.taken_cents - self.given_cents - before_close

    @property
    def banked_cents(self) -> int:
        """What went to the bank right after the last count."""
        return (self.counted_cents or 0) - (self.kept_cents or 0)

    @property
    def difference_cents(self) -> int | None:
        return None if self.counted_cents is None else self.counted_cents - self.expected_cents

    @property
    def opening_difference_cents(self) -> int:
        return self.float_cents - self.left_cents - self.brought_cents

    @property
    def counts(self) -> list[tuple[int, int]]:
        """Pieces of each denomination, the largest first; empty when only a total was counted."""
        if self.counts_json is None:
            return []
        found = msgspec.json.decode(self.counts_json, type=dict[str, int])
        return sorted(((int(cents), pieces) for cents, pieces in found.items()), reverse=True)


_DRAWER = (
    "SELECT d.id, d.public_id, coalesce(s.name, '') AS site, d.opened_at,"
    " trim(o.given_name || ' ' || o.family_name) AS opened_by, d.left_cents, d.brought_cents,"
    " d.float_cents, d.opening_reason, d.closed_at,"
    " trim(c.given_name || ' ' || c.family_name) AS closed_by, d.counted_cents, d.kept_cents,"
    " d.counts::text AS counts_json, d.reason, m.taken_cents, m.given_cents, m.payments,"
    " (SELECT coalesce(sum(b.amount_cents), 0)::bigint FROM drawer_deposit b WHERE b.drawer = d.id)"
    "  AS deposited_cents"
    " FROM drawer_session d LEFT JOIN site s ON s.id = d.site JOIN person o ON o.id = d.opened_by"
    " LEFT JOIN person c ON c.id = d.closed_by CROSS JOIN LATERAL ("
    "  SELECT coalesce(sum(p.amount_cents) FILTER (WHERE p.kind = 'payment'), 0)::bigint AS taken_cents,"
    "   coalesce(sum(p.amount_cents) FILTER (WHERE p.kind <> 'payment'), 0)::bigint AS given_cents,"
    "   count(*) FILTER (WHERE p.kind = 'payment') AS payments FROM payment p WHERE p.drawer = d.id) m"
)


async def find_open(site_id: int | None) -> Drawer | None:
    return await fetch_one_as(
        Drawer,
        f"{_DRAWER} WHERE coalesce(d.site, 0) = coalesce($1, 0) AND d.closed_at IS NULL",
        site_id,
    )


class Opened(msgspec.Struct, frozen=True):
    """A drawer that is open now, for whoever gives cash back from an office."""

    public_id: str
    site_id: int | None
    site: str


async def opened() -> list[Opened]:
    return await fetch_as(
        Opened,
        "SELECT d.public_id, d.site AS site_id, coalesce(s.name, '') AS site FROM drawer_session d"
        " LEFT JOIN site s ON s.id = d.site WHERE d.closed_at IS NULL ORDER BY s.name, d.id",
    )


class Glance(msgspec.Struct, frozen=True):
    """The day's money at a site: its drawer where it is open, what the last close left, takings."""

    drawer: Drawer | None
    left_cents: int
    takings: list[Takings]


async def glance(site_id: int | None, since: datetime) -> Glance:
    """In one question, for the page that is open all day."""
    row = await fetch_one(
        f"SELECT last.*, (SELECT coalesce(json_agg(t), '[]')::text FROM ({TAKEN}) t) AS takings"  # noqa: S608 - our own words only
        f" FROM (SELECT 1) one LEFT JOIN LATERAL ({_DRAWER}"
        "  WHERE coalesce(d.site, 0) = coalesce($1, 0) ORDER BY d.id DESC LIMIT 1) last ON true",
        site_id,
        since,
    )
    assert row is not None
    told = dict(row)
    takings = msgspec.json.decode(told.pop("takings"), type=list[Takings])
    last = Drawer(**told) if told["id"] is not None else None
    if last is None or last.closed_at is None:
        return Glance(last, 0, takings)
    return Glance(None, last.kept_cents or 0, takings)


async def get_drawer(public_id: str) -> Drawer:
    """Raises DrawerUnknown."""
    found = await fetch_one_as(Drawer, f"{_DRAWER} WHERE d.public_id = $1", public_id)
    if found is None:
        raise DrawerUnknown
    return found


async def last_closed(site_id: int | None, most: int = 10) -> list[Drawer]:
    """Newest first."""
    return await fetch_as(
        Drawer,
        f"{_DRAWER} WHERE coalesce(d.site, 0) = coalesce($1, 0) AND d.closed_at IS NOT NULL"
        " ORDER BY d.id DESC LIMIT $2",
        site_id,
        most,
    )


async def drawers_between(since: datetime, until: datetime) -> list[Drawer]:
    """Every site's that were open in between, newest first."""
    return await fetch_as(
        Drawer,
        f"{_DRAWER} WHERE d.opened_at < $2 AND (d.closed_at IS NULL OR d.closed_at >= $1)"
        " ORDER BY d.id DESC",
        since,
        until,
    )


async def left_at(site_id: int | None) -> int:
    """Cents that the last close left at a site."""
    left: int | None = await fetch_value(
        "SELECT kept_cents FROM drawer_session WHERE coalesce(site, 0) = coalesce($1, 0)"
        " ORDER BY id DESC LIMIT 1",
        site_id,
    )
    return left or 0


async def lock_open(site_id: int | None, *, out_cents: int = 0) -> int:
    """The key of the site's open drawer, held until the commit; `out_cents` are to be handed back.

    Raises DrawerNotOpen, DrawerTooEmpty.
    """
    within()
    found: int | None = await fetch_value(
        "SELECT id FROM drawer_session WHERE coalesce(site, 0) = coalesce($1, 0)"
        " AND closed_at IS NULL FOR NO KEY UPDATE",
        site_id,
    )
    if found is None:
        raise DrawerNotOpen
    if out_cents:
        drawer = await find_open(site_id)
        if drawer is None or drawer.expected_cents < out_cents:
            raise DrawerTooEmpty
    return found


@once_more
async def open_drawer(
    by: By,
    site_id: int | None,
    float_cents: int,
    *,
    from_bank: bool = False,
    reason: str | None = None,
) -> str:
    """Somebody counted the float. What is more than was left came from the bank, or is a difference.

    Gives the session's public id. Raises DrawerAlreadyOpen.
    """
    public_id, at = codes.random_id(), clock.now()
    async with transaction():
        left = await _lock_left(site_id)
        brought = max(float_cents - left, 0) if from_bank else 0
        made = await fetch_value(
            "INSERT INTO drawer_session (public_id, site, opened_at, opened_by, left_cents,"
            " brought_cents, float_cents, opening_reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
            " ON CONFLICT (coalesce(site, 0)) WHERE closed_at IS NULL DO NOTHING RETURNING id",
            public_id,
            site_id,
            at,
            by.id,
            left,
            brought,
            float_cents,
            reason,
        )
        if made is None:
            raise DrawerAlreadyOpen
        difference = float_cents - left - brought
        await _book_float(public_id, brought, difference, at)
        await _note(by, "drawer_opened", public_id, float_cents, difference_cents=difference)
    return public_id


async def _lock_left(site_id: int | None) -> int:
    """What the last close left: whoever closes it holds it, so this is read after their commit."""
    await fetch(
        "SELECT id FROM drawer_session WHERE coalesce(site, 0) = coalesce($1, 0)"
        " ORDER BY id DESC LIMIT 1 FOR NO KEY UPDATE",
        site_id,
    )
    return await left_at(site_id)


async def _book_float(public_id: str, brought: int, difference: int, at: datetime) -> None:
    if brought:
        lines = rules.transfer_lines(Account.CASH, Account.BANK, brought)
        await journal.post(f"drawer:{public_id}:float", "Fonds de caisse", lines, at=at)
    await _book_difference(f"drawer:{public_id}:opened", difference, at)


async def _note(by: By, verb: str, public_id: str, cents: int, **facts: int) -> None:
    await audit.note(
        verb, by, object_kind="drawer", object_id=public_id, amount_cents=cents, **facts
    )


@once_more
async def deposit(by: By, public_id: str, amount_cents: int, *, key: str = "") -> str:
    """Cash leaves an open drawer for the bank; the same `key` again is the same deposit.

    Raises DrawerClosed, MoreThanCounted.
    """
    body = [public_id, amount_cents]
    async with transaction():
        before = await keys.earlier("deposit", key, body, str) if key else None
        if before is not None:
            return before
        drawer = await _lock_open(public_id)
        if amount_cents > drawer.expected_cents:
            raise MoreThanCounted().at("amount")
        made = await _deposit(by, drawer, amount_cents, clock.now())
        if key:
            await keys.keep("deposit", key, body, made)
    return made


@once_more
async def close_drawer(
    by: By,
    public_id: str,
    counted_cents: int,
    *,
    banked_cents: int = 0,
    counts: dict[int, int] | None = None,
    reason: str | None = None,
) -> int:
    """A count ends the session; `banked_cents` of it go to the bank, the rest stays in the drawer.

    Gives the difference in cents: below zero, money is missing. Raises DrawerClosed.
    """
    if banked_cents > counted_cents:
        raise MoreThanCounted().at("banked")
    async with transaction():
        drawer = await _lock_open(public_id)
        at = clock.now()
        difference = counted_cents - drawer.expected_cents
        await _book_difference(f"drawer:{public_id}:closed", difference, at)
        if banked_cents:
            await _deposit(by, drawer, banked_cents, at)
        await fetch(
            "UPDATE drawer_session SET closed_at = $2, closed_by = $3, expected_cents = $4,"
            " counted_cents = $5, kept_cents = $6, counts = $7, reason = $8 WHERE id = $1",
            drawer.id,
            at,
            by.id,
            drawer.expected_cents,
            counted_cents,
            counted_cents - banked_cents,
            msgspec.json.encode(counts).decode() if counts else None,
            reason,
        )
        await _note(by, "drawer_closed", public_id, counted_cents, difference_cents=difference)
    return difference


async def _lock_open(public_id: str) -> Drawer:
    drawer = await get_drawer(public_id)
    await locks.lock("drawer_session", drawer.id)
    drawer = await get_drawer(public_id)
    if drawer.closed_at is not None:
        raise DrawerClosed
    return drawer


async def _deposit(by: By, drawer: Drawer, amount_cents: int, at: datetime) -> str:
    public_id = codes.random_id()
    await fetch(
        "INSERT INTO drawer_deposit (public_id, drawer, amount_cents, at, by)"
        " VALUES ($1, $2, $3, $4, $5)",
        public_id,
        drawer.id,
        amount_cents,
        at,
        by.id,
    )
    lines = rules.transfer_lines(Account.BANK, Account.CASH, amount_cents)
    await journal.post(f"drawer_deposit:{public_id}", "Espèces portées à la banque", lines, at=at)
    await _note(by, "drawer_deposit", drawer.public_id, amount_cents)
    return public_id


async def _book_difference(key: str, difference_cents: int, at: datetime) -> None:
    lines = rules.difference_lines(difference_cents)
    if lines:
        await journal.post(key, "Écart de caisse", lines, at=at)
