"""Periodic work of lending; what people see never waits for it (L38)."""

from backend.lending import service
from backend.lending.service import counting, plans, reminding


async def sweep() -> None:
    """Passes offers on, frees what nobody came for, and looks for units in place of late ones."""
    await service.sweep()


async def remind() -> None:
    """What is due to be told by its date: the eve of a pick-up, before it is due, while it is late (L36)."""
    await reminding.remind()


async def keep_months() -> None:
    """Each night, before names go: what only names can tell of months that are settled (L43)."""
    await counting.keep_months()


async def forget_loans() -> None:
    """Each night: who had what, four months after it came back, is nobody's any more (L45)."""
    await service.forget_loans()
    await service.forget_idle()


async def look_after() -> None:
    """Each morning: what is due for a check gets its ticket, what waited too long is blocked (L32)."""
    await plans.look_after()
