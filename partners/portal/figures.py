"""A partner's period in figures: what was sold, given off, who came back, what a use cost (V34)."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from backend.kit import clock, formats
from backend.merchants import contracts
from backend.vouchers.regulars import FEWEST, Told
from backend.vouchers.savings import Brought
from backend.vouchers.statement import Month, cost_per_use
from partners.portal import periods
from partners.portal.periods import Period


class Counted(StrEnum):
    """What can be said of members who came back."""

    MONTH = "month"  # of a month that is over
    YEAR = "year"  # from January to the end of the month `through`
    BEFORE = "before"  # of the month `through`, since this one goes on
    WAITS = "waits"  # the month goes on, or was not counted yet
    NEVER = "never"  # of such days nobody is counted


class Back(msgspec.Struct, frozen=True):
    """`people` None: too few to be told, fewer than `fewest`."""

    counted: Counted
    people: int | None = None
    through: str = ""
    fewest: int = FEWEST


class Cost(msgspec.Struct, frozen=True):
    """`fee_cents` a year, None without a contract; `each_cents` a use, None without one."""

    fee_cents: int | None
    each_cents: int | None


def back(period: Period, months: Sequence[Told]) -> Back:
    if period.word == periods.YEAR or _is_year(period):
        return _year(months)
    if period.word == periods.MONTH or _is_month(period):
        return _month(period, months)
    return Back(Counted.NEVER)


def last_month(months: Sequence[Month]) -> Back:
    """Of the month before this one."""
    before = months[-2]
    through = formats.month(before.first)
    return Back(Counted.BEFORE if before.closed else Counted.WAITS, before.came_back, through)


def cost(fee_cents: int | None, period: Period, total: Brought) -> Cost:
    """The days to come have cost nothing yet."""
    if fee_cents is None:
        return Cost(None, None)
    last = max(period.since, min(period.until, clock.today()))
    return Cost(fee_cents, cost_per_use(fee_cents, period.since, last, total.uses))


async def fee(partner_id: int) -> int | None:
    """The dues of the contract that holds today, cents a year; None without one."""
    contract = await contracts.in_force(partner_id, clock.today())
    return None if contract is None else contract.dues_cents


def _month(period: Period, months: Sequence[Told]) -> Back:
    of = next((each for each in months if each.month == period.since), None)
    return Back(Counted.WAITS) if of is None else Back(Counted.MONTH, of.came_back)


def _year(months: Sequence[Told]) -> Back:
    """The last figure that may be told; a month that would tell of too few is joined with the next."""
    if not months:
        return Back(Counted.WAITS)
    last = next((each for each in reversed(months) if each.came_back_year is not None), months[-1])
    return Back(Counted.YEAR, last.came_back_year, formats.month(last.month))


def _is_month(period: Period) -> bool:
    following = (period.since + timedelta(days=31)).replace(day=1)
    return period.since.day == 1 and period.until == following - timedelta(days=1)


def _is_year(period: Period) -> bool:
    first, last = date(period.since.year, 1, 1), date(period.since.year, 12, 31)
    return (period.since, period.until) == (first, last)
