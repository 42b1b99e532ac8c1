"""A checkout session: made by the API, paid on the hosted page, or expired."""

import msgspec

from backend.sandbox.stripe import catalogue, payments, subscriptions
from backend.sandbox.stripe.errors import invalid
from backend.sandbox.stripe.events import emit
from backend.sandbox.stripe.objects import checkout
from backend.sandbox.stripe.objects.catalogue import checkout_line, customer
from backend.sandbox.stripe.objects.instruments import Decline
from backend.sandbox.stripe.objects.payments import billing_details, payment_intent, setup_intent
from backend.sandbox.stripe.params import (
    Line,
    Params,
    PaymentIntentData,
    SessionCreate,
    SetupIntentData,
)
from backend.sandbox.stripe.sources import Obj, now
from backend.sandbox.stripe.world import World

OF_MODE = {
    "payment": "payment_intent_data",
    "setup": "setup_intent_data",
    "subscription": "subscription_data",
}
SMALLEST = 50  # cents: below it Stripe refuses to charge
HALF_AN_HOUR, DAY = 1_800, 86_400


def create(world: World, given: SessionCreate) -> Obj:
    _check(world, given)
    lines = [_line(world, line, i) for i, line in enumerate(given.line_items)]
    amount = None if given.mode == "setup" else _check_lines(given, lines)
    creation = given.customer_creation or ("always" if given.mode == "subscription" else None)
    made = checkout.session(
        mode=given.mode,
        amount=amount,
        currency=lines[0]["currency"] if lines else given.currency,
        success_url=given.success_url,
        cancel_url=given.cancel_url,
        base_url=world.base_url,
        customer=given.customer,
        customer_email=given.customer_email,
        customer_creation=None if given.customer else creation or "if_required",
        client_reference_id=given.client_reference_id,
        payment_method_types=list(given.allowed_payment_method_types),
        metadata=catalogue.merged({}, given.metadata),
        expires_at=given.expires_at,
        locale=given.locale,
        submit_type=given.submit_type,
        billing_address_collection=given.billing_address_collection,
        custom_text=msgspec.to_builtins(given.custom_text),
    )
    return world.store.add(
        made,
        line_items=lines,
        payment_intent_data=msgspec.to_builtins(given.payment_intent_data or PaymentIntentData()),
        subscription_data=msgspec.to_builtins(given.subscription_data or {}),
        setup_intent_data=msgspec.to_builtins(given.setup_intent_data or SetupIntentData()),
    )


def expire(world: World, given: Params, session_id: str) -> Obj:  # noqa: ARG001 - a route's signature
    session = world.store.get("checkout.session", session_id, "session")
    if session["status"] != "open":
        raise invalid(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of {session['status']}."
        )
    session.update(status="expired", url=None)
    emit(world, "checkout.session.expired", session)
    return session


def expire_overdue(world: World) -> bool:
    overdue = [s for s in world.store.where("checkout.session", status="open") if _is_over(s)]
    for session in overdue:
        expire(world, Params(), session["id"])
    return bool(overdue)


def pay(world: World, session: Obj, instrument: Obj, *, email: str, name: str) -> None:
    """The person pressed the button on an open session."""
    billing = _meet_customer(world, session, email, name)
    if session["mode"] == "setup":
        _leave_card(world, session, instrument, billing)
        return
    if session["mode"] == "subscription":
        paid = subscriptions.start(world, session, instrument, billing)
    else:
        method = payments.keep_method(world, instrument, billing, session["customer"])
        intent = _intent(world, session)
        payments.attempt(world, intent, method)
        paid = intent["status"] == "succeeded"
    session.update(status="complete", url=None, payment_status="paid" if paid else "unpaid")
    emit(world, "checkout.session.completed", session)


def _leave_card(world: World, session: Obj, instrument: Obj, billing: Obj) -> None:
    """A card for later: nothing is paid."""
    facts = world.store.behind[session["id"]]["setup_intent_data"]
    method = payments.keep_method(world, instrument, billing, session["customer"])
    setup = world.store.add(
        setup_intent(
            customer=session["customer"],
            payment_method_types=session["payment_method_types"],
            usage="off_session",
            **facts,
        )
    )
    setup.update(status="succeeded", payment_method=method["id"])
    emit(world, "setup_intent.succeeded", setup)
    session.update(
        status="complete",
        url=None,
        payment_status="no_payment_required",
        setup_intent=setup["id"],
    )
    emit(world, "checkout.session.completed", session)


def refuse(world: World, session: Obj, instrument: Obj, decline: Decline, *, email: str) -> None:
    """The bank said no: the session stays open for another try.

    A subscription's first try leaves nothing: its intent belongs to an invoice not yet made.
    """
    if session["mode"] != "payment":
        return
    method = payments.keep_method(world, instrument, billing_details(email=email, name=None), None)
    payments.refuse(world, _intent(world, session), method, decline)


def _check(world: World, given: SessionCreate) -> None:
    _check_parts(given)
    for name in ("success_url", "cancel_url"):
        url = getattr(given, name)
        if url and not url.startswith(("http://", "https://")):
            raise invalid("Not a valid URL", name, "url_invalid")
    if given.customer:
        world.store.get("customer", given.customer, "customer")
    if given.customer and given.customer_email:
        raise invalid("You may only specify one of these parameters: customer, customer_email.")
    if given.expires_at and not HALF_AN_HOUR - 60 <= given.expires_at - now() <= DAY:
        raise invalid("expires_at must be between 30 minutes and 24 hours from now.", "expires_at")


def _check_parts(given: SessionCreate) -> None:
    if given.mode == "setup" and given.line_items:
        raise invalid("You can not pass `line_items` in `setup` mode.", "line_items")
    if given.mode != "setup" and not given.line_items:
        raise invalid("Missing required param: line_items.", "line_items", "parameter_missing")
    if not given.success_url:
        raise invalid("Missing required param: success_url.", "success_url", "parameter_missing")
    for mode, name in OF_MODE.items():
        if mode != given.mode and getattr(given, name) is not None:
            raise invalid(f"You can not pass `{name}` in `{given.mode}` mode.", name)


def _line(world: World, line: Line, index: int) -> Obj:
    where = f"line_items[{index}]"
    if line.price_data is not None:
        sold = catalogue.price_of(world, line.price_data, f"{where}[price_data]")
    else:
        sold = world.store.get("price", line.price, f"{where}[price]")
    product = world.store.get("product", sold["product"])
    return checkout_line(sold=sold, quantity=line.quantity, description=product["name"])


def _check_lines(given: SessionCreate, lines: list[Obj]) -> int:
    recurring = any(line["price"]["type"] == "recurring" for line in lines)
    if recurring != (given.mode == "subscription"):
        raise invalid(
            "You specified `payment` mode but passed a recurring price, or `subscription` mode "
            "without one.",
            "line_items",
        )
    if len({line["currency"] for line in lines}) > 1:
        raise invalid("All line items must have the same currency.", "line_items")
    amount: int = sum(line["amount_total"] for line in lines)
    if amount < SMALLEST:
        raise invalid(
            "The Checkout Session's total amount due must add up to at least €0.50 eur",
            code="amount_too_small",
        )
    return amount


def _is_over(session: Obj) -> bool:
    return bool(session["expires_at"] <= now())


def _meet_customer(world: World, session: Obj, email: str, name: str) -> Obj:
    """Note who pays; make the customer where the session asks for one."""
    known = world.store.get("customer", session["customer"]) if session["customer"] else {}
    email = email or session["customer_email"] or known.get("email") or ""
    name = name or known.get("name") or ""
    if session["customer_creation"] == "always":
        session["customer"] = world.store.add(customer(email=email, name=name))["id"]
    session["customer_details"] = checkout.customer_details(email=email, name=name)
    return billing_details(email=email, name=name)


def _intent(world: World, session: Obj) -> Obj:
    """The session's intent: made at the first try, as Stripe does, kept for the next ones."""
    if session["payment_intent"]:
        return world.store.get("payment_intent", session["payment_intent"])
    facts = world.store.behind[session["id"]]["payment_intent_data"]
    made = world.store.add(
        payment_intent(
            amount=session["amount_total"],
            currency=session["currency"],
            customer=session["customer"],
            payment_method_types=session["payment_method_types"],
            **facts,
        )
    )
    session["payment_intent"] = made["id"]
    return made
