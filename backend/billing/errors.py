"""Refusals about money."""

from backend.kit.errors import N_, Invalid, Missing, Refused, Unavailable


class OrderUnknown(Missing):
    slug = "order_unknown"
    sentence = N_("Nous ne trouvons pas ce paiement.")
    next = N_("Revenez à votre cotisation.")


class ReceiptUnknown(Missing):
    slug = "receipt_unknown"
    sentence = N_("Nous ne trouvons pas ce reçu.")
    next = N_("Revenez à la liste de vos reçus.")


class EntryUnbalanced(Refused):
    """A bug in a caller; the database would refuse it too (B8)."""

    slug = "entry_unbalanced"
    sentence = N_("Cette écriture n'est pas équilibrée.")
    next = N_("Prévenez le trésorier du club.")


class StripeUnavailable(Unavailable):
    slug = "payment_unavailable"
    sentence = N_("Le service de paiement ne répond pas.")
    next = N_("Attendez un peu. Vous ne payez jamais deux fois.")


class SignatureWrong(Invalid):
    """Whoever sent this is not Stripe, or said it too long ago (B3)."""

    status = 400
    slug = "signature_wrong"
    sentence = N_("La signature de ce message n'est pas juste.")
    next = N_("Vérifiez le secret du webhook.")


class EventTooLarge(Invalid):
    status = 413
    slug = "event_too_large"
    sentence = N_("Ce message est trop grand.")
    next = N_("Envoyez un message plus court.")


class WayClosed(Refused):
    slug = "way_closed"
    sentence = N_("Le club ne prend plus ce moyen de paiement.")
    next = N_("Choisissez un autre moyen de payer.")


class NoWayLeft(Invalid):
    slug = "no_way_left"
    sentence = N_("Plus personne ne pourrait payer.")
    next = N_("Gardez au moins un moyen de payer, en plus du prélèvement.")
