"""How a message goes."""

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from backend.kit.zone import PARIS, paris
from backend.people.rules import Channel

MORNING, EVENING = time(8), time(20)


class Way(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    PAPER = "paper"


RINGS = frozenset({Way.SMS, Way.PUSH})


def waking(way: Channel | Way, moment: datetime) -> datetime:
    """When a message that nobody waits for may leave: no telephone rings between 20:00 and 8:00."""
    there = paris(moment)
    if Way(way.value) not in RINGS or MORNING <= there.time() < EVENING:
        return moment
    day = there.date() if there.time() < MORNING else there.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, tzinfo=PARIS).astimezone(UTC)
