"""What the portal says of uses, shops and offers."""

from backend.kit.errors import N_
from backend.merchants.wishes import Answer, Part
from backend.offers.rules import OfferState, ProposalState
from backend.offers.words import DELIVERIES, OFFER_KINDS, PER, PERIODS
from backend.vouchers.rules import UseChannel

__all__ = ["DELIVERIES", "OFFER_KINDS", "PER", "PERIODS"]

CHANNELS = {
    UseChannel.SCAN: N_("Code scanné"),
    UseChannel.TYPED: N_("Code tapé"),
    UseChannel.PAPER: N_("Sur papier"),
    UseChannel.PHONE: N_("Par téléphone"),
    UseChannel.COUNTER_QR: N_("Affiche du comptoir"),
}
PARTS = {
    Part.HOURS: N_("Horaires"),
    Part.PHONE: N_("Téléphone"),
    Part.PHOTO: N_("Photo"),
}
# What an answer is called, and its colour.
ANSWERS = {
    Answer.WAITING: (N_("Au club"), "mind"),
    Answer.ACCEPTED: (N_("Accepté"), "yes"),
    Answer.REFUSED: (N_("Refusé"), "stop"),
    Answer.REPLACED: (N_("Remplacé"), "plain"),
}
# What a state is called, and its colour.
STATES = {
    OfferState.DRAFT: (N_("Au club"), "mind"),
    OfferState.PUBLISHED: (N_("En ligne"), "yes"),
    OfferState.PAUSED: (N_("En pause"), "mind"),
    OfferState.ENDED: (N_("Terminé"), "plain"),
}
WRITTEN = {
    ProposalState.WRITTEN: (N_("Brouillon"), "plain"),
    ProposalState.SENT: (N_("Au club"), "mind"),
    ProposalState.ACCEPTED: (N_("Accepté"), "yes"),
    ProposalState.REFUSED: (N_("À revoir"), "stop"),
    ProposalState.WITHDRAWN: (N_("Retiré"), "plain"),
}
