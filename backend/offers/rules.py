"""Words of offers."""

from enum import StrEnum


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


class LimitPeriod(StrEnum):
    ONCE = "once"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class LimitPer(StrEnum):
    HOUSEHOLD = "household"
    ADULT = "adult"
