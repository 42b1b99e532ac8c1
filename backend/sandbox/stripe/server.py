"""Serving the double: the same for the program and for tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server

from backend.sandbox.stripe.app import create_double
from backend.sandbox.stripe.store import load
from backend.sandbox.stripe.world import World

READY_TRIES = 400


@dataclass(frozen=True)
class Settings:
    port: int
    base_url: str
    host: str = "127.0.0.1"
    webhook_url: str = ""
    webhook_secrets: list[str] = field(default_factory=list)
    state: Path | None = None


@asynccontextmanager
async def serve(settings: Settings) -> AsyncIterator[World]:
    """Answering when entered; everything saved and the port free when left."""
    world = World(
        store=load(settings.state),
        base_url=settings.base_url,
        webhook_url=settings.webhook_url,
        webhook_secrets=settings.webhook_secrets,
    )
    server = Server(
        create_double(world),
        settings.host,
        settings.port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        websockets=False,
    )
    serving = asyncio.create_task(server.serve())
    try:
        await _ready(f"http://127.0.0.1:{settings.port}", serving)
        yield world
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        await serving


async def _ready(url: str, serving: asyncio.Task[None]) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(READY_TRIES):
            if serving.done():
                break
            try:
                (await client.get(f"{url}/_double/health")).raise_for_status()
            except httpx.TransportError:
                await asyncio.sleep(0.02)
            else:
                return
    raise RuntimeError(f"The Stripe double does not answer at {url}: is the port taken?")
