"""A desk's door as somebody reads it who wants to go there: open until, or closed until."""

from datetime import date, datetime, time

import msgspec

from backend.kit import clock
from backend.kit.openings import Calendar


class DoorSign(msgspec.Struct, frozen=True, kw_only=True):
    """`until` is the hour at which the door opens or closes next, on `until_on`, in so many `days`.

    `reason` is why it is closed beyond the hours of the week, or "".
    """

    is_open: bool
    until: time | None
    until_on: date
    days: int
    reason: str


def door_sign(calendar: Calendar, now: datetime) -> DoorSign:
    door, today = calendar.door(now), clock.paris(now).date()
    until = None if door.until is None else clock.paris(door.until)
    until_on = today if until is None else until.date()
    return DoorSign(
        is_open=door.is_open,
        until=None if until is None else until.time(),
        until_on=until_on,
        days=(until_on - today).days,
        reason=door.reason,
    )
