"""What people are told by these acts; what follows from a date is written by `reminding`."""

from collections.abc import Sequence
from enum import StrEnum

from backend.kit.database import within
from backend.lending.rules import LineState
from backend.lending.schedule import Notice
from backend.lending.service import notices
from backend.lending.values import LineRow


class Cause(StrEnum):
    """Why a booking has another time."""

    CLOSED = "closed"
    REOPENED = "reopened"
    CLUB = "club"


async def tell_offer(line: LineRow) -> None:
    """A unit is free for who waited; it is held until an instant (L23)."""
    within()
    await notices.tell(Notice.OFFERED, [line])


async def tell_booked(state: LineState, lines: Sequence[LineRow]) -> None:
    """What became of a booking: it stands, or the club is asked first."""
    within()
    asked = state is LineState.REQUESTED
    await notices.tell(Notice.REQUESTED if asked else Notice.CONFIRMED, lines)


async def tell_cancelled(lines: Sequence[LineRow], reason: str) -> None:
    """The club had to take a booking back (L32)."""
    within()
    await notices.tell(Notice.CANCELLED, lines, reason=reason)


async def tell_unanswered(lines: Sequence[LineRow]) -> None:
    """The club gave no answer, and the time that was asked for is over (L36)."""
    within()
    await notices.tell(Notice.UNANSWERED, lines)


async def tell_risk(line: LineRow) -> None:
    """The thing is not back yet, and no other one is free (L10): once for each time, and a task."""
    within()
    if line.person_id is not None:
        about = {line.id: line.period.start}
        await notices.write(Notice.AT_RISK, about)
        await notices.write(Notice.CALL_AT_RISK, about)


async def tell_due(line: LineRow) -> None:
    """A loan of the moment ends before the next booking (L29)."""
    within()
    await notices.tell(Notice.CUT, [line])


async def tell_moved(lines: Sequence[LineRow], cause: Cause, reason: str = "") -> None:
    """A booking has another time, and not by its household; `reason` is why days close (L18)."""
    within()
    await notices.tell(Notice.MOVED, lines, cause=cause.value, reason=reason)
