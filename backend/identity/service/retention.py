"""What has had its time goes: codes after a day, ended sessions after a year (SEC13)."""

from datetime import timedelta

from backend.identity.rules import LIFETIMES
from backend.kit import clock
from backend.kit.database import fetch, transaction

CODES_FOR = timedelta(days=2)
SESSIONS_FOR = timedelta(days=365)


async def purge() -> None:
    """Codes hold an address each; the record in audit keeps that one was asked for."""
    moment = clock.now()
    longest = max(lifetime.absolute for lifetime in LIFETIMES.values())
    async with transaction():
        await fetch("DELETE FROM sign_in_code WHERE expires_at < $1", moment - CODES_FOR)
        await fetch(
            "DELETE FROM session WHERE revoked_at < $1 OR created_at < $2",
            moment - SESSIONS_FOR,
            moment - SESSIONS_FOR - longest,
        )
