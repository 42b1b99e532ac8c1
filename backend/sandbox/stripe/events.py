"""Something happened: it is written down as an event and put in the post."""

import hashlib
import hmac
import json

from backend.sandbox.stripe.mishaps import Mishaps
from backend.sandbox.stripe.objects import events
from backend.sandbox.stripe.sources import Obj, now
from backend.sandbox.stripe.world import World


def emit(world: World, type_: str, about: Obj, before: Obj | None = None) -> Obj:
    call = world.call
    made = world.store.add(
        events.event(
            type_=type_,
            about=about,
            before=before,
            request=call.request if call else None,
            key=call.key if call else None,
        )
    )
    _put_in_the_post(world, made)
    return made


def payload(event: Obj) -> str:
    return json.dumps(event, ensure_ascii=False, indent=2)


def signature(body: str, secrets: list[str], *, age: int = 0) -> str:
    """The Stripe-Signature header: one v1 for each secret, as during a change of secrets."""
    at = now() - age
    signed = f"{at}.{body}".encode()
    digests = [hmac.new(s.encode(), signed, hashlib.sha256).hexdigest() for s in secrets]
    return ",".join([f"t={at}", *(f"v1={digest}" for digest in digests)])


def changed(obj: Obj, **values: object) -> Obj:
    """Change an object and give what it was before, as an event's previous_attributes."""
    before = {name: obj[name] for name, value in values.items() if obj[name] != value}
    obj.update(values)
    return before


def _put_in_the_post(world: World, event: Obj) -> None:
    mishaps: Mishaps = world.mishaps
    if mishaps.drops(event["type"]):
        world.deliveries.append({"event": event["id"], "type": event["type"], "outcome": "dropped"})
        event["pending_webhooks"] = 0
        return
    for _ in range(mishaps.copies):
        world.store.parcels.append({"event": event["id"], "attempts": 0, "due_ms": None})
