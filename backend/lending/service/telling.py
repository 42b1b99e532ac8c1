"""What tenants are told by these acts; the schedule of reminders is not ours."""

from datetime import datetime

from backend.kit.database import within
from backend.lending.policy import Model
from backend.lending.rules import LineState, Period
from backend.lending.values import LineRow
from backend.notifications import service as notifications


async def tell_offer(line: LineRow, model: Model, until: datetime) -> None:
    """A unit is free for who waited; it is held until an instant (L23)."""
    within()
    key = f"lending.offered:{line.id}:{until.isoformat()}"
    await _tell("lending.offered", key, line, name=model.name, until=until)


async def tell_cancelled(line: LineRow, model: Model, reason: str) -> None:
    """The club had to take a booking back (L32)."""
    within()
    key = f"lending.cancelled:{line.id}:{line.version}"
    await _tell("lending.cancelled", key, line, name=model.name, reason=reason)


async def tell_risk(line: LineRow, model: Model) -> None:
    """The thing is not back yet, and no other one is free (L10); once for each time."""
    within()
    key = f"lending.at_risk:{line.id}:{line.period.start.isoformat()}"
    await _tell("lending.at_risk", key, line, name=model.name)


async def tell_due(line: LineRow, model: Model, due_at: datetime) -> None:
    """A loan of the moment ends before the next booking (L29)."""
    within()
    key = f"lending.due:{line.id}:{due_at.isoformat()}"
    await _tell("lending.due", key, line, name=model.name, until=due_at)


async def tell_moved(
    line: LineRow, name: str, period: Period, cause: str, reason: str, *, undone: bool
) -> None:
    """Days close, and the booking has another time; or they open again (L18).

    Once for each booking and `cause`; `reason` is why they close.
    """
    within()
    key = f"lending.moved:{cause}:{line.booking_id}:{int(undone)}"
    await _tell(
        "lending.moved",
        key,
        line,
        name=name,
        begins=period.start,
        until=period.end,
        fetched=line.state is LineState.CHECKED_OUT,
        undone=undone,
        reason=reason,
    )


async def _tell(kind: str, key: str, line: LineRow, **values: object) -> None:
    """Nobody is told of a booking that was unlinked from its person."""
    if line.person_id is not None:
        told: dict[str, object] = {"start": line.period.start, "booking": line.booking, **values}
        await notifications.tell(kind, key, person_id=line.person_id, values=told)
