"""Sessions: use cases of signing in and out."""

from backend.kit import clock
from backend.kit.database import transaction, fetch


async def see(session_id: int) -> None:
    """Notes that a session is in use; idle limits are measured from here (SEC4)."""
    async with transaction():
        await fetch("UPDATE session SET seen_at = $2 WHERE id = $1", session_id, clock.now())
