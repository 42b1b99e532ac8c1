"""/_double/: what a test or a demo commands about calls, failures and deliveries. JSON both ways."""

from collections import Counter
from dataclasses import asdict
from typing import Literal

import httpx
import msgspec
from litestar import Controller, delete, get, post, put
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery, JSONBody

from backend.sandbox.stripe import API_VERSION, delivery
from backend.sandbox.stripe.errors import missing
from backend.sandbox.stripe.guards import only_from_here
from backend.sandbox.stripe.mishaps import Count, Failure, Mishaps
from backend.sandbox.stripe.sources import Obj, token
from backend.sandbox.stripe.store import Store
from backend.sandbox.stripe.world import World


class Webhook(msgspec.Struct, forbid_unknown_fields=True):
    """Where events go, and the secrets they are signed with (several while they are changed)."""

    url: str
    secrets: list[str]


class Redelivery(msgspec.Struct, forbid_unknown_fields=True):
    event: str
    copies: Count = 1


class Flush(msgspec.Struct, forbid_unknown_fields=True):
    order: Literal["oldest", "newest", "shuffled"] = "oldest"


class Control(Controller):
    path = "/_double"
    guards = [only_from_here]

    @get("/health")
    async def health(self) -> Obj:
        return {"ok": True, "api_version": API_VERSION}

    @get("/calls")
    async def calls(self, state: State) -> Obj:
        world: World = state.world
        return {
            "calls": [asdict(call) for call in world.calls],
            "by_path": Counter(f"{call.method} {call.path}" for call in world.calls),
            "by_key": Counter(call.key for call in world.calls if call.key),
        }

    @delete("/calls")
    async def forget_calls(self, state: State) -> None:
        state.world.calls.clear()

    @post("/failures")
    async def plan_failure(self, state: State, data: JSONBody[Failure]) -> Failure:
        state.world.failures.append(data)
        return data

    @delete("/failures")
    async def forget_failures(self, state: State) -> None:
        state.world.failures.clear()

    @put("/webhook")
    async def set_webhook(self, state: State, data: JSONBody[Webhook]) -> Webhook:
        world: World = state.world
        world.webhook_url, world.webhook_secrets = data.url, data.secrets
        return data

    @put("/mishaps")
    async def set_mishaps(self, state: State, data: JSONBody[Mishaps]) -> Mishaps:
        state.world.mishaps = data
        return data

    @get("/deliveries")
    async def deliveries(self, state: State) -> Obj:
        """What was tried, and the events that still wait."""
        world: World = state.world
        waiting = [parcel["event"] for parcel in world.store.parcels]
        return {"tried": list(world.deliveries), "waiting": waiting}

    @post("/deliveries")
    async def redeliver(self, state: State, data: JSONBody[Redelivery]) -> Obj:
        world: World = state.world
        event = world.store.get("event", data.event)
        parcel = {"event": event["id"], "attempts": 0, "due_ms": None}
        world.store.parcels += [dict(parcel) for _ in range(data.copies)]
        return event

    @post("/deliveries/flush")
    async def flush(self, state: State, data: JSONBody[Flush]) -> Obj:
        """Try everything that waits once, now, in this order; holding does not stop it."""
        world: World = state.world
        parcels = _ordered(world.store.parcels, data.order)
        before = len(world.deliveries)
        async with httpx.AsyncClient(timeout=delivery.PATIENCE, trust_env=False) as client:
            await delivery.deliver(world, client, parcels)
        return {"tried": list(world.deliveries)[before:]}

    @delete("/deliveries")
    async def throw_away(self, state: State) -> None:
        """Lose what waits, for ever."""
        state.world.store.parcels = []

    @get("/events/{event_id:str}/envelope")
    async def envelope(
        self,
        state: State,
        event_id: FromPath[str],
        age: FromQuery[int] = 0,
        secret: FromQuery[str] = "",
    ) -> Obj:
        """Body and signature of an event, for a test that delivers by hand."""
        return delivery.envelope(state.world, event_id, age=age, secret=secret)

    @get("/objects/{object_id:str}")
    async def any_object(self, state: State, object_id: FromPath[str]) -> Obj:
        found: Obj | None = state.world.store.find(object_id)
        if found is None:
            raise missing("object", object_id)
        return found

    @post("/reset")
    async def reset(self, state: State) -> None:
        """As if it had just been started; the webhook address stays."""
        world: World = state.world
        world.store = Store(file=world.store.file)
        world.mishaps = Mishaps()
        for log in (world.failures, world.calls, world.deliveries):
            log.clear()


def _ordered(parcels: list[Obj], order: str) -> list[Obj]:
    if order == "shuffled":
        return sorted(parcels, key=lambda _: token(8))
    return list(reversed(parcels)) if order == "newest" else list(parcels)
