"""Stripe's double without a network: the real library and our gateway, in one process.

Thousands of steps of a state machine would spend their time in sockets otherwise.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe

from backend.billing.stripe import Stripe
from backend.sandbox.stripe.api import Asked, answer
from backend.sandbox.stripe.store import Store
from backend.sandbox.stripe.world import World
from backend.settings import Settings


class InProcess(stripe.HTTPClient):
    """What the library sends goes straight into a world."""

    name = "in process"

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, dict[str, str]]:
        parts = urlsplit(url)
        known = {name.lower(): value for name, value in headers.items()}
        given = answer(
            self.world,
            Asked(
                method=method.upper(),
                path=parts.path.rstrip("/"),
                form=post_data or parts.query,
                authorization=known.get("authorization", ""),
                key=known.get("idempotency-key"),
                version=known.get("stripe-version"),
            ),
        )
        return json.dumps(given.body).encode(), given.status, given.headers

    async def sleep_async(self, secs: float) -> None:
        """Nobody waits for a retry here."""

    async def close_async(self) -> None:
        """There is nothing to close."""


def new_world() -> World:
    return World(store=Store(), base_url="http://double")


def gateway_to(world: World, settings: Settings) -> Stripe:
    return Stripe(settings, InProcess(world))
