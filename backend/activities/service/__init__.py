"""Use cases of activities: one public verb is one transaction."""

from backend.activities.service import ending
from backend.activities.service.attending import Arrived, check_in, mark
from backend.activities.service.changing import Change, Changed, cancel, change, look_at_change
from backend.activities.service.keeping import remind, sweep
from backend.activities.service.making import Made, look_at, make
from backend.activities.service.seats import Left, Taken, leave, leave_for, register, take

__all__ = [
    "Arrived",
    "Change",
    "Changed",
    "Left",
    "Made",
    "Taken",
    "cancel",
    "change",
    "check_in",
    "ending",
    "leave",
    "leave_for",
    "look_at",
    "look_at_change",
    "make",
    "mark",
    "register",
    "remind",
    "sweep",
    "take",
]
