"""What goes in and out, field by field: the contract of v1."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from backend.kit import money, tile
from backend.vouchers.redemptions import UseLine
from backend.vouchers.rules import UseChannel
from backend.vouchers.values import Choice, Look, Reason, Undone, Verdict

TILE_PX = 104
# No control characters: nothing of ours has any, and PostgreSQL takes no NUL.
_PLAIN = r"^[^\x00-\x1f\x7f]*$"

Code = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description="What was scanned or typed, as it came: voucher, member card or 12 letters.",
        examples=["7KQ2-M0XD-WB5S"],
    ),
]
Cents = Annotated[int, Meta(ge=0, le=money.MOST_CENTS, description="Cents of a euro.")]
Id = Annotated[str, Meta(min_length=22, max_length=22, pattern="^[0-9A-Za-z]{22}$")]
Words = Annotated[str, Meta(min_length=1, max_length=80, pattern=_PLAIN)]


class LookWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: Code
    identity_checked: bool = False


class RedemptionWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`price_cents` is the price before the offer; `offer` chooses among a card's discounts.

    A retry may bring another `cashier` or `device_at`: the first ones are kept. Anything else that
    differs under the same key is an `idempotency_mismatch`.
    """

    code: Code
    offer: Id | None = None
    price_cents: Cents | None = None
    receipt_ref: Words | None = None
    identity_checked: bool = False
    cashier: Words | None = None
    device_at: datetime | None = None


class ReversalWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Annotated[Reason, Meta(pattern=_PLAIN)]


class Tile(msgspec.Struct, frozen=True):
    """The household's own pattern, the same as on the member's phone: its name, and it drawn."""

    name: str
    svg: str


class Option(msgspec.Struct, frozen=True):
    """Something that can be given. `offer` goes back in the redemption of a card."""

    offer: str
    title: str
    label: str
    conditions: str
    saving_cents: int
    asks_price: bool


class LookAnswer(msgspec.Struct, frozen=True):
    """What the cashier may see before confirming. A voucher is held until `held_until`."""

    kind: str
    member: str
    tile: Tile
    choices: list[Option]
    held_until: datetime | None
    can_extend: bool
    valid_until: datetime | None
    stale: bool


class RedemptionAnswer(msgspec.Struct, frozen=True):
    """One use. `paid_cents` is what to take from the member, where the price is known."""

    id: str
    at: datetime
    undo_until: datetime
    offer: str
    title: str
    label: str
    member: str
    tile: Tile
    shop: str
    channel: UseChannel
    full_cents: int | None
    paid_cents: int | None
    saving_cents: int


class ReversalAnswer(msgspec.Struct, frozen=True):
    """`voucher_until`: until when the voucher can be used again, null for a card's discount."""

    redemption: str
    at: datetime
    voucher_until: datetime | None


class HistoryLine(msgspec.Struct, frozen=True):
    """One use of afterwards. `member` is always empty: a name is told while a till looks, not later (P5)."""

    id: str
    at: datetime
    title: str
    label: str
    member: str
    till: str | None
    cashier: str | None
    channel: UseChannel
    receipt_ref: str | None
    full_cents: int | None
    paid_cents: int | None
    saving_cents: int
    undone_at: datetime | None


class History(msgspec.Struct, frozen=True):
    """Newest first. `next_cursor` asks for what comes after, null at the end."""

    redemptions: list[HistoryLine]
    next_cursor: str | None


class Named(msgspec.Struct, frozen=True):
    id: str
    name: str


class TillAnswer(msgspec.Struct, frozen=True):
    """Who this token is, and the server's time to set a clock by."""

    id: str
    name: str
    shop: Named
    partner: str
    cashiers: list[str]
    now: datetime


class Problem(msgspec.Struct, frozen=True):
    """RFC 9457. Decide by `slug`; show `detail` and `next`, both in French, to the cashier."""

    type: str
    title: str
    status: int
    detail: str
    slug: str
    retryable: bool
    next: str
    facts: dict[str, Any]


def look_answer(look: Look) -> LookAnswer:
    return LookAnswer(
        kind=look.kind,
        member=look.member,
        tile=_tile(look.household),
        choices=[_option(choice) for choice in look.choices],
        held_until=look.held_until,
        can_extend=look.can_extend,
        valid_until=look.valid_until,
        stale=look.stale,
    )


def redemption_answer(verdict: Verdict) -> RedemptionAnswer:
    return RedemptionAnswer(
        id=verdict.redemption,
        tile=_tile(verdict.household),
        **{name: getattr(verdict, name) for name in _SAME},
    )


def reversal_answer(undone: Undone) -> ReversalAnswer:
    return ReversalAnswer(undone.redemption, undone.at, undone.voucher_until)


def history_line(use: UseLine) -> HistoryLine:
    names = [name for name in HistoryLine.__struct_fields__ if name not in {"id", "member"}]
    return HistoryLine(use.redemption, member="", **{name: getattr(use, name) for name in names})


_SAME = [name for name in RedemptionAnswer.__struct_fields__ if name not in {"id", "tile"}]


def _tile(household: str) -> Tile:
    return Tile(tile.tile_name(household), tile.tile_svg(household, TILE_PX))


def _option(choice: Choice) -> Option:
    names = Option.__struct_fields__
    return Option(**{name: getattr(choice, name) for name in names})
