"""Who can act, and what an act changed."""

from collections.abc import Mapping
from enum import StrEnum


class Actor(StrEnum):
    PERSON = "person"
    TILL = "till"
    SYSTEM = "system"


def differences(
    before: Mapping[str, object], after: Mapping[str, object]
) -> dict[str, list[object]]:
    """What was and what is, for each name whose value is another one."""
    return {
        name: [before.get(name), value]
        for name, value in after.items()
        if before.get(name) != value
    }


# What the house notes by itself for a manager to see: somebody guesses codes, sums do not agree.
ALARMS = ("till.guessing", "offer.counter_differs", "savings.differ")
