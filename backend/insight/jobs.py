"""What workers do for insight."""

from backend.insight import signals


async def look() -> None:
    """V36: each night, what is worth a look in the uses of the last month."""
    await signals.look()
