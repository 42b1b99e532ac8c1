"""Words of offers, and what follows from their terms: savings, periods, who they are for."""

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from backend.kit import money
from backend.offers.errors import OfferIncomplete


class OfferKind(StrEnum):
    PERCENT = "percent"
    AMOUNT = "amount"
    FIXED = "fixed"
    GIFT = "gift"


class Delivery(StrEnum):
    """By a voucher taken first, or standing on the member card."""

    VOUCHER = "voucher"
    CARD = "card"


class OfferState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    PAUSED = "paused"
    ENDED = "ended"


# From where each move may start.
MOVES = {
    OfferState.PUBLISHED: (OfferState.DRAFT, OfferState.PAUSED),
    OfferState.PAUSED: (OfferState.PUBLISHED,),
    OfferState.ENDED: (OfferState.DRAFT, OfferState.PUBLISHED, OfferState.PAUSED),
}


class ProposalState(StrEnum):
    """What a partner wrote: its own until it is sent, then the club's to answer."""

    WRITTEN = "written"
    SENT = "sent"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


# From where each move of a proposal may start; what was refused can be mended and sent again.
PROPOSAL_MOVES = {
    ProposalState.WRITTEN: (ProposalState.WRITTEN, ProposalState.REFUSED),
    ProposalState.SENT: (ProposalState.WRITTEN,),
    ProposalState.ACCEPTED: (ProposalState.SENT,),
    ProposalState.REFUSED: (ProposalState.SENT,),
    ProposalState.WITHDRAWN: (
        ProposalState.WRITTEN,
        ProposalState.SENT,
        ProposalState.REFUSED,
    ),
}


class LimitPeriod(StrEnum):
    ONCE = "once"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class LimitPer(StrEnum):
    HOUSEHOLD = "household"
    ADULT = "adult"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a version promises. `shop_ids` empty means all shops of the partner.

    Which amounts are there depends on the kind: `percent` with `typical_cents`, what people
    usually spend; `amount_cents` off; `price_cents` instead of `public_price_cents`; a gift worth
    `public_price_cents`.
    """

    title: str
    summary: str
    conditions: str
    kind: OfferKind
    delivery: Delivery
    percent: int | None = None
    amount_cents: int | None = None
    price_cents: int | None = None
    public_price_cents: int | None = None
    typical_cents: int | None = None
    shop_ids: tuple[int, ...] = ()


class Saving(msgspec.Struct, frozen=True):
    """One use in cents; `full_cents` and `paid_cents` None where no price is known."""

    full_cents: int | None
    paid_cents: int | None
    saving_cents: int


class Target(msgspec.Struct, frozen=True):
    """Whom an offer is for; an empty set is everybody."""

    site_ids: Collection[int] = ()
    landlord_ids: Collection[int] = ()
    priority_district_only: bool = False


def check_terms(terms: Terms) -> None:
    """The amounts its kind needs are there and make sense."""
    wrong = {
        OfferKind.PERCENT: _percent_faults,
        OfferKind.AMOUNT: _amount_faults,
        OfferKind.FIXED: _fixed_faults,
        OfferKind.GIFT: _gift_faults,
    }[terms.kind](terms)
    if wrong:
        raise OfferIncomplete(dict.fromkeys(wrong, OfferIncomplete.sentence))


def saving(terms: Terms, full_cents: int | None = None) -> Saving:
    """What one use saves, from the price before it where the cashier typed it.

    Never more than the price, never negative; half a cent is in the member's favour.
    """
    if terms.kind is OfferKind.PERCENT:
        return _percent_off(terms, full_cents)
    if terms.kind is OfferKind.AMOUNT:
        return _amount_off(terms.amount_cents or 0, full_cents)
    if terms.kind is OfferKind.FIXED:
        full = terms.public_price_cents if full_cents is None else full_cents
        return _amount_off(max(0, (full or 0) - (terms.price_cents or 0)), full)
    return Saving(full_cents, full_cents, terms.public_price_cents or 0)


def in_words(terms: Terms) -> str:
    """Its market label: "-10 %", "-5,00 €", "12,00 €", "Offert"."""
    if terms.kind is OfferKind.PERCENT:
        return f"−{terms.percent}\u00a0%"
    if terms.kind is OfferKind.AMOUNT:
        return f"−{money.show(terms.amount_cents or 0)}"
    if terms.kind is OfferKind.FIXED:
        return money.show(terms.price_cents or 0)
    return "Offert"


def period_key(period: LimitPeriod, day: date) -> str:
    """The name of the period a day of Europe/Paris falls in: "2026-11", "2026-W47", "once"."""
    if period is LimitPeriod.ONCE:
        return "once"
    if period is LimitPeriod.WEEK:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    length = {LimitPeriod.DAY: 10, LimitPeriod.MONTH: 7, LimitPeriod.YEAR: 4}[period]
    return day.isoformat()[:length]


def period_start(period: LimitPeriod, day: date) -> date:
    """The first day of the period `day` falls in."""
    if period is LimitPeriod.ONCE:
        return date.min
    if period is LimitPeriod.WEEK:
        return day - timedelta(days=day.weekday())
    if period is LimitPeriod.DAY:
        return day
    return day.replace(day=1) if period is LimitPeriod.MONTH else day.replace(month=1, day=1)


def is_for(
    target: Target, site_id: int | None, landlord_id: int | None, *, priority_district: bool
) -> bool:
    """Whether a household of this site, landlord and district is meant."""
    return (
        (not target.site_ids or site_id in target.site_ids)
        and (not target.landlord_ids or landlord_id in target.landlord_ids)
        and (priority_district or not target.priority_district_only)
    )


def _percent_off(terms: Terms, full_cents: int | None) -> Saving:
    off = terms.percent or 0
    if full_cents is None:
        return Saving(None, None, money.discount(terms.typical_cents or 0, off))
    saved = money.discount(full_cents, off)
    return Saving(full_cents, full_cents - saved, saved)


def _amount_off(off_cents: int, full_cents: int | None) -> Saving:
    if full_cents is None:
        return Saving(None, None, off_cents)
    saved = min(off_cents, full_cents)
    return Saving(full_cents, full_cents - saved, saved)


def _percent_faults(terms: Terms) -> list[str]:
    faults = [] if terms.percent is not None and 1 <= terms.percent <= 100 else ["percent"]
    return faults + _positive(terms, "typical_cents")


def _amount_faults(terms: Terms) -> list[str]:
    return _positive(terms, "amount_cents")


def _fixed_faults(terms: Terms) -> list[str]:
    if terms.price_cents is None or not 0 <= terms.price_cents <= money.MOST_CENTS:
        return ["price_cents", *_positive(terms, "public_price_cents")]
    too_low = (terms.public_price_cents or 0) <= terms.price_cents
    return ["public_price_cents"] if too_low else _positive(terms, "public_price_cents")


def _gift_faults(terms: Terms) -> list[str]:
    return _positive(terms, "public_price_cents")


def _positive(terms: Terms, field: str) -> list[str]:
    value: int | None = getattr(terms, field)
    return [] if value is not None and 0 < value <= money.MOST_CENTS else [field]
