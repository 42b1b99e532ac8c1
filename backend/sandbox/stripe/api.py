"""What each call of the API passes through: key, planned failure, idempotency, route, answer."""

import hashlib
import json
from dataclasses import dataclass, field

from backend.sandbox.stripe import API_VERSION, errors, forms, routes
from backend.sandbox.stripe.errors import Refusal
from backend.sandbox.stripe.expand import expanded
from backend.sandbox.stripe.mishaps import Failure
from backend.sandbox.stripe.sources import Obj, new_id
from backend.sandbox.stripe.world import Call, World


@dataclass
class Asked:
    method: str
    path: str
    form: str  # the body or, for GET and DELETE, the query
    authorization: str = ""
    key: str | None = None
    version: str | None = None


@dataclass
class Answer:
    body: Obj
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0  # seconds before it is sent, for a caller who gives up first


def answer(world: World, asked: Asked) -> Answer:
    call = Call(asked.method, asked.path, asked.key, new_id("req", 14))
    world.calls.append(call)
    world.call = call
    try:
        given = _with_failures(world, asked, call)
    except Refusal as refusal:
        given = Answer({"error": refusal.error}, refusal.status)
    finally:
        world.call = None
    call.status = given.status
    given.headers |= {"Request-Id": call.request, "Stripe-Version": API_VERSION}
    if asked.key:
        given.headers["Idempotency-Key"] = asked.key
    return given


def _with_failures(world: World, asked: Asked, call: Call) -> Answer:
    _check_caller(asked)
    failure = _planned(world, asked)
    if failure is not None and failure.before_effect:
        raise errors.busy() if failure.kind == "busy" else errors.server_error()
    given = _once(world, asked, call)
    if failure is None:
        return given
    if failure.kind == "lost":
        raise errors.server_error()
    given.wait = failure.seconds
    return given


def _check_caller(asked: Asked) -> None:
    scheme, _, secret = asked.authorization.partition(" ")
    if scheme.lower() != "bearer" or not secret.startswith("sk_"):
        raise errors.unauthorized("You did not provide an API key (Authorization: Bearer sk_...).")
    if secret.startswith("sk_live_"):
        raise errors.unauthorized("This is a simulation: never give it a live key.")
    if asked.version not in {None, API_VERSION}:
        raise errors.invalid(f"Invalid Stripe API version: {asked.version}, not {API_VERSION}")


def _planned(world: World, asked: Asked) -> Failure | None:
    for failure in world.failures:
        if failure.meets(asked.method, asked.path):
            failure.times -= 1
            return failure
    return None


def _once(world: World, asked: Asked, call: Call) -> Answer:
    """The same key and the same words get the first answer again; other words are refused."""
    if asked.key is None or asked.method != "POST":
        return Answer(_effect(world, asked))
    known = world.store.answers.get(asked.key)
    if known is None:
        body = _effect(world, asked)
        # Kept as text: the objects go on living, the first answer does not change.
        kept = {"of": _fingerprint(asked), "body": json.dumps(body), "request": call.request}
        world.store.answers[asked.key] = kept
        return Answer(body)
    if known["of"] != _fingerprint(asked):
        raise errors.key_reused(asked.key)
    call.replayed = True
    headers = {"Idempotent-Replayed": "true", "Original-Request": known["request"]}
    return Answer(json.loads(known["body"]), headers=headers)


def _effect(world: World, asked: Asked) -> Obj:
    found = routes.find(asked.method, asked.path)
    if found is None:
        message = f"Unrecognized request URL ({asked.method}: {asked.path})."
        raise Refusal(message, status=404)
    route, ids = found
    given = forms.decode(forms.parse(asked.form), route.params)
    return expanded(world.store, route.answer(world, given, *ids), given.expand)


def _fingerprint(asked: Asked) -> str:
    words = "&".join(sorted(asked.form.split("&")))
    return hashlib.sha256(f"{asked.method} {asked.path} {words}".encode()).hexdigest()
