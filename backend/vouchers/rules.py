"""The life of a voucher: what state it is in, whether a till may use it, whether a use can be undone."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from backend.membership.rules import Status
from backend.offers.rules import OfferState
from backend.vouchers.errors import (
    AlreadyRedeemed,
    AlreadyReversed,
    Cancelled,
    Expired,
    HeldElsewhere,
    JustValidated,
    MembershipGrace,
    MembershipInactive,
    NotYetValid,
    OfferPaused,
    PartnerInactive,
    Revoked,
    SheetReplaced,
    ShownInShop,
    StaleCode,
    UndoElsewhere,
    UndoTooLate,
    VoucherSpent,
    WrongShop,
)

HOLD_FOR = timedelta(minutes=2)
UNDO_WITHIN = timedelta(minutes=15)
BACK_FOR = timedelta(hours=48)
CANCEL_AFTER = timedelta(minutes=10)
CONTEST_WITHIN = timedelta(days=30)
JUST_NOW = timedelta(minutes=5)
SHORTEST_REASON, LONGEST_REASON = 3, 200


class VoucherState(StrEnum):
    """What is stored; held and expired follow from dates and a clock (V1)."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    CANCELLED = "cancelled"
    REVOKED = "revoked"


# The moves the database lets through too; every other pair is refused there (V1).
MOVES = frozenset(
    {
        (VoucherState.ISSUED, VoucherState.REDEEMED),
        (VoucherState.ISSUED, VoucherState.CANCELLED),
        (VoucherState.ISSUED, VoucherState.REVOKED),
        (VoucherState.REDEEMED, VoucherState.ISSUED),
    }
)


class Life(StrEnum):
    """What a voucher is at an instant: one of these, nothing else (V1)."""

    ISSUED = "issued"
    HELD = "held"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REVOKED = "revoked"


class Outcome(StrEnum):
    """What a contested use came to (V33)."""

    KEPT = "kept"
    REVERSED = "reversed"


class UseChannel(StrEnum):
    SCAN = "scan"
    TYPED = "typed"
    PAPER = "paper"
    PHONE = "phone"
    COUNTER_QR = "counter_qr"


class UseMode(StrEnum):
    ONLINE = "online"
    OFFLINE = "offline"


class Hold(msgspec.Struct, frozen=True):
    """Two minutes at one till, extendable once (V13)."""

    until: datetime
    extended: bool


class FirstUse(msgspec.Struct, frozen=True):
    """The use that made a voucher redeemed, as the next till hears it."""

    redemption: str
    at: datetime
    shop: str
    channel: UseChannel
    till_id: int | None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher in front of a till: what must be true for it to be used.

    `generation_shown` is the scanned one, None when the code was typed. `right_shop` says where it
    holds when that is not here. `who` goes with every refusal: member, household, title, label;
    a partner the club closed hears only the last two.
    """

    state: VoucherState
    valid_from: date
    valid_until: datetime
    held_until: datetime | None
    held_by: int | None
    generation: int
    generation_shown: int | None
    offer_state: OfferState
    partner_closed: bool
    membership: Status
    first_use: FirstUse | None
    right_shop: dict[str, Any] | None
    who: dict[str, Any]


def life(
    state: VoucherState, valid_until: datetime, held_until: datetime | None, now: datetime
) -> Life:
    """A hold begun in time carries a voucher over its last minute: the cashier is looking at it."""
    if state is not VoucherState.ISSUED:
        return Life(state.value)
    if held_until is not None and now < held_until:
        return Life.HELD
    return Life.EXPIRED if now >= valid_until else Life.ISSUED


def check_redeemable(voucher: Shown, till_id: int, now: datetime, today: date) -> None:
    """Every condition, in the order the cashier should hear them. `today` is the day in Paris."""
    check_unused(voucher, till_id, now)
    check_not_taken_back(voucher)
    check_not_replaced(voucher)
    check_days(voucher, now, today)
    check_shop(voucher)
    check_partner(voucher)
    check_offer(voucher)
    check_membership(voucher.membership, voucher.who)
    check_free(voucher, till_id, now)


def check_unused(voucher: Shown, till_id: int, now: datetime) -> None:
    first = voucher.first_use
    if voucher.state is not VoucherState.REDEEMED or first is None:
        return
    mine = first.till_id == till_id
    refusal = JustValidated if mine and now < first.at + JUST_NOW else AlreadyRedeemed
    raise refusal(
        at=first.at,
        shop=first.shop,
        channel=first.channel,
        by_you=mine,
        redemption=first.redemption if mine else None,
        **voucher.who,
    )


def check_not_taken_back(voucher: Shown) -> None:
    if voucher.state is VoucherState.CANCELLED:
        raise Cancelled(**voucher.who)
    if voucher.state is VoucherState.REVOKED:
        raise Revoked(**voucher.who)


def check_not_replaced(voucher: Shown) -> None:
    """A printed sheet of an older generation is void; a typed code carries none (V37)."""
    if voucher.generation_shown not in {None, voucher.generation}:
        raise SheetReplaced(**voucher.who)


def check_days(voucher: Shown, now: datetime, today: date) -> None:
    if today < voucher.valid_from:
        raise NotYetValid(since=voucher.valid_from, **voucher.who)
    if life(voucher.state, voucher.valid_until, voucher.held_until, now) is Life.EXPIRED:
        raise Expired(until=voucher.valid_until, **voucher.who)


def check_shop(voucher: Shown) -> None:
    if voucher.right_shop is not None:
        raise WrongShop(**voucher.right_shop, **voucher.who)


def check_partner(voucher: Shown) -> None:
    if voucher.partner_closed:
        raise PartnerInactive(**voucher.who)


def check_offer(voucher: Shown) -> None:
    """An ended offer still honours its vouchers; a paused one waits."""
    if voucher.offer_state is OfferState.PAUSED:
        raise OfferPaused(**voucher.who)


def check_membership(status: Status, who: dict[str, Any]) -> None:
    """In grace what was taken is honoured; after it, nothing is (V14)."""
    if status not in {Status.CURRENT, Status.PROVISIONAL, Status.GRACE}:
        raise MembershipInactive(**who)


def check_free(voucher: Shown, till_id: int, now: datetime) -> None:
    """No other till is looking at it."""
    held = voucher.held_until is not None and now < voucher.held_until
    if held and voucher.held_by != till_id:
        raise HeldElsewhere(held_until=voucher.held_until, **voucher.who)


def check_fresh(who: dict[str, Any], *, stale: bool, identity_checked: bool) -> None:
    """A card's code of another minute: go on after looking at an identity, never silently (V23)."""
    if stale and not identity_checked:
        raise StaleCode(**who)


def check_claimer(status: Status) -> None:
    """New vouchers are for those who paid."""
    if status is Status.GRACE:
        raise MembershipGrace
    if status not in {Status.CURRENT, Status.PROVISIONAL}:
        raise MembershipInactive


def check_living(valid_until: datetime, held_until: datetime | None, now: datetime) -> None:
    """An expired one stays expired: taken back late, its place in the period would be free again."""
    if life(VoucherState.ISSUED, valid_until, held_until, now) is Life.EXPIRED:
        raise VoucherSpent


def check_cancellable(shown_at: datetime | None, now: datetime) -> None:
    """Not while a shop may be handing over the goods: pass Culture had to repair those."""
    if shown_at is not None and now < shown_at + CANCEL_AFTER:
        raise ShownInShop


def check_undo(
    used_at: datetime, now: datetime, *, undone: bool, elsewhere: str | None, late: bool
) -> None:
    """The validating shop within 15 minutes; a manager `late`, at any time (V32).

    `elsewhere` names the shop that validated when another one of its partner asks.
    """
    if undone:
        raise AlreadyReversed
    if late:
        return
    if now >= used_at + UNDO_WITHIN:
        raise UndoTooLate
    if elsewhere is not None:
        raise UndoElsewhere(shop=elsewhere)


def check_move(before: VoucherState, after: VoucherState) -> None:
    if (before, after) not in MOVES:
        raise VoucherSpent


def hold(held_until: datetime | None, now: datetime, *, mine: bool, extended: bool) -> Hold:
    """A first look holds two minutes, a second adds two, a third changes nothing (V13)."""
    if held_until is None or now >= held_until or not mine:
        return Hold(now + HOLD_FOR, extended=False)
    if extended:
        return Hold(held_until, extended=True)
    return Hold(held_until + HOLD_FOR, extended=True)


def last_day(today: date, voucher_days: int, offer_until: date | None, member_until: date) -> date:
    """Never past the offer's own last day, nor paid-through plus grace (V20)."""
    return min(today + timedelta(days=voucher_days), member_until, offer_until or date.max)


def back_until(valid_until: datetime, now: datetime) -> datetime:
    """An undone use gives a voucher back; one that ended meanwhile has 48 hours (V32)."""
    return max(valid_until, now + BACK_FOR) if now >= valid_until else valid_until
