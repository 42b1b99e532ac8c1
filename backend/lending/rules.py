"""The states of a line, the only moves between them, and what follows from rows and an instant.

A line is one unit's time for one household; times run from an instant to before another.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from backend.lending.errors import (
    CaptureTooLate,
    MoveRefused,
    NothingToUndo,
    PiecesUnknown,
    ReasonNeeded,
    RulesNotAccepted,
    TooManyPeople,
    UndoTooLateHere,
)

UNDO_WITHIN = timedelta(minutes=15)  # L31
RISK_LEAD = timedelta(hours=24)  # L10: so long before, a line on a late unit looks for another one
STRIKE_FOR = timedelta(days=90)  # L25: a strike is forgotten after it
STRIKES = 2
SHORTEST_REASON, LONGEST_REASON = 3, 200
HOLD_MINUTES, MOST_HOLDS = 10, 2  # L13
# L34: Stripe lets a hold be captured for 7 days, for 5 where the club asked by itself (Visa).
CAPTURE_WITHIN, CAPTURE_WITHIN_OURS = timedelta(days=7), timedelta(days=5)
LONGEST_UNDER_HOLD = timedelta(days=6)
APPROVE_ABOVE = 5_000  # cents: a damage above it is owed once two of the staff agree (L35)
FAR = datetime(9000, 1, 1, tzinfo=UTC)  # until somebody says when


class LineState(StrEnum):
    """What is stored (L2). Overdue, at risk and partially returned follow from data (L38)."""

    HELD = "held"
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    READY = "ready"
    CHECKED_OUT = "checked_out"
    RETURNED = "returned"
    CLOSED = "closed"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    EXPIRED = "expired"
    REJECTED = "rejected"
    CANCELLED_BY_TENANT = "cancelled_by_tenant"
    CANCELLED_BY_STAFF = "cancelled_by_staff"
    NO_SHOW = "no_show"
    LOST = "lost"
    BLOCKED = "blocked"  # of a ticket: maintenance or a blackout; it never moves


S = LineState


class Verb(StrEnum):
    """Why a line moves."""

    CONFIRM = "confirm"
    REQUEST = "request"
    APPROVE = "approve"
    REJECT = "reject"
    EXPIRE = "expire"
    CANCEL = "cancel"
    CANCEL_BY_STAFF = "cancel_by_staff"
    PREPARE = "prepare"
    PUT_BACK = "put_back"
    HAND_OVER = "hand_over"
    UNDO_HAND_OVER = "undo_hand_over"
    TAKE_BACK = "take_back"
    UNDO_TAKE_BACK = "undo_take_back"
    INSPECT = "inspect"
    MISS = "miss"
    LOSE = "lose"
    FIND = "find"
    WRITE_OFF = "write_off"
    UNDO_WRITE_OFF = "undo_write_off"
    OFFER = "offer"
    SKIP = "skip"
    RESTORE = "restore"


_UNUSED = frozenset({S.HELD, S.REQUESTED, S.CONFIRMED, S.READY, S.WAITLISTED, S.OFFERED})

# Verb -> the states it starts from, and the one it leads to. Nothing else moves a line (L3).
MOVES: dict[Verb, tuple[frozenset[LineState], LineState]] = {
    Verb.CONFIRM: (frozenset({S.HELD, S.OFFERED}), S.CONFIRMED),
    Verb.REQUEST: (frozenset({S.HELD, S.OFFERED}), S.REQUESTED),
    Verb.APPROVE: (frozenset({S.REQUESTED}), S.CONFIRMED),
    Verb.REJECT: (frozenset({S.REQUESTED}), S.REJECTED),
    Verb.EXPIRE: (frozenset({S.HELD, S.OFFERED, S.WAITLISTED}), S.EXPIRED),
    Verb.CANCEL: (_UNUSED, S.CANCELLED_BY_TENANT),
    Verb.CANCEL_BY_STAFF: (_UNUSED, S.CANCELLED_BY_STAFF),
    Verb.PREPARE: (frozenset({S.CONFIRMED}), S.READY),
    Verb.PUT_BACK: (frozenset({S.READY}), S.CONFIRMED),
    Verb.HAND_OVER: (frozenset({S.CONFIRMED, S.READY}), S.CHECKED_OUT),
    Verb.UNDO_HAND_OVER: (frozenset({S.CHECKED_OUT}), S.READY),
    Verb.TAKE_BACK: (frozenset({S.CHECKED_OUT}), S.RETURNED),
    Verb.UNDO_TAKE_BACK: (frozenset({S.RETURNED, S.CLOSED}), S.CHECKED_OUT),
    Verb.INSPECT: (frozenset({S.RETURNED}), S.CLOSED),
    Verb.MISS: (frozenset({S.CONFIRMED, S.READY}), S.NO_SHOW),
    Verb.LOSE: (frozenset({S.CHECKED_OUT}), S.LOST),
    Verb.FIND: (frozenset({S.LOST}), S.RETURNED),
    Verb.WRITE_OFF: (frozenset({S.LOST}), S.CLOSED),
    Verb.UNDO_WRITE_OFF: (frozenset({S.CLOSED}), S.LOST),
    Verb.OFFER: (frozenset({S.WAITLISTED}), S.OFFERED),
    Verb.SKIP: (frozenset({S.OFFERED}), S.WAITLISTED),
    Verb.RESTORE: (
        frozenset({S.CANCELLED_BY_TENANT, S.CANCELLED_BY_STAFF, S.REJECTED, S.NO_SHOW}),
        S.CONFIRMED,
    ),
}
# The same as pairs: what the database lets through too.
PAIRS = frozenset((before, after) for starts, after in MOVES.values() for before in starts)
# Those that take a unit's time (L5), with a ticket's.
BLOCKING = (S.HELD, S.OFFERED, S.REQUESTED, S.CONFIRMED, S.READY, S.CHECKED_OUT, S.BLOCKED)
# Before `ready` a line may get another unit, so that one more fits (L8).
MOVABLE = frozenset({S.HELD, S.OFFERED, S.REQUESTED, S.CONFIRMED})
# What a household has open: it counts for its limits (L21).
OPEN = frozenset({S.HELD, S.OFFERED, S.REQUESTED, S.CONFIRMED, S.READY, S.CHECKED_OUT})
BOOKED = frozenset({S.REQUESTED, S.CONFIRMED, S.READY})
DONE = frozenset({S.RETURNED, S.CLOSED})
# What was in somebody's hands, and may have broken there.
WENT_OUT = frozenset({S.CHECKED_OUT, S.RETURNED, S.CLOSED, S.LOST})
LAPSING = frozenset({S.HELD, S.OFFERED})
BLOCKING_SQL = ", ".join(f"'{state}'" for state in BLOCKING)
BOOKED_SQL = ", ".join(f"'{state}'" for state in sorted(BOOKED))


class SlotMode(StrEnum):
    """Whole days between two openings, or hours on a grid."""

    DAYS = "days"
    HOURS = "hours"


class DueRule(StrEnum):
    """What becomes of a due time on a closed day (L17)."""

    KEEP = "keep"
    NEXT_OPENING = "next_opening"
    OPEN_DAYS = "open_days"


class DepositMode(StrEnum):
    NONE = "none"
    CARD_IMPRINT = "card_imprint"
    AUTHORISATION = "authorisation"
    CASH_NOTE = "cash_note"


class PriceUnit(StrEnum):
    """What the price of a loan is for."""

    LOAN = "loan"
    DAY = "day"
    HOUR = "hour"


class DebtKind(StrEnum):
    """Why a household owes something for a loan: its price, its delay, a damage."""

    FEE = "fee"
    FINE = "fine"
    DAMAGE = "damage"


class EntryKind(StrEnum):
    """What an entry of the ledger says (L35); `owing.OWED` and `owing.HELD` say which way it counts."""

    FEE = "fee"
    FINE = "fine"
    DAMAGE = "damage"
    PAYMENT = "payment"
    REFUND = "refund"
    WAIVER = "waiver"
    DEPOSIT_HELD = "deposit_held"
    DEPOSIT_RELEASED = "deposit_released"
    DEPOSIT_KEPT = "deposit_kept"


class DepositWay(StrEnum):
    """How a deposit is held: notes in the drawer, a cheque in the box, a card, money held on it."""

    CASH = "cash"
    CHEQUE = "cheque"
    CARD = "card"
    HOLD = "hold"


class Channel(StrEnum):
    """How a booking came."""

    ONLINE = "online"
    DESK = "desk"
    WALK_IN = "walk_in"
    WAITLIST = "waitlist"
    IMPORT = "import"


class Outcome(StrEnum):
    """How a thing came back (L31), or that it never did."""

    FINE = "fine"
    DIRTY = "dirty"
    PART_MISSING = "part_missing"
    DAMAGED = "damaged"
    NOT_WORKING = "not_working"
    LOST = "lost"  # written off: nobody says it of a return


# With these the next tenant cannot have it.
BLOCKING_OUTCOMES = frozenset({Outcome.DIRTY, Outcome.DAMAGED, Outcome.NOT_WORKING})


class TicketKind(StrEnum):
    REPAIR = "repair"
    CLEANING = "cleaning"
    PARTS = "parts"
    BLACKOUT = "blackout"
    LOSS = "loss"
    CHECK = "check"  # what a plan asks for


TICKET_OF = {
    Outcome.DIRTY: TicketKind.CLEANING,
    Outcome.PART_MISSING: TicketKind.PARTS,
    Outcome.DAMAGED: TicketKind.REPAIR,
    Outcome.NOT_WORKING: TicketKind.REPAIR,
}


class StrikeKind(StrEnum):
    NO_SHOW = "no_show"
    LATE_CANCEL = "late_cancel"


class Priority(StrEnum):
    """The classes of the waiting list; the first is served first (L23)."""

    FIRST = "first"
    USUAL = "usual"


class VisitKind(StrEnum):
    """Why somebody comes to the desk at a chosen time (L19)."""

    PICKUP = "pickup"
    RETURN = "return"


class BulkKind(StrEnum):
    """What the office does to many units or loans at once (L44)."""

    SHELF = "shelf"
    SITE = "site"
    RETIRE = "retire"
    RELABEL = "relabel"
    EXTEND = "extend"
    MESSAGE = "message"


class ListKind(StrEnum):
    """What a CSV brings (L44)."""

    ITEMS = "items"
    COPIES = "copies"
    CLOSURES = "closures"
    MEMBERS = "members"


class Period(msgspec.Struct, frozen=True, order=True):
    """From an instant to before another."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def overlaps(self, other: "Period") -> bool:
        return self.start < other.end and other.start < self.end

    def widened(self, before: timedelta, after: timedelta) -> "Period":
        """With its buffers (L20)."""
        return Period(self.start - before, self.end + after)


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it shows at an instant: its stored state, and what follows from dates (L38)."""

    state: LineState
    overdue: bool
    at_risk: bool


def after(before: LineState, verb: Verb) -> LineState:
    """The state a verb leads to. Raises MoveRefused for every other move (L3)."""
    starts, end = MOVES[verb]
    if before not in starts:
        raise MoveRefused(verb=verb.value, state=before.value)
    return end


def shown_state(state: LineState, lapses_at: datetime | None, now: datetime) -> LineState:
    """A hold or an offer past its time is over, whether somebody wrote it down or not (L38)."""
    if state in LAPSING and lapses_at is not None and now >= lapses_at:
        return S.EXPIRED
    return state


def is_overdue(state: LineState, period: Period, now: datetime) -> bool:
    """Due times are inclusive until closing: late begins after it (L17, L38)."""
    return state is S.CHECKED_OUT and now >= period.end


def is_at_risk(
    state: LineState, period: Period, unit_due_at: datetime | None, now: datetime
) -> bool:
    """Its unit is still out, or not looked at, past the time when it was due (L10).

    `unit_due_at`: when the one who has it must give it back; None when it is on the shelf.
    """
    waiting = state in BOOKED | {S.OFFERED}
    return waiting and unit_due_at is not None and now >= unit_due_at and now < period.end


def is_partially_returned(states: Iterable[LineState]) -> bool:
    """Some of what went out together is back, and some is not."""
    kinds = {state for state in states if state in DONE | {S.CHECKED_OUT, S.LOST}}
    return bool(kinds & DONE) and bool(kinds - DONE)


def strikes_left(strikes: Iterable[datetime], now: datetime) -> int:
    """Those that still count (L25)."""
    return sum(at + STRIKE_FOR > now for at in strikes)


def is_short_notice(state: LineState, start: datetime, notice_minutes: int, now: datetime) -> bool:
    """So near its beginning that nobody else can plan with its time any more (L25)."""
    return state in BOOKED and now > start - timedelta(minutes=notice_minutes)


def check_reason(reason: str) -> str:
    """Raises ReasonNeeded; gives it without stray spaces."""
    said = " ".join(reason.split())
    if not SHORTEST_REASON <= len(said) <= LONGEST_REASON:
        raise ReasonNeeded
    return said


def check_accepted(rules_text: str, *, accepted: bool) -> None:
    """House rules are read before, not after (L39)."""
    if rules_text and not accepted:
        raise RulesNotAccepted


def check_people(people: int | None, capacity: int | None) -> None:
    if people is not None and capacity is not None and people > capacity:
        raise TooManyPeople(most=capacity)


def check_pieces(missing: Iterable[str], known: Iterable[str]) -> None:
    """Only what the checklist names can be missing (L30)."""
    unknown = sorted(set(missing) - set(known))
    if unknown:
        raise PiecesUnknown(names=", ".join(unknown))


def check_undo(done_at: datetime | None, now: datetime) -> None:
    """An act of the desk, within 15 minutes (L31). Raises NothingToUndo or UndoTooLateHere."""
    if done_at is None:
        raise NothingToUndo
    if now >= done_at + UNDO_WITHIN:
        raise UndoTooLateHere


def deposit_way(mode: DepositMode, loan: timedelta) -> DepositMode:
    """A hold is placed for loans under 6 days only; longer ones use a saved card (L34)."""
    if mode is DepositMode.AUTHORISATION and loan >= LONGEST_UNDER_HOLD:
        return DepositMode.CARD_IMPRINT
    return mode


def capture_before(held_at: datetime, *, ours: bool) -> datetime:
    """Until when a hold can be captured; `ours`: asked for without the tenant at the terminal."""
    return held_at + (CAPTURE_WITHIN_OURS if ours else CAPTURE_WITHIN)


def check_capture(held_at: datetime, due_at: datetime, *, ours: bool) -> None:
    """A hold that ends before the thing is due back protects nothing (L34)."""
    if due_at > capture_before(held_at, ours=ours):
        raise CaptureTooLate(before=capture_before(held_at, ours=ours))
