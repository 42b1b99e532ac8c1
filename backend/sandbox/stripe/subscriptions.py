"""Subscriptions: started by a checkout session, renewed on command, ended by the API or the portal."""

import calendar
from datetime import UTC, datetime, timedelta

from backend.sandbox.stripe import invoices, payments
from backend.sandbox.stripe.catalogue import merged
from backend.sandbox.stripe.errors import invalid
from backend.sandbox.stripe.events import changed, emit
from backend.sandbox.stripe.objects import subscriptions
from backend.sandbox.stripe.params import SubscriptionCancel, SubscriptionUpdate
from backend.sandbox.stripe.sources import Obj, now
from backend.sandbox.stripe.world import World


def start(world: World, session: Obj, instrument: Obj, billing: Obj) -> bool:
    """True when the first invoice is paid; a SEPA debit leaves it open for some days."""
    method = payments.keep_method(world, instrument, billing, session["customer"])
    behind = world.store.behind[session["id"]]
    sold = [(line["price"], line["quantity"]) for line in behind["line_items"]]
    begin = now()
    made = world.store.add(
        subscriptions.subscription(
            customer=session["customer"],
            sold=sold,
            period=(begin, next_instant(begin, sold[0][0]["recurring"])),
            payment_method=method["id"],
            description=behind["subscription_data"].get("description"),
            metadata=merged({}, behind["subscription_data"].get("metadata", {})),
        )
    )
    emit(world, "customer.subscription.created", made)
    invoice = invoices.issue(world, made, "subscription_create")
    session.update(subscription=made["id"], invoice=invoice["id"])
    invoices.collect(world, invoice, "pending" if method["type"] == "sepa_debit" else "paid")
    return bool(invoice["status"] == "paid")


def advance(world: World, subscription: Obj, outcome: str) -> Obj:
    """One period passes. `outcome` of the renewal's payment: paid, failed or pending (SEPA)."""
    if subscription["status"] == "canceled":
        raise invalid("This subscription is over.")
    if subscription["cancel_at_period_end"]:
        return end(world, subscription)
    invoices.method_of(world, subscription, outcome)
    for item in subscription["items"]["data"]:
        old = item["current_period_end"]
        item["current_period_start"] = old
        item["current_period_end"] = next_instant(old, item["price"]["recurring"])
    invoice = invoices.issue(world, subscription, "subscription_cycle")
    invoices.collect(world, invoice, outcome)
    emit(world, "customer.subscription.updated", subscription, {})
    return subscription


def update(world: World, given: SubscriptionUpdate, subscription_id: str) -> Obj:
    subscription = _alive(world, subscription_id)
    subscription["metadata"] = merged(subscription["metadata"], given.metadata)
    if given.description is not None:
        subscription["description"] = given.description or None
    if given.cancel_at_period_end is not None:
        return set_end(world, subscription, given.cancel_at_period_end)
    emit(world, "customer.subscription.updated", subscription, {})
    return subscription


def set_end(world: World, subscription: Obj, at_period_end: bool) -> Obj:
    """Stop at the end of the paid period, or change one's mind before it."""
    last = subscription["items"]["data"][0]["current_period_end"]
    before = changed(
        subscription,
        cancel_at_period_end=at_period_end,
        cancel_at=last if at_period_end else None,
        canceled_at=now() if at_period_end else None,
    )
    reason = "cancellation_requested" if at_period_end else None
    subscription["cancellation_details"]["reason"] = reason
    emit(world, "customer.subscription.updated", subscription, before)
    return subscription


def cancel(world: World, given: SubscriptionCancel, subscription_id: str) -> Obj:
    subscription = _alive(world, subscription_id)
    details = given.cancellation_details
    subscription["cancellation_details"] |= {
        "comment": details.comment if details else None,
        "reason": "cancellation_requested",
    }
    return end(world, subscription)


def end(world: World, subscription: Obj) -> Obj:
    subscription.update(status="canceled", ended_at=now())
    subscription["canceled_at"] = subscription["canceled_at"] or now()
    emit(world, "customer.subscription.deleted", subscription)
    return subscription


def next_instant(instant: int, recurring: Obj) -> int:
    """The same hour one interval later; the 31st falls back to the last day of a shorter month."""
    at = datetime.fromtimestamp(instant, UTC)
    count, unit = recurring["interval_count"], recurring["interval"]
    if unit in {"day", "week"}:
        return int((at + timedelta(days=count * (7 if unit == "week" else 1))).timestamp())
    months = at.year * 12 + at.month - 1 + count * (12 if unit == "year" else 1)
    year, month = months // 12, months % 12 + 1
    day = min(at.day, calendar.monthrange(year, month)[1])
    return int(at.replace(year=year, month=month, day=day).timestamp())


def _alive(world: World, subscription_id: str) -> Obj:
    subscription = world.store.get("subscription", subscription_id)
    if subscription["status"] == "canceled":
        raise invalid(f"No such subscription: '{subscription_id}'", "id", "resource_missing")
    return subscription
