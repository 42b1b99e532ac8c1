"""What the office says of partners and offers."""

from backend.kit.errors import N_
from backend.offers.rules import OfferState
from backend.offers.words import DELIVERIES, OFFER_KINDS, PER, PERIODS
from web.shell.firms import CATEGORIES, KINDS

__all__ = ["CATEGORIES", "DELIVERIES", "KINDS", "OFFER_KINDS", "PER", "PERIODS"]

# What a state is called, and its colour.
STATES = {
    OfferState.DRAFT: (N_("Brouillon"), "plain"),
    OfferState.PUBLISHED: (N_("Publié"), "yes"),
    OfferState.PAUSED: (N_("En pause"), "mind"),
    OfferState.ENDED: (N_("Terminé"), "plain"),
}
