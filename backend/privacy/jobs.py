"""Nightly work."""

from backend.privacy import retention


async def retain() -> None:
    await retention.run()
