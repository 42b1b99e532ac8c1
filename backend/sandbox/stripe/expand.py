"""`expand`: an id in an answer is replaced by the object it names; some lists come only so."""

import copy
from collections.abc import Callable, Iterable
from typing import Any

from backend.sandbox.stripe.errors import invalid
from backend.sandbox.stripe.objects.common import listing
from backend.sandbox.stripe.sources import Obj
from backend.sandbox.stripe.store import Store

DEEPEST = 4


def expanded(store: Store, answer: Obj, paths: Iterable[str]) -> Obj:
    """A copy of the answer with these paths (`latest_charge.balance_transaction`) filled in."""
    answer = copy.deepcopy(answer)
    for path in paths:
        parts = path.split(".")
        if len(parts) > DEEPEST + 1:
            raise invalid("You cannot expand more than 4 levels of a property.", "expand")
        _walk(store, answer, parts, path)
    return answer


def _walk(store: Store, obj: Any, parts: list[str], path: str) -> None:
    if not parts or obj is None:
        return
    if isinstance(obj, list):
        for one in obj:
            _walk(store, one, parts, path)
        return
    name, rest = parts[0], parts[1:]
    include = INCLUDED.get((obj.get("object", ""), name))
    if include is not None:
        obj.setdefault(name, include(store, obj))
    elif (obj.get("object", ""), name) in ABSENT and name not in obj:
        return
    elif name not in obj:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    obj[name] = _filled(store, obj[name], path)
    _walk(store, obj[name], rest, path)


def _filled(store: Store, value: Any, path: str) -> Any:
    if not isinstance(value, str):
        return value
    found = store.find(value)
    if found is None:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    return copy.deepcopy(found)


def _line_items(store: Store, session: Obj) -> Obj:
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return copy.deepcopy(listing(url, store.behind[session["id"]]["line_items"]))


def _refunds(store: Store, charge: Obj) -> Obj:
    url = f"/v1/charges/{charge['id']}/refunds"
    return copy.deepcopy(listing(url, store.where("refund", charge=charge["id"])))


def _payments(store: Store, invoice: Obj) -> Obj:
    url = f"/v1/invoice_payments?invoice={invoice['id']}"
    return copy.deepcopy(listing(url, store.where("invoice_payment", invoice=invoice["id"])))


def _subscriptions(store: Store, customer: Obj) -> Obj:
    mine = store.where("subscription", customer=customer["id"])
    alive = (one for one in mine if one["status"] != "canceled")
    return copy.deepcopy(listing(f"/v1/subscriptions?customer={customer['id']}", alive))


# Stripe writes these only when there is something to say.
ABSENT = {("refund", "failure_balance_transaction")}
INCLUDED: dict[tuple[str, str], Callable[[Store, Obj], Obj]] = {
    ("charge", "refunds"): _refunds,
    ("checkout.session", "line_items"): _line_items,
    ("customer", "subscriptions"): _subscriptions,
    ("invoice", "payments"): _payments,
}
