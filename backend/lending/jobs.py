"""Periodic work of lending; what people see never waits for it (L38)."""

from backend.lending import service


async def sweep() -> None:
    """Passes offers on, frees what nobody came for, and looks for units in place of late ones."""
    await service.sweep()


async def forget_loans() -> None:
    """Each night: who had what, four months after it came back, is nobody's any more (L45)."""
    await service.forget_loans()
