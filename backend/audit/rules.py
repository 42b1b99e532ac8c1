"""Who can act."""

from enum import StrEnum


class Actor(StrEnum):
    PERSON = "person"
    TILL = "till"
    SYSTEM = "system"
