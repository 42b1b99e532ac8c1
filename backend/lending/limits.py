"""What a household and a person may have (L21), and a refusal that says all of it (L22). Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from backend.kit.zone import paris
from backend.lending import limit_errors
from backend.lending.packing import most_at_once
from backend.lending.policy import Policy
from backend.lending.rules import DONE, OPEN, STRIKES, LineState, Period
from backend.lending.times import days_of, shifted

FARTHEST = 366  # days ahead that the next possible day is looked for
TICK = timedelta(microseconds=1)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """A line that counts for a household's limits; `policy_id` is that of its resource."""

    booking: str
    name: str
    person_id: int | None
    policy_id: int
    state: LineState
    period: Period

    def told(self) -> dict[str, Any]:
        return {
            "booking": self.booking,
            "name": self.name,
            "start": self.period.start,
            "end": self.period.end,
            "state": self.state.value,
        }


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One more line that somebody wants; `now`, and how many strikes still count.

    `booking`: what it is a line of, which counts once however many lines it has.
    """

    policy: Policy
    person_id: int
    period: Period
    now: datetime
    strikes: int = 0
    booking: str = ""


Check = Callable[[Wish, Sequence[Counted]], None]


def check_limits(wish: Wish, lines: Iterable[Counted]) -> None:
    """Every limit of the policy, against the lines of the household under the same policy."""
    under = [line for line in lines if line.policy_id == wish.policy.id]
    for check in CHECKS:
        check(wish, under)


def check_holds(policy: Policy, lines: Iterable[Counted]) -> None:
    """Drafts cannot bypass quotas: so many at a time, whatever they are for (L13)."""
    held = [line for line in lines if line.state is LineState.HELD]
    if len({line.booking for line in held}) >= policy.most_holds:
        raise limit_errors.TooManyHolds(**_facts("holds", policy.most_holds, held, None))


def check_household_loans(wish: Wish, lines: Sequence[Counted]) -> None:
    mine = [line for line in lines if line.state in OPEN]
    _check_at_once(wish, mine, wish.policy.household_loans, limit_errors.HouseholdLoans)


def check_person_loans(wish: Wish, lines: Sequence[Counted]) -> None:
    mine = [line for line in lines if line.state in OPEN and line.person_id == wish.person_id]
    _check_at_once(wish, mine, wish.policy.person_loans, limit_errors.PersonLoans)


def _check_at_once(
    wish: Wish, lines: list[Counted], most: int | None, refusal: type[limit_errors.LimitReached]
) -> None:
    """A loan that is late still runs."""
    if most is None:
        return
    times = [_running(line, wish.now) for line in lines]

    def fits(period: Period) -> bool:
        return most_at_once(times, period) < most

    if not fits(wish.period):
        met = [line for line, time in zip(lines, times, strict=True) if time.overlaps(wish.period)]
        raise refusal(**_facts(refusal.slug, most, met, _first_day(wish.period, fits)))


def _running(line: Counted, now: datetime) -> Period:
    if line.state is LineState.CHECKED_OUT and line.period.end <= now:
        return Period(line.period.start, now + timedelta(days=1))
    return line.period


def check_household_bookings(wish: Wish, lines: Sequence[Counted]) -> None:
    mine = [line for line in lines if line.state in OPEN]
    _check_open(wish, mine, wish.policy.household_bookings, limit_errors.HouseholdBookings)


def check_person_bookings(wish: Wish, lines: Sequence[Counted]) -> None:
    mine = [line for line in lines if line.state in OPEN and line.person_id == wish.person_id]
    _check_open(wish, mine, wish.policy.person_bookings, limit_errors.PersonBookings)


def _check_open(
    wish: Wish, lines: list[Counted], most: int | None, refusal: type[limit_errors.LimitReached]
) -> None:
    """The first of them that is over makes room, unless none is allowed at all."""
    others = [line for line in lines if line.booking != wish.booking]
    if most is None or len({line.booking for line in others}) < most:
        return
    ends = [max(line.period.end, wish.now) for line in others]
    following = paris(min(ends)).date() if ends else None
    raise refusal(**_facts(refusal.slug, most, others, following))


def check_days(wish: Wish, lines: Sequence[Counted]) -> None:
    most, window = wish.policy.most_days, wish.policy.window_days
    if most is None:
        return
    used = [line for line in lines if line.state in OPEN | DONE]

    def fits(period: Period) -> bool:
        return _days(_fullest(used, period, window, _days)) + days_of(period) <= most

    if not fits(wish.period):
        met, first = _fullest(used, wish.period, window, _days), _first_day(wish.period, fits)
        raise limit_errors.DaysSpent(
            window=window, **_facts(limit_errors.DaysSpent.slug, most, met, first)
        )


def check_peaks(wish: Wish, lines: Sequence[Counted]) -> None:
    most, window = wish.policy.most_peaks, wish.policy.window_days
    if most is None or not is_peak(wish.policy, wish.period):
        return
    used = [
        line for line in lines if line.state in OPEN | DONE and is_peak(wish.policy, line.period)
    ]

    def fits(period: Period) -> bool:
        return len(_fullest(used, period, window, len)) < most

    if not fits(wish.period):
        met, first = _fullest(used, wish.period, window, len), _first_day(wish.period, fits)
        raise limit_errors.PeakSpent(**_facts(limit_errors.PeakSpent.slug, most, met, first))


def check_advance(wish: Wish, _lines: Sequence[Counted]) -> None:
    """Two strikes bring the horizon nearer; a loan of today is never out of reach (L25)."""
    struck = wish.strikes >= STRIKES
    usual, short = wish.policy.advance_days, wish.policy.strike_advance_days
    most = usual if not struck else short if usual is None else min(usual, short)
    if most is None:
        return
    start = paris(wish.period.start).date()
    if start > paris(wish.now).date() + timedelta(days=most):
        refusal = limit_errors.TooFarAfterStrikes if struck else limit_errors.TooFarAhead
        raise refusal(**_facts(refusal.slug, most, [], start - timedelta(days=most)))


CHECKS: tuple[Check, ...] = (
    check_advance,
    check_household_loans,
    check_person_loans,
    check_household_bookings,
    check_person_bookings,
    check_days,
    check_peaks,
)


def is_peak(policy: Policy, period: Period) -> bool:
    """It begins in an hour that everybody wants."""
    wall = paris(period.start)
    late = policy.peak_from is None or wall.time() >= policy.peak_from
    return wall.weekday() in policy.peak_weekdays and late


def _days(lines: Iterable[Counted]) -> int:
    return sum(days_of(line.period) for line in lines)


def _fullest(
    lines: Sequence[Counted],
    period: Period,
    days: int,
    weigh: Callable[[list[Counted]], int],
) -> list[Counted]:
    """What counts most in so many days on end that have this time in them (L21).

    They begin as early as they can, or just as a line is still in them at their end.
    """
    reach = timedelta(days=days)
    earliest = period.end - reach
    others = (line.period.start - reach + TICK for line in lines)
    begins = [earliest, *(begin for begin in others if earliest < begin <= period.start)]
    windows = (Period(begin, begin + reach) for begin in begins)
    return max(([line for line in lines if line.period.overlaps(w)] for w in windows), key=weigh)


def _first_day(period: Period, fits: Callable[[Period], bool]) -> date | None:
    """The first later day at which the same wish would pass."""
    return next(
        (
            paris(moved.start).date()
            for moved in (shifted(period, n) for n in range(1, FARTHEST + 1))
            if fits(moved)
        ),
        None,
    )


def _facts(
    rule: str, most: int, counted: Iterable[Counted], next_on: date | None
) -> dict[str, Any]:
    return {
        "rule": rule,
        "most": most,
        "counted": [line.told() for line in counted],
        "next_on": next_on,
    }
