"""The clock's part: it may run late or twice."""

from backend.skills.service import closing, reminding


async def remind() -> None:
    await reminding.remind()


async def close() -> None:
    await closing.close_unanswered()
