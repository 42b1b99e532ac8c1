"""What may become of an order, and until when one may be made: pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType

import msgspec

from backend.kit.zone import at_wall_time

WEEK = timedelta(days=7)
AHEAD = timedelta(weeks=10)  # how far the next delivery is looked for, past closures
UNDO = timedelta(minutes=15)
STUCK = timedelta(minutes=30)  # a list that has not left by then stands out at the counter
REMIND_DAYS, UNCLAIMED_DAYS, FORGET_DAYS = 7, 30, 30
BACK_WITHIN = timedelta(days=60)  # what goes to a partner is back by then
LINK_DAYS = 14  # how long a partner's link opens after the delivery
MOST_LINES, MOST_COUNT = 30, 99
MOST_ALONE = 20  # open orders of one household, but for what the counter notes
LONGEST_WORDS, LONGEST_SHELF = 200, 20


class PayAt(StrEnum):
    """When the money of a service is asked for."""

    ORDER = "order"
    COLLECTION = "collection"
    EITHER = "either"
    NOTHING = "nothing"


class TicketState(StrEnum):
    ORDERED = "ordered"
    CONFIRMED = "confirmed"
    WITH_PARTNER = "with_partner"
    READY = "ready"
    COLLECTED = "collected"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


class Channel(StrEnum):
    ONLINE = "online"
    DESK = "desk"


class Verb(StrEnum):
    CONFIRM = "confirm"
    SEND = "send"
    MAKE_READY = "make_ready"
    SEND_AGAIN = "send_again"
    COLLECT = "collect"
    UNDO = "undo"
    CANCEL = "cancel"
    REFUND = "refund"


S = TicketState
OPEN = (S.ORDERED, S.CONFIRMED, S.WITH_PARTNER, S.READY)
TO_COME = (S.ORDERED, S.CONFIRMED, S.WITH_PARTNER)
LISTED = (S.CONFIRMED, S.WITH_PARTNER, S.READY, S.COLLECTED)  # what a round is of
# The whole table (S2): from where each verb starts, and where it ends.
MOVES: Mapping[Verb, tuple[tuple[TicketState, ...], TicketState]] = MappingProxyType(
    {
        Verb.CONFIRM: ((S.ORDERED,), S.CONFIRMED),
        Verb.SEND: ((S.CONFIRMED,), S.WITH_PARTNER),
        Verb.MAKE_READY: ((S.CONFIRMED, S.WITH_PARTNER), S.READY),
        Verb.SEND_AGAIN: ((S.READY,), S.WITH_PARTNER),
        Verb.COLLECT: ((S.READY,), S.COLLECTED),
        Verb.UNDO: ((S.COLLECTED,), S.READY),
        Verb.CANCEL: (OPEN, S.CANCELLED),
        Verb.REFUND: ((S.CANCELLED, S.COLLECTED), S.REFUNDED),
    }
)


class Schedule(msgspec.Struct, frozen=True):
    """Delivered on a weekday (0 is Monday), ordered until a weekday and an hour before it."""

    delivery: int
    cutoff_day: int
    cutoff_at: time

    def cutoff(self, delivered_on: date) -> datetime:
        """The last instant to order for that day; a cut-off on the same weekday is of the week before."""
        back = (delivered_on.weekday() - self.cutoff_day) % 7 or 7
        return at_wall_time(delivered_on - timedelta(days=back), self.cutoff_at)


class Delivery(msgspec.Struct, frozen=True):
    """A day to order for, and until when; `usual_on` is its day by the week, wherever it was put off to."""

    on: date
    cutoff_at: datetime
    usual_on: date


class Made(msgspec.Struct, frozen=True):
    """A round that somebody ordered for already; `gone`: it takes nobody any more."""

    site: int
    on: date
    cutoff_at: datetime
    gone: bool


def deliveries(
    schedule: Schedule,
    at: datetime,
    today: date,
    is_open: Callable[[date], bool],
    made: Sequence[Made] = (),
) -> Iterator[Delivery]:
    """What one may still order for, soonest first; nothing that would come to a closed door."""
    usual = today + timedelta(days=(schedule.delivery - today.weekday()) % 7)
    while usual <= today + AHEAD:
        round_ = _stands(usual, schedule.cutoff(usual), made)
        cutoff_at = schedule.cutoff(usual) if round_ is None else round_.cutoff_at
        on = usual if round_ is None else round_.on
        gone = round_ is not None and round_.gone
        if at < cutoff_at and not gone and is_open(on):
            yield Delivery(on, cutoff_at, usual)
        usual += WEEK


def _stands(usual_on: date, cutoff_at: datetime, made: Sequence[Made]) -> Made | None:
    """The one of this cut-off, whatever day it was put off to; else the one of this day."""
    of_cutoff = (each for each in made if each.cutoff_at == cutoff_at)
    return next(of_cutoff, next((each for each in made if each.on == usual_on), None))


def next_day(due_on: date, today: date, may_come: Callable[[date], bool]) -> date | None:
    """Where a delivery goes whose day is closed: less than a week from it."""
    days = (due_on + timedelta(days=n) for n in range(1, 7))
    return next((day for day in days if day >= today and may_come(day)), None)


def may_move(state: TicketState, verb: Verb) -> bool:
    return state in MOVES[verb][0]


def may_cancel_alone(state: TicketState, cutoff_at: datetime | None, at: datetime) -> bool:
    """A member, by themselves: before the cut-off, and while nothing is with the partner."""
    early = state in {S.ORDERED, S.CONFIRMED}
    return early and (cutoff_at is None or at < cutoff_at)


def pays_first(pay_at: PayAt, *, wished: bool, cents: int) -> bool:
    """Whether an order waits for its money before it stands."""
    return cents > 0 and (pay_at is PayAt.ORDER or (pay_at is PayAt.EITHER and wished))


def tidy(words: str, most: int = LONGEST_WORDS) -> str:
    """What somebody typed in a field of one line, so long at most."""
    return " ".join(words.split())[:most]
