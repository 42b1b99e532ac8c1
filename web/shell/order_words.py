"""Words for services and their orders, in every space."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from backend.kit import clock, formats
from backend.kit.errors import N_
from backend.orders.rules import PayAt, TicketState

STATES: Mapping[TicketState, tuple[str, str]] = MappingProxyType(
    {
        TicketState.ORDERED: (N_("Commandée"), "mind"),
        TicketState.CONFIRMED: (N_("Notée"), "plain"),
        TicketState.WITH_PARTNER: (N_("Chez le partenaire"), "plain"),
        TicketState.READY: (N_("Prête"), "yes"),
        TicketState.COLLECTED: (N_("Remise"), "plain"),
        TicketState.CANCELLED: (N_("Annulée"), "stop"),
        TicketState.REFUNDED: (N_("Remboursée"), "plain"),
    }
)
PAY_AT: Mapping[PayAt, str] = MappingProxyType(
    {
        PayAt.ORDER: N_("En commandant"),
        PayAt.COLLECTION: N_("En venant chercher"),
        PayAt.EITHER: N_("Au choix"),
        PayAt.NOTHING: N_("Rien à payer"),
    }
)
ICON_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "shopping-basket": N_("Panier"),
        "shirt": N_("Vêtement"),
        "croissant": N_("Pain"),
        "package": N_("Colis"),
        "copy": N_("Photocopie"),
        "washing-machine": N_("Laverie"),
        "tag": N_("Étiquette"),
        "gift": N_("Cadeau"),
    }
)
PROOFS: Mapping[str, str] = MappingProxyType(
    {
        "card": N_("Carte d'identité"),
        "passport": N_("Passeport"),
        "licence": N_("Permis de conduire"),
        "residence": N_("Titre de séjour"),
        "known": N_("Personne connue de l'équipe"),
    }
)


def weekday(day: date) -> str:
    """As in « jeudi 26 novembre »."""
    return formats.weekday(day, clock.today())


def until(at: datetime) -> str:
    """As in « mardi 24 novembre à 18 h »."""
    return formats.planned(at, clock.today())
