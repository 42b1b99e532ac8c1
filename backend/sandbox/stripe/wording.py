"""French words and figures of the hosted pages. They are Stripe's pages: no catalogue of the club."""

from datetime import UTC, datetime

from backend.kit import formats
from backend.kit.clock import paris
from backend.sandbox.stripe.sources import Obj

EACH = {"day": "par jour", "week": "par semaine", "month": "par mois", "year": "par an"}

REFUSALS = {
    "generic_decline": "La banque refuse cette carte. Essayez une autre carte.",
    "insufficient_funds": "Il n’y a pas assez d’argent sur ce compte. Essayez une autre carte.",
    "incorrect_number": "Ce numéro de carte est faux. Vérifiez-le.",
    "invalid_bank_account_iban": "Cet IBAN est faux. Vérifiez-le.",
    "payment_intent_authentication_failure": "Vous n’avez pas confirmé. Rien n’est payé.",
    "payment_method_not_available": "Ce moyen de paiement n’est pas proposé ici.",
}


def each(price: Obj) -> str:
    recurring = price["recurring"]
    if recurring is None:
        return ""
    if recurring["interval_count"] == 1:
        return EACH[recurring["interval"]]
    unit = {"day": "jours", "week": "semaines", "month": "mois", "year": "ans"}
    return f"tous les {recurring['interval_count']} {unit[recurring['interval']]}"


def french_day(instant: int) -> str:
    return formats.day(paris(datetime.fromtimestamp(instant, UTC)).date())
