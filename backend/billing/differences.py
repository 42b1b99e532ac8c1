"""What Stripe and the books do not say alike: noticed once, closed by a named person."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import queries
from backend.billing.errors import DifferenceClosed, DifferenceUnknown, NoteMissing
from backend.billing.queries import Order
from backend.billing.rules import DifferenceKind
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """`about` is the thing's id at Stripe or here; `order` is its order, where there is one."""

    public_id: str
    kind: DifferenceKind
    about: str
    difference_cents: int
    order: str | None
    payer: str | None
    due_at: datetime | None
    noticed_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    note: str | None


async def notice(
    kind: DifferenceKind,
    about: str,
    difference_cents: int = 0,
    *,
    order_id: int | None = None,
    due_at: datetime | None = None,
) -> bool:
    """Whether nobody had noticed it before, closed ones included."""
    within()
    new = await fetch_value(
        "INSERT INTO difference (public_id, kind, about, difference_cents, pay_order, due_at,"
        " noticed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT ON CONSTRAINT difference_once DO NOTHING RETURNING id",
        codes.random_id(),
        kind.value,
        about,
        difference_cents,
        order_id,
        due_at,
        clock.now(),
    )
    return new is not None


async def look_at_left(order: Order, external_id: str | None) -> None:
    """More went back than was paid, by Stripe and beside it: the treasurer is told."""
    within()
    left = (await queries.get_order(order.public_id)).left_cents
    if left < 0:
        about = external_id or order.public_id
        await notice(DifferenceKind.AMOUNT, about, left, order_id=order.id)


async def report(kind: DifferenceKind, about: str, difference_cents: int = 0) -> bool:
    """The same as a use case of its own."""
    async with transaction():
        return await notice(kind, about, difference_cents)


async def close(by: By, public_id: str, note: str) -> None:
    """Somebody looked at it and says what was done. Raises DifferenceUnknown, DifferenceClosed, NoteMissing."""
    said = note.strip()
    if not said:
        raise NoteMissing().at("note")
    async with transaction():
        await _close(by, public_id, said)


STRANGE = (DifferenceKind.OBJECT, DifferenceKind.ORDER)


async def settle(by: By, about: str, note: str, kinds: Sequence[DifferenceKind] = STRANGE) -> None:
    """It was dealt with elsewhere: what waits for it is closed with the same words."""
    within()
    rows = await fetch(
        "SELECT public_id FROM difference WHERE about = $1 AND kind = ANY($2)"
        " AND closed_at IS NULL ORDER BY id",
        about,
        [kind.value for kind in kinds],
    )
    for row in rows:
        await _close(by, row["public_id"], note)


async def _close(by: By, public_id: str, said: str) -> None:
    closed = await fetch_value(
        "UPDATE difference SET closed_at = $2, closed_by = $3, note = $4 WHERE public_id = $1"
        " AND closed_at IS NULL RETURNING id",
        public_id,
        clock.now(),
        by.id,
        said,
    )
    if closed is None:
        await _refuse(public_id)
    await audit.note(
        "difference_closed", by, object_kind="difference", object_id=public_id, note=said
    )


async def _refuse(public_id: str) -> None:
    known = await fetch_one("SELECT 1 FROM difference WHERE public_id = $1", public_id)
    raise DifferenceClosed if known else DifferenceUnknown


_DIFFERENCE = (
    "SELECT d.public_id, d.kind, d.about, d.difference_cents, o.public_id AS order, y.name AS payer,"
    " d.due_at, d.noticed_at, d.closed_at, d.note,"
    " (p.given_name || ' ' || p.family_name) AS closed_by FROM difference d"
    " LEFT JOIN pay_order o ON o.id = d.pay_order LEFT JOIN payer y ON y.id = o.payer"
    " LEFT JOIN person p ON p.id = d.closed_by"
)


async def waiting() -> list[Difference]:
    """Oldest first; what has a last day before all others."""
    rows = await fetch(
        f"{_DIFFERENCE} WHERE d.closed_at IS NULL ORDER BY d.due_at NULLS LAST, d.noticed_at, d.id"
    )
    return [_difference(row) for row in rows]


async def get(public_id: str) -> Difference:
    """Raises DifferenceUnknown."""
    row = await fetch_one(f"{_DIFFERENCE} WHERE d.public_id = $1", public_id)
    if row is None:
        raise DifferenceUnknown
    return _difference(row)


async def closed(limit: int = 20) -> list[Difference]:
    """Those closed last."""
    rows = await fetch(
        f"{_DIFFERENCE} WHERE d.closed_at IS NOT NULL ORDER BY d.closed_at DESC LIMIT $1", limit
    )
    return [_difference(row) for row in rows]


def _difference(row: dict[str, object]) -> Difference:
    return msgspec.convert({**row}, Difference, strict=False)
