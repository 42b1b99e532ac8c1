"""Sessions and seats as pages read them."""

from backend.activities.queries.agenda import (
    Choices,
    Session,
    agenda,
    choices,
    get_session,
    others_of,
    stamp,
)
from backend.activities.queries.arriving import Expected, expected
from backend.activities.queries.choosing import Named, leaders, plain, rooms, sites
from backend.activities.queries.lists import Guest, guests, led, running
from backend.activities.queries.mine import (
    Companion,
    MySeat,
    Near,
    family,
    is_leader,
    led_by,
    may_meet,
    near,
    seats_of,
)

__all__ = [
    "Choices",
    "Companion",
    "Expected",
    "Guest",
    "MySeat",
    "Named",
    "Near",
    "Session",
    "agenda",
    "choices",
    "expected",
    "family",
    "get_session",
    "guests",
    "is_leader",
    "leaders",
    "led",
    "led_by",
    "may_meet",
    "near",
    "others_of",
    "plain",
    "rooms",
    "running",
    "seats_of",
    "sites",
    "stamp",
]
