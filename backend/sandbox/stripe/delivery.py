"""The postman: signed events to the webhook address, at least once, again until it says 2xx."""

import asyncio

import httpx

from backend.kit import clock
from backend.sandbox.stripe import checkout, events
from backend.sandbox.stripe.sources import Obj, token
from backend.sandbox.stripe.world import World

PATIENCE = 10.0  # seconds for one answer
MOST_ATTEMPTS = 12
BEAT = 0.05  # seconds between two rounds


async def run(world: World) -> None:
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
        while True:
            # Without an address nobody hears of it before they ask, and by then the app has looked.
            if world.webhook_url and checkout.expire_overdue(world):
                world.store.save()
            await deliver_due(world, client)
            await asyncio.sleep(BEAT)


async def deliver_due(world: World, client: httpx.AsyncClient) -> None:
    if world.mishaps.hold or not world.webhook_url:
        return
    parcels = [parcel for parcel in world.store.parcels if _is_due(world, parcel)]
    if world.mishaps.shuffle:
        parcels.sort(key=lambda _: token(8))
    await deliver(world, client, parcels)


async def deliver(world: World, client: httpx.AsyncClient, parcels: list[Obj]) -> None:
    for parcel in parcels:
        if _taken_out(world, parcel):
            await _send(world, client, parcel)
    if parcels:
        world.store.save()


def envelope(world: World, event_id: str, *, age: int = 0, secret: str = "") -> Obj:
    """The body and the signature, as they would be sent now (or `age` seconds ago)."""
    body = events.payload(world.store.get("event", event_id))
    secrets = [secret] if secret else world.webhook_secrets
    return {"payload": body, "signature": events.signature(body, secrets, age=age)}


def _taken_out(world: World, parcel: Obj) -> bool:
    """Before the wait of a sending, so that no other round sends the same parcel."""
    others = [one for one in world.store.parcels if one is not parcel]
    was_there = len(others) < len(world.store.parcels)
    world.store.parcels = others
    return was_there


async def _send(world: World, client: httpx.AsyncClient, parcel: Obj) -> None:
    event = world.store.get("event", parcel["event"])
    outcome = await _post(world, client, event["id"])
    parcel["attempts"] += 1
    world.deliveries.append(
        {
            "event": event["id"],
            "type": event["type"],
            "attempt": parcel["attempts"],
            "outcome": outcome,
        }
    )
    if outcome.startswith("2"):
        event["pending_webhooks"] = 0
    elif parcel["attempts"] < MOST_ATTEMPTS:
        pause = world.mishaps.retry_ms * 2 ** (parcel["attempts"] - 1)
        world.store.parcels.append({**parcel, "due_ms": _now_ms() + pause})


async def _post(world: World, client: httpx.AsyncClient, event_id: str) -> str:
    sent = envelope(world, event_id)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": sent["signature"],
        "User-Agent": "Stripe/1.0 (simulated)",
    }
    try:
        answer = await client.post(world.webhook_url, content=sent["payload"], headers=headers)
    except httpx.HTTPError as error:
        return type(error).__name__
    return str(answer.status_code)


def _is_due(world: World, parcel: Obj) -> bool:
    """A parcel that never left waits for the delay asked for, counted from when it is seen first."""
    if parcel["due_ms"] is None:
        parcel["due_ms"] = _now_ms() + world.mishaps.delay_ms
    return bool(parcel["due_ms"] <= _now_ms())


def _now_ms() -> int:
    return int(clock.monotonic() * 1000)
