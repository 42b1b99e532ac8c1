"""Events: what happened, with the object as it was then."""

import copy

from backend.sandbox.stripe import API_VERSION
from backend.sandbox.stripe.objects.common import head
from backend.sandbox.stripe.sources import Obj


def event(
    *, type_: str, about: Obj, before: Obj | None, request: str | None, key: str | None
) -> Obj:
    data: Obj = {"object": copy.deepcopy(about)}
    if before is not None:
        data["previous_attributes"] = before
    return head("event", "evt") | {
        "api_version": API_VERSION,
        "data": data,
        "pending_webhooks": 1,
        "request": {"id": request, "idempotency_key": key},
        "type": type_,
    }
