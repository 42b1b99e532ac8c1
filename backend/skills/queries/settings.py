"""How this club runs its exchange."""

import msgspec

from backend.kit.database import fetch_one_as


class Settings(msgspec.Struct, frozen=True):
    """`hours`: whether done exchanges may carry some; the limits are minutes of one account (X7)."""

    listed_days: int = 60  # X2
    hours: bool = False
    warn_minutes: int = 600
    most_minutes: int = 1200


async def settings() -> Settings:
    """The club's own, or the usual ones where it never said."""
    return await fetch_one_as(Settings, SETTINGS) or Settings()


SETTINGS = "SELECT listed_days, hours, warn_minutes, most_minutes FROM skill_setting"
