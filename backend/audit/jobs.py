"""Nightly work."""

from backend.audit import service as audit


async def purge() -> None:
    await audit.purge()
