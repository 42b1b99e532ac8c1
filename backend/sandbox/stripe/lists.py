"""Lists: newest first, filtered, one page at a time, with Stripe's cursors."""

from collections.abc import Callable, Iterable
from itertools import dropwhile, islice, takewhile
from typing import Any

from backend.sandbox.stripe.balance import sent_by
from backend.sandbox.stripe.errors import missing
from backend.sandbox.stripe.filters import Page, Range
from backend.sandbox.stripe.objects.common import listing
from backend.sandbox.stripe.sources import Obj, now
from backend.sandbox.stripe.world import World

EVENTS_KEPT = 30 * 86_400

Match = Callable[[World, Obj, Any], bool]


def page(world: World, kind: str, url: str, given: Page) -> Obj:
    wanted = [obj for obj in world.store.newest(kind) if _matches(world, kind, obj, given)]
    if given.ending_before:
        before = list(_until(wanted, kind, given.ending_before))
        return listing(url, before[-given.limit :], has_more=len(before) > given.limit)
    after = iter(wanted)
    if given.starting_after:
        _check_known(wanted, kind, given.starting_after, "starting_after")
        after = dropwhile(lambda obj: obj["id"] != given.starting_after, wanted)
        next(after)
    data = list(islice(after, given.limit + 1))
    return listing(url, data[: given.limit], has_more=len(data) > given.limit)


def line_items(world: World, given: Page, session_id: str) -> Obj:
    world.store.get("checkout.session", session_id, "session")
    lines = world.store.behind[session_id]["line_items"]
    url = f"/v1/checkout/sessions/{session_id}/line_items"
    return listing(url, lines[: given.limit], has_more=len(lines) > given.limit)


def _matches(world: World, kind: str, obj: Obj, given: Page) -> bool:
    if kind == "event" and obj["created"] < now() - EVENTS_KEPT:
        return False
    if kind == "subscription" and getattr(given, "status", None) is None:
        return bool(obj["status"] != "canceled")  # ended ones are listed only when asked for
    own = [name for name in given.__struct_fields__ if name not in Page.__struct_fields__]
    for name in own:
        value = getattr(given, name)
        match = SPECIAL.get((kind, name), _same(name))
        if value is not None and not match(world, obj, value):
            return False
    return True


def _same(name: str) -> Match:
    def same(_: World, obj: Obj, value: Any) -> bool:
        if isinstance(value, Range):
            return _within(obj[name], value)
        return bool(obj[name] == value)

    return same


def _within(instant: int, span: Range) -> bool:
    return (
        (span.gt is None or instant > span.gt)
        and (span.gte is None or instant >= span.gte)
        and (span.lt is None or instant < span.lt)
        and (span.lte is None or instant <= span.lte)
    )


def _until(wanted: list[Obj], kind: str, id_: str) -> Iterable[Obj]:
    _check_known(wanted, kind, id_, "ending_before")
    return takewhile(lambda obj: obj["id"] != id_, wanted)


def _check_known(wanted: list[Obj], kind: str, id_: str, param: str) -> None:
    if all(obj["id"] != id_ for obj in wanted):
        raise missing(kind, id_, param)


def _subscription_of(obj: Obj) -> Any:
    return obj["parent"]["subscription_details"]["subscription"]


def _event_type(_: World, event: Obj, wanted: str) -> bool:
    """`charge.*` means every event whose name begins so."""
    type_: str = event["type"]
    return type_.startswith(wanted[:-1]) if wanted.endswith(".*") else type_ == wanted


SPECIAL: dict[tuple[str, str], Match] = {
    ("balance_transaction", "payout"): lambda w, txn, v: sent_by(w, txn) == v,
    ("event", "delivery_success"): lambda _, e, v: (e["pending_webhooks"] == 0) == v,
    ("event", "type"): _event_type,
    ("event", "types"): lambda w, e, v: any(_event_type(w, e, one) for one in v),
    ("invoice", "subscription"): lambda _, obj, v: _subscription_of(obj) == v,
    ("invoice_payment", "payment"): (
        lambda _, obj, v: obj["payment"]["payment_intent"] == v.payment_intent
    ),
    ("subscription", "price"): (
        lambda _, obj, v: any(item["price"]["id"] == v for item in obj["items"]["data"])
    ),
    ("subscription", "status"): lambda _, obj, v: v in {"all", obj["status"]},
}
