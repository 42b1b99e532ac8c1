"""How a message goes."""

from enum import StrEnum


class Way(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    PAPER = "paper"
