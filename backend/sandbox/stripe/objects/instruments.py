"""Test cards and IBANs: how each looks on a payment method and on a charge, and what it does."""

from dataclasses import dataclass
from datetime import timedelta

from backend.kit import clock
from backend.sandbox.stripe.objects.common import nulls
from backend.sandbox.stripe.objects.payments import mandate_id
from backend.sandbox.stripe.sources import Obj


@dataclass(frozen=True)
class Decline:
    """Why a bank says no: Stripe's two codes and its sentence."""

    code: str
    decline_code: str | None
    message: str


DECLINED = Decline("card_declined", "generic_decline", "Your card was declined.")
NO_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
WRONG = Decline("incorrect_number", None, "Your card number is incorrect.")
UNAUTHENTICATED = Decline(
    "payment_intent_authentication_failure",
    None,
    "The provided PaymentMethod has failed authentication.",
)

ACCEPTED = {"4242424242424242": "visa", "5555555555554444": "mastercard"}
CHALLENGED = {"4000002500003155": "visa"}
REFUSED = {"4000000000000002": DECLINED, "4000000000009995": NO_FUNDS}


def decline_of(number: str) -> Decline | None:
    if number in ACCEPTED or number in CHALLENGED:
        return None
    return REFUSED.get(number, WRONG)


def card(number: str) -> Obj:
    brand = (ACCEPTED | CHALLENGED).get(number, "visa")
    common = {
        "brand": brand,
        "checks": {"cvc_check": "pass", **nulls("address_line1_check address_postal_code_check")},
        "country": "FR",
        "exp_month": 8,
        "exp_year": clock.today().year + 3,
        "fingerprint": f"simulated{number[-4:]}",
        "funding": "debit",
        "last4": number[-4:],
        "regulated_status": None,
        "wallet": None,
    }
    of_method = common | {
        "display_brand": brand,
        "generated_from": None,
        "networks": {"available": [brand], "preferred": None},
        "three_d_secure_usage": {"supported": True},
    }
    of_charge = common | {
        "network": brand,
        "three_d_secure": _challenge_passed() if number in CHALLENGED else None,
        **nulls("amount_authorized authorization_code extended_authorization"),
        **nulls("incremental_authorization installments mandate multicapture network_token"),
        **nulls("network_transaction_id overcapture transaction_link_id"),
    }
    return {"type": "card", "of_method": of_method, "of_charge": of_charge}


def sepa_debit(iban: str) -> Obj:
    common = {
        "bank_code": iban[4:9],
        "branch_code": iban[9:14],
        "country": iban[:2],
        "fingerprint": f"simulated{iban[-4:]}",
        "last4": iban[-4:],
    }
    expected = clock.today() + timedelta(days=5)
    return {
        "type": "sepa_debit",
        "of_method": common | nulls("generated_from"),
        "of_charge": common
        | {"expected_debit_date": expected.isoformat(), "mandate": mandate_id()},
    }


def _challenge_passed() -> Obj:
    return {
        "authentication_flow": "challenge",
        "result": "authenticated",
        "version": "2.2.0",
        **nulls("electronic_commerce_indicator exemption_indicator result_reason transaction_id"),
    }
