"""What the buttons of the hosted page do, for the page itself and for commands without a browser."""

import re
from typing import Literal

from stdnum import iban as ibans

from backend.sandbox.stripe import checkout
from backend.sandbox.stripe.objects import instruments
from backend.sandbox.stripe.objects.instruments import Decline
from backend.sandbox.stripe.sources import Obj
from backend.sandbox.stripe.world import World

Verdict = Literal["complete", "challenge", "refused", "closed"]

NO_METHOD = Decline(
    "payment_method_not_available", None, "This payment method is not offered here."
)
WRONG_IBAN = Decline("invalid_bank_account_iban", None, "The IBAN you provided is invalid.")


def pay_by_card(
    world: World, session: Obj, number: str, *, email: str = "", name: str = ""
) -> tuple[Verdict, Decline | None]:
    """A refused number leaves the session open; some numbers ask the bank's confirmation first."""
    number = re.sub(r"\D", "", number)
    if session["status"] != "open":
        return "closed", None
    if "card" not in session["payment_method_types"]:
        return "refused", NO_METHOD
    if decline := instruments.decline_of(number):
        if decline is not instruments.WRONG:
            checkout.refuse(world, session, instruments.card(number), decline, email=email)
        return "refused", decline
    if number in instruments.CHALLENGED:
        world.store.behind[session["id"]]["challenge"] = [number, email, name]
        return "challenge", None
    checkout.pay(world, session, instruments.card(number), email=email, name=name)
    return "complete", None


def answer_challenge(
    world: World, session: Obj, *, accepted: bool
) -> tuple[Verdict, Decline | None]:
    """The person confirmed in the bank's application, or did not."""
    asked = world.store.behind[session["id"]].pop("challenge", None)
    if session["status"] != "open" or asked is None:
        return "closed", None
    number, email, name = asked
    if not accepted:
        decline = instruments.UNAUTHENTICATED
        checkout.refuse(world, session, instruments.card(number), decline, email=email)
        return "refused", decline
    checkout.pay(world, session, instruments.card(number), email=email, name=name)
    return "complete", None


def pay_by_debit(
    world: World, session: Obj, iban: str, *, email: str = "", name: str = ""
) -> tuple[Verdict, Decline | None]:
    if session["status"] != "open":
        return "closed", None
    if "sepa_debit" not in session["payment_method_types"]:
        return "refused", NO_METHOD
    if not ibans.is_valid(iban):
        return "refused", WRONG_IBAN
    instrument = instruments.sepa_debit(ibans.compact(iban))
    checkout.pay(world, session, instrument, email=email, name=name)
    return "complete", None


def success_url(session: Obj) -> str:
    url: str = session["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])
