"""Nightly work."""

from backend.identity import service as identity


async def purge() -> None:
    await identity.purge()
