"""Words of requests to be called, as members, the counter and the other side read them."""

from backend.insurance.rules import ReferralState, Slot
from backend.kit.errors import N_

SLOTS = {
    Slot.ANY: N_("À tout moment"),
    Slot.MORNING: N_("Le matin, de 9 h à midi"),
    Slot.NOON: N_("Entre midi et 14 h"),
    Slot.AFTERNOON: N_("L’après-midi, de 14 h à 18 h"),
    Slot.EVENING: N_("Le soir, de 18 h à 20 h"),
}
# The sign of a state, then its words.
STATES = {
    ReferralState.SENT: ("mind", N_("Envoyée")),
    ReferralState.CONTACTED: ("yes", N_("Contact pris")),
    ReferralState.QUOTED: ("yes", N_("Devis fait")),
    ReferralState.SIGNED: ("yes", N_("Contrat signé")),
    ReferralState.REFUSED: ("plain", N_("Sans suite")),
    ReferralState.WITHDRAWN: ("plain", N_("Retirée")),
}
