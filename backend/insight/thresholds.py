"""From when on uses are worth a look (V36): each bound has its name, and none of them punishes.

They are wide on purpose: a bakery on a Sunday morning is no fraud. Who changes one changes what the
office sees the next morning, nothing else.
"""

from datetime import timedelta
from enum import StrEnum


class SignalKind(StrEnum):
    TRAVEL = "travel"  # one person, two shops, faster than a car
    BURST = "burst"  # many uses at one till in little time
    TYPED = "typed"  # a till whose codes are mostly typed
    OFFLINE = "offline"  # a till that is mostly without a network
    UNDONE = "undone"  # a till that undoes much of what it does
    CLOSED = "closed"  # uses while the shop is closed
    TOGETHER = (
        "together"  # many households at one till in a minute: one phone that shows many codes?
    )
    SELF = "self"  # who speaks for the shop, or their household, uses its offers there


WINDOW = timedelta(days=30)  # what is looked at each night
TRAVEL_KM, TRAVEL_KMH = 3, 130
BURST_USES, BURST_FOR = 8, timedelta(minutes=2)
RATE_USES = 20  # a share of fewer uses says nothing
TYPED_SHARE, OFFLINE_SHARE, UNDONE_SHARE = 60, 60, 15  # of a hundred
CLOSED_USES, CLOSED_MARGIN = 3, timedelta(minutes=30)
TOGETHER_HOUSEHOLDS, TOGETHER_FOR = 5, timedelta(minutes=1)
SELF_USES = 3
MOST_SHOWN = 50  # uses that a signal names
