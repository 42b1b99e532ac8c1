"""What verbs are asked with and what they answer; values only."""

from datetime import datetime

import msgspec

from backend.audit.service import By
from backend.lending.rules import Channel, LineState, Outcome, Period


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and how: the key of this act, and the version of the booking on their page (L12).

    `household_id` is the member's own; staff leave it None and may touch every booking. `override`
    is the reason why staff go past a limit (L22).
    """

    by: By
    key: str
    household_id: int | None = None
    version: int | None = None
    override: str = ""

    @property
    def is_staff(self) -> bool:
        return self.household_id is None

    @property
    def scope(self) -> str:
        return f"lending:{self.by.actor.value}:{self.by.id or 0}"


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """A time that somebody wants of a resource, `count` times; `people` come with them to a room.

    `unit` is the code of the very unit, which only staff may ask for.
    """

    resource: str
    period: Period
    count: int = 1
    people: int | None = None
    unit: str = ""


class For(msgspec.Struct, frozen=True):
    """For whom a booking is made."""

    household_id: int
    person_id: int


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """A booking after an act on it: where it is, and the version the next page carries."""

    booking: str
    version: int
    state: LineState
    lapses_at: datetime | None = None
    lines: tuple[int, ...] = ()


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What was handed over or taken back. `cut_short`: due before the usual time (L29)."""

    booking: str
    version: int
    line: int
    unit: str
    state: LineState
    due_at: datetime
    cut_short: bool = False
    ticket: str | None = None


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk saw when it gave a thing: ticked lines, kilometres, charge (L30, L39).

    `at` back-dates it, with a reason (L31). `anyway`: also when it lies ready for somebody else.
    """

    at: datetime | None = None
    reason: str = ""
    ticked: tuple[str, ...] = ()
    photos: tuple[int, ...] = ()
    kilometres: int | None = None
    charge: int | None = None
    anyway: bool = False


class Back(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk saw when a thing came back. `later`: it is looked at later, off the shelf (L30)."""

    outcome: Outcome = Outcome.FINE
    later: bool = False
    missing: tuple[str, ...] = ()
    note: str = ""
    at: datetime | None = None
    reason: str = ""
    photos: tuple[int, ...] = ()
    kilometres: int | None = None
    charge: int | None = None


class Replanned(msgspec.Struct, frozen=True, kw_only=True):
    """What a ticket did to the bookings it met, by public id: moved, cancelled, or left to staff."""

    ticket: str
    swapped: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class LineRow(msgspec.Struct, frozen=True, kw_only=True):
    """A stored line with what its booking says, as the verbs read it under lock."""

    id: int
    booking_id: int | None
    booking: str | None
    channel: Channel | None
    version: int | None
    household_id: int | None
    person_id: int | None
    ticket_id: int | None
    resource_id: int
    unit_id: int | None
    period: Period
    state: LineState
    lapses_at: datetime | None
    extended: bool
    renewed: int
    people: int | None
