"""Periodic work of lending; what people see never waits for it (L38)."""

from backend.lending import service


async def sweep() -> None:
    """Passes offers on, frees what nobody came for, and looks for units in place of late ones."""
    await service.sweep()
