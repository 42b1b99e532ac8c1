"""What the use cases of a till take and give."""

from datetime import datetime
from typing import Annotated

import msgspec

from backend.merchants.queries import TillCaller
from backend.offers.rules import Terms
from backend.vouchers import rules
from backend.vouchers.rules import UseChannel

# Why a use is undone, as tills, programs and the counter may say it; the database holds them to it.
Reason = Annotated[
    str, msgspec.Meta(min_length=rules.SHORTEST_REASON, max_length=rules.LONGEST_REASON)
]


class Choice(msgspec.Struct, frozen=True):
    """What can be given: the voucher's own offer, or one of a card's standing discounts.

    `saving_cents` without a price; `asks_price` when the price before it makes it exact.
    """

    offer: str
    title: str
    label: str
    conditions: str
    saving_cents: int
    asks_price: bool
    percent: int | None
    price_cents: int | None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What the cashier may see before confirming. `household` draws the tile on our own page."""

    kind: str
    member: str
    household: str
    choices: tuple[Choice, ...]
    held_until: datetime | None = None
    can_extend: bool = False
    valid_until: datetime | None = None
    stale: bool = False


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One use, as it was answered and as every retry hears it."""

    redemption: str
    at: datetime
    undo_until: datetime
    offer: str
    title: str
    label: str
    member: str
    household: str
    shop: str
    channel: UseChannel
    full_cents: int | None
    paid_cents: int | None
    saving_cents: int


class Undo(msgspec.Struct, frozen=True, kw_only=True):
    """A till's wish to undo one of its shop's uses."""

    redemption: str
    reason: Reason
    key: str
    till: TillCaller

    @property
    def body(self) -> dict[str, object]:
        return {"verb": "reverse", "redemption": self.redemption, "reason": self.reason}


class Undone(msgspec.Struct, frozen=True):
    redemption: str
    at: datetime
    voucher_until: datetime | None


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """One row of Redemption to be written."""

    voucher_id: int | None
    round: int | None
    offer_id: int
    offer_public_id: str
    offer_version: int
    household_id: int
    person_id: int
    terms: Terms
    member: str
    household: str
